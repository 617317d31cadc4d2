"""Bad input is refused in a sentence that names what and where, before anything is computed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import DataError, RareEarthError, SpecificationError
from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.inputs.checks import check_min_obs
from tests.support.eventstudy_cases import synthetic_returns

RETURNS = synthetic_returns()
DAY = RETURNS.index[320]


def edited(change: Callable[[pd.DataFrame], object]) -> pd.DataFrame:
    copy = RETURNS.copy()
    found = change(copy)
    return found if isinstance(found, pd.DataFrame) else copy


def refused(error: type[RareEarthError], *fragments: str, **options: object) -> None:
    given = {"returns": RETURNS, "events": [DAY], "benchmark": "MKT", **options}
    with pytest.raises(error) as caught:
        EventStudy(**given).fit()  # type: ignore[arg-type]
    for fragment in fragments:
        assert fragment in str(caught.value)


def put(frame: pd.DataFrame, row: int, column: str, value: float) -> None:
    frame.iloc[row, frame.columns.get_loc(column)] = value


def test_the_event_of_an_unknown_security_is_named() -> None:
    events = pd.DataFrame({"event_id": ["a", "b"], "date": [DAY, DAY], "security": ["S0", "S00"]})
    refused(SpecificationError, "event 'b' names security 'S00'", "nearest: 'S0'", events=events)


def test_sessions_of_a_window_inside_the_estimation_window_do_not_count() -> None:
    around = {"estimation": (-20, 20), "windows": [(-5, 5)]}
    refused(SpecificationError, "and 30", min_obs=31, **around)
    assert EventStudy(RETURNS, [DAY], "MKT", min_obs=30, **around).fit().counts["n_pairs"] > 0


def test_infinite_return_names_column_and_date() -> None:
    frame = edited(lambda f: put(f, 7, "S1", np.inf))
    refused(DataError, "'S1'", str(RETURNS.index[7].date()), returns=frame)


def test_unsorted_index_names_the_first_row_out_of_order() -> None:
    refused(DataError, "not sorted", "row 1", "sort_index()", returns=RETURNS.iloc[::-1])


def test_duplicate_date_is_named() -> None:
    twice = pd.concat([RETURNS.iloc[:5], RETURNS.iloc[4:]])
    refused(DataError, str(RETURNS.index[4].date()), "more than once", returns=twice)


def test_time_zone_is_refused_with_the_way_out() -> None:
    refused(DataError, "UTC", "tz_localize(None)", returns=RETURNS.tz_localize("UTC"))


def test_clock_times_are_refused() -> None:
    shifted = RETURNS.set_axis(RETURNS.index + pd.Timedelta(hours=16))
    refused(DataError, "clock time", returns=shifted)


def test_row_numbers_are_no_dates() -> None:
    refused(DataError, "DatetimeIndex", returns=RETURNS.reset_index(drop=True))


def test_text_column_is_named() -> None:
    refused(DataError, "'S0'", "not numbers", returns=RETURNS.assign(S0="a"))


def test_duplicate_column_is_named() -> None:
    refused(DataError, "'S1'", "more than once", returns=RETURNS.rename(columns={"S0": "S1"}))


@pytest.mark.parametrize("scale", [1.0, 0.001])  # share prices, and prices below a dollar
def test_prices_given_as_returns_are_told_apart(scale: float) -> None:
    prices = 80 * scale * np.exp(RETURNS["S3"].cumsum())
    refused(
        SpecificationError,
        "'S3'",
        "np.log(prices).diff()",
        returns=RETURNS.assign(S3=prices),
    )


def test_returns_in_per_cent_are_told_apart() -> None:
    refused(SpecificationError, "per cent by 100", returns=100 * RETURNS)


def test_prices_given_as_benchmark_are_told_apart() -> None:
    index = 3000 * np.exp(RETURNS["MKT"].cumsum())
    refused(SpecificationError, "'SPX'", "prices", benchmark=index.rename("SPX"))


def test_benchmark_gap_names_the_date() -> None:
    gap = RETURNS["MKT"].where(RETURNS.index != RETURNS.index[200])
    refused(SpecificationError, str(RETURNS.index[200].date()), "missing", benchmark=gap)


def test_missing_benchmark_says_what_to_give() -> None:
    refused(SpecificationError, "needs a benchmark", "model='mean'", benchmark=None)


def test_unknown_benchmark_names_the_nearest_column() -> None:
    refused(SpecificationError, "'MKTT'", "nearest: 'MKT'", benchmark="MKTT")


def test_benchmark_of_other_years_is_refused() -> None:
    old = RETURNS["MKT"].set_axis(RETURNS.index - pd.Timedelta(days=7000))
    refused(SpecificationError, "share no session", benchmark=old)


def test_unknown_security_names_the_nearest() -> None:
    events = pd.DataFrame({"event_id": ["x"], "security": ["S44"], "date": [DAY]})
    refused(SpecificationError, "'x'", "'S44'", "nearest: 'S4'", events=events)


def test_events_without_ids_or_dates_name_the_nearest_column() -> None:
    refused(
        SpecificationError,
        "'event_id'",
        "nearest: 'eventname'",
        events=pd.DataFrame({"eventname": ["x"], "date": [DAY]}),
    )
    refused(
        SpecificationError,
        "'date'",
        "nearest: 'Dated'",
        events=pd.DataFrame({"event_id": ["x"], "Dated": [DAY]}),
    )


def test_duplicate_events_are_named() -> None:
    refused(SpecificationError, "'x'", "more than once", events=pd.DataFrame(
        {"event_id": ["x", "x"], "date": [DAY, RETURNS.index[350]]}))  # fmt: skip
    refused(SpecificationError, str(DAY.date()), "more than once", events=[DAY, DAY])


def test_no_events_at_all_is_refused() -> None:
    refused(SpecificationError, "events is empty", events=[])


def test_dates_that_are_no_dates_are_refused() -> None:
    refused(SpecificationError, "list of dates", events=["soon"])


def test_events_outside_the_data_say_what_the_data_cover() -> None:
    refused(
        SpecificationError,
        str(RETURNS.index[0].date()),
        "6 no_session",
        events=["2031-01-06"],
    )


def test_window_beyond_the_data_counts_the_reason() -> None:
    refused(
        SpecificationError,
        "6 missing_event_window",
        events=[RETURNS.index[-3]],
        windows=[(0, 10)],
    )


def test_estimation_window_may_not_touch_event_windows() -> None:
    refused(
        SpecificationError,
        "[-260, -1] overlaps event window [-1, 1]",
        "-2 or earlier",
        estimation=(-260, -1),
    )


def test_estimation_window_longer_than_the_data_is_refused() -> None:
    refused(SpecificationError, "longer than the data", "400 sessions", estimation=(-600, -11))


def test_estimation_window_must_hold_coefficients_and_three_days() -> None:
    refused(SpecificationError, "has 4 sessions", "at least 5", estimation=(-14, -11))
    EventStudy(RETURNS, [DAY], "MKT", estimation=(-15, -11)).fit()


def test_a_pair_needs_three_days_more_than_coefficients_and_half_of_the_window() -> None:
    for length, fewest in ((5, 5), (11, 5), (12, 6), (13, 6)):
        for asked, needed in ((None, fewest), (5, 5), (length, length)):
            assert check_min_obs(asked, (-20, -1), length, "market", 2) == needed
        for asked in (4, length + 1):
            with pytest.raises(SpecificationError, match=f"must lie between 5 .* and {length} "):
                check_min_obs(asked, (-20, -1), length, "market", 2)


@pytest.mark.parametrize("windows", [[(1, -1)], [(0, 1), (0, 1)], [(0, 1.5)], [], "abc", [3]])
def test_windows_without_meaning_are_refused(windows: object) -> None:
    refused(SpecificationError, "window", windows=windows)


@pytest.mark.parametrize(
    ("name", "value", "nearest"),
    [
        ("model", "markt", "'market'"),
        ("tests", ["kpp"], "'kp'"),
        ("timing", "lates", "'latest'"),
        ("convention", "textbok", "'textbook'"),
        ("return_type", "logs", "'log'"),
        ("overlap", "dropp", "'drop'"),
        ("gaps", "match", "'matched'"),
    ],
)
def test_unknown_options_name_the_nearest(name: str, value: object, nearest: str) -> None:
    refused(SpecificationError, name, f"nearest: {nearest}", **{name: value})


def test_collinear_factors_are_refused_with_the_reason() -> None:
    factors = RETURNS[["MKT"]].assign(twice=2 * RETURNS["MKT"])
    refused(SpecificationError, "collinear_factors", model="factors", factors=factors)


def test_constant_benchmark_is_refused_with_the_reason() -> None:
    flat = pd.Series(0.0, index=RETURNS.index, name="flat")
    refused(SpecificationError, "'flat' is 0 on every session", benchmark=flat)


def test_risk_free_rate_with_log_returns_is_refused() -> None:
    factors = RETURNS[["MKT"]].assign(rf=0.0001)
    refused(SpecificationError, "simple excess returns", model="factors", factors=factors)


def test_trade_to_trade_without_meaning_is_refused() -> None:
    refused(SpecificationError, "no meaning", model="garch", gaps="trade_to_trade")


def test_min_obs_outside_the_window_is_refused() -> None:
    refused(SpecificationError, "between 5", "and 250", min_obs=300)
