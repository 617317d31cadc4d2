"""Announcements that share sessions: clusters, their dependence, and tests over dates."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.dependence.clusters import _twice
from rareearth_research.eventstudy.dependence.dispersion import dispersion
from rareearth_research.eventstudy.dependence.overlap import announcement_clusters
from rareearth_research.eventstudy.statistics import dates, ranks
from tests.support.eventstudy_cases import synthetic_returns

RNG = np.random.default_rng(20261126)


# --- clusters of announcements ------------------------------------------------------------------


def test_announcements_whose_windows_share_a_session_are_one_cluster() -> None:
    event = np.array([0, 0, 1, 2, 3])
    first, last = np.array([10, 11, 13, 20, 22]), np.array([12, 13, 15, 21, 24])
    assert announcement_clusters(event, first, last).tolist() == [0, 0, 0, 1, 2]


def test_one_announcement_is_one_cluster_on_whatever_exchanges() -> None:
    event = np.array([5, 5, 7])
    first = np.array([10, 30, 20])  # the second exchange was closed for weeks
    assert announcement_clusters(event, first, first + 2).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("count", "clusters"), [(2, 1), (10, 1), (11, 2), (100, 17)])
def test_a_chain_of_more_than_four_windows_is_cut_into_blocks_of_two(
    count: int, clusters: int
) -> None:
    first = np.arange(count)  # a day apart, windows of three sessions: count + 2 sessions
    found = announcement_clusters(np.arange(count), first, first + 2)
    assert found.max() + 1 == clusters
    assert (np.diff(found) >= 0).all()
    if clusters > 1:  # each block spans at least two windows
        assert np.bincount(found)[:-1].min() >= 6


def test_pairs_whose_window_meets_another_of_their_security_are_counted() -> None:
    first, last = np.array([10, 30, 33, 50, 34]), np.array([12, 33, 36, 52, 35])
    assert _twice(np.array([0, 0, 0, 0, 1]), first, last) == 2


def neighbours(gap: int, n: int = 12, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    returns = synthetic_returns(700, n, seed=seed, shared=0.013)
    days = returns.index[320 + gap * np.arange(n)]
    names = list(returns.columns[:n])
    return returns, pd.DataFrame({"event_id": names, "security": names, "date": days})


def test_mean_correlation_is_that_of_calendar_sessions_weighted_by_overlap() -> None:
    returns, events = neighbours(2)
    result = EventStudy(returns, events, "MKT", windows=[(-5, 5)]).fit()
    own = result.abnormal  # the estimation residuals on the calendar, by hand
    size = len(events)
    calendar = np.full((size, 700), np.nan)
    for i, (residuals, at) in enumerate(
        zip(result.fitted.residuals, result.kept.position, strict=True)
    ):
        calendar[i, at - 260 : at - 10] = residuals
    total = 0.0
    for i, j in product(range(size), repeat=2):
        lag = abs(i - j) * 2
        if i == j or lag >= 11:
            continue
        both = np.isfinite(calendar[i]) & np.isfinite(calendar[j])
        z = [c / np.sqrt(np.nansum(c**2)) for c in (calendar[i], calendar[j])]
        total += (1 - lag / 11) * (z[0][both] * z[1][both]).sum() * 250 / both.sum()
    assert result.diagnostics["shared_dates"]
    assert result.headline["test"] == "kp"
    # days missing at each lag are made up for all lags together: the same to a few thousandths
    assert result.diagnostics["mean_correlation"] == pytest.approx(
        total / (size * (size - 1)), abs=0.002
    )
    assert len(own)


def test_estimation_takes_back_dependence_in_dense_samples() -> None:
    returns = synthetic_returns(900, 60, seed=3)
    names, at = list(returns.columns[:60]), np.random.default_rng(3).integers(300, 700, 60)
    events = pd.DataFrame({"event_id": names, "security": names, "date": returns.index[at]})
    found = EventStudy(returns, events, "MKT", windows=[(-5, 5)]).fit().clusters
    weights = np.zeros((60, 900))  # of the residuals in each CAR less its estimated mean
    for row, day in zip(weights, at, strict=True):
        row[day - 260 : day - 10] = -11 / 250
        row[day - 5 : day + 6] += 1
    overlap = np.clip(1 - np.abs(at[:, None] - at) / 11, 0, None)
    full = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    expected = ((full @ full.T).sum() - 60) / (overlap.sum() - 60)
    assert 0 < expected < 0.9
    assert found.kept[0] == pytest.approx(expected, rel=1e-9)
    mean = EventStudy(returns, events, "MKT", "mean", windows=[(-5, 5)]).fit()
    assert mean.clusters.kept[0] == pytest.approx(expected, rel=1e-9)
    raw = EventStudy(returns, events, "MKT", "market_adjusted", windows=[(-5, 5)]).fit()
    assert raw.clusters.kept[0] == 1  # no mean is estimated


def test_windows_are_judged_one_by_one() -> None:
    returns, events = neighbours(6)
    result = EventStudy(returns, events, "MKT", windows=[(0, 0), (-10, 10)], tests=["kp"]).fit()
    assert result.clusters.shared.tolist() == [False, True]
    assert result.clusters.announcements.max(axis=1).tolist() == [11, 1]
    assert result.findings[0].test == "bmp"
    assert result.findings[1].test == "kp"


def test_a_fifth_of_a_partner_does_not_make_dates_shared() -> None:
    returns, events = neighbours(60, 6)
    events.loc[1, "date"] = returns.index[321]  # two of six share two of three sessions: 0.22
    result = EventStudy(returns, events.iloc[:6], "MKT").fit()
    assert not result.diagnostics["shared_dates"]
    assert result.diagnostics["n_clusters"] == 5


@pytest.mark.parametrize("gap", [1, 2, 4])
@pytest.mark.simulation
def test_neighbouring_dates_keep_their_size(gap: int) -> None:
    runs, rejected = 400, 0
    for seed in range(runs):
        returns, events = neighbours(gap, seed=seed)
        result = EventStudy(returns, events, "MKT", windows=[(-5, 5)], tests=["kp"]).fit()
        rejected += int(result.findings[0].leading.p_value < 0.05)
    assert rejected / runs < 0.085  # 29 % when windows of neighbouring dates count as independent


# --- tests over dates ---------------------------------------------------------------------------


def test_cluster_means_are_those_of_pandas() -> None:
    values, cluster = RNG.normal(size=(3, 40)), RNG.integers(0, 7, 40)
    cluster = np.unique(cluster, return_inverse=True)[1]
    expected = pd.DataFrame(values.T).groupby(cluster).mean().T
    np.testing.assert_allclose(dates.cluster_means(values, cluster), expected, rtol=1e-12)


def test_date_t_is_the_one_sample_t_test_over_cluster_means() -> None:
    means = RNG.normal(0.3, 1, 9)
    expected = stats.ttest_1samp(means, 0)
    found = dates.date_t(means)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-12)
    assert found.df == 8
    assert np.isnan(dates.date_t(means[:2]).p_value)


@pytest.mark.parametrize("count", [6, 9, 11])
def test_date_flip_tries_every_pattern_of_signs(count: int) -> None:
    means = RNG.normal(0.4, 1, count)
    sums = [abs(np.dot(signs, means)) for signs in product([1, -1], repeat=count)]
    expected = np.mean(np.array(sums) >= abs(means.sum()) * (1 - 1e-12))
    assert dates.date_flip(means).p_value == pytest.approx(expected, rel=1e-12)


def test_date_flip_of_equal_signs_is_the_smallest_there_is() -> None:
    assert dates.date_flip(np.ones(8)).p_value == 2 / 2**8
    assert np.isnan(dates.date_flip(np.ones(5)).p_value)
    assert np.isnan(dates.date_flip(np.zeros(8)).p_value)


def test_date_flip_draws_the_same_patterns_for_many_clusters() -> None:
    means = RNG.normal(0.2, 1, 300)
    first, second = dates.date_flip(means), dates.date_flip(means.copy())
    assert first[:2] == second[:2]
    assert first.p_value == pytest.approx(stats.ttest_1samp(means, 0).pvalue, abs=0.02)
    assert first.p_value >= 1 / 10_000


def test_the_flagship_dates_give_what_was_found_by_hand() -> None:
    # eight cluster means whose t(7) and exact flips are known: 2.3646 is the 5 % point
    means = np.array([1, 1, 1, 1, 1, 1, 1, -1.0])
    t = np.sqrt(8) * means.mean() / means.std(ddof=1)
    assert dates.date_t(means).statistic == pytest.approx(t, rel=1e-12)
    assert dates.date_flip(means).p_value == pytest.approx(2 * (1 + 8) / 2**8)


# --- grank, leave one out -----------------------------------------------------------------------


def test_scores_scale_each_security_by_the_dispersion_of_the_others() -> None:
    scar, r = RNG.normal(size=7), 0.2
    for i, found in enumerate(ranks.leave_one_out_scores(scar, r)):
        x = np.sqrt(1 - r) * scar[i] / np.delete(scar, i).std(ddof=1)
        assert found == pytest.approx(stats.norm.ppf(stats.t(5).cdf(x)), rel=1e-9)
    assert np.isnan(ranks.leave_one_out_scores(scar[:2], r)).all()
    assert np.isnan(ranks.leave_one_out_scores(np.ones(5), r)).all()


# --- dispersion ---------------------------------------------------------------------------------


def test_dispersion_compares_the_event_with_stretches_of_the_estimation_window() -> None:
    block = np.repeat([0, 1, 2, 3], 5)
    residuals, scar = RNG.normal(size=(20, 61)), RNG.normal(size=20) * 2
    sigma = RNG.uniform(0.5, 2, 20)
    found = dispersion(scar, residuals * sigma[:, None], sigma, block, 3, 2)
    stretches = residuals[:, 1:].reshape(20, 20, 3).sum(axis=2) / np.sqrt(3 * (1 - 4 / 61))

    def squares(values: np.ndarray) -> tuple[float, float]:
        groups = pd.Series(values).groupby(block)
        within = float(sum((part - part.mean()).pow(2).sum() for _, part in groups)) / 16
        between = 5 * (groups.mean() - values.mean()).pow(2).sum() / 3
        return within, between

    others = np.array([squares(column) for column in stretches.T])
    event = np.array(squares(scar))
    expected = event / others.mean(axis=0)
    assert (found.ratio, found.between) == pytest.approx(tuple(expected), rel=1e-9)
    p = (1 + (others >= event).sum(axis=0)) / 21
    assert (found.p_value, found.p_between) == pytest.approx(tuple(p), rel=1e-12)
    assert found.heterogeneity == pytest.approx(max(0, 1 - 1 / expected[0]), rel=1e-12)


def test_one_date_says_nothing_about_dispersion_between_dates() -> None:
    found = dispersion(
        RNG.normal(size=6), RNG.normal(size=(6, 90)), np.ones(6), np.zeros(6, int), 1, 2
    )
    assert np.isfinite(found.ratio)
    assert np.isnan(found.between)
    apart = dispersion(RNG.normal(size=6), RNG.normal(size=(6, 90)), np.ones(6), np.arange(6), 1, 2)
    assert np.isnan(apart.ratio)
    assert np.isfinite(apart.between)


def test_tests_over_dates_say_how_many_they_need() -> None:
    returns = synthetic_returns(500)
    days = returns.index[[350, 352]]  # whose windows share a session
    result = EventStudy(returns, days, "MKT", windows=[(0, 2)], tests=["date_t", "date_flip"]).fit()
    notes = result.table["note"].tolist()
    assert notes[0].startswith("not defined: 1 cluster of dates, and it needs 3")
    assert notes[1].startswith("not defined: 1 cluster of dates, and it needs 6")
