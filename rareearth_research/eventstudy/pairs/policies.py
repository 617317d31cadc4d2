"""Which pairs are disturbed, and what is done about it? Overlaps, confounders, limits.

An event that falls into another's window cannot be told apart from it. The default is to say so
(`flag`); `drop` leaves such pairs out, with a reason in the attrition ledger.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rareearth_research.arrays import Bools, Ints
from rareearth_research.eventstudy.inputs.events import named_confounders
from rareearth_research.eventstudy.pairs.exposure import unexposed
from rareearth_research.eventstudy.pairs.left_out import in_estimation
from rareearth_research.eventstudy.pairs.screen import Screen, running
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.setup import Setup
from rareearth_research.eventstudy.pairs.windows import Windows

__all__ = ["judge"]


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
