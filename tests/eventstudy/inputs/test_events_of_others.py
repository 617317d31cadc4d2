"""Lists of events as other people keep them: what is read, under which name, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import RareEarthError, SpecificationError
from rareearth_research.eventstudy import EventStudy, EventStudyResults
from rareearth_research.eventstudy.chance.subject import placed
from tests.support.eventstudy_cases import synthetic_returns

RETURNS = synthetic_returns(500)
DAYS = RETURNS.index
FIRST, SECOND = DAYS[350], DAYS[420]
EVENTS = pd.DataFrame({"event_id": ["a", "b"], "date": [FIRST, SECOND], "security": ["S0", "S1"]})
PAIRS = {("a", "S0", FIRST), ("b", "S1", SECOND)}


def fit(events: Any, returns: pd.DataFrame = RETURNS, **options: Any) -> EventStudyResults:
    return EventStudy(returns, events, **{"benchmark": "MKT", **options}).fit()


def refusal(events: Any, returns: pd.DataFrame = RETURNS) -> str:
    with pytest.raises(RareEarthError) as caught:
        fit(events, returns)
    assert len(str(caught.value)) < 700
    return str(caught.value)


def pairs(result: EventStudyResults) -> set[tuple[Any, ...]]:
    return set(result.attrition[["event_id", "security", "session"]].itertuples(index=False))


# --- securities ----------------------------------------------------------------------------------

SECURITY = ["ticker", "Ticker", "SYMBOL", "PERMNO", "firm", "company_name", "isin", "Security",
            "RIC", "stock_code", "股票代码"]  # fmt: skip


@pytest.mark.parametrize("name", SECURITY)
def test_a_security_is_read_under_the_name_of_others_and_said(name: str) -> None:
    result = fit(EVENTS.rename(columns={"security": name}))
    assert pairs(result) == PAIRS
    assert f"Read in events: {name!r} as security." in result.notes
    assert f"Read in events: {name!r} as security." in str(result.summary())


def test_an_event_of_a_security_has_no_place_in_the_market_of_another() -> None:
    exchanges = {"S0": "XNYS", "S1": "XSHG"}
    study = EventStudy(RETURNS[["S0", "S1"]], EVENTS, model="mean", exchanges=exchanges)
    setup = study.setup
    found = [one.event_ids.tolist() for one in placed("exclude_near", EVENTS, setup)]
    assert dict(zip([m.exchange for m in setup.markets], found, strict=True)) == {
        "XNYS": ["a"], "XSHG": ["b"]
    }  # fmt: skip


def test_numbers_name_columns_that_are_text() -> None:
    """PERMNO is a number in the one table and a heading in the other, and a float beside blanks."""
    returns = RETURNS.rename(columns={"S0": "10107", "S1": "14593"})
    for permno in ([10107, 14593], [10107.0, 14593.0], ["10107", "14593"]):
        events = EVENTS.drop(columns="security").assign(PERMNO=permno)
        found = pairs(fit(events, returns))
        assert found == {("a", "10107", FIRST), ("b", "14593", SECOND)}


def test_the_column_that_holds_names_of_returns_is_meant_and_the_other_carried() -> None:
    events = EVENTS.rename(columns={"security": "ticker"}).assign(company=["Acme", "Best"])
    result = fit(events)
    assert pairs(result) == PAIRS
    assert result.notes == (
        "Read in events: 'ticker' as security.",
        "Columns of events that are not used: 'company'.",
    )


def test_two_columns_that_could_be_the_security_are_refused() -> None:
    events = EVENTS.rename(columns={"security": "ticker"}).assign(symbol=["S2", "S3"])
    said = refusal(events)
    assert "'ticker' and 'symbol', and each could be the security" in said
    assert "events.drop(columns='symbol')" in said
    assert pairs(fit(events.drop(columns="symbol"))) == PAIRS
    assert pairs(fit(events.assign(symbol=events["ticker"]))) == PAIRS  # both say the same


def test_a_security_that_returns_do_not_know_is_refused_with_ways_that_work() -> None:
    events = EVENTS.drop(columns="security").assign(company=["Acme", "Best"])
    said = refusal(events)
    assert "events.assign(security=events['company'].map({'Acme': ...}))" in said
    assert "events.drop(columns='company')" in said
    mapped = events.assign(security=events["company"].map({"Acme": "S0", "Best": "S1"}))
    assert pairs(fit(mapped)) == PAIRS
    assert len(fit(events.drop(columns="company")).car) == 12


def test_a_column_of_any_name_that_holds_names_only_is_refused_and_renamed() -> None:
    events = EVENTS.rename(columns={"security": "target"})
    assert "events.rename(columns={'target': 'security'})" in refusal(events)
    assert pairs(fit(events.rename(columns={"target": "security"}))) == PAIRS


@pytest.mark.parametrize(
    "cell",
    [["S0", "S1"], ("S0", "S1"), {"S1", "S0"}, np.array(["S0", "S1"])],
    ids=["list", "tuple", "set", "array"],
)
def test_a_list_in_a_cell_is_one_row_for_each(cell: Any) -> None:
    events = pd.DataFrame({"event_id": ["a"], "date": [FIRST], "tickers": [cell]})
    result = fit(events)
    assert pairs(result) == {("a", "S0", FIRST), ("a", "S1", FIRST)}
    assert "Lists in events are one row for each security." in result.notes
    assert "no security in row 0" in refusal(events.assign(security=[[]]))


# --- dates ---------------------------------------------------------------------------------------

DATE = ["event_date", "datetime", "announcement", "Date", "announced_date", "Announcement Date",
        "anndats", "day", "公告日期"]  # fmt: skip


@pytest.mark.parametrize("name", DATE)
def test_a_date_is_read_under_the_name_of_others_and_said(name: str) -> None:
    result = fit(EVENTS.rename(columns={"date": name}))
    assert pairs(result) == PAIRS
    assert f"Read in events: {name!r} as date." in result.notes


def test_two_dates_are_refused_and_one_is_enough() -> None:
    events = EVENTS.rename(columns={"date": "event_date"}).assign(news_date=SECOND)
    said = refusal(events)
    assert "'event_date' and 'news_date', and each could be the date" in said
    assert pairs(fit(events.drop(columns="news_date"))) == PAIRS


def test_an_announcement_in_words_is_no_date() -> None:
    assert fit(EVENTS.assign(announcement="export licences")).notes == (
        "Columns of events that are not used: 'announcement'.",
    )
    assert "no column 'date'" in refusal(
        EVENTS.rename(columns={"date": "announcement"}).assign(announcement="export licences")
    )


def test_names_are_known_in_any_case() -> None:
    capital = EVENTS.rename(columns={"event_id": "Event ID", "date": "DATE"})
    result = fit(capital.assign(CONFOUNDERS=["", "central bank day"]))
    assert pairs(result) == PAIRS
    assert result.diagnostics["confounded"] == 1


@pytest.mark.parametrize("level", ["event_id", "date", "security", "ticker"])
def test_a_named_index_is_a_column(level: str) -> None:
    events = EVENTS.rename(columns={"security": "ticker"} if level == "ticker" else {})
    assert pairs(fit(events.set_index(level))) == PAIRS


def test_missing_ids_are_made_as_the_message_says() -> None:
    events = EVENTS.drop(columns="event_id")
    assert "events.assign(event_id=events['date'].astype(str))" in refusal(events)
    assert len(fit(events.assign(event_id=events["date"].astype(str))).car) == 2


@pytest.mark.parametrize(
    ("name", "column"),
    [("event_id", "key"), ("event_id", "Event Code"), ("event_id", "no"), ("event_id", "number"),
     ("date", "announcement")],
)  # fmt: skip
def test_a_column_that_may_be_the_one_that_lacks_is_renamed_in_the_message(
    name: str, column: str
) -> None:
    said = refusal(EVENTS.assign(date="in May").rename(columns={name: column}))
    assert f"rename yours: events.rename(columns={{{column!r}: {name!r}}}); its columns" in said


# --- a series ------------------------------------------------------------------------------------


def test_a_series_by_security_means_pairs() -> None:
    days = pd.Series([FIRST, SECOND], index=["S0", "S1"])
    found = pairs(fit(days))
    assert found == {(str(FIRST.date()), "S0", FIRST), (str(SECOND.date()), "S1", SECOND)}
    assert len(fit(pd.Series([[FIRST, SECOND]], index=["S0"])).car) == 2


def test_a_series_by_place_is_a_list_of_dates() -> None:
    days = EVENTS["date"]
    for given in (days, days[days > FIRST], days.set_axis(days), days.set_axis([7, 3])):
        assert len(fit(given).car) == 6 * len(given)
    numbered = RETURNS.rename(columns={"S0": "7", "S1": "3"})
    assert pairs(fit(days.set_axis([7, 3]), numbered)) == {
        (str(FIRST.date()), "7", FIRST), (str(SECOND.date()), "3", SECOND)
    }  # fmt: skip
    assert "its index names 7, which is not" in refusal(
        days.set_axis([7, 3]), numbered.rename(columns={"7": "S0"})
    )


def test_a_series_by_names_that_returns_do_not_know_is_refused() -> None:
    days = pd.Series([FIRST, SECOND], index=["S0", "Z9"])
    said = refusal(days)
    assert "'Z9'" in said
    assert "list(events)" in said
    assert len(fit(list(days)).car) == 12


# --- everything that shares the input ------------------------------------------------------------

OTHERS = EVENTS.rename(columns={"event_id": "EventID", "date": "event_date", "security": "ticker"})


def test_further_events_are_read_alike() -> None:
    known = OTHERS.assign(event_date=FIRST, EventID=["k", "l"])
    result = fit([FIRST], known_events=known)
    flagged = result.attrition.set_index("security")["flags"]
    assert set(flagged.index[flagged != ""]) == {"S0", "S1"}
    names = "'EventID' as event_id, 'event_date' as date, 'ticker' as security"
    assert f"Read in known_events: {names}." in result.notes


def test_questions_take_the_same_lists() -> None:
    volume = RETURNS.drop(columns="MKT").abs().mul(1e6) + 1
    days = OTHERS.assign(ticker=["S0", "S1"])
    for found, plain in (
        (
            rer.abnormal_volume(EventStudy(RETURNS, days, "MKT"), volume),
            rer.abnormal_volume(EventStudy(RETURNS, EVENTS, "MKT"), volume),
        ),
        (
            rer.placebo(fit(days), exclude_near=days, n=99, seed=1),
            rer.placebo(fit(EVENTS), exclude_near=EVENTS, n=99, seed=1),
        ),
        (
            rer.specification_curve(RETURNS, days, benchmarks=["MKT"]),
            rer.specification_curve(RETURNS, EVENTS, benchmarks=["MKT"]),
        ),
    ):
        pd.testing.assert_frame_equal(found.table, plain.table)


def test_timing_reads_dates_of_others_too() -> None:
    ours = EVENTS.drop(columns="security")
    theirs = ours.rename(columns={"event_id": "Event ID", "date": "announcement date"})
    for asked in (
        lambda events: rer.timing.map_sessions(events, "XNYS"),
        lambda events: rer.timing.timing_summary(events, "XNYS"),
        lambda events: rer.timing.overlaps(events).events,
        lambda events: rer.timing.confounders(events, (-100, 100)),
        lambda events: rer.timing.date_conventions(events),
    ):
        pd.testing.assert_frame_equal(asked(theirs), asked(ours))
    assert len(rer.timing.clean_events(theirs)) == 2
    assert rer.event_session(theirs.head(1)).session == FIRST


def test_an_error_of_a_value_still_names_its_row() -> None:
    events = EVENTS.astype({"date": object}).rename(columns={"date": "event_date"})
    events.loc[1, "event_date"] = "05/06/2020"
    with pytest.raises(SpecificationError, match="event 'b' \\(row 1\\): date"):
        fit(events)


def test_windows_of_their_own_are_read_in_any_case() -> None:
    own = EVENTS.assign(window_start=[0, -1], window_end=[2, 1])
    shouted = fit(own.rename(columns=str.upper), windows="events")
    np.testing.assert_array_equal(shouted.car["car"], fit(own, windows="events").car["car"])
