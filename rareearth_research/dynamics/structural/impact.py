"""What would a series have been after a date, had it gone on as before it?

Where the variance of the level lies decides how wide a forecast is, and maximum likelihood often
puts it on its boundary. So the likelihood is looked at as a whole, the effect is shown for every
level variance, and dates on which nothing happened say how often the interval is right.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from rareearth_research.arguments import check_share
from rareearth_research.dynamics.rows import rows_before
from rareearth_research.dynamics.series import Even, check_beside, check_series
from rareearth_research.dynamics.structural.kernel import (
    Pass,
    filters,
    forecast,
    likeliest,
    mean_forecasts,
)
from rareearth_research.dynamics.structural.result import WINDOWS, StateSpaceImpact
from rareearth_research.errors import SpecificationError, shown

__all__ = ["state_space_impact"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BEFORE, EACH = 20, 5  # rows before the date, and more for each control
ALLOWED = 1.920729  # fall of the log likelihood inside a 95 % interval: half of chi2(1)
COLLINEAR = 1e-9


def state_space_impact(
    series: pd.Series, date: Any, controls: Any = None, *, level: float = 0.9
) -> StateSpaceImpact:
    """Forecast a series from before a date, and take what differs for the effect.

    Parameters
    ----------
    series : Series
        Numbers by day, period or year, shape (n,), in any unit (logs where effects are relative).
    date : str, date, Timestamp or int
        The first day that may be affected; the period that holds it counts as after it.
    controls : Series or DataFrame, optional
        Regressors on the dates of the series, shape (n, k), which the event does not move.
    level : float, default 0.9
        Nominal coverage of the intervals.

    Returns
    -------
    StateSpaceImpact

    Raises
    ------
    DataError
        Missing periods or values; a series that does not vary.
    SpecificationError
        A date that is none or outside, too few rows before it, controls that are collinear.

    Notes
    -----
    y_t = μ_t + x_t'β + ε_t, μ_{t+1} = μ_t + η_t, ε ~ N(0, (1 − s)σ²), η ~ N(0, sσ²), μ and β
    diffuse (statsmodels' ``UnobservedComponents``, exact initialisation). For each share s one
    pass of the filter over the n₀ rows before the date gives σ² = Σ e²/F / (n₀ − 1 − k) and the
    likelihood, which is maximised over s in [0, 1], both ends included: a constant level, and a
    random walk without noise. The forecast errors of H rows have the covariance

        σ² (Z P Z' + s min(i, j) + (1 − s) 1[i = j]),  i, j = 0 … H − 1,

    Z = (1, x'), P that of the state, so the interval of a mean or sum is exact and nothing is
    drawn; quantiles are t(n₀ − 1 − k). The uncertainty of s is not in them: see ``grid``. The same
    is asked at each earlier date with enough rows before it, s estimated anew on ``SHARES``, over
    as many rows or, where the series is short, fewer. The standard error of the coverage is that
    of Newey & West (1987) with a lag of one window, because windows overlap.

    References
    ----------
    Durbin & Koopman (2012), Time Series Analysis by State Space Methods, 2nd ed., chapters 2-5.
    Brodersen et al. (2015), Inferring causal impact using Bayesian structural time-series models,
    Annals of Applied Statistics 9: the design, with priors that this function does without.
    """
    check_share("level", level)
    even = check_series("series", series, BEFORE + 1)
    names, x, remarks = [], np.empty((len(even.values), 0)), even.notes
    if controls is not None:
        names, x, odd = check_beside("controls", controls, even)
        remarks += odd
    least = BEFORE + EACH * len(names)
    before = rows_before("series", date, even, least, f"for a level and {len(names)} controls")
    unit, z, width = _units(even, names, x, before)
    y = even.values / unit
    passes, one = filters(y[:before], z[:before, 1:])
    best = likeliest(passes, one)

    ahead = len(y) - before
    horizon = min(ahead, max(1, (before - least) // (WINDOWS + 1)))
    rows = np.arange(least, before - horizon + 1)
    inner = np.einsum("ii->i", best.spread[-1])[1:] * best.scale[-1]
    return StateSpaceImpact(
        table=_table(best, y, z, unit, level),
        effects=_effects(best, even.values, z, unit, level).set_index(even.index[before:]),
        grid=_grid([*passes, best], y, z, unit, level),
        placebo=_placebo(passes, y, z, rows, horizon, level, unit).assign(date=even.index[rows]),
        horizon=horizon,
        coefficients=pd.DataFrame(
            {
                "control": names,
                "estimate": best.state[-1, 1:] * unit / width,
                "se": np.sqrt(inner) * unit / width,
            }
        ),
        irregular_variance=float((1 - best.share) * best.scale[-1] * unit**2),
        level_variance=float(best.share * best.scale[-1] * unit**2),
        before=pd.Series(even.values[:before], even.index[:before]),
        name=even.name,
        date=even.label(before),
        level=level,
        remarks=remarks,
    )


def _units(even: Even, names: list[str], x: Floats, before: int) -> tuple[float, Floats, Floats]:
    """Return the spread of the series before, (1, x) with x centred and scaled, and its spreads."""
    unit, centre, width = (
        even.values[:before].std(),
        x[:before].mean(axis=0),
        x[:before].std(axis=0),
    )
    if unit <= 1e-12 * np.abs(even.values).max():
        raise SpecificationError(
            f"date leaves nothing to learn from: {even.name} is {even.values[0]:g} in every row "
            f"before {even.label(before)}; choose a later date, or a series that varies"
        )
    still = width <= 1e-12 * np.abs(x).max(axis=0, initial=0)
    scaled = (x - centre) / np.where(still, 1.0, width)
    for k, name in enumerate(names):
        known = scaled[:before, :k]
        left = scaled[:before, k] - known @ np.linalg.lstsq(known, scaled[:before, k])[0]
        if still[k] or left.std() <= COLLINEAR:
            what = "does not vary" if still[k] else "is a sum of multiples of the others"
            raise SpecificationError(
                f"controls: {shown(name)} {what} before {even.label(before)}, and its coefficient "
                f"cannot be told; leave it out, with controls.drop(columns={shown(name)})"
            )
    return float(unit), np.column_stack([np.ones(len(x)), scaled]), width


def _reach(found: Pass, level: float) -> Floats:
    """Return how many standard errors an interval reaches, by rows known."""
    return np.asarray(stats.t.ppf((1 + level) / 2, found.df))


def _effects(found: Pass, values: Floats, z: Floats, unit: float, level: float) -> pd.DataFrame:
    before = len(found.state) - 1
    expected, cov = forecast(found, z[before:])
    sums = np.tri(len(expected))
    each, whole = (
        np.sqrt(np.einsum("ii->i", c)) * _reach(found, level)[-1] * unit
        for c in (cov, sums @ cov @ sums.T)
    )
    actual, expected = values[before:], expected * unit
    effect = actual - expected
    total = effect.cumsum()
    return pd.DataFrame(
        {
            "actual": actual,
            "expected": expected,
            "expected_lower": expected - each,
            "expected_upper": expected + each,
            "effect": effect,
            "lower": effect - each,
            "upper": effect + each,
            "cumulative": total,
            "cumulative_lower": total - whole,
            "cumulative_upper": total + whole,
        }
    )


def _means(
    found: Pass, y: Floats, z: Floats, rows: Ints, horizon: int, level: float
) -> dict[str, Floats]:
    """Return the average effect over the next rows, at each of `rows`, with its interval."""
    expected, variance = mean_forecasts(found, z, horizon, rows)
    known = np.append(0.0, y.cumsum())
    effect, se = (known[rows + horizon] - known[rows]) / horizon - expected, np.sqrt(variance)
    wide = se * _reach(found, level)[rows]
    return {"effect": effect, "se": se, "lower": effect - wide, "upper": effect + wide}


def _table(found: Pass, y: Floats, z: Floats, unit: float, level: float) -> pd.DataFrame:
    before = len(found.state) - 1
    ahead = len(y) - before
    one = pd.DataFrame(_means(found, y, z, np.array([before]), ahead, level)) * unit
    p = 2 * stats.t.sf(np.abs(one["effect"] / one["se"]), found.df[-1])
    both = pd.concat([one, one * ahead], ignore_index=True).assign(p_value=p[0])
    both.insert(0, "quantity", ["average", "cumulative"])
    return both


def _grid(passes: list[Pass], y: Floats, z: Floats, unit: float, level: float) -> pd.DataFrame:
    """Return the average effect for each share of the level; the likeliest one comes last."""
    before = len(passes[0].state) - 1
    rows, ahead = np.array([before]), len(y) - before
    best = passes[-1].likelihood[-1]
    found = pd.DataFrame(
        {
            "share": one.share,
            "irregular_variance": (1 - one.share) * one.scale[-1] * unit**2,
            "level_variance": one.share * one.scale[-1] * unit**2,
            "log_likelihood": one.likelihood[-1] - one.df[-1] * np.log(unit),
            **{k: v[0] * unit for k, v in _means(one, y, z, rows, ahead, level).items()},
            "plausible": one.likelihood[-1] >= best - ALLOWED,
        }
        for one in passes
    )
    return found.drop_duplicates("share").sort_values("share", ignore_index=True)


def _placebo(
    passes: list[Pass], y: Floats, z: Floats, rows: Ints, horizon: int, level: float, unit: float
) -> pd.DataFrame:
    """Return the average effect at earlier dates, each with the share likeliest before it."""
    likeliest_of = np.array([one.likelihood[rows] for one in passes]).argmax(axis=0)
    every = [_means(one, y, z, rows, horizon, level) for one in passes]
    picked = {
        name: np.array([means[name] for means in every])[likeliest_of, np.arange(len(rows))] * unit
        for name in every[0]
    }
    covers = (picked["lower"] <= 0) & (picked["upper"] >= 0)
    return pd.DataFrame({"date": rows, **picked, "covers": covers})
