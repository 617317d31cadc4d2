"""Questions that compare: over time, announced with effective, and named firms with their peers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools, Floats
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.chance.dates import blocked
from rareearth_research.eventstudy.chance.every_session import every_session
from rareearth_research.eventstudy.chance.p_values import placebo_p
from rareearth_research.eventstudy.chance.subject import subject_avoiding
from rareearth_research.eventstudy.fit import fitted_pairs
from rareearth_research.eventstudy.pairs.setup import Setup
from rareearth_research.eventstudy.results.measure import measure
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.statistics.dates import FEWEST_CLUSTERS, date_t
from rareearth_research.eventstudy.statistics.decision import POWER
from rareearth_research.eventstudy.statistics.parametric import spread
from rareearth_research.studies.planned.chance import listed_news, near_new_york
from rareearth_research.studies.planned.measure import Clustered, asked_of, fit_pairs
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.plan import Plan

DRAWS = 9_999
SHARE = 0.05


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
    detectable : float
        The difference that would be found four times in five.
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
    detectable: float = float("nan")


def fading(plan: Plan, measured: Clustered) -> Contrast:
    """Is the reaction fading or growing? Slope of the standardised cluster mean on years.

    Notes
    -----
    y_c is the mean SCAR of cluster c and t_c the years since the first cluster;
    b = Σ(t − t̄)y/Σ(t − t̄)². p is the share of 9,999 permutations of the dates (the observed order
    counted among them) with a slope at least as steep. The interval holds every b₀ that the same
    test of y − b₀t does not reject at 5 %. What could be detected follows from the standard error
    of least squares.
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

    df = len(t) - 2
    residual = y - y.mean() - slope * t
    error = float(np.sqrt(residual @ residual / df / (t @ t))) if df else float("nan")
    return Contrast(
        effect=slope,
        lower=_end(p_of, slope, -1.0),
        upper=_end(p_of, slope, +1.0),
        p_value=p_of(0.0),
        n=len(t),
        pairs=len(measured.finding.car),
        table=table.assign(years=years),
        detectable=found_often(df) * error,
    )


def announced_or_effective(
    plan: Plan, ids: Any = None, own: Any = None, **changed: Any
) -> Contrast:
    """Did prices move when a measure was announced, or when it took effect? Paired by cluster.

    Events `ids` and tickers `own` stand in place of the plan's.
    """
    asked = plan["questions"]["H7"]
    events = ids or [row["event_id"] for row in plan["clusters"]["h7"]]
    tickers = own or [ticker for name in asked["group"] for ticker in plan.group(name)]
    paired, apart = pairs_of(plan, events, tickers, matched=True)
    options = {"windows": [asked["window"]], **changed}
    both = [fit_pairs(plan, paired, apart, timing=t, **options) for t in ("latest", "effective")]
    cars = [m.result.car.set_index(["event_id", "security"])["car"] for m in both]
    pairs = pd.concat(cars, axis=1, join="inner", keys=["announced", "effective"])
    table = pairs.groupby("event_id").mean()
    table["difference"] = table["announced"] - table["effective"]
    difference = table["difference"].to_numpy()
    found = over_dates(difference)
    return Contrast(
        found.effect, found.lower, found.upper, found.p_value, len(table), len(pairs),
        table.reset_index(), detectable=found.detectable,
    )  # fmt: skip


def named_or_peers(plan: Plan, without: Sequence[str] = (), **changed: Any) -> Contrast:
    """What did being named on a list do to the firms named, against their peers?

    Parameters
    ----------
    plan : Plan
    without : sequence of str
        Firms to leave out.
    **changed : object
        Arguments of `EventStudy` in place of the plan's.
    """
    return Naming(plan).around(**changed).contrast(without)


class Naming:
    """The firms named and their peers, fitted in any way."""

    def __init__(self, plan: Plan) -> None:
        asked = plan["questions"]["H8"]
        self.plan, self.window = plan, tuple(asked["window"])
        self.named, peers = plan.group(asked["group"]), plan.group(asked["against"])
        everyone = [*self.named, *peers]
        self.paired, _ = pairs_of(plan, [asked["event_id"]], everyone, matched=False)
        self._news = self._setup(known_events=listed_news()).further

    def _setup(self, **changed: Any) -> Setup:
        return asked_of(self.plan, self.paired, **{"windows": [self.window], **changed}).setup

    def around(self, **changed: Any) -> Around:
        """Measure them at the event and at the admissible sessions of New York.

        Parameters
        ----------
        **changed : object
            Arguments of `EventStudy` in place of the plan's.

        Raises
        ------
        SpecificationError
            If a firm that was named has no prices around it.
        """
        fit = fitted_pairs(self._setup(**changed, known_events=None))
        setup, kept = fit["setup"], fit["setup"].pairs.take(fit["keep"])
        firms = np.array(setup.specification.names, dtype=str)[kept.security]
        if lacking := set(self.named) - {*firms}:
            raise SpecificationError(f"{min(lacking)}, which was named, has no prices around it")
        result = EventStudyResults(**vars(measure(**fit)))
        subject = subject_avoiding(result, self._news)
        window = setup.specification.windows[0]
        date = int(subject.pairs.anchors.min())
        every = np.arange(len(firms))
        free = ~blocked(subject.pairs, every, date, window, subject.avoid, window)
        places = near_new_york(subject.pairs.union)(date, free)
        (car, _), = every_session(
            subject.markets, setup.specification.model, setup.specification.estimation, [window],
            setup.specification.min_obs, at=np.flatnonzero(places),
        )  # fmt: skip
        return Around(
            pd.Series(fit["fitted"].car[:, 0], pd.Index(firms, name="security"), name="car"),
            np.isin(firms, self.named),
            car[0, subject.pairs.row],
        )


@dataclass(frozen=True, eq=False)
class Around:
    """CARs of the firms named and of their peers.

    Attributes
    ----------
    cars : Series
        At the event, by ticker.
    named : ndarray of bool, shape (F,)
    elsewhere : ndarray, shape (F, D)
        At D sessions of New York without listed news.
    """

    cars: pd.Series
    named: Bools
    elsewhere: Floats

    def contrast(self, without: Sequence[str] = ()) -> Contrast:
        """Compare those named with their peers, without some firms.

        Notes
        -----
        D is the mean CAR of the firms named less that of their peers. p is the rank of |D| among
        the admissible sessions of New York; the interval is D less the 97.5 % and the 2.5 % point
        of D at these sessions. The check is the rank of |D| among all sets of as many of these
        firms. What could be detected is the 95 % point of |D| at these sessions less the 20 % point
        of D there.
        """
        rest = ~self.cars.index.isin(without)
        cars, named, elsewhere = self.cars[rest], self.named[rest], self.elsewhere[rest]
        drawn = elsewhere[named].mean(axis=0) - elsewhere[~named].mean(axis=0)
        drawn = drawn[np.isfinite(drawn)]
        effect = _apart(cars.to_numpy(), named)
        p = float(placebo_p(np.array([effect]), drawn[:, None])[0][0])
        low, high = np.quantile(drawn, [SHARE / 2, 1 - SHARE / 2])
        sets = np.array(
            [
                _apart(cars.to_numpy(), np.isin(np.arange(len(cars)), some))
                for some in combinations(range(len(cars)), int(named.sum()))
            ]
        )
        rank = float((np.abs(sets) >= abs(effect) * (1 - 1e-12)).mean())
        scale = float(drawn.std(ddof=1))
        detectable = np.quantile(np.abs(drawn), 1 - SHARE) - np.quantile(drawn, 1 - POWER)
        return Contrast(
            effect, effect - float(high), effect - float(low), p, 1, len(cars),
            cars.reset_index().assign(named=named), statistic=effect / scale, draws=drawn / scale,
            checks=(("peers", rank),), detectable=float(detectable),
        )  # fmt: skip


def _apart(cars: Floats, some: Bools) -> float:
    return float(cars[some].mean() - cars[~some].mean())


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
    """A mean over announcements, its 95 % interval, the p-value of `date_t` and its power."""

    effect: float
    lower: float
    upper: float
    p_value: float
    detectable: float


def over_dates(means: Floats) -> OverDates:
    """Return the mean of C ≥ 3 announcements: m̄ ± t(C − 1)·sd(m)/√C; else no interval."""
    effect, error, df = float(means.mean()), float("nan"), len(means) - 1
    if len(means) >= FEWEST_CLUSTERS:
        error = float(spread(means)) / np.sqrt(len(means))
    half = quantile(df) * error
    p = float(date_t(means).p_value)
    return OverDates(effect, effect - half, effect + half, p, found_often(df) * error)


def found_often(df: float) -> float:
    """Return how many standard errors an effect has that is found four times in five."""
    return quantile(df) + quantile(df, POWER)


def quantile(df: float, share: float = 1 - SHARE / 2) -> float:
    """Return a point of Student's t, that of 97.5 % by default; NaN without degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(df, share)) if df > 0 else float("nan")
