"""What an interrupted series found, as tables and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from rareearth_research.dynamics.belief import Guarded, elsewhere, measured_narrow
from rareearth_research.summary import Summary, p_value, signed


@dataclass(frozen=True, repr=False)
class InterruptedSeries(Guarded):
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
        The mean effect after the last interruption, with its interval by formula.
    unusual_from, detectable : float
        From which size on an effect is unusual at 1 − `level` among placebo dates, and found in
        four cases of five at 5 %; infinite where too few were tried (fewer than 19 at 5 %).
    placebo_p, coverage, coverage_se : float
        Share of placebo dates before the first interruption with as large a *t* of the average
        effect (one's own counted), and share of their intervals that hold zero, with its error.
    n_placebo : int
    lags : int
        Of Newey and West's errors; −1 with GLSAR.
    rho : float
        Autocorrelation of the residuals at one row.
    level : float
    unit, name : str
    dates : tuple of str
        The rows at which segments begin.
    remarks : tuple of str
        What is to be known about the data.
    """

    picture: ClassVar[str] = "plot_interrupted"
    table: pd.DataFrame
    path: pd.DataFrame
    effect: float
    lower: float
    upper: float
    unusual_from: float
    detectable: float
    placebo_p: float
    coverage: float
    coverage_se: float
    n_placebo: int
    lags: int
    rho: float
    level: float
    unit: str
    name: str
    dates: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def by_dates(self) -> bool:
        """Whether other dates are enough for an interval of that level, which then leads."""
        return bool(np.isfinite(self.unusual_from))

    @property
    def interval(self) -> tuple[float, float]:
        """Every effect that the rank among other dates does not refuse; if few, by formula."""
        away = self.unusual_from
        ends = self.effect - away, self.effect + away
        return ends if self.by_dates else (self.lower, self.upper)

    def _doubts(self) -> Iterator[str]:
        if self.by_dates:
            yield from measured_narrow("interrupted, by other dates", self.unit)
        else:
            yield from elsewhere(self, "the time before is too short for other dates")
            yield from measured_narrow("interrupted, by formula", self.unit, self)

    def _notes(self) -> Iterator[str]:
        if self.n_placebo:
            yield (
                f"Of {self.n_placebo} other dates before, as if each were the interruption, "
                f"p {p_value(self.placebo_p)}. By formula the interval is {signed(self.lower)} to "
                f"{signed(self.upper)}, and that holds zero at {self.coverage:.0%} of them."
            )
        errors = f"Newey–West errors with {self.lags} lags" if self.lags >= 0 else "GLSAR(1)"
        yield f"{errors}; residuals follow themselves by {self.rho:z.2f} from row to row."
        yield from self.remarks

    def summary(self) -> Summary:
        """Return the average effect after the last interruption, and how far to trust it."""
        effect, lower, upper = map(signed, (self.effect, *self.interval))
        by = "other dates" if self.by_dates else "formula"
        without = f"its level before {self.dates[0]}"
        if self.table["term"].str.startswith("trend per").any():
            without = f"where its trend before {self.dates[0]} was leading"
        return self.told(
            f"Since {self.dates[-1]} {self.name} has on average been {effect} from {without} "
            f"({self.level:.0%} interval by {by} {lower} to {upper})",
            self.table,
        )
