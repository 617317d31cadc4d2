"""Is this a study of the project's own securities, and does it lack what its studies apply?

`rer.studies` leaves out securities that were not in the business, and keeps placebo sessions away
from every listed event. A study put together by hand may do without; then its summary says so, and
how to get the same numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rareearth_research.errors import DataError

if TYPE_CHECKING:
    from rareearth_research.eventstudy.results.results import EventStudyResults

__all__ = ["shipped_notes"]


def shipped_notes(result: EventStudyResults) -> list[str]:
    """Return what differs from `rer.studies.event_study`; nothing for securities of one's own."""
    from rareearth_research.datasets import load_securities

    spec, notes = result.specification, []
    try:
        table = load_securities()
    except DataError:  # a study of the user's own data needs no table of this project
        return []
    if not {*spec.names} <= {*table.index}:
        return []
    if not spec.exposure:
        first = result.car[result.car["window"] == spec.labels[0]]
        dates = table.loc[first["security"], ["exposure_from", "exposure_until"]].set_axis(
            first.index
        )
        outside = (first["session"] < dates["exposure_from"]) | (
            first["session"] > dates["exposure_until"]
        )
        if outside.any():
            who = ", ".join(first.loc[outside, "security"].unique())
            notes.append(
                f"Exposure dates are not applied: {outside.sum()} of {len(first)} pairs lie "
                f"outside them ({who}). Pass exposure=rer.load_securities() to leave them out."
            )
    if not spec.known_events:
        notes.append(
            "Other listed events are not looked for: pass known_events=rer.load_events(), and "
            "exclude_near=rer.load_events() to rer.placebo()."
        )
    return notes
