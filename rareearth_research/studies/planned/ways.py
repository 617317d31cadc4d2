"""One group around every announcement of the plan, fitted in any way, and read in any sample.

A sample of pairs that are fitted already needs no further fit, and what its pairs have in common is
a sum over pairs of pairs. So many samples of one fit cost little more than one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.datasets import load_events
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.dependence.clusters import (
    SHARING,
    calendar_rows,
    estimation_rows,
)
from rareearth_research.eventstudy.dependence.correlation import (
    Dependence,
    correlations,
    on_calendar,
)
from rareearth_research.eventstudy.dependence.overlap import sessions_in_common
from rareearth_research.eventstudy.fit import fitted_pairs
from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.models.estimate import standardised_car
from rareearth_research.eventstudy.pairs.setup import Setup
from rareearth_research.eventstudy.results.frames import event_sessions
from rareearth_research.eventstudy.statistics.dates import cluster_means
from rareearth_research.eventstudy.statistics.decision import find
from rareearth_research.eventstudy.statistics.sample import Sample
from rareearth_research.studies.planned.measure import PlannedFinding, asked_of, events_of
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.selection import rare_earths

PLANNED, THREE = "as planned", 3


@dataclass(frozen=True, eq=False)
class PairsInOneWay:
    """K pairs of event and security under one model, benchmark, estimation and event window.

    Attributes
    ----------
    fit : mapping
        As `fitted_pairs` gives it.
    matters : float
        Smallest effect that matters, a fraction.
    like : PairsInOneWay, optional
        The same in another window, which may have the residuals of all these pairs.
    """

    fit: Mapping[str, Any]
    matters: float
    like: PairsInOneWay | None = None

    @cached_property
    def events(self) -> NDArray[np.str_]:
        """The event of each pair."""
        return self.kept.event_id.astype(str)

    @cached_property
    def securities(self) -> NDArray[np.str_]:
        """The security of each pair."""
        names = np.array(self.fit["setup"].specification.names, dtype=str)
        return names[self.kept.security]

    @cached_property
    def kept(self) -> Any:
        return self.fit["setup"].pairs.take(self.fit["keep"])

    @property
    def limited(self) -> Bools:
        """Pairs that end their window on a day at a price limit."""
        return self.fit["screened"].flags["price_limit"][self.fit["keep"]]

    @cached_property
    def car(self) -> Floats:
        return self.fit["fitted"].car[:, 0]

    @cached_property
    def scar(self) -> Floats:
        return standardised_car(self.fit["fitted"])[:, 0]

    @cached_property
    def sessions(self) -> pd.DatetimeIndex:
        """Session 0 of each pair."""
        return event_sessions(self.kept, self.fit["setup"].markets)

    def entering(self, members: Bools, least: int) -> Bools:
        """Return the pairs of `members` whose announcement has that many of them."""
        _, at = np.unique(self.events, return_inverse=True)
        return members & (np.bincount(at, weights=members)[at] >= least)

    def finding(self, members: Bools) -> PlannedFinding:
        """Return the numbers over clusters of announcements of some of the pairs.

        Raises
        ------
        SpecificationError
            For fewer than two pairs.
        """
        return next(self.findings(members[None]))

    def findings(self, members: Bools) -> Iterator[PlannedFinding]:
        """Yield `finding` of each of S samples, (S, K)."""
        members = members & np.isfinite(self.scar)
        both = np.tensordot(self._common, members.astype(float), axes=([2], [1]))  # (4, K, S)
        for some, sums in zip(members, np.einsum("fks,sk->sf", both, members), strict=True):
            yield self._found(np.flatnonzero(some), sums)

    def _found(self, at: Ints, sums: Floats) -> PlannedFinding:
        n = len(at)
        if n < 2:
            raise SpecificationError("fewer than two pairs are left")
        _, cluster = np.unique(self.events[at], return_inverse=True)
        sizes = np.bincount(cluster)
        inside = float((sizes * (sizes - 1)).sum())
        r, count, meeting, left = sums
        partners = (meeting - n) / n
        kept = min(max((left / n - 1) / partners, 0.0), 1.0) if partners > 0 else 1.0
        kept = kept if MODELS[self.fit["setup"].specification.model].estimated > 0 else 1.0
        within = r / count if count else 0.0
        fitted, none = self.fit["fitted"], np.empty((n, 0))
        sample = Sample(
            car=self.car[at], variance=fitted.car_variance[at, 0], scar=self.scar[at],
            bhar=none, abnormal=none, standardised=none, residuals=none,
            positive=fitted.positive[at], sigma2=fitted.sigma2[at], n_obs=fitted.n_obs[at],
            estimated=0, width=0.0,
            dependence=Dependence(kept * within * inside / (n * (n - 1)), within),
            clustered=max(partners, inside / n) > SHARING, across=False, cluster=cluster,
            block=cluster, mixed_calendars=False, aar_estimation=np.empty(0),
        )  # fmt: skip
        return PlannedFinding(**vars(find(sample, self.matters)))

    def some(self, members: Bools) -> Some:
        """Return some of the pairs, to be read as a question is.

        Raises
        ------
        SpecificationError
            For fewer than two pairs.
        """
        return Some(self, members, self.finding(members))

    def clusters(self, members: Bools) -> pd.DataFrame:
        """Return one row per announcement: ``event_id, session, n, mean, scar``, by time."""
        at = np.flatnonzero(members)
        ids, cluster = np.unique(self.events[at], return_inverse=True)
        first = pd.Series(self.sessions[at]).groupby(cluster).min()
        return pd.DataFrame(
            {
                "event_id": ids,
                "session": first.to_numpy(),
                "n": np.bincount(cluster),
                "mean": cluster_means(self.car[at], cluster),
                "scar": cluster_means(self.scar[at], cluster),
            }
        ).sort_values("session", ignore_index=True)

    @cached_property
    def _common(self) -> Floats:
        """What two pairs have in common, (4, K, K).

        The correlation of their residuals where they are of one event, and whether it is known; the
        share of event sessions they have in common; and what estimation leaves of that. Sums of
        them over a sample are what `dependences` and `find_clusters` make of it, where windows of
        different events share no session.
        """
        setup, windows = self.fit["setup"], self.fit["windows"]
        pairs, markets = self.kept, setup.markets
        common = np.zeros((4, len(pairs), len(pairs)))
        on_session = calendar_rows(pairs, setup.rows, windows)
        estimated = [e for e in estimation_rows(pairs, setup.rows, windows) if (e[1] >= e[0]).any()]
        common[2:] = sessions_in_common(on_session, estimated)
        keep, like = self.fit["keep"], self.like
        if like is not None and np.isin(keep, like.fit["keep"]).all():
            same = np.searchsorted(like.fit["keep"], keep)
            common[:2] = like._common[:2, same[:, None], same]
            return common
        days = np.arange(windows.estimation[0], windows.estimation[1] + 1)
        rows = pairs.gather([market.rows for market in markets], days, -1)
        residuals = np.asarray(self.fit["fitted"].residuals)
        for event in np.unique(pairs.event):
            at = np.flatnonzero(pairs.event == event)
            series = on_calendar(residuals[at], rows[at])
            r, usable = correlations(series, series)
            np.fill_diagonal(usable, False)
            block = np.ix_(at, at)
            common[0][block], common[1][block] = np.where(usable, r, 0.0), usable
        return common


@dataclass(frozen=True, eq=False)
class Some:
    """A sample of pairs fitted in one way: the numbers of a question, as `Measured` has them."""

    way: PairsInOneWay
    members: Bools
    finding: PlannedFinding

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """One row per announcement, as in `Measured`."""
        return self.way.clusters(self.members)


class Ways:
    """The pairs of a group with every announcement that some sample of the plan holds.

    Parameters
    ----------
    plan : Plan
    questions : sequence of str
        Pooled questions, all of the same group.
    """

    def __init__(self, plan: Plan, questions: Sequence[str]) -> None:
        self.plan = plan
        asked = plan["questions"][questions[0]]
        self.samples = {name: samples_of(plan, name) for name in questions}
        self.events = {
            name: sorted({e for ids in of.values() for e in ids})
            for name, of in self.samples.items()
        }
        every = sorted({e for ids in self.events.values() for e in ids})
        self.paired, _ = pairs_of(plan, every, plan.group(asked["group"]), matched=asked["matched"])
        self._setups: dict[str, Setup] = {}
        self._ways: dict[str, PairsInOneWay] = {}
        self._first: dict[str, PairsInOneWay] = {}  # of each fit, in whichever window

    def way(
        self, question: str, *, window: Any = None, estimation: Any = None, **changed: Any
    ) -> PairsInOneWay:
        """Return the pairs as planned, or with something changed.

        Parameters
        ----------
        question : str
            Whose window and smallest effect that matters are meant.
        window, estimation : (int, int), optional
        **changed : object
            Further arguments of `EventStudy` in place of the plan's.
        """
        asked, planned = self.plan["questions"][question], self.plan["measurement"]
        size = self.plan["inference"]["smallest_effect_that_matters"][question] / 100
        window = tuple(asked["window"] if window is None else window)
        estimation = tuple(planned["estimation"] if estimation is None else estimation)
        fit, ids = str(sorted(changed.items())), self.events[question]
        key = f"{ids} {window} {estimation} {fit}"
        if key not in self._ways:
            if fit not in self._setups:
                # news of others is flagged and drops nothing
                own = {"windows": [asked["window"]], "known_events": None} | changed
                self._setups[fit] = asked_of(self.plan, self.paired, **own).setup
            setup = self._setups[fit].asking(windows=(window,), estimation=estimation)
            setup = replace(setup, pairs=setup.pairs.take(np.isin(setup.pairs.event_id, ids)))
            first = self._first.get(alike := f"{ids} {estimation} {fit}")
            self._ways[key] = PairsInOneWay(fitted_pairs(setup), size, first)
            self._first.setdefault(alike, self._ways[key])
        return replace(self._ways[key], matters=size)

    def members(self, question: str, way: PairsInOneWay) -> dict[str, Bools]:
        """Return the pairs of each sample of a question; the planned one first."""
        rules = self.plan["event_rules"]["clusters"]
        samples = {
            name: way.entering(np.isin(way.events, ids), rules["minimum_securities"])
            for name, ids in self.samples[question].items()
        }
        planned = samples[PLANNED]
        return samples | {
            "without other listed news": planned & ~np.isin(way.events, self.plan.flagged),
            f"{THREE} or more securities a date": way.entering(planned, THREE),
        }


def samples_of(plan: Plan, question: str) -> dict[str, list[str]]:
    """Return the events of a question as planned, and of every frozen variant of its sample."""
    sample = plan["questions"][question]["sample"]
    direction, own = sample.partition("_")[0], sample.endswith("_rare_earths_only")
    events = load_events().set_index("event_id")
    variants = {
        name.partition("_")[2].replace("_", " "): [
            e for e in events_of(plan, name) if not own or rare_earths(events.loc[e])
        ]
        for name in plan["variants"]["frozen"]
        if name.startswith(f"{direction}_")
    }
    return {PLANNED: events_of(plan, sample), **variants}
