"""Is the average larger than chance, judged over dates? Announcements are the sample.

A rise of the common variance on event days, and effects that differ from date to date, are
invisible to a test whose sample are securities. Here each cluster of announcements gives one
number, the plain mean over its pairs, whatever happens inside it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from rareearth_research.arrays import Floats
from rareearth_research.eventstudy.dependence.correlation import ALIKE
from rareearth_research.eventstudy.statistics import parametric

FEWEST_CLUSTERS = 3  # for a t over dates: two have one degree of freedom and no power
FEWEST_FLIPS = 6  # the smallest p-value of five is 2/32
EXACT_FLIPS = 16  # clusters up to which every pattern of signs is tried
DRAWS = 9_999


def cluster_means(values: ArrayLike, cluster: ArrayLike) -> Floats:
    """Return the plain mean of the N values of each of C clusters, (..., C).

    Parameters
    ----------
    values : array_like, shape (..., N)
    cluster : array_like of int, shape (N,)
        0 ... C − 1, none empty.
    """
    values, cluster = np.asarray(values, dtype=np.float64), np.asarray(cluster)
    order = np.argsort(cluster, kind="stable")
    sizes = np.bincount(cluster)
    return np.add.reduceat(values[..., order], np.cumsum(sizes) - sizes, axis=-1) / sizes


def date_t(means: ArrayLike) -> parametric.Statistic:
    """Return the t test over clusters of announcements, √C · mean(m)/sd(m), t(C − 1).

    Parameters
    ----------
    means : array_like, shape (..., C)
        One number for each cluster: `cluster_means` of the CARs.

    Returns
    -------
    Statistic
        NaN for fewer than three clusters.

    Notes
    -----
    Whatever the correlation inside a cluster and however wildly its day was, a cluster is one
    number. With clusters independent and means normal of *any* variances the test at 5 % rejects a
    true null at most 5 times in 100, often less.

    References
    ----------
    Ibragimov & Müller (2010), t-statistic based correlation and heterogeneity robust inference,
    Journal of Business & Economic Statistics 28. Their theorem rests on Bakirov & Székely (2005).
    """
    means = np.asarray(means, dtype=np.float64)
    if means.shape[-1] < FEWEST_CLUSTERS:
        return parametric.student_p(np.full(means.shape[:-1], np.nan), means.shape[-1] - 1)
    return parametric.cross_sectional(means)


def date_flip(means: ArrayLike) -> parametric.Statistic:
    """Return the sign-flip test over clusters of announcements.

    Parameters
    ----------
    means : array_like, shape (C,)
        One number for each cluster: `cluster_means` of the CARs.

    Returns
    -------
    Statistic
        The statistic is that of `date_t`; df is NaN, as the reference distribution is that of the
        flips. NaN for fewer than six clusters, among which no p-value reaches 5 %.

    Notes
    -----
    p is the share of sign patterns ε for which |Σ ε_c m_c| is at least |Σ m_c|: all 2^C of them for
    up to 16 clusters (so that p is at least 2/2^C), else 9,999 patterns drawn with a fixed seed,
    p = (1 + #)/(1 + 9,999). Exact at any C if each cluster's mean is symmetric about zero under the
    null, whatever its variance.

    References
    ----------
    Fisher (1935), The Design of Experiments, section 21; Canay, Romano & Shaikh (2017),
    Randomization tests under an approximate symmetry assumption, Econometrica 85.
    """
    means = np.asarray(means, dtype=np.float64)
    count, size = len(means), float(np.abs(means).sum())
    if count < FEWEST_FLIPS or not size > 0:
        return parametric.Statistic(float("nan"), float("nan"), float("nan"))
    # Σ ε m = 2 Σ_{ε=1} m − Σ m, with ε as zeros and ones
    chosen = _patterns(count) @ means if count <= EXACT_FLIPS else _drawn_sums(means)
    total = float(means.sum())
    extreme = int((np.abs(2 * chosen - total) >= abs(total) - ALIKE * size).sum())
    drawn = int(count > EXACT_FLIPS)
    p = (drawn + extreme) / (drawn + len(chosen))
    return parametric.Statistic(date_t(means).statistic, p, float("nan"))


@lru_cache(maxsize=4)
def _patterns(count: int) -> Floats:
    """Return every pattern of signs as zeros and ones, (2^(C − 1), C).

    A pattern and its mirror image have the same sum, so one of the two stands for both.
    """
    number = np.arange(2 ** (count - 1))
    return ((number[:, None] >> np.arange(count)) & 1).astype(np.float64)


def _drawn_sums(means: Floats) -> Floats:
    """Return Σ m over the ones of each of 9,999 patterns, drawn a few clusters at a time."""
    rng = np.random.default_rng(0)
    sums = np.zeros(DRAWS)
    for start in range(0, len(means), 256):
        part = means[start : start + 256]
        packed = np.frombuffer(rng.bytes(DRAWS * 32), dtype=np.uint8).reshape(DRAWS, 32)
        sums += np.unpackbits(packed, axis=1, count=len(part)) @ part
    return sums
