"""How is a file to be read, where its own cells do not say so?

The same options are keywords of `read_prices` and keys of a mapping of the source ``local``; a
message writes them as its reader has to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from rareearth_research.errors import DataError, RareEarthError, did_you_mean, shown

SIGNS = ("delimiter", "decimal", "thousands")
LAYOUTS = ("wide", "long")
DAY = ("year", "month", "day")
PARTS = {"year": "YyGcx", "month": "mbBjcx", "day": "djcx"}  # what a date format can name


@dataclass(frozen=True)
class Options:
    """How to read a file; what is empty is found out, and said.

    Attributes
    ----------
    encoding, delimiter, decimal, thousands, date_format : str
    sheet : str or int
        Of a workbook, counted from 0.
    layout : str
        ``"wide"``, ``"long"``.
    header_row : int
        The row of the file that names its columns, counted from 1.
    columns : dict of str to str
        By meaning (``date``, ``security``, ``price``, ...): the column that has it.
    names : tuple of str
        The names of all columns, for a file without any.
    missing : tuple
        Further texts or numbers that stand for no figure.
    counted_from : {1900, 1904}
        Year of a workbook's first day; for the file to say.
    mapping : str
        The mapping that these are the keys of; empty for keywords.
    error : type
        What is raised.
    """

    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    thousands: str = ""
    date_format: str = ""
    sheet: str | int = ""
    layout: str = ""
    header_row: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    missing: tuple[str | float, ...] = ()
    counted_from: int = 1900
    mapping: str = ""
    error: type[RareEarthError] = DataError

    def key(self, name: str, value: Any) -> str:
        """Write an option as the reader of the message has to."""
        if not self.mapping:
            value = f"{value!r}"
            return f"columns={value}" if name == "names" else f"{name}={value}"
        if isinstance(value, Mapping):
            text = "{" + ", ".join(f"{k}: {_yaml(v)}" for k, v in value.items()) + "}"
        elif isinstance(value, list | tuple):
            text = "[" + ", ".join(map(_yaml, value)) + "]"
        else:
            text = _yaml(value)
        return f"'{name}: {text}' in the mapping"

    def refuse(self, message: str) -> NoReturn:
        """Raise."""
        raise self.error(message)


def _yaml(value: object) -> str:
    return str(value) if re.fullmatch(r"[\w-]+", str(value)) else f'"{value}"'


def check_options(options: Options, what: str, dated: tuple[str, ...] = DAY) -> Options:
    """Return `options` if each can be meant; `what` begins a message.

    Parameters
    ----------
    options : Options
    what : str
    dated : tuple of str
        The parts that a date must have.
    """
    error = options.error
    for name in ("encoding", "date_format", "layout", *SIGNS):
        if not isinstance(getattr(options, name), str):
            raise error(f"{what}{name} must be text; got {shown(getattr(options, name))}")
    if options.encoding:
        try:
            "a".encode(options.encoding)
        except (LookupError, ValueError):
            raise error(
                f"{what}encoding {shown(options.encoding)} is not known; write one such as "
                "gb18030, utf-16 or cp1252, or leave it out"
            ) from None
    for name in SIGNS:
        sign = getattr(options, name)
        if (name, sign) == ("delimiter", r"\t"):
            continue
        if len(sign) > 1 or sign.isalnum() or (sign in ('"', "\n", "\r", "-", "+") and sign):
            raise error(f"{what}{name!r} must be one sign; got {shown(sign)}")
    if options.decimal and options.decimal == options.thousands:
        raise error(
            f"{what}'decimal' and 'thousands' are both {options.decimal!r}; a number would read in "
            "two ways. Write what each is in the file"
        )
    if options.layout and options.layout not in LAYOUTS:
        raise error(
            f"{what}layout={shown(options.layout)} is not known"
            f"{did_you_mean(options.layout, LAYOUTS)}; choose from 'wide' (a column for each "
            "security) or 'long' (a row for each date and security)"
        )
    if options.date_format:
        _check_format(options, what, dated)
    return options


def _check_format(options: Options, what: str, dated: tuple[str, ...]) -> None:
    """Refuse a format that leaves out part of the date: a month is not its first day."""
    named = set(re.findall(r"%[-#]?([A-Za-z])", options.date_format.replace("%%", "")))
    week = "wuaA" if named & set("UWV") else ""
    signs = "" if named else " (write %d for the day, %m for the month and %Y for the year)"
    for part in dated:
        if not named & {*PARTS[part], *(week if part != "year" else "")}:
            options.refuse(
                f"{what}date_format {shown(options.date_format)} names no {part}, and a row for "
                f"each {dated[-1]} is read{signs}; a month is not its first day. Use a file with "
                f"every {dated[-1]}, or feed a table of the file's own step"
            )
