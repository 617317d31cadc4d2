"""Yahoo Finance through yfinance: adjusted closes of US and Australian securities.

yfinance brings the browser fingerprint, cookies and crumbs without which Yahoo refuses; the session
it talks through is ours, so that this source too has limits on time and size, keeps to Yahoo's
hosts, takes an error page for an error, and leaves a snapshot of every answer.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Mapping
from typing import Any

import pandas as pd

from rareearth_research.datasets.sources.base import Source
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.rawfiles import RAW_FILES
from rareearth_research.datasets.sources.redaction import redact
from rareearth_research.datasets.sources.yahoo_session import open_yahoo
from rareearth_research.errors import SourceError

__all__ = ["SOURCE"]

TITLE = "Yahoo Finance"
US, ASX = "prices_us_adjusted.csv", "prices_asx_adjusted.csv"
FIRST = {US: dt.date(2009, 1, 1), ASX: dt.date(2024, 1, 1)}
SUFFIX = {US: "", ASX: ".AX"}
NAMES = {
    "Adj Close": "adjusted_close",
    "Volume": "volume",
    "Dividends": "dividend",
    "Stock Splits": "split",
}


def fetch(
    client: Client, since: dt.date | None, current: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Return the finished sessions of every ticker the raw files have.

    A ticker Yahoo does not know any more is left out; the refresh reports it.
    """
    frames = {}
    with open_yahoo(client) as session:
        for file, suffix in SUFFIX.items():
            start = since or FIRST[file]
            table = _histories(session, current[file]["ticker"], suffix, start)
            frames[file] = table[list(RAW_FILES[file].columns)]
    return frames


def _histories(session: Any, tickers: pd.Series, suffix: str, start: dt.date) -> pd.DataFrame:
    parts = []
    for ticker in sorted(tickers.unique()):
        history = _history(session, ticker + suffix, start)
        if history is not None and len(history):
            days = pd.DatetimeIndex(history.index)
            frame = history.rename(columns=NAMES).reset_index(drop=True)
            frame = frame.assign(ticker=ticker, date=days.strftime("%Y-%m-%d"))
            # The bar of a session that is not over is not a close.
            parts.append(frame[days < pd.Timestamp.now(days.tz).normalize()])
    if not parts:
        raise SourceError(f"{TITLE} has no session of any ticker since {start}")
    return pd.concat(parts, ignore_index=True)


def _history(session: Any, ticker: str, start: dt.date) -> pd.DataFrame | None:
    """Ask for one ticker; None if Yahoo says that it has no such prices."""
    import yfinance

    session.absent = False
    hidden = yfinance.config.debug.hide_exceptions
    yfinance.config.debug.hide_exceptions = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # what yfinance does with pandas
            return yfinance.Ticker(ticker, session=session).history(
                start=start.isoformat(), auto_adjust=False, actions=True
            )
    except Exception as error:  # yfinance lets many kinds through
        if session.failure:
            raise session.failure from None
        if session.absent:
            return None
        said = redact(str(error), "")[:300]
        raise SourceError(f"{TITLE}, {ticker}: {said}. If this persists, update yfinance") from None
    finally:
        yfinance.config.debug.hide_exceptions = hidden


SOURCE = Source(
    name="yahoo",
    title=TITLE,
    url="https://github.com/ranaroussi/yfinance",
    licence="Yahoo terms of service: personal use, no redistribution; an unofficial interface",
    feeds=(RAW_FILES[US], RAW_FILES[ASX]),
    fetch=fetch,
    hosts=(
        "query1.finance.yahoo.com",
        "query2.finance.yahoo.com",
        "finance.yahoo.com",
        "fc.yahoo.com",
        "guce.yahoo.com",
        "consent.yahoo.com",
    ),
)
