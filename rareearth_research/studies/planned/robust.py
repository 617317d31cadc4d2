"""Does a planned answer survive when one thing is done differently? The plan's own list of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.datasets import load_events, load_securities
from rareearth_research.errors import SpecificationError, few
from rareearth_research.eventstudy.statistics.decision import decide
from rareearth_research.studies.planned.measure import Measured, events_of, measure
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.selection import rare_earths
from rareearth_research.studies.sample import BENCHMARKED
from rareearth_research.summary import Summary
from rareearth_research.timing import EXCHANGES

__all__ = ["Change", "changed", "compared", "robustness", "survived", "usual_changes"]

Change = tuple[str, "Measured | SpecificationError"]

NAMES = {"dimson(1,1)": "dimson"}
FIRST = ("MP", "LYC.AX")  # the two largest, left out together
THREE = 3
MODELS = ("mean", "market_adjusted", "market", "dimson", "synthetic")
INDEX = "SPY"


def robustness(
    plan: Plan, measured: Mapping[str, Measured], further: Iterable[Change] = ()
) -> pd.DataFrame:
    """Answer the pooled questions again with one change at a time.

    Parameters
    ----------
    plan : Plan
    measured : mapping
        The questions as planned.
    further : iterable
        Changes that the plan does not list, by name.

    Returns
    -------
    DataFrame
        ``question``, and what `compared` gives.
    """
    return pd.concat(
        [
            compared("as planned", planned, (*_changes(plan, question, planned), *further)).assign(
                question=question
            )
            for question, planned in measured.items()
        ],
        ignore_index=True,
    )


def compared(name: str, asked: Measured, changes: Iterable[Change]) -> pd.DataFrame:
    """Hold a mean over announcements against the same with one change at a time.

    Returns
    -------
    DataFrame
        ``change, clusters, pairs, effect, lower, upper, p_value, detectable, verdict, same_verdict,
        why`` (it could not be done).

    Notes
    -----
    p is the larger of the leading test's and that over dates, with the wider interval, for the
    first row and each change alike; placebo and family are not drawn again, so a verdict here can
    be stronger than that of the study's table.
    """
    rows = [_row(name, asked), *(_row(*change) for change in changes)]
    for row in rows:
        row["same_verdict"] = row["verdict"] == rows[0]["verdict"] if row["pairs"] else None
    return pd.DataFrame(rows)


def survived(table: pd.DataFrame) -> Summary:
    """Say how many changes leave the verdict of the first row as it is, and which do not."""
    tried = table[1:][table["same_verdict"][1:].notna()]
    others = list(tried.loc[~tried["same_verdict"].astype(bool), "change"])
    words = f"Of {len(tried)} changes {len(tried) - len(others)} leave the verdict as it is"
    words += f"; it is another {few(others)}." if others else "."
    undone = table.loc[table["same_verdict"].isna(), "change"]
    words += f" Nothing is left {few(list(undone))}." if len(undone) else ""
    shown = table.drop(columns=["question", "detectable", "why"], errors="ignore")
    return Summary(words, shown.rename(columns={"effect": "caar"}))


def usual_changes(
    measured: Measured, again: Callable[..., Measured], model: str, benchmark: str
) -> Iterator[Change]:
    """Change one thing at a time where no plan says which: models, benchmark, dates, samples."""
    for other in MODELS:
        if other != model:
            yield f"model: {other}", changed(again, model=other)
    if model in BENCHMARKED and benchmark != INDEX:
        yield f"against {INDEX}", changed(again, benchmark=INDEX)
    yield "timing: earliest", changed(again, timing="earliest")
    news = measured.result.flags["confounded"][measured.result.keep]
    if news.all():
        nothing = SpecificationError("every announcement has other listed news in its window")
        yield "without other listed news", nothing
    elif news.any():
        yield "without other listed news", measured.part(~news)
    yield from _without(measured)


def _changes(plan: Plan, question: str, planned: Measured) -> Iterator[Change]:
    asked, again = plan["robustness"], partial(changed, partial(measure, plan, question))
    for model in asked["models"]:
        yield f"model: {model}", again(model=NAMES.get(model, model))
    for exchange, tickers in asked["benchmarks"].items():
        for ticker in tickers:
            benchmark = {**plan["measurement"]["benchmark"], exchange: ticker}
            yield (
                f"{EXCHANGES[exchange].city} against {ticker}",
                again(benchmark=benchmark),
            )
    for estimation in asked["estimation"]:
        yield f"estimation {estimation}", again(estimation=estimation)
    for kind in asked["returns"]:
        yield f"{kind} returns", again(return_type=kind)
    for timing in asked["timing"]:
        yield f"timing: {timing}", again(timing=timing)
    yield from _samples(plan, question)
    limited = planned.result.flags["price_limit"][planned.result.keep]
    if limited.any():
        yield "without closes at a price limit", planned.part(~limited)
        yield "sessions 0 to +5", again(windows=[(0, 5)])
    yield "without other listed news", planned.part(~np.isin(planned.events, plan.flagged))
    counts = pd.Series(planned.events).map(pd.Series(planned.events).value_counts())
    yield f"{THREE} or more securities a date", planned.part((counts >= THREE).to_numpy())
    yield from _without(planned)


def changed(again: Callable[..., Measured], **options: Any) -> Measured | SpecificationError:
    """Measure again with other options; an error stands for what cannot be measured."""
    try:
        return again(**options)
    except SpecificationError as error:
        return error


def _samples(plan: Plan, question: str) -> Iterator[Change]:
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
    again = partial(changed, partial(measure, plan, question))
    every = again(events=sorted({e for ids in variants.values() for e in ids}))
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
        "detectable": finding.detectable,
        "verdict": decided.verdict,
        "why": "",
    }
