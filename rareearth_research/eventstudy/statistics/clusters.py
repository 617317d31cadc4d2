"""Who shares an event date with whom, and how correlated are the pairs of a study for it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.windows import Windows
from rareearth_research.eventstudy.statistics.correlation import (
    OVERLAPPING,
    Dependence,
    block_correlation,
    cell_sums,
    mean_correlation,
)
from rareearth_research.eventstudy.statistics.overlap import (
    overlapping_sum,
    overlapping_sum_on_one_calendar,
)

__all__ = ["Clusters", "dependences", "find_clusters"]

SHARING = 0.2  # partners per pair above which dates count as shared: variance +6 % at ρ = 0.3

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Clusters:
    """How K kept pairs share dates.

    Attributes
    ----------
    block : ndarray of int, shape (K,)
        Pairs of one date or one event.
    mixed : bool
        Whether a block spans exchange calendars.
    overlapping : int
        Pairs whose window overlaps another event's of the same security.
    shared : bool
        Whether pairs can be taken as independent no longer.
    """

    block: Ints
    mixed: bool
    overlapping: int
    shared: bool


def find_clusters(
    pairs: PairList, markets: Sequence[Market], overlapping: NDArray[np.bool_]
) -> Clusters:
    """Find blocks of pairs that share a date, and say whether they matter."""
    block, mixed = _date_blocks(pairs, markets)
    sizes = np.bincount(block)
    partners = float((sizes * (sizes - 1)).sum()) / len(pairs)
    twice = int(overlapping.sum())
    return Clusters(block, mixed, twice, partners > SHARING or twice > OVERLAPPING * len(pairs))


def dependences(
    clusters: Clusters,
    pairs: PairList,
    markets: Sequence[Market],
    residuals: Floats,
    windows: Windows,
) -> list[Dependence]:
    """Return the r̄ of each window.

    Parameters
    ----------
    clusters : Clusters
    pairs : PairList
        K kept pairs, those of `clusters`.
    markets : sequence of Market
    residuals : ndarray, shape (K, L)
    windows : Windows

    Notes
    -----
    Where every event has its own date, r̄ is the mean correlation of residuals aligned in event
    time, as published. Where dates are shared, correlations are taken within dates, on common
    calendar days, and between dates in proportion to the sessions their windows share (`overlap`).
    """
    n, count = len(pairs), windows.first.shape[-1]
    if not clusters.shared or n < 2:
        return [Dependence(mean_correlation(residuals), float("nan"))] * count
    block = np.unique(clusters.block, return_inverse=True)[1]
    unused = windows.unused
    if windows.members.ndim == 2 and unused is None and len(np.unique(pairs.market)) == 1:
        sums = cell_sums(residuals, block)
        within = block_correlation(residuals, block, None, sums)
        position = pairs.position[np.unique(block, return_index=True)[1]]
        widths = (windows.last - windows.first + 1).tolist()
        between = [overlapping_sum_on_one_calendar(sums, position, width) for width in widths]
    else:
        held = [market.rows for market in markets]
        estimation = np.arange(windows.estimation[0], windows.estimation[1] + 1)
        rows = pairs.gather(held, estimation, -1)
        rows = rows if unused is None else np.where(unused, -1, rows)
        within = block_correlation(residuals, block, rows if clusters.mixed else None)
        cell = _cells(pairs, windows)
        first = np.unique(cell, return_index=True)[1]  # one pair of each cell
        sums = cell_sums(residuals, cell)
        event_rows = pairs.take(first).gather(held, windows.steps, -1)
        between = []
        for g in range(count):
            inside = windows.members[..., g, :] > 0
            inside = inside if inside.ndim == 1 else inside[first]
            own = np.where(inside, event_rows, -1)
            between.append(overlapping_sum(sums, rows[first], own, block[first]))
    return [Dependence(within.mean + b / (n * (n - 1)), within.within) for b in between]


def _cells(pairs: PairList, windows: Windows) -> Ints:
    """Number the groups of pairs with the same market, event session and windows."""
    if windows.members.ndim == 3 or windows.bounds is not None:
        return np.arange(len(pairs))
    places = np.column_stack([pairs.market, pairs.position])
    return np.unique(places, axis=0, return_inverse=True)[1].ravel()


def _date_blocks(pairs: PairList, markets: Sequence[Market]) -> tuple[Ints, bool]:
    """Return the block of each pair (same session date or same event), and if any is mixed.

    One announcement can be priced on different dates in different places; its securities are one
    block all the same.
    """
    days = [market.sessions.asi8 for market in markets]
    dates = pairs.gather(days, np.zeros(1, dtype=np.int64), 0)[:, 0]
    block = np.unique(dates, return_inverse=True)[1]
    used = pairs.market
    if (used == used[0]).all():
        return block, False
    date_of, event = block.copy(), np.unique(pairs.event, return_inverse=True)[1]
    while True:  # lowest label spreads along shared dates and events until nothing changes
        before = block.copy()
        for group in (event, date_of):
            least = np.full(group.max() + 1, len(block), dtype=np.int64)
            np.minimum.at(least, group, block)
            block = least[group]
        if (block == before).all():
            break
    block = np.unique(block, return_inverse=True)[1]
    low = np.full(block.max() + 1, len(markets))
    high = np.full(block.max() + 1, -1)
    np.minimum.at(low, block, used)
    np.maximum.at(high, block, used)
    return block, bool((low < high).any())
