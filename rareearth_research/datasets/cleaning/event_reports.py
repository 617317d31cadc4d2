"""When was a measure first reported, where the list itself says that it was known before?

Only what an event's own anticipation note dates to the day is taken over, and the rule checks that
the note says so. An event without a row has no earlier report on record, which is not the same as
none having appeared.
"""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.tables.columns import check_known, check_unique, read_days, refuse
from rareearth_research.datasets.tables.registry import CleaningLog


def add_first_reports(
    events: pd.DataFrame, reports: pd.DataFrame, log: CleaningLog
) -> pd.DataFrame:
    """Add ``reported_date, reported_kind, reported_basis, reported_status`` to the events.

    Raises
    ------
    DataError
        For an unknown event, a report that is not earlier than the announced date, or a basis that
        the event's anticipation note does not contain.
    """
    reports = reports.copy()
    check_known(reports["event_id"], reports["event_id"], events["event_id"])
    check_unique(reports, ["event_id"], "policy_event_reports")
    reports["reported_date"] = read_days(reports["reported_date"], reports["event_id"])
    event = events.set_index("event_id").loc[reports["event_id"]].reset_index()
    late = reports["reported_date"].to_numpy() >= event["announced_date"].to_numpy()
    notes = zip(reports["basis"], event["anticipation_note"], strict=True)
    unsaid = [basis not in note for basis, note in notes]
    rows = "policy_event_reports.csv: the report of " + reports["event_id"].map(repr)
    refuse(pd.Series(late), rows, "is not before the announced date; correct the row")
    unsaid_words = "rests on words that the event's anticipation_note does not hold"
    refuse(pd.Series(unsaid), rows, f"{unsaid_words}; correct the row")
    log.record(
        "add_first_reports",
        len(reports),
        "The anticipation note dates an earlier report to the day; the date is taken over, its "
        "status is not raised.",
        ", ".join(reports["event_id"]),
    )
    names = {name: f"reported_{name}" for name in ("kind", "basis", "status")}
    added = events.merge(reports.rename(columns=names), on="event_id", how="left")
    return added.fillna(dict.fromkeys(names.values(), ""))
