"""What did the plan's securities do around the plan's announcements? One question at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats
from rareearth_research.datasets import load_returns
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.statistics.dates import cluster_means
from rareearth_research.eventstudy.statistics.decision import Finding
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.sample import conditions

__all__ = ["Measured", "PlannedFinding", "events_of", "fit_pairs", "measure"]


@dataclass(frozen=True)
class PlannedFinding(Finding):
    """The numbers of a planned question: each announcement counts once."""

    @property
    def caar(self) -> float:
        """Mean over the clusters of announcements of their mean CAR."""
        return float(self.means.mean())


@dataclass(frozen=True, eq=False)
class Measured:
    """One sample and group as measured.

    Attributes
    ----------
    result : EventStudyResults
        Of the clusters that enter.
    finding : PlannedFinding
    clusters : DataFrame
        One row per cluster: ``event_id, session`` (the first anywhere) ``, n, mean`` (CAR) ``,
        scar`` (mean SCAR).
    attrition : DataFrame
        Every pair of the group and the sample: ``event_id, security, status, reason``.
    """

    result: EventStudyResults
    finding: PlannedFinding
    clusters: pd.DataFrame
    attrition: pd.DataFrame


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
    tickers: Sequence[str] | None = None,
    minimum: int | None = None,
    **changed: Any,
) -> Measured:
    """Measure a question of the plan, as planned or with one thing changed.

    Parameters
    ----------
    plan : Plan
    question : str
        ``"H1"`` to ``"H6"``.
    events, tickers : sequence of str, optional
        In place of the sample and the group of the question.
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
    group = plan.group(asked["group"]) if tickers is None else list(tickers)
    paired, apart = pairs_of(plan, wanted, group, matched=asked["matched"])
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
    """Measure pairs of event and security, less the events with fewer than `minimum` of them."""
    if paired.empty:
        raise SpecificationError("no security is exposed to any of these events")
    result = _fit(plan, paired, changed)
    kept = pd.Series(result.labels[0]).value_counts()
    few = kept.index[kept < minimum]
    ledger = [apart.assign(status="dropped"), result.attrition]
    if len(few):
        entering = paired[paired["event_id"].isin(kept.index.difference(few))]
        if entering.empty:
            raise SpecificationError(f"no event has {minimum} securities with prices around it")
        result = _fit(plan, entering, changed)
        ledger[1] = ledger[1].assign(
            status=ledger[1]["status"].mask(ledger[1]["event_id"].isin(few), "dropped"),
            reason=ledger[1]["reason"].mask(
                ledger[1]["event_id"].isin(few) & (ledger[1]["status"] == "kept"),
                "fewer_than_minimum",
            ),
        )
    columns = ["event_id", "security", "status", "reason"]
    attrition = pd.concat(ledger, ignore_index=True)[columns]
    return Measured(result, *_by_cluster(result), attrition)


def _fit(plan: Plan, paired: pd.DataFrame, changed: dict[str, Any]) -> EventStudyResults:
    planned = plan["measurement"]
    returns = load_returns(sorted(paired["security"].unique()))
    options: dict[str, Any] = {
        "benchmark": planned["benchmark"],
        "model": planned["model"],
        "estimation": tuple(planned["estimation"]),
        "min_obs": planned["minimum_estimation"],
        **conditions(returns),
    }
    return EventStudy(returns, paired, **(options | changed)).fit()


def _by_cluster(result: EventStudyResults) -> tuple[PlannedFinding, pd.DataFrame]:
    """Return the finding over announcements, and one row for each of them."""
    found, used = result.findings[0], ~result.exact
    ids, cluster = np.unique(result.labels[0][used].astype(str), return_inverse=True)
    means: Floats = cluster_means(found.car, cluster)
    given = {field.name: getattr(found, field.name) for field in fields(Finding)}
    # percent of a log return, as the plan counts: nothing is compounded
    finding = PlannedFinding(**{**given, "means": means, "log": False})
    sessions = result.car.groupby("event_id")["session"].min()
    table = pd.DataFrame(
        {
            "event_id": ids,
            "session": sessions.loc[ids].to_numpy(),
            "n": np.bincount(cluster),
            "mean": means,
            "scar": cluster_means(result.scar()[used], cluster),
        }
    )
    return finding, table.sort_values("session", ignore_index=True)


def _matters(plan: Plan, question: str) -> float | None:
    size = plan["inference"]["smallest_effect_that_matters"].get(question)
    return None if size is None else size / 100
