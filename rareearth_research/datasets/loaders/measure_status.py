"""Measures: what is in force on a day, which goods are named, which entities are listed."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.catalog import read
from rareearth_research.datasets.cleaning.measures import KNOWN_UNTIL, STATUS_TABLE
from rareearth_research.datasets.loaders.filters import Names, choose, matching
from rareearth_research.datasets.loaders.materials import symbols_in
from rareearth_research.days import Day, read_day

KEY = ["event_id", "measure"]
SHOWN = [*KEY, "actor", "status", "since", "until", "materials", "target", "changed_by",
         "verification"]  # fmt: skip
ALL_MEASURES = "See rer.load_measures() for all"


def measures(
    on: Day | None = None,
    *,
    materials: Names | None = None,
    actor: Names | None = None,
    status: Names | None = None,
    target: Names | None = None,
) -> pd.DataFrame:
    """Return which measures are in force, suspended or ended on a day.

    Parameters
    ----------
    on : str or date, optional
        The day; by default the last one up to which measures are known, 5 October 2026. A later
        day is answered from what was announced or agreed by then.
    materials : str or list of str, optional
        Chemical symbols or element names; a measure on any of them matches.
    actor : str or list of str, optional
        Such as ``"CN"``.
    status : str or list of str, optional
        ``"in_force"``, ``"suspended"``, ``"announced_not_in_force"``, ``"superseded"``,
        ``"withdrawn"``.
    target : str or list of str, optional
        Such as ``"US"``; measures against all countries are ``"all"``.

    Returns
    -------
    DataFrame
        One row per measure with a period that holds the day, both of its ends included:
        ``event_id, measure, actor, status, since, until, materials, target, changed_by,
        verification``. ``since`` is empty where the start is unknown; such a measure counts from
        the date of its event. ``attrs["note"]`` says what the answer does not know, and
        ``attrs["ended"]`` lists measures whose last period ended before the day.

    Raises
    ------
    DataError
        For what is no day, and for a value that occurs nowhere, naming the nearest.

    Examples
    --------
    >>> measures("2026-11-25", materials="gallium", target="US")["status"].tolist()
    ['in_force', 'suspended', 'in_force', 'withdrawn', 'withdrawn', 'in_force', 'in_force']
    """
    day = read_day(KNOWN_UNTIL if on is None else on, "on")
    periods = load_measures(materials=materials, actor=actor, target=target)
    # nobody read the start: from the announcement on; nor the end: on no day at all
    start = periods["since"].fillna(periods["announced"])
    placeless = periods["since"].isna() & (periods["end"] == "unknown")
    holds = (start <= day) & (periods["until"].isna() | (day <= periods["until"])) & ~placeless
    if status is not None:
        holds &= matching(
            periods["status"], status, "status", ALL_MEASURES, STATUS_TABLE.columns["status"].isin
        )
    found = periods.loc[holds, SHOWN].reset_index(drop=True)
    last = periods[~placeless].groupby(KEY, sort=False).tail(1)
    ended = last.loc[last["until"] < day, [*KEY, "until"]]
    found.attrs["note"] = _note(day, periods[holds], periods[placeless], ended)
    found.attrs["ended"] = ended.assign(until=ended["until"].dt.strftime("%Y-%m-%d")).to_dict(
        "records"
    )
    return found


def load_measures(
    *,
    event_ids: Names | None = None,
    materials: Names | None = None,
    actor: Names | None = None,
    status: Names | None = None,
    target: Names | None = None,
) -> pd.DataFrame:
    """Return the status history of measures, one row per measure and period.

    Parameters
    ----------
    event_ids : str or list of str, optional
        Events that announced them.
    materials, actor, status, target : str or list of str, optional
        As in `measures`.

    Returns
    -------
    DataFrame
        With a RangeIndex, the periods of a measure in order of time. ``end`` tells an end that is
        open from one that was not found.

    Raises
    ------
    DataError
        For a value that occurs nowhere, naming the nearest.
    """
    periods = read("measure_status")
    return choose(
        periods,
        ALL_MEASURES,
        event_ids=("event_id", event_ids),
        materials=("materials", symbols_in(periods["materials"], materials)),
        actor=("actor", actor),
        status=("status", status),
        target=("target", target),
    )


def load_measure_codes(
    *, event_ids: Names | None = None, materials: Names | None = None
) -> pd.DataFrame:
    """Return the customs codes and control codes that announcements print.

    Parameters
    ----------
    event_ids : str or list of str, optional
        Events that announced the measures.
    materials : str or list of str, optional
        Chemical symbols or element names.

    Returns
    -------
    DataFrame
        ``hs_code`` or ``control_code`` is empty where the announcement prints none, or it was not
        read; ``note`` says which.

    Raises
    ------
    DataError
        For a value that occurs nowhere, naming the nearest.
    """
    codes = read("measure_codes")
    return choose(
        codes,
        "See rer.load_measure_codes() for all",
        event_ids=("event_id", event_ids),
        materials=("materials", symbols_in(codes["materials"], materials)),
    )


def load_entity_lists(
    *, event_ids: Names | None = None, target: Names | None = None, state: Names | None = None
) -> pd.DataFrame:
    """Return the lists of foreign entities by China's Ministry of Commerce.

    Parameters
    ----------
    event_ids : str or list of str, optional
        Events that announced them.
    target : str or list of str, optional
        Country of the entities: ``"US"``, ``"Japan"``, ``"EU"``, ``"Taiwan"``.
    state : str or list of str, optional
        ``"active"``, ``"suspended"``, ``"stopped"``.

    Returns
    -------
    DataFrame
        One row per list, with the number of entities.

    Raises
    ------
    DataError
        For a value that occurs nowhere, naming the nearest.
    """
    return choose(
        read("entity_lists"),
        "See rer.load_entity_lists() for all",
        event_ids=("event_id", event_ids),
        target=("target", target),
        state=("state", state),
    )


def _note(
    day: pd.Timestamp, held: pd.DataFrame, placeless: pd.DataFrame, ended: pd.DataFrame
) -> str:
    """Say what an answer for a day does not know."""
    known = pd.Timestamp(KNOWN_UNTIL)
    parts = [f"Measures on {_day(day)}" + (f", as known on {_day(known)}." if day > known else ".")]
    for words, rows in (
        ("Start unknown", held[held["since"].isna()]),
        ("End not found", held[held["end"] == "unknown"]),
        ("On no day, since neither start nor end is known", placeless),
        ("Last known period over", ended),
    ):
        if len(rows):
            parts.append(f"{words}: {'; '.join(rows['measure'])}.")
    return " ".join(parts)


def _day(date: pd.Timestamp) -> str:
    return f"{date.day} {date:%B %Y}"
