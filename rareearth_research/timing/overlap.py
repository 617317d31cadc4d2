"""Which events can the data not tell apart, and what else happened in the window?

Two announcements within k sessions of each other share their window returns: what the market did
belongs to both. `overlaps` finds such groups and says so in sentences, `clean_events` keeps those
that stand alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_whole
from rareearth_research.arrays import Ints
from rareearth_research.choices import Timing
from rareearth_research.days import is_blank
from rareearth_research.errors import TimingError, shown
from rareearth_research.numerals import numeral
from rareearth_research.summary import Report, Summary
from rareearth_research.timing.events import check_events
from rareearth_research.timing.exchanges import check_exchange, sessions_of
from rareearth_research.timing.intervals import check_dated
from rareearth_research.timing.sessions import MOST, map_sessions


@dataclass(frozen=True, repr=False)
class Overlaps(Report):
    """Events, the sessions they may fall in, and which of them share a window.

    Attributes
    ----------
    exchange : str
        MIC of the calendar that counts the sessions.
    sessions : int
        Two events at most this many sessions apart overlap.
    edges : DataFrame
        One row per overlapping pair: ``event_a, event_b, gap`` (sessions between them).
    events : DataFrame
        One row per mapped event, by session: ``event_id, session_earliest, session_latest,
        cluster, neighbours``.
    clusters : DataFrame
        One row per cluster of two or more: ``cluster, n, first, last, event_ids, sentence``.
    unmapped : tuple of str
        Events without a session on this exchange.
    """

    exchange: str
    sessions: int
    edges: pd.DataFrame
    events: pd.DataFrame
    clusters: pd.DataFrame
    unmapped: tuple[str, ...]

    @property
    def clean(self) -> list[str]:
        """Ids of events that overlap with no other."""
        return self.events.loc[self.events["neighbours"] == 0, "event_id"].tolist()

    @property
    def sentences(self) -> list[str]:
        """One sentence per identified set, oldest first."""
        return self.clusters["sentence"].tolist()

    @property
    def table(self) -> pd.DataFrame:
        """The clusters."""
        return self.clusters

    def summary(self) -> Summary:
        """Return how many events stand alone, and a sentence for each set that does not."""
        head = (
            f"{len(self.events)} events on {self.exchange}, windows of {self.sessions} sessions: "
            f"{len(self.clean)} stand alone, {len(self.unmapped)} have no session."
        )
        return Summary(head, self.clusters[["n", "first", "last"]], tuple(self.sentences))


def overlaps(
    events: pd.DataFrame, sessions: int = 3, exchange: str = "XNYS", *, timing: Timing = "latest"
) -> Overlaps:
    """Group events that lie within a few sessions of one another.

    Parameters
    ----------
    events : DataFrame
        As for `map_sessions`.
    sessions : int
        Events at most this many sessions apart overlap; windows [-a, b] and [-a, b] share a
        session when events are at most a + b apart.
    exchange : str
        MIC whose sessions are counted.
    timing : str
        As for `map_sessions`.

    Returns
    -------
    Overlaps

    Notes
    -----
    An event whose session is ambiguous occupies both candidates, and the distance to another is
    the smallest consistent with the intervals. Clusters are connected components: the first and
    the last event of a chain may lie further apart than `sessions`.
    """
    sessions = check_whole("sessions", sessions, 0, MOST, TimingError)
    placed, unmapped = place(events, exchange, timing)
    ids = placed["event_id"].to_numpy(dtype=object)
    first, last = placed["first"].to_numpy(), placed["last"].to_numpy()
    a, b = _close_pairs(first, last, sessions)
    # sorted by first session, a chain breaks where nothing before reaches as far as the next event
    reach = np.maximum.accumulate(last) if len(last) else last
    starts = np.r_[True, first[1:] - reach[:-1] > sessions] if len(first) else np.empty(0, bool)
    placed = placed.assign(
        cluster=np.cumsum(starts), neighbours=np.bincount(np.r_[a, b], minlength=len(ids))
    )
    return Overlaps(
        exchange=exchange,
        sessions=sessions,
        edges=pd.DataFrame(
            {"event_a": ids[a], "event_b": ids[b], "gap": np.maximum(0, first[b] - last[a])}
        ),
        events=placed.drop(columns=["first", "last"]),
        clusters=_clusters(placed),
        unmapped=unmapped,
    )


def clean_events(
    events: pd.DataFrame,
    sessions: int = 3,
    exchange: str = "XNYS",
    *,
    against: pd.DataFrame | None = None,
    timing: Timing = "latest",
) -> pd.DataFrame:
    """Return the events that have no other event within a few sessions.

    Parameters
    ----------
    events : DataFrame
        As for `map_sessions`.
    sessions : int, default 3
    exchange : str, default "XNYS"
        As for `overlaps`.
    against : DataFrame, optional
        The list to hold them against, such as all of `load_events()`; `events` itself by default.
    timing : str, default "latest"
        As for `map_sessions`.

    Returns
    -------
    DataFrame
        Rows of `events`, in their order. Events without a session are not clean: they cannot be
        checked.

    Raises
    ------
    TimingError
        As `map_sessions`, and for an event without any date.
    """
    given, events = events, check_events(events)
    others = events if against is None else union(events, against, timing)
    found = overlaps(others, sessions, exchange, timing=timing)
    if timing in ("latest", "earliest"):
        days = others[[c for c in ("date", "announced_earliest") if c in others.columns]]
        blank = days.map(is_blank).all(axis=1) & others["event_id"].isin(found.unmapped)
        for event in others.loc[blank, "event_id"]:
            raise TimingError(
                f"event {shown(event)} has no date, and what it overlaps with cannot be known; "
                "fill it in or drop the row"
            )
    return given[events["event_id"].isin(found.clean).to_numpy()]


def _close_pairs(first: Ints, last: Ints, sessions: int) -> tuple[Ints, Ints]:
    """Positions a < b of events at most `sessions` apart; `first` is ascending."""
    a = np.arange(len(first))
    counts = np.searchsorted(first, last + sessions, side="right") - a - 1
    before = np.repeat(np.cumsum(counts) - counts, counts)
    left = np.repeat(a, counts)
    return left, left + 1 + np.arange(counts.sum()) - before


def place(
    events: pd.DataFrame, exchange: str, timing: Timing
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Events in order of session, with the positions of their sessions in the calendar."""
    check_exchange(exchange)
    events = check_events(events)
    ids = events["event_id"]
    if ids.duplicated().any():
        raise TimingError(
            f"event {shown(ids[ids.duplicated()].iloc[0])} stands twice in the events frame; keep "
            "one row of each with events.drop_duplicates('event_id')"
        )
    mapped = map_sessions(events, exchange, timing=timing)
    ok = mapped["session_earliest"].notna() & mapped["session_latest"].notna()
    placed = mapped.loc[ok, ["event_id", "session_earliest", "session_latest"]]
    dates = sessions_of(exchange).dates
    placed = placed.assign(
        first=np.searchsorted(dates, placed["session_earliest"].to_numpy()),
        last=np.searchsorted(dates, placed["session_latest"].to_numpy()),
    ).sort_values(["first", "last", "event_id"], ignore_index=True)
    return placed, tuple(mapped.loc[~ok, "event_id"])


def union(events: pd.DataFrame, against: pd.DataFrame, timing: str) -> pd.DataFrame:
    """`events` followed by those rows of `against` that are not in it."""
    against = check_dated(against, timing, "against")
    others = against[~against["event_id"].isin(events["event_id"])]
    return pd.concat([events, others], ignore_index=True)


def _clusters(placed: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            "cluster": cluster,
            "n": len(members),
            "first": members["session_earliest"].min(),
            "last": members["session_latest"].max(),
            "event_ids": ";".join(map(str, members["event_id"])),
        }
        for cluster, members in placed.groupby("cluster")
        if len(members) > 1
    ]
    found = pd.DataFrame(rows, columns=["cluster", "n", "first", "last", "event_ids"])
    sentences = [
        f"These {numeral(row['n'])} events of {span(row['first'], row['last'])} "
        "cannot be told apart."
        for row in rows
    ]
    return found.assign(sentence=pd.Series(sentences, dtype=object))


def span(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Write a span of dates the short way: ``"5–11 June 2025"``."""
    end = f"{last.day} {last:%B %Y}"
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{end}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {first:%B}{year} – {end}"
