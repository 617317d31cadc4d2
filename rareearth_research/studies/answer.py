"""What every study gives back: a finding in a sentence, a table, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.datasets import load_securities
from rareearth_research.datasets.own.events import YOURS
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.results.words import unmeasured
from rareearth_research.numerals import counted
from rareearth_research.studies.composition import named
from rareearth_research.studies.sample import event_words
from rareearth_research.summary import Result, Summary
from rareearth_research.timing.spoken import spoken


class Said(str):
    """A sentence; a notebook shows it as prose."""

    def _repr_markdown_(self) -> str:
        return str(self)


class Notes(tuple[str, ...]):
    """Sentences; a notebook shows them as a list. Empty ones are left out."""

    def __new__(cls, sentences: Iterable[str]) -> Notes:
        return super().__new__(cls, filter(None, sentences))

    def _repr_markdown_(self) -> str:
        return "\n".join(f"- {sentence}" for sentence in self)


@dataclass(frozen=True, repr=False)
class StudyAnswer(Result):
    """What all studies have in common.

    Attributes
    ----------
    parameters : mapping
        As the function was given them, for the footer of a report.
    finding : str
        The answer, made from the numbers.
    limits : Notes
        What the answer leaves open, for these parameters.
    table : DataFrame
        The numbers behind the finding.
    detail : str
        The test, sample and window behind the finding, for a small line below it.
    """

    parameters: Mapping[str, Any]
    finding: str
    limits: Notes
    table: pd.DataFrame
    detail: str = field(default="", kw_only=True)

    @property
    def rests(self) -> tuple[str, pd.Timestamp | None]:
        """What its pictures speak of, and the last day of the figures."""
        return "", None

    def summary(self) -> Summary:
        """Return the finding, its table and its limits (text and HTML)."""
        numbers = self.table.drop(columns="words", errors="ignore")  # said by the finding
        return Summary(self.finding, numbers, self.limits)


@dataclass(frozen=True, repr=False)
class SampleAnswer(StudyAnswer):
    """What studies of events and securities have in common.

    Attributes
    ----------
    events, securities : DataFrame
        What was studied, as `load_events` and `load_securities` give it.
    result : EventStudyResults
    """

    events: pd.DataFrame
    securities: pd.DataFrame
    result: EventStudyResults

    @property
    def rests(self) -> tuple[str, pd.Timestamp | None]:
        car = self.result.car
        kept = car[car["car"].notna()]
        of = self.securities.loc[self.securities.index.isin(kept["security"])]
        events = counted(kept["event_id"].nunique(), "event")
        until = max(market.sessions[-1] for market in self.result.markets)
        return f"{named(of).rstrip(',')}; {events}", until

    @property
    def announced(self) -> pd.DataFrame:
        """What was announced and when, in local time and UTC, an event a row."""
        shown = self.events.assign(announced=[_when(row) for _, row in self.events.iterrows()])
        columns = ["name", "announced", "direction", "materials", "confidence", "origin"]
        return shown.filter(columns)

    @property
    def attrition(self) -> pd.DataFrame:
        """Every event–security pair, kept or dropped with its reason.

        Where files of one's own are in play, `origin` is "yours" for a pair whose event or security
        is, else "shipped".
        """
        return whose(self.result.attrition, self.events, self.securities)


def _when(event: pd.Series) -> str:
    """Return when an event was announced, as exactly as it is known."""
    if "announced_earliest" not in event or pd.isna(event["announced_earliest"]):
        return f"{event['date'].day} {event['date']:%B %Y}"
    zone = event.get("announced_tz")
    ends = (event["announced_earliest"], event["announced_latest"])
    return spoken(ends, zone if isinstance(zone, str) and zone else "UTC")


def whose(frame: pd.DataFrame, events: pd.DataFrame, securities: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with the origin of each row, if files of one's own are in play.

    Parameters
    ----------
    frame : DataFrame
        With events, securities or both, in its index or in columns ``event_id``, ``security``,
        ``left_out``.
    events, securities : DataFrame
        As `load_events` and `load_securities` give them.
    """
    if "origin" not in securities.columns:
        return frame
    yours = {
        *events.loc[events["origin"] == YOURS, "event_id"],
        *securities.index[securities["origin"] == YOURS],
    }
    named = frame.reset_index().filter(["event_id", "security", "left_out"])
    origin = np.where(named.isin(yours).any(axis=1), YOURS, "shipped")
    return frame.assign(origin=origin)


def unmeasured_words(pairs: pd.DataFrame, events: pd.DataFrame) -> str:
    """Name the announcements and securities that were asked for and not measured, and say why.

    Parameters
    ----------
    pairs : DataFrame
        ``event_id, security, status, reason``.
    events : DataFrame
        All that were asked for; one without any pair had news of its own firm in each.
    """
    gone = events.loc[~events["event_id"].isin(pairs["event_id"]), ["event_id"]]
    gone = gone.assign(security=pairs["security"].iloc[0], status="dropped", reason="own_news")
    names = {event["event_id"]: event_words(event) for _, event in events.iterrows()}
    return unmeasured(pd.concat([pairs, gone]), names | dict(load_securities()["name"]))
