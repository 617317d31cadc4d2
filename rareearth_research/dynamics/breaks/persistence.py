"""How persistent is a series, and what would one look like that never broke?

An autoregression estimated by least squares looks less persistent than it is, most of all near a
random walk. So its largest root is the one whose estimates have the observed one as their median
(Andrews 1993), found by simulation, and series without a break are drawn with it and with the
residuals of the series itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.signal import lfilter, lfiltic

from rareearth_research.arrays import Floats

LAGS = 4  # of differences, at most
ROOTS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 1.0)
BURN_IN = 100
DRAWS, VALUES = 200, 100_000  # per root: draws, and numbers drawn at most


@dataclass(frozen=True)
class Null:
    """An autoregression without a break, fitted to a series.

    Attributes
    ----------
    root : float
        ρ, the median-unbiased sum of the autoregressive coefficients, at most 1.
    """

    root: float
    coefficients: Floats  # (p + 1,), of the series' own past
    drift: Floats  # (n - p - 1,), what is added in each row
    residuals: Floats  # (n - p - 1,), centred and scaled for the coefficients estimated
    start: Floats  # (p + 1,), the first rows

    def draw(self, count: int, rng: np.random.Generator) -> Floats:
        """Return series (n, count) that begin as the observed one does and never break."""
        shocks = rng.choice(self.residuals, (len(self.drift), count))
        polynomial = np.concatenate([[1.0], -self.coefficients])
        state = lfiltic([1.0], polynomial, self.start[::-1])
        begun = np.tile(self.start[:, None], count)
        states = np.tile(state[:, None], count)
        return np.concatenate(
            [begun, lfilter([1.0], polynomial, self.drift[:, None] + shocks, axis=0, zi=states)[0]]
        )


def fit_null(y: Floats, trend: bool, rng: np.random.Generator) -> Null:
    """Fit Δy_t = a (+ b t) + (ρ − 1) y_{t−1} + Σ γ_i Δy_{t−i} + e_t, with ρ median-unbiased.

    Parameters
    ----------
    y : ndarray, shape (n,)
    trend : bool
        Whether b is estimated; a random walk has a drift and no b.
    rng : Generator
    """
    lags = min(range(LAGS + 1), key=lambda p: _bic(y, p, trend))
    estimate, gammas = _roots(y[:, None], lags, trend)
    count = int(np.clip(VALUES / len(y), 50, DRAWS))
    shocks = rng.normal(size=(BURN_IN + len(y), count))
    drawn = []
    for known in ROOTS:
        paths = lfilter([1.0], _polynomial(known, gammas[:, 0]), shocks, axis=0)
        drawn.append(_roots(paths[BURN_IN:], lags, trend)[0])
    medians = np.maximum.accumulate(np.median(drawn, axis=1))
    root = float(np.interp(estimate[0], medians, ROOTS))
    return _given(y, root, lags, trend)


def _given(y: Floats, root: float, lags: int, trend: bool) -> Null:
    """Estimate all but ρ by least squares."""
    changes, past, more = _regression(y[:, None], lags)
    fixed = _deterministic(len(changes), trend and root < 1)
    columns = np.column_stack([fixed, more[:, :, 0]])
    left = (changes - (root - 1) * past)[:, 0]
    found: Any = np.linalg.lstsq(columns, left, rcond=None)[0]
    errors = left - columns @ found
    split = fixed.shape[1]
    return Null(
        root=root,
        coefficients=-_polynomial(root, found[split:])[1:],
        drift=fixed @ found[:split],
        residuals=(errors - errors.mean()) * np.sqrt(len(left) / (len(left) - columns.shape[1])),
        start=y[: lags + 1],
    )


def _polynomial(root: float, gammas: Floats) -> Floats:
    """Return 1, −φ_1, …, −φ_{p+1} of an autoregression given as ρ and γ_1, …, γ_p."""
    coefficients = np.zeros(len(gammas) + 1)
    coefficients[0] = root
    coefficients[:-1] += gammas
    coefficients[1:] -= gammas
    if np.abs(np.roots([1.0, *-coefficients])).max() > 1 + 1e-6:
        coefficients = np.array([root, *np.zeros(len(gammas))])  # changes explode: leave them out
    return np.concatenate([[1.0], -coefficients])


def _roots(y: Floats, lags: int, trend: bool) -> tuple[Floats, Floats]:
    """Return the least-squares ρ (B,) and γ (p, B) of series (n, B)."""
    changes, past, more = _regression(y, lags)
    columns = np.concatenate([past[:, None], more], axis=1)  # (T, 1 + p, B)
    fixed, _ = np.linalg.qr(_deterministic(len(changes), trend))
    columns = columns - np.tensordot(fixed, np.tensordot(fixed.T, columns, 1), 1)
    normal = np.einsum("tib,tjb->bij", columns, columns)
    found = np.linalg.solve(normal, np.einsum("tib,tb->bi", columns, changes)[:, :, None])
    return 1 + found[:, 0, 0], found[:, 1:, 0].T


def _bic(y: Floats, lags: int, trend: bool) -> float:
    """Return the criterion over the rows that all numbers of lags leave."""
    changes, past, more = _regression(y[:, None], lags)
    fixed = _deterministic(len(changes), trend)
    columns = np.column_stack([fixed, past, more[:, :, 0]])[LAGS - lags :]
    left = changes[LAGS - lags :, 0]
    errors = left - columns @ np.linalg.lstsq(columns, left, rcond=None)[0]
    return float(len(left) * np.log(errors @ errors) + columns.shape[1] * np.log(len(left)))


def _regression(y: Floats, lags: int) -> tuple[Floats, Floats, Floats]:
    """Return Δy (T, B), the level before (T, B) and p lags of Δy (T, p, B)."""
    steps = np.diff(y, axis=0)
    rows = len(steps) - lags
    more = [steps[lags - i : lags - i + rows] for i in range(1, lags + 1)]
    stacked = np.stack(more, axis=1) if more else np.empty((rows, 0, y.shape[1]))
    return steps[lags:], y[lags:-1], stacked


def _deterministic(rows: int, trend: bool) -> Floats:
    line = np.linspace(-1, 1, rows)
    return np.column_stack([np.ones(rows), line]) if trend else np.ones((rows, 1))
