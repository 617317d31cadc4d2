"""What did others find on the planned questions, and what do we find where they looked?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools, Floats
from rareearth_research.datasets import load_events, load_literature
from rareearth_research.eventstudy.statistics.decision import decide
from rareearth_research.labels import label
from rareearth_research.numerals import interval, p_said, per_cent
from rareearth_research.studies.planned.measure import Measured, events_of, measure
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.verdicts import Answers

UNREAD = "not read"
NONE_THERE = "none in what was read"
NUMBERS = ("effect", "lower", "upper", "p_value")


def beside(plan: Plan, answers: Answers) -> pd.DataFrame:
    """Return one row per paper with our numbers beside its own.

    Returns
    -------
    DataFrame
        By ``paper``: ``read, design, their_finding, their_number, our_number, why_different``.
    """
    numbers = our_numbers(plan, answers).groupby(["paper_id", "asked"], sort=False)["said"]
    each = numbers.agg(", ".join).reset_index("asked")
    ours = (each["asked"] + " " + each["said"]).groupby("paper_id", sort=False).agg("; ".join)
    papers = load_literature().sort_values(["year", "paper_id"])
    read = papers["read"] != "no"
    who = papers["authors"].map(lambda names: ", ".join(n.split()[-1] for n in names.split("; ")))
    table = pd.DataFrame(
        {
            "paper": who + " " + papers["year"].astype(str),
            "read": papers["read"].where(read, UNREAD),
            "design": papers["design"],
            "their_finding": papers["their_finding"],
            "their_number": papers["their_number"].replace("", NONE_THERE).where(read, ""),
            "our_number": papers["paper_id"].map(ours).fillna(""),
            "why_different": papers["why_differ"],
        }
    )
    return table.set_index("paper")


def our_numbers(plan: Plan, answers: Answers) -> pd.DataFrame:
    """Return our numbers where papers looked, a row each.

    Returns
    -------
    DataFrame
        ``paper_id, asked`` (question of the plan) ``, part, clusters, pairs, effect, lower, upper,
        p_value, said``. ``part`` is empty for the answer as planned. Effects are fractions
        of log returns, those of H5 standard deviations: a year, and later less earlier.

    Notes
    -----
    p of a pooled number is the larger of the leading test's and that over dates, without placebo
    or correction, so it answers no question of the plan again. That of later less earlier is exact:
    the share of all choices of as many early announcements with a difference as large.
    """
    rows: list[dict[str, Any]] = []
    for paper in load_literature().itertuples():
        for asked in filter(None, str(paper.questions).split(";")):
            numbers = _slopes if asked == "H5" else _pooled
            rows += [
                {"paper_id": paper.paper_id, "asked": asked, **row}
                for row in numbers(plan, answers, asked, paper)
            ]
    return pd.DataFrame(rows)


def _pooled(plan: Plan, answers: Answers, asked: str, paper: Any) -> Iterator[dict[str, Any]]:
    planned = answers.measured[asked]
    if paper.sample in plan["variants"]["frozen"]:
        other = measure(plan, asked, events=events_of(plan, paper.sample))
        yield _row(f"in {paper.sample.replace('wto_', 'WTO ')}", other)
        return
    yield _row("", planned)
    if paper.sample:
        yield _row(label("model", paper.sample), measure(plan, asked, model=paper.sample))
    if paper.split_at:
        early, day = _early(planned, paper.split_at)
        for when, part in ((f"before {day}", early), ("since then", ~early)):
            members = np.isin(planned.events, planned.clusters["event_id"][part])
            if members.any():
                yield _row(when, planned.part(members))


def _slopes(plan: Plan, answers: Answers, asked: str, paper: Any) -> Iterator[dict[str, Any]]:
    slope, planned = answers.contrasts[asked], answers.measured["H1"]
    yield {
        **{name: getattr(slope, name) for name in ("pairs", *NUMBERS)},
        "part": "", "clusters": slope.n,
        "said": f"{slope.effect:+z.2f} ({slope.lower:+z.2f} to {slope.upper:+z.2f}) standard "
                "deviations a year".replace("-", "−"),
    }  # fmt: skip
    if paper.split_at:
        early, day = _early(planned, paper.split_at)
        difference, p = later_less_earlier(planned.clusters["scar"].to_numpy(), early)
        yield {
            "part": f"since {day} less before", "clusters": len(early), "pairs": slope.pairs,
            "effect": difference, "p_value": p,
            "said": f"since {day} {difference:+z.2f} standard deviations against before, "
                    .replace("-", "−") + p_said(p),
        }  # fmt: skip


def later_less_earlier(values: Floats, early: Bools) -> tuple[float, float]:
    """Return the difference of two means with the exact p of which values are the early ones."""
    total, n, k = values.sum(), len(values), int(early.sum())
    if not 0 < k < n:
        return np.nan, np.nan
    sums = np.array([values[list(chosen)].sum() for chosen in combinations(range(n), k)])
    differences = (total - sums) / (n - k) - sums / k
    observed = values[~early].mean() - values[early].mean()
    return float(observed), float((np.abs(differences) >= abs(observed) * (1 - 1e-12)).mean())


def _early(planned: Measured, event_id: str) -> tuple[Bools, str]:
    """Return which clusters came before an event, and its day."""
    day = load_events(event_ids=[event_id])["date"].iloc[0]
    return (planned.clusters["session"] < day).to_numpy(), f"{day.day} {day:%B %Y}"


def _row(part: str, found: Measured) -> dict[str, Any]:
    finding = found.finding
    # in prose a return is compounded
    effect, lower, upper = np.expm1([finding.caar, finding.lower, finding.upper])
    return {
        "part": part, "clusters": len(finding.means), "pairs": len(finding.car),
        "effect": finding.caar, "lower": finding.lower, "upper": finding.upper,
        "p_value": decide(finding, lambda: float("nan")).p_value,
        "said": f"{part} {per_cent(effect)} ({interval(lower, upper)})".strip(),
    }  # fmt: skip
