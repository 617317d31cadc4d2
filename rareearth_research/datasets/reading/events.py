"""Read events from a file or a frame: when, which, and of which securities."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_flag, is_number
from rareearth_research.datasets.reading.cells.grid import text_of
from rareearth_research.datasets.reading.cells.numbers import rows_named
from rareearth_research.datasets.reading.cells.options import Options
from rareearth_research.datasets.reading.clocks import check_zone, when_of
from rareearth_research.datasets.reading.files import Source, grids_of, options_of
from rareearth_research.datasets.reading.headings import Table, table_of
from rareearth_research.datasets.reading.understood import printed
from rareearth_research.datasets.reading.words import MEANINGS as OF_PRICES
from rareearth_research.datasets.reading.words import WORDS, plain
from rareearth_research.days import is_blank
from rareearth_research.errors import DataError, shown
from rareearth_research.numerals import counted

MEANINGS = {
    **WORDS["events"],
    "date": (*OF_PRICES["date"], *WORDS["events"]["date"]),
    "security": tuple(word for word in OF_PRICES["security"] if word != "name"),  # of the event
}
INSTANTS = ("announced_earliest", "announced_latest", "effective_earliest", "effective_latest",
            "reported_earliest", "reported_latest")  # fmt: skip
DAYS = ("effective_date", "reported_date")


def read_events(
    source: Source,
    *,
    timezone: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    date_format: str | None = None,
    sheet: str | int | None = None,
    header_row: int | None = None,
    columns: Mapping[str, str] | Sequence[str] | None = None,
    show: bool = True,
) -> pd.DataFrame:
    """Return the events in a file or a frame, as `EventStudy` takes them.

    Parameters
    ----------
    source : str, path or DataFrame
        A file as in `read_prices`, with a row for each event or for each event and security; a
        file of nothing but dates will do.
    timezone : str, optional
        IANA name of the zone of clock times that bear none, such as ``"Asia/Shanghai"``.
    encoding, delimiter, date_format : str, optional
        As in `read_prices`.
    sheet : str or int, optional
    header_row : int, optional
    columns : mapping of str to str, or sequence of str, optional
        As in `read_prices`; the meanings are ``event_id``, ``date``, ``time``, ``timezone`` and
        ``security``.
    show : bool, default True
        Whether to print what was understood.

    Returns
    -------
    DataFrame
        ``event_id``; ``date`` where a day is given, ``announced_earliest`` and
        ``announced_latest`` where a clock time is; ``security`` if there is one, a row for each;
        all other columns carried along. ``.attrs["read"]`` says how the file was understood.

    Raises
    ------
    DataError
        Naming the file, row and column at fault, and what to do.
    """
    check_flag("show", show, DataError)
    if timezone is not None:
        check_zone(timezone, "timezone")
    options = options_of(None, encoding, delimiter, None, None, date_format, sheet, header_row,
                         columns, (), tuple(MEANINGS))  # fmt: skip
    grids = grids_of(source, options)
    if len(grids) > 1:
        raise DataError(f"{source} is a folder; give the one file of events in it")
    options = grids[0][0].options(options)
    table = table_of(grids[0][0], options, events=True)
    used = _used(table, options)
    cells = table.cells
    when, how = when_of(table, used, timezone, options)
    out = pd.DataFrame(index=cells.index).assign(**when)
    carried = [at for at in table.places if at not in used.values()]
    for at in carried:
        name, column = table.names[at], cells[at]
        if name in INSTANTS or name in DAYS:
            column = column.map(lambda cell: None if is_blank(cell) else cell)
        out[name] = column.where(out[name].isna(), out[name]) if name in out else _typed(column)
    out.insert(0, "event_id", _ids(table, used, out))
    if "security" in used:
        out.insert(1, "security", cells[used["security"]].map(_listed))
        bare = out.index[out["security"].map(len) == 0]
        if len(bare):
            raise DataError(
                f"{table.what}, {rows_named(bare)}: {table.names[used['security']]!r} is blank; "
                "name the security of the row, or remove the row"
            )
        out = out.explode("security")
    _refuse_twice(out, table)
    said = {
        "file": table.what,
        **grids[0][0].said,
        "holds": f"{counted(out['event_id'].nunique(), 'event')} in {counted(len(out), 'row')}",
        "headings": f"row {table.rows}",
        "dates": how,
        "columns read": [f"{table.names[at] or 'the only column'} as {meaning}"
                         for meaning, at in used.items()],
        "columns carried along": [table.names[at] for at in carried],
        "rows skipped": table.skipped,
        "securities": sorted(set(out["security"])) if "security" in out else
        "none named: every security is in every event",
    }  # fmt: skip
    out = out.reset_index(drop=True)
    out.attrs = {"read": said}
    if show:
        print(printed(said))
    return out


def _used(table: Table, options: Options) -> dict[str, int]:
    """Return the column of each meaning."""
    found: dict[str, int] = {}
    for meaning, words in MEANINGS.items():
        own = options.columns.get(meaning)
        places = [at for at in table.places if at not in found.values()]
        if own is not None:
            if own not in table.names:
                raise DataError(
                    f"{table.what} has no column {shown(own)}; it has "
                    f"{shown(', '.join(filter(None, table.names)), 300)}"
                )
            found[meaning] = table.names.index(own)
            continue
        if meaning == "date":
            places = [at for at in places if at in table.dates]
        named = [at for at in places if plain(table.names[at]) in words]
        order = sorted(named, key=lambda at: words.index(plain(table.names[at])))
        if len(order) > 1 and meaning == "date":
            names = [table.names[at] for at in order]
            raise DataError(
                f"{table.what} has several columns of dates, {', '.join(map(repr, names))}; say "
                f"which is the event's, columns={{'date': {names[0]!r}}}"
            )
        if not order and meaning == "date" and not {*INSTANTS, *DAYS} & {*table.names}:
            if len(places) != 1:
                names = [table.names[at] for at in places]
                raise DataError(
                    f"{table.what}: no column is known to hold the date of the event; name it, "
                    f"such as columns={{'date': {names[0] if names else 'Datum'!r}}}"
                )
            order = places
        if order:
            found[meaning] = order[0]
    return found


def _ids(table: Table, used: dict[str, int], out: pd.DataFrame) -> pd.Series:
    """Return the id of each row: its own, or the day of it."""
    if "event_id" in used:
        ids = table.cells[used["event_id"]].map(text_of)
        blank = ids.index[ids == ""]
        if len(blank):
            raise DataError(
                f"{table.what}, {rows_named(blank)}: {table.names[used['event_id']]!r} is blank; "
                "give each event an id"
            )
        return ids
    stamps = pd.Series(pd.NaT, index=out.index, dtype=object)
    for name in ("date", "announced_earliest", *INSTANTS, *DAYS):
        if name in out:
            stamps = stamps.where(stamps.notna(), out[name])
    return stamps.map(lambda stamp: str(stamp)[:10])


def _listed(cell: Any) -> list[str]:
    """Return the securities in a cell: one, or several as a list or cut by ; | or commas."""
    if isinstance(cell, list | tuple | set | np.ndarray):
        return [text for text in map(text_of, cell) if text]
    text = text_of(cell)
    if re.fullmatch(r"[\[(].*[\])]", text):
        text = text[1:-1].replace("'", "").replace('"', "")
    parts = re.split("[;|\n]", text)
    names = r"(?!.*, *(inc|ltd|llc|lp|plc|corp|co|limited)\b)[\w.^=-]+(\s*,\s*[\w.^=-]+)+"
    if len(parts) == 1 and re.fullmatch(names, text, re.I):
        parts = text.split(",")
    return [part.strip().lstrip("'") for part in parts if part.strip()]


def _typed(column: pd.Series) -> pd.Series:
    """Return a column of numbers as numbers; dates, flags and codes such as ``007`` stay."""
    filled = column[~column.map(is_blank)].astype(object)
    plain_ones = filled.map(
        lambda cell: (
            is_number(cell) or (isinstance(cell, str) and not re.match(r"0\d", cell.strip()))
        )
    )
    numbers = pd.to_numeric(filled[plain_ones], errors="coerce")
    whole = len(filled) and plain_ones.all() and numbers.notna().all()
    return numbers.reindex(column.index) if whole else column


def _refuse_twice(out: pd.DataFrame, table: Table) -> None:
    """Raise where an event, or an event and security, comes twice."""
    keys = ["event_id", "security"] if "security" in out else ["event_id"]
    twice = out.duplicated(keys, keep=False)
    if twice.any():
        first = out.loc[twice, keys].iloc[0]
        rows = out.index[(out[keys] == first).all(axis=1)]
        raise DataError(
            f"{table.what}, {rows_named(rows)}: {' / '.join(map(shown, first))} comes more than "
            "once; give each event an id of its own in a column event_id, or remove a row"
        )
