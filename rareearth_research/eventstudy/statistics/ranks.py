"""Is the abnormal return larger than chance, by ranks and signs?

Ranks are taken over a security's own estimation and event returns, so that neither fat tails nor
unequal variances matter. The column means of ranks carry the correlation between securities:
`ranking` makes those means, the tests here judge them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from rareearth_research.arrays import Floats
from rareearth_research.eventstudy.statistics.parametric import Statistic, normal_p, student_p

ROUNDING = 1e-13  # of a sum of squares, below which a difference is none


def corrado(mean_ranks: ArrayLike, counts: ArrayLike, width: int) -> Statistic:
    """Return Corrado's rank test over a window of W sessions, N(0, 1).

    Parameters
    ----------
    mean_ranks : array_like, shape (..., T)
        Mean over securities of U_it − ½, U = rank/(1 + M_i), over the estimation window followed
        by the event window.
    counts : array_like, shape (T,)
        Securities behind each mean; sessions without any do not count in T and W.
    width : int
        Event sessions W, the last W of T.

    Notes
    -----
    With Ū_t the mean and N_t its securities, Z = Σ_{t∈W} √N_t Ū_t / (√W · S),
    S² = Σ_t N_t Ū_t² / T. U = K/(1 + M) allows for missing returns. Survives correlation between
    securities; not event-induced variance (12 % at a nominal 5 % when it doubles).

    References
    ----------
    Corrado (1989), A nonparametric test for abnormal security-price performance, JFE 23; Corrado
    & Zivney (1992), JFQA 27, for the scaling; Cowan (1992) for windows of several sessions.
    """
    known = np.asarray(counts) > 0
    scaled = np.asarray(mean_ranks, dtype=np.float64) * np.sqrt(counts)
    spread = np.sqrt((scaled**2).sum(axis=-1) / known.sum())
    event = np.sqrt(known[-width:].sum()) * np.where(spread > 0, spread, np.nan)
    return normal_p(scaled[..., -width:].sum(axis=-1) / event)


def grank_t(mean_ranks: ArrayLike, counts: ArrayLike) -> Statistic:
    """Return the generalised rank t test of Kolari & Pynnönen, t(T − 2) with T = L + 1.

    Parameters
    ----------
    mean_ranks : array_like, shape (..., L + 1)
        Mean over securities of rank/(L_i + 2) − ½ (`ranking.grank_means`), the event column last.
    counts : array_like, shape (L + 1,)
        Securities behind each mean.

    Notes
    -----
    Z = Ū₀/S, S² = (1/T) Σ_t (n_t/n) Ū_t²; t = Z √((T − 2)/(T − 1 − Z²)).

    References
    ----------
    Kolari & Pynnönen (2011), Nonparametric rank tests for event studies, Journal of Empirical
    Finance 18.
    """
    means = np.asarray(mean_ranks, dtype=np.float64)
    share = np.asarray(counts, dtype=np.float64) / np.max(counts)
    size = int((np.asarray(counts) > 0).sum())
    spread = np.sqrt((share * means**2).sum(axis=-1) / size)
    z = means[..., -1] / np.where(spread > 0, spread, np.nan)
    return student_p(z * np.sqrt((size - 2) / (size - 1 - z**2)), size - 2)


def leave_one_out_scores(scar: ArrayLike, mean_correlation: float) -> Floats:
    """Return each SCAR on the scale of an ordinary day's SAR, for `grank_t`, (N,).

    Parameters
    ----------
    scar : array_like, shape (N,)
    mean_correlation : float
        r̄ of the pairs.

    Returns
    -------
    ndarray, shape (N,)
        NaN for fewer than three securities, or where the others do not vary.

    Notes
    -----
    x_i = √(1 − r̄) SCAR_i/s_(−i) with s_(−i) the sd of the *other* securities' SCAR, which removes
    variance that the event induces; under normality x_i is t(N − 2), and Φ⁻¹(F_t(x_i)) is
    normal as an ordinary day's SAR is. The published form divides by the sd of all: a value cannot
    be far out in a sample that it belongs to, nor near enough to zero, and the test rejects 16, 12,
    9 % at N = 3, 5, 7. √(1 − r̄) is there because correlated securities disperse by that much less.

    References
    ----------
    Kolari & Pynnönen (2011), Journal of Empirical Finance 18, with the changes named.
    """
    from scipy.special import ndtri, stdtr

    scar = np.asarray(scar, dtype=np.float64)
    n = len(scar)
    if n < 3:
        return np.full(n, np.nan)
    centred = scar - scar.mean()
    # Σ over the others of their squared distance to their own mean
    rest = (centred**2).sum() - centred**2 * n / (n - 1)
    alike = rest <= ROUNDING * (scar**2).sum()
    spread = np.sqrt(np.where(alike, np.nan, rest) / (n - 2))
    x = np.sqrt(1 - mean_correlation) * scar / spread
    return np.asarray(np.sign(x) * -ndtri(stdtr(n - 2, -np.abs(x))))


def sign(car: ArrayLike) -> Statistic:
    """Return the sign test against a half, (w − N/2)/√(N/4), w = #{CAR > 0}, N(0, 1)."""
    values = np.asarray(car, dtype=np.float64)
    return _binomial(values, 0.5)


def generalized_sign(car: ArrayLike, positive_share: ArrayLike) -> Statistic:
    """Return the generalised sign test, (w − Np̂)/√(Np̂(1 − p̂)), w = #{CAR > 0}, N(0, 1).

    Parameters
    ----------
    car : array_like, shape (..., N)
    positive_share : array_like, shape (..., N)
        Each security's share of positive abnormal returns in its estimation window; p̂ is their
        mean.

    References
    ----------
    Cowan (1992), Nonparametric event study tests, Review of Quantitative Finance and Accounting 2.
    """
    share = np.asarray(positive_share, dtype=np.float64).mean(axis=-1)
    return _binomial(np.asarray(car, dtype=np.float64), share)


def wilcoxon(car: ArrayLike) -> Statistic:
    """Return the Wilcoxon signed-rank test of N CARs against symmetry around zero.

    Parameters
    ----------
    car : array_like, shape (N,)
        Zeros are left out.

    Returns
    -------
    Statistic
        Standardised sum of positive ranks, (R⁺ − n(n+1)/4)/√Var; the p-value is exact for up to
        50 values without ties and normal otherwise, as in `scipy.stats.wilcoxon`.

    References
    ----------
    Wilcoxon (1945), Individual comparisons by ranking methods, Biometrics Bulletin 1.
    """
    values = np.asarray(car, dtype=np.float64)
    values = values[values != 0]
    n = len(values)
    if n == 0:
        return Statistic(float("nan"), float("nan"), float("nan"))
    ranks = pd.Series(np.abs(values)).rank().to_numpy()
    _, repeats = np.unique(np.abs(values), return_counts=True)
    positive = float(ranks[values > 0].sum())
    variance = n * (n + 1) * (2 * n + 1) / 24 - float((repeats**3 - repeats).sum()) / 48
    z = normal_p((positive - n * (n + 1) / 4) / np.sqrt(variance))
    if n > 50 or len(repeats) < n:
        return z
    return Statistic(z.statistic, _signed_rank_p(positive, n), float("nan"))


def _binomial(values: Floats, share: float | Floats) -> Statistic:
    n = values.shape[-1]
    positive = (values > 0).sum(axis=-1)
    return normal_p((positive - n * share) / np.sqrt(n * share * (1 - share)))


def _signed_rank_p(positive: float, n: int) -> float:
    """Return the exact two-sided p-value of a signed-rank sum without ties."""
    ways = np.ones(1)
    for rank in range(1, n + 1):
        ways = np.concatenate([ways, np.zeros(rank)]) + np.concatenate([np.zeros(rank), ways])
    chances = ways / ways.sum()
    at = round(positive)
    return min(1.0, 2 * float(min(chances[: at + 1].sum(), chances[at:].sum())))
