"""What are the figures and days of a column? All columns of a table are read by the same signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from rareearth_research.datasets.reading.cells.dates import read_days
from rareearth_research.datasets.reading.cells.grid import Grid
from rareearth_research.datasets.reading.cells.numbers import find_signs, read_numbers
from rareearth_research.datasets.reading.cells.options import Options
from rareearth_research.datasets.reading.headings import Table
from rareearth_research.datasets.reading.words import WORDS, plain
from rareearth_research.days import is_blank

__all__ = ["Reading"]

CRSP_RETURNS = ("ret", "retx", "dlyret", "dlyretx")
CODES = (*WORDS["codes"]["letters"], *WORDS["codes"]["numbers"])


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
        cells, options = self.table.cells.loc[rows], self.options
        if self._signs is None:
            others = [at for at in self.table.places if at not in self.aside]
            figures = [self.table.cells[at] for at in others]
            self._signs = find_signs(figures, self.table.what, self.grid.said.get("delimiter", ""),
                                     options)  # fmt: skip
        field_name = plain(self.table.names[at])
        if field_name in CRSP_RETURNS:
            options = replace(options, missing=(*options.missing, *CODES))
        read = read_numbers(
            cells[at], name, self.table.what, self._signs, options, percent=self.percents
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
