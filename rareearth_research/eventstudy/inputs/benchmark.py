"""Against what is each security measured? Benchmarks as arrays on the study's index.

A benchmark may be one of the columns of returns, a ticker of this project's data, a series, a
mapping from exchange or security to any of these, or ``"local"``: every security against the
benchmark of its own exchange.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import is_whole
from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.datasets.reading.words import is_market
from rareearth_research.dated import check_index, to_floats
from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.eventstudy.inputs.checks import on_sessions
from rareearth_research.eventstudy.inputs.frame.calendars import ALONE, OWN
from rareearth_research.eventstudy.inputs.frame.values import check_values
from rareearth_research.eventstudy.inputs.shipped import local_benchmarks, shipped_returns


@dataclass(frozen=True)
class Regressors:
    """Regressor sets on the study's index.

    Attributes
    ----------
    names : tuple of str
        One name per benchmark (or per factor, or donor).
    values : ndarray, shape (B, m, T)
        B sets of m regressors.
    set_of : ndarray of int, shape (N,)
        Which set each security uses; -1 for none.
    risk_free : ndarray, shape (T,), optional
        Subtracted from the returns of the securities; 0 where it, and so `values`, is missing.
    members : ndarray of bool, shape (B, names), optional
        Which donors are in each set; other sets have one name each.
    """

    names: tuple[str, ...]
    values: Floats
    set_of: Ints
    risk_free: Floats | None = None
    members: Bools | None = None

    @property
    def uses(self) -> Bools:
        """Which of the names each security is held against, (N, names)."""
        if self.members is not None:
            return self.members[self.set_of]
        return self.set_of[:, None] == np.arange(len(self.names))

    @property
    def mixed(self) -> bool:
        """Whether each pair takes those of the m that lack none of its days."""
        return self.members is not None and self.values.shape[1] > 1


def resolve_benchmark(
    benchmark: Any, returns: pd.DataFrame, exchanges: Sequence[str], return_type: str
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
    by_frame = [id(x) if isinstance(x, pd.Series | pd.DataFrame) else x for x in wanted]
    distinct = {key: x for key, x in zip(by_frame, wanted, strict=True) if x is not None}
    number = {key: i for i, key in enumerate(distinct)}
    set_of = np.array([number.get(key, -1) for key in by_frame], dtype=np.int64)
    found = [_series(item, returns, return_type) for item in distinct.values()]
    values = [series for _, series in found]
    return Regressors(
        tuple(name for name, _ in found),
        np.stack(values)[:, None, :] if values else np.empty((0, 1, len(returns))),
        set_of,
    )


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


def studied(
    names: Sequence[str], apart: Collection[str], events: pd.DataFrame
) -> tuple[Bools, list[str]]:
    """Return which columns are securities to study, and which are not by their symbols, said.

    Parameters
    ----------
    names : sequence of str, length N
        Columns of returns.
    apart : collection of str
        Benchmarks, even where the model does not use them, and donors that were asked for.
    events : DataFrame
        A security that it names is studied, whatever its symbol.
    """
    rest = [name for name in names if name not in apart]
    markets = {*filter(is_market, rest)} if "security" not in events.columns else set()
    if len(markets) == len(rest):
        markets = set()
    note = (
        "Not studied, as an index or a fund of a market by its symbol: "
        f"{', '.join(map(repr, sorted(markets)))}; to study it, name securities in events."
    )
    eligible = [name not in apart and name not in markets for name in names]
    return np.array(eligible, dtype=bool), [note] * bool(markets)


def names_in(benchmark: Any) -> list[str]:
    """Return the names a benchmark argument holds."""
    values = benchmark.values() if isinstance(benchmark, Mapping) else [benchmark]
    return [str(value) for value in values if isinstance(value, str) or is_whole(value)]


def _wanted(benchmark: Any, columns: Sequence[str], exchanges: Sequence[str]) -> list[Any]:
    """Return what each column asks for: a name, a series, or None."""
    if isinstance(benchmark, Mapping):
        # no suffix: a United States listing
        exchanges = ["XNYS" if mic in (OWN, ALONE) else mic for mic in exchanges]
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
        return local_benchmarks(columns)
    return [benchmark] * len(columns)


def _series(item: Any, returns: pd.DataFrame, return_type: str) -> tuple[str, Floats]:
    """Return name and values of one benchmark, on the index of `returns`."""
    index = pd.DatetimeIndex(returns.index)
    if isinstance(item, pd.DataFrame):
        item = item.iloc[:, 0]
    if isinstance(item, pd.Series):
        name, given = str(item.name) if item.name is not None else "benchmark", item
    elif str(item) in returns.columns:
        name, values = str(item), returns[str(item)].to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isnan(values).all():
            raise SpecificationError(f"benchmark: column {shown(name)} of returns has no value")
        return name, values  # judged with the other columns
    else:
        name, given = str(item), shipped_returns(str(item), return_type, list(returns.columns))
    values = on_sessions(given, index, "benchmark", f"benchmark {shown(name)}")
    check_values(values, index, [name], "benchmark", simple=return_type == "simple")
    return name, values[:, 0]
