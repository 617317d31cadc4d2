"""Daily market controls: factor returns, VIX, geopolitical risk, US dollar in yuan.

Factors are published in percent and served as fractions, the unit of every return here.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rareearth_research.datasets.columns import day, number
from rareearth_research.datasets.registry import CleaningLog, Table
from rareearth_research.errors import DataError

__all__ = ["TABLES", "continue_vix", "percent_to_fraction"]

RETURNS, RATES = (-0.5, 0.5), (-0.001, 0.005)  # plausible in a day; percent would fall outside
A_DAY = "fraction per day"
RISK, RISKS = "index, mean of 1985-2019 is 100", (0, 10_000)


def percent_to_fraction(raw: Mapping[str, pd.DataFrame], log: CleaningLog) -> pd.DataFrame:
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


def continue_vix(raw: Mapping[str, pd.DataFrame], log: CleaningLog) -> pd.DataFrame:
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


FACTORS = Table(
    name="factors",
    title="US daily factors: Fama-French five and momentum",
    description="Daily factor returns as fractions, 2009 on; for US securities.",
    raw=("factors_us_daily_percent.csv",),
    sources=("french_factors",),
    columns={
        "date": day("New York session."),
        "mkt_rf": number(
            "Return of the US market over the risk-free rate.", A_DAY, between=RETURNS
        ),
        "smb": number("Small minus big.", A_DAY, between=RETURNS),
        "hml": number("High minus low book-to-market.", A_DAY, between=RETURNS),
        "rmw": number("Robust minus weak profitability.", A_DAY, between=RETURNS),
        "cma": number("Conservative minus aggressive investment.", A_DAY, between=RETURNS),
        "rf": number(
            "Risk-free rate of the day; published to 0.01 percent, so often 0.",
            A_DAY,
            between=RATES,
        ),
        "mom": number("Winners minus losers (momentum).", A_DAY, between=RETURNS),
    },
    clean=percent_to_fraction,
    primary_key=("date",),
    loaders=("load_factors",),
)

VIX = Table(
    name="vix",
    title="VIX, daily close",
    description="Implied volatility of the S&P 500 over the next 30 days.",
    raw=("vix_daily.csv", "vix_daily_2026_09.csv"),
    sources=("cboe_vix", "fred_vix_2026_09"),
    columns={
        "date": day("New York session."),
        "vix": number("VIX at the close.", "percent per year, annualised", between=(1, 200)),
    },
    clean=continue_vix,
    primary_key=("date",),
    loaders=("load_vix",),
)

TABLES = (
    FACTORS,
    VIX,
    Table(
        name="gpr",
        title="Geopolitical risk, daily",
        description="Newspaper-based index of Caldara and Iacoviello with its two parts.",
        raw=("gpr_daily.csv",),
        sources=("gpr_daily",),
        columns={
            "date": day("Calendar day (weekends included) of the newspapers counted."),
            "gprd": number("Geopolitical risk; 0 as published.", RISK, between=RISKS),
            "gprd_act": number("Risk from acts; 0 as published.", RISK, between=RISKS),
            "gprd_threat": number("Risk from threats; 0 as published.", RISK, between=RISKS),
        },
        primary_key=("date",),
        loaders=("load_gpr",),
    ),
    Table(
        name="usdcny",
        title="US dollar in yuan, daily",
        description="Federal Reserve H.10 rate (FRED DEXCHUS).",
        raw=("fx_usdcny_daily.csv",),
        sources=("fred_dexchus",),
        columns={
            "date": day("Day of the quotation in New York; US holidays are absent."),
            "usdcny": number(
                "Noon buying rate, yuan for one US dollar.", "CNY per USD", between=(4, 12)
            ),
        },
        primary_key=("date",),
        loaders=("load_usdcny",),
    ),
)
