"""Stooq: daily closes of US securities, for when Yahoo is out of reach.

Its closes know splits but perhaps not every dividend, so they only continue the series: days the
file has must agree, and keep their figures.

Stooq answers with status 200 whatever happens: a page, "Exceeded the daily hits limit", "No data",
"Get your apikey". Only text that begins with its CSV header is data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from rareearth_research.datasets.sources.base import Source
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.parsing import csv_table, decode_text
from rareearth_research.datasets.sources.rawfiles import RAW_FILES
from rareearth_research.errors import SourceError

__all__ = ["SOURCE"]

TITLE = "Stooq"
URL = "https://stooq.com/q/d/l/"
FILE = "prices_us_adjusted.csv"


def fetch(
    client: Client, since: dt.date | None, current: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Return the closes of every ticker the raw file has, one request each."""
    parts = []
    for ticker in sorted(current[FILE]["ticker"].unique()):
        params = {"s": f"{ticker.lower().replace('.', '-')}.us", "i": "d", "apikey": client.key}
        if since:
            params |= {"d1": since.strftime("%Y%m%d"), "d2": dt.date.today().strftime("%Y%m%d")}
        content = client.get(URL, "csv", params=params).content
        if (closes := _closes(client, content, ticker)) is not None:
            parts.append(closes)
    if not parts:
        raise SourceError(f"{TITLE} has no data for any ticker of {FILE}; nothing was changed")
    return {FILE: pd.concat(parts, ignore_index=True)}


def _closes(client: Client, content: bytes, ticker: str) -> pd.DataFrame | None:
    text = decode_text(content).strip()
    if text.lower() == "no data":
        return None
    if "apikey" in text[:200].lower():
        raise SourceError(f"{TITLE} asks for a key: set STOOQ_API_KEY. {SOURCE.key_help}")
    if "limit" in text[:200].lower():
        raise SourceError(
            f"{TITLE} stopped at {ticker}: {client.redact(text)[:80]!r}; try again tomorrow"
        )
    table = csv_table(content, ("Date", "Close"), f"{TITLE} ({ticker})")
    frame = pd.DataFrame(
        {"date": table["Date"], "ticker": ticker, "adjusted_close": table["Close"]}
    )
    # An unfinished day has no close yet, or one that is not final.
    today = pd.Timestamp.now("America/New_York").strftime("%Y-%m-%d")
    return frame[~frame["adjusted_close"].isin(["", "N/D"]) & (frame["date"] < today)]


SOURCE = Source(
    name="stooq",
    title=TITLE,
    url="https://stooq.com/db/",
    licence="personal use; no redistribution",
    feeds=(replace(RAW_FILES[FILE], append_only=True),),
    fetch=fetch,
    hosts=("stooq.com",),
    key="STOOQ_API_KEY",
    key_help="Stooq shows a key behind a captcha at https://stooq.com/q/d/?s=spy.us&get_apikey",
    overlap_days=90,
)
