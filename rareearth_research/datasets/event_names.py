"""What do others call the security and the date of an event, and which column is meant?

A column is read under another name only where nothing else could be meant: by its name and, for a
security, because it holds names of the returns' columns. Two columns that could be it are refused.
What was read under which name is said. `event_names.toml` lists what others write.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from rareearth_research.days import is_blank
from rareearth_research.errors import RareEarthError, SpecificationError, listed, shown
from rareearth_research.facts import facts

DATED_BY = ("date", "announced_earliest", "effective_date", "effective_earliest",
            "reported_date", "reported_earliest")  # fmt: skip
READ = ("event_id", "security", "date_precision", "announced_latest", "announced_tz",
        "effective_date_precision", "effective_latest", "reported_date_precision",
        "reported_latest", "confounders", *DATED_BY)  # fmt: skip
WINDOW = ("window_start", "window_end")  # read with windows="events"
PRECISIONS = ("day", "month", "quarter", "year")
BOUNDS = ("estimation_start", "estimation_end")  # read with estimation="events", else refused
_CALLED = facts(Path(__file__).with_suffix(".toml"))
_WORDS = frozenset(_CALLED["securities"])
_NONE = frozenset(_CALLED["none"])
_SECURITY = _CALLED["security"]
_DAY = "|".join(_CALLED["days"])


def plain(name: object) -> str:
    """Return a column's name without case, blanks and signs."""
    return re.sub(r"\W|_", "", str(name)[:100].casefold())


def named_security(name: object) -> bool:
    """Return whether a column is called as others call securities."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", str(name)[:100])
    words = {plain(name), *(part.casefold() for part in parts)}
    return bool(words & _WORDS) or re.fullmatch(_SECURITY, plain(name)) is not None


def named_day(name: object, values: pd.Series | None = None) -> bool:
    """Return whether a column is called as others call the date of an event.

    An ``announcement`` is a date only if its `values` begin with one: it may be told in words.
    """
    if plain(name) == "announcement" and values is not None and not _is_dated(values):
        return False
    return re.fullmatch(_DAY, plain(name)) is not None


def says_none(value: object) -> bool:
    """Return whether a cell of a column such as ``confounders`` says that there is nothing."""
    return is_blank(value) or str(value).strip().casefold() in _NONE


def label(value: object) -> str:
    """Return a security as a name: a PERMNO is text without decimals."""
    whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value)  # type: ignore[call-overload]


def read_names(
    events: pd.DataFrame,
    what: str = "events",
    securities: Collection[str] = (),
    error: type[RareEarthError] = SpecificationError,
) -> tuple[pd.DataFrame, list[str]]:
    """Return `events` with the columns of others under the names that are read, and what was done.

    Parameters
    ----------
    events : DataFrame
        With any columns, or levels of its index, that hold an id, a date or a security.
    what : str
        The argument, for messages.
    securities : collection of str
        Columns of the returns. Without any, no security is looked for.
    error : type
        The class of `RareEarthError` to raise.

    Raises
    ------
    RareEarthError
        If two columns could be meant.

    Notes
    -----
    Names that are read are known in any case (``Event_ID``). A list in a cell of ``security``
    stands for one row for each of its members. Columns that nobody understands stay as they are.
    """
    frame, told = _without_index(events), []
    meant = {plain(name): name for name in (*READ, *WINDOW, *BOUNDS)}
    called = {column: meant.get(plain(column)) for column in frame.columns}
    found: dict[object, str] = {}
    for name in meant.values():
        same = [column for column, name_ in called.items() if name_ == name]
        if same and name not in same and name != "security":
            found[_one(same, frame, name, what, error)] = name
    there = {*frame.columns, *found.values()}
    if not there & {*DATED_BY}:
        days = [c for c in frame.columns if c not in found and named_day(c, frame[c])]
        if days:
            found[_one(days, frame, "date", what, error)] = "date"
    if "security" not in there and securities:
        known = {*securities}
        held = [
            c
            for c in frame.columns
            if c not in {*READ, *found} and named_security(c) and known & _members(frame[c])
        ]
        if held:
            found[_one(held, frame, "security", what, error)] = "security"
    if found:
        as_read = ", ".join(f"{shown(column)} as {name}" for column, name in found.items())
        told.append(f"Read in {what}: {as_read}.")
        frame = frame.rename(columns=found)
    if "security" in frame.columns:
        several = frame["security"].map(_is_list)
        if several.any():
            frame = frame.assign(security=frame["security"].map(_in_order)).explode("security")
            frame = frame.reset_index(drop=True)
            told.append(f"Lists in {what} are one row for each security.")
        if pd.api.types.is_float_dtype(frame["security"].dtype):
            frame = frame.assign(security=frame["security"].map(label, na_action="ignore"))
    return frame, told


def _without_index(events: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with those levels of its index as columns that have a name of their own."""
    levels = [
        name
        for name in events.index.names
        if name is not None and name not in events.columns
        and (plain(name) in map(plain, READ) or named_security(name) or named_day(name))
    ]  # fmt: skip
    return events.reset_index(level=levels) if levels else events


def _one(
    columns: Sequence[object],
    frame: pd.DataFrame,
    name: str,
    what: str,
    error: type[RareEarthError],
) -> object:
    """Return the only column, or the first of several that say the same, or raise."""
    first, *others = columns
    for other in others:
        pairs = zip(frame[first], frame[other], strict=True)
        if not all(_as_text(a) == _as_text(b) for a, b in pairs):
            raise error(
                f"{what} has the columns {listed(map(shown, columns))}, and each could be the "
                f"{name} of an event; drop those that are not, such as "
                f"{what}.drop(columns={shown(other)})"
            )
    return first


def _as_text(value: object) -> str:
    return str(value)[:10] if isinstance(value, pd.Timestamp) else label(value)


def _members(values: pd.Series) -> set[str]:
    return {label(one) for value in values for one in (value if _is_list(value) else [value])}


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple | set | frozenset | np.ndarray | pd.Series)


def _in_order(value: object) -> object:
    return sorted(value, key=str) if isinstance(value, set | frozenset) else value


def _is_dated(values: Iterable[object]) -> bool:
    """Return whether the first value that is given is a day, or text that begins as one."""
    given = pd.Series(values).dropna()
    if not len(given):
        return False
    first = given.iloc[0]
    return hasattr(first, "year") or re.match(r"\d{4}", str(first)) is not None
