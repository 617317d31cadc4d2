"""Regressors by horizon and unit, and the shock moved to dates at which it did not come."""

from __future__ import annotations

import numpy as np

from rareearth_research.arrays import Floats, Ints
from rareearth_research.dynamics.regression import long_run

SHIFTS = 299  # placebo shocks, evenly spread


def lagged(values: Floats, extra: Floats, lags: int, cumulative: bool) -> Floats:
    """Return the lags and the controls by row and unit: (T, N, k)."""
    lagged = np.diff(values, axis=0, prepend=np.nan) if cumulative else values
    columns = []
    for j in range(1, lags + 1):
        moved = np.full_like(values, np.nan)
        moved[j:] = lagged[:-j]
        columns.append(moved)
    for column in extra.T:
        columns.append(np.repeat(column[:, None], values.shape[1], axis=1))
    return np.stack(columns, axis=2) if columns else np.empty((*values.shape, 0))


def regressors(shock: Floats, base: Floats, state: Floats | None) -> tuple[Floats, list[str]]:
    """Return the regressors (n, N, k), shocks first, and the names of the states."""
    shocks = np.broadcast_to(shock[..., None], (*base.shape[:2], 1))
    if state is None:
        return np.concatenate([shocks, base], axis=2), [""]
    on = np.broadcast_to(state[..., None], shocks.shape)
    parts = [shocks * on, shocks * (1 - on), on, base * on, base * (1 - on)]
    return np.concatenate(parts, axis=2), ["1", "0", "difference"]


def with_difference(coefficients: Floats, influence: Floats, states: int) -> tuple[Floats, Floats]:
    """Return the effects and their influences: one, or one per state and their difference."""
    if states == 1:
        return coefficients[:1], influence[:, :1]
    turn = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, -1.0]])
    return coefficients[:2] @ turn, influence[:, :2] @ turn


def demean(values: Floats, both: bool) -> Floats:
    """Take out the mean of each unit, and with `both` of each date (a balanced panel)."""
    out = values - values.mean(axis=0)
    return out - out.mean(axis=1, keepdims=True) if both else out


def moved_shock(
    left: Floats, controls: Floats, shocks: Floats, at: Ints, h: int, horizons: int,
    width: int, both: bool,
) -> Floats:  # fmt: skip
    """Return effect and *t* of the shock moved around the sample (2, shifts), by Frisch & Waugh.

    Where a shift leaves no shock among the rows used, the effect is NaN.
    """
    shifts = np.arange(horizons + 1, len(shocks) - horizons)
    if both or not len(shifts):
        return np.empty((2, 0))
    shifts = shifts[np.linspace(0, len(shifts) - 1, min(SHIFTS, len(shifts))).astype(int)]
    moved = np.column_stack([np.roll(shocks[:, 0], shift)[at] for shift in shifts])
    n, units = left.shape
    moved = np.repeat((moved - moved.mean(axis=0))[:, None, :], units, axis=1)
    moved = moved.reshape(n * units, len(shifts))
    basis = np.linalg.qr(controls.reshape(n * units, *controls.shape[2:]))[0]
    clear = moved - basis @ (basis.T @ moved)
    target = left.ravel() - basis @ (basis.T @ left.ravel())
    power = (clear**2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = clear.T @ target / power
        scores = clear * (target[:, None] - clear * effect) / power
        errors = np.sqrt(long_run(scores.reshape(n, units, len(shifts)).sum(axis=1), width))
        return np.array([effect, effect / errors])
