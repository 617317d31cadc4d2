"""Least squares whose errors follow each other: coefficients, influences, long-run variances."""

from __future__ import annotations

import numpy as np

from rareearth_research.arrays import Floats


def least_squares(left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Return the coefficients, and what each moment contributes to them.

    Parameters
    ----------
    left : ndarray, shape (n, N)
        Moments and units.
    right : ndarray, shape (n, N, k)

    Returns
    -------
    coefficients : ndarray, shape (k,)
    influences : ndarray, shape (n, k)
        ``(X'X)⁻¹ Σᵢ xᵢₜ ûᵢₜ``: units of one moment are added before anything is squared, which
        bears any dependence between them (Driscoll & Kraay 1998).

    Raises
    ------
    LinAlgError
        If columns are collinear.
    """
    k = right.shape[2]
    flat, target = right.reshape(left.size, k), left.ravel()
    scale = np.sqrt((flat**2).mean(axis=0))
    if (scale == 0).any() or np.linalg.matrix_rank(flat / np.where(scale, scale, 1)) < k:
        raise np.linalg.LinAlgError("collinear")
    inverse = np.linalg.inv(flat.T @ flat)
    coefficients = np.asarray(np.linalg.lstsq(flat, target)[0], dtype=np.float64)
    errors = left - right @ coefficients
    influences: Floats = np.einsum("tik,ti->tk", right, errors) @ inverse
    return coefficients, influences


def bartlett(influences: Floats, lags: int) -> Floats:
    """Return the long-run covariance of sums over moments with Bartlett's weights.

    Newey & West (1987): ``Γ₀ + Σⱼ (1 − j/(L+1)) (Γⱼ + Γⱼ')``, without a correction for the number
    of regressors.

    Parameters
    ----------
    influences : ndarray, shape (n, k)
    lags : int
        L; 0 is White's variance.

    Returns
    -------
    ndarray, shape (k, k)
    """
    total = influences.T @ influences
    for lag in range(1, min(lags, len(influences) - 1) + 1):
        later = influences[lag:].T @ influences[:-lag]
        total += (1 - lag / (lags + 1)) * (later + later.T)
    return total


def long_run(influences: Floats, lags: int) -> Floats:
    """Return the diagonal of `bartlett`, for many columns."""
    total = (influences**2).sum(axis=0)
    for lag in range(1, min(lags, len(influences) - 1) + 1):
        total += 2 * (1 - lag / (lags + 1)) * (influences[lag:] * influences[:-lag]).sum(axis=0)
    return total


def sup_t(covariance: Floats, level: float, seed: int, draws: int = 20_000) -> float:
    """Return by how many standard errors a band must be wide to hold all its points at once.

    The `level` quantile of the largest ``|z|`` of normal draws with the estimates' correlation
    (Montiel Olea & Plagborg-Møller 2019, Journal of Applied Econometrics 34).
    """
    errors = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(errors, errors))
    root = vectors * np.sqrt(np.clip(values, 0, None))
    normal = np.random.default_rng(seed).standard_normal((draws, len(errors)))
    return float(np.quantile(np.abs(normal @ root.T).max(axis=1), level))
