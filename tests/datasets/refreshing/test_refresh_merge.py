"""Joining old and new raw figures: adjusted closes by return, levels by level, text by text."""

from __future__ import annotations

import datetime as dt
import io

import numpy as np
import pandas as pd
import pytest

from rareearth_research.datasets import sources
from rareearth_research.datasets.cleaning.prices.fetched import FILES
from rareearth_research.datasets.refreshing.merge import merge
from rareearth_research.datasets.refreshing.notes import outliers_csv
from rareearth_research.datasets.refreshing.report import Changes, sentence
from rareearth_research.datasets.sources.rawfiles import CANDIDATES, RAW_FILES
from rareearth_research.errors import SourceError
from tests.support.refresh_root import RAW

PRICES = RAW_FILES["prices_us_adjusted.csv"]
DAYS = pd.bdate_range("2026-01-05", periods=60).strftime("%Y-%m-%d")


def prices(**levels: object) -> pd.DataFrame:
    """Synthetic adjusted closes: one column a ticker, as a raw frame."""
    parts = [
        pd.DataFrame({"date": DAYS[: len(values)], "ticker": ticker, "adjusted_close": values})
        for ticker, values in levels.items()
    ]
    return pd.concat(parts, ignore_index=True)


def text(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(frame.to_csv(index=False)), dtype=str, keep_default_na=False)


def walk(seed: int, n: int) -> np.ndarray:
    steps = np.random.default_rng(seed).normal(0, 0.02, n)
    return np.round(50 * np.exp(np.cumsum(steps)), 4)


def returns(frame: pd.DataFrame, ticker: str) -> np.ndarray:
    level = frame.loc[frame["ticker"] == ticker, "adjusted_close"].astype(float).to_numpy()
    return np.diff(np.log(level))


OLD = text(prices(MP=walk(1, 50), SPY=walk(2, 50)))


def test_a_dividend_rescales_the_past_and_revises_nothing() -> None:
    new = prices(MP=walk(1, 55) * 0.99, SPY=walk(2, 55))
    merged, changes = merge(PRICES, OLD, new)
    assert changes.added == 10
    assert changes.revised == 0
    assert changes.rescaled == {"MP": pytest.approx(0.99, abs=1e-5)}
    assert changes.objections(PRICES) == []
    np.testing.assert_allclose(returns(merged, "MP"), np.diff(np.log(walk(1, 55))), atol=1e-5)


def test_a_series_that_is_not_rescaled_keeps_its_text() -> None:
    new = prices(MP=walk(1, 55) * 0.99, SPY=walk(2, 55))
    merged, _ = merge(PRICES, OLD, new)
    spy = merged[merged["ticker"] == "SPY"]
    assert spy["adjusted_close"].tolist()[:50] == OLD["adjusted_close"].tolist()[50:]


def test_with_a_short_window_the_older_past_is_put_on_the_new_scale() -> None:
    new = prices(MP=walk(1, 55) * 0.99, SPY=walk(2, 55))
    new = new[new["date"] >= DAYS[40]]
    merged, changes = merge(PRICES, OLD, new)
    assert changes.rescaled == {"MP": pytest.approx(0.99, abs=1e-5)}
    np.testing.assert_allclose(returns(merged, "MP"), np.diff(np.log(walk(1, 55))), atol=1e-5)
    assert (merged["ticker"] == "MP").sum() == 55


def test_an_upstream_that_lags_behind_keeps_later_rows_on_the_same_scale() -> None:
    merged, changes = merge(PRICES, OLD, prices(MP=walk(1, 45) * 0.99, SPY=walk(2, 45)))
    assert (changes.added, changes.removed) == (0, 0)
    np.testing.assert_allclose(returns(merged, "MP"), np.diff(np.log(walk(1, 50))), atol=1e-5)


def test_a_dividend_between_old_rows_that_only_the_new_figures_know_is_one_revised_return() -> None:
    levels = walk(1, 55)
    levels[:30] *= 0.98
    _, changes = merge(PRICES, OLD, prices(MP=levels, SPY=walk(2, 55)))
    assert (changes.revised, changes.material) == (1, 1)
    assert changes.revisions["date"].tolist() == [DAYS[30]]
    assert changes.objections(PRICES) == []


def test_another_security_under_the_same_ticker_leaves_it_as_it_was_and_the_rest_goes_on() -> None:
    merged, changes = merge(PRICES, OLD, prices(MP=walk(9, 55), SPY=walk(2, 55)))
    assert list(changes.aside) == ["MP"]
    assert "of 50 known returns changed by more than 0.5%" in changes.aside["MP"]
    assert "--accept-revisions takes it over" in changes.aside["MP"]
    assert (changes.added, changes.missing_series) == (5, ())
    mp = merged[merged["ticker"] == "MP"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mp, OLD[OLD["ticker"] == "MP"].reset_index(drop=True))
    assert changes.objections(PRICES) == []


def test_the_remedy_for_a_security_left_aside_works() -> None:
    new = prices(MP=walk(9, 55), SPY=walk(2, 55))
    merged, changes = merge(PRICES, OLD, new, accept_revisions=True)
    assert (changes.aside, changes.added) == ({}, 10)
    np.testing.assert_allclose(returns(merged, "MP"), np.diff(np.log(walk(9, 55))), atol=1e-5)


def test_if_most_securities_are_others_the_answer_is_refused() -> None:
    with pytest.raises(SourceError, match="2 securities cannot be taken over: MP: "):
        merge(PRICES, OLD, prices(MP=walk(9, 55), SPY=walk(8, 55)))


def test_a_price_in_another_unit_leaves_its_security_as_it_was() -> None:
    levels = walk(1, 55)
    levels[50:] *= 100
    _, changes = merge(PRICES, OLD, prices(MP=levels, SPY=walk(2, 55)))
    assert "jumps as if the unit had changed" in changes.aside["MP"]
    assert changes.added == 5


def test_a_known_close_stays_when_the_answer_lacks_it() -> None:
    new = prices(MP=walk(1, 55) * 0.99, SPY=walk(2, 55))
    new = new.drop(index=[20, 55 + 30])
    for accepted in (False, True):
        merged, changes = merge(PRICES, OLD, new, accept_revisions=accepted)
        assert (changes.removed, changes.lacking, changes.aside) == (0, 2, {})
        assert changes.objections(PRICES) == []
        # on the new scale like its neighbours
        np.testing.assert_allclose(returns(merged, "MP"), np.diff(np.log(walk(1, 55))), atol=1e-5)
        spy = merged.loc[merged["ticker"] == "SPY", "adjusted_close"]
        assert spy.tolist()[:50] == OLD["adjusted_close"].tolist()[50:]
    assert "2 known prices that the answer lacks stay" in sentence(changes)


def test_a_delisted_ticker_is_reported_and_keeps_its_rows() -> None:
    merged, changes = merge(PRICES, OLD, prices(SPY=walk(2, 55)))
    assert changes.missing_series == ("MP",)
    assert changes.objections(PRICES) == []
    assert (merged["ticker"] == "MP").sum() == 50


def test_too_few_common_sessions_are_refused() -> None:
    new = prices(MP=walk(1, 55), SPY=walk(2, 55))
    with pytest.raises(SourceError, match=r"csv, MP: .*5 common rows are needed"):
        merge(PRICES, OLD, new[new["date"] >= DAYS[49]])


def test_a_new_listing_with_few_sessions_can_be_continued() -> None:
    old = text(prices(MP=walk(1, 3)))
    _, changes = merge(PRICES, old, prices(MP=walk(1, 6)))
    assert changes.added == 3


def test_new_rows_follow_their_series_in_a_file_without_plain_order() -> None:
    old = pd.concat([OLD[50:], OLD[:50]], ignore_index=True)  # SPY before MP
    merged, _ = merge(PRICES, old, prices(MP=walk(1, 51), SPY=walk(2, 51)))
    assert merged["ticker"].tolist() == ["SPY"] * 51 + ["MP"] * 51
    assert merged["date"].tolist() == [*DAYS[:51], *DAYS[:51]]


PINK = RAW_FILES["pink_sheet_monthly.csv"]


def tin(**months: object) -> pd.DataFrame:
    rows = [(m.replace("_", "-")[1:], "Tin", "($/mt)", price) for m, price in months.items()]
    return pd.DataFrame(rows, columns=list(PINK.columns))


def test_series_the_file_does_not_have_are_left_out() -> None:
    new = pd.concat(
        [tin(m2026_05="3.5", m2026_06="3.6").assign(commodity=name) for name in ("Tin", "Cocoa")]
    )
    merged, changes = merge(PINK, tin(m2026_05="3.5"), new)
    assert changes.added == 1
    assert merged["commodity"].unique().tolist() == ["Tin"]


def test_a_renamed_series_is_refused() -> None:
    old = pd.concat([tin(m2026_05="3.5"), tin(m2026_05="9").assign(commodity="Zinc")])
    _, changes = merge(PINK, old, tin(m2026_05="3.5", m2026_06="3.6"))
    assert changes.objections(PINK) == [
        "pink_sheet_monthly.csv: the upstream no longer has Zinc / ($/mt)"
    ]


def test_factors_may_move_by_the_rounding_of_a_new_vintage() -> None:
    factors = RAW_FILES["factors_us_daily_percent.csv"]
    old = pd.DataFrame([["2026-01-29", *["0.35"] * 7]], columns=list(factors.columns))
    _, changes = merge(factors, old, old.replace("0.35", 0.4))
    assert changes.revised == 0
    _, changes = merge(factors, old, old.replace("0.35", 0.42))
    assert changes.revised == 1


def test_what_a_person_wrote_about_a_candidate_stays() -> None:
    def candidate(title: str, **own: str) -> pd.DataFrame:
        row = dict.fromkeys(CANDIDATES.columns, "") | {
            "publication_date": "2026-11-02",
            "document_number": "2026-01",
            "title": title,
            "status": "unverified",
            **own,
        }
        return pd.DataFrame([row])

    old = candidate("Minerals", status="rejected", note="a routine notice")
    merged, changes = merge(CANDIDATES, old, candidate("Minerals; correction"))
    assert merged.loc[0, ["title", "status", "note"]].tolist() == [
        "Minerals; correction",
        "rejected",
        "a routine notice",
    ]
    assert changes.revised == 1


def test_an_empty_search_adds_nothing() -> None:
    nothing = pd.DataFrame(columns=list(CANDIDATES.columns), dtype=str)
    merged, changes = merge(CANDIDATES, nothing, nothing)
    assert len(merged) == 0
    assert changes.nothing


@pytest.mark.parametrize("name", [name for name in RAW_FILES if name not in FILES.values()])
def test_every_raw_file_merged_with_itself_stays_as_it_is(name: str) -> None:
    content = (RAW / name).read_bytes()
    frame = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    frame = frame.head(20_000)
    merged, changes = merge(RAW_FILES[name], frame, frame)
    assert isinstance(changes, Changes)
    assert changes.nothing
    assert changes.objections(RAW_FILES[name]) == []
    pd.testing.assert_frame_equal(merged, frame)


def test_a_large_new_return_is_entered_for_review_once() -> None:
    raw = RAW_FILES["prices_asx_adjusted.csv"]
    frame = pd.DataFrame(
        {"date": DAYS[:3], "ticker": "LYC", "adjusted_close": ["10", "14", "10"]}
    ).reindex(columns=list(raw.columns), fill_value="0")
    before = b"ticker,date,return,verdict,reason\nMP,2025-07-10,0.5060,kept,read\n"
    source, today = sources.get("yahoo"), dt.date(2026, 11, 24)
    after, words = outliers_csv(before, raw, frame, DAYS[2], source, today)
    assert words == [f"LYC.AX {DAYS[2]} -28.6%"]
    first, second = after.decode().splitlines()[1:]
    assert first.startswith(f'LYC.AX,{DAYS[2]},-0.2857,"kept as published, not investigated"')
    assert second == "MP,2025-07-10,0.5060,kept,read"
    assert outliers_csv(after, raw, frame, DAYS[2], source, today) == (after, [])


FACTORS = RAW_FILES["factors_us_daily_percent.csv"]


def factors(first: int, n: int, scale: float = 1.0) -> pd.DataFrame:
    """Synthetic daily factors in per cent, `n` days from the day `first` on."""
    draws = np.random.default_rng(3).normal(0, 1, (60, 7)).round(2) * scale
    frame = pd.DataFrame(draws, columns=list(FACTORS.figures))
    frame.insert(0, "date", DAYS)
    return text(frame.iloc[first : first + n])


@pytest.mark.parametrize("common", [1, 2, 3])
def test_factors_as_fractions_are_refused_however_few_days_are_common(common: int) -> None:
    _, changes = merge(FACTORS, factors(0, 50), factors(50 - common, common + 5, 0.01))
    assert changes.objections(FACTORS) != []


def test_factors_of_another_size_are_named_with_both_sizes() -> None:
    new = pd.concat([factors(45, 5), factors(50, 10, 0.01)])
    _, changes = merge(FACTORS, factors(0, 50), new)
    assert "jump as if the unit had changed (mkt_rf: 0.00" in changes.objections(FACTORS)[0]


def test_factors_in_per_cent_go_on() -> None:
    _, changes = merge(FACTORS, factors(0, 50), factors(45, 15))
    assert (changes.added, changes.objections(FACTORS)) == (10, [])


CODES = {"prices_us_adjusted.csv": ["0", "-99", "1e308", "inf", "nan", ""]}
CODES["factors_us_daily_percent.csv"] = ["-99.99", "-999", "99.99", "1e308", "inf", ""]
CODES["gpr_daily.csv"] = ["-99", "-9999", "1e300", ""]
CODES["fx_usdcny_daily.csv"] = ["0", "-99", "1e13"]


@pytest.mark.parametrize(
    ("file", "code"), [(file, code) for file, codes in CODES.items() for code in codes]
)
def test_a_code_for_no_figure_is_refused_with_its_day_and_leaving_it_out_mends(
    file: str, code: str
) -> None:
    raw = RAW_FILES[file]
    rows = {"date": DAYS[:10], **dict.fromkeys((*raw.figures,), "6.5")}
    new = pd.DataFrame(rows).assign(**dict.fromkeys(raw.series, "MP"))[list(raw.columns)]
    old, bad = text(new.iloc[:8]), text(new)
    bad.loc[9, raw.figures[-1]] = code
    with pytest.raises(SourceError, match=rf"{DAYS[9]}: {raw.figures[-1]} is .* leave the row out"):
        merge(raw, old, bad)
    assert merge(raw, old, bad.iloc[:9])[1].added == 1


@pytest.mark.parametrize("day", ["2026-1-20", "2026-03", "20260320", "05.01.2026", "2026-03-20T00"])
def test_a_day_that_is_not_written_in_full_is_refused(day: str) -> None:
    new = OLD.copy()
    new.loc[0, "date"] = day
    _, changes = merge(PRICES, OLD, new)
    assert f"'{day}' in date is not a date" in changes.aside["MP"]
