"""What each indicator series measures, and what to beware of: one row per series."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.cleaning.indicators import read_both
from rareearth_research.datasets.registry import CleaningLog, Raw, described
from rareearth_research.errors import DataError

__all__ = ["TABLES", "clean_series"]


def clean_series(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Join titles and cautions with what the two indicator tables hold of each series."""
    titles = SERIES.read(raw)
    held = (
        read_both(raw)
        .groupby("series_id")
        .agg(
            units=("unit", lambda units: "; ".join(dict.fromkeys(units))),
            figures=("unit", "size"),
            first=("period_start", "min"),
            last=("period_end", "max"),
        )
    )
    if odd := sorted(set(held.index) ^ set(titles["series_id"])):
        raise DataError(
            f"data/raw/{SERIES.raw[0]} and the indicator tables differ in the series "
            f"{', '.join(odd)}; describe every series, and only those"
        )
    return SERIES.in_order(titles.merge(held, on="series_id"))


SERIES = described("indicator_series", clean_series)

TABLES = (SERIES,)
