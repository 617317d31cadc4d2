"""Which security, which figure? A table, long or wide, as one column for each security.

Long: a row for each date and security. Wide: a column for each security, or several (close, volume)
that a further heading or the name itself tells apart. Or the fields of one security, which bears
the name of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from rareearth_research.datasets.reading.cells.dates import read_days
from rareearth_research.datasets.reading.cells.grid import Grid, text_of
from rareearth_research.datasets.reading.cells.numbers import find_signs, read_numbers, rows_named
from rareearth_research.datasets.reading.cells.options import Options
from rareearth_research.datasets.reading.headings import Table, table_of
from rareearth_research.datasets.reading.words import ADJUSTED, KNOWN, plain, rank, split_label
from rareearth_research.days import is_blank
from rareearth_research.errors import did_you_mean, shown

__all__ = ["Panel", "panel_of"]

FIGURES = ("price", "return", "other")
CRSP_RETURNS = ("ret", "retx", "dlyret", "dlyretx")
CODES = ("a", "b", "c", "d", "e", "-44", "-55", "-66", "-77", "-88", "-99",
         *(f"-{code}.0" for code in (44, 55, 66, 77, 88, 99)))  # fmt: skip
LASTING = ("permno", "lpermno", "permco", "gvkey", "isin", "figi", "stkcd")
SIX = ("stkcd", "证券代码", "股票代码")  # codes of the Chinese exchanges have six digits


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


@dataclass(frozen=True)
class _Column:
    """One column of figures: whose, of which field, dated by which column."""

    security: str
    field: str
    at: int
    date: int


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
    table = table_of(grid, options)
    _check_columns(table, options)
    security = _security(table, options)
    if security is None:
        return _side_by_side(table, grid, options, wanted, stem)
    return _stacked(table, grid, options, wanted, security)


def _check_columns(table: Table, options: Options) -> None:
    """Refuse columns that were named and are not there, or twice."""
    for meaning, own in options.columns.items():
        if table.names.count(own) > 1:
            options.refuse(f"{table.what} has the column {shown(own)} more than once; rename one")
        if own not in table.names and not any(own in label for _, label in table.labels):
            options.refuse(
                f"{table.what} has no column {shown(own)} (named for {meaning!r})"
                f"{did_you_mean(own, table.names)}; it has "
                f"{shown(', '.join(filter(None, table.names)), 300)}"
            )


def _security(table: Table, options: Options) -> int | None:
    """Return the column that names the securities of a long table; None in a wide one."""
    own = options.columns.get("security")
    if own:
        return table.names.index(own)
    if options.layout == "wide":
        return None
    places = [at for at in table.places if at not in table.dates
              and KNOWN.get(plain(table.names[at])) == "security"]  # fmt: skip
    if not places and options.layout == "long":
        options.refuse(
            f"{table.what}: no column is known to name securities; name it, such as "
            f"{options.key('columns', {'security': table.names[-1]})}"
        )
    return min(places, key=lambda at: rank(table.names[at], "security")) if places else None


def _stacked(
    table: Table, grid: Grid, options: Options, wanted: Sequence[str], security: int
) -> Panel:
    """Return the panel of a long table."""
    names, cells, what = table.names, table.cells, table.what
    date = _date(table, options)
    fields = {at: names[at] for at in table.places if at not in (security, date)}
    meaning, at = _figure(fields, options, wanted, what)
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
    _refuse_twice(keys, table, options, names, security)
    _refuse_renamed(whose, table, options, security)
    factor = next((place for place in fields if plain(names[place]) == "cfacpr"), None)
    read = _Reading(table, grid, options, [*table.dates, security])
    read.percents = meaning == "return"
    values = read.figures(at, names[at], cells.index)
    if factor is not None and meaning == "price" and plain(names[at]) == "prc":
        values = values / read.figures(factor, names[factor], cells.index)
        read.notes.append(f"prices divided by {names[factor]}, so that splits are none")
    wide = keys.assign(value=values).pivot(index="date", columns="security", values="value")
    money = _currencies(table, keys, options)
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
    columns, by, currencies = _columns_of(table, options, stem)
    fields = {place: column.field for place, column in enumerate(columns)}
    if any(fields.values()) or options.columns.keys() & {"price", "return"}:
        meaning, place = _figure(fields, options, wanted, table.what)
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
    twice = [c.security for c in taken if [d.security for d in taken].count(c.security) > 1]
    if twice:
        options.refuse(
            f"{table.what} has {shown(twice[0])} in more than one column; keep or rename one"
        )
    read = _Reading(table, grid, options, table.dates)
    read.percents = "return" in (meaning, *wanted[:1])
    series, hows, all_days = {}, set(), []
    for column in taken:
        cells = table.cells[~table.cells[column.at].map(is_blank)]
        blank = cells.index[cells[column.date].map(is_blank)]
        if len(blank):
            options.refuse(
                f"{table.what}, {rows_named(blank)}: the date is blank; fill it in or remove "
                "the row"
            )
        days = read.days(column.date)
        values = read.figures(column.at, column.security, days.index)
        _refuse_day_twice(days, column, table, options)
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
    said["columns not used"] = list(dict.fromkeys(left))
    return _panel(wide, meaning, name, read, said)


def _panel(wide: pd.DataFrame, meaning: str, name: str, read: _Reading, said: dict) -> Panel:
    empty = [str(column) for column in wide if wide[column].isna().all()]
    if empty:
        read.notes.append(f"without any figure, and left out: {', '.join(empty)}")
    wide = wide.drop(columns=empty).rename_axis(index="date", columns="security")
    return Panel(wide.sort_index().astype(float), meaning, name, read.percent, said)


def _columns_of(table: Table, options: Options, stem: str) -> tuple[list[_Column], str, list[str]]:
    """Return whose each column is and of which field, what says so, and currencies named above."""
    places = [at for at in table.places if at not in table.dates
              and not table.cells[at].map(is_blank).all()]  # fmt: skip
    dated = {at: max((d for d in table.dates if d < at), default=table.dates[0]) for at in places}
    rows = [(table.names[table.dates[0]], table.names), *table.labels]
    money = [row for row in rows[1:] if plain(row[0]) in ("currency", "货币", "币种", "ccy")]
    rows = [row for row in rows if row not in money]
    currencies = sorted({row[1][at] for row in money for at in places if row[1][at]})
    fields = next(
        (row for row in rows if _are_fields([row[1][at] for at in places], options)), None
    )
    over = (
        dict.fromkeys(places, ()) if len(table.dates) == 1 else {at: (dated[at],) for at in places}
    )
    naming = sorted(
        (
            row
            for row in rows
            if row is not fields
            and any(row[1][at] for place in places for at in (place, *over[place]))
        ),
        key=lambda row: rank(row[0], "security") if plain(row[0]) != "name" else 0,
    )
    if fields is None:
        parts = [split_label(naming[0][1][at]) for at in places]
        if all(name for name, _ in parts):
            columns = [_Column(name, own, at, dated[at])
                       for at, (name, own) in zip(places, parts, strict=True)]  # fmt: skip
            return columns, "the first part of each heading", currencies
        plain_ones = [_Column(naming[0][1][at], "", at, dated[at]) for at in places]
        return plain_ones, "the headings", currencies
    if not naming:
        if not stem:
            options.refuse(
                f"{table.what} holds the fields of one security and does not say which; name it in "
                "a column, such as frame.assign(security='MP')"
            )
        return [_Column(stem, fields[1][at], at, dated[at]) for at in places], "file", currencies
    columns, whose, what = [], "", ""
    for at in places:  # a merged cell stands at the first of its columns, or above the date of them
        whose = next(
            (naming[0][1][place] for place in (at, *over[at]) if naming[0][1][place]), whose
        )
        what = fields[1][at] or what
        columns.append(_Column(whose, what, at, dated[at]))
    return columns, f"the heading {naming[0][0]!r}" if naming[0][0] else "a heading", currencies


def _are_fields(labels: list[str], options: Options) -> bool:
    """Return whether headings name fields, such as Close and Volume, and not securities."""
    meanings = [KNOWN.get(plain(label), "") for label in labels if label]
    if options.layout == "wide" and not all(meanings):
        return False
    own = set(options.columns.values()) & set(labels)
    known = sum(meaning in FIGURES for meaning in meanings)
    return bool(own) or (bool({"price", "return"} & {*meanings}) and known * 2 >= len(meanings))


def _date(table: Table, options: Options) -> int:
    """Return the column of dates of a long table."""
    if len(table.dates) == 1:
        return table.dates[0]
    named = [at for at in table.dates if KNOWN.get(plain(table.names[at])) == "date"]
    if len(named) == 1:
        return named[0]
    names = [table.names[at] for at in named or table.dates]
    return options.refuse(
        f"{table.what} has several columns of dates, {', '.join(map(repr, names))}; say which is "
        f"meant, such as {options.key('columns', {'date': names[0]})}"
    )


def _figure(
    fields: dict[int, str], options: Options, wanted: Sequence[str], what: str
) -> tuple[str, int]:
    """Return the meaning and the place of the field to read, or ask."""
    for meaning in wanted:
        own = options.columns.get(meaning)
        if own is not None and own in fields.values():
            return meaning, next(place for place, name in fields.items() if name == own)
    for meaning in wanted:
        known = {name: place for place, name in reversed(fields.items())
                 if KNOWN.get(plain(name)) == meaning}  # fmt: skip
        order = sorted(known, key=lambda name: rank(name, meaning))
        sure = ADJUSTED if meaning == "price" else (*CRSP_RETURNS, "dretwd", "dretnd")
        if len(order) > 1 and plain(order[0]) not in sure:
            ways = " or ".join(options.key("columns", {meaning: name}) for name in order[:4])
            options.refuse(
                f"{what} has several columns that can be the {meaning}, "
                f"{', '.join(map(repr, order))}; say which is meant, {ways}"
            )
        if order:
            return meaning, known[order[0]]
    names = list(dict.fromkeys(name for name in fields.values() if name))
    example = names[0] if names else "Close"
    other = next((KNOWN[plain(n)] for n in names if KNOWN.get(plain(n)) in ("price", "return")), "")
    hint = f"; it has {other}s, which rer.read_{other}s reads" if other else ""
    return options.refuse(
        f"{what} has no column known to hold {' or '.join(f'{m}s' for m in wanted)}{hint}; name "
        f"it, such as {options.key('columns', {wanted[0]: example})}. It has "
        f"{shown(', '.join(names), 300)}"
    )


def _refuse_twice(
    keys: pd.DataFrame, table: Table, options: Options, names: list[str], security: int
) -> None:
    """Raise where a security has a date twice; say so if the name stands for several."""
    twice = keys.duplicated(keep=False)
    if not twice.any():
        return
    day, whose = keys[twice].iloc[0]
    rows = keys.index[(keys["date"] == day) & (keys["security"] == whose)]
    finer = [
        names[at] for at in table.places
        if at != security and KNOWN.get(plain(names[at])) == "security"
        and table.cells.loc[rows, at].nunique() > 1
    ]  # fmt: skip
    more = "keep one of them"
    if finer:
        more = (
            f"{names[security]!r} names several {finer[0]!r}: read these instead, "
            f"{options.key('columns', {'security': finer[0]})}"
        )
    options.refuse(
        f"{table.what}, {rows_named(rows)}: {shown(whose)} has the date {day.date()} more than "
        f"once; {more}"
    )


def _refuse_renamed(whose: pd.Series, table: Table, options: Options, security: int) -> None:
    """Raise where a lasting number and the names used are not one to one."""
    for at in table.places:
        if plain(table.names[at]) not in LASTING or at == security:
            continue
        number = table.cells.loc[whose.index, at].map(text_of)
        for one, other, says in (
            (whose, number, "stands for several"), (number, whose, "stands under several")
        ):  # fmt: skip
            counts = other[(one != "") & (other != "")].groupby(one).nunique()
            if (counts > 1).any():
                own, name = table.names[at], table.names[security]
                which, many = (name, own) if one is whose else (own, name)
                found = other[one == counts.index[counts > 1][0]].unique()[:3]
                options.refuse(
                    f"{table.what}: {which} {counts.index[counts > 1][0]} {says} {many} "
                    f"({', '.join(found)}); read by the number that lasts, "
                    f"{options.key('columns', {'security': own})}"
                )


def _refuse_day_twice(days: pd.Series, column: _Column, table: Table, options: Options) -> None:
    twice = days.index[days.duplicated()]
    if not len(twice):
        return
    day = days[twice[0]]
    rows = days.index[days == day]
    texts = [table.names[at] for at in table.places if at not in table.dates
             and KNOWN.get(plain(table.names[at])) not in FIGURES
             and _are_names(table.cells[at])]  # fmt: skip
    more = ""
    if texts:
        more = (
            f", or if {texts[0]!r} names the security of each row, "
            f"{options.key('columns', {'security': texts[0]})}"
        )
    options.refuse(
        f"{table.what}, {rows_named(rows)}: the date {day.date()} comes more than once; keep one "
        f"row a date{more}. Bars within a day are not read"
    )


def _are_names(cells: pd.Series) -> bool:
    """Return whether a column holds several texts that are no numbers."""
    texts = cells.map(text_of)
    return texts.nunique() > 1 and bool(texts.str.contains("[^0-9.,%-]").all())


def _currencies(table: Table, keys: pd.DataFrame, options: Options) -> tuple[list[str], int | None]:
    """Return the currencies of a long table; one security in two of them is refused."""
    own = options.columns.get("currency")
    place = next((at for at in table.places if table.names[at] == own or (
        not own and KNOWN.get(plain(table.names[at])) == "currency")), None)  # fmt: skip
    if place is None:
        return [], None
    money = table.cells.loc[keys.index, place].map(text_of)
    money = money[money != ""]
    counts = money.groupby(keys["security"]).nunique()
    if (counts > 1).any():
        whose = counts.index[counts > 1][0]
        found = money[keys["security"] == whose]
        other = found.index[found != found.iloc[0]][0]
        options.refuse(
            f"{table.what}: {shown(whose)} is in {found.iloc[0]} in row {found.index[0]} and in "
            f"{found[other]} in row {other}; keep the rows of one currency for each security"
        )
    return sorted(money.unique()), place


class _Reading:
    """Read columns of a table with the same signs, and remember what was read."""

    def __init__(self, table: Table, grid: Grid, options: Options, aside: Sequence[int]) -> None:
        self.table, self.grid, self.options, self.aside = table, grid, options, aside
        self.codes: dict[str, int] = {}
        self.notes: list[str] = []
        self.percent, self.percents, self.how = False, False, ""
        self._days: dict[int, pd.Series] = {}
        self._signs: Any = None

    def figures(self, at: int, name: str, rows: pd.Index) -> pd.Series:
        """Return the figures of a column by row; CRSP's own codes where the column is CRSP's."""
        cells, options = self.table.cells.loc[rows], self.options
        if self._signs is None:
            others = [at for at in self.table.places if at not in self.aside]
            figures = [self.table.cells[at] for at in others]
            self._signs = find_signs(figures, self.table.what, self.grid.said.get("delimiter", ""),
                                     options)  # fmt: skip
        field_name = plain(self.table.names[at])
        if field_name in CRSP_RETURNS:
            from dataclasses import replace

            options = replace(options, missing=(*options.missing, *CODES))
        read = read_numbers(
            cells[at], name, self.table.what, self._signs, options, percent=self.percents
        )
        for code, count in read.codes.replace("", "blank").value_counts().items():
            self.codes[str(code)] = self.codes.get(str(code), 0) + int(count)
        self.percent |= read.percent
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
        said["numbers"] = f"decimal {signs.decimal!r}" + (
            f", thousands {signs.thousands!r}" if signs.thousands else ""
        )
        said["missing"] = self.codes
        said["rows skipped"] = self.table.skipped
        said["notes"] = self.notes
        return said
