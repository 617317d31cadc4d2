"""What a synthetic control found, and whether to believe it.

A mixture always gives a number. So it is asked in the same breath: does it meet the series before
the date, is the gap larger than those of units on which nothing happened, was it there already
before the date, and does it hang on one donor?
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from rareearth_research.dynamics.belief import Guarded, detectable, measured_narrow
from rareearth_research.errors import some
from rareearth_research.summary import Summary, p_value

POOR = 0.5  # of the unit's standard deviation before the date: a worse fit is poor
ALONE = 0.99  # weight of a donor that stands for all
UNUSUAL = 0.1  # p of a placebo date at which a gap was there before the event
SAID = 4  # weights that a summary names


@dataclass(frozen=True, repr=False)
class SyntheticControl(Guarded):
    """Result of `synthetic_control`.

    Attributes
    ----------
    table : DataFrame
        ``statistic, effect, lower, upper, p_value, note``: the rank by the RMSPE ratio, and by
        the average gap, with the confidence set of each (its outer ends; NaN if it is empty).
    weights : Series
        By donor.
    gaps : DataFrame
        By date: ``actual, synthetic, gap``.
    pre_rmspe, post_rmspe : float
        Root mean squared gap before and after the date.
    loss : float
        Sum of squared gaps before the date, the least there is.
    placebo : DataFrame
        ``unit, pre_rmspe, post_rmspe, ratio, effect`` of every assignment, the actual one first.
    placebo_gaps : DataFrame
        Dates by the units of ``placebo``.
    leave_one_out : DataFrame
        ``left_out, weight, pre_rmspe, effect`` without each donor that has a weight.
    units : DataFrame
        ``unit, pre_rmspe, post_rmspe, effect`` of each treated unit alone, from the same donors.
    earlier_p : float
        The rank p-value of a date at two thirds of the rows before; NaN if they are few.
    spread : float
        Standard deviation of what is met, before the date.
    unique : bool
        Whether only these weights have the least loss.
    unit, date : str
    step : str
        What a row is.
    level : float
        Coverage of the confidence sets.
    before : int
        Rows before the date.
    remarks : tuple of str
        What is to be known about the data.
    """

    picture: ClassVar[str] = "plot_synthetic_control"
    table: pd.DataFrame
    weights: pd.Series
    gaps: pd.DataFrame
    pre_rmspe: float
    post_rmspe: float
    loss: float
    placebo: pd.DataFrame
    placebo_gaps: pd.DataFrame
    leave_one_out: pd.DataFrame
    units: pd.DataFrame
    earlier_p: float
    spread: float
    unique: bool
    unit: str
    date: str
    step: str
    level: float
    before: int
    remarks: tuple[str, ...]

    @property
    def detectable(self) -> float:
        """The average gap found in four cases of five at 5 % among the placebos."""
        others = self.placebo[1:]
        moved = (others["effect"] / others["pre_rmspe"]).abs()
        return float(detectable(moved)) * self.pre_rmspe

    def _doubts(self) -> Iterator[str]:
        donors, many = len(self.weights), len(self.placebo)
        if self.pre_rmspe <= 1e-6 * self.spread:
            why = f"as {donors} donors can meet anything so short"
            if self.before > donors:
                why = f"so that {self.unit} is made of its donors, or they of it"
            yield (
                f"The {self.before} rows before the date are met exactly, {why}: the fit says "
                "nothing, and the gap little."
            )
        elif self.pre_rmspe > POOR * self.spread:
            yield (
                f"Poor fit before the date: the error of {self.pre_rmspe:.4g} is "
                f"{self.pre_rmspe / self.spread:.0%} of the standard deviation of {self.unit}; the "
                "gap after it may be the same misfit. Other donors, demean=True or logs may help."
            )
        if 1 / many > 1 - self.level:
            yield (
                f"The smallest p-value of {many} units is {1 / many:.2f}: a level of "
                f"{self.level:.0%} is out of reach, whatever happened."
            )
        if self.earlier_p <= UNUSUAL:
            yield (
                "A date at two thirds of the rows before, when nothing had happened, gives "
                f"p {p_value(self.earlier_p)}: the gap began before the event."
            )
        if not self.unique:
            yield (
                "Donors are collinear before the date: other weights fit as well, and they need "
                "not agree after it."
            )
        yield from measured_narrow("synthetic_control", self.step)

    def _notes(self) -> Iterator[str]:
        effects, short = self.leave_one_out["effect"], self.before < len(self.weights)
        fit = (
            f"Before the date: error {self.pre_rmspe:.4g} (loss {self.loss:.4g}, the least there "
            f"is), {self.pre_rmspe / self.spread:.0%} of the standard deviation; after it "
            f"{self.post_rmspe:.4g}."
        )
        without = (
            "Without one of the donors that have a weight the effect lies between "
            f"{effects.min():.4g} and {effects.max():.4g}."
        )
        luck = (
            f"{self.before} rows before the date for {len(self.weights)} donors: some of the fit "
            "is luck; fewer donors or a longer series would tell."
        )
        of_sets = (note for note in self.table["note"] if note)
        yield from (fit, self._mixture(), without, *[luck] * short, *of_sets, *self.remarks)

    def _mixture(self) -> str:
        used = self.weights[self.weights > 0].sort_values(ascending=False)
        if used.iloc[0] > ALONE:
            return (
                f"One donor alone: {used.index[0]} has a weight of {used.iloc[0]:.2f}, and the "
                "mixture is a comparison of two series."
            )
        shares = some((f"{name} {weight:.2f}" for name, weight in used.items()), SAID)
        return f"Weights: {shares}, of {len(self.weights)} donors."

    def summary(self) -> Summary:
        """Return the effect, its rank among the placebos, and whether to believe it."""
        ratio, average = self.table.iloc[0], self.table.iloc[1]
        many = len(self.placebo)
        units = "units" if len(self.units) == 1 else "sets of units"
        ends = f"{average['lower']:.4g} to {average['upper']:.4g}"
        ends = "empty" if np.isnan(average["lower"]) else ends
        return self.told(
            f"From {self.date} on, {self.unit} lay on average {average['effect']:+z.4g} from its "
            f"synthetic control ({self.level:.0%} set {ends}). Of {many - 1} other {units} the "
            f"error of {round(ratio['p_value'] * many) - 1 or 'none'} rose as much "
            f"(p {p_value(ratio['p_value'])}, no smaller than {1 / many:.3f} by design)",
            self.table.drop(columns="note"),
        )
