"""Rows of weeks, months, quarters and years: an event belongs to the row of its period."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import DataError, RareEarthError, SpecificationError
from rareearth_research.eventstudy import EventStudy, EventStudyResults
from rareearth_research.eventstudy.inputs.checks import on_sessions
from rareearth_research.eventstudy.inputs.frame.periods import periods_of
from tests.support.eventstudy_cases import synthetic_returns

ROWS = 120
ASKED: dict[str, Any] = {"estimation": (-36, -2), "windows": [(0, 2)]}


def returns_by(freq: str) -> pd.DataFrame:
    """Return synthetic returns on the rows of a frequency of pandas, those of 2019 among them."""
    start = "2012-01-01" if freq[0] not in "W" else "2018-01-01"
    start = {"Q": "2002-01-01", "Y": "1940-01-01"}.get(freq[0], start)
    return (2 * synthetic_returns(ROWS)).set_axis(pd.date_range(start, periods=ROWS, freq=freq))


def fit(returns: pd.DataFrame, events: Any, **options: Any) -> EventStudyResults:
    return EventStudy(returns, events, "MKT", **{**ASKED, **options}).fit()


def row_of(day: str, freq: str, **options: Any) -> str:
    session = fit(returns_by(freq), [day], **options).car["session"]
    assert session.nunique() == 1
    return str(session.iloc[0].date())


@pytest.mark.parametrize(
    ("freq", "label"),
    [
        ("ME", "2019-06-30"),
        ("BME", "2019-06-28"),
        ("MS", "2019-06-01"),
        ("BMS", "2019-06-03"),
        ("QE", "2019-06-30"),
        ("QS", "2019-04-01"),
        ("QE-JAN", "2019-07-31"),
        ("YE", "2019-12-31"),
        ("YS-JUL", "2018-07-01"),
    ],
)
@pytest.mark.parametrize("day", ["2019-06-05", "2019-06-25"])
def test_an_event_in_mid_month_belongs_to_the_row_of_its_month(
    freq: str, label: str, day: str
) -> None:
    assert row_of(day, freq) == label


@pytest.mark.parametrize(
    ("freq", "day", "label"),
    [
        ("W-FRI", "2019-06-05", "2019-06-07"),  # a Wednesday
        ("W-SUN", "2019-06-05", "2019-06-09"),
        ("W-MON", "2019-06-05", "2019-06-03"),  # dated at its start, as Yahoo does
        ("W-WED", "2019-06-06", "2019-06-12"),  # from Thursday to Wednesday
        ("W-WED", "2019-06-05", "2019-06-05"),
        ("W-FRI", "2019-06-08", "2019-06-14"),  # Saturday: the market reads it on Monday
        ("W-SUN", "2019-06-09", "2019-06-16"),
        ("ME", "2019-06-30", "2019-07-31"),  # a Sunday
    ],
)
def test_an_event_of_a_week_belongs_to_its_row(freq: str, day: str, label: str) -> None:
    assert row_of(day, freq) == label


def test_the_rule_says_where_weekends_go() -> None:
    assert row_of("2019-06-30", "ME", rule="previous") == "2019-06-30"
    # the Monday after is the last of the year, the Friday before the first of February
    assert row_of("2018-12-29", "ME") == "2018-12-31"
    assert row_of("2019-02-02", "ME", rule="previous") == "2019-02-28"
    events = pd.DataFrame({"event_id": ["a", "b"], "date": ["2019-06-28", "2019-06-30"]})
    skipped = fit(returns_by("ME"), events, rule="skip").attrition
    assert set(skipped.loc[skipped["event_id"] == "b", "reason"]) == {"no_session"}


def test_a_week_dated_a_day_early_for_a_holiday_is_still_its_week() -> None:
    frame = returns_by("W-FRI")
    early = frame.index.where(frame.index != pd.Timestamp("2019-04-19"), pd.Timestamp("2019-04-18"))
    found = fit(frame.set_axis(early), ["2019-04-16"]).car["session"]
    assert set(found) == {pd.Timestamp("2019-04-18")}


def test_news_after_the_last_close_of_a_month_belongs_to_the_next() -> None:
    evening = pd.DataFrame(
        {
            "event_id": ["x"],
            "announced_earliest": ["2019-05-31T15:00-04:00"],
            "announced_latest": ["2019-05-31T18:00-04:00"],
        }
    )
    ledger = fit(returns_by("ME"), evening).attrition
    assert set(ledger["session"]) == {pd.Timestamp("2019-06-30")}
    assert set(ledger["flags"]) == {"ambiguous_session"}
    within = evening.assign(announced_earliest="2019-06-03T15:00-04:00",
                            announced_latest="2019-06-03T18:00-04:00")  # fmt: skip
    assert set(fit(returns_by("ME"), within).attrition["flags"]) == {""}


def test_windows_count_periods_and_the_summary_says_so() -> None:
    result = fit(returns_by("ME"), ["2019-06-05"])
    assert result.abnormal["session"].dt.strftime("%m-%d").unique().tolist() == [
        "06-30", "07-31", "08-31"]  # fmt: skip
    said = str(result.summary())
    assert "in months 0 to +2" in said
    assert "estimated on months [-36, -2]" in said
    assert any(note.startswith("Rows are months, dated at their end") for note in result.notes)


def test_suffixes_have_no_calendar_where_rows_are_months() -> None:
    frame = returns_by("ME")
    suffixed = frame.rename(columns={"S0": "ERA.PA", "S1": "LYC.AX", "S2": "EGX.CA"})
    found = fit(suffixed, ["2019-06-05"]).car["car"]
    np.testing.assert_array_equal(found, fit(frame, ["2019-06-05"]).car["car"])
    with pytest.raises(SpecificationError, match="rows of returns are months"):
        fit(frame, ["2019-06-05"], exchanges="XPAR")


def test_a_missing_month_has_no_session() -> None:
    frame = returns_by("ME").drop(pd.Timestamp("2019-06-30"))
    events = pd.DataFrame({"event_id": ["a", "b"], "date": ["2019-06-05", "2019-08-05"]})
    ledger = fit(frame, events).attrition
    assert set(ledger.loc[ledger["event_id"] == "a", "reason"]) == {"no_session"}


def test_other_events_are_placed_in_their_month_too() -> None:
    result = fit(returns_by("MS"), ["2019-06-05"], known_events=["2019-08-25"])
    assert set(result.attrition["flags"]) == {"confounded"}
    apart = fit(returns_by("MS"), ["2019-06-05"], known_events=["2019-09-25"])
    assert set(apart.attrition["flags"]) == {""}


def test_months_dated_in_their_middle_are_refused_and_mended() -> None:
    frame = returns_by("MS")
    middle = frame.set_axis(frame.index + pd.Timedelta(days=14))
    with pytest.raises(DataError, match=r"pd.offsets.MonthEnd\(0\)"):
        fit(middle, ["2019-06-05"])
    returns = middle
    mended = returns.set_axis(returns.index + pd.offsets.MonthEnd(0))
    assert set(fit(mended, ["2019-06-05"]).car["session"]) == {pd.Timestamp("2019-06-30")}


def test_two_rows_of_a_month_are_refused() -> None:
    frame = returns_by("ME")
    twice = frame.index.where(frame.index != pd.Timestamp("2019-06-30"), pd.Timestamp("2019-07-02"))
    with pytest.raises(DataError, match="two in the month of 2019-07-31"):
        fit(frame.set_axis(twice), ["2019-06-05"])


@pytest.mark.parametrize("benchmark", ["SPY", "a daily series"])
def test_a_daily_benchmark_of_monthly_returns_is_refused_and_mended(benchmark: str) -> None:
    daily = rer.load_returns(["SPY"])["SPY"]
    returns = returns_by("BME").drop(columns="MKT")
    given = benchmark if benchmark == "SPY" else daily
    with pytest.raises(SpecificationError, match="no series by month") as caught:
        EventStudy(returns, ["2019-06-05"], given, **ASKED)
    mend = str(caught.value).split("add up: ")[1].split(", where")[0]
    months = eval(mend, {"benchmark": daily, "returns": returns})
    june = daily["2019-06-01":"2019-06-30"].sum()
    assert months["2019-06-28"] == pytest.approx(june, abs=1e-12)
    assert len(EventStudy(returns, ["2019-06-05"], months, **ASKED).fit().car) == 6


def test_a_series_less_than_twice_as_dense_as_the_rows_is_one_by_their_period() -> None:
    weeks = pd.date_range("2019-01-04", periods=60, freq="W-FRI")
    other = weeks + pd.Timedelta(days=3)  # three days and four in turn
    for days, enough in ((weeks.union(other), False), (weeks.union(other[:-1]), True)):
        given = pd.Series(np.arange(len(days)) / 1000, days)
        if enough:
            found = on_sessions(given, weeks, "benchmark", "benchmark")
            assert found[:, 0].tolist() == given[weeks].tolist()
        else:
            with pytest.raises(SpecificationError, match="no series by week"):
                on_sessions(given, weeks, "benchmark", "benchmark")


def test_rows_of_no_period_need_to_be_told_how_far_a_day_may_move() -> None:
    frame = returns_by("ME")
    tenth = frame.set_axis(pd.date_range("2016-07-01", periods=ROWS, freq="10D"))
    with pytest.raises(RareEarthError, match="set max_shift=10") as caught:
        fit(tenth, ["2019-06-05"], max_shift=5)
    assert "neither weeks nor months" in str(caught.value)
    assert len(fit(tenth, ["2019-06-05"], max_shift=10).car) == 6


@pytest.mark.parametrize(
    ("gap", "longer", "shift", "refused"),
    [(5, 0, 4, False), (9, 0, 8, True), (9, 0, 9, False), (9, 3, 11, True), (9, 3, 12, False)],
)
def test_rows_up_to_five_days_apart_are_sessions_and_of_others_the_widest_gap_may_be_crossed(
    gap: int, longer: int, shift: int, refused: bool
) -> None:
    index = pd.date_range("2018-01-01", periods=ROWS, freq=f"{gap}D")
    index = index + pd.to_timedelta(np.where(np.arange(ROWS) < 20, 0, longer), unit="D")
    frame, event = synthetic_returns(ROWS).set_axis(index), index[79] + pd.Timedelta(days=1)
    if refused:
        with pytest.raises(SpecificationError, match=rf"about every 9 .*max_shift={gap + longer};"):
            fit(frame, [event], max_shift=shift)
    else:
        assert fit(frame, [event], max_shift=shift).car["session"].eq(index[80]).all()


@pytest.mark.parametrize("freq", ["D", "B", "C"])
def test_rows_of_days_are_sessions(freq: str) -> None:
    assert periods_of(pd.date_range("2019-01-01", periods=100, freq=freq)) is None


@pytest.mark.parametrize("freq", ["W-SUN", "MS"])
def test_a_week_or_month_dated_on_a_sunday_in_which_nothing_moved_is_no_filled_day(
    freq: str,
) -> None:
    returns = returns_by(freq)
    returns[(returns.index.day_of_week == 6) & (np.arange(ROWS) % 20 < 8)] = 0.0
    assert rer.flag_returns(returns).empty
    assert len(fit(returns, [returns.index[-5]]).car) == returns.shape[1] - 1
