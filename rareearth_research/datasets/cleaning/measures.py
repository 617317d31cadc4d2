"""Measures: what is in force on which day, which goods it names, which entities it lists.

An event is an announcement; a measure is what it put into force, and one announcement can carry
several. A measure's history is its periods: in force, suspended, replaced. Statuses of sources are
carried over unchanged, and a start or an end that nobody read stays empty.
"""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.tables.columns import check_known, read_days, refuse
from rareearth_research.datasets.tables.registry import CleaningLog, Raw, described
from rareearth_research.datasets.tables.vocabulary import OTHER_SYMBOLS

KNOWN_UNTIL = "2026-10-05"  # last day of the notes that the newest periods rest on


def clean_status(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return one row per period of a measure, its periods in order of time.

    Raises
    ------
    DataError
        For an unknown event or material, and periods that overlap or end before they start.
    """
    listed = raw["measure_status.csv"]  # the periods of a measure in order of time
    number = listed.groupby(["event_id", "measure"]).cumcount() + 1
    periods = STATUS_TABLE.read({"measure_status.csv": listed.assign(period=number.astype(str))})
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


def _check_named(frame: pd.DataFrame, ids: pd.Series, raw: Raw) -> None:
    check_known(frame["event_id"], ids, raw["policy_events.csv"]["event_id"])
    check_known(frame["materials"], ids, [*raw["materials.csv"]["symbol"], *OTHER_SYMBOLS])


STATUS_TABLE = described("measure_status", clean_status)

CODES = described("measure_codes", clean_codes)

LISTS = described("entity_lists", clean_lists)

TABLES = (STATUS_TABLE, CODES, LISTS)
