"""How much do events of different dates share, because their windows overlap in time?

Two CARs over the same sessions are as correlated as their securities; over half the same sessions,
half as much; and two windows of one security that overlap are correlated with themselves. Policy
events come in bursts, so treating dates as independent overstates significance: with the events
of this project's list and windows of ±10 sessions, z-values would be half again too large.

Which announcements cannot be told apart, and count as one in tests over dates?
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rareearth_research.arrays import Floats, Ints

CHUNK = 64
LONGEST_CHAIN = 4  # windows a chain of overlapping announcements may span before it is cut
BLOCK_WIDTH = 2  # windows that each part of a cut chain spans at least


def overlapping_sum_on_one_calendar(sums: Floats, position: Ints, width: int) -> float:
    """Return the same as `overlapping_sum` where all cells share a calendar, in O(C·L).

    Parameters
    ----------
    sums : ndarray, shape (C, L)
        Cell sums without gaps, one cell per date.
    position : ndarray of int, shape (C,)
        Session 0 of each cell.
    width : int
        Sessions w of the event window.

    Notes
    -----
    The weight of two dates d sessions apart, max(0, 1 − d/w), is the convolution of two boxes, so
    Σ_{c,d} weight · S_c(τ) S_d(τ) = (1/w) Σ_k (sum of S_c(τ) over dates in k ... k + w − 1)². Dates
    run along diagonals of the array of date × estimation session (one date later is one session
    earlier in the window), which are columns of the same memory read with another row length. The
    days missing at lag d, w/3 on average under these weights, are made up by scaling.
    """
    length = sums.shape[1]
    stride = length + width  # a margin of zeros keeps boxes from running into the next diagonal
    start, count = int(position.min()), int(np.ptp(position)) + 1
    flat = np.zeros((count + 2 * width) * stride)
    grid = flat[: count * stride].reshape(count, stride)
    grid[position - start, :length] = sums
    lines = flat[: flat.size // (stride - 1) * (stride - 1)].reshape(-1, stride - 1)
    running = np.cumsum(lines, axis=0)
    boxes = running[width:] - running[:-width]
    both = float(np.einsum("ab,ab->", boxes, boxes))
    both += float(np.einsum("ab,ab->", running[:width], running[:width]))
    return (both / width - float(np.einsum("cl,cl->", sums, sums))) * length / (length - width / 3)


def overlapping_sum(sums: Floats, rows: Ints, event_rows: Ints, block: Ints) -> float:
    """Return Σ ρ_ij · o_ij / √(w_i w_j) over ordered pairs i, j of different blocks.

    Parameters
    ----------
    sums : ndarray, shape (C, L)
        `correlation.cell_sums` of cells: pairs with the same estimation and event sessions.
    rows : ndarray of int, shape (C, L)
        Calendar row of each estimation session, -1 for none or one that is not estimated on.
    event_rows : ndarray of int, shape (C, W)
        Calendar rows of the event window, -1 for sessions outside it.
    block : ndarray of int, shape (C,)
        Date block of each cell; pairs of one block are counted elsewhere.

    Notes
    -----
    o_ij is the number of event sessions both windows have, w their lengths. ρ_ij is estimated over
    the estimation days both have, scaled to the days that each has. Cells are taken in order of
    time, each chunk against those that begin before it ends, so the cost grows with the cells and
    their neighbours and not with the square of their number.
    """
    first = np.where(event_rows < 0, np.iinfo(np.int64).max, event_rows).min(axis=1)
    order = np.argsort(first, kind="stable")
    sums, rows, event_rows, block = sums[order], rows[order], event_rows[order], block[order]
    first, last = first[order], event_rows.max(axis=1)
    days = np.sqrt((rows >= 0).sum(axis=1))
    total = 0.0
    for begin in range(0, len(order), CHUNK):
        end = min(begin + CHUNK, len(order))
        reach = int(np.searchsorted(first, last[begin:end].max(), side="right"))
        near, own = slice(begin, reach), slice(0, end - begin)
        shared = _placed(np.ones(event_rows[near].shape), event_rows[near])
        overlap = shared[own] @ shared.T
        overlap[block[begin:end, None] == block[near]] = 0.0
        overlap[np.tri(end - begin, reach - begin, dtype=bool)] = 0.0  # each two cells once
        if not overlap.any():
            continue
        width = np.sqrt(shared.sum(axis=1))
        seen = _placed(np.ones(rows[near].shape), rows[near])
        common = seen[own] @ seen.T
        placed = _placed(sums[near], rows[near])
        product = placed[own] @ placed.T
        weight = overlap / (width[own][:, None] * width)
        full = days[near][own][:, None] * days[near]
        enough = 2 * common >= full
        total += float((product * weight * full / np.maximum(common, 1))[enough].sum())
    return 2 * total


def _placed(values: Floats, rows: Ints) -> Floats:
    """Put each cell's values on a common run of calendar rows."""
    known = rows >= 0
    base = int(rows[known].min())
    placed = np.zeros((len(rows), int(rows.max()) - base + 1))
    placed[np.nonzero(known)[0], rows[known] - base] = values[known]
    return placed


def sessions_in_common(rows: Ints, estimated: Sequence[tuple[Ints, Ints]]) -> tuple[Floats, Floats]:
    """Return o_ij/√(w_i w_j) and Σ_t a_i(t)a_j(t)/(|a_i| |a_j|), see `find_clusters`, (K, K)."""
    width, used = (rows >= 0).sum(axis=1), np.unique(rows[rows >= 0])
    first, last = (np.array([ends[side] for ends in estimated]) for side in (0, 1))
    length = np.maximum(np.maximum(last - first + 1, 0).sum(axis=0), 1)
    event = np.zeros((len(rows), len(used)))
    at, step = np.nonzero(rows >= 0)
    event[at, np.searchsorted(used, rows[at, step])] = 1
    both = event @ event.T
    mixed, stretch = np.zeros((2, *both.shape))
    # sessions of a window before each row, so that those in another's stretch are a difference
    before = np.concatenate([np.zeros((len(rows), 1)), np.cumsum(event, axis=1)], axis=1)
    for begin, end in estimated:
        ends = np.searchsorted(used, end + 1), np.searchsorted(used, begin)
        mixed += np.where(end >= begin, before[:, ends[0]] - before[:, ends[1]], 0.0)
        for other, until in estimated:
            meet = np.minimum(end[:, None], until) - np.maximum(begin[:, None], other) + 1
            stretch += np.maximum(meet, 0)
    step, norm = width / length, 1 / np.sqrt(width * (1 + width / length))
    left = both - mixed * step - (mixed * step).T + step[:, None] * step * stretch
    return both / np.sqrt(np.outer(width, width)), left * norm[:, None] * norm


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
