"""Sina Finance: A-shares and the CSI 300, for when Yahoo is out of reach or lacks a session.

Two open addresses, of which akshare reads the second too: closes as traded with the volume in
shares, and the days from which on a factor divides them (cash dividends, bonus shares, rights).
The factors are proportional, so that returns are the exchange's on every day. Eastmoney, which most
clients fetch, does not say how it adjusts, and has sent negative closes. There is no key.
"""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd

from rareearth_research.datasets.sources.base import described
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.tickers import FIRST, each_security
from rareearth_research.datasets.tables.registry import Raw
from rareearth_research.errors import SourceError

CLOSES = "https://quotes.sina.cn/cn/api/json_v2.php/CN_MarketDataService.getKLineData"
FACTORS = "https://finance.sina.com.cn/realstock/company/{}/qfq.js"
MOST = 1023  # rows of an answer, four years of days
INDICES = ("sh000", "sz399")  # pay nothing, so there is no file of factors


def fetch(client: Client, since: dt.date | None, current: Raw) -> dict[str, pd.DataFrame]:
    """Return adjusted closes and volumes of every A-share and of the CSI 300."""
    first = (since or FIRST).isoformat()

    def ask(symbol: str) -> pd.DataFrame | None:
        closes = _closes(client, symbol)
        if closes is None:
            return None
        if not symbol.startswith(INDICES):
            factor = _factor(client, symbol).reindex(closes.index, method="ffill")
            closes["adjusted_close"] /= factor.bfill().fillna(1.0)  # one that never paid has none
        return closes.loc[first:].reset_index()

    return each_security(client, current, ask)


def _closes(client: Client, symbol: str) -> pd.DataFrame | None:
    """Return closes as traded and volumes by day; None where Sina answers ``null``."""
    params = {"symbol": symbol, "scale": 240, "ma": "no", "datalen": MOST}
    rows = client.get(CLOSES, "json", params=params).json()
    if not rows:
        return None
    try:
        days = pd.Index([row["day"] for row in rows], name="date")
        figures = {
            "adjusted_close": [float(row["close"]) for row in rows],
            "volume": [float(row["volume"]) for row in rows],
        }
    except (KeyError, TypeError, ValueError):
        raise SourceError(
            f"{SOURCE.title} changed its answer for {symbol}: no closes by day"
        ) from None
    return pd.DataFrame(figures, index=days).sort_index()


def _factor(client: Client, symbol: str) -> pd.Series:
    """Return what divides a close from each day on: ``var sh600103qfq={"total":…,"data":[…]}``."""
    text = client.get(FACTORS.format(symbol), "js").content.decode("utf-8", errors="replace")
    try:
        # After the object comes a comment.
        answer, _ = json.JSONDecoder().raw_decode(text, text.index("{"))
        steps = {row["d"]: float(row["f"]) for row in answer["data"]}
        if len(steps) != int(answer["total"]) or not all(value > 0 for value in steps.values()):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise SourceError(
            f"{SOURCE.title} changed its factors for {symbol}: no list of days"
        ) from None
    return pd.Series(steps, dtype=float).sort_index()


SOURCE = described("sina", fetch)
