"""Policy events and their sources, and news of single companies, filtered.

Filters name what to keep and combine with *and*; each takes one value or a list.
News of companies marks windows that hold other news than the event's.
"""

from __future__ import annotations

import pandas as pd

from rareearth_research.arguments import check_flag
from rareearth_research.choices import Confidence, Direction, EventStatus, FactStatus, Precision
from rareearth_research.datasets.catalog import read
from rareearth_research.datasets.loaders.filters import Names, at_least, choose, holding, within
from rareearth_research.datasets.loaders.materials import symbols_in
from rareearth_research.datasets.tables.vocabulary import CONFIDENCE, STATUS
from rareearth_research.days import Day
from rareearth_research.errors import DataError

ALL_EVENTS = "See rer.load_events() for all"
TEXTS = ("event_id", "name", "summary", "instrument_no", "issuing_authority", "time_note",
         "anticipation_note", "confounders", "confidence_note",
         "official_source_title")  # fmt: skip


def load_events(
    *,
    event_ids: Names | None = None,
    actor: Names | None = None,
    tier: Names | None = None,
    direction: Direction | Names | None = None,
    materials: Names | None = None,
    scope: Names | None = None,
    since: Day | None = None,
    until: Day | None = None,
    min_confidence: Confidence | None = None,
    min_status: FactStatus | None = None,
    search: str | None = None,
    precision: Precision | Names | None = None,
    status: EventStatus | Names | None = None,
    usable: bool | None = None,
) -> pd.DataFrame:
    """Return policy events, one row each, by announced date.

    Parameters
    ----------
    event_ids : str or list of str, optional
        Events by identifier.
    actor : str or list of str, optional
        Actors (``"CN"``, ``"US"``, ``"media"``, ...); a joint event of ``US;CN`` matches either.
    tier : str or list of str, optional
        Groups of events (``"core_cn_ree"``, ``"talks"``, ``"confounder"``, ...).
    direction : str or list of str, optional
        ``"tightening"``, ``"easing"``, ``"neutral"``, ``"threat"``, ``"unknown"``. Chinese and
        foreign directions mean different things: choose `actor` or `tier` too.
    materials : str or list of str, optional
        Chemical symbols or element names; an event that concerns any of them matches.
    scope : str or list of str, optional
        Targets (``"US"``, ``"all"``, ``"company:MP"``, ...); any part of the scope matches.
        ``"US"`` does not include measures against all countries: ask for ``["US", "all"]``.
    since, until : str or date, optional
        First and last announced day, both included.
    min_confidence : str, optional
        ``"low"``, ``"medium"`` or ``"high"``: this or better.
    min_status : str, optional
        How well the facts are known, or better: ``"verified in archived page"``, ``"read in public
        repository notes only, primary page not opened"``, ``"from general knowledge, unverified"``.
    search : str, optional
        Words that name, summary, number, authority or notes hold, each of them somewhere, in upper
        or lower case.
    precision : str or list of str, optional
        ``"day"``, ``"month"`` or ``"year"``: how exactly the date is known.
    status : str or list of str, optional
        ``"occurred"``, ``"reported_disputed"``, ``"scheduled_outcome_unknown"``,
        ``"superseded"``.
    usable : bool, optional
        Whether the event is in the suggested first sample.

    Returns
    -------
    DataFrame
        With a RangeIndex. ``date`` is the announced day where the announcement was made;
        ``announced_earliest`` and ``announced_latest`` are UTC instants, ``NaT`` if unknown.

    Raises
    ------
    DataError
        For a value that occurs nowhere, naming the nearest, and for days that are not days.

    Examples
    --------
    >>> import rareearth_research as rer
    >>> rer.load_events(actor="CN", direction="tightening", materials="Ga", since="2023-01-01")
    """
    events = read("policy_events")
    keep = within(events["date"], since, until) & holding(events, TEXTS, search)
    keep &= at_least("min_confidence", events["confidence"], min_confidence, CONFIDENCE[::-1])
    keep &= at_least("min_status", events["fact_verification"], min_status, STATUS)
    if usable is not None:
        keep &= events["usable_default"] == check_flag("usable", usable, DataError)
    return choose(
        events,
        ALL_EVENTS,
        keep,
        event_ids=("event_id", event_ids),
        tier=("tier", tier),
        direction=("direction", direction),
        precision=("date_precision", precision),
        status=("event_status", status),
        actor=("actor", actor),
        materials=("materials", symbols_in(events["materials"], materials)),
        scope=("target_scope", scope),
    )


def load_event_sources(event_id: Names | None = None) -> pd.DataFrame:
    """Return the sources of events, each with its verification status.

    Parameters
    ----------
    event_id : str or list of str, optional
        One event or several; all by default.

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError
        For an unknown event.
    """
    return choose(read("policy_event_sources"), ALL_EVENTS, event_id=("event_id", event_id))


def load_firm_news(
    securities: Names | None = None,
    *,
    kind: Names | None = None,
    direction: Names | None = None,
    scope: Names | None = None,
    near_events: Names | None = None,
    since: Day | None = None,
    until: Day | None = None,
    min_status: FactStatus | None = None,
) -> pd.DataFrame:
    """Return dated news of single companies near policy events.

    Parameters
    ----------
    securities : str or list of str, optional
        Tickers.
    kind : str or list of str, optional
        ``"earnings"``, ``"offering"``, ``"contract"``, ``"government_stake"``, ``"merger"``,
        ``"financing"``, ``"operations"``, ``"halt"``, ``"other"``.
    direction : str or list of str, optional
        Effect to be expected: ``"positive"``, ``"negative"``, ``"unclear"``.
    scope : str or list of str, optional
        ``"firm"``, or ``"sector"`` for news of many that stands on one ticker.
    near_events : str or list of str, optional
        Policy events nearby.
    since, until : str or date, optional
        First and last day, both included.
    min_status : str, optional
        A status of `load_events`: rows known this well or better.

    Returns
    -------
    DataFrame
        With a RangeIndex, by date. ``announced_earliest`` and ``announced_latest`` are UTC
        instants; a bound nobody read is the start or end of the day.

    Raises
    ------
    DataError
        For a value that occurs nowhere, naming the nearest.

    Notes
    -----
    The list was collected in part from the largest moves since 2023, so with sight of returns:
    what it leaves in or out of a study is exploratory and sets no verdict. It is no full record of
    any firm.
    """
    news = read("firm_news")
    keep = within(news["date"], since, until)
    keep &= at_least("min_status", news["verification"], min_status, STATUS)
    return choose(
        news,
        "See rer.load_firm_news() for all",
        keep,
        securities=("security", securities),
        kind=("kind", kind),
        direction=("direction_expected", direction),
        scope=("scope", scope),
        near_events=("near_events", near_events),
    )
