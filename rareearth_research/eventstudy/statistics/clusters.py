"""Which pairs of a study share sessions, and how correlated are they for it?

Dependence follows from sessions that windows have in common, whatever the dates are: two events a
session apart share all but one session of an eleven-session window. Three things are told apart:
blocks (pairs of one date or one event), whether a window's pairs can be taken as independent, and
clusters of announcements, the units of the date-level tests.
"""

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

__all__ = ["Clusters", "announcement_clusters", "dependences", "find_clusters"]

SHARING = 0.25  # partners per pair from which windows count as shared: variance +7.5 % at ρ
RHO = 0.3
LONGEST_CHAIN = 4  # windows a chain of overlapping announcements may span before it is cut
BLOCK_WIDTH = 2  # windows that each part of a cut chain spans at least

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Clusters:
    """How K kept pairs share sessions.

    Attributes
    ----------
    block : ndarray of int, shape (K,)
        Pairs of one date or one event.
    mixed : bool
        Whether a block spans exchange calendars.
    overlapping : int
        Pairs whose window overlaps another event's of the same security.
    shared : ndarray of bool, shape (G,)
        Whether the pairs can be taken as independent no longer, window by window.
    across : ndarray of bool, shape (G,)
        Whether windows of different dates share sessions, beyond what each date explains.
    announcements : ndarray of int, shape (G, K)
        Cluster of announcements of each pair, window by window: see `announcement_clusters`.
    """

    block: Ints
    mixed: bool
    overlapping: int
    shared: NDArray[np.bool_]
    across: NDArray[np.bool_]
    announcements: Ints


def find_clusters(
    pairs: PairList,
    markets: Sequence[Market],
    windows: Windows,
    overlapping: NDArray[np.bool_],
) -> Clusters:
    """Find the pairs that share sessions, and say window by window whether it matters.

    Notes
    -----
    A pair's partners are counted as Σ_j o_ij/√(w_i w_j) over the other pairs, o_ij the calendar
    sessions both windows have and w their lengths; pairs of one event count in full whatever the
    sessions in which their exchanges saw it. With N pairs, M = 1 + partners and correlation ρ the
    variance of a mean is (1 + (M − 1)ρ)/N. From 0.25 partners on, pairs count as dependent; and
    dates, from where partners of other dates raise that variance by as much, 7.5 % at ρ = 0.3.
    """
    block, mixed = _date_blocks(pairs, markets)
    sizes, n = np.bincount(block), len(pairs)
    alike = float((sizes * (sizes - 1)).sum()) / n
    twice = int(overlapping.sum())
    rows = _calendar_rows(pairs, markets, windows)
    shared, across, announcements = [], [], []
    for g in range(windows.first.shape[-1]):
        inside = (windows.members[..., g, :] > 0) & (rows >= 0)
        width = inside.sum(axis=1)
        weight = np.repeat(1 / np.sqrt(np.maximum(width, 1)), width)
        on_session = np.bincount(rows[inside], weights=weight)
        partners = (float(on_session @ on_session) - n) / n
        shared.append(max(partners, alike) > SHARING or twice > OVERLAPPING * n)
        across.append(partners - alike > SHARING * (1 + RHO * alike))
        first = np.where(inside, rows, np.iinfo(np.int64).max).min(axis=1)
        last = np.where(inside, rows, -1).max(axis=1)
        announcements.append(announcement_clusters(pairs.event, first, last))
    return Clusters(
        block, mixed, twice, np.array(shared), np.array(across), np.array(announcements)
    )


def announcement_clusters(event: Ints, first: Ints, last: Ints) -> Ints:
    """Return the cluster of announcements that each pair belongs to, 0 ... C − 1 in order of time.

    Parameters
    ----------
    event : ndarray of int, shape (K,)
        The announcement of each pair.
    first, last : ndarray of int, shape (K,)
        First and last calendar session of each pair's window.

    Returns
    -------
    ndarray of int, shape (K,)

    Notes
    -----
    Announcements whose windows share sessions, on whatever exchange, are chained. A chain of more
    than four windows (their longest) is cut into equal calendar blocks of at least two windows, to
    which announcements belong by their first session: in dense samples everything would be one
    chain. Neighbouring blocks then share sessions at the cut.
    """
    code = np.unique(event, return_inverse=True)[1].ravel()
    begin = np.full(code.max() + 1, np.iinfo(np.int64).max)
    end = np.full(code.max() + 1, -1)
    np.minimum.at(begin, code, first)
    np.maximum.at(end, code, last)
    order = np.argsort(begin, kind="stable")
    start, reach = begin[order], np.maximum.accumulate(end[order])
    chain = np.cumsum(np.append(False, start[1:] > reach[:-1]))
    edges = np.flatnonzero(np.append(True, np.diff(chain) > 0))
    origin, length = start[edges], np.maximum.reduceat(reach, edges) - start[edges] + 1
    width = np.maximum.reduceat((end - begin + 1)[order], edges)
    parts = np.where(length > LONGEST_CHAIN * width, length // (BLOCK_WIDTH * width), 1)
    part = (start - origin[chain]) * parts[chain] // length[chain]
    cluster = np.empty(len(order), dtype=np.int64)
    cluster[order] = np.unique(chain * (parts.max() + 1) + part, return_inverse=True)[1].ravel()
    return cluster[code]


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
    Where windows share hardly any session, r̄ is the mean correlation of residuals aligned in event
    time, as published. Where they do, correlations are taken within dates, on common calendar
    days, and between dates in proportion to the sessions their windows share (`overlap`).
    """
    n = len(pairs)
    if not clusters.shared.any() or n < 2:
        return [Dependence(mean_correlation(residuals), float("nan"))] * len(clusters.shared)
    block = np.unique(clusters.block, return_inverse=True)[1]
    between: list[float] = []
    if windows.members.ndim == 2 and len(np.unique(pairs.market)) == 1:
        sums = cell_sums(residuals, block)
        within = block_correlation(residuals, block, None, sums)
        position = pairs.position[np.unique(block, return_index=True)[1]]
        widths = (windows.last - windows.first + 1).tolist()
        between = [overlapping_sum_on_one_calendar(sums, position, width) for width in widths]
    else:
        held = [market.rows for market in markets]
        estimation = np.arange(windows.estimation[0], windows.estimation[1] + 1)
        rows = pairs.gather(held, estimation, -1)
        within = block_correlation(residuals, block, rows if clusters.mixed else None)
        cell = _cells(pairs, windows)
        first = np.unique(cell, return_index=True)[1]  # one pair of each cell
        sums = cell_sums(residuals, cell)
        event_rows = pairs.take(first).gather(held, windows.steps, -1)
        for g in range(len(clusters.shared)):
            inside = windows.members[..., g, :] > 0
            inside = inside if inside.ndim == 1 else inside[first]
            own = np.where(inside, event_rows, -1)
            between.append(overlapping_sum(sums, rows[first], own, block[first]))
    by_sessions = [Dependence(within.mean + b / (n * (n - 1)), within.within) for b in between]
    if clusters.shared.all():
        return by_sessions
    apart = Dependence(mean_correlation(residuals), float("nan"))
    return [
        found if shared else apart
        for found, shared in zip(by_sessions, clusters.shared, strict=True)
    ]


def _calendar_rows(pairs: PairList, markets: Sequence[Market], windows: Windows) -> Ints:
    """Return each event session as a row of the calendar of all markets, -1 for none, (K, W)."""
    days = [market.sessions.asi8 for market in markets]
    union = np.unique(np.concatenate(days)) if len(days) > 1 else days[0]
    return pairs.gather([np.searchsorted(union, own) for own in days], windows.steps, -1)


def _cells(pairs: PairList, windows: Windows) -> Ints:
    """Number the groups of pairs with the same market, event session and windows."""
    if windows.members.ndim == 3:
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
