"""Which pairs are kept, flagged and estimated on which sessions, counted session by session."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.inputs.checks import check_length
from rareearth_research.eventstudy.pairs import policies, screen
from rareearth_research.eventstudy.pairs.further import Further
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.tables import flagged_days
from rareearth_research.eventstudy.pairs.windows import Windows

DAYS = pd.bdate_range("2020-01-01", periods=40)
RETURNS = np.random.default_rng(1).normal(0, 0.01, (3, 40))


def home(returns: np.ndarray = RETURNS, regressors: Any = None, **other: Any) -> Market:
    n, size = returns.shape
    given = np.zeros((1, 1, size)) if regressors is None else regressors
    return Market("", DAYS[:size], np.arange(size), np.arange(n), returns, given,
                  np.zeros(n, int), np.ones(returns.shape, np.int16), **other)  # fmt: skip


def pairs(row: list[int], at: list[int], event: list[int]) -> PairList:
    found = PairList.of_rows(np.array(row), np.array(at), np.array(event))
    ids = np.array([f"e{i}" for i in range(max(event) + 1)], dtype=object)
    return replace(found, event_ids=ids)


WINDOWS = [
    Windows.of((-9, -3), np.array([0, -2]), np.array([1, 3])),
    Windows.of((-9, 8), np.array([-1]), np.array([2])),
    Windows.of((-9, 4), np.array([[0], [-2], [1]]), np.array([[4], [2], [1]]), path=True),
    Windows.of((-9, 6), np.array([0]), np.array([1]), bounds=np.array([[-9, -3], [-4, 6], [2, 5]])),
]


@pytest.mark.parametrize("windows", WINDOWS)
def test_what_is_estimated_on_is_the_window_without_a_pair_s_event_windows(
    windows: Windows,
) -> None:
    first, last = (
        np.broadcast_to(end, (3, end.shape[-1])) for end in (windows.first, windows.last)
    )
    bounds = windows.bounds if windows.bounds is not None else [windows.estimation] * 3
    begin, end = windows.estimation
    pieces = [[np.broadcast_to(side, 3) for side in piece] for piece in windows.pieces]
    for i in range(3):
        studied = set(range(first[i].min(), last[i].max() + 1))
        expected = set(range(bounds[i][0], bounds[i][1] + 1)) - studied
        found = {s for low, high in pieces for s in range(low[i], high[i] + 1)}
        assert found == expected
        assert np.broadcast_to(windows.length, 3)[i] == len(expected)
        assert (windows.unused is None) == (windows is WINDOWS[0])
        if windows.unused is None:
            assert len(expected) == end - begin + 1
        else:
            unused = np.broadcast_to(windows.unused, (3, end - begin + 1))[i]
            assert {s for s in range(begin, end + 1) if not unused[s - begin]} == expected
        members = windows.members if windows.members.ndim == 2 else windows.members[i]
        for g, (low, high) in enumerate(zip(first[i], last[i], strict=True)):
            inside = [float(low <= step <= high) for step in windows.steps]
            assert members[g].tolist() == inside
    assert windows.steps.tolist() == list(range(first.min(), last.max() + 1))


def test_the_path_goes_from_the_first_session_up_to_each_and_pairs_take_their_own() -> None:
    windows = WINDOWS[2]
    assert windows.members.shape == (3, 8, 7)
    for i, (low, high) in enumerate(((0, 4), (-2, 2), (1, 1))):
        for k, until in enumerate(windows.steps):
            inside = [float(low <= s <= min(high, until)) for s in windows.steps]
            assert windows.members[i, 1 + k].tolist() == inside
    some = windows.take(np.array([2, 0]))
    assert some.first.tolist() == [[1], [0]]
    np.testing.assert_array_equal(some.members, windows.members[[2, 0]])
    assert WINDOWS[0].take(np.array([1])) is WINDOWS[0]
    assert WINDOWS[3].take(np.array([1])).bounds.tolist() == [[-4, 6]]  # type: ignore[union-attr]


def test_flags_are_counted_in_runs_of_sessions_that_end_with_the_data() -> None:
    flags = np.random.default_rng(3).random((2, 12)) < 0.4
    row, first, last = np.array([0, 1, 1]), np.array([-3, 2, 9]), np.array([4, 1, 20])
    for given in (flags, np.ones_like(flags), np.zeros_like(flags)):
        total = screen.running(given)
        assert total[:, -1].tolist() == given.sum(axis=1).tolist()
        counts = [given[r, max(a, 0) : max(b + 1, 0)].sum() for r, a, b in
                  zip(row, first, last, strict=True)]  # fmt: skip
        assert screen.between(total, row, first, last).tolist() == counts
        both = screen.within(total, row, [(first, last), (np.zeros(3, int), np.ones(3, int))])
        assert both.tolist() == [c + given[r, :2].sum() for c, r in zip(counts, row, strict=True)]


def judged(returns: np.ndarray, at: int = 20, **change: Any) -> tuple[str, screen.Screen]:
    """The reason that screening gives for one pair of [0, 2], estimated on ten sessions before."""
    options = {"min_obs": 6, "needs_regressors": True, "simple": False}
    given = {name: change.pop(name) for name in [*change] if name in options}
    market, only = home(returns[None], **change), pairs([0], [at], [0])
    windows = Windows.of((-12, -3), np.array([0]), np.array([2]))
    found = screen.screen(only, [market], windows, **(options | given))
    return str(found.reason[0]), found


def test_a_pair_is_screened_by_its_days_and_the_market_s() -> None:
    whole = RETURNS[0]

    def without(*days: int) -> np.ndarray:
        return np.where(np.isin(np.arange(40), days), np.nan, whole)

    def market(*days: int) -> np.ndarray:
        return np.where(np.isin(np.arange(40), days), np.nan, 0.01)[None, None]

    assert judged(whole)[0] == ""
    assert judged(without(22))[0] == "missing_event_window"
    assert judged(without(21))[0] == ""
    assert judged(whole, regressors=market(22))[0] == "no_benchmark"
    assert judged(whole, regressors=market(20))[0] == "no_benchmark"
    assert judged(without(20), regressors=market(20))[0] == ""
    assert judged(whole, regressors=market(22), needs_regressors=False)[0] == ""
    assert judged(without(8, 9, 10, 17))[0] == ""
    assert judged(without(8, 9, 10, 16, 17))[0] == "too_few_estimation_obs"
    assert judged(without(8, 9, 10, 16, 17), min_obs=5)[0] == ""
    assert judged(whole, regressors=market(8, 9, 10, 16, 17))[0] == "no_benchmark"
    assert judged(without(8, 9, 10, 16, 17), regressors=market(11))[0] == "too_few_estimation_obs"
    assert judged(without(8, 9, 10, 16), regressors=market(11))[0] == "no_benchmark"
    assert judged(without(*range(20, 40)))[0] == "ended_earlier"
    assert judged(without(*range(20, 39)))[0] == "missing_event_window"
    assert judged(without(39), at=37)[0] == "missing_event_window"
    assert judged(without(38), at=37)[0] == ""
    assert judged(without(*range(30)))[0] == "listed_later"
    assert judged(without(*range(20)))[0] == "listed_later"
    assert judged(without(*range(40)))[0] == "no_returns"
    assert judged(whole, at=38)[0] == "missing_event_window"
    assert judged(whole, at=37)[0] == ""
    wrong = "impossible_return"
    for day, simple, reason in ((9, True, wrong), (21, True, wrong), (7, True, ""), (18, True, ""),
                                (23, True, ""), (9, False, "")):  # fmt: skip
        wild = np.where(np.arange(40) == day, -1.001, whole)
        assert judged(wild, simple=simple)[0] == reason
        assert judged(np.where(np.arange(40) == day, -1.0, whole), simple=simple)[0] == ""


def test_matched_days_whole_windows_and_long_returns_are_counted() -> None:
    whole = RETURNS[0]
    found = judged(whole)[1]
    assert (found.n_estimation[0], found.complete[0], found.multi_session[0]) == (10, True, 0)
    for gap, n, complete in ((8, 9, False), (17, 9, False), (7, 10, True), (18, 10, True),
                             (21, 10, False), (23, 10, True)):  # fmt: skip
        found = judged(np.where(np.arange(40) == gap, np.nan, whole))[1]
        assert (found.n_estimation[0], found.complete[0]) == (n, complete)
    out = np.zeros((1, 40), dtype=bool)
    out[0, [8, 12, 18]] = True
    found = judged(whole, left_out=out)[1]
    assert (found.n_estimation[0], found.complete[0]) == (8, True)
    spans = np.ones((1, 40), dtype=np.int16)
    spans[0, [20, 22, 23]] = 2
    market = replace(home(whole[None]), spans=spans)
    found = screen.screen(pairs([0], [20], [0]), [market], Windows.of((-12, -3), np.array([0]),
                          np.array([2])), min_obs=6, needs_regressors=False)  # fmt: skip
    assert found.multi_session.tolist() == [2]


MANY = pairs([0, 0, 0, 1, 1, 0, 2], [10, 12, 15, 10, 30, 30, 12], [0, 1, 2, 0, 3, 4, 1])
FIRST, LAST = MANY.position - 1, MANY.position + np.array([1, 2, 0, 3, 1, 1, 1])


def test_pairs_overlap_others_of_their_security_and_the_later_of_a_chain_are_dropped() -> None:
    involved, later = policies._overlaps(MANY, FIRST, LAST, greedy=True)
    expected = [
        any(i != j and MANY.security[i] == MANY.security[j] and FIRST[i] <= LAST[j]
            and FIRST[j] <= LAST[i] for j in range(7)) for i in range(7)
    ]  # fmt: skip
    assert involved.tolist() == expected == [True, True, True, False, False, False, False]
    assert later.tolist() == [False, True, False, False, False, False, False]
    assert not policies._overlaps(MANY, FIRST, LAST)[1].any()
    apart = policies._overlaps(MANY, FIRST + 1, LAST - np.array([0, 2, 0, 0, 0, 0, 0]))
    assert apart[0].tolist() == [False, False, False, False, False, False, False]


@pytest.mark.parametrize("known", [False, True])
def test_another_event_s_session_in_the_window_confounds(known: bool) -> None:
    events = pd.DataFrame({"event_id": list("abcde"), "confounders": ["", "no", "tariffs", "", ""]})
    listed = replace(MANY, line=MANY.event)
    further = Further(np.array(["e4", "x", "y", "z"], dtype=object), np.array([-1, 1, -1, 2]),
                      np.array([30, 31, 29, 10]))  # fmt: skip
    setup: Any = SimpleNamespace(events=events, further=(further,) if known else ())
    found = policies._confounded(setup, listed, FIRST, LAST)
    expected = []
    for i in range(7):
        inside = [
            j for j in range(7)
            if j != i and MANY.security[j] == MANY.security[i]
            and FIRST[i] <= MANY.position[j] <= LAST[i]
        ]  # fmt: skip
        others = [
            k for k in range(4)
            if known and FIRST[i] <= further.position[k] <= LAST[i]
            and further.event_ids[k] != MANY.event_id[i]
            and further.row[k] in (-1, MANY.row[i])
        ]  # fmt: skip
        expected.append(bool(inside or others or MANY.event[i] == 2))
    assert found.tolist() == expected
    plain: Any = SimpleNamespace(events=events[["event_id"]], further=())
    assert policies._confounded(plain, listed, FIRST, LAST).sum() == sum(expected[:2])


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(-2, 1, [False, True]), (-1, 2, [True, False]), (-1, 1, [False, False])],
)
def test_events_on_the_first_and_last_session_of_a_window_are_inside(
    first: int, last: int, expected: list[bool]
) -> None:
    two = pairs([0, 0], [10, 12], [0, 1])
    listed = replace(two, line=two.event)
    setup: Any = SimpleNamespace(events=pd.DataFrame({"event_id": list("ab")}), further=())
    found = policies._confounded(setup, listed, two.position + first, two.position + last)
    assert found.tolist() == expected
    one = listed.take(np.array([0]))
    for step in range(first - 1, last + 2):
        known = Further(np.array(["x"], dtype=object), np.array([-1]), np.array([10 + step]))
        also: Any = SimpleNamespace(events=setup.events, further=(known,))
        found = policies._confounded(also, one, one.position + first, one.position + last)
        assert found.tolist() == [first <= step <= last]


@pytest.mark.parametrize("own", [False, True])
def test_sessions_of_event_windows_are_those_of_each_security_and_of_further_events(
    own: bool,
) -> None:
    spans = np.ones((3, 40), dtype=np.int16)
    spans[2, 17] = 4
    windows = Windows.of((-9, -3), np.array([0, -1]), np.array([1, 2]))
    further = Further(np.array(["x", "y", "z"], dtype=object), np.array([1, -1, 2]),
                      np.array([20, 0, 39]))  # fmt: skip
    setup: Any = SimpleNamespace(
        pairs=MANY,
        markets=(replace(home(), spans=spans),),
        ends=lambda: (windows.first, windows.last),
    )
    [found] = policies._event_days(setup, windows, (further,), own=own)
    expected = np.zeros((3, 40), dtype=bool)
    at = [(int(r), int(p)) for r, p in zip(further.row, further.position, strict=True)]
    at += [(int(r), int(p)) for r, p in zip(MANY.row, MANY.position, strict=True)] * own
    for row, position in at:
        rows = [row] if row >= 0 else [0, 1, 2]
        expected[rows, max(position - 1, 0) : min(position + 3, 40)] = True
    expected[2, 17] |= expected[2, 14:18].any()
    np.testing.assert_array_equal(found, expected)


def test_flags_of_unknown_days_and_tickers_are_those_of_none() -> None:
    flags = pd.DataFrame({
        "date": [DAYS[3], DAYS[5], pd.Timestamp("2019-01-01"), DAYS[7], DAYS[9], DAYS[11]],
        "ticker": ["A", "C", "A", "Z", "B", "A"],
        "flag": ["up", "down", "up", "up", "halt", "up"],
    })  # fmt: skip
    markets = (replace(home(RETURNS[:2]), securities=np.array([0, 2])),
               replace(home(RETURNS[:1]), securities=np.array([1])))  # fmt: skip
    found = flagged_days(flags, ("up", "down"), markets=markets, names=list("ABC"))
    assert np.argwhere(found[0]).tolist() == [[0, 3], [0, 11], [1, 5]]
    assert not found[1].any()
    halted = flagged_days(flags, ["halt"], markets=markets, names=list("ABC"))
    assert [np.argwhere(days).tolist() for days in halted] == [[], [[0, 9]]]


@pytest.mark.parametrize(
    ("estimation", "windows", "says"),
    [
        ((-30, -1), [(-39, 39)], ""),
        ((-39, 0), [(0, 0)], ""),
        ((-40, 0), [(0, 0)], "longer than the data .40 sessions., or lies before them"),
        ((-50, -40), [(0, 0)], "lies before them; shorten it or load earlier"),
        ((-50, -39), [(0, 0)], ""),
        ((39, 50), [(0, 0)], ""),
        ((40, 50), [(0, 0)], "lies behind them; shorten it or load later"),
        ((-30, -1), [(0, 1), (0, 40)], r"windows: \[0, 40\] reaches further"),
        ((-30, -1), [(-40, 0)], r"windows: \[-40, 0\] reaches further"),
    ],
)
def test_windows_fit_into_as_many_sessions_as_there_are(
    estimation: tuple[int, int], windows: list[tuple[int, int]], says: str
) -> None:
    if says:
        with pytest.raises(SpecificationError, match=says):
            check_length(40, estimation, windows)
    else:
        check_length(40, estimation, windows)
