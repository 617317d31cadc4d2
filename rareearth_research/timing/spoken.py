"""How is the moment of an announcement said? In the time of the place, with UTC beside it.

And which sessions it leaves possible, where those are two.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rareearth_research.errors import few, listed
from rareearth_research.timing.exchanges import EXCHANGES

TWO = {"latest": "later", "earliest": "earlier"}  # which of two sessions is studied
DATED = "date_only"  # phase of a day without a zone
MOST = 3  # events named


def spoken(announced: tuple[pd.Timestamp, pd.Timestamp], zone: str) -> str:
    """Return an interval of instants in words.

    Parameters
    ----------
    announced : (Timestamp, Timestamp)
        With a time zone; the same twice for an instant.
    zone : str
        IANA name of the place's zone.

    Returns
    -------
    str
        ``"9 October 2025, 09:00 to 09:29 in Shanghai (01:00 to 01:29 UTC)"``; the UTC day where
        it is another one.
    """
    ends = dict.fromkeys(announced)
    local, utc = ([end.tz_convert(name) for end in ends] for name in (zone, "UTC"))
    place = zone.rpartition("/")[2].replace("_", " ")
    said = f"{local[0].day} {local[0]:%B %Y}, {_hours(local, local[0])}"
    if place == "UTC":
        return f"{said} UTC"
    return f"{said} in {place} ({_hours(utc, local[0])} UTC)"


def _hours(ends: list[pd.Timestamp], told: pd.Timestamp) -> str:
    """Return clock times, each with its day where that was not told yet."""
    words = []
    for end in ends:
        same = end.date() == told.date()
        words.append(f"{end:%H:%M}" if same else f"{end.day} {end:%B} {end:%H:%M}")
        told = end
    return " to ".join(words)


def either(sessions: pd.DataFrame, names: Mapping[str, str], timing: str) -> list[str]:
    """Say which session is studied where another one is possible; nothing where none is.

    Parameters
    ----------
    sessions : DataFrame
        As `map_sessions` gives them.
    names : mapping
        What a sentence calls each event, by id.
    timing : str
        One of `TWO`.

    Returns
    -------
    list of str
        A sentence on announcements that straddle a close, and one on days without a zone.
    """
    two, dated = sessions[sessions["ambiguous"]], sessions[sessions["phase"] == DATED]
    said = []
    if len(two):
        ends = two["session_earliest"].map(_day) + " or " + two["session_latest"].map(_day)
        of = _of(two, names, ends)
        said.append(f"Two sessions are possible for {of}: the {TWO[timing]} one is studied.")
    if len(dated):
        of = _of(dated, names, dated["session"].map(_day))
        said.append(
            f"Only the day is known of {of}, and no zone: that day's session is studied; news "
            "after its close would belong to the next."
        )
    return said


def _of(sessions: pd.DataFrame, names: Mapping[str, str], days: pd.Series) -> str:
    """Name events, each with its days by city; cities of the same days together."""
    cities = sessions["exchange"].map(lambda mic: EXCHANGES[mic].city)
    parts = []
    for event, own in days.groupby(sessions["event_id"], sort=False):
        places = [f"{day} in {listed(cities[own.index[own == day]])}" for day in own.unique()]
        parts.append(f"{names[str(event)]} ({'; '.join(places)})")
    return few(parts, MOST)


def _day(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%B %Y}"
