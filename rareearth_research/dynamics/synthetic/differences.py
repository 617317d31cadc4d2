"""Do three ways to build a counterfactual say the same?

Difference-in-differences takes all donors alike and trusts that they would have moved in parallel;
a synthetic control weighs donors and trusts their levels; synthetic difference-in-differences
weighs donors and dates and trusts neither level nor parallel paths. One of them alone is no
answer. The last comes from the package diff-diff, the others are arithmetic.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from rareearth_research.arguments import check_share, check_whole
from rareearth_research.arrays import Bools, Floats
from rareearth_research.dynamics.belief import Guarded, measured_narrow
from rareearth_research.dynamics.synthetic.kernel import assignments, mix
from rareearth_research.dynamics.synthetic.panel import Panel, read_panel
from rareearth_research.errors import SpecificationError, listed
from rareearth_research.summary import Summary, number, p_value

METHODS = ("synthetic difference-in-differences", "synthetic control", "difference-in-differences")
UNUSUAL = 0.05  # rank of the fit before among placebos, from which it is poor


@dataclass(frozen=True, repr=False)
class SyntheticDid(Guarded):
    """Result of `synthetic_did`.

    Attributes
    ----------
    table : DataFrame
        ``method, effect, se, lower, upper, p_value`` of three estimators.
    unit_weights, time_weights : Series
        Of synthetic difference-in-differences, by donor and by date before the event.
    fit_p : float
        Share of placebo fits that meet the time before the date as badly; NaN if unknown.
    unit, date : str
    step : str
        What a row is.
    level : float
        Nominal coverage of the intervals.
    remarks : tuple of str
        What is to be known about the data.
    """

    picture: ClassVar[str] = "plot_estimators"
    table: pd.DataFrame
    unit_weights: pd.Series
    time_weights: pd.Series
    fit_p: float
    unit: str
    date: str
    step: str
    level: float
    remarks: tuple[str, ...]

    def _doubts(self) -> Iterator[str]:
        effects = self.table["effect"].to_numpy()
        lower, upper = (self.table[end].to_numpy()[:, None] for end in ("lower", "upper"))
        if (effects.min() < 0 < effects.max()) or ((effects < lower) | (effects > upper)).any():
            yield (
                f"The three do not agree: from {effects.min():.4g} to {effects.max():.4g}, in "
                "units of the series, with another sign or outside each other's intervals. What "
                "is believed decides the answer, not the data."
            )
        if self.fit_p <= UNUSUAL:
            yield (
                "The paths before the date are met worse than those of almost all donors "
                f"(p {p_value(self.fit_p)})."
            )
        yield from measured_narrow("synthetic_did: synthetic difference-in-differences", self.step)

    def _notes(self) -> Iterator[str]:
        donors, dates = (weights > 0.001 for weights in (self.unit_weights, self.time_weights))
        granted = (
            "Standard errors are the spread of the same estimate over donors, on which nothing "
            f"happened: they take {self.unit} to be as restless as these."
        )
        weights = (
            f"The first gives a weight to {donors.sum()} of {len(donors)} donors and to "
            f"{dates.sum()} of {len(dates)} rows before the date."
        )
        yield from (granted, weights, *self.remarks)

    def summary(self) -> Summary:
        """Return what the three say, and whether they agree."""
        said = [f"{row['effect']:+z.4g} by {row['method']}" for _, row in self.table.iterrows()]
        first = self.table.iloc[0]
        return self.told(
            f"From {self.date} on, {self.unit} lay from what was to be expected {listed(said)} "
            f"({self.level:.0%} interval of the first {number(first['lower'], '.4g')} to "
            f"{number(first['upper'], '.4g')})",
            self.table,
        )


def synthetic_did(
    wide: pd.DataFrame,
    unit: str | list[str],
    donors: list[str] | None,
    date: Any,
    *,
    level: float = 0.9,
    draws: int = 200,
    seed: int = 0,
) -> SyntheticDid:
    """Estimate an effect by synthetic difference-in-differences, and two others beside it.

    Parameters
    ----------
    wide : DataFrame
        One column a unit, one row a day, period or year, without holes.
    unit : str or list of str
        The column that the event touched; of several, their mean is studied.
    donors : list of str, optional
        Columns that it did not touch, more than there are units; None takes all others.
    date : str, date, Timestamp or int
        The first day that may be affected; the period that holds it counts as after it.
    level : float, default 0.9
        Nominal coverage of the intervals.
    draws : int, default 200
        Placebo draws of synthetic difference-in-differences, 20 or more; the others use every
        donor (for several units as many sets of donors).
    seed : int, default 0

    Returns
    -------
    SyntheticDid

    Raises
    ------
    DataError
        Missing values or periods, columns that hold no numbers.
    SpecificationError
        The package diff-diff is missing; unknown columns, the unit among its donors, too few
        donors or rows, what never moves, a date that is none.

    Notes
    -----
    With ȳ the mean of the units treated, unit weights ω and time weights λ,

        τ = (ȳ_post − Σ_t λ_t ȳ_t) − Σ_j ω_j (y_j,post − Σ_t λ_t y_jt).

    Difference-in-differences has ω = 1/J and λ = 1/T₀. The synthetic control has λ = 0 and the
    weights of `synthetic_control`. Standard errors are Arkhangelsky's placebo variance (algorithm
    4): the standard deviation of the estimate with donors in place of the units; intervals are
    normal.

    References
    ----------
    Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021), Synthetic difference-in-differences,
    American Economic Review 111, 4088-4118.
    """
    check_share("level", level)
    check_whole("draws", draws, 20, 10_000)
    check_whole("seed", seed, 0, 2**32 - 1)
    panel = read_panel(wide, unit, donors, date)
    k, before, values = panel.treated, panel.before, panel.values
    count = values.shape[1] - k
    if count <= k:
        raise SpecificationError(
            f"donors has {count} columns for {k} units, and placebos need more donors than units; "
            "name more donors, or fewer units"
        )
    found = _estimated(panel, draws, seed)
    sets = assignments(count, k, draws, seed)
    actual = np.arange(values.shape[1]) < k
    effects = [found.att]
    errors = [found.se]
    for estimate in (_mixed, _parallel):
        effects.append(float(estimate(values, before, actual[None])[0]))
        errors.append(float(estimate(values[:, k:], before, sets).std()))
    table = pd.DataFrame({"method": METHODS, "effect": effects, "se": errors})
    wide_by = stats.norm.ppf((1 + level) / 2) * table["se"]
    table = table.assign(
        lower=table["effect"] - wide_by,
        upper=table["effect"] + wide_by,
        p_value=2 * stats.norm.sf(np.abs(table["effect"] / table["se"])),
    )
    fit_p = found.pre_fit_placebo_pvalue
    on_rows = [found.time_weights[row] for row in range(before)]
    return SyntheticDid(
        table=table,
        unit_weights=pd.Series(found.unit_weights, name="weight").reindex(panel.names[k:]),
        time_weights=pd.Series(on_rows, panel.series.index[:before], name="weight"),
        fit_p=np.nan if fit_p is None else float(fit_p),
        unit=panel.unit,
        date=panel.series.label(before),
        step=panel.series.unit,
        level=level,
        remarks=panel.remarks,
    )


def _estimated(panel: Panel, draws: int, seed: int) -> Any:
    """Return what diff-diff makes of a panel, in a long frame with the rows' numbers as time."""
    try:
        from diff_diff import SyntheticDiD
    except ImportError:
        raise SpecificationError(
            "synthetic_did needs the package diff-diff: pip install 'rareearth_research[did]'"
        ) from None
    rows, units = panel.values.shape
    long = pd.DataFrame(
        {
            "unit": np.tile(panel.names, rows),
            "time": np.repeat(np.arange(rows), units),
            "outcome": panel.values.ravel(),
            "treated": np.tile((np.arange(units) < panel.treated).astype(int), rows),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it warns of, the summary says
        return SyntheticDiD(n_bootstrap=draws, seed=seed).fit(
            long,
            outcome="outcome",
            treatment="treated",
            unit="unit",
            time="time",
            post_periods=list(range(panel.before, rows)),
        )


def _mixed(values: Floats, before: int, treated: Bools) -> Floats:
    """Return the average gap to a synthetic control of each assignment, (A,)."""
    return np.asarray(mix(values, before, treated, ~treated).gaps[:, before:].mean(axis=1))


def _parallel(values: Floats, before: int, treated: Bools) -> Floats:
    """Return the plain difference-in-differences of each assignment, (A,)."""
    moved = values[before:].mean(axis=0) - values[:before].mean(axis=0)
    count = treated.sum(axis=1)
    return np.asarray(treated @ moved / count - ~treated @ moved / (len(moved) - count))
