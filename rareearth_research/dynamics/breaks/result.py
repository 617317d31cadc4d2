"""What was found about the breaks of a series: partitions, tests, dates, and the guard."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_whole
from rareearth_research.arrays import Floats
from rareearth_research.dynamics.breaks.guard import Guard, persistence_guard
from rareearth_research.dynamics.breaks.intervals import break_intervals
from rareearth_research.dynamics.breaks.partitions import Partitions
from rareearth_research.dynamics.breaks.persistence import Null
from rareearth_research.dynamics.series import Even
from rareearth_research.numerals import counted
from rareearth_research.summary import Drawn, Summary

INTERVALS = {  # level, and whether regimes are alike, by the names of the columns
    ("lower", "upper"): (0.95, False),
    ("lower_90", "upper_90"): (0.90, False),
    ("lower_same", "upper_same"): (0.95, True),
    ("lower_same_90", "upper_same_90"): (0.90, True),
}
RULES = {"bic": "BIC", "lwz": "LWZ", "kt": "KT", "sequential_iid": "sequential tests",
         "sequential_hac": "sequential tests with dependent errors"}  # fmt: skip


@dataclass(frozen=True)
class Regimes:
    """The regression that was cut into regimes, as arrays.

    Attributes
    ----------
    y, x : ndarray, shapes (n,) and (n, q)
    least : int
        Rows of the shortest regime.
    trend : bool
    parts : Partitions
        Of the one series.
    null : Null
        The same series without a break.
    statistic : float
        The largest F, supF(1) to supF(M) with independent errors.
    seed : int
    """

    y: Floats
    x: Floats
    least: int
    trend: bool
    parts: Partitions
    null: Null
    statistic: float
    seed: int

    def ends(self, breaks: int) -> list[int]:
        """Return the first row of each regime, and n."""
        return [0, *map(int, self.parts.breaks[breaks][0]), len(self.y)]


@dataclass(frozen=True, repr=False)
class Breaks(Drawn):
    """Result of `find_breaks`.

    Attributes
    ----------
    series : Even
        The series as checked.
    n_breaks : int
        Chosen by BIC.
    table : DataFrame
        ``n_breaks, rss, bic, lwz, kt``, one row per number of breaks from 0.
    choices : DataFrame
        ``rule, n_breaks``: how many breaks each criterion and each sequence of tests chooses.
    breaks : DataFrame
        One row per break chosen: ``date`` (last row of the old regime), ``lower, upper`` (95 %,
        regimes differ), ``lower_90, upper_90``, ``lower_same, upper_same`` (regimes alike),
        ``lower_same_90, upper_same_90``, ``before, after`` (means of the regimes). Ends beyond the
        sample are its first or last row.
    asymptotic : DataFrame
        ``test, errors, statistic, p_value`` of the tests whose distribution is known.
    paths : DataFrame
        By row: ``value, fitted, cusum`` (OLS-CUSUM) and ``sup_f`` (F of one break after the row).
    regimes : Regimes
    """

    picture: ClassVar[str] = "plot_breaks"
    series: Even
    n_breaks: int
    table: pd.DataFrame
    choices: pd.DataFrame
    breaks: pd.DataFrame
    asymptotic: pd.DataFrame
    paths: pd.DataFrame
    regimes: Regimes

    @cached_property
    def guard(self) -> Guard:
        """What series as persistent show without a break; drawn when first asked for."""
        asked = self.regimes
        return persistence_guard(
            asked.null, asked.x, asked.least, len(asked.parts.breaks) - 1, asked.statistic,
            np.random.default_rng([asked.seed, 1]),
        )  # fmt: skip

    @property
    def tests(self) -> pd.DataFrame:
        """The tests of `asymptotic`, and last the one that bears persistence, by drawn series."""
        guarded = {
            "test": "any break", "errors": "persistent",
            "statistic": self.guard.statistic, "p_value": self.guard.p_value,
        }  # fmt: skip
        return pd.concat([self.asymptotic, pd.DataFrame([guarded])], ignore_index=True)

    def at(self, n_breaks: int) -> pd.DataFrame:
        """Return dates and intervals, as in `breaks`, for another number of breaks.

        Parameters
        ----------
        n_breaks : int
            Up to ``max_breaks``.
        """
        check_whole("n_breaks", n_breaks, 0, len(self.table) - 1)
        return dated(self.series, self.regimes, n_breaks)

    def summary(self) -> Summary:
        """Return how many breaks, when, and whether a series without any shows as many."""
        guard = self.guard
        large = round(guard.p_value * (1 + guard.draws)) - 1
        seen = "none shows" if large == 0 else f"{counted(large, 'shows', 'show')}"
        found = f"BIC finds {counted(self.n_breaks, 'break')} in {self.series.name}"
        if self.n_breaks:
            found += f", after {', '.join(map(self._words, self.breaks.to_dict('records')))}"
        doubt = self.n_breaks > 0 and guard.p_value > 0.05
        headline = (
            f"{found}. Of {guard.draws} drawn series that are as long and as persistent and have "
            f"no break, {seen} a statistic as large (p = {guard.p_value:.3f})."
            + " The breaks are no more than persistence alone shows."
            * doubt
        )
        return Summary(headline, self.table, tuple(self._notes()))

    def _words(self, row: Any) -> str:
        date, *ends = (self.series.words(row[name]) for name in ("date", "lower", "upper"))
        interval = "no 95 % interval" if "–" in ends else f"95 % interval {ends[0]} to {ends[1]}"
        return f"{date} ({interval})"

    def _notes(self) -> list[str]:
        guard, least, unit = self.guard, self.regimes.least, self.series.unit
        chosen = [f"{RULES[rule]} {n}" for rule, n in self.choices.itertuples(index=False)]
        as_many = f", and {np.mean(guard.counts >= self.n_breaks):.0%} of them show as many as here"
        without = (
            f"Persistence ρ = {guard.null.root:z.2f}: without any break such a series shows "
            f"{guard.counts.mean():.1f} breaks by BIC on average"
        )
        notes = [
            f"Breaks by rule: {', '.join(chosen)}. The number above is BIC's.",
            f"{without}{as_many * (self.n_breaks > 0)}.",
            *self.series.notes,
            f"A break in the first or last {least} {unit}s cannot be found.",
        ]
        _, *rows, last = self.regimes.ends(self.n_breaks)
        edge = [self.series.index[row - 1] for row in rows if least in (row, last - row)]
        if edge:
            notes.append(
                f"{', '.join(map(self.series.words, edge))} lies as near to an end of the sample "
                "as trim allows: the change may lie nearer still."
            )
        if guard.draws < 199:
            notes.append(f"Only {guard.draws} series were drawn, because the sample is long.")
        return notes


def dated(series: Even, regimes: Regimes, n_breaks: int) -> pd.DataFrame:
    """Return the breaks of one partition with their intervals, as in `Breaks.breaks`."""
    y, x, ends = regimes.y, regimes.x, regimes.ends(n_breaks)
    rows = ends[1:-1]
    columns = {"date": _labels(series, rows)}
    for names, (level, same) in INTERVALS.items():
        found = break_intervals(y, x, rows, level, same=same)
        for side, name in enumerate(names):
            columns[name] = _labels(series, [interval[side] for interval in found])
    means = [y[start:end].mean() for start, end in pairwise(ends)]
    return pd.DataFrame(columns).assign(before=means[:-1], after=means[1:])


def _labels(series: Even, rows: Any) -> pd.Series:
    """Return the labels of rows counted from 1, those beyond the sample as its ends."""
    index = series.index
    kind: Any = "Int64" if series.unit == "year" and index.dtype.kind == "i" else index.dtype
    known = [None if np.isnan(r) else index[int(np.clip(r, 1, len(index))) - 1] for r in rows]
    return pd.Series(known, dtype=kind)
