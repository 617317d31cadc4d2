"""Filters the loaders share: names that must exist, and days.

A value that occurs nowhere is an error with the nearest names, so that a typing mistake never
looks like an empty result.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd

from rareearth_research.errors import DataError, did_you_mean

__all__ = ["Day", "Names", "as_flag", "as_names", "matching", "within"]

Names = str | Iterable[str]
Day = str | date | pd.Timestamp


def matching(column: pd.Series, wanted: Names, label: str, hint: str) -> pd.Series:
    """Return which ``;`` separated lists of `column` hold any of `wanted`.

    `label` and `hint` word the error for a value that is nowhere in the column.
    """
    parts = column.str.split(";")
    known = sorted({part for row in parts for part in row if part})
    chosen = as_names(wanted, label)
    for name in chosen:
        if name not in known:
            choices = "" if len(known) > 12 else f"; known: {', '.join(known)}"
            raise DataError(
                f"{label} {name!r} is not in the table{did_you_mean(name, known)}{choices}. {hint}"
            )
    return parts.map(lambda row: not set(chosen).isdisjoint(row)).astype(bool)


def as_names(wanted: Names, label: str) -> list[str]:
    """Return one name or several as a list, or say that they are not names."""
    names = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(names, Iterable):
        raise DataError(f"{label} is {wanted!r}; give a name or a list of names")
    found = list(names)
    if not all(isinstance(name, str) for name in found):
        raise DataError(f"{label} is {found!r}; give a name or a list of names")
    if not found:
        raise DataError(
            f"{label}: an empty list selects nothing; leave the filter out to get everything"
        )
    return found


def as_flag(value: object, label: str) -> bool:
    """Return a true/false choice, or say that it is none."""
    if not isinstance(value, bool):
        raise DataError(f"{label} is {value!r}; give True, False, or leave it out")
    return value


def within(days: pd.Series | pd.Index, since: Day | None, until: Day | None) -> pd.Series:
    """Return which of `days` lie from `since` to `until`, both included."""
    first, last = _day(since, "since"), _day(until, "until")
    if first is not None and last is not None and first > last:
        raise DataError(f"since {first.date()} is after until {last.date()}; exchange them")
    keep = pd.Series(True, index=getattr(days, "index", days))
    if first is not None:
        keep &= days >= first
    if last is not None:
        keep &= days <= last
    return keep


def _day(value: Day | None, label: str) -> pd.Timestamp | None:
    if value is None:
        return None
    problem = f"{label} is {value!r}; give a calendar day such as '2025-04-04', without a zone"
    try:
        day = pd.Timestamp(value)
    except (ValueError, TypeError):
        raise DataError(problem) from None
    if pd.isna(day) or day.tz is not None:
        raise DataError(problem)
    return day.normalize()
