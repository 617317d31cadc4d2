"""What each indicator series measures, and what to beware of: one row per series."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rareearth_research.datasets.columns import (
    day,
    read_days,
    text,
    whole,
)
from rareearth_research.datasets.registry import CleaningLog, Table
from rareearth_research.errors import DataError

__all__ = ["TABLES", "clean_series"]

ANNUAL, MONTHLY = "indicators_annual.csv", "indicators_monthly.csv"


def clean_series(raw: Mapping[str, pd.DataFrame], log: CleaningLog) -> pd.DataFrame:
    """Join titles and cautions with what the two indicator tables hold of each series."""
    titles = SERIES.read(raw)
    figures = pd.concat([_annual(raw[ANNUAL]), _monthly(raw[MONTHLY])], ignore_index=True)
    held = figures.groupby("series_id").agg(
        units=("unit", lambda units: "; ".join(dict.fromkeys(units))),
        figures=("unit", "size"),
        first=("start", "min"),
        last=("end", "max"),
    )
    if odd := sorted(set(held.index) ^ set(titles["series_id"])):
        raise DataError(
            f"data/raw/{SERIES.raw[0]} and the indicator tables differ in the series "
            f"{', '.join(odd)}; describe every series, and only those"
        )
    return SERIES.in_order(titles.merge(held, on="series_id"))


def _annual(table: pd.DataFrame) -> pd.DataFrame:
    rows = table["series_id"] + " " + table["year"]
    start = read_days(table["year"] + "-01-01", rows)
    end = read_days(table["year"] + "-12-31", rows)
    return table[["series_id", "unit"]].assign(start=start, end=end)


def _monthly(table: pd.DataFrame) -> pd.DataFrame:
    rows = table["series_id"] + " " + table["period_label"]
    start = read_days(table["period_start"], rows)
    end = read_days(table["period_end"], rows)
    return table[["series_id", "unit"]].assign(start=start, end=end)


SERIES = Table(
    name="indicator_series",
    title="What the indicators measure",
    description="One row per series of indicators_annual and indicators_monthly.",
    raw=("indicator_series.csv", ANNUAL, MONTHLY),
    sources=("indicators_compiled",),
    columns={
        "series_id": text("Series of the two indicator tables."),
        "title": text("What it measures."),
        "publisher": text("Who publishes the figures, and by way of whom we have them."),
        "caution": text("What to beware of."),
        "units": text("Units of its figures, separated by ';'."),
        "figures": whole("Number of figures held, all vintages.", "figures"),
        "first": day("First day covered."),
        "last": day("Last day covered."),
    },
    loaders=("load_indicator_series",),
    clean=clean_series,
    primary_key=("series_id",),
)

TABLES = (SERIES,)
