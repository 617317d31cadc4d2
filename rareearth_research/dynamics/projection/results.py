"""What a local projection found, as a table and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.stats import norm

from rareearth_research.arrays import Floats
from rareearth_research.dynamics import belief
from rareearth_research.dynamics.series import Even
from rareearth_research.summary import Summary, p_value, signed

APART = 10  # windows without a row in common, from which other dates say something
FEW = 10  # dates or other shocks: with fewer, a *t* is mostly its own noise


@dataclass(frozen=True, repr=False)
class LocalProjection(belief.Guarded):
    """Result of `local_projection`.

    Attributes
    ----------
    table : DataFrame
        One row per horizon (and state): ``horizon, effect, se, lower, upper, joint_lower,
        joint_upper, p_value, placebo_lower, placebo_upper, placebo_p, detectable, n, n_shocks,
        lags`` (of the
        standard error), and ``state`` where one was given. Effects are in the unit of `y` per unit
        of the shock. What starts with ``placebo`` is by the shock moved to other dates; ranked is
        the *t*, and with fewer than 10 shocks the effect, and the interval holds what these ranks
        do not refuse. ``detectable`` is the size found in four cases of five at 5 % among them.
    coverage, coverage_se : float
        Share of placebo shocks, moved in time, whose intervals hold zero, with its standard error;
        NaN where not tried.
    placebo_p : float
        Share of them whose largest statistic of all horizons is as large, one's own counted.
    level : float
        Confidence of intervals and bands.
    unit : str
        What a horizon counts: "session", "week", "month", ...
    name : str
    remarks : tuple of str
        What is to be known about the data.
    """

    picture: ClassVar[str] = "plot_local_projection"
    table: pd.DataFrame
    coverage: float
    coverage_se: float
    placebo_p: float
    level: float
    unit: str
    name: str
    remarks: tuple[str, ...]

    def summary(self) -> Summary:
        """Return the response at the last horizon, where the band leaves out zero, the doubts."""
        table = self.table
        last = table[table["horizon"] == table["horizon"].max()].iloc[0]
        outside = table[(table["joint_lower"] > 0) | (table["joint_upper"] < 0)]
        where = (
            "the band over all horizons leaves out zero at "
            + ", ".join(map(str, outside["horizon"].unique()))
            if len(outside)
            else "the band over all horizons holds zero everywhere"
        )
        by = "placebo_" if self.few else ""
        ends = (f"{by}lower", f"{by}upper")
        effect, lower, upper = (signed(last[name]) for name in ("effect", *ends))
        columns = ["horizon", "effect", "lower", "upper", "placebo_lower", "placebo_upper",
                   "placebo_p", "n_shocks"]  # fmt: skip
        return self.told(
            f"{int(last['horizon'])} {self.unit}s after the shock {self.name} stands {effect} from "
            f"where it would ({self.level:.0%} interval{' by other dates' * self.few} {lower} to "
            f"{upper}); {where}",
            table[["state", *columns] if "state" in table else columns],
        )

    @property
    def few(self) -> bool:
        """Whether shocks are too few for a formula, and other dates were tried."""
        return bool(np.isfinite(self.coverage) and self.table["n_shocks"].min() < FEW)

    def _doubts(self) -> Iterator[str]:
        banded = (self.table["joint_lower"] > 0) | (self.table["joint_upper"] < 0)
        yield from belief.elsewhere(self, "that needs one shock for all and no state")
        if banded.any() and self.placebo_p > 1 - self.level:
            yield (
                "The band over all horizons leaves out zero, but other dates do as much: "
                f"p {p_value(self.placebo_p)}."
            )
        apart = int(self.table["n"].max() / (self.table["horizon"].max() + 1))
        if self.few and apart < APART:
            yield f"Other dates are few too: {apart} windows of that length have no row in common."
        if self.few:
            kind = "one date" if self.table["n_shocks"].max() == 1 else "6 dates"
            yield from belief.measured_narrow(
                f"local_projection, {kind}, by other dates", self.unit
            )

    def _notes(self) -> Iterator[str]:
        if np.isfinite(self.coverage):
            ends = (signed(self.table[f"placebo_{end}"].iloc[-1]) for end in ("lower", "upper"))
            yield (
                f"Moved to other dates, the shock does as much at some horizon with p "
                f"{p_value(self.placebo_p)}; intervals by formula hold zero at {self.coverage:.0%} "
                f"of them. By those dates the interval of the last horizon is {' to '.join(ends)}."
            )
        yield from self.remarks


def tabulate(
    table: pd.DataFrame, wide: list[float], placebo: list[Floats], level: float, even: Even,
    has_state: bool, notes: tuple[str, ...],
) -> LocalProjection:  # fmt: skip
    z = norm.ppf(0.5 + level / 2)
    table["lower"], table["upper"] = (table["effect"] + sign * z * table["se"] for sign in (-1, 1))
    joint = np.tile(wide, table["horizon"].nunique()) * table["se"]
    table["joint_lower"], table["joint_upper"] = table["effect"] - joint, table["effect"] + joint
    own = (table["effect"] / table["se"]).abs().to_numpy()
    table["p_value"] = 2 * norm.sf(own)
    table[["placebo_lower", "placebo_upper", "placebo_p", "detectable"]] = np.nan
    coverage, error, joint_p = np.nan, np.nan, np.nan
    tried = np.array(placebo).swapaxes(0, 1) if placebo else np.empty((2, 1, 0))
    # effect and t by horizon and shift; a shift that leaves no shock at some horizon says nothing
    effects, t = np.nan_to_num(tried[:, :, np.isfinite(tried[0]).all(axis=0)])
    if effects.size:
        coverage, error = belief.held((np.abs(t) <= z).mean(axis=0), len(t))
        spread = table["se"].to_numpy()
        if table["n_shocks"].min() < FEW:  # which leave the formula few errors, or none
            spread = effects.std(axis=1)
            own, t = np.abs(table["effect"].to_numpy()) / spread, effects / spread[:, None]
        table["placebo_p"] = belief.rank(np.abs(t), own[:, None])
        away = spread * belief.unusual_from(np.abs(t), level)
        table["placebo_lower"], table["placebo_upper"] = (
            table["effect"] - away,
            table["effect"] + away,
        )
        table["detectable"] = spread * belief.detectable(np.abs(t))
        joint_p = float(belief.rank(np.abs(t).max(axis=0), own.max()))
    columns = ["horizon", "effect", "se", "lower", "upper", "joint_lower", "joint_upper",
               "p_value", "placebo_lower", "placebo_upper", "placebo_p", "detectable", "n",
               "n_shocks", "lags"]  # fmt: skip
    return LocalProjection(
        table[["state", *columns] if has_state else columns],
        coverage, error, joint_p, level, even.unit, even.name, notes,
    )  # fmt: skip
