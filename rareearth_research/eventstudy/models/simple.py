"""What return was to be expected, how far was the actual one from it, and how sure is that?

Every kernel fits a chunk of pairs (one security at one event) at once on plain arrays and returns
abnormal returns with their exact forecast variance: an event-window abnormal return is off both
because the security moved and because the coefficients are estimates, and the second error is
shared by all sessions of a window, so the variance of a sum is never the sum of variances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rareearth_research.arrays import Bools, Floats, Ints

CONSTANT = 1e-24  # variance over squared mean below which a regressor is constant but for rounding


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
    n_obs: Ints
    car: Floats
    car_variance: Floats

    @property
    def standardised(self) -> Floats:
        """Abnormal returns over the root of their forecast variance, AR/√V_tt, (P, W)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.abnormal / np.sqrt(self.variance)


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
    seen, n = matched(y, x)
    y_mean, x_mean = mean_of(y, seen, n), mean_of(x, seen, n)
    dy, dx = centred(y, y_mean, seen), centred(x, x_mean, seen)
    sxx = np.einsum("pl,pl->p", dx, dx)
    sxx[sxx <= CONSTANT * n * x_mean**2] = np.nan
    beta = np.einsum("pl,pl->p", dx, dy) / sxx
    residuals = _off_line(dy, dx, beta)
    return line_fit(beta, y_mean, x_mean, sxx, residuals, seen, n, y_event, x_event, members)


def line_residuals(y: Floats, x: Floats, beta: Floats) -> Floats:
    """Return the residuals of `fit_line` by its β (P,), to the last bit."""
    seen, n = matched(y, x)
    dy, dx = (centred(values, mean_of(values, seen, n), seen) for values in (y, x))
    return blank(_off_line(dy, dx, beta), seen)


def _off_line(dy: Floats, dx: Floats, beta: Floats) -> Floats:
    dx *= beta[:, None]
    return np.subtract(dy, dx, out=dy)


def line_fit(
    beta: Floats,
    y_mean: Floats,
    x_mean: Floats,
    sxx: Floats,
    residuals: Floats,
    seen: Bools | None,
    n: Ints,
    y_event: Floats,
    x_event: Floats,
    members: Floats,
) -> Fit:
    """Return abnormal returns of R = α + βR_m and their forecast variance, given β, (P,) each."""
    sigma2 = np.einsum("pl,pl->p", residuals, residuals) / (n - 2)
    alpha = y_mean - beta * x_mean
    abnormal = y_event - alpha[:, None] - beta[:, None] * x_event
    dx_event = x_event - x_mean[:, None]
    scale = 1 / sxx
    variance = sigma2[:, None] * (1 + 1 / n[:, None] + dx_event**2 * scale[:, None])
    width, car, moved = window_sums(members, abnormal, np.ones_like(abnormal), abnormal, dx_event)
    car_variance = sigma2[:, None] * (width + width**2 / n[:, None] + moved**2 * scale[:, None])
    return Fit(
        coefficients=np.column_stack([alpha, beta]),
        residuals=blank(residuals, seen),
        abnormal=abnormal,
        variance=variance,
        sigma2=sigma2,
        n_obs=n,
        car=car,
        car_variance=car_variance,
    )


def fit_mean(y: Floats, y_event: Floats, members: Floats) -> Fit:
    """Fit the constant-mean model R = μ + u (k = 1); shapes as in `fit_line`.

    References
    ----------
    Brown & Warner (1985), Using daily stock returns, Journal of Financial Economics 14.
    """
    seen, n = matched(y)
    mean = mean_of(y, seen, n)
    residuals = centred(y, mean, seen)
    sigma2 = np.einsum("pl,pl->p", residuals, residuals) / (n - 1)
    abnormal = y_event - mean[:, None]
    variance = np.broadcast_to((sigma2 * (1 + 1 / n))[:, None], abnormal.shape)
    width, car = window_sums(members, abnormal, np.ones_like(abnormal), abnormal)
    car_variance = sigma2[:, None] * (width + width**2 / n[:, None])
    return Fit(
        coefficients=mean[:, None],
        residuals=blank(residuals, seen),
        abnormal=abnormal,
        variance=blank(variance, ~np.isnan(abnormal)),
        sigma2=sigma2,
        n_obs=n,
        car=car,
        car_variance=car_variance,
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
    seen, n = matched(residuals)
    filled = residuals if seen is None else np.where(seen, residuals, 0.0)
    sigma2 = np.einsum("pl,pl->p", filled, filled) / n
    sessions = np.ones_like(abnormal) if spans is None else spans
    width, car = window_sums(members, abnormal, sessions, abnormal)
    return Fit(
        coefficients=np.empty((len(n), 0)),
        residuals=residuals,
        abnormal=abnormal,
        variance=blank(sigma2[:, None] * sessions, ~np.isnan(abnormal)),
        sigma2=sigma2,
        n_obs=n,
        car=car,
        car_variance=sigma2[:, None] * width,
    )


def matched(*arrays: Floats) -> tuple[Bools | None, Ints]:
    """Return which days are present in all arrays (None if all are) and how many per pair."""
    pairs, length = arrays[0].shape
    if not any(np.isnan(np.einsum("pl->", array)) for array in arrays):
        return None, np.full(pairs, length, dtype=np.int64)
    seen = ~np.isnan(arrays[0])
    for other in arrays[1:]:
        seen &= ~np.isnan(other)
    return seen, seen.sum(axis=1)


def mean_of(values: Floats, seen: Bools | None, n: Ints) -> Floats:
    if seen is None:
        return values.mean(axis=1)
    return np.where(seen, values, 0.0).sum(axis=1) / np.where(n > 0, n, np.nan)


def centred(values: Floats, mean: Floats, seen: Bools | None) -> Floats:
    centred = values - mean[:, None]
    return centred if seen is None else np.where(seen, centred, 0.0)


def blank(values: Floats, seen: Bools | None) -> Floats:
    return values if seen is None else np.where(seen, values, np.nan)


def window_sums(members: Floats, reference: Floats, *columns: Floats) -> list[Floats]:
    """Sum each (P, W) column over each window's sessions that `reference` has: (P, G) each."""
    if np.isnan(np.einsum("pw->", reference)):
        missing = np.isnan(reference)
        columns = tuple(np.where(missing, 0.0, column) for column in columns)
    if members.ndim == 2:
        return [column @ members.T for column in columns]
    return [np.einsum("pgw,pw->pg", members, column) for column in columns]
