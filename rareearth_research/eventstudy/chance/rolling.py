"""What would the study say if every session in turn were called the event session?

A placebo test needs the abnormal return of every security at every session, each with its own
estimation window. Refitting costs O(T·L·N); window sums (`rolling_sums`) make it linear in T·N,
exact to rounding, with gaps handled by matched days. This pass serves every placebo distribution,
timing curve and anticipation test of the package.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Literal

import numpy as np

from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.eventstudy.chance.rolling_sums import (
    COEFFICIENTS,
    Block,
    Pieces,
    centred,
    pieced,
    window_sums,
)
from rareearth_research.eventstudy.pairs.windows import Windows

Model = Literal["market", "mean", "market_adjusted", "raw"]

CANCELLATION = 1e-6  # a moment that keeps less than this of its raw sum is not trusted
_CHUNK = 24  # securities per block: the working set of one block stays in the processor's cache


@dataclass(frozen=True)
class RollingStudy:
    """The study of one window set with every session as session 0.

    Attributes
    ----------
    alpha, beta, sigma2 : ndarray, shape (T, N)
        Coefficients and residual variance (per session) from the estimation window of session t.
        `beta` is 0 for ``mean`` and ``raw``, 1 for ``market_adjusted``.
    n_obs : ndarray, shape (T, N)
        Matched days in that estimation window.
    windows : tuple of (int, int)
        Event windows [a, b], in sessions from session t.
    car, variance, scar : ndarray, shape (len(windows), T, N)
        Cumulative abnormal return, its forecast variance, and CAR/√variance. NaN where the
        estimation window holds too few days or the last session of the event window has no
        return (earlier gaps are covered by the return that ends them); where the estimation
        residuals are exactly zero there is a CAR but no variance.
    """

    alpha: Floats
    beta: Floats
    sigma2: Floats
    n_obs: Floats
    windows: tuple[tuple[int, int], ...]
    car: Floats
    variance: Floats
    scar: Floats


def rolling_study(
    returns: Floats,
    market: Floats | None = None,
    *,
    model: Model = "market",
    estimation: tuple[int, int],
    windows: Sequence[tuple[int, int]],
    min_obs: int | None = None,
    left_out: Bools | None = None,
) -> RollingStudy:
    """Fit the model and cumulate abnormal returns around every session, in one pass.

    Parameters
    ----------
    returns : ndarray, shape (T, N)
        Returns of N securities on T consecutive sessions; NaN where there is none.
    market : ndarray, shape (T,) or (T, N), optional
        Benchmark returns on the same sessions; one column each if securities have their own.
    model : {"market", "mean", "market_adjusted", "raw"}
        R = α + β·Rm, R = α, R = Rm, R = 0.
    estimation : (int, int)
        First and last session of the estimation window, from session t, both included. The
        sessions from the first to the last of all event windows are not estimated on.
    windows : sequence of (int, int)
        Event windows [a, b].
    min_obs : int, optional
        Matched days an estimation window must hold; by default all of them. Sessions before the
        first row count as missing.
    left_out : ndarray of bool, shape (T, N), optional
        Sessions on which nothing is estimated.

    Returns
    -------
    RollingStudy

    Raises
    ------
    SpecificationError
        Unknown model, a model that needs `market` without it, windows out of order.
    DataError
        Infinite returns, or a market whose rows do not match.

    Notes
    -----
    With L matched days, k coefficients, W event sessions with a return, σ² = u'u/(L−k), and M the
    event-window sum of the market: CAR = ΣR − Wα − βM and
    Var(CAR) = σ²(W + W²/L + (M − W·R̄m)²/Sxx), which is 1'V1 of Campbell, Lo & MacKinlay (1997),
    section 4.4. ``mean`` drops the last term; models without coefficients have Var(CAR) = W·σ²,
    σ² = u'u/L.

    References
    ----------
    Higham, N. J. (1993). The accuracy of floating point summation. SIAM Journal on Scientific
    Computing 14, 783-799.
    """
    y, x = _checked(returns, market, model, estimation, windows)
    over = Windows.of(estimation, *np.array(windows).T)
    pieces = [(int(first), int(last)) for first, last in over.pieces if first <= last]
    length = int(over.length)
    least = max(length if min_obs is None else min_obs, COEFFICIENTS[model] + 1)
    if least > length:
        raise SpecificationError(
            f"the estimation window {estimation} holds {length} sessions, fewer than the"
            f" {least} a fit needs; widen the window or lower min_obs"
        )
    n_sessions, n_securities = y.shape
    # securities lie along the rows, so that sums run over contiguous memory
    fits = np.empty((4, n_securities, n_sessions))
    cars = np.empty((3, len(windows), n_securities, n_sessions))
    for rows in _blocks(np.asarray(np.isfinite(y).all(axis=0))):
        market_rows = x if len(x) == 1 else x[rows]
        block = Block(
            np.ascontiguousarray(y[:, rows].T),
            market_rows,
            model,
            None if left_out is None else left_out[:, rows].T,
        )
        block.fit(pieces, least)
        with np.errstate(invalid="ignore"):  # of too few days
            fits[0, rows] = block.alpha + block.y_centre - block.beta * block.x_centre
        fits[1, rows], fits[2, rows], fits[3, rows] = block.beta, block.sigma2, block.n
        for w, (a, b) in enumerate(windows):
            car, variance = block.cumulate(a, b)
            variance[variance <= 0] = np.nan
            cars[0, w, rows], cars[1, w, rows], cars[2, w, rows] = (
                car,
                variance,
                car / np.sqrt(variance),
            )
    alpha, beta, sigma2, n_obs = fits.transpose(0, 2, 1)
    car, variance, scar = cars.transpose(0, 1, 3, 2)
    named = tuple((int(a), int(b)) for a, b in windows)
    return RollingStudy(alpha, beta, sigma2, n_obs, named, car, variance, scar)


def _blocks(complete: Bools) -> list[Ints | slice]:
    """Split securities into blocks; those without a gap go together, on a shorter path."""
    if complete.all() or not complete.any():
        return [slice(j, j + _CHUNK) for j in range(0, len(complete), _CHUNK)]
    return [
        part[j : j + _CHUNK]
        for part in (np.flatnonzero(complete), np.flatnonzero(~complete))
        for j in range(0, len(part), _CHUNK)
    ]


def _checked(
    returns: Floats,
    market: Floats | None,
    model: str,
    estimation: tuple[int, int],
    windows: Sequence[tuple[int, int]],
) -> tuple[Floats, Floats]:
    """Return returns (T, N) and the market as rows (1 or N, T), or say what is wrong."""
    if model not in COEFFICIENTS:
        raise SpecificationError(
            f"model {model!r} has no rolling form; use one of {', '.join(COEFFICIENTS)}"
        )
    for a, b in (estimation, *windows):
        if a > b:
            raise SpecificationError(f"window ({a}, {b}) ends before it starts")
    y = np.asarray(returns, dtype=float)
    if y.ndim != 2:
        raise DataError(f"returns must be sessions × securities, not {y.ndim}-dimensional")
    if np.isinf(y).any():
        t, i = np.argwhere(np.isinf(y))[0]
        raise DataError(f"returns hold an infinite value at row {t}, column {i}; remove it")
    if model in ("mean", "raw"):
        return y, np.zeros((1, len(y)))
    if market is None:
        raise SpecificationError(f"model {model!r} needs market returns; pass `market`")
    x = np.atleast_2d(np.asarray(market, dtype=float).T)
    if x.shape not in ((1, y.shape[0]), y.shape[::-1]):
        raise DataError(
            f"market has shape {np.shape(market)}; expected ({y.shape[0]},) or {y.shape}"
        )
    if np.isinf(x).any():
        raise DataError("market returns hold an infinite value; remove it")
    return y, x


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
            moved = [
                window_sums(own, a, b) - width * at for own, at in zip(every, means, strict=True)
            ]
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
