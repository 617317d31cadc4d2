"""A refresh brings no figure of a session that was not over, and keeps none that is there."""

from __future__ import annotations

import datetime as dt
import io

import pandas as pd
import pytest

from rareearth_research.datasets import sources
from rareearth_research.datasets.cleaning.prices.unfinished import going_on
from rareearth_research.datasets.refreshing.notes import sources_csv
from rareearth_research.datasets.refreshing.plan import only_finished, without_unfinished
from rareearth_research.datasets.refreshing.report import Changes, sentence
from rareearth_research.datasets.sources.rawfiles import RAW_FILES
from tests.support.refresh_root import RAW

US = RAW_FILES["prices_us_adjusted.csv"]


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def two_days(first: str, second: str) -> pd.DataFrame:
    days = [first, second] * 2
    return pd.DataFrame({"date": days, "ticker": list("AABB"), "adjusted_close": "1.5"})


@pytest.mark.parametrize(
    ("file", "asked", "left"),
    [
        ("prices_us_adjusted.csv", "2026-11-25T20:59", "2026-11-25"),  # closes at 21:00 UTC
        ("prices_us_adjusted.csv", "2026-11-25T21:10", "2026-11-25"),  # free quotations come late
        ("prices_us_adjusted.csv", "2026-11-25T21:30", ""),
        ("prices_asx_adjusted.csv", "2026-11-25T05:00", "2026-11-25"),  # closes at 05:00 UTC
        ("prices_asx_adjusted.csv", "2026-11-25T05:30", ""),
        ("prices_cn_adjusted_2025_2026.csv", "2026-11-25T06:59", "2026-11-25"),
        ("fx_usdcny_daily.csv", "2026-11-25T00:00", ""),  # a rate set once a day
    ],
)
def test_a_session_counts_half_an_hour_after_its_close(file: str, asked: str, left: str) -> None:
    new = two_days("2026-11-24", "2026-11-25")
    kept, named = only_finished(RAW_FILES[file], new, utc(asked))
    assert named == left
    assert kept["date"].max() == ("2026-11-24" if left else "2026-11-25")
    assert len(kept) == (2 if left else 4)  # of all securities or of none


def test_a_session_after_the_calendars_end_is_over_when_the_last_one_would_be() -> None:
    days = pd.Series(pd.to_datetime(["2027-01-05"]))  # Shanghai's holidays of 2027: not published
    assert going_on(days, "XSHG", "2027-01-05T06:59Z").all()
    assert not going_on(days, "XSHG", "2027-01-05T07:31Z").any()


def test_in_a_file_of_many_markets_each_session_counts_by_its_own_bell() -> None:
    tickers = ["MP", "LYC.AX", "600111.SS", "000831.SZ"]
    new = pd.DataFrame({"date": "2026-11-25", "ticker": tickers, "adjusted_close": "1.5"})
    yahoo = RAW_FILES["prices_yahoo.csv"]
    kept, named = only_finished(yahoo, new, utc("2026-11-25T07:00"))  # Sydney is over
    assert (kept["ticker"].tolist(), named) == (["LYC.AX"], "2026-11-25")
    kept, _ = only_finished(yahoo, new, utc("2026-11-25T07:30"))  # Shanghai too
    assert kept["ticker"].tolist() == tickers[1:]
    assert only_finished(yahoo, new, utc("2026-11-25T21:30"))[1] == ""


def test_an_unfinished_session_of_one_market_leaves_the_file_alone() -> None:
    rows = [(day, t) for t in ("MP", "LYC.AX") for day in ("2026-11-24", "2026-11-25")]
    old = pd.DataFrame(rows, columns=["date", "ticker"]).assign(adjusted_close="1.5", volume="9")
    kept = without_unfinished(RAW_FILES["prices_yahoo.csv"], old, "2026-11-25T08:00Z")
    assert kept.groupby("ticker")["date"].max().to_dict() == {
        "MP": "2026-11-24",
        "LYC.AX": "2026-11-25",
    }


def test_the_half_day_after_thanksgiving_is_over_earlier() -> None:
    new = two_days("2026-11-25", "2026-11-27")
    assert only_finished(US, new, utc("2026-11-27T18:31"))[1] == ""  # closes at 18:00 UTC


@pytest.mark.parametrize(
    ("file", "retrieved", "last"),
    [
        ("prices_us_adjusted.csv", "2026-08-03", "2026-07-31"),
        ("prices_us_adjusted.csv", "2026-08-04T09:00Z", "2026-08-03"),  # proven since
        ("prices_asx_adjusted.csv", "", "2025-12-31"),
        ("index_csi300.csv", "", "2026-07-31"),
    ],
)
def test_an_unfinished_session_leaves_the_raw_file_with_the_next_refresh(
    file: str, retrieved: str, last: str
) -> None:
    old = pd.read_csv(io.BytesIO((RAW / file).read_bytes()), dtype=str, keep_default_na=False)
    assert without_unfinished(RAW_FILES[file], old, retrieved)["date"].max() == last


def test_sources_csv_keeps_the_instant_that_proves_a_session_over() -> None:
    content = (RAW / "sources.csv").read_bytes()
    pairs = [(US, Changes(US.name, 5)), (RAW_FILES["vix_daily.csv"], Changes("vix_daily.csv", 5))]
    after = sources_csv(content, pairs, sources.get("yahoo"), utc("2026-11-25T21:45"))
    table = pd.read_csv(io.BytesIO(after), dtype=str, index_col="source_id")["retrieved"]
    assert table["yahoo_us_2026"] == "2026-11-25T21:45Z"
    assert table["cboe_vix"] == "2026-11-25"


def test_a_report_names_the_session_that_was_left_out() -> None:
    said = sentence(
        Changes("prices_us_adjusted.csv", 5, last="2026-11-24", unfinished="2026-11-25")
    )
    assert "left out: 2026-11-25, which was not over" in said
