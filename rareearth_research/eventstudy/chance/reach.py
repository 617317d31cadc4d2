"""How far from its events can a study look before its data end?

Questions that move windows or look far ahead are bound by the data: beyond them there is no
number, and arrays of a million sessions are no answer. Each message says what is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rareearth_research.arrays import Ints
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.chance.subject import Subject
from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.pairs.screen import between, covered, running


def farthest(subject: Subject) -> tuple[int, int]:
    """Return the first and the last session, from session 0, at which any pair has a return."""
    first, last = [], []
    for m, here in subject.pairs.by_market():
        traded = np.isfinite(subject.markets[m].returns[subject.pairs.row[here]])
        position = subject.pairs.position[here]
        first.append((traded.argmax(axis=1) - position).min())
        last.append((traded.shape[1] - 1 - traded[:, ::-1].argmax(axis=1) - position).max())
    return int(min(first)), int(max(last))


def check_reach(name: str, windows: Sequence[tuple[int, int]], subject: Subject) -> None:
    """Raise if a window lies beyond the data of every pair."""
    first, last = farthest(subject)
    for a, b in windows:
        if a < first or b > last:
            raise SpecificationError(
                f"{name}: the window [{a}, {b}] reaches beyond the data of every pair, which hold "
                f"the sessions from {first} to {last} around the event; stay within them"
            )


def check_behind(window: tuple[int, int], estimation: tuple[int, int]) -> None:
    """Raise unless a window begins after the estimation window, which a question moves back."""
    if window[0] <= estimation[1]:
        raise SpecificationError(
            f"window={list(window)} does not begin after the estimation window {list(estimation)}, "
            "which is moved back before all that is looked at; begin it at "
            f"{estimation[1] + 1} or later, or give the study an estimation window before the event"
        )


def check_moved_back(
    name: str,
    value: object,
    back: int,
    estimation: tuple[int, int],
    subject: Subject,
    remedy: Callable[[int], str],
) -> None:
    """Raise if no pair can be estimated on the estimation window moved back by `back` sessions.

    `remedy` gives the advice for the sessions by which the window can be moved back.
    """
    totals, least = _totals(subject), subject.result.specification.min_obs
    if (_matched(back, estimation, subject, totals) >= least).any():
        return
    deepest, room = int(subject.pairs.position.max()), 0
    while room < deepest and (_matched(room + 1, estimation, subject, totals) >= least).any():
        room += 1
    raise SpecificationError(
        f"{name}={shown(value)} moves the estimation window back by {back:,} sessions, where no "
        f"pair has the {least} sessions it needs; {remedy(room)}"
    )


def _totals(subject: Subject) -> list[NDArray[np.int32]]:
    """Return running counts of matched days per market, (n, S + 1)."""
    needs = MODELS[subject.result.specification.model].regressors
    return [
        running(np.isfinite(market.estimable) & (covered(market) if needs else True))
        for market in subject.markets
    ]


def _matched(
    back: int, estimation: tuple[int, int], subject: Subject, totals: Sequence[NDArray[np.int32]]
) -> Ints:
    """Return the matched days of each pair in the estimation window moved back, (P,)."""
    pairs = subject.pairs
    found = np.zeros(len(pairs.event), dtype=np.int64)
    for m, here in pairs.by_market():
        at = pairs.position[here] - back
        found[here] = between(totals[m], pairs.row[here], at + estimation[0], at + estimation[1])
    return found
