"""Which pairs are disturbed, and what is done about it? Windows, overlaps, confounders, limits.

An event that falls into another's window cannot be told apart from it. The default is to say so
(`flag`); `drop` leaves such pairs out, with a reason in the attrition ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rareearth_research.eventstudy.inputs.events import named_confounders
from rareearth_research.eventstudy.models.estimate import Windows
from rareearth_research.eventstudy.pairs.exposure import unexposed
from rareearth_research.eventstudy.pairs.limits import extend_past_limits, limit_positions
from rareearth_research.eventstudy.pairs.screen import Screen

if TYPE_CHECKING:
    from rareearth_research.eventstudy.study import EventStudy

__all__ = ["Judgement", "judge", "place_windows"]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Judgement:
    """Reason code of every pair after the policies, and the flags of each (name -> (P,) bools)."""

    reason: NDArray[np.object_]
    flags: dict[str, NDArray[np.bool_]]


def place_windows(study: EventStudy) -> tuple[Windows, Ints, Ints]:
    """Return the study's windows and the first and last session of each, (G,) or (P, G).

    Behind the G windows follow one per event session, from the first event session up to it: the
    path of the cumulative abnormal return.
    """
    first, last = _asked(study)
    if study.limit_days == "extend":
        last = extend_past_limits(study, last)
    sessions = (int(first.min()), int(last.max()))
    at = np.arange(sessions[0], sessions[1] + 1)
    members = (at >= first[..., None]) & (at <= last[..., None])  # (G, W) or (P, G, W)
    whole = members.any(axis=-2, keepdims=True)
    path = whole & np.tri(len(at), dtype=bool)
    both = np.concatenate([members, path], axis=-2).astype(np.float64)
    return Windows(study.estimation, sessions, both), first, last


def _asked(study: EventStudy) -> tuple[Ints, Ints]:
    """Return the first and last session of each window as specified, (G,) or (P, 1)."""
    if study.own_windows:
        ends = study.events[["window_start", "window_end"]].to_numpy(dtype=np.int64)
        return ends[study.pairs.line, :1], ends[study.pairs.line, 1:]
    first, last = np.array(study.windows).T
    return first, last


def judge(study: EventStudy, found: Screen, windows: Windows, ends: Ints) -> Judgement:
    """Apply exposure dates and the overlap and confounder policies to pairs that can be fitted.

    `ends` holds the last session of each window, (G,) or (P, G), as `place_windows` gave it.
    """
    pairs = study.pairs
    reason = found.reason.copy()
    if study.exposure is not None:
        outside = unexposed(study.exposure, pairs, study.markets, study.names)
        reason[(reason == "") & outside] = "not_exposed"
    fit = np.flatnonzero(reason == "")
    first, last = _edges(windows, fit, pairs.position)
    overlapping, later = _overlaps(
        pairs.security[fit], pairs.position[fit], first, last, greedy=study.overlap == "drop"
    )
    confounded = _confounded(study, fit, first, last)
    estimated_over = _in_estimation(study, fit, first, last)
    flags = {
        "ambiguous_session": pairs.ambiguous,
        "multi_session": found.multi_session > 0,
        "overlap_own_event": _spread(overlapping, fit, len(reason)),
        "confounded": _spread(confounded, fit, len(reason)),
        "estimation_overlaps_event": _spread(estimated_over, fit, len(reason)),
    }
    if study.limit_days != "ignore":
        flags["price_limit"] = _spread(_limited(study, fit, last), fit, len(reason))
    if study.limit_days == "extend":
        flags["window_extended"] = np.asarray((ends > _asked(study)[1]).any(axis=1))
    if study.confounders == "drop":
        reason[fit[confounded]] = "confounded"
    if study.overlap == "drop":
        reason[fit[later & (reason[fit] == "")]] = "overlap_own_event"
    if (reason[fit] != "").any():  # what is left may overlap no more
        left = reason[fit] == ""
        rest, _ = _overlaps(
            pairs.security[fit[left]], pairs.position[fit[left]], first[left], last[left]
        )
        flags["overlap_own_event"][fit[left]] = rest
    return Judgement(reason, flags)


def _edges(windows: Windows, fit: Ints, position: Ints) -> tuple[Ints, Ints]:
    """Return first and last event session of each pair, as market positions."""
    inside = np.asarray(windows.members.any(axis=-2))
    start = windows.sessions[0] + inside.argmax(axis=-1)
    end = windows.sessions[1] - inside[..., ::-1].argmax(axis=-1)
    if inside.ndim == 2:
        start, end = start[fit], end[fit]
    return position[fit] + start, position[fit] + end


def _overlaps(
    security: Ints, position: Ints, first: Ints, last: Ints, *, greedy: bool = False
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return pairs that overlap another of their security, and those to drop (later ones)."""
    order = np.lexsort((position, security))
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


def _in_estimation(study: EventStudy, fit: Ints, first: Ints, last: Ints) -> NDArray[np.bool_]:
    """Return pairs whose estimation window holds part of another event window of the security."""
    position, start = study.pairs.position[fit], first.min(initial=0)
    lane = study.pairs.security[fit] * (np.int64(1) << 40) - start
    begin, end = study.estimation
    # an event window that begins up to the estimation window's end, and ends from its begin on
    order = np.sort(lane + last)
    ended = np.searchsorted(order, lane + position + begin, side="left")
    begun = np.searchsorted(np.sort(lane + first), lane + position + end, side="right")
    return begun > ended


def _confounded(study: EventStudy, fit: Ints, first: Ints, last: Ints) -> NDArray[np.bool_]:
    """Return pairs with a listed confounder, or another event's session inside their window."""
    pairs = study.pairs
    found = named_confounders(study.events)[pairs.line[fit]]
    order = np.lexsort((pairs.position[fit], pairs.security[fit]))
    security, position = pairs.security[fit][order], pairs.position[fit][order]
    near = np.diff(security) == 0
    before, after = order[:-1], order[1:]
    found[after] |= near & (position[:-1] >= first[after])
    found[before] |= near & (position[1:] <= last[before])
    if study.further:
        found |= _near_known(study, fit, first, last)
    return found


def _near_known(study: EventStudy, fit: Ints, first: Ints, last: Ints) -> NDArray[np.bool_]:
    """Return pairs with a further event, of all securities or theirs, inside their window."""
    pairs = study.pairs
    found = np.zeros(len(fit), dtype=bool)
    ids = pairs.event_ids[pairs.event[fit]]
    for m, others in enumerate(study.further):
        here = np.flatnonzero(pairs.market[fit] == m)
        row = pairs.row[fit][here]
        for event, of, position in zip(others.event_ids, others.row, others.position, strict=True):
            inside = (first[here] <= position) & (position <= last[here])
            found[here] |= inside & (ids[here] != event) & ((of < 0) | (of == row))
    return found


def _limited(study: EventStudy, fit: Ints, last: Ints) -> NDArray[np.bool_]:
    limits = limit_positions(study)
    pairs = study.pairs
    return np.array(
        [end in limits.get(int(s), ()) for s, end in zip(pairs.security[fit], last, strict=True)],
        dtype=bool,
    )


def _spread(values: NDArray[np.bool_], at: Ints, count: int) -> NDArray[np.bool_]:
    full = np.zeros(count, dtype=bool)
    full[at] = values
    return full
