"""Are the events of a study events at all? One id and one date, or interval, each.

Each message names the row or column at fault and what to do instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.errors import SpecificationError, did_you_mean

__all__ = ["check_events", "event_windows"]

_EITHER_ORDER = re.compile(r"\s*\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")  # 07/12/2021, 12.07.21
_DATED_BY = ("date", "announced_date", "announced_earliest", "effective_date", "reported_date")


def check_events(events: Any) -> pd.DataFrame:
    """Return `events` as a frame with event_id and a date or interval, or raise."""
    frame = events if isinstance(events, pd.DataFrame) else _from_dates(events)
    if frame.empty:
        raise SpecificationError(
            "events is empty: give at least one event (did a filter drop all?)"
        )
    listed = ", ".join(map(repr, frame.columns))
    if "event_id" not in frame.columns:
        raise SpecificationError(
            f"events has no column 'event_id'{did_you_mean('event_id', frame.columns)}; "
            f"its columns are {listed}"
        )
    if not any(name in frame.columns for name in _DATED_BY):
        raise SpecificationError(
            "events has no column 'date' and no announcement interval"
            f"{did_you_mean('date', frame.columns)}; its columns are {listed}"
        )
    if frame["event_id"].isna().any():
        raise SpecificationError(
            f"events has no event_id in row {int(np.argmax(frame['event_id'].isna()))}"
        )
    keys = ["event_id", "security"] if "security" in frame.columns else ["event_id"]
    twice = frame.duplicated(keys)
    if twice.any():
        row = frame.loc[twice, keys].iloc[0]
        raise SpecificationError(
            f"events lists {' / '.join(repr(str(v)) for v in row)} more than once; "
            "an event id stands for one announcement"
            + ("" if len(keys) == 2 else " (add a column 'security' to list pairs)")
        )
    for name in set(_DATED_BY) & set(frame.columns):
        _check_dates(name, frame[name])
    return frame.reset_index(drop=True)


def event_windows(events: pd.DataFrame) -> list[tuple[int, int]]:
    """Return the span of the events' own windows, columns ``window_start`` and ``window_end``."""
    for name in ("window_start", "window_end"):
        if name not in events.columns:
            raise SpecificationError(
                f"windows='events' reads the columns window_start and window_end; events has no "
                f"{name!r}{did_you_mean(name, events.columns)}"
            )
        whole = pd.to_numeric(events[name], errors="coerce")
        bad = whole.isna() | (whole % 1 != 0)
        if bad.any():
            row = int(np.argmax(bad))
            raise SpecificationError(
                f"event {events['event_id'].iloc[row]!r} has {name}={events[name].iloc[row]}, "
                "not a whole number of sessions"
            )
    start, end = events["window_start"].astype(int), events["window_end"].astype(int)
    if (end < start).any():
        row = int(np.argmax(end < start))
        raise SpecificationError(
            f"event {events['event_id'].iloc[row]!r} has a window [{start.iloc[row]}, "
            f"{end.iloc[row]}] that ends before it starts"
        )
    return [(int(start.min()), int(end.max()))]


def _check_dates(name: str, dates: pd.Series) -> None:
    """Raise where a date is a bare number, or text that reads as two different days."""
    if pd.api.types.is_datetime64_any_dtype(dates.dtype):
        return
    for row, value in enumerate(dates):
        unclear = isinstance(value, int | float | np.number) and value == value
        if unclear or (isinstance(value, str) and _EITHER_ORDER.match(value)):
            raise SpecificationError(
                f"events has {name}={value!r} in row {row}, which can be read in more than one "
                "way; write 'YYYY-MM-DD' or pass a date"
            )


def _from_dates(events: Any) -> pd.DataFrame:
    if isinstance(events, str | pd.Timestamp | np.datetime64) or not isinstance(events, Iterable):
        events = [events]
    listed = list(events)
    _check_dates("date", pd.Series(listed, dtype=object))
    try:
        dates = pd.DatetimeIndex([pd.Timestamp(date) for date in listed])
    except (TypeError, ValueError) as error:
        raise SpecificationError(
            f"events must be a DataFrame with event_id and date, or a list of dates: {error}"
        ) from None
    ids = [str(date.date()) if not pd.isna(date) else "" for date in dates]
    return pd.DataFrame({"event_id": ids, "date": dates})
