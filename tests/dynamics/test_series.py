"""A series of dynamics is numbers at even steps; what is not is named, with a remedy that works."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from rareearth_research.dynamics.hygiene import (
    refuse_codes,
    remark_level,
    remark_rows,
    remark_spikes,
)
from rareearth_research.dynamics.regression import least_squares
from rareearth_research.dynamics.rows import rows_before, rows_of
from rareearth_research.dynamics.series import check_beside, check_series, periods_of
from rareearth_research.dynamics.synthetic.panel import read_panel
from rareearth_research.errors import DataError, RareEarthError, SpecificationError

MONTHS = pd.date_range("2015-01-01", periods=60, freq="MS")
SYNTHETIC = pd.Series(np.random.default_rng(1).normal(size=60), MONTHS, name="synthetic")


def refusal(series: object) -> str:
    with pytest.raises(DataError) as refused:
        check_series("series", series)
    return str(refused.value)


def compiles(code: str) -> bool:
    try:
        return bool(compile(code, "remedy", "eval"))
    except SyntaxError:
        return False


def remedy(message: str) -> str:
    """The first piece of code in a message, up to the last bracket that completes it."""
    for start in re.finditer(r"series[.\[]|pd\.|sort_index", message):
        for end in range(len(message), start.start(), -1):
            code = message[start.start() : end]
            if code[-1] in ")]" and compiles(code):
                return f"series.{code}" if code.startswith("sort") else code
    raise AssertionError(message)


@pytest.mark.parametrize(
    ("index", "unit"),
    [
        (pd.bdate_range("2024-01-01", periods=60), "session"),
        (pd.date_range("2020-01-03", periods=60, freq="W-FRI"), "week"),
        (MONTHS, "month"),
        (MONTHS.to_period("M"), "month"),
        (pd.period_range("2001Q1", periods=60, freq="Q"), "quarter"),
        (pd.date_range("1950", periods=60, freq="YE"), "year"),
        (pd.RangeIndex(1871, 1931), "year"),
    ],
)
def test_the_spacing_of_the_rows_says_what_a_row_is(index: pd.Index, unit: str) -> None:
    assert check_series("series", SYNTHETIC.set_axis(index)).unit == unit


@pytest.mark.parametrize(
    ("unit", "least", "most"),
    [("session", 1, 4), ("week", 6, 8), ("month", 27, 32), ("quarter", 88, 93), ("year", 360, 370)],
)
def test_units_begin_and_end_with_days_between_rows(unit: str, least: int, most: int) -> None:
    for days in (least, most):
        assert periods_of(pd.date_range("2000-01-01", periods=9, freq=f"{days}D"), "y")[0] == unit
    for days in (least - 1, most + 1) if least > 1 else (most + 1,):
        with pytest.raises(DataError, match=f"a row every {days} days"):
            periods_of(pd.date_range("2000-01-01", periods=9, freq=f"{days}D"), "y")


@pytest.mark.parametrize(("first", "inside"), [(1700, True), (1699, False), (2192, True),
                                               (2193, False)])  # fmt: skip
def test_whole_numbers_are_years_from_1700_to_2200(first: int, inside: bool) -> None:
    index = pd.RangeIndex(first, first + 9)
    if inside:
        assert periods_of(index, "y")[0] == "year"
    else:
        with pytest.raises(DataError, match="RangeIndex"):
            periods_of(index, "y")


@pytest.mark.parametrize(("day", "begins"), [("MON", 0), ("TUE", -6), ("FRI", -6), ("SUN", -6)])
def test_weeks_end_on_the_day_that_labels_them_and_begin_on_mondays(day: str, begins: int) -> None:
    index = pd.date_range("2020-01-01", periods=9, freq=f"W-{day}")
    weeks = periods_of(index, "y")[1]
    assert weeks[0].start_time == index[0] + pd.Timedelta(days=begins)


@pytest.mark.parametrize(
    ("index", "said", "first"),
    [
        (pd.bdate_range("2024-01-05", periods=20), "5 January 2024", "2024-01-05"),
        (pd.date_range("2024-01-05", periods=20, freq="W-FRI"), "5 January 2024", "2023-12-30"),
        (pd.date_range("2024-01-31", periods=20, freq="ME"), "January 2024", "2024-01-01"),
        (pd.period_range("2024Q1", periods=20, freq="Q"), "2024Q1", "2024-01-01"),
        (pd.date_range("2024-12-31", periods=20, freq="YE"), "2024", "2024-01-01"),
        (pd.RangeIndex(1871, 1891), "1871", "1871-01-01"),
    ],
)
def test_rows_are_called_by_their_unit_and_begin_with_its_first_day(
    index: pd.Index, said: str, first: str
) -> None:
    series = check_series("y", SYNTHETIC[:20].set_axis(index))
    assert series.words(index[0]) == said
    assert series.words(None) == "–"
    assert series.days()[0] == pd.Timestamp(first)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (SYNTHETIC.drop(MONTHS[[7, 30, 31]]), "no value for the months 2015-08, 2017-07, 2017-08"),
        (SYNTHETIC.where(SYNTHETIC.index != MONTHS[3]), "no value on 2015-04-01"),
        (SYNTHETIC.replace(SYNTHETIC.iloc[2], np.inf), "infinite on 2015-03-01"),
        (SYNTHETIC.iloc[::-1], "not sorted"),
        (pd.concat([SYNTHETIC, SYNTHETIC[5:6]]).sort_index(), "2015-06-01 more than once"),
        (pd.concat([SYNTHETIC, SYNTHETIC[5:6].set_axis(MONTHS[5:6] + pd.Timedelta(9, "D"))])
         .sort_index(), "two values in the month 2015-06"),
        (SYNTHETIC.tz_localize("UTC"), "time zone UTC"),
        (SYNTHETIC.set_axis(MONTHS.strftime("%Y-%m-%d")), "DatetimeIndex"),
        (SYNTHETIC.set_axis(pd.date_range("2015", periods=60, freq="10D")), "every 10 days"),
        (SYNTHETIC.astype(str), "not numbers"),
        (SYNTHETIC.to_frame("name"), "must be a Series"),
        (SYNTHETIC.set_axis(pd.Index(range(1960, 1900, -1))), "ascending"),
    ],
)  # fmt: skip
def test_what_is_no_even_series_is_named_and_the_remedy_works(bad: pd.Series, says: str) -> None:
    message = refusal(bad)
    assert says in message
    for _ in range(2):  # a row dropped leaves a month missing, which has its own remedy
        bad = eval(remedy(message), {"series": bad, "pd": pd, "float": float})
        try:
            check_series("series", bad, least=3)
            return
        except DataError as refused:
            message = str(refused)
    pytest.fail(message)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (SYNTHETIC[:10], "has 10 rows, and 20 are needed"),
        (SYNTHETIC * 0 + 2, "is 2 in every row"),
        (SYNTHETIC.to_numpy(), "must be a Series"),
        (SYNTHETIC.reset_index(drop=True), "RangeIndex"),
    ],
)
def test_what_only_its_owner_can_mend_is_refused(bad: object, says: str) -> None:
    assert says in refusal(bad)


def test_quotes_that_stand_still_and_long_pauses_are_remarked() -> None:
    days = pd.bdate_range("2024-01-01", periods=80).delete(range(40, 60))
    found = check_series("series", pd.Series(np.repeat(np.arange(12.0), 5), days))
    assert found.unchanged == pytest.approx(48 / 59)
    assert [note.split(":")[0] for note in found.notes] == [
        "Pauses longer than 15 days",
        "81% of the steps from one session to the next change nothing",
    ]


@pytest.mark.parametrize("code", [-9999, -999, -99, -88, -77, -66])
def test_what_files_of_others_write_for_a_missing_value_is_refused(code: float) -> None:
    values = SYNTHETIC.copy()
    values.iloc[7] = code
    assert f"series is {code} on" in refusal(values)


def test_a_step_beyond_all_others_is_remarked_where_it_ends() -> None:
    values = np.cumsum(np.where(np.arange(60) == 29, 5000.0, np.resize([1.0, -1.0, 2.0], 60)))
    [note] = check_series("series", pd.Series(values, SYNTHETIC.index)).notes
    assert f"steps by 5000 times its usual on {SYNTHETIC.index[29].date()}" in note


@pytest.mark.parametrize(("step", "remarks"), [(60, 0), (60.1, 1)])
def test_a_step_is_beyond_all_others_from_thirty_times_the_usual_one(
    step: float, remarks: int
) -> None:
    steps = np.array([0.0, 0.0, 0.0, 0.0, 2.0, -2.0, 2.0, -2.0, 2.0, -2.0, step])
    index = MONTHS[: len(steps)]
    assert len(remark_spikes(steps.cumsum(), index, "series")) == remarks  # those of zero aside


@pytest.mark.parametrize(
    ("values", "remarks"),
    [
        ([0, 0, 0, 1, -1, 2, -2], 1),
        ([0, 0, 1, -1, 2, -2, 3], 0),
        ([0, 0, 0, 1, -1, 2], 0),
        ([0, 0, 0, 1, 2, 3, 4], 0),
        ([0, 0, 0, -1, -2, -3, -4], 0),
    ],
)
def test_zeros_of_changes_are_remarked_from_three_to_below_half_of_the_rows(
    values: list[float], remarks: int
) -> None:
    days = pd.period_range("2024-01-01", periods=len(values), freq="D")  # a Monday
    notes = remark_rows(np.array(values, dtype=float), days, "week")
    said = "3 rows are exactly zero, the first 2024-01-01: a day without trading is no return of "
    assert notes == [f"{said}zero."] * remarks


def test_rows_of_weekends_are_counted_among_sessions_alone() -> None:
    days = pd.period_range("2024-01-01", periods=14, freq="D")
    said = ["4 rows are of Saturdays and Sundays: were there sessions?"]
    assert remark_rows(np.arange(14.0), days, "session") == said
    assert remark_rows(np.arange(14.0), days, "month") == []


def test_a_level_follows_itself_by_more_than_nine_tenths() -> None:
    values = np.random.default_rng(1).normal(size=200).cumsum()
    own = values - values.mean()
    follow = (own[1:] * own[:-1]).sum() / (own**2).sum()
    [remark] = remark_level(values, "series")
    assert remark.startswith(f"series follows itself by {follow:.2f}, as levels do")
    assert follow > 0.9
    assert remark_level(np.resize([1.0, 1.0, -1.0, -1.0], 200), "series") == []


def test_a_code_is_one_where_it_lies_thirty_usual_distances_from_the_middle() -> None:
    values = np.array([-2.3, -3.3, -4.3, -2.3, -4.3, -3.3, -99.0])  # median −3.3, distances 1
    with pytest.raises(DataError, match=r"-99 on 2015-07-01"):
        refuse_codes(values, MONTHS, "series")
    refuse_codes(np.where(values == -99, -98.0, values), MONTHS, "series")
    near = 3.2 * values + 3.2 * 2.3 - 2.3  # distances 3.2: −99 is 93.5 away, 29.2 of them
    refuse_codes(np.where(values == -99, -99.0, near), MONTHS, "series")
    refuse_codes(np.array([-1.0, -3.0, -5.0, 1e100, -1e100]), MONTHS, "series")
    for large in (1.1e100, -1.1e100):
        with pytest.raises(DataError, match=r"on 2015-02-01, which no price or tonnage is"):
            refuse_codes(np.array([np.nan, large, 1e99]), MONTHS, "series")


@pytest.mark.parametrize(("until", "remarks"), [(51, 0), (52, 1)])
def test_a_pause_is_long_if_it_exceeds_15_days(until: int, remarks: int) -> None:
    days = pd.bdate_range("2024-01-01", periods=80).delete(range(41, until))
    found = check_series("series", pd.Series(np.arange(float(len(days))), days))
    assert len(found.notes) == remarks


@pytest.mark.parametrize("give", [lambda s: s[5:], lambda s: pd.concat([s, s[:1]]), lambda s: 3])
def test_numbers_beside_a_series_have_one_row_for_each_of_its_rows(
    give: Callable[[pd.Series], object],
) -> None:
    series = check_series("series", SYNTHETIC)
    names, values, _ = check_beside("controls", SYNTHETIC.to_frame("a") ** 2, series)
    assert (names, values.shape) == (["a"], (60, 1))
    with pytest.raises(RareEarthError, match="controls"):
        check_beside("controls", give(SYNTHETIC), series)


def test_the_series_itself_is_no_control_of_it() -> None:
    series = check_series("series", SYNTHETIC)
    beside = pd.DataFrame({"own": 3 - 2 * SYNTHETIC, "other": np.arange(60.0)})
    with pytest.raises(DataError, match="the series itself in 'own'"):
        check_beside("controls", beside, series)
    check_beside("controls", beside.drop(columns="own"), series)  # the remedy


def test_rows_are_found_from_the_first_to_the_last_and_before_is_how_many() -> None:
    sessions = check_series("y", SYNTHETIC.set_axis(pd.bdate_range("2024-01-01", periods=60)))
    months = check_series("y", SYNTHETIC)
    for series, inside, outside in (
        (sessions, ("2024-01-01", "2024-03-22"), ("2023-12-31", "2024-03-23")),
        (months, ("2015-01-31", "2019-12-31"), ("2014-12-31", "2020-01-01")),
    ):
        assert rows_of("date", list(inside), series).tolist() == [0, 59]
        for day in outside:
            with pytest.raises(SpecificationError, match="is outside of the series"):
                rows_of("date", day, series)
    assert rows_of("date", "2024-01-06", sessions).tolist() == [5]  # a Saturday: the next session
    assert rows_before("y", "2015-06-30", months, 5, "here") == 5
    with pytest.raises(SpecificationError, match="leaves 5 rows before it, while 6 are needed"):
        rows_before("y", "2015-06-30", months, 6, "here")


@pytest.mark.parametrize(("rows", "enough"), [(6, True), (5, False)])
def test_a_panel_has_five_rows_before_the_date_and_one_after(rows: int, enough: bool) -> None:
    values = np.random.default_rng(rows).normal(size=(rows, 4))
    wide = pd.DataFrame(values, MONTHS[:rows], list("abcd"))
    if enough:
        assert read_panel(wide, "a", None, MONTHS[5]).before == 5
    else:
        with pytest.raises(DataError, match="has 5 rows, and 6 are needed"):
            read_panel(wide, "a", None, MONTHS[4])


def test_columns_are_collinear_where_one_is_zero_or_a_sum_of_others() -> None:
    left = np.random.default_rng(3).normal(size=(12, 1))
    ones, line = np.ones((12, 1)), 1e-9 * np.arange(12.0)[:, None]
    found = least_squares(left, np.stack([ones, line], axis=2))[0]
    np.testing.assert_allclose(found, np.polyfit(line[:, 0], left[:, 0], 1)[::-1], rtol=1e-6)
    for other in (0 * ones, 3 * ones, 2 * line):
        with pytest.raises(np.linalg.LinAlgError):
            least_squares(left, np.stack([ones, line, other], axis=2))
