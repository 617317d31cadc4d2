"""What is not estimated on, because other listed events fell there?

A jump in the estimation window raises the variance that later jumps are measured by, and shifts
the return that was to be expected. The event windows of other events can be left out; where they
are not, the pairs they touch are flagged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rareearth_research.arrays import Bools
from rareearth_research.eventstudy.pairs.further import Further
from rareearth_research.eventstudy.pairs.screen import running, within
from rareearth_research.eventstudy.pairs.setup import Setup
from rareearth_research.eventstudy.pairs.windows import Windows

__all__ = ["in_estimation", "without_events"]


def without_events(setup: Setup, windows: Windows) -> Setup:
    """Return the study with those sessions marked in its markets that are not estimated on."""
    whose = setup.specification.leave_out
    if whose == "nothing":
        return setup
    others = {"own_events": (), "all_events": setup.further, "given": setup.apart}[whose]
    days = _event_days(setup, windows, others, own=whose != "given")
    pairs = zip(setup.markets, days, strict=True)
    return replace(setup, markets=tuple(replace(market, left_out=held) for market, held in pairs))


def in_estimation(setup: Setup, windows: Windows) -> dict[str, Bools]:
    """Flag pairs that are estimated on sessions of other listed events, or without them, (P,)."""
    pairs, count = setup.pairs, len(setup.pairs)
    listed = _event_days(setup, windows, setup.further, own=True)
    pieces = [[np.broadcast_to(end, count) for end in piece] for piece in windows.pieces]
    held, left = np.zeros((2, count), dtype=bool)
    for m, here in pairs.by_market():
        row, at, out = pairs.row[here], pairs.position[here], setup.markets[m].left_out
        part = [(at + first[here], at + last[here]) for first, last in pieces]
        days = listed[m] if out is None else listed[m] & ~out
        held[here] = within(running(days), row, part) > 0
        if out is not None:
            left[here] = within(running(out), row, part) > 0
    return {"estimation_overlaps_event": held, "estimation_left_out": left}


def _event_days(
    setup: Setup, windows: Windows, others: Sequence[Further], *, own: bool
) -> list[Bools]:
    """Return the sessions of each market's securities from first to last of event windows, (n, S).

    The events are all that were asked for of each security, if `own`, and `others`, whose windows
    are those of the study. A pair's own event never is in its own estimation window, so that one
    list serves all pairs of a security. A return over several sessions counts if one of them does.
    """
    low, high = (np.broadcast_to(end, len(setup.pairs)) for end in windows.hull)
    first, last = setup.ends()
    placed = [np.empty((3, 0), dtype=np.int64) for _ in setup.markets]
    if own:
        for m, here in setup.pairs.by_market():
            at = setup.pairs.position[here]
            placed[m] = np.array([setup.pairs.row[here], at + low[here], at + high[here]])
    for m, found in enumerate(others):
        theirs = [found.row, found.position + first.min(), found.position + last.max()]
        placed[m] = np.concatenate([placed[m], theirs], axis=1)
    days = []
    for market, (row, begin, end) in zip(setup.markets, placed, strict=True):
        n, size = market.returns.shape
        edges = np.zeros((n + 1, size + 1), dtype=np.int32)  # the last row is of all securities
        np.add.at(edges, (row, np.clip(begin, 0, size)), 1)
        np.add.at(edges, (row, np.clip(end + 1, 0, size)), -1)
        inside = np.cumsum(edges, axis=1)[:, :-1] > 0
        held = inside[:-1] | inside[-1]
        if (market.spans > 1).any():
            end = np.arange(1, size + 1)
            total = running(held)
            held = total[:, 1:] > np.take_along_axis(total, end - market.spans, axis=1)
        days.append(held)
    return days
