"""Policy events and their sources, filtered.

Filters name what to keep and combine with *and*; each takes one value or a list. A value that
occurs nowhere in the table is an error with the nearest names, so that a typing mistake never
looks like an empty result.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd

from rareearth_research.datasets.catalog import read
from rareearth_research.datasets.materials import symbols_of
from rareearth_research.errors import DataError, did_you_mean

__all__ = ["load_event_sources", "load_events"]

CONFIDENCE = ("low", "medium", "high")
ALL_EVENTS = "See rer.load_events() for all"

Names = str | Iterable[str]
Day = str | date | pd.Timestamp


def load_events(
    *,
    event_ids: Names | None = None,
    actor: Names | None = None,
    tier: Names | None = None,
    direction: Names | None = None,
    materials: Names | None = None,
    scope: Names | None = None,
    since: Day | None = None,
    until: Day | None = None,
    min_confidence: str | None = None,
    precision: Names | None = None,
    status: Names | None = None,
    usable: bool | None = None,
) -> pd.DataFrame:
    """Return policy events, one row each, by announced date.

    Parameters
    ----------
    event_ids
        Events by identifier.
    actor
        Actors (``"CN"``, ``"US"``, ``"media"``, ...); a joint event of ``US;CN`` matches either.
    tier
        Groups of events (``"core_cn_ree"``, ``"talks"``, ``"confounder"``, ...).
    direction
        ``"tightening"``, ``"easing"``, ``"neutral"``, ``"threat"``, ``"unknown"``. Chinese and
        foreign directions mean different things: choose `actor` or `tier` too.
    materials
        Chemical symbols or element names; an event that concerns any of them matches.
    scope
        Targets (``"US"``, ``"all"``, ``"company:MP"``, ...); any part of the scope matches.
        ``"US"`` does not include measures against all countries: ask for ``["US", "all"]``.
    since, until
        First and last announced day, both included.
    min_confidence
        ``"low"``, ``"medium"`` or ``"high"``: this or better.
    precision
        ``"day"``, ``"month"`` or ``"year"``: how exactly the date is known.
    status
        ``"occurred"``, ``"reported_disputed"``, ``"scheduled_outcome_unknown"``.
    usable
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
    named = sorted({part for row in events["materials"].str.split(";") for part in row if part})
    wanted_symbols = None if materials is None else symbols_of(materials, named)
    keep = pd.Series(True, index=events.index)
    for column, wanted, label in (
        ("event_id", event_ids, "event id"),
        ("tier", tier, "tier"),
        ("direction", direction, "direction"),
        ("date_precision", precision, "precision"),
        ("event_status", status, "status"),
        ("actor", actor, "actor"),
        ("materials", wanted_symbols, "material"),
        ("target_scope", scope, "scope"),
    ):
        if wanted is not None:
            keep &= _matches(events[column], _names(wanted, label), label)
    first, last = _day(since, "since"), _day(until, "until")
    if first is not None and last is not None and first > last:
        raise DataError(f"since {first.date()} is after until {last.date()}; exchange them")
    if first is not None:
        keep &= events["date"] >= first
    if last is not None:
        keep &= events["date"] <= last
    if min_confidence is not None:
        keep &= events["confidence"].isin(_at_least(min_confidence))
    if usable is not None:
        keep &= events["usable_default"] == bool(usable)
    return events[keep].reset_index(drop=True)


def load_event_sources(event_id: Names | None = None) -> pd.DataFrame:
    """Return the sources of events, each with its verification status.

    Parameters
    ----------
    event_id
        One event or several; all by default.

    Raises
    ------
    DataError
        For an unknown event.
    """
    sources = read("policy_event_sources")
    if event_id is None:
        return sources
    keep = _matches(sources["event_id"], _names(event_id, "event id"), "event id")
    return sources[keep].reset_index(drop=True)


def _names(wanted: Any, label: str) -> list[str]:
    names = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(names, Iterable) or not all(isinstance(name, str) for name in names):
        raise DataError(f"{label} is {wanted!r}; give a name or a list of names")
    return list(names)


def _matches(column: pd.Series, wanted: list[str], label: str) -> pd.Series:
    """Return which ``;`` separated lists of `column` hold any of `wanted`."""
    parts = column.str.split(";")
    known = sorted({part for row in parts for part in row if part})
    for name in wanted:
        if name not in known:
            choices = "" if len(known) > 12 else f"; known: {', '.join(known)}"
            raise DataError(
                f"{label} {name!r} is not in the events table"
                f"{did_you_mean(name, known)}{choices}. {ALL_EVENTS}"
            )
    chosen = set(wanted)
    return parts.map(lambda row: not chosen.isdisjoint(row)).astype(bool)


def _day(value: Day | None, label: str) -> pd.Timestamp | None:
    if value is None:
        return None
    try:
        day = pd.Timestamp(value)
    except (ValueError, TypeError):
        day = pd.NaT
    if pd.isna(day) or day.tz is not None:
        raise DataError(f"{label} is {value!r}; give a calendar day such as '2025-04-04'")
    return day.normalize()


def _at_least(confidence: str) -> list[str]:
    if confidence not in CONFIDENCE:
        raise DataError(
            f"min_confidence is {confidence!r}; it must be one of {', '.join(CONFIDENCE)}"
        )
    return list(CONFIDENCE[CONFIDENCE.index(confidence) :])
