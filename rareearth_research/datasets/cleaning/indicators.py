"""Single figures taken from published pages: annual statistics and monthly or daily points.

Each figure keeps its vintage or release date, the page it was read on and its status. A figure is
never averaged, spliced or filled: two vintages of one year are two rows.

What each indicator series measures, and what to beware of: one row per series.
"""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.tables.columns import first_true, refuse
from rareearth_research.datasets.tables.registry import CleaningLog, Raw, described
from rareearth_research.errors import DataError


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


def read_both(raw: Raw) -> pd.DataFrame:
    """Return the figures of both raw files as figures of periods, monthly ones first."""
    both = [MONTHLY.read(raw), as_periods(ANNUAL.read(raw))]
    return pd.concat(both, ignore_index=True)


def as_periods(annual: pd.DataFrame) -> pd.DataFrame:
    """Return annual figures as those of January to December, of no known release."""
    year = annual["year"].astype(str)
    first, last = (
        pd.to_datetime(year + day).astype("datetime64[us]") for day in ("-01-01", "-12-31")
    )
    unknown = pd.Series(pd.NaT, index=annual.index, dtype="datetime64[us]")
    return annual.assign(
        period_label=year,
        period_type="year",
        period_start=first,
        period_end=last,
        release_date=unknown,
    )


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


ANNUAL = described("indicators_annual", clean_annual)

MONTHLY = described("indicators_monthly", clean_monthly)

SERIES = described("indicator_series", clean_series)

TABLES = (ANNUAL, MONTHLY, SERIES)
