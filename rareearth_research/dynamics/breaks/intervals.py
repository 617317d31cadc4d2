"""In which rows can a break lie? Intervals of Bai (1997) around estimated breaks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy import optimize
from scipy.special import log_ndtr, ndtr

from rareearth_research.arrays import Floats


def break_intervals(
    y: Floats, x: Floats, breaks: Sequence[int], level: float, *, same: bool
) -> list[tuple[float, float]]:
    """Return the interval of every break in rows, counted as the breaks are; NaN where none exists.

    Parameters
    ----------
    y, x : ndarray, shapes (n,) and (n, q)
    breaks : sequence of int, length m
        Rows before each break.
    level : float
        Such as 0.95.
    same : bool
        Regressors and errors are distributed alike in all regimes; else each regime has its own.

    Notes
    -----
    Bai (1997), proposition 7, for shifts δ that shrink: (δ'Qδ)/σ² · (T̂ − T) tends to the argmax of
    a two-sided Brownian motion with drift, whose distribution (his appendix B) is inverted. The
    ends are rounded away from the break, as R's strucchange does; they may lie beyond the sample.
    """
    n, ends = len(y), [0, *map(int, breaks), len(y)]
    regimes = [slice(start, end) for start, end in pairwise(ends)]
    deltas = [np.linalg.lstsq(x[rows], y[rows], rcond=None)[0] for rows in regimes]
    squares = [
        float(np.square(y[rows] - x[rows] @ delta).sum())
        for rows, delta in zip(regimes, deltas, strict=True)
    ]
    counts = np.diff(ends)
    moments = [x.T @ x / n if same else x[r].T @ x[r] / (r.stop - r.start) for r in regimes]
    variances = [sum(squares) / n] * len(counts) if same else np.array(squares) / counts
    tail, found = (1 - level) / 2, []
    for i, row in enumerate(breaks):
        shift = deltas[i + 1] - deltas[i]
        left, right = (float(shift @ moments[i + side] @ shift) for side in (0, 1))
        shape = (right / left, float(variances[i + 1] / variances[i]))
        if not tail <= argmax_cdf(0.0, *shape) <= 1 - tail:  # regimes too different to invert
            found.append((float("nan"), float("nan")))
            continue
        low, high = (_quantile(p, *shape) * variances[i] / left for p in (tail, 1 - tail))
        found.append((float(row - np.ceil(high)), float(row - np.floor(low))))
    return found


def argmax_cdf(at: float, ratio: float, variance: float) -> float:
    """Return P(argmax V ≤ at) of Bai (1997), appendix B.

    Parameters
    ----------
    at : float
    ratio : float
        ξ, the second regime's δ'Qδ over the first's.
    variance : float
        The second regime's error variance over the first's.
    """
    xi, phi = ratio, ratio * variance
    s = abs(at)
    if at < 0:
        return float(
            -np.sqrt(s / (2 * np.pi)) * np.exp(-s / 8)
            - phi * (phi + 2 * xi) / (xi * (phi + xi))
            * _damped(xi / phi * (1 + xi / phi) * s / 2, (0.5 + xi / phi) * np.sqrt(s))
            + (s / 2 - 2 + (phi + 2 * xi) ** 2 / ((phi + xi) * xi))
            * ndtr(-np.sqrt(s) / 2)
        )  # fmt: skip
    b = xi**2 / phi
    return float(
        1 + np.sqrt(b * s / (2 * np.pi)) * np.exp(-b * s / 8)
        + xi * (2 * phi + xi) / (phi * (phi + xi))
        * _damped((phi + xi) * s / 2, (phi + xi / 2) * np.sqrt(s / phi))
        - ((2 * phi + xi) ** 2 / ((phi + xi) * phi) - 2 + b * s / 2)
        * ndtr(-np.sqrt(b * s) / 2)
    )  # fmt: skip


def _damped(exponent: float, z: float) -> float:
    """Return exp(exponent) · Φ(−z), which neither overflows nor vanishes."""
    return float(np.exp(exponent + log_ndtr(-z)))


def _quantile(p: float, ratio: float, variance: float) -> float:
    """Return where `argmax_cdf` is p: above zero for p > ½, else below."""
    sign, far = (1.0 if p > 0.5 else -1.0), 100.0
    while (argmax_cdf(sign * far, ratio, variance) - p) * sign < 0:
        far *= 2
    ends = sorted((0.0, sign * far))
    return float(optimize.brentq(lambda s: argmax_cdf(s, ratio, variance) - p, *ends, xtol=1e-10))
