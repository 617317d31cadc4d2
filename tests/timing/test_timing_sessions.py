"""Announcements that fall close to a close, and what each exchange makes of them."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from rareearth_research.timing import (
    LISTED,
    PHASES,
    event_session,
    exchange_of,
    map_sessions,
)

SHIPPED_ID = "cn-2025-06-mofcom-approvals-statement"


def on(date: str) -> pd.Timestamp:
    return pd.Timestamp(date)


@pytest.mark.parametrize(
    ("ticker", "mic"),
    [
        ("MP", "XNYS"),
        ("LYC.AX", "XASX"),
        ("600111.SS", "XSHG"),
        ("000831.SZ", "XSHE"),
        ("5713.T", "XTKS"),
        ("NEO.TO", "XTSE"),
        ("0769.HK", "XHKG"),
        ("RBW.L", "XLON"),
        ("TKA.DE", "XETR"),
        ("lyc.ax", "XASX"),
        ("ERA.PA", "XPAR"),
        ("005930.KS", "XKRX"),
        ("247540.KQ", "XKOS"),
        ("3711.TWO", "ROCO"),
        ("UCU.V", "XTSX"),
        ("VALE3.SA", "BVMF"),
        ("600111.SH", "XSHG"),
        ("600111.XSHG", "XSHG"),
        ("IREL.NS", "XNSE"),
        ("NESN.S", "XSWX"),
        ("AAPL.O", "XNYS"),
        ("MP.US", "XNYS"),
    ],
)
def test_suffix_names_the_exchange(ticker: str, mic: str) -> None:
    assert exchange_of(ticker) == mic


def test_announcement_no_10_at_16_01_sydney_is_priced_the_next_day() -> None:
    # 4 February 2025, 13:01 Beijing: one minute after the regular Sydney close
    found = event_session("2025-02-04T16:01+11:00", "XASX")
    assert (found.session, found.phase) == (on("2025-02-05"), "after_close")


def test_one_minute_before_the_sydney_close_is_priced_the_same_day() -> None:
    found = event_session("2025-02-04T15:59+11:00", "XASX")
    assert (found.session, found.phase) == (on("2025-02-04"), "in_session")


def test_geneva_at_exactly_the_shanghai_close_is_priced_the_next_day() -> None:
    found = event_session("2025-05-12T15:00+08:00", "XSHG")
    assert (found.session, found.phase) == (on("2025-05-13"), "after_close")


def test_a_second_before_the_shanghai_close_is_priced_the_same_day() -> None:
    assert event_session("2025-05-12T14:59:59+08:00", "XSHG").session == on("2025-05-12")


@pytest.mark.parametrize(
    ("clock", "session"),
    [("12:59", "2023-07-03"), ("13:00", "2023-07-05"), ("15:00", "2023-07-05")],
)
def test_early_close_of_3_july_2023_in_new_york_counts(clock: str, session: str) -> None:
    assert event_session(f"2023-07-03T{clock}-04:00", "XNYS").session == on(session)


def test_kings_birthday_moves_sydney_a_day_behind_new_york_and_shanghai() -> None:
    saturday = "2025-06-07T12:00+08:00"
    sessions = {mic: event_session(saturday, mic).session for mic in ("XNYS", "XSHG", "XASX")}
    assert sessions == {
        "XNYS": on("2025-06-09"),
        "XSHG": on("2025-06-09"),
        "XASX": on("2025-06-10"),
    }


def test_qingming_leaves_new_york_as_the_only_same_day_market() -> None:
    evening = "2025-04-04T18:00+08:00"
    assert event_session(evening, "XNYS").session == on("2025-04-04")
    assert event_session(evening, "XASX").session == on("2025-04-07")
    shanghai = event_session(evening, "XSHG")
    assert (shanghai.session, shanghai.phase) == (on("2025-04-07"), "holiday")


def test_lunch_break_counts_the_same_day() -> None:
    found = event_session("2025-10-10T12:10+08:00", "XSHG")
    assert (found.session, found.phase) == (on("2025-10-10"), "lunch_break")


@pytest.mark.parametrize(
    ("clock", "phase"),
    [
        ("11:29:59", "in_session"),
        ("11:30", "lunch_break"),
        ("12:59:59", "lunch_break"),
        ("13:00", "in_session"),
    ],
)
def test_the_lunch_break_lasts_from_its_first_second_until_trading_goes_on(
    clock: str, phase: str
) -> None:
    assert event_session(f"2025-10-10T{clock}+08:00", "XSHG").phase == phase


def test_shenzhen_keeps_shanghai_hours() -> None:
    instant = "2025-05-12T14:30+08:00"
    assert event_session(instant, "XSHE").session == event_session(instant, "XSHG").session


def test_interval_across_a_close_is_ambiguous_and_keeps_both_sessions() -> None:
    found = event_session(("2024-08-15T14:30+08:00", "2024-08-15T16:00+08:00"), "XSHG")
    assert (found.earliest, found.latest) == (on("2024-08-15"), on("2024-08-16"))
    assert found.ambiguous
    assert found.phase == "ambiguous_session"
    assert found.session == found.latest


def test_timing_earliest_takes_the_other_session() -> None:
    interval = ("2024-08-15T14:30+08:00", "2024-08-15T16:00+08:00")
    assert event_session(interval, "XSHG", timing="earliest").session == on("2024-08-15")


@pytest.mark.parametrize(
    ("earliest", "latest", "phase"),
    [
        ("2025-05-14T08:00", "2025-05-14T09:00", "before_open"),
        ("2025-05-14T08:00", "2025-05-14T10:00", "before_open_or_in_session"),
        ("2025-05-14T10:00", "2025-05-14T11:00", "in_session"),
        ("2025-05-14T11:00", "2025-05-14T12:00", "in_session"),
        ("2025-05-14T12:00", "2025-05-14T12:30", "lunch_break"),
        ("2025-05-16T16:00", "2025-05-16T20:00", "after_close"),
        ("2025-05-16T16:00", "2025-05-17T20:00", "before_open"),
        ("2025-05-17T16:00", "2025-05-18T20:00", "holiday"),
        ("2025-05-17T16:00", "2025-05-19T10:00", "before_open_or_in_session"),
        ("2025-05-14T10:00", "2025-05-14T20:00", "ambiguous_session"),
    ],
)
def test_phase_says_what_the_interval_straddles(earliest: str, latest: str, phase: str) -> None:
    assert event_session((f"{earliest}+08:00", f"{latest}+08:00"), "XSHG").phase == phase
    assert phase in PHASES


SATURDAY = "2025-10-11T12:00+08:00"


@pytest.mark.parametrize(
    ("rule", "session", "shift", "reason"),
    [
        ("next", "2025-10-13", 2, ""),
        ("previous", "2025-10-10", -1, ""),
        ("skip", None, 0, "no_session"),
    ],
)
def test_rules_move_a_weekend_event(
    rule: str, session: str | None, shift: int, reason: str
) -> None:
    found = event_session(SATURDAY, "XSHG", rule=rule)
    assert found.session == on(session) if session else found.session is pd.NaT
    assert (found.shift, found.reason) == (shift, reason)


@pytest.mark.parametrize("rule", ["next", "previous", "skip"])
def test_after_the_close_is_the_next_session_under_every_rule(rule: str) -> None:
    assert event_session("2025-10-10T16:00+08:00", "XSHG", rule=rule).session == on("2025-10-13")


def test_shift_beyond_the_limit_leaves_no_session() -> None:
    golden_week = "2025-10-01T10:00+08:00"  # Shanghai reopens on 9 October, 8 closed days later
    assert event_session(golden_week, "XSHG", max_shift=8).session == on("2025-10-09")
    found = event_session(golden_week, "XSHG", max_shift=7)
    assert found.session is pd.NaT
    assert found.reason == "no_session"


@pytest.mark.parametrize("date", ["2025-10-13", dt.date(2025, 10, 13), pd.Timestamp("2025-10-13")])
def test_a_bare_date_is_itself_the_session(date: object) -> None:
    found = event_session(date, "XNYS")
    assert (found.session, found.phase) == (on("2025-10-13"), "date_only")


def test_a_bare_holiday_date_moves_by_the_rule() -> None:
    assert event_session("2025-07-04", "XNYS").session == on("2025-07-07")
    assert event_session("2025-07-04", "XNYS", rule="previous").session == on("2025-07-03")


def test_a_date_with_a_zone_spans_its_local_day() -> None:
    day = {"date": "2025-04-04", "announced_tz": "Asia/Shanghai"}
    found = event_session(day, "XNYS")  # from noon in New York on 3 April to noon on 4 April
    assert (found.earliest, found.latest) == (on("2025-04-03"), on("2025-04-04"))
    assert found.ambiguous


@pytest.mark.parametrize("precision", ["month", "year"])
def test_a_month_or_year_is_never_turned_into_a_day(precision: str) -> None:
    event = {"date": "2012-12-28", "date_precision": precision, "announced_tz": "Asia/Shanghai"}
    found = event_session(event, "XNYS")
    assert found.session is pd.NaT
    assert found.reason == "imprecise_date"


def test_an_event_without_any_time_says_so() -> None:
    assert event_session({"date": None}, "XNYS").reason == "no_time"


def test_effective_date_is_a_session_date_on_every_exchange() -> None:
    events = pd.DataFrame(
        {"event_id": ["a", "b"], "effective_date": ["2024-12-01", None], "date": "2024-11-15"}
    )
    found = map_sessions(events, ["XNYS", "XSHG"], timing="effective")
    assert found["session"].tolist()[:2] == [on("2024-12-02")] * 2
    assert found["reason"].tolist() == ["", "", "no_time", "no_time"]


def test_reported_interval_is_read_when_the_frame_has_one() -> None:
    events = pd.DataFrame(
        {
            "event_id": ["leak"],
            "date": ["2025-10-09"],
            "reported_earliest": ["2025-10-08T21:00Z"],
            "reported_latest": ["2025-10-08T21:00Z"],
        }
    )
    found = map_sessions(events, "XNYS", timing="reported")
    assert found["session"].tolist() == [on("2025-10-09")]


def test_what_nobody_reported_before_was_reported_by_its_announcement() -> None:
    events = pd.DataFrame(
        {
            "event_id": ["leaked", "kept"],
            "announced_earliest": ["2025-10-09T01:00Z"] * 2,
            "announced_latest": ["2025-10-09T02:00Z"] * 2,
            "reported_date": [on("2025-10-03"), pd.NaT],
        }
    )
    reported = map_sessions(events, "XNYS", timing="reported")
    announced = map_sessions(events, "XNYS", timing="latest")
    assert reported["session"].tolist() == [on("2025-10-03"), announced["session"][1]]


def test_an_interval_goes_before_the_clock_time_of_a_date() -> None:
    instants = {
        "announced_earliest": ["2025-10-09T01:00Z"],
        "announced_latest": ["2025-10-09T02:00Z"],
    }
    events = pd.DataFrame({"event_id": ["a"], "date": ["2025-10-07T01:00Z"], **instants})
    assert map_sessions(events, "XNYS")["session"].tolist() == [on("2025-10-09")]


def test_a_column_of_days_may_be_one_of_instants_in_a_zone() -> None:
    events = pd.DataFrame({"event_id": ["a"], "date": pd.to_datetime(["2025-07-03T17:00Z"])})
    assert map_sessions(events, "XNYS")["phase"].tolist() == ["after_close"]  # 13:00 in New York


def test_a_list_of_reports_alone_has_no_announcement_to_fall_back_on() -> None:
    events = pd.DataFrame({"event_id": ["a", "b"], "reported_date": ["2025-10-09", None]})
    found = map_sessions(events, "XNYS", timing="reported")
    assert found["session"].tolist() == [on("2025-10-09"), pd.NaT]
    assert found["reason"].tolist() == ["", "no_time"]


def test_frame_of_event_id_and_date_maps_row_by_row_in_order() -> None:
    events = pd.DataFrame({"event_id": ["a", "b"], "date": ["2025-07-03", "2025-07-04"]})
    found = map_sessions(events, ["XNYS", "XETR"])
    assert found["event_id"].tolist() == ["a", "a", "b", "b"]
    assert found["exchange"].tolist() == ["XNYS", "XETR"] * 2
    assert found["session"].dt.strftime("%m-%d").tolist() == ["07-03", "07-03", "07-07", "07-04"]


def test_no_events_give_an_empty_frame_with_the_same_columns() -> None:
    empty = pd.DataFrame({"event_id": pd.Series(dtype=object), "date": pd.Series(dtype="M8[ns]")})
    one = pd.DataFrame({"event_id": ["a"], "date": ["2025-07-03"]})
    found = map_sessions(empty, list(LISTED))
    assert len(found) == 0
    assert list(found.columns) == list(map_sessions(one, "XNYS").columns)


def test_an_event_id_names_the_shipped_event() -> None:
    assert event_session(SHIPPED_ID, "XASX").session == on("2025-06-10")


def test_a_date_column_may_mix_days_and_instants() -> None:
    events = pd.DataFrame(
        {"event_id": ["day", "instant"], "date": ["2025-07-03", "2025-07-03T13:00-04:00"]}
    )
    assert map_sessions(events, "XNYS")["phase"].tolist() == ["date_only", "after_close"]
