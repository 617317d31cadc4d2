"""Could the whole curve be chance? Every specification moved together to sessions without the news.

Each specification has a p-value, and none of them says how rare the curve is: specifications
share returns and events. So the curve is drawn again where nothing was announced, all of it at
once, and three things about it are compared: its median, how many of it are significant, and its
mean statistic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.chance.joint import JointDraws, draw_jointly, on_one_calendar
from rareearth_research.eventstudy.chance.p_values import placebo_p
from rareearth_research.eventstudy.chance.placebo import FEWEST
from rareearth_research.eventstudy.chance.subject import (
    Subject,
    chosen_statistic,
    placed,
    pooled_values,
    subject_avoiding,
)
from rareearth_research.eventstudy.pairs.further import Further
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.setup import Specification
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.progress import tracked

LEVEL = 0.05
FEW_PLACES = 99  # sessions for a group of dates below which draws repeat themselves much


@dataclass(frozen=True)
class Specified:
    """One specification of the curve, fitted.

    Attributes
    ----------
    number : int
    benchmark : str
        As the curve names it.
    source : str
        Which list of events it studies.
    result : EventStudyResults
        Of its one window.
    """

    number: int
    benchmark: str
    source: str
    result: EventStudyResults


def joint_test(
    specified: Sequence[Specified], exclude_near: Any, drawing: Mapping[str, Any], *, progress: bool
) -> tuple[pd.DataFrame | None, str]:
    """Return the frame of joint p-values, and what to say about it; no frame where none can be had.

    Parameters
    ----------
    specified : sequence of Specified
        Without those that repeat another's numbers.
    exclude_near : DataFrame or list of dates, optional
        As in `placebo`.
    drawing : mapping
        ``n, coverage, seed`` of the draws.
    progress : bool
    """
    taking, subjects, left = _taking_part(specified, exclude_near)
    if not taking:
        return None, " ".join(["No joint p-value.", *_absent(left)])
    windows = [one.result.specification.windows[0] for one in taking]
    reach = min(a for a, _ in windows), max(b for _, b in windows)
    events = [
        np.array([f"{one.source}\0{event}" for event in one.result.kept.event_id], dtype=object)
        for one in taking
    ]
    subjects, groups = on_one_calendar(subjects, events, reach)
    statistics = [chosen_statistic(None, subject) for subject in subjects]
    values = _values(taking, subjects, statistics, progress=progress)
    reaches = [reach] * len(subjects)
    drawn = draw_jointly(
        subjects, groups, values, statistics=statistics, reaches=reaches, **drawing
    )
    undefined = np.flatnonzero(~np.isfinite(drawn.statistic[0]))
    left |= {taking[v].number: "its statistic has no value at the event" for v in undefined}
    drawn, notes = drawn.complete(), _absent(left)
    draws, versions = len(drawn.statistic) - 1, drawn.statistic.shape[1]
    if draws < FEWEST or not versions:
        remedy = "load a longer history, exclude fewer events or shorten the longest window"
        remedy = "draw more" if drawn.places >= FEWEST else remedy
        lack = f"No joint p-value: {draws} placebo draws of all specifications, {FEWEST} are needed"
        return None, " ".join([f"{lack}; {remedy}.", *notes])
    if drawn.places < FEW_PLACES:
        notes.append(
            f"The joint p-values rest on {drawn.places} other sessions that serve every "
            "specification."
        )
    return joint_frame(drawn), " ".join(notes)


def _taking_part(
    specified: Sequence[Specified], exclude_near: Any
) -> tuple[list[Specified], list[Subject], dict[int, str]]:
    """Return the specifications that can be moved, with what is moved, and why others cannot."""
    taking: list[Specified] = []
    subjects: list[Subject] = []
    left: dict[int, str] = {}
    avoided: dict[Any, tuple[Further, ...]] = {}
    for one in specified:
        setup = one.result.setup
        where = _calendars(setup.specification, setup.markets), setup.specification.placing
        if exclude_near is not None and where not in avoided:
            avoided[where] = placed("exclude_near", exclude_near, setup)
        if setup.specification.model == "garch":
            left[one.number] = "a variance model cannot be fitted at every session"
            continue
        try:
            subjects.append(subject_avoiding(one.result, avoided.get(where, ())))
            taking.append(one)
        except SpecificationError as error:
            left[one.number] = str(error)
    return taking, subjects, left


def _absent(left: Mapping[int, str]) -> list[str]:
    """Say which specifications do not take part, reason by reason."""
    notes = []
    for reason in dict.fromkeys(left.values()):
        numbers = [str(number) for number, why in left.items() if why == reason]
        plural = "s" * (len(numbers) > 1)
        notes.append(
            f"Not in the joint test: specification{plural} {', '.join(numbers)} ({reason})."
        )
    return notes


def joint_frame(drawn: JointDraws) -> pd.DataFrame:
    """Return ``statistic, observed, p_value, n`` of the curve as a whole.

    Notes
    -----
    With T_v the studentised statistic of specification v and c_v the value that at most 5 % of its
    |T_v| reach, the event's counted among the draws':

    - ``median effect``: median of the mean CARs; by its absolute value.
    - ``share significant``: share of specifications with |T_v| ≥ c_v whose sign is the commoner
      one among them.
    - ``mean statistic``: mean of T_v/c_v, which keeps one with many securities from speaking for
      all; by its absolute value.

    p = (1 + #{draws at least as large})/(1 + n). The event enters c_v as any draw does, so the
    event and the draws are treated alike.
    """
    t, loud = drawn.statistic, np.abs(drawn.statistic)
    rank = int(LEVEL * len(t) + 1e-9)
    critical = -np.sort(-loud, axis=0)[rank - 1] * (1 - 1e-12)
    significant = loud >= critical
    share = np.maximum((significant & (t > 0)).mean(axis=1), (significant & (t < 0)).mean(axis=1))
    of_all = np.column_stack([np.median(drawn.caar, axis=1), share, (t / critical).mean(axis=1)])
    p, n = placebo_p(of_all[0], of_all[1:])
    names = ["median effect", "share significant", "mean statistic"]
    return pd.DataFrame({"statistic": names, "observed": of_all[0], "p_value": p, "n": n})


def _values(
    taking: Sequence[Specified],
    subjects: Sequence[Subject],
    statistics: Sequence[str],
    *,
    progress: bool,
) -> Iterator[tuple[int, list[Floats]]]:
    """Yield each specification's statistics and CARs at every session.

    Specifications with the same model, benchmark and securities share one pass over the returns,
    in whatever window and on whatever date.
    """
    alike: dict[tuple[Any, ...], list[int]] = {}
    for v, subject in enumerate(subjects):
        alike.setdefault((taking[v].benchmark, *_key(subject)), []).append(v)
    for numbers in tracked(list(alike.values()), "joint placebo", "fits", wanted=progress):
        windows = [taking[v].result.specification.windows[0] for v in numbers]
        asked = list(dict.fromkeys(windows))
        subject = subjects[numbers[0]]
        found = subject.every_session(asked)
        for v, window in zip(numbers, windows, strict=True):
            w = asked.index(window)
            own = [(car[[w]], variance[[w]]) for car, variance in found]
            cars = pooled_values(own, "caar")
            yield (
                v,
                [
                    np.concatenate(both)
                    for both in zip(pooled_values(own, statistics[v]), cars, strict=True)
                ],
            )


def _key(subject: Subject) -> tuple[Any, ...]:
    """Return what, beside the benchmark, decides the CARs at every session."""
    spec = subject.result.specification
    return spec.model, _calendars(spec, subject.markets)


def _calendars(spec: Specification, markets: Sequence[Market]) -> tuple[Any, ...]:
    """Return what tells sets of markets apart: exchanges, sessions, and securities by name."""
    return tuple(
        (m.exchange, m.sessions.asi8.tobytes(), *(spec.names[column] for column in m.securities))
        for m in markets
    )
