"""Where does a window end so that the next news is not in it?

News that came while an exchange was closed is in its next session, so the last close before other
news differs between exchanges: a window that is clean in New York may be too short for Sydney.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arrays import Bools, Ints
from rareearth_research.errors import listed
from rareearth_research.eventstudy.inputs.event_columns import LONGEST
from rareearth_research.eventstudy.pairs.further import kinds_of, place_in
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList, Placing

if TYPE_CHECKING:
    from rareearth_research.timing.intervals import Intervals

NAMED = 9  # events named in a note


@dataclass(frozen=True)
class Clean:
    """Windows from session 0 to the last close before other news, of P pairs.

    Attributes
    ----------
    last : ndarray of int, shape (P,)
        Last session of each window, 0 to `LONGEST`.
    mixed : ndarray of bool, shape (P,)
        Whether news of another day falls in session 0 itself; the window then is [0, 0].
    """

    last: Ints
    mixed: Bools


def clean_windows(
    events: pd.DataFrame,
    known: pd.DataFrame | None,
    pairs: PairList,
    markets: Sequence[Market],
    names: Sequence[str],
    placing: Placing,
) -> tuple[Clean, list[str]]:
    """End each pair's window before the next listed event; return what could not be kept apart.

    Parameters
    ----------
    events, known : DataFrame
        The study's own events and further ones, as `check_events` returns them; with a column
        ``security``, each counts for that security only.
    pairs, markets, names, placing
        As in `list_pairs`.

    Notes
    -----
    The first session that an event can have moved, by the earlier end of its announcement, ends
    the windows of all earlier events at the session before. Events announced on the same day as a
    pair's own are taken for the same news: they end no window and are named.
    """
    frames = [frame for frame in (events, known) if frame is not None]
    kinds = [kinds_of(frame, placing.timing) for frame in frames]
    news = list(zip(frames, kinds, strict=True))
    ids = np.concatenate([frame["event_id"].to_numpy(dtype=object) for frame in frames])
    number = pd.Index(pairs.event_ids).get_indexer(pd.Index(ids))  # -1 where not studied
    security = np.concatenate([_securities(frame, names) for frame in frames])
    when, days = map(np.concatenate, zip(*(_moments(*of) for of in news), strict=True))
    day_of = days[pairs.line]
    last = np.where(pairs.position < 0, 0, LONGEST).astype(np.int64)
    before = np.full(len(pairs), "", dtype=object)
    mixed = np.zeros(len(pairs), dtype=bool)
    same: dict[str, list[str]] = {}  # by event: those of the same day, those in session 0
    inside: dict[str, list[str]] = {}
    for m, here in pairs.by_market():
        first, end = np.concatenate([place_in(markets[m], *of, placing) for of in news], axis=1)
        first, end = np.where(first < 0, end, first), np.where(end < 0, first, end)
        at, event = pairs.position[here], pairs.event[here]
        near = (first >= 0) & (end >= at.min()) & (first <= at.max() + LONGEST)
        chosen = np.flatnonzero(near | np.isin(days, day_of[here]))
        for o in chosen[np.argsort(when[chosen], kind="stable")]:
            mine = number[o] != event
            if security[o] != -1:
                mine &= security[o] == pairs.security[here]
            together = mine & (days[o] == day_of[here])
            _note(same, pairs.event_ids[event[together]], ids[o])
            rest = mine & ~together & (first[o] >= 0)
            now = rest & (first[o] <= at) & (at <= end[o])
            _note(inside, pairs.event_ids[event[now]], ids[o])
            mixed[here[now]] = True
            room = np.where(now, 0, first[o] - 1 - at)
            sooner = rest & (room >= 0) & (room < last[here])
            last[here[sooner]], before[here[sooner]] = room[sooner], ids[o]
    notes = [_ends(pairs, markets, last, before)]
    notes += _told("Announced on the same day, and not kept apart", same)
    notes += _told("Other news in session 0 itself, so that the window is not clean", inside)
    if known is None:
        notes.append("Other news is the study's own events; known_events= adds others.")
    return Clean(last, mixed), notes


def _moments(
    events: pd.DataFrame, kinds: dict[str, Intervals]
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """Return the first moment of each event, and its day where it was announced, (E,) each."""
    from rareearth_research.timing.events import texts

    when = np.full(len(events), np.datetime64("NaT", "ns"))
    days = when.copy()
    zones = texts(events, "announced_tz")
    for times in kinds.values():
        instants = times.earliest.view("datetime64[ns]")
        local = instants.copy()
        for zone in set(zones) - {""}:
            rows = np.flatnonzero(zones == zone)
            abroad = pd.DatetimeIndex(instants[rows], tz="UTC").tz_convert(zone)
            local[rows] = abroad.tz_localize(None).to_numpy()
        local = local.astype("datetime64[D]").astype("datetime64[ns]")
        left, dated = np.isnat(when), ~np.isnat(times.dates)
        when[left] = np.where(dated, times.dates, instants)[left]
        days[left] = np.where(dated, times.dates, local)[left]
    return when, days


def _securities(events: pd.DataFrame, names: Sequence[str]) -> Ints:
    """Return the column of returns that each event is for; -1 for all, -2 for none of them."""
    if "security" not in events.columns:
        return np.full(len(events), -1)
    column = pd.Index(names).get_indexer(pd.Index(events["security"].astype(str)))
    return np.where(column < 0, -2, column).astype(np.int64)


def _note(found: dict[str, list[str]], whose: NDArray[np.object_], other: str) -> None:
    for event in dict.fromkeys(whose):
        if other not in found.setdefault(event, []):
            found[event].append(other)


def _ends(pairs: PairList, markets: Sequence[Market], last: Ints, before: NDArray) -> str:
    """Say where windows end: by exchange for a few events, in numbers for many."""
    placed, ids = np.flatnonzero(pairs.position >= 0), pairs.event_id
    found: dict[tuple[str, int, str], dict[str, None]] = {}  # exchanges
    for i in placed:
        key = str(ids[i]), int(last[i]), before[i]
        found.setdefault(key, {})[markets[pairs.market[i]].exchange] = None
    what = "Windows end at the last close before another listed event"
    if len(found) > NAMED:
        return (
            f"{what}, or {LONGEST} sessions after session 0: {last[placed].min()} to "
            f"{last[placed].max()} sessions after it, median {np.median(last[placed]):.0f}."
        )
    told = []
    for (event, end, other), exchanges in found.items():
        where = f" on {listed(sorted(exchanges))}" if all(exchanges) else ""
        why = f"before {other}" if other else f"no other news within {LONGEST} sessions"
        told.append(f"{event}{where} [0, {end}] ({why})")
    return f"{what}: {'; '.join(told)}."


def _told(what: str, found: dict[str, list[str]]) -> list[str]:
    if not found:
        return []
    told = [f"{event} with {listed(found[event][:NAMED])}" for event in found][:NAMED]
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return [f"{what}: {'; '.join(told)}{more}."]
