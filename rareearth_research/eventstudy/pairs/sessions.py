"""Where is session 0? Events become positions in each market's sessions.

Announcements with clock times go through `rareearth_research.timing`; a plain date in a frame
whose own index is the calendar is that session, or the next (or previous) one by the same rule.
Events that are studied and further ones (see `further`) are placed by the same lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arrays import Bools, Ints, slices
from rareearth_research.dated import spacing
from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.eventstudy.inputs.frame.calendars import COARSE, OWN
from rareearth_research.eventstudy.pairs.markets import Market

if TYPE_CHECKING:
    from rareearth_research.timing.intervals import Intervals


@dataclass(frozen=True)
class Placing:
    """How events are put on sessions, as in `rareearth_research.timing.map_sessions`."""

    timing: str
    rule: str
    max_shift: int


@dataclass(frozen=True)
class PairList:
    """Every event–security pair asked for, P of them, whether it can be used or not.

    Attributes
    ----------
    event_ids : ndarray of object, shape (E,)
    line : ndarray of int, shape (P,)
        Row of the events frame.
    event, market, row : ndarray of int, shape (P,)
        Event, market, and the security's row in that market.
    security : ndarray of int, shape (P,)
        Column in the study's returns.
    position : ndarray of int, shape (P,)
        Session 0 in the market's sessions; -1 for none.
    ambiguous : ndarray of bool, shape (P,)
        Whether the two ends of the announcement fall in different sessions.
    reason : ndarray of object, shape (P,)
        Why there is no session 0; "" where there is one.
    """

    event_ids: NDArray[np.object_]
    line: Ints
    event: Ints
    market: Ints
    row: Ints
    security: Ints
    position: Ints
    ambiguous: Bools
    reason: NDArray[np.object_]

    @classmethod
    def of_rows(cls, row: Ints, position: Ints, event: Ints | None = None) -> PairList:
        """Make pairs of one market's rows with any sessions as session 0, of events without id."""
        none = np.zeros_like(row)
        return cls(
            event_ids=np.empty(0, dtype=object),
            line=none,
            event=none if event is None else event,
            market=none,
            row=row,
            security=row,
            position=position,
            ambiguous=none.astype(bool),
            reason=np.full(len(row), "", dtype=object),
        )

    def __len__(self) -> int:
        return len(self.position)

    @property
    def event_id(self) -> NDArray[np.object_]:
        """The id of each pair's event, (P,)."""
        return self.event_ids[self.event]

    def take(self, chosen: NDArray[Any]) -> PairList:
        """Return some of the pairs; events keep their numbers."""
        held = {field.name: getattr(self, field.name) for field in fields(self)[1:]}
        return PairList(self.event_ids, **{name: held[name][chosen] for name in held})

    def by_market(self) -> Iterator[tuple[int, Ints]]:
        """Yield the number of each market, and which of the pairs have their session 0 there."""
        placed = self.position >= 0
        for m in np.flatnonzero(np.bincount(self.market[placed])):
            yield int(m), np.flatnonzero((self.market == m) & placed)

    def gather(self, held: Sequence[NDArray[Any]], steps: Ints, missing: Any) -> NDArray[Any]:
        """Return what is held of the sessions around each pair's session 0, (P, W).

        Parameters
        ----------
        held : sequence of ndarray, shape (S,) or (n, S) each
            A value for each session of each market, or of each of its securities.
        steps : ndarray of int, shape (W,) or (P, W)
            Sessions from session 0.
        missing : scalar
            What stands where a market has no such session, or a pair no session 0.
        """
        found = np.full((len(self), steps.shape[-1]), missing, dtype=held[0].dtype)
        for m, every in self.by_market():
            last = held[m].shape[-1] - 1
            for here in (every[rows] for rows in slices(len(every))):
                at = self.position[here][:, None] + (steps if steps.ndim == 1 else steps[here])
                inside, at = (at >= 0) & (at <= last), np.clip(at, 0, last)
                values = held[m][at] if held[m].ndim == 1 else held[m][self.row[here][:, None], at]
                found[here] = np.where(inside, values, missing)
        return found


def list_pairs(
    events: pd.DataFrame,
    markets: Sequence[Market],
    names: Sequence[str],
    eligible: Bools,
    placing: Placing,
) -> PairList:
    """Cross events with securities and find session 0 of each pair.

    Parameters
    ----------
    events : DataFrame, E rows
        With a column ``security`` each row is one pair; without, every eligible security is in
        every event.
    markets : sequence of Market
    names : sequence of str, length N
        Column names of the returns.
    eligible : ndarray of bool, shape (N,)
        False for benchmarks.
    placing : Placing
    """
    market_of = np.empty(len(names), dtype=np.int64)
    row_of = np.empty(len(names), dtype=np.int64)
    for m, market in enumerate(markets):
        market_of[market.securities] = m
        row_of[market.securities] = np.arange(len(market.securities))

    from rareearth_research.timing.intervals import to_intervals

    line, security = _cross(events, names, eligible)
    times = to_intervals(events, placing.timing)
    codes, ids = pd.factorize(events["event_id"])
    position = np.full(len(line), -1, dtype=np.int64)
    ambiguous = np.zeros(len(line), dtype=bool)
    reason = np.full(len(line), "no_session", dtype=object)
    where = market_of[security]
    for m in np.unique(where):
        here = np.flatnonzero(where == m)
        (found,), straddles, why = locate(times, markets[m], placing)
        position[here] = found[line[here]]
        ambiguous[here] = straddles[line[here]]
        reason[here] = why[line[here]]
    return PairList(
        event_ids=np.asarray(ids, dtype=object),
        line=line,
        event=codes[line].astype(np.int64),
        market=where,
        row=row_of[security],
        security=security,
        position=position,
        ambiguous=ambiguous,
        reason=reason,
    )


def _cross(events: pd.DataFrame, names: Sequence[str], eligible: Bools) -> tuple[Ints, Ints]:
    if "security" not in events.columns:
        columns = np.flatnonzero(eligible)
        if not columns.size:
            raise SpecificationError(
                "returns has no column besides the benchmark; add the securities to study"
            )
        return (np.repeat(np.arange(len(events)), len(columns)), np.tile(columns, len(events)))
    security = pd.Index(names).get_indexer(pd.Index(events["security"].astype(str)))
    if (security < 0).any():
        row = int(np.argmax(security < 0))
        name = events["security"].iloc[row]
        raise SpecificationError(
            f"event {events['event_id'].iloc[row]!r} names security {shown(name)}, which is not "
            f"a column of returns{did_you_mean(name, names)}; write names as returns has them"
        )
    return np.arange(len(events)), security.astype(np.int64)


def locate(
    times: Intervals,
    market: Market,
    placing: Placing,
    ends: Sequence[str] = ("session",),
) -> tuple[Ints, Bools, NDArray[np.object_]]:
    """Return session positions, (ends, E), ambiguity and reason of every event in one market.

    `ends` may hold ``session_earliest`` and ``session_latest``, the ends of an ambiguous event.
    """
    n = len(times.event_ids)
    ambiguous = np.zeros(n, dtype=bool)
    if market.exchange == OWN:
        by_date, reason = _by_date(times, market, placing)
        position = np.tile(by_date, (len(ends), 1))
        # the others are days of the frame's own calendar, or have a reason
        timed = np.flatnonzero(np.isnat(times.dates) & (times.reasons == ""))
        if not len(timed):
            return position, ambiguous, reason
    else:
        position, reason = np.full((len(ends), n), -1), np.full(n, "", dtype=object)
        timed = np.arange(n)
    from rareearth_research.timing import sessions_of
    from rareearth_research.timing.sessions import map_one

    mapped = map_one(times.take(timed), sessions_of(market.exchange or "XNYS"), **vars(placing))
    position[:, timed] = [market.find(pd.DatetimeIndex(mapped[end])) for end in ends]
    why = mapped["reason"]
    reason[timed] = np.where((position[0, timed] < 0) & (why == ""), "no_session", why)
    ambiguous[timed] = mapped["ambiguous"]
    if market.periods:  # two sessions of one period are the same
        both = (mapped["session_earliest"], mapped["session_latest"])
        first, last = (market.find(pd.DatetimeIndex(days)) for days in both)
        ambiguous[timed] = first != last
    return position, ambiguous, reason


def _by_date(
    times: Intervals, market: Market, placing: Placing
) -> tuple[Ints, NDArray[np.object_]]:
    """Return the position of each event's day among the sessions, -1 for none, and why."""
    sessions = market.sessions
    days = pd.DatetimeIndex(times.dates).as_unit(sessions.unit)
    if market.periods is not None:
        weekend = np.asarray(days.day_of_week >= 5)
        step = pd.offsets.BDay(-1 if placing.rule == "previous" else 1)
        other = pd.DatetimeIndex([pd.NaT] * len(days)) if placing.rule == "skip" else days + step
        position = market.find(pd.DatetimeIndex(days.where(~weekend, other)))
    else:
        position = _next_session(times, days, sessions, placing)
    reason = np.where(position >= 0, "", "no_session").astype(object)
    return position, np.where(times.reasons == "", reason, times.reasons)


def _next_session(
    times: Intervals, days: pd.DatetimeIndex, sessions: pd.DatetimeIndex, placing: Placing
) -> Ints:
    known = ~np.asarray(days.isna())
    position = np.searchsorted(sessions.asi8, days.asi8, side="left")
    exact = known & (position < len(sessions))
    exact[exact] = sessions.asi8[position[exact]] == days.asi8[exact]
    if placing.rule == "previous":
        position = np.where(exact, position, position - 1)
    usable = known & (position >= 0) & (position < len(sessions))
    if placing.rule == "skip":
        usable &= exact
    elif (moved := usable & ~exact).any():
        _refuse_coarse(times.event_ids[moved], days[moved], sessions, placing)
    target = sessions[np.clip(position, 0, len(sessions) - 1)]
    closed = np.abs((target - days) // pd.Timedelta(days=1))
    usable &= np.asarray(closed <= placing.max_shift)
    return np.where(usable, position, -1).astype(np.int64)


def _refuse_coarse(
    ids: NDArray[np.object_], days: pd.DatetimeIndex, sessions: pd.DatetimeIndex, placing: Placing
) -> None:
    """Raise where rows are neither sessions nor periods, and nothing says whose row a day is in."""
    gap = spacing(sessions)
    reach = int(np.diff(sessions.as_unit("s").asi8).max()) // 86_400 if gap > COARSE else 0
    if placing.max_shift < reach:
        raise SpecificationError(
            f"returns hold one row about every {gap:.0f} days, neither weeks nor months, and event "
            f"{shown(ids[0])} of {days[0].date()} is not one of them. To use the next row, set "
            f"max_shift={reach}; windows then count rows"
        )
