"""What may be said of one window? One rule that turns the numbers into one of four verdicts.

The more cautious of two views decides: the leading test, whose sample are securities, and the t
test over clusters of announcements; with fewer than three clusters the placebo takes the second
place and no verdict is stronger than `unsettled`. The interval says how large the effect may be,
and what the study could have found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from rareearth_research.arrays import Floats, Ints
from rareearth_research.eventstudy.statistics import dates
from rareearth_research.eventstudy.statistics.parametric import Statistic, kp_factor, spread
from rareearth_research.eventstudy.statistics.sample import Sample
from rareearth_research.eventstudy.statistics.verdicts import TESTS, headline_test

LEVEL = 0.05
DOUBT = 0.10  # a check fails above this p-value
POWER = 0.80
VERDICTS = ("moved", "unsettled", "none_larger", "cannot_tell")
CHECKS = ("few_dates", "interval", "family", "sign", "date_flip", "placebo")


@dataclass(frozen=True)
class Finding:
    """The numbers of one window that a verdict rests on.

    Attributes
    ----------
    car : ndarray, shape (N,)
        Of the pairs that the model does not explain exactly.
    means : ndarray, shape (C,)
        Mean CAR of each cluster of announcements.
    test, leading : str, Statistic
        The test that leads by the rule fixed in advance, over securities.
    error, df : float
        Standard error of the mean CAR and its degrees of freedom, of the view with the wider 95 %
        interval.
    matters : float
        Size below which a move is not worth knowing; NaN for none.
    log : bool
        Whether CARs are sums of log returns, which are compounded before they meet `matters`.
    """

    car: Floats
    means: Floats
    test: str
    leading: Statistic
    error: float
    df: float
    matters: float
    log: bool = False

    @property
    def caar(self) -> float:
        """Mean CAR of all pairs."""
        return float(self.car.mean())

    @cached_property
    def date_t(self) -> Statistic:
        return dates.date_t(self.means)

    @cached_property
    def date_flip(self) -> Statistic:
        return dates.date_flip(self.means)

    @property
    def few(self) -> bool:
        """Whether there are too few clusters for inference over dates."""
        return len(self.means) < dates.FEWEST_CLUSTERS

    @property
    def lower(self) -> float:
        return self.caar - self._quantile(0.975) * self.error

    @property
    def upper(self) -> float:
        return self.caar + self._quantile(0.975) * self.error

    @property
    def reach(self) -> float:
        """The largest move, up or down, that the interval holds."""
        ends = np.array([self.lower, self.upper])
        return float(np.abs(np.expm1(ends) if self.log else ends).max())

    @property
    def detectable(self) -> float:
        """The effect found four times in five: (t₀.₉₇₅ + t₀.₈) standard errors."""
        return (self._quantile(0.975) + self._quantile(POWER)) * self.error

    def _quantile(self, share: float) -> float:
        from scipy.special import stdtrit

        return float(stdtrit(self.df, share))


def detectable_at(spread: float, announcements: Ints) -> Floats:
    """Return the mean that G announcements would show four times in five, (G,).

    (t₀.₉₇₅(G − 1) + t₀.₈(G − 1))·s/√G with s the standard deviation of one announcement's mean.
    """
    from scipy.special import stdtrit

    df = np.asarray(announcements) - 1
    found = stdtrit(df, 0.975) + stdtrit(df, POWER)
    return np.asarray(found * spread / np.sqrt(announcements))


class Decision(NamedTuple):
    """A verdict, the test whose p-value decided, and the checks that failed."""

    verdict: str
    test: str
    p_value: float
    failed: tuple[str, ...]


def find(sample: Sample, matters: float, *, log: bool = False) -> Finding:
    """Return the numbers of one window.

    Notes
    -----
    The interval of the leading test is mean CAR ± t(N − 1) · sd(CAR)/√N ·
    √((1 + (N − 1)r̄)/(1 − r̄)), the Kolari–Pynnönen standard error (r̄ = 0 where pairs are
    independent); for one security its forecast error and t(L − k). That of the dates is mean
    CAR ± t(C − 1) · sd(m)/√C over the C cluster means m. The wider one is reported.
    """
    from scipy.special import stdtrit

    used = sample.standardisable()
    used = used if used.any() else np.ones(sample.size, dtype=bool)
    car, cluster = sample.car[used], np.unique(sample.cluster[used], return_inverse=True)[1]
    n, means = len(car), dates.cluster_means(car, cluster)
    test = headline_test(int(sample.standardisable().sum()), sample.clustered)
    with np.errstate(invalid="ignore", divide="ignore"):
        leading = TESTS[test].run(sample)
        if n > 1:
            r = sample.dependence.mean if sample.clustered else 0.0
            views = [(float(spread(car) / np.sqrt(n) / kp_factor(n, r)), n - 1.0)]
        else:
            views = [
                (
                    float(np.sqrt(sample.variance[used][0])),
                    float(sample.n_obs[used][0]) - sample.estimated,
                )
            ]
        if len(means) >= dates.FEWEST_CLUSTERS:
            views.append((float(spread(means) / np.sqrt(len(means))), len(means) - 1.0))
    known = [view for view in views if view[0] > 0] or [(float("nan"), 1.0)]
    error, df = max(known, key=lambda view: view[0] * stdtrit(view[1], 0.975))
    return Finding(car, means, test, leading, error, df, matters, log)


def decide(found: Finding, placebo: Callable[[], float], family: float | None = None) -> Decision:
    """Return the verdict on one window.

    Parameters
    ----------
    found : Finding
    placebo : callable
        Gives the placebo p-value, NaN for none. It is called only where the verdict hangs on it.
    family : float, optional
        The p-value corrected within a family of tests that was declared beforehand.

    Notes
    -----
    p is the larger p-value of the leading test and `date_t`; with fewer than three clusters, of
    the leading test and the placebo.

    - ``moved``: p ≤ 0.05 and every check holds: three or more clusters (``few_dates``), the 95 %
      interval excludes zero (``interval``), family p ≤ 0.05 where a family is declared
      (``family``), leading test, dates and mean agree in sign (``sign``), and neither sign flips
      (``date_flip``) nor placebo (``placebo``) stand above 0.10.
    - ``unsettled``: p ≤ 0.05, but a check fails.
    - ``none_larger``: p > 0.05 and the whole interval, compounded, lies inside ± `matters`.
    - ``cannot_tell``: the rest, and where the leading test has no value.
    """
    by_dates = float("nan") if found.few else found.date_t.p_value
    by_chance = placebo() if found.few else float("nan")
    views = {found.test: found.leading.p_value, "date_t": by_dates, "placebo": by_chance}
    known = {test: p for test, p in views.items() if np.isfinite(p)}
    if found.test not in known or not (found.few or "date_t" in known):
        return Decision("cannot_tell", found.test, float("nan"), ())
    test = max(known, key=lambda name: known[name])
    p = float(known[test])
    if p > LEVEL:
        inside = found.reach <= found.matters
        return Decision("none_larger" if inside else "cannot_tell", test, p, ())
    signs = {np.sign(found.caar), np.sign(found.leading.statistic)}
    signs |= set() if found.few else {np.sign(found.date_t.statistic)}
    fails = {
        "few_dates": found.few,
        "interval": not (found.lower > 0 or found.upper < 0),
        "family": family is not None and not family <= LEVEL,
        "sign": len(signs) > 1,
        "date_flip": found.date_flip.p_value > DOUBT,
        "placebo": not found.few and placebo() > DOUBT,
    }
    failed = tuple(name for name in CHECKS if fails[name])
    return Decision("unsettled" if failed else "moved", test, p, failed)
