"""How is the moment of an announcement said? In the time of the place, with UTC beside it."""

from __future__ import annotations

import pandas as pd

__all__ = ["spoken"]


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
