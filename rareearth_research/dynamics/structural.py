"""What would a series have been after a date, had it gone on as before it?

A local level with regressors, fitted before the date and forecast over what follows. Where the
level's variance lies decides how wide the forecast is, and maximum likelihood often puts it on its
boundary: so the likelihood is looked at as a whole, from a constant level to a random walk, the
effect is shown for every level variance, and dates on which nothing happened say how often the
interval is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import minimize_scalar

from rareearth_research.arguments import check_share
from rareearth_research.dynamics.series import Even, check_beside, check_series
from rareearth_research.dynamics.since import rows_before
from rareearth_research.errors import SpecificationError
from rareearth_research.summary import Drawn, Summary, p_value

__all__ = ["StateSpaceImpact", "state_space_impact"]

Floats = NDArray[np.float64]

BEFORE = 20  # rows before the date, and 5 for each control
LOGITS = np.linspace(-9.0, 9.0, 25)
SHARES = np.array([0.0, *1 / (1 + np.exp(-LOGITS)), 1.0])  # of the level in both variances
ALLOWED = 1.920729  # fall of the log likelihood that a 95 % set allows: half of chi2(1)
WINDOWS = 5  # placebo windows side by side from which coverage means anything
HONEST = 0.85  # of what a 90 % interval should cover


@dataclass(frozen=True, repr=False)
class StateSpaceImpact(Drawn):
    """Result of `state_space_impact`.

    Attributes
    ----------
    table : DataFrame
        ``quantity, effect, lower, upper, p_value`` of the average and the cumulative effect.
    effects : DataFrame
        By date, after it: ``actual, expected, expected_lower, expected_upper, effect, lower,
        upper, cumulative, cumulative_lower, cumulative_upper``.
    grid : DataFrame
        The average effect by level variance: ``share`` (of the level in both variances),
        ``irregular_variance, level_variance, log_likelihood, effect, lower, upper`` and
        ``plausible`` (inside the 95 % likelihood interval).
    placebo : DataFrame
        The same question at every earlier date: ``date, effect, lower, upper, covers``.
    placebo_p : float
        Share of these dates, and this one, with a t statistic as far from zero as this one's.
    coverage, coverage_se : float
        How often the placebo intervals cover zero, and its standard error.
    horizon : int
        Rows of a placebo window.
    coefficients : DataFrame
        ``control, estimate, se``.
    irregular_variance, level_variance : float
        As estimated, in squared units of the series.
    name, date : str
    level : float
        Nominal coverage of the intervals.
    doubts, notes : tuple of str
        What speaks against believing the effect, and what else is to be known.
    """

    picture: ClassVar[str] = "plot_impact"
    table: pd.DataFrame
    effects: pd.DataFrame
    grid: pd.DataFrame
    placebo: pd.DataFrame
    placebo_p: float
    coverage: float
    coverage_se: float
    horizon: int
    coefficients: pd.DataFrame
    irregular_variance: float
    level_variance: float
    name: str
    date: str
    level: float
    doubts: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def guard(self) -> bool:
        """Whether no check speaks against believing the effect."""
        return not self.doubts

    def summary(self) -> Summary:
        """Return the average effect, whether to believe it, and what else is to be known."""
        average = self.table.iloc[0]
        headline = (
            f"After {self.date} {self.name} was on average {average['effect']:+.4g} from what its "
            f"past{' and the controls' * (len(self.coefficients) > 0)} let expect "
            f"({self.level:.0%} interval {average['lower']:.4g} to {average['upper']:.4g}, "
            f"p {p_value(average['p_value'])})"
        )
        trust = "; the checks do not object." if self.guard else ": do not rely on it."
        return Summary(
            (headline + trust).replace("-", "−"), self.table, (*self.doubts, *self.notes)
        )


@dataclass(frozen=True)
class _Filtered:
    """One pass of the Kalman filter over the rows before, for unit total variance.

    ``state`` (n + 1, m) and ``spread`` (n + 1, m, m) are of the row that follows; ``squares`` and
    ``logs`` (n + 1,) sum e²/F and log F over the ``used`` (n + 1,) rows that are not diffuse.
    """

    state: Floats
    spread: Floats
    squares: Floats
    logs: Floats
    used: Floats

    @property
    def scale(self) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.squares / self.used

    @property
    def likelihood(self) -> Floats:
        """The log likelihood with the scale at its best, (n + 1,), but for a constant."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return -0.5 * (self.used * (np.log(2 * np.pi * self.scale) + 1) + self.logs)


def state_space_impact(
    series: pd.Series, date: Any, controls: Any = None, *, level: float = 0.9
) -> StateSpaceImpact:
    """Forecast a series from before a date, and take what differs for the effect.

    Parameters
    ----------
    series : Series, shape (n,)
        Numbers by day, period or year, in any unit (logs where effects are relative). Each period
        must have a value.
    date : str, date, Timestamp or int
        The first day that may be affected; the period that holds it counts as after it.
    controls : Series or DataFrame, shape (n, k), optional
        Regressors on the dates of the series, also after the date, which the event does not move.
    level : float, default 0.9
        Nominal coverage of the intervals.

    Returns
    -------
    StateSpaceImpact

    Raises
    ------
    DataError
        Missing periods or values, a series that does not vary.
    SpecificationError
        Too few rows before the date or none after it, controls that are collinear.
    TimingError
        A date that is none.

    Notes
    -----
    y_t = μ_t + x_t'β + ε_t, μ_{t+1} = μ_t + η_t, ε ~ N(0, (1 − s)σ²), η ~ N(0, sσ²), μ and β
    diffuse (statsmodels' ``UnobservedComponents``, exact initialisation). For each share s one
    pass of the filter gives σ² = Σ e²/F / (n − 1 − k) and the likelihood, which is maximised over
    s in [0, 1], both ends included: a constant level, and a random walk without noise. The
    forecast errors of H rows have the covariance

        σ² (Z P Z' + s min(i, j) + (1 − s) 1[i = j]),  i, j = 0 … H − 1,

    Z = (1, x'), P of the state after the last row before the date, so the interval of a sum is
    exact and nothing is drawn. Quantiles are t(n − 1 − k). The uncertainty of s itself is not in
    them: see ``grid``. At each earlier date with as many rows before it as the method asks for,
    the same is done with the same horizon (a shorter one where the series is short); the standard
    error of the coverage is Newey and West's with a lag of one window, as windows overlap.

    References
    ----------
    Durbin & Koopman (2012), Time Series Analysis by State Space Methods, 2nd ed., chapters 2-5.
    Brodersen et al. (2015), Inferring causal impact using Bayesian structural time-series models,
    Annals of Applied Statistics 9: the design, with priors that this function does without.
    """
    check_share("level", level)
    even = check_series("series", series, BEFORE + 1)
    names, x = ([], np.empty((len(even.values), 0)))
    if controls is not None:
        names, x = check_beside("controls", controls, even)
    least = BEFORE + 5 * len(names)
    before = rows_before(date, even, least, f"for a level and {len(names)} controls")
    y, x, scale = _scaled(even, x, names, before)

    passes = [_filter(y[:before], x[:before], share) for share in SHARES]
    likelihood = np.array([one.likelihood for one in passes])  # (G, before + 1)
    share, best = _refine(y[:before], x[:before], likelihood[:, before])
    df = best.used[before]
    reach = stats.t.ppf((1 + level) / 2, df)
    z = np.column_stack([np.ones(len(x)), x])
    error, cov = _forecast(best, share, y, z, before)
    ahead = len(error)
    sums = np.tri(ahead)
    several = np.array([np.diag(cov), np.diag(sums @ cov @ sums.T)]) ** 0.5 * reach * scale
    error, total = error * scale, np.cumsum(error) * scale
    actual = even.values[before:]
    effects = pd.DataFrame(
        {
            "actual": actual,
            "expected": actual - error,
            "expected_lower": actual - error - several[0],
            "expected_upper": actual - error + several[0],
            "effect": error,
            "lower": error - several[0],
            "upper": error + several[0],
            "cumulative": total,
            "cumulative_lower": total - several[1],
            "cumulative_upper": total + several[1],
        },
        index=even.index[before:],
    )
    average, wide = total[-1] / ahead, several[1, -1] / ahead
    p = 2 * stats.t.sf(abs(average) / (wide / reach), df)
    rows = [
        ("average", average, average - wide, average + wide, p),
        ("cumulative", total[-1], total[-1] - several[1, -1], total[-1] + several[1, -1], p),
    ]
    grid = _grid(passes, likelihood[:, before], best.likelihood[before], y, z, before, reach, scale)
    horizon = min(ahead, max(1, (before - least) // (WINDOWS + 1)))
    placebo = _placebo(passes, likelihood, y, z, (least, before, horizon), level) * scale
    t = placebo["effect"] / (placebo["upper"] - placebo["effect"]) * reach
    placebo["covers"] = (placebo["lower"] <= 0) & (placebo["upper"] >= 0)
    placebo.insert(0, "date", even.index[least : before - horizon + 1])
    variances = np.array([1 - share, share]) * best.scale[before] * scale**2
    coverage, se = _share_of(placebo["covers"].to_numpy(dtype=float), horizon)
    found = {
        "table": pd.DataFrame(rows, columns=["quantity", "effect", "lower", "upper", "p_value"]),
        "grid": grid,
        "coverage": coverage,
        "coverage_se": se,
        "horizon": horizon,
        "irregular_variance": float(variances[0]),
        "level_variance": float(variances[1]),
        "level": level,
    }
    inner = np.diag(best.spread[before])[1:] * best.scale[before]
    return StateSpaceImpact(
        **found,
        effects=effects,
        placebo=placebo,
        placebo_p=float((1 + (t.abs() >= abs(average) / wide * reach).sum()) / (1 + len(t))),
        coefficients=pd.DataFrame(
            {"control": names, "estimate": best.state[before, 1:], "se": np.sqrt(inner)}
        ),
        name=even.name,
        date=even.label(before),
        doubts=tuple(_doubts(**found, windows=(before - least) // horizon)),
        notes=(*_notes(**found), *even.notes),
    )
