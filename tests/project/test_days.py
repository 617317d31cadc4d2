"""One reader of days and instants: what is ambiguous is refused, with what to write instead."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.days import (
    is_blank,
    read_day,
    read_day_column,
    read_instant,
    read_span,
    read_stamp,
)
from rareearth_research.errors import DataError, TimingError

APRIL_4 = pd.Timestamp("2025-04-04")


@pytest.mark.parametrize(
    "value",
    [
        "2025-04-04",
        " 2025-04-04 ",
        "2025-04-04T00:00",
        "2025-04-04 00:00:00",
        dt.date(2025, 4, 4),
        dt.datetime(2025, 4, 4),
        np.datetime64("2025-04-04"),
        pd.Period("2025-04-04", "D"),
        APRIL_4,
    ],
)
def test_iso_text_and_date_objects_are_days(value: Any) -> None:
    assert read_day(value, "since") == APRIL_4


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("2025-04", "is a month, not a day"),
        ("2025", "is a year, not a day"),
        (pd.Period("2025Q1"), "is a quarter, not a day"),
        (np.datetime64("2025-04"), "is a month, not a day"),
        ("2025Q1", "is a quarter, not a day"),
        ("Oct 2022", "write it as 'YYYY-MM-DD'"),
        ("July 20, 2022", "is not written as 'YYYY-MM-DD'; write it as '2022-07-20'"),
        ("5. März 2024", "write it as '2024-03-05'"),
        ("1er août 2024", "write it as '2024-08-01'"),
        ("12 de fevereiro de 2024", "write it as '2024-02-12'"),
        (
            "05.01.2024",
            "more than one way; write the day as 'YYYY-MM-DD': '2024-01-05' or '2024-05",
        ),
        ("13.01.2024", "write it as '2024-01-13'"),
        ("04.04.2025", "write it as '2025-04-04'"),
        ("31.02.2024", "no day of the calendar: February 2024 has days 1 to 29; correct it"),
        ("29.02.2023", "no day of the calendar: February 2023 has days 1 to 28"),
        ("30 Feb 2024", "no day of the calendar: February 2024 has days 1 to 29"),
        (20240230, "no day of the calendar: February 2024 has days 1 to 29"),
        ("2024-13-01", "no day of the calendar: a year has twelve months"),
        (
            "2024-12-31T24:00+08:00",
            "the end of a day is the beginning of the next, '2025-01-01T00:00+08:00'",
        ),
        ("2024-12-31T18:60Z", "no clock time of that day: a clock shows 00:00 to 23:59"),
        ("08/05", "more than one way"),
        ("2025-04-04 18:00-20:00", "zone of another form; write it as in '2025-04-04T18:00"),
        ("2025-04-04 6:00 PM +08:00", "zone of another form; write it as in '2025-04-04T18:00"),
        (2024, "is a number; write a day as '2024-"),
        (20240508, "is a number; write the day as '2024-05-08'"),
        ("20240508", "is a number; write the day as '2024-05-08'"),
        (45292, "unit='D', origin='1899-12-30'"),
        (10**400, "a number is never a date"),
        (True, "is bool, not a day"),
        ([1], "is list, not a day"),
        (None, "is blank"),
        ("2025-02-30", "no day of the calendar"),
        ("9999-12-31", "no calendar reaches"),
        ("2025-04-04T16:30", "clock time but no zone"),
        (pd.Timestamp("2025-04-04 16:30"), "clock time but no zone"),
        ("2025-04-04T16:30+08:00", "carries a time zone"),
        ("２０２５-04-04", "write it as 'YYYY-MM-DD'"),
    ],
)
def test_what_is_no_day_is_refused_with_what_to_write(value: Any, says: str) -> None:
    with pytest.raises(DataError, match=f"^since .*{re.escape(says)}"):
        read_day(value, "since")


def test_the_remedy_for_a_serial_day_of_a_spreadsheet_gives_that_day() -> None:
    column = pd.to_datetime(pd.Series([45292]), unit="D", origin="1899-12-30")
    assert read_day_column(column, "date")[0] == pd.Timestamp("2024-01-01")


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        (pd.Period("2024Q1"), "2024-01-01", "2024-03-31"),
        ("2024-05-08", "2024-05-08", "2024-05-08"),
    ],
)
def test_a_month_or_year_is_a_span_where_a_span_is_meant(value: Any, first: str, last: str) -> None:
    assert read_span(value, "since") == (pd.Timestamp(first), pd.Timestamp(last))


def test_a_number_is_no_span_either() -> None:
    with pytest.raises(DataError, match="for a span of days, '2024'"):
        read_span(2024, "since")


def test_an_instant_needs_its_zone_and_a_stamp_is_either() -> None:
    instant = read_instant("2025-04-04T18:00+08:00", "latest", TimingError)
    assert instant == pd.Timestamp("2025-04-04T10:00Z")
    assert read_stamp("2025-04-04T10:00Z", "date") == instant
    with pytest.raises(TimingError, match="latest '2025-04-04' has no zone"):
        read_instant("2025-04-04", "latest", TimingError)


def test_a_column_of_days_names_its_row_and_keeps_blanks() -> None:
    assert read_day_column(pd.Series(["2025-04-04", ""]), "date").tolist() == [APRIL_4, pd.NaT]
    with pytest.raises(DataError, match="date in row 7: '2025-04' is a month"):
        read_day_column(pd.Series(["2025-04"], index=[7]), "date")


def test_an_impossible_day_in_a_column_is_refused_without_a_warning_from_below() -> None:
    with pytest.raises(DataError, match="date in row 1: '2025-02-30' is no day of the calendar"):
        read_day_column(pd.Series(["2025-04-04", "2025-02-30"]), "date")


def test_blank_is_what_stands_for_not_given() -> None:
    assert all(map(is_blank, [None, float("nan"), pd.NaT, pd.NA, "", "  "]))
    assert not any(map(is_blank, [0, False, "-", [], [None]]))


def test_a_message_quotes_little_of_what_is_long() -> None:
    with pytest.raises(DataError) as caught:
        read_day("x" * 10**7, "since")
    assert len(str(caught.value)) < 300
