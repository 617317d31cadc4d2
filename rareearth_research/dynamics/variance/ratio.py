"""Does a price forget what it did? Variances over several steps against that over one."""

from __future__ import annotations

import numpy as np

from rareearth_research.arrays import Floats


def variance_ratio(changes: Floats, steps: int) -> tuple[float, float]:
    r"""Return the variance ratio of a series and its standard error where it is a random walk.

    .. math:: VR(q) = \frac{\sum_t (c_t + \dots + c_{t-q+1} - q\mu)^2 / m}
                           {\sum_t (c_t - \mu)^2 / (n - 1)},\quad m = q (n - q + 1)(1 - q/n)

    One for a random walk, more where changes go on, less where they come back.

    Parameters
    ----------
    changes : ndarray, shape (n,)
        Of logs, n > q.
    steps : int
        q, 2 or more.

    Returns
    -------
    (float, float)
        The second bears changing variances.

    References
    ----------
    Lo, A. & MacKinlay, C. (1988). Stock market prices do not follow random walks. Review of
    Financial Studies 1.
    """
    n, apart = len(changes), changes - changes.mean()
    longer = np.convolve(apart, np.ones(steps), mode="valid")
    own = float(apart @ apart)
    ratio = (longer @ longer) / (steps * (n - steps + 1) * (1 - steps / n)) / (own / (n - 1))
    squares = np.square(apart)
    lags = np.arange(1, steps)
    together = np.array([squares[lag:] @ squares[:-lag] for lag in lags]) / own**2
    return float(ratio), float(np.sqrt(np.square(2 * (1 - lags / steps)) @ together))
