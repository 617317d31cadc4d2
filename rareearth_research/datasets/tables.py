"""Which clean tables are there? A new family of tables adds its module here."""

from __future__ import annotations

from rareearth_research.datasets.cleaning import (
    article,
    bgs,
    calendars,
    commodities,
    controls,
    events,
    firm_news,
    indicator_series,
    indicators,
    materials,
    measures,
    securities,
    trade,
    usgs,
)
from rareearth_research.datasets.cleaning.prices import tables as prices
from rareearth_research.datasets.registry import Table
from rareearth_research.errors import DataError

__all__ = ["FAMILIES", "all_tables"]

# in the order they are built
FAMILIES = (
    securities,
    prices,
    events,
    measures,
    firm_news,
    materials,
    indicators,
    indicator_series,
    controls,
    commodities,
    usgs,
    bgs,
    trade,
    article,
    calendars,
)


def all_tables() -> tuple[Table, ...]:
    """Return every table of every family, in the order they are built."""
    tables = tuple(table for family in FAMILIES for table in family.TABLES)
    names = [table.name for table in tables]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"table names are used twice: {', '.join(twice)}; rename one of each pair")
    return tables
