"""Where do events fall that are not studied themselves, but must be known of?

Confounders inside event windows and events that placebo windows must not touch are placed by the
rule, the largest shift and the timing of the study, so that a Saturday is the same session for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arguments import check_choice
from rareearth_research.arrays import Bools, Ints
from rareearth_research.dated import spacing
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.inputs.choices import LEAVE_OUT
from rareearth_research.eventstudy.inputs.events import check_events
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import Placing, locate

if TYPE_CHECKING:
    from rareearth_research.timing.intervals import Intervals

ENDS = ("session_earliest", "session_latest")


@dataclass(frozen=True)
class Further:
    """Further events on the sessions of one market, F of them.

    Attributes
    ----------
    event_ids : ndarray of object, shape (F,)
    row : ndarray of int, shape (F,)
        The security's row in the market; -1 for an event of all of them.
    position : ndarray of int, shape (F,)
        Session 0.
    """

    event_ids: NDArray[np.object_]
    row: Ints
    position: Ints


def place_further(
    events: pd.DataFrame, markets: Sequence[Market], names: Sequence[str], placing: Placing
) -> tuple[Further, ...]:
    """Find the sessions of events that are not studied themselves, in each market.

    Parameters
    ----------
    events : DataFrame
        As `check_events` returns it. A column ``security`` limits a row to that security; rows
        naming others are left out.
    markets, names, placing
        As in `list_pairs`. An event without the date that `placing` asks for (never in force, not
        on record as reported) counts from its announcement.

    Returns
    -------
    tuple of Further
        One per market; events without a session there are left out.
    """
    (found,) = place_ends(events, markets, names, placing, ("session",))
    return found


def place_ends(
    events: pd.DataFrame,
    markets: Sequence[Market],
    names: Sequence[str],
    placing: Placing,
    ends: Sequence[str] = ENDS,
) -> tuple[tuple[Further, ...], ...]:
    """Return `place_further` for each of the ends, as `locate` takes them, of an announcement."""
    column = np.full(len(events), -1)
    if "security" in events.columns:
        column = pd.Index(names).get_indexer(pd.Index(events["security"].astype(str)))
        events, column = events[column >= 0], column[column >= 0]
    kinds = kinds_of(events, placing.timing)
    ids = events["event_id"].to_numpy(dtype=object)
    found: list[list[Further]] = [[] for _ in ends]
    for market in markets:
        position = place_in(market, events, kinds, placing, ends)
        row = np.full(len(events), -1)
        if "security" in events.columns:
            rows = pd.Index(market.securities).get_indexer(pd.Index(column))
            position, row = np.where(rows < 0, -1, position), rows
        for placed, at in zip(found, position, strict=True):
            here = at >= 0
            placed.append(Further(ids[here], row[here].astype(np.int64), at[here]))
    return tuple(map(tuple, found))


def place_known(
    events: Any, what: str, markets: Sequence[Market], names: Sequence[str], placing: Placing
) -> tuple[pd.DataFrame | None, tuple[Further, ...], tuple[str, ...]]:
    """Judge and place events that argument `what` gives beside the study's own; None gives none.

    Returns
    -------
    tuple
        The events as `check_events` returns them, where they fall, and a note on rows not used.

    Raises
    ------
    SpecificationError
        If they are no events, or none of them has a session.
    """
    if events is None:
        return None, (), ()
    known, told = check_events(events, what, set(names), studied=False)
    further = place_further(known, markets, names, placing)
    if not any(len(placed.position) for placed in further):
        days = pd.DatetimeIndex(
            [m.sessions[at] for m in markets if len(m.sessions) for at in (0, -1)]
        )
        raise SpecificationError(
            f"{what}: none of them falls on a session of returns "
            f"({days.min().date()} to {days.max().date()}); give events of that time, or leave "
            f"{what} out"
        )
    foreign = 0
    if "security" in known.columns:
        foreign = int((~known["security"].astype(str).isin(list(names))).sum())
    note = f"Not used of {what}: {foreign} rows on securities that returns does not have."
    return known, further, (*told, *(note,) * bool(foreign))


def place_apart(
    leave_out: Any, known: pd.DataFrame | None, *where: Any
) -> tuple[str, tuple[Further, ...], tuple[str, ...]]:
    """Return whose event windows are left out of estimation, and events given for it with a note.

    Parameters
    ----------
    leave_out
        The argument of that name: one of `LEAVE_OUT`, or events.
    known : DataFrame, optional
        The known events of the study.
    *where
        Markets, names and placing, as in `place_known`.
    """
    if leave_out is None or isinstance(leave_out, str):
        whose = check_choice("leave_out", leave_out, LEAVE_OUT)
        note = "leave_out='all_events' is the study's own events, without known_events."
        return whose, (), (note,) * (whose == "all_events" and known is None)
    return "given", *place_known(leave_out, "leave_out", *where)[1:]


def kinds_of(events: pd.DataFrame, timing: str) -> dict[str, Intervals]:
    """Return the moments of events by the timing asked for, and by their announcement else."""
    from rareearth_research.timing.intervals import to_intervals

    names = [timing]
    if timing in ("effective", "reported") and {"date", "announced_earliest"} & {*events.columns}:
        dated = {f"{timing}_date", f"{timing}_earliest"} & {*events.columns}
        names = [timing, "latest"] if dated else ["latest"]
    return {name: to_intervals(events, name) for name in names}


def place_in(
    market: Market,
    events: pd.DataFrame,
    kinds: dict[str, Intervals],
    placing: Placing,
    ends: Sequence[str] = ENDS,
) -> Ints:
    """Return the sessions of each event in one market, (ends, E), as `locate`; -1 for none."""
    position = np.full((len(ends), len(events)), -1, dtype=np.int64)
    if not len(market.sessions):
        return position
    left = np.ones(len(events), dtype=bool)
    for kind, times in kinds.items():
        near = np.flatnonzero(left & _near(times, market.sessions, placing.max_shift))
        if len(near):
            dated = replace(placing, timing=kind)
            position[:, near] = locate(times.take(near), market, dated, ends)[0]
        left &= times.reasons == "no_time"
    return position


def _near(times: Intervals, sessions: pd.DatetimeIndex, max_shift: int) -> Bools:
    """Return which events can fall on one of the sessions at all, (E,)."""
    instants = times.latest.view("datetime64[ns]")
    when = np.where(np.isnat(times.dates), instants, times.dates)
    reach = np.timedelta64(min(max_shift, 3650) + 7 + int(spacing(sessions)), "D")
    first, last = sessions[[0, -1]].as_unit("ns").to_numpy()
    return (when >= first - reach) & (when <= last + reach)
