"""One announcement, one exchange: the answer a person asks for.

`event_session` takes whatever names a moment: an instant with a zone, a calendar date, a pair of
instants, a row of the events table, or an event's id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rareearth_research.choices import Rule, Timing
from rareearth_research.days import read_instant, read_stamp
from rareearth_research.errors import TimingError
from rareearth_research.timing.events import check_events
from rareearth_research.timing.exchanges import check_exchange
from rareearth_research.timing.sessions import map_sessions


@dataclass(frozen=True)
class EventSession:
    """The session of one exchange that could first price an announcement.

    Attributes
    ----------
    session : Timestamp
        Exchange-local date, naive; NaT if there is none, with `reason` saying why.
    phase : str
        What the exchange was doing, one of `timing.PHASES`.
    ambiguous : bool
        Whether the ends of the announcement's interval fall into different sessions.
    earliest, latest : Timestamp
        Session of either end; equal unless `ambiguous`.
    exchange : str
        MIC.
    reason : str
        Empty, ``"no_session"``, ``"no_time"`` or ``"imprecise_date"``.
    shift : int
        Closed calendar days crossed.
    """

    session: pd.Timestamp
    phase: str
    ambiguous: bool
    earliest: pd.Timestamp
    latest: pd.Timestamp
    exchange: str
    reason: str = ""
    shift: int = 0


def event_session(
    event_or_instant: Any,
    exchange: str = "XNYS",
    *,
    rule: Rule = "next",
    max_shift: int = 10,
    timing: Timing = "latest",
    calendar: pd.DataFrame | None = None,
) -> EventSession:
    """Return the first session of an exchange whose close is after an announcement.

    Parameters
    ----------
    event_or_instant : Timestamp, datetime, str, date, tuple, Series, mapping or DataFrame
        An instant with a zone (``"2025-05-12T15:00+08:00"``), a pair of instants
        ``(earliest, latest)``, a date (itself the session), an event id of the shipped list, or
        one row of an events frame.
    exchange : str
        MIC, one of `EXCHANGES`.
    rule : str, default "next"
    max_shift : int, default 10
    timing : str, default "latest"
    calendar : DataFrame, optional
        As in `map_sessions`.

    Returns
    -------
    EventSession

    Raises
    ------
    TimingError
        As in `map_sessions`; in particular for an instant without a zone.

    Examples
    --------
    >>> event_session("2025-05-12T15:00+08:00", "XSHG").session  # at the closing bell
    Timestamp('2025-05-13 00:00:00')
    """
    mic = check_exchange(exchange).mic
    frame = event_frame(event_or_instant)
    row = map_sessions(
        frame, mic, timing=timing, rule=rule, max_shift=max_shift, calendar=calendar
    ).iloc[0]
    return EventSession(
        session=row["session"],
        phase=row["phase"],
        ambiguous=bool(row["ambiguous"]),
        earliest=row["session_earliest"],
        latest=row["session_latest"],
        exchange=mic,
        reason=row["reason"],
        shift=int(row["shift"]),
    )


def event_frame(event: Any, name: str = "event_or_instant") -> pd.DataFrame:
    """Return the one-row events frame that `event` stands for; `name` is its argument's."""
    if isinstance(event, pd.DataFrame):
        frame = check_events(event, name)
        if len(frame) != 1:
            raise TimingError(
                f"{name} must be one event, got a frame of {len(frame)}; pick a row, such as "
                "frame.iloc[[0]], or use map_sessions"
            )
        return frame
    if isinstance(event, pd.Series):
        row = event.to_frame().T.infer_objects()
        return check_events(row if "event_id" in row else row.assign(event_id="this event"), name)
    if isinstance(event, tuple) and hasattr(event, "_asdict"):
        event = event._asdict()
    if isinstance(event, Mapping):
        return check_events(pd.DataFrame([{"event_id": "this event", **event}]), name)
    if isinstance(event, tuple | list):
        if len(event) != 2:
            raise TimingError(f"{name} must be (earliest, latest); got {len(event)} values")
        return _between(*(read_instant(end, f"{name}:", TimingError) for end in event))
    if isinstance(event, str) and event.strip() and not event.strip()[0].isdigit():
        from rareearth_research.datasets import load_events

        return load_events(event_ids=[event.strip()])
    stamp = read_stamp(event, name, TimingError)
    return _between(stamp, stamp) if stamp.tzinfo is not None else _on(stamp)


def _between(earliest: pd.Timestamp, latest: pd.Timestamp) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": ["this event"],
            "announced_earliest": pd.Series([earliest], dtype=object),
            "announced_latest": pd.Series([latest], dtype=object),
        }
    )


def _on(day: pd.Timestamp) -> pd.DataFrame:
    return pd.DataFrame({"event_id": ["this event"], "date": [day]})
