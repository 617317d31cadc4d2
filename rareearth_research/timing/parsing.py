"""Instants and days as people write them, or a sentence about what is wrong with them.

Only full ISO dates are read from text: a month must not become its first day, and 04/05/2025 is a
different day on either side of the Atlantic. A number is never a date.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.errors import TimingError

__all__ = ["NOT_A_TIME", "read_days", "read_instants"]

NOT_A_TIME = np.iinfo(np.int64).min
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")


def read_instants(values: pd.Series, ids: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return UTC nanoseconds, ``NOT_A_TIME`` where blank; a value without a zone is an error."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return _nanoseconds(pd.DatetimeIndex(values), values.name)
    out = np.full(len(values), NOT_A_TIME)
    for row, value in _given(values):
        what = f"event {ids[row]!r}: {values.name}"
        stamp = _stamp(value, what)
        if stamp.tzinfo is None:
            raise TimingError(
                f"{what} {str(value)!r} has no zone, so it may lie on either side of a close; add "
                "one, as in '2025-04-04T18:00+08:00'"
            )
        out[row] = stamp.value
    return out


def read_days(
    values: pd.Series, ids: NDArray[np.object_]
) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """Return naive days, and the UTC nanoseconds of those entries that carry a zone.

    An entry is one or the other; a clock time without a zone is an error.
    """
    days = np.full(len(values), np.datetime64("NaT"), dtype="datetime64[ns]")
    clocks = np.full(len(values), NOT_A_TIME)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return days, read_instants(values, ids)
    if pd.api.types.is_datetime64_dtype(values.dtype):
        stamps = pd.DatetimeIndex(values)
        days = _nanoseconds(stamps, values.name).view("datetime64[ns]")
        clocked = ~np.isnat(days) & (days != days.astype("datetime64[D]"))
        for stamp, event_id in zip(stamps[clocked], ids[clocked], strict=True):
            raise TimingError(_no_zone(event_id, values.name, stamp))
        return days, clocks
    for row, value in _given(values):
        stamp = _stamp(value, f"event {ids[row]!r}: {values.name}")
        if stamp.tzinfo is not None:
            clocks[row] = stamp.value
        elif stamp == stamp.normalize():
            days[row] = stamp.to_datetime64()
        else:
            raise TimingError(_no_zone(ids[row], values.name, stamp))
    return days, clocks


def _given(values: pd.Series) -> list[tuple[int, Any]]:
    """Positions and values that are not blank."""
    blank = values.isna().to_numpy()
    return [(i, v) for i, v in enumerate(values.array) if not blank[i] and v != ""]


def _stamp(value: Any, what: str) -> pd.Timestamp:
    if isinstance(value, str):
        readable = bool(ISO_DAY.match(value))
    else:
        readable = isinstance(value, dt.date | np.datetime64)  # datetimes and Timestamps are dates
    if not readable:
        raise TimingError(
            f"{what} {value!r} is not a day or an instant; write 2025-04-04 or "
            "2025-04-04T18:00+08:00"
        )
    try:
        return pd.Timestamp(value).as_unit("ns")
    except (ValueError, TypeError) as error:
        raise TimingError(f"{what} {value!r} is not a day or an instant: {error}") from error


def _nanoseconds(stamps: pd.DatetimeIndex, name: Any) -> NDArray[np.int64]:
    try:
        return stamps.as_unit("ns").asi8.copy()
    except ValueError as error:
        raise TimingError(
            f"column {name!r} holds a date that no calendar reaches: {error}"
        ) from error


def _no_zone(event_id: Any, column: Any, stamp: pd.Timestamp) -> str:
    return (
        f"event {event_id!r}: {column} {stamp} has a clock time but no zone; give "
        "announced_earliest and announced_latest with a zone, or a date without a time"
    )
