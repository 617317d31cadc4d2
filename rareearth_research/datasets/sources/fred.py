"""FRED, Federal Reserve Bank of St. Louis: the yuan's noon rate and the VIX close."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from rareearth_research.datasets.sources.base import described
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.tables.registry import Raw
from rareearth_research.errors import SourceError

URL = "https://api.stlouisfed.org/fred/series/observations"
FIRST = dt.date(2009, 1, 1)
# FRED series -> raw file and its figure column
SERIES = {"DEXCHUS": ("fx_usdcny_daily.csv", "usdcny"), "VIXCLS": ("vix_daily.csv", "vix")}


def fetch(client: Client, since: dt.date | None, current: Raw) -> dict[str, pd.DataFrame]:
    """Return the observations of both series; days FRED marks "." are left out."""
    frames = {}
    for series, (file, column) in SERIES.items():
        answer = client.get(
            URL,
            "json",
            params={
                "series_id": series,
                "file_type": "json",
                "observation_start": (since or FIRST).isoformat(),
                "api_key": client.key,
            },
        ).json()
        observations = answer.get("observations") if isinstance(answer, dict) else None
        if not isinstance(observations, list) or not all(
            isinstance(row, dict) and {"date", "value"} <= row.keys() for row in observations
        ):
            raise SourceError(f"FRED changed its answer for {series}: no dated observations in it")
        rows = [(row["date"], row["value"]) for row in observations if row["value"] != "."]
        frames[file] = pd.DataFrame(rows, columns=["date", column])
    return frames


SOURCE = described("fred", fetch)
