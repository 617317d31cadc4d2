"""Which day does a cell mean? Read where all cells of a column can be read in one way only.

A column is of one kind: dates as such, year first, digits alone, with the name of the month, serial
days of a spreadsheet, or two numbers and a year. In the last kind one cell above 12 shows which of
the two is the day; without one both readings are possible, and the format is asked for.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import is_number
from rareearth_research.datasets.reading.cells.options import Options
from rareearth_research.days import is_blank, read_day
from rareearth_research.errors import shown
from rareearth_research.readings import MONTH, MONTHS, PATTERNS, flat, full_year, readings

SPANS = re.compile(
    rf"\d{{4}}([-/.]\d{{1,2}}|-?[MQ]\d{{1,2}}|年(\d{{1,2}}月)?)?|(19|20)\d{{2}}(0[1-9]|1[0-2])"
    rf"|{MONTH}[ -]?'?(\d{{4}}|\d{{2}})",
    re.I | re.ASCII,
)
SERIALS = (25_569, 60_000)  # 1970 to 2064; counted from 1970, as R does, this would be after 2040
ORIGINS = {1900: pd.Timestamp("1899-12-30"), 1904: pd.Timestamp("1904-01-01")}
NONE = "is no day of the calendar"
SAID = {
    "date": "dates as such",
    "year first": "year first",
    "digits": "digits, YYYYMMDD",
    "serial": "serial days of a spreadsheet, counted from {}",
    "day and name": "day and name of the month",
    "name and day": "name of the month and day",
}


def kind_of(cell: Any) -> str:
    """Return the kind of a date that a cell can be: one of `SAID`, "numeric", "span" or ""."""
    if isinstance(cell, str):
        text = flat(cell)
        for kind, pattern in PATTERNS.items():
            if pattern.fullmatch(text):
                return kind
        if SPANS.fullmatch(text):
            return "span"
        return "serial" if text.isdecimal() and _in_serials(int(text[:9])) else ""
    if isinstance(cell, pd.Period):
        return "date" if cell.freqstr in ("D", "B") else "span"
    if isinstance(cell, dt.date | np.datetime64) and not is_blank(cell):
        return "date"
    if is_number(cell) and float(cell).is_integer():
        if PATTERNS["digits"].fullmatch(f"{cell:.0f}"):
            return "digits"
        return "serial" if _in_serials(cell) else "span" if SPANS.fullmatch(f"{cell:.0f}") else ""
    return ""


def written(cell: Any, form: str) -> str:
    """Return "written" for a text that is a date as `form` says, else an empty text."""
    try:
        fits = form and isinstance(cell, str) and dt.datetime.strptime(cell.strip(), form)
    except (ValueError, re.error):  # said with its row, or of the form itself, once it is read
        fits = None
    return "written" if fits else ""


def read_days(column: pd.Series, name: str, what: str, options: Options) -> tuple[pd.Series, str]:
    """Return a column of days, and how they were read.

    Parameters
    ----------
    column : Series
        Cells that are not blank; the index is the row in the file.
    name : str
        Of the column.
    what : str
        The file, for messages.
    options : Options

    Returns
    -------
    Series of Timestamp and str
    """
    if options.date_format:
        text = column.map(lambda cell: isinstance(cell, str) or kind_of(cell) == "digits")
        if "%H" in options.date_format or "%I" in options.date_format:
            column = column.map(lambda cell: cell if kind_of(cell) != "date" else _midnight(cell))
        column = column.astype(object)
        if text.any():
            written = column[text].map(
                lambda cell: cell if isinstance(cell, str) else f"{cell:.0f}"
            )
            column[text] = by_format(written, name, what, options).map(_midnight)
    values = column.drop_duplicates()
    kinds = values.map(kind_of)
    kind = Counter(kinds).most_common(1)[0][0] if len(kinds) else "date"
    days: dict[Any, pd.Timestamp] = {}
    first_day = (
        _day_first(values[kinds == kind], name, what, options) if kind == "numeric" else None
    )
    for (row, value), own in zip(values.items(), kinds, strict=True):
        day = _day(value, own, first_day, ORIGINS[options.counted_from]) if own == kind else None
        days[value] = (
            day if day is not None else _refused(value, own, first_day, row, name, what, options)
        )
    how = SAID.get(kind, f"{'day' if first_day else 'month'} first").format(options.counted_from)
    if options.date_format and kind == "date":
        how = f"by date_format {options.date_format}"
    return column.map(days).astype("datetime64[ns]"), how


def by_format(column: pd.Series, name: str, what: str, options: Options) -> pd.Series:
    """Return dates of text that are written as `date_format` says."""
    form = options.date_format
    try:
        dates = pd.to_datetime(column.str.strip(), format=form, errors="coerce")
    except (ValueError, re.error) as error:
        options.refuse(
            f"date_format {shown(form)}: {shown(str(error), 200)}; write one such as "
            f"{options.key('date_format', '%d.%m.%Y')}"
        )
    if dates.isna().any():
        row = dates.index[dates.isna()][0]
        if why := readings(column[row])[1]:
            options.refuse(
                f"{what}, row {row}: {name!r}: {shown(column[row])} {NONE}: {why}; correct it"
            )
        options.refuse(
            f"{what}, row {row}: {shown(column[row])} in {name!r} is not a date of the form "
            f"{form}; write how its dates are written, {options.key('date_format', '%Y-%m-%d')}, "
            "or remove the row if it is none of the table's"
        )
    return dates


def is_midnight(clock: str) -> bool:
    """Return whether a clock time is the first of its day."""
    return not re.search("[1-9]", re.sub("^12(?=.*AM)", "0", clock.upper()))


def _clock(value: Any) -> str:
    """Return how the clock time of a text is written, with what stands before it."""
    found = re.search(
        r"([T ]+)\d{1,2}:\d{2}(:\d{2})?([.]\d+)?( ?[AP]M)?( ?(?:[+-]\d|Z|UTC|GMT))?",
        str(value), re.I,
    )  # fmt: skip
    if not found:
        return ""
    half = (found[4] or "").replace("AM", "%p").replace("PM", "%p")
    parts = zip((found[2], found[3], half, found[5]), (":%S", ".%f", half, "%z"), strict=True)
    hour = "%I" if half else "%H"
    return f"{found[1]}{hour}:%M" + "".join(form for part, form in parts if part)


def _form(value: Any, kind: str, first_day: bool | None) -> str:
    """Return how a date with a clock time is written."""
    text = str(value).strip()
    sign = next((letter for letter in text if not letter.isdigit()), "")
    order = {"date": "%Y-%m-%d", "digits": "%Y%m%d", "year first": f"%Y{sign}%m{sign}%d",
             "numeric": sign.join(["%d", "%m", "%Y"] if first_day else ["%m", "%d", "%Y"]),
             "day and name": f"%d{sign}%b{sign}%Y", "name and day": "%b %d, %Y"}  # fmt: skip
    return order[kind] + (_clock(value) or " %H:%M")


def _midnight(stamp: Any) -> pd.Timestamp:
    """Return the local day of an instant."""
    return pd.Timestamp(stamp).tz_localize(None).normalize()


def _in_serials(number: Any) -> bool:
    return bool(SERIALS[0] <= number <= SERIALS[1])


def _day(
    value: Any, kind: str, first_day: bool | None, origin: pd.Timestamp
) -> pd.Timestamp | None:
    """Return one day, None where it is no day of the calendar or carries a clock time."""
    try:
        if kind == "date":
            stamp = pd.Timestamp(str(value) if isinstance(value, pd.Period) else value)
            plain = stamp.tz_localize(None)  # the local day, whatever its zone
            return plain if plain == plain.normalize() else None
        if kind == "serial":
            return origin + pd.Timedelta(days=int(value))
        text = flat(value) if isinstance(value, str) else f"{value:.0f}"
        found = PATTERNS[kind].fullmatch(text)
        parts = found.groupdict() if found else {}
        if not is_midnight(parts.get("clock") or ""):
            return None
        if kind == "numeric":
            day, month = (parts["a"], parts["b"]) if first_day else (parts["b"], parts["a"])
        else:
            day = parts["d"]
            month = parts.get("m") or MONTHS[parts["name"].lower()]
        return pd.Timestamp(full_year(int(parts["y"])), int(month), int(day))
    except (ValueError, OverflowError, KeyError):
        return None


def _day_first(values: pd.Series, name: str, what: str, options: Options) -> bool:
    """Return whether the day comes before the month, or ask."""
    parts = values.str.strip().str.extract(PATTERNS["numeric"])
    first, second = parts["a"].astype(int), parts["b"].astype(int)
    sign = parts["sign"].iloc[0]
    row = values.index[0]
    two = parts["y"].str.len().min() == 2
    if not two and (first > 12).any() != (second > 12).any():
        return bool((first > 12).any())
    if not two and (first == second).all():
        return True
    orders = ("%d %m %Y", "%m %d %Y") if not two else ("%d %m %y", "%m %d %y", "%y %m %d")
    for at, value in values.items():
        if why := readings(value)[1]:
            options.refuse(f"{what}, row {at}: {name!r}: {shown(value)} {NONE}: {why}; correct it")
    forms = [form.replace(" ", sign) + _clock(values.iloc[0]) for form in orders]
    ways = " or ".join(options.key("date_format", form) for form in forms)
    if (first > 12).any() and (second > 12).any() and not two:
        row, other = values.index[first > 12][0], values.index[second > 12][0]
        options.refuse(
            f"{what}: {name!r} is day first in row {row} ({shown(values[row])}) and month first in "
            f"row {other} ({shown(values[other])}); write all dates alike, such as 2026-08-03"
        )
    return bool(
        options.refuse(
            f"{what}, row {row}: {shown(values[row])} in {name!r} can be read in more than one "
            f"way, and no other row shows which; say how the dates are written, {ways}"
        )
    )


def _refused(
    value: Any, kind: str, first_day: bool | None, row: Any, name: str, what: str, options: Options
) -> pd.Timestamp:
    """Raise for a cell that is no day of its column's kind."""
    where = f"{what}, row {row}: {name!r}:"
    if (
        isinstance(value, str)
        and kind in ("span", "numeric", "")
        and SPANS.fullmatch(value.strip())
    ):
        options.refuse(
            f"{where} {shown(value)} is {_span(value.strip())}, not a day; write the day of it, as "
            "in '2025-04-04': use a file with a row for each session"
        )
    if kind == "date" or (kind in PATTERNS and _clock(value)):
        form = options.key("date_format", _form(value, kind, first_day))
        zone = ""
        if getattr(value, "tzinfo", None):
            zone = "; if it is in another zone, frame.tz_convert('Asia/Shanghai') gives its days"
        options.refuse(
            f"{where} {shown(str(value))} has a clock time, and a row for each session is read; if "
            f"its day is the session's, say so by {form}{zone}; bars within a day are not read"
        )
    if re.fullmatch(r"1\d{9}(\d{3})?", str(value).strip()):
        options.refuse(
            f"{where} {shown(value)} is counted from 1970, in no zone; write days, such as "
            "pd.to_datetime(column, unit='s', utc=True).dt.tz_convert('America/New_York').dt.date "
            "(unit='ms' for thirteen digits)"
        )
    more = ""
    if isinstance(value, str) and not (
        re.fullmatch(r"\d{1,5}", value.strip()) or readings(value)[1]
    ):
        form = options.key("date_format", "%d.%m.%Y")
        more = f"; or say how all of them are written, such as {form}"
    try:
        read_day(value, where, options.error)
    except options.error as error:
        raise options.error(f"{error}{more}") from None
    return options.refuse(
        f"{where} {shown(value)} is another kind of date than most of the column; write all alike, "
        "such as 2026-08-03"
    )


def _span(text: str) -> str:
    if re.fullmatch(r"\d{4}(年)?", text):
        return "a year"
    return "a quarter" if "q" in text.lower() else "a month"
