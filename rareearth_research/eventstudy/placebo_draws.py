"""Move a study's event dates to other sessions and see how large its statistic gets by chance.

Securities keep their set, their calendars and the order in which their exchanges saw the news;
only the date moves. Events of one session move together, because their securities share that
session's shocks. A single date is moved to every admissible session (the exact placebo
distribution); several dates are drawn at random, each on its own. All draws come from per-date
sums of SCAR and SCAR², so a thousand draws cost no more than a look-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["STATISTICS", "Draws", "Pairs", "draw", "places", "statistic_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STATISTICS = ("bmp", "scar", "caar")


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

    @property
    def union(self) -> pd.DatetimeIndex:
        """Every date on which any of the markets has a session."""
        union = self.sessions[0]
        for other in self.sessions[1:]:
            union = union.union(other)
        return union

    def anchors(self) -> Ints:
        """Session 0 of each pair, as a position in `union`."""
        union, found = self.union, np.empty(len(self.position), dtype=np.int64)
        for m, sessions in enumerate(self.sessions):
            mine = self.market == m
            found[mine] = union.get_indexer(sessions[self.position[mine]])
        return found


@dataclass(frozen=True)
class Draws:
    """Statistics at the event and at placebo sessions.

    Attributes
    ----------
    observed : ndarray, shape (W,)
        The statistic of each window at the event.
    n : ndarray of int, shape (W,)
        Pairs behind it.
    values : ndarray, shape (D, W)
        The statistic at each placebo draw.
    sessions : DatetimeIndex, length D, or None
        Placebo session of each draw, if one date was moved.
    date : ndarray of int, shape (P,)
        Each pair's event date, as a position in the union of sessions.
    pools : tuple of ndarray of int
        Admissible sessions of each event date, in ascending order of dates.
    exact : bool
        Whether every admissible session was used once (one event date).
    """

    observed: Floats
    n: Ints
    values: Floats
    sessions: pd.DatetimeIndex | None
    date: Ints
    pools: tuple[Ints, ...]
    exact: bool


def draw(
    pairs: Pairs,
    values: Sequence[Floats],
    *,
    statistic: str = "bmp",
    reach: tuple[int, int],
    avoid: Sequence[Ints] | None = None,
    avoid_reach: tuple[int, int] | None = None,
    coverage: float = 0.8,
    n: int | None = None,
    seed: int = 0,
) -> Draws:
    """Compute a statistic at the event and at placebo sessions.

    Parameters
    ----------
    pairs : Pairs
    values : sequence of ndarray, shape (W, n, T) each
        For each market, what is pooled (SCAR, or CAR for ``caar``) in W windows with every
        session as session 0.
    statistic : {"bmp", "scar", "caar"}
        See `statistic_of`.
    reach : (int, int)
        First and last session that any window touches, from session 0. A session is admissible
        if its reach shares no session with the reach of the study's own events, nor with
        `avoid_reach` (default `reach`) around other events.
    avoid : sequence of ndarray of int, optional
        Sessions of other events, per market.
    coverage : float
        Share of an event date's pairs that must have a value at a placebo session.
    n : int, optional
        Number of draws. By default every admissible session of a single date, or 999 random
        draws of several dates.
    seed : int

    Returns
    -------
    Draws
    """
    union, anchor = pairs.union, pairs.anchors()
    first = np.full(pairs.event.max() + 1, len(union))
    np.minimum.at(first, pairs.event, anchor)
    date_of = first[pairs.event]  # events with the same first session move together
    dates = np.unique(date_of)

    rng = np.random.default_rng(seed)
    at_event, moved, chosen, pools = np.zeros(()), np.zeros(()), np.empty(0, dtype=np.int64), []
    for date in dates:
        here = np.flatnonzero(date_of == date)
        sums, blocked = np.zeros((3, len(union), len(values[0]))), np.zeros(len(union), dtype=bool)
        keys = pairs.market[here] * len(union) + anchor[here] - date
        for key in np.unique(keys):  # pairs of one market whose session 0 is the same
            m, offset = divmod(int(key), len(union))
            sessions = pairs.sessions[m]
            at = places(sessions, union, offset)
            sums += _sums(values[m], pairs.row[here[keys == key]], at)
            own = pairs.position[pairs.market == m]
            blocked |= _occupied(at, own, reach, reach)
            if avoid is not None:
                blocked |= _occupied(at, avoid[m], reach, avoid_reach or reach)
        enough = (sums[0] >= max(1.0, coverage * len(here))).all(axis=1)
        pools.append(np.flatnonzero(enough & ~blocked))
        at_event = at_event + sums[:, date]
        if min(len(pool) for pool in pools) > 0:  # else there is no draw of all dates
            chosen = _choose(pools[-1], n, len(dates) == 1, rng)
            moved = moved + sums[:, chosen]
    if min(len(pool) for pool in pools) == 0:
        chosen, moved = chosen[:0], np.empty((3, 0, len(values[0])))
    single = len(pools) == 1
    return Draws(
        observed=statistic_of(at_event, statistic),
        n=at_event[0].astype(np.int64),
        values=statistic_of(moved, statistic),
        sessions=union[chosen] if single else None,
        date=date_of,
        pools=tuple(pools),
        exact=single and len(chosen) == len(pools[0]),
    )


def statistic_of(sums: Floats, statistic: str) -> Floats:
    """Turn counts, sums and sums of squares over pairs into a statistic.

    Parameters
    ----------
    sums : ndarray, shape (3, ...)
        n, Σx and Σx² over the pairs.
    statistic : {"bmp", "scar", "caar"}
        ``bmp``: √n·x̄/s with x = SCAR and s its dispersion across pairs in the event window
        (Boehmer, Musumeci & Poulsen 1991), so that a variance raised by the event itself is
        measured and not mistaken for a reaction. ``scar``: Σx/√n, the form left for one pair,
        studentized by the forecast error only. ``caar``: x̄ with x = CAR, not studentized.

    Returns
    -------
    ndarray, shape (...)
        NaN where it is not defined (no pair; one pair or no dispersion for ``bmp``).
    """
    n, total, squares = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        if statistic == "scar":
            return total / np.sqrt(n)
        mean = total / n
        if statistic == "caar":
            return mean
        variance = (squares - total * mean) / (n - 1)
        variance = np.where(variance > 1e-14 * squares, variance, np.nan)
        return np.sqrt(n / variance) * mean


def _choose(pool: Ints, n: int | None, single: bool, rng: np.random.Generator) -> Ints:
    """Return placebo sessions of one date: all of the pool if it is the only one, else random."""
    if not single:
        return rng.choice(pool, n or 999)
    if n is None or n >= len(pool):
        return pool
    return np.sort(rng.choice(pool, n, replace=False))


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


def _sums(values: Floats, rows: Ints, places: Ints) -> Floats:
    """Return count, Σ and Σ² over `rows` of (W, n, T) values at each place: (3, U, W)."""
    out = np.empty((3, values.shape[2], len(values)))
    for w, window in enumerate(values):
        x = window[rows]
        seen = np.isfinite(x)
        x = np.where(seen, x, 0.0)
        out[:, :, w] = seen.sum(axis=0), x.sum(axis=0), (x * x).sum(axis=0)
    return np.where(places[:, None] >= 0, out[:, places], 0.0)


def _occupied(
    places: Ints, events: Ints, reach: tuple[int, int], event_reach: tuple[int, int]
) -> NDArray[np.bool_]:
    """Say for each place whether its reach meets the reach of an event."""
    size = max(int(places.max()) + 1, 1)
    edges = np.zeros(size + 1, dtype=np.int64)
    np.add.at(edges, np.clip(events + event_reach[0] - reach[1], 0, size), 1)
    np.add.at(edges, np.clip(events + event_reach[1] - reach[0] + 1, 0, size), -1)
    return (np.cumsum(edges)[:-1] > 0)[places]
