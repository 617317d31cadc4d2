"""Events of one's own, in the columns of the policy events: what was not said stays unsaid.

Nothing is upgraded on the way: confidence is as given, or empty; every status is "yours". An event
known by its day alone has no interval and follows the rules of timing: with a zone it spans that
local day, without one its date is the session's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.days import is_blank, read_instant
from rareearth_research.errors import DataError, did_you_mean, shown

YOURS = "yours"
INSTANTS = ("announced_earliest", "announced_latest")
CARRIED = ("name", "direction", "materials", "actor", "confidence", "source", "url")
CHOICES = ("direction", "confidence")  # columns of few words
UNSAID = {
    "date_precision": "day",
    "tier": YOURS,
    "direction": "unknown",
    "instrument_type": "announcement",
    "event_status": "occurred",
    "official_source_status": YOURS,
    "fact_verification": YOURS,
}
SOURCE = {"official_source_title": ("source", "source_title"), "official_source_url": ("url",)}


def own_events(given: pd.DataFrame, where: str, shipped: pd.DataFrame) -> pd.DataFrame:
    """Return events as `read_events` gives them as rows of the policy events.

    Parameters
    ----------
    given : DataFrame
        ``event_id``, and ``date`` or the announcement interval; other columns by their names.
    where : str
        The file, for messages.
    shipped : DataFrame
        The policy events, whose columns these become.

    Raises
    ------
    DataError
        For pairs of events and securities, an event without any time, or a word that is none of
        those a column may hold; the message names file, row and column.
    """
    if "security" in given.columns:
        raise DataError(
            f"{where} has a column of securities; a study holds every event against every security "
            "of its sample. Leave the column out, or use rer.EventStudy on rer.read_events()"
        )
    for column in CHOICES:
        choices = sorted(shipped[column].unique())
        for row, value in enumerate(given.get(column, ())):
            if not is_blank(value) and value not in choices:
                raise DataError(
                    f"{where}, event {shown(given['event_id'].iloc[row])}, column {column}: "
                    f"{shown(value)} is not known{did_you_mean(value, choices)}; use one of "
                    f"{', '.join(choices)}, or nothing"
                )
    given = given.assign(**{
        name: [_instant(value, f"{where}, event {event!r}, column {name}:")
               for value, event in zip(given[name], given["event_id"], strict=True)]
        for name in INSTANTS if name in given.columns
    })  # fmt: skip
    dtypes = shipped.dtypes.astype(str).items()
    frame = pd.DataFrame({str(name): _column(given, str(name), dtype) for name, dtype in dtypes})
    frame["name"] = frame["name"].where(frame["name"] != "", frame["event_id"])
    if INSTANTS[0] in given.columns:  # the day where the announcement was made, by its own clock
        days = [at if at is pd.NaT else at.tz_localize(None).normalize()
                for at in given[INSTANTS[0]]]  # fmt: skip
        frame["date"] = frame["date"].fillna(pd.Series(days).astype("datetime64[us]"))
    frame["time_quality"] = _qualities(frame)
    return frame.assign(origin=YOURS)


def in_small_letters(given: pd.DataFrame) -> pd.DataFrame:
    """Return events with the columns that are taken over under their own names, ``Name`` as one."""
    lower = {name: str(name).strip().lower() for name in given}
    return given.rename(
        columns={n: low for n, low in lower.items() if low in CARRIED and low not in given}
    )


def own_sources(given: pd.DataFrame) -> pd.DataFrame:
    """Return the sources that events as `read_events` gives them name, as rows of the sources."""
    titles, urls = (_column(given, f"official_source_{part}", "str") for part in ("title", "url"))
    rows = {"event_id": given["event_id"].astype("str"), "source_role": YOURS, "title": titles,
            "url": urls, "status": YOURS, "origin": YOURS}  # fmt: skip
    return pd.DataFrame(rows)[(titles != "") | (urls != "")]


def _column(given: pd.DataFrame, name: str, dtype: str) -> pd.Series:
    """Return a column of the policy events as far as it was given."""
    found = next((c for c in (name, *SOURCE.get(name, ())) if c in given.columns), None)
    if found is None and dtype == "bool":
        return pd.Series(name == "usable_default", index=given.index)
    if found is None and dtype == "int64":
        return pd.Series(0, index=given.index)
    if dtype == "str":
        unsaid = UNSAID.get(name, "")
        if found is None:
            return pd.Series(unsaid, index=given.index, dtype="str")
        return given[found].map(lambda v: unsaid if is_blank(v) else str(v).strip()).astype("str")
    if dtype in ("bool", "int64"):  # none of them is for a user to set
        return _column(given.drop(columns=found), name, dtype)
    values = given[found] if found is not None else pd.Series(pd.NaT, index=given.index)
    days: Any = dtype
    return pd.to_datetime(values, utc=dtype.endswith("UTC]")).astype(days)


def _instant(value: Any, what: str) -> Any:
    return pd.NaT if is_blank(value) else read_instant(value, what)


def _qualities(events: pd.DataFrame) -> list[str]:
    first, last = events["announced_earliest"], events["announced_latest"]
    timed = ["exact" if a == b else "bounded" for a, b in zip(first, last, strict=True)]
    days = ["day" if zone else "none" for zone in events["announced_tz"]]
    return [t if known else d for t, d, known in zip(timed, days, first.notna(), strict=True)]


def is_empty(path: Path) -> bool:
    """Return whether a CSV file holds no line beside its heading and comments."""
    if path.suffix.lower() != ".csv":
        return False
    lines = path.read_bytes().splitlines()
    return sum(bool(line.strip()) and not line.lstrip().startswith(b"#") for line in lines) < 2
