"""Is this a list of events that can be timed? Judged once, at the border of every function.

A column that holds a clock time or a zone under another name would be left unread and move an
event across a close without a word, so it is refused with the name under which it is read.
"""

from __future__ import annotations

import difflib
import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arguments import check_frame
from rareearth_research.arrays import Bools
from rareearth_research.datasets.event_names import PRECISIONS, READ, plain, read_names
from rareearth_research.days import is_blank
from rareearth_research.errors import TimingError, did_you_mean, shown

_PLAIN = {name.replace("_", ""): name for name in READ}
_CLOCK = r"(event|announce(d|ment)?|release)?(time|clock|hour|timestamp|datetime)"
_ZONE = r"(event|announce(d|ment)?)?(tz|zone|timezone|utcoffset|gmtoffset)"


def check_events(events: object, name: str = "events") -> pd.DataFrame:
    """Return `events`, columns renamed as `read_names` does, if each has an id and all is read.

    Parameters
    ----------
    events : object
        What was given.
    name : str
        The argument, for the message.

    Raises
    ------
    TimingError
        For no frame, a column twice, a blank id, ids of several kinds, or a column whose name is
        nearly one that is read.
    """
    frame, _ = read_names(check_frame(name, events, (), TimingError), name, error=TimingError)
    check_frame(name, frame, ["event_id"], TimingError)
    ids = frame["event_id"].astype(object)
    for row in (row for row, value in enumerate(ids) if is_blank(value)):
        raise TimingError(
            f"{name} has no event_id in row {row}; give each event one, e.g. with "
            f"{name}.assign(event_id=range(len({name})))"
        )
    if pd.api.types.infer_dtype(ids, skipna=False) in (
        "mixed",
        "mixed-integer",
        "bytes",
        "boolean",
    ):
        odd = next(value for value in ids if not isinstance(value, str))
        raise TimingError(
            f"{name} has the event_id {shown(odd)} among others that are not of its kind; write "
            f"{name}.assign(event_id={name}['event_id'].astype(str))"
        )
    for column in frame.columns:
        if column not in READ:
            _refuse_misnamed(frame, column, name)
    return frame


def texts(events: pd.DataFrame, column: str) -> NDArray[np.object_]:
    """Return a column of texts without blanks around them, ``""`` where there is nothing."""
    if column not in events.columns:
        return np.full(len(events), "", dtype=object)
    values = events[column]
    if isinstance(values.dtype, pd.StringDtype):
        return values.str.strip().fillna("").to_numpy(dtype=object)
    found = np.full(len(values), "", dtype=object)
    for row, value in enumerate(values):
        if not is_blank(value):
            found[row] = value.strip() if isinstance(value, str) else value
    return found


def precisions(events: pd.DataFrame, column: str, ids: NDArray[np.object_]) -> Bools:
    """Return which events are known by a month, quarter or year only, (N,)."""
    if column not in events.columns:
        return np.zeros(len(events), dtype=bool)
    given = texts(events, column)
    for row, value in enumerate(given):
        if not isinstance(value, str) or value not in ("", *PRECISIONS):
            raise TimingError(
                f"event {shown(ids[row])}: {column} {shown(value)} is not known"
                f"{did_you_mean(value, PRECISIONS)}; choose from {', '.join(map(repr, PRECISIONS))}"
            )
    return np.isin(given, PRECISIONS[1:])


def _misspelt(name: str, frame: pd.DataFrame) -> str:
    """Return the missing column that a name comes close to, such as announced_earlist."""
    if not name.startswith(("announced", "effective", "reported")):
        return ""
    missing = [name for name, column in _PLAIN.items() if column not in frame.columns]
    close = difflib.get_close_matches(name, missing, 1, 0.92)
    return _PLAIN[close[0]] if close else ""


def _refuse_misnamed(frame: pd.DataFrame, column: object, name: str) -> None:
    name_of = plain(column)
    timed = "announced_earliest" in frame.columns
    drop = f"{name}.drop(columns={shown(column)})"
    meant = _misspelt(name_of, frame)
    if meant:
        way = f"names are read as they are written; rename it to {meant!r}"
    elif not timed and "announced_tz" not in frame.columns and re.fullmatch(_ZONE, name_of):
        way = (
            "a zone is read from announced_tz, as an IANA name such as 'Asia/Shanghai'; rename it "
            "to 'announced_tz'"
        )
    elif not timed and re.fullmatch(_CLOCK, name_of):
        way = (
            "a clock time is read from announced_earliest and announced_latest; give both as "
            "instants with their zone, such as '2025-04-04T18:00+08:00'"
        )
    else:
        return
    raise TimingError(f"{name} has a column {shown(column)} that is not read: {way}, or {drop}")
