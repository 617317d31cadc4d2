"""How nervous a series was around dates, as a table and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from rareearth_research.summary import Drawn, Summary, p_value


@dataclass(frozen=True, repr=False)
class Nervousness(Drawn):
    """Result of `volatility` and of `brown_forsythe`.

    Attributes
    ----------
    table : DataFrame
        ``date, ratio, lower, upper, p_value``: a row per date, and "all" first. The ratio is that
        of the variance in the window to what was to be expected; `lower` and `upper` hold the
        ratios of 95 % of the windows elsewhere, and `p_value` is the share of those (for "all" of
        sets of them) that lie as far out, on either side.
    test : DataFrame
        ``test, statistic, df1, df2, p_value`` of Brown and Forsythe; empty for `volatility`.
    parameters : DataFrame
        ``parameter, estimate, se`` of the GARCH model; empty for `brown_forsythe`.
    window : str
    name : str
    notes : tuple of str
    """

    picture: ClassVar[str] = "plot_nervousness"
    table: pd.DataFrame
    test: pd.DataFrame
    parameters: pd.DataFrame
    window: str
    name: str
    notes: tuple[str, ...]

    def summary(self) -> Summary:
        """Return how the variance compares with ordinary windows, and the limits."""
        whole = self.table.iloc[0]
        headline = (
            f"The variance of {self.name} in {self.window} around "
            f"{'the date' if len(self.table) == 2 else f'{len(self.table) - 1} dates'} was "
            f"{whole['ratio']:.2f} times what was to be expected "
            f"(95 % of ordinary windows lie between {whole['lower']:.2f} and "
            f"{whole['upper']:.2f}; p {p_value(whole['p_value'])})."
        )
        by_formula = [
            f"Brown–Forsythe {row['statistic']:.2f}, p {p_value(row['p_value'])}; it takes calm "
            "and nervous months for one, so the windows elsewhere decide."
            for row in self.test.to_dict("records")
        ]
        return Summary(headline, self.table, (*by_formula, *self.notes))
