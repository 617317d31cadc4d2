"""Every source from its upstream's format to the clean tables, with the raw layer's real figures.

Each upstream is made of the figures in ``data/raw`` plus a few later rows. Sent unchanged, they
must bring nothing new; with the later rows, exactly those.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rareearth_research.datasets import sources
from rareearth_research.datasets.building import build as build_module
from rareearth_research.datasets.building.verify import verify
from rareearth_research.datasets.refreshing.everything import refresh_all
from rareearth_research.datasets.refreshing.refresh import refresh
from rareearth_research.datasets.sources.transport import Limits
from rareearth_research.datasets.tables.registry import Table, all_tables
from tests.support import price_upstreams as prices
from tests.support import upstream_formats as formats
from tests.support.local_upstream import Answer, Upstream, running
from tests.support.refresh_root import RAW

pytestmark = pytest.mark.end_to_end
LIMITS = Limits(connect=5, read=10, retries=0, pause=0.0)
REAL = all_tables()


def raw(name: str) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO((RAW / name).read_bytes()), dtype=str, keep_default_na=False)


def serve_fred(server: Upstream, later: bool) -> dict[str, int]:
    bodies = {}
    for series, file in (("DEXCHUS", "fx_usdcny_daily.csv"), ("VIXCLS", "vix_daily.csv")):
        rows = list(raw(file).itertuples(index=False, name=None))
        bodies[series] = formats.fred(rows + [("2026-09-03", rows[-1][1])] * later)
    server.serve("/fred/series/observations", lambda r: bodies[r.query["series_id"][0]])
    return {"fx_usdcny_daily.csv": int(later), "vix_daily.csv": int(later)}


def serve_french(server: Upstream, later: bool) -> dict[str, int]:
    rows = list(raw("factors_us_daily_percent.csv").itertuples(index=False, name=None))
    rows += [("2026-02-02", *rows[-1][1:])] * later
    rows = [(row[0].replace("-", ""), *row[1:]) for row in rows]
    folder = "/pages/faculty/ken.french/ftp/"
    server.serve(
        folder + "F-F_Research_Data_5_Factors_2x3_daily_CSV.zip",
        formats.french([row[:-1] for row in rows], "Mkt-RF,SMB,HML,RMW,CMA,RF"),
    )
    server.serve(
        folder + "F-F_Momentum_Factor_daily_CSV.zip",
        formats.french([(row[0], row[-1]) for row in rows], "Mom"),
    )
    return {"factors_us_daily_percent.csv": int(later)}


def serve_pink_sheet(server: Upstream, later: bool) -> dict[str, int]:
    frame = raw("pink_sheet_monthly.csv")
    wide = frame.pivot(index="month", columns=["commodity", "unit"], values="price").astype(float)
    rows = [[row[0].replace("-", "M"), *row[1:]] for row in wide.itertuples(name=None)]
    rows += [["2026M06", *rows[-1][1:]]] * later
    names, units = zip(*wide.columns, strict=True)
    path = "/en/doc/x-0050012026/related/CMO-Historical-Data-Monthly.xlsx"
    page = f'<html><a href="https://thedocs.worldbank.org{path}">x</a></html>'
    server.serve("/en/research/commodity-markets", page.encode(), "text/html")
    server.serve(path, formats.pink_sheet(names, units, rows))
    return {"pink_sheet_monthly.csv": len(names) * later}


def serve_imf(server: Upstream, later: bool) -> dict[str, int]:
    frame = raw("imf_pcps_monthly.csv")
    wide = frame.pivot(index="month", columns=["code", "series", "unit"], values="price")
    rows = []
    for month, row in wide.astype(float).iterrows():
        cells = [None if pd.isna(price) else price for price in row]
        rows.append([f"{month[:4]}M{int(month[5:])}", *cells])
    last = rows[-1][1:]
    rows += [["2025M10", *last]] * later
    series = [(None if code == "nan" else code, name, unit) for code, name, unit in wide.columns]
    path = "/-/media/files/research/commodityprices/monthly/external-data.xlsx"
    server.serve(path, formats.imf(series, rows))
    return {"imf_pcps_monthly.csv": sum(price is not None for price in last) * later}


def serve_usgs(server: Upstream, later: bool) -> dict[str, int]:
    from rareearth_research.datasets.sources.usgs import FILE

    frame = raw("usgs_mcs2026.csv")
    extra = frame.tail(1).assign(country="Atlantis") if later else frame.head(0)
    item = "/catalog/item/696a75d5d4be0228872d3bf8"
    server.serve(item, formats.science_base(server.url, FILE))
    release = formats.usgs_release(pd.concat([frame, extra]))
    server.serve(item.replace("item", "file/get"), release)
    return {"usgs_mcs2026.csv": int(later)}


def serve_comtrade(server: Upstream, later: bool) -> dict[str, int]:
    frame = raw("china_graphite_exports_monthly.csv")
    records = [
        (row.month.replace("-", ""), row.hs6, float(row.value_usd), float(row.net_weight_kg))
        for row in frame.itertuples()
    ]
    empty = [("202501", *records[-1][1:]), ("202502", "250410", 5.0, None)]
    records += empty * later
    server.serve("/public/v1/preview/C/M/HS", lambda r: formats.comtrade_preview(r, records))
    return {"china_graphite_exports_monthly.csv": 2 * later}


SERVERS: dict[str, Callable[[Upstream, bool], dict[str, int]]] = {
    "fred": serve_fred,
    "ken_french": serve_french,
    "pink_sheet": serve_pink_sheet,
    "imf": serve_imf,
    "usgs": serve_usgs,
    "comtrade": serve_comtrade,
}


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Upstream]:
    with running() as server:
        for name in sources.NAMES:
            monkeypatch.setenv(f"RAREEARTH_SOURCE_BASE_{name.upper()}", server.url)
        monkeypatch.setenv("FRED_API_KEY", "secret")
        monkeypatch.delenv("COMTRADE_API_KEY", raising=False)
        yield server


@pytest.mark.parametrize("name", SERVERS)
def test_the_same_figures_change_nothing_and_later_ones_reach_the_clean_tables(
    name: str, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = {feed.name for feed in sources.get(name).feeds}

    def touched() -> tuple[Table, ...]:
        return tuple(table for table in REAL if feeds & set(table.raw))

    monkeypatch.setattr(build_module, "all_tables", touched)
    root = tmp_path / "data"
    shutil.copytree(RAW, root / "raw")
    build_module.build(root, progress=False)

    SERVERS[name](upstream, False)
    report = refresh(name, root=root, progress=False, limits=LIMITS)
    assert all(change.nothing for change in report.changes), str(report)

    expected = SERVERS[name](upstream, True)
    report = refresh(name, root=root, progress=False, limits=LIMITS)
    assert report.table["added"].to_dict() == expected
    assert report.table["revised"].sum() == 0
    if name == "comtrade":
        assert "a gap each, no figure was sent: net_weight_kg of 250410 / 2025-02" in str(report)


@pytest.mark.thorough
def test_all_at_once_with_one_upstream_down_leaves_the_others_fresh_and_nothing_broken(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import yfinance

    yfinance.set_tz_cache_location(str(tmp_path))
    monkeypatch.setenv("STOOQ_API_KEY", "secret-stooq-key")
    root = tmp_path / "data"
    shutil.copytree(RAW.parent, root, ignore=shutil.ignore_patterns("snapshots", "candidates"))
    before = {path.name: path.read_bytes() for path in (root / "raw").iterdir()}
    expected: dict[str, int] = {}
    for serve in SERVERS.values():
        expected |= serve(upstream, True)
    closes = prices.longer(root)
    prices.serve_sina(upstream, root, closes["cn"])
    prices.serve_stooq(upstream, root, closes["us"])
    sample = Path(__file__).parents[2] / "data" / "gpr_daily.xls"
    upstream.serve("/gpr_files/data_gpr_daily_recent.xls", sample.read_bytes())
    document = formats.register_document("2026-1", "2026-11-02", "Rare earth magnets")
    upstream.serve("/api/v1/documents.json", formats.federal_register([document]))
    upstream.serve("/", b"", "text/html")
    upstream.serve("/v1/test/getcrumb", b"crumb")
    charts = [f"/v8/finance/chart/{name}" for name in (*prices.symbols(root)["yahoo"], "SPY")]
    for path in charts:
        upstream.serve(path, lambda r: Answer(b"Too Many Requests", 429))

    built: list[str] = []
    make = build_module._build_table

    def counted(table: Table, *more: Any) -> Any:
        built.append(table.name)
        return make(table, *more)

    monkeypatch.setattr(build_module, "_build_table", counted)
    found = refresh_all(root=root, progress=False, limits=LIMITS)
    assert list(found.failed) == ["yahoo"], found.failed
    assert "HTTP 429: too many requests" in found.failed["yahoo"]
    added = found.table.set_index("file")["added"].to_dict()
    assert added.items() >= expected.items()
    assert all(report.aside == {} for report in found.reports)
    assert verify(root).ok
    # a source builds anew what it has figures of, and the whole is what one build gives
    assert built.count("policy_events") == 1
    assert max(map(built.count, built)) <= 3  # prices: by whoever came first, Sina and Stooq
    assert not build_module.build(root, progress=False).table["changed"].any()
    # New York goes on with Stooq, the A-shares with Sina, and nobody loses what was known
    assert found.fresh.loc[["prices_us", "prices_cn"], "last"].tolist() == [prices.LAST] * 2
    assert found.fresh.loc["prices_us", "behind"] == {}
    assert (root / "raw/prices_yahoo.csv").read_bytes() == before["prices_yahoo.csv"]
    for name in ("prices_us_adjusted.csv", "prices_asx_adjusted.csv", "securities.csv"):
        assert (root / "raw" / name).read_bytes() == before[name]
    assert str(found).splitlines()[0] == "10 of 11 sources came through"
