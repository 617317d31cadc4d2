"""Prices of every security from the formats of Yahoo, Sina and Stooq to the clean tables."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rareearth_research.datasets.building import build as build_module
from rareearth_research.datasets.building.verify import verify
from rareearth_research.datasets.cleaning.prices import tables
from rareearth_research.datasets.refreshing.everything import freshness
from rareearth_research.datasets.refreshing.refresh import refresh
from rareearth_research.datasets.refreshing.report import RefreshReport
from rareearth_research.datasets.sources.transport import Limits
from rareearth_research.datasets.tables.registry import Table, all_tables
from tests.support import price_upstreams as prices
from tests.support import upstream_formats as formats
from tests.support.local_upstream import HTML, Answer, Upstream, running
from tests.support.refresh_root import RAW

pytest.importorskip("yfinance")
pytestmark = pytest.mark.end_to_end
LIMITS = Limits(connect=5, read=10, retries=0, pause=0.0)
REAL = all_tables()


def price_tables() -> tuple[Table, ...]:
    return tuple(t for t in REAL if t.name == "securities" or "prices_yahoo.csv" in t.raw)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("built") / "data"
    shutil.copytree(RAW, root / "raw")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_module, "all_tables", price_tables)
        build_module.build(root, progress=False)
    return root


@pytest.fixture
def root(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(build_module, "all_tables", price_tables)
    monkeypatch.setattr("rareearth_research.datasets.building.verify.all_tables", price_tables)
    return Path(shutil.copytree(built, tmp_path / "data"))


@pytest.fixture
def only(root: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Build the tables of one market alone: a source that serves no other changes no other."""
    others = set(prices.MARKETS) - {request.param}
    left_out = {f"{kind}_{market}" for kind in ("prices", "volumes") for market in others}
    kept = tuple(table for table in price_tables() if table.name not in left_out)
    monkeypatch.setattr(build_module, "all_tables", lambda: kept)
    monkeypatch.setattr(tables, "MARKETS", {request.param: tables.MARKETS[request.param]})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Upstream]:
    import yfinance
    from yfinance.data import YfData

    yfinance.set_tz_cache_location(str(tmp_path))
    YfData.cache_get.cache_clear()
    monkeypatch.setenv("STOOQ_API_KEY", "secret-stooq-key")
    with running() as upstream:
        for name in ("YAHOO", "SINA", "STOOQ"):
            monkeypatch.setenv(f"RAREEARTH_SOURCE_BASE_{name}", upstream.url)
        yield upstream


def run(source: str, root: Path) -> RefreshReport:
    return refresh(source, root=root, progress=False, limits=LIMITS)


def clean(root: Path, table: str) -> pd.DataFrame:
    return pd.read_csv(root / f"clean/{table}.csv", index_col="date")


@pytest.mark.thorough
def test_yahoo_brings_every_listed_security_with_volumes_to_the_last_session(
    root: Path, server: Upstream
) -> None:
    before = {m: clean(root, f"prices_{m}") for m in prices.MARKETS}
    charts = prices.longer(root)
    prices.serve_yahoo(server, root, charts)
    report = run("yahoo", root)
    assert report.aside == {}
    fresh = freshness(root)
    assert fresh["last"].tolist() == [prices.LAST] * 3
    assert fresh["behind"].tolist() == [{}] * 3
    assert fresh["securities"].sum() == 109  # all but Molycorp
    assert clean(root, "volumes_us").loc[prices.LAST].drop("MCP").eq(1000).all()
    assert verify(root).ok
    for market, old in before.items():
        new = clean(root, f"prices_{market}")
        # every close that was known is there, and every return is as it was
        pd.testing.assert_frame_equal(new.notna().loc[old.index] & old.notna(), old.notna())
        was = np.log(old.ffill()).diff().where(old.notna())
        now = np.log(new.ffill()).diff().where(new.notna()).loc[old.index]
        np.testing.assert_allclose(now.where(was.notna()), was, atol=2e-7)
        for ticker, closes in charts[market].items():
            later = np.log(closes).diff().loc[old[ticker].last_valid_index() :].iloc[1:]
            got = np.log(new[ticker].dropna()).diff().loc[later.index]
            np.testing.assert_allclose(got, later, atol=2e-6, err_msg=ticker)

    again = run("yahoo", root)
    assert all(change.nothing for change in again.changes), str(again)


@pytest.mark.parametrize("only", ["us"], indirect=True)
@pytest.mark.usefixtures("only")
@pytest.mark.thorough
def test_one_security_in_trouble_is_named_and_leaves_the_rest_alone(
    root: Path, server: Upstream
) -> None:
    charts = prices.longer(root)
    us, before = charts["us"], clean(root, "prices_us")
    us["SPY"] = us["SPY"].drop("2026-10-09")  # the last session we know
    walk = np.exp(np.cumsum(np.random.default_rng(7).normal(0, 0.03, len(us["MP"]))))
    us["MP"] = pd.Series(20 * walk, index=us["MP"].index)  # another company's
    us["TSLA"] = us["TSLA"].loc["2026-10-12":]  # nothing in common with ours
    prices.serve_yahoo(server, root, charts)
    server.serve("/v8/finance/chart/WWR", lambda r: Answer(formats.YAHOO_UNKNOWN, 404))
    server.serve("/v8/finance/chart/ALB", lambda r: Answer(HTML))
    report = run("yahoo", root)
    assert set(report.aside) == {"MP", "TSLA", "WWR", "ALB"}
    assert "correlate" in report.aside["MP"]
    assert "share only 0 returns" in report.aside["TSLA"]
    assert "delisted, renamed?" in report.aside["WWR"]
    assert "web page instead of data" in report.aside["ALB"]
    assert all(f"left as it was: {ticker}: " in str(report) for ticker in report.aside)
    fresh = freshness(root).loc["prices_us"]
    assert set(fresh["behind"]) == {"MP", "TSLA", "WWR", "ALB"}
    after = clean(root, "prices_us")
    for ticker in report.aside:
        pd.testing.assert_series_equal(after[ticker].loc[: before.index[-1]], before[ticker])
    assert after["SPY"].notna().loc["2026-10-09"]


@pytest.mark.parametrize("only", ["cn"], indirect=True)
@pytest.mark.usefixtures("only")
@pytest.mark.thorough
def test_sina_goes_on_where_yahoo_ends_and_undoes_dividends(root: Path, server: Upstream) -> None:
    yahoo, charts = prices.longer(root, "2026-11-20"), prices.longer(root)["cn"]
    del yahoo["us"], yahoo["au"]
    prices.serve_yahoo(server, root, yahoo)
    run("yahoo", root)
    prices.serve_sina(server, root, charts)
    assert run("sina", root).aside == {}
    fresh = freshness(root).loc["prices_cn"]
    assert (fresh["last"], fresh["behind"]) == (prices.LAST, {})
    assert clean(root, "volumes_cn")["600111.SS"].loc[prices.LAST] == 1200
    closes = clean(root, "prices_cn")["600111.SS"].dropna()
    ours = np.log(closes).diff().loc["2026-08-01":]
    np.testing.assert_allclose(ours, np.log(charts["600111.SS"]).diff().loc[ours.index], atol=2e-6)
    seams = pd.read_csv(root / "clean/price_seams.csv", index_col="ticker").loc["600111.SS"]
    assert seams["later_source"].tolist()[-2:] == ["refreshed_yahoo", "refreshed_sina"]


@pytest.mark.parametrize("only", ["cn"], indirect=True)
@pytest.mark.usefixtures("only")
def test_a_share_goes_on_from_sina_alone_when_yahoo_throttles(root: Path, server: Upstream) -> None:
    prices.serve_sina(server, root, prices.longer(root)["cn"])
    run("sina", root)
    assert freshness(root).loc["prices_cn", "last"] == prices.LAST


@pytest.mark.parametrize("only", ["us"], indirect=True)
@pytest.mark.usefixtures("only")
def test_stooq_brings_new_york_alone(root: Path, server: Upstream) -> None:
    prices.serve_stooq(server, root, prices.longer(root)["us"])
    report = run("stooq", root)
    assert report.aside == {}
    fresh = freshness(root).loc["prices_us"]
    assert (fresh["last"], fresh["behind"]) == (prices.LAST, {})


@pytest.mark.thorough
def test_a_dividend_since_the_last_refresh_rescales_and_a_large_move_is_entered(
    root: Path, server: Upstream
) -> None:
    charts = prices.longer(root, "2026-11-20")
    prices.serve_yahoo(server, root, charts)
    few = prices.symbols(root)  # three are enough: the others are not asked for
    few.loc[~few.index.isin(["RIO", "MP", "LYC.AX"]), "yahoo"] = ""
    few.to_csv(root / "raw/price_symbols.csv")
    run("yahoo", root)
    later = prices.longer(root)
    later["us"]["RIO"] *= 0.98
    later["us"]["MP"].iloc[-1] = later["us"]["MP"].iloc[-2] * 1.3
    names = prices.symbols(root)["yahoo"]
    charts = {m: {t: c for t, c in own.items() if names[t]} for m, own in later.items()}
    prices.serve_yahoo(server, root, charts)
    report = run("yahoo", root)
    [change] = report.changes
    assert list(change.rescaled) == ["RIO"]
    assert (change.revised, change.added) == (0, 2 * 3)  # 23 and 24 November
    assert report.to_review == ("MP 2026-11-24 +30.0%",)
