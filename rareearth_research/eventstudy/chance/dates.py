"""Which event dates move together, and where does a moved date fall on each exchange?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools, Ints


@dataclass(frozen=True)
class Pairs:
    """The event-security pairs of a study, each on the sessions of its market.

    Attributes
    ----------
    sessions : tuple of DatetimeIndex
        The sessions of each market (exchange calendar).
    event, market, row, position : ndarray of int, shape (P,)
        Of each pair: number of its event, its market, its security's row there, its session 0.
    """

    sessions: tuple[pd.DatetimeIndex, ...]
    event: Ints
    market: Ints
    row: Ints
    position: Ints

    def by_market(self) -> Iterator[tuple[int, Ints]]:
        """Yield the number of each market, and which of the pairs live there."""
        for m in range(len(self.sessions)):
            yield m, np.flatnonzero(self.market == m)

    @cached_property
    def union(self) -> pd.DatetimeIndex:
        """Every date on which any of the markets has a session."""
        union = self.sessions[0]
        for other in self.sessions[1:]:
            union = union.union(other)
        return union

    @cached_property
    def anchors(self) -> Ints:
        """Session 0 of each pair, as a position in `union`."""
        union, found = self.union, np.empty(len(self.position), dtype=np.int64)
        for m, here in self.by_market():
            found[here] = union.get_indexer(self.sessions[m][self.position[here]])
        return found


def separate_dates(pairs: Pairs) -> Ints:
    """Return the event date of each pair: the first session of its event, in the union, (P,)."""
    anchor = pairs.anchors
    first = np.full(pairs.event.max() + 1, anchor.max())
    np.minimum.at(first, pairs.event, anchor)
    return first[pairs.event]


def linked_dates(pairs: Pairs, reach: tuple[int, int]) -> Ints:
    """Return the first date of the group each pair moves with, (P,).

    Dates whose windows share a session of some market share its shocks: they form one group, as
    do the dates between them.
    """
    date = separate_dates(pairs)
    dates, number = np.unique(date, return_inverse=True)
    links = np.zeros(len(dates) + 1, dtype=np.int64)  # +1 where a chain starts, −1 where it ends
    for _, here in pairs.by_market():
        order = here[np.argsort(pairs.position[here], kind="stable")]
        near = np.diff(pairs.position[order]) <= reach[1] - reach[0]
        one, other = number[order[:-1]][near], number[order[1:]][near]
        np.add.at(links, np.minimum(one, other), 1)
        np.add.at(links, np.maximum(one, other), -1)
    linked_to_next = np.cumsum(links)[:-1] > 0
    starts = np.flatnonzero(np.concatenate([[True], ~linked_to_next[:-1]]))
    return dates[starts[np.searchsorted(starts, number, side="right") - 1]]


def places(sessions: pd.DatetimeIndex, union: pd.DatetimeIndex, offset: int) -> Ints:
    """Return, for every date of the union, the session at or after the date `offset` later.

    -1 where the market has ended; `offset` keeps the order in which exchanges saw the news.
    """
    moved = np.arange(len(union)) + offset
    inside = moved < len(union)
    found = np.full(len(union), -1)
    found[inside] = sessions.searchsorted(union[moved[inside]])
    found[found == len(sessions)] = -1
    return found


def alike(pairs: Pairs, here: Ints, date: int) -> Iterator[tuple[int, Ints, Ints]]:
    """Yield pairs of one market with the same session 0, and where they go with each session."""
    size = len(pairs.union)
    keys = pairs.market[here] * size + pairs.anchors[here] - date
    for key in np.unique(keys):
        m, offset = divmod(int(key), size)
        yield m, here[keys == key], places(pairs.sessions[m], pairs.union, offset)


def blocked(
    pairs: Pairs,
    here: Ints,
    date: int,
    reach: tuple[int, int],
    avoid: Sequence[Ints] | None,
    avoid_reach: tuple[int, int],
) -> Bools:
    """Return where a group would meet an event if its first date were moved there, (U,)."""
    met = np.zeros(len(pairs.union), dtype=bool)
    for m, same, at in alike(pairs, here, date):
        rows = pairs.row[same]
        own = (pairs.market == m) & np.isin(pairs.row, rows)
        met |= _occupied(at, pairs.position[own], reach, reach)
        if avoid is not None:
            row, session = avoid[m]
            theirs = (row < 0) | np.isin(row, rows)
            met |= _occupied(at, session[theirs], reach, avoid_reach)
    return met


def _occupied(
    places: Ints, events: Ints, reach: tuple[int, int], event_reach: tuple[int, int]
) -> Bools:
    """Say for each place whether its reach meets the reach of an event."""
    size = max(int(places.max()) + 1, 1)
    edges = np.zeros(size + 1, dtype=np.int64)
    np.add.at(edges, np.clip(events + event_reach[0] - reach[1], 0, size), 1)
    np.add.at(edges, np.clip(events + event_reach[1] - reach[0] + 1, 0, size), -1)
    return (np.cumsum(edges)[:-1] > 0)[places]
