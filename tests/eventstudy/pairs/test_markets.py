"""Sessions, spans, limits and other events of each market, as loops have them. Synthetic."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.inputs.benchmark import Regressors
from rareearth_research.eventstudy.inputs.frame.calendars import exchanges_of
from rareearth_research.eventstudy.pairs import markets
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.tables import extend_past_limits
from rareearth_research.eventstudy.questions.dating.rivals import clear_of_others
from rareearth_research.eventstudy.results.frames import other_news
from rareearth_research.eventstudy.results.sentences import _apart
from tests.support.eventstudy_cases import synthetic_returns

DAYS = pd.bdate_range("2020-01-01", periods=12)


def home(returns: np.ndarray, regressors: np.ndarray, set_of: Any, spans: np.ndarray) -> Market:
    rows = np.arange(returns.shape[1])
    return Market("", DAYS[rows], rows, np.arange(len(returns)), returns, regressors,
                  np.asarray(set_of), spans.astype(np.int16))  # fmt: skip


def test_a_return_covers_the_sessions_since_the_last_one_before() -> None:
    returns = np.array([
        [np.nan, 1, np.nan, np.nan, 1, 1], [1, 1, 1, 1, 1, 1], [1, np.nan, 1, np.nan, np.nan, 1],
    ])  # fmt: skip
    assert markets._spans(returns).tolist() == [
        [1, 1, 1, 1, 3, 1], [1] * 6, [1, 1, 2, 1, 1, 3],
    ]  # fmt: skip
    assert markets._spans(returns[1:2]).tolist() == [[1] * 6]


@pytest.mark.parametrize("return_type", ["log", "simple"])
def test_regressors_compound_over_the_sessions_of_a_return(return_type: str) -> None:
    rng = np.random.default_rng(2)
    regressors = rng.normal(0, 0.1, (2, 3, 12))
    regressors[1, 0, [2, 4]] = np.nan
    returns = rng.normal(size=(4, 12))
    returns[0, 3:5] = returns[1, [2, 7]] = returns[3, 8:10] = np.nan
    given = home(returns, regressors, [0, 1, -1, 1], markets._spans(returns))
    found = markets.trade_to_trade(given, return_type)
    assert found.set_of.tolist() == [0, 1, -1, 3]
    assert found.regressors.shape == (4, 3, 12)
    for i, of in ((0, 0), (1, 1), (3, 1)):
        for t in range(12):
            own = regressors[of, :, t - given.spans[i, t] + 1 : t + 1]
            whole = own.sum(axis=1) if return_type == "log" else np.prod(1 + own, axis=1) - 1
            np.testing.assert_allclose(found.regressors[i, :, t], whole, rtol=1e-9, atol=1e-15)
    single = given.spans[0] == 1  # as they were, to the last bit
    assert (found.regressors[0][:, single] == regressors[0][:, single]).all()


@pytest.mark.parametrize(("lags", "leads"), [(1, 1), (2, 0), (0, 3)])
def test_neighbours_of_a_regressor_stand_oldest_first(lags: int, leads: int) -> None:
    base = np.random.default_rng(1).normal(size=(2, 1, 12))
    given = home(np.zeros((1, 12)), base, [0], np.ones((1, 12)))
    found = markets.lagged(given, lags, leads).regressors
    assert found.shape == (2, lags + 1 + leads, 12)
    for j, step in enumerate(range(-lags, leads + 1)):
        for t in range(12):
            expected = base[:, 0, t + step] if 0 <= t + step < 12 else [np.nan] * 2
            np.testing.assert_array_equal(found[:, j, t], expected)
    both = markets.as_read([given], 1, "log")[0].regressors
    np.testing.assert_array_equal(both[0], markets.lagged(given, 1, 1).regressors[0])
    assert markets.as_read([given], 0, "")[0] is given


def test_a_day_is_found_among_sessions_and_none_is_none() -> None:
    given = home(np.zeros((1, 12)), np.zeros((1, 1, 12)), [0], np.ones((1, 12)))
    days = pd.DatetimeIndex([DAYS[0], pd.NaT, DAYS[11], DAYS[11] + pd.Timedelta(days=1), DAYS[5]])
    assert given.find(days).tolist() == [0, -1, 11, -1, 5]
    other = replace(given, sessions=DAYS[[1, 3, 11]] + pd.Timedelta(days=1))
    rows = markets.rows_of_all([given, other])
    union = sorted({*given.sessions, *other.sessions})
    for own, calendar in zip((given, other), rows, strict=True):
        assert [union[row] for row in calendar] == own.sessions.tolist()
    assert [rows.tolist() for rows in markets.rows_of_all([other])] == [[0, 1, 2]]


def build(benchmark: np.ndarray, returns: np.ndarray, members: Any = None) -> None:
    columns = [f"S{i}" for i in range(returns.shape[1])]
    frame = pd.DataFrame(returns, DAYS, columns)
    regressors = Regressors(("B", "C")[: benchmark.shape[1]], benchmark,
                            np.zeros(len(columns), dtype=int), members=members)  # fmt: skip
    markets.build_markets(frame, [""] * len(columns), regressors)


def test_a_benchmark_may_lack_its_ends_and_days_without_trade_but_no_day_inside() -> None:
    returns = np.random.default_rng(4).normal(size=(12, 2))
    for missing, traded, refused in (
        ([0, 1, 11], True, False), ([5], True, True), ([1], True, True), ([10], True, True),
        ([5], False, False), (list(range(12)), True, False),
    ):  # fmt: skip
        benchmark, values = np.ones((1, 1, 12)) * 0.01, returns.copy()
        benchmark[0, 0, missing] = np.nan
        if not traded:
            values[5] = np.nan
        if refused:
            said = f"benchmark or factor 'B' is missing on {DAYS[missing[0]].date()} .1 such"
            with pytest.raises(SpecificationError, match=said):
                build(benchmark, values)
        else:
            build(benchmark, values)


def test_of_several_regressors_the_one_that_lacks_a_day_is_named_and_donors_may_lack_some() -> None:
    returns, both = np.random.default_rng(4).normal(size=(12, 2)), np.full((1, 2, 12), 0.01)
    both[0, 1, 4:6] = np.nan
    with pytest.raises(SpecificationError, match=r"factor 'C' is missing on .*2 such sessions"):
        build(both, returns)
    build(both, returns, np.ones((1, 2), dtype=bool))  # those that have the day are taken
    both[0, 0, 5] = np.nan
    with pytest.raises(SpecificationError, match="the return of most donors is missing"):
        build(both, returns, np.ones((1, 2), dtype=bool))
    one = Regressors(("B",), both[:, :1], np.zeros(2, dtype=int), members=np.ones((1, 1), bool))
    assert not one.mixed
    assert not replace(one, values=both, members=None).mixed
    assert replace(one, values=both).mixed


def test_a_window_is_extended_past_ten_days_at_a_limit_at_most() -> None:
    limits = np.zeros((3, 40), dtype=bool)
    limits[0, 10:13] = limits[1, 10:20] = limits[2, 10:21] = True
    pairs = PairList.of_rows(np.array([0, 1, 2, 0]), np.array([9, 9, 9, 20]))
    found = extend_past_limits(np.array([0, 1]), pairs=pairs, limits=[limits])
    assert found.tolist() == [[0, 4], [0, 11], [0, 11], [0, 1]]
    own = extend_past_limits(np.array([[1], [2], [3], [0]]), pairs=pairs, limits=[limits])
    assert own.ravel().tolist() == [4, 11, 12, 0]


def test_a_holiday_filled_with_zero_is_no_trade_and_one_with_a_return_is_said() -> None:
    index = pd.bdate_range("2024-12-02", "2025-01-31")
    values = np.random.default_rng(1).normal(0, 0.01, (len(index), 3))
    frame = pd.DataFrame(values, index, ["A.AX", "B.AX", "C"])
    closed = pd.to_datetime(["2024-12-25", "2024-12-26", "2025-01-01", "2025-01-27"])
    frame.loc[closed, ["A.AX", "B.AX"]] = 0.0
    new_york = pd.to_datetime(["2024-12-25", "2025-01-01", "2025-01-09", "2025-01-20"])
    frame.loc[new_york, "C"] = 0.0
    assert exchanges_of(frame) == (["XASX", "XASX", "XNYS"], [])
    frame.loc["2024-12-26", "B.AX"] = frame.loc["2025-01-27", "A.AX"] = -0.01
    mics, [note] = exchanges_of(frame)
    assert mics == ["XASX", "XASX", "XNYS"]
    assert note == (
        "2 returns on days on which XASX was closed are not used (the first: 'B.AX' on 2024-12-26)."
    )
    frame.loc["2025-01-09", "C"] = 0.01
    mics, notes = exchanges_of(frame)
    assert mics == ["XASX", "XASX", "own"]
    assert "New York was closed on 2025-01-09" in notes[0]


def crowded() -> Any:
    """A study of two events, and others around them."""
    returns = synthetic_returns(400, 4)
    day = returns.index
    events = pd.DataFrame({"event_id": ["one", "two"], "date": day[[300, 320]]})
    at = [296, 297, 298, 299, 300, 301, 302, 303, 304, 320, 322]
    known = pd.DataFrame({"event_id": [f"k{i}" for i in at], "date": day[at]})
    study = EventStudy(returns, events, "MKT", windows=[(-2, 3)], known_events=known, tests=["bmp"])
    return study.fit()


def test_other_news_is_every_listed_event_within_the_windows() -> None:
    result = crowded()
    expected = [
        (at - own, name, f"k{at}") for name, own in (("one", 300), ("two", 320))
        for at in (296, 297, 298, 299, 300, 301, 302, 303, 304, 320, 322) if -2 <= at - own <= 3
    ]  # fmt: skip
    assert [*other_news(result).itertuples(index=False, name=None)] == sorted(expected)


@pytest.mark.parametrize("width", [1, 3])
def test_pairs_count_at_shifts_that_no_other_event_shares_a_session_with(width: int) -> None:
    result = crowded()
    steps = np.arange(-6, 7)
    use, share, touched = clear_of_others(result, steps, width, True)
    own = np.repeat([300, 320], 4)  # four securities of each event
    others = {f"k{at}": at for at in (296, 297, 298, 299, 300, 301, 302, 303, 304, 320, 322)}
    others |= {"one": 300, "two": 320}
    expected, counts = np.ones((8, 13), dtype=bool), {}
    for name, at in others.items():
        for i, day in enumerate(own):
            if at == day:
                continue
            near = np.abs(steps - (at - day)) < width
            expected[i] &= ~near
            for shift in steps[near]:
                counts[int(shift), name] = counts.get((int(shift), name), 0) + 1
    left = expected.mean(axis=0)
    np.testing.assert_allclose(share, 1 - left, atol=1e-12)
    np.testing.assert_array_equal(use, expected & (left >= 0.5))
    found = {(shift, name): n for shift, name, n in touched.itertuples(index=False, name=None)}
    assert found == counts
    assert touched["shift"].is_monotonic_increasing
    plain, none, nobody = clear_of_others(result, steps, width, False)
    assert plain.all()
    assert not none.any()
    assert nobody.empty


@pytest.mark.parametrize(
    ("statistic", "caar", "way"), [(0.5, -0.01, "up"), (-0.5, 0.01, "down"), (0.5, 0.01, "")]
)
def test_a_statistic_that_points_away_from_the_mean_is_said(
    statistic: float, caar: float, way: str
) -> None:
    found: Any = SimpleNamespace(
        leading=SimpleNamespace(statistic=statistic), caar=caar, car=np.array([-0.02, 0.0, 0.01])
    )
    told: Any = SimpleNamespace(per_cent=lambda size: f"{100 * size:.0f} %")
    said = f" The test on standardised returns points {way}: 1 down and 1 up (median 0 %)."
    assert _apart(found, told) == (said if way else "")


def test_padded_days_are_dropped_by_code_that_knows_where_the_benchmark_is() -> None:
    returns = synthetic_returns(400, 3)
    returns.iloc[[20, 60, 100, 140, 180, 220]] = 0.0
    events = [returns.index[350]]
    with pytest.raises(DataError, match="and 5 more rows: a closed day") as inside:
        EventStudy(returns, events, "MKT")
    assert "returns[~((returns == 0) | returns.isna()).all(axis=1)]" in str(inside.value)
    with pytest.raises(DataError) as apart:
        EventStudy(returns.drop(columns="MKT"), events, returns["MKT"])
    assert "(benchmark.reindex(returns.index) != 0)]" in str(apart.value)
