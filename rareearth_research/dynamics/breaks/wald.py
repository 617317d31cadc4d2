"""Is one more break more than chance, if errors are independent, and if they are not?

supF(m) tests no break against m, supF(l + 1 | l) one more than l, UDmax and WDmax none against an
unknown number (Bai & Perron 1998). Each comes twice: with independent errors of one variance, and
with the covariance of each regime estimated as Bai & Perron (2003) do, which bears moderate
dependence. None bears errors that are nearly a random walk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.linalg import matmul_toeplitz
from scipy.special import kolmogorov

from rareearth_research.arrays import Floats, Ints
from rareearth_research.dynamics.breaks.distributions import MOST, p_value, weights
from rareearth_research.dynamics.breaks.partitions import Partitions

__all__ = ["ERRORS", "cusum", "long_run", "one_break", "sup_f", "tests"]


ERRORS = ("iid", "hac")
FEWEST = 10  # rows of a regime whose dependence can be estimated


def tests(
    y: Floats, x: Floats, costs: Floats, parts: Partitions, least: int, trend: bool
) -> Iterator[dict[str, Any]]:
    """Yield every test: ``test, errors, statistic, p_value``; NaN where it cannot be made.

    Parameters
    ----------
    y, x : ndarray, shapes (n,) and (n, q)
    costs : ndarray, shape (n + 1, n)
    parts : Partitions
        Of this one series.
    least : int
        Rows of the shortest segment.
    trend : bool
        Whether a regressor is a trend, for the p-values.
    """
    n, q = x.shape
    most = len(parts.breaks) - 1
    kind = {"trend": trend, "regressors": q, "trim": least / n}
    for errors in ERRORS:
        hac = errors == "hac"
        f = [sup_f(y, x, parts.breaks[m][0], hac) for m in range(1, most + 1)]
        named = {f"supF({m})": value for m, value in enumerate(f, 1)}
        top = min(most, MOST)
        if top > 1:
            named[f"UDmax({top})"] = max(f[:top])
            weighted = np.multiply(f[:top], weights(trend, q, least / n, top))
            named[f"WDmax({top})"] = float(weighted.max())
        for test, value in named.items():
            p = p_value(test, value, **kind)
            yield {"test": test, "errors": errors, "statistic": value, "p_value": p}
        for known in range(1, most):
            more = _one_more(y, x, costs, parts.breaks[known][0], least, hac)
            p = p_value("supF(1)", more, **kind, times=known + 1)
            test = f"supF({known + 1}|{known})"
            yield {"test": test, "errors": errors, "statistic": more, "p_value": p}
    largest = float(np.abs(cusum(y, x)).max())
    # with a trend the limit is narrower than the Brownian bridge: p is too large
    yield {"test": "OLS-CUSUM", "errors": "iid", "statistic": largest,
           "p_value": float(kolmogorov(largest))}  # fmt: skip


def sup_f(y: Floats, x: Floats, breaks: Sequence[int] | Ints, hac: bool) -> float:
    """Return the F statistic of Bai & Perron (1998) at given breaks.

    Parameters
    ----------
    y, x : ndarray, shapes (n,) and (n, q)
    breaks : sequence of int, length m
        Rows before each break.
    hac : bool
        Estimate each regime's long-run covariance; else one variance and no dependence.

    Notes
    -----
    F = (n − (m + 1)q)/(n m) · δ'R'(R V R')⁻¹Rδ, R δ the differences of neighbouring regimes'
    coefficients and V their covariance (Bai & Perron 2003, section 4.1). It is divided by m and
    not by mq, as their tables are.
    """
    n, q = x.shape
    m, ends = len(breaks), [0, *map(int, breaks), n]
    deltas, spreads, rss, covered = [], [], 0.0, []
    for start, end in pairwise(ends):
        own = x[start:end]
        spread = np.linalg.inv(own.T @ own)
        delta = spread @ (own.T @ y[start:end])
        errors = y[start:end] - own @ delta
        rss += float(errors @ errors)
        if hac:
            if end - start < max(FEWEST, 3 * q):
                return float("nan")
            covered.append((end - start) * spread @ long_run(own * errors[:, None]) @ spread)
        deltas.append(delta)
        spreads.append(spread)
    blocks = covered if hac else [spread * rss / n for spread in spreads]
    gaps = np.diff(np.array(deltas), axis=0).ravel()  # R δ, (m q,)
    covariance = np.zeros((m, q, m, q))
    for i in range(m):
        covariance[i, :, i] = blocks[i] + blocks[i + 1]
        if i:
            covariance[i, :, i - 1] = covariance[i - 1, :, i] = -blocks[i]
    form = gaps @ np.linalg.solve(covariance.reshape(m * q, m * q), gaps)
    return float((n - (m + 1) * q) / (n * m) * form)


def long_run(scores: Floats) -> Floats:
    """Return the long-run covariance (q, q) of scores (n, q).

    Notes
    -----
    Prewhitened by a vector autoregression of order 1, then the quadratic spectral kernel with the
    automatic bandwidth of Andrews (1991), divided by n − q (Andrews & Monahan 1992; the choices of
    Bai & Perron 2003).
    """
    before, after = scores[:-1], scores[1:]
    slopes = np.linalg.lstsq(before, after, rcond=None)[0]  # (q, q), by columns
    white = after - before @ slopes
    n, q = white.shape
    lags = np.arange(1, n) / max(_bandwidth(white), 1e-6)
    angle = 6 * np.pi * lags / 5
    kernel = np.concatenate([[1.0], 3 * (np.sin(angle) / angle - np.cos(angle)) / angle**2])
    middle = white.T @ matmul_toeplitz(kernel, white) / (n - q)
    colour = np.linalg.inv(np.eye(q) - slopes.T)
    return colour @ middle @ colour.T


def one_break(costs: Floats, least: int, start: int, end: int) -> int | None:
    """Return the row before the best break of rows `start` to `end` − 1, if there is room."""
    if end - start < 2 * least:
        return None
    rows = np.arange(start + least, end - least + 1)
    return int(rows[np.argmin(costs[rows, start] + costs[end, rows])])


def cusum(y: Floats, x: Floats) -> Floats:
    """Return cumulated least-squares residuals over σ̂ √n, (n,) (Ploberger & Krämer 1992)."""
    errors = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    n, q = x.shape
    return np.cumsum(errors) / np.sqrt(errors @ errors / (n - q) * n)


def _one_more(y: Floats, x: Floats, costs: Floats, breaks: Ints, least: int, hac: bool) -> float:
    """Return the largest F of one more break in any regime; NaN where none has room."""
    ends = [0, *map(int, breaks), len(y)]
    found = []
    for start, end in pairwise(ends):
        row = one_break(costs, least, start, end)
        if row is not None:
            found.append(sup_f(y[start:end], x[start:end], [row - start], hac))
    return max(found, default=float("nan"))


def _bandwidth(white: Floats) -> float:
    """Return Andrews' (1991) bandwidth from autoregressions of order 1 of each column."""
    before, after = white[:-1], white[1:]
    slope = (before * after).sum(axis=0) / np.square(before).sum(axis=0)
    variance = np.square(after - slope * before).mean(axis=0)
    top = (4 * slope**2 * variance**2 / (1 - slope) ** 8).sum()
    return float(1.3221 * (top / (variance**2 / (1 - slope) ** 4).sum() * len(white)) ** 0.2)
