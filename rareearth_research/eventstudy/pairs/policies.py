"""Which pairs are disturbed, and what is done about it? Overlaps, confounders, limits.

An event that falls into another's window cannot be told apart from it. The default is to say so
(`flag`); `drop` leaves such pairs out, with a reason in the attrition ledger.

What is not estimated on, because other listed events fell there?

A jump in the estimation window raises the variance that later jumps are measured by, and shifts
the return that was to be expected. The event windows of other events can be left out; where they
are not, the pairs they touch are flagged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rareearth_research.arrays import Bools, Ints
from rareearth_research.eventstudy.inputs.events import named_confounders
from rareearth_research.eventstudy.pairs.further import Further
from rareearth_research.eventstudy.pairs.screen import Screen, running, within
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.setup import Setup
from rareearth_research.eventstudy.pairs.tables import unexposed
from rareearth_research.eventstudy.pairs.windows import Windows


def judge(setup: Setup, found: Screen, windows: Windows) -> Screen:
    """Apply exposure dates and the overlap and confounder policies to pairs that can be fitted.

    Returns
    -------
    Screen
        With the reasons after the policies, and the flags of each pair.
    """
    spec, reason = setup.specification, found.reason.copy()
    if setup.exposure is not None:
        outside = unexposed(
            setup.exposure, pairs=setup.pairs, markets=setup.markets, names=spec.names
        )
        reason[(reason == "") & outside] = "not_exposed"
    fit = np.flatnonzero(reason == "")
    pairs, own = setup.pairs.take(fit), windows.take(fit)
    first = pairs.position + own.first.min(axis=-1)
    last = pairs.position + own.last.max(axis=-1)
    overlapping, later = _overlaps(pairs, first, last, greedy=spec.overlap == "drop")
    confounded = _confounded(setup, pairs, first, last)

    def spread(values: Bools) -> Bools:
        full = np.zeros(len(reason), dtype=bool)
        full[fit] = values
        return full

    flags = {
        "ambiguous_session": setup.pairs.ambiguous,
        "multi_session": found.multi_session > 0,
        "overlap_own_event": spread(overlapping),
        "confounded": spread(confounded),
        **{name: spread(of[fit]) for name, of in in_estimation(setup, windows).items()},
    }
    flags["suspect_return"] = np.zeros(len(reason), dtype=bool)
    if setup.suspects is not None:
        totals = [running(days) for days in setup.doubted()]
        ends = np.stack([first, last + 1], axis=1) - pairs.position[:, None]
        flags["suspect_return"] = spread(np.diff(pairs.gather(totals, ends, 0))[:, 0] > 0)
    if setup.clean is not None and spec.own_windows:
        flags["other_news_in_session_0"] = setup.clean.mixed
    if spec.limit_days != "ignore":
        ends = (last - pairs.position)[:, None]
        flags["price_limit"] = spread(pairs.gather(setup.limits(), ends, False)[:, 0])
    if spec.limit_days == "extend":
        flags["window_extended"] = np.asarray((windows.last > setup.ends()[1]).any(axis=1))
    if spec.confounders == "drop":
        reason[fit[confounded]] = "confounded"
    if spec.overlap == "drop":
        reason[fit[later & (reason[fit] == "")]] = "overlap_own_event"
    left = reason[fit] == ""
    if not left.all():  # what is left may overlap no more
        rest, _ = _overlaps(pairs.take(left), first[left], last[left])
        flags["overlap_own_event"][fit[left]] = rest
    return replace(found, reason=reason, flags=flags)


def _overlaps(
    pairs: PairList, first: Ints, last: Ints, *, greedy: bool = False
) -> tuple[Bools, Bools]:
    """Return pairs that overlap another of their security, and those to drop (later ones)."""
    security = pairs.security
    order = np.lexsort((pairs.position, security))
    same = np.diff(security[order]) == 0
    touching = same & (first[order][1:] <= last[order][:-1])
    involved = np.zeros(len(order), dtype=bool)
    involved[order[1:]] |= touching
    involved[order[:-1]] |= touching
    later = np.zeros(len(order), dtype=bool)
    if greedy and touching.any():
        held, end = -1, -1
        for i in order:  # keep the first of a chain, then the next one free of it
            if security[i] == held and first[i] <= end:
                later[i] = True
            else:
                held, end = security[i], last[i]
    return involved, later


def _confounded(setup: Setup, pairs: PairList, first: Ints, last: Ints) -> Bools:
    """Return pairs with a listed confounder, or another event's session inside their window."""
    found = named_confounders(setup.events)[pairs.line]
    order = np.lexsort((pairs.position, pairs.security))
    security, position = pairs.security[order], pairs.position[order]
    near = np.diff(security) == 0
    before, after = order[:-1], order[1:]
    found[after] |= near & (position[:-1] >= first[after])
    found[before] |= near & (position[1:] <= last[before])
    if setup.further:
        found |= _near_known(setup, pairs, first, last)
    return found


def _near_known(setup: Setup, pairs: PairList, first: Ints, last: Ints) -> Bools:
    """Return pairs with a further event, of all securities or theirs, inside their window."""
    found, ids = np.zeros(len(pairs), dtype=bool), pairs.event_id
    for m, here in pairs.by_market():
        others, row = setup.further[m], pairs.row[here]
        begin, end = first[here], last[here]
        near = (others.position >= begin.min()) & (others.position <= end.max())
        for event, of, position in zip(
            others.event_ids[near], others.row[near], others.position[near], strict=True
        ):
            inside = (begin <= position) & (position <= end)
            found[here] |= inside & (ids[here] != event) & ((of < 0) | (of == row))
    return found


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
