"""How many breaks do information criteria choose among the best partitions?"""

from __future__ import annotations

import numpy as np

from rareearth_research.arrays import Floats
from rareearth_research.dynamics.breaks.partitions import Partitions

__all__ = ["information"]


PENALTY, POWER = 0.299, 2.1  # of Liu, Wu & Zidek (1997)
FLAT = 1e-12  # of the whole sum of squares: what a regime without any variation counts as


def information(costs: Floats, parts: Partitions, regressors: int) -> dict[str, Floats]:
    """Return BIC, LWZ and KT of every number of breaks, (B, M + 1) each; the least is chosen.

    Parameters
    ----------
    costs : ndarray, shape (B, n + 1, n)
        As `segments` returns them.
    parts : Partitions
    regressors : int
        q, coefficients of a regime.

    Notes
    -----
    With S_m the residual sum of squares of m breaks in n rows, and S_i that of regime i, n_i rows:

    - BIC (Yao 1988; with the constants of a Gaussian likelihood, as R's strucchange) =
      n (ln(S_m/n) + 1 + ln 2π) + (m + 1)(q + 1) ln n;
    - LWZ (Liu, Wu & Zidek 1997) = ln(S_m/(n − (m + 1)q − m)) + 0.299 m(q + 1) (ln n)^2.1 / n;
    - KT (Kurozumi & Tuvaandorj 2011) = Σ_i [n_i ln(S_i/n_i) + q ln n_i] + 2(m + 1) ln n.
    """
    n, m = costs.shape[2], np.arange(parts.rss.shape[1])
    series = np.arange(len(costs))[:, None]
    bic = n * (np.log(parts.rss / n) + 1 + np.log(2 * np.pi))
    bic = bic + (m + 1) * (regressors + 1) * np.log(n)
    lwz = np.log(parts.rss / (n - (m + 1) * regressors - m))
    lwz = lwz + PENALTY * m * (regressors + 1) * np.log(n) ** POWER / n
    kt = np.empty_like(bic)
    for breaks in parts.breaks:
        ends = np.pad(breaks, ((0, 0), (1, 1)), constant_values=((0, 0), (0, n)))
        rows = np.diff(ends)
        own = np.maximum(costs[series, ends[:, 1:], ends[:, :-1]], FLAT * parts.rss[:, :1])
        fits = rows * np.log(own / rows) + regressors * np.log(rows)
        kt[:, breaks.shape[1]] = fits.sum(axis=1) + 2 * rows.shape[1] * np.log(n)
    return {"bic": bic, "lwz": lwz, "kt": kt}
