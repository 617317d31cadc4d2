"""What would other dates have given? The check that assumes no formula."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rareearth_research.dynamics.regression import long_run
from rareearth_research.summary import p_value

__all__ = ["elsewhere", "held", "honest", "rank", "too_narrow"]

MISSES = 1.5  # times as often as promised, from which an interval is too narrow: 85 % for 90 %
SURE = 1.645  # standard errors


def rank(moved: NDArray[np.float64], own: Any) -> Any:
    """Return the share of placebo statistics (last axis) as large as one's own, itself counted."""
    return (1 + (moved >= own * (1 - 1e-12)).sum(axis=-1)) / (1 + moved.shape[-1])


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


def elsewhere(result: Any, outside: bool, what: str) -> Iterator[str]:
    """Yield what other dates say against a result with `coverage`, `placebo_p` and `level`.

    Parameters
    ----------
    result : LocalProjection, InterruptedSeries
    outside : bool
        Whether its interval leaves out zero.
    what : str
        Why other dates were not tried, if they were not.
    """
    if not np.isfinite(result.coverage):
        yield f"Nothing checks the interval: {what}."
        return
    if too_narrow(result.coverage, result.coverage_se, result.level):
        yield (
            f"Interval too narrow here: at other dates the {result.level:.0%} interval by formula "
            f"holds zero in {result.coverage:.0%} (standard error {result.coverage_se:.0%})."
        )
    if outside and result.placebo_p > 1 - result.level:
        yield f"Zero is outside, but other dates do as much: p {p_value(result.placebo_p)}."
