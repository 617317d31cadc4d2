"""Sets of effects that ranks do not refuse, tried effect by effect, and words about mixtures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.dynamics.belief import detectable
from rareearth_research.dynamics.synthetic import control
from rareearth_research.dynamics.synthetic.kernel import Mixtures, Ranks, assignments
from tests.dynamics.test_synthetic_control import synthetic_panel


@pytest.mark.parametrize("alpha", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("seed", range(6))
def test_the_set_holds_the_effects_with_a_p_above_alpha_and_no_others(
    seed: int, alpha: float
) -> None:
    rng = np.random.default_rng(seed)
    square, centre = rng.uniform(0.2, 2, 9), rng.normal(0, 2, 9)
    ranks = Ranks(square, square * centre, square * centre**2 + rng.uniform(0, 2, 9))
    found = ranks.confidence_set(alpha)
    assert (np.diff(found.ravel()) > 0).all()
    for effect in [*np.linspace(-12, 12, 97), -1e4, 1e4]:
        values = square * effect**2 - 2 * square * centre * effect + ranks.constant
        p = np.mean(values >= values[0])
        assert ranks.p_value(effect) == p
        assert (p > alpha) == any(low <= effect <= high for low, high in found)


def test_sets_of_units_are_all_or_drawn_without_a_second_one() -> None:
    every = assignments(6, 2, 15, 0)
    assert every.shape == (15, 6)
    assert every[0].tolist() == [True, True, False, False, False, False]
    assert len(np.unique(every, axis=0)) == 15
    drawn = assignments(6, 2, 14, 3)
    assert (drawn.shape, drawn.sum(axis=1).tolist()) == ((14, 6), [2] * 14)
    assert len(np.unique(drawn, axis=0)) == 14
    assert (drawn[0] == every[0]).all()


def test_a_mixture_is_named_by_four_weights_or_one_donor_alone() -> None:
    found = rer.synthetic_control(synthetic_panel(units=9), "D0", None, "2020-01-01")
    names = list("abcdef")

    def mixture(*weights: float) -> str:
        return replace(found, weights=pd.Series(weights, names[: len(weights)]))._mixture()

    assert (
        mixture(0.1, 0.4, 0.0, 0.2, 0.3) == "Weights: b 0.40, e 0.30, d 0.20, a 0.10, of 5 donors."
    )
    assert mixture(0.1, 0.4, 0.05, 0.2, 0.25) == (
        "Weights: b 0.40, e 0.25, d 0.20, a 0.10 and 1 more, of 5 donors."
    )
    assert mixture(0.01, 0.99).startswith("Weights: b 0.99, a 0.01")
    assert mixture(0.005, 0.995).startswith("One donor alone: b has a weight of 0.99")


def test_doubts_of_a_control_begin_at_their_limits() -> None:
    found = rer.synthetic_control(synthetic_panel(units=21), "D0", None, "2020-01-01")
    quiet = replace(found, spread=1.0, pre_rmspe=0.1, earlier_p=0.2, unique=True, level=0.9)

    def said(words: str, **change: object) -> bool:
        return words in " ".join(replace(quiet, **change)._doubts())  # type: ignore[arg-type]

    assert said("are met exactly, as", pre_rmspe=1e-6, before=20)
    assert said("are met exactly, so that D0 is made of its donors", pre_rmspe=1e-6, before=21)
    assert not said("are met exactly", pre_rmspe=1.01e-6)
    assert said("the gap began before the event", earlier_p=0.1)
    assert not said("the gap began before the event", earlier_p=0.101)
    assert said("Donors are collinear", unique=False)
    assert not said("Donors are collinear")
    assert said("a level of 96% is out of reach", level=0.96)  # 1 / 21 is 0.048
    assert not said("is out of reach", level=0.95)


@pytest.mark.parametrize(
    ("weight", "pre", "after", "level", "ends", "said"),
    [  # the actual one is (τ − 3)² + 1 by the ratio; the other as the comment says
        (1.0, 0.5, (0, 0), 0.4, (-np.inf, np.inf), "-inf to -3.082 and 1.082 to inf, and not all"),
        (1.0, 0.5, (-2, -4), 0.5, (-np.inf, np.inf), "no end, because placebos lean on the unit"),
        (1.0, 0.5, (-2, -4), 0.6, (-np.inf, np.inf), "the set has no end, because units are few"),
        (0.0, 1.0, (0.5, 0.5), 0.4, (np.nan, np.nan), "no constant effect makes the gap look like"),
        (0.0, 1.0, (1.5, 2.5), 0.4, (1.1972244, 4.8027756), ""),
    ],
)  # 4τ²; 4 (τ − 3)² + 4 twice; 0.25; 4.25
def test_a_set_in_parts_without_end_or_without_members_is_said(
    weight: float, pre: float, after: tuple[float, float], level: float,
    ends: tuple[float, float], said: str,
) -> None:  # fmt: skip
    both = np.ones(2, dtype=bool)
    gaps = np.array([[1.0, 2, 4], [pre, *after]])
    found = Mixtures(np.array([[0, 1], [weight, 0]]), gaps, both, both)
    row = control._table(found, np.eye(2, dtype=bool), 1, np.ones(2), level).iloc[0]
    np.testing.assert_allclose([row["effect"], row["lower"], row["upper"]], [3, *ends], rtol=1e-6)
    assert said in row["note"]
    assert bool(row["note"]) == bool(said)


@pytest.mark.parametrize("before", [8, 9, 10])
def test_the_date_at_two_thirds_is_asked_from_nine_rows_before(before: int) -> None:
    wide = synthetic_panel(units=6, rows=20)
    found = rer.synthetic_control(wide, "D0", None, wide.index[before])
    if before < 9:
        assert np.isnan(found.earlier_p)
    else:
        earlier = rer.synthetic_control(wide[:before], "D0", None, wide.index[6])
        assert found.earlier_p == earlier.table["p_value"][0]


def test_what_is_detectable_is_by_all_other_units() -> None:
    found = rer.synthetic_control(synthetic_panel(units=21), "D0", None, "2020-01-01")
    gaps = found.placebo["effect"] / found.placebo["pre_rmspe"]
    expected = detectable(gaps.abs().to_numpy()[1:]) * found.pre_rmspe
    assert found.detectable == pytest.approx(expected, rel=1e-12)


def test_the_summary_ranks_the_error_and_shows_the_set_of_the_average() -> None:
    found = rer.synthetic_control(synthetic_panel(units=21), "D0", None, "2020-01-01")
    table = found.table.assign(p_value=[3 / 21, 9 / 21], lower=[1.0, 2.0], upper=[5.0, 6.0])
    said = replace(found, table=table).summary().headline
    assert "(90 % set 2 to 6). Of 20 other units the error of 2 rose as much (p = 0.143" in said


@pytest.mark.parametrize(("before", "horizon"), [(25, 1), (32, 2), (80, 3)])
def test_windows_elsewhere_are_a_sixth_of_the_spare_rows_and_one_at_least(
    before: int, horizon: int
) -> None:
    months = pd.date_range("2010-01-01", periods=before + 3, freq="MS")
    series = pd.Series(np.random.default_rng(1).normal(size=before + 3), months)
    found = rer.state_space_impact(series, months[before])
    assert found.horizon == horizon
    assert len(found.placebo) == before - horizon - 20 + 1
