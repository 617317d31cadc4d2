"""Daily market controls: factor returns, VIX, geopolitical risk, US dollar in yuan.

Factors are published in percent and served as fractions, the unit of every return here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from rareearth_research.datasets.cleaning._columns import (
    check_unique,
    day,
    number,
    read_days,
    read_numbers,
    strict,
)
from rareearth_research.datasets.registry import CleaningLog, Table

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

    Raw = Mapping[str, pd.DataFrame]

__all__ = ["FACTORS", "TABLES", "percent_to_fraction", "read_daily"]

RETURNS, RATES = (-0.5, 0.5), (-0.001, 0.005)  # plausible in a day; percent would fall outside
FACTORS = {
    "mkt_rf": "Return of the US market over the risk-free rate.",
    "smb": "Small minus big.",
    "hml": "High minus low book-to-market.",
    "rmw": "Robust minus weak profitability.",
    "cma": "Conservative minus aggressive investment.",
    "rf": "Risk-free rate of the day; published to 0.01 percent, so often 0.",
    "mom": "Winners minus losers (momentum).",
}


def clean_factors(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return the daily factors as fractions."""
    percent = read_daily(raw["factors_us_daily_percent.csv"], list(FACTORS))
    return percent_to_fraction(percent, list(FACTORS), log)


def clean_vix(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return the daily close of the VIX."""
    return read_daily(raw["vix_daily.csv"], ["vix"])


def clean_gpr(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return the daily geopolitical risk indices."""
    return read_daily(raw["gpr_daily.csv"], ["gprd", "gprd_act", "gprd_threat"])


def clean_usdcny(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return the daily yuan price of a US dollar."""
    return read_daily(raw["fx_usdcny_daily.csv"], ["usdcny"])


def read_daily(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return `columns` as numbers, one row per day, by day; a repeated day is an error."""
    dates = table["date"]
    check_unique(table, ["date"], "a daily table")
    clean = {"date": read_days(dates, dates)}
    clean |= {name: read_numbers(table[name], dates) for name in columns}
    return pd.DataFrame(clean).sort_values("date", ignore_index=True)


def percent_to_fraction(
    percent: pd.DataFrame, columns: Sequence[str], log: CleaningLog
) -> pd.DataFrame:
    """Divide `columns` by 100: 3.12 percent is 0.0312."""
    log.record(
        "percent_to_fraction",
        "factors",
        len(percent),
        "The library publishes percent; returns here are fractions.",
        f"divided by 100: {', '.join(columns)}",
    )
    return percent.assign(**{name: percent[name] / 100 for name in columns})


def _factors_schema() -> DataFrameSchema:
    returns = {
        name: number(text, "fraction per day", between=RATES if name == "rf" else RETURNS)
        for name, text in FACTORS.items()
    }
    return strict("factors", {"date": day("New York session.")} | returns)


def _vix_schema() -> DataFrameSchema:
    return strict(
        "vix",
        {
            "date": day("New York session."),
            "vix": number("VIX at the close.", "percent per year, annualised", between=(1, 200)),
        },
    )


def _gpr_schema() -> DataFrameSchema:
    unit = "index, mean of 1985-2019 is 100"
    return strict(
        "gpr",
        {
            "date": day("Calendar day (weekends included) of the newspapers counted."),
            "gprd": number("Geopolitical risk; 0 as published.", unit, between=(0, 10_000)),
            "gprd_act": number("Risk from acts; 0 as published.", unit, between=(0, 10_000)),
            "gprd_threat": number("Risk from threats; 0 as published.", unit, between=(0, 10_000)),
        },
    )


def _usdcny_schema() -> DataFrameSchema:
    return strict(
        "usdcny",
        {
            "date": day("Day of the quotation in New York; US holidays are absent."),
            "usdcny": number(
                "Noon buying rate, yuan for one US dollar.", "CNY per USD", between=(4, 12)
            ),
        },
    )


TABLES = (
    Table(
        name="factors",
        title="US daily factors: Fama-French five and momentum",
        description="Daily factor returns as fractions, 2009 on; for US securities.",
        raw=("factors_us_daily_percent.csv",),
        sources=("french_factors",),
        schema=_factors_schema,
        loaders=("load_factors",),
        build=clean_factors,
        primary_key=("date",),
    ),
    Table(
        name="vix",
        title="VIX, daily close",
        description="Implied volatility of the S&P 500 over the next 30 days.",
        raw=("vix_daily.csv",),
        sources=("cboe_vix",),
        schema=_vix_schema,
        loaders=("load_vix",),
        build=clean_vix,
        primary_key=("date",),
    ),
    Table(
        name="gpr",
        title="Geopolitical risk, daily",
        description="Newspaper-based index of Caldara and Iacoviello with its two parts.",
        raw=("gpr_daily.csv",),
        sources=("gpr_daily",),
        schema=_gpr_schema,
        loaders=("load_gpr",),
        build=clean_gpr,
        primary_key=("date",),
    ),
    Table(
        name="usdcny",
        title="US dollar in yuan, daily",
        description="Federal Reserve H.10 rate (FRED DEXCHUS).",
        raw=("fx_usdcny_daily.csv",),
        sources=("fred_dexchus",),
        schema=_usdcny_schema,
        loaders=("load_usdcny",),
        build=clean_usdcny,
        primary_key=("date",),
    ),
)
