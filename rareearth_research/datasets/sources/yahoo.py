"""Yahoo Finance through yfinance: adjusted closes of every security, in all markets.

yfinance brings the browser fingerprint, cookies and crumbs without which Yahoo refuses; the session
it talks through is ours, so that this source too has limits on time and size, keeps to Yahoo's
hosts, takes an error page for an error, and leaves a snapshot of every answer.
"""

from __future__ import annotations

import datetime as dt
import warnings
from typing import Any

import pandas as pd

from rareearth_research.datasets.registry import Raw
from rareearth_research.datasets.sources.base import described
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.redaction import redact
from rareearth_research.datasets.sources.tickers import FIRST, each_security
from rareearth_research.datasets.sources.yahoo_session import open_yahoo
from rareearth_research.errors import SourceError

__all__ = ["SOURCE"]

NAMES = {"Adj Close": "adjusted_close", "Volume": "volume", "Dividends": "dividend"}


def fetch(client: Client, since: dt.date | None, current: Raw) -> dict[str, pd.DataFrame]:
    """Return adjusted closes, volumes and dividends of every security, by exchange-local day."""
    with open_yahoo(client) as session:

        def ask(symbol: str) -> pd.DataFrame | None:
            history = _history(session, symbol, since or FIRST)
            if history is None or history.empty:
                return None
            days = pd.DatetimeIndex(history.index).strftime("%Y-%m-%d")
            frame = history.rename(columns=NAMES)[[*NAMES.values()]].assign(date=days)
            frame["volume"] = frame["volume"].fillna(0)  # as Yahoo writes no trading elsewhere
            return frame.dropna(subset=["adjusted_close"]).drop_duplicates("date", keep="last")

        return each_security(client, current, ask)


def _history(session: Any, ticker: str, start: dt.date) -> pd.DataFrame | None:
    """Ask for one ticker; None if Yahoo says that it has no such prices."""
    import yfinance

    session.absent, session.failure = False, None
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
        raise SourceError(
            f"{SOURCE.title}, {ticker}: {said}. If this persists, update yfinance"
        ) from None
    finally:
        yfinance.config.debug.hide_exceptions = hidden


SOURCE = described("yahoo", fetch)
