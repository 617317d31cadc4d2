"""Questions that compare: over time, announced with effective, and named firms with their peers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.chance.dates import blocked
from rareearth_research.eventstudy.chance.p_values import placebo_p
from rareearth_research.eventstudy.statistics.dates import FEWEST_CLUSTERS, date_t
from rareearth_research.eventstudy.statistics.parametric import spread
from rareearth_research.studies.planned.chance import moved, near_new_york
from rareearth_research.studies.planned.measure import Measured, fit_pairs
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.plan import Plan

__all__ = ["Contrast", "announced_or_effective", "fading", "named_or_peers", "over_dates",
           "quantile"]  # fmt: skip

DRAWS = 9_999
SHARE, POWER = 0.05, 0.80


@dataclass(frozen=True, eq=False)
class Contrast:
    """A difference, with what chance makes of it.

    Attributes
    ----------
    effect, lower, upper, p_value : float
        The difference, its 95 % interval and its p-value.
    n, pairs : int
        Clusters of announcements, and pairs of event and security.
    table : DataFrame
        What is compared, a row each.
    statistic, draws : float, ndarray
        Studentised, at the event and by chance; NaN and empty where there is none.
    checks : mapping
        p-values of further views, by name.
    """

    effect: float
    lower: float
    upper: float
    p_value: float
    n: int
    pairs: int
    table: pd.DataFrame
    statistic: float = float("nan")
    draws: Floats = field(default_factory=lambda: np.empty(0))
    checks: tuple[tuple[str, float], ...] = ()

    @property
    def detectable(self) -> float:
        """The difference found four times in five; of one over n dates, by t(n − 1)."""
        from scipy.special import stdtrit

        half, df = (self.upper - self.lower) / 2, self.n - 1
        return half * (1 + float(stdtrit(df, POWER)) / quantile(df)) if df > 0 else float("nan")


def fading(plan: Plan, measured: Measured) -> Contrast:
    """Is the reaction fading or growing? Slope of the standardised cluster mean on years.

    Notes
    -----
    y_c is the mean SCAR of cluster c and t_c the years since the first cluster;
    b = Σ(t − t̄)y/Σ(t − t̄)². p is the share of 9,999 permutations of the dates (the observed order
    counted among them) with a slope at least as steep. The interval holds every b₀ that the same
    test of y − b₀t does not reject at 5 %.
    """
    table = measured.clusters
    years = (table["session"] - table["session"].iloc[0]).dt.days.to_numpy() / 365.25
    y, t = table["scar"].to_numpy(), years - years.mean()
    order = np.random.default_rng(plan["inference"]["placebo"]["seed"]).permuted(
        np.tile(np.arange(len(t)), (DRAWS, 1)), axis=1
    )
    moved_t = t[order] / (t @ t)
    slope, slopes, shift = float(y @ t / (t @ t)), moved_t @ y, moved_t @ t

    def p_of(b: float) -> float:
        drawn = np.abs(slopes - b * shift)
        return float((1 + (drawn >= abs(slope - b) * (1 - 1e-12)).sum()) / (1 + DRAWS))

    return Contrast(
        effect=slope,
        lower=_end(p_of, slope, -1.0),
        upper=_end(p_of, slope, +1.0),
        p_value=p_of(0.0),
        n=len(t),
        pairs=len(measured.finding.car),
        table=table.assign(years=years),
    )


def announced_or_effective(
    plan: Plan,
    events: Sequence[str] | None = None,
    tickers: Sequence[str] | None = None,
    **changed: Any,
) -> Contrast:
    """Did prices move when a measure was announced, or when it took effect? Paired by cluster.

    Events and tickers are those of the plan, unless others are given.
    """
    asked = plan["questions"]["H7"]
    ids = [row["event_id"] for row in plan["clusters"]["h7"]] if events is None else events
    if tickers is None:
        tickers = [ticker for name in asked["group"] for ticker in plan.group(name)]
    paired, apart = pairs_of(plan, ids, tickers, matched=True)
    options = {"windows": [asked["window"]], **changed}
    both = [
        fit_pairs(plan, paired, apart, timing=timing, **options)
        for timing in ("latest", "effective")
    ]
    cars = [m.result.car.set_index(["event_id", "security"])["car"] for m in both]
    pairs = pd.concat(cars, axis=1, join="inner", keys=["announced", "effective"])
    table = pairs.groupby("event_id").mean()
    table["difference"] = table["announced"] - table["effective"]
    difference = table["difference"].to_numpy()
    effect, lower, upper, p = over_dates(difference)
    return Contrast(
        effect, lower, upper, p, len(table), len(pairs), table.reset_index(),
    )  # fmt: skip


def named_or_peers(plan: Plan) -> Contrast:
    """What did being named on a list do to the firms named, against their peers?

    Notes
    -----
    D is the mean CAR of the firms named less that of their peers. p is the rank of |D| among the
    admissible sessions of New York; the interval is D less the 97.5 % and the 2.5 % point of D at
    these sessions. The check is the rank of |D| among all sets of as many of these firms.
    """
    asked = plan["questions"]["H8"]
    named, peers = plan.group(asked["group"]), plan.group(asked["against"])
    paired, apart = pairs_of(plan, [asked["event_id"]], [*named, *peers], matched=False)
    measured = fit_pairs(plan, paired, apart, windows=[asked["window"]])
    cars = measured.result.car.set_index("security")["car"]
    if not set(named) <= set(cars.index):
        raise SpecificationError(f"{asked['event_id']}: a firm named has no prices around it")
    subject = moved(measured)
    window = measured.result.specification.windows[0]
    car, _ = subject.every_session([window])[0]
    firms = np.array(measured.result.specification.names)[subject.markets[0].securities]
    inside = np.isin(firms, named)
    every = np.arange(len(firms))
    date = int(subject.pairs.anchors.min())
    free = ~blocked(subject.pairs, every, date, window, subject.avoid, window)
    difference = car[0, inside].mean(axis=0) - car[0, ~inside].mean(axis=0)
    free &= np.isfinite(difference)
    drawn = difference[near_new_york(subject.pairs.union)(date, free)]
    effect = float(cars[named].mean() - cars.drop(named).mean())
    p = float(placebo_p(np.array([effect]), drawn[:, None])[0][0])
    low, high = np.quantile(drawn, [SHARE / 2, 1 - SHARE / 2])
    sets = np.array([_apart(cars, list(s)) for s in combinations(cars.index, len(named))])
    rank = float((np.abs(sets) >= abs(effect) * (1 - 1e-12)).mean())
    scale = float(drawn.std(ddof=1))
    return Contrast(
        effect, effect - float(high), effect - float(low), p, 1, len(cars),
        cars.rename("car").reset_index().assign(named=cars.index.isin(named)),
        statistic=effect / scale, draws=drawn / scale, checks=(("peers", rank),),
    )  # fmt: skip


def _apart(cars: pd.Series, some: list[Any]) -> float:
    return float(cars[some].mean() - cars.drop(some).mean())


def _end(p_of: Any, start: float, way: float) -> float:
    """Return where p falls to 5 % on one side of the estimate, by bisection."""
    step = max(abs(start), 0.01)
    while p_of(start + way * step) > SHARE:
        step *= 2
    inside, outside = 0.0, step
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (
            (middle, outside) if p_of(start + way * middle) > SHARE else (inside, middle)
        )
    return start + way * inside


class OverDates(NamedTuple):
    """A mean over announcements, its 95 % interval and the p-value of `date_t`."""

    effect: float
    lower: float
    upper: float
    p_value: float


def over_dates(means: Floats) -> OverDates:
    """Return the mean of C ≥ 3 announcements: m̄ ± t(C − 1)·sd(m)/√C; else no interval."""
    effect, half = float(means.mean()), float("nan")
    if len(means) >= FEWEST_CLUSTERS:
        half = quantile(len(means) - 1) * float(spread(means)) / np.sqrt(len(means))
    return OverDates(effect, effect - half, effect + half, float(date_t(means).p_value))


def quantile(df: int) -> float:
    """Return the 97.5 % point of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 1 - SHARE / 2))
