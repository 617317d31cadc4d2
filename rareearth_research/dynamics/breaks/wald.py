"""Is one more break more than chance, if errors are independent, and if they are not?

supF(m) tests no break against m, supF(l + 1 | l) one more than l, UDmax and WDmax none against an
unknown number (Bai & Perron 1998). Each comes twice: with independent errors of one variance, and
with the covariance of each regime estimated as Bai & Perron (2003) do, which bears moderate
dependence. None bears errors that are nearly a random walk.

How rare is a break statistic where nothing broke? Tails by regressors, trend and trimming.

The distributions of Bai & Perron (1998) depend on the number of regressors and on the trimming, and
on whether one of the regressors is a trend, which their tables leave out. So they are simulated
here (``benchmarks/break_distributions.py``), for errors that are independent or whose variance is
estimated accordingly; where a series itself is persistent, none of them holds (`guard`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import matmul_toeplitz
from scipy.special import chdtrc, chdtri, kolmogorov

from rareearth_research.arrays import Floats, Ints
from rareearth_research.dynamics.breaks.partitions import Partitions

ERRORS = ("iid", "hac")
FEWEST = 10  # rows of a regime whose dependence can be estimated
TABLE = Path(__file__).with_name("distributions.csv")
TRIMS = (0.05, 0.10, 0.15, 0.20, 0.25)
MOST = 5  # breaks
LEAST = 1e-4  # p-values below it are not known that well


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
            more = _one_more(y, x, costs, parts.breaks[known][0], hac)
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


def one_break(costs: Floats, start: int, end: int) -> int | None:
    """Return the row before the best break of rows `start` to `end` − 1, if there is room."""
    both = costs[start:end, start] + costs[end, start:end]  # infinite where a side is too short
    row = int(both.argmin())
    return start + row if np.isfinite(both[row]) else None


def cusum(y: Floats, x: Floats) -> Floats:
    """Return cumulated least-squares residuals over σ̂ √n, (n,) (Ploberger & Krämer 1992)."""
    errors = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    n, q = x.shape
    return np.cumsum(errors) / np.sqrt(errors @ errors / (n - q) * n)


def _one_more(y: Floats, x: Floats, costs: Floats, breaks: Ints, hac: bool) -> float:
    """Return the largest F of one more break in any regime; NaN where none has room."""
    ends = [0, *map(int, breaks), len(y)]
    found = []
    for start, end in pairwise(ends):
        row = one_break(costs, start, end)
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


def critical(tail: Mapping[str, Any], level: float) -> float:
    """Return the critical value at `level` of a tail with ``shift, slope, df``."""
    return float((chdtri(tail["df"], level) - tail["shift"]) / tail["slope"])


def p_value(
    statistic: str, value: float, trend: bool, regressors: int, trim: float, times: int = 1
) -> float:
    """Return how often a statistic is as large where nothing broke; NaN where that is not known.

    Parameters
    ----------
    statistic : str
        ``"supF(m)"``, ``"UDmax(M)"`` or ``"WDmax(M)"``, m and M up to `MOST`.
    value : float
    trend : bool
        Whether one of the regressors is a trend.
    regressors : int
        Coefficients of a regime.
    trim : float
        Share of the rows that the shortest regime has; between tabled values p is interpolated,
        beyond them the nearest is taken.
    times : int, default 1
        The largest of so many independent statistics, as supF(l+1|l) is of l + 1
        (Bai & Perron 1998, proposition 7).

    Returns
    -------
    float
        At least 0.0001.
    """
    known = [tail for t in TRIMS if (tail := _tails().get((statistic, trend, regressors, t)))]
    if not known or not np.isfinite(value):
        return float("nan")
    p = [chdtrc(tail["df"], max(0.0, tail["shift"] + tail["slope"] * value)) for tail in known]
    one = float(np.interp(trim, [tail["trim"] for tail in known], p))
    return float(max(LEAST, -np.expm1(times * np.log1p(-one)))) if one < 1 else 1.0


def weights(trend: bool, regressors: int, trim: float, most: int) -> list[float]:
    """Return the weights of supF(m), m = 1 to `most`, in WDmax: ratios of 5 % critical values."""
    nearest = min(TRIMS, key=lambda t: abs(t - trim))
    tails = [_tails().get((f"supF({m})", trend, regressors, nearest)) for m in range(1, most + 1)]
    values = [critical(tail, 0.05) if tail else float("nan") for tail in tails]
    return [values[0] / value for value in values]


@cache
def _tails() -> dict[tuple[str, bool, int, float], dict[str, Any]]:
    columns = ["statistic", "trend", "regressors", "trim"]
    records = pd.read_csv(TABLE).to_dict("records")
    return {tuple(row[c] for c in columns): row for row in records}  # type: ignore[misc]
