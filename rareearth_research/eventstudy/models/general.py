"""Expected returns from more than one regressor, uneven spans, or asynchronous trading.

The same forecast variance as the market model's, for designs that have no closed form.
"""

from __future__ import annotations

import numpy as np

from rareearth_research.arrays import Floats
from rareearth_research.eventstudy.models import simple


def fit_ols(
    y: Floats,
    design: Floats,
    y_event: Floats,
    design_event: Floats,
    members: Floats,
    spans: Floats | None = None,
    spans_event: Floats | None = None,
) -> simple.Fit:
    """Fit R = Xb + u by least squares for any design, by QR decomposition.

    Parameters
    ----------
    y : ndarray, shape (P, L)
    design : ndarray, shape (P, L, k)
        Regressors, the constant included.
    y_event : ndarray, shape (P, W)
    design_event : ndarray, shape (P, W, k)
    members : ndarray, shape (G, W) or (P, G, W)
    spans, spans_event : ndarray, shapes (P, L) and (P, W), optional
        Sessions each return covers. Rows are divided by their roots, so that a return over
        several sessions counts with its larger variance.

    Returns
    -------
    Fit
        Coefficients are NaN for a pair whose regressors are collinear.

    Notes
    -----
    V = σ²(D + X*(X'X)⁻¹X*') with D the spans of the event returns (the identity without gaps).

    References
    ----------
    Maynes & Rumsey (1993), Conducting event studies with thinly traded stocks, Journal of
    Banking and Finance 17, for the spans.
    """
    seen = ~(np.isnan(y) | np.isnan(design).any(axis=2))
    n = seen.sum(axis=1)
    root = np.sqrt(spans) if spans is not None else np.ones_like(y)
    rows = np.where(seen[:, :, None], design / root[:, :, None], 0.0)
    target = np.where(seen, y / root, 0.0)
    k = design.shape[2]
    norms = np.sqrt(np.einsum("plk,plk->pk", rows, rows))
    norms[norms == 0] = np.nan
    q, r = np.linalg.qr(np.nan_to_num(rows / norms[:, None, :]))
    pivots = np.abs(np.diagonal(r, axis1=1, axis2=2))
    collinear = (pivots.min(axis=1, initial=np.inf) < 1e-7) | np.isnan(norms).any(axis=1)
    r = np.where(collinear[:, None, None], np.eye(k), r)

    projected = np.einsum("plk,pl->pk", q, target)
    scaled = np.linalg.solve(r, projected[:, :, None])[:, :, 0]
    coefficients = np.where(collinear[:, None], np.nan, scaled / norms)
    residuals = target - np.einsum("plk,pk->pl", q, projected)
    sigma2 = np.einsum("pl,pl->p", residuals, residuals) / (n - k)
    sigma2[collinear] = np.nan

    abnormal = y_event - np.einsum("pwk,pk->pw", design_event, coefficients)
    sessions = np.ones_like(abnormal) if spans_event is None else spans_event
    events = np.where(np.isnan(abnormal)[:, :, None], 0.0, design_event / norms[:, None, :])
    back = np.linalg.inv(r)  # (X'X)⁻¹ = R⁻¹R⁻ᵀ on the scaled columns
    leverage = ((events @ back) ** 2).sum(axis=2)
    variance = sigma2[:, None] * (sessions + leverage)
    width, car = simple.window_sums(members, abnormal, sessions, abnormal)
    inside = members if members.ndim == 3 else np.broadcast_to(members, (len(y), *members.shape))
    moved = ((inside @ events @ back) ** 2).sum(axis=2)
    return simple.Fit(
        coefficients=coefficients,
        residuals=simple.blank(residuals, seen),
        abnormal=abnormal,
        variance=simple.blank(variance, ~np.isnan(abnormal)),
        sigma2=sigma2,
        n_obs=n,
        car=car,
        car_variance=sigma2[:, None] * (width + moved),
    )


def fit_scholes_williams(
    y: Floats, x: Floats, y_event: Floats, x_event: Floats, members: Floats
) -> simple.Fit:
    """Fit the market model with the Scholes–Williams beta for thin or asynchronous trading.

    Parameters
    ----------
    y : ndarray, shape (P, L)
    x : ndarray, shape (P, 3, L)
        Benchmark returns of the session before, the same session and the session after.
    y_event : ndarray, shape (P, W)
    x_event : ndarray, shape (P, W)
    members : ndarray, shape (G, W) or (P, G, W)

    Returns
    -------
    Fit
        With k = 2.

    Notes
    -----
    β = (β₋₁ + β₀ + β₊₁)/(1 + 2ρ_m), each β_j the slope of the security on the benchmark shifted
    by j, ρ_m the benchmark's first autocorrelation in the window; α = ȳ − βx̄. The forecast
    variance uses the least-squares form with S_xx of the same-session benchmark.

    References
    ----------
    Scholes & Williams (1977), Estimating betas from nonsynchronous data, JFE 5.
    """
    seen, n = simple.matched(y, x.min(axis=1))
    y_mean = simple.mean_of(y, seen, n)
    dy = simple.centred(y, y_mean, seen)
    slopes = []
    for j in range(3):
        mean = simple.mean_of(x[:, j], seen, n)
        dx = simple.centred(x[:, j], mean, seen)
        spread = np.einsum("pl,pl->p", dx, dx)
        slopes.append(np.einsum("pl,pl->p", dx, dy) / np.where(spread > 0, spread, np.nan))
    x_mean = simple.mean_of(x[:, 1], seen, n)
    same, before = (simple.centred(x[:, j], simple.mean_of(x[:, j], seen, n), seen) for j in (1, 0))
    sxx = np.einsum("pl,pl->p", same, same)
    sxx[sxx <= simple.CONSTANT * n * x_mean**2] = np.nan
    rho = np.einsum("pl,pl->p", same, before) / np.sqrt(sxx * np.einsum("pl,pl->p", before, before))
    beta = sum(slopes) / (1 + 2 * rho)
    residuals = dy - beta[:, None] * same
    return simple.line_fit(beta, y_mean, x_mean, sxx, residuals, seen, n, y_event, x_event, members)
