"""Where does the table begin, and what stands above each column?

Terminals put titles, names, codes, fields and currencies above the figures. The table begins with
the first row that has a date where the dates are; rows above that label its columns are headings,
all others above are skipped, and both are said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rareearth_research.datasets.reading.cells.dates import kind_of, written
from rareearth_research.datasets.reading.cells.grid import Grid, refuse_uneven, text_of
from rareearth_research.datasets.reading.cells.options import Options
from rareearth_research.datasets.reading.words import KNOWN, WORDS, plain
from rareearth_research.days import is_blank
from rareearth_research.errors import did_you_mean, shown

TOP = 40  # rows in which headings may stand
SAMPLE = 200  # rows in which dates are looked for


@dataclass(frozen=True)
class Table:
    """The figures of a grid and the names of its columns.

    Attributes
    ----------
    what : str
    cells : DataFrame
        Rows of figures only, columns numbered.
    names : list of str
        The heading that names the columns; "" where it is blank.
    labels : list of (str, list of str)
        The other headings: what each is called (its cell above the dates), and its cells.
    dates : list of int
        The columns that hold dates.
    skipped : list of str
        Rows above and below that belong to no column.
    rows : str
        Which rows the headings are, for what is said.
    """

    what: str
    cells: pd.DataFrame
    names: list[str]
    labels: list[tuple[str, list[str]]]
    dates: list[int]
    skipped: list[str]
    rows: str

    @property
    def places(self) -> list[int]:
        """The columns of the table."""
        return [int(at) for at in self.cells.columns]

    def named(self, at: int) -> str:
        """The name of a column of dates."""
        heads = [self.names, *(label for _, label in self.labels)]
        return next(
            (head[at] for head in heads if KNOWN.get(plain(head[at])) == "date"), heads[0][at]
        )


def table_of(grid: Grid, options: Options, *, events: bool = False) -> Table:
    """Return the table in a grid; one of `events` may have nothing but dates.

    Raises
    ------
    DataError
        If no column holds dates, no row names the columns, or a row has too many cells.
    """
    cells, skipped = grid.cells, list[str]()
    if grid.heads is not None:
        heads, rows, body = grid.heads, "the frame's own", cells
        dates = _date_columns(body, heads, options)
    else:
        dates = _date_columns(cells, cells.head(TOP).map(text_of).to_numpy().tolist(), options)
    if not dates:
        _refuse_dateless(grid, options)
    if grid.heads is None:
        first = _first_row(cells, dates, grid, options, alone=events)
        body = cells.iloc[first:]
        heads, skipped, rows = _above(cells.iloc[:first], body, dates, grid, options)
    if body.empty:
        options.refuse(f"{grid.what} has no row below its header; save it again with its rows")
    # an event without a date is no foot, though it may stand last with nothing but its name
    body, foot = _without_foot(body, dates if events else [*map(int, body.columns)])
    names, labels = _naming(heads, dates[0])
    body = body[[at for at in map(int, body.columns) if not _is_counting(body[at], names[:1], at)]]
    _refuse_nameless(grid, body, heads, dates, options)
    width = max((at + 1 for head in heads for at in range(len(head)) if head[at]), default=1)
    refuse_uneven(grid, body.index, max(width, *(date + 1 for date in dates)), options)
    return Table(grid.what, body, names, labels, dates, [*skipped, *foot], rows)


def _date_columns(cells: pd.DataFrame, top: list[list[str]], options: Options) -> list[int]:
    """Return the columns of which most cells are days, numbers only under the name of a date."""
    own = options.columns.get("date", "")
    part = cells if len(cells) <= SAMPLE else pd.concat([cells.head(TOP), cells.tail(SAMPLE - TOP)])
    found, called = [], list[int]()
    for at in range(cells.shape[1]):
        filled = [cell for cell in part.iloc[:, at] if not is_blank(cell)]
        kinds = [kind_of(cell) or written(cell, options.date_format) for cell in filled]
        heads = [row[at] for row in top if at < len(row)]
        named = own in heads if own else any(KNOWN.get(plain(head)) == "date" for head in heads)
        numbers = ("serial", "span") if named else ()
        dated = [kind not in ("", "serial", "span") or kind in numbers for kind in kinds]
        first = dated.index(True) if True in dated else 0
        above = sum(map(_is_figure, filled[:first]))
        fits = 2 * sum(dated) > len(dated) - first and sum(dated) > above
        if (own and named) or (not own and fits):
            found.append(at)
        elif named and not own:
            called.append(at)
    return found or called[:1]  # by its name alone: the message then is of its cells


def _first_row(
    cells: pd.DataFrame, dates: list[int], grid: Grid, options: Options, *, alone: bool
) -> int:
    """Return the place of the first row with a date and something beside it."""
    if options.header_row:
        after = cells.index > options.header_row
        if options.header_row not in cells.index or not after.any():
            options.refuse(
                f"{grid.what}: header_row {options.header_row} is no row of the table; it has rows "
                f"{cells.index[0]} to {cells.index[-1]}"
            )
    naming, most = -1, 0
    for place, row in enumerate(cells.index):
        here = cells.iloc[place]
        beside = [cell for at, cell in here.items() if at not in dates and not is_blank(cell)]
        dated = any(kind_of(here[at]) or written(here[at], options.date_format) for at in dates)
        if row > options.header_row and (beside or alone) and dated:
            # a row below the names that holds figures is one of figures, whatever its date is
            between = range(naming + 1, place) if most > 1 else ()
            early = [p for p in between if alone or any(map(_is_figure, cells.iloc[p]))]
            return early[0] if early else place
        known = sum(bool(KNOWN.get(plain(cell))) for cell in here)
        if known > most:
            naming, most = place, known
    return naming + 1 if most else len(cells)


def _is_figure(cell: Any) -> bool:
    if isinstance(cell, str):
        return bool(re.fullmatch(r"[-+(]?[$€£¥]?[\d.,' ]*\d[%)]?", cell.strip(), re.ASCII))
    return not is_blank(cell)


def _above(
    above: pd.DataFrame, body: pd.DataFrame, dates: list[int], grid: Grid, options: Options
) -> tuple[list[list[str]], list[str], str]:
    """Return headings, rows that are none in words, and which rows the headings are."""
    heads, rows, skipped = [], [], []
    figures = [at for at in map(int, body.columns) if at not in dates or len(dates) > 1]
    for row, cells in above.iterrows():
        texts = [text_of(cell) for cell in cells]
        aside = (
            plain(texts[dates[0]]) in WORDS["beside"]["words"] and len([t for t in texts if t]) < 3
        )
        labels = [at for at in figures if texts[at] and not kind_of(cells[at])]
        named = any(KNOWN.get(plain(text)) for text in texts)
        dated = KNOWN.get(plain(texts[dates[0]])) == "date"
        before = bool(options.header_row) and int(str(row)) < options.header_row
        if (
            (labels or dated)
            and not aside
            and not before
            and (named or 0 < len(figures) <= len(labels) * 4)
        ):
            heads.append(texts)
            rows.append(str(row))
        else:
            skipped.append(f"row {row}: {shown(' '.join(filter(None, texts)), 60)}")
    if options.names:
        heads, rows = [list(options.names)], ["none, the names are yours"]
        if len(options.names) != body.shape[1]:
            options.refuse(
                f"{grid.what} has {body.shape[1]} columns, and {len(options.names)} names were "
                f"given; give one for each of {shown(list(body.iloc[0]), 200)}"
            )
    if not heads and body.shape[1] == 1:  # nothing but dates
        return [["date"]], skipped, "none"
    if not heads:
        first = [text_of(cell) for cell in body.iloc[0]]
        example = ["date" if at in dates else f"column{at}" for at in range(len(first))]
        options.refuse(
            f"{grid.what}: no row names the columns (the first row of figures is "
            f"{shown(', '.join(first), 200)}); name them in their order, such as "
            f"{options.key('names', example)}"
        )
    return heads, skipped, ", ".join(rows)


def _naming(heads: list[list[str]], date: int) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Return the heading with most of the names that are known, and the others."""
    known = [sum(bool(KNOWN.get(plain(text))) for text in head) for head in heads]
    best = known.index(max(known))
    return heads[best], [(head[date], head) for place, head in enumerate(heads) if place != best]


def _without_foot(body: pd.DataFrame, places: list[int]) -> tuple[pd.DataFrame, list[str]]:
    """Cut off rows at the end that have a text at one of the places, and nothing else."""
    end = len(body)
    while end > 1:
        row = body.iloc[end - 1]
        filled = [(at, cell) for at, cell in row.items() if not is_blank(cell)]
        [(at, cell), *more] = filled
        if more or at not in places or kind_of(cell) or _is_figure(cell):
            break
        end -= 1
    foot = [
        f"row {row}: {shown(' '.join(filter(None, map(text_of, cells))), 60)}"
        for row, cells in body.iloc[end:].iterrows()
    ]
    return body.iloc[:end], foot


def _is_counting(column: pd.Series, name: list[str], at: int) -> bool:
    """Return whether a first column without a name counts the rows, as pandas writes them."""
    return (
        at == 0
        and not any(re.sub(r"Unnamed: \d+", "", label) for label in name)
        and list(map(text_of, column))
        in ([str(row) for row in range(start, start + len(column))] for start in (0, 1))
    )


def _refuse_nameless(
    grid: Grid, body: pd.DataFrame, heads: list[list[str]], dates: list[int], options: Options
) -> None:
    """Raise for a cell of the table that stands under no name."""
    for at in (at for at in map(int, body.columns) if at not in dates):
        named = any(at < len(head) and head[at] for head in heads)
        filled = body.index[~body[at].map(is_blank)]
        if len(filled) and not named:
            options.refuse(
                f"{grid.what}, row {filled[0]}: the cell {shown(body[at][filled[0]])} stands under "
                "no name; put a text or number that holds the delimiter between double quotes, or "
                "name its column"
            )


def _refuse_dateless(grid: Grid, options: Options) -> None:
    """Raise for a grid in which no column holds dates."""
    own = options.columns.get("date", "")
    top = [text_of(cell) for row in grid.cells.head(TOP).to_numpy() for cell in row]
    heads = [head for row in grid.heads for head in row] if grid.heads is not None else top
    listed = [head for head in dict.fromkeys(heads) if head]
    if own:
        options.refuse(
            f"{grid.what} has no column {shown(own)}{did_you_mean(own, listed)}; it has "
            f"{shown(', '.join(listed), 300)}"
        )
    others = grid.said.get("sheets not read")
    sheet = f"name another sheet, {options.key('sheet', others[0])}, or " if others else ""
    options.refuse(
        f"{grid.what}: no column holds dates; {sheet}name it, such as "
        f"{options.key('columns', {'date': 'Datum'})}, or say how its dates are written, such as "
        f"{options.key('date_format', '%d.%m.%Y')}. It begins {shown(', '.join(listed), 200)}"
    )
