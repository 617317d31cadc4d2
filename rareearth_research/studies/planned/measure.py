"""What did the plan's securities do around the plan's announcements? One question at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arrays import Bools, Ints
from rareearth_research.datasets import load_events, load_returns
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.results.measure import part_of
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.statistics.dates import cluster_means
from rareearth_research.eventstudy.statistics.decision import Finding
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.selection import EVER, flagged_by, placed_events
from rareearth_research.studies.sample import conditions

LEADING = ("kp", "bmp", "portfolio")


@dataclass(frozen=True)
class PlannedFinding(Finding):
    """The numbers of a planned question: each announcement counts once."""

    @property
    def caar(self) -> float:
        """Mean over the clusters of announcements of their mean CAR."""
        return float(self.means.mean())


class Clustered(Protocol):
    """What is read of a sample, whichever way it was measured; see `Measured`."""

    @property
    def finding(self) -> PlannedFinding: ...

    @property
    def clusters(self) -> pd.DataFrame: ...


@dataclass(frozen=True, eq=False)
class Measured:
    """One sample and group as measured.

    Attributes
    ----------
    result : EventStudyResults
    attrition : DataFrame
        Every pair of the group and the sample: ``event_id, security, status, reason``.
    """

    result: EventStudyResults
    attrition: pd.DataFrame

    @property
    def events(self) -> NDArray[np.str_]:
        """Event of each kept pair."""
        return self.result.labels[0].astype(str)

    def part(self, members: Bools) -> Measured:
        """Return what some of the kept pairs say; nothing is fitted again."""
        return replace(self, result=EventStudyResults(**vars(part_of(self.result, members))))

    @cached_property
    def finding(self) -> PlannedFinding:
        """The numbers over clusters of announcements."""
        found = self.result.findings[0]
        given = {field.name: getattr(found, field.name) for field in fields(Finding)}
        means = cluster_means(found.car, self._cluster[1])
        # percent of a log return, as the plan counts: nothing is compounded
        return PlannedFinding(**{**given, "means": means, "log": False})

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """One row per cluster in order of time.

        ``event_id, session`` (the first anywhere) ``, n, mean`` (CAR) ``, scar`` (mean SCAR).
        """
        ids, cluster = self._cluster
        sessions = self.result.car.groupby("event_id")["session"].min()
        table = pd.DataFrame(
            {
                "event_id": ids,
                "session": sessions.loc[list(ids)].to_numpy(),
                "n": np.bincount(cluster),
                "mean": self.finding.means,
                "scar": cluster_means(self.result.scar()[~self.result.exact], cluster),
            }
        )
        return table.sort_values("session", ignore_index=True)

    @cached_property
    def each(self) -> pd.DataFrame:
        """What each announcement says alone: as `clusters`, ``effect, lower, upper, error``."""
        alone = [self.part(self.events == e).finding for e in self.clusters["event_id"]]
        numbers = [(one.caar, one.lower, one.upper, one.error) for one in alone]
        columns = ["effect", "lower", "upper", "error"]
        return self.clusters[["event_id", "session", "n"]].join(
            pd.DataFrame(numbers, columns=columns)
        )

    @cached_property
    def other_news(self) -> dict[str, list[str]]:
        """Other listed news in the window, by announcement; see `flagged_by`.

        Of an announcement that the plan's rule cannot place (one's own, or of no certain day), all
        listed events that could act in the window.
        """
        placed, window = placed_events(load_events(), EVER), self.result.specification.windows[0]
        near = self.result.other_news.query("@window[0] <= relative_session <= @window[1]")
        beside = near.groupby("event_id")["other"].unique()
        return {
            event_id: flagged_by(placed, event_id, window)
            if event_id in placed.index
            else list(beside.get(event_id, ()))
            for event_id in self.clusters["event_id"]
        }

    @property
    def named_beside(self) -> set[str]:
        """The announcements beside which the table of events names anything else, by any rule."""
        flagged = self.result.flags["confounded"][self.result.keep]
        return {str(event) for event in self.events[flagged]}

    @property
    def _cluster(self) -> tuple[NDArray[np.str_], Ints]:
        return np.unique(self.events[~self.result.exact], return_inverse=True)


def events_of(plan: Plan, sample: str) -> list[str]:
    """Return the events that stand for the clusters of a sample."""
    if sample == "h6_clean_leads":
        return list(plan["clusters"][sample]["kept"])
    if sample in plan["clusters"] or sample.endswith("_rare_earths_only"):
        return [cluster["event_id"] for cluster in plan.clusters(sample)]
    return [ids[0] for ids in plan["variants"]["frozen"][sample]]


def measure(
    plan: Plan,
    question: str,
    *,
    events: Sequence[str] | None = None,
    minimum: int | None = None,
    **changed: Any,
) -> Measured:
    """Measure a question of the plan, as planned or with one thing changed.

    Parameters
    ----------
    plan : Plan
    question : str
        ``"H1"`` to ``"H6"``.
    events : sequence of str, optional
        In place of the sample of the question.
    minimum : int, optional
        Kept pairs a cluster must have; by default as planned.
    **changed : object
        Arguments of `EventStudy` in place of the plan's.

    Raises
    ------
    SpecificationError
        If no cluster enters.
    """
    asked = plan["questions"][question]
    changed.setdefault("windows", [asked["window"]])
    wanted = events_of(plan, asked["sample"]) if events is None else list(events)
    paired, apart = pairs_of(plan, wanted, plan.group(asked["group"]), matched=asked["matched"])
    least = plan["event_rules"]["clusters"]["minimum_securities"] if minimum is None else minimum
    return fit_pairs(
        plan, paired, apart, minimum=least, matters=_matters(plan, question), **changed
    )


def fit_pairs(
    plan: Plan,
    paired: pd.DataFrame,
    apart: pd.DataFrame,
    *,
    minimum: int = 1,
    **changed: Any,
) -> Measured:
    """Measure pairs of event and security, less the events with fewer than `minimum` of them.

    Raises
    ------
    SpecificationError
        If no pair is left.
    """
    result = asked_of(plan, paired, **changed).fit()
    ledger = result.attrition
    kept = ledger["status"] == "kept"
    few = kept & (ledger["event_id"].map(ledger["event_id"][kept].value_counts()) < minimum)
    ledger = ledger.assign(
        status=ledger["status"].mask(few, "dropped"),
        reason=ledger["reason"].mask(few, "fewer_than_minimum"),
    )
    columns = ["event_id", "security", "status", "reason"]
    attrition = pd.concat([apart.assign(status="dropped"), ledger], ignore_index=True)[columns]
    measured = Measured(result, attrition)
    if not few.any():
        return measured
    entering = ~np.isin(measured.events, ledger["event_id"][few].unique())
    if not entering.any():
        raise SpecificationError(f"no event has {minimum} securities with prices around it")
    return measured.part(entering)


def asked_of(plan: Plan, paired: pd.DataFrame, **changed: Any) -> EventStudy:
    """Return the study of pairs as planned, or with arguments of `EventStudy` in their place."""
    if paired.empty:
        raise SpecificationError("no security is exposed to any of these events")
    planned, kind = plan["measurement"], changed.get("return_type", "log")
    returns = load_returns(sorted(paired["security"].unique()), kind=kind)
    options: dict[str, Any] = {
        "benchmark": planned["benchmark"],
        "model": planned["model"],
        "estimation": tuple(planned["estimation"]),
        "min_obs": planned["minimum_estimation"],
        "tests": LEADING,
        **conditions(returns),
    }
    return EventStudy(returns, paired, **(options | changed))


def _matters(plan: Plan, question: str) -> float | None:
    size = plan["inference"]["smallest_effect_that_matters"].get(question)
    return None if size is None else size / 100
