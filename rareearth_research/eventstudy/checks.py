"""Is what the user gave a study at all? Every input is judged before any work is done.

Each message names the column, date or value at fault and what to do instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_whole, is_whole
from rareearth_research.errors import DataError, SpecificationError

__all__ = [
    "check_estimation",
    "check_index",
    "check_length",
    "check_min_obs",
    "check_returns",
    "check_tests",
    "check_values",
    "check_windows",
]

WILD = 0.2  # half of all sessions beyond ±20 %: no market; per cent of a calm index reach 0.3


def check_tests(
    tests: Sequence[str] | None, known: Iterable[str], default: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the names of the tests to run, each once."""
    if tests is None:
        return default
    named = tuple(dict.fromkeys([tests] if isinstance(tests, str) else tests))
    if not named:
        raise SpecificationError(f"tests is empty; choose from {', '.join(known)}")
    for test in named:
        check_choice("tests", test, known)
    return named


def check_index(index: Any, what: str) -> None:
    """Raise unless `index` is an ascending DatetimeIndex of distinct, zoneless days."""
    if not isinstance(index, pd.DatetimeIndex):
        raise DataError(
            f"{what} must have a DatetimeIndex of session dates, got {type(index).__name__}; use "
            + (
                "frame.to_timestamp()"
                if isinstance(index, pd.PeriodIndex)
                else "frame.set_index(pd.to_datetime(...))"
            )
        )
    if index.tz is not None:
        raise DataError(
            f"{what} has an index in time zone {index.tz}; sessions are exchange-local dates: "
            "use index.tz_localize(None)"
        )
    if index.hasnans:
        raise DataError(f"{what} has a missing date at row {int(np.argmax(index.isna()))}")
    if not index.is_unique:
        first = index[index.duplicated()][0]
        raise DataError(f"{what} has the date {first.date()} more than once; keep one row a date")
    if not index.is_monotonic_increasing:
        row = int(np.argmax(np.diff(index.asi8) < 0)) + 1
        raise DataError(
            f"{what} is not sorted: {index[row].date()} (row {row}) follows "
            f"{index[row - 1].date()}; use sort_index()"
        )
    if not (index == index.normalize()).all():
        first = index[index != index.normalize()][0]
        raise DataError(f"{what} has a clock time in its index ({first}); give one row per session")


def check_returns(returns: Any) -> pd.DataFrame:
    """Return `returns` as a frame of floats, or raise naming the column and date at fault."""
    if isinstance(returns, pd.Series):
        returns = returns.to_frame(returns.name if returns.name is not None else "security")
    if not isinstance(returns, pd.DataFrame):
        raise DataError(
            "returns must be a DataFrame with one column per security and one row per session, "
            f"got {type(returns).__name__}"
        )
    if returns.empty:
        raise DataError(f"returns is empty: {returns.shape[0]} rows, {returns.shape[1]} columns")
    check_index(returns.index, "returns")
    if returns.columns.nlevels > 1:
        raise DataError(
            f"returns has {returns.columns.nlevels} levels of column names, such as "
            f"{returns.columns[0]!r}; keep one, e.g. frame['Close'] or frame.droplevel(0, axis=1)"
        )
    names = returns.columns.astype(str)
    if not names.is_unique:
        raise DataError(
            f"returns has the column {names[names.duplicated()][0]!r} more than once; keep or "
            "rename one (names are compared as text)"
        )
    for name, dtype in returns.dtypes.items():
        if not (pd.api.types.is_float_dtype(dtype) or pd.api.types.is_integer_dtype(dtype)):
            raise DataError(
                f"column {name!r} of returns is {dtype}, not numbers; convert it, e.g. with "
                "frame.apply(pd.to_numeric), or drop it"
            )
    values = returns.to_numpy(dtype=np.float64, na_value=np.nan)
    check_values(values, returns.index, list(names))
    return returns.set_axis(names, axis=1)


def check_values(values: np.ndarray, index: pd.Index, names: Sequence[str]) -> None:
    """Raise if (T, N) values hold an infinity or look like prices or per cent."""
    low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    infinite = np.isinf(low) | np.isinf(high)
    if infinite.any():
        column = int(np.argmax(infinite))
        row = int(np.argmax(np.isinf(values[:, column])))
        raise DataError(
            f"{names[column]!r} is infinite on {index[row].date()}; a price of zero before it? "
            "Replace the value by NaN or drop the row"
        )
    count = np.count_nonzero(values == values, axis=0)  # of what is not NaN
    # half of the values beyond a bound is the same as a median above it
    large = (np.count_nonzero(np.abs(values) > WILD, axis=0) * 2 > count) & (count >= 3)
    # a constant is judged later, by its own reason
    positive = (low > 0) & (high > low) & (count >= 20)
    for column in np.flatnonzero(large | positive).tolist():
        middle = float(np.nanmedian(np.abs(values[:, column])))
        hint = "all positive" if positive[column] else f"typically ±{middle:.3g}"
        raise SpecificationError(
            f"{names[column]!r} does not hold returns as fractions: its values are {hint}, like "
            "prices or per cent. Use np.log(prices).diff() (or prices.pct_change() with "
            "return_type='simple'), and divide per cent by 100"
        )


def check_estimation(estimation: Any) -> tuple[int, int]:
    """Return the estimation window as two ints."""
    first, last = _two_ints("estimation", estimation)
    if last < first:
        raise SpecificationError(f"estimation={estimation!r} ends before it starts")
    return first, last


def check_length(returns: pd.DataFrame, estimation: tuple[int, int]) -> None:
    """Raise if the estimation window is longer than the data."""
    if len(returns) <= estimation[1] - estimation[0]:
        raise SpecificationError(
            f"the estimation window [{estimation[0]}, {estimation[1]}] is longer than the data "
            f"({len(returns)} sessions); shorten it or load earlier returns"
        )


def check_min_obs(
    min_obs: int | None, estimation: tuple[int, int], model: str, estimated: int
) -> int:
    """Return the fewest matched days a pair needs, by default half the estimation window."""
    length, floor = estimation[1] - estimation[0] + 1, estimated + 3
    if length < floor:
        raise SpecificationError(
            f"the estimation window [{estimation[0]}, {estimation[1]}] has {length} sessions; "
            f"model={model!r} estimates {estimated} coefficients and needs at least {floor}"
        )
    if min_obs is None:
        return max(floor, length // 2)
    check_whole("min_obs", min_obs, 1)
    if not floor <= min_obs <= length:
        raise SpecificationError(
            f"min_obs={min_obs} must lie between {floor} (coefficients + 3) and {length} (the "
            "estimation window)"
        )
    return int(min_obs)


def check_windows(windows: Any, estimation: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Return event windows as a tuple of (first, last), all after the estimation window."""
    windows = windows.tolist() if isinstance(windows, np.ndarray) else windows
    if isinstance(windows, tuple | list) and len(windows) == 2 and all(map(is_whole, windows)):
        windows = [windows]
    if isinstance(windows, str) or not isinstance(windows, Sequence) or not len(windows):
        raise SpecificationError(
            f"windows={windows!r} must be a list of (first, last) sessions, e.g. [(-1, 1), (0, 5)]"
        )
    pairs = tuple(_two_ints("windows", window) for window in windows)
    for first, last in pairs:
        if last < first:
            raise SpecificationError(f"event window [{first}, {last}] ends before it starts")
        if first <= estimation[1]:
            raise SpecificationError(
                f"estimation window [{estimation[0]}, {estimation[1]}] overlaps event window "
                f"[{first}, {last}]: what is tested may not shape what is expected; end the "
                f"estimation window at {first - 1} or earlier"
            )
    if len(set(pairs)) < len(pairs):
        raise SpecificationError(f"windows={list(pairs)!r} names a window twice")
    return pairs


def _two_ints(name: str, value: Any) -> tuple[int, int]:
    value = value.tolist() if isinstance(value, np.ndarray) else value
    if (
        isinstance(value, str)
        or not isinstance(value, Sequence)
        or len(value) != 2
        or not all(map(is_whole, value))
    ):
        raise SpecificationError(
            f"{name}: {value!r} must be two whole numbers of sessions, e.g. (-1, 1)"
        )
    return int(value[0]), int(value[1])
