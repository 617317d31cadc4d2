"""Mineral and commodity prices: daily metal spot, IMF and World Bank monthly prices.

Gaps are kept as gaps, units are spelled one way, and series the IMF publishes without a code get
a code of this project, marked as such.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from rareearth_research.datasets.tables.columns import first_true
from rareearth_research.datasets.tables.registry import CleaningLog, Raw, described
from rareearth_research.datasets.tables.vocabulary import WORDS
from rareearth_research.errors import DataError, did_you_mean

LONG_GAP = 5  # days; a weekend with one holiday beside it is shorter
SPOT_KEY = ["element", "grade", "unit"]
PROJECT_CODES = WORDS["project_codes"]
UNITS = WORDS["units"] | {unit: unit for unit in WORDS["spot_units"]}


def clean_metal_spot(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return daily spot prices, long: metals and oxides, with gaps and sticky quotations marked."""
    spot = METAL_SPOT.read(raw)
    spot["unit"] = spell_units(spot["unit"], log)
    spot["form"] = (
        spot["grade"].str.contains("oxide|氧化", case=False).map({True: "oxide", False: "metal"})
    )
    spot = spot.sort_values([*SPOT_KEY, "date"], ignore_index=True)
    return METAL_SPOT.in_order(mark_sticky(mark_gaps(spot, log), log))


def clean_imf_pcps(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return the IMF's monthly prices, long, every series with a code."""
    file = IMF.raw[0]
    return IMF.in_order(IMF.read({file: give_project_codes(raw[file], log)}))


def clean_pink_sheet(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return the World Bank's monthly commodity prices, long."""
    prices = PINK_SHEET.read(raw)
    prices["unit"] = spell_units(prices["unit"], log)
    return PINK_SHEET.in_order(prices)


def mark_gaps(spot: pd.DataFrame, log: CleaningLog) -> pd.DataFrame:
    """Count the days since the previous quotation; nothing is filled in."""
    gap = spot.groupby(SPOT_KEY)["date"].diff().dt.days.astype("Int64")
    long_gap = gap > LONG_GAP
    longest: Any = gap.idxmax()
    log.record(
        "mark_gaps",
        int(long_gap.sum()),
        f"Quotations more than {LONG_GAP} days after the previous one, kept as gaps: a change "
        "over them is not a daily change.",
        f"longest gap: {int(gap.max())} days, first on {spot.loc[longest, 'date']:%Y-%m-%d}",
    )
    return spot.assign(days_since_previous=gap)


def mark_sticky(spot: pd.DataFrame, log: CleaningLog) -> pd.DataFrame:
    """Count the days for which a quotation has stood: 0 on the day its price changed."""
    key = [spot[name] for name in SPOT_KEY]
    moved = spot["price"] != spot.groupby(key)["price"].shift()
    days = (spot["date"] - spot["date"].where(moved).groupby(key).ffill()).dt.days
    told = pd.DataFrame({"share": ~moved, "days": days}).groupby(key)
    shares = told["share"].sum() / (told["share"].size() - 1).clip(lower=1)
    log.record(
        "mark_sticky",
        int((~moved).sum()),
        "Quotations equal to the one before: a price reporter leaves a price standing until trade "
        "moves it, so a change may be dated late. A price converted at a daily rate hides that.",
        "; ".join(
            f"{name}: {share:.0%} unchanged, longest {longest:.0f} days"
            for name, share, longest in zip(
                shares.index.get_level_values(0), shares, told["days"].max(), strict=True
            )
        ),
    )
    return spot.assign(days_unchanged=days.astype("int64"))


def spell_units(units: pd.Series, log: CleaningLog) -> pd.Series:
    """Write units one way (``($/mt)`` and ``USD/mt`` are both ``USD/t``)."""
    unknown = ~units.isin(list(UNITS))
    if unknown.any():
        unit = units[first_true(unknown)]
        raise DataError(f"{log.table}: unit {unit!r} is not known{did_you_mean(unit, UNITS)}")
    spelled = units.map(UNITS)
    log.record(
        "spell_units",
        (spelled != units).sum(),
        "Each upstream writes units its own way; a tonne (mt) is t.",
        ", ".join(sorted({f"{a} -> {b}" for a, b in zip(units, spelled, strict=True) if a != b})),
    )
    return spelled


def give_project_codes(prices: pd.DataFrame, log: CleaningLog) -> pd.DataFrame:
    """Give series without an IMF code (written ``nan``) a code of this project, ``X_...``."""
    uncoded = prices["code"].isin(["nan", ""])
    unknown = uncoded & ~prices["series"].isin(list(PROJECT_CODES))
    if unknown.any():
        series = prices.loc[first_true(unknown), "series"]
        raise DataError(
            f"imf_pcps: series {series!r} has no IMF code and no project code"
            f"{did_you_mean(series, PROJECT_CODES)}; add it to project_codes in vocabulary.toml"
        )
    log.record(
        "give_project_codes",
        int(uncoded.sum()),
        "The release has no code for these series; an absent code read as a number is 'nan'.",
        "; ".join(f"{code} = {series}" for series, code in PROJECT_CODES.items()),
    )
    return prices.assign(
        code=prices["code"].where(~uncoded, prices["series"].map(PROJECT_CODES)),
        code_source=uncoded.map({True: "project", False: "IMF"}),
    )


METAL_SPOT = described("metal_spot", clean_metal_spot)

IMF = described("imf_pcps", clean_imf_pcps)

PINK_SHEET = described("pink_sheet", clean_pink_sheet)

TABLES = (METAL_SPOT, IMF, PINK_SHEET)
