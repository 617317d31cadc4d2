"""Filters the loaders share: names that must exist, and days.

A value that occurs nowhere is an error with the nearest names, so that a typing mistake never
looks like an empty result.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from rareearth_research.arguments import check_names
from rareearth_research.days import Day, read_span
from rareearth_research.errors import DataError, did_you_mean

__all__ = ["Names", "matching", "within"]

Names = str | Iterable[str]


def matching(column: pd.Series, wanted: Names, label: str, hint: str) -> pd.Series:
    """Return which ``;`` separated lists of `column` hold any of `wanted`.

    `label` and `hint` word the error for a value that is nowhere in the column.
    """
    parts = column.str.split(";")
    known = sorted({part for row in parts for part in row if part})
    chosen = check_names(label, wanted, DataError)
    for name in chosen:
        if name not in known:
            choices = "" if len(known) > 12 else f"; known: {', '.join(known)}"
            raise DataError(
                f"{label} {name!r} is not in the table{did_you_mean(name, known)}{choices}. {hint}"
            )
    return parts.map(lambda row: not set(chosen).isdisjoint(row)).astype(bool)


def within(days: pd.Series | pd.Index, since: Day | None, until: Day | None) -> pd.Series:
    """Return which of `days` lie from `since` to `until`, both included.

    Either may be a day, or a month (``"2024-05"``) or year (``"2024"``): the first day of `since`
    and the last of `until` count.
    """
    first = None if since is None else read_span(since, "since")[0]
    last = None if until is None else read_span(until, "until")[1]
    if first is not None and last is not None and first > last:
        raise DataError(f"since {first.date()} is after until {last.date()}; exchange them")
    keep = pd.Series(True, index=getattr(days, "index", days))
    if first is not None:
        keep &= days >= first
    if last is not None:
        keep &= days <= last
    return keep
