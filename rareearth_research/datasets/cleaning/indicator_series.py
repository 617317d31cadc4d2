"""What each indicator series measures, and what to beware of: one row per series."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.columns import read_days
from rareearth_research.datasets.registry import CleaningLog, Raw, described
from rareearth_research.errors import DataError

__all__ = ["TABLES", "clean_series"]

ANNUAL, MONTHLY = "indicators_annual.csv", "indicators_monthly.csv"


def clean_series(raw: Raw, log: CleaningLog) -> pd.DataFrame:
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


SERIES = described("indicator_series", clean_series)

TABLES = (SERIES,)
