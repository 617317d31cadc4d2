"""Yahoo Finance through yfinance: adjusted closes of every security, in all markets.

yfinance brings the browser fingerprint, cookies and crumbs without which Yahoo refuses; the session
it talks through is ours, so that this source too has limits on time and size, keeps to Yahoo's
hosts, takes an error page for an error, and leaves a snapshot of every answer.
"""

from __future__ import annotations

import datetime as dt
import json
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd

from rareearth_research.datasets.sources.base import described
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.redaction import redact
from rareearth_research.datasets.sources.tickers import FIRST, each_security
from rareearth_research.datasets.sources.transport import RETRIED, Throttled
from rareearth_research.datasets.tables.registry import Raw
from rareearth_research.errors import SourceError

NAMES = {"Adj Close": "adjusted_close", "Volume": "volume", "Dividends": "dividend"}
CHART = "/v8/finance/chart/"


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


@contextmanager
def open_yahoo(client: Client) -> Iterator[Any]:
    """Give a curl_cffi session that obeys `client`.

    Its ``failure`` is the error of the security asked for (yfinance hides some), its ``absent``
    whether Yahoo's last word was that it has no such prices.
    """
    try:
        import yfinance
        from curl_cffi import CurlOpt
        from curl_cffi import requests as curl
    except ImportError:
        raise SourceError(
            "Yahoo Finance needs yfinance: pip install 'rareearth_research[refresh]'"
        ) from None
    limits = client.limits

    class YahooSession(curl.Session):
        failure: SourceError | None = None
        absent = False

        def request(  # type: ignore[override]
            self, method: Any, url: str, **options: Any
        ) -> Any:
            if self.failure:
                raise self.failure
            chart = CHART in url
            try:
                options["timeout"] = (limits.connect, limits.read)
                if chart:
                    options["allow_redirects"] = False
                response = self._patiently(method, client.target(url), options)
                if chart:
                    self._read_chart(response)
            except SourceError as error:
                self.failure = error
                raise
            return response

        def _patiently(self, method: Any, url: str, options: dict[str, Any]) -> Any:
            """Try again after 429, 5xx and broken connections, as long as Yahoo asks for."""
            for attempt in range(limits.retries + 1):
                last = attempt == limits.retries
                wait = limits.backoff * 2**attempt
                try:
                    response = super().request(method, url, **options)
                except curl.exceptions.RequestException as error:
                    if last:
                        raise SourceError(_broken(client.redact(str(error)))) from None
                else:
                    if response.status_code not in RETRIED:
                        return response
                    if last:
                        client.refuse_status(response.status_code, response.content)
                    wait = max(wait, _asked_wait(response.headers.get("Retry-After")))
                if wait > limits.longest_wait:
                    raise Throttled(f"Yahoo Finance asks to wait {wait:.0f} s; try again then")
                time.sleep(wait)
            raise AssertionError("unreachable: the last try returns or raises")

        def _read_chart(self, response: Any) -> None:
            if 300 <= response.status_code < 400:
                client.refuse_host(response.headers.get("Location", ""))
                raise SourceError("Yahoo Finance moved its prices; a newer yfinance may know where")
            client.check(response.content, "json", response.headers.get("Content-Type", ""))
            chart = json.loads(response.content).get("chart") or {}
            self.absent = bool(chart.get("error")) or not chart.get("result")
            if response.status_code == 200:
                client.keep(str(response.url), response.content, "json")
            elif not chart:
                self.absent = False  # refused, not absent: yfinance may try with another cookie

    session = YahooSession(
        impersonate="chrome", curl_options={CurlOpt.MAXFILESIZE_LARGE: limits.max_bytes}
    )
    try:
        yield session
    finally:
        session.close()
        # yfinance keeps the last session for the whole process: leave it an ordinary one.
        yfinance.Ticker("SPY", session=curl.Session(impersonate="chrome"))


def _asked_wait(retry_after: str | None) -> float:
    return float(retry_after) if retry_after and retry_after.strip().isdigit() else 0.0


def _broken(text: str) -> str:
    what = {
        "(63)": "sent more than the allowed bytes; stopped reading",
        "(28)": "did not answer in time",
        "(18)": "cut its answer short",
    }
    reason = next((said for code, said in what.items() if code in text), "could not be reached")
    return f"Yahoo Finance {reason} ({text[:160]}); try again later"
