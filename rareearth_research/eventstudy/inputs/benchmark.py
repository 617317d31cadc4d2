"""Against what is each security measured? Benchmarks as arrays on the study's index.

A benchmark may be one of the columns of returns, a ticker of this project's data, a series, a
mapping from exchange or security to any of these, or ``"local"``: every security against the
benchmark of its own exchange.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arguments import is_whole
from rareearth_research.errors import DataError, SpecificationError, did_you_mean, shown
from rareearth_research.eventstudy.inputs.checks import check_index
from rareearth_research.eventstudy.inputs.values import check_values, to_floats

__all__ = ["Regressors", "check_benchmark", "names_in", "resolve_benchmark"]


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


def check_benchmark(benchmark: Any) -> None:
    """Raise unless `benchmark` is a name, a series, a mapping to these, or None."""
    items = benchmark.items() if isinstance(benchmark, Mapping) else [(None, benchmark)]
    for key, item in items:
        which = "benchmark" if key is None else f"benchmark[{shown(key)}]"
        if isinstance(item, pd.DataFrame) and item.shape[1] == 1:
            item = item.iloc[:, 0]
        if isinstance(item, pd.Series):
            check_index(item.index, which)
            to_floats(item, which)
        elif item is None or is_whole(item):
            continue
        elif not isinstance(item, str) or not item.strip():
            one = isinstance(item, list | tuple) and len(item) == 1
            raise SpecificationError(
                f"{which}={shown(item)} must be one column name, one ticker, a Series of returns "
                "by date, or a mapping from security or exchange to these"
                + (f"; write benchmark={shown(item[0])}" if one else "")
            )


def names_in(benchmark: Any) -> list[str]:
    """Return the names a benchmark argument holds."""
    values = benchmark.values() if isinstance(benchmark, Mapping) else [benchmark]
    return [str(value) for value in values if isinstance(value, str) or is_whole(value)]


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
                f"benchmark maps {shown(wrong)}, which is neither a column of returns nor one of "
                f"their exchanges ({', '.join(sorted(set(exchanges)))}){did_you_mean(wrong, known)}"
            )
        return [benchmark.get(c, benchmark.get(e)) for c, e in zip(columns, exchanges, strict=True)]
    if isinstance(benchmark, str) and benchmark == "local" and "local" not in columns:
        from rareearth_research.datasets import load_securities

        local = load_securities()["benchmark"]
        return [local.get(column) or None for column in columns]
    return [benchmark] * len(columns)


def _series(item: Any, returns: pd.DataFrame, return_type: str) -> tuple[str, NDArray[np.float64]]:
    """Return name and values of one benchmark, on the index of `returns`."""
    values: NDArray[np.float64]
    if isinstance(item, pd.DataFrame):
        item = item.iloc[:, 0]
    if isinstance(item, pd.Series):
        name = str(item.name) if item.name is not None else "benchmark"
        check_index(item.index, "benchmark")
        given = pd.DataFrame(to_floats(item, "benchmark"), item.index)
        values = given.reindex(returns.index).to_numpy()[:, 0]
        if np.isnan(values).all():
            raise SpecificationError(
                f"benchmark {shown(name)} ({item.index[0].date()} to {item.index[-1].date()}) and "
                f"returns ({returns.index[0].date()} to {returns.index[-1].date()}) share no "
                "session with a value; give its returns for the same sessions"
            )
    elif str(item) in returns.columns:
        name, values = str(item), returns[str(item)].to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isnan(values).all():
            raise SpecificationError(f"benchmark: column {shown(name)} of returns has no value")
        return name, values  # judged with the other columns
    else:
        name, values = str(item), _loaded(str(item), returns, return_type)
    index, simple = pd.DatetimeIndex(returns.index), return_type == "simple"
    check_values(values[:, None], index, [name], "benchmark", simple=simple)
    return name, values


def _loaded(ticker: str, returns: pd.DataFrame, return_type: str) -> NDArray[np.float64]:
    from rareearth_research.datasets import load_returns

    try:
        loaded = load_returns([ticker], kind=return_type)
    except DataError as error:
        raise SpecificationError(
            f"benchmark {shown(ticker)} is neither a column of returns"
            f"{did_you_mean(ticker, returns.columns)} nor a ticker of this project's data: "
            f"{shorten(str(error), 300)}"
        ) from None
    values = loaded[ticker].reindex(returns.index).to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(values).all():
        raise SpecificationError(
            f"benchmark {ticker!r} ({loaded.index[0].date()} to {loaded.index[-1].date()}) and "
            f"returns ({returns.index[0].date()} to {returns.index[-1].date()}) share no session"
        )
    return values
