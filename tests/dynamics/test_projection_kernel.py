"""What local projections are computed from, piece by piece, as loops and statsmodels have it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import norm

import rareearth_research as rer
from rareearth_research.dynamics import belief
from rareearth_research.dynamics.belief import detectable, rank, unusual_from
from rareearth_research.dynamics.projection import kernel
from rareearth_research.dynamics.projection.results import LocalProjection, tabulate
from rareearth_research.dynamics.regression import bartlett, least_squares, sup_t
from rareearth_research.dynamics.series import check_series
from rareearth_research.errors import DataError, SpecificationError

MONTHS = pd.date_range("2000-01-01", periods=400, freq="MS")
RNG = np.random.default_rng(12)
VALUES, EXTRA = RNG.normal(size=(30, 2)).cumsum(axis=0), RNG.normal(size=(30, 1))


@pytest.mark.parametrize("cumulative", [False, True])
@pytest.mark.parametrize("lags", [0, 1, 3])
def test_lags_are_of_changes_or_of_the_values_and_controls_stand_beside_each_unit(
    lags: int, cumulative: bool
) -> None:
    found = kernel.lagged(VALUES, EXTRA, lags, cumulative)
    assert found.shape == (30, 2, lags + 1)
    for t in range(5, 30):
        for unit in range(2):
            own = [VALUES[t - j, unit] - VALUES[t - j - 1, unit] * cumulative
                   for j in range(1, lags + 1)]  # fmt: skip
            assert found[t, unit].tolist() == [*own, EXTRA[t, 0]]
    assert np.isnan(found[: lags + cumulative * (lags > 0), :, :lags]).any(axis=(1, 2)).all()
    assert kernel.lagged(VALUES, EXTRA[:, :0], 0, cumulative).shape == (30, 2, 0)


@pytest.mark.parametrize("units", [1, 2])
def test_regressors_of_two_states_are_each_on_in_its_own(units: int) -> None:
    shock, state, base = RNG.normal(size=(6, units)), RNG.random((6, 1)), RNG.normal(size=(6, 2, 3))
    alone, names = kernel.regressors(shock, base, None)
    both, states = kernel.regressors(shock, base, state)
    assert (names, states) == ([""], ["1", "0", "difference"])
    for t in range(6):
        for unit in range(2):
            s, on, w = shock[t, unit % units], state[t, 0], base[t, unit]
            assert alone[t, unit].tolist() == [s, *w]
            assert both[t, unit].tolist() == [s * on, s * (1 - on), on, *w * on, *w * (1 - on)]


def test_the_difference_of_states_is_the_first_less_the_second() -> None:
    coefficients, influence = np.array([5.0, 3.0, 9.0]), np.array([[1.0, 4.0, 7.0]])
    effects, moved = kernel.with_difference(coefficients, influence, 3)
    assert (effects.tolist(), moved.tolist()) == ([5, 3, 2], [[1, 4, -3]])
    effects, moved = kernel.with_difference(coefficients, influence, 1)
    assert (effects.tolist(), moved.tolist()) == ([5], [[1]])


def test_means_are_taken_out_of_units_or_of_units_and_dates() -> None:
    units = VALUES - [[VALUES[:, 0].mean(), VALUES[:, 1].mean()]]
    np.testing.assert_allclose(kernel.demean(VALUES, False), units, atol=1e-12)
    both = kernel.demean(VALUES, True)
    np.testing.assert_allclose(both, units - (units[:, :1] + units[:, 1:]) / 2, atol=1e-12)


@pytest.mark.parametrize(("units", "width"), [(1, 3), (2, 0), (2, 2)])
def test_a_moved_shock_has_effect_and_t_of_a_regression_with_it(units: int, width: int) -> None:
    rng = np.random.default_rng(units)
    shocks, at = rng.normal(size=(40, 1)), np.arange(3, 38)
    left = kernel.demean(rng.normal(size=(35, units)).cumsum(axis=0), False)
    controls = kernel.demean(rng.normal(size=(35, units, 2)), False)
    found = kernel.moved_shock(left, controls, shocks, at, 1, 2, width, False)
    assert found.shape == (2, 35)  # three rows or more from the true dates, either way
    time = np.repeat(np.arange(35), units)
    hac = {"time": time, "maxlags": width, "use_correction": False, "df_correction": False}
    for place, shift in enumerate(range(3, 38)):
        moved = np.array([shocks[(row - shift) % 40, 0] for row in at])
        x = np.column_stack([np.repeat(moved - moved.mean(), units), controls.reshape(-1, 2)])
        fit = sm.OLS(left.ravel(), x).fit(cov_type="hac-groupsum", cov_kwds=hac)
        assert found[:, place] == pytest.approx([fit.params[0], fit.tvalues[0]], rel=1e-8)


def test_at_most_299_shifts_evenly_spread_are_tried_and_none_beside_means_of_dates() -> None:
    rng = np.random.default_rng(0)
    shocks, at, left = rng.normal(size=(400, 1)), np.arange(1, 398), rng.normal(size=(397, 1))
    controls = np.ones((397, 1, 1))
    found = kernel.moved_shock(left, controls, shocks, at, 2, 2, 3, False)[0]
    shifts = np.linspace(3, 397, 299).astype(int)
    assert len(found) == 299
    for place in (0, 1, 150, 298):
        moved = shocks[(at - shifts[place]) % 400, 0]
        slope = np.polyfit(moved, left[:, 0], 1)[0]
        assert found[place] == pytest.approx(slope, rel=1e-9)
    assert kernel.moved_shock(left, controls, shocks, at, 2, 2, 3, True).shape == (2, 0)
    few = kernel.moved_shock(left[:3], controls[:3], shocks[:5], at[:3], 2, 2, 3, False)
    assert few.shape == (2, 0)


def tabulated(shocks: int, effects: Any = (1.0, 3.0), has_state: bool = False) -> LocalProjection:
    columns = ["horizon", "state", "effect", "se", "n", "n_shocks", "lags"]
    table = pd.DataFrame(
        [
            (h, "", e, s, 60 - h, shocks, h + 1)
            for h, (e, s) in enumerate(zip(effects, (0.5, 2.0), strict=True))
        ],
        columns=columns,
    )
    even = check_series("y", pd.Series(VALUES[:, 0], MONTHS[:30], name="y"))
    return tabulate(table, [2.5], list(TRIED), 0.9, even, has_state, ("remark",))


TRIED = np.random.default_rng(4).normal(size=(2, 2, 25))  # horizon; effect and t; shift
TRIED[:, 0] *= [[0.7], [2.2]]


@pytest.mark.parametrize("shocks", [9, 10])
def test_the_table_is_by_formula_and_by_other_dates_of_effects_where_shocks_are_few(
    shocks: int,
) -> None:
    found, z = tabulated(shocks), norm.ppf(0.95)
    table, se, effect = found.table, np.array([0.5, 2.0]), np.array([1.0, 3.0])
    for sign, end in ((-1, "lower"), (1, "upper")):
        np.testing.assert_allclose(table[end], effect + sign * z * se, rtol=1e-12)
        np.testing.assert_allclose(table[f"joint_{end}"], effect + sign * 2.5 * se, rtol=1e-12)
    np.testing.assert_allclose(table["p_value"], 2 * norm.sf(effect / se), rtol=1e-12)
    spread = TRIED[:, 0].std(axis=1) if shocks < 10 else se
    t = np.abs(TRIED[:, 0] / spread[:, None]) if shocks < 10 else np.abs(TRIED[:, 1])
    for h in range(2):
        row, own = table.iloc[h], effect[h] / spread[h]
        assert row["placebo_p"] == rank(t[h], own)
        away = spread[h] * unusual_from(t[h], 0.9)
        assert row["placebo_lower"] == pytest.approx(effect[h] - away, rel=1e-12)
        assert row["placebo_upper"] == pytest.approx(effect[h] + away, rel=1e-12)
        assert row["detectable"] == pytest.approx(spread[h] * detectable(t[h]), rel=1e-12)
    assert found.placebo_p == rank(t.max(axis=0), (effect / spread).max())
    assert found.coverage == pytest.approx((np.abs(TRIED[:, 1]) <= z).mean(), rel=1e-12)
    hac = sm.OLS((np.abs(TRIED[:, 1]) <= z).mean(axis=0), np.ones(25)).fit(
        cov_type="HAC", cov_kwds={"maxlags": 1, "use_correction": False}
    )
    assert found.coverage_se == pytest.approx(hac.bse[0], rel=1e-9)
    assert found.few == (shocks < 10)
    assert ("state" in tabulated(shocks, has_state=True).table) > ("state" in table)


def test_doubts_count_windows_apart_and_know_one_date_from_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(belief, "measured_narrow", lambda method, step: [f"{method} {step}"])
    for shocks, kind in ((1, "one date"), (3, "6 dates")):
        said = f"local_projection, {kind}, by other dates month"
        assert [line for line in tabulated(shocks)._doubts() if "local_pro" in line] == [said]
    assert not any("local_pro" in line for line in tabulated(10)._doubts())
    for rows, said in ((20, False), (19, True)):
        few = tabulated(1)
        doubts = " ".join(replace(few, table=few.table.assign(n=rows))._doubts())
        assert ("Other dates are few too: 9 windows" in doubts) == said


def test_zero_at_an_end_of_the_band_is_held_and_a_p_of_one_less_the_level_is_no_doubt() -> None:
    found, doubt = tabulated(20), "but other dates do as much"
    for lower, upper, out in (
        (0.0, 1.0, False),
        (-1.0, 0.0, False),
        (0.1, 1, True),
        (-1, -1, True),
    ):
        banded = replace(found, table=found.table.assign(joint_lower=lower, joint_upper=upper))
        assert ("leaves out zero at 0, 1" in banded.summary().headline) == out
        assert (doubt in " ".join(replace(banded, placebo_p=0.2).doubts)) == out
    at_level = replace(banded, placebo_p=0.5, level=0.5)
    assert doubt not in " ".join(at_level.doubts)


@pytest.mark.parametrize("augment", [False, True])
def test_the_joint_band_is_that_of_all_influences_together(augment: bool) -> None:
    y = np.random.default_rng(6).normal(size=70).cumsum()
    shock = np.random.default_rng(7).normal(size=70)
    found = rer.local_projection(pd.Series(y, MONTHS[:70]), pd.Series(shock, MONTHS[:70]), 2, 1,
                                 augment=augment, seed=5)  # fmt: skip
    lags, influences = 1 + augment, np.zeros((70, 3))
    for h in range(3):
        at = np.arange(lags + 1, 70 - h)
        right = np.column_stack([shock[at], *(y[at - j] - y[at - j - 1] for j in
                                              range(1, lags + 1))])  # fmt: skip
        right, left = right - right.mean(axis=0), y[at + h] - y[at - 1]
        influences[at, h] = least_squares((left - left.mean())[:, None], right[:, None])[1][:, 0]
    wide = sup_t(bartlett(influences, 0 if augment else 3), 0.9, 5)
    table = found.table
    np.testing.assert_allclose(
        table["joint_upper"], table["effect"] + wide * table["se"], rtol=1e-9
    )


@pytest.mark.parametrize(("rows", "enough"), [(26, True), (25, False)])
def test_twenty_rows_more_than_regressors_and_their_mean_are_needed(
    rows: int, enough: bool
) -> None:
    # one lag of changes: two rows are lost before, and one after at horizon 1; shock and lag
    y, shock = (pd.Series(x[:rows], MONTHS[:rows]) for x in RNG.normal(size=(2, 30)).cumsum(axis=1))
    if enough:
        assert rer.local_projection(y, shock, 1, 1).table["n"].tolist() == [24, 23]
    else:
        with pytest.raises(SpecificationError, match="at horizon 1 22 months are left for 2 regr"):
            rer.local_projection(y, shock, 1, 1)


@pytest.mark.parametrize("panel", ["unit", "both"])
def test_shocks_of_each_unit_have_the_effect_beside_dummies_of_units_and_dates(panel: Any) -> None:
    rng = np.random.default_rng(9)
    wide = pd.DataFrame(rng.normal(size=(40, 3)).cumsum(axis=0), MONTHS[:40], list("abc"))
    shocks = pd.DataFrame(rng.normal(size=(40, 3)), MONTHS[:40], list("cab"))  # by name
    found = rer.local_projection(wide, shocks, 1, 1, panel=panel)
    y, own, rows = wide.to_numpy(), shocks[["a", "b", "c"]].to_numpy(), []
    for t in range(2, 39):
        for unit in range(3):
            dummies = [*(np.arange(3) == unit), *(np.arange(3, 39) == t) * (panel == "both")]
            rows.append([y[t + 1, unit] - y[t - 1, unit], own[t, unit],
                         y[t - 1, unit] - y[t - 2, unit], *dummies])  # fmt: skip
    table = np.array(rows, dtype=float)
    slope = np.linalg.lstsq(table[:, 1:], table[:, 0])[0][0]
    assert found.table["effect"][1] == pytest.approx(slope, rel=1e-9)
    assert not np.isfinite(found.coverage)  # other dates are for one shock of all
    with pytest.raises(SpecificationError, match="must have the columns of y"):
        rer.local_projection(wide, shocks.rename(columns={"a": "d"}), 1, 1)
    with pytest.raises(SpecificationError, match="must have the columns of y"):
        rer.local_projection(wide["a"], shocks, 1, 1)


def test_a_state_in_text_is_refused() -> None:
    y, state = pd.Series(VALUES[:, 0], MONTHS[:30]), pd.Series(["1", "0"] * 15, MONTHS[:30])
    with pytest.raises(DataError, match="not numbers"):
        rer.local_projection(y, [MONTHS[9]], 0, 0, state=state)


def test_a_joint_band_is_a_quantile_of_the_largest_of_twenty_thousand_draws() -> None:
    z = np.random.default_rng(4).standard_normal((20_000, 3))
    assert sup_t(np.diag([4.0, 1.0, 9.0]), 0.9, 4) == pytest.approx(
        np.quantile(np.abs(z).max(axis=1), 0.9), rel=1e-12
    )


def test_a_panel_is_the_average_of_its_units_on_their_dates() -> None:
    wide = pd.DataFrame(RNG.normal(size=(60, 3)).cumsum(axis=0), MONTHS[:60], list("abc"))
    found = rer.local_projection(wide, [MONTHS[30]], 1, 1)
    assert (found.name, found.unit) == ("the average of 3 units", "month")
    two = rer.local_projection(wide[["a", "b"]], [MONTHS[30]], 1, 1)
    assert two.name == "the average of 2 units"
    with pytest.raises(DataError, match="the same series in 'b' and 'd'"):
        rer.local_projection(wide.assign(d=3 - 2 * wide["b"] * -1), [MONTHS[30]], 1, 1)
    with pytest.raises(DataError, match="y has one column"):
        rer.local_projection(wide[["a"]], [MONTHS[30]], 1, 1)
