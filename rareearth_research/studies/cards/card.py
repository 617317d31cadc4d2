"""An announcement this morning: what is there to know before any price, and after the close?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.choices import Direction
from rareearth_research.datasets import load_securities
from rareearth_research.studies.answer import Notes
from rareearth_research.studies.cards import around, files, page, words
from rareearth_research.studies.cards.asked import Asked, ask, read_now
from rareearth_research.studies.cards.marks import Marked, Ordinary, marked
from rareearth_research.studies.cards.outcome import AnnouncementOutcome, came
from rareearth_research.studies.composition import named
from rareearth_research.summary import Result, Summary


@dataclass(frozen=True, repr=False, kw_only=True)
class AnnouncementCard(Result):
    """Result of `announcement_card`; `table` holds the moves that would be unusual.

    Attributes
    ----------
    asked : Asked
        The specification: nothing in it depends on a price.
    now : Timestamp
        From which times are counted.
    table : DataFrame
        First the mean of the sample, then each security, by ticker: ``name, exchange, fall, rise``
        (log moves beyond which 1 session in 20 lies; NaN for a side that does not count) ``,
        detectable`` (the shift found four times in five) ``, usual`` (root mean square of recent
        moves) ``, sessions`` (compared with) ``, last`` (session with a return that was used).
    sessions : DataFrame
        First session of each exchange, and its close; see `around.sessions`.
    measures : DataFrame
        On the materials, in force, suspended or announced.
    earlier : DataFrame
        Similar events before: ``event_id, date, name, move`` (of the sample's mean) ``,
        securities``.
    news : DataFrame
        Listed events and firm news from the first session to the last.
    hash : str
        Of the figures that the marks rest on.
    finding : str
    limits : Notes
    """

    asked: Asked
    now: pd.Timestamp
    table: pd.DataFrame
    sessions: pd.DataFrame
    measures: pd.DataFrame
    earlier: pd.DataFrame
    news: pd.DataFrame
    hash: str
    finding: str
    limits: Notes

    def summary(self) -> Summary:
        """Return the mark in a sentence, the marks of all securities, and what stands against."""
        shown = self.table[["name", "fall", "rise", "usual", "sessions"]]
        return Summary(f"{self.asked.title}. {self.finding}", shown, self.limits)

    def after(self, now: Any = None) -> AnnouncementOutcome:
        """Return what came, by this specification and these marks.

        Parameters
        ----------
        now : str or Timestamp, optional
            An instant with its zone; sessions that close later are not used. By default the clock.

        Returns
        -------
        AnnouncementOutcome

        Raises
        ------
        TimingError
            If `now` is no instant.
        """
        instant = read_now(now, pd.Timestamp.now("UTC"))
        return came(self.asked, self.table, self.sessions, self.hash, instant)

    def save(self, folder: str | Path, outcome: AnnouncementOutcome | None = None) -> Path:
        """Write ``card.json``, ``after.json`` if there is an outcome, and the page of both.

        Parameters
        ----------
        folder : str or Path
            Made if need be.
        outcome : AnnouncementOutcome, optional
            What `after` gave. The card stays as it was saved before.

        Returns
        -------
        Path
            Of the page, ``index.html``.

        Raises
        ------
        DataError
            If another card is there, or nothing can be written.
        """
        after = None if outcome is None else outcome.record()
        card = files.keep(folder, self.record())
        return files.complete(folder, after, page.page_of(card, after))

    def record(self) -> dict[str, Any]:
        """Return the card as plain values, as it is saved."""
        return {
            "kind": files.KIND,
            "as_of": self.now.isoformat(),
            "hash": self.hash,
            "specification": self.asked.record(),
            "how": words.how(self.asked),
            "finding": self.finding,
            "limits": list(self.limits),
            **{name: files.rows_of(getattr(self, name)) for name in files.TABLES},
        }


def announcement_card(
    title: str,
    at: Any,
    *,
    materials: Sequence[str] | str = (),
    direction: Direction = "unknown",
    actor: str = "CN",
    instrument: str = "",
    group: str = "",
    securities: Sequence[str] | str = (),
    window: Sequence[int] = (0, 1),
    until: Any = None,
    now: Any = None,
) -> AnnouncementCard:
    """Put together what is known of an announcement before any price, and fix what is unusual.

    Parameters
    ----------
    title : str
        What was announced, in words.
    at : str, Timestamp, date, tuple
        When: an instant with its zone (``"2026-11-26T09:00+08:00"``), the two ends of an interval
        (a pair, or ``"first/last"``), or a day, which leaves the first session open.
    materials : sequence of str
        Symbols or names; they choose securities, measures and earlier events.
    direction : {"unknown", "tightening", "easing", "threat", "neutral"}
        A tightening is expected to raise the sample, an easing to lower it, and only that side
        counts as unusual; else both.
    actor : str, default "CN"
        Whose earlier events are looked for, and in whose zone a day lies; ``""`` for anybody's.
    instrument : str
        Such as ``"licence"`` or ``"ban"``; empty for any.
    group : str
        A group of securities in place of those with the materials.
    securities : sequence of str
        Tickers in their place.
    window : (int, int), default (0, 1)
        Sessions, the first of which is 0.
    until : str or date, optional
        Last day of everything the card uses. By default marks rest on prices up to the day before
        the announcement, and measures and news are those on record.
    now : str or Timestamp, optional
        From when hours to a close are counted; by default the clock while a first session is still
        to close, and else the announcement.

    Returns
    -------
    AnnouncementCard

    Raises
    ------
    SpecificationError, DataError, TimingError
        For what has no meaning or is not known, and where no security can be measured.

    Notes
    -----
    Marks are those of `rareearth_research.studies.cards.marks.ordinary`: the same window on other
    sessions, in units of recent volatility. Walked forward on shipped returns of seven samples,
    ordinary sessions were beyond the mark made before them in 4.4 to 6.2 of 100 cases; in 3.5 to
    10.0 without such units (``benchmarks/marks.py``).

    Examples
    --------
    >>> card = announcement_card("China suspends exports", "2025-10-09T09:00+08:00",
    ...                          materials=["Dy", "Tb"], until="2025-10-08")
    >>> card.sessions["city"].iloc[0]
    'Sydney'
    """
    asked = ask(
        title,
        at,
        materials=materials,
        direction=direction,
        actor=actor,
        instrument=instrument,
        group=group,
        securities=securities,
        window=window,
        until=until,
    )
    events = around.earlier_events(asked)
    found = marked(asked, events)
    table = _table(found)
    placed = around.sessions(asked, list(found.securities))
    clock = pd.Timestamp.now("UTC")
    live = asked.latest <= clock < placed.loc[placed["securities"] > 0, "closes"].max()
    counted_from = read_now(now, clock.floor("min") if live else asked.latest)
    earlier = events[["event_id", "date", "name"]].merge(found.earlier, how="left")
    who = named(load_securities(list(table.index[1:])))
    return AnnouncementCard(
        asked=asked,
        now=counted_from,
        table=table,
        sessions=placed,
        measures=around.in_force(asked),
        earlier=earlier,
        news=around.news(asked, placed),
        hash=found.hash,
        finding=words.card_finding(asked, who, table, placed, earlier, counted_from),
        limits=Notes(words.card_limits(asked, table, placed, earlier)),
    )


def open_card(folder: str | Path) -> AnnouncementCard:
    """Return a card that `AnnouncementCard.save` wrote.

    Parameters
    ----------
    folder : str or Path
        It was saved to.

    Returns
    -------
    AnnouncementCard

    Raises
    ------
    DataError
        If there is no card, or it is damaged.
    """
    record = files.read(folder)
    with files.damaged(folder):
        return AnnouncementCard(
            asked=Asked.of_record(record["specification"]),
            now=pd.Timestamp(record["as_of"]),
            hash=record["hash"],
            finding=record["finding"],
            limits=Notes(record["limits"]),
            **{name: files.frame_of(name, record[name]) for name in files.TABLES},
        )


def _table(found: Marked) -> pd.DataFrame:
    """Return the marks of the sample and of each security, a row each."""
    known = load_securities(list(found.securities)).to_dict("index")
    rows = [_row(found.sample, "Mean of the sample", "", max(found.ends.values()))]
    rows += [
        _row(own, known[ticker]["name"], known[ticker]["exchange"], found.ends[ticker])
        for ticker, own in found.securities.items()
    ]
    index = pd.Index([words.SAMPLE, *found.securities], name="security")
    return pd.DataFrame(rows, index=index)


def _row(own: Ordinary, name: str, exchange: str, last: pd.Timestamp) -> dict[str, Any]:
    return {
        "name": name,
        "exchange": exchange,
        "fall": -own.mark if own.side <= 0 else np.nan,
        "rise": own.mark if own.side >= 0 else np.nan,
        "detectable": own.detectable,
        "usual": own.scale,
        "sessions": len(own.units),
        "last": last,
    }
