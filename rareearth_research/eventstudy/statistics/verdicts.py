"""Which tests are run on a window, which of them can be believed, and which one leads?

The same numbers can be significant by one test and nothing by another. The rule here is fixed in
advance: when event dates are shared, tests that assume independent securities are still computed
but marked invalid, and the Kolari–Pynnönen test leads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rareearth_research.arrays import Bools, Floats
from rareearth_research.eventstudy.dependence.correlation import ALIKE, OVERLAPPING, inflation
from rareearth_research.eventstudy.statistics import dates, parametric, ranks
from rareearth_research.eventstudy.statistics.bhar import skewness_adjusted
from rareearth_research.eventstudy.statistics.parametric import Statistic
from rareearth_research.eventstudy.statistics.ranking import grank_means, rank_means, rank_returns
from rareearth_research.eventstudy.statistics.sample import Sample

UNDEFINED = Statistic(math.nan, math.nan, math.nan)
FAT_TAILS = "rejects too often with fat tails (7.4 % at 5 % on shipped returns)"
FEWEST = {"date_t": dates.FEWEST_CLUSTERS, "date_flip": dates.FEWEST_FLIPS}  # clusters of dates
GAPPY = 0.05  # share of estimation days without a return from which on thin trading matters
BY_SESSION = ("portfolio", "crude_dependence", "rank", "grank")  # averages over event sessions


@dataclass(frozen=True)
class Test:
    """How a test is run and what it withstands."""

    run: Callable[[Sample], Statistic]
    minimum: int  # securities it needs
    standardised: bool  # uses SCAR or SAR
    clustering: bool  # survives shared dates
    induced_variance: bool  # survives event-induced variance
    common_variance: bool = False  # survives a rise of what pairs of a date have in common
    thin: bool = True  # survives missing returns
    few: int = 0  # securities from which on it keeps its size
    withdrawn: str = ""  # why it is never marked valid


def _varying(average: Floats, s: Sample) -> Floats:
    """Return the known mean residuals; none if pairs cancel each other but for rounding."""
    known = average[~np.isnan(average)]
    varies = (known**2).sum() > len(known) * ALIKE**2 * s.sigma2.mean()
    return known if varies else known[:0]


def _crude(s: Sample) -> Statistic:
    known = _varying(s.aar_estimation, s)
    if not len(known):
        return UNDEFINED
    return parametric.crude_dependence(s.car.mean(), known, s.width, s.estimated)


def _portfolio(s: Sample) -> Statistic:
    average = s.aar_estimation if s.weighted_estimation is None else s.weighted_estimation
    ok, known = s.standardisable(), _varying(average, s)
    if not len(known):
        return UNDEFINED
    df = len(known) - s.estimated
    sigma2 = float((known**2).sum()) / df
    # 1'V1/σ² is the same for every security of one date, so this is the portfolio's own forecast
    # variance there, and its average over dates otherwise
    spread = np.average(s.variance[ok] / s.sigma2[ok], weights=_some(s.weights, ok))
    return parametric.portfolio(np.average(s.car, weights=s.weights), sigma2 * float(spread), df)


def _some(weights: Floats | None, chosen: Bools) -> Floats | None:
    return None if weights is None or not weights[chosen].any() else weights[chosen]


def _patell(s: Sample) -> Statistic:
    ok = s.standardisable()
    return parametric.patell(_sar(s, ok), s.n_obs[ok], s.estimated)


def _kp_patell(s: Sample) -> Statistic:
    ok = s.standardisable()
    r = s.dependence.mean if ok.sum() > 1 else 0.0
    return parametric.kp_patell(_sar(s, ok), s.n_obs[ok], s.estimated, r)


def _sar(s: Sample, ok: Bools) -> Floats:
    return np.ascontiguousarray(s.standardised) if ok.all() else s.standardised[ok]


def _rank(s: Sample) -> Statistic:
    means, counts = rank_means(*s.ranked())
    return ranks.corrado(means, counts, s.abnormal.shape[1])


def _grank(s: Sample) -> Statistic:
    ok = s.standardisable()
    scar = ranks.leave_one_out_scores(s.scar[ok], s.dependence.mean)
    ranking = s.ranked()[0]
    if not ok.all():
        some = s.residuals.take(np.flatnonzero(ok), axis=0)
        ranking = rank_returns(some, s.abnormal[ok], [])
    means, counts = grank_means(ranking, np.sqrt(s.sigma2[ok]), scar)
    return ranks.grank_t(np.where(np.isfinite(scar).all(), means, np.nan), counts)


TESTS: dict[str, Test] = {
    "kp": Test(
        lambda s: parametric.kp(s.scar[s.standardisable()], s.dependence.mean), 2, True, True, True
    ),
    "date_t": Test(
        lambda s: dates.date_t(dates.cluster_means(s.car, s.cluster)), 1, False, True, True, True
    ),
    "date_flip": Test(
        lambda s: dates.date_flip(dates.cluster_means(s.car, s.cluster)), 1, False, True, True, True
    ),
    "portfolio": Test(_portfolio, 1, True, True, False),
    "crude_dependence": Test(_crude, 1, False, True, False),
    "kp_patell": Test(_kp_patell, 1, True, True, False, thin=False),
    "rank": Test(_rank, 1, False, True, False, thin=False),
    "grank": Test(_grank, 3, True, True, True, thin=False, withdrawn=FAT_TAILS),
    "bmp": Test(lambda s: parametric.bmp(s.scar[s.standardisable()]), 2, True, False, True),
    "patell": Test(_patell, 1, True, False, False, thin=False),
    "cross_sectional": Test(lambda s: parametric.cross_sectional(s.car), 2, False, False, True),
    "generalized_sign": Test(
        lambda s: ranks.generalized_sign(s.car, s.positive / s.n_obs), 2, False, False, True
    ),
    "sign": Test(lambda s: ranks.sign(s.car), 2, False, False, True),
    "wilcoxon": Test(lambda s: ranks.wilcoxon(s.car), 2, False, False, True),
    "skewness_adjusted": Test(lambda s: skewness_adjusted(s.bhar), 4, False, False, True, few=15),
}
DEFAULT_TESTS = tuple(name for name in TESTS if name != "skewness_adjusted")


def headline_test(n: int, clustered: bool) -> str:
    """Return the test that leads: portfolio for one security, kp on shared dates, else bmp."""
    if n < 2:
        return "portfolio"
    return "kp" if clustered else "bmp"


def run_test(name: str, sample: Sample, run: Callable[[Sample], Statistic] | None = None) -> dict:
    """Run one test and say in words what stands against it.

    Returns
    -------
    dict
        ``statistic, p_value, df, n, valid, note``. A test that has no meaning here has NaN
        numbers, ``valid`` False and the reason in ``note``.
    """
    test = TESTS[name]
    used = int(sample.standardisable().sum()) if test.standardised else sample.size
    notes: list[str] = []
    if used < test.minimum:
        left_out, needed = sample.size - used, f"{test.minimum} pair{'s' * (test.minimum > 1)}"
        notes.append(
            f"not defined for N = {used}: needs at least {needed}"
            + (f" ({left_out} explained exactly by the model)" if left_out else "")
        )
        return _row(UNDEFINED, used, False, notes)
    with np.errstate(invalid="ignore", divide="ignore"):
        result = (run or test.run)(sample)
    if not math.isfinite(result.statistic):
        notes.append(_why_undefined(name, sample, used))
        return _row(UNDEFINED, used, False, notes)
    valid = True
    if run is not None:
        valid = False
        notes.append("as eventstudy2 computes it, not as published: for comparison only")
    if sample.clustered and not test.clustering:
        valid = False
        notes.append(
            "windows share sessions (mean correlation "
            f"{sample.dependence.mean:+z.3f}): assumes independent pairs; rejects too often"
        )
    if name == "portfolio" and sample.weights is not None:
        mean = np.average(sample.car, weights=sample.weights)
        notes.append(f"value-weighted, mean CAR {100 * mean:+z.2f} %")
    if name == "date_t":
        scaled = dates.date_t(dates.cluster_means(sample.scar, sample.cluster))
        if math.isfinite(scaled.statistic):
            notes.append(f"on SCAR: {scaled.statistic:z.2f}, p {scaled.p_value:.4f}")
    if not test.induced_variance:
        notes.append("rejects too often if the event itself raises the variance")
    elif sample.clustered and test.clustering and not test.common_variance:
        notes.append("rejects too often if the variance that pairs of a date share rises")
    if test.withdrawn:
        valid = False
        notes.append(test.withdrawn)
    if used < test.few:
        valid = False
        notes.append(f"N = {used}: rejects too often for fewer than {test.few} pairs")
    elif test.minimum > 1 and used < 5:
        notes.append(f"N = {used}: little power and rough p-values")
    days = sample.residuals.shape[1] * len(sample.n_obs)
    missing = days - int(sample.n_obs.sum())
    if missing > GAPPY * days and not test.thin:
        valid = False
        notes.append(f"{missing / days:.0%} of estimation days have no return: rejects too often")
    if sample.mixed_calendars and name in BY_SESSION:
        notes.append("exchange calendars differ: averages by event session mix dates")
    if sample.across and name in BY_SESSION:
        valid = False
        notes.append(
            "windows of different dates share sessions, which averages by event session do not "
            "see: rejects too often"
        )
    elif sample.overlapping > OVERLAPPING * sample.size and name in BY_SESSION:
        valid = False
        notes.append(
            f"{sample.overlapping} of {sample.size} pairs share sessions with another event of "
            "their security, which averages by event session do not see: rejects too often"
        )
    if used < sample.size:
        notes.append(f"{sample.size - used} explained exactly by the model, left out")
    return _row(result, used, valid, notes)


def _row(result: Statistic, n: int, valid: bool, notes: Sequence[str]) -> dict:
    return {
        "statistic": result.statistic,
        "p_value": result.p_value,
        "df": result.df,
        "n": n,
        "valid": valid,
        "note": "; ".join(notes),
    }


def _why_undefined(name: str, sample: Sample, used: int) -> str:
    if name in FEWEST:
        clusters = int(sample.cluster.max()) + 1
        if clusters < FEWEST[name]:
            return (
                f"not defined: {clusters} cluster{'s' * (clusters > 1)} of dates, and it needs "
                f"{FEWEST[name]}"
            )
        return "not defined: all clusters of dates have the same mean"
    if name in ("kp", "kp_patell"):
        if not math.isfinite(sample.dependence.mean):
            return "not defined: no two pairs share three estimation days"
        if np.isnan(inflation(used, sample.dependence.mean)):
            return (
                f"not defined: with a mean correlation of {sample.dependence.mean:+z.3f} among "
                f"{used} pairs nothing varies in their average (they mirror each other, or have "
                "too few common days)"
            )
    if name in ("patell", "kp_patell"):
        return f"not defined: needs more than {sample.estimated + 2} estimation days for each pair"
    if name in ("portfolio", "crude_dependence", "rank"):
        return "not defined: the average over pairs does not vary (they mirror each other)"
    return "not defined: the values of all pairs are equal (copies of one series?)"
