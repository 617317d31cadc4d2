"""Synthetic control: the least loss, exact ranks, sets that invert them, and words about trust."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize, nnls

import rareearth_research as rer
from rareearth_research.dynamics.synthetic.kernel import Mixtures, Ranks, assignments, mix, rank
from rareearth_research.dynamics.synthetic.result import SyntheticControl
from tests.support.counterfactuals import cigarettes, stated, synthdid

MONTHS = pd.date_range("2015-01-01", periods=90, freq="MS")


def synthetic_panel(seed: int = 0, units: int = 21, rows: int = 90) -> pd.DataFrame:
    """Random walks with a common part; D0 is the unit."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(rows, 2)).cumsum(axis=0)
    values = common @ rng.uniform(0.5, 1.5, (2, units)) + rng.normal(0, 0.5, (rows, units))
    return pd.DataFrame(values, MONTHS[:rows], [f"D{i}" for i in range(units)])


def california(**options: object) -> SyntheticControl:
    return rer.synthetic_control(cigarettes(), "California", None, 1989, **options)  # type: ignore[arg-type]


def loss(weights: np.ndarray, y: np.ndarray, z: np.ndarray) -> float:
    return float(((y - z @ weights) ** 2).sum())


def accurate(y: np.ndarray, z: np.ndarray) -> float:
    """The least loss by scipy: non-negative least squares with a row for the sum of weights."""
    apart = z - y[:, None]
    v, _ = nnls(np.vstack([apart / np.abs(apart).mean(), np.ones(z.shape[1])]),
                np.append(np.zeros(len(y)), 1.0))  # fmt: skip
    return loss(v / v.sum(), y, z)


@pytest.mark.parametrize("donors", [2, 5, 16, 40])
@pytest.mark.parametrize("before", [6, 30, 79, 120])
@pytest.mark.parametrize("kind", ["levels", "steps", "near", "collinear"])
def test_the_loss_is_at_or_below_that_of_an_accurate_solver(
    donors: int, before: int, kind: str
) -> None:
    rng = np.random.default_rng(donors * before)
    z = rng.normal(size=(before, donors))
    z = z if kind == "steps" else 100 + z.cumsum(axis=0)
    y = z @ rng.dirichlet(np.full(donors, 0.3)) + rng.normal(0, 1.0, before)
    if kind == "near":
        y = z @ rng.dirichlet(np.full(donors, 0.3)) + rng.normal(0, 1e-4, before)
    if kind == "collinear":
        z = np.column_stack([z, z[:, :2], z.mean(axis=1)])
    values = np.column_stack([y, z])
    one = np.arange(values.shape[1])[None] == 0
    found = mix(values, before, one, ~one)
    assert found.solved.all()
    assert found.weights[0].sum() == pytest.approx(1, rel=1e-12)
    spread = float(((z - y[:, None]) ** 2).sum(axis=0).max())
    assert loss(found.weights[0, 1:], y, z) <= accurate(y, z) * (1 + 1e-9) + 1e-12 * spread


def test_a_general_solver_finds_no_better_weights_for_california() -> None:
    found = california()
    wide = cigarettes().loc[:1988]
    y, z = wide["California"].to_numpy(), wide[found.weights.index].to_numpy()
    other = minimize(
        loss,
        np.full(38, 1 / 38),
        args=(y, z),
        jac=lambda w, y, z: -2 * z.T @ (y - z @ w),
        bounds=[(0, 1)] * 38,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    assert found.loss <= other.fun * (1 + 1e-9)
    assert found.loss == pytest.approx(52.1295714790802, rel=1e-9)  # scipy 1.17, nnls


def test_the_weights_of_synthdid_give_its_effect_and_a_larger_loss() -> None:
    wide, weights = cigarettes(), pd.Series(synthdid()["omega"]["sc"])
    gaps = wide["California"] - wide[weights.index] @ weights
    assert gaps.loc[1989:].mean() == pytest.approx(-19.619663470944, rel=1e-12)  # synthdid 0.0.9
    assert california().loss < (gaps.loc[:1988] ** 2).sum()
    apart = california().weights.sub(weights, fill_value=0.0)
    assert apart.abs().max() < 0.01


def test_the_rank_of_california_is_that_of_placebos_fitted_one_by_one() -> None:
    wide, ratios = cigarettes(), {}
    for unit in wide.columns:
        alone = rer.synthetic_control(wide, unit, None, 1989)
        ratios[unit] = alone.post_rmspe / alone.pre_rmspe
    found = california()
    table = found.placebo.set_index("unit")
    np.testing.assert_allclose(table["ratio"], pd.Series(ratios)[table.index], rtol=1e-9)
    rank = sum(ratio >= ratios["California"] for ratio in ratios.values())
    assert found.table["p_value"].iloc[0] == rank / 39 == 3 / 39


def test_the_gap_is_what_the_weights_say() -> None:
    found, wide = california(), cigarettes()
    mixture = wide[found.weights.index] @ found.weights
    np.testing.assert_allclose(found.gaps["synthetic"], mixture, rtol=1e-12)
    assert found.pre_rmspe == pytest.approx(np.sqrt((found.gaps["gap"].loc[:1988] ** 2).mean()))
    assert found.table["effect"].iloc[0] == pytest.approx(found.gaps["gap"].loc[1989:].mean())


def test_weights_are_unique_where_donors_with_one_are_no_mixtures_of_each_other() -> None:
    paths = np.random.default_rng(2).normal(size=(3, 12)).cumsum(axis=1)
    donors = np.array([[1, 1, 0], [1, -1, 0], [-1, -1, 0], [-1, 1, 0], [0, 0, 9]]) @ paths
    for meets, unique in (
        ([0.25, 0.25, 0.25, 0.25, 0], False), ([0.5, 0.5, 0, 0, 0], True), ([0, 1, 0, 0, 0], True),
        ([0.3, 0, 0, 0.2, 0.5], True),
    ):  # fmt: skip
        values = np.column_stack([meets @ donors, donors.T])
        one = np.arange(6)[None] == 0
        found = mix(np.vstack([values, values]), 12, one, ~one)
        np.testing.assert_allclose(found.weights[0, 1:], meets, atol=1e-6)
        assert found.unique.tolist() == [unique]


def test_several_units_are_as_restless_as_their_mean() -> None:
    wide = synthetic_panel(units=6)
    found = rer.synthetic_control(wide, ["D0", "D1", "D2"], None, "2020-01-01")
    before = wide.loc[:"2019", ["D0", "D1", "D2"]].mean(axis=1)
    assert found.spread == pytest.approx(before.std(ddof=0), rel=1e-12)


@pytest.mark.parametrize("units", [["D0"], ["D0", "D1"]])
def test_the_set_holds_the_effects_that_a_shifted_series_does_not_reject(units: list[str]) -> None:
    wide = synthetic_panel(units=9)
    wide.loc["2020":, units] += 3.0
    found = rer.synthetic_control(wide, units, None, "2020-01-01", level=0.8)
    for effect in np.linspace(-15, 15, 41):
        moved = wide.copy()
        moved.loc["2020":, units] -= effect
        again = rer.synthetic_control(moved, units, None, "2020-01-01", level=0.8).table
        for row in (0, 1):
            lower, upper = found.table[["lower", "upper"]].iloc[row]
            kept = again["p_value"].iloc[row] > 0.2
            assert kept <= (lower <= effect <= upper)  # the set may have holes, which are named
            if not found.table["note"].iloc[row]:
                assert kept == (lower <= effect <= upper)


def test_the_summary_says_the_set_as_it_is_and_counts_the_others_alone() -> None:
    said = california().summary().headline
    assert "(90 % set −32.87 to −4.499). Of 38 other units the error of 2 rose as much" in said
    table = california().table.assign(lower=-np.inf, upper=np.inf)
    assert "set −∞ to ∞" in replace(california(), table=table).summary().headline
    empty = california().table.assign(lower=np.nan, upper=np.nan, p_value=1 / 39)
    said = replace(california(), table=empty).summary().headline
    assert "set empty). Of 38 other units the error of none rose" in said


def test_a_set_of_two_parts_or_none_is_said() -> None:
    # statistics by hand: the actual one is (τ − 3)² + 1, the other is 5 everywhere
    ranks = Ranks(np.array([1.0, 0.0]), np.array([3.0, 0.0]), np.array([10.0, 5.0]))
    np.testing.assert_allclose(ranks.confidence_set(0.6), [[1.0, 5.0]])
    apart = Ranks(np.array([0.0, 1.0]), np.array([0.0, 3.0]), np.array([5.0, 10.0]))
    np.testing.assert_allclose(apart.confidence_set(0.6), [[-np.inf, 1.0], [5.0, np.inf]])
    far = Ranks(np.array([1e-20, 0.0]), np.array([0.0, 1.0]), np.array([1.0, 0.0]))
    np.testing.assert_allclose(far.confidence_set(0.6), [[-2e20, -0.5]], rtol=1e-9)
    never = Ranks(np.array([1.0, 0.0]), np.array([3.0, 0.0]), np.array([10.0, 0.5]))
    assert never.confidence_set(0.6).shape == (0, 2)
    half = Ranks(np.ones(2), np.array([0.0, 1.0]), np.array([0.0, 6.0]))  # τ² and τ² − 2 τ + 6
    assert half.confidence_set(0.6).tolist() == [[-np.inf, 3.0]]
    alike = Ranks(np.ones(2), np.zeros(2), np.ones(2))
    assert alike.confidence_set(0.6).tolist() == [[-np.inf, np.inf]]
    assert alike.confidence_set(1.0).shape == (0, 2)


def test_a_perfect_fit_is_measured_by_the_spread_of_what_it_meets() -> None:
    both = np.ones(2, dtype=bool)
    exact = Mixtures(np.zeros((2, 2)), np.array([[0.0, 0.0, 2.0], [0.0, 0.0, 3.0]]), both, both)
    ratio, _ = rank(exact, np.eye(2, dtype=bool), 2, np.array([1.0, 100.0]))
    np.testing.assert_allclose(ratio.constant, [4e18, 9e16])  # over 1e-9 of their spread
    assert ratio.p_value() == 1 / 2  # 2 of a spread of 1 is more than 3 of one of 10


def test_assignments_are_all_sets_or_distinct_draws_and_begin_with_the_actual_one() -> None:
    every = assignments(6, 2, 100, 0)
    sets = [tuple(np.flatnonzero(row)) for row in every]
    assert sorted(sets) == [*combinations(range(6), 2)]
    drawn = assignments(30, 3, 100, 0)
    assert len(np.unique(drawn, axis=0)) == 100
    assert drawn[0].nonzero()[0].tolist() == [0, 1, 2]
    assert (drawn.sum(axis=1) == 3).all()


def test_leaving_out_a_donor_is_asking_without_it() -> None:
    found, wide = california(), cigarettes()
    assert set(found.leave_one_out["left_out"]) == set(found.weights.index[found.weights > 0])
    row = found.leave_one_out.set_index("left_out").loc["Utah"]
    again = rer.synthetic_control(wide.drop(columns="Utah"), "California", None, 1989)
    assert row["effect"] == pytest.approx(again.table["effect"].iloc[0], rel=1e-9)
    assert row["pre_rmspe"] == pytest.approx(again.pre_rmspe, rel=1e-9)
    spare = found.weights.index[found.weights == 0][0]
    same = rer.synthetic_control(wide.drop(columns=spare), "California", None, 1989)
    assert same.loss == pytest.approx(found.loss, rel=1e-9)


def test_several_units_are_their_mean_and_each_alone() -> None:
    wide = synthetic_panel(units=8)
    found = rer.synthetic_control(wide, ["D0", "D1"], None, "2020-01-01")
    mean = wide.assign(M=wide[["D0", "D1"]].mean(axis=1)).drop(columns=["D0", "D1"])
    one = rer.synthetic_control(mean, "M", None, "2020-01-01")
    pd.testing.assert_series_equal(found.weights, one.weights)
    pd.testing.assert_frame_equal(found.gaps, one.gaps)
    alone = rer.synthetic_control(wide.drop(columns="D1"), "D0", None, "2020-01-01")
    assert found.units["effect"][0] == pytest.approx(alone.table["effect"][0], rel=1e-9)
    assert len(found.placebo) == 28  # sets of two of eight


def test_demeaned_series_keep_their_own_level() -> None:
    wide = synthetic_panel()
    moved = wide + np.arange(21) * 1000
    plain = rer.synthetic_control(wide, "D0", None, "2020-01-01", demean=True)
    other = rer.synthetic_control(moved, "D0", None, "2020-01-01", demean=True)
    pd.testing.assert_series_equal(plain.weights, other.weights, rtol=1e-6)
    assert other.guard
    assert not rer.synthetic_control(moved, "D0", None, "2020-01-01").guard


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda w: w.assign(D0=w["D0"] * -20), "Poor fit before the date"),
        (lambda w: w.assign(D0=w["D3"] + 1e-9 * w["D4"]), "met exactly, so that D0 is made of"),
        (lambda w: w.iloc[:, :8], "The smallest p-value of 8 units is 0.12"),
        (lambda w: w.assign(D0=w["D0"] + 40 * (w.index >= "2018-06-01")), "began before the event"),
        (lambda w: w.iloc[:, :10].assign(**{f"T{i}": w[f"D{i}"] + (w.index >= "2020-01-01")
            for i in range(1, 10)}), "Donors are collinear"),
    ],
)  # fmt: skip
def test_what_speaks_against_an_effect_is_said_and_fails_the_guard(make, said: str) -> None:  # type: ignore[no-untyped-def]
    found = rer.synthetic_control(make(synthetic_panel()), "D0", None, "2020-01-01")
    assert any(said in doubt for doubt in found.doubts), found.doubts
    assert not found.guard
    assert "not to be relied on" in found.summary().headline


def test_a_vertex_and_luck_are_said_without_failing_the_guard() -> None:
    wide = synthetic_panel()
    near = np.random.default_rng(1).normal(0, 0.02, len(wide))
    found = rer.synthetic_control(wide.assign(D0=wide["D3"] + near), "D0", None, "2020-01-01")
    assert any("One donor alone: D3" in note for note in found.notes)
    assert any("some of the fit is luck" in note for note in california().notes)
    assert california().guard


def test_a_doubt_about_level_is_mended_by_what_it_names() -> None:
    wide = synthetic_panel()
    far = wide.assign(D0=wide["D0"] + 500)
    found = rer.synthetic_control(far, "D0", None, "2020-01-01")
    assert "demean=True" in found.doubts[0]
    assert rer.synthetic_control(far, "D0", None, "2020-01-01", demean=True).guard


def test_quotes_that_stand_still_are_remarked() -> None:
    wide = synthetic_panel()
    still = wide.assign(D0=wide["D0"].iloc[::2].reindex(wide.index).ffill())
    found = rer.synthetic_control(still, "D0", None, "2020-01-01")
    assert any("change nothing" in note for note in found.notes)


PANELS = {  # spread of the unit's own steps beside that of donors, drift, effect
    "units alike": (1.0, 0.0, 0.0),
    "units alike, an effect of 2": (1.0, 0.0, 2.0),
    "the unit twice as restless": (2.0, 0.0, 0.0),
    "the unit with a drift of its own": (1.0, 0.1, 0.0),
}


def walks(rng: np.random.Generator, own: float, drift: float, effect: float) -> pd.DataFrame:
    """Twenty synthetic random walks of 40 months, four fifths of their variance in common."""
    values = rng.normal(size=(40, 1)).cumsum(axis=0)
    steps = rng.normal(size=(40, 20)).cumsum(axis=0) * 0.5
    values = values + steps * np.where(np.arange(20) == 0, own, 1.0)
    values[:, 0] += drift * np.arange(40) + effect * (np.arange(40) >= 30)
    return pd.DataFrame(values, MONTHS[:40], [f"D{i}" for i in range(20)])


@pytest.mark.simulation
@pytest.mark.parametrize("made", PANELS)
def test_rank_set_and_guard_are_right_as_often_as_the_page_says(made: str) -> None:
    rng, found = np.random.default_rng(5), []
    for _ in range(600):
        control = rer.synthetic_control(walks(rng, *PANELS[made]), "D0", None, "2017-07-01")
        row = control.table.iloc[1]
        inside = row["lower"] <= PANELS[made][2] <= row["upper"]
        found.append([control.table["p_value"][0] <= 0.1, inside, not control.guard])
    assert stated(made) == pytest.approx(100 * np.mean(found, axis=0), abs=2)
