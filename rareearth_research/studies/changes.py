"""Does a study of events survive a sceptic? Its first window again, with one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.datasets import load_securities
from rareearth_research.errors import RareEarthError, SpecificationError, listed
from rareearth_research.eventstudy.pairs.setup import label_of
from rareearth_research.eventstudy.questions.specifications.curve import LEADING
from rareearth_research.eventstudy.results.evidence import Evidence
from rareearth_research.eventstudy.results.measure import part_of
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.eventstudy.statistics.decision import decide
from rareearth_research.labels import label
from rareearth_research.studies.sample import BENCHMARKED

__all__ = ["compared", "doubts", "survived"]

ELSEWHERE = "URTH"  # the world's shares, where each exchange's own index was asked for
NO_OTHER = "every announcement has other listed news in its windows"
COLUMNS = ("n_events", "pairs", "caar", "lower", "upper", "p_value", "detectable", "verdict")


def compared(first: str, asked: Evidence, changes: Iterable[tuple[str, Any]]) -> pd.DataFrame:
    """Hold the first window of a study against the same with one thing changed at a time.

    Parameters
    ----------
    first : str
        What the study is called.
    asked : Evidence
    changes : iterable of (str, object)
        By name the same study changed, a row of a table with its numbers, or the error.

    Returns
    -------
    DataFrame
        ``change, n_events, pairs, caar, lower, upper, p_value, detectable, verdict, same_verdict,
        why`` (it could not be done).

    Notes
    -----
    p is the larger of the leading test's and that over dates, with the wider interval, for the
    study and each change alike; placebo and family are not drawn again, so a verdict here can be
    stronger than that of the study.
    """
    every = [(first, asked), *changes]
    found = pd.DataFrame(
        [{"change": name, **_row(one)} for name, one in every], columns=["change", *COLUMNS, "why"]
    )
    known = found["verdict"] != ""
    same = (found["verdict"] == found["verdict"].iloc[0]).astype(object).where(known, None)
    found.insert(len(found.columns) - 1, "same_verdict", same)
    return found


def survived(table: pd.DataFrame, names: Callable[[str], str] = str, verdict: str = "") -> str:
    """Say how many changes leave the verdict where it is, and which do not, each by its name.

    Parameters
    ----------
    table : DataFrame
        ``change, verdict, same_verdict``; the first row is what was asked.
    names : callable
        Gives the name of a change.
    verdict : str, optional
        Of the study, where placebo and family may have made it weaker.
    """
    tried = table[table["same_verdict"].notna()].iloc[1:]
    others = tried.loc[~tried["same_verdict"].astype(bool), "change"]
    own = str(table["verdict"].iloc[0])
    words = f"{len(tried) - len(others)} of {len(tried)} changes leave it at “{SHOWN[own]}”"
    if verdict not in ("", own):
        words += f" (by the tests alone; with all checks it is “{SHOWN[verdict]}”)"
    words = f"{words}; not: {listed(others.map(names))}." if len(others) else f"{words}."
    reasons = {"", *table.get("why", [])} - {""}
    return f"{words} Not to be had: {'; '.join(sorted(reasons))}." if reasons else words


def doubts(
    result: EventStudyResults, again: Callable[..., Any], benchmark: str
) -> Iterator[tuple[str, Any]]:
    """Yield a study with another model, benchmark and estimation window, and without some pairs.

    Parameters
    ----------
    result : EventStudyResults
    again : callable
        Measures it with arguments of `EventStudy` in place of its own.
    benchmark : str
        As it was asked for.
    """
    spec = result.specification
    model = "market_adjusted" if spec.model == "market" else "market"
    first, last = spec.estimation
    half = (last - (last - first + 1) // 2 + 1, last)
    changed: dict[str, dict[str, Any]] = {label("model", model): {"model": model}}
    if spec.model in BENCHMARKED:
        other = ELSEWHERE if benchmark == "local" else "local"
        changed[f"against {label('benchmark', other)}"] = {"benchmark": other}
    if not spec.own_estimation:
        changed[f"estimated on {label_of(half)}"] = {"estimation": half}
    for name, options in changed.items():
        try:
            yield name, again(**options)
        except RareEarthError as error:
            yield name, error
    yield from _without(result)


def _without(result: EventStudyResults) -> Iterator[tuple[str, Any]]:
    """Leave out the security that pulls the mean most, and announcements amid other news."""
    result = replace(result, setup=result.setup.asking(tests=LEADING))
    events, securities = (labels.astype(str) for labels in result.labels)
    car = pd.Series(result.fitted.car[:, 0]).groupby(securities).sum()
    if len(car) > 1:
        name = str((car * np.sign(car.sum())).idxmax())
        firm = load_securities([name])["name"].iloc[0]
        yield f"without {firm}, which pulls the mean most", part_of(result, securities != name)
    with_news = result.flags["confounded"][result.keep]
    clear = ~np.isin(events, events[with_news])
    if with_news.any():
        rest = part_of(result, clear) if clear.any() else SpecificationError(NO_OTHER)
        yield "without announcements amid other listed news", rest


def _row(found: Any) -> dict[str, Any]:
    if isinstance(found, RareEarthError):
        return {"pairs": 0, "verdict": "", "why": str(found)}
    if not isinstance(found, Evidence):
        return {**found, "why": ""}
    finding = found.findings[0]
    decided = decide(finding, lambda: float("nan"))
    return {
        "n_events": found.counts["n_events"],
        "pairs": len(finding.car),
        "caar": finding.caar,
        "lower": finding.lower,
        "upper": finding.upper,
        "p_value": decided.p_value,
        "detectable": finding.detectable,
        "verdict": decided.verdict,
        "why": "",
    }
