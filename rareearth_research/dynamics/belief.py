"""Is an answer to be believed? What other dates gave, how often intervals held, and in words.

No formula is assumed: dates at which nothing happened are asked the same. How often intervals hold
what they promise on shipped series is computed, not collected: ``benchmarks/interval_coverage.py``
writes the table into this package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats
from rareearth_research.dynamics.regression import long_run
from rareearth_research.numerals import p_said
from rareearth_research.summary import Drawn, Summary

TABLE = Path(__file__).with_name("coverage.csv")
MISSES = 1.5  # times as often as promised, from which an interval is too narrow: 85 % for 90 %
SURE = 1.645  # standard errors
LEVEL, MIDDLE = 0.05, 0.6  # of a two-sided test; share of noise within its 80 % point on one side


class Guarded(Drawn):
    """An answer with sentences that speak against it, `doubts`, and others, `notes`."""

    def _doubts(self) -> Iterator[str]:
        raise NotImplementedError

    def _notes(self) -> Iterator[str]:
        raise NotImplementedError

    @property
    def doubts(self) -> tuple[str, ...]:
        """What speaks against believing the answer."""
        return tuple(map(typeset, self._doubts()))

    @property
    def notes(self) -> tuple[str, ...]:
        """What else is to be known."""
        return tuple(map(typeset, self._notes()))

    @property
    def guard(self) -> bool:
        """Whether nothing speaks against believing the answer."""
        return not self.doubts

    def told(self, claim: str, table: pd.DataFrame) -> Summary:
        """Return the summary: the claim, whether to believe it, then doubts and notes."""
        trust = "no check objects." if self.guard else "not to be relied on."
        return Summary(typeset(f"{claim}: {trust}"), table, (*self.doubts, *self.notes))


def typeset(line: str) -> str:
    """Return a line with minus signs, ∞, p-values to three digits, a space before per cent."""
    line = re.sub(r"\bp (0\.\d+)\b", lambda found: p_said(float(found[1])), line)
    line = re.sub(r"\binf\b", "∞", line)
    return re.sub(r"(?<=\d)%", " %", re.sub(r"(?<![\w.])-(?=[\d.∞])", "−", line))


def rank(moved: Floats, own: Any) -> Any:
    """Return the share of placebo statistics (last axis) as large as one's own, itself counted."""
    return (1 + (moved >= own * (1 - 1e-12)).sum(axis=-1)) / (1 + moved.shape[-1])


def unusual_from(moved: Any, level: float = 1 - LEVEL) -> Any:
    """Return the value beyond which a statistic has `rank` of at most 1 − level among placebos.

    An effect plus and minus it (times the standard error that the statistics were divided by) is
    the set of effects that the ranks do not refuse: the inverse of that test, so that it leaves out
    zero exactly where p ≤ 1 − level. Infinite where too few placebos leave that out of reach
    (fewer than 19 at 5 %).

    Parameters
    ----------
    moved : array of float, shape (..., n)
        Absolute placebo statistics.
    level : float, default 0.95
    """
    ordered = np.sort(np.asarray(moved, dtype=np.float64))
    spare = int((1 - level) * (1 + ordered.shape[-1]) + 1e-9)  # as `rank` counts one's own
    return ordered[..., -spare] if spare else np.full(ordered.shape[:-1], np.inf)[()]


def detectable(moved: Any) -> Any:
    """Return what is found four times in five at 5 %, in the unit of the statistic.

    `unusual_from`, plus the value that 60 % of placebo statistics stay below. For a normal
    statistic that is 1.96 + 0.84 standard errors, because 60 % lie within 0.84 of zero.

    Parameters
    ----------
    moved : array of float, shape (..., n)
        Absolute placebo statistics.
    """
    least = unusual_from(moved)
    return least + np.quantile(moved, MIDDLE, axis=-1) if np.isfinite(least).all() else least


def held(covers: Any, together: int) -> tuple[float, float]:
    """Return how often intervals at other dates hold zero, and the standard error of that.

    Newey & West (1987), for dates of which `together` neighbours share rows.

    Parameters
    ----------
    covers : array of bool or shares, shape (n,)
        In order of time.
    together : int
    """
    each = np.asarray(covers, dtype=np.float64)
    if not len(each):
        return np.nan, np.nan
    share = float(each.mean())
    spread = long_run((each - share)[:, None] / len(each), max(together, 1) - 1)[0]
    return share, float(np.sqrt(max(spread, 0.0)))


def honest(level: float) -> float:
    """Return the coverage below which an interval of a level is too narrow."""
    return 1 - MISSES * (1 - level)


def too_narrow(coverage: float, error: float, level: float) -> bool:
    """Return whether intervals at other dates hold zero significantly too rarely."""
    return bool(coverage + SURE * error < honest(level))


def elsewhere(result: Any, what: str) -> Iterator[str]:
    """Yield what other dates say against intervals by formula of a result.

    Parameters
    ----------
    result : LocalProjection, InterruptedSeries
        With `coverage`, `coverage_se` and `level`.
    what : str
        Why other dates were not tried, if they were not.
    """
    if not np.isfinite(result.coverage):
        yield f"Nothing checks the interval: {what}."
    elif too_narrow(result.coverage, result.coverage_se, result.level):
        yield (
            f"Interval too narrow here: at other dates the {result.level:.0%} interval by formula "
            f"holds zero in {result.coverage:.0%} (standard error {result.coverage_se:.0%})."
        )


def load_coverage_table() -> pd.DataFrame:
    """Return how often nominal 90 % intervals of each method hold zero where nothing happened.

    Returns
    -------
    DataFrame
        One row per ``method`` and ``step`` ("session", "month"): ``level`` (nominal) ``, coverage,
        std_error`` (block bootstrap over dates) ``, series, dates, intervals, too_narrow``
        (significantly below 85 %, one-sided at 5 %). Logs of shipped prices with the defaults of
        `did_it_move`; ``benchmarks/interval_coverage.py`` says which.
    """
    table = pd.read_csv(TABLE)
    narrow = [
        too_narrow(coverage, error, level)
        for coverage, error, level in table[["coverage", "std_error", "level"]].to_numpy()
    ]
    return table.assign(too_narrow=narrow)


_table = cache(load_coverage_table)


def measured_narrow(method: str, step: str, own: Any = None) -> list[str]:
    """Return a warning where intervals of a method were measured to be too narrow.

    Parameters
    ----------
    method : str
        As the table names it.
    step : str
        What a row of the series is.
    own : result with `coverage`, `coverage_se` and `level`, optional
        Other dates of the series itself, which come first where they settle it.
    """
    if own is not None and (
        own.coverage >= honest(own.level) or too_narrow(own.coverage, own.coverage_se, own.level)
    ):
        return []
    known = _table()
    found = known[(known["method"] == method) & (known["step"] == step) & known["too_narrow"]]
    return [
        f"Interval too narrow here: on logs of shipped prices by {step}, at dates without "
        f"news, {row['level']:.0%} intervals of {method} hold zero in {row['coverage']:.0%} "
        f"(standard error {row['std_error']:.0%})."
        for row in found.to_dict("records")
    ]
