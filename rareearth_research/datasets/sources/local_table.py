"""Read a user's own table by its mapping: every cell exactly, or the row and column at fault.

The cells are read as `rareearth_research.datasets.reading` reads any file; the mapping says which
column is which. A row without a figure is no row, and is counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.datasets.reading.cells.dates import by_format, read_days
from rareearth_research.datasets.reading.cells.grid import Grid, grid_of, refuse_uneven, text_of
from rareearth_research.datasets.reading.cells.numbers import (
    Signs,
    find_signs,
    read_numbers,
    rows_named,
)
from rareearth_research.datasets.sources.mapping import Mapped
from rareearth_research.days import is_blank, read_span
from rareearth_research.errors import SourceError, did_you_mean, shown

FORMATS = {"date": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
LOOKED_AT = 40  # rows, for the header


def read_table(mapped: Mapped) -> tuple[pd.DataFrame, str]:
    """Return the rows of the file in the columns of the raw table, and how they were read.

    Dates are ISO text, figures numbers.

    Raises
    ------
    SourceError
        Naming the file, row and column at fault, and what to do.
    """
    missing = f"{mapped.file} is not there; write its path under 'file', relative to the mapping"
    grid = grid_of(mapped.file, mapped.options, missing)
    mapped = replace(mapped, options=grid.options(mapped.options))
    table, said = _headed(grid, mapped)
    raw = mapped.raw
    columns = mapped.columns
    if mapped.wide:
        table, columns = _melted(table, mapped)
    figures = () if raw.compare == "text" else raw.figures
    # The index is the row in the file. A row with nothing in the mapped columns is none of them.
    out = pd.DataFrame({name: table[own] for name, own in columns.items()}, dtype=object)
    out = out[~out.map(is_blank).all(axis=1)]
    signs = find_signs(
        [out[name] for name in columns if name in figures]
        + [table[own] for own in mapped.ends.values() if own in table],
        str(mapped.file),
        grid.said.get("delimiter", ""),
        mapped.options,
    )
    codes: dict[str, pd.Series] = {}
    for name, own in columns.items():
        if name == raw.when:
            _refuse_blank(out[name], mapped, own, "which date a row is of")
            out[name], how = _dates(out[name], mapped)
            said.append(f"{own}: {how}")
        elif name in figures:
            read = read_numbers(out[name], own, str(mapped.file), signs, mapped.options)
            out[name], codes[name] = read.values, read.codes
        else:
            if name in raw.series and figures:
                _refuse_blank(out[name], mapped, own, "which series a row is of")
            out[name] = out[name].map(text_of)
    if mapped.ends:
        out["price"] = _within_ends(out, table, mapped, signs)
    out = _with_figures(out, codes, columns, mapped, said)
    said.append(f"decimal {signs.decimal!r}")
    if signs.thousands:
        said.append(f"thousands {signs.thousands!r}")
    return out.assign(**mapped.constants)[list(raw.columns)].reset_index(drop=True), "; ".join(said)


def _headed(grid: Grid, mapped: Mapped) -> tuple[pd.DataFrame, list[str]]:
    """Return the table below the row that names the mapped columns, and what was said of it."""
    cells, options = grid.cells, mapped.options
    said = [f"{key} {value}" for key, value in grid.said.items()]
    wanted = set(mapped.needed.values())
    if grid.heads is not None:
        names, first = grid.heads[-1], 0
    elif options.names:
        names, first = list(options.names), 0
        if len(names) != cells.shape[1]:
            raise SourceError(
                f"{mapped.file} has {cells.shape[1]} columns, and {len(names)} are under 'names'; "
                "give each a name"
            )
    else:
        top = cells.head(LOOKED_AT).map(text_of)
        fits = [place for place, (_, row) in enumerate(top.iterrows()) if wanted <= {*row}]
        if options.header_row:
            fits = [int(place) for place in np.flatnonzero(cells.index == options.header_row)]
            if not fits:
                raise SourceError(
                    f"{mapped.path}: header_row {options.header_row} is no row of {mapped.file}"
                )
        first = fits[0] if fits else 0
        names = list(cells.iloc[first].map(text_of))
        if first:
            said.append(f"header in row {cells.index[first]}, what stands above it skipped")
        first += 1
    _need_columns(names, mapped)
    body = cells.iloc[first:]
    refuse_uneven(grid, body.index, len(names) - names[::-1].index(next(filter(None, names[::-1]))),
                  options)  # fmt: skip
    table = body.set_axis(names, axis=1)
    unused = [name for name in names if name and name not in {*wanted, *mapped.ends.values()}]
    if unused and not mapped.wide:
        said.append(f"columns not used: {', '.join(unused)}")
    return table, said


def _need_columns(names: list[str], mapped: Mapped) -> None:
    """Refuse a header without the mapped columns, or with one of them twice."""
    for name, own in mapped.needed.items():
        if names.count(own) > 1:
            raise SourceError(
                f"{mapped.file} has the column {shown(own)} more than once; rename one"
            )
        if own in names:
            continue
        key, raw = mapped.options.key, mapped.raw
        order = [*mapped.needed.values(), *(f"column{n}" for n in range(len(names)))]
        ways = f"name them in their order, such as {key('names', order[: len(names)])}"
        if raw.series:
            each = {raw.series[0]: raw.figures[0]}
            ways += f"; if each series has a column, {key('wide', each)}"
        raise SourceError(
            f"{mapped.file} has no column {shown(own)} (mapped to {name!r} in {mapped.path.name})"
            f"{did_you_mean(own, names)}; it has {shown(', '.join(names), 300)}. If no row names "
            f"the columns, {ways}"
        )


def _melted(table: pd.DataFrame, mapped: Mapped) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return a table with a column for each series as one with a row for each."""
    [(series, figure)] = mapped.wide.items()
    kept = [*mapped.columns.values()]
    heads = [str(name) for name in table.columns if name and name not in kept]
    if not heads or len(set(heads)) < len(heads):
        raise SourceError(
            f"{mapped.file}: each series needs a column of its own beside {', '.join(kept)}, named "
            f"once; it has {shown(', '.join(heads), 300)}"
        )
    parts = []
    for head in heads:
        part = table[kept].set_axis([f"{row} ({head})" for row in table.index])
        part[series], part[figure] = head, table[head].to_numpy()
        parts.append(part)
    return pd.concat(parts), {**mapped.columns, series: series, figure: figure}


def _with_figures(
    out: pd.DataFrame,
    codes: dict[str, pd.Series],
    columns: dict[str, str],
    mapped: Mapped,
    said: list[str],
) -> pd.DataFrame:
    """Return the rows that hold figures; one with some and not others is refused."""
    figures = [name for name in mapped.raw.figures if name in out and name in (*codes, "price")]
    if not figures or mapped.raw.compare == "text":
        return out
    none = out[figures].isna().all(axis=1).to_numpy()
    for name in figures:
        if name in mapped.raw.blank:
            continue
        some = out.index[out[name].isna() & ~none]
        if len(some):
            own = columns.get(name, name)
            raise SourceError(
                f"{mapped.file}, {rows_named(some)}: {own!r} holds no figure and others of the row "
                "do; fill it in or remove the row"
            )
    if none.any():
        found = Counter(code or "blank" for name in codes for code in codes[name])
        listed = ", ".join(f"{code}: {count}" for code, count in found.items())
        rows = "row" if none.sum() == 1 else "rows"
        said.append(f"{none.sum()} {rows} without a figure left out ({listed})")
    return out[~none]


def _within_ends(out: pd.DataFrame, table: pd.DataFrame, mapped: Mapped, signs: Signs) -> pd.Series:
    """Return the price, or the midpoint of low and high; a price outside them is refused."""
    if not set(mapped.ends.values()) <= set(table.columns):
        return out["price"]  # an average alone cannot be checked
    low, high = (
        read_numbers(table.loc[out.index, own], own, str(mapped.file), signs, mapped.options).values
        for own in mapped.ends.values()
    )
    price = out["price"] if "price" in out else (low + high) / 2
    outside = ~price.between(low * (1 - 1e-9), high * (1 + 1e-9)) & price.notna()
    for row in out.index[outside]:
        raise SourceError(
            f"{mapped.file}, row {row}: the price is {price[row]:g}, and low to high is "
            f"{low[row]:g} to {high[row]:g}; correct the row, or the columns in the mapping"
        )
    return price


def _refuse_blank(column: pd.Series, mapped: Mapped, own: str, says: str) -> None:
    blank = column.index[column.map(is_blank)]
    if len(blank):
        raise SourceError(
            f"{mapped.file}, {rows_named(blank)}: {own!r} is blank, and it says {says}; fill it in "
            "or remove the row"
        )


def _dates(column: pd.Series, mapped: Mapped) -> tuple[pd.Series, str]:
    """Return days, months or years as the raw table writes them, and how they were read."""
    own, when, what = mapped.columns[mapped.raw.when], mapped.raw.when, str(mapped.file)
    if when == "date":
        days, how = read_days(column, own, what, mapped.options)
        return days.dt.strftime(FORMATS[when]), how
    text = column.map(lambda cell: isinstance(cell, str))
    if mapped.options.date_format and text.any():
        column = column.astype(object)
        column[text] = by_format(column[text], own, what, mapped.options)
    spans = {
        value: _span(value, f"{what}, row {row}: {own!r}:", when)
        for row, value in column.drop_duplicates().items()
    }
    return column.map(spans), f"{when}s"


def _span(value: Any, what: str, when: str) -> str:
    """Return a month or a year as the raw table writes it."""
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
