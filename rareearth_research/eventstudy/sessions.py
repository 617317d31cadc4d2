"""Where is session 0? Events become positions in each market's sessions.

Announcements with clock times go through `rareearth_research.timing`; a plain date in a frame
whose own index is the calendar is that session, or the next (or previous) one by the same rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.errors import SpecificationError, did_you_mean
from rareearth_research.eventstudy.panel import OWN, Market

__all__ = ["PairList", "list_pairs"]


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
    line: NDArray[np.int64]
    event: NDArray[np.int64]
    market: NDArray[np.int64]
    row: NDArray[np.int64]
    security: NDArray[np.int64]
    position: NDArray[np.int64]
    ambiguous: NDArray[np.bool_]
    reason: NDArray[np.object_]


def list_pairs(
    events: pd.DataFrame,
    markets: Sequence[Market],
    names: Sequence[str],
    eligible: NDArray[np.bool_],
    *,
    timing: str,
    rule: str,
    max_shift: int,
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
    timing, rule, max_shift
        As in `rareearth_research.timing.map_sessions`.
    """
    market_of = np.empty(len(names), dtype=np.int64)
    row_of = np.empty(len(names), dtype=np.int64)
    for m, market in enumerate(markets):
        market_of[market.securities] = m
        row_of[market.securities] = np.arange(len(market.securities))

    line, security = _cross(events, names, eligible)
    codes, ids = pd.factorize(events["event_id"])
    position = np.full(len(line), -1, dtype=np.int64)
    ambiguous = np.zeros(len(line), dtype=bool)
    reason = np.full(len(line), "no_session", dtype=object)
    where = market_of[security]
    for m, market in enumerate(markets):
        here = np.flatnonzero(where == m)
        if not here.size:
            continue
        found, straddles, why = _locate(events, market, timing, rule, max_shift)
        position[here] = found[line[here]]
        ambiguous[here] = straddles[line[here]]
        reason[here] = why[line[here]]
    return PairList(
        np.asarray(ids, dtype=object),
        line,
        codes[line].astype(np.int64),
        where,
        row_of[security],
        security,
        position,
        ambiguous,
        reason,
    )


def _cross(
    events: pd.DataFrame, names: Sequence[str], eligible: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if "security" not in events.columns:
        columns = np.flatnonzero(eligible)
        if not columns.size:
            raise SpecificationError(
                "returns has no column besides the benchmark; add the securities to study"
            )
        return (
            np.repeat(np.arange(len(events)), len(columns)),
            np.tile(columns, len(events)),
        )
    security = pd.Index(names).get_indexer(pd.Index(events["security"].astype(str)))
    if (security < 0).any():
        row = int(np.argmax(security < 0))
        name = events["security"].iloc[row]
        raise SpecificationError(
            f"event {events['event_id'].iloc[row]!r} names security {name!r}, which is not a "
            f"column of returns{did_you_mean(name, names)}"
        )
    return np.arange(len(events)), security.astype(np.int64)


def _locate(
    events: pd.DataFrame, market: Market, timing: str, rule: str, max_shift: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.object_]]:
    """Return session position, ambiguity and reason of every event in one market."""
    column = _plain_date(events, timing)
    if market.exchange == OWN and column:
        dates = events[column]
        if timing == "reported" and "date" in events.columns:  # else reported by the announcement
            dates = dates.where(dates.notna(), events["date"])
        position, reason = _by_date(dates, market.sessions, rule, max_shift)
        return position, np.zeros(len(events), dtype=bool), reason
    from rareearth_research.timing import map_sessions

    mapped = map_sessions(
        events, [market.exchange or "XNYS"], timing=timing, rule=rule, max_shift=max_shift
    )
    sessions = pd.DatetimeIndex(mapped["session"]).as_unit(market.sessions.unit)
    position = market.sessions.get_indexer(sessions).astype(np.int64)
    position[sessions.isna()] = -1
    reason = mapped["reason"].to_numpy(dtype=object)
    reason = np.where((position < 0) & (reason == ""), "no_session", reason)
    return position, mapped["ambiguous"].to_numpy(dtype=bool), reason


def _plain_date(events: pd.DataFrame, timing: str) -> str:
    """Return the column of dates that `timing` reads, or "" where clock times go before it."""
    what = timing if timing in ("effective", "reported") else "announced"
    column = "date" if what == "announced" else f"{what}_date"
    timed = {f"{what}_earliest", f"{what}_latest", f"{what}_tz"} & set(events.columns)
    return column if column in events.columns and not timed else ""


def _by_date(
    column: pd.Series, sessions: pd.DatetimeIndex, rule: str, max_shift: int
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    try:
        dates = pd.DatetimeIndex(pd.to_datetime(column))
    except (TypeError, ValueError) as error:
        raise SpecificationError(
            f"events[{column.name!r}] holds a value that is no date: {error}"
        ) from None
    if dates.tz is not None:
        raise SpecificationError(
            f"events[{column.name!r}] carries a time zone; a date is the exchange-local session. "
            "Use announced_earliest and announced_latest for instants"
        )
    reason = np.full(len(dates), "", dtype=object)
    days = dates.normalize().as_unit(sessions.unit)
    known = ~np.asarray(days.isna())
    position = np.searchsorted(sessions.asi8, days.asi8, side="left")
    exact = known & (position < len(sessions))
    exact[exact] = sessions.asi8[position[exact]] == days.asi8[exact]
    if rule == "previous":
        position = np.where(exact, position, position - 1)
    usable = known & (position >= 0) & (position < len(sessions))
    if rule == "skip":
        usable &= exact
    target = sessions[np.clip(position, 0, len(sessions) - 1)]
    closed = np.abs((target - days) // pd.Timedelta(days=1))
    usable &= np.asarray(closed <= max_shift)
    reason[~usable] = "no_session"
    reason[~known] = "no_time"
    return np.where(usable, position, -1).astype(np.int64), reason
