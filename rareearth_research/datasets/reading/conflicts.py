"""Do rows contradict each other? A date twice, a name of two securities, two currencies."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.reading.cells.grid import text_of
from rareearth_research.datasets.reading.cells.numbers import rows_named
from rareearth_research.datasets.reading.cells.options import Options
from rareearth_research.datasets.reading.headings import Table
from rareearth_research.datasets.reading.roles import FIGURES, Column
from rareearth_research.datasets.reading.words import KNOWN, plain
from rareearth_research.errors import shown

LASTING = ("permno", "lpermno", "permco", "gvkey", "isin", "figi", "stkcd")


def refuse_twice(
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


def refuse_renamed(whose: pd.Series, table: Table, options: Options, security: int) -> None:
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


def refuse_day_twice(days: pd.Series, column: Column, table: Table, options: Options) -> None:
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


def currencies_of(
    table: Table, keys: pd.DataFrame, options: Options
) -> tuple[list[str], int | None]:
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
