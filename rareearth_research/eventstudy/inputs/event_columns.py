"""Which columns of an events frame are read, and which look as if somebody thought they were?

A column `ticker` that nobody reads makes of two pairs every pair there is. So a column that would
change the answer if it were read is refused with the line that mends it; others are carried along.

Over which sessions is a study estimated, and over which is it tested?

What is tested may not shape what is expected: estimation lies before, behind or around the span of
the event windows, for every event that has windows of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Ints
from rareearth_research.datasets.event_names import (
    BOUNDS,
    READ,
    WINDOW,
    label,
    named_day,
    named_security,
    plain,
)
from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.eventstudy.inputs.checks import check_apart, check_estimation, check_windows
from rareearth_research.facts import facts

_FACTS = facts(Path(__file__).with_suffix(".toml"))
_CARRIED = frozenset(_FACTS["carried"])  # what lists of events say that no study reads
_CLOCK = r"(event|announce(d|ment)?)?(times?|clock|hours?|timestamp)|minutes?"
_PAIRS = (
    "the security of a row is read from a column 'security', and without it every security is in "
    "every event"
)
_OTHER = _FACTS["others"]  # what a name looks like, and what there is instead
LONGEST = 10  # sessions after session 0 that a clean window reaches if no news ends it before


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


def asked_spans(
    events: pd.DataFrame, estimation: Any, windows: Any, count: int, *, model: str, limit_days: str
) -> tuple[dict[str, Any], tuple[tuple[int, int], int]]:
    """Return how a specification holds both windows, and the shortest estimation with its length.

    Events with windows of their own are judged one by one, and spanned; `count` is the number of
    sessions that returns hold.
    """
    own_estimation = isinstance(estimation, str) and estimation == "events"
    named = windows if isinstance(windows, str) else ""
    own_windows = {"events": "own", "clean": "clean"}.get(named, "")
    if own_estimation:
        bounds = _event_spans(events, "estimation", count)
    else:
        refuse_bounds(events)
        bounds = np.array([check_estimation(estimation)])
    if own_windows == "own":
        ends = _event_spans(events, "windows", count)
    else:
        asked = ((0, LONGEST),) if own_windows else check_windows(windows, None)
        ends = np.array([[min(a for a, _ in asked), max(b for _, b in asked)]])
    check_apart(bounds, ends)
    if model == "garch" and (bounds[:, 1] > ends[:, 0]).any():
        raise SpecificationError(
            "model='garch' forecasts the variance from the end of the estimation window: estimation"
            " must end before the event windows; give such a window, or use model='market'"
        )
    if own_windows == "clean" and limit_days == "extend":
        raise SpecificationError(
            "limit_days='extend' would carry a clean window into the next news; set "
            "limit_days='flag' or give `windows` as numbers"
        )
    first, last = np.broadcast_arrays(bounds, ends)
    around = (first[:, 0] < last[:, 0]) & (last[:, 1] < first[:, 1])
    lengths = np.diff(first)[:, 0] + 1 - around * (np.diff(last)[:, 0] + 1)
    shortest = int(np.argmin(lengths))
    if own_windows == "own":
        asked = check_windows([(ends[:, 0].min(), ends[:, 1].max())], None)
    spans = {
        "estimation": (int(bounds[:, 0].min()), int(bounds[:, 1].max())),
        "windows": asked,
        "own_windows": own_windows,
        "own_estimation": own_estimation,
    }
    begin, end = first[shortest].tolist()
    return spans, ((begin, end), int(lengths[shortest]))


def _event_spans(events: pd.DataFrame, argument: str, count: int) -> Ints:
    """Return each event's own window or estimation window, (E, 2), or raise naming the event.

    ``windows`` are read from ``window_start`` and ``window_end``, ``estimation`` from
    ``estimation_start`` and ``estimation_end``.
    """
    columns = BOUNDS if argument == "estimation" else WINDOW
    for name in columns:
        if name not in events.columns:
            raise SpecificationError(
                f"{argument}='events' reads the columns {columns[0]} and {columns[1]}; events has "
                f"no {name!r}{did_you_mean(name, events.columns)}"
            )
        given = events[name].astype(object)
        number = ~given.map(lambda value: isinstance(value, bool | complex))
        whole = pd.to_numeric(given.where(number), errors="coerce")
        bad = whole.isna() | (whole % 1 != 0)
        if bad.any():
            row = int(np.argmax(bad))
            raise SpecificationError(
                f"event {events['event_id'].iloc[row]!r} has {name}="
                f"{shown(given.iloc[row])}, not a whole number of sessions; write "
                "one, such as -1 or 5"
            )
        if (far := whole.abs() >= count).any():
            row = int(np.argmax(far))
            raise SpecificationError(
                f"event {events['event_id'].iloc[row]!r} has {name}="
                f"{shown(given.iloc[row])}, further than the data ({count} sessions) reach; "
                "shorten it"
            )
    spans = events[[*columns]].astype(int).to_numpy()
    if (backwards := spans[:, 1] < spans[:, 0]).any():
        row = int(np.argmax(backwards))
        raise SpecificationError(
            f"event {events['event_id'].iloc[row]!r} has {argument} [{spans[row, 0]}, "
            f"{spans[row, 1]}] that ends before it starts; write the earlier session first"
        )
    return spans
