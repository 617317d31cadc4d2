"""What stands against each test of a sample, at every limit. Made-up samples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from rareearth_research.eventstudy.dependence.correlation import Dependence
from rareearth_research.eventstudy.statistics.decision import find
from rareearth_research.eventstudy.statistics.parametric import Statistic
from rareearth_research.eventstudy.statistics.ported import PORTED
from rareearth_research.eventstudy.statistics.sample import Sample
from rareearth_research.eventstudy.statistics.verdicts import (
    DEFAULT_TESTS,
    TESTS,
    headline_test,
    run_test,
)

BY_SESSION = {"portfolio", "crude_dependence", "rank", "grank"}


def sample(n: int = 20, **change: Any) -> Sample:
    """One window of three sessions over n pairs of as many dates, made up."""
    rng = np.random.default_rng(n)
    residuals = rng.normal(size=(n, 40))
    residuals -= residuals.mean(axis=1, keepdims=True)
    abnormal, sigma2 = rng.normal(size=(n, 3)), residuals.var(axis=1) * 40 / 38
    variance = 3.2 * sigma2
    given = Sample(
        car=abnormal.sum(axis=1), variance=variance, scar=abnormal.sum(axis=1) / np.sqrt(variance),
        bhar=np.exp(abnormal.sum(axis=1) / 9) - 1, abnormal=abnormal,
        standardised=abnormal / np.sqrt(1.05 * sigma2)[:, None], residuals=residuals,
        positive=(residuals > 0).sum(axis=1), sigma2=sigma2, n_obs=np.full(n, 40), estimated=2,
        width=3.0, dependence=Dependence(0.1, 0.1), clustered=False, across=False,
        cluster=np.arange(n), block=np.arange(n), mixed_calendars=False,
        aar_estimation=residuals.mean(axis=0),
    )  # fmt: skip
    return replace(given, **change)


def said(given: Sample) -> dict[str, str]:
    return {name: run_test(name, given)["note"] for name in TESTS}


def valid(given: Sample) -> set[str]:
    return {name for name in TESTS if run_test(name, given)["valid"]}


def having(given: Sample, words: str) -> set[str]:
    return {name for name, note in said(given).items() if words in note}


NEVER = {"grank"}  # withdrawn
INDEPENDENT = {"bmp", "patell", "cross_sectional", "generalized_sign", "sign", "wilcoxon",
               "skewness_adjusted"}  # fmt: skip
ALL = set(TESTS) - NEVER


def test_what_each_test_uses_and_withstands() -> None:
    found = {name: [test.standardised, test.clustering, test.induced_variance, test.thin]
             for name, test in TESTS.items()}  # fmt: skip
    yes, no = True, False
    assert found == {
        "kp": [yes, yes, yes, yes], "date_t": [no, yes, yes, yes], "date_flip": [no, yes, yes, yes],
        "portfolio": [yes, yes, no, yes], "crude_dependence": [no, yes, no, yes],
        "kp_patell": [yes, yes, no, no], "rank": [no, yes, no, no], "grank": [yes, yes, yes, no],
        "bmp": [yes, no, yes, yes], "patell": [yes, no, no, no],
        "cross_sectional": [no, no, yes, yes], "generalized_sign": [no, no, yes, yes],
        "sign": [no, no, yes, yes], "wilcoxon": [no, no, yes, yes],
        "skewness_adjusted": [no, no, yes, yes],
    }  # fmt: skip


def test_of_independent_pairs_all_tests_are_valid_but_the_one_withdrawn() -> None:
    assert valid(sample()) == ALL
    assert having(sample(), "fat tails") == NEVER
    assert set(DEFAULT_TESTS) == set(TESTS) - {"skewness_adjusted"}
    rough = {"portfolio", "crude_dependence", "kp_patell", "rank", "patell"}
    assert having(sample(), "if the event itself raises the variance") == rough
    assert having(sample(), "if the variance that pairs of a date share rises") == set()


def test_where_windows_share_sessions_tests_of_independent_pairs_are_not_valid() -> None:
    clustered = sample(clustered=True)
    assert valid(clustered) == ALL - INDEPENDENT
    assert having(clustered, "(mean correlation +0.100): assumes independent") == INDEPENDENT
    shared = having(clustered, "if the variance that pairs of a date share rises")
    assert shared == {"kp", "grank"}
    assert [headline_test(n, c) for n in (1, 2) for c in (False, True)] == [
        "portfolio", "portfolio", "bmp", "kp",
    ]  # fmt: skip


def test_tests_by_session_bear_no_sessions_shared_beyond_a_date() -> None:
    mixed = "exchange calendars differ: averages by event session mix dates"
    assert having(sample(mixed_calendars=True), mixed) == BY_SESSION
    assert valid(sample(mixed_calendars=True)) == ALL
    assert valid(sample(across=True)) == ALL - BY_SESSION
    assert having(sample(across=True), "windows of different dates share sessions") == BY_SESSION
    assert valid(sample(overlapping=1)) == ALL  # a twentieth
    assert valid(sample(overlapping=2)) == ALL - BY_SESSION
    assert having(sample(overlapping=2), "2 of 20 pairs share sessions") == BY_SESSION
    assert having(sample(overlapping=2, across=True), "2 of 20 pairs") == set()


def test_a_twentieth_of_days_may_lack_a_return() -> None:
    thin = {"kp_patell", "rank", "patell", "grank"}
    assert valid(sample(n_obs=np.full(20, 38))) == ALL  # of 40 each
    few = sample(n_obs=np.append(np.full(19, 38), 37))
    assert valid(few) == ALL - thin
    assert having(few, "5% of estimation days have no return: rejects too often") == thin


@pytest.mark.parametrize(
    ("n", "rough", "skew"),
    [(4, True, False), (5, False, False), (14, False, False), (15, False, True)],
)
def test_few_pairs_are_said_where_a_test_compares_them(n: int, rough: bool, skew: bool) -> None:
    compared = {name for name in TESTS if TESTS[name].minimum > 1} - {"skewness_adjusted"}
    power = having(sample(n), f"N = {n}: little power and rough p-values")
    assert power == (compared if rough else set())
    few = having(sample(n), f"N = {n}: rejects too often for fewer than 15 pairs")
    assert few == (set() if skew else {"skewness_adjusted"})
    assert ("skewness_adjusted" in valid(sample(n))) == skew
    assert valid(sample(n)) >= BY_SESSION - NEVER  # as no pair overlaps another of its security


@pytest.mark.parametrize("n", [1, 2, 6])
def test_the_ported_correction_is_for_two_pairs_or_more(n: int) -> None:
    given = sample(n)
    patell, kp = (PORTED[name](given).statistic for name in ("patell", "kp_patell"))
    sar = given.abnormal / np.sqrt(given.sigma2)[:, None] / 1.05**0.25  # V_tt is 1.05 σ² of each
    expected = (sar / np.sqrt([1, 2, 3])).sum() / np.sqrt(n * (40 - 2) / (40 - 4))
    assert patell == pytest.approx(expected, rel=1e-9)
    factor = np.sqrt((1 - 0.1) / (1 + (n - 1) * 0.1)) if n > 1 else 1.0
    assert kp == pytest.approx(factor * patell)


def test_pairs_that_the_model_explains_are_left_out_and_counted() -> None:
    exact = sample(scar=np.where(np.arange(20) < 2, np.nan, sample().scar))
    standardised = {"kp", "portfolio", "kp_patell", "grank", "bmp", "patell"}
    assert having(exact, "2 explained exactly by the model, left out") == standardised
    assert {name: run_test(name, exact)["n"] for name in ("bmp", "sign")} == {"bmp": 18, "sign": 20}
    one = sample(3, scar=np.array([1.0, np.nan, np.nan]))
    assert run_test("bmp", one)["note"] == (
        "not defined for N = 1: needs at least 2 pairs (2 explained exactly by the model)"
    )
    none = run_test("patell", replace(one, scar=np.full(3, np.nan)))
    assert none["note"].startswith("not defined for N = 0: needs at least 1 pair (3 explained")
    assert (none["valid"], np.isnan(none["statistic"])) == (False, True)
    assert run_test("sign", sample(1))["note"] == "not defined for N = 1: needs at least 2 pairs"


def test_values_of_tests_are_those_of_their_formulas() -> None:
    given = sample()
    car, n = given.car, 20
    t = car.mean() / (car.std(ddof=1) / np.sqrt(n))
    assert run_test("cross_sectional", given)["statistic"] == pytest.approx(t)
    scar = given.scar
    bmp = scar.mean() / (scar.std(ddof=1) / np.sqrt(n))
    assert run_test("bmp", given)["statistic"] == pytest.approx(bmp)
    kp = bmp * np.sqrt((1 - 0.1) / (1 + 19 * 0.1))
    assert run_test("kp", given)["statistic"] == pytest.approx(kp)
    average = given.residuals.mean(axis=0)
    sigma2 = (average**2).sum() / 38
    portfolio = car.mean() / np.sqrt(sigma2 * 3.2)
    found = run_test("portfolio", given)
    assert (found["statistic"], found["df"]) == pytest.approx((portfolio, 38))
    weights = np.arange(1.0, 21.0)
    mine = replace(given, weights=weights, weighted_estimation=weights @ given.residuals / 210)
    sigma2 = ((weights @ given.residuals / 210) ** 2).sum() / 38
    value = (weights @ car / 210) / np.sqrt(sigma2 * 3.2)
    found = run_test("portfolio", mine)
    assert found["statistic"] == pytest.approx(value)
    assert f"value-weighted, mean CAR {100 * (weights @ car / 210):+.2f} %" in found["note"]
    assert having(mine, "value-weighted") == {"portfolio"}
    dated = run_test("date_t", given)
    by_scar = scar.mean() / (scar.std(ddof=1) / np.sqrt(n))
    assert dated["statistic"] == pytest.approx(t)
    assert dated["note"].startswith(f"on SCAR: {by_scar:.2f}, p ")


CAR = np.array([0.03, 0.01, 0.02, -0.01, 0.0, 0.01])
BY_PAIR = CAR.std(ddof=1) / np.sqrt(6)
KP = np.sqrt((1 + 5 * 0.1) / (1 - 0.1))  # r̄ of the sample, six pairs
NAN = np.nan


@pytest.mark.parametrize(
    ("cluster", "change", "error", "df"),
    [
        ([0, 0, 0, 1, 1, 1], {}, BY_PAIR, 5),
        ([0, 0, 0, 1, 1, 1], {"clustered": True}, KP * BY_PAIR, 5),
        ([0, 1, 2, 0, 1, 2], {}, BY_PAIR, 5),
        # the means 2, ½ and ½ %: half a per cent is less than BY_PAIR, with t(2) it is more
        ([0, 0, 1, 1, 2, 2], {}, 0.005, 2),
        ([0, 0, 1, 1, 2, 2], {"car": np.full(6, 0.5)}, NAN, 1),
        ([0, 1, 1, 2, 2, 2], {"scar": np.array([1, 2, NAN, 3, NAN, NAN])},
         np.std([0.03, 0.01, -0.01], ddof=1) / np.sqrt(3), 2),
        ([0] * 6, {"scar": np.array([1, *[NAN] * 5]), "variance": np.full(6, 4e-4)}, 0.02, 38),
        ([0] * 6, {"scar": np.array([1, *[NAN] * 5]), "variance": np.zeros(6)}, NAN, 1),
        ([0] * 6, {"scar": np.full(6, NAN), "aar_estimation": np.zeros(40)}, BY_PAIR, 5),
    ],
)  # fmt: skip
def test_the_interval_is_that_of_pairs_or_of_three_dates_whichever_is_wider(
    cluster: list[int], change: dict[str, Any], error: float, df: int
) -> None:
    found = find(sample(6, **{"car": CAR, "cluster": np.array(cluster)} | change), 0.02)
    assert (found.error, found.df, found.log) == pytest.approx((error, df, False), nan_ok=True)
    reach = stats.t.ppf(0.975, df) * error
    ends = (found.caar - reach, found.caar + reach)
    assert (found.lower, found.upper) == pytest.approx(ends, nan_ok=True)


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("date_t", {"cluster": np.arange(20) % 2}, "2 clusters of dates, and it needs 3"),
        ("date_t", {"cluster": np.zeros(20, int)}, "1 cluster of dates, and it needs 3"),
        ("date_flip", {"cluster": np.arange(20) % 5}, "5 clusters of dates, and it needs 6"),
        ("date_t", {"car": np.ones(20)}, "all clusters of dates have the same mean"),
        ("kp", {"dependence": Dependence(np.nan, np.nan)}, "no two pairs share three estimation"),
        ("kp_patell", {"dependence": Dependence(-1 / 19, 0.0)},
         "with a mean correlation of -0.053 among 20 pairs nothing varies"),
        ("patell", {"n_obs": np.full(20, 4)}, "needs more than 4 estimation days for each pair"),
        ("portfolio", {"aar_estimation": np.zeros(40)}, "the average over pairs does not vary"),
        ("crude_dependence", {"aar_estimation": np.full(40, 1e-11)}, "does not vary"),
        ("cross_sectional", {"car": np.full(20, 0.5)}, "the values of all pairs are equal"),
        ("bmp", {"scar": np.full(20, 0.5)}, "the values of all pairs are equal"),
    ],
)  # fmt: skip
def test_a_test_without_a_value_says_why(name: str, change: dict[str, Any], why: str) -> None:
    row = run_test(name, sample(**change))
    assert why in row["note"]
    assert (row["valid"], np.isnan(row["p_value"])) == (False, True)


def test_another_convention_is_for_comparison_only() -> None:
    row = run_test("bmp", sample(), lambda s: Statistic(float(s.size), 0.5, 3.0))
    assert (row["statistic"], row["valid"], row["df"]) == (20.0, False, 3.0)
    assert row["note"] == "as eventstudy2 computes it, not as published: for comparison only"
