"""When the market learned: timing curves, their confidence sets, run-ups and lead shares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.chance.p_values import confidence_p
from rareearth_research.eventstudy.chance.placebo import placebo
from rareearth_research.eventstudy.questions.anticipation import anticipation
from rareearth_research.eventstudy.questions.timing_curve import timing_curve
from rareearth_research.eventstudy.study import EventStudy

SESSIONS = pd.bdate_range("2018-01-01", periods=1000)
AT = 700


def synthetic_returns(jumps=(), seed=0, n=12):
    """Returns with a common jump at each (session, size)."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, len(SESSIONS))
    common = 0.005 * rng.normal(size=(len(SESSIONS), 1))
    u = common + 0.016 * rng.normal(size=(len(SESSIONS), n))
    for position, size in jumps:
        u[position] += size
    frame = pd.DataFrame(market[:, None] + u, SESSIONS, [f"S{i}" for i in range(n)])
    return frame.assign(MKT=market)


def study(jumps=(), seed=0, at=(AT,), window=(0, 0), n=12):
    returns = synthetic_returns(jumps, seed, n)
    return EventStudy(returns, SESSIONS[list(at)], benchmark="MKT", windows=[window], tests=["bmp"])


def test_news_three_sessions_early_is_dated_there():
    curve = timing_curve(study([(AT - 3, 0.10)]))
    assert curve.confidence_set == (-3,)
    assert curve.peak == -3
    assert curve.p_any < 0.01
    row = curve.table.set_index("shift").loc[-3]
    assert row["session"] == SESSIONS[AT - 3]
    assert row["p_value"] < 0.01 < row["p_timing"]
    assert "-3" in curve.finding


def test_a_longer_response_window_dates_less_sharply():
    curve = timing_curve(study([(AT, 0.10)]), window=(-1, 1))
    assert set(curve.confidence_set) == {-1, 0, 1}  # the windows that hold session 0


def test_without_a_reaction_every_session_is_in_the_set():
    curve = timing_curve(study(seed=2))
    assert len(curve.confidence_set) == 41
    assert "do not say when" in curve.finding


def test_two_reactions_leave_an_empty_set():
    curve = timing_curve(study([(AT - 8, 0.10), (AT + 5, -0.10)]))
    assert curve.confidence_set == ()
    assert "no single session" in curve.finding


def test_every_point_of_the_curve_is_a_study_at_that_session():
    curve = timing_curve(study([(AT, 0.05)]), shifts=(-5, 5))
    assert curve.estimation == (-265, -16)
    returns = synthetic_returns([(AT, 0.05)])
    for shift in (-5, 0, 4):
        # the same estimation sessions, counted from the moved event
        moved = EventStudy(
            returns,
            [SESSIONS[AT + shift]],
            benchmark="MKT",
            windows=[(0, 0)],
            estimation=(-265 - shift, -16 - shift),
            tests=["bmp"],
        ).fit()
        row = curve.table.set_index("shift").loc[shift]
        assert row["statistic"] == pytest.approx(moved.table["statistic"].iloc[0])
        assert row["caar"] == pytest.approx(moved.car["car"].mean())


def test_the_set_follows_its_definition():
    rng = np.random.default_rng(1)
    observed, null = np.abs(rng.normal(size=7)), np.abs(rng.normal(size=(200, 7)))
    p = confidence_p(observed, null, width=2)
    others = [0, 1, 5, 6]  # of candidate 3: those at least two sessions away
    exceed = (null[:, others].max(axis=1) >= observed[others].max()).sum()
    assert p[3] == (1 + exceed) / 201


def test_crowded_calendars_fall_back_to_single_sessions_and_say_so():
    crowd = list(SESSIONS[150:980:15])
    curve = timing_curve(study([(AT - 3, 0.10)]), exclude_near=crowd)
    assert not curve.stretches
    assert "drawn one by one" in curve.note
    assert curve.confidence_set == (-3,)


def test_several_events_share_one_curve():
    curve = timing_curve(study([(550, 0.08), (701, 0.08)], at=(549, 700)))
    assert curve.confidence_set == (1,)
    assert curve.table["session"].isna().all()


def test_scale_and_sign_do_not_change_the_set():
    returns = synthetic_returns([(AT - 1, 0.05)])
    sets = [
        timing_curve(
            EventStudy(
                factor * returns, [SESSIONS[AT]], benchmark="MKT", windows=[(0, 0)], tests=["bmp"]
            )
        ).table["p_timing"]
        for factor in (1.0, -0.5)
    ]
    assert sets[0].to_numpy() == pytest.approx(sets[1].to_numpy())


@pytest.mark.simulation
def test_the_confidence_set_holds_the_true_session_at_its_rate():
    rng = np.random.default_rng(3)
    held = []
    for seed in range(150):
        true = int(rng.integers(-5, 6))
        curve = timing_curve(study([(AT + true, 0.03)], seed=100 + seed), level=0.10)
        held.append(true in curve.confidence_set)
    assert 0.83 <= np.mean(held) <= 0.97  # nominal 90 %, 150 studies


def test_a_run_up_is_found_and_its_share_of_the_whole_reported():
    result = anticipation(study([(AT - 2, 0.06), (AT, 0.06)], window=(0, 1)), 5)
    table = result.table.set_index("lead")
    assert table.loc[2, "p_value"] < 0.01
    assert table.loc[1, "p_value"] > 0.05
    assert table.loc[2, "lead_share"] == pytest.approx(0.5, abs=0.15)
    assert result.until == 1
    assert (table["p_romano_wolf"] >= table["p_value"]).all()


def test_no_share_is_given_where_nothing_moved():
    table = anticipation(study(seed=2), 3).table
    assert table["lead_share"].isna().all()
    assert table["note"].str.contains("not distinguishable from zero").all()


def test_leads_agree_with_a_placebo_on_the_same_window():
    given = study([(AT - 1, 0.03)])
    by_lead = anticipation(given, [1, 4]).table.set_index("lead")
    assert list(by_lead["window"]) == ["[-1, -1]", "[-4, -1]"]
    alone = placebo(given, windows=[(-4, -1)]).table.iloc[0]
    assert by_lead.loc[4, "statistic"] == pytest.approx(alone["statistic"])


def test_the_estimation_window_ends_before_the_longest_lead():
    assert anticipation(study(), 20).estimation == (-270, -21)
    assert anticipation(study(), 5).estimation == (-260, -11)


def test_bad_requests_are_refused_in_words():
    with pytest.raises(SpecificationError, match="before the event"):
        anticipation(study(), 0)
    with pytest.raises(SpecificationError, match="lies before"):
        anticipation(study(), 3, until=-2)
    with pytest.raises(SpecificationError, match="must run from"):
        timing_curve(study(), shifts=(1, 20))
    with pytest.raises(SpecificationError, match="too few sessions"):
        timing_curve(study(window=(-1, 1)), shifts=(-2, 2))
    with pytest.raises(SpecificationError, match="level"):
        timing_curve(study(), level=5)


def test_shifts_beyond_the_data_are_said_in_words():
    late = len(SESSIONS) - 6
    curve = timing_curve(study([(late, 0.10)], at=(late,)))
    assert "15 of 41 shifts lie beyond the data" in curve.note
    assert curve.table["statistic"].isna().sum() == 15
    assert 0 in curve.confidence_set
    assert -10 not in curve.confidence_set


def test_without_placebo_sessions_there_is_no_set():
    curve = timing_curve(study(), exclude_near=list(SESSIONS))
    assert curve.confidence_set == ()
    assert curve.finding == "No placebo, no confidence set."
    assert "load a longer history" in curve.note


@pytest.mark.parametrize("leads", [b"zzz", "20", {5}, []])
def test_what_is_no_list_of_leads_is_not_taken_apart(leads):
    with pytest.raises(SpecificationError, match="leads must be a whole number or a list"):
        anticipation(study(), leads=leads, n=49)
