"""Against what is each security measured? Benchmarks and factors as arrays on the study's index.

A benchmark may be one of the columns of returns, a ticker of this project's data, a series, a
mapping from exchange or security to any of these, or ``"local"``: every security against the
benchmark of its own exchange.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.errors import DataError, SpecificationError, did_you_mean
from rareearth_research.eventstudy.checks import check_index, check_values

__all__ = ["Regressors", "factor_regressors", "names_in", "resolve_benchmark"]


@dataclass(frozen=True)
class Regressors:
    """Regressor sets on the study's index.

    Attributes
    ----------
    names : tuple of str
        One name per benchmark (or per factor).
    values : ndarray, shape (B, m, T)
        B sets of m regressors.
    set_of : ndarray of int, shape (N,)
        Which set each security uses; -1 for none.
    risk_free : ndarray, shape (T,), optional
        Subtracted from the returns of the securities; 0 where it, and so `values`, is missing.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    set_of: NDArray[np.int64]
    risk_free: NDArray[np.float64] | None = None


def resolve_benchmark(
    benchmark: Any,
    returns: pd.DataFrame,
    exchanges: Sequence[str],
    return_type: str,
) -> Regressors:
    """Find the benchmark of every column of `returns` (T, N).

    Parameters
    ----------
    benchmark : str, Series or mapping
    returns : DataFrame, shape (T, N)
    exchanges : sequence of str
        Exchange of each column, for mappings and ``"local"``.
    return_type : {"log", "simple"}
        Kind of return to load for a ticker that is not a column.

    Raises
    ------
    SpecificationError
        If no benchmark is given, a name is unknown or a series does not cover the index.
    """
    columns = list(returns.columns)
    if benchmark is None:
        raise SpecificationError(
            "this model needs a benchmark: name a column of returns, a ticker, or give a Series; "
            "model='mean' needs none"
        )
    wanted = _wanted(benchmark, columns, exchanges)
    keys: list[Any] = []
    place: dict[Any, int] = {}
    set_of = np.full(len(columns), -1, dtype=np.int64)
    for i, item in enumerate(wanted):
        if item is None:
            continue
        key = id(item) if isinstance(item, pd.Series | pd.DataFrame) else item
        if key not in place:
            place[key] = len(keys)
            keys.append(item)
        set_of[i] = place[key]
    names, rows = [], []
    for item in keys:
        name, series = _series(item, returns, return_type)
        names.append(name)
        rows.append(series)
    values = np.stack(rows)[:, None, :] if rows else np.empty((0, 1, len(returns)))
    return Regressors(tuple(names), values, set_of)


def factor_regressors(factors: Any, returns: pd.DataFrame, return_type: str) -> Regressors:
    """Put factor columns on the index of `returns`; a column ``rf`` makes returns excess returns.

    Parameters
    ----------
    factors : DataFrame or sequence of str
        Daily factor returns as fractions, or column names of this project's factor table.

    Raises
    ------
    SpecificationError
        If factors are missing, or a risk-free rate is asked of log returns.
    """
    if factors is None:
        raise SpecificationError(
            "model='factors' needs factors=: a DataFrame of daily factor returns as fractions, or "
            "names such as ['mkt_rf', 'smb', 'hml', 'rf']"
        )
    if not isinstance(factors, pd.DataFrame):
        factors = _named_factors(factors)
    check_index(factors.index, "factors")
    frame = factors.reindex(returns.index)
    values = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        row, column = np.argwhere(np.isinf(values))[0]
        raise DataError(
            f"factor {frame.columns[column]!r} is infinite on {frame.index[row].date()}"
        )
    if np.isnan(values).all():
        raise SpecificationError(
            f"factors ({factors.index[0].date()} to {factors.index[-1].date()}) and returns "
            f"({returns.index[0].date()} to {returns.index[-1].date()}) share no session"
        )
    names = [str(column) for column in frame.columns]
    lower = [name.casefold() for name in names]
    risk_free = None
    if "rf" in lower:
        if return_type != "simple":
            raise SpecificationError(
                "factors with a column 'rf' explain simple excess returns, and return_type is "
                f"{return_type!r}: load returns with kind='simple' and set return_type='simple', "
                "or drop 'rf'"
            )
        risk_free = values[:, lower.index("rf")]
    keep = [i for i, name in enumerate(lower) if name != "rf"]
    if not keep:
        raise SpecificationError("factors has no column besides 'rf'; add at least one factor")
    if risk_free is not None:
        alone = np.isnan(risk_free) & ~np.isnan(values[:, keep]).any(axis=1)
        if alone.any():
            raise DataError(
                f"factors has no 'rf' on {returns.index[alone][0].date()} although it has the "
                "other columns; fill it from its source or drop those rows"
            )
        risk_free = np.nan_to_num(risk_free)
    check_values(values[:, keep], returns.index, [names[i] for i in keep])
    return Regressors(
        tuple(names[i] for i in keep),
        values[:, keep].T[None, :, :].copy(),
        np.zeros(returns.shape[1], dtype=np.int64),
        risk_free,
    )


def names_in(benchmark: Any) -> list[str]:
    """Return the names a benchmark argument holds."""
    values = benchmark.values() if isinstance(benchmark, Mapping) else [benchmark]
    return [str(value) for value in values if isinstance(value, str | int | np.integer)]


def _wanted(benchmark: Any, columns: Sequence[str], exchanges: Sequence[str]) -> list[Any]:
    """Return what each column asks for: a name, a series, or None."""
    if isinstance(benchmark, Mapping):
        exchanges = [mic or "XNYS" for mic in exchanges]  # no suffix: a United States listing
        benchmark = {str(key): value for key, value in benchmark.items()}
        from rareearth_research.timing import EXCHANGES

        known = {*columns, *exchanges}
        unknown = [key for key in benchmark if key not in {*known, *EXCHANGES}]
        if unknown or not known & set(benchmark):
            wrong = (unknown or list(benchmark) or ["nothing"])[0]
            raise SpecificationError(
                f"benchmark maps {wrong!r}, which is neither a column of returns nor one of their "
                f"exchanges ({', '.join(sorted(set(exchanges)))}){did_you_mean(wrong, known)}"
            )
        return [benchmark.get(c, benchmark.get(e)) for c, e in zip(columns, exchanges, strict=True)]
    if isinstance(benchmark, str) and benchmark == "local" and "local" not in columns:
        from rareearth_research.datasets import load_securities

        local = load_securities()["benchmark"]
        return [local.get(column) or None for column in columns]
    return [benchmark] * len(columns)


def _series(item: Any, returns: pd.DataFrame, return_type: str) -> tuple[str, NDArray[np.float64]]:
    if isinstance(item, pd.DataFrame) and item.shape[1] == 1:
        item = item.iloc[:, 0]
    if isinstance(item, pd.Series):
        name = str(item.name) if item.name is not None else "benchmark"
        check_index(item.index, f"benchmark {name!r}")
        values = item.reindex(returns.index).to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isnan(values).all():
            raise SpecificationError(
                f"benchmark {name!r} ({item.index[0].date()} to {item.index[-1].date()}) and "
                f"returns ({returns.index[0].date()} to {returns.index[-1].date()}) share no "
                "session with a value"
            )
    elif isinstance(item, str | int | np.integer) and str(item) in returns.columns:
        name, values = str(item), returns[str(item)].to_numpy(dtype=np.float64, na_value=np.nan)
    elif isinstance(item, str):
        name, values = item, _loaded(item, returns, return_type)
    else:
        raise SpecificationError(
            f"benchmark {item!r} must be a column name, a ticker, a Series or a mapping, "
            f"not {type(item).__name__}"
        )
    check_values(values[:, None], returns.index, [name])
    return name, values


def _loaded(ticker: str, returns: pd.DataFrame, return_type: str) -> NDArray[np.float64]:
    from rareearth_research.datasets import load_returns

    try:
        loaded = load_returns([ticker], kind=return_type)
    except DataError as error:
        raise SpecificationError(
            f"benchmark {ticker!r} is neither a column of returns"
            f"{did_you_mean(ticker, returns.columns)} nor a ticker of this project's data: {error}"
        ) from None
    values = loaded[ticker].reindex(returns.index).to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(values).all():
        raise SpecificationError(
            f"benchmark {ticker!r} ({loaded.index[0].date()} to {loaded.index[-1].date()}) and "
            f"returns ({returns.index[0].date()} to {returns.index[-1].date()}) share no session"
        )
    return values


def _named_factors(names: Any) -> pd.DataFrame:
    from rareearth_research.datasets import load_factors

    table = load_factors()
    if "date" in table.columns:
        table = table.set_index("date")
    wanted = [names] if isinstance(names, str) else list(names)
    for name in wanted:
        if name not in table.columns:
            raise SpecificationError(
                f"factor {name!r} is not in the factor table{did_you_mean(name, table.columns)}; "
                f"it has {', '.join(map(repr, table.columns))}"
            )
    return table[wanted]
