"""On which sessions is a pair estimated? Against slow, independent fits of one pair."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.chance.draws import draw
from rareearth_research.eventstudy.chance.subject import pooled_values, subject_of
from rareearth_research.eventstudy.pairs.windows import Windows
from rareearth_research.eventstudy.results.results import EventStudyResults
from tests.support.eventstudy_cases import synthetic_returns

RETURNS = synthetic_returns(700, 4, seed=7, shared=0.008)
DAYS = RETURNS.index
MARKET = RETURNS["MKT"].to_numpy()
FIRST, SECOND = 330, 400
EVENTS = pd.DataFrame(
    {"event_id": ["first", "second"], "date": DAYS[[FIRST, SECOND]], "security": ["S0", "S0"]}
)
AFTER, AROUND = (20, 120), (-100, 100)
FACTORS = pd.DataFrame({"mkt": RETURNS["MKT"], "S3": RETURNS["S3"]})
MODELS = ("raw", "mean", "market_adjusted", "market", "dimson", "factors")


def fit(events: Any = EVENTS, returns: Any = RETURNS, **options: Any) -> EventStudyResults:
    return EventStudy(returns, events, **{"benchmark": "MKT", "windows": [(0, 1)], **options}).fit()


def refusal(**options: Any) -> str:
    with pytest.raises(SpecificationError) as caught:
        fit(**options)
    return str(caught.value)


def design_of(model: str) -> np.ndarray:
    """Regressors of every session, (T, k)."""
    one, lag = np.ones(len(MARKET)), pd.Series(MARKET)
    return {
        "raw": np.empty((len(MARKET), 0)),
        "market_adjusted": np.empty((len(MARKET), 0)),
        "mean": one[:, None],
        "market": np.column_stack([one, MARKET]),
        "dimson": np.column_stack([one, lag.shift(1), MARKET, lag.shift(-1)]),
        "factors": np.column_stack([one, FACTORS.to_numpy()]),
    }[model]


def by_hand(
    y: np.ndarray, model: str, days: np.ndarray, window: np.ndarray
) -> tuple[float, float, int]:
    """Fit by least squares on `days`; return CAR, its forecast variance and the days used."""
    y = y - MARKET if model == "market_adjusted" else y
    x = design_of(model)
    days = days[np.isfinite(y[days]) & np.isfinite(x[days]).all(axis=1)]
    b = np.linalg.lstsq(x[days], y[days], rcond=None)[0]
    u = y[days] - x[days] @ b
    forecast = np.eye(len(window)) + x[window] @ np.linalg.inv(x[days].T @ x[days]) @ x[window].T
    variance = u @ u / (len(days) - x.shape[1]) * forecast
    return (y[window] - x[window] @ b).sum(), variance.sum(), len(days)


def check(result: EventStudyResults, pair: int, expected: tuple[float, float, int]) -> None:
    row = result.car.iloc[pair]
    assert row["car"] == pytest.approx(expected[0], rel=1e-9)
    assert row["variance"] == pytest.approx(expected[1], rel=1e-9)
    assert row["n_estimation"] == expected[2]


def sessions(position: int, first: int, last: int, without: Any = ()) -> np.ndarray:
    days = np.arange(position + first, position + last + 1)
    return days[~np.isin(days, list(without))]


# --- before, behind, around ----------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("estimation", [(-150, -11), AFTER, AROUND])
def test_any_side_equals_least_squares_without_the_event_windows(
    model: str, estimation: tuple[int, int]
) -> None:
    gappy = RETURNS.copy()
    gappy.iloc[SECOND - 60 : SECOND - 55, 0] = gappy.iloc[SECOND + 40, 0] = np.nan
    factors = {"factors": FACTORS} if model == "factors" else {}
    result = fit(
        EVENTS[1:], gappy, model=model, estimation=estimation, windows=[(0, 1), (-2, 3)],
        return_type="simple" if model == "factors" else "log", **factors,
    )  # fmt: skip
    y, hull = gappy["S0"].to_numpy(), np.arange(SECOND - 2, SECOND + 4)
    days = sessions(SECOND, *estimation, without=hull)
    check(result, 0, by_hand(y, model, days, np.arange(SECOND, SECOND + 2)))
    check(result, 1, by_hand(y, model, days, hull))


@pytest.mark.parametrize(
    ("estimation", "window"), [((10, 90), (2, 4)), ((-90, -10), (-4, -2)), ((1, 90), (-4, -2))]
)
def test_windows_and_estimation_may_lie_on_either_side_of_the_event(
    estimation: tuple[int, int], window: tuple[int, int]
) -> None:
    result = fit(EVENTS[1:], estimation=estimation, windows=[window])
    days, window = sessions(SECOND, *estimation), sessions(SECOND, *window)
    check(result, 0, by_hand(RETURNS["S0"].to_numpy(), "market", days, window))


def test_scholes_williams_around_the_event_is_three_slopes_over_the_same_days() -> None:
    result = fit(EVENTS[1:], model="scholes_williams", estimation=AROUND)
    days = sessions(SECOND, *AROUND, without=[SECOND, SECOND + 1])
    y, x = RETURNS["S0"].to_numpy()[days], [MARKET[days + j] for j in (-1, 0, 1)]
    slopes = [np.polyfit(m, y, 1)[0] for m in x]
    beta = sum(slopes) / (1 + 2 * np.corrcoef(x[1], x[0])[0, 1])
    assert result.fitted.coefficients[0, 1] == pytest.approx(beta, rel=1e-9)


def test_trade_to_trade_behind_the_event_weighs_gaps_by_their_length() -> None:
    gappy = RETURNS.copy()
    gappy.iloc[SECOND + 49 : SECOND + 52, 0] = np.nan
    result = fit(EVENTS[1:], gappy, estimation=AFTER, gaps="trade_to_trade")
    days = sessions(SECOND, *AFTER, without=range(SECOND + 49, SECOND + 52))
    y, x, span = gappy["S0"].to_numpy(), MARKET.copy(), np.ones(len(MARKET))
    x[SECOND + 52], span[SECOND + 52] = MARKET[SECOND + 49 : SECOND + 53].sum(), 4
    rows = np.column_stack([span, x])[days] / np.sqrt(span[days, None])
    b = np.linalg.lstsq(rows, y[days] / np.sqrt(span[days]), rcond=None)[0]
    window = [SECOND, SECOND + 1]
    expected = (y[window] - b[0] - b[1] * MARKET[window]).sum()
    assert result.car["car"].iloc[0] == pytest.approx(expected, rel=1e-9)


def test_all_days_around_the_event_are_a_complete_pair() -> None:
    result = fit(EVENTS[1:], estimation=AROUND)
    assert result.screened.complete[0]
    assert result.diagnostics["pairs_with_gaps"] == 0
    assert "estimated on sessions [-100, 100], event windows left out." in str(result.summary())


def test_a_window_extended_past_price_limits_is_not_estimated_on() -> None:
    flags = pd.DataFrame({"date": DAYS[SECOND + 1 : SECOND + 6], "ticker": "S0"})
    limits = {"price_flags": flags.assign(flag="limit_up"), "limit_days": "extend"}
    result = fit(EVENTS[1:], estimation=(3, 120), **limits)
    y, window = RETURNS["S0"].to_numpy(), np.arange(SECOND, SECOND + 7)
    check(result, 0, by_hand(y, "market", sessions(SECOND, 7, 120), window))


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(-40, 40), st.integers(0, 60)),
    st.lists(st.tuples(st.integers(-8, 8), st.integers(0, 6)), min_size=1, max_size=3),
    st.tuples(st.integers(-40, 40), st.integers(0, 60)) | st.none(),
)
def test_the_sessions_estimated_on_are_those_of_a_set(
    span: tuple[int, int], ends: list[tuple[int, int]], own: tuple[int, int] | None
) -> None:
    spans = [(a, a + size) for a, size in (span, *ends)]
    first, last = np.array(spans[1:]).T
    bounds = None if own is None else np.array([[own[0], own[0] + own[1]]])
    whole = spans[0] if own is None else (min(span[0], own[0]), max(spans[0][1], sum(own)))
    windows = Windows.of(whole, first, last, bounds=bounds)
    begin, end = whole if own is None else (own[0], sum(own))
    kept = set(range(begin, end + 1)) - set(range(first.min(), last.max() + 1))
    assert int(np.ravel(windows.length)[0]) == len(kept)
    at = np.arange(whole[0], whole[1] + 1)
    unused = np.zeros(len(at), bool) if windows.unused is None else np.ravel(windows.unused)
    assert set(at[~unused]) == kept


@pytest.mark.parametrize(
    ("estimation", "windows"),
    [
        ((-100, 1), [(0, 1)]),
        ((1, 90), [(0, 1)]),
        ((0, 90), [(0, 1)]),
        ((-5, -4), [(-9, -8), (0, 1)]),
        ((0, 1), [(0, 1)]),
    ],
)
def test_estimation_that_meets_the_span_of_the_windows_is_refused(
    estimation: tuple[int, int], windows: list[tuple[int, int]]
) -> None:
    said = refusal(estimation=estimation, windows=windows)
    assert "what is tested may not shape what is expected" in said
    first, last = windows[0][0], windows[-1][1]
    assert f"end it at {first - 1} or earlier, begin it at {last + 1} or later" in said


def test_estimation_behind_the_data_is_refused() -> None:
    assert "lies behind them; shorten it or load later returns" in refusal(estimation=(800, 900))


def test_a_pair_whose_data_end_before_the_estimation_window_is_dropped_with_a_reason() -> None:
    late = pd.DataFrame({"event_id": ["a", "b"], "date": DAYS[[300, 690]], "security": "S0"})
    result = fit(late, estimation=AFTER)
    assert result.attrition["reason"].tolist() == ["", "too_few_estimation_obs"]


def test_garch_needs_estimation_before_the_event() -> None:
    for estimation in (AFTER, AROUND):
        said = refusal(model="garch", estimation=estimation)
        assert "estimation must end before the event windows" in said


# --- bounds per event ----------------------------------------------------------------------------

BOUNDED = EVENTS.assign(estimation_start=[-200, 15], estimation_end=[-40, 90])


def test_each_event_is_estimated_within_its_own_bounds() -> None:
    result = fit(BOUNDED, estimation="events", overlap="flag")
    y = RETURNS["S0"].to_numpy()
    for pair, (at, first, last) in enumerate([(FIRST, -200, -40), (SECOND, 15, 90)]):
        window = np.array([at, at + 1])
        check(result, pair, by_hand(y, "market", sessions(at, first, last), window))
    assert result.diagnostics["pairs_with_gaps"] == 0
    assert "estimated on each event's own sessions." in str(result.summary())


def test_bounds_around_own_windows_leave_out_each_events_own_window() -> None:
    events = BOUNDED.assign(
        estimation_start=-80, estimation_end=80, window_start=[0, -3], window_end=[1, 4]
    )
    result = fit(events, estimation="events", windows="events")
    assert result.params["n_estimation"].tolist() == [159, 153]


def test_half_of_the_shortest_window_is_what_a_pair_must_have() -> None:
    assert (
        EventStudy(RETURNS, BOUNDED, "MKT", estimation="events").setup.specification.min_obs == 38
    )


def test_bounds_that_are_equal_give_what_one_estimation_window_gives() -> None:
    same = EVENTS.assign(estimation_start=-150, estimation_end=-11)
    own, one = fit(same, estimation="events"), fit(estimation=(-150, -11))
    pd.testing.assert_frame_equal(own.table, one.table)
    pd.testing.assert_frame_equal(own.car, one.car)
    pd.testing.assert_frame_equal(rer.placebo(own).table, rer.placebo(one).table)


@pytest.mark.filterwarnings("ignore")
def test_garch_within_bounds_is_garch_of_each_event_alone() -> None:
    events = EVENTS.assign(estimation_start=[-250, -300], estimation_end=[-20, -11])
    together = fit(events, model="garch", estimation="events").car
    for pair, span in enumerate([(-250, -20), (-300, -11)]):
        alone = fit(EVENTS[pair : pair + 1], model="garch", estimation=span).car
        assert together["scar"][pair] == pytest.approx(alone["scar"][0], rel=1e-9)


def test_placebo_sessions_of_each_event_are_estimated_within_its_bounds() -> None:
    result = fit(BOUNDED, estimation="events")
    subject = subject_of(result)
    (found,) = subject.every_session([(0, 1)])
    np.testing.assert_allclose(subject.at_event([found[0]])[:, 0], result.car["car"], rtol=1e-9)
    y, at = RETURNS["S0"].to_numpy(), 500
    for pair, (first, last) in enumerate([(-200, -40), (15, 90)]):
        expected = by_hand(y, "market", sessions(at, first, last), np.arange(at, at + 2))
        row = subject.pairs.row[pair]
        np.testing.assert_allclose([part[0, row, at] for part in found], expected[:2], rtol=1e-9)
    assert rer.placebo(result, n=99).table["valid"].all()


def test_a_placebo_session_keeps_away_from_events_of_the_security_with_other_bounds() -> None:
    alike = EVENTS.assign(estimation_start=-150, estimation_end=-11)
    apart = alike.assign(estimation_end=[-11, -12])
    pools = []
    for events in (alike, apart):
        subject = subject_of(fit(events, estimation="events", min_obs=70))
        values = pooled_values(subject.every_session([(0, 1)]), "scar")
        drawn = draw(subject.pairs, values, statistic="scar", reach=(0, 1), avoid=subject.avoid)
        pools.append([pool[(pool > 150) & (pool < 690)] for pool in drawn.pools])
    for one, other in zip(*pools, strict=True):
        assert one.tolist() == other.tolist()
        assert not {FIRST - 1, FIRST, FIRST + 1, SECOND - 1, SECOND, SECOND + 1} & {*other}


def test_questions_that_move_the_estimation_window_refuse_several() -> None:
    bounds = EVENTS.assign(estimation_start=[-90, -80], estimation_end=-11)
    with pytest.raises(SpecificationError, match="there is one for each event"):
        rer.anticipation(fit(bounds, estimation="events"), leads=2)


def test_bounds_are_never_ignored() -> None:
    said = refusal(events=BOUNDED)
    assert "'estimation_start' that is not read" in said
    assert "estimation='events'" in said
    assert "no 'estimation_start'" in refusal(events=EVENTS, estimation="events")


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (-5, -9, "that ends before it starts"),
        (-5.5, -2, "not a whole number of sessions"),
        (None, -2, "not a whole number of sessions"),
        (-50, 0, "overlaps event window [0, 1]"),
        (-700, -2, "estimation_start=-700, further than the data (700 sessions) reach"),
        (-7, -6, "has 2 sessions; model='market' estimates 2 coefficients"),
    ],
)
def test_bounds_without_a_meaning_are_refused(start: Any, end: Any, words: str) -> None:
    events = BOUNDED.assign(estimation_start=[-200, start], estimation_end=[-40, end])
    assert words in refusal(events=events, estimation="events")


# --- other events --------------------------------------------------------------------------------


def test_an_earlier_event_left_out_of_estimation_is_not_there() -> None:
    jumped = RETURNS.copy()
    jumped.iloc[FIRST, 0] += 0.3
    result = fit(returns=jumped, leave_out="own_events")
    days = sessions(SECOND, -260, -11, without=[FIRST, FIRST + 1])
    window = np.array([SECOND, SECOND + 1])
    check(result, 1, by_hand(jumped["S0"].to_numpy(), "market", days, window))
    check(
        result, 0,
        by_hand(jumped["S0"].to_numpy(), "market", sessions(FIRST, -260, -11), window - 70),
    )  # fmt: skip
    assert result.attrition["flags"].tolist() == ["", "estimation_left_out"]
    assert fit(returns=jumped).attrition["flags"].tolist() == ["", "estimation_overlaps_event"]


@pytest.mark.parametrize("model", MODELS)
def test_events_left_out_around_the_event_equal_least_squares(model: str) -> None:
    factors = {"factors": FACTORS} if model == "factors" else {}
    result = fit(
        model=model, estimation=AROUND, leave_out="own_events", windows=[(-1, 2)],
        return_type="simple" if model == "factors" else "log", **factors,
    )  # fmt: skip
    out = {*range(FIRST - 1, FIRST + 3), *range(SECOND - 1, SECOND + 3)}
    for pair, at in enumerate([FIRST, SECOND]):
        days, window = sessions(at, *AROUND, without=out), np.arange(at - 1, at + 3)
        check(result, pair, by_hand(RETURNS["S0"].to_numpy(), model, days, window))


def test_a_return_that_covers_a_left_out_session_is_left_out_too() -> None:
    gappy = RETURNS.copy()
    gappy.iloc[FIRST + 1 : FIRST + 4, 0] = np.nan  # the return of FIRST + 4 holds the event's
    result = fit(EVENTS[1:], gappy, leave_out=[DAYS[FIRST]], windows=[(0, 1)])
    days = sessions(SECOND, -260, -11, without=range(FIRST, FIRST + 5))
    check(result, 0, by_hand(gappy["S0"].to_numpy(), "market", days, np.arange(SECOND, SECOND + 2)))


def test_known_and_given_events_are_left_out_for_those_they_are_for() -> None:
    event = [DAYS[SECOND]]
    known = pd.DataFrame({"event_id": ["k"], "date": [DAYS[350]], "security": ["S1"]})
    one = fit(event, known_events=known, leave_out="all_events")
    assert one.params["n_estimation"].tolist() == [250, 248, 250, 250]
    given = fit(event, known_events=known, leave_out=[DAYS[350], DAYS[351], DAYS[660]])
    assert given.params["n_estimation"].tolist() == [247] * 4
    none = fit(event, known_events=known, leave_out="own_events")
    assert none.params["n_estimation"].tolist() == [250] * 4
    assert none.flags["estimation_overlaps_event"].tolist() == [False, True, False, False]
    assert not one.flags["estimation_overlaps_event"].any()
    assert none.diagnostics["estimation_overlaps_event"] == 1
    assert one.diagnostics["estimation_left_out"] == 1
    assert "1 of 4 pairs have another listed event inside the estimation window" in str(
        none.summary()
    )


def test_too_few_days_left_drop_the_pair() -> None:
    known = pd.DataFrame({"event_id": ["k", "l"], "date": DAYS[[345, 360]], "security": "S1"})
    result = fit(
        [DAYS[SECOND]], estimation=(-60, -11), windows=[(-7, 7)], min_obs=25, known_events=known,
        leave_out="all_events",
    )  # fmt: skip
    assert result.attrition["reason"].tolist() == ["", "too_few_estimation_obs", "", ""]
    assert result.attrition["n_estimation"].tolist() == [50, 22, 50, 50]


def test_nothing_to_leave_out_changes_nothing() -> None:
    alone = EVENTS[:1]
    for kind in ("own_events", "all_events", [DAYS[690]]):
        pd.testing.assert_frame_equal(
            fit(alone, leave_out=kind).car, fit(alone).car, check_exact=True
        )


def test_all_events_without_known_events_says_what_it_leaves_out() -> None:
    said = "leave_out='all_events' is the study's own events, without known_events."
    assert said in fit(leave_out="all_events").notes


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("others", "leave_out='others' is not known; choose from 'nothing', 'own_events'"),
        (None, "leave_out=None is not known"),
        (["2031-01-06"], "leave_out: none of them falls on a session of returns"),
        ([], "leave_out is empty"),
        ([3], "leave_out, a list of dates: in row 0"),
    ],
)
def test_what_is_left_out_must_be_events(given: Any, words: str) -> None:
    assert words in refusal(leave_out=given)
