"""FRED, Federal Reserve Bank of St. Louis: the yuan's noon rate and the VIX close."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pandas as pd

from rareearth_research.datasets.sources.base import Source
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.rawfiles import RAW_FILES
from rareearth_research.errors import SourceError

__all__ = ["SOURCE"]

URL = "https://api.stlouisfed.org/fred/series/observations"
FIRST = dt.date(2009, 1, 1)
# FRED series -> raw file and its figure column
SERIES = {
    "DEXCHUS": ("fx_usdcny_daily.csv", "usdcny"),
    "VIXCLS": ("vix_daily.csv", "vix"),
}


def fetch(
    client: Client, since: dt.date | None, current: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
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


SOURCE = Source(
    name="fred",
    title="FRED",
    url="https://fred.stlouisfed.org/docs/api/fred/",
    licence="FRED terms: attribution; the VIX is Cboe's and may not be redistributed freely",
    feeds=tuple(RAW_FILES[file] for file, _ in SERIES.values()),
    fetch=fetch,
    hosts=("api.stlouisfed.org",),
    key="FRED_API_KEY",
    key_required=True,
    key_help="A free key: https://fredaccount.stlouisfed.org/apikeys",
)
