"""Which clean tables are there? A new family of tables adds its module here."""

from __future__ import annotations

from importlib import import_module

from rareearth_research.datasets.registry import Table
from rareearth_research.errors import DataError

__all__ = ["FAMILIES", "all_tables"]

# modules of `cleaning`, in the order their tables are built
FAMILIES = ("securities", "prices.tables", "events", "measures", "firm_news", "materials",
            "indicators", "indicator_series", "controls", "commodities", "usgs", "bgs", "trade",
            "article", "literature", "calendars")  # fmt: skip


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
