"""What if the variance was already moving? The market model with GARCH(1,1) errors.

Calm and nervous months weigh differently in the fit, and the abnormal return is judged by the
variance forecast for its own session instead of the average of the estimation window.
"""

from __future__ import annotations

import warnings

import numpy as np

from rareearth_research.arrays import Floats, Ints
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.models.simple import CONSTANT, Fit


def fit_garch(
    y: Floats, x: Floats, y_event: Floats, x_event: Floats, members: Floats, ahead: Ints
) -> Fit:
    """Fit R = α + βR_m + u, u_t = √h_t e_t, h_t = ω + a·u²_{t−1} + b·h_{t−1}, by likelihood.

    Parameters
    ----------
    y, x : ndarray, shape (P, L)
    y_event, x_event : ndarray, shape (P, W)
    members : ndarray, shape (G, W) or (P, G, W)
    ahead : ndarray of int, shape (P,)
        Sessions from the last one of the estimation window, which ends before the event, to the
        first event session.

    Returns
    -------
    Fit
        NaN variance for a pair whose likelihood did not converge.

    Notes
    -----
    V = diag(h*) + h̄·X*(X'X)⁻¹X*', h* the forecast of the conditional variance from the end of
    the estimation window to each event session, h̄ the mean fitted variance. Residuals are
    u_t/√h_t · √h̄, so that ranks and correlations see standardised returns.

    References
    ----------
    Bollerslev (1986), Journal of Econometrics 31; Savickas (2003), Journal of Financial Research
    26, for event studies.
    """
    try:
        from arch.univariate import LS
        from arch.univariate.volatility import GARCH
    except ImportError:
        raise SpecificationError(
            "model='garch' needs the package arch: pip install 'rareearth_research[garch]'"
        ) from None
    pairs, length = y.shape
    width, windows = y_event.shape[1], members.shape[-2]
    coefficients = np.full((pairs, 2), np.nan)
    residuals = np.full((pairs, length), np.nan)
    variance = np.full((pairs, width), np.nan)
    sigma2 = np.full(pairs, np.nan)
    car_variance = np.full((pairs, windows), np.nan)
    seen = ~(np.isnan(y) | np.isnan(x))
    for p in range(pairs):
        ok = seen[p]
        spread = y[p, ok].std()
        # a constant benchmark has a variance too, of rounding
        if not spread > 0 or x[p, ok].var() <= CONSTANT * x[p, ok].mean() ** 2:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = LS(y[p, ok] / spread, x=x[p, ok, None] / spread, volatility=GARCH())
            found = model.fit(disp="off", show_warning=False)
        if found.convergence_flag != 0:
            continue
        alpha, beta, omega, a, b = found.params.to_numpy()
        coefficients[p] = alpha * spread, beta
        h = (np.asarray(found.conditional_volatility) * spread) ** 2
        u = np.asarray(found.resid) * spread
        sigma2[p] = h.mean()
        residuals[p, ok] = u / np.sqrt(h) * np.sqrt(sigma2[p])
        steps = ahead[p] + width - 1
        forecast = _forecast(omega * spread**2, a, b, u[-1], h[-1], steps)[ahead[p] - 1 :]
        design = np.column_stack([np.ones(ok.sum()), x[p, ok]])
        inverse = np.linalg.inv(design.T @ design)
        event = np.column_stack([np.ones(width), np.nan_to_num(x_event[p])])
        variance[p] = forecast + sigma2[p] * np.einsum("wi,ij,wj->w", event, inverse, event)
        inside = (members if members.ndim == 2 else members[p]) * ~np.isnan(y_event[p])
        moved = inside @ event
        car_variance[p] = inside @ forecast + sigma2[p] * np.einsum(
            "gi,ij,gj->g", moved, inverse, moved
        )
    abnormal = y_event - coefficients[:, :1] - coefficients[:, 1:] * x_event
    inside = members if members.ndim == 3 else np.broadcast_to(members, (pairs, *members.shape))
    car = np.einsum("pgw,pw->pg", inside, np.nan_to_num(abnormal))
    return Fit(
        coefficients, residuals, abnormal, variance, sigma2, seen.sum(axis=1), car, car_variance
    )


def _forecast(omega: float, a: float, b: float, u: float, h: float, count: int) -> Floats:
    """Return the variance forecast of the next sessions."""
    steps = np.empty(count)
    steps[0] = omega + a * u**2 + b * h
    for t in range(1, count):
        steps[t] = omega + (a + b) * steps[t - 1]
    return steps
