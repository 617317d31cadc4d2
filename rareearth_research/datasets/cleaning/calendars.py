"""Corrections of exchange calendars: hand-kept, each with its reason, source and status."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rareearth_research.datasets.calendars import KINDS, check_corrections
from rareearth_research.datasets.cleaning.events_schema import STATUS
from rareearth_research.datasets.columns import day, text
from rareearth_research.datasets.registry import CleaningLog, Table
from rareearth_research.datasets.venues import LISTED, VENUES

__all__ = ["TABLES"]

KEPT = tuple(dict.fromkeys(venue[-1] for venue in VENUES if venue[0] in LISTED))


def clean_corrections(raw: Mapping[str, pd.DataFrame], _log: CleaningLog) -> pd.DataFrame:
    """Return the corrections, checked as those of an argument are."""
    check_corrections("calendar_corrections.csv", raw["calendar_corrections.csv"])
    return CORRECTIONS.in_order(CORRECTIONS.read(raw))


CORRECTIONS = Table(
    name="calendar_corrections",
    title="Where exchange calendars are corrected",
    description=(
        "Days on which an exchange was closed, opened late or ended early and exchange_calendars "
        "does not say so: typhoons, outages, a circuit breaker. Add your own rows; the list is not "
        "complete, and halts within a session are not in it."
    ),
    raw=("calendar_corrections.csv",),
    sources=("calendar_corrections_compiled",),
    columns={
        "exchange": text("Calendar; Shenzhen keeps that of XSHG.", isin=KEPT),
        "date": day("Day, local."),
        "kind": text("closed: no session. session: one with these hours.", isin=KINDS),
        "open": text("Local time of the first trade, HH:MM; empty: as usual."),
        "close": text("Local time of the end of trading, HH:MM; empty: as usual."),
        "reason": text("What happened."),
        "source_url": text("Page it was read in, or that a note quotes."),
        "status": text("How far it was checked.", isin=(*STATUS, "entered by the user")),
    },
    loaders=("load_calendar_corrections",),
    clean=clean_corrections,
    primary_key=("exchange", "date"),
)

TABLES = (CORRECTIONS,)
