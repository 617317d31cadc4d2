"""What would a series have been after a date, had it gone on as before it?

Where the variance of the level lies decides how wide a forecast is, and maximum likelihood often
puts it on its boundary. So the likelihood is looked at as a whole, the effect is shown for every
level variance, and dates on which nothing happened say how often the interval is right.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from rareearth_research.arguments import check_share
from rareearth_research.arrays import Floats, Ints
from rareearth_research.dynamics.belief import detectable, rank, unusual_from
from rareearth_research.dynamics.rows import rows_before
from rareearth_research.dynamics.series import Even, check_beside, check_series
from rareearth_research.dynamics.structural import kernel
from rareearth_research.dynamics.structural.result import WINDOWS, StateSpaceImpact
from rareearth_research.errors import SpecificationError, shown

BEFORE, EACH = 20, 5  # rows before the date, and more for each control
ALLOWED = 1.920729  # fall of the log likelihood inside a 95 % interval: half of chi2(1)
COLLINEAR = 1e-9
AVERAGE = ["effect", "se", "lower", "upper"]


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

    Inference by placebos in time: with T the effect over its standard error at the date, and T_j
    at J earlier dates, ``p = (1 + #{|T_j| ≥ |T|}) / (1 + J)``, and the interval is every effect
    that this test does not refuse, effect ± c · se with c the ⌊(1 − level)(1 + J)⌋-th largest
    ``|T_j|``.
    Valid where the errors at the date are exchangeable with those before, whatever their
    distribution; windows that overlap, and a past of which few lie side by side, make it
    approximate. docs/counterfactuals.md says how often it is right.

    References
    ----------
    Durbin & Koopman (2012), Time Series Analysis by State Space Methods, 2nd ed., chapters 2-5.
    Brodersen et al. (2015), Inferring causal impact using Bayesian structural time-series models,
    Annals of Applied Statistics 9: the design, with priors that this function does without.
    Abadie, Diamond & Hainmueller (2015), Comparative politics and the synthetic control method,
    American Journal of Political Science 59: placebos in time. Chernozhukov, Wüthrich & Zhu (2021),
    An exact and robust conformal inference method for counterfactual and synthetic controls,
    Journal of the American Statistical Association 116: when ranks in time are valid, and inverting
    them.
    """
    check_share("level", level)
    even = check_series("series", series, BEFORE + 1)
    names, x, odd = check_beside("controls", controls, even)
    remarks = (*even.notes, *odd)
    least = BEFORE + EACH * len(names)
    before = rows_before("series", date, even, least, f"for a level and {len(names)} controls")
    z, width = _scaled(even, names, x, before)
    passes, one = kernel.filters(even.values[:before], z[:before, 1:])
    best = kernel.likeliest(passes, one)

    # how many standard errors an interval reaches, by rows known
    reach = np.asarray(stats.t.ppf((1 + level) / 2, best.df))
    known = kernel.summed(even.values)

    def average(of: kernel.Pass, rows: Ints, horizon: int) -> Floats:
        """Return the average effect over the next rows, at each of `rows`: `AVERAGE`, (4, R)."""
        expected, variance = kernel.mean_forecasts(of, z, horizon, rows)
        effect, se = (known[rows + horizon] - known[rows]) / horizon - expected, np.sqrt(variance)
        wide = se * reach[rows]
        return np.array([effect, se, effect - wide, effect + wide])

    ahead = len(z) - before
    horizon = min(ahead, max(1, (before - least) // (WINDOWS + 1)))
    rows, here = np.arange(least, before - horizon + 1), np.array([before])
    asked = [(one, average(one, here, ahead)[:, 0], average(one, rows, horizon))
             for one in (*passes, best)]  # fmt: skip
    placebo = _placebo(asked[:-1], rows, even)
    inner = np.einsum("ii->i", best.spread[-1])[1:] * best.scale[-1]
    return StateSpaceImpact(
        table=_table(asked[-1][1], ahead, best.df[-1], placebo, level),
        effects=_effects(best, even.values, z, reach[-1]).set_index(even.index[before:]),
        grid=_grid(asked, level),
        placebo=placebo,
        horizon=horizon,
        coefficients=pd.DataFrame(
            {"control": names, "estimate": best.state[-1, 1:] / width, "se": np.sqrt(inner) / width}
        ),
        irregular_variance=float((1 - best.share) * best.scale[-1]),
        level_variance=float(best.share * best.scale[-1]),
        before=pd.Series(even.values[:before], even.index[:before]),
        name=even.name,
        date=even.label(before),
        step=even.unit,
        level=level,
        remarks=remarks,
    )


def _scaled(even: Even, names: list[str], x: Floats, before: int) -> tuple[Floats, Floats]:
    """Return (1, x) with x centred and scaled by its spreads before the date, and these."""
    if even.values[:before].std() <= 1e-12 * np.abs(even.values).max():
        raise SpecificationError(
            f"date leaves nothing to learn from: {even.name} is {even.values[0]:g} in every row "
            f"before {even.label(before)}; choose a later date, or a series that varies"
        )
    width = x[:before].std(axis=0)
    still = width <= 1e-12 * np.abs(x).max(axis=0)
    scaled = (x - x[:before].mean(axis=0)) / np.where(still, 1.0, width)
    for k, name in enumerate(names):
        known = scaled[:before, :k]
        left = scaled[:before, k] - known @ np.linalg.lstsq(known, scaled[:before, k])[0]
        if still[k] or left.std() <= COLLINEAR:
            what = "does not vary" if still[k] else "is a sum of multiples of the others"
            raise SpecificationError(
                f"controls: {shown(name)} {what} before {even.label(before)}, and its coefficient "
                f"cannot be told; leave it out, with controls.drop(columns={shown(name)})"
            )
    return np.column_stack([np.ones(len(x)), scaled]), width


def _effects(found: kernel.Pass, values: Floats, z: Floats, reach: float) -> pd.DataFrame:
    before = len(found.state) - 1
    expected, cov = kernel.forecast(found, z[before:])
    sums = np.tri(len(expected))
    both = np.array([cov, sums @ cov @ sums.T])
    each, whole = np.sqrt(np.einsum("kii->ki", both)) * reach
    effect = values[before:] - expected
    columns = {"actual": values[before:]}
    for name, ends, middle, wide in (
        ("expected", "expected_", expected, each),
        ("effect", "", effect, each),
        ("cumulative", "cumulative_", effect.cumsum(), whole),
    ):
        columns |= {name: middle, f"{ends}lower": middle - wide, f"{ends}upper": middle + wide}
    return pd.DataFrame(columns)


def _table(own: Floats, ahead: int, df: float, placebo: pd.DataFrame, level: float) -> pd.DataFrame:
    t, moved = abs(own[0] / own[1]), (placebo["effect"] / placebo["se"]).abs().to_numpy()
    row = pd.Series({
        **dict(zip(AVERAGE, own, strict=True)), **_by_dates(own, moved, level),
        "detectable": own[1] * detectable(moved),
    })  # fmt: skip
    both = pd.DataFrame([row, row * ahead]).assign(placebo_p=rank(moved, t))
    both.insert(0, "quantity", ["average", "cumulative"])
    both.insert(5, "p_value", 2 * stats.t.sf(t, df))
    return both


def _by_dates(own: Floats, moved: Floats, level: float) -> dict[str, float]:
    away = own[1] * unusual_from(moved, level)
    return {"placebo_lower": own[0] - away, "placebo_upper": own[0] + away}


def _grid(asked: list[tuple[kernel.Pass, Floats, Floats]], level: float) -> pd.DataFrame:
    """Return the average effect for each share of the level; the likeliest one comes last."""
    best = asked[-1][0].likelihood[-1]
    found = pd.DataFrame(
        {
            "share": one.share,
            "irregular_variance": (1 - one.share) * one.scale[-1],
            "level_variance": one.share * one.scale[-1],
            "log_likelihood": one.likelihood[-1],
            **dict(zip(AVERAGE, own, strict=True)),
            **_by_dates(own, np.abs(others[0] / others[1]), level),
            "plausible": one.likelihood[-1] >= best - ALLOWED,
        }
        for one, own, others in asked
    )
    return found.drop_duplicates("share").sort_values("share", ignore_index=True)


def _placebo(
    asked: list[tuple[kernel.Pass, Floats, Floats]], rows: Ints, even: Even
) -> pd.DataFrame:
    """Return the average effect at earlier dates, each with the share likeliest before it."""
    likely = np.array([one.likelihood[rows] for one, *_ in asked]).argmax(axis=0)
    every = np.array([others for *_, others in asked])  # (passes, 4, R)
    found = pd.DataFrame(every[likely, :, np.arange(len(rows))], columns=AVERAGE)
    found.insert(0, "date", even.index[rows])
    return found.assign(covers=(found["lower"] <= 0) & (found["upper"] >= 0))
