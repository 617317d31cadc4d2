"""Does a planned answer survive when one thing is done differently? The plan's own list of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.datasets import load_events, load_securities
from rareearth_research.errors import SpecificationError, few
from rareearth_research.eventstudy.statistics.decision import decide
from rareearth_research.studies.planned.measure import Measured, events_of, measure
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.selection import rare_earths
from rareearth_research.timing import EXCHANGES

__all__ = ["broken_words", "robustness"]

NAMES = {"dimson(1,1)": "dimson"}
FIRST = ("MP", "LYC.AX")  # the two largest, left out together
THREE = 3


def robustness(plan: Plan, measured: Mapping[str, Measured]) -> pd.DataFrame:
    """Answer the pooled questions again with one change at a time.

    Parameters
    ----------
    plan : Plan
    measured : mapping
        The questions as planned.

    Returns
    -------
    DataFrame
        ``question, change, clusters, pairs, effect, lower, upper, p_value, verdict,
        same_verdict, why`` (it could not be done).

    Notes
    -----
    p is the larger of the leading test's and that over dates, with the wider interval, for the plan
    and each change alike; placebo and family are not drawn again, so a verdict here can be stronger
    than that of the plan's table.
    """
    rows = []
    for question, planned in measured.items():
        first = _row("as planned", planned)
        for change, found in (("", planned), *_changes(plan, question, planned)):
            row = first if not change else _row(change, found)
            same = row["verdict"] == first["verdict"] if row["pairs"] else None
            rows.append({"question": question, **row, "same_verdict": same})
    return pd.DataFrame(rows)


def broken_words(table: pd.DataFrame) -> str:
    """Say how many changes leave the verdict of a question as it is, and which do not."""
    tried = table[table["same_verdict"].notna() & (table["change"] != "as planned")]
    others = list(tried.loc[~tried["same_verdict"].astype(bool), "change"])
    kept = f"Of {len(tried)} changes {len(tried) - len(others)} leave the verdict as it is"
    return f"{kept}; it is another {few(others)}." if others else f"{kept}."


def _changes(
    plan: Plan, question: str, planned: Measured
) -> Iterator[tuple[str, Measured | SpecificationError]]:
    asked = plan["robustness"]
    for model in asked["models"]:
        yield f"model: {model}", _again(plan, question, model=NAMES.get(model, model))
    for exchange, tickers in asked["benchmarks"].items():
        for ticker in tickers:
            benchmark = {**plan["measurement"]["benchmark"], exchange: ticker}
            yield (
                f"{EXCHANGES[exchange].city} against {ticker}",
                _again(plan, question, benchmark=benchmark),
            )
    for estimation in asked["estimation"]:
        yield f"estimation {estimation}", _again(plan, question, estimation=estimation)
    for kind in asked["returns"]:
        yield f"{kind} returns", _again(plan, question, return_type=kind)
    for timing in asked["timing"]:
        yield f"timing: {timing}", _again(plan, question, timing=timing)
    yield from _samples(plan, question)
    limited = planned.result.flags["price_limit"][planned.result.keep]
    if limited.any():
        yield "without closes at a price limit", planned.part(~limited)
        yield "sessions 0 to +5", _again(plan, question, windows=[(0, 5)])
    yield "without other listed news", planned.part(~np.isin(planned.events, plan.flagged))
    counts = pd.Series(planned.events).map(pd.Series(planned.events).value_counts())
    yield f"{THREE} or more securities a date", planned.part((counts >= THREE).to_numpy())
    yield from _without(planned)


def _again(plan: Plan, question: str, **changed: Any) -> Measured | SpecificationError:
    try:
        return measure(plan, question, **changed)
    except SpecificationError as error:
        return error


def _samples(plan: Plan, question: str) -> Iterator[tuple[str, Measured | SpecificationError]]:
    """Yield the frozen variants of the question's sample, all measured in one pass."""
    direction = plan["questions"][question]["sample"].partition("_")[0]
    own = plan["questions"][question]["sample"].endswith("_rare_earths_only")
    events = load_events().set_index("event_id")
    variants = {
        name: [e for e in events_of(plan, name) if not own or rare_earths(events.loc[e])]
        for name in plan["variants"]["frozen"]
        if name.startswith(f"{direction}_")
    }
    if not variants:  # the leads of H6 are a sample of their own
        return
    every = _again(plan, question, events=sorted({e for ids in variants.values() for e in ids}))
    for name, ids in variants.items():
        label = f"sample: {name.partition('_')[2].replace('_', ' ')}"
        if isinstance(every, SpecificationError):
            yield label, every
        else:
            yield label, every.part(np.isin(every.events, ids))


def _without(planned: Measured) -> Iterator[tuple[str, Measured]]:
    """Leave out each date, each security, the two largest and each exchange in turn."""
    securities = planned.result.labels[1].astype(str)
    exchanges = load_securities(sorted(set(securities)))["exchange"]
    place = np.array([EXCHANGES[exchanges[name]].city for name in securities])
    left = [(event, planned.events == event) for event in planned.clusters["event_id"]]
    left += [(name, securities == name) for name in sorted(set(securities))]
    left += [(" and ".join(FIRST), np.isin(securities, FIRST))]
    left += [(city, place == city) for city in sorted(set(place))]
    for name, out in left:
        if out.any() and not out.all():
            yield f"without {name}", planned.part(~out)


def _row(change: str, found: Measured | SpecificationError) -> dict[str, Any]:
    if isinstance(found, SpecificationError):
        return {"change": change, "pairs": 0, "verdict": "", "why": str(found)}
    finding = found.finding
    decided = decide(finding, lambda: float("nan"))
    return {
        "change": change,
        "clusters": len(finding.means),
        "pairs": len(finding.car),
        "effect": finding.caar,
        "lower": finding.lower,
        "upper": finding.upper,
        "p_value": decided.p_value,
        "verdict": decided.verdict,
        "why": "",
    }
