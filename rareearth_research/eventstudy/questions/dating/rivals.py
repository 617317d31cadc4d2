"""Which sessions speak against a candidate, and how large are they in stretches without the event?

A large move beside the candidate says that the candidate alone does not account for the stretch;
where another event was announced in that window, it may be the answer to that one. Pairs so touched
do not count there, and a session at which fewer than half of the pairs are left is no rival at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.eventstudy.chance.draws import Draws, draw
from rareearth_research.eventstudy.chance.subject import Subject, placed
from rareearth_research.eventstudy.results.results import EventStudyResults

ENOUGH = 0.5  # share of the pairs that must be left at a session
_STRETCHES = 99  # event-free ones needed; with fewer, sessions are drawn one by one
_RESAMPLES = 1999


def clear_of_others(
    result: EventStudyResults, steps: Ints, width: int, events: Any
) -> tuple[Bools, Floats, pd.DataFrame]:
    """Return which pairs count at which shifts, and what leaves the others out.

    Parameters
    ----------
    result : EventStudyResults
    steps : ndarray of int, shape (S,)
        Shifts of session 0.
    width : int
        Sessions of the response window.
    events : bool, DataFrame or list of dates
        True for the study's known events and its own other events, False for none; else events to
        put in place of the known ones.

    Returns
    -------
    use : ndarray of bool, shape (P, S)
        All False where fewer than half of the pairs are left.
    share : ndarray, shape (S,)
        Share of the pairs that another event touches.
    touched : DataFrame
        ``shift, event_id, n_pairs``: a row for each shift and event that share sessions.

    Notes
    -----
    The response window of another event with session 0 at d, counted from the pair's own, shares a
    session with that of shift s if |s − d| < `width`. Events in the pair's own session 0 (d = 0)
    are part of the news that is being dated.
    """
    kept = result.kept
    use = np.ones((len(kept), len(steps)), dtype=bool)
    found: dict[object, Ints] = {}
    for event_id, here, distance in _others(result, events):
        near = np.abs(steps - distance[:, None]) < width
        if near.any():
            use[here] &= ~near
            found[event_id] = found.get(event_id, 0) + near.sum(axis=0)
    left = use.mean(axis=0)
    use &= left >= ENOUGH
    rows = [
        (int(steps[k]), event_id, int(count[k]))
        for event_id, count in found.items()
        for k in np.flatnonzero(count)
    ]
    touched = pd.DataFrame(rows, columns=["shift", "event_id", "n_pairs"])
    return use, 1 - left, touched.sort_values("shift", kind="stable", ignore_index=True)


def free_stretches(
    subject: Subject,
    alone: list[Floats],
    drawn: Draws,
    span: tuple[int, int],
    use: Bools | None,
    options: dict[str, Any],
) -> tuple[Floats, bool]:
    """Return event-free stretches (n, S), and whether they are whole ones.

    Where these are too few, sessions are drawn independently: `alone` holds the values of shift 0
    once for each shift.
    """
    seen = np.isfinite(drawn.observed)
    null = drawn.values[np.isfinite(drawn.values[:, seen]).all(axis=1)]
    if len(null) >= _STRETCHES and not drawn.split:
        return null, True
    single = draw(subject.pairs, alone, reach=span, use=use, **options).values
    single = single[np.isfinite(single[:, seen]).all(axis=1)]
    if not len(single):
        return np.empty((0, single.shape[1])), False
    rng = np.random.default_rng(options["seed"])
    picks = rng.integers(len(single), size=(_RESAMPLES, single.shape[1]))
    return np.take_along_axis(single, picks, axis=0), False


def _others(result: EventStudyResults, events: Any) -> Iterator[tuple[object, Ints, Ints]]:
    """Yield each other event with the kept pairs it can touch and its distance from them."""
    if events is False:
        return
    setup, kept, every = result.setup, result.kept, result.pairs
    further = setup.further if events is True else placed("leave_out_events", events, setup)
    ids = kept.event_id
    for m, here in kept.by_market():
        ours = (every.market == m) & (every.position >= 0)
        own = np.unique(np.array([every.event, every.row, every.position])[:, ours], axis=1)
        others = [(every.event_ids[event], row, at) for event, row, at in own.T]
        if further:
            placed_here = (further[m].event_ids, further[m].row, further[m].position)
            every_security = {e for e, row, _ in zip(*placed_here, strict=True) if row < 0}
            others = [other for other in others if other[0] not in every_security]
            others += zip(*placed_here, strict=True)
        for event_id, row, at in others:
            distance = at - kept.position[here]
            theirs = (distance != 0) & (ids[here] != event_id)
            theirs &= (row < 0) | (kept.row[here] == row)
            yield event_id, here[theirs], distance[theirs]
