"""Which columns of an events frame are read, and which look as if somebody thought they were?

A column `ticker` that nobody reads makes of two pairs every pair there is. So a column that would
change the answer if it were read is refused with the line that mends it; others are carried along.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

import pandas as pd

from rareearth_research.datasets.event_names import (
    BOUNDS,
    READ,
    WINDOW,
    label,
    named_day,
    named_security,
    plain,
)
from rareearth_research.errors import SpecificationError, shown

__all__ = ["likely", "refuse_bounds", "refuse_misnamed", "unread"]

# the other columns of this project's list, and what lists of events usually say in words
_CARRIED = frozenset((
    "name", "time_quality", "time_note", "actor", "tier", "direction", "instrument_type",
    "instrument_no", "issuing_authority", "materials", "material_class", "target_scope",
    "effective_end_date", "effective_end_kind", "confounding_events", "linked_events",
    "withdrawn_before_effect", "reported_kind", "reported_basis",
    "reported_status", "anticipated", "anticipation_note", "cluster_id", "usable_default",
    "event_status", "confidence", "confidence_note", "summary", "official_source_title",
    "official_source_url", "official_source_status", "fact_verification", "pages_checked",
    "title", "headline", "note", "notes", "comment", "comments", "description", "source",
    "sources", "url", "link", "text", "topic", "category", "type", "origin",
))  # fmt: skip
_CLOCK = r"(event|announce(d|ment)?)?(times?|clock|hours?|timestamp)|minutes?"
_PAIRS = (
    "the security of a row is read from a column 'security', and without it every security is in "
    "every event"
)
_OTHER = (  # what a name looks like, and what there is instead
    (
        r"est(imation)?(window|start|end|first|last|begin|from|to|length|days)*",
        "estimation='events' reads bounds per event from estimation_start and estimation_end",
    ),
    (
        r"(event)?window(s|start|end|first|last|begin|from|to|length)?",
        "a window per event is read from window_start and window_end with windows='events'",
    ),
    (
        r"benchmarks?|marketindex",
        "a benchmark per security is a mapping, benchmark={'A': ..., 'B': ...}",
    ),
    (
        r"model|weights?|minobs|rule|maxshift|exchange|mic|calendar",
        "this holds for the whole study and is an argument, not a column",
    ),
    (
        r"tz|zone|timezone|utcoffset|gmtoffset",
        "a zone is read from announced_tz (an IANA name such as 'Asia/Shanghai')",
    ),
    (r"(in|ex)cluded?|drop(ped)?|keep|kept|skip(ped)?", "leave such rows out beforehand"),
    (r"confounder|confounded|confounding|contaminated", "other news is read from confounders"),
    (r"precision", "how exact a date is, is read from date_precision"),
)


def refuse_misnamed(
    events: pd.DataFrame, what: str, securities: Collection[str], *, studied: bool = True
) -> None:
    """Raise for a column that is not read and would change the answer if it were.

    Parameters
    ----------
    events : DataFrame
    what : str
        The argument, for the message.
    securities : collection of str
        Columns of the returns; a column that holds nothing else names securities.
    studied : bool
        False for further events, which have no window nor model of their own.
    """
    free = [c for c in events.columns if c not in {*READ, *_CARRIED, *WINDOW, *BOUNDS}]
    if "security" not in events.columns:
        for column in (c for c in free if _holds_only(events[c], securities)):
            _refuse(events, what, column, "security", _PAIRS)
        for column in (c for c in free if named_security(c)):
            first = events[column].dropna().head(1).tolist()
            mend = (
                f"{what}.assign(security={what}[{shown(column)}].map({{{shown(first[0])}: ...}}))"
                if first
                else "write them as returns has them"
            )
            why = f"it names no column of returns; say which is meant, with {mend}"
            _refuse(events, what, column, "", why)
    for column in (c for c in free if named_day(c, events[c])):
        _refuse(events, what, column, "", "the date of an event is read from a column 'date'")
    for column in (c for c in free if re.fullmatch(_CLOCK, plain(c))):
        why = "a clock time is read from announced_earliest and announced_latest, with a zone"
        _refuse(events, what, column, "", why)
    for pattern, why in _OTHER if studied else ():
        for column in (c for c in free if re.fullmatch(pattern, plain(c))):
            _refuse(events, what, column, "", why)


def refuse_bounds(events: pd.DataFrame) -> None:
    """Raise for estimation bounds of each event in a study whose estimation is the same for all."""
    for column in (c for c in BOUNDS if c in events.columns):
        _refuse(events, "events", column, "", "bounds per event are read with estimation='events'")


def likely(events: pd.DataFrame, name: str) -> list[object]:
    """Return the columns that seem to hold what is read from a column `name`."""
    if name == "date":
        return [column for column in events.columns if named_day(column)]
    pattern = r"(event)?(id|key|code|no|number|name)?"
    return [column for column in events.columns if re.fullmatch(pattern, plain(column))]


def unread(columns: Iterable[object], what: str, *, windows: bool) -> list[str]:
    """Return a sentence naming columns that were not used, if there are any.

    `windows` says whether each event has a window of its own.
    """
    read = {*READ, *_CARRIED, *BOUNDS, *(WINDOW if windows else ())}
    left = [column for column in columns if column not in read]
    if not left:
        return []
    return [f"Columns of {what} that are not used: {', '.join(map(shown, left[:9]))}."]


def _refuse(events: pd.DataFrame, what: str, column: object, meant: str, why: str) -> None:
    ways = []
    if meant and meant not in events.columns:
        ways.append(f"rename it to {meant}: {what}.rename(columns={{{shown(column)}: {meant!r}}})")
    ways.append(f"drop it: {what}.drop(columns={shown(column)})")
    raise SpecificationError(
        f"{what} has a column {shown(column)} that is not read: {why}; {', or '.join(ways)}"
    )


def _holds_only(values: pd.Series, securities: Collection[str]) -> bool:
    if pd.api.types.is_numeric_dtype(values.dtype) or not len(securities):
        return False
    known = values.dropna().map(label)
    return bool(len(known)) and bool(known.isin([*securities]).all())
