"""Policy events: what was decided, when it became known, and how sure we are of it.

The announcement is kept as an interval of UTC instants. The raw table states it twice, in local
time and in UTC, so the two are checked against each other and against the announced date. Status
words (`confidence`, `fact_verification`, `official_source_status`) are carried over unchanged:
no rule here may make a fact look surer than its source.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from rareearth_research.datasets.cleaning.event_reports import add_first_reports
from rareearth_research.datasets.tables.columns import (
    check_known,
    first_true,
    read_days,
    read_instants,
    read_numbers,
    refuse,
    split_list,
)
from rareearth_research.datasets.tables.registry import CleaningLog, Raw, described
from rareearth_research.datasets.tables.vocabulary import OTHER_SYMBOLS
from rareearth_research.errors import DataError

NEAR = pd.Timedelta("3D")  # within which other news is named beside an event
RENAMED = {
    "event_name": "name",
    "announced_date": "date",
    "announced_utc_earliest": "announced_earliest",
    "announced_utc_latest": "announced_latest",
    "confounders_pm3d": "confounders",
    "n_verification_pages": "pages_checked",
}


def clean_events(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return one typed, checked row per policy event, by date.

    Raises
    ------
    DataError
        Naming the event, if two sources of the same fact disagree or a value is not of its kind.
    """
    events = EVENTS.read(raw)
    ids = events["event_id"]
    known = [*raw["materials.csv"]["symbol"], *OTHER_SYMBOLS]
    check_known(events["materials"], ids, known)
    events["announced_date"] = read_days(events["announced_date"], ids)
    events = read_intervals(events)
    check_local_times(events, log)
    check_announced_date(events)
    pages = read_numbers(events["n_verification_pages"], ids)
    events["n_verification_pages"] = pages.astype("int64")
    events["target_scope"] = one_name_per_place(events["target_scope"], log)
    events = flag_withdrawn_before_effect(events, log)
    events = add_first_reports(events, raw["policy_event_reports.csv"], log)
    events = name_confounding_events(events, log)
    events = link_events(events, raw["measure_status.csv"], log)
    events = events.rename(columns=RENAMED)[[*EVENTS.columns]]
    return events.sort_values(["date", "event_id"], ignore_index=True)


def clean_event_sources(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return one row per source of an event, each with its own verification status."""
    sources = SOURCES.read(raw)
    events = raw["policy_events.csv"].set_index("event_id")
    check_known(sources["event_id"], sources["title"], events.index)
    checked = sources[sources["source_role"] == "archived_page_checked"]
    pages = checked.groupby("event_id").size().reindex(events.index, fill_value=0)
    differs = pages != events["n_verification_pages"].astype(int)
    if differs.any():
        event_id = first_true(differs)
        raise DataError(
            f"event {event_id!r} counts {events.loc[event_id, 'n_verification_pages']} checked "
            f"pages but policy_event_sources.csv lists {pages[event_id]}; correct one of them"
        )
    return sources.sort_values(
        ["event_id", "source_role", "title", "url"], ascending=[True, False, True, True]
    ).reset_index(drop=True)


def read_intervals(events: pd.DataFrame) -> pd.DataFrame:
    """Parse the two ends of each announcement to UTC instants; refuse an end before its start."""
    ends = ["announced_utc_earliest", "announced_utc_latest"]
    parsed = events.copy()
    for column in ends:
        parsed[column] = read_instants(events[column], events["event_id"])
    earliest, latest = (parsed[column] for column in ends)
    span = events[ends[0]].replace("", "?") + " to " + events[ends[1]].replace("", "?")
    rows = "event " + events["event_id"].map(repr) + ", " + span + ","
    refuse(earliest.isna() != latest.isna(), rows, "has only one end of its announcement interval")
    refuse(latest < earliest, rows, "has an announcement interval that ends before it starts")
    return parsed


def check_local_times(events: pd.DataFrame, log: CleaningLog) -> None:
    """Refuse a local time that is not the same instant as its UTC twin, or an unknown zone."""
    for row in events.to_dict("records"):
        try:
            zone = ZoneInfo(row["announced_tz"])
        except (ZoneInfoNotFoundError, ValueError):
            raise DataError(
                f"event {row['event_id']!r}: announced_tz {row['announced_tz']!r} is not a time "
                "zone of the IANA database"
            ) from None
        for end in ("earliest", "latest"):
            local = row[f"announced_local_{end}"]
            instant = row[f"announced_utc_{end}"]
            as_utc = pd.Timestamp(local).tz_localize(zone).tz_convert("UTC") if local else pd.NaT
            if not (as_utc == instant or (pd.isna(as_utc) and pd.isna(instant))):
                raise DataError(
                    f"event {row['event_id']!r}: the {end} announcement is {local} in "
                    f"{row['announced_tz']} but {instant} in UTC; these are different instants"
                )
    timed = int((events["announced_local_earliest"] != "").sum())
    log.record(
        "check_local_times",
        0,
        f"Checked, nothing changed: local and UTC times of {timed} announcements are the same "
        f"instants; {len(events) - timed} events have no time.",
    )


def check_announced_date(events: pd.DataFrame) -> None:
    """Refuse an announced date outside the local days of the announcement interval.

    Month and year precision must come without an interval: their day is a placeholder.
    """
    timed = events["announced_local_earliest"] != ""
    day = events["announced_date"].dt.strftime("%Y-%m-%d")
    outside = timed & (
        (day < events["announced_local_earliest"].str[:10])
        | (day > events["announced_local_latest"].str[:10])
    )
    too_exact = timed & (events["date_precision"] != "day")
    rows, mend = "event " + events["event_id"].map(repr), "correct policy_events.csv"
    refuse(outside, rows, f"has an announced date outside its announcement interval; {mend}")
    refuse(
        too_exact,
        rows,
        f"has an announcement interval although its date is known less exactly; {mend}",
    )


def one_name_per_place(scope: pd.Series, log: CleaningLog) -> pd.Series:
    """Write every target by one name: ``JP`` and ``Japan`` are both ``Japan``."""
    named = scope.map(
        lambda value: ";".join("Japan" if p == "JP" else p for p in split_list(value))
    )
    log.record(
        "one_name_per_place",
        (named != scope).sum(),
        "The scope list wrote Japan in two ways; a filter must find both.",
        "JP -> Japan",
    )
    return named


def flag_withdrawn_before_effect(events: pd.DataFrame, log: CleaningLog) -> pd.DataFrame:
    """Flag measures whose end precedes their effective date: they never applied."""
    withdrawn = events["effective_end_date"] < events["effective_date"]
    differs = withdrawn != (events["effective_end_kind"] == "dropped")
    differs |= events["effective_end_date"].isna() != (events["effective_end_kind"] == "")
    rows = "event " + events["event_id"].map(repr)
    refuse(
        differs, rows, "has an effective_end_kind that its dates contradict; correct one of them"
    )
    log.record(
        "flag_withdrawn_before_effect",
        withdrawn.sum(),
        "Suspended or dropped before the effective date: the dates are right, "
        "but the measure never applied.",
        ", ".join(events.loc[withdrawn, "event_id"]),
    )
    return events.assign(withdrawn_before_effect=withdrawn)


def name_confounding_events(events: pd.DataFrame, log: CleaningLog) -> pd.DataFrame:
    """Name the listed events announced within three days; placeholders are near nothing."""
    date = events["announced_date"].where(events["date_precision"] == "day").to_numpy()
    near = abs(date[:, None] - date[None, :]) <= NEAR.to_numpy()
    np.fill_diagonal(near, val=False)
    ids = events["event_id"].to_numpy()
    named = [";".join(sorted(ids[row])) for row in near]
    log.record(
        "name_confounding_events",
        near.any(axis=1).sum(),
        "Other listed events within three calendar days, by id; news that is no listed event stays "
        "in the words of confounders.",
    )
    return events.assign(confounding_events=named)


def link_events(events: pd.DataFrame, measures: pd.DataFrame, log: CleaningLog) -> pd.DataFrame:
    """Point each event to the events whose measures it changed, beside the links kept by hand."""
    ids = events["event_id"]
    for frame, column in ((events, "linked_events"), (measures, "changed_by")):
        check_known(frame[column], frame["event_id"], ids)
    changes = measures[measures["changed_by"] != measures["event_id"]].groupby("changed_by")
    changed = changes["event_id"].agg(set).to_dict()
    linked = [
        ";".join(sorted(changed.get(event, set()) | set(split_list(own))))
        for event, own in zip(ids, events["linked_events"], strict=True)
    ]
    log.record(
        "link_events",
        sum(map(bool, linked)),
        "An event points to those whose measures it changed, as measure_status says.",
    )
    return events.assign(linked_events=linked)


EVENTS = described("policy_events", clean_events)

SOURCES = described("policy_event_sources", clean_event_sources)

TABLES = (EVENTS, SOURCES)
