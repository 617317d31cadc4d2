"""When the market learned: timing curves, their confidence sets, run-ups and lead shares."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from timing_coverage import sets

from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.chance.p_values import confidence_p
from rareearth_research.eventstudy.chance.placebo import placebo
from rareearth_research.eventstudy.questions.anticipation import anticipation
from rareearth_research.eventstudy.questions.dating.curve import timing_curve
from rareearth_research.eventstudy.questions.dating.results import COVERED
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
    assert "−3" in curve.finding


def test_a_longer_response_window_dates_less_sharply():
    curve = timing_curve(study([(AT, 0.10)]), window=(-1, 1))
    assert set(curve.confidence_set) == {-1, 0, 1}  # the windows that hold session 0


def test_the_narrowest_shifts_are_two_windows_wide():
    assert len(timing_curve(study([(AT, 0.10)]), shifts=(-1, 1)).table) == 3
    with pytest.raises(SpecificationError, match="too few sessions beside a window of 1"):
        timing_curve(study([(AT, 0.10)]), shifts=(0, 1))


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


def test_one_lead_needs_no_correction_for_others():
    table = anticipation(study([(AT - 2, 0.06), (AT, 0.02)], window=(0, 1)), [5]).table
    assert table["p_romano_wolf"].tolist() == table["p_value"].tolist()


def test_the_summary_of_a_curve_shows_the_set_the_announced_session_and_the_peak():
    curve = timing_curve(study([(AT - 3, 0.10)]))
    rows = curve.table.assign(in_set=curve.table["shift"].isin([-5, -4]))
    narrow = replace(curve, table=rows, confidence_set=(-5, -4), peak=-3)
    assert narrow.summary().table["shift"].tolist() == [-5, -4, -3, 0]
    whole = replace(curve, table=rows.assign(in_set=True), confidence_set=tuple(rows["shift"]))
    assert whole.summary().table["shift"].tolist() == [-3, 0]


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


@pytest.mark.parametrize(("window", "last"), [((0, 0), 5), ((-1, 2), 3)])
def test_half_of_the_shifts_may_lie_beyond_the_data(window, last):
    at = len(SESSIONS) - 6
    given = study(at=(at,), window=window)
    low, most = -8, 2 * last + 9  # as many shifts from `low` to `last` as from there to `most`
    table = timing_curve(given, shifts=(low, most)).table
    assert table["statistic"].isna().sum() == len(table) / 2 == last + 9
    with pytest.raises(SpecificationError) as refused:
        timing_curve(given, shifts=(low, most + 1))
    assert str(refused.value) == (
        f"shifts=({low}, {most + 1}): {last + 10} of {2 * last + 19} shifts lie beyond the data; "
        f"take shifts from {low} to {last}"
    )


def test_without_placebo_sessions_there_is_no_set():
    curve = timing_curve(study(), exclude_near=list(SESSIONS))
    assert curve.confidence_set == ()
    assert curve.finding == "No placebo, no confidence set."
    assert "load a longer history" in curve.note


@pytest.mark.parametrize("leads", [b"zzz", "20", {5}, []])
def test_what_is_no_list_of_leads_is_not_taken_apart(leads):
    with pytest.raises(SpecificationError, match="leads must be a whole number or a list"):
        anticipation(study(), leads=leads, n=49)


def against(curve, shift):
    return curve.table.set_index("shift").loc[shift]


def test_a_reversal_does_not_speak_against_the_announcement_where_the_direction_is_known():
    given = study([(AT, 0.08), (AT + 5, -0.12)])
    blind, informed = timing_curve(given), timing_curve(given, direction="up")
    assert 0 not in blind.confidence_set
    assert blind.finding.startswith("The announced session is rejected: at +5")
    assert "fell by" in blind.finding
    assert informed.confidence_set == (0,)
    assert "if the news raised prices" in informed.finding
    assert timing_curve(given, direction="down").confidence_set == (5,)


def test_a_move_against_the_known_direction_rejects_its_own_session():
    curve = timing_curve(study([(AT, -0.12)]), direction="up")
    assert curve.confidence_set == tuple(s for s in range(-20, 21) if s != 0)
    assert "rejected: there the securities fell" in curve.finding
    assert "News that raised prices is not seen so." in curve.finding


@pytest.mark.parametrize("sign", [1, -1])
def test_with_a_direction_the_set_follows_its_definition(sign):
    rng = np.random.default_rng(2)
    observed, null = rng.normal(size=8), rng.normal(size=(300, 8))
    p = confidence_p(observed, null, 2, sign)
    for s in range(8):
        others = [o for o in range(8) if abs(o - s) >= 2]
        own = max((sign * observed[others]).max(), -sign * observed[s])
        drawn = [max((sign * row[others]).max(), -sign * row[s]) for row in null]
        assert p[s] == (1 + sum(value >= own for value in drawn)) / 301


def test_the_sessions_near_other_events_speak_against_none():
    returns = synthetic_returns([(AT, 0.10), (AT + 5, 0.10)])
    known = pd.DataFrame({"event_id": ["other"], "date": [SESSIONS[AT + 5]]})
    given = EventStudy(returns, SESSIONS[[AT]], "MKT", windows=[(0, 0)], known_events=known)
    assert timing_curve(given, leave_out_events=False).confidence_set == ()
    curve = timing_curve(given)
    assert curve.confidence_set == (0,)  # at +5 nothing is left but the move at 0
    assert curve.left_out.to_dict("list") == {"shift": [5], "event_id": ["other"], "n_pairs": [12]}
    assert np.isnan(against(curve, 5)["rival"])
    assert "the sessions +5 (other)" in " ".join(curve.summary().notes)
    named = timing_curve(
        EventStudy(returns, SESSIONS[[AT]], "MKT", windows=[(0, 0)]), leave_out_events=known
    )
    pd.testing.assert_frame_equal(named.table, curve.table)


def test_a_longer_window_meets_another_event_at_more_sessions():
    curve = timing_curve(
        study([(AT, 0.10)]), window=(-1, 1), leave_out_events=[SESSIONS[AT + 6], SESSIONS[AT]]
    )
    assert list(curve.left_out["shift"]) == [4, 5, 6, 7, 8]  # what shares session 0 is the news


def test_events_of_one_security_leave_only_that_one_out():
    one = pd.DataFrame({"event_id": ["own"], "date": [SESSIONS[AT + 5]], "security": ["S3"]})
    returns = synthetic_returns([(AT, 0.10)])
    given = EventStudy(returns, SESSIONS[[AT]], "MKT", windows=[(0, 0)])
    curve = timing_curve(given, leave_out_events=one)
    assert curve.left_out["n_pairs"].tolist() == [1]
    fewer = timing_curve(
        EventStudy(returns.drop(columns="S3"), SESSIONS[[AT]], "MKT", windows=[(0, 0)])
    )
    assert against(curve, 5)["rival"] == pytest.approx(against(fewer, 5)["statistic"], rel=1e-9)
    assert against(curve, 4)["rival"] == against(curve, 4)["statistic"]


def test_a_study_of_several_events_leaves_out_the_others_of_its_own():
    given = study([(500, 0.08), (507, 0.08), (700, 0.08)], at=(500, 507, 700))
    curve = timing_curve(given)
    assert curve.left_out.groupby("shift")["n_pairs"].sum().to_dict() == {-7: 12, 7: 12}
    apart = timing_curve(study([(500, 0.08), (507, 0.08), (700, 0.08)], at=(507, 700)))
    rival = against(curve, 7)["rival"]  # of the pairs of 507 and 700
    assert rival == pytest.approx(against(apart, 7)["statistic"], rel=1e-9)


def test_the_p_of_a_candidate_is_that_of_studies_at_every_session():
    """Brute force: the whole stretch studied anew around every placebo session."""
    low, high = -3, 3
    returns = synthetic_returns([(AT, 0.04)]).iloc[600:780]
    days, at = returns.index, AT - 600

    def statistics(shift):
        """√N·mean(SCAR)/sd(SCAR) of the study of every session, moved by `shift`."""
        sessions = np.arange(max(0, -shift), len(days) - max(0, shift))
        events = pd.DataFrame({"event_id": sessions.astype(str), "date": days[sessions + shift]})
        scar = EventStudy(
            returns, events, "MKT", windows=[(0, 0)], tests=["bmp"], min_obs=30,
            estimation=(-63 - shift, -14 - shift),
        ).fit().car.groupby("event_id")["scar"]  # fmt: skip
        found = np.sqrt(scar.size()) * scar.mean() / scar.std()
        return found.rename(index=int)

    curve = timing_curve(
        EventStudy(returns, [days[at]], "MKT", windows=[(0, 0)], estimation=(-60, -11),
                   min_obs=30),
        shifts=(low, high), leave_out_events=[days[at + 2]], direction="up",
    )  # fmt: skip
    stretches = pd.DataFrame({s: statistics(s) for s in range(low, high + 1)}).dropna()
    observed = stretches.loc[at].to_numpy()
    null = stretches[np.abs(stretches.index - at) > high - low].to_numpy()
    assert len(null) == curve.n
    np.testing.assert_allclose(curve.table["statistic"], observed, rtol=1e-9)
    for k, row in curve.table.iterrows():
        others = [j for j in range(7) if j not in (k, 5)]
        own = -np.inf if k == 5 else -observed[k]
        largest = max(observed[others].max(), own)
        drawn = np.maximum(null[:, others].max(axis=1), -np.inf if k == 5 else -null[:, k])
        assert row["p_timing"] == pytest.approx((1 + (drawn >= largest).sum()) / (1 + curve.n))


def test_a_rejected_announcement_is_the_first_thing_said_and_drawn():
    curve = timing_curve(study([(AT - 4, 0.10)]))
    assert curve.finding.startswith("The announced session is rejected: at −4 (")
    assert f"none of {curve.n} stretches without the event" in curve.finding
    assert curve.summary().headline == curve.finding
    fig = curve.plot()
    assert fig.get_suptitle().replace("\n", " ") == curve.finding
    plt.close(fig)


def test_the_fall_in_the_sentence_is_compounded():
    curve = timing_curve(study([(AT + 3, -0.20)]))
    fall = -np.expm1(against(curve, 3)["caar"])
    assert f"fell by {100 * fall:.1f} % on average" in curve.finding


@pytest.mark.parametrize("design", ["one date", "six dates"])
@pytest.mark.simulation
def test_the_stated_coverage_is_that_of_the_simulation(design):
    for volatility, replications in {1.0: 60, 2.0: 150}.items():
        held = [held for held, _ in sets(design, volatility, None, replications, seed=7)]
        stated = COVERED[design][volatility]
        error = np.sqrt(stated * (1 - stated) / replications)
        assert 3 * error < 0.13
        assert np.mean(held) == pytest.approx(stated, abs=0.13)
