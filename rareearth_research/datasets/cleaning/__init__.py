"""Raw to clean: one module per family of tables, each with pure functions and ``TABLES``."""

from __future__ import annotations

__all__ = ["FAMILIES"]

# Modules of this package that hold tables, in the order they are built.
FAMILIES: tuple[str, ...] = (
    "securities",
    "prices.tables",
    "events",
    "materials",
    "indicators",
    "indicator_series",
    "controls",
    "commodities",
    "usgs",
    "bgs",
    "trade",
    "article",
)
