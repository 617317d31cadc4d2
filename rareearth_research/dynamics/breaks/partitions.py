"""The best partitions of a series into 1, 2, … segments, exactly and for many series at once.

The residual sum of squares of every possible segment is found by recursion: adding a row to a
segment adds its squared recursive residual (Brown, Durbin & Evans 1975). All segments that end in
the same row are advanced together, and so are all series that share the regressors. The best
partition then follows by dynamic programming (Bai & Perron 2003).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from rareearth_research.arrays import Floats, Ints

COLLINEAR = 1e-9  # of the largest singular value of a segment's regressors


@dataclass(frozen=True)
class Partitions:
    """The best partitions of B series of n rows.

    Attributes
    ----------
    rss : ndarray, shape (B, M + 1)
        By number of breaks.
    breaks : tuple of ndarray, shapes (B, 0) to (B, M)
        Rows before each break: the row of the last observation of the old regime, counted from 1.
    """

    rss: Floats
    breaks: tuple[Ints, ...]


def partition(costs: Floats, least: int, most: int) -> Partitions:
    """Return the best partitions for 0 to `most` breaks.

    Parameters
    ----------
    costs : ndarray, shape (B, n + 1, n)
        As `segments` returns them for the same `least`.
    least : int
        Rows of the shortest segment.
    most : int
        Breaks at most; (most + 1) · least is at most n.

    Notes
    -----
    With c(s, e) the cost of rows s to e − 1, the best cost of the first e rows with k breaks is
    D_k(e) = min over s of D_{k−1}(s) + c(s, e) (Bai & Perron 2003, section 3).
    """
    count, n = len(costs), costs.shape[2]
    best = [costs[:, :, 0]]  # (B, n + 1), by the end of the last segment
    for k in range(1, most + 1):
        starts, ends = slice(k * least, n - least + 1), slice((k + 1) * least, None)
        filled = np.full((count, n + 1), np.inf)
        filled[:, ends] = (costs[:, ends, starts] + best[-1][:, None, starts]).min(axis=2)
        best.append(filled)
    series, found = np.arange(count), []
    for m in range(most + 1):
        breaks, end = np.empty((count, m), dtype=np.int64), np.full(count, n)
        for k in range(m, 0, -1):
            starts = slice(k * least, n - least + 1)
            end = k * least + (costs[series, end, starts] + best[k - 1][:, starts]).argmin(axis=1)
            breaks[:, k - 1] = end
        found.append(breaks)
    return Partitions(np.stack([cost[:, n] for cost in best], axis=1), tuple(found))


def segments(y: Floats, x: Floats, least: int) -> Floats:
    """Return the residual sum of squares of every segment of at least `least` rows.

    Parameters
    ----------
    y : ndarray, shape (n, B)
    x : ndarray, shape (n, q)
        Regressors, alike for all series, of full rank in every segment of `least` rows.
    least : int
        q or more.

    Returns
    -------
    ndarray, shape (B, n + 1, n)
        Of rows s to e − 1 at ``[:, e, s]``; infinite for shorter segments.
    """
    n, count = y.shape
    costs = np.full((count, n + 1, n), np.inf)
    windows = sliding_window_view(x, least, axis=0).swapaxes(1, 2)  # (n - least + 1, least, q)
    first = sliding_window_view(y, least, axis=0).swapaxes(1, 2)  # (n - least + 1, least, B)
    ortho, upper = np.linalg.qr(windows)
    coefficients = np.linalg.solve(upper, ortho.swapaxes(1, 2) @ first)  # (S, q, B)
    rss = np.square(first - windows @ coefficients).sum(axis=1)  # (S, B)
    inverse = np.linalg.inv(upper)
    spread = inverse @ inverse.swapaxes(1, 2)  # (X'X)^-1, (S, q, q)
    for end in range(least, n + 1):
        old = slice(0, end - least)  # segments that already hold `least` rows
        if end > least:
            row = x[end - 1]
            gain = spread[old] @ row  # (s, q)
            scale = 1 + gain @ row  # variance of a forecast error, in units of the errors'
            error = y[end - 1] - np.einsum("j,sjb->sb", row, coefficients[old])
            scaled = error / scale[:, None]
            rss[old] += error * scaled
            coefficients[old] += gain[:, :, None] * scaled[:, None, :]
            spread[old] -= gain[:, :, None] * (gain / scale[:, None])[:, None, :]
        costs[:, end, : end - least + 1] = rss[: end - least + 1].T
    return costs


def singular_window(x: Floats, least: int) -> int | None:
    """Return where a segment of `least` rows begins in which regressors (n, q) are collinear."""
    windows = sliding_window_view(x, least, axis=0).swapaxes(1, 2)
    sizes = np.linalg.svd(windows / np.abs(x).max(axis=0), compute_uv=False)
    bad = sizes[:, -1] <= COLLINEAR * sizes[:, 0]
    return int(np.argmax(bad)) if bad.any() else None
