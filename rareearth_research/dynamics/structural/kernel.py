"""A local level with regressors: the likelihood for every share of the level, and forecasts.

Everything is arrays; the filter itself runs in units of the series' spread. One pass of
statsmodels' Kalman filter gives the likelihood and the forecast at every row at once, so dates on
which nothing happened cost nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit

from rareearth_research.arrays import Floats, Ints

LOGITS = np.linspace(-9.0, 9.0, 25)
# of the level in the sum of both variances, from a constant level to a random walk without noise
SHARES = np.array([0.0, *expit(LOGITS), 1.0])
DIGITS = 4  # of the likeliest logit: the likelihood is flat there, and further ones are noise


@dataclass(frozen=True)
class Pass:
    """One pass of the filter over n rows, the variances being (1 − share)σ² and share σ².

    Attributes
    ----------
    share : float
    state, spread : ndarray, shape (n + 1, m) and (n + 1, m, m)
        Level and coefficients as foreseen from the rows before, and their covariance over σ².
    scale : ndarray, shape (n + 1,)
        The likeliest σ² (with its degrees of freedom) given the rows before.
    likelihood : ndarray, shape (n + 1,)
        Diffuse log likelihood with that σ²; −inf where there is none yet.
    df : ndarray, shape (n + 1,)
        Degrees of freedom of σ².
    """

    share: float
    state: Floats
    spread: Floats
    scale: Floats
    likelihood: Floats
    df: Floats


def filters(y: Floats, x: Floats) -> tuple[list[Pass], Any]:
    """Return a pass for each of `SHARES`, and the function that makes one more.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Of some spread.
    x : ndarray, shape (n, k)
        In units of about one.
    """
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    unit = y.std()
    model = UnobservedComponents(
        y / unit,
        "llevel",
        exog=x if x.shape[1] else None,
        mle_regression=False,
        use_exact_diffuse=True,
    )

    def one(share: float) -> Pass:
        model.update(np.array([1 - share, share]))
        found = model.ssm.filter()
        known = np.arange(len(y)) >= found.nobs_diffuse
        variance = np.where(known, found.forecasts_error_cov[0, 0], 1.0)
        squares = np.where(known, found.forecasts_error[0], 0.0) ** 2 / variance
        df = summed(known.astype(np.float64))
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = unit**2 * summed(squares) / df
            likelihood = -0.5 * (df * (np.log(2 * np.pi * scale) + 1) + summed(np.log(variance)))
        return Pass(
            share=share,
            state=unit * found.predicted_state.T,
            spread=found.predicted_state_cov.T,
            scale=scale,
            likelihood=np.where(df > 0, likelihood, -np.inf),
            df=df,
        )

    return [one(share) for share in SHARES], one


def likeliest(passes: list[Pass], one: Any) -> Pass:
    """Return the pass of the largest likelihood of all rows: at an end of [0, 1], or inside."""
    values = np.array([found.likelihood[-1] for found in passes])
    best = int(values.argmax())
    ends = np.array([-14.0, *LOGITS, 14.0])
    within = minimize_scalar(
        lambda logit: -one(float(expit(logit))).likelihood[-1],
        bounds=(ends[max(best - 1, 0)], ends[min(best + 1, len(ends) - 1)]),
        method="bounded",
    )
    inside = one(float(expit(round(within.x, DIGITS))))
    return inside if inside.likelihood[-1] > values[best] else passes[best]


def forecast(found: Pass, z: Floats) -> tuple[Floats, Floats]:
    """Return the forecast of the rows that follow, (H,), and its covariance, (H, H).

    Parameters
    ----------
    found : Pass
    z : ndarray, shape (H, m)
        One, and the regressors.
    """
    ahead = np.arange(len(z))
    level = found.share * np.minimum(ahead[:, None], ahead)
    cov = z @ found.spread[-1] @ z.T + level + (1 - found.share) * np.eye(len(z))
    return z @ found.state[-1], found.scale[-1] * cov


def mean_forecasts(found: Pass, z: Floats, horizon: int, rows: Ints) -> tuple[Floats, Floats]:
    """Return the forecast of the mean of the next rows at each of `rows`, and its variance.

    Parameters
    ----------
    found : Pass
    z : ndarray, shape (n, m)
        One, and the regressors.
    horizon : int
    rows : ndarray of int, shape (R,)
        How many rows are known.
    """
    ahead = np.vstack([np.zeros(z.shape[1]), z.cumsum(axis=0)])
    mean = (ahead[rows + horizon] - ahead[rows]) / horizon
    # the sum of min(i, j) over both from 0 to horizon − 1, over horizon²
    level = (horizon - 1) * (2 * horizon - 1) / (6 * horizon)
    own = np.einsum("ri,rij,rj->r", mean, found.spread[rows], mean)
    variance = own + found.share * level + (1 - found.share) / horizon
    return np.einsum("ri,ri->r", mean, found.state[rows]), found.scale[rows] * variance


def summed(values: Floats) -> Floats:
    """Return the sums of the first 0, 1, … values."""
    return np.append(0.0, np.cumsum(values))
