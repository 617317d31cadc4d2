"""Each source reads its upstream's real layout into the exact columns of its raw file."""

from __future__ import annotations

import datetime as dt
import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from rareearth_research.datasets import sources
from rareearth_research.datasets.sources.http import Client
from rareearth_research.errors import SourceError
from tests.support import upstream_formats as formats
from tests.support.local_upstream import FAST, Answer, Request, Upstream, running
from tests.support.refresh_root import RAW

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    with running() as server:
        for name in sources.NAMES:
            monkeypatch.setenv(f"RAREEARTH_SOURCE_BASE_{name.upper()}", server.url)
        monkeypatch.setenv("FRED_API_KEY", "secret-fred-key")
        monkeypatch.delenv("COMTRADE_API_KEY", raising=False)
        monkeypatch.setenv("STOOQ_API_KEY", "secret-stooq-key")
        yield server


def fetch(
    name: str, current: dict[str, pd.DataFrame] | None = None, since: dt.date | None = None
) -> dict[str, pd.DataFrame]:
    source = sources.get(name)
    return source.fetch(Client(source, FAST), since, current or {})


def table(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def test_every_source_says_its_terms_and_feeds_known_raw_files() -> None:
    for name, source in sources.available().items():
        assert source.name == name
        assert source.licence
        assert source.url
        assert source.feeds or name == "local"
        assert not source.key_required or source.key_help.startswith("A free key")


def test_an_unknown_source_names_the_nearest() -> None:
    with pytest.raises(SourceError, match=r"no source 'yaho'; nearest: 'yahoo'"):
        sources.get("yaho")


def test_fred_leaves_out_days_without_a_value(upstream: Upstream) -> None:
    bodies = {
        "DEXCHUS": formats.fred([("2026-08-06", "6.7474"), ("2026-08-07", ".")]),
        "VIXCLS": formats.fred([("2026-08-06", "18.70")]),
    }
    upstream.serve("/fred/series/observations", lambda r: bodies[r.query["series_id"][0]])
    frames = fetch("fred", since=dt.date(2026, 8, 1))
    assert frames["fx_usdcny_daily.csv"].values.tolist() == [["2026-08-06", "6.7474"]]
    assert frames["vix_daily.csv"].values.tolist() == [["2026-08-06", "18.70"]]
    assert upstream.requests[0].query["observation_start"] == ["2026-08-01"]
    assert upstream.requests[0].query["api_key"] == ["secret-fred-key"]


def test_fred_without_a_key_says_which_variable_to_set(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FRED_API_KEY")
    with pytest.raises(SourceError, match=r"set the environment variable FRED_API_KEY"):
        fetch("fred")
    assert upstream.requests == []


def test_fred_repeats_what_the_service_says_about_a_bad_key(upstream: Upstream) -> None:
    body = (
        b'{"error_code":400,"error_message":"Bad Request. The value for variable api_key is not '
        b'registered."}'
    )
    upstream.serve("/fred/series/observations", lambda r: Answer(body, 400))
    with pytest.raises(SourceError, match=r"HTTP 400.*api_key is not registered"):
        fetch("fred")


def test_ken_french_joins_five_factors_and_momentum_in_percent(upstream: Upstream) -> None:
    folder = "/pages/faculty/ken.french/ftp/"
    five = [
        (20260129, -0.55, -0.48, 0.35, 1.66, 0.77, 0.02),
        (20260130, 0.10, 0.20, 0.30, 0.40, 0.50, 0.02),
        (20260202, -99.99, -99.99, -99.99, -99.99, -99.99, -99.99),
    ]
    momentum = [(20260129, -1.17), (20260130, 0.33), (20260202, 0.5)]
    upstream.serve(
        folder + "F-F_Research_Data_5_Factors_2x3_daily_CSV.zip",
        formats.french(five, "Mkt-RF,SMB,HML,RMW,CMA,RF"),
    )
    upstream.serve(folder + "F-F_Momentum_Factor_daily_CSV.zip", formats.french(momentum, "Mom"))
    frame = fetch("ken_french")["factors_us_daily_percent.csv"]
    assert list(frame.columns) == ["date", "mkt_rf", "smb", "hml", "rmw", "cma", "rf", "mom"]
    assert frame["date"].tolist() == ["2026-01-29", "2026-01-30"]
    assert frame.loc[0, ["mkt_rf", "rf", "mom"]].tolist() == [-0.55, 0.02, -1.17]


def test_gpr_reads_the_old_excel_format(upstream: Upstream) -> None:
    upstream.serve(
        "/gpr_files/data_gpr_daily_recent.xls",
        (DATA / "gpr_daily.xls").read_bytes(),
        "application/vnd.ms-excel",
    )
    frame = fetch("gpr", since=dt.date(2026, 5, 20))["gpr_daily.csv"]
    assert frame["date"].iloc[[0, -1]].tolist() == ["2026-05-20", "2026-05-26"]
    assert frame.iloc[-1, 1:].tolist() == [165.235, 188.2587, 196.2829]


def test_gpr_with_a_renamed_column_says_which(upstream: Upstream) -> None:
    content = (DATA / "gpr_daily_renamed.xls").read_bytes()
    upstream.serve("/gpr_files/data_gpr_daily_recent.xls", content)
    with pytest.raises(SourceError, match=r"changed its columns: no 'GPRD_ACT'; nearest: 'GPR_A"):
        fetch("gpr")


def test_pink_sheet_finds_the_workbook_on_the_landing_page(upstream: Upstream) -> None:
    path = "/en/doc/74e8be41-0050012026/related/CMO-Historical-Data-Monthly.xlsx"
    page = f'<html><a href="https://thedocs.worldbank.org{path}">Monthly prices</a></html>'
    book = formats.pink_sheet(
        ["Crude oil, Brent", "Coal, South African **", "Tin"],
        ["($/bbl)", "($/mt)", "($/mt)"],
        [["2026M05", 84.4, "…", 33000.5], ["2026M06", 90.9, "…", None]],
    )
    upstream.serve("/en/research/commodity-markets", page.encode(), "text/html")
    upstream.serve(path, book)
    frame = fetch("pink_sheet")["pink_sheet_monthly.csv"]
    assert frame.values.tolist() == [
        ["2026-05", "Crude oil, Brent", "($/bbl)", 84.4],
        ["2026-06", "Crude oil, Brent", "($/bbl)", 90.9],
        ["2026-05", "Tin", "($/mt)", 33000.5],
    ]


def test_pink_sheet_without_the_link_says_the_page_changed(upstream: Upstream) -> None:
    upstream.serve("/en/research/commodity-markets", b"<html>Nothing here</html>", "text/html")
    with pytest.raises(SourceError, match="no link to the monthly workbook"):
        fetch("pink_sheet")


def test_imf_series_without_a_code_get_the_one_the_raw_file_uses(upstream: Upstream) -> None:
    series = [
        ("PCOBA", "Cobalt, LME spot price", "USD"),
        (None, "Rare Earth Carbonate REO 42-45 Dom.", "USD"),
    ]
    book = formats.imf(series, [["2026M8", 33000.0, 5600.5], ["2026M9", 33100.0, None]])
    upstream.serve("/-/media/files/research/commodityprices/monthly/external-data.xlsx", book)
    current = table(
        "month,code,series,unit,price\n2025-09,nan,Rare Earth Carbonate REO 42-45 Dom.,USD,1\n"
    )
    frame = fetch("imf", {"imf_pcps_monthly.csv": current})["imf_pcps_monthly.csv"]
    assert frame[["month", "code", "price"]].values.tolist() == [
        ["2026-08", "PCOBA", 33000.0],
        ["2026-09", "PCOBA", 33100.0],
        ["2026-08", "nan", 5600.5],
    ]


def test_the_usgs_release_is_read_as_the_shipped_table_has_it(upstream: Upstream) -> None:
    shipped = pd.read_csv(RAW / "usgs_mcs2026.csv", dtype=str, keep_default_na=False)
    other = shipped.head(1).assign(chapter="LITHIUM")  # a chapter the raw file does not have
    item = "/catalog/item/696a75d5d4be0228872d3bf8"
    upstream.serve(item, formats.science_base(upstream.url, "MCS2026_Commodities_Data.csv"))
    release = formats.usgs_release(pd.concat([shipped, other]))
    with pytest.raises(UnicodeDecodeError):
        release.decode("utf-8")
    upstream.serve(item.replace("item", "file/get"), release)
    frame = fetch("usgs", {"usgs_mcs2026.csv": shipped})["usgs_mcs2026.csv"]
    pd.testing.assert_frame_equal(frame, shipped)
    assert "Salient Statistics—United States" in set(frame["section"])


def test_the_shipped_usgs_table_is_that_of_the_release() -> None:
    """Counts of the published file: its 13 chapters have 1,155 rows, 75 of them not available."""
    shipped = pd.read_csv(RAW / "usgs_mcs2026.csv", dtype=str, keep_default_na=False)
    assert (len(shipped), shipped["chapter"].nunique()) == (1155, 13)
    assert (shipped["value"] == "NA").sum() == 75
    employed = shipped[shipped["statistic"] == "Employment"].set_index("year")["value"]
    assert employed.to_dict() == {
        "2021": "293",
        "2022": "350",
        "2023": "450",
        "2024": "570",
        "2025": "670",
    }


def test_comtrade_asks_for_a_year_of_months_at_a_time_and_sends_its_key_as_a_header(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(request: Request) -> bytes:
        months = request.query["period"][0].split(",")
        assert len(months) <= 12
        known = [m for m in months if m == "202501"]
        return formats.comtrade([(m, "250410", 18573565.0, 11137513.7) for m in known])

    upstream.serve("/data/v1/get/C/M/HS", answer)
    monkeypatch.setenv("COMTRADE_API_KEY", "secret-comtrade-key")
    frame = fetch("comtrade", since=dt.date(2024, 11, 1))["china_graphite_exports_monthly.csv"]
    assert frame.values.tolist() == [["2025-01", "250410", 18573565.0, 11137513.7]]
    assert all(
        r.headers["Ocp-Apim-Subscription-Key"] == "secret-comtrade-key" for r in upstream.requests
    )
    assert "subscription-key" not in str([r.query for r in upstream.requests])


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("partnerCode", 842),
        ("motCode", 1000),
        ("flowCode", "M"),
        ("cmdCode", None),
        ("period", "202601"),
    ],
)
def test_comtrade_records_of_something_else_are_refused(
    upstream: Upstream, name: str, other: object
) -> None:
    month = f"{dt.date.today():%Y%m}"
    answer = json.loads(formats.comtrade([(month, "380110", 1.5, 2.5)]))
    answer["data"][0][name] = other
    upstream.serve("/public/v1/preview/C/M/HS", json.dumps(answer).encode())
    with pytest.raises(SourceError, match=f"a record of {name} {other!r}, and .* was asked for"):
        fetch("comtrade", since=dt.date.today())


GRAPHITE = "china_graphite_exports_monthly.csv"


def serve_preview(upstream: Upstream, *records: tuple[str, str, float, float | None]) -> None:
    upstream.serve(
        "/public/v1/preview/C/M/HS", lambda asked: formats.comtrade_preview(asked, records)
    )


def test_comtrade_without_a_key_asks_month_by_month_from_the_last_known_year_on(
    upstream: Upstream,
) -> None:
    last = pd.Period(dt.date.today(), "M") - 2
    known = table(f"month,hs6,value_usd,net_weight_kg\n{last},380110,1,1\n")
    serve_preview(upstream, (last.strftime("%Y%m"), "380110", 1.5, 2.5))
    frame = fetch("comtrade", {GRAPHITE: known})[GRAPHITE]
    assert frame.values.tolist() == [[str(last), "380110", 1.5, 2.5]]
    asked = [request.query["period"][0] for request in upstream.requests]
    assert asked == pd.period_range(last - 11, last + 2).strftime("%Y%m").tolist()


def test_comtrade_pauses_between_the_months_it_asks_for(upstream: Upstream) -> None:
    serve_preview(upstream, (f"{dt.date.today():%Y%m}", "380110", 1.5, 2.5))
    since = (pd.Period(dt.date.today(), "M") - 2).start_time.date()
    source = sources.get("comtrade")
    began = time.perf_counter()
    source.fetch(Client(source, replace(FAST, pause=0.03)), since, {GRAPHITE: table("month\n")})
    assert time.perf_counter() - began > 0.4  # three months, two pauses


def test_comtrade_without_a_weight_keeps_the_value_and_a_gap(upstream: Upstream) -> None:
    month = dt.date.today()
    serve_preview(
        upstream,
        (f"{month:%Y%m}", "250410", 1.5, None),
        (f"{month:%Y%m}", "380110", 2.5, 0.0),  # uncomtrade/comtradeapicall, issue 22
    )
    frame = fetch("comtrade", since=month)[GRAPHITE]
    assert frame["value_usd"].tolist() == [1.5, 2.5]
    assert frame["net_weight_kg"].isna().all()


def test_comtrade_repeats_what_the_service_says_about_a_request(upstream: Upstream) -> None:
    said = b'{"data": null, "error": "Maximum number of periods for preview is 1"}'
    upstream.serve("/public/v1/preview/C/M/HS", lambda _: Answer(said, 400))
    with pytest.raises(SourceError, match="Maximum number of periods for preview is 1"):
        fetch("comtrade", since=dt.date.today())


def test_federal_register_hits_are_candidates_and_never_verified(upstream: Upstream) -> None:
    def answer(request: Request) -> bytes:
        if request.query["conditions[term]"][0] not in ('"rare earth"', "antimony"):
            return formats.federal_register([])
        document = formats.register_document("2026-01", "2026-11-02", "Section 232 on\n  minerals")
        return formats.federal_register([document])

    upstream.serve("/api/v1/documents.json", answer)
    frame = fetch("federal_register", since=dt.date(2026, 10, 1))["federal_register.csv"]
    row = frame.iloc[0]
    assert len(frame) == 1
    assert row["status"] == "unverified"
    assert row["matched_terms"] == "rare earth; antimony"
    assert row["title"] == "Section 232 on minerals"


STOOQ_ROWS = [("2026-08-03", 1, 2, 0.5, 70.25, 100), ("2026-08-04", 1, 2, 0.5, 71.5, 100)]
SYMBOLS = "ticker,stooq\nMP,mp.us\nGONE,gone.us\nLYC.AX,\n"


def test_stooq_reads_closes_and_names_a_ticker_without_data(upstream: Upstream) -> None:
    bodies = {"mp.us": formats.stooq(STOOQ_ROWS), "gone.us": b"No data"}
    upstream.serve("/q/d/l/", lambda r: bodies[r.query["s"][0]])
    frame = fetch("stooq", {"price_symbols.csv": table(SYMBOLS)}, dt.date(2026, 8, 1))
    assert frame["prices_stooq.csv"].values.tolist() == [
        ["2026-08-03", "MP", "70.25", "100"],
        ["2026-08-04", "MP", "71.5", "100"],
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"Exceeded the daily hits limit", "try again tomorrow"),
        (b"Get your apikey", "does not take STOOQ_API_KEY. A free key"),
        (b"<html><body>Busy</body></html>", "web page instead of data: 'Busy'"),
        (b"Datum,Kurs\n2026-08-03,1\n", "changed its columns"),
    ],
)
def test_stooq_text_with_status_200_that_is_not_its_table_is_an_error(
    upstream: Upstream, body: bytes, says: str
) -> None:
    upstream.serve("/q/d/l/", body)
    with pytest.raises(SourceError, match=says):
        fetch("stooq", {"price_symbols.csv": table(SYMBOLS)})
