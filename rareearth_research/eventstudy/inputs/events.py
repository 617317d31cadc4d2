"""Are the events of a study events at all? One id and one date, or interval, each.

Each message names the event, the row or the column at fault and what to do instead. Dates are read
by `rareearth_research.days`, in frames and in lists alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_frame
from rareearth_research.arrays import Bools
from rareearth_research.datasets.event_names import (
    DATED_BY,
    PRECISIONS,
    label,
    named_security,
    read_names,
    says_none,
)
from rareearth_research.days import is_blank, is_zone, plain_days, read_stamp
from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.eventstudy.inputs.event_columns import likely, refuse_misnamed

_DAYS = ("date", "effective_date", "reported_date")
_REMEDY = {
    "event_id": "give each announcement one, such as its day: "
    "{0}.assign(event_id={0}['date'].astype(str)); ",
    "date": "",
}
_ONE_EVENT = pd.Timedelta(days=15)


def check_events(
    events: Any, what: str = "events", securities: Collection[str] = (), *, studied: bool = True
) -> tuple[pd.DataFrame, list[str]]:
    """Return `events` as a frame with event_id and a date or interval, and what was read how.

    Parameters
    ----------
    events : DataFrame, Series or list of dates
        A Series of dates by security is pairs.
    what : str
        Name of the argument, for messages.
    securities : collection of str
        Columns of the returns.
    studied : bool
        False for further events, which only have to be placed.

    Returns
    -------
    tuple of DataFrame and list of str
        Days are ``datetime64[ns]`` (instants with their zone stay objects); sentences for the
        notes of the study.

    Raises
    ------
    SpecificationError
    """
    if isinstance(events, pd.Series) and _is_by_security(events, what, securities):
        events = _from_series(events, what)
    told: list[str] = []
    if isinstance(events, pd.DataFrame):
        frame, told = read_names(check_frame(what, events), what, securities)
        _judge(frame, what, securities, studied)
    else:
        frame = _from_dates(events, what)
    keys = ["event_id", "security"] if "security" in frame.columns else ["event_id"]
    twice = frame.duplicated(keys)
    if twice.any():
        row = frame.loc[twice, keys].iloc[0]
        raise SpecificationError(
            f"{what} lists {' / '.join(shown(str(v)) for v in row)} more than once; "
            "an event id stands for one announcement"
            + ("" if len(keys) == 2 else " (add a column 'security' to list pairs)")
        )
    read = {
        name: _read_days(frame[name], frame["event_id"], what)
        for name in _DAYS
        if name in frame.columns
    }
    frame = frame.assign(**read).reset_index(drop=True)
    if len(keys) == 2:
        _refuse_apart(frame, what)
    return frame, told


def named_confounders(events: pd.DataFrame) -> Bools:
    """Return which events have a confounder listed, (E,): a text that is no "no", or True."""
    if "confounders" not in events.columns:
        return np.zeros(len(events), dtype=bool)
    return np.array([not says_none(value) for value in events["confounders"]], dtype=bool)


def _is_by_security(events: pd.Series, what: str, securities: Collection[str]) -> bool:
    """Return whether the index of a series names securities; raise where it may be meant to."""
    index = events.index
    if isinstance(index, pd.RangeIndex | pd.DatetimeIndex) and not named_security(index.name):
        return False
    strange = [name for name in index if label(name) not in securities]
    if not strange or not len(securities):
        return not strange
    if pd.api.types.is_numeric_dtype(index) and len(strange) == len(index):
        return False  # places in a table that the dates were taken from
    raise SpecificationError(
        f"{what}: a Series of dates by security means pairs, and its index names "
        f"{shown(strange[0])}, which is not a column of returns"
        f"{did_you_mean(strange[0], securities)}; write names as returns has them, or for the "
        f"dates alone give list({what})"
    )


def _from_series(events: pd.Series, what: str) -> pd.DataFrame:
    """Return pairs of dates by security; one day is one announcement."""
    dates = events.explode()
    listed = _from_dates(dates, what)
    return listed.assign(security=[label(name) for name in dates.index])


def _judge(frame: pd.DataFrame, what: str, securities: Collection[str], studied: bool) -> None:
    if frame.empty:
        raise SpecificationError(
            f"{what} is empty: give at least one event (did a filter drop all?)"
        )
    listed = shown(", ".join(map(str, frame.columns)), 300)
    for name, there, lacking in (
        ("event_id", "event_id" in frame.columns, "no column 'event_id'"),
        ("date", set(DATED_BY) & {*frame.columns}, "no column 'date' and no announcement interval"),
    ):
        if not there:
            alike = likely(frame, name)
            raise SpecificationError(
                f"{what} has {lacking}{did_you_mean(name, frame.columns)}; "
                + (
                    f"rename yours: {what}.rename(columns={{{shown(alike[0])}: {name!r}}}); "
                    if alike
                    else _REMEDY[name].format(what)
                )
                + f"its columns are {listed}"
            )
    refuse_misnamed(frame, what, securities, studied=studied)
    for name in {"event_id", "security"} & set(frame.columns):
        check_labels(frame[name], frame["event_id"], what)
    for name in {"announced_tz", *(f"{day}_precision" for day in _DAYS)} & set(frame.columns):
        _check_words(frame[name], frame["event_id"], what)


def _refuse_apart(events: pd.DataFrame, what: str) -> None:
    """Raise where one event id has dates that no zones, weekends and holidays can explain."""
    for name in {"date", "announced_earliest"} & {*events.columns}:
        if not pd.api.types.is_datetime64_any_dtype(events[name].dtype):
            continue
        ends = events[name].groupby(events["event_id"], sort=False).agg(["min", "max"])
        apart = ends["max"] - ends["min"] > _ONE_EVENT
        if apart.any():
            event, (first, last) = ends.index[apart][0], ends[apart].iloc[0]
            raise SpecificationError(
                f"{what}: event {shown(event)} is of {first.date()} and of {last.date()}; an event "
                "id stands for one announcement: give each its own, such as "
                f"{what}.assign(event_id={what}['event_id'] + ' ' + {what}['{name}'].astype(str))"
            )


def check_labels(names: pd.Series, ids: pd.Series, what: str) -> None:
    """Raise where an event id, a security or a window is blank or no name."""
    given = names.astype(object)
    bad = np.array(given.isna() | (given == ""), dtype=bool)
    if pd.api.types.infer_dtype(given, skipna=True) not in ("string", "integer"):
        named = (str, int, float, np.number)
        bad |= [not isinstance(v, named) or isinstance(v, bool) for v in given]
    if bad.any():
        row = int(np.argmax(bad))
        whose = "" if names.name == "event_id" else f" (event {shown(ids.iloc[row])})"
        raise SpecificationError(
            f"{what} has no {names.name} in row {row}{whose}: one name is expected, and "
            f"{shown(given.iloc[row])} is none; give each pair a row of its own"
        )


def _check_words(words: pd.Series, ids: pd.Series, what: str) -> None:
    """Raise where a precision or a zone is not known."""
    zones = words.name == "announced_tz"
    remedy = (
        "use an IANA name such as 'Asia/Shanghai'"
        if zones
        else f"it must be one of {', '.join(PRECISIONS)}, or blank"
    )
    known: set[str] = set()
    for row, value in enumerate(words):
        if (isinstance(value, str) and value in known) or is_blank(value):
            continue
        if not isinstance(value, str) or not (is_zone(value) if zones else value in PRECISIONS):
            raise SpecificationError(
                f"{what} has {words.name}={shown(value)} in row {row} (event "
                f"{shown(ids.iloc[row])}); {remedy}"
            )
        known.add(value)


def _read_days(column: pd.Series, ids: pd.Series, what: str) -> pd.Series:
    """Return days as datetime64[ns]; objects where some carry a zone."""
    quick = plain_days(column)
    if quick is not None:
        return pd.Series(quick, index=column.index, name=column.name)
    stamps: list[Any] = []
    for row, (value, event) in enumerate(zip(column, ids, strict=True)):
        which = f"{what}: event {shown(event)} (row {row}): {column.name}"
        if is_blank(value):
            stamps.append(pd.NaT)
        else:
            stamps.append(read_stamp(value, which, SpecificationError))
    if any(stamp.tzinfo is not None for stamp in stamps if stamp is not pd.NaT):
        return pd.Series(stamps, index=column.index, name=column.name, dtype=object)
    days = pd.DatetimeIndex(stamps, dtype="datetime64[ns]")
    return pd.Series(days, index=column.index, name=column.name)


def _from_dates(events: Any, what: str) -> pd.DataFrame:
    if isinstance(events, str | bytes | dict) or not isinstance(events, Iterable):
        events = [events]
    try:
        listed = list(events)
    except TypeError:  # an array of no dimensions
        listed = [events]
    if not listed:
        raise SpecificationError(
            f"{what} is empty: give at least one event (did a filter drop all?)"
        )
    stamps = []
    for row, value in enumerate(listed):
        if np.ndim(value) or isinstance(value, dict | set):
            raise SpecificationError(
                f"{what} must be a DataFrame with event_id and date, or a list of dates; item "
                f"{row} is {shown(value)}"
            )
        which = f"{what}, a list of dates: in row {row}"
        stamps.append(read_stamp(value, which, SpecificationError))
    ids = [str(s.date()) if s.tzinfo is None else s.isoformat() for s in stamps]
    return pd.DataFrame({"event_id": ids, "date": pd.Series(stamps, dtype=object)})
