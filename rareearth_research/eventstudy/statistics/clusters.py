"""Who shares an event date with whom, and how correlated are the pairs of a study for it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rareearth_research.eventstudy.models.estimate import Windows
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList
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
    pairs: PairList, markets: tuple[Market, ...], keep: Ints, overlapping: NDArray[np.bool_]
) -> Clusters:
    """Find blocks of pairs that share a date, and say whether they matter."""
    block, mixed = _date_blocks(pairs, markets, keep)
    sizes = np.bincount(block)
    partners = float((sizes * (sizes - 1)).sum()) / len(keep)
    twice = int(overlapping.sum())
    return Clusters(block, mixed, twice, partners > SHARING or twice > OVERLAPPING * len(keep))


def dependences(
    clusters: Clusters,
    pairs: PairList,
    markets: tuple[Market, ...],
    keep: Ints,
    residuals: Floats,
    windows: Windows,
    count: int,
) -> list[Dependence]:
    """Return the r̄ of each of the first `count` windows.

    Parameters
    ----------
    clusters : Clusters
        Of the same pairs.
    keep : ndarray of int, shape (K,)
    residuals : ndarray, shape (K, L)
    windows : Windows

    Notes
    -----
    Where every event has its own date, r̄ is the mean correlation of residuals aligned in event
    time, as published. Where dates are shared, correlations are taken within dates, on common
    calendar days, and between dates in proportion to the sessions their windows share (`overlap`).
    """
    n = len(keep)
    if not clusters.shared or n < 2:
        return [Dependence(mean_correlation(residuals), float("nan"))] * count
    block = np.unique(clusters.block, return_inverse=True)[1]
    if windows.members.ndim == 2 and len(np.unique(pairs.market[keep])) == 1:
        sums = cell_sums(residuals, block)
        within = block_correlation(residuals, block, None, sums)
        position = pairs.position[keep][np.unique(block, return_index=True)[1]]
        widths = windows.members[:count].sum(axis=1).astype(np.int64)
        between = [overlapping_sum_on_one_calendar(sums, position, int(w)) for w in widths]
    else:
        rows = _rows(pairs, markets, keep, windows.estimation)
        within = block_correlation(residuals, block, rows if clusters.mixed else None)
        cell = _cells(pairs, keep, windows)
        first = np.unique(cell, return_index=True)[1]  # one pair of each cell
        sums = cell_sums(residuals, cell)
        event_rows = _rows(pairs, markets, keep[first], windows.sessions)
        between = []
        for g in range(count):
            inside = windows.members[..., g, :] > 0
            inside = inside if inside.ndim == 1 else inside[first]
            own = np.where(inside, event_rows, -1)
            between.append(overlapping_sum(sums, rows[first], own, block[first]))
    return [Dependence(within.mean + b / (n * (n - 1)), within.within) for b in between]


def _cells(pairs: PairList, keep: Ints, windows: Windows) -> Ints:
    """Number the groups of pairs with the same market, event session and windows."""
    if windows.members.ndim == 3:
        return np.arange(len(keep))
    places = np.column_stack([pairs.market[keep], pairs.position[keep]])
    return np.unique(places, axis=0, return_inverse=True)[1].ravel()


def _rows(
    pairs: PairList, markets: tuple[Market, ...], keep: Ints, window: tuple[int, int]
) -> Ints:
    """Return the row of the study's index of each session of a window, (K, W), -1 for none."""
    steps = np.arange(window[0], window[1] + 1)
    rows = np.empty((len(keep), len(steps)), dtype=np.int64)
    for m, market in enumerate(markets):
        here = np.flatnonzero(pairs.market[keep] == m)
        at = pairs.position[keep][here][:, None] + steps
        inside = (at >= 0) & (at < len(market.rows))
        rows[here] = np.where(inside, market.rows[np.clip(at, 0, len(market.rows) - 1)], -1)
    return rows


def _date_blocks(
    pairs: PairList, markets: tuple[Market, ...], keep: NDArray[np.int64]
) -> tuple[NDArray[np.int64], bool]:
    """Return the block of each kept pair (same session date or same event), and if any is mixed.

    One announcement can be priced on different dates in different places; its securities are one
    block all the same.
    """
    dates = np.empty(len(keep), dtype=np.int64)
    for m, market in enumerate(markets):
        here = pairs.market[keep] == m
        dates[here] = market.sessions.asi8[pairs.position[keep][here]]
    block = np.unique(dates, return_inverse=True)[1]
    used = pairs.market[keep]
    if (used == used[0]).all():
        return block, False
    date_of, event = block.copy(), np.unique(pairs.event[keep], return_inverse=True)[1]
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
