"""Yahoo through the real yfinance: cookies, crumb and chart come from the local server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from rareearth_research.datasets import sources
from rareearth_research.datasets.sources.http import Client
from rareearth_research.errors import SourceError
from tests.support import upstream_formats as formats
from tests.support.local_upstream import FAST, HTML, Answer, Request, Upstream, running

pytest.importorskip("yfinance")

DAYS = [str(day.date()) for day in pd.bdate_range("2026-07-27", "2026-08-05")]
CLOSES = pd.Series([60.0, 61.5, 62.25, 61.0, 63.5, 64.0, 65.125, 66.0], index=DAYS)
CHART = "/v8/finance/chart/"
CURRENT = {
    "prices_us_adjusted.csv": pd.DataFrame({"ticker": ["MP", "SPY"]}),
    "prices_asx_adjusted.csv": pd.DataFrame({"ticker": ["LYC"]}),
}


@pytest.fixture
def yahoo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Upstream]:
    import yfinance
    from yfinance.data import YfData

    yfinance.set_tz_cache_location(str(tmp_path))
    YfData.cache_get.cache_clear()
    with running() as server:
        monkeypatch.setenv("RAREEARTH_SOURCE_BASE_YAHOO", server.url)
        server.serve("/", b"", "text/html")
        server.serve("/v1/test/getcrumb", b"Ab3.crumb")
        for ticker, zone in (("MP", "America/New_York"), ("SPY", "America/New_York")):
            server.serve(CHART + ticker, formats.yahoo_chart(ticker, zone, CLOSES, {}))
        lynas = formats.yahoo_chart("LYC.AX", "Australia/Sydney", CLOSES, {DAYS[2]: 0.04})
        server.serve(CHART + "LYC.AX", lynas)
        yield server


def fetch(limits=FAST) -> tuple[dict[str, pd.DataFrame], Client]:
    source = sources.get("yahoo")
    client = Client(source, limits)
    return source.fetch(client, dt.date(2026, 7, 27), CURRENT), client


def test_adjusted_closes_come_in_exchange_local_dates(yahoo: Upstream) -> None:
    frames, client = fetch()
    us = frames["prices_us_adjusted.csv"]
    assert list(us.columns) == ["date", "ticker", "adjusted_close"]
    assert us["ticker"].unique().tolist() == ["MP", "SPY"]
    assert us.loc[us["ticker"] == "MP", "date"].tolist() == DAYS
    assert us.loc[us["ticker"] == "MP", "adjusted_close"].tolist() == CLOSES.tolist()
    asx = frames["prices_asx_adjusted.csv"]
    assert asx["date"].tolist() == DAYS
    assert asx.loc[2, ["ticker", "dividend", "split"]].tolist() == ["LYC", 0.04, 0.0]
    assert any("/v8/finance/chart/MP" in d.url for d in client.downloads)
    assert not any("Ab3.crumb" in d.url for d in client.downloads)


def test_a_ticker_yahoo_no_longer_knows_is_left_out(yahoo: Upstream) -> None:
    yahoo.serve(CHART + "SPY", lambda r: Answer(formats.YAHOO_UNKNOWN, 404))
    frames, _ = fetch()
    assert frames["prices_us_adjusted.csv"]["ticker"].unique().tolist() == ["MP"]


def test_no_ticker_known_at_all_is_an_error(yahoo: Upstream) -> None:
    for ticker in ("MP", "SPY"):
        yahoo.serve(CHART + ticker, lambda r: Answer(formats.YAHOO_UNKNOWN, 404))
    with pytest.raises(SourceError, match="has no session of any ticker since 2026-07-27"):
        fetch()


def test_the_unfinished_session_of_today_is_left_out(yahoo: Upstream) -> None:
    today = pd.Timestamp.now("America/New_York").strftime("%Y-%m-%d")
    closes = pd.concat([CLOSES, pd.Series([70.0], index=[today])])
    yahoo.serve(CHART + "MP", formats.yahoo_chart("MP", "America/New_York", closes, {}))
    frames, _ = fetch()
    assert today not in set(frames["prices_us_adjusted.csv"]["date"])


REFUSED = (
    b'{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}'
)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Answer(HTML), "web page instead of data: 'x Service notice'"),
        (Answer(b"Too Many Requests", 429), "HTTP 429: too many requests"),
        (Answer(b"", 429, {"Retry-After": "3600"}), "asks to wait 3600 s"),
        (Answer(b"down", 503), "HTTP 503: try again later"),
        (Answer(b'{"chart": ', 200), "broken JSON"),
        (Answer(b"x" * 4000, cut=True), "cut its answer short"),
        (Answer(b"x" * 65536, repeat=64), "sent more than the allowed bytes"),
        (Answer(delay=0.9), "did not answer in time"),
        (Answer(b"", 302, {"Location": "https://example.org/"}), "another host, 'example.org'"),
        (Answer(REFUSED, 401), "If this persists, update yfinance"),
        (Answer(b'{"chart": {"result": [{"meta": {}}], "error": null}}'), "If this persists"),
    ],
)
def test_an_answer_that_is_not_a_chart_is_an_error_and_not_a_delisting(
    yahoo: Upstream, fault: Answer, says: str
) -> None:
    yahoo.serve(CHART + "SPY", lambda r: fault)
    with pytest.raises(SourceError, match=says):
        fetch()


@pytest.mark.parametrize("fault", [Answer(b"", 503), Answer(b"", 429, {"Retry-After": "1"})])
def test_one_failure_is_tried_again(yahoo: Upstream, fault: Answer) -> None:
    good, faults = yahoo.answers[CHART + "SPY"][0], [fault]

    def first_bad(request: Request) -> object:
        return faults.pop() if faults else good

    yahoo.serve(CHART + "SPY", first_bad)
    frames, _ = fetch()
    assert "SPY" in set(frames["prices_us_adjusted.csv"]["ticker"])


def test_yfinance_is_left_with_a_session_of_its_own(yahoo: Upstream) -> None:
    from yfinance.data import YfData

    fetch()
    assert type(YfData()._session).__name__ == "Session"
