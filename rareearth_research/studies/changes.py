"""Does a study of events survive a sceptic? Its first window again, with one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats
from rareearth_research.datasets import load_securities
from rareearth_research.errors import RareEarthError, SpecificationError, listed
from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.chance.draws import draw
from rareearth_research.eventstudy.chance.every_session import SEVERAL
from rareearth_research.eventstudy.chance.rolling_sums import COEFFICIENTS
from rareearth_research.eventstudy.chance.subject import subject_of
from rareearth_research.eventstudy.pairs.setup import label_of
from rareearth_research.eventstudy.questions.specifications.curve import LEADING
from rareearth_research.eventstudy.questions.specifications.results import (
    CHOICES,
    SpecificationCurve,
)
from rareearth_research.eventstudy.results.evidence import Evidence
from rareearth_research.eventstudy.results.measure import part_of
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.eventstudy.statistics.decision import decide
from rareearth_research.labels import label
from rareearth_research.numerals import interval, per_cent
from rareearth_research.studies.sample import BENCHMARKED, event_words
from rareearth_research.timing.spoken import TWO

PATHS = 100  # at placebo sessions, behind the average
WORLD = "URTH"  # the world's shares, where each exchange's own index was asked for
TIMED = "timing: "
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


def other_sessions(table: pd.DataFrame) -> list[str]:
    """Say what the other sessions that were possible give, of a table of `compared`."""
    timed = table[table["change"].str.startswith(TIMED) & (table["verdict"] != "")]
    said = []
    for _, row in timed.iterrows():
        mean, *ends = np.expm1(row[["caar", "lower", "upper"]].astype(float))
        said.append(
            f"With the {row['change'].removeprefix(TIMED)} the window gives {per_cent(mean)} "
            f"(95 % interval {interval(*ends)}), “{SHOWN[row['verdict']]}”."
        )
    return said


def said_once(words: str) -> str:
    """Begin a sentence about changes that were made one at a time."""
    return f"One change at a time, {words}"


def doubts(
    result: EventStudyResults,
    events: pd.DataFrame,
    returns: pd.DataFrame,
    options: Mapping[str, Any],
) -> Iterator[tuple[str, Any]]:
    """Yield a study with another model, benchmark and estimation window, and without some pairs.

    Parameters
    ----------
    result : EventStudyResults
    events, returns : DataFrame
    options : mapping
        What `EventStudy` was asked of them.
    """
    once = {"windows": options["windows"][:1], "tests": LEADING}
    spec = result.specification
    model = "market_adjusted" if spec.model == "market" else "market"
    first, last = spec.estimation
    half = (last - (last - first + 1) // 2 + 1, last)
    changed: dict[str, dict[str, Any]] = {label("model", model): {"model": model}}
    if spec.model in BENCHMARKED:
        index = WORLD if options["benchmark"] == "local" else "local"
        changed[f"against {label('benchmark', index)}"] = {"benchmark": index}
    if not spec.own_estimation:
        changed[f"estimated on {label_of(half)}"] = {"estimation": half}
    if spec.timing in TWO and result.diagnostics["ambiguous_sessions"]:
        end = next(timing for timing in TWO if timing != spec.timing)
        changed[f"{TIMED}{label('timing', end)}"] = {"timing": end}
    dated = events["announced_earliest"].isna() & (events["announced_tz"] == "")
    if spec.timing in TWO and dated.any():
        later = events["date"] + pd.to_timedelta(dated.astype(int), "D")
        changed[f"{TIMED}session after the day named"] = {"events": events.assign(date=later)}
    for name, other in changed.items():
        try:
            yield name, EventStudy(returns, **{"events": events, **options, **once, **other}).fit()
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


def elsewhere(result: EventStudyResults) -> Floats | None:
    """Return the average path at some placebo sessions, where that takes no time."""
    spec = result.specification
    if spec.model not in (*COEFFICIENTS, *SEVERAL):
        return None
    reach = min(a for a, _ in spec.windows), max(b for _, b in spec.windows)
    paths = [(reach[0], k) for k in range(reach[0], reach[1] + 1)]
    subject = subject_of(result, known=True)
    cars = [car for car, _ in subject.every_session(paths)]
    drawn = draw(subject.pairs, cars, statistic="caar", reach=reach, avoid=subject.avoid, n=PATHS)
    return drawn.values[np.isfinite(drawn.values).all(axis=1)]


def one_at_a_time(
    result: EventStudyResults, curve: SpecificationCurve, events: pd.DataFrame
) -> pd.DataFrame:
    """Return the reference, what the curve says with one other choice, and without each event."""
    table, first = curve.table, curve.table.iloc[0]
    other = table[[*CHOICES]] != first[[*CHOICES]]
    changes: list[tuple[str, Any]] = []
    for at in np.flatnonzero((other.sum(axis=1) == 1) & table["caar"].notna()):
        row = table.iloc[at]
        choice = other.columns[other.iloc[at]][0]
        same = ["n_events", "caar", "lower", "upper", "p_value", "verdict"]
        changes.append(
            (f"{choice}: {label(choice, row[choice])}", {"pairs": row["n"], **row[same]})
        )
    for _, event in events.iterrows():
        rest = result.labels[0] != event["event_id"]
        if rest.any() and not rest.all():
            changes.append((f"without {event_words(event)}", part_of(result, rest)))
    return compared(curve.first, result, changes).drop(columns="why")
