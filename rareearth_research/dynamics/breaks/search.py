"""`find_breaks`: all partitions of a series, all criteria and tests, and the guard."""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_flag, check_number, check_whole
from rareearth_research.arrays import Floats
from rareearth_research.dynamics.breaks.guard import information, largest_f
from rareearth_research.dynamics.breaks.partitions import partition, segments, singular_window
from rareearth_research.dynamics.breaks.persistence import fit_null
from rareearth_research.dynamics.breaks.result import Breaks, Regimes, dated
from rareearth_research.dynamics.breaks.wald import ERRORS, cusum, tests
from rareearth_research.dynamics.series import Even, check_beside, check_series
from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.numerals import counted

FEWEST = 30  # rows
SHORTEST, LONGEST = 0.05, 0.4  # trim
MOST = 10  # breaks
FLAT = 1e-12  # of the variation of the series
LEVEL = 0.05  # of the sequential tests
LIKE_LEVELS = 0.9  # persistence that changes of prices do not have


def find_breaks(
    series: pd.Series,
    max_breaks: int = 5,
    trim: float = 0.15,
    trend: bool = False,
    regressors: pd.Series | pd.DataFrame | None = None,
    *,
    seed: int = 0,
) -> Breaks:
    """Find when the mean of a series changed (or its trend, or its coefficients), and how surely.

    Parameters
    ----------
    series : Series
        Numbers by date at even steps: of prices and quantities their changes, such as
        ``np.log(prices).diff().dropna()``.
    max_breaks : int, default 5
        Up to 10; p-values are known up to 5.
    trim : float, default 0.15
        Share of the rows that the shortest regime has, from 0.05 to 0.4.
    trend : bool, default False
        Whether each regime has a linear trend beside its level.
    regressors : Series or DataFrame, optional
        Further regressors on the dates of the series; their coefficients change with the regime.
    seed : int, default 0
        Of the drawn series that the guard consists of.

    Returns
    -------
    Breaks
        ``n_breaks`` (by BIC), ``table``, ``choices``, ``tests``, ``breaks``, ``paths``, ``guard``.

    Raises
    ------
    DataError
        For a series that is short, uneven, constant or fitted perfectly.
    SpecificationError
        For regimes that do not fit into the sample, or regressors that cannot be told apart.

    Warns
    -----
    UserWarning
        Where the series is as persistent as the level of a price: then breaks are its swings.

    Notes
    -----
    y_t = x_t'δ_j + u_t in regime j. Partitions minimise the sum of squares exactly (Bai & Perron
    2003); tests are those of Bai & Perron (1998), intervals Bai's (1997). All of them take errors
    as independent, or dependent for a short while. In a random walk of 160 months BIC finds three
    or more breaks nine times of ten where there are none. So beside them stands `Breaks.guard`:
    series drawn from an autoregression as persistent (median-unbiased, Andrews 1993) and without a
    break. It has little power where breaks are themselves what makes a series look persistent
    (Perron 1989): no break proven is not no break.
    """
    check_whole("max_breaks", max_breaks, 1, MOST)
    check_number("trim", trim, SHORTEST, LONGEST)
    check_flag("trend", trend)
    check_whole("seed", seed, 0)
    even = check_series("series", series, FEWEST)
    y, n = even.values, len(even.values)
    x = np.ones((n, 1))
    if trend:
        x = np.column_stack([x, np.linspace(-1, 1, n)])
    _, beside, said = check_beside("regressors", regressors, even)
    x = np.column_stack([x, (beside - beside.mean(axis=0)) / beside.std(axis=0)])
    even = replace(even, notes=(*even.notes, *said))
    least = _shortest(n, max_breaks, trim, x.shape[1])
    if regressors is not None:
        _refuse_collinear(x, least, even)
    costs = segments(y[:, None], x, least)
    parts = partition(costs, least, max_breaks)
    if parts.rss.min() <= FLAT * np.square(y - y.mean()).sum():
        m = int(np.argmax(parts.rss[0] <= FLAT * np.square(y - y.mean()).sum()))
        raise DataError(
            f"series is fitted perfectly with {counted(m, 'break')}: what lies on steps or lines "
            "has no errors to judge by, and where it changes can be read off; give a series that "
            "varies"
        )
    rng = np.random.default_rng([seed, 0])
    plain = y if regressors is None else y - x[:, 1 + trend :] @ _slopes(y, x)[1 + trend :]
    regimes = Regimes(
        y=y, x=x, least=least, trend=trend, parts=parts, seed=seed,
        null=fit_null(plain, trend, rng), statistic=float(largest_f(parts, n, x.shape[1])[0]),
    )  # fmt: skip
    _warn_of_levels(even, regimes.null.root)
    criteria = {name: values[0] for name, values in information(costs, parts, x.shape[1]).items()}
    asymptotic = pd.DataFrame(tests(y, x, costs[0], parts, least, trend))
    chosen = {name: int(values.argmin()) for name, values in criteria.items()}
    chosen |= {f"sequential_{errors}": _sequential(asymptotic, errors) for errors in ERRORS}
    return Breaks(
        series=even,
        n_breaks=chosen["bic"],
        table=pd.DataFrame({"n_breaks": range(max_breaks + 1), "rss": parts.rss[0]} | criteria),
        choices=pd.DataFrame({"rule": list(chosen), "n_breaks": list(chosen.values())}),
        breaks=dated(even, regimes, chosen["bic"]),
        asymptotic=asymptotic,
        paths=_paths(even, regimes, costs[0], chosen["bic"]),
        regimes=regimes,
    )


def _shortest(n: int, max_breaks: int, trim: float, regressors: int) -> int:
    """Return the rows of the shortest regime, or raise where there is no room."""
    least = int(trim * n + 1e-9)
    if least < regressors + 3:
        wider = np.ceil(100 * (regressors + 3) / n) / 100
        raise SpecificationError(
            f"trim={trim:g} allows regimes of {least} rows, too few for {regressors} coefficients; "
            f"set trim={wider:g} or more, or give a longer series"
        )
    room = n // least - 1
    if room < max_breaks:
        raise SpecificationError(
            f"max_breaks={max_breaks} needs {max_breaks + 1} regimes of {least} rows, and the "
            f"series has {n}; set max_breaks={room}, or a smaller trim"
        )
    return least


def _refuse_collinear(x: Floats, least: int, even: Even) -> None:
    row = singular_window(x, least)
    if row is not None:
        raise SpecificationError(
            f"regressors cannot be told apart from each other, the level or the trend in the "
            f"{least} rows from {even.words(even.index[row])} on, which may be a regime; leave one "
            "out, or set a larger trim"
        )


def _warn_of_levels(even: Even, root: float) -> None:
    if root < LIKE_LEVELS:
        return
    logs = "np.log(series).diff().dropna(), or if it is in logs " * bool((even.values > 0).all())
    warnings.warn(
        f"{even.name} is as persistent as the level of a price (ρ = {root:z.2f}), and every "
        "criterion takes the swings of such series for breaks; ask its changes instead, with "
        f"find_breaks of {logs}series.diff().dropna(), or look at the guard",
        UserWarning,
        stacklevel=3,
    )


def _sequential(asymptotic: pd.DataFrame, errors: str) -> int:
    """Return how many breaks one test after the other accepts (Bai & Perron 1998)."""
    known = asymptotic[asymptotic["errors"] == errors].set_index("test")["p_value"]
    count = 0
    while known.get(f"supF({count + 1}|{count})" if count else "supF(1)", 1.0) <= LEVEL:
        count += 1
    return count


def _paths(even: Even, regimes: Regimes, costs: Floats, n_breaks: int) -> pd.DataFrame:
    """Return the series, its fit by regime, the OLS-CUSUM and the F of one break after each row."""
    y, x, (n, q) = regimes.y, regimes.x, regimes.x.shape
    ends = regimes.ends(n_breaks)
    fitted = [x[a:b] @ _slopes(y[a:b], x[a:b]) for a, b in pairwise(ends)]
    rows = np.arange(regimes.least, n - regimes.least + 1)
    rss = costs[rows, 0] + costs[n, rows]
    sup_f = np.full(n, np.nan)
    sup_f[rows - 1] = (n - 2 * q) * (costs[n, 0] - rss) / rss
    return pd.DataFrame(
        {"value": y, "fitted": np.concatenate(fitted), "cusum": cusum(y, x), "sup_f": sup_f},
        index=even.index,
    )


def _slopes(y: Floats, x: Floats) -> Any:
    return np.linalg.lstsq(x, y, rcond=None)[0]
