"""What a state-space model found, and whether to believe it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from rareearth_research.dynamics import belief
from rareearth_research.numerals import counted
from rareearth_research.summary import Summary, p_value

WINDOWS = 5  # placebo windows side by side, from which coverage means anything


@dataclass(frozen=True, repr=False)
class StateSpaceImpact(belief.Guarded):
    """Result of `state_space_impact`.

    Attributes
    ----------
    table : DataFrame
        ``quantity, effect, se, lower, upper, p_value, placebo_lower, placebo_upper, detectable,
        placebo_p`` of the average and the cumulative effect: by formula, and by what the same
        question gives at earlier dates. ``detectable`` is found in four cases of five at 5 %.
    effects : DataFrame
        By date, after it: ``actual, expected, expected_lower, expected_upper, effect, lower,
        upper, cumulative, cumulative_lower, cumulative_upper``.
    grid : DataFrame
        The average effect by level variance: ``share`` (of the level in both variances),
        ``irregular_variance, level_variance, log_likelihood, effect, lower, upper, placebo_lower,
        placebo_upper`` and ``plausible`` (inside the 95 % interval of the likelihood).
    placebo : DataFrame
        The average at every earlier date: ``date, effect, se, lower, upper, covers``.
    horizon : int
        Rows of a placebo window.
    coefficients : DataFrame
        ``control, estimate, se``.
    irregular_variance, level_variance : float
        As estimated, in squared units of the series.
    before : Series
        The series before the date.
    name, date : str
    step : str
        What a row is.
    level : float
        Nominal coverage of the intervals.
    remarks : tuple of str
        What is to be known about the data.
    """

    picture: ClassVar[str] = "plot_impact"
    table: pd.DataFrame
    effects: pd.DataFrame
    grid: pd.DataFrame
    placebo: pd.DataFrame
    horizon: int
    coefficients: pd.DataFrame
    irregular_variance: float
    level_variance: float
    before: pd.Series
    name: str
    date: str
    step: str
    level: float
    remarks: tuple[str, ...]

    @property
    def coverage(self) -> float:
        """How often intervals by formula cover zero at earlier dates."""
        return belief.held(self.placebo["covers"], self.horizon)[0]

    @property
    def coverage_se(self) -> float:
        """Its standard error, for windows that overlap (Newey & West 1987, lag of one window)."""
        return belief.held(self.placebo["covers"], self.horizon)[1]

    @property
    def placebo_p(self) -> float:
        """Share of the dates, this one among them, with a t at least as far from zero."""
        return float(self.table["placebo_p"].iloc[0])

    @property
    def by_dates(self) -> bool:
        """Whether earlier dates are enough for an interval of that level, which then leads."""
        return bool(np.isfinite(self.table["placebo_lower"].iloc[0]))

    @property
    def ends(self) -> list[str]:
        """The columns of the interval that leads."""
        return [f"{'placebo_' * self.by_dates}{end}" for end in ("lower", "upper")]

    def _doubts(self) -> Iterator[str]:
        if len(self.placebo) < WINDOWS * self.horizon or 2 * self.horizon < len(self.effects):
            yield (
                f"The interval is over {len(self.effects)} rows, and can be checked over no more "
                f"than {self.horizon}, on {len(self.placebo)} earlier dates: too few. A longer "
                "series before the date would tell, or a shorter one after it."
            )
        elif not self.by_dates and belief.too_narrow(self.coverage, self.coverage_se, self.level):
            yield (
                f"Interval too narrow here: on {len(self.placebo)} earlier dates without the event "
                f"the {self.level:.0%} interval covers zero in {self.coverage:.0%} "
                f"(standard error {self.coverage_se:.0%})."
            )
        lower, upper = self.grid.loc[self.grid["plausible"], self.ends].to_numpy().T
        beyond = (lower > 0) | (upper < 0)
        if beyond.any() and not beyond.all():
            yield (
                "Whether the interval leaves out zero depends on the variance of the level, which "
                f"the data leave open: from {lower.min():.4g} to {upper.max():.4g} over all that "
                "are plausible."
            )
        if self.by_dates:
            yield from belief.measured_narrow("state_space_impact, by other dates", self.step)
        else:
            yield (
                f"The smallest p-value of {counted(len(self.placebo), 'earlier date')} is "
                f"{1 / (1 + len(self.placebo)):.2f}: a level of {self.level:.0%} is out of reach, "
                "and the interval is by formula."
            )
            yield from belief.measured_narrow("state_space_impact, by formula", self.step, self)

    def _notes(self) -> Iterator[str]:
        boundary = ""
        if self.level_variance == 0:
            boundary = ": on the boundary, a level that never moves"
        elif self.irregular_variance == 0:
            boundary = ": on the boundary, a random walk without noise"
        likely = self.grid[self.grid["plausible"]]
        variances = (
            f"Variances: irregular {self.irregular_variance:.4g}, level {self.level_variance:.4g}"
            f"{boundary}. Over all level variances that are plausible the effect lies between "
            f"{likely['effect'].min():.4g} and {likely['effect'].max():.4g}."
        )
        row = self.table.iloc[0]
        earlier = (
            f"Earlier dates: {len(self.placebo)}, each over {self.horizon} rows; the t of the "
            f"event ranks with p {p_value(self.placebo_p)} among theirs. By formula the interval "
            f"is {row['lower']:.4g} to {row['upper']:.4g} (p {p_value(row['p_value'])}), and that "
            f"covers zero in {self.coverage:.0%} of them (nominally {self.level:.0%})."
        )
        granted = "Without controls the forecast is the last level: whatever else moved the series "
        granted += "after the date is in the effect."
        if len(self.coefficients):
            granted = "Taken for granted: that nothing else moved the series after the date, and "
            granted += "that the event moved no control."
        yield from (variances, earlier, granted, *self.remarks)

    def summary(self) -> Summary:
        """Return the average effect, whether to believe it, and what else is to be known."""
        row, by = self.table.iloc[0], "other dates" if self.by_dates else "formula"
        lower, upper = row[self.ends]
        p = row["placebo_p" if self.by_dates else "p_value"]
        past = "the past and the controls" if len(self.coefficients) else "the past"
        return self.told(
            f"From {self.date} on, {self.name} lay on average {row['effect']:+z.4g} from what "
            f"{past} let expect ({self.level:.0%} interval by {by} {lower:.4g} to {upper:.4g}, "
            f"p {p_value(p)})",
            self.table,
        )
