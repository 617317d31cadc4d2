"""Read a user's own table by its mapping: every cell exactly, or the row and column at fault.

A number in a column of dates, a month in a daily table, a price that reads in two ways or not at
all, bytes of another alphabet: nothing of that may become a figure.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.datasets.disk import said
from rareearth_research.datasets.reading.cells.workbooks import sheet
from rareearth_research.datasets.sources.mapping import GUIDE, Mapped
from rareearth_research.days import is_blank, read_day, read_span
from rareearth_research.errors import SourceError, did_you_mean, shown

__all__ = ["read_table"]

FORMATS = {"date": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
NOTHING = {"n/a", "n/a n/a", "na", "n.a.", "nan", "null", "none", "-", "--", "—", ".", ".."}
LOOKED_AT = 30  # rows, for the header
MAX_FILE = 256 * 2**20


def read_table(mapped: Mapped) -> pd.DataFrame:
    """Return the rows of the file in the columns of the raw table, dates ISO, figures numbers.

    Raises
    ------
    SourceError
        Naming the file, row and column at fault, and what to do.
    """
    table = _workbook(mapped) if mapped.is_workbook else _delimited(mapped)
    _need_header(mapped, table)
    raw, columns = mapped.raw, mapped.columns
    figures = () if raw.compare == "text" else raw.figures
    # The index is the row in the file. A row with nothing in the mapped columns is none of them.
    out = pd.DataFrame({name: table[own] for name, own in columns.items()}, dtype=object)
    out = out[~out.map(is_blank).all(axis=1)]
    for name, own in columns.items():
        if name == raw.when:
            _refuse_blank(out[name], mapped, own, "which date a row is of")
            out[name] = _dates(out[name], mapped)
        elif name in figures:
            out[name] = _numbers(out[name], mapped, own)
        else:
            if name in raw.series and figures:
                _refuse_blank(out[name], mapped, own, "which series a row is of")
            out[name] = out[name].map(_text)
    if mapped.ends:
        out["price"] = _within_ends(out, table, mapped)
    return out.assign(**mapped.constants)[list(raw.columns)].reset_index(drop=True)


def _within_ends(out: pd.DataFrame, table: pd.DataFrame, mapped: Mapped) -> pd.Series:
    """Return the price, or the midpoint of low and high; a price outside them is refused."""
    if not set(mapped.ends.values()) <= set(table.columns):
        return out["price"]  # an average alone cannot be checked
    low, high = (_numbers(table.loc[out.index, own], mapped, own) for own in mapped.ends.values())
    price = out["price"] if "price" in out else (low + high) / 2
    for row in out.index[~price.between(low * (1 - 1e-9), high * (1 + 1e-9))]:
        raise SourceError(
            f"{mapped.file}, row {row}: the price is {price[row]:g}, and low to high is "
            f"{low[row]:g} to {high[row]:g}; correct the row, or the columns in the mapping"
        )
    return price


def _refuse_blank(column: pd.Series, mapped: Mapped, own: str, says: str) -> None:
    blank = column.index[column.map(is_blank)]
    if len(blank):
        raise SourceError(
            f"{mapped.file}, {_rows(blank)}: {own!r} is blank, and it says {says}; fill it in or "
            "remove the row"
        )


def _workbook(mapped: Mapped) -> pd.DataFrame:
    name: str | int = mapped.sheet or 0
    cells = sheet(_content(mapped), name, str(mapped.file))
    if cells.empty:
        raise SourceError(f"{mapped.file}: the sheet is empty; name another under 'sheet'")
    cells.index = cells.index + 1
    return cells.iloc[1:].set_axis([_text(cell) for cell in cells.iloc[0]], axis=1)


def _delimited(mapped: Mapped) -> pd.DataFrame:
    """Return the cells of a text file as text, each row as long as the header."""
    delimiter = "\t" if mapped.delimiter == r"\t" else mapped.delimiter
    reader = csv.reader(io.StringIO(_decoded(mapped), newline=""), delimiter=delimiter, strict=True)
    rows: dict[int, list[str]] = {}
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows[reader.line_num] = row
    except csv.Error as error:
        raise SourceError(
            f"{mapped.file}, line {reader.line_num}: {error}; check the quotation marks there"
        ) from None
    if not rows:
        raise SourceError(f"{mapped.file} is empty; save it again, the header in the first row")
    (_, header), *body = rows.items()
    width, most = len(header), max(map(len, rows.values()))
    uneven = [line for line, row in body if len(row) != width and any(c for c in row[width:])]
    uneven += [line for line, row in body if len(row) < width]
    table = pd.DataFrame(
        [row + [""] * (most - len(row)) for _, row in body],
        index=[line for line, _ in body],
        columns=[name.strip() for name in header] + [""] * (most - width),
        dtype=object,
    )
    if uneven and set(mapped.columns.values()) <= set(table.columns):
        line = min(uneven)
        raise SourceError(
            f"{mapped.file}, line {line}: {len(rows[line])} cells where the header has {width}; "
            "put a text or number that holds the delimiter between double quotes, or remove the "
            "line if it is none of the table's"
        )
    return table


def _content(mapped: Mapped) -> bytes:
    missing = f"{mapped.file} is not there; write its path under 'file', relative to the mapping"
    with said("the file of the mapping cannot be read", SourceError, missing):
        if mapped.file.stat().st_size > MAX_FILE:
            raise SourceError(f"{mapped.file} is larger than {MAX_FILE:,} bytes; cut it in parts")
        return mapped.file.read_bytes()


def _decoded(mapped: Mapped) -> str:
    content = _content(mapped)
    plain = mapped.encoding.lower() in ("utf-8", "utf8")
    try:
        text = content.decode("utf-8-sig" if plain else mapped.encoding)
        if "\0" not in text:
            return text
        line = 1
    except UnicodeError as error:
        line = content[: getattr(error, "start", 0)].count(b"\n") + 1
    likely = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-16-le"
    likely = likely if b"\0" in content else "gb18030"
    raise SourceError(
        f"{mapped.file}, line {line}: not {mapped.encoding.upper()}, so its letters cannot be "
        f"known; add its encoding to the mapping, 'encoding: {likely}' (utf-16 if it is Excel's "
        "'Unicode text', cp1252 from a Western Windows, gb18030 from a Chinese one)"
    )


def _need_header(mapped: Mapped, table: pd.DataFrame) -> None:
    """Refuse a table without the mapped columns; say so if its header is elsewhere, or missing."""
    names = list(table.columns)
    file = mapped.file
    for name, own in mapped.needed.items():
        if names.count(own) > 1:
            raise SourceError(f"{file} has the column {shown(own)} more than once; rename one")
        if own in names:
            continue
        wanted = set(mapped.needed.values())
        for row, cells in table.head(LOOKED_AT).iterrows():
            if wanted <= {_text(cell) for cell in cells}:
                raise SourceError(
                    f"{file}: the header is in row {row} and not in the first; remove the rows "
                    f"above it (see {GUIDE})"
                )
        hint = did_you_mean(own, names)
        listed = shown(", ".join(names), 300)
        raise SourceError(
            f"{file} has no column {shown(own)} (mapped to {name!r} in {mapped.path.name}){hint}; "
            f"it has {listed}. The first row must name the columns, and each row hold one figure: "
            "what to do about rows above the header, a file without one, and a column for each "
            "series, says docs/refreshing.md"
        )


def _dates(column: pd.Series, mapped: Mapped) -> pd.Series:
    """Return days, months or years as the raw table writes them."""
    own, when = mapped.columns[mapped.raw.when], mapped.raw.when
    text = column.map(lambda cell: isinstance(cell, str))
    if mapped.date_format and text.any():
        column = column.copy()
        column[text] = _by_format(column[text], mapped, own)
    days = {
        value: _time(value, f"{mapped.file}, row {row}: {own!r}:", when)
        for row, value in column.drop_duplicates().items()
    }
    return column.map(days)


def _by_format(column: pd.Series, mapped: Mapped, own: str) -> pd.Series:
    form = mapped.date_format
    try:
        dates = pd.to_datetime(column.str.strip(), format=form, errors="coerce")
    except (ValueError, re.error) as error:
        raise SourceError(
            f"{mapped.path}: date_format {shown(form)}: {shown(str(error), 200)}; write one such "
            "as '%d.%m.%Y'"
        ) from None
    if dates.isna().any():
        row = dates.index[dates.isna()][0]
        raise SourceError(
            f"{mapped.file}, row {row}: {shown(column[row])} in {own!r} is not a date of the form "
            f"{form}; set 'date_format' in the mapping"
        )
    return dates.astype(object)


def _time(value: Any, what: str, when: str) -> str:
    """Return one date as the raw table writes it; a month or year only where one is meant."""
    if when == "date":
        try:
            return read_day(value, what, SourceError).strftime("%Y-%m-%d")
        except SourceError as error:
            own = isinstance(value, str) and not re.fullmatch(r"[\d-]{1,8}", value.strip())
            more = "; or say how it is written with 'date_format' in the mapping" if own else ""
            raise SourceError(f"{error}{more}") from None
    first, last = read_span(value, what, SourceError)
    if when == "month" and first == last and not _is_edge(first):
        raise SourceError(
            f"{what} {shown(value)} is a day within a month, and the table has a figure for each "
            f"month; write the month, '{first:%Y-%m}'"
        )
    if when == "month" and first.month != last.month:
        raise SourceError(f"{what} {shown(value)} is a year, not a month; write '2026-08'")
    if when == "year" and first.year == last.year and first == last:
        raise SourceError(f"{what} {shown(value)} is a day, not a year; write '{first:%Y}'")
    return first.strftime(FORMATS[when])


def _is_edge(day: pd.Timestamp) -> bool:
    """Return whether a day stands for its month: first or last, of all days or of weekdays."""
    begin, end = day.replace(day=1), day + pd.offsets.MonthEnd(0)
    to_weekday = pd.offsets.BDay(0)
    return bool(day <= to_weekday.rollforward(begin) or day >= to_weekday.rollback(end))


def _numbers(column: pd.Series, mapped: Mapped, own: str) -> pd.Series:
    """Return a column of figures; text cells by the mapping's signs, numbers as they are."""
    text = column.map(lambda cell: isinstance(cell, str))
    figures = pd.Series(np.nan, index=column.index)
    numeric = column[~text].map(
        lambda cell: float(cell) if type(cell) in (int, float) else np.nan  # True is no number
    )
    figures[~text] = numeric.astype(float)
    written = column[text].str.strip()
    good = written.str.fullmatch(_pattern(mapped))
    plain = written[good]
    if mapped.thousands:
        plain = plain.str.replace(mapped.thousands, "", regex=False)
    figures[plain.index] = plain.str.replace(mapped.decimal, ".", regex=False).astype(float)
    bad = figures.index[~np.isfinite(figures)]
    if len(bad):
        _refuse_number(column, bad, mapped, own)
    return figures


def _pattern(mapped: Mapped) -> str:
    decimal, thousands = re.escape(mapped.decimal), re.escape(mapped.thousands)
    whole = rf"([0-9]+|[0-9]{{1,3}}({thousands}[0-9]{{3}})+)" if mapped.thousands else "[0-9]+"
    return rf"[+-]?{whole}({decimal}[0-9]*)?([eE][+-]?[0-9]+)?"


def _refuse_number(column: pd.Series, bad: pd.Index, mapped: Mapped, own: str) -> None:
    said = column[bad].astype(str).str.strip().str.casefold().str.strip("#")
    blank = bad[column[bad].map(is_blank) | said.isin(NOTHING)]
    if len(blank):
        raise SourceError(
            f"{mapped.file}, {_rows(blank)}: {own!r} holds no figure ({shown(column[blank[0]])}); "
            "a day without a figure is a day without a row: remove "
            + ("this row" if len(blank) == 1 else "these rows")
        )
    row = bad[0]
    raise SourceError(
        f"{mapped.file}, row {row}: {shown(column[row])} in {own!r} is not a number; set "
        "'thousands' or 'decimal' in the mapping, or remove the row"
    )


def _rows(rows: Any) -> str:
    """Name rows, the first ten of them."""
    names = [str(row) for row in rows]
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"row{'s' if len(names) > 1 else ''} {', '.join(names[:10])}{more}"


def _text(cell: object) -> str:
    """Return a cell as the text a spreadsheet shows: no ``.0``, no midnight."""
    if is_blank(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell).strip()
