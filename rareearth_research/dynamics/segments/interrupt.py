"""Did the level or the slope of a series change at a date? An interrupted time series."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, get_args

import numpy as np
import pandas as pd
from scipy.stats import norm

from rareearth_research.arguments import check_choice, check_flag, check_share, check_whole
from rareearth_research.arrays import Floats, Ints
from rareearth_research.choices import Errors
from rareearth_research.dynamics.belief import detectable, held, rank, unusual_from
from rareearth_research.dynamics.rows import rows_of
from rareearth_research.dynamics.segments import kernel
from rareearth_research.dynamics.segments.results import InterruptedSeries
from rareearth_research.dynamics.series import Even, check_beside, check_series
from rareearth_research.errors import SpecificationError

CYCLE = {"month": 12, "quarter": 4}
FLAT = 1e-10  # of the range of the series: smaller errors are rounding


def interrupted(
    series: pd.Series,
    date: Any,
    *,
    effective: Any = None,
    trend: bool = True,
    seasonality: bool = False,
    controls: pd.Series | pd.DataFrame | None = None,
    errors: Errors = "hac",
    lags: int | None = None,
    level: float = 0.9,
) -> InterruptedSeries:
    r"""Fit a trend whose level and slope change at dates, and measure what came after.

    .. math:: y_t = \alpha + \beta t + \sum_i [\delta_i + \gamma_i (t - t_i)] 1(t \ge t_i)
              + \text{season} + \varepsilon_t

    Parameters
    ----------
    series : Series
        Tonnage, price or their logs, by session, week, month, quarter or year.
    date : str, date, int or list of them
        When it was interrupted: announced. The row that holds the date is the first one after.
        Of several interruptions, the average effect is that of all together since the last.
    effective : str, date or int, optional
        When the measure of one `date` came into force: the rows between the two are a level of
        their own, ``announced, not yet effective`` (stockpiling), and effects count from here.
    trend : bool, default True
        Whether a trend runs, and may change; False: levels alone.
    seasonality : bool, default False
        Months or quarters of the year, for such series.
    controls : Series or DataFrame, optional
        By row of the series.
    errors : {"hac", "glsar"}, default "hac"
        Newey and West's, or a first-order autoregression of the residuals, iterated.
    lags : int, optional
        Of Newey and West's; ``⌊4 (n/100)^(2/9)⌋`` by default, and the season's length at least.
    level : float, default 0.9
        Confidence of intervals.

    Returns
    -------
    InterruptedSeries

    Raises
    ------
    DataError, SpecificationError
        For series with gaps, dates outside or too near to each other or to an end, and collinear
        controls.

    Notes
    -----
    Placebo dates: each date before the first interruption (at most 199, evenly spread) that has
    six rows on either side is taken as the interruption of the rows before, and judged alike.

    References
    ----------
    Wagner, A. K. et al. (2002). Segmented regression analysis of interrupted time series studies.
    Journal of Clinical Pharmacy and Therapeutics 27. Newey, W. & West, K. (1987). Econometrica 55.
    """
    even = check_series("series", series)
    check_choice("errors", errors, get_args(Errors))
    trend, level = check_flag("trend", trend), check_share("level", level)
    starts = rows_of("date", date, even)
    waiting = _waiting(starts, effective, even)
    rows = np.append(starts, waiting) if waiting is not None else starts
    _need_segments(rows, waiting, even)
    beside, notes = _beside(controls, seasonality, even)
    n = len(even.values)
    lags = _lags(lags, n, even if seasonality else None)
    terms = kernel.terms_of(n, rows, waiting, trend)
    fitted = kernel.fit(even.values, terms, beside, errors, lags)
    if fitted is None:
        raise SpecificationError(
            "controls are a combination of trend, segments, seasons or each other; leave one out"
        )
    if np.abs(fitted[2][: rows[0]]).max() <= FLAT * np.ptp(even.values):
        raise SpecificationError(
            f"{even.name} lies on a line (or on the controls) in all {rows[0]} {even.unit}s before "
            f"{even.label(int(rows[0]))}, so that nothing says how far it strays; choose a later "
            "date, or a series that varies before it"
        )
    after = [name for name in terms if name not in ("constant", "trend")]
    z = norm.ppf(0.5 + level / 2)
    path = kernel.path_of(even, terms, beside, fitted, after, rows[0], z)
    average = kernel.average_effect(terms, fitted, after, int(rows[-1]))
    moved = kernel.moved_dates(even.values[: rows[0]], beside[: rows[0]], trend, errors, lags)
    own = abs(average[0] / average[1])
    coverage, error = held(moved <= z, len(moved) // 4)  # every date shares its rows with all
    coefficients, covariance, residuals, rho = fitted
    names = [name for name in terms if name != "constant"]
    return InterruptedSeries(
        table=kernel.table_of(list(terms), names, coefficients, covariance, z, even, rows),
        path=path,
        effect=average[0],
        lower=average[0] - z * average[1],
        upper=average[0] + z * average[1],
        unusual_from=float(average[1] * unusual_from(moved, level)),
        detectable=float(average[1] * detectable(moved)),
        placebo_p=float(rank(moved, own)),
        coverage=coverage,
        coverage_se=error,
        n_placebo=len(moved),
        lags=lags if errors == "hac" else -1,
        rho=rho,
        level=level,
        unit=even.unit,
        name=even.name,
        dates=tuple(even.label(row) for row in rows),
        remarks=(*notes, *even.notes),
    )


def _waiting(starts: Ints, effective: Any, even: Even) -> int | None:
    """Return the row in which the measure came into force, if rows lie between."""
    if effective is None:
        return None
    if len(starts) > 1:
        raise SpecificationError(
            "effective belongs to one announcement, and date names several; study them one by one"
        )
    row = int(rows_of("effective", effective, even)[0])
    if row <= starts[0]:
        raise SpecificationError(
            f"effective ({even.label(row)}) must lie in a later {even.unit} than date "
            f"({even.label(int(starts[0]))}); leave it out where both fall together"
        )
    return row


def _need_segments(rows: Ints, waiting: int | None, even: Even) -> None:
    edges = [0, *rows.tolist(), len(even.values)]
    for number, (begin, end) in enumerate(pairwise(edges)):
        between = waiting is not None and number == 1  # a level alone, which one row gives
        if end - begin < (1 if between else kernel.LEAST):
            where = f"from {even.label(begin)}" if number else f"before {even.label(end)}"
            raise SpecificationError(
                f"the segment {where} has {end - begin} {even.unit}s, and {kernel.LEAST} are "
                "needed to tell a level and a slope; choose another date, or give a longer series"
            )


def _beside(controls: Any, seasonality: bool, even: Even) -> tuple[Floats, tuple[str, ...]]:
    """Return controls and seasons by row, without one season that the constant holds."""
    _, beside, notes = check_beside("controls", controls, even)
    if not check_flag("seasonality", seasonality):
        return beside, notes
    if even.unit not in CYCLE:
        raise SpecificationError(
            f"seasonality knows months and quarters, and a row here is a {even.unit}; bring the "
            "series to months, as in series.resample('MS').sum(), or leave seasonality out"
        )
    season = np.asarray(getattr(even.index, even.unit))
    if len(even.values) < 2 * CYCLE[even.unit]:
        raise SpecificationError(
            f"seasonality needs two years of {even.unit}s, and the series has {len(season)} rows; "
            "leave seasonality out"
        )
    dummies = (season[:, None] == np.unique(season)[None, 1:]).astype(float)
    taken = f"{even.unit.capitalize()}s of the year are taken out."
    return np.column_stack([beside, dummies]), (*notes, taken)


def _lags(lags: int | None, n: int, season: Even | None) -> int:
    if lags is not None:
        return check_whole("lags", lags, 0, n - 1)
    rule = int(4 * (n / 100) ** (2 / 9))
    return max(rule, CYCLE[season.unit]) if season is not None else rule
