"""Dependence by shared sessions, tests over dates, and the rule that makes a verdict of numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.dependence.clusters import _twice
from rareearth_research.eventstudy.dependence.dispersion import dispersion
from rareearth_research.eventstudy.dependence.overlap import announcement_clusters
from rareearth_research.eventstudy.results.sentences import sentence, short
from rareearth_research.eventstudy.results.told import Told
from rareearth_research.eventstudy.statistics import dates, decision, ranks
from rareearth_research.eventstudy.statistics.parametric import Statistic
from rareearth_research.numerals import counted
from tests.support.eventstudy_cases import synthetic_returns
from tests.support.thorough import first_of

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


# --- the verdict: one table of every boundary -----------------------------------------------------


def finding(
    *,
    p: float = 0.01,
    up: bool = True,
    car: float = 0.05,
    spread: float = 0.0,
    clusters: int = 8,
    error: float = 0.005,
    matters: float = 0.02,
    means: np.ndarray | None = None,
) -> decision.Finding:
    """Return made-up numbers of a window: only what a boundary needs."""
    if means is None:
        means = np.full(clusters, car) + np.linspace(-1, 1, clusters) * 0.01
    leading = Statistic(3.0 if up else -3.0, p, 20.0)
    return decision.Finding(
        np.array([car - spread, car + spread]), means, "kp", leading, error, 20, matters
    )


LOUD = np.array([0.05] * 8)  # all dates alike: flips p 2/256
TORN = np.array([0.20, 0.20, 0.20, 0.01, -0.01, -0.02, -0.02, -0.02])


@pytest.mark.parametrize(
    ("found", "placebo", "family", "verdict", "failed"),
    [
        (finding(), 0.01, None, "moved", ()),
        (finding(), 0.10, None, "moved", ()),
        (finding(), 0.11, None, "unsettled", ("placebo",)),
        (finding(), np.nan, None, "moved", ()),
        (finding(), 0.01, 0.05, "moved", ()),
        (finding(), 0.01, 0.051, "unsettled", ("family",)),
        (finding(p=0.05), 0.01, None, "moved", ()),
        (finding(p=0.051), 0.01, None, "cannot_tell", ()),
        (finding(error=0.05), 0.01, None, "unsettled", ("interval",)),
        (finding(up=False), 0.01, None, "unsettled", ("sign",)),
        (finding(car=-0.05), 0.01, None, "unsettled", ("sign",)),
        (finding(car=-0.05, up=False), 0.01, None, "moved", ()),
        (finding(clusters=3), 0.01, None, "moved", ()),
        (finding(clusters=2), 0.01, None, "unsettled", ("few_dates",)),
        (finding(clusters=1), 0.05, None, "unsettled", ("few_dates",)),
        (finding(clusters=1), 0.051, None, "cannot_tell", ()),
        (finding(clusters=1), np.nan, None, "unsettled", ("few_dates",)),
        (finding(clusters=1, error=0.05), 0.01, None, "unsettled", ("few_dates", "interval")),
        (finding(means=TORN), 0.01, None, "cannot_tell", ()),  # date_t decides
        (finding(p=0.2, car=0.005, error=0.005), 0.01, None, "none_larger", ()),
        (finding(p=0.2, car=0.005, error=0.008), 0.01, None, "cannot_tell", ()),
        (finding(p=0.2, car=0.005, matters=np.nan), 0.01, None, "cannot_tell", ()),
        (finding(p=0.2, car=0.0, clusters=1, error=0.005), 0.9, None, "none_larger", ()),
        (finding(p=np.nan), 0.01, None, "cannot_tell", ()),
        (finding(means=np.zeros(4)), 0.01, None, "cannot_tell", ()),  # dates have no test
    ],
)
def test_every_boundary_of_the_verdict(
    found: decision.Finding,
    placebo: float,
    family: float | None,
    verdict: str,
    failed: tuple[str, ...],
) -> None:
    decided = decision.decide(found, lambda: placebo, family)
    assert (decided.verdict, decided.failed) == (verdict, failed)


def test_sign_flips_above_a_tenth_unsettle_what_t_finds() -> None:
    means = np.array([0.05, 0.05, 0.05, 0.05, 0.05, -0.004])
    found = finding(means=means)
    assert found.date_t.p_value <= 0.05
    flips = decision.decide(found, lambda: 0.01)
    assert ("date_flip" in flips.failed) is bool(found.date_flip.p_value > 0.10)
    for p, failed in ((0.10, ()), (0.11, ("date_flip",))):
        object.__setattr__(found, "date_flip", Statistic(2.0, p, np.nan))
        assert decision.decide(found, lambda: 0.01).failed == failed


def test_the_larger_p_value_decides_and_is_named() -> None:
    decided = decision.decide(finding(p=1e-9), lambda: 0.5)
    assert decided.test == "date_t"
    assert decided.p_value > 1e-9
    assert (
        decision.decide(finding(p=0.04, means=LOUD + RNG.normal(0, 1e-4, 8)), lambda: 0.0)[1]
        == "kp"
    )
    assert decision.decide(finding(clusters=1), lambda: 0.03)[1:3] == ("placebo", 0.03)


def test_the_placebo_is_not_run_where_the_verdict_does_not_hang_on_it() -> None:
    def never() -> float:
        raise AssertionError("a placebo costs time")

    assert decision.decide(finding(p=0.3), never).verdict == "cannot_tell"


REASON = r", as .* although |unsettled, for |has no value|No placebo stands|A jump of volatility"
P = (0.001, 0.2)


def told(found: decision.Finding, chance: float, window: str = "[0, 1]", events: int = 0) -> Told:
    """Return made-up facts for a sentence on made-up numbers."""
    events = events or len(found.means)
    known = bool(np.isfinite(chance))
    return Told(
        who="", around="", window=window, events=events, with_news=0, names=np.array(["A", "B"]),
        log=False, raw=False, why="", together=np.nan, others=999 * known,
        as_unusual=round(1000 * chance) - 1 if known else 0, sets=events > 1, row="session",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("outside", "p", "by_dates", "chance", "clusters"),
    [
        case
        for case in product((True, False), P, (*P, np.nan), (*P, np.nan), (1, 2, 3, 8))
        if np.isnan(case[2]) <= (case[4] == 8)
    ],
)
def test_a_sentence_has_a_reason_where_and_only_where_more_is_to_be_expected(
    outside: bool, p: float, by_dates: float, chance: float, clusters: int
) -> None:
    found = finding(p=p, clusters=clusters, error=0.005 if outside else 0.05)
    object.__setattr__(found, "date_t", Statistic(3.0, by_dates, clusters - 1.0))
    object.__setattr__(found, "date_flip", Statistic(3.0, 0.01, np.nan))
    decided = decision.decide(found, lambda: chance)
    words = sentence(found, decided, told(found, chance))
    seen = [p, chance if clusters < 3 else by_dates]
    loud = outside or min(seen) <= 0.05
    if decided.verdict == "moved":
        assert not re.search(r", as .* although |unsettled|cannot tell", words)
        assert ("No placebo stands beside it." in words) is bool(np.isnan(chance))
    else:
        assert bool(re.search(REASON, words)) is bool(loud or not np.isfinite(decided.p_value))
    if decided.verdict == "cannot_tell" and loud and np.isfinite(decided.p_value):
        said = {"kp": "Kolari–Pynnönen, the leading test, gives p = 0.200 on two pairs",
                "date_t": f"the t test over {counted(clusters, 'date')} gives p = 0.200",
                "placebo": "199 of 999 other s"}[decided.test]  # fmt: skip
        assert f"this study cannot tell, as {said}" in words
        assert ("although the interval leaves out zero" in words) is outside


def test_a_bound_is_doubted_where_its_interval_leaves_out_zero() -> None:
    found = finding(p=0.2, car=0.008, error=0.002)
    decided = decision.decide(found, lambda: 0.5)
    words = sentence(found, decided, told(found, 0.5))
    assert decided.verdict == "none_larger"
    assert "whether there was a smaller one stays open, as Kolari–Pynnönen, the leading" in words
    assert "although the interval leaves out zero" in words
    covered = finding(p=0.2, car=0.008, error=0.005, means=0.01 * TORN)
    clear = sentence(covered, decision.decide(covered, lambda: 0.5), told(covered, 0.5))
    assert clear.startswith("No average move larger than 2 %")
    assert "stays open" not in clear


def test_two_securities_that_cannot_tell_say_so_beside_a_portfolio_that_could() -> None:
    returns = synthetic_returns(600, 2, seed=3)
    returns.loc[returns.index[400], ["S0", "S1"]] += [0.10, 0.05]
    row = EventStudy(returns, [returns.index[400]], "MKT", windows=[(0, 0)]).fit().verdict.iloc[0]
    assert row["verdict"] == "cannot_tell"
    assert re.search(
        r"cannot tell, as .*(looked as unusual|on two pairs), although the portfolio of all "
        r"gives p [<=] 0.0",
        row["words"],
    )


@pytest.mark.parametrize(
    ("window", "events", "said"),
    [
        ("[0, 0]", 1, "an unusual day"),
        ("[-2, -2]", 2, "unusual days"),
        ("[0, 1]", 1, "an unusual stretch of two sessions"),
        ("[-3, 5]", 1, "an unusual stretch of nine sessions"),
        ("[-1, 1]", 2, "unusual stretches of three sessions"),
        ("own", 1, "an unusual stretch"),
        ("clean", 2, "unusual stretches"),
    ],
)
def test_what_one_date_shows_is_as_long_as_its_window(window: str, events: int, said: str) -> None:
    found = finding(clusters=events)
    decided = decision.decide(found, lambda: 0.01)
    about = told(found, 0.01, window)
    assert f": {said}. " in sentence(found, decided, about)
    assert short(found, decided, about).endswith(f": {said}")


# --- result.verdict -----------------------------------------------------------------------------

COLUMNS = [
    *("window", "verdict", "caar", "lower", "upper", "detectable", "matters", "test", "p_value"),
    *("failed", "placebo_p", "words", "title"),
]


@pytest.fixture(scope="module")
def eight_dates() -> rer.EventStudyResults:
    returns = synthetic_returns(900, 10, seed=4, shared=0.013)
    days = returns.index[300 + 70 * np.arange(8)]
    returns.loc[days, "S0":"S9"] += 0.06
    return EventStudy(returns, list(days), "MKT", windows=[(0, 1), (-5, -3)]).fit()


def test_verdict_is_one_row_a_window_with_interval_and_detectable_effect(
    eight_dates: rer.EventStudyResults,
) -> None:
    frame = eight_dates.verdict
    assert list(frame.columns) == COLUMNS
    assert frame["window"].tolist() == ["[0, 1]", "[-5, -3]"]
    assert frame["verdict"].tolist()[0] == "moved"
    car, r = eight_dates.fitted.car[:, 0], eight_dates.dependences[0].mean
    kp = car.std(ddof=1) / np.sqrt(80) * np.sqrt((1 + 79 * r) / (1 - r))
    means = car.reshape(8, 10).mean(axis=1)
    views = [(kp, 79), (means.std(ddof=1) / np.sqrt(8), 7)]
    error, df = max(views, key=lambda v: v[0] * stats.t(v[1]).ppf(0.975))
    reach = stats.t(df).ppf(0.975) * error
    row = frame.iloc[0]
    assert (row["lower"], row["upper"]) == pytest.approx((car.mean() - reach, car.mean() + reach))
    assert row["detectable"] == pytest.approx(reach + stats.t(df).ppf(0.8) * error, rel=1e-9)
    assert row["matters"] == pytest.approx(np.median(np.sqrt(eight_dates.fitted.sigma2)))


def test_the_sentence_carries_its_interval_and_the_number_of_events(
    eight_dates: rer.EventStudyResults,
) -> None:
    first = eight_dates.verdict["words"].iloc[0].split(". ")[0]
    row = eight_dates.verdict.iloc[0]
    assert "95 % interval" in first
    assert "around eight events" in first
    assert f"{100 * np.expm1(row['caar']):.1f} %" in first  # compounded
    assert str(eight_dates.summary()).replace("\n", " ").startswith(first[:60])


def test_matters_is_an_argument_and_without_it_small_moves_are_not_excluded() -> None:
    returns = synthetic_returns(700, 30, seed=5)
    days = list(returns.index[300 + 40 * np.arange(9)])
    result = EventStudy(returns, days, "MKT", matters=0.05).fit()
    assert result.verdict["verdict"].item() == "none_larger"
    assert "no average move larger than 5 %" in result.verdict["words"].item().lower()
    tight = EventStudy(returns, days, "MKT", matters=0.0001).fit()
    assert tight.verdict["verdict"].item() != "none_larger"
    with pytest.raises(SpecificationError, match="matters must be a number between 0 and 1"):
        EventStudy(returns, days, "MKT", matters=5)


def test_where_mean_and_statistic_point_apart_the_statistic_is_followed() -> None:
    returns = synthetic_returns(700, 12, seed=9)
    day = returns.index[500]
    returns.loc[day, "S0":"S10"] -= 0.05
    noisy = returns["S11"] + np.random.default_rng(1).normal(0, 0.08, 700)
    returns["S11"] = noisy
    returns.loc[day, "S11"] += 0.9
    result = EventStudy(returns, [day], "MKT", windows=[(0, 0)], return_type="simple").fit()
    assert result.findings[0].caar > 0 > result.findings[0].leading.statistic
    row = result.verdict.iloc[0]
    assert row["verdict"] in ("unsettled", "cannot_tell")
    if row["p_value"] <= 0.05:
        assert "sign" in row["failed"]
        assert "mostly fell" in row["words"]
        assert "S11 at +" in row["words"]
        assert "median −" in row["words"]


def test_valid_tests_that_disagree_are_named(eight_dates: rer.EventStudyResults) -> None:
    table = eight_dates.table
    window = table[(table["window"] == "[0, 1]") & table["valid"]]
    disagree = window["p_value"].le(0.05).nunique() == 2
    assert ("Valid tests disagree" in str(eight_dates.summary())) is disagree


def test_family_and_placebo_may_be_given(eight_dates: rer.EventStudyResults) -> None:
    chance = rer.placebo(eight_dates, n=199, seed=3)
    given = rer.verdict(eight_dates, chance=chance, family={"[0, 1]": 0.2}, who="ten makers")
    assert given.loc[0, "failed"] == "family"
    assert given.loc[0, "words"].startswith("Ten makers did on average ")
    assert given.loc[0, "placebo_p"] == chance.table.loc[0, "p_value"]
    with pytest.raises(SpecificationError, match=r"family is for the windows \[9, 9\]"):
        rer.verdict(eight_dates, family={"[9, 9]": 0.2})
    with pytest.raises(SpecificationError, match="chance is for the windows"):
        rer.verdict(eight_dates, chance=rer.placebo(eight_dates, windows=[(0, 5)], n=99))
    with pytest.raises(SpecificationError, match="result must be a fitted study"):
        rer.verdict("[0, 1]")  # type: ignore[arg-type]


def test_other_news_stands_before_the_finding() -> None:
    returns = synthetic_returns(700, 10, seed=4)
    day = returns.index[500]
    news = pd.DataFrame({"event_id": ["x"], "date": [returns.index[501]]})
    result = EventStudy(returns, [day], "MKT", known_events=news).fit()
    assert result.verdict["words"].item().startswith("While other listed events fell into ")


def test_a_study_without_a_placebo_has_a_verdict() -> None:
    returns = synthetic_returns(330, 10, seed=4)
    day = returns.index[300]
    returns.loc[day, "S0":"S9"] += 0.2
    result = EventStudy(returns, [day], "MKT").fit()
    row = result.verdict.iloc[0]
    assert row["verdict"] == "unsettled"
    assert row["test"] in ("kp", "placebo")
    assert "an unusual stretch of three sessions" in row["words"]


@pytest.mark.parametrize("gap", first_of([1, 2, 4]))
@pytest.mark.simulation
def test_neighbouring_dates_keep_their_size(gap: int) -> None:
    runs, rejected = 400, 0
    for seed in range(runs):
        returns, events = neighbours(gap, seed=seed)
        result = EventStudy(returns, events, "MKT", windows=[(-5, 5)], tests=["kp"]).fit()
        rejected += int(result.findings[0].leading.p_value < 0.05)
    assert rejected / runs < 0.085  # 29 % when windows of neighbouring dates count as independent


def test_the_band_of_the_path_ends_at_the_interval_of_the_verdict() -> None:
    returns = synthetic_returns(900, 10, seed=4, shared=0.013)
    days = list(returns.index[300 + 70 * np.arange(8)])
    result = EventStudy(returns, days, "MKT", windows=[(0, 1)]).fit()
    last, row = result.aar.iloc[-1], result.verdict.iloc[0]
    assert (last["lower"], last["upper"]) == pytest.approx((row["lower"], row["upper"]), rel=1e-9)


# --- what a referee found -------------------------------------------------------------------------


def test_pairs_that_the_model_explains_exactly_are_in_no_interval() -> None:
    returns = synthetic_returns(600, 4, seed=6)
    day = returns.index[400]
    copies = returns.assign(C0=returns["MKT"], C1=returns["MKT"])
    found, alone = (EventStudy(r, [day], "MKT").fit() for r in (copies, returns))
    columns = ["caar", "lower", "upper", "detectable", "p_value", "words"]
    pd.testing.assert_frame_equal(found.verdict[columns], alone.verdict[columns], rtol=1e-9)
    assert "2 of 6 pairs explained exactly by the model" in str(found.summary())


def test_a_test_of_ones_own_cannot_change_the_study() -> None:
    def sorting(sample) -> float:
        sample.car.sort()
        return 0.5

    returns = synthetic_returns(600, 4, seed=6)
    with pytest.raises(SpecificationError, match=r"'sorting' failed on 4 pairs.*read-only"):
        EventStudy(returns, [returns.index[400]], "MKT", tests=["kp", sorting]).fit()


def test_a_placebo_of_another_study_is_refused() -> None:
    returns = synthetic_returns(600, 4, seed=6)
    one, other = (EventStudy(returns, [returns.index[d]], "MKT").fit() for d in (400, 450))
    with pytest.raises(SpecificationError, match="placebo of another study"):
        rer.verdict(one, chance=rer.placebo(other))
    for statistic in ("bmp", "scar", "caar"):
        assert len(rer.verdict(one, chance=rer.placebo(one, statistic=statistic)))


def test_no_larger_move_is_claimed_of_the_interval_that_is_printed() -> None:
    found = finding(p=0.2, car=0.06, error=0.027, matters=0.12)
    assert found.upper < 0.12 < np.expm1(found.upper)  # in logs below, compounded above
    assert decision.decide(found, lambda: 0.5).verdict == "none_larger"
    compounded = replace(found, log=True)
    assert decision.decide(compounded, lambda: 0.5).verdict == "cannot_tell"


def test_where_dates_and_securities_point_apart_the_dates_are_counted() -> None:
    returns = synthetic_returns(900, 40, seed=8)
    days = list(returns.index[300 + 35 * np.arange(16)])
    rows = [(f"S{i}", days[0]) for i in range(40)] + [
        (f"S{i}", day) for i, day in enumerate(days[1:])
    ]
    for name, day in rows:
        returns.loc[day, name] += -0.07 if day == days[0] else 0.08
    events = pd.DataFrame(rows, columns=["security", "date"])
    events["event_id"] = events["date"].astype(str)
    result = EventStudy(returns, events, "MKT", windows=[(0, 0)]).fit()
    row = result.verdict.iloc[0]
    assert "sign" in row["failed"]
    assert "while most dates point the other way (15 of 16 up)" in row["words"]


def test_days_close_together_are_not_called_one_day() -> None:
    returns = synthetic_returns(900, 8, seed=4)
    returns.iloc[700:703, :8] += 0.06
    result = EventStudy(returns, list(returns.index[700:703]), "MKT", windows=[(0, 2)]).fit()
    words = result.verdict["words"].item()
    assert "unusual stretches of three sessions" in words
    assert "days this close together" in words


def test_a_verdict_without_a_placebo_says_so() -> None:
    returns = synthetic_returns(600, 8, seed=4)
    returns.iloc[400, :8] += 0.2
    events = pd.DataFrame({"event_id": ["a"], "date": [returns.index[400]]})
    own = events.assign(window_start=0, window_end=1)
    result = EventStudy(returns, own, "MKT", windows="events").fit()
    assert "No placebo stands beside it." in result.verdict["words"].item()
