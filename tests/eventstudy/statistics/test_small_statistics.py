"""Each statistic of few numbers, as a loop over them has it, at its limits. Synthetic."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from rareearth_research.eventstudy.chance.joint import JointDraws
from rareearth_research.eventstudy.chance.p_values import confidence_p, placebo_p, two_sided_p
from rareearth_research.eventstudy.dependence.dispersion import _compared, dispersion
from rareearth_research.eventstudy.questions.specifications.joint import joint_frame
from rareearth_research.eventstudy.sizes.rejections import _rates
from rareearth_research.eventstudy.statistics import dates, parametric, ranks
from rareearth_research.eventstudy.statistics.decision import Finding, decide, detectable_at
from rareearth_research.eventstudy.statistics.parametric import Statistic

NAN = float("nan")


@pytest.mark.parametrize("width", [1, 3])
def test_corrado_counts_the_sessions_that_any_security_has(width: int) -> None:
    means = np.random.default_rng(1).normal(0, 0.1, 12)
    counts = np.array([3, 5, 0, 5, 4, 5, 5, 1, 5, 0, 5, 2])
    scaled = [mean * np.sqrt(n) for mean, n in zip(means, counts, strict=True)]
    spread = np.sqrt(sum(x * x for x in scaled) / 10)  # sessions with a security
    days = sum(n > 0 for n in counts[-width:])
    z = sum(scaled[-width:]) / (np.sqrt(days) * spread)
    found = ranks.corrado(means, counts, width)
    assert (found.statistic, found.p_value) == pytest.approx((z, 2 * stats.norm.sf(abs(z))))
    assert np.isnan(ranks.corrado(np.zeros(12), counts, width).statistic)


def test_the_generalised_rank_is_over_its_spread_on_all_columns_with_a_security() -> None:
    means = np.random.default_rng(2).normal(0, 0.1, 9)
    counts = np.array([4, 4, 0, 1, 4, 3, 4, 4, 4])
    spread = np.sqrt(sum(n / 4 * mean**2 for n, mean in zip(counts, means, strict=True)) / 8)
    z = means[-1] / spread
    t = z * np.sqrt((8 - 2) / (8 - 1 - z**2))
    found = ranks.grank_t(means, counts)
    assert (found.statistic, found.df) == pytest.approx((t, 6))
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(t), 6))
    assert np.isnan(ranks.grank_t(np.zeros(9), counts).statistic)


@pytest.mark.parametrize("n", [3, 4, 9])
def test_scores_are_against_the_spread_of_the_others(n: int) -> None:
    scar = np.random.default_rng(n).normal(0.5, 2, n)
    found = ranks.leave_one_out_scores(scar, 0.2)
    for i, own in enumerate(scar):
        x = np.sqrt(0.8) * own / np.delete(scar, i).std(ddof=1)
        assert found[i] == pytest.approx(stats.norm.isf(stats.t.sf(x, n - 2)), rel=1e-8)
    assert np.isnan(ranks.leave_one_out_scores(scar[:2], 0.2)).all()
    alone = ranks.leave_one_out_scores([2.0, 2.0, 2.0, 5.0], 0.0)
    assert np.isnan(alone).tolist() == [False, False, False, True]  # the others are alike
    assert np.isnan(ranks.leave_one_out_scores([-0.1, -0.1, -0.1, -0.7], 0.0))[-1]


@pytest.mark.parametrize("n", [1, 2, 12, 50, 51])
def test_signed_ranks_are_exact_up_to_fifty_without_ties(n: int) -> None:
    car = np.random.default_rng(n).normal(0.3, 1, n)
    found = ranks.wilcoxon(np.append(car, 0.0))
    method = "exact" if n <= 50 else "asymptotic"
    theirs = stats.wilcoxon(car, mode=method, correction=False)
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    up = stats.rankdata(np.abs(car))[car > 0].sum()
    z = (up - n * (n + 1) / 4) / np.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    assert found.statistic == pytest.approx(z, rel=1e-9)
    tied = np.round(car, 0)
    if len(np.unique(np.abs(tied[tied != 0]))) < (tied != 0).sum():
        normal = stats.wilcoxon(tied, mode="asymptotic", correction=False, zero_method="wilcox")
        assert ranks.wilcoxon(tied).p_value == pytest.approx(normal.pvalue, rel=1e-9)
    assert np.isnan([ranks.wilcoxon(0 * car).statistic, ranks.wilcoxon(0 * car).p_value]).all()


@pytest.mark.parametrize("count", [5, 6, 9])
def test_every_pattern_of_signs_is_tried(count: int) -> None:
    means = np.random.default_rng(count).normal(0.4, 1, count)
    sums = [abs(sum(s * m for s, m in zip(signs, means, strict=True)))
            for signs in product((-1, 1), repeat=count)]  # fmt: skip
    found = dates.date_flip(means)
    if count < 6:
        assert np.isnan(found.p_value)
    else:
        assert found.p_value == np.mean(np.array(sums) >= abs(means.sum()) - 1e-12)
        assert found.statistic == pytest.approx(stats.ttest_1samp(means, 0).statistic, rel=1e-9)
    assert np.isnan(dates.date_flip(np.zeros(8)).p_value)


@pytest.mark.parametrize("count", [16, 17, 300])
def test_beyond_sixteen_patterns_are_drawn_and_ones_own_counted(count: int) -> None:
    means = np.random.default_rng(count).normal(0.1, 1, count)
    p = dates.date_flip(means).p_value
    normal = 2 * stats.norm.sf(abs(means.sum()) / np.sqrt((means**2).sum()))
    assert p == pytest.approx(normal, abs=0.025)
    if count > 16:  # the same patterns on every machine, 256 clusters at a time
        rng, ones = np.random.default_rng(0), np.empty((9_999, 0))
        for _ in range(0, count, 256):
            packed = np.frombuffer(rng.bytes(9_999 * 32), np.uint8).reshape(9_999, 32)
            ones = np.column_stack([ones, np.unpackbits(packed, axis=1)])
        sums = np.abs((2 * ones[:, :count] - 1) @ means)
        assert p == (1 + (sums >= abs(means.sum()) - 1e-9).sum()) / 10_000
    draws = 2**15 if count == 16 else 10_000
    assert p * draws == pytest.approx(round(p * draws), abs=1e-6)
    assert dates.date_flip(np.ones(count)).p_value <= 2 / draws


def test_a_t_over_dates_needs_three() -> None:
    means = dates.cluster_means([1.0, 3.0, 5.0, 8.0, 2.0], [1, 0, 1, 2, 0])
    assert means.tolist() == [2.5, 3.0, 8.0]
    assert dates.date_t(means).p_value == pytest.approx(stats.ttest_1samp(means, 0).pvalue)
    assert dates.date_t(np.ones((3, 2))).statistic.shape == (3,)
    assert parametric.cross_sectional(np.ones((3, 1))).statistic.shape == (3,)
    one = parametric.cross_sectional(np.ones(1))
    assert (np.ndim(one.statistic), one.df) == (0, 0)
    few = dates.date_t(means[:2])
    assert np.ndim(few.statistic) == 0
    assert (np.isnan([few.statistic, few.p_value]).all(), few.df) == (True, 1)


def test_placebo_draws_as_large_are_counted_with_ones_own() -> None:
    draws = np.array([[1.0, NAN, 3.0, NAN], [-2.0, 1.0, NAN, NAN], [2.0, -5.0, 1.0, NAN]])
    p, n = placebo_p(np.array([-2.0, 5.0, NAN, 1.0]), draws)
    np.testing.assert_array_equal(p, [3 / 4, 2 / 3, NAN, NAN])
    assert n.tolist() == [3, 2, 2, 0]
    assert two_sided_p(1.0, np.array([1.0, 2.0, 3.0, NAN, 0.0])) == (min(1, 2 * 3 / 5), 4)
    assert two_sided_p(9.0, np.array([1.0, 2.0, 3.0])) == (0.5, 3)
    assert np.isnan(two_sided_p(NAN, np.ones(3))[0])
    assert np.isnan(two_sided_p(1.0, np.array([NAN]))[0])


@pytest.mark.parametrize("sign", [0, 1, -1])
@pytest.mark.parametrize("width", [1, 3, 6])
def test_what_speaks_against_a_session_is_the_largest_elsewhere(sign: int, width: int) -> None:
    rng = np.random.default_rng(3)
    observed, null = rng.normal(size=6), rng.normal(size=(40, 6))
    observed[4] = NAN

    def against(row: np.ndarray, s: int) -> float:
        seen = [o for o in range(6) if np.isfinite(observed[o])]
        far = [sign * row[o] if sign else abs(row[o]) for o in seen if abs(o - s) >= width]
        own = [-sign * row[s]] if sign and s in seen else []
        return max([*far, *own], default=-np.inf)

    for s, p in enumerate(confidence_p(observed, null, width, sign)):
        larger = sum(against(row, s) >= against(observed, s) - 1e-12 for row in null)
        assert p == pytest.approx((1 + larger) / 41)
    assert np.isnan(confidence_p(observed, null[:0], width, sign)).all()


def mean_squares(values: np.ndarray, block: np.ndarray) -> tuple[float, float]:
    """Of one column, within and between dates; NaN without a degree of freedom."""
    seen = np.isfinite(values)
    groups = [values[seen & (block == b)] for b in np.unique(block) if (seen & (block == b)).any()]
    inside = sum(len(g) - 1 for g in groups)
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / inside if inside else NAN
    if len(groups) < 3:
        return within, NAN
    mean = values[seen].mean()
    between = sum(len(g) * (g.mean() - mean) ** 2 for g in groups) / (len(groups) - 1)
    return within, between


@pytest.mark.parametrize("estimated", [0, 2])
@pytest.mark.parametrize(("block", "length"), [([0, 1, 1, 2, 0, 2], 62), ([0, 0, 1, 1, 1, 1], 38),
                                               ([0, 1, 2, 3, 4, 5], 57)])  # fmt: skip
def test_dispersion_is_compared_with_every_stretch_before(
    block: list[int], length: int, estimated: int
) -> None:
    rng, width, of = np.random.default_rng(7), 3, np.array(block)
    residuals, sigma = rng.normal(size=(6, length)), rng.uniform(0.5, 2, 6)
    residuals[1, -3:] = residuals[2, -7] = NAN
    scar = rng.normal(0, 2, 6)
    stretches = length // width
    share = 1 - (width + estimated - 1) / length if estimated else 1.0
    values = np.full((6, 1 + stretches), NAN)
    values[:, 0] = scar
    for i in range(6):
        for s in range(stretches):
            part = residuals[i, length - (stretches - s) * width :][:width]
            part = part[np.isfinite(part)]
            if len(part):
                values[i, 1 + s] = part.sum() / (sigma[i] * np.sqrt(len(part) * share))
    found = dispersion(scar, residuals, sigma, of, width, estimated)
    expected = []
    for own, *others in np.array([mean_squares(column, of) for column in values.T]).T:
        known = np.array(others)[np.isfinite(others)]
        ratio = own / known.mean() if len(known) and np.isfinite(own) else NAN
        p = (1 + (known >= own).sum()) / (1 + len(known)) if len(known) >= 19 else NAN
        expected += [ratio, p if np.isfinite(ratio) else NAN]
    np.testing.assert_allclose(
        [found.ratio, found.p_value, found.between, found.p_between], expected, rtol=1e-9
    )
    if found.ratio > 1:
        assert found.heterogeneity == pytest.approx(1 - 1 / found.ratio)
    missing = dispersion(np.append(NAN, scar), np.vstack([residuals[1:2], residuals]),
                         np.append(1.0, sigma), np.append(0, of), width, estimated)  # fmt: skip
    assert repr(missing) == repr(found) or block == [0, 1, 2, 3, 4, 5]  # NaN equals no NaN
    assert np.isfinite(dispersion(scar[:2], residuals[:2], sigma[:2], of[:1].repeat(2), 3, 0).ratio)
    assert np.isnan(dispersion(scar[:1], residuals[:1], sigma[:1], of[:1], 3, 0).ratio)
    assert np.isnan(dispersion(scar, residuals[:, :2], sigma, of, 3, 0).ratio)


def test_a_stretch_as_large_as_the_event_counts() -> None:
    others = np.append(np.full(18, 0.5), [2.0, NAN])
    assert _compared(np.append(2.0, others)) == (2 / (11 / 19), 2 / 20)
    assert np.isnan(_compared(np.append(2.0, others[1:]))[1])  # eighteen are too few


def test_rates_count_every_study_and_p_at_a_level() -> None:
    rates = _rates(np.array([0.01, 0.05, 0.02, NAN]))
    assert rates["level"].tolist() == [0.01, 0.05, 0.1]
    assert rates["rejection"].tolist() == [0.25, 0.75, 0.75]
    np.testing.assert_allclose(rates["std_error"], np.sqrt(0.1875 / 4))
    assert rates["replications"].tolist() == [4, 4, 4]
    assert _rates(np.array([NAN, NAN]))["rejection"].isna().all()


@pytest.mark.parametrize("scale", [1.0, -0.1])
def test_the_curve_as_a_whole_is_judged_as_each_draw_is(scale: float) -> None:
    rng = np.random.default_rng(11)
    t, caar = rng.normal(size=(60, 4)), rng.normal(size=(60, 4))
    t[0], t[7, 1] = [3.0, -2.5, 2.8, 0.1], 0.0
    t *= scale
    drawn = JointDraws(t, caar, 59, {}, ())
    critical = [np.sort(np.abs(t[:, v]))[::-1][2] for v in range(4)]  # three of sixty
    rows = []
    for row, effects in zip(t, caar, strict=True):
        loud = [abs(x) >= c * (1 - 1e-12) for x, c in zip(row, critical, strict=True)]
        up = np.mean([s and x > 0 for s, x in zip(loud, row, strict=True)])
        down = np.mean([s and x < 0 for s, x in zip(loud, row, strict=True)])
        rows.append([np.median(effects), max(up, down), np.mean(row / np.array(critical))])
    found, of_all = joint_frame(drawn), np.array(rows)
    np.testing.assert_allclose(found["observed"], of_all[0], rtol=1e-9)
    larger = (np.abs(of_all[1:]) >= np.abs(of_all[0]) * (1 - 1e-12)).sum(axis=0)
    np.testing.assert_allclose(found["p_value"], (1 + larger) / 60)
    assert found["n"].tolist() == [59] * 3


def test_draws_are_complete_in_versions_that_have_a_statistic_at_the_event() -> None:
    t = np.array([[1.0, NAN, 2.0], [1.0, 2.0, NAN], [NAN, 2.0, 4.0], [7.0, NAN, 8.0], [9, 1, 3]])
    drawn = JointDraws(t, 10 * t, 5, {3: np.arange(4)}, ({3: "a"}, {3: "b"}, {3: "c"}))
    found = drawn.complete()
    assert found.statistic.tolist() == [[1, 2], [7, 8], [9, 3]]
    assert found.caar.tolist() == [[10, 20], [70, 80], [90, 30]]
    assert found.chosen[3].tolist() == [2, 3]
    assert found.dates == ({3: "a"}, {3: "c"})
    assert found.complete() is found


def finding(means: Any, p: float, statistic: float = 3.0, **other: Any) -> Finding:
    given = {"error": 0.001, "df": 10.0, "matters": 0.02} | other
    car = np.asarray(means, dtype=float)
    return Finding(car, car, "kp", Statistic(statistic, p, 9.0), **given)


LOUD = np.array([0.02, 0.021, 0.019, 0.022, 0.018, 0.02])
TOUCHING = float(LOUD.mean() / special.stdtrit(10, 0.975))  # an interval from zero on


def test_a_move_needs_p_at_most_five_per_cent_and_every_check() -> None:
    for found, family, placebo, verdict, failed in (
        (finding(LOUD, 0.05), None, 0.1, "moved", ()),
        (finding(LOUD, 0.05), 0.05, 0.1, "moved", ()),
        (finding(LOUD, 0.0501), None, 0.1, "cannot_tell", ()),
        (finding(LOUD, 0.01), 0.051, 0.1, "unsettled", ("family",)),
        (finding(LOUD, 0.01), None, 0.101, "unsettled", ("placebo",)),
        (finding(LOUD, 0.01, error=0.0195 / stats.t.ppf(0.975, 10)), None, NAN, "moved", ()),
        (finding(LOUD, 0.01, error=0.021 / stats.t.ppf(0.975, 10)), None, NAN, "unsettled",
         ("interval",)),
        (finding(-LOUD, 0.01, -3.0), None, NAN, "moved", ()),
        (finding(LOUD, 0.01, error=TOUCHING), None, NAN, "unsettled", ("interval",)),
        (finding(-LOUD, 0.01, -3.0, error=TOUCHING), None, NAN, "unsettled", ("interval",)),
        (finding(LOUD, 0.01, -3.0), None, NAN, "unsettled", ("sign",)),
        (finding(LOUD[:2], 0.01), None, 0.04, "unsettled", ("few_dates",)),
        (finding(LOUD[:2], 0.01), None, 0.2, "cannot_tell", ()),
        (finding(LOUD[:2], 0.01), None, NAN, "unsettled", ("few_dates",)),
        (finding(LOUD, NAN), None, 0.04, "cannot_tell", ()),
    ):  # fmt: skip
        decided = decide(found, lambda placebo=placebo: placebo, family)
        assert (decided.verdict, decided.failed) == (verdict, failed)


@pytest.mark.parametrize("log", [False, True])
def test_none_is_larger_where_the_whole_interval_lies_inside(log: bool) -> None:
    quiet = finding([0.001, -0.002, 0.003], 0.4, log=log)
    ends = quiet.caar + np.array([-1, 1]) * stats.t.ppf(0.975, 10) * 0.001
    assert (quiet.lower, quiet.upper) == pytest.approx(tuple(ends))
    reach = max(np.abs(np.expm1(ends) if log else ends))
    assert quiet.reach == pytest.approx(reach)
    for matters, verdict in ((quiet.reach, "none_larger"), (quiet.reach * 0.999, "cannot_tell")):
        decided = decide(replace(quiet, matters=matters), lambda: NAN)
        assert decided.verdict == verdict
    power = (stats.t.ppf(0.975, 10) + stats.t.ppf(0.8, 10)) * 0.001
    assert quiet.detectable == pytest.approx(power)
    assert np.isnan(replace(quiet, df=0.0).detectable)
    found = detectable_at(0.03, np.array([3, 8]))
    expected = [(stats.t.ppf(0.975, g - 1) + stats.t.ppf(0.8, g - 1)) * 0.03 / np.sqrt(g)
                for g in (3, 8)]  # fmt: skip
    np.testing.assert_allclose(found, expected, rtol=1e-9)
