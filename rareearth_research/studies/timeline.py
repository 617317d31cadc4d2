"""What was decided, when, and how exactly do we know? Every event of the list, and its hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth_research.arguments import check_names
from rareearth_research.datasets import load_events, load_measures, measures
from rareearth_research.datasets.cleaning.measures import KNOWN_UNTIL
from rareearth_research.datasets.loaders.materials import symbols_in
from rareearth_research.numerals import counted, numeral
from rareearth_research.studies.answer import Notes, StudyAnswer
from rareearth_research.studies.sample import SINCE, choose_events, names_or_all
from rareearth_research.summary import options_of
from rareearth_research.timing import EXCHANGES, Overlaps, event_clock, overlaps, timing_summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

APART = (1, 5, 10)
READ = "verified in archived page"
LIMITS = """
The list is ours: it holds what archived pages let us confirm, not every measure. Events of low
confidence are hollow in the picture and left out of the suggested sample.

Many hours rest partly on general knowledge (`hour known` = approx); the interval is then wide on
purpose.

Closing auctions and after-hours trading are ignored: an exchange's close is the end of its regular
session.

The meaning of *tightening* differs between Chinese measures (supply outside China) and foreign ones
(non-Chinese supply or market access); the two are never added up.

Measures are known to 5 October 2026, and those of other countries than China less fully.

Unscheduled news that the list names only in words, such as payroll days, is not dated here and so
not counted as an overlap.
"""


@dataclass(frozen=True, repr=False)
class TimelineStudy(StudyAnswer):
    """Result of `policy_timeline`; `table` counts per exchange, as `timing_summary` does.

    Attributes
    ----------
    events : DataFrame
        The events chosen, as `load_events` gives them.
    overlaps : Overlaps
        Which events of the whole list since that day cannot be told apart on the first exchange.
    event : Series
        The event whose clock is drawn.
    clock : DataFrame
        As `event_clock` gives it.
    measures : DataFrame
        Status of the measures over time on the materials and by the actors chosen, as
        `load_measures` gives it.
    """

    events: pd.DataFrame
    overlaps: Overlaps
    event: pd.Series
    clock: pd.DataFrame
    measures: pd.DataFrame

    @property
    def tried(self) -> pd.DataFrame:
        """How many events stand alone on the first exchange when they are chosen otherwise."""
        exchange, asked = self.table.index[0], int(self.parameters["sessions"])
        every, own = load_events(), self.events
        minerals = [frame[frame["tier"] != "confounder"] for frame in (own, every)]
        ways = {
            f"as asked, {counted(asked, 'session')}": (own, asked, every),
            **{f"{counted(n, 'session')} apart": (own, n, every) for n in APART if n != asked},
            "with mineral content": (minerals[0], asked, minerals[1]),
            "facts read in an archived page": (own[own["fact_verification"] == READ], asked, every),
            "of high confidence": (own[own["confidence"] == "high"], asked, every),
            "of the suggested sample": (own[own["usable_default"]], asked, every),
        }
        rows = {
            way: timing_summary(events, [exchange], n, against=against).iloc[0]
            for way, (events, n, against) in ways.items()
            if len(events)
        }
        columns = ["events", "with_session", "ambiguous", "clean", "clean_and_certain"]
        return pd.DataFrame(rows).T[columns].rename_axis("chosen")

    @options_of("plot_timeline")
    def plot(self, **options: Any) -> Figure:
        """Draw the events in lanes by material and actor."""
        from rareearth_research.plots import plot_timeline

        own = self.measures if self.measures["actor"].str.startswith("CN").any() else None
        return plot_timeline(self.events, **{"measures": own, "title": self.finding} | options)

    @options_of("plot_event_clock", "name")
    def plot_clock(self, **options: Any) -> Figure:
        """Draw which exchange could react to the one event first."""
        from rareearth_research.plots import plot_event_clock

        return plot_event_clock(self.clock, name=self.event["name"], **options)

    @options_of("plot_measures")
    def plot_measures(self, **options: Any) -> Figure | None:
        """Draw what was in force and what suspended; nothing where no measure was chosen."""
        from rareearth_research.plots import plot_measures

        return None if self.measures.empty else plot_measures(self.measures, **options)


def policy_timeline(
    since: str = SINCE,
    materials: Sequence[str] | str = (),
    actors: Sequence[str] | str = (),
    exchanges: Sequence[str] | str = ("XNYS", "XASX", "XSHG"),
    sessions: int = 2,
    event_id: str = "cn-2025-04-no18-seven-ree",
) -> TimelineStudy:
    """Lay out policy events, how well the hour of each is known, and which stand alone.

    Parameters
    ----------
    since : str
        First announced day.
    materials, actors : sequence of str
        Such as ``["Ga", "Ge"]``, ``["CN"]``; empty: all.
    exchanges : sequence of str
        MICs on which sessions are counted; the first is shown.
    sessions : int
        Events at most this many sessions apart share a window.
    event_id : str
        Whose clock is drawn.

    Returns
    -------
    TimelineStudy

    Raises
    ------
    DataError, SpecificationError, TimingError
        For unknown names, where no event is chosen, and for an event without clock time.
    """
    asked = dict(locals())
    mics = check_names("exchanges", exchanges)
    on, by = names_or_all("materials", materials), names_or_all("actors", actors)
    events = choose_events([], by, (), on, since, suggested=False)
    one = load_events(event_ids=check_names("event_id", [event_id]))
    counts = timing_summary(events, mics, sessions, against=load_events())
    chosen, city, periods = _chosen(by, on), EXCHANGES[mics[0]].city, _measures(on, by)
    said = _finding(counts.iloc[0], events, chosen, sessions, city)
    return TimelineStudy(
        parameters=asked,
        finding=f"{said} {_standing(periods)}".strip(),
        limits=Notes(" ".join(part.split()) for part in LIMITS.split("\n\n")),
        table=counts,
        events=events,
        overlaps=overlaps(load_events(since=since), sessions, mics[0]),
        event=one.iloc[0],
        clock=event_clock(one),
        measures=periods,
    )


def _measures(on: list[str], by: list[str]) -> pd.DataFrame:
    """Return the measures on any of the materials by any of the actors; there may be none."""
    periods = load_measures()
    symbols = symbols_in(load_events()["materials"], on or None)
    for column, names in (("materials", symbols), ("actor", by)):
        if names:
            own = periods[column].str.split(";").explode()
            periods = periods.loc[own.index[own.isin(names)].unique()]
    return periods.reset_index(drop=True)


def _finding(counts: pd.Series, events: pd.DataFrame, chosen: str, sessions: int, city: str) -> str:
    near = counts["with_session"] - counts["clean"]
    clean = counts["clean_and_certain"]
    within = f"within {counted(sessions, 'session')} of another event"
    within = within if sessions else "on the session of another event"
    return (
        f"Of {counted(counts['events'], 'event')}{chosen} since {events['date'].min():%B %Y}, "
        f"{_number(counts['with_session'], 'has', 'have')} a session in {city}; for "
        f"{_number(counts['ambiguous'], '', '').strip()} the hour leaves two candidates, "
        f"{_number(near, 'lies', 'lie')} {within}, "
        f"and {_number(clean, 'is', 'are')} both alone and certain."
    )


def _standing(periods: pd.DataFrame) -> str:
    """Say how many of the measures of each side are in force, on the last day that is known."""
    today = measures().merge(periods[["event_id", "measure"]].drop_duplicates())
    china = today["actor"].str.startswith("CN")
    parts = []
    for whose, rows in (("Chinese ", today[china]), ("other " * int(china.any()), today[~china])):
        counts = rows["status"].value_counts()
        force, rest = int(counts.get("in_force", 0)), int(counts.get("suspended", 0))
        if force or rest:
            word = _number(force, f"{whose}measure was", f"{whose}measures were")
            parts.append(f"{word} in force and {numeral(rest) if rest else 'none'} suspended")
    day = pd.Timestamp(KNOWN_UNTIL)
    return f"On {day.day} {day:%B %Y}, {', '.join(parts)}." if parts else ""


def _chosen(by: list[str], on: list[str]) -> str:
    return "".join(
        f" {word} {' or '.join(names)}" for word, names in (("by", by), ("on", on)) if names
    )


def _number(n: int, one: str, many: str) -> str:
    return f"{numeral(n) if n else 'none'} {one if n == 1 else many}"
