"""Stooq: daily closes of US securities, for when Yahoo is out of reach.

Its closes know splits but perhaps not every dividend, so a build takes them only where Yahoo's end.

Stooq answers with status 200 whatever happens: a page, "Exceeded the daily hits limit", "No data",
"Get your apikey". Only text that begins with its CSV header is data.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from rareearth_research.datasets.sources.base import described
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.parsing import csv_table, decode_text
from rareearth_research.datasets.sources.tickers import FIRST, each_security
from rareearth_research.datasets.sources.transport import Throttled
from rareearth_research.datasets.tables.registry import Raw
from rareearth_research.errors import SourceError

URL = "https://stooq.com/q/d/l/"


def fetch(client: Client, since: dt.date | None, current: Raw) -> dict[str, pd.DataFrame]:
    """Return closes and volumes of every US security, one request each."""
    span = {"d1": f"{since or FIRST:%Y%m%d}", "d2": f"{dt.date.today():%Y%m%d}"}

    def ask(symbol: str) -> pd.DataFrame | None:
        params = {"s": symbol, "i": "d", "apikey": client.key, **span}
        return _closes(client, client.get(URL, "csv", params=params).content, symbol)

    return each_security(client, current, ask)


def _closes(client: Client, content: bytes, symbol: str) -> pd.DataFrame | None:
    text = decode_text(content).strip()
    if text.lower() == "no data":
        return None
    if "apikey" in text[:200].lower():
        raise Throttled(f"{SOURCE.title} does not take STOOQ_API_KEY. {SOURCE.key_help}")
    if "limit" in text[:200].lower():
        raise Throttled(
            f"{SOURCE.title} stopped at {symbol}: {client.redact(text)[:80]!r}; try again tomorrow"
        )
    table = csv_table(content, ("Date", "Close", "Volume"), f"{SOURCE.title} ({symbol})")
    if table.empty:
        raise SourceError(f"{SOURCE.title} sent a table without rows for {symbol}")
    frame = pd.DataFrame(
        {"date": table["Date"], "adjusted_close": table["Close"], "volume": table["Volume"]}
    )
    return frame[~frame["adjusted_close"].isin(["", "N/D"])]  # a day without a close yet


SOURCE = described("stooq", fetch)
