"""Which security, which figure? A table, long or wide, as one column for each security.

Long: a row for each date and security. Wide: a column for each security, or several (close, volume)
that a further heading or the name itself tells apart. Or the fields of one security, which bears
the name of the file.

What are the figures and days of a column? All columns of a table are read by the same signs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from rareearth_research.datasets.reading import conflicts, roles
from rareearth_research.datasets.reading.cells.dates import read_days
from rareearth_research.datasets.reading.cells.grid import Grid, text_of
from rareearth_research.datasets.reading.cells.numbers import find_signs, read_numbers, rows_named
from rareearth_research.datasets.reading.cells.options import Options
from rareearth_research.datasets.reading.headings import Table, table_of
from rareearth_research.datasets.reading.words import WORDS, plain
from rareearth_research.days import is_blank
from rareearth_research.errors import shown

CRSP_RETURNS = ("ret", "retx", "dlyret", "dlyretx")
CODES = (*WORDS["codes"]["letters"], *WORDS["codes"]["numbers"])
SIX = ("stkcd", "证券代码", "股票代码")  # codes of the Chinese exchanges have six digits


class Reading:
    """Read columns of a table with the same signs, and remember what was read."""

    def __init__(self, table: Table, grid: Grid, options: Options, aside: Sequence[int]) -> None:
        self.table, self.grid, self.options, self.aside = table, grid, options, aside
        self.codes: dict[str, int] = {}
        self.notes: list[str] = []
        self.money: set[str] = set()
        self.percent, self.percents, self.how = False, False, ""
        self._days: dict[int, pd.Series] = {}
        self._signs: Any = None

    def figures(self, at: int, name: str, rows: pd.Index) -> pd.Series:
        """Return the figures of a column by row; CRSP's own codes where the column is CRSP's."""
        options = self.options
        if self._signs is None:
            others = [at for at in self.table.places if at not in self.aside]
            figures = [self.table.cells[at] for at in others]
            self._signs = find_signs(figures, self.table.what, self.grid.said.get("delimiter", ""),
                                     options)  # fmt: skip
        field_name = plain(self.table.names[at])
        if field_name in CRSP_RETURNS:
            options = replace(options, missing=(*options.missing, *CODES))
        read = read_numbers(
            self.table.cells[at].loc[rows],
            name,
            self.table.what,
            self._signs,
            options,
            percent=self.percents,
        )
        for code, count in read.codes.replace("", "blank").value_counts().items():
            self.codes[str(code)] = self.codes.get(str(code), 0) + int(count)
        self.percent |= read.percent
        self.money |= {read.money} - {""}
        values = read.values
        if field_name in ("prc", "dlyprc"):
            if (values < 0).any():
                self.notes.append(
                    f"{int((values < 0).sum())} prices with a minus sign are midpoints of bid and "
                    "ask (CRSP), taken without it"
                )
            if (values == 0).any():
                self.codes["0"] = self.codes.get("0", 0) + int((values == 0).sum())
            values = values.abs().mask(values == 0)
        return values

    def days(self, at: int) -> pd.Series:
        """Return the days of a column by row."""
        if at not in self._days:
            cells = self.table.cells[at]
            cells = cells[~cells.map(is_blank)]
            name = self.table.names[at] or "date"
            self._days[at], self.how = read_days(cells, name, self.table.what, self.options)
        return self._days[at]

    def said(self, how: str, days: pd.Series, layout: str, date: str) -> dict[str, Any]:
        """Return what was understood so far."""
        order = ""
        if not days.is_monotonic_increasing and layout.startswith(("wide", "the")):
            newest = days.is_monotonic_decreasing
            order = "; newest first, sorted" if newest else "; not in order, sorted"
        grid, signs = self.grid.said, self._signs
        said: dict[str, Any] = {"file": self.table.what, **grid, "layout": layout}
        said["headings"] = f"row {self.table.rows}" if self.grid.heads is None else self.table.rows
        said["dates"] = f"{date or 'the first column'}: {how}{order}"
        said["numbers"] = (
            f"decimal {signs.decimal!r}"
            + (f", thousands {signs.thousands!r}" if signs.thousands else "")
            + ", brackets for a minus" * signs.brackets
        )
        said["missing"] = self.codes
        said["currencies"] = sorted(self.money)
        said["rows skipped"] = self.table.skipped
        said["notes"] = self.notes
        return said


@dataclass(frozen=True)
class Panel:
    """The figures of a table by date and security.

    Attributes
    ----------
    values : DataFrame
        Dates ascending, a column for each security.
    holds : str
        ``"price"``, ``"return"``, or "" where nothing says it.
    name : str
        Of the column or field that they come from.
    percent : bool
        Whether the cells bear a per cent sign.
    said : dict
        What was understood.
    """

    values: pd.DataFrame
    holds: str
    name: str
    percent: bool
    said: dict[str, Any] = field(default_factory=dict)


def panel_of(grid: Grid, options: Options, wanted: Sequence[str], stem: str) -> Panel:
    """Return the figures of a grid.

    Parameters
    ----------
    grid : Grid
    options : Options
    wanted : sequence of str
        The meanings to look for, the most wanted first: "return", "price".
    stem : str
        The name of a security that the table does not name; empty if there is none.
    """
    options = grid.options(options)
    table = table_of(grid, options)
    roles.check_columns(table, options)
    security = roles.security_of(table, options)
    if security is None:
        return _side_by_side(table, grid, options, wanted, stem)
    return _stacked(table, grid, options, wanted, security)


def _stacked(
    table: Table, grid: Grid, options: Options, wanted: Sequence[str], security: int
) -> Panel:
    """Return the panel of a long table."""
    names, cells, what = table.names, table.cells, table.what
    date = roles.date_of(table, options)
    fields = {at: names[at] for at in table.places if at not in (security, date)}
    meaning, at = roles.figure_of(fields, options, wanted, what)
    cells = cells[~cells[[security, date, at]].map(is_blank).all(axis=1)]
    for place, says in ((date, "which date"), (security, "which security")):
        blank = cells.index[cells[place].map(is_blank)]
        if len(blank):
            options.refuse(
                f"{what}, {rows_named(blank)}: {names[place]!r} is blank, and it says {says} a row "
                "is of; fill it in or remove the row"
            )
    days, how = read_days(cells[date], names[date] or "date", what, options)
    whose = cells[security].map(lambda cell: text_of(cell).lstrip("'"))
    if plain(names[security]) in SIX and whose.str.isdecimal().all():
        whose = whose.str.zfill(6)
    keys = pd.DataFrame({"date": days, "security": whose})
    conflicts.refuse_twice(keys, table, options, names, security)
    conflicts.refuse_renamed(whose, table, options, security)
    splits = WORDS["factors"].get(plain(names[at]), "")
    factor = next((place for place in fields if plain(names[place]) == splits), None)
    read = Reading(table, grid, options, [*table.dates, security])
    read.percents = meaning == "return"
    values = read.figures(at, names[at], cells.index)
    if factor is not None:
        by = read.figures(factor, names[factor], cells.index)
        lost = int((values.notna() & ~(by > 0)).sum())
        values = values / by.where(by > 0)
        read.notes.append(
            f"prices divided by {names[factor]}, so that splits are none"
            + (f"; {lost} missing, for which there is none above 0" if lost else "")
        )
    wide = keys.assign(value=values).pivot(index="date", columns="security", values="value")
    money = conflicts.currencies_of(table, keys, options)
    used = {security, date, at, factor, money[1]}
    said = read.said(how, days, "long: a row for each date and security", table.named(date))
    said["securities are named by"] = names[security]
    if money[0]:
        said["currencies"] = money[0]
    said["columns not used"] = [names[place] for place in table.places if place not in used]
    return _panel(wide, meaning, names[at], read, said)


def _side_by_side(
    table: Table, grid: Grid, options: Options, wanted: Sequence[str], stem: str
) -> Panel:
    """Return the panel of a wide table, or of the fields of one security."""
    columns, by, currencies = roles.columns_of(table, options, stem)
    fields = {place: column.field for place, column in enumerate(columns)}
    if any(fields.values()) or options.columns.keys() & {"price", "return"}:
        meaning, place = roles.figure_of(fields, options, wanted, table.what, wide=by == "file")
        name = fields[place]
    else:
        meaning, name = "", ""
    taken = [column for column in columns if column.field == name]
    lacking = {column.security for column in columns} - {column.security for column in taken}
    if lacking:
        options.refuse(
            f"{table.what}: {shown(sorted(lacking)[0])} has no {name!r}, which others have; name "
            "the field to be read for all, "
            f"{options.key('columns', {'price': next(c.field for c in columns if c not in taken)})}"
        )
    security, count = Counter(column.security for column in taken).most_common(1)[0]
    if count > 1:
        options.refuse(
            f"{table.what} has {shown(security)} in more than one column; keep or rename one"
        )
    read = Reading(table, grid, options, table.dates)
    read.percents = "return" in (meaning, *wanted[:1])
    series, hows, all_days = {}, set(), []
    for column in taken:
        days = read.days(column.date)
        undated = table.cells.index.difference(days.index, sort=False)
        blank = undated[~table.cells[column.at].loc[undated].map(is_blank)]
        if len(blank):
            options.refuse(
                f"{table.what}, {rows_named(blank)}: the date is blank; fill it in or remove "
                "the row"
            )
        values = read.figures(column.at, column.security, days.index)
        conflicts.refuse_day_twice(days, column, table, options)
        series[column.security] = values.set_axis(pd.DatetimeIndex(days))
        hows.add(read.how)
        all_days.append(days)
    wide = pd.DataFrame(series).sort_index()
    layout = (
        "the fields of one security" if by == "file" else
        "wide: a column for each security" if not name else
        f"wide: {name} of each security"
    )  # fmt: skip
    said = read.said(next(iter(hows)), all_days[0], layout, table.named(table.dates[0]))
    said["securities are named by"] = by
    if currencies:
        said["currencies"] = currencies
    left = [c.field or c.security for c in columns if c not in taken]
    left += [table.names[at] for at in table.dates if at > max(c.at for c in columns)]
    said["columns not used"] = list(dict.fromkeys(left))
    known = {*table.dates, *(column.at for column in columns)}
    bare = [table.names[at] for at in table.places if at not in known and table.names[at]]
    return _panel(wide, meaning, name, read, said, bare)


def _panel(
    wide: pd.DataFrame,
    meaning: str,
    name: str,
    read: Reading,
    said: dict,
    blank: Sequence[str] = (),
) -> Panel:
    empty = [str(column) for column in wide if wide[column].isna().all()]
    if blank or empty:
        read.notes.append(f"without any figure, and left out: {', '.join([*blank, *empty])}")
    wide = wide.drop(columns=empty).rename_axis(index="date", columns="security")
    return Panel(wide.sort_index().astype(float), meaning, name, read.percent, said)
