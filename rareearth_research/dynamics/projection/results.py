"""What a local projection found, as a table and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from rareearth_research.dynamics.placebo import rank, too_narrow
from rareearth_research.dynamics.series import Even
from rareearth_research.summary import Drawn, Summary, p_value, signed

__all__ = ["LocalProjection", "tabulate"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class LocalProjection(Drawn):
    """Result of `local_projection`.

    Attributes
    ----------
    table : DataFrame
        One row per horizon (and state): ``horizon, effect, se, lower, upper, joint_lower,
        joint_upper, p_value, placebo_p, n, n_shocks, lags`` (of the standard error), and ``state``
        where one was given. Effects are in the unit of `y` per unit of the shock.
    coverage : float
        Share of placebo shocks, moved in time, whose intervals hold zero; NaN where not tried.
    joint_placebo_p : float
        The same for the largest *t* of all horizons.
    level : float
        Confidence of intervals and bands.
    unit : str
        What a horizon counts: "session", "week", "month", ...
    name : str
    notes : tuple of str
    """

    picture: ClassVar[str] = "plot_local_projection"
    table: pd.DataFrame
    coverage: float
    joint_placebo_p: float
    level: float
    unit: str
    name: str
    notes: tuple[str, ...]

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
        effect, lower, upper = (signed(last[name]) for name in ("effect", "lower", "upper"))
        headline = (
            f"{int(last['horizon'])} {self.unit}s after the shock {self.name} stands {effect} from "
            f"where it would ({self.level:.0%} interval {lower} to {upper}); {where}."
        )
        columns = ["horizon", "effect", "se", "lower", "upper", "p_value", "placebo_p", "n_shocks"]
        columns = ["state", *columns] if "state" in table else columns
        return Summary(headline, table[columns], (*self._doubts(), *self.notes))

    def _doubts(self) -> list[str]:
        if not np.isfinite(self.coverage):
            return ["Placebo shocks were not tried: they need one shock for all and no state."]
        moved = (
            f"Moved to other dates, the shock does as much at some horizon with p "
            f"{p_value(self.joint_placebo_p)}; {self.coverage:.0%} of those intervals hold zero, "
            f"and {self.level:.0%} should."
        )
        return [moved, *too_narrow(self.coverage, self.level)]


def tabulate(
    table: pd.DataFrame, wide: list[float], placebo: list[Floats], level: float, even: Even,
    has_state: bool, notes: tuple[str, ...],
) -> LocalProjection:  # fmt: skip
    z = norm.ppf(0.5 + level / 2)
    table["lower"], table["upper"] = (table["effect"] + sign * z * table["se"] for sign in (-1, 1))
    joint = np.tile(wide, table["horizon"].nunique()) * table["se"]
    table["joint_lower"], table["joint_upper"] = table["effect"] - joint, table["effect"] + joint
    t = (table["effect"] / table["se"]).abs()
    table["p_value"], table["placebo_p"] = 2 * norm.sf(t), np.nan
    coverage = joint_p = np.nan
    if placebo and placebo[0].size:
        moved = np.abs(np.array(placebo))  # horizon, shift
        table["placebo_p"] = rank(moved, t.to_numpy()[:, None])
        coverage, joint_p = float((moved <= z).mean()), float(rank(moved.max(axis=0), t.max()))
    columns = ["horizon", "effect", "se", "lower", "upper", "joint_lower", "joint_upper",
               "p_value", "placebo_p", "n", "n_shocks", "lags"]  # fmt: skip
    return LocalProjection(
        table[["state", *columns] if has_state else columns],
        coverage, joint_p, level, even.unit, even.name, notes,
    )  # fmt: skip
