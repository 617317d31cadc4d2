"""Do what a message says: the remedies that can be carried out on a bad value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

Mend = Callable[[Any, Any, re.Match[str]], Any]


def remedy(message: str, bad: Any, right: Any) -> Any:
    """Do to `bad` what `message` says; None where nothing here knows how."""
    for pattern, mend in REMEDIES:
        if found := re.search(pattern, message):
            try:
                return mend(bad, right, found)
            except Exception:
                return None
    return None


def lost(mended: Any, right: Any) -> Any:
    """Return `right` without the columns and values that a remedy gave up."""
    if isinstance(right, pd.DataFrame) and isinstance(mended, pd.DataFrame):
        right = right[[column for column in right if column in mended]]
    same = isinstance(right, pd.DataFrame | pd.Series) and np.shape(mended) == np.shape(right)
    return right.where(pd.notna(np.asarray(mended))) if same else right


def odd_column(bad: pd.DataFrame, right: pd.DataFrame) -> str:
    """Return the column whose first value is not the right one."""
    return next(c for c in right.columns if str(bad[c].iloc[0]) != str(right[c].iloc[0]))


def put(bad: Any, right: Any, new: Any) -> Any:
    """Put `new` where the first row is not right, or in place of a single value."""
    if isinstance(bad, pd.DataFrame):
        column = odd_column(bad, right)
        values = pd.Series([new, *right[column].iloc[1:]], bad.index, dtype=object)
        return bad.assign(**{column: values})
    return new if isinstance(bad, str | int | float) or not np.iterable(bad) else None


def as_iso(bad: Any, right: Any, _: Any) -> Any:
    if isinstance(right, pd.DataFrame):
        value = right[odd_column(bad, right)].iloc[0]
        whole = isinstance(value, pd.Timestamp) and value.tzinfo is None
        return put(bad, right, f"{value:%Y-%m-%d}" if whole else str(value))
    day = isinstance(right, str) and re.fullmatch(r"\d{4}-\d\d-\d\d.*", right)
    return right if day else None


def not_prices(bad: Any, right: Any, found: re.Match[str]) -> Any:
    """Make returns of prices and fractions of per cent, in the column named or in all of them."""

    def mend(values: Any, like: Any) -> Any:
        return np.log(values).diff() if (like > 0).all() else values / 100

    if isinstance(bad, pd.Series):
        return mend(bad, bad)
    odd = [column for column in bad if not bad[column].equals(right[column])]
    named = bad[found[1]]
    return bad.assign(**{column: mend(bad[column], named) for column in odd})


def as_column_of(bad: pd.DataFrame, right: pd.DataFrame, _: Any) -> pd.DataFrame:
    plain = {str(column).strip().casefold(): column for column in right.columns}
    return bad.rename(columns=lambda column: plain.get(str(column).strip().casefold(), column))


def excel_day(bad: Any, right: Any, _: Any) -> Any:
    serial = bad[odd_column(bad, right)].iloc[0] if isinstance(bad, pd.DataFrame) else bad
    return put(bad, right, pd.to_datetime(serial, unit="D", origin="1899-12-30"))


def dated(bad: pd.DataFrame, *_: Any) -> pd.DataFrame | None:
    if "date" in bad:
        return bad.set_index(pd.to_datetime(bad["date"])).drop(columns="date")
    if isinstance(bad.index, pd.RangeIndex):
        return None  # only their owner has the dates
    return bad.set_axis(pd.to_datetime(bad.index), axis=0)


def numbers(bad: Any, *_: Any) -> Any:
    if isinstance(bad, pd.Series):
        return pd.to_numeric(bad, errors="coerce")
    return bad.apply(pd.to_numeric, errors="coerce")


def per_cent(bad: Any, *_: Any) -> Any:
    if isinstance(bad, pd.Series):
        return bad.str.rstrip("%").astype(float) / 100
    return bad.apply(lambda c: c if c.dtype.kind == "f" else c.str.rstrip("%").astype(float) / 100)


def without(bad: pd.DataFrame, _: Any, found: re.Match[str]) -> pd.DataFrame:
    return bad.drop(columns=found[1] or found[2])


def own_ids(bad: pd.DataFrame, right: pd.DataFrame, _: Any) -> pd.DataFrame:
    dates = bad["date" if "date" in bad else "announced_earliest"].astype(str)
    own = bad["event_id"] + " " + dates
    first = dict(zip(own, right["event_id"], strict=True))  # to be compared, the right names
    return bad.assign(event_id=own.map(first))


def less_one(bad: Any, *_: Any) -> Any:
    gross = bad.gt(0).all(axis=None) and bad.lt(3).all(axis=None)
    return bad - 1 if gross else None


def only_if(right: Any, listed: str) -> Any:
    return right if isinstance(right, str) and f"'{right}'" in listed else None


REMEDIES: list[tuple[str, Mend]] = [
    (r"sort_index\(\)", lambda bad, *_: bad.sort_index()),
    (r"tz_localize\(None\)", lambda bad, *_: bad.tz_localize(None)),
    (r"to_timestamp\(\)", lambda bad, *_: bad.to_timestamp()),
    (r"droplevel\(0, axis=1\)", lambda bad, *_: bad.droplevel(0, axis=1)),
    (r"origin='1899-12-30'", excel_day),
    (r"set_index\(", dated),
    (r"keep one row a date", lambda bad, *_: bad[~bad.index.duplicated()]),
    (r"the column .* more than once", lambda bad, *_: bad.loc[:, ~bad.columns.duplicated()]),
    (r"fill it", lambda _, right, __: right),
    (r"drop (those|these|the|such) (rows|days)", lambda bad, *_: bad[bad.ne(0).any(axis=1)]),
    (r"errors=.coerce.", numbers),
    (r"rstrip\('%'\)", per_cent),
    (r"(?:column '([^']+)'.*leave it out|drop\(columns='([^']+)'\))", without),
    (r"names a \w+ twice", lambda bad, *_: list(dict.fromkeys(bad))),
    (r"lists .* more than once; keep one row each", lambda bad, *_: bad.drop_duplicates()),
    (r"give each its own, such as", own_ids),
    (r"pd\.to_numeric", lambda bad, *_: bad.apply(pd.to_numeric)),
    (r"subtract 1", less_one),
    (r"'([^']+)'[^']*Use np\.log\(prices\)", not_prices),
    (r"by NaN", lambda bad, *_: bad.where(bad.abs() < 5)),
    (r"no column '\w+'", as_column_of),
    (r"nearest: ('.*)", lambda _, right, found: only_if(right, found[1])),
    (r"(?:write|as|alone|such as)[^']*'((?!2025-04-04|2024-04-04)\d{4}-\d\d-\d\d)'",
        lambda bad, right, found: put(bad, right, found[1])),
    (r"'?YYYY-MM-DD'?|'2025-04-04|add the zone", as_iso),
]  # fmt: skip
