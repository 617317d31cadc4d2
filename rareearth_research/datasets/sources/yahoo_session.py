"""The session yfinance talks through: the client's limits and rules around curl_cffi."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.transport import RETRIED, Throttled
from rareearth_research.errors import SourceError

__all__ = ["open_yahoo"]

CHART = "/v8/finance/chart/"


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
