"""What return was to be expected, how far was the actual one from it, and how sure is that?

Every kernel fits a chunk of pairs (one security at one event) at once on plain arrays and returns
abnormal returns with their exact forecast variance: an event-window abnormal return is off both
because the security moved and because the coefficients are estimates, and the second error is
shared by all sessions of a window, so the variance of a sum is never the sum of variances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fit", "fit_fixed", "fit_line", "fit_mean", "fit_ols", "fit_scholes_williams"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """A chunk of P fitted pairs over L estimation sessions, W event sessions and G windows.

    Attributes
    ----------
    coefficients : ndarray, shape (P, k)
        Estimated coefficients, the constant first.
    residuals : ndarray, shape (P, L)
        Estimation residuals per √session; NaN on days without a matched return.
    abnormal : ndarray, shape (P, W)
        Abnormal returns; NaN on days without a matched return.
    variance : ndarray, shape (P, W)
        Forecast variance of each abnormal return, V_tt.
    sigma2 : ndarray, shape (P,)
        u'u / (n − k).
    n_obs : ndarray of int, shape (P,)
        Matched estimation sessions n.
    car, car_variance : ndarray, shape (P, G)
        Sum of abnormal returns over each window and its forecast variance 1'V1.
    """

    coefficients: Floats
    residuals: Floats
    abnormal: Floats
    variance: Floats
    sigma2: Floats
    n_obs: NDArray[np.int64]
    car: Floats
    car_variance: Floats


def fit_line(y: Floats, x: Floats, y_event: Floats, x_event: Floats, members: Floats) -> Fit:
    """Fit the market model R = α + βR_m + u by least squares on matched days.

    Parameters
    ----------
    y, x : ndarray, shape (P, L)
        Security and benchmark returns of the estimation window. Days with a NaN in either are
        left out of both (matched days).
    y_event, x_event : ndarray, shape (P, W)
        The same for the event sessions.
    members : ndarray, shape (G, W) or (P, G, W)
        1 where a session belongs to a window, else 0.

    Returns
    -------
    Fit
        With k = 2.

    Notes
    -----
    σ² = u'u/(n − 2); V = σ²(I + X*(X'X)⁻¹X*'), which for one regressor gives
    V_tt = σ²(1 + 1/n + (x*_t − x̄)²/S_xx) and
    1'V1 = σ²(w + w²/n + (Σ_t(x*_t − x̄))²/S_xx) for a window of w sessions.

    References
    ----------
    Campbell, Lo & MacKinlay (1997), The Econometrics of Financial Markets, section 4.3.
    """
    seen, n = _matched(y, x)
    y_mean, x_mean = _mean(y, seen, n), _mean(x, seen, n)
    dy, dx = _centred(y, y_mean, seen), _centred(x, x_mean, seen)
    sxx = np.einsum("pl,pl->p", dx, dx)
    beta = np.einsum("pl,pl->p", dx, dy) / np.where(sxx > 0, sxx, np.nan)
    dx *= beta[:, None]
    residuals = np.subtract(dy, dx, out=dy)
    sigma2 = np.einsum("pl,pl->p", residuals, residuals) / (n - 2)

    alpha = y_mean - beta * x_mean
    abnormal = y_event - alpha[:, None] - beta[:, None] * x_event
    dx_event = x_event - x_mean[:, None]
    scale = 1 / sxx
    variance = sigma2[:, None] * (1 + 1 / n[:, None] + dx_event**2 * scale[:, None])
    width, car, moved = _window_sums(members, abnormal, np.ones_like(abnormal), abnormal, dx_event)
    car_variance = sigma2[:, None] * (width + width**2 / n[:, None] + moved**2 * scale[:, None])
    return Fit(
        np.column_stack([alpha, beta]),
        _blank(residuals, seen),
        abnormal,
        variance,
        sigma2,
        n,
        car,
        car_variance,
    )


def fit_mean(y: Floats, y_event: Floats, members: Floats) -> Fit:
    """Fit the constant-mean model R = μ + u (k = 1); shapes as in `fit_line`.

    References
    ----------
    Brown & Warner (1985), Using daily stock returns, Journal of Financial Economics 14.
    """
    seen, n = _matched(y)
    mean = _mean(y, seen, n)
    residuals = _centred(y, mean, seen)
    sigma2 = np.einsum("pl,pl->p", residuals, residuals) / (n - 1)
    abnormal = y_event - mean[:, None]
    variance = np.broadcast_to((sigma2 * (1 + 1 / n))[:, None], abnormal.shape)
    width, car = _window_sums(members, abnormal, np.ones_like(abnormal), abnormal)
    car_variance = sigma2[:, None] * (width + width**2 / n[:, None])
    return Fit(
        mean[:, None],
        _blank(residuals, seen),
        abnormal,
        _blank(variance, ~np.isnan(abnormal)),
        sigma2,
        n,
        car,
        car_variance,
    )


def fit_fixed(
    residuals: Floats, abnormal: Floats, members: Floats, spans: Floats | None = None
) -> Fit:
    """Take residuals as given: raw returns, or returns less the benchmark (k = 0).

    Parameters
    ----------
    residuals : ndarray, shape (P, L)
        Returns less what was expected, per √session.
    abnormal : ndarray, shape (P, W)
    members : ndarray, shape (G, W) or (P, G, W)
    spans : ndarray, shape (P, W), optional
        Sessions each event return covers; 1 by default.

    Returns
    -------
    Fit
        With σ² = u'u/n: nothing is estimated, so the mean abnormal return is taken as zero and
        V = σ²I.
    """
    seen, n = _matched(residuals)
    filled = residuals if seen is None else np.where(seen, residuals, 0.0)
    sigma2 = np.einsum("pl,pl->p", filled, filled) / n
    sessions = np.ones_like(abnormal) if spans is None else spans
    width, car = _window_sums(members, abnormal, sessions, abnormal)
    return Fit(
        np.empty((len(n), 0)),
        residuals,
        abnormal,
        _blank(sigma2[:, None] * sessions, ~np.isnan(abnormal)),
        sigma2,
        n,
        car,
        sigma2[:, None] * width,
    )


def fit_ols(
    y: Floats,
    design: Floats,
    y_event: Floats,
    design_event: Floats,
    members: Floats,
    spans: Floats | None = None,
    spans_event: Floats | None = None,
) -> Fit:
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
    width, car = _window_sums(members, abnormal, sessions, abnormal)
    inside = members if members.ndim == 3 else np.broadcast_to(members, (len(y), *members.shape))
    moved = ((inside @ events @ back) ** 2).sum(axis=2)
    return Fit(
        coefficients,
        _blank(residuals, seen),
        abnormal,
        _blank(variance, ~np.isnan(abnormal)),
        sigma2,
        n,
        car,
        sigma2[:, None] * (width + moved),
    )


def fit_scholes_williams(
    y: Floats, x: Floats, y_event: Floats, x_event: Floats, members: Floats
) -> Fit:
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
    seen, n = _matched(y, x.min(axis=1))
    y_mean = _mean(y, seen, n)
    dy = _centred(y, y_mean, seen)
    slopes = []
    for j in range(3):
        mean = _mean(x[:, j], seen, n)
        dx = _centred(x[:, j], mean, seen)
        slopes.append(np.einsum("pl,pl->p", dx, dy) / np.einsum("pl,pl->p", dx, dx))
    x_mean = _mean(x[:, 1], seen, n)
    same, before = (_centred(x[:, j], _mean(x[:, j], seen, n), seen) for j in (1, 0))
    sxx = np.einsum("pl,pl->p", same, same)
    rho = np.einsum("pl,pl->p", same, before) / np.sqrt(sxx * np.einsum("pl,pl->p", before, before))
    beta = sum(slopes) / (1 + 2 * rho)
    alpha = y_mean - beta * x_mean
    residuals = dy - beta[:, None] * same
    sigma2 = np.einsum("pl,pl->p", residuals, residuals) / (n - 2)
    abnormal = y_event - alpha[:, None] - beta[:, None] * x_event
    dx_event = x_event - x_mean[:, None]
    variance = sigma2[:, None] * (1 + 1 / n[:, None] + dx_event**2 / sxx[:, None])
    width, car, moved = _window_sums(members, abnormal, np.ones_like(abnormal), abnormal, dx_event)
    return Fit(
        np.column_stack([alpha, beta]),
        _blank(residuals, seen),
        abnormal,
        variance,
        sigma2,
        n,
        car,
        sigma2[:, None] * (width + width**2 / n[:, None] + moved**2 / sxx[:, None]),
    )


def _matched(*arrays: Floats) -> tuple[NDArray[np.bool_] | None, NDArray[np.int64]]:
    """Return which days are present in all arrays (None if all are) and how many per pair."""
    pairs, length = arrays[0].shape
    if not any(np.isnan(np.einsum("pl->", array)) for array in arrays):
        return None, np.full(pairs, length, dtype=np.int64)
    seen = ~np.isnan(arrays[0])
    for other in arrays[1:]:
        seen &= ~np.isnan(other)
    return seen, seen.sum(axis=1)


def _mean(values: Floats, seen: NDArray[np.bool_] | None, n: NDArray[np.int64]) -> Floats:
    if seen is None:
        return values.mean(axis=1)
    return np.where(seen, values, 0.0).sum(axis=1) / np.where(n > 0, n, np.nan)


def _centred(values: Floats, mean: Floats, seen: NDArray[np.bool_] | None) -> Floats:
    centred = values - mean[:, None]
    return centred if seen is None else np.where(seen, centred, 0.0)


def _blank(values: Floats, seen: NDArray[np.bool_] | None) -> Floats:
    return values if seen is None else np.where(seen, values, np.nan)


def _window_sums(members: Floats, reference: Floats, *columns: Floats) -> list[Floats]:
    """Sum each (P, W) column over each window's sessions that `reference` has: (P, G) each."""
    if np.isnan(np.einsum("pw->", reference)):
        missing = np.isnan(reference)
        columns = tuple(np.where(missing, 0.0, column) for column in columns)
    if members.ndim == 2:
        return [column @ members.T for column in columns]
    return [np.einsum("pgw,pw->pg", members, column) for column in columns]
