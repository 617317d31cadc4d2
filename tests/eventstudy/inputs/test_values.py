"""From which value on numbers are no returns, rates or prices; rows no sessions. Synthetic."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import DataError, RareEarthError, SpecificationError
from rareearth_research.eventstudy.inputs.benchmark import check_benchmark
from rareearth_research.eventstudy.inputs.checks import check_names_of
from rareearth_research.eventstudy.inputs.choices import idle_notes
from rareearth_research.eventstudy.inputs.frame.calendars import refuse_padded
from rareearth_research.eventstudy.inputs.frame.periods import Periods, periods_of
from rareearth_research.eventstudy.inputs.frame.values import (
    check_levels,
    check_risk_free,
    check_values,
)

DAYS = pd.bdate_range("2024-01-01", periods=250)
CALM = np.random.default_rng(1).normal(0, 0.01, (250, 2))


def refusal(values: np.ndarray, index: pd.DatetimeIndex = DAYS, **options: Any) -> str:
    """What is said of values that are no returns; "" where they may be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            check_values(values, index[: len(values)], list("AB")[: values.shape[1]], **options)
        except RareEarthError as error:
            return str(error)
    return ""


def having(value: float, row: int = 7, column: int = 1) -> np.ndarray:
    values = CALM.copy()
    values[row, column] = value
    return values


@pytest.mark.parametrize(
    ("least", "most", "options"),
    [
        (-5.0, 1.5, {}),
        (-5.0, 3.0, {"whole": False}),
        (-1.0, np.expm1(1.5), {"simple": True}),
        (-5.0, np.expm1(3.0), {"simple": True, "whole": False}),
    ],
)
def test_a_return_lies_within_what_a_share_or_an_index_can_do(
    least: float, most: float, options: dict[str, bool]
) -> None:
    for inside in (least, most):
        assert refusal(having(inside), **options) == ""
    for outside in (least - 0.01, most + 0.01):
        said = refusal(having(outside), **options)
        assert f"'B' of returns is {outside:g} on 2024-01-10, and no" in said
        assert f"lies outside {least:g} to {most:.3g}" in said


@pytest.mark.parametrize(("rows", "bound"), [(250, 0.1), (100, 0.175), (20, 0.2)])
def test_half_of_the_values_beyond_a_bound_are_per_cent(rows: int, bound: float) -> None:
    # 0.05 (1 + 250 / n), at most 0.2
    sizes = np.where(np.arange(rows) < rows // 2 + 1, bound * 1.01, 0.001)
    values = (sizes * (-1.0) ** np.arange(rows))[:, None]
    assert "does not hold returns as fractions: its values are typically ±" in refusal(values)
    half = np.where(np.arange(rows) < rows // 2, bound * 1.01, 0.001)
    assert refusal((half * (-1.0) ** np.arange(rows))[:, None]) == ""
    assert refusal(values * 0.99 / 1.01) == ""
    weeks = pd.date_range("2001-01-05", periods=rows, freq="W-FRI")
    assert (refusal(values, weeks) == "") == (bound < 0.2)
    assert refusal(values[:2], DAYS) == ""  # too few to tell


def test_what_is_always_positive_is_a_price_a_gross_return_or_a_rate() -> None:
    base = np.linspace(1.0, 2.0, 20)[:, None]
    assert "as gross returns (1 + r) do" in refusal(base * 0.4)  # around 0.6
    assert "as gross returns (1 + r) do" in refusal(base * 0.99)
    assert "its values are all positive" in refusal(base * 0.3)
    assert "its values are all positive" in refusal(base * 1.01)
    assert "always positive and tiny" in refusal(base * 0.0006)
    assert "its values are all positive" in refusal(base * 0.0007)
    middle = np.append(base[:10] * 0.0005, 0.001)[:, None]  # the median of these and of larger ones
    assert "its values are all positive" in refusal(np.vstack([middle, base[10:] * 0.001]))
    assert refusal(base[:19] * 0.0006) == ""  # nineteen may be chance
    assert refusal(np.vstack([base, [[-0.01]]]) * 0.0006) == ""


def test_a_column_is_named_by_text_or_a_number() -> None:
    for name in ("A", 5, 2.5, np.int64(3)):
        assert check_names_of(pd.Index([name], dtype=object), "returns").tolist() == [str(name)]
    for name in ("", " ", np.nan, None, ("A",)):
        columns = pd.Index(["A", name], dtype=object, tupleize_cols=False)
        with pytest.raises(DataError, match="column 1 of returns is named"):
            check_names_of(columns, "returns")


def test_a_benchmark_may_be_a_frame_of_one_column() -> None:
    frame = pd.DataFrame(CALM, DAYS, list("AB"))
    check_benchmark(frame[["A"]])
    with pytest.raises(SpecificationError, match="must be one column name"):
        check_benchmark(frame)


def test_what_never_moves_is_no_index_and_a_security_is_judged_later() -> None:
    still = np.column_stack([CALM[:, 0], np.full(250, 0.01)])
    assert "returns: 'B' is 0.01 on every session of returns" in refusal(still)
    assert refusal(still, whole=False) == ""
    assert "give another, or set model='mean'" in refusal(still)
    assert "if it is a risk-free rate name it rf" in refusal(still, what="factors")
    assert refusal(np.full((2, 1), 0.01)) == ""
    assert "every session" in refusal(np.full((3, 1), 0.01))


def test_an_infinite_value_is_named() -> None:
    for value in (np.inf, -np.inf):
        assert "'B' of returns is infinite on 2024-01-10" in refusal(having(value))


@pytest.mark.parametrize(
    ("value", "times"),
    [(0.66, 2), (0.77, 2), (0.88, 2), (-0.99, 2), (0.999, 2), (0.9999, 2), (0.6, 3), (-1.2, 3)],
)
def test_one_far_value_that_comes_back_exactly_is_a_code(value: float, times: int) -> None:
    values = CALM.copy()
    values[[5, 50, 150][: times - 1], 1] = value
    assert refusal(values) == ""
    values[[5, 50, 150][:times], 1] = value
    said = refusal(values)
    assert f"'B' of returns is {value:g} on 2024-01-08, the same value comes {times} times" in said
    near = values.copy()
    near[9, 1] = 0.45  # not half as far
    assert (refusal(near) == "") == (abs(value) < 0.9)  # 0.45 is not half as far as the code
    assert refusal(values[:, :1]) == ""
    across = CALM.copy()  # of two columns together
    across[5, 0] = across[[6, 8][: times - 1], 1] = value
    assert f"comes {times} times" in refusal(across)


def test_a_code_is_told_from_twenty_other_values_and_is_twice_as_far_as_they_are() -> None:
    for rows, said in ((19, False), (20, True)):  # nothing missing is a value
        values = np.append(CALM[: rows - 1, 0], [0.999, 0.999, np.nan, np.nan])[:, None]
        assert ("comes 2 times" in refusal(values)) == said
    values = CALM.copy()
    values[[5, 50, 150], 1], values[70, 1] = 0.8, 0.41
    assert refusal(values) == ""
    values[70, 1] = 0.4
    assert "is 0.8 on 2024-01-08, the same value comes 3 times" in refusal(values)
    values[71, 1] = -1.45  # further still, and alone
    values[[5, 50, 150], 1], values[70, 1] = 0.6, 0.2
    assert "is 0.6 on 2024-01-08, the same value comes 3 times" in refusal(values)


def test_values_up_to_a_half_are_no_codes() -> None:
    values = CALM.copy()
    values[[5, 50, 150], 1] = 0.5
    values[70, 1] = 0.9  # a jump of its own
    assert refusal(values) == ""
    values[[5, 50, 150], 1] = 0.5001
    assert "comes 3 times" in refusal(values)


def warned(values: np.ndarray, **options: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_values(values, DAYS[: len(values)], list("AB"), **options)
    return [str(one.message) for one in caught]


def test_a_sevenfold_rise_is_pointed_out_and_a_fall_is_not() -> None:
    assert warned(having(2.0), whole=False) == []
    assert "'B' of returns is +2.01 on 2024-01-10" in warned(having(2.01), whole=False)[0]
    assert warned(having(-2.5), whole=False) == []
    assert warned(having(6.3), simple=True, whole=False) == []
    assert "'B' of returns is +6.4" in warned(having(6.4), simple=True, whole=False)[0]


@pytest.mark.parametrize(("rows", "still"), [(250, 12), (100, 5)])
def test_an_index_that_stands_still_on_one_day_in_twenty_is_pointed_out(
    rows: int, still: int
) -> None:
    values = CALM[:rows].copy()
    values[:still] = 0.0
    assert warned(values) == []
    values[still] = 0.0
    assert f"exactly 0 on {still + 1} sessions, such as 2024-01-01" in warned(values)[0]
    assert warned(values, whole=False) == []


def test_a_risk_free_rate_is_a_fraction_of_its_span() -> None:
    rate = np.full(30, 0.0002)
    for day, index, bound in (
        (0.000999, DAYS, 0.001), (0.0069, pd.date_range("2020-01-03", periods=30, freq="W-FRI"),
                                  0.007)):  # fmt: skip
        check_risk_free(np.where(np.arange(30) == 4, day, rate), index[:30], "rf")
        for value in (bound, -bound):
            with pytest.raises(DataError, match=f"factor 'rf' is {value:g} on {index[4].date()}"):
                check_risk_free(np.where(np.arange(30) == 4, value, rate), index[:30], "rf")


@pytest.mark.parametrize(
    ("value", "zero", "right"),
    [(0.0, True, True), (0.0, False, False), (1e15, False, True), (1.1e15, False, False),
     (-0.01, True, False), (np.nan, False, True), (np.inf, True, False)],
)  # fmt: skip
def test_a_level_is_above_zero_and_below_a_thousand_million_million(
    value: float, zero: bool, right: bool
) -> None:
    levels = np.ones((5, 2))
    levels[3, 1] = value
    if right:
        check_levels(levels, DAYS[:5], list("AB"), "prices", zero=zero)
    else:
        with pytest.raises(DataError, match=r"'B' of prices is .* on 2024-01-04"):
            check_levels(levels, DAYS[:5], list("AB"), "prices", zero=zero)


@pytest.mark.parametrize(
    ("day", "dated"), [(1, "start"), (4, "start"), (25, "end"), (28, "end"), (5, ""), (24, "")]
)
def test_months_are_dated_up_to_the_fourth_or_from_the_25th(day: int, dated: str) -> None:
    index = pd.date_range("2020-01-01", periods=24, freq="MS") + pd.Timedelta(days=day - 1)
    if dated:
        assert periods_of(index) == Periods("month", dated, "M")
    else:
        with pytest.raises(DataError, match="dated in the middle of a month"):
            periods_of(index)


@pytest.mark.parametrize(
    ("least", "most", "name"),
    [(6, 8, "week"), (27, 32, "month"), (88, 94, "quarter"), (360, 370, "year")],
)
def test_rows_so_many_days_apart_are_periods_and_others_are_not(
    least: int, most: int, name: str
) -> None:
    for gap, known in ((least - 1, False), (least, True), (most, True), (most + 1, False)):
        index = pd.date_range("2000-01-01", periods=40, freq=f"{gap}D")
        try:
            said = repr(periods_of(index))
        except DataError as error:  # such rows drift through their periods
            said = str(error)
        told = re.search(f"name='{name}'|of which {name} is it|two in the {name} of", said)
        assert bool(told) == known, gap
        assert (said == "None") == (not known), gap


def test_nine_rows_in_ten_that_are_dated_alike_are_enough() -> None:
    index = pd.date_range("2020-01-01", periods=20, freq="MS")
    for apart, enough in ((2, True), (3, False)):
        days = index + pd.to_timedelta(np.where(np.arange(20) < apart, 14, 0), unit="D")
        if enough:
            assert periods_of(days) == Periods("month", "start", "M")
        else:
            with pytest.raises(DataError, match="of which month is it"):
                periods_of(days)


def padded(values: np.ndarray, index: pd.DatetimeIndex) -> str:
    """What is said of closed days that were filled; "" where there are none."""
    try:
        refuse_padded(values, np.empty((0, len(values))), index[: len(values)], apart=False)
    except DataError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("gap", "said"), [(1, True), (5, True), (6, False)])
def test_a_weekend_is_no_session_where_rows_are_at_most_five_days_apart(
    gap: int, said: bool
) -> None:
    index = pd.date_range("2024-01-01", periods=60, freq=f"{gap}D")
    values = np.where(index.day_of_week.to_numpy()[:, None] >= 5, 0.0, CALM[:60])
    assert ("returns[returns.index.day_of_week < 5]" in padded(values, index)) == said


@pytest.mark.parametrize(
    ("start", "rows", "said"),
    [("2024-01-01", 13, False), ("2024-01-01", 14, True),  # a Monday: 3 and 4 days of weekends
     ("2024-01-07", 14, False), ("2024-01-07", 15, True),  # a Sunday, with no row before it
     ("2024-01-06", 14, False), ("2024-01-06", 15, True)],
)  # fmt: skip
@pytest.mark.parametrize("still", [False, True])
def test_four_days_of_weekends_alike_are_filled(
    start: str, rows: int, said: bool, still: bool
) -> None:
    index = pd.date_range(start, periods=rows, freq="D")
    values = CALM[:rows, :1].copy()
    for at in np.flatnonzero(index.day_of_week >= 5):
        values[at] = 0.0 if still else values[at - 1] if at else 0.007
    first = next(day for day in index[0 if still else 1 :] if day.day_of_week >= 5)
    if still and start != "2024-01-01":
        said = True  # the first row counts: nothing moved on it
    words = "exactly 0 on" if still else "repeats the row before on"
    assert (f"{words} {first:%A %Y-%m-%d}" in padded(values, index)) == said
    if still:
        values[index.day_of_week == 6] = 0.01  # one share may stand still on some of them
        assert padded(values, index) == ""


def test_days_on_which_all_stand_still_are_closed_unless_each_does_so_often() -> None:
    values = np.column_stack([CALM, CALM[::-1, 0]])
    closed = [20, 60, 100, 140]
    values[closed] = 0.0
    values[30, 0] = values[40, 1] = values[50, 2] = 0.0
    said = padded(values, DAYS)  # on four of the five days on which any stands still
    assert "exactly 0 on Monday 2024-01-29 and 3 more rows" in said
    assert said.endswith(
        "returns.drop(pd.to_datetime(['2024-01-29', '2024-03-25', '2024-05-20', '2024-07-15']))"
    )
    one = values.copy()
    one[closed[:3], 2] = np.nan  # two zeros make a closed day
    assert "and 3 more rows" in padded(one, DAYS)
    one[closed[1:], 1] = np.nan
    assert padded(one, DAYS) == ""
    five = np.vstack([values, np.zeros((1, 3))])
    assert "returns.drop(pd" in padded(five, pd.bdate_range(DAYS[0], periods=251))
    six = np.vstack([five, np.zeros((1, 3))])  # too many to list
    assert "returns[~((returns == 0)" in padded(six, pd.bdate_range(DAYS[0], periods=252))
    values[31, 0] = values[41, 1] = values[51, 2] = 0.0
    assert padded(values, DAYS) == ""  # on four of six
    values[closed[:2], 2], values[[50, 51], 2] = np.nan, 0.01
    assert padded(values, DAYS) == ""  # the third, which never stands still else, is seen on two
    values[closed[1], 2] = 0.0
    assert "and 3 more rows" in padded(values, DAYS)
    assert "and" not in padded(np.where(np.arange(250)[:, None] == 9, 0.0, CALM), DAYS)[60:90]


@pytest.mark.parametrize(
    ("anchor", "expected"),
    [("W-FRI", ("week", "end", "W-SUN")), ("W-SAT", ("week", "end", "W-SUN")),
     ("W-SUN", ("week", "end", "W-SUN")), ("W-MON", ("week", "start", "W-SUN")),
     ("W-TUE", ("week", "end", "W-TUE")), ("W-THU", ("week", "end", "W-THU")),
     ("QE-JAN", ("quarter", "end", "Q-OCT")), ("QS-FEB", ("quarter", "start", "Q-JAN")),
     ("YE-MAR", ("year", "end", "Y-MAR")), ("YS-JUL", ("year", "start", "Y-JUN"))],
)  # fmt: skip
def test_weeks_quarters_and_years_end_where_most_rows_say(
    anchor: str, expected: tuple[str, str, str]
) -> None:
    found = periods_of(pd.date_range("2000-01-01", periods=41, freq=anchor))
    assert found is not None
    assert (found.name, found.dated) == expected[:2]
    ends = [pd.Period("2010-05-05", freq).end_time for freq in (found.freq, expected[2])]
    assert ends[0] == ends[1]
    days = pd.DatetimeIndex(["2003-02-11", None, "1980-01-01"])
    rows = pd.date_range("2000-01-01", periods=41, freq=anchor)
    [row, missing, before] = found.find(days, rows)
    assert (missing, before) == (-1, -1)
    assert row == -1 or rows[row].to_period(found.freq) == days[0].to_period(found.freq)


@pytest.mark.parametrize(("rule", "shift", "said"), [("skip", 10, False), ("skip", 11, True),
                                                     ("next", 11, False)])  # fmt: skip
def test_a_shift_that_nothing_makes_is_remarked(rule: str, shift: int, said: bool) -> None:
    given = {"model": "market", "benchmark": None, "rule": rule, "max_shift": shift}
    notes = idle_notes(["S0"], **given)  # type: ignore[arg-type]
    assert any("max_shift hardly matters" in note for note in notes) == said


def test_a_benchmark_that_a_model_does_not_read_is_remarked_unless_it_is_a_column() -> None:
    given: dict[str, Any] = {"rule": "next", "max_shift": 10}
    for model, benchmark, said in (
        ("market", "SPY", False), ("mean", "SPY", True), ("mean", "S0", False),
        ("mean", None, False), ("raw", pd.Series([1.0]), True), ("mean", {"S0": "SPY"}, True),
    ):  # fmt: skip
        notes = idle_notes(["S0", "S1"], model=model, benchmark=benchmark, **given)
        assert any("is not used" in note for note in notes) == said
