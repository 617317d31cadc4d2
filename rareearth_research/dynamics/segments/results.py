"""What an interrupted series found, as tables and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from rareearth_research.dynamics.placebo import too_narrow
from rareearth_research.summary import Drawn, Summary, p_value, signed

__all__ = ["InterruptedSeries"]


@dataclass(frozen=True, repr=False)
class InterruptedSeries(Drawn):
    """Result of `interrupted`.

    Attributes
    ----------
    table : DataFrame
        One row per term: ``term, estimate, se, lower, upper, p_value``. ``level`` is a jump and
        ``slope`` a change of the trend per row; seasons are left out.
    path : DataFrame
        One row per row of the series, from the first: ``date, value, fitted, without`` (had the
        terms of all interruptions been zero) ``, effect, lower, upper``; the last three are NaN
        before the first interruption.
    effect, lower, upper : float
        The mean effect after the last interruption, with its interval.
    placebo_p, coverage : float
        Share of placebo dates before the first interruption with as large a *t* of the average
        effect (one's own counted), and share of their intervals that hold zero.
    n_placebo : int
    lags : int
        Of Newey and West's errors; −1 with GLSAR.
    rho : float
        Autocorrelation of the residuals at one row.
    level : float
    unit, name : str
    dates : tuple of str
        The rows at which segments begin.
    notes : tuple of str
    """

    picture: ClassVar[str] = "plot_interrupted"
    table: pd.DataFrame
    path: pd.DataFrame
    effect: float
    lower: float
    upper: float
    placebo_p: float
    coverage: float
    n_placebo: int
    lags: int
    rho: float
    level: float
    unit: str
    name: str
    dates: tuple[str, ...]
    notes: tuple[str, ...]

    def summary(self) -> Summary:
        """Return the average effect after the last interruption, and how far to trust it."""
        effect, lower, upper = map(signed, (self.effect, self.lower, self.upper))
        headline = (
            f"Since {self.dates[-1]} {self.name} has on average been {effect} from where its trend "
            f"before was leading ({self.level:.0%} interval {lower} to {upper})."
        )
        doubts = [
            f"Of {self.n_placebo} other dates before, as if each were the interruption, "
            f"p {p_value(self.placebo_p)}; {self.coverage:.0%} of those intervals hold zero, and "
            f"{self.level:.0%} should."
            if self.n_placebo
            else "The time before is too short for placebo dates: nothing checks the interval."
        ]
        doubts += too_narrow(self.coverage, self.level)
        errors = f"Newey–West errors with {self.lags} lags" if self.lags >= 0 else "GLSAR(1)"
        doubts.append(f"{errors}; residuals follow themselves by {self.rho:.2f} from row to row.")
        return Summary(headline, self.table, (*doubts, *self.notes))
