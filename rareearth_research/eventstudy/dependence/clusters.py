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

from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.eventstudy.dependence.correlation import (
    OVERLAPPING,
    Dependence,
    block_correlation,
    cell_sums,
    mean_correlation,
)
from rareearth_research.eventstudy.dependence.overlap import (
    announcement_clusters,
    overlapping_sum,
    overlapping_sum_on_one_calendar,
)
from rareearth_research.eventstudy.pairs.markets import Market, rows_of_all
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.windows import Windows

SHARING = 0.25  # partners per pair from which windows count as shared: variance +7.5 % at ρ
RHO = 0.3


@dataclass(frozen=True)
class Clusters:
    """How K kept pairs share sessions.

    Attributes
    ----------
    block : ndarray of int, shape (K,)
        Pairs of one date or one event.
    mixed : bool
        Whether a block spans exchange calendars.
    overlapping : ndarray of int, shape (G,)
        Pairs whose window overlaps that of another event of the same security.
    shared : ndarray of bool, shape (G,)
        Whether the pairs can be taken as independent no longer, window by window.
    across : ndarray of bool, shape (G,)
        Whether windows of different dates share sessions, beyond what each date explains.
    announcements : ndarray of int, shape (G, K)
        Cluster of announcements of each pair, window by window: see `announcement_clusters`.
    kept : ndarray, shape (G,)
        Share of the dependence by shared event sessions that estimation leaves: see `_kept`.
    """

    block: Ints
    mixed: bool
    overlapping: Ints
    shared: Bools
    across: Bools
    announcements: Ints
    kept: Floats


def find_clusters(
    pairs: PairList,
    markets: Sequence[Market],
    windows: Windows,
    *,
    constant: bool,
    held: Sequence[Ints] | None = None,
) -> Clusters:
    """Find the pairs that share sessions, and say window by window whether it matters.

    Parameters
    ----------
    pairs : PairList
    markets : sequence of Market
    windows : Windows
    constant : bool
        Whether the model estimates a mean, which makes estimation sessions matter as well.
    held : sequence of ndarray of int, optional
        `rows_of_all` of the markets, where it is known.

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
    held = rows_of_all(markets) if held is None else held
    rows = calendar_rows(pairs, held, windows)
    shared, across, announcements, overlapping, kept = [], [], [], [], []
    estimated = estimation_rows(pairs, held, windows)
    for g in range(windows.first.shape[-1]):
        inside = (windows.members[..., g, :] > 0) & (rows >= 0)
        width = inside.sum(axis=1)
        weight = np.repeat(1 / np.sqrt(np.maximum(width, 1)), width)
        on_session = np.bincount(rows[inside], weights=weight)
        partners = (float(on_session @ on_session) - n) / n
        across.append(partners - alike > SHARING * (1 + RHO * alike))
        first = np.where(inside, rows, np.iinfo(np.int64).max).min(axis=1)
        last = np.where(inside, rows, -1).max(axis=1)
        overlapping.append(_twice(pairs.security, first, last))
        shared.append(max(partners, alike) > SHARING or overlapping[-1] > OVERLAPPING * n)
        announcements.append(announcement_clusters(pairs.event, first, last))
        kept.append(_kept(rows, inside, estimated, partners) if constant else 1.0)
    found = (np.array(held) for held in (overlapping, shared, across, announcements, kept))
    return Clusters(block, mixed, *found)


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
        for g in range(len(clusters.shared)):
            inside = windows.members[..., g, :] > 0
            inside = inside if inside.ndim == 1 else inside[first]
            own = np.where(inside, event_rows, -1)
            between.append(overlapping_sum(sums, rows[first], own, block[first]))
    by_sessions = [
        Dependence(kept * (within.mean + b / (n * (n - 1))), within.within)
        for b, kept in zip(between, clusters.kept, strict=True)
    ]
    if clusters.shared.all():
        return by_sessions
    apart = Dependence(mean_correlation(residuals), float("nan"))
    return [
        found if shared else apart
        for found, shared in zip(by_sessions, clusters.shared, strict=True)
    ]


def _kept(
    rows: Ints, inside: Bools, estimated: Sequence[tuple[Ints, Ints]], partners: float
) -> float:
    """Return how much of the dependence by shared event sessions is left after estimation, 0 to 1.

    A CAR is Σ_t a_i(t) u_it with a_i = 1 in the event window and −W/L in the estimation window,
    whose mean is taken off. Two events of which one lies in the other's estimation window are
    therefore correlated by less than their event windows say: with ρ between all securities, by
    ρ Σ_t a_i(t) a_j(t)/(|a_i| |a_j|). Summed over pairs this is Σ_t A(t)² − N, A = Σ_i a_i/|a_i|.
    In samples spread over few years, hundreds of events in 500 sessions, hardly anything is left.
    """
    if partners <= 0:
        return 1.0
    width = np.maximum(inside.sum(axis=1), 1)
    length = np.maximum(sum(np.maximum(last - first + 1, 0) for first, last in estimated), 1)
    norm = 1 / np.sqrt(width * (1 + width / length))
    size = int(max(rows.max(), *(last.max() for _, last in estimated))) + 2
    weight = np.bincount(rows[inside], weights=np.repeat(norm, inside.sum(axis=1)), minlength=size)
    edges = np.zeros(size)
    for first, last in estimated:
        some = last >= first
        step = (norm * width / length)[some]
        edges += np.bincount(first[some], weights=step, minlength=size)
        edges -= np.bincount(last[some] + 1, weights=step, minlength=size)
    weight = weight - np.cumsum(edges)
    return min(max((float(weight @ weight) / len(rows) - 1) / partners, 0.0), 1.0)


def estimation_rows(
    pairs: PairList, held: Sequence[Ints], windows: Windows
) -> list[tuple[Ints, Ints]]:
    """Return first and last row of what is estimated on before and after the windows, (K,) each."""
    sizes = np.array([len(rows) for rows in held])
    found = []
    for piece in windows.pieces:
        first, last = (np.broadcast_to(end, len(pairs)) + pairs.position for end in piece)
        first, last = np.maximum(first, 0), np.minimum(last, sizes[pairs.market] - 1)
        some = last >= first
        steps = np.where(some, [first, last], pairs.position).T - pairs.position[:, None]
        begin, end = pairs.gather(held, steps, -1).T
        found.append((begin, np.where(some, end, begin - 1)))
    return found


def _twice(security: Ints, first: Ints, last: Ints) -> int:
    """Count pairs whose window shares sessions with another one of their security."""
    order = np.lexsort((first, security))
    same = security[order][1:] == security[order][:-1]
    meets = same & (first[order][1:] <= last[order][:-1])
    return int((np.append(meets, False) | np.append(False, meets)).sum())


def calendar_rows(pairs: PairList, held: Sequence[Ints], windows: Windows) -> Ints:
    """Return each event session as a row of the calendar of all markets, -1 for none, (K, W)."""
    return pairs.gather(held, windows.steps, -1)


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
