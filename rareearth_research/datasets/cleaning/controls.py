"""Daily market controls: factor returns, VIX, geopolitical risk, US dollar in yuan.

Factors are published in percent and served as fractions, the unit of every return here.
"""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.tables.registry import CleaningLog, Raw, described
from rareearth_research.errors import DataError


def percent_to_fraction(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Divide `columns` by 100: 3.12 percent is 0.0312."""
    percent = FACTORS.in_order(FACTORS.read(raw))
    columns = [name for name in FACTORS.columns if name != "date"]
    log.record(
        "percent_to_fraction",
        len(percent),
        "The library publishes percent; returns here are fractions.",
        f"divided by 100: {', '.join(columns)}",
    )
    return percent.assign(**{name: percent[name] / 100 for name in columns})


def continue_vix(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Go on with the days after the last of the first file; the days both have must agree.

    Raises
    ------
    DataError
        If they share no day or differ on one.
    """
    first, later = VIX.read(raw), VIX.read({VIX.raw[0]: raw[VIX.raw[1]]})
    after = later[later["date"] > first["date"].max()]
    both = first.merge(later, on="date")
    differs = both["vix_x"] != both["vix_y"]
    if len(after) and (differs.any() or both.empty):
        raise DataError(f"vix: the two files differ on {differs.sum()} of {len(both)} common days")
    log.record(
        "continue_vix",
        len(after),
        "An index is not adjusted, so its levels go on; the two files agree where both have a day.",
        f"{len(both)} common days, all equal",
    )
    return VIX.in_order(pd.concat([first, after]))


FACTORS = described("factors", percent_to_fraction)

VIX = described("vix", continue_vix)

TABLES = (FACTORS, VIX, described("gpr"), described("usdcny"))
