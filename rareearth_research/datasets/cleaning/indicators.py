"""Single figures taken from published pages: annual statistics and monthly or daily points.

Each figure keeps its vintage or release date, the page it was read on and its status. A figure is
never averaged, spliced or filled: two vintages of one year are two rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from rareearth_research.datasets.cleaning.events_schema import STATUS
from rareearth_research.datasets.columns import (
    day,
    first_true,
    number,
    refuse,
    text,
    year,
)
from rareearth_research.datasets.registry import CleaningLog, Table
from rareearth_research.errors import DataError

if TYPE_CHECKING:
    Raw = Mapping[str, pd.DataFrame]

__all__ = ["TABLES", "check_midpoints", "flag_lower_bounds", "read_midpoints"]

KINDS = (
    "reported",
    "reported (recalled later)",
    "estimate",
    "derived",
    "rounded",
    "midpoint of a range",
    "midpoint of a year-end range",
    "lower bound",
)
PERIODS = ("day", "month", "jan_feb", "multi_month", "quarter", "cumulative")


def clean_annual(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return annual figures, one row per series, place, material, year and vintage."""
    annual = ANNUAL.read(raw)
    rows = annual["series_id"] + " " + annual["geography"] + " " + annual["year"].astype(str)
    check_midpoints(annual, rows)
    annual = flag_lower_bounds(annual, log)
    return annual.sort_values([*ANNUAL.primary_key], ignore_index=True)


def clean_monthly(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return monthly, quarterly and daily figures with the day each became public."""
    monthly = MONTHLY.read(raw)
    rows = monthly["series_id"] + " " + monthly["period_label"]
    _check_order(monthly, rows)
    return MONTHLY.in_order(read_midpoints(monthly, log))


def check_midpoints(annual: pd.DataFrame, rows: pd.Series) -> None:
    """Refuse a range whose value is not the midpoint of its ends."""
    ranged = annual["value_low"].notna() | annual["value_high"].notna()
    middle = (annual["value_low"] + annual["value_high"]) / 2
    wrong = ranged & ~((annual["value"] - middle).abs() < 0.01)
    if wrong.any():
        row = first_true(wrong)
        raise DataError(
            f"{rows[row]}: the value {annual.loc[row, 'value']} is not the middle of "
            f"{annual.loc[row, 'value_low']} to {annual.loc[row, 'value_high']}"
        )


def flag_lower_bounds(annual: pd.DataFrame, log: CleaningLog) -> pd.DataFrame:
    """Mark figures published as ``>95``: the number is a bound, not the value."""
    bound = annual["note"].str.contains(r"Published as '>", regex=True)
    log.record(
        "flag_lower_bounds",
        bound.sum(),
        "Published as a lower bound; value_kind says so, and value_low holds it.",
        ", ".join(annual.loc[bound, "series_id"] + " " + annual.loc[bound, "year"].astype(str)),
    )
    return annual.assign(
        value_kind=annual["value_kind"].where(~bound, "lower bound"),
        value_low=annual["value_low"].where(~bound, annual["value"]),
    )


def read_midpoints(monthly: pd.DataFrame, log: CleaningLog) -> pd.DataFrame:
    """Take the ends of a range from the note of a value that is only its midpoint."""
    ends = monthly["note"].str.extract(r"Midpoint of ([0-9]+)-([0-9]+)").astype("float64")
    ranged = ends[0].notna()
    wrong = ranged & ((ends[0] + ends[1]) / 2 != monthly["value"])
    if wrong.any():
        row = first_true(wrong)
        raise DataError(
            f"{monthly.loc[row, 'series_id']} {monthly.loc[row, 'period_label']}: the value "
            f"{monthly.loc[row, 'value']} is not the midpoint its note states"
        )
    log.record(
        "read_midpoints",
        ranged.sum(),
        "Quoted as a range; the value is its midpoint, the ends come from the note.",
        ", ".join(monthly.loc[ranged, "series_id"] + " " + monthly.loc[ranged, "period_label"]),
    )
    kind = monthly["value_kind"].where(~ranged, "midpoint of a range")
    return monthly.assign(value_kind=kind, value_low=ends[0], value_high=ends[1])


def _check_order(monthly: pd.DataFrame, rows: pd.Series) -> None:
    start, end, release = (monthly[n] for n in ("period_start", "period_end", "release_date"))
    mend = "correct indicators_monthly.csv"
    refuse(end < start, rows, f"ends before it starts; {mend}")
    refuse(release < end, rows, f"was released before its period ended; {mend}")


ORIGIN = {
    "source_title": text("Page or publication the figure was read in."),
    "source_url": text("Its address as we know it; empty: not kept."),
    "status": text("Status of the figure.", isin=STATUS),
    "note": text("Definition, revisions and doubts."),
}

ANNUAL = Table(
    name="indicators_annual",
    title="Annual mineral indicators",
    description=(
        "Output, quotas, prices, exports and import reliance. Annual averages "
        "(usgs_price_*) and year-end ranges (usgs_price_yearend_*) are different series: do "
        "not splice them. The last year of each edition is an estimate."
    ),
    raw=("indicators_annual.csv",),
    sources=("indicators_compiled",),
    columns={
        "series_id": text("What is measured, and by whom."),
        "geography": text("ISO country code, world, or CN->US for a flow."),
        "material": text("Chemical symbol, REE (all rare earths), mischmetal or magnets."),
        "year": year("Calendar year."),
        "value": number(
            "The figure; a bound or midpoint where value_kind says so.", "see column unit"
        ),
        "value_low": number("Lower end of a published range.", "see column unit", nullable=True),
        "value_high": number("Upper end of a published range.", "see column unit", nullable=True),
        "unit": text("Unit of value, value_low and value_high."),
        "value_kind": text("How the figure is known.", isin=KINDS),
        "vintage": text(
            "Edition the figure comes from; a later edition may revise it. MCS: USGS Mineral "
            "Commodity Summaries."
        ),
        **ORIGIN,
    },
    loaders=("load_indicators",),
    clean=clean_annual,
    primary_key=("series_id", "geography", "material", "year", "vintage"),
)

MONTHLY = Table(
    name="indicators_monthly",
    title="Monthly, quarterly and daily mineral indicators",
    description=(
        "Customs tonnages with release dates, Lynas prices, single quotations of thin "
        "European markets in 2025. First releases; January and February come together."
    ),
    raw=("indicators_monthly.csv",),
    sources=("indicators_compiled",),
    columns={
        "series_id": text("What is measured, and by whom."),
        "period_label": text("Period as a label, such as 2025-05, 2025-01/05 or 2024-Q3."),
        "period_type": text(
            "month; jan_feb (published together); multi_month; quarter; cumulative (since "
            "January); day.",
            isin=PERIODS,
        ),
        "period_start": day("First day of the period."),
        "period_end": day("Last day of the period."),
        "value": number("The figure; a midpoint where value_kind says so.", "see column unit"),
        "value_low": number("Lower end of a quoted range.", "see column unit", nullable=True),
        "value_high": number("Upper end of a quoted range.", "see column unit", nullable=True),
        "unit": text("Unit of value."),
        "value_kind": text(
            "reported: in a page of the time; recalled later: read in a later page, possibly "
            "revised; derived: computed, formula in note.",
            isin=KINDS,
        ),
        "release_date": day(
            "Day the figure became public; use it in any predictive test. Empty: unknown. "
            "Where note says so the day is from general knowledge.",
            nullable=True,
        ),
        **ORIGIN,
    },
    loaders=("load_indicators",),
    clean=clean_monthly,
    primary_key=("series_id", "period_start", "period_end"),
)

TABLES = (ANNUAL, MONTHLY)
