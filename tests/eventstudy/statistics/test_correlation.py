"""Mean correlations, pair by pair as numpy has them, at every limit. Synthetic residuals."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from rareearth_research.eventstudy.dependence import correlation
from rareearth_research.eventstudy.dependence.correlation import (
    block_correlation,
    cell_sums,
    correlations,
    effective_n,
    inflation,
    mean_correlation,
    on_calendar,
)


def synthetic(series: int, days: int, gaps: float = 0.0, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(series, days)) + 0.7 * rng.normal(size=days)
    values -= values.mean(axis=1, keepdims=True)
    return np.where(rng.random(values.shape) < gaps, np.nan, values)


def alone(x: np.ndarray, y: np.ndarray) -> float | None:
    """The correlation over the days both have; none for fewer than three or a constant."""
    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() < 3 or not (np.ptp(x[both]) and np.ptp(y[both])):
        return None
    return float(np.corrcoef(x[both], y[both])[0, 1])


def every(values: np.ndarray) -> list[float]:
    found = [alone(values[i], values[j]) for i, j in permutations(range(len(values)), 2)]
    return [r for r in found if r is not None]


def unit(row: np.ndarray) -> np.ndarray:
    """A row about its mean and of length one; gaps, and rows that never move, are zeros."""
    seen = np.isfinite(row)
    centred = np.where(seen, row - (row[seen].mean() if seen.any() else 0.0), 0.0)
    size = np.sqrt((centred**2).sum())
    return centred / size if size > 1e-12 else 0 * centred


@pytest.mark.parametrize("shift", [0.0, 3.0])
@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_series_are_taken_about_their_mean_and_to_length_one(gaps: float, shift: float) -> None:
    values = synthetic(6, 12, gaps) + shift
    values[1] = 0.0
    if gaps:
        values[2] = np.nan
        values[3, 1:], values[3, 0] = np.nan, 5.0  # one day has no spread
        values[4, 2:], values[4, :2] = np.nan, [1.0, 2.0]
    expected = [unit(row) for row in values]
    np.testing.assert_allclose(correlation._standardised(values), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("series", "gaps"), [(2, 0.0), (7, 0.0), (7, 0.2), (7, 0.75), (2, 0.5), (1, 0.0)]
)
def test_the_mean_is_over_all_pairs_with_three_days_in_common(series: int, gaps: float) -> None:
    values = synthetic(series, 12, gaps)
    found, expected = mean_correlation(values), every(values)
    if expected:
        assert found == pytest.approx(np.mean(expected), rel=1e-9)
    else:
        assert np.isnan(found)


def test_a_day_that_no_series_has_is_no_gap_and_some_with_gaps_meet_all_others() -> None:
    values = synthetic(5, 20)
    values[:, [3, 7]] = np.nan
    assert mean_correlation(values) == pytest.approx(np.mean(every(values)), rel=1e-9)
    values[[1, 3], :5] = np.nan
    assert mean_correlation(values) == pytest.approx(np.mean(every(values)), rel=1e-9)


def test_many_series_are_taken_in_parts() -> None:
    values = synthetic(1030, 8)
    r = np.corrcoef(values)
    expected = (r.sum() - 1030) / (1030 * 1029)
    assert mean_correlation(values) == pytest.approx(expected, rel=1e-9)
    values[:515, 0] = np.nan
    seen = np.isfinite(values).astype(float)
    r, usable = correlations(values, values)
    np.fill_diagonal(usable, False)
    assert (seen @ seen.T).min() == 7
    assert mean_correlation(values) == pytest.approx(r[usable].mean(), rel=1e-9)


def test_pairs_with_two_days_or_without_a_move_have_no_correlation() -> None:
    left = np.array([[1.0, 2.0, 4.0, np.nan, 3.0], [2.0, 2.0, 2.0, 2.0, 2.0]])
    right = np.array([[3.0, 1.0, np.nan, 2.0, np.nan], [3.0, 1.0, 2.0, 2.0, np.nan]])
    r, usable = correlations(left, right)
    assert usable.tolist() == [[False, True], [False, False]]
    assert r[0, 1] == pytest.approx(np.corrcoef([1, 2, 4], [3, 1, 2])[0, 1], rel=1e-12)


BLOCK = np.array([4, 9, 4, 2, 9, 4, 7])


@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_blocks_are_correlated_within_and_averaged_over_all_pairs(gaps: float) -> None:
    values = synthetic(7, 15, gaps)
    inside = [r for b in (2, 4, 7, 9) for r in every(values[b == BLOCK])]
    found = block_correlation(values, BLOCK)
    assert found.within == pytest.approx(np.mean(inside), rel=1e-9)
    assert found.mean == pytest.approx(np.mean(inside) * 8 / 42, rel=1e-9)  # 3 · 2 + 2 · 1 pairs
    if not gaps:
        sums = cell_sums(values, np.unique(BLOCK, return_inverse=True)[1])
        assert block_correlation(values, BLOCK, None, sums) == found


def test_blocks_of_different_calendars_are_correlated_by_day() -> None:
    values = synthetic(7, 15)
    rows = np.arange(15) + np.array([[0], [2], [1], [0], [0], [3], [0]])
    rows[2, 4] = -1
    placed = np.full((7, 20), np.nan)
    for i in range(7):
        placed[i, rows[i][rows[i] >= 0]] = values[i][rows[i] >= 0]
    inside = [r for b in (2, 4, 7, 9) for r in every(placed[b == BLOCK])]
    found = block_correlation(values, BLOCK, rows)
    assert found.within == pytest.approx(np.mean(inside), rel=1e-9)
    assert found.mean == pytest.approx(np.mean(inside) * 8 / 42, rel=1e-9)
    np.testing.assert_array_equal(on_calendar(values, rows + 5 * (rows >= 0)), placed[:, :18])


def test_without_a_pair_of_one_block_nothing_is_correlated_and_one_series_is_unknown() -> None:
    apart = block_correlation(synthetic(3, 10), np.arange(3))
    assert apart.mean == 0
    assert np.isnan(apart.within)
    assert np.isnan(block_correlation(synthetic(1, 10), np.zeros(1, dtype=int)).mean)
    gappy = synthetic(3, 10)
    gappy[:, 0] = [np.nan, 1.0, 1.0]
    assert block_correlation(gappy, np.arange(3)).mean == 0


@pytest.mark.parametrize("sizes", [(1, 3, 2), (32, 33, 1), (2500, 40, 5)])
def test_cells_add_up_series_of_length_one(sizes: tuple[int, ...]) -> None:
    cell = np.repeat(np.arange(3), sizes)
    cell = cell[np.random.default_rng(2).permutation(len(cell))]
    values = synthetic(len(cell), 6)
    scaled = values / np.sqrt((values**2).sum(axis=1, keepdims=True))
    expected = [scaled[cell == c].sum(axis=0) for c in range(3)]
    np.testing.assert_allclose(cell_sums(values, cell), expected, atol=1e-9)


def test_correlation_that_leaves_a_mean_no_variance_leaves_no_information() -> None:
    assert inflation(5, 0.25) == 2.0
    assert effective_n(5, 0.25) == 2.5
    assert effective_n(1, 0.9) == 1.0
    assert inflation(2, [-0.5, 1.0]).tolist() == [0.5, 2.0]
    assert np.isnan(inflation(2, [-1.0, -1 + 1e-11])).all()
    assert inflation(2, -1 + 1e-9) == pytest.approx(1e-9, rel=1e-6)
    assert np.isnan(effective_n(3, -0.5))
