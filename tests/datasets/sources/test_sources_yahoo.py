"""Yahoo through the real yfinance: cookies, crumb and chart come from the local server."""

from __future__ import annotations

import datetime as dt
import json
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
FILE = "prices_yahoo.csv"
SYMBOLS = {"MP": "MP", "SPY": "SPY", "LYC.AX": "LYC.AX", "600111.SS": "600111.SS"}
SYMBOLS |= {"XJO.AX": "^AXJO", "MCP": ""}
CURRENT = {"price_symbols.csv": pd.DataFrame({"ticker": [*SYMBOLS], "yahoo": SYMBOLS.values()})}


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
        index = formats.yahoo_chart("^AXJO", "Australia/Sydney", CLOSES * 100, {})
        server.serve(CHART + "%5EAXJO", index)
        northern = formats.yahoo_chart("600111.SS", "Asia/Shanghai", CLOSES, {})
        server.serve(CHART + "600111.SS", northern)
        yield server


def fetch(limits=FAST) -> tuple[dict[str, pd.DataFrame], Client]:
    source = sources.get("yahoo")
    client = Client(source, limits)
    return source.fetch(client, dt.date(2026, 7, 27), CURRENT), client


def test_every_security_comes_in_local_dates_with_volume_and_under_our_ticker(
    yahoo: Upstream,
) -> None:
    frames, client = fetch()
    prices = frames[FILE]
    assert list(prices.columns) == ["date", "ticker", "adjusted_close", "volume", "dividend"]
    assert prices["ticker"].unique().tolist() == ["MP", "SPY", "LYC.AX", "600111.SS", "XJO.AX"]
    for ticker, rows in prices.groupby("ticker"):
        assert rows["date"].tolist() == DAYS, ticker
        assert rows["volume"].eq(1000).all()
    index = prices[prices["ticker"] == "XJO.AX"]
    assert index["adjusted_close"].tolist() == (CLOSES * 100).tolist()
    assert prices.query("dividend > 0")[["date", "ticker"]].values.tolist() == [[DAYS[2], "LYC.AX"]]
    assert client.troubles == {}
    assert any("/v8/finance/chart/MP" in d.url for d in client.downloads)
    assert not any("Ab3.crumb" in d.url for d in client.downloads)


def test_a_ticker_yahoo_no_longer_knows_is_named_and_the_rest_comes(yahoo: Upstream) -> None:
    yahoo.serve(CHART + "SPY", lambda r: Answer(formats.YAHOO_UNKNOWN, 404))
    frames, client = fetch()
    assert set(frames[FILE]["ticker"]) == {"MP", "LYC.AX", "600111.SS", "XJO.AX"}
    assert "nothing under 'SPY' (delisted, renamed?)" in client.troubles["SPY"]
    assert "price_symbols.csv" in client.troubles["SPY"]


def test_no_ticker_known_at_all_is_an_error(yahoo: Upstream) -> None:
    for ticker in ("MP", "SPY", "LYC.AX", "600111.SS", "%5EAXJO"):
        yahoo.serve(CHART + ticker, lambda r: Answer(formats.YAHOO_UNKNOWN, 404))
    with pytest.raises(SourceError, match="has no session of any security"):
        fetch()


def test_a_session_without_a_close_is_left_out(yahoo: Upstream) -> None:
    # as Yahoo writes a session it lacks: a stamp with null in every list
    chart = json.loads(formats.yahoo_chart("MP", "America/New_York", CLOSES, {}))
    indicators = chart["chart"]["result"][0]["indicators"]
    for values in (*indicators["quote"][0].values(), indicators["adjclose"][0]["adjclose"]):
        values[3] = None
    yahoo.serve(CHART + "MP", json.dumps(chart).encode())
    rows = fetch()[0][FILE].query("ticker == 'MP'")
    assert rows["date"].tolist() == DAYS[:3] + DAYS[4:]


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
def test_an_answer_that_is_not_a_chart_is_named_and_is_not_a_delisting(
    yahoo: Upstream, fault: Answer, says: str
) -> None:
    yahoo.serve(CHART + "SPY", lambda r: fault)
    frames, client = fetch()
    assert says in client.troubles["SPY"]
    assert "MP" in set(frames[FILE]["ticker"])
    throttled = fault.status == 429
    assert ("LYC.AX" in set(frames[FILE]["ticker"])) is not throttled
    if throttled:
        assert client.troubles["LYC.AX"].startswith("not asked any more, after SPY failed")


def test_an_upstream_that_throttles_from_the_start_is_an_error(yahoo: Upstream) -> None:
    yahoo.serve(CHART + "MP", lambda r: Answer(b"Too Many Requests", 429))
    with pytest.raises(SourceError, match="HTTP 429: too many requests"):
        fetch()
    assert not any(r.path.endswith("SPY") for r in yahoo.requests)


def test_two_failures_in_a_row_end_the_asking_and_keep_what_came(yahoo: Upstream) -> None:
    for ticker in ("SPY", "LYC.AX"):
        yahoo.serve(CHART + ticker, lambda r: Answer(b"down", 503))
    frames, client = fetch()
    assert frames[FILE]["ticker"].unique().tolist() == ["MP"]
    assert set(client.troubles) == {"SPY", "LYC.AX", "600111.SS", "XJO.AX"}
    assert not any("600111" in r.path for r in yahoo.requests)


@pytest.mark.parametrize("fault", [Answer(b"", 503), Answer(b"", 429, {"Retry-After": "1"})])
def test_one_failure_is_tried_again(yahoo: Upstream, fault: Answer) -> None:
    good, faults = yahoo.answers[CHART + "SPY"][0], [fault]

    def first_bad(request: Request) -> object:
        return faults.pop() if faults else good

    yahoo.serve(CHART + "SPY", first_bad)
    frames, _ = fetch()
    assert "SPY" in set(frames[FILE]["ticker"])


def test_yfinance_is_left_with_a_session_of_its_own(yahoo: Upstream) -> None:
    from yfinance.data import YfData

    fetch()
    assert type(YfData()._session).__name__ == "Session"
