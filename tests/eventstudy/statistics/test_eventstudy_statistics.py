"""The test kernels: limits they must meet, and slow independent versions of each."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import stats

from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.dependence.correlation import (
    block_correlation,
    cell_sums,
    effective_n,
    mean_correlation,
)
from rareearth_research.eventstudy.dependence.overlap import (
    overlapping_sum,
    overlapping_sum_on_one_calendar,
    sessions_in_common,
)
from rareearth_research.eventstudy.statistics import parametric as tests_parametric
from rareearth_research.eventstudy.statistics import ranks as tests_rank
from rareearth_research.eventstudy.statistics.ranking import (
    _order,
    grank_means,
    rank_means,
    rank_returns,
)
from rareearth_research.eventstudy.statistics.verdicts import TESTS
from tests.support.eventstudy_cases import pair_events, statistic, synthetic_returns

RNG = np.random.default_rng(11)


def test_tests_need_two_securities_or_more_and_those_over_dates_withstand_a_common_variance() -> (
    None
):
    others = {name: test.minimum for name, test in TESTS.items() if test.minimum != 2}
    assert others == {
        "date_t": 1, "date_flip": 1, "portfolio": 1, "crude_dependence": 1, "kp_patell": 1,
        "rank": 1, "patell": 1, "grank": 3, "skewness_adjusted": 4,
    }  # fmt: skip
    withstand = {name for name, test in TESTS.items() if test.common_variance}
    assert withstand == {"date_t", "date_flip"}


def test_few_pairs_are_remarked_where_a_test_compares_pairs() -> None:
    returns = synthetic_returns(500)[["S0", "S1", "S2", "MKT"]]
    options = {"windows": [(0, 1)], "tests": ["bmp", "portfolio"]}
    found = EventStudy(returns, [returns.index[350]], "MKT", **options).fit().table
    few = found.set_index("test")["note"].str.contains("N = 3: little power")
    assert few.to_dict() == {"bmp": True, "portfolio": False}


def off_diagonal(matrix: np.ndarray) -> np.ndarray:
    return matrix[~np.eye(len(matrix), dtype=bool)]


def test_sessions_in_common_are_products_of_windows_less_the_stretches_they_are_held_against() -> (
    None
):
    rows = np.array([[100, 101, 102], [102, 103, 104], [130, 131, -1]])
    begin, end = np.array([[0, 5, 40], [110, 1, 1]]), np.array([[89, 94, 120], [119, 0, 0]])
    event, weights = np.zeros((2, 3, 140))
    for i, own in enumerate(rows):
        event[i, own[own >= 0]] = 1
        for first, last in zip(begin[:, i], end[:, i], strict=True):
            weights[i, first : last + 1] = 1
    weights = event - weights * (event.sum(axis=1) / weights.sum(axis=1))[:, None]
    shared, products = sessions_in_common(rows, [*zip(begin, end, strict=True)])
    for found, vectors in ((shared, event), (products, weights)):
        lengths = np.linalg.norm(vectors, axis=1)
        np.testing.assert_allclose(found, vectors @ vectors.T / np.outer(lengths, lengths))


# --- mean correlation ---------------------------------------------------------------------------


def test_mean_correlation_equals_the_mean_of_numpys_matrix() -> None:
    series = RNG.normal(size=(7, 120)) + RNG.normal(size=120)
    assert mean_correlation(series) == pytest.approx(
        off_diagonal(np.corrcoef(series)).mean(), rel=1e-12
    )


def test_mean_correlation_with_gaps_is_pairwise_complete() -> None:
    series = RNG.normal(size=(5, 90)) + RNG.normal(size=90)
    series[RNG.random(series.shape) < 0.2] = np.nan
    slow = []
    for i in range(5):
        for j in range(5):
            both = ~np.isnan(series[i] + series[j])
            if i != j:
                slow.append(np.corrcoef(series[i, both], series[j, both])[0, 1])
    assert mean_correlation(series) == pytest.approx(np.mean(slow), rel=1e-10)


def test_one_series_has_no_mean_correlation() -> None:
    assert np.isnan(mean_correlation(RNG.normal(size=(1, 50))))


@pytest.mark.parametrize("largest", [4, 60])  # small blocks go side by side, large ones alone
def test_block_correlation_counts_pairs_of_different_dates_as_zero(largest: int) -> None:
    block = np.repeat([3, 0, 5, 1], [1, 3, largest, 2])
    series = RNG.normal(size=(len(block), 80)) + RNG.normal(size=(6, 80))[block]
    same = (block[:, None] == block) & ~np.eye(len(block), dtype=bool)
    slow = np.corrcoef(series)[same]
    shuffled = RNG.permutation(len(block))
    found = block_correlation(series[shuffled], block[shuffled])
    assert found.within == pytest.approx(slow.mean(), rel=1e-10)
    assert found.mean == pytest.approx(slow.sum() / (len(block) * (len(block) - 1)), rel=1e-10)


@pytest.mark.parametrize("level", [0.0, 1e-12, 1e-8, 1e-4, 9e-4, 2e-3, 1.0])
def test_one_block_is_the_plain_mean_correlation(level: float) -> None:
    series = RNG.normal(size=(6, 70)) + RNG.normal(size=70)
    series += level - series.mean(axis=1, keepdims=True)  # a mean that no model took off
    found = block_correlation(series, np.zeros(6, dtype=np.int64))
    slow = (np.corrcoef(series).sum() - 6) / 30
    assert found.mean == pytest.approx(slow, rel=1e-12)
    assert mean_correlation(series) == pytest.approx(slow, rel=1e-12)


def test_block_correlation_aligns_calendars_by_date() -> None:
    common = RNG.normal(size=100)
    rows = np.vstack([np.arange(0, 90), np.arange(10, 100)])
    series = common[rows] + 0.01 * RNG.normal(size=rows.shape)
    assert abs(block_correlation(series, np.zeros(2, dtype=np.int64)).mean) < 0.5
    assert block_correlation(series, np.zeros(2, dtype=np.int64), rows).mean > 0.99


def test_effective_n_is_n_without_correlation_and_one_with_perfect_correlation() -> None:
    assert effective_n(20, 0.0) == 20
    assert effective_n(20, 1.0) == 1


def test_windows_that_overlap_count_by_the_sessions_they_share() -> None:
    days = np.random.default_rng(6).normal(size=(3, 300))  # three securities over 300 days
    starts, block = np.array([0, 0, 0, 2, 2, 40]), np.array([0, 0, 0, 1, 1, 2])
    security = np.array([0, 1, 2, 0, 1, 2])
    length, width, gap = 200, 5, 10
    series = np.stack([days[s, a : a + length] for s, a in zip(security, starts, strict=True)])
    rows = starts[:, None] + np.arange(length)
    event_rows = starts[:, None] + length + gap + np.arange(width)
    expected = 0.0
    for i in range(6):
        for j in range(6):
            shared = max(0, width - abs(starts[i] - starts[j])) / width
            if block[i] != block[j] and shared:
                both = slice(max(starts[i], starts[j]), min(starts[i], starts[j]) + length)
                r = np.corrcoef(days[security[i], both], days[security[j], both])[0, 1]
                expected += r * shared
    firsts = np.array([0, 3, 5])
    found = overlapping_sum(
        cell_sums(series, block), rows[firsts], event_rows[firsts], np.arange(3)
    )
    assert found == pytest.approx(expected, rel=0.02)  # each series is standardised over its days
    assert expected > 2  # two securities meet themselves in three of five sessions, both ways


@pytest.mark.parametrize("width", [1, 3, 21])
def test_the_short_way_on_one_calendar_equals_the_long_way(width: int) -> None:
    rng = np.random.default_rng(width)
    position = np.sort(rng.choice(120, 50, replace=False))
    days = rng.normal(size=320)  # one common series, so that neighbours are correlated
    sums = days[position[:, None] + np.arange(200)] + rng.normal(size=(50, 200))
    rows = position[:, None] + np.arange(200)
    event_rows = position[:, None] + 210 + np.arange(width)
    long = overlapping_sum(sums, rows, event_rows, np.arange(50))
    short = overlapping_sum_on_one_calendar(sums, position, width)
    assert short == pytest.approx(long, rel=0.02, abs=1e-8)


def test_kp_sees_that_two_events_on_neighbouring_sessions_are_nearly_one() -> None:
    returns = synthetic_returns(500, 6, shared=0.01)
    far, near = returns.index[[320, 440]], returns.index[[320, 321]]
    apart = EventStudy(returns, far, "MKT", windows=[(0, 9)]).fit()
    close = EventStudy(returns, near, "MKT", windows=[(0, 9), (0, 0)]).fit()
    assert close.diagnostics["n_effective"] < 0.65 * apart.diagnostics["n_effective"]
    assert close.dependences[1].mean == pytest.approx(apart.dependences[0].mean, abs=0.05)


# --- parametric tests ---------------------------------------------------------------------------


def test_cross_sectional_and_bmp_are_one_sample_t_tests() -> None:
    values = RNG.normal(0.3, 1, 14)
    expected = stats.ttest_1samp(values, 0)
    for test in (tests_parametric.cross_sectional, tests_parametric.bmp):
        found = test(values)
        assert found.statistic == pytest.approx(expected.statistic)
        assert found.p_value == pytest.approx(expected.pvalue)
        assert found.df == 13


def test_kp_equals_bmp_when_firms_are_uncorrelated() -> None:
    scar = RNG.normal(size=9)
    assert tests_parametric.kp(scar, 0.0) == tests_parametric.bmp(scar)


def test_kp_shrinks_bmp_as_published() -> None:
    scar = RNG.normal(1, 1, 10)
    ratio = tests_parametric.kp(scar, 0.3).statistic / tests_parametric.bmp(scar).statistic
    assert ratio == pytest.approx(np.sqrt(0.7 / 3.7))


def test_kp_variance_is_exact_for_equally_correlated_securities() -> None:
    covariance = 0.3 + 0.7 * np.eye(10)
    draws = np.random.default_rng(0).multivariate_normal(np.zeros(10), covariance, 40_000)
    assert tests_parametric.kp(draws, 0.3).statistic.var() == pytest.approx(9 / 7, rel=0.05)


def test_patell_of_one_session_and_one_security_is_its_sar_over_the_t_standard_deviation() -> None:
    found = tests_parametric.patell([[1.7]], [100], 2)
    assert found.statistic == pytest.approx(1.7 / np.sqrt(98 / 96))


def test_patell_window_keeps_unit_variance_for_long_windows() -> None:
    sar = np.random.default_rng(4).normal(size=(4000, 10, 21))
    found = tests_parametric.patell(sar, np.full(10, 10_000), 2)
    assert found.statistic.std() == pytest.approx(1, abs=0.03)  # Σ SAR_s/√s would give 1.9


def test_kernels_run_many_replications_at_once() -> None:
    scar = RNG.normal(size=(3, 8))
    together = tests_parametric.kp(scar, np.array([0.1, 0.2, 0.3]))
    for i, r in enumerate((0.1, 0.2, 0.3)):
        assert together.statistic[i] == pytest.approx(tests_parametric.kp(scar[i], r).statistic)


# --- ranks and signs ----------------------------------------------------------------------------


def slow_scores(values: np.ndarray) -> np.ndarray:
    """Return rank/(1 + M) − ½ of each row by scipy, NaN where missing."""
    scores = np.full(values.shape, np.nan)
    for i, row in enumerate(values):
        seen = ~np.isnan(row)
        scores[i, seen] = stats.rankdata(row[seen]) / (1 + seen.sum()) - 0.5
    return scores


@pytest.mark.parametrize("trouble", ["none", "ties", "gaps", "signed zeros", "one pair"])
def test_rank_means_equal_scipys_ranks(trouble: str) -> None:
    residuals, abnormal = RNG.normal(size=(300, 60)), RNG.normal(size=(300, 5))
    if trouble == "one pair":
        residuals, abnormal = residuals[:1], abnormal[:1]
    if trouble == "ties":
        residuals = residuals.round(1)
    if trouble == "gaps":
        residuals[RNG.random(residuals.shape) < 0.05] = np.nan
        abnormal[3, 2] = np.nan
    if trouble == "signed zeros":
        residuals[:, ::3], residuals[:, 1::3] = 0.0, -0.0
    inside = np.array([False, True, True, True, False])
    means, counts = rank_means(rank_returns(residuals, abnormal, [inside]), 0, inside)
    scores = slow_scores(np.concatenate([residuals, abnormal[:, 1:4]], axis=1))
    np.testing.assert_allclose(means, np.nanmean(scores, axis=0), atol=1e-12)
    np.testing.assert_array_equal(counts, (~np.isnan(scores)).sum(axis=0))


@pytest.mark.parametrize("trouble", ["none", "ties", "gaps", "one pair"])
def test_grank_means_equal_scipys_ranks(trouble: str) -> None:
    residuals, scar = RNG.normal(size=(300, 60)), RNG.normal(size=300)
    if trouble == "one pair":
        residuals, scar = residuals[:1], scar[:1]
    if trouble == "ties":
        residuals, scar = residuals.round(1), scar.round(1)
    if trouble == "gaps":
        residuals[RNG.random(residuals.shape) < 0.05] = np.nan
    ranking = rank_returns(residuals, RNG.normal(size=(len(scar), 4)), [])
    means, _ = grank_means(ranking, np.full(len(scar), 1.0), scar)
    scores = slow_scores(np.column_stack([residuals, scar]))
    np.testing.assert_allclose(means, np.nanmean(scores, axis=0), atol=1e-12)


def test_corrado_is_the_published_ratio() -> None:
    means, counts = RNG.normal(0, 0.02, 110), np.full(110, 25)
    expected = means[-10:].mean() * np.sqrt(10) / np.sqrt((means**2).mean())
    assert tests_rank.corrado(means, counts, 10).statistic == pytest.approx(expected)


def test_generalized_sign_with_half_positive_is_the_sign_test() -> None:
    car = RNG.normal(0.2, 1, 40)
    half = tests_rank.generalized_sign(car, np.full(40, 0.5))
    assert half[:2] == tests_rank.sign(car)[:2]


@pytest.mark.parametrize(("n", "digits"), [(12, 6), (80, 6), (40, 1)])
def test_wilcoxon_equals_scipys(n: int, digits: int) -> None:
    car = np.random.default_rng(n).normal(0.2, 1, n).round(digits)
    expected = stats.wilcoxon(car, correction=False)
    assert tests_rank.wilcoxon(car).p_value == pytest.approx(expected.pvalue, rel=1e-9)


# --- validity -----------------------------------------------------------------------------------


def test_kp_leads_and_independent_tests_are_invalid_on_a_shared_date() -> None:
    returns = synthetic_returns(securities=10, shared=0.02)
    result = EventStudy(returns, [returns.index[320]], "MKT").fit()
    table = result.table.set_index("test")
    assert result.headline["test"] == "kp"
    for test in ("cross_sectional", "patell", "bmp", "generalized_sign", "sign", "wilcoxon"):
        assert not table.loc[test, "valid"]
        assert "windows share sessions" in table.loc[test, "note"]
    for test in ("kp", "kp_patell", "portfolio", "crude_dependence", "rank"):
        assert table.loc[test, "valid"]
    assert "Not valid here" in str(result.summary())
    assert result.diagnostics["n_effective"] < 5


def test_bmp_leads_when_every_event_has_its_own_date() -> None:
    returns = synthetic_returns(900, 8)
    events = pair_events(returns, 12)
    events["date"] = returns.index[300 + 45 * np.arange(12)]
    result = EventStudy(returns, events, "MKT").fit()
    assert result.headline["test"] == "bmp"
    assert result.table.query("test != 'grank'")["valid"].all()
    assert result.diagnostics["n_clusters"] == 12


def test_cross_sectional_tests_of_one_security_say_why_they_are_not_defined() -> None:
    returns = synthetic_returns(securities=1)
    result = EventStudy(returns, [returns.index[320]], "MKT").fit()
    table = result.table.set_index("test")
    for test in ("cross_sectional", "bmp", "kp", "grank", "sign", "generalized_sign", "wilcoxon"):
        assert not table.loc[test, "valid"]
        assert np.isnan(table.loc[test, "statistic"])
        assert re.search("needs at least [23] pairs", table.loc[test, "note"])
    assert result.headline["test"] == "portfolio"
    assert result.headline["statistic"] == pytest.approx(result.car["scar"].iloc[0])
    assert result.headline["p_value"] == pytest.approx(result.car["p_value"].iloc[0])
    assert table[table["statistic"].isna()]["note"].ne("").all()


def test_portfolio_of_one_date_is_the_equal_weight_portfolio_as_one_security() -> None:
    returns = synthetic_returns(securities=5)
    portfolio = returns[["MKT"]].assign(P=returns.drop(columns="MKT").mean(axis=1))
    day = [returns.index[320]]
    alone = EventStudy(portfolio, day, "MKT", windows=[(0, 3)]).fit()
    together = EventStudy(returns, day, "MKT", windows=[(0, 3)]).fit()
    assert statistic(together, "portfolio") == pytest.approx(alone.car["scar"].iloc[0], rel=1e-9)


def test_rows_are_ranked_by_one_sort_where_no_two_values_are_equal() -> None:
    plain = [3.0, -1.0, 0.5, -2.5, 1e-20, -1e-20]
    rows = np.array([plain, [-0.0, 1.0, 0.0, 2.0, 3.0, 4.0], [1.0, 2.0, 2.0, 3.0, 4.0, 5.0],
                     [1.0, np.nan, 2.0, 3.0, 4.0, 5.0]])  # fmt: skip
    order, found = _order(rows.copy())
    assert found.tolist() == [True, False, False, False]
    assert order.tolist() == [np.argsort(plain).tolist()]


def test_skewness_adjusted_test_runs_only_when_asked_and_repeats_itself() -> None:
    returns = synthetic_returns(securities=12)
    day = [returns.index[320]]
    asked = EventStudy(returns, day, "MKT", tests=["kp", "skewness_adjusted"])
    assert asked.fit().table.equals(asked.fit().table)
    assert "skewness_adjusted" not in set(EventStudy(returns, day, "MKT").fit().table["test"])
