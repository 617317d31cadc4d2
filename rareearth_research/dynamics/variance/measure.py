"""Did a series become more nervous around dates, by its own forecast or by ordinary days?

Windows of rows around dates, and every other window of the same length.
"""

from __future__ import annotations

import warnings
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from rareearth_research.arguments import check_choice, check_span, check_whole
from rareearth_research.arrays import Floats, Ints
from rareearth_research.choices import Garch
from rareearth_research.dynamics.rows import rows_of
from rareearth_research.dynamics.series import Even, check_series
from rareearth_research.dynamics.variance.results import Nervousness
from rareearth_research.errors import SpecificationError

SETS = 4_999  # sets of windows elsewhere
LEAST = 250  # rows for a GARCH model
SETTLED = 50  # rows after which the recursion has forgotten its start
Windows = tuple[Ints, Ints, Ints]  # rows of the dates, starts of their windows and of all others

FEWEST = 19  # windows elsewhere, for a p-value below 0.05 to exist


def volatility(
    series: pd.Series,
    dates: Any,
    window: tuple[int, int] = (0, 4),
    *,
    model: Garch = "garch",
    seed: int = 0,
) -> Nervousness:
    r"""Compare the variance in windows around dates with the forecast of a GARCH model.

    .. math:: r_t = \mu + \sum_i m_i 1(t \in w_i) + u_t,\quad
              h_t = \omega + (\alpha + \gamma 1(u_{t-1} < 0)) u_{t-1}^2 + \beta h_{t-1}

    The ratio of a window of m rows is the variance of its returns about their own mean over the
    mean of the forecasts of h made on the row before the window.

    Parameters
    ----------
    series : Series
        Returns or changes, 250 rows or more.
    dates : str, date or list of them
    window : (int, int), default (0, 4)
        Rows relative to each date; windows may not overlap.
    model : {"garch", "gjr"}, default "garch"
        GJR lets falls count more than rises.
    seed : int, default 0
        Of the sets of windows elsewhere, for several dates.

    Returns
    -------
    Nervousness

    Raises
    ------
    DataError, SpecificationError
        For series with gaps or too short, windows outside or overlapping, a model that does not
        converge, and where the package arch is missing.

    Notes
    -----
    The dummies stand in the mean, one a window, so that a jump of the level is not taken for
    variance. A dummy of one row in both would leave nothing to measure. The model may be wrong:
    p-values come from the same ratio in every window that touches none of the dates.

    References
    ----------
    Bollerslev, T. (1986). Journal of Econometrics 31. Glosten, L., Jagannathan, R. & Runkle, D.
    (1993). Journal of Finance 48.
    """
    even = check_series("series", series, LEAST, changes=True)
    check_choice("model", model, get_args(Garch))
    found = windows_of(dates, window, even, SETTLED)
    length = int(window[1]) - int(window[0]) + 1
    fitted = _garch(even.values, found[1], length, model)
    omega, alpha, gamma, beta = fitted["levels"]
    persistence = alpha + gamma / 2 + beta
    forecast = h = fitted["variances"]
    total = h.copy()
    for _ in range(length - 1):
        forecast = omega + persistence * forecast
        total += forecast
    realised = sliding_window_view(even.values, length).var(axis=1, ddof=1)
    ratios = realised / (total[: len(realised)] / length)
    notes = [*even.notes]
    if persistence >= 1:
        notes.append(
            f"The variance does not return to a level (persistence {persistence:.3f}), so its "
            "forecasts grow with the window."
        )
    return Nervousness(
        _table(ratios, found, even, seed), _no_test(), fitted["parameters"],
        f"[{window[0]}, {window[1]}]", even.name, tuple(notes),
    )  # fmt: skip


def brown_forsythe(
    series: pd.Series, dates: Any, window: tuple[int, int] = (0, 4), *, seed: int = 0
) -> Nervousness:
    r"""Compare the spread in windows around dates with that of all other rows.

    Levene's test about medians (Brown & Forsythe 1974), and the variance of each window over that
    of the rows in none, judged by windows elsewhere: volatility comes in clusters, which the
    formula does not know.

    Parameters
    ----------
    series : Series
        Returns or changes.
    dates : str, date or list of them
    window : (int, int), default (0, 4)
    seed : int, default 0
        As in `volatility`.

    Returns
    -------
    Nervousness

    Raises
    ------
    DataError, SpecificationError
        As in `volatility`.

    References
    ----------
    Brown, M. B. & Forsythe, A. B. (1974). Robust tests for the equality of variances. Journal of
    the American Statistical Association 69.
    """
    from scipy.stats import levene

    even = check_series("series", series, changes=True)
    found = windows_of(dates, window, even)
    length = int(window[1]) - int(window[0]) + 1
    inside = np.zeros(len(even.values), dtype=bool)
    inside[(found[1][:, None] + np.arange(length)).ravel()] = True
    within, without = even.values[inside], even.values[~inside]
    if np.ptp(without) == 0:
        raise SpecificationError(
            "the series does not move outside of the windows, so there is no ordinary spread; "
            "give a longer series"
        )
    statistic, p = levene(within, without, center="median")
    ratios = sliding_window_view(even.values, length).var(axis=1, ddof=1) / without.var(ddof=1)
    test = _no_test()
    test.loc[0] = "brown_forsythe", statistic, 1, len(even.values) - 2, p
    return Nervousness(
        _table(ratios, found, even, seed), test, _no_parameters(), f"[{window[0]}, {window[1]}]",
        even.name, even.notes,
    )  # fmt: skip


def _garch(values: Floats, starts: Ints, length: int, model: str) -> dict[str, Any]:
    """Fit the model with a dummy in the mean for each window; variances are known a row before."""
    try:
        from arch.univariate import GARCH, LS
    except ImportError:
        raise SpecificationError(
            "volatility needs the package arch: pip install 'rareearth_research[garch]'; "
            "brown_forsythe asks the same without a model"
        ) from None
    spread = values.std()
    t = np.arange(len(values))
    dummies = ((t[:, None] >= starts) & (t[:, None] < starts + length)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        process = GARCH(p=1, o=int(model == "gjr"), q=1)
        found = LS(values / spread, x=dummies, volatility=process).fit(
            disp="off", show_warning=False
        )
    if found.convergence_flag != 0:
        raise SpecificationError(
            f"the likelihood of model={model!r} did not converge on this series; try the other "
            "model, a longer series, or brown_forsythe, which needs no model"
        )
    values_of = found.params
    names = ["omega", "alpha[1]", *(["gamma[1]"] if model == "gjr" else []), "beta[1]"]
    parameters = pd.DataFrame({
        "parameter": names, "estimate": values_of[names].to_numpy(),
        "se": found.std_err[names].to_numpy(),
    })  # fmt: skip
    parameters.loc[0, ["estimate", "se"]] *= spread**2
    level = [values_of["omega"] * spread**2, values_of["alpha[1]"],
             values_of.get("gamma[1]", 0.0), values_of["beta[1]"]]  # fmt: skip
    return {
        "levels": level,
        "variances": (np.asarray(found.conditional_volatility) * spread) ** 2,
        "parameters": parameters,
    }


def _table(ratios: Floats, found: Windows, even: Even, seed: int) -> pd.DataFrame:
    """Return each date's ratio and their mean beside those of windows elsewhere."""
    rows, starts, others = found
    own, elsewhere = ratios[starts], ratios[others]
    draws = np.random.default_rng(check_whole("seed", seed, 0))
    sets = elsewhere
    if len(own) > 1:  # sets of the windows elsewhere, none twice in a set
        keys = draws.random((SETS, len(elsewhere)))
        chosen = np.argpartition(keys, len(own) - 1, axis=1)[:, : len(own)]
        chosen = np.unique(np.sort(chosen, axis=1), axis=0)  # each set counts once
        sets = elsewhere[chosen].mean(axis=1)
    each = [(even.label(int(row)), ratio, elsewhere) for row, ratio in zip(rows, own, strict=True)]
    return pd.DataFrame([
        (name, ratio, *np.quantile(against, [0.025, 0.975]), _two_sided(against, ratio))
        for name, ratio, against in [("all", own.mean(), sets), *each]
    ], columns=["date", "ratio", "lower", "upper", "p_value"])  # fmt: skip


def _two_sided(elsewhere: Floats, own: float) -> float:
    above, below = (1 + (elsewhere >= own).sum()), (1 + (elsewhere <= own).sum())
    return float(min(1.0, 2 * min(above, below) / (1 + len(elsewhere))))


def _no_test() -> pd.DataFrame:
    return pd.DataFrame(columns=["test", "statistic", "df1", "df2", "p_value"])


def _no_parameters() -> pd.DataFrame:
    return pd.DataFrame(columns=["parameter", "estimate", "se"])


def windows_of(dates: Any, window: Any, even: Even, begin: int = 0) -> Windows:
    """Return the rows of `dates`, and where their windows and all that touch none of them start.

    Parameters
    ----------
    dates : see `rows_of`
    window : (int, int)
        First and last row of a window, relative to its date.
    even : Even
    begin : int, default 0
        First row that a window elsewhere may hold.
    """
    first, last = check_span("window", window)
    length = last - first + 1
    if length < 2:
        raise SpecificationError(
            f"window={(first, last)} is one {even.unit}, which has no variance once its own mean "
            f"is taken out; take two or more, such as {(first, first + 4)}"
        )
    rows = rows_of("dates", dates, even)
    starts = rows + first
    n = len(even.values)
    for row, start in zip(rows, starts, strict=True):
        if start < begin or start + length > n:
            raise SpecificationError(
                f"the window {(first, last)} around {even.label(int(row))} reaches beyond the "
                f"rows that can be judged, {even.label(begin)} to {even.label(-1)}; leave that "
                "date out, or take a shorter window"
            )
    if (np.diff(starts) < length).any():
        row = int(rows[1:][np.diff(starts) < length][0])
        raise SpecificationError(
            f"the window around {even.label(row)} overlaps the one before it, so that neither has "
            "a variance of its own; leave one date out, or take a shorter window"
        )
    others = np.arange(begin, n - length + 1)
    near = np.abs(others[:, None] - starts) < length
    others = others[~near.any(axis=1)]
    if len(others) < (need := max(FEWEST, len(rows))):
        raise SpecificationError(
            f"{len(others)} windows elsewhere are left to compare with, and {need} are needed; "
            "give a longer series or fewer dates"
        )
    return rows, starts, others
