"""Sina Finance: closes as traded and factors, as published samples show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest

from rareearth_research.datasets import sources
from rareearth_research.datasets.sources.http import Client
from rareearth_research.errors import DataError, SourceError
from tests.support import upstream_formats as formats
from tests.support.local_upstream import FAST, HTML, Answer, Upstream, running

FILE = "prices_sina.csv"
CLOSES = "/cn/api/json_v2.php/CN_MarketDataService.getKLineData"
# Qingshan Paper over its ex-day of 3 June 2019, and China Merchants Bank, in the words of the
# public repository HarrisonXi/AStock, page "历史数据API.md".
QINGSHAN = (
    b'[{"day":"2019-05-31","open":"3.020","high":"3.060","low":"3.010","close":"3.040",'
    b'"volume":"6923750"},{"day":"2019-06-03","open":"2.350","high":"2.570","low":"2.340",'
    b'"close":"2.450","volume":"16269606"}]'
)
# The factors of the same page, in the frame that akshare's stock_zh_a_sina.py reads (the text
# after "=", to the end of the line) and that ends in a comment.
FACTORS = (
    b'var sh600103qfq={"total":2,"data":[{"d":"2019-06-03", "f":"1.0000000000000000"},'
    b'{"d":"2007-01-18", "f":"1.3000000000000000"}]}\n/* f1ccxn9q0gqk0l */'
)
INDEX = [("2019-05-31", "3629.789", "12345600"), ("2019-06-03", "3632.012", "9876500")]


@pytest.fixture
def sina(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    bodies = {"sh600103": QINGSHAN, "sh000300": formats.sina_closes(INDEX)}
    with running() as server:
        monkeypatch.setenv("RAREEARTH_SOURCE_BASE_SINA", server.url)
        server.serve(CLOSES, lambda r: bodies.get(r.query["symbol"][0], b"null"))
        server.serve("/realstock/company/sh600103/qfq.js", FACTORS, "application/x-javascript")
        yield server


def fetch(
    symbols: dict[str, str], since: dt.date = dt.date(2019, 1, 1)
) -> tuple[pd.DataFrame, dict[str, str]]:
    table = pd.DataFrame({"ticker": [*symbols], "sina": [*symbols.values()]})
    client = Client(sources.get("sina"), FAST)
    frames = client.source.fetch(client, since, {"price_symbols.csv": table})
    return frames[FILE], client.troubles


def test_a_return_over_an_ex_day_is_the_one_the_exchange_showed(sina: Upstream) -> None:
    prices, troubles = fetch({"600103.SS": "sh600103"})
    closes = prices["adjusted_close"]
    assert prices["volume"].tolist() == [6923750, 16269606]  # shares
    assert closes.tolist() == pytest.approx([3.040 / 1.3, 2.450], abs=1e-12)
    # "当日该股上涨4.77%": it rose by 4.77 % that day (same page)
    assert closes.iloc[1] / closes.iloc[0] - 1 == pytest.approx(0.0477, abs=5e-5)
    assert troubles == {}


def test_an_index_is_taken_as_it_is_and_asked_for_once(sina: Upstream) -> None:
    prices, _ = fetch({"000300.SS": "sh000300"})
    assert prices["ticker"].unique().tolist() == ["000300.SS"]
    assert prices["adjusted_close"].tolist() == [3629.789, 3632.012]
    assert len(sina.requests) == 1


def test_since_leaves_out_earlier_days(sina: Upstream) -> None:
    prices, _ = fetch({"600103.SS": "sh600103"}, dt.date(2019, 6, 1))
    assert prices["date"].tolist() == ["2019-06-03"]


def test_a_symbol_sina_does_not_know_is_named_and_the_rest_comes(sina: Upstream) -> None:
    prices, troubles = fetch({"600001.SS": "sh600001", "000300.SS": "sh000300", "MP": ""})
    assert set(prices["ticker"]) == {"000300.SS"}
    assert list(troubles) == ["600001.SS"]
    assert "nothing under 'sh600001'" in troubles["600001.SS"]


def test_a_share_that_never_paid_needs_no_factor(sina: Upstream) -> None:
    sina.serve("/realstock/company/sh600103/qfq.js", b'var sh600103qfq={"total":0,"data":[]}')
    assert fetch({"600103.SS": "sh600103"})[0]["adjusted_close"].tolist() == [3.04, 2.45]


@pytest.mark.parametrize(
    "factors",
    [
        b"var sh600103qfq=",
        b'var sh600103qfq={"total":2,"data":[{"d":"2019-06-03","f":"1.0"}]}',  # cut
        b'var sh600103qfq={"total":1,"data":[{"d":"2019-06-03","f":"0"}]}',
        b'var sh600103qfq={"total":1,"data":[{"day":"2019-06-03"}]}',
    ],
)
def test_factors_that_cannot_be_read_never_become_a_price(sina: Upstream, factors: bytes) -> None:
    sina.serve("/realstock/company/sh600103/qfq.js", factors)
    prices, troubles = fetch({"000300.SS": "sh000300", "600103.SS": "sh600103"})
    assert set(prices["ticker"]) == {"000300.SS"}
    assert "changed its factors for sh600103" in troubles["600103.SS"]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Answer(HTML, 456), "HTTP 456: too many requests"),
        (Answer(HTML), "web page instead of data"),
        (Answer(b'[{"date":"2019-06-03"}]'), "changed its answer for sh"),
    ],
)
def test_an_upstream_that_refuses_is_an_error(sina: Upstream, fault: Answer, says: str) -> None:
    sina.serve(CLOSES, lambda r: fault)
    with pytest.raises(SourceError, match=says):
        fetch({"600103.SS": "sh600103", "000300.SS": "sh000300"})


def test_a_list_of_symbols_without_the_sources_column_is_named(sina: Upstream) -> None:
    client = Client(sources.get("sina"), FAST)
    table = pd.DataFrame({"ticker": ["000300.SS"], "yahoo": ["000300.SS"]})
    with pytest.raises(DataError, match=r"price_symbols.csv has no column .*'sina'; get it again"):
        client.source.fetch(client, None, {"price_symbols.csv": table})


def test_a_list_of_symbols_without_a_symbol_says_so(sina: Upstream) -> None:
    with pytest.raises(SourceError, match=r"no session of any security; data/raw/price_symbols"):
        fetch({"MP": ""})
