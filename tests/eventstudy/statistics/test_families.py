"""Families: corrections agree with their definitions and with each other where they must."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.eventstudy.chance.p_values import never_below
from rareearth_research.eventstudy.statistics.multiple import adjust, romano_wolf

p_values = arrays(float, st.integers(1, 12), elements=st.floats(0, 1))


def test_holm_multiplies_by_the_hypotheses_left():
    # smallest of three times 3, next times 2, last times 1, kept non-decreasing
    assert adjust([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_holm_equals_statsmodels_also_with_ties():
    from statsmodels.stats.multitest import multipletests

    p = np.array([0.03, 0.001, 0.03, 0.8, 0.2, 0.0, 1.0])
    assert adjust(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-15)


def test_benjamini_hochberg_scales_by_rank():
    assert adjust([0.01, 0.04, 0.03], method="bh") == pytest.approx([0.03, 0.04, 0.04])


@settings(max_examples=20, deadline=None)
@given(p_values, st.sampled_from(["holm", "bh"]))
def test_adjusting_never_lowers_a_p_value(p, method):
    adjusted = adjust(p, method=method)
    assert (adjusted >= p - 1e-15).all()
    assert (adjusted <= 1).all()


@settings(max_examples=20, deadline=None)
@given(p_values)
def test_bh_is_never_stricter_than_holm(p):
    assert (adjust(p, method="bh") <= adjust(p) + 1e-12).all()


def test_families_are_corrected_apart():
    p = [0.01, 0.01, 0.04, 0.04]
    assert adjust(p, family=["a", "a", "b", "b"]) == pytest.approx([0.02, 0.02, 0.08, 0.08])


def test_a_missing_p_value_stays_missing_and_does_not_count():
    adjusted = adjust(pd.Series([0.01, np.nan, 0.02], index=list("xyz")))
    assert list(adjusted.index) == ["x", "y", "z"]
    assert adjusted["x"] == pytest.approx(0.02)
    assert np.isnan(adjusted["y"])


def test_one_hypothesis_needs_no_correction():
    draws = np.arange(1, 100.0)[:, None]
    assert romano_wolf(np.array([95.0]), draws) == pytest.approx([(1 + 5) / 100])


def test_romano_wolf_equals_its_definition_step_by_step():
    rng = np.random.default_rng(3)
    statistics, draws = np.array([1.0, 3.0, 2.0]), rng.normal(size=(500, 3))
    size = np.abs(draws)
    first = (1 + (size.max(axis=1) >= 3).sum()) / 501
    second = (1 + (size[:, [0, 2]].max(axis=1) >= 2).sum()) / 501
    third = (1 + (size[:, 0] >= 1).sum()) / 501
    assert romano_wolf(statistics, draws) == pytest.approx([third, first, second])


def test_identical_hypotheses_cost_nothing():
    draws = np.random.default_rng(0).normal(size=(999, 1))
    joint = romano_wolf(np.full(5, 2.0), np.repeat(draws, 5, axis=1))
    assert joint == pytest.approx(np.repeat(romano_wolf(np.array([2.0]), draws), 5))


def test_dependence_makes_romano_wolf_less_strict_than_holm():
    rng = np.random.default_rng(1)
    draws = rng.normal(size=(2000, 1)) + 0.3 * rng.normal(size=(2000, 6))
    statistics = np.array([2.6, 0.1, 0.2, 0.3, 0.4, 0.5])
    single = (1 + (np.abs(draws) >= statistics).sum(axis=0)) / 2001
    stepped = adjust(single, method="romano_wolf", statistics=statistics, draws=draws)
    assert single[0] <= stepped[0] < adjust(single)[0]


def test_romano_wolf_keeps_the_family_error_rate():
    rng = np.random.default_rng(7)
    shared = rng.normal(size=(1200, 1))
    values = 0.6 * shared + 0.8 * rng.normal(size=(1200, 8))
    rejections = [romano_wolf(values[i], values[200:]).min() <= 0.05 for i in range(200)]
    assert 0.01 <= np.mean(rejections) <= 0.09  # 200 draws: 5 % ± 2.6 standard errors


def test_incomplete_draws_are_left_out():
    draws = np.array([[1.0, 9.0], [2.0, np.nan], [0.5, 0.5]])
    assert romano_wolf(np.array([0.7, 3.0]), draws) == pytest.approx([2 / 3, 2 / 3])


def test_bad_requests_are_refused_in_words():
    with pytest.raises(SpecificationError, match="not known"):
        adjust([0.1], method="sidak")
    with pytest.raises(DataError, match="position 1"):
        adjust([0.1, 1.2])
    with pytest.raises(SpecificationError, match="placebo"):
        adjust([0.1], method="romano_wolf")
    with pytest.raises(SpecificationError, match="family labels"):
        adjust([0.1, 0.2], family=["a"])


P_VALUES = arrays(float, (3, 4), elements=st.one_of(st.just(np.nan), st.floats(0, 1)))


@given(P_VALUES)
def test_a_corrected_p_never_stands_below_one_beside_it(given_p: np.ndarray) -> None:
    corrected, *raw = given_p
    found = never_below(corrected, *raw)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(corrected))
    assert not any((found < p).any() for p in given_p)  # what is missing is below nothing
    assert all(f in row for f, row in zip(found, given_p.T, strict=True) if np.isfinite(f))
