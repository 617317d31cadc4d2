"""What a clean table is: where it comes from, what it must look like, how it is made.

Each family of tables lives in one module of `rareearth_research.datasets.cleaning` that holds
pure functions and a module-level ``TABLES``. `tables.all_tables` collects them; `build` runs them.
A new table is a new `Table`, not a change to the machinery.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from pandera.pandas import DataFrameSchema

__all__ = ["CleaningLog", "CleaningStep", "Table"]


@dataclass(frozen=True)
class Table:
    """One clean table: its description, its raw files, its schema and its cleaning function.

    Parameters
    ----------
    name
        Name used by `catalog.read`; the file is ``data/clean/<name>.csv``.
    title, description
        For people: one line, and a paragraph.
    raw
        File names under ``data/raw`` that `build` reads.
    sources
        Source ids of ``data/raw/sources.csv`` behind the figures.
    schema
        Makes the strict pandera schema. Every column has ``description=`` and
        ``metadata={"unit": ...}``. A column of dates without a time of day is ``datetime64[us]``;
        an instant is ``datetime64[us, UTC]``. A regex column may use ``{column}`` in its
        description. Text columns are never missing: an absent text is ``""``.
    build
        ``build(raw, log)``: raw frames by file name (every column text, absent text ``""``) and
        the log of what each rule changed; returns the clean frame, sorted.
    primary_key
        Columns that identify a row.
    loaders
        Public functions that serve it; ``rer.cite("prices")`` finds the tables of
        ``rer.load_prices`` by them.
    """

    name: str
    title: str
    description: str
    raw: tuple[str, ...]
    sources: tuple[str, ...]
    schema: Callable[[], DataFrameSchema]
    build: Callable[[Mapping[str, pd.DataFrame], CleaningLog], pd.DataFrame]
    primary_key: tuple[str, ...] = ()
    loaders: tuple[str, ...] = ()


@dataclass(frozen=True)
class CleaningStep:
    """What one named rule did to one table."""

    rule: str
    table: str
    rows: int
    why: str
    detail: str | Mapping[str, str] = ""


@dataclass
class CleaningLog:
    """Collects what the cleaning rules did; written out as ``data/CLEANING.md``."""

    steps: list[CleaningStep] = field(default_factory=list)

    def record(
        self, rule: str, table: str, rows: int, why: str, detail: str | Mapping[str, str] = ""
    ) -> None:
        """Note that the function `rule` touched `rows` rows of `table`, why, and which.

        `detail` is text, a line each, or cells by column name if the rule runs many times.
        """
        self.steps.append(CleaningStep(rule, table, int(rows), why, detail))
