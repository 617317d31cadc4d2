"""What would a mixture of unaffected securities have returned? Synthetic control for returns."""

from __future__ import annotations

import numpy as np

from rareearth_research.arrays import Floats
from rareearth_research.eventstudy.models.simple import Fit, blank, window_sums
from rareearth_research.simplex import face_of, simplex_weights

FEWEST = 2  # donors of a mixture


def fit_synthetic(y: Floats, x: Floats, y_event: Floats, x_event: Floats, members: Floats) -> Fit:
    """Fit R = Σ_d w_d R_d + u, w ≥ 0, Σw = 1, without a constant, by least squares.

    Parameters
    ----------
    y : ndarray, shape (P, L)
    x : ndarray, shape (P, D, L)
        Returns of D donors; a day on which none has a return is left out, as is one without `y`.
        A donor that lacks a return on any other day, of the estimation window or of the pair's
        event windows, is not used for the pair.
    y_event : ndarray, shape (P, W)
    x_event : ndarray, shape (P, D, W)
    members : ndarray, shape (G, W) or (P, G, W)

    Returns
    -------
    Fit
        Coefficients are the weights (P, D), NaN for donors not used. σ² is NaN for a pair with
        fewer than two donors, or for which no weights of least loss were found.

    Notes
    -----
    With a donors of positive weight the sum constraint leaves a − 1 free: w = w₀ + Nc, the columns
    of N spanning the changes of those weights that sum to 0, and σ² = u'u/(n − a + 1),
    V = σ²(I + Z*N(N'Z'ZN)⁻¹N'Z*'), which is least squares of R − R_1 on R_d − R_1 of the other
    active donors. Where those are collinear, a − 1 is the rank of N'Z'ZN; then several weights
    give the one least loss.

    V takes the active donors as given, although the data chose them, and the weights as unbounded
    on their face. The fit takes a mean abnormal return of 0 in the estimation window: a security
    that drifts against all donors keeps its drift.

    References
    ----------
    Abadie (2021), Using synthetic controls, Journal of Economic Literature 59, 391-425.
    Goldsmith-Pinkham & Lyu (2025), Causal inference in financial event studies, arXiv 2511.15123:
    a factor model leaves the mean of the factors it lacks in the abnormal return, in proportion to
    the length of the window; a mixture with the security's own exposures does not.
    """
    known, known_event = ~np.isnan(x), ~np.isnan(x_event)
    seen = ~np.isnan(y) & known.any(axis=1)
    studied = (members > 0).any(axis=-2) & ~np.isnan(y_event) & known_event.any(axis=1)
    lacking = np.asarray((seen[:, None, :] & ~known).any(axis=2))
    usable = ~(lacking | (studied[:, None, :] & ~known_event).any(axis=2))
    enough = usable.sum(axis=1) >= FEWEST
    target = np.where(seen, y, 0.0)
    donors = np.where(usable[:, :, None] & seen[:, None, :], x, 0.0)
    apart = donors - target[:, None, :]
    products = apart @ apart.swapaxes(1, 2)
    weights, solved = simplex_weights(products, usable | ~enough[:, None])
    rank, spread = face_of(products, weights > 0)

    n = seen.sum(axis=1)
    residuals = target - np.einsum("pd,pdl->pl", weights, donors)
    sigma2 = np.einsum("pl,pl->p", residuals, residuals) / (n - rank)
    sigma2[~(enough & solved)] = np.nan
    here = ~np.isnan(y_event) & (known_event | ~usable[:, :, None]).all(axis=1)
    donors_event = np.where(usable[:, :, None] & here[:, None, :], x_event, 0.0)
    abnormal = blank(y_event - np.einsum("pd,pdw->pw", weights, donors_event), here)
    leverage = np.einsum("pdw,pdw->pw", donors_event, spread @ donors_event)
    width, car = window_sums(members, abnormal, np.ones_like(abnormal), abnormal)
    moved = donors_event @ members.swapaxes(-1, -2)  # (P, D, G)
    together = np.einsum("pdg,pdg->pg", moved, spread @ moved)
    return Fit(
        coefficients=np.where(usable & enough[:, None], weights, np.nan),
        residuals=blank(residuals, seen),
        abnormal=abnormal,
        variance=blank(sigma2[:, None] * (1 + leverage), here),
        sigma2=sigma2,
        n_obs=n,
        car=car,
        car_variance=sigma2[:, None] * (width + together),
    )
