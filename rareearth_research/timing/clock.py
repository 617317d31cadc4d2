"""In which order could the exchanges react?

One announcement is one instant, but Shanghai, Sydney and New York are open at different hours:
the clock gives, per exchange, the first moment at which a trade could have known. It also says
when a benchmark of another exchange measures different hours than the security does.

How much of a list of events can be timed, and how much of it stands alone?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Ints
from rareearth_research.choices import Rule
from rareearth_research.datasets.venues import LISTED
from rareearth_research.errors import TimingError, shown
from rareearth_research.timing.events import check_events
from rareearth_research.timing.exchanges import (
    EXCHANGES,
    Sessions,
    check_exchange,
    check_exchanges,
    sessions_of,
)
from rareearth_research.timing.intervals import TIMINGS, to_intervals
from rareearth_research.timing.overlap import clean_events
from rareearth_research.timing.parsing import NOT_A_TIME
from rareearth_research.timing.sessions import map_sessions
from rareearth_research.timing.single import event_frame

HOUR = 3_600_000_000_000  # nanoseconds


def event_clock(event: Any, exchanges: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the hours at which exchanges could first react to one announcement, in order.

    Parameters
    ----------
    event : anything `event_session` takes
        With a clock time, or with a date and the issuer's zone.
    exchanges : sequence of str, optional
        MICs; by default those on which this project's securities are listed.

    Returns
    -------
    DataFrame
        One row per exchange, sorted by `reaction_latest`: ``order`` (1 = first; ties share),
        ``order_certain`` (the same wherever in its interval the announcement fell), ``exchange,
        city, session, phase, ambiguous, reaction_earliest, reaction_latest`` (UTC),
        ``reaction_local`` (local time of the latest, text), ``hours_after`` (from the latest
        announcement instant). ``.attrs["announced"]`` holds the interval, ``.attrs["timezone"]``
        the issuer's zone, else UTC.

    Raises
    ------
    TimingError
        If the event has no clock time and no zone, or as in `map_sessions`.

    Notes
    -----
    The reaction to an instant is the instant itself while the exchange trades, the end of the
    lunch break during it, and the next open otherwise. Auctions outside trading hours are ignored.
    """
    mics = list(LISTED) if exchanges is None else check_exchanges(exchanges)
    frame = event_frame(event, "event")
    intervals = to_intervals(frame)
    earliest, latest = int(intervals.earliest[0]), int(intervals.latest[0])
    if earliest == NOT_A_TIME:
        why = intervals.reasons[0] or "only a session date is known"
        raise TimingError(
            f"event {shown(intervals.event_ids[0])} has no clock time ({why}), so exchanges cannot "
            "be put in order; give an interval, or a date with announced_tz"
        )
    clock = map_sessions(frame, mics)[["exchange", "session", "phase", "ambiguous"]]
    ends = np.array([earliest, latest])
    reactions = np.array([first_reaction(ends, sessions_of(mic)) for mic in mics])  # (E, 2)
    first, last = (pd.Series(pd.DatetimeIndex(reactions[:, end], tz="UTC")) for end in (0, 1))
    ranks = [end.rank(method="min").astype(int) for end in (first, last)]
    clock = clock.assign(
        order=ranks[1],
        order_certain=ranks[0] == ranks[1],
        city=[EXCHANGES[mic].city for mic in mics],
        reaction_earliest=first,
        reaction_latest=last,
        reaction_local=[
            stamp.tz_convert(EXCHANGES[mic].timezone).strftime("%a %d %b %H:%M")
            for stamp, mic in zip(last, mics, strict=True)
        ],
        hours_after=(reactions[:, 1] - latest) / HOUR,
    )
    order = ["order", "order_certain", "exchange", "city", "session", "phase", "ambiguous"]
    rest = ["reaction_earliest", "reaction_latest", "reaction_local", "hours_after"]
    clock = clock.sort_values(["reaction_latest", "reaction_earliest", "exchange"])[order + rest]
    zone = frame["announced_tz"].iloc[0] if "announced_tz" in frame else None
    clock.attrs["timezone"] = zone if isinstance(zone, str) and zone else "UTC"
    clock.attrs["event_id"] = str(intervals.event_ids[0])
    clock.attrs["announced"] = tuple(pd.Timestamp(end, tz="UTC") for end in (earliest, latest))
    return clock.reset_index(drop=True)


def first_reaction(instants: Ints, sessions: Sessions) -> Ints:
    """Return the first trading instant at or after each UTC nanosecond."""
    at = np.searchsorted(sessions.closes, instants, side="right")
    lunch = (instants >= sessions.break_starts[at]) & (instants < sessions.break_ends[at])
    return np.where(lunch, sessions.break_ends[at], np.maximum(instants, sessions.opens[at]))


@dataclass(frozen=True)
class BenchmarkClock:
    """How far the hours of a security and its benchmark lie apart on one date.

    Attributes
    ----------
    exchange, benchmark_exchange : str
        MICs.
    close_gap_hours : float
        Benchmark's close minus the security's on the same date, median since 2015.
    synchronous : bool
        Whether the gap is under one hour.
    advice : str
        A sentence for the reader of a study.
    """

    exchange: str
    benchmark_exchange: str
    close_gap_hours: float
    synchronous: bool
    advice: str


def benchmark_clock(exchange: str, benchmark_exchange: str) -> BenchmarkClock:
    """Say whether a benchmark's daily return covers the same hours as the security's.

    Parameters
    ----------
    exchange, benchmark_exchange : str
        MICs of the security and of the benchmark.

    Returns
    -------
    BenchmarkClock

    Notes
    -----
    When Sydney closes 14 hours before New York, the New York return of the same date holds news
    that Sydney prices a day later: the market model is then biased toward zero (Scholes and
    Williams 1977), and the cure is a local benchmark or lagged market returns (Dimson 1979).
    """
    own, others = check_exchange(exchange), check_exchange(benchmark_exchange, "benchmark_exchange")
    city, other = own.city, others.city
    here, there = sessions_of(own.mic), sessions_of(others.mic)
    dates, i, j = np.intersect1d(here.dates, there.dates, return_indices=True)
    recent = dates >= np.datetime64("2015-01-01")
    gap = float(np.median((there.closes[j] - here.closes[i])[recent]) / HOUR)
    synchronous = abs(gap) < 1
    if synchronous:
        advice = f"{city} and {other} close within an hour of each other: no correction is needed."
    else:
        relation, term = ("later", "lag") if gap > 0 else ("earlier", "lead")
        advice = (
            f"{other} closes {abs(gap):.1f} hours {relation} than {city} on the same date, so the "
            f"two returns cover different news; use a local benchmark, or a Dimson model with at "
            f"least one {term} of the benchmark."
        )
    return BenchmarkClock(own.mic, others.mic, gap, synchronous, advice)


def date_conventions(
    events: pd.DataFrame, exchange: str = "XNYS", *, rule: Rule = "next", max_shift: int = 10
) -> pd.DataFrame:
    """Return the session of every event under each date convention, side by side.

    Parameters
    ----------
    events : DataFrame
        As for `map_sessions`; conventions without columns in it are left out.
    exchange : str
        MIC.
    rule : str, default "next"
    max_shift : int, default 10
        As in `map_sessions`.

    Returns
    -------
    DataFrame
        Indexed by ``event_id``; one column of session dates per convention (``earliest, latest,
        effective, reported``), NaT where it gives none.
    """
    check_exchange(exchange)
    events = check_events(events)
    known = set(events.columns)
    wanted = [
        timing
        for timing in TIMINGS
        if timing in ("latest", "earliest") or known & {f"{timing}_date", f"{timing}_earliest"}
    ]
    found = {
        timing: map_sessions(events, exchange, timing=timing, rule=rule, max_shift=max_shift)
        for timing in wanted
    }
    sessions = {timing: mapped["session"].to_numpy() for timing, mapped in found.items()}
    return pd.DataFrame(sessions, index=pd.Index(events["event_id"], name="event_id"))


def timing_summary(
    events: pd.DataFrame,
    exchanges: str | Sequence[str],
    sessions: int = 2,
    *,
    against: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Count, per exchange, what an event study can use.

    Parameters
    ----------
    events : DataFrame
        As for `map_sessions`.
    exchanges : str or sequence of str
        MICs.
    sessions : int
        Events at most this many sessions apart overlap, as in `overlaps`.
    against : DataFrame, optional
        The list to look for neighbours in, as in `clean_events`; `events` itself by default.

    Returns
    -------
    DataFrame
        Indexed by exchange: ``events`` (in the list), ``with_session``, ``imprecise`` (without
        one: only a month or year known, or scheduled for a day whose sessions are not published),
        ``ambiguous`` (two candidate sessions), ``while_open`` (surely during
        trading hours), ``clean`` (no other event within `sessions`) and ``clean_and_certain``
        (clean, and only one candidate session).
    """
    events = check_events(events)
    rows = {}
    for exchange in check_exchanges(exchanges):
        mapped = map_sessions(events, exchange)
        alone = clean_events(events, sessions, exchange, against=against)
        clean = mapped["event_id"].isin(alone["event_id"])
        rows[exchange] = {
            "events": len(mapped),
            "with_session": mapped["session"].notna().sum(),
            "imprecise": mapped["session"].isna().sum(),
            "ambiguous": mapped["ambiguous"].sum(),
            "while_open": mapped["phase"].isin(["in_session", "lunch_break"]).sum(),
            "clean": clean.sum(),
            "clean_and_certain": (clean & ~mapped["ambiguous"]).sum(),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("exchange").astype(int)
