"""Least squares on several regressors with every session as session 0, from window sums.

What `rolling` does for one regressor, for designs that have several (Dimson, factors): the moments
of each estimation window are added up, and the normal equations solved by sweeping.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np

from rareearth_research.arrays import Bools, Floats
from rareearth_research.eventstudy.chance.rolling_sums import Pieces, centred, pieced, window_sums

__all__ = ["rolling_ols"]

CANCELLATION = 1e-6  # a moment that keeps less than this of its raw sum is not trusted


def rolling_ols(
    y: Floats,
    x: Floats,
    *,
    pieces: Pieces,
    windows: Sequence[tuple[int, int]],
    least: int,
    left_out: Bools | None = None,
) -> tuple[Floats, Floats, Bools]:
    """Fit R = a + X'b and cumulate abnormal returns around every session.

    Parameters
    ----------
    y : ndarray, shape (N, T)
    x : ndarray, shape (m, T)
        Regressors, the same for all.
    pieces : sequence of (int, int)
        Runs of sessions that make up the estimation window, from session 0.
    windows : sequence of (int, int)
    least : int
        Matched days an estimation window must hold.
    left_out : ndarray of bool, shape (N, T), optional
        Sessions on which nothing is estimated.

    Returns
    -------
    car, variance : ndarray, shape (G, N, T)
        As in `rolling_study`.
    doubtful : ndarray of bool, shape (N, T)
        Cells whose moments cancel and have to be fitted directly.

    Notes
    -----
    With S the moments about the means of the window's L matched days, swept on its m regressors:
    b = S_xx⁻¹S_xy, u'u = S_yy − S_yx b, and with W event sessions and M the sum of their
    regressors Var(CAR) = σ²(W + W²/L + (M − Wx̄)'S_xx⁻¹(M − Wx̄)), σ² = u'u/(L − m − 1).

    References
    ----------
    Goodnight, J. H. (1979). A tutorial on the SWEEP operator. American Statistician 33, 149-158.
    """
    m, traded = len(x), np.isfinite(y)
    valid = traded & np.isfinite(x).all(axis=0)
    used = valid if left_out is None else valid & ~left_out
    every = [centred(np.broadcast_to(row, y.shape), valid, centre=True)[0] for row in (y, *x)]
    inside = [np.where(used, values, 0.0) for values in every]
    n = pieced(used.astype(float), pieces)
    moments, raw = np.empty((m + 1, m + 1, *y.shape)), np.empty((m + 1, *y.shape))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        means = [pieced(values, pieces) / n for values in inside]
        for i, j in combinations_with_replacement(range(m + 1), 2):
            both = raw[i] = pieced(inside[i] * inside[j], pieces)
            moments[i, j] = moments[j, i] = both - n * means[i] * means[j]
        doubtful = np.zeros(y.shape, dtype=bool)
        for k in range(1, m + 1):
            doubtful |= ~(moments[k, k] > CANCELLATION * raw[k])
            _sweep(moments, k)
        doubtful |= ~(moments[0, 0] > CANCELLATION * raw[0])
        sigma2 = np.where(n < least, np.nan, moments[0, 0] / (n - m - 1))
        slopes, inverse = moments[1:, 0], moments[1:, 1:]
        car = np.empty((len(windows), *y.shape))
        variance, mask, alone = car.copy(), valid.astype(float), (traded & ~valid).astype(float)
        for w, (a, b) in enumerate(windows):
            width = window_sums(mask, a, b)
            moved = [window_sums(own, a, b) - width * at for own, at in zip(every, means, strict=True)]
            car[w], apart = moved[0], np.array(moved[1:])
            leverage = np.zeros(y.shape)
            for j in range(m):
                car[w] -= slopes[j] * apart[j]
                leverage += apart[j] * sum(inverse[j, k] * apart[k] for k in range(m))
            variance[w] = sigma2 * (width + width**2 / n + leverage)
            missing = (window_sums(mask, b, b) != 1) | (window_sums(alone, a, b) > 0)
            missing |= ~(variance[w] > 0)
            car[w][missing] = variance[w][missing] = np.nan
    return car, variance, doubtful & (n >= least)


def _sweep(moments: Floats, k: int) -> None:
    """Solve for regressor k in place; once all are swept, their block is the inverse."""
    moments[k] /= (pivot := moments[k, k].copy())
    for i in range(len(moments)):
        if i != k:
            own = moments[i, k].copy()
            moments[i] -= own * moments[k]
            moments[i, k] = -own / pivot
    moments[k, k] = 1 / pivot
