"""Corrections of exchange calendars: hand-kept, each with its reason, source and status."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.calendars import check_corrections
from rareearth_research.datasets.tables.registry import CleaningLog, Raw, described
from rareearth_research.datasets.venues import LISTED, VENUES

KEPT = tuple(dict.fromkeys(venue[-1] for venue in VENUES if venue[0] in LISTED))


def clean_corrections(raw: Raw, _log: CleaningLog) -> pd.DataFrame:
    """Return the corrections, checked as those of an argument are."""
    check_corrections("calendar_corrections.csv", raw["calendar_corrections.csv"])
    return CORRECTIONS.in_order(CORRECTIONS.read(raw))


CORRECTIONS = described("calendar_corrections", clean_corrections, calendars=KEPT)

TABLES = (CORRECTIONS,)
