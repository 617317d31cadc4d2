"""Every source from its upstream's format to the clean tables, with the raw layer's real figures.

Each upstream is made of the figures in ``data/raw`` plus a few later rows. Sent unchanged, they
must bring nothing new; with the later rows, exactly those.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from rareearth_research.datasets import build as build_module
from rareearth_research.datasets import sources
from rareearth_research.datasets.cleaning.prices.checks import exchange_sessions
from rareearth_research.datasets.refresh import refresh
from rareearth_research.datasets.registry import Table
from rareearth_research.datasets.sources.transport import Limits
from rareearth_research.datasets.tables import all_tables
from tests.support import upstream_formats as formats
from tests.support.local_upstream import Upstream, running
from tests.support.refresh_root import RAW

pytestmark = pytest.mark.end_to_end
LIMITS = Limits(connect=5, read=10, retries=0, pause=0)
REAL = all_tables()


def raw(name: str) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO((RAW / name).read_bytes()), dtype=str, keep_default_na=False)


def sessions(exchange: str, first: str, last: str) -> list[str]:
    days = exchange_sessions(
        exchange, {"calendar_corrections.csv": raw("calendar_corrections.csv")}
    )
    return list(days[(days >= first) & (days <= last)].strftime("%Y-%m-%d"))


def before(frame: pd.DataFrame, later: list[str]) -> pd.DataFrame:
    return frame[frame["date"] < later[0]]


# Made-up later rows stand where the files have an unfinished session, and reach past the second
# files of New York and Sydney.
US_LATER = sessions("XNYS", "2026-08-03", "2026-10-13")
ASX_LATER = sessions("XASX", "2026-01-02", "2026-08-10")


def serve_yahoo(server: Upstream, later: bool) -> dict[str, int]:
    us = before(raw("prices_us_adjusted.csv"), US_LATER)
    asx = before(raw("prices_asx_adjusted.csv"), ASX_LATER)
    charts = {}
    for frame, suffix, zone, days in (
        (us, "", "America/New_York", US_LATER),
        (asx, ".AX", "Australia/Sydney", ASX_LATER),
    ):
        for ticker, rows in frame.groupby("ticker"):
            closes = rows.set_index("date")["adjusted_close"].astype(float)
            if later:
                closes = pd.concat([closes, pd.Series(closes.iloc[-1] * 1.01, index=days)])
            if later and ticker == "MP":
                closes.iloc[-1] *= 1.3
            if later and ticker == "RIO":
                closes = closes * 0.98  # a dividend since the last snapshot
            volumes = [int(float(volume)) for volume in rows.get("volume", [])]
            volumes += [1000] * (len(closes) - len(volumes))
            chart = formats.yahoo_chart(ticker + suffix, zone, closes, {}, volumes)
            charts[f"/v8/finance/chart/{ticker}{suffix}"] = chart
    for path, chart in charts.items():
        server.serve(path, chart)
    server.serve("/", b"", "text/html")
    server.serve("/v1/test/getcrumb", b"crumb")
    return {
        "prices_us_adjusted.csv": len(US_LATER) * us["ticker"].nunique() * later,
        "prices_asx_adjusted.csv": len(ASX_LATER) * asx["ticker"].nunique() * later,
    }


def serve_stooq(server: Upstream, later: bool) -> dict[str, int]:
    us = before(raw("prices_us_adjusted.csv"), US_LATER)
    bodies = {}
    for ticker, rows in us[us["date"] >= "2026-05-05"].groupby("ticker"):
        added = US_LATER if later else []
        days = [*rows["date"], *added]
        closes = [*rows["adjusted_close"], *([rows["adjusted_close"].iloc[-1]] * len(added))]
        table = [(d, c, c, c, c, 1) for d, c in zip(days, closes, strict=True)]
        bodies[f"{ticker.lower()}.us"] = formats.stooq(table)
    server.serve("/q/d/l/", lambda r: bodies[r.query["s"][0]])
    return {"prices_us_adjusted.csv": len(US_LATER) * us["ticker"].nunique() * later}


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
    for month, prices in wide.astype(float).iterrows():
        cells = [None if pd.isna(price) else price for price in prices]
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
    "yahoo": serve_yahoo,
    "stooq": serve_stooq,
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
    if name == "yahoo":
        assert list(report.changes[0].rescaled) == ["RIO"]
        assert report.to_review == ("MP 2026-10-13 +30.0%",)
