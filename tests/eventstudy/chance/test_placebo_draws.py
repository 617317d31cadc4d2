"""Moving event dates: which sessions are admissible, and what is pooled there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth_research.eventstudy.chance.dates import Pairs, linked_dates
from rareearth_research.eventstudy.chance.draws import draw, statistic_of
from rareearth_research.eventstudy.chance.joint import JointDraws
from rareearth_research.eventstudy.chance.p_values import placebo_p

SESSIONS = pd.bdate_range("2020-01-01", periods=120)


def one_market(positions, rows=None, sessions=SESSIONS):
    rows = np.arange(len(positions)) if rows is None else np.asarray(rows)
    zero = np.zeros(len(rows), dtype=np.int64)
    return Pairs((sessions,), zero, zero, rows, np.asarray(positions))


def scars(n=4, size=120, n_windows=1, seed=0):
    return np.random.default_rng(seed).normal(size=(n_windows, n, size))


def by_hand(x):
    return np.sqrt(len(x)) * x.mean() / x.std(ddof=1)


def test_a_single_date_is_moved_to_every_admissible_session():
    x = scars()
    result = draw(one_market([60] * 4), [x], reach=(-1, 3))
    free = np.array([t for t in range(120) if abs(t - 60) > 4])
    assert (result.exact, result.split) == (True, False)
    assert list(result.sessions) == list(SESSIONS[free])
    assert result.observed[0] == pytest.approx(by_hand(x[0, :, 60]))
    assert result.values[:, 0] == pytest.approx([by_hand(x[0, :, t]) for t in free])


def test_windows_of_other_events_are_avoided_and_no_more():
    others = np.array([[-1, 2, 7], [20, 90, 100]])  # of all, of one here, of none here
    result = draw(one_market([60] * 4), [scars()], reach=(0, 2), avoid=[others])
    gone = sorted(set(range(120)) - {SESSIONS.get_loc(s) for s in result.sessions})
    assert gone == [18, 19, 20, 21, 22, 58, 59, 60, 61, 62, 88, 89, 90, 91, 92]


def test_events_of_other_securities_only_are_no_obstacle():
    zero = np.zeros(2, dtype=int)
    pairs = Pairs((SESSIONS,), np.array([0, 1]), zero, np.array([0, 1]), np.array([40, 80]))
    result = draw(pairs, [scars(2)], statistic="scar", reach=(0, 0), n=20)
    assert 80 in result.pools[0]
    assert 40 not in result.pools[0]
    assert 40 in result.pools[1]


def test_sessions_where_securities_are_missing_are_not_used():
    x = scars(n=5)
    x[0, :2, 30] = np.nan  # 3 of 5 left: less than four fifths
    x[0, 0, 31] = np.nan  # 4 of 5 left
    result = draw(one_market([60] * 5), [x], reach=(0, 0))
    assert SESSIONS[30] not in result.sessions
    at = list(result.sessions).index(SESSIONS[31])
    assert result.values[at, 0] == pytest.approx(by_hand(x[0, 1:, 31]))
    x[0, :, [30, 31]] = np.nan  # one and none
    x[0, 3, 30] = 1.0
    fewest = draw(one_market([60] * 5), [x], statistic="caar", reach=(0, 0), coverage=0.0)
    assert SESSIONS[30] in fewest.sessions
    assert SESSIONS[31] not in fewest.sessions


def test_exchanges_keep_the_order_in_which_they_saw_the_news():
    away = SESSIONS.delete([10, 11, 70])  # another calendar with its own holidays
    first, second = scars(2, seed=1), scars(2, len(away), seed=2)
    # session 0 is SESSIONS[60] at home and the day after it away
    position = [60, 60, away.get_loc(SESSIONS[61]), away.get_loc(SESSIONS[61])]
    pairs = Pairs(
        (SESSIONS, away),
        np.zeros(4, dtype=int),
        np.array([0, 0, 1, 1]),
        np.array([0, 1, 0, 1]),
        np.array(position),
    )
    result = draw(pairs, [first, second], reach=(0, 0))
    for anchor, placed in ((40, SESSIONS[41]), (69, SESSIONS[71]), (9, SESSIONS[12])):
        expected = np.r_[first[0, :, anchor], second[0, :, away.get_loc(placed)]]
        at = list(result.sessions).index(SESSIONS[anchor])
        assert result.values[at, 0] == pytest.approx(by_hand(expected))


def test_several_dates_move_independently_and_reproducibly():
    x = scars(3)
    events = np.repeat([0, 1], 3)
    zero = np.zeros(6, dtype=np.int64)
    pairs = Pairs((SESSIONS,), events, zero, np.tile([0, 1, 2], 2), np.repeat([40, 80], 3))
    result = draw(pairs, [x], reach=(-1, 1), n=200, seed=5)
    assert not result.exact
    assert result.sessions is None
    assert result.observed[0] == pytest.approx(by_hand(np.r_[x[0, :, 40], x[0, :, 80]]))
    assert len(result.values) == len(np.unique(result.values)) < 200  # some were drawn twice
    again = draw(pairs, [x], reach=(-1, 1), n=200, seed=5)
    np.testing.assert_array_equal(result.values, again.values)
    other = draw(pairs, [x], reach=(-1, 1), n=200, seed=6)
    assert not np.isin(other.values, result.values).all()
    usual = draw(pairs, [x], reach=(-1, 1), seed=5)
    np.testing.assert_array_equal(
        usual.values, draw(pairs, [x], reach=(-1, 1), n=999, seed=5).values
    )


@given(places=st.lists(st.integers(1, 4), min_size=1, max_size=3), draws=st.integers(1, 60))
def test_a_set_of_dates_counts_once_however_often_it_is_drawn(places, draws):
    rng = np.random.default_rng(draws)
    chosen = {date: rng.integers(0, n, draws) for date, n in enumerate(places)}
    size = np.sum([10.0**date * moved for date, moved in chosen.items()], axis=0)
    drawn = JointDraws(np.append(1e9, size)[:, None], np.empty((0, 1)), min(places), chosen,
                       ({date: date for date in chosen},))  # fmt: skip
    own, others = drawn.of(0)
    assert list(own) == [1e9]
    assert sorted(others) == sorted(set(size))
    p, n = placebo_p(own, others[:, None])
    assert n[0] <= np.prod(places)
    assert p[0] == 1 / (1 + len(set(size)))


def test_every_draw_of_several_dates_pools_two_admissible_sessions():
    x = np.arange(120.0)[None, None, :]  # each session's value is its own number
    pairs = Pairs(
        (SESSIONS,), np.array([0, 1]), np.zeros(2, int), np.zeros(2, int), np.array([40, 80])
    )
    result = draw(pairs, [x], statistic="caar", reach=(0, 0), n=500)
    doubled = np.rint(2 * result.values[:, 0]).astype(int)
    assert result.values[:, 0] * 2 == pytest.approx(doubled)
    assert doubled.min() >= 0
    assert doubled.max() <= 2 * 119


def test_dates_with_overlapping_windows_form_one_group():
    zero = np.zeros(5, dtype=int)
    pairs = Pairs((SESSIONS,), np.arange(5), zero, zero, np.array([10, 12, 30, 33, 36]))
    assert list(linked_dates(pairs, (0, 2))) == [10, 10, 30, 33, 36]
    assert list(linked_dates(pairs, (-1, 2))) == [10, 10, 30, 30, 30]


def test_overlapping_events_move_at_their_distance():
    x = np.arange(120.0)[None, None, :]
    zero = np.zeros(2, dtype=int)
    pairs = Pairs((SESSIONS,), np.array([0, 1]), zero, zero, np.array([40, 43]))
    result = draw(pairs, [x], statistic="caar", reach=(0, 3), coverage=1.0)
    assert result.exact
    at = SESSIONS.get_indexer(result.sessions)
    assert result.values[:, 0] == pytest.approx(at + 1.5)  # sessions t and t + 3


def test_a_group_without_room_is_split_and_said_so():
    zero = np.zeros(2, dtype=int)
    pairs = Pairs((SESSIONS,), np.array([0, 1]), zero, zero, np.array([40, 59]))
    result = draw(pairs, [scars(1)], statistic="scar", reach=(-10, 10), n=30)
    assert result.split
    assert len(result.pools) == 2


@pytest.mark.parametrize(("size", "split"), [(115, False), (114, True)])
def test_a_group_needs_ninety_nine_places_to_move_as_one(size, split):
    zero, x = np.zeros(2, dtype=int), np.arange(float(size))[None, None, :]
    pairs = Pairs((SESSIONS[:size],), np.array([0, 1]), zero, zero, np.array([40, 43]))
    result = draw(pairs, [x], statistic="caar", reach=(0, 3), coverage=1.0, n=5)
    assert result.split == split  # 34 to 46 meet the events, and the last three hold no second one
    assert [len(pool) for pool in result.pools] == ([size - 16] if not split else [size - 10] * 2)


def test_events_of_one_session_move_together():
    x = scars(3)
    pairs = Pairs(
        (SESSIONS,), np.repeat([0, 1], 3), np.zeros(6, int), np.tile([0, 1, 2], 2), np.full(6, 50)
    )
    assert draw(pairs, [x], reach=(0, 0)).exact


def test_fewer_draws_than_sessions_are_a_seeded_sample_without_repeats():
    result = draw(one_market([60] * 4), [scars()], reach=(0, 0), n=50, seed=1)
    assert len(result.sessions) == 50
    assert result.sessions.is_unique
    assert not result.exact


def test_no_admissible_session_gives_no_draws():
    result = draw(one_market([60] * 4), [scars()], reach=(-120, 120))
    assert result.values.shape == (0, 1)
    assert len(result.pools[0]) == 0


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 30), st.floats(0.1, 100), st.booleans(), st.integers(0, 10_000))
def test_the_statistic_is_scale_free_odd_and_that_of_its_definition(n, scale, flip, seed):
    x = np.random.default_rng(seed).normal(0.3, 1.0, n)
    factor = -scale if flip else scale

    def moments(v):
        return np.array([float(len(v)), v.sum(), (v * v).sum()])

    value = float(statistic_of(moments(x), "bmp"))
    assert value == pytest.approx(by_hand(x), rel=1e-9)
    assert float(statistic_of(moments(factor * x), "bmp")) == pytest.approx(
        np.sign(factor) * value, rel=1e-9
    )


def test_one_security_has_no_dispersion():
    one = np.array([1.0, 2.0, 4.0])
    assert np.isnan(statistic_of(one, "bmp"))
    assert statistic_of(one, "scar") == 2.0
