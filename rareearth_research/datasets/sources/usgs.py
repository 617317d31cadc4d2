"""USGS Mineral Commodity Summaries 2026: the data release on ScienceBase, in Windows-1252.

A newer edition is another table (another raw file), not a refresh of this one: its last year is an
estimate that the next edition revises.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from rareearth_research.datasets.sources.base import described
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.parsing import csv_table
from rareearth_research.datasets.tables.registry import Raw
from rareearth_research.errors import SourceError

ITEM = "https://www.sciencebase.gov/catalog/item/696a75d5d4be0228872d3bf8"
FILE = "MCS2026_Commodities_Data.csv"
COLUMNS = {
    "MCS chapter": "chapter",
    "Section": "section",
    "Commodity": "commodity",
    "Country": "country",
    "Statistics": "statistic",
    "Statistics_detail": "detail",
    "Unit": "unit",
    "Year": "year",
    "Value": "value",
    "Notes": "notes",
    "Is critical mineral 2025": "critical_2025",
}


def fetch(client: Client, since: dt.date | None, current: Raw) -> dict[str, pd.DataFrame]:
    """Return the chapters the raw file has; `since` cuts by year."""
    item = client.get(ITEM, "json", params={"format": "json", "fields": "title,files"}).json()
    files = item.get("files", []) if isinstance(item, dict) else []
    address = next((f.get("downloadUri") or f.get("url") for f in files if f["name"] == FILE), None)
    if not address:
        names = ", ".join(repr(f.get("name")) for f in files) or "no files"
        raise SourceError(f"{SOURCE.title}: the release no longer holds {FILE!r}; it holds {names}")
    table = csv_table(client.get(address, "csv").content, COLUMNS, SOURCE.title)
    table = table[list(COLUMNS)].rename(columns=COLUMNS)
    table = table[table["chapter"].isin(set(current["usgs_mcs2026.csv"]["chapter"]))]
    if since:
        table = table[table["year"].str[:4] >= str(since.year)]
    return {"usgs_mcs2026.csv": table.reset_index(drop=True)}


SOURCE = described("usgs", fetch)
