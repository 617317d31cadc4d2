"""What would have been found: the size of breaks, stretches and gaps beside every null."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from arch.unitroot import VarianceRatio
from scipy.stats import norm

import rareearth_research as rer
from rareearth_research.dynamics.belief import detectable, rank, unusual_from
from rareearth_research.dynamics.breaks import guard
from rareearth_research.dynamics.breaks.guard import cut
from rareearth_research.dynamics.breaks.nearest import break_reach, found_from
from rareearth_research.dynamics.segments.pulses import pulse
from rareearth_research.dynamics.variance.ratio import variance_ratio
from tests.support.break_series import MONTHS, synthetic_shift, synthetic_walk


def line(rows: int) -> np.ndarray:
    return np.column_stack([np.ones(rows), np.arange(rows)]).astype(float)


def test_of_normal_placebos_it_is_the_textbook_sum_of_quantiles():
    moved = np.abs(np.random.default_rng(0).normal(size=200_000))
    assert unusual_from(moved) == pytest.approx(norm.ppf(0.975), abs=0.02)
    assert unusual_from(moved, 0.8) == pytest.approx(norm.ppf(0.9), abs=0.02)
    assert [unusual_from(np.arange(n)) for n in (38, 39)] == [37, 37]  # 1 in 39, 2 in 40
    assert detectable(moved) == pytest.approx(norm.ppf(0.975) + norm.ppf(0.8), abs=0.02)


@pytest.mark.parametrize(("placebos", "within"), [(18, False), (19, True), (39, True)])
def test_fewer_than_nineteen_placebos_put_five_per_cent_out_of_reach(placebos, within):
    moved = np.arange(placebos, dtype=float)
    limit = unusual_from(moved)
    assert np.isfinite([limit, detectable(moved)]).tolist() == [within, within]
    if within:  # a statistic at the limit has at most 5 % as large, its own counted
        assert (1 + (moved >= limit).sum()) / (1 + placebos) <= 0.1
        assert (1 + (moved > limit).sum()) / (1 + placebos) <= 0.05


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("placebos", [0, 4, 9, 19, 67, 298])
def test_an_interval_by_other_dates_leaves_out_zero_exactly_where_the_rank_is_unusual(
    placebos, level
):
    moved = np.abs(np.random.default_rng(placebos).normal(size=placebos))
    reach = unusual_from(moved, level)
    for own in [*moved, *(moved + 1e-6), 0.0, 9.0]:
        assert (own > reach) == (rank(moved, own) <= 1 - level + 1e-12)


@pytest.mark.parametrize("steps", [2, 4, 8])
def test_variance_ratio_is_that_of_arch(steps):
    prices = synthetic_walk(3, 200).to_numpy()
    theirs = VarianceRatio(prices, lags=steps)
    ratio, error = variance_ratio(np.diff(prices), steps)
    assert ratio == pytest.approx(theirs.vr, rel=1e-9)
    assert (ratio - 1) / error == pytest.approx(theirs.stat, rel=1e-9)


def test_a_stretch_is_its_mean_distance_from_the_fit_to_the_rows_before():
    values = np.random.default_rng(1).normal(size=60) + 0.1 * np.arange(60)
    found = pulse(values, line(60), 50, 4, gap=3)
    before = np.polyfit(np.arange(47), values[:47], 1)
    assert found.effect == pytest.approx(
        (values[50:54] - np.polyval(before, np.arange(50, 54))).mean(), abs=0.2
    )
    alone = pulse(values, line(60), 47, 1)
    assert alone.effect == pytest.approx(values[47] - np.polyval(before, 47), rel=1e-9)


def test_stretches_are_ranked_among_earlier_ones_that_do_not_reach_into_it():
    values = np.random.default_rng(2).normal(size=80)
    values[70:73] += 10
    found = pulse(values, line(80), 70, 3, gap=2)
    assert found.n_placebo == len(range(2 + 6 + 2, 70 - 2 - 3 + 1))
    assert found.p_value == 1 / (1 + found.n_placebo)
    assert found.unusual_from < found.detectable < found.effect


@pytest.mark.parametrize("gap", [0, 3])
def test_stretches_have_the_t_of_a_dummy_beside_the_rows_before_them(gap):
    values = np.random.default_rng(6).normal(size=50) * np.linspace(1, 4, 50)
    found, t = pulse(values, line(50), 44, 3, gap=gap), []
    for start in [*range(2 + 6 + gap, 44 - gap - 3 + 1), 44]:
        at = [*range(start - gap), *range(start, start + 3)]
        dummy = (np.array(at) >= start).astype(float)
        fit = sm.OLS(values[at], np.column_stack([line(50)[at], dummy])).fit()
        t.append(abs(fit.tvalues[-1]))
    *moved, own = t
    assert found.n_placebo == len(moved)
    assert found.effect == pytest.approx(fit.params[-1], rel=1e-9)
    assert found.p_value == (1 + sum(one >= own for one in moved)) / (1 + len(moved))
    assert found.unusual_from == pytest.approx(unusual_from(moved) * fit.bse[-1], rel=1e-9)
    assert found.detectable == pytest.approx(detectable(moved) * fit.bse[-1], rel=1e-9)
    small = pulse(1e-3 * values, line(50), 44, 3, gap=gap)  # another unit is another scale alone
    assert small.p_value == found.p_value
    assert small.unusual_from == pytest.approx(1e-3 * found.unusual_from, rel=1e-9)


@pytest.mark.simulation
def test_where_nothing_happened_stretches_are_unusual_in_one_of_twenty():
    rng = np.random.default_rng(3)
    unusual = [pulse(rng.normal(size=90), line(90), 80, 3).p_value <= 0.05 for _ in range(400)]
    assert 0.02 <= np.mean(unusual) <= 0.07


@pytest.mark.simulation
def test_a_stretch_as_far_as_said_to_be_detectable_is_found_in_about_four_of_five():
    rng, found = np.random.default_rng(4), []
    for _ in range(200):
        values = rng.normal(size=90)
        size = pulse(values, line(90), 80, 3).detectable
        again = rng.normal(size=90)
        again[80:83] += size
        found.append(pulse(again, line(90), 80, 3).p_value <= 0.05)
    assert 0.7 <= np.mean(found) <= 0.9


def test_larger_shifts_are_found_more_often_and_placed_less_often_than_found():
    breaks = rer.find_breaks(synthetic_shift(0.0))
    reach = break_reach(breaks, MONTHS[40:120:10])
    assert (reach["found"].diff().dropna() >= 0).all()
    assert (reach["placed"] <= reach["found"]).all()
    assert reach["found"].iloc[-1] > 0.95
    np.testing.assert_allclose(
        reach["shift"], np.array([0.5, 1, 1.5, 2]) * breaks.series.values.std()
    )
    size = found_from(reach)
    assert reach["shift"].iloc[0] <= size <= reach["shift"].iloc[-1]


def test_breaks_that_no_tried_shift_would_show_are_said_to_be_out_of_reach():
    reach = break_reach(rer.find_breaks(synthetic_shift(0.0)), MONTHS[:3])  # no room on one side
    assert found_from(reach.assign(found=0.5)) == np.inf
    shifts = reach["shift"].to_numpy()
    found = found_from(reach.assign(found=[0.1, 0.3, 0.7, 0.9]))
    assert found == pytest.approx(shifts[2:].mean())


def test_near_breaks_are_counted_in_the_series_and_in_those_drawn():
    breaks = rer.find_breaks(synthetic_shift(1.5))
    first = breaks.regimes.parts.breaks[breaks.n_breaks][0]
    days = breaks.series.days().to_numpy()
    found = rer.nearest_policy(breaks, [str(days[first[0]])[:10]])
    assert found.near == 1
    apart = np.abs(days[breaks.guard.breaks[breaks.n_breaks]] - days[first[0]])
    assert list(found.drawn_near) == list((apart <= np.timedelta64(31, "D")).sum(axis=1))


def test_breaks_are_planted_in_the_rows_that_hold_the_dates_and_counted_by_hand(monkeypatch):
    breaks = rer.find_breaks(synthetic_shift(0.0), max_breaks=1)
    least, days = breaks.regimes.least, MONTHS.to_numpy()
    mid_month = [
        MONTHS[row] + np.timedelta64(9, "D") for row in (least - 1, least, 77, 160 - least)
    ]
    drawn = breaks.regimes.null.draw(99, rng := np.random.default_rng([0, 2]))
    at = rng.choice([least, 77, 160 - least], 99)  # what leaves no regime before it is left out
    expected, looked = [], []
    for size in np.array([0.5, 1, 1.5, 2]) * breaks.regimes.y.std():
        planted = drawn + size * np.array([[row >= start for start in at] for row in range(160)])
        counts, parts, largest = cut(planted, breaks.regimes.x, least, 1)
        near = [
            any(abs(days[row] - days[at[b]]) <= np.timedelta64(31, "D") for row in parts[m][b])
            for b, m in enumerate(counts)
        ]
        looked.append(largest)
        expected.append((largest, np.array(near)))
    limit = np.sort(looked[2])[10]  # a statistic as large is not significant
    other = replace(breaks.guard, largest=np.arange(101) - 95 + limit)
    monkeypatch.setitem(breaks.__dict__, "guard", other)
    table = break_reach(breaks, mid_month)
    found = [(one > limit).mean() for one, _ in expected]
    placed = [((one > limit) & near).mean() for one, near in expected]
    assert table["found"].tolist() == pytest.approx(found)
    assert table["placed"].tolist() == pytest.approx(placed)


@pytest.mark.filterwarnings("ignore:.*as persistent as the level")
def test_series_are_cut_alike_together_and_one_by_one(monkeypatch):
    drawn = np.random.default_rng(2).normal(size=(160, 3)).cumsum(axis=0)
    alone = [rer.find_breaks(pd.Series(drawn[:, b], MONTHS), 2) for b in range(3)]
    for cells in (guard.CELLS, 160**2 * 2, 1):
        monkeypatch.setattr(guard, "CELLS", cells)
        counts, parts, largest = cut(drawn, np.ones((160, 1)), 24, 2)
        assert counts.tolist() == [one.n_breaks for one in alone]
        np.testing.assert_allclose(largest, [one.regimes.statistic for one in alone], rtol=1e-9)
        own = [one.regimes.parts.breaks[2][0].tolist() for one in alone]
        assert [len(rows) for rows in parts] == [3, 3, 3]
        assert parts[2].tolist() == own


def test_dates_that_leave_no_regime_are_replaced_by_every_row_that_does():
    breaks = rer.find_breaks(synthetic_shift(0.0), max_breaks=1)
    inner = MONTHS[breaks.regimes.least : 160 - breaks.regimes.least + 1]
    outer = [MONTHS[0], MONTHS[breaks.regimes.least - 1], MONTHS[160 - breaks.regimes.least + 1]]
    pd.testing.assert_frame_equal(break_reach(breaks, outer), break_reach(breaks, inner))
    assert not break_reach(breaks, inner[:1]).equals(break_reach(breaks, inner))


@pytest.mark.parametrize(("share", "size"), [(0.8, 2.0), (0.79, np.inf)])
def test_four_draws_of_five_are_enough(share, size):
    reach = pd.DataFrame({"shift": [0.5, 1.0, 1.5, 2.0], "placed": [0.1, 0.3, 0.2, share]})
    assert found_from(reach, "placed") == size
