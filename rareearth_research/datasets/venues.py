"""Which exchanges are there, whose calendar does each keep, and how do data vendors write it?

`venues.csv` has a row an exchange: its MIC, the calendar of `exchange_calendars` that it keeps
(Shenzhen keeps Shanghai's), its zone, the suffixes by which Yahoo, Reuters, Stooq, Wind and others
name it, other names of it, its city and its own name. Where vendors disagree over a suffix, Yahoo's
use counts; a suffix that is a share class at least as often (``.A``, ``.B``, ``.K``) is nobody's.
"""

from __future__ import annotations

import csv
from pathlib import Path

# exchanges of this project's own securities: what tables and pictures show unless told otherwise
LISTED = ("XNYS", "XASX", "XSHG", "XSHE", "XTKS", "XTSE", "XHKG", "XLON", "XETR")


def _read(row: dict[str, str]) -> tuple[str, str, str, tuple[str, ...], tuple[str, ...], str, str]:
    suffixes, names = (tuple(row[column].split()) for column in ("suffixes", "names"))
    return row["mic"], row["name"], row["city"], suffixes, names, row["zone"], row["calendar"]


with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as _file:
    VENUES = tuple(map(_read, csv.DictReader(_file)))
CALENDARS = tuple(dict.fromkeys(calendar for *_, calendar in VENUES))
SUFFIXES = {suffix: mic for mic, _, _, suffixes, *_ in VENUES for suffix in suffixes}
