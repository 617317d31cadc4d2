"""Are buy-and-hold abnormal returns, which are skewed to the right, larger than chance?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from rareearth_research.eventstudy.statistics.parametric import Statistic, spread


def skewness_adjusted(bhar: ArrayLike, *, draws: int = 1999, seed: int = 0) -> Statistic:
    """Return Johnson's skewness-adjusted t with a bootstrapped p-value.

    Parameters
    ----------
    bhar : array_like, shape (N,)
        Buy-and-hold abnormal returns.
    draws : int, default 1999
    seed : int, default 0

    Returns
    -------
    Statistic
        df is NaN: the reference distribution is the bootstrap's.

    Notes
    -----
    t = √N (S + γ̂S²/3 + γ̂/(6N)), S = mean/sd, γ̂ the skewness. The null distribution resamples N
    values with replacement and centres each draw on the sample mean;
    p = (1 + #{|t*| ≥ |t|})/(1 + draws).

    References
    ----------
    Johnson (1978), JASA 73; Hall (1992), JRSS B 54; Lyon, Barber & Tsai (1999), Journal of
    Finance 54.
    """
    values = np.asarray(bhar, dtype=np.float64)
    observed = float(_johnson(values[None, :], 0.0)[0])
    rng = np.random.default_rng(seed)
    drawn = values[rng.integers(0, len(values), (draws, len(values)))]
    null = _johnson(drawn, float(values.mean()))
    extreme = int((np.abs(null) >= abs(observed)).sum())
    return Statistic(observed, (1 + extreme) / (1 + draws), float("nan"))


def _johnson(values: np.ndarray, centre: float) -> np.ndarray:
    n = values.shape[1]
    sd = spread(values)
    skew = ((values - values.mean(axis=1, keepdims=True)) ** 3).sum(axis=1) / (n * sd**3)
    s = (values.mean(axis=1) - centre) / sd
    return np.sqrt(n) * (s + skew * s**2 / 3 + skew / (6 * n))
