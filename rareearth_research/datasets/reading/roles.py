"""Which column is the date, which names securities, which holds the figures?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rareearth_research.datasets.reading.cells.options import Options
from rareearth_research.datasets.reading.headings import Table
from rareearth_research.datasets.reading.words import ADJUSTED, KNOWN, plain, rank, split_label
from rareearth_research.days import is_blank
from rareearth_research.errors import did_you_mean, shown

FIGURES = ("price", "return", "other")
# one of several columns of prices or returns that is sure to be the one with dividends
SURE = {"price": ADJUSTED, "return": ("ret", "retx", "dlyret", "dlyretx", "dretwd", "dretnd")}


@dataclass(frozen=True)
class Column:
    """One column of figures: whose, of which field, dated by which column."""

    security: str
    field: str
    at: int
    date: int


def check_columns(table: Table, options: Options) -> None:
    """Refuse columns that were named and are not there, or twice."""
    for meaning, own in options.columns.items():
        if table.names.count(own) > 1:
            options.refuse(f"{table.what} has the column {shown(own)} more than once; rename one")
        labels = (label for _, label in table.labels)
        parts = (split_label(name)[1] for name in table.names)
        if own not in table.names and own not in parts and not any(own in row for row in labels):
            options.refuse(
                f"{table.what} has no column {shown(own)} (named for {meaning!r})"
                f"{did_you_mean(own, table.names)}; it has "
                f"{shown(', '.join(filter(None, table.names)), 300)}"
            )


def security_of(table: Table, options: Options) -> int | None:
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


def date_of(table: Table, options: Options) -> int:
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


def figure_of(
    fields: dict[int, str],
    options: Options,
    wanted: Sequence[str],
    what: str,
    *,
    wide: bool = False,
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
        if len(order) > 1 and plain(order[0]) not in SURE[meaning]:
            ways = " or ".join(options.key("columns", {meaning: name}) for name in order[:4])
            options.refuse(
                f"{what} has several columns that can be the {meaning}, "
                f"{', '.join(map(repr, order))}; say which is meant, {ways}"
            )
        if order:
            return meaning, known[order[0]]
    names = list(dict.fromkeys(name for name in fields.values() if name))
    each = f"; or if each names a security, {options.key('layout', 'wide')}" if wide else ""
    example = names[0] if names else "Close"
    other = next((KNOWN[plain(n)] for n in names if KNOWN.get(plain(n)) in ("price", "return")), "")
    hint = f"; it has {other}s, which rer.read_{other}s reads" if other else ""
    return options.refuse(
        f"{what} has no column known to hold {' or '.join(f'{m}s' for m in wanted)}{hint}; name "
        f"it, such as {options.key('columns', {wanted[0]: example})}. It has "
        f"{shown(', '.join(names), 300)}{each}"
    )


def columns_of(table: Table, options: Options, stem: str) -> tuple[list[Column], str, list[str]]:
    """Return whose each column is and of which field, what says so, and currencies named above."""
    places = [at for at in table.places if at not in table.dates
              and not table.cells[at].map(is_blank).all()]  # fmt: skip
    if not places:
        options.refuse(
            f"{table.what} has no figures beside its dates; give a file with a column of them"
        )
    dated = {at: max((d for d in table.dates if d < at), default=table.dates[0]) for at in places}
    for date in (d for d in table.dates if d not in dated.values() and d < max(places)):
        options.refuse(
            f"{table.what} has columns of dates side by side, {table.names[date]!r} among them; "
            "keep the one with the days of the figures, and remove the others"
        )
    rows = [(table.names[table.dates[0]], table.names), *table.labels]
    money = [row for row in rows[1:] if plain(row[0]) in ("currency", "货币", "币种", "ccy")]
    rows = [row for row in rows if row not in money]
    currencies = sorted({row[1][at] for row in money for at in places if row[1][at]})
    alone = options.layout == "wide" and len(rows) == 1  # then it names securities
    fields = next(
        (row for row in rows[alone:] if _are_fields([row[1][at] for at in places], options)), None
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
            columns = [Column(name, own, at, dated[at])
                       for at, (name, own) in zip(places, parts, strict=True)]  # fmt: skip
            return columns, "the first part of each heading", currencies
        plain_ones = [Column(naming[0][1][at], "", at, dated[at]) for at in places]
        return plain_ones, "the headings", currencies
    if not naming:
        if not stem:
            options.refuse(
                f"{table.what} holds the fields of one security and does not say which; name it in "
                "a column, such as frame.assign(security='MP')"
            )
        return [Column(stem, fields[1][at], at, dated[at]) for at in places], "file", currencies
    columns, whose, what = [], "", ""
    for at in places:  # a merged cell stands at the first of its columns, or above the date of them
        whose = next(
            (naming[0][1][place] for place in (at, *over[at]) if naming[0][1][place]), whose
        )
        what = fields[1][at] or what
        columns.append(Column(whose, what, at, dated[at]))
    return columns, f"the heading {naming[0][0]!r}" if naming[0][0] else "a heading", currencies


def _are_fields(labels: list[str], options: Options) -> bool:
    """Return whether headings name fields, such as Close and Volume, and not securities."""
    meanings = [KNOWN.get(plain(label), "") for label in labels if label]
    if options.layout == "wide" and not all(meanings):
        return False
    own = set(options.columns.values()) & set(labels)
    known = sum(meaning in FIGURES for meaning in meanings)
    sure = bool({"price", "return"} & {*meanings}) or known == len(meanings)
    least = 1 if sure else 2  # a share may have the ticker LOW
    return bool(own) or known > 2 or (known >= least and known * 2 >= len(meanings))
