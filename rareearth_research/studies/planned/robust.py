"""Does a planned answer survive when one thing is done differently? The plan's own list of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools
from rareearth_research.datasets import load_events, load_securities
from rareearth_research.errors import SpecificationError, listed
from rareearth_research.eventstudy.pairs.setup import label_of
from rareearth_research.eventstudy.statistics.decision import decide
from rareearth_research.labels import label
from rareearth_research.studies.planned.contrasts import Contrast, around_naming, fading
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.verdicts import POOLED, compared
from rareearth_research.studies.planned.ways import PLANNED, PairsInOneWay, Ways
from rareearth_research.studies.sample import event_words
from rareearth_research.timing import EXCHANGES

__all__ = ["GROUPED", "robustness", "sentences", "settings"]

GROUPED = (("H1", "H2", "H6", "H5"), ("H3",), ("H4",), ("H8",))  # by the securities they need
NAMES = {"dimson(1,1)": "dimson"}
FIRST = ("MP", "LYC.AX")  # the two largest, left out together
AFTER = (0, 5)
ONE_MIXTURE = "its distribution by chance needs a mixture of its own at every session"


def robustness(
    plan: Plan, questions: Sequence[str], ways: dict[str, Ways] | None = None
) -> pd.DataFrame:
    """Answer questions of the plan again with one change at a time.

    Parameters
    ----------
    plan : Plan
    questions : sequence of str
        Without H7, whose answer is *cannot tell* by plan.
    ways : dict, optional
        Of the groups of securities, by question, to be used again and added to.

    Returns
    -------
    DataFrame
        ``question, change, clusters, pairs, effect, lower, upper, p_value, verdict,
        same_verdict, why`` (it could not be done).

    Notes
    -----
    p is the larger of the leading test's and that over dates, with the wider interval, for the plan
    and each change alike; placebo and family are not drawn again, so a verdict here can be stronger
    than that of the plan's table. H5 and H8 have the p-values of their own rules.
    """
    held = {} if ways is None else ways
    rows: list[dict[str, Any]] = []
    for question in questions:
        own = [(PLANNED, {}), *settings(plan)]
        if question == "H8":
            found = _of_contrast(plan, own)
        else:
            for group in GROUPED:
                if question in group and question not in held:
                    pooled = [name for name in group if name in POOLED]
                    held |= dict.fromkeys(group, Ways(plan, pooled))
            found = _pooled(plan, question, held[question], own)
        part = [{"question": question, "change": change, **row} for change, row in found]
        for row in part:
            row["same_verdict"] = row["verdict"] == part[0]["verdict"] if row["pairs"] else None
        rows += part
    return pd.DataFrame(rows)


def sentences(table: pd.DataFrame) -> dict[str, str]:
    """Say of each question how many changes leave its verdict as it is, and which do not."""
    said = {}
    for question, every in table.groupby("question"):
        tried = every[every["same_verdict"].notna() & (every["change"] != PLANNED)]
        others = list(tried.loc[~tried["same_verdict"].astype(bool), "change"])
        verdict = label("verdict", str(every["verdict"].iloc[0]))
        words = f"{len(tried) - len(others)} of {len(tried)} changes leave it at “{verdict}”"
        said[str(question)] = f"{words}; not: {listed(others)}." if others else f"{words}."
    return said


def settings(plan: Plan) -> list[tuple[str, dict[str, Any]]]:
    """Return the ways of measuring that the plan names beside its own, each by name."""
    asked, planned = plan["robustness"], plan["measurement"]
    return [
        *((label("model", m), {"model": m}) for m in (NAMES.get(m, m) for m in asked["models"])),
        *(
            (
                f"{EXCHANGES[exchange].city} against {ticker}",
                {"benchmark": {**planned["benchmark"], exchange: ticker}},
            )
            for exchange, tickers in asked["benchmarks"].items()
            for ticker in tickers
        ),
        *((f"estimated on {label_of(e)}", {"estimation": e}) for e in asked["estimation"]),
        *((f"{kind} returns", {"return_type": kind}) for kind in asked["returns"]),
        *((label("timing", timing), {"timing": timing}) for timing in asked["timing"]),
    ]


def _pooled(
    plan: Plan, question: str, ways: Ways, own: list[tuple[str, dict[str, Any]]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the row of each change of a mean over announcements, or of its slope (H5)."""
    base = "H1" if question == "H5" else question
    row = partial(_slope, plan) if question == "H5" else _mean
    for change, changed in own:
        yield change, _tried(lambda c=changed: _planned(ways, base, row, **c))
    way = ways.way(base)
    samples = ways.members(base, way)
    planned = samples.pop(PLANNED)
    parts = samples | _without(way, planned)
    limited = way.limited
    if (limited & planned).any():
        parts["without closes at a price limit"] = planned & ~limited
        yield "sessions 0 to +5", _tried(lambda: _planned(ways, base, row, window=AFTER))
    for change, members in parts.items():
        change = f"sample: {change}" if change in ways.samples[base] else change
        yield change, _tried(lambda m=members: row(way, m))


def _planned(ways: Ways, question: str, row: Callable[..., Any], **changed: Any) -> Any:
    way = ways.way(question, **changed)
    return row(way, ways.members(question, way)[PLANNED])


def _without(way: PairsInOneWay, planned: Bools) -> dict[str, Bools]:
    """Leave out each date, each security, the two largest and each exchange in turn."""
    securities = way.securities
    known = load_securities(sorted(set(securities)))
    exchanges, firms = known["exchange"], known["name"]
    place = np.array([EXCHANGES[exchanges[name]].city for name in securities])
    events = load_events(event_ids=list(way.clusters(planned)["event_id"]))
    left = [(event_words(e), way.events == e["event_id"]) for _, e in events.iterrows()]
    left += [(firms[name], securities == name) for name in sorted(set(securities[planned]))]
    left += [(" and ".join(firms.get(t, t) for t in FIRST), np.isin(securities, FIRST))]
    left += [(city, place == city) for city in sorted(set(place[planned]))]
    return {
        f"without {name}": planned & ~out
        for name, out in left
        if (planned & out).any() and (planned & ~out).any()
    }


def _tried(row: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return row() | {"why": ""}
    except SpecificationError as error:
        return {"pairs": 0, "verdict": "", "why": str(error)}


def _mean(way: PairsInOneWay, members: Bools) -> dict[str, Any]:
    finding = way.finding(members)
    decided = decide(finding, lambda: float("nan"))
    return {
        "clusters": len(finding.means),
        "pairs": len(finding.car),
        "effect": finding.caar,
        "lower": finding.lower,
        "upper": finding.upper,
        "p_value": decided.p_value,
        "verdict": decided.verdict,
    }


def _slope(plan: Plan, way: PairsInOneWay, members: Bools) -> dict[str, Any]:
    return _compared(plan, "H5", fading(plan, way.clusters(members)))


def _of_contrast(
    plan: Plan, own: list[tuple[str, dict[str, Any]]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for change, changed in own:
        if changed.get("model") == "synthetic":
            yield change, {"pairs": 0, "verdict": "", "why": ONE_MIXTURE}
            continue
        yield change, _tried(lambda c=changed: _compared(plan, "H8", around_naming(plan, **c).contrast()))
    around, firms = around_naming(plan), load_securities()["name"]
    for peer in plan.group(plan["questions"]["H8"]["against"]):
        rest = around.without(peer)
        yield (
            f"without {firms[peer]}",
            _tried(lambda r=rest: _compared(plan, "H8", r.contrast())),
        )


def _compared(plan: Plan, question: str, contrast: Contrast) -> dict[str, Any]:
    row = compared(plan, question, contrast, 0.0)  # no family is drawn again
    columns = ("clusters", "pairs", "effect", "lower", "upper", "p_value", "verdict")
    return {name: row[name] for name in columns}
