"""Least squares in every window at once, from sums that never cancel.

The usual device for rolling sums, the difference of two prefix sums, lets one wild value spoil
every later window. Here runs of 1, 2, 4, … sessions are added up and a window is put together
from the runs its length is made of: no subtraction, so nothing outside a window touches its sum,
the rounding of pairwise summation (Higham 1993), and additions that fill whole vector registers.
Columns are centred first; the few windows whose moments still cancel (a local mean far from zero,
a near-exact fit) are recognised by their condition and refitted directly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rareearth_research.arrays import Bools, Floats, Ints

Pieces = Sequence[tuple[int, int]]  # runs of sessions that make up an estimation window

COEFFICIENTS: dict[str, int] = {"market": 2, "mean": 1, "market_adjusted": 0, "raw": 0}
_CANCELLATION = 1e-6  # a centred moment below this share of its raw sum is computed again
_EPS = float(np.finfo(float).eps)


def window_sums(values: Floats, first: int, last: int) -> Floats:
    """Return Σ values[:, t+first … t+last] for every t, without a subtraction.

    Parameters
    ----------
    values : ndarray, shape (N, T)
        Finite numbers; what lies outside 0…T−1 counts as zero.
    first, last : int
        Ends of the window from t, both included.

    Returns
    -------
    ndarray, shape (N, T)
    """
    n, n_sessions = values.shape
    length = last - first + 1
    runs = np.zeros((n, n_sessions + length - 1))  # sums of `size` sessions, from t + first on
    lo, hi = max(0, first), min(n_sessions, n_sessions + last)
    if lo < hi:
        runs[:, lo - first : hi - first] = values[:, lo:hi]
    total, done, size = np.zeros((n, n_sessions)), 0, 1
    while True:
        if length & size:
            total += runs[:, done : done + n_sessions]
            done += size
        if 2 * size > length:
            return total
        runs = runs[:, :-size] + runs[:, size:]
        size *= 2


def pieced(values: Floats, pieces: Pieces) -> Floats:
    """Return the sums over several runs of sessions together, as `window_sums` over one."""
    return sum(
        (window_sums(values, *piece) for piece in pieces[1:]), window_sums(values, *pieces[0])
    )


class Block:
    """A few securities, fitted at every session; arrays are (securities, or 1 if shared; T).

    What is estimated on (`mask_used`, `y_used`, `x_used`) lacks the sessions left out.
    """

    def __init__(
        self, panel: Floats, market: Floats, model: str, left_out: Bools | None = None
    ) -> None:
        self.k = COEFFICIENTS[model]
        self.fixed_beta = 1.0 if model == "market_adjusted" else 0.0
        traded = np.isfinite(panel)
        if model == "market_adjusted":
            panel = panel - market
        valid = np.isfinite(panel)
        if self.k == 2:
            valid = valid & np.isfinite(market)
        alone = traded & ~valid
        self.alone = alone.astype(float) if alone.any() else None
        full = bool(valid.all())
        self.mask = np.ones((1, panel.shape[1])) if full else valid.astype(float)
        self.y, self.y_centre = centred(panel, valid, centre=self.k > 0)
        self.x = self.x_centre = np.zeros((1, 1))
        if self.k == 2:
            rows = market if full else np.broadcast_to(market, panel.shape)
            self.x, self.x_centre = centred(rows, valid[: len(rows)], centre=True)
        self.mask_used, self.y_used, self.x_used = self.mask, self.y, self.x
        if left_out is not None and left_out.any():
            used = 1.0 - left_out
            self.mask_used, self.y_used = self.mask * used, self.y * used
            self.x_used = self.x * used if self.k == 2 else self.x

    def fit(self, pieces: Pieces, least: int) -> None:
        """Estimate from window sums; refit directly the cells whose moments cancel."""
        y, x = self.y_used, self.x_used
        self.n = pieced(self.mask_used, pieces)
        sy, syy = (pieced(v, pieces) for v in (y, y * y))
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.k == 0:
                self.alpha, self.beta = np.zeros_like(sy), np.full_like(sy, self.fixed_beta)
                rss = syy
            else:
                y_mean = sy / self.n
                rss = syy - sy * y_mean
                doubtful = rss < _CANCELLATION * syy
                self.beta = np.zeros_like(sy)
                if self.k == 2:
                    sx, sxx, sxy = (pieced(v, pieces) for v in (x, x * x, x * y))
                    self.x_mean = sx / self.n
                    self.sxx = sxx - sx * self.x_mean
                    sxy -= self.x_mean * sy
                    self.beta = sxy / self.sxx
                    total, rss = rss, rss - self.beta * sxy
                    doubtful |= (rss < _CANCELLATION * total) | (self.sxx < _CANCELLATION * sxx)
                    y_mean -= self.beta * self.x_mean
                self.alpha = y_mean
                doubtful &= self.n >= least
                if doubtful.any():
                    self._refit(np.argwhere(doubtful), rss, pieces)
            self.sigma2 = rss / (self.n - self.k)
        self.sigma2[np.broadcast_to(self.n < least, rss.shape)] = np.nan

    def cumulate(self, a: int, b: int) -> tuple[Floats, Floats]:
        """Return CAR over the sessions of [a, b] that have a return, and its forecast variance.

        NaN where the last session has none (the return that follows covers days after the window)
        and where the market is missing on a session with a return.
        """
        width = window_sums(self.mask, a, b)
        car = window_sums(self.y, a, b)
        spread = width  # Var(CAR)/σ²
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.k > 0:
                car -= width * self.alpha
                spread = width + width**2 / self.n
            if self.k == 2:
                market = window_sums(self.x, a, b)
                car -= self.beta * market
                spread = spread + (market - width * self.x_mean) ** 2 / self.sxx
            variance = self.sigma2 * spread
        ended = np.broadcast_to(window_sums(self.mask, b, b) == 1, car.shape)
        missing = ~ended | np.isnan(variance)
        if self.alone is not None:
            missing |= window_sums(self.alone, a, b) > 0
        car[missing] = variance[missing] = np.nan
        return car, variance

    def _refit(self, cells: Ints, rss: Floats, pieces: Pieces) -> None:
        """Two-pass least squares for single cells (security, session); overwrites them."""
        steps = np.concatenate([np.arange(first, last + 1) for first, last in pieces])
        for i, t in (part.T for part in np.array_split(cells, -(-len(cells) // 4096))):
            days = t[:, None] + steps
            inside = (days >= 0) & (days < self.y.shape[1])
            days = np.clip(days, 0, self.y.shape[1] - 1)
            weight = np.where(inside, self.mask_used[_row(self.mask_used, i), days], 0.0)
            n = weight.sum(axis=1)
            y = self.y[i[:, None], days]
            y_mean = (weight * y).sum(axis=1) / n
            u = weight * (y - y_mean[:, None])
            noise = self.y_centre[i, 0] ** 2 + (weight * y * y).sum(axis=1) / n
            if self.k == 2:
                x = self.x[_row(self.x, i), days]
                x_mean = (weight * x).sum(axis=1) / n
                dx = weight * (x - x_mean[:, None])
                sxx = (dx * dx).sum(axis=1)
                x_noise = self.x_centre[_row(self.x_centre, i)[:, 0], 0] ** 2
                x_noise = x_noise + (weight * x * x).sum(axis=1) / n
                sxx[sxx <= n * (4 * _EPS) ** 2 * x_noise] = np.nan  # a constant market
                beta = (dx * u).sum(axis=1) / sxx
                u -= beta[:, None] * dx
                noise += beta**2 * x_noise
                y_mean -= beta * x_mean
                self.beta[i, t] = beta
                row = _row(self.x_mean, i)[:, 0]
                self.x_mean[row, t], self.sxx[row, t] = x_mean, sxx
            squares = (u * u).sum(axis=1)
            # residuals no larger than the rounding of the input are no residuals
            squares[squares <= n * (4 * _EPS) ** 2 * noise] = 0.0
            self.alpha[i, t], rss[i, t] = y_mean, squares


def _row(array: Floats, securities: Ints) -> Ints:
    """Index rows of `array`, which may be shared by all securities, as a column."""
    return (securities if len(array) > 1 else np.zeros_like(securities))[:, None]


def centred(values: Floats, valid: Bools, *, centre: bool) -> tuple[Floats, Floats]:
    """Take each row's mean off and put zeros where there is no value."""
    full = bool(valid.all())
    if not centre:
        return (values if full else np.where(valid, values, 0.0)), np.zeros((len(values), 1))
    if full:
        mean = values.mean(axis=1, keepdims=True)
        return values - mean, mean
    total = np.where(valid, values, 0.0).sum(axis=1, keepdims=True)
    mean = total / np.maximum(valid.sum(axis=1, keepdims=True), 1)
    return np.where(valid, values - mean, 0.0), mean
