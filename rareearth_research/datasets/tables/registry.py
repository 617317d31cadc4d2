"""What a clean table is: where it comes from, what it must look like, how it is made.

What a table holds is data: ``codebook/<name>.toml`` says it column by column. How it is made is
code: each family of tables lives in one module of `rareearth_research.datasets.cleaning` that holds
pure functions and a module-level ``TABLES``. `all_tables` collects them; `build` runs them. A new
table is a new `Table`, a new family of tables adds its module to `FAMILIES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rareearth_research.datasets.tables.columns import KINDS, Column, check_unique
from rareearth_research.datasets.tables.vocabulary import WORDS
from rareearth_research.errors import DataError
from rareearth_research.facts import facts

if TYPE_CHECKING:
    import pandas as pd
    from pandera.pandas import DataFrameSchema

CODEBOOK = Path(__file__).parent / "codebook"
Raw = Mapping[str, "pd.DataFrame"]
Clean = Callable[[Raw, "CleaningLog"], "pd.DataFrame"]
# modules of `cleaning`, in the order their tables are built
FAMILIES = ("securities", "prices.tables", "events", "measures", "firm_news", "materials",
            "indicators", "controls", "commodities", "usgs", "bgs", "trade",
            "article", "literature", "calendars")  # fmt: skip


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
    columns
        What each column holds, in order: these columns and no others.
    clean
        ``clean(raw, log)``: raw frames by file name (every column text, absent text ``""``) and
        the log of what each rule changed; returns the clean frame, sorted. None: the first raw
        file as it is read.
    primary_key
        Columns that identify a row.
    loaders
        Public functions that serve it; ``rer.cite("prices")`` finds the tables of
        ``rer.load_prices`` by them.
    """

    name: str
    title: str
    description: str
    raw: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    columns: Mapping[str, Column] = field(default_factory=dict)
    clean: Clean | None = None
    primary_key: tuple[str, ...] = ()
    loaders: tuple[str, ...] = ()

    def build(self, raw: Raw, log: CleaningLog) -> pd.DataFrame:
        """Return the clean frame."""
        return self.clean(raw, log) if self.clean else self.in_order(self.read(raw))

    def read(self, raw: Raw, named: Sequence[str] = ()) -> pd.DataFrame:
        """Return the first raw file with its cells read as `columns` say; no key stands twice.

        `named` are the columns that name a row in an error, by default the key.
        """
        frame = raw[self.raw[0]].copy()
        check_unique(frame, self.primary_key, self.name)
        rows = reduce(lambda a, b: a + ", " + b, (frame[n] for n in named or self.primary_key))
        for name, column in self.columns.items():
            if column.read and name in frame:
                options = {"blank": True} if column.nullable else {}
                frame[name] = column.read(frame[name], rows, **options)
        return frame

    def in_order(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the columns of the table, its rows sorted by key."""
        return frame[[*self.columns]].sort_values([*self.primary_key], ignore_index=True)

    def schema(self) -> DataFrameSchema:
        """Return the strict pandera schema of `columns`."""
        import pandera.pandas as pa

        columns = {
            name: pa.Column(
                column.dtype,
                [
                    *([pa.Check.isin([*column.isin])] if column.isin else []),
                    *([pa.Check.in_range(*column.between)] if column.between else []),
                ],
                nullable=column.nullable,
                unique=column.unique,
                regex=column.pattern,
            )
            for name, column in self.columns.items()
        }
        ordered = not any(column.pattern for column in self.columns.values())
        return pa.DataFrameSchema(columns, name=self.name, strict=True, ordered=ordered)


@dataclass(frozen=True)
class CleaningStep:
    """What one named rule did to one table."""

    rule: str
    table: str
    rows: int
    why: str
    detail: str | Mapping[str, str] = ""


@dataclass(frozen=True)
class CleaningLog:
    """Collects what the cleaning rules did to `table`; written out as ``data/CLEANING.md``."""

    table: str = ""
    steps: list[CleaningStep] = field(default_factory=list)

    def of(self, table: str) -> CleaningLog:
        """Return the same log, for another table."""
        return CleaningLog(table, self.steps)

    def record(self, rule: str, rows: int, why: str, detail: str | Mapping[str, str] = "") -> None:
        """Note that the function `rule` touched `rows` rows of the table, why, and which.

        `detail` is text, a line each, or cells by column name if the rule runs many times.
        """
        self.steps.append(CleaningStep(rule, self.table, int(rows), why, detail))


def described(name: str, clean: Clean | None = None, **choices: Sequence[str]) -> Table:
    """Return the table that ``codebook/<name>.toml`` describes, made by `clean`.

    There a column has a kind with its description (``date.day = "..."``) and what else a `Column`
    says; ``"@status"`` among its ``isin`` stands for words of `choices` or of the vocabulary, and
    as description for what each of them means.
    """
    said = facts(CODEBOOK / f"{name}.toml")
    words = {f"@{key}": value for key, value in (WORDS | choices).items()}
    columns = {}
    for column, about in said.pop("columns").items():
        try:
            columns[column] = _column(about, words)
        except (TypeError, ValueError) as error:
            raise DataError(
                f"codebook/{name}.toml: column '{column}': {error}; say what a column of its kind "
                "says in the other files there"
            ) from None
    return Table(name=name, columns=columns, clean=clean, **said)


def _column(about: dict[str, Any], words: Mapping[str, Sequence[str]]) -> Column:
    (kind,) = KINDS.keys() & about
    if "isin" in about:
        about["isin"] = [*chain.from_iterable(words.get(word, [word]) for word in about["isin"])]
    description = about.pop(kind)
    if isinstance(meanings := words.get(description), Mapping):
        description = "; ".join(f"{word}: {meaning}" for word, meaning in meanings.items())
    return KINDS[kind](description, **about)


def all_tables() -> tuple[Table, ...]:
    """Return every table of every family, in the order they are built.

    Raises
    ------
    DataError
        If two tables have the same name.
    """
    homes = (import_module(f"rareearth_research.datasets.cleaning.{name}") for name in FAMILIES)
    tables = tuple(table for home in homes for table in home.TABLES)
    names = [table.name for table in tables]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"table names are used twice: {', '.join(twice)}; rename one of each pair")
    return tables
