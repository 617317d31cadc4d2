"""Does a planned answer survive when one thing is done differently? The plan's own list of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arrays import Bools
from rareearth_research.datasets import load_events, load_securities
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.eventstudy.statistics.decision import decide
from rareearth_research.numerals import counted, step
from rareearth_research.studies.planned.contrasts import Contrast, Naming
from rareearth_research.studies.planned.measure import Clustered
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.verdicts import counted_and_found, judge_contrast
from rareearth_research.studies.planned.ways import PLANNED, Some, Ways
from rareearth_research.studies.sample import event_words
from rareearth_research.timing import EXCHANGES

Judge = Callable[[Any], dict[str, Any]]

NAMES = {"dimson(1,1)": "dimson"}
FIRST = ("MP", "LYC.AX")  # the two largest, left out together
AFTER = (0, 5)


Changes = Mapping[str, Any]  # what each change gave, or the error of what it cannot do


def changes(plan: Plan, question: str, ways: Ways) -> dict[str, Some | Exception]:
    """Measure a pooled question again with one change at a time, as the plan lists them.

    Parameters
    ----------
    plan : Plan
    question : str
    ways : Ways
        Of the question's securities.
    """
    return dict(_changes(plan, question, ways))


def changes_of_named(plan: Plan) -> dict[str, Contrast | Exception]:
    """Answer H8 again with one change at a time: the plan's, other windows, and without each firm.

    What the plan changes in samples of announcements is left out: there is one.
    """
    asked, measured = plan["questions"]["H8"], plan["measurement"]
    firms, naming = [*plan.group(asked["group"]), *plan.group(asked["against"])], Naming(plan)
    again: dict[str, dict[str, Any]] = dict(conditions(plan))
    for window in measured["windows_secondary"]:
        again[f"sessions {step(window[0])} to {step(window[1])}"] = {"windows": [window]}
    found = {
        change: _try(lambda o=options: naming.around(**o).contrast())
        for change, options in again.items()
    }
    planned = naming.around()
    return found | {f"without {ticker}": _try(planned.contrast, [ticker]) for ticker in firms}


def compare(question: str, planned: Any, changed: Changes, judge: Judge) -> pd.DataFrame:
    """Judge a question as planned and with each change.

    Parameters
    ----------
    question : str
    planned : object
        What was judged, as planned.
    changed : mapping
        By change, the same or the error.
    judge : callable
        Returns ``clusters, pairs, effect, lower, upper, p_value, verdict``.

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
    first = judge(planned)
    rows = [{"change": "as planned", **first, "same_verdict": True, "why": ""}]
    for change, found in changed.items():
        if isinstance(found, Exception):
            rows.append({"change": change, "pairs": 0, "verdict": "", "why": str(found)})
        else:
            row = judge(found)
            same = row["verdict"] == first["verdict"]
            rows.append({"change": change, **row, "same_verdict": same, "why": ""})
    table = pd.DataFrame(rows)
    table.insert(0, "question", question)
    return table


def broken_words(table: pd.DataFrame, words: Mapping[str, str] = SHOWN, verdict: str = "") -> str:
    """Say how many changes leave the verdict of a question as it is, and which do not.

    Parameters
    ----------
    table : DataFrame
        As `compare` gives it.
    words : mapping
        How each verdict is said.
    verdict : str, optional
        Of the answer, where placebo and family may have made it weaker.
    """
    tried = table[table["same_verdict"].notna() & (table["change"] != "as planned")]
    others = tried[~tried["same_verdict"].astype(bool)]
    many, left = counted(len(tried), "change", digits=True), len(tried) - len(others)
    kept = f"Of {many} {left} {'leaves' if left == 1 else 'leave'} the verdict as it is"
    if verdict not in ("", own := str(table["verdict"].iloc[0])):
        kept += f", “{words[own]}” by the tests alone (with all checks it is “{words[verdict]}”)"
    said = [
        f"{change} ({words[verdict]})"
        for change, verdict in zip(others["change"], others["verdict"], strict=True)
    ]
    return f"{kept}; it is another for: {'; '.join(said)}." if said else f"{kept}."


def _changes(plan: Plan, question: str, ways: Ways) -> Iterator[tuple[str, Some | Exception]]:
    def planned(**changed: Any) -> Some:
        way = ways.way(question, **changed)
        return way.some(ways.members(question, way)[PLANNED])

    for change, options in conditions(plan):
        yield change, _try(planned, **options)
    way = ways.way(question)
    samples = ways.members(question, way)
    whole = samples.pop(PLANNED)
    parts = {f"sample: {name}" * (name in ways.samples[question]) or name: members
             for name, members in samples.items()}  # fmt: skip
    if (way.limited & whole).any():
        parts["without closes at a price limit"] = whole & ~way.limited
        yield "sessions 0 to +5", _try(planned, window=AFTER)
    ids = list(way.clusters(whole)["event_id"])
    for change, members in (parts | without_each(way.securities, way.events, ids, whole)).items():
        yield change, _try(way.some, members)


def conditions(plan: Plan) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is changed in how returns are expected, held against, estimated and dated."""
    asked = plan["robustness"]
    for model in asked["models"]:
        yield f"model: {model}", {"model": NAMES.get(model, model)}
    for exchange, tickers in asked["benchmarks"].items():
        for ticker in tickers:
            benchmark = {**plan["measurement"]["benchmark"], exchange: ticker}
            yield f"{EXCHANGES[exchange].city} against {ticker}", {"benchmark": benchmark}
    for estimation in asked["estimation"]:
        yield f"estimation {estimation}", {"estimation": estimation}
    for kind in asked["returns"]:
        yield f"{kind} returns", {"return_type": kind}
    for timing in asked["timing"]:
        yield f"timing: {timing}", {"timing": timing}


def _try(function: Callable[..., Any], *given: Any, **changed: Any) -> Any:
    try:
        return function(*given, **changed)
    except SpecificationError as error:
        return error


def without_each(
    securities: NDArray[np.str_], events: NDArray[np.str_], ids: Sequence[str], planned: Bools
) -> dict[str, Bools]:
    """Leave out each date, each security, the two largest and each exchange in turn.

    Returns which of the pairs of `securities` and `events` are then left, by name; `ids` are the
    events in order.
    """
    exchanges = load_securities(sorted(set(securities)))["exchange"]
    place = np.array([EXCHANGES[exchanges[name]].city for name in securities])
    dated = load_events(event_ids=list(ids))
    left = [(event_words(event), events == event["event_id"]) for _, event in dated.iterrows()]
    left += [(name, securities == name) for name in sorted(set(securities[planned]))]
    left += [(" and ".join(FIRST), np.isin(securities, FIRST))]
    left += [(city, place == city) for city in sorted(set(place[planned]))]
    return {
        f"without {name}": planned & ~out
        for name, out in left
        if (planned & out).any() and (planned & ~out).any()
    }


def pooled(found: Clustered) -> dict[str, Any]:
    """Judge a mean over announcements."""
    finding = found.finding
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


def contrasted(plan: Plan, question: str, found: Contrast) -> dict[str, Any]:
    """Judge a contrast by its own rule, without the family."""
    return {
        **counted_and_found(found),
        "p_value": found.p_value,
        "verdict": judge_contrast(plan, question, found, found.p_value)[0],
    }
