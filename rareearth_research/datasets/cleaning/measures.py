"""Measures: what is in force on which day, which goods it names, which entities it lists.

An event is an announcement; a measure is what it put into force, and one announcement can carry
several. A measure's history is its periods: in force, suspended, replaced. Statuses of sources are
carried over unchanged, and a start or an end that nobody read stays empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rareearth_research.datasets.cleaning.events_schema import OTHER_SYMBOLS, STATUS
from rareearth_research.datasets.columns import check_known, day, read_days, refuse, text, whole
from rareearth_research.datasets.registry import CleaningLog, Table

if TYPE_CHECKING:
    import pandas as pd

    Raw = Mapping[str, pd.DataFrame]

__all__ = ["KNOWN_UNTIL", "STATES", "TABLES", "check_periods", "clean_codes", "clean_status"]

KNOWN_UNTIL = "2026-10-05"  # last day of the notes that the newest periods rest on
STATES = ("announced_not_in_force", "in_force", "suspended", "superseded", "withdrawn")
LIST_STATES = ("active", "suspended", "stopped")
EVENT_ID = text("Event that announced the measure.")
MATERIALS = text("Chemical symbols separated by ';'; empty: no specific material.")


def clean_status(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return one row per period of a measure, its periods in order of time.

    Raises
    ------
    DataError
        For an unknown event or material, and periods that overlap or end before they start.
    """
    periods = STATUS_TABLE.read({"measure_status.csv": _with_period(raw)})
    ids = periods["event_id"] + " (" + periods["measure"] + ")"
    _check_named(periods, ids, raw)
    check_known(periods["changed_by"], ids, raw["policy_events.csv"]["event_id"])
    check_periods(periods)
    events = raw["policy_events.csv"]
    dates = read_days(events["announced_date"], events["event_id"])
    periods["announced"] = periods["event_id"].map(
        dict(zip(events["event_id"], dates, strict=True))
    )
    log.record(
        "check_periods",
        0,
        f"Checked, nothing changed: {len(periods)} periods of "
        f"{periods.groupby(['event_id', 'measure']).ngroups} measures do not overlap.",
    )
    return STATUS_TABLE.in_order(periods)


def clean_codes(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return one row per item and code of an announcement."""
    codes = CODES.read(raw)
    _check_named(codes, codes["event_id"], raw)
    return CODES.in_order(codes)


def clean_lists(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return one row per list of entities."""
    lists = LISTS.read(raw)
    check_known(lists["event_id"], lists["number"], raw["policy_events.csv"]["event_id"])
    return LISTS.in_order(lists)


def check_periods(periods: pd.DataFrame) -> None:
    """Refuse periods of one measure that overlap, end before they start or misstate their end."""
    rows = "measure_status.csv: " + periods["measure"] + ", period from " + (
        periods["since"].dt.strftime("%Y-%m-%d").fillna("an unknown day")
    )  # fmt: skip
    refuse(periods["until"] < periods["since"], rows, "ends before it starts; correct one of them")
    dated = periods["until"].notna() == (periods["end"] == "day")
    refuse(~dated, rows, "must have an end 'day' where there is one, and 'open' or 'unknown' else")
    before = periods.groupby(["event_id", "measure"])["until"].shift()
    later = periods["period"] > 1
    refuse(
        later & ~(before < periods["since"]),
        rows,
        "does not start after the period before it ends; correct one of them",
    )


def _with_period(raw: Raw) -> pd.DataFrame:
    """Number the periods of each measure: the file lists them in order of time."""
    periods = raw["measure_status.csv"]
    number = periods.groupby(["event_id", "measure"]).cumcount() + 1
    return periods.assign(period=number.astype(str))


def _check_named(frame: pd.DataFrame, ids: pd.Series, raw: Raw) -> None:
    check_known(frame["event_id"], ids, raw["policy_events.csv"]["event_id"])
    check_known(frame["materials"], ids, [*raw["materials.csv"]["symbol"], *OTHER_SYMBOLS])


STATUS_TABLE = Table(
    name="measure_status",
    title="Measures on critical minerals and their status over time",
    description=(
        "One row per measure and period: who, on what, against whom, in which state, from when to "
        "when (both days count), what changed it. An event can carry several measures. Known to "
        f"{KNOWN_UNTIL}; periods after that are as announced or agreed by then."
    ),
    raw=("measure_status.csv", "policy_events.csv", "materials.csv"),
    sources=("measures_compiled",),
    columns={
        "event_id": EVENT_ID,
        "measure": text("The measure, in words; unique within its event."),
        "period": whole("Number of the period, in order of time.", between=(1, 100)),
        "actor": text("Who acted, several separated by ';'."),
        "materials": MATERIALS,
        "target": text("Whom it concerns, as target_scope of the events."),
        "status": text(
            "in_force; suspended; superseded or withdrawn: no longer there; "
            "announced_not_in_force: decided or planned, not applied.",
            isin=STATES,
        ),
        "announced": day("Date of the event; a period whose start is unknown counts from it."),
        "since": day("First day of the period; empty: start unknown.", nullable=True),
        "until": day("Last day of the period; empty: see end.", nullable=True),
        "end": text(
            "day: until says it; open: no end is set; unknown: whether and when it ended was not "
            "found.",
            isin=("day", "open", "unknown"),
        ),
        "changed_by": text("Event that began the period; empty: the announcement, or none listed."),
        "source_url": text("Page behind the row; empty: address not kept."),
        "verification": text("Status of the row.", isin=STATUS),
        "note": text("What to know before using it."),
    },
    loaders=("load_measures", "measures"),
    clean=clean_status,
    primary_key=("event_id", "measure", "period"),
)

CODES = Table(
    name="measure_codes",
    title="Customs and control codes of measures",
    description=(
        "Customs codes and dual-use control codes by announcement and item. Magnets carry no "
        "customs code in No. 18 of 2025 (SmCo 1C902.a; NdFeB with Tb 1C904.a, with Dy 1C905.a), so "
        "it cannot be matched to trade data through heading 8505.11 by its own text."
    ),
    raw=("measure_codes.csv", "policy_events.csv", "materials.csv"),
    sources=("measures_compiled",),
    columns={
        "event_id": EVENT_ID,
        "instrument_no": text("Number of the announcement that prints the item."),
        "item": text("Goods or technology, in words."),
        "materials": MATERIALS,
        "hs_code": text("Customs code, as printed; empty: none printed, or not read."),
        "control_code": text("Dual-use control code; empty: none printed, or not read."),
        "source_url": text("Page behind the row; empty: address not kept."),
        "verification": text("Status of the row.", isin=STATUS),
        "note": text("What to know before using it."),
    },
    loaders=("load_measure_codes",),
    clean=clean_codes,
    primary_key=("event_id", "instrument_no", "item", "hs_code", "control_code"),
)

LISTS = Table(
    name="entity_lists",
    title="Foreign entities listed by China's Ministry of Commerce",
    description=(
        "One row per list: announcement, number of entities, their country, and whether the list "
        "is active, suspended or stopped."
    ),
    raw=("entity_lists.csv", "policy_events.csv"),
    sources=("measures_compiled",),
    columns={
        "event_id": text("Event that announced the list."),
        "date": day("Day of the announcement."),
        "number": text("Number of the announcement."),
        "list": text(
            "control list: dual-use items are denied; watch list: each export is examined.",
            isin=("control list", "watch list"),
        ),
        "entities": whole("Number of entities.", "entities", between=(1, 1000)),
        "target": text("Country of the entities."),
        "state": text("State of the list, in the last period on record.", isin=LIST_STATES),
        "state_from": day("First day of a state other than active.", nullable=True),
        "state_until": day("Last day of that state, where one is set.", nullable=True),
        "source_url": text("Official page, as known; it may be dead."),
        "verification": text("Status of the row.", isin=STATUS),
        "note": text("What the row rests on."),
    },
    loaders=("load_entity_lists",),
    clean=clean_lists,
    primary_key=("event_id", "number"),
)

TABLES = (STATUS_TABLE, CODES, LISTS)
