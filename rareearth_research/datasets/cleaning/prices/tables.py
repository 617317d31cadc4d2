"""Tables of prices, volumes, their flags and the seams between sources.

Prices and volumes are wide, one file per market: a row per session, a column per ticker. That is
three times smaller and four times faster to load than one long file, needs no extra library, and a
new session is one new line in git (measured in ``docs/data_format.md``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import pandas as pd

from rareearth_research.datasets.cleaning.prices import markets
from rareearth_research.datasets.cleaning.prices.fetched import FETCHED, FILES
from rareearth_research.datasets.cleaning.prices.finish import Market
from rareearth_research.datasets.columns import Column, Range, day, number, text, whole
from rareearth_research.datasets.registry import CleaningLog, Raw, Table
from rareearth_research.datasets.vocabulary import FLAGS

__all__ = ["TABLES"]


# Plausible closes (a penny share, an index) and shares traded in a session.
CLOSES, VOLUMES = (1e-4, 1e5), (1, 1e11)
HAND_KEPT = (
    "price_corrections.csv",
    "calendar_exceptions.csv",
    "calendar_corrections.csv",
    "outliers_reviewed.csv",
    "sources.csv",
)


@dataclass(frozen=True)
class _Source:
    """One market: its raw files and sources, and how they become clean."""

    place: str
    unit: str
    files: tuple[str, ...]
    sources: tuple[str, ...]
    clean: Callable[[Raw, CleaningLog], Market]
    tickers: str  # pattern
    about: str


MARKETS = {
    "us": _Source(
        place="New York",
        unit="USD",
        files=(
            "prices_us_adjusted.csv",
            "prices_us_adjusted_2026_10.csv",
            "prices_us_as_traded_2026_10.csv",
            "prices_mcp.csv",
            *(FILES[source] for source in FETCHED["XNYS"]),
        ),
        sources=(
            "yahoo_us_2026",
            "yahoo_us_2026_10",
            "us_as_traded_2026_10",
            "yahoo_mcp",
            *FETCHED["XNYS"],
        ),
        clean=markets.clean_new_york,
        tickers=r"[A-Z]{1,5}",
        about=(
            "Adjusted closes (dividends and splits); a second file goes on after 2026-07-31 for 53 "
            "securities, joined on returns, and for nine of them closes as traded after that."
        ),
    ),
    "au": _Source(
        place="Sydney",
        unit="AUD or index points",
        files=(
            "prices_asx_unadjusted.csv",
            "prices_asx_adjusted.csv",
            "prices_asx_adjusted_2026_08.csv",
            *(FILES[source] for source in FETCHED["XASX"]),
        ),
        sources=("asx_end_of_day", "yahoo_asx", "yahoo_asx_2026_08", *FETCHED["XASX"]),
        clean=markets.clean_australia,
        tickers=r"[A-Z0-9]{3}\.AX",
        about=(
            "Closes as traded to 2024-05-31, restated for consolidations but not for dividends, "
            "then adjusted closes joined on returns for LYC, ILU, ARU and ALK (to 2025-12-31, LYC, "
            "ILU and ALK to 2026-08-07); XJO.AX continues to 2025-12-31 on the returns of IOZ.AX, "
            "which include dividends."
        ),
    ),
    "cn": _Source(
        place="Shanghai and Shenzhen",
        unit="CNY or index points",
        files=(
            "prices_cn_unadjusted_to_2022.csv",
            *(file for file, *_ in markets.CN_ADJUSTED.values()),
            "index_csi300.csv",
            "price_limits.csv",
            *(FILES[source] for source in FETCHED["XSHG"]),
        ),
        sources=("china_a_shares_2009_2022", *markets.CN_ADJUSTED, "csi300", *FETCHED["XSHG"]),
        clean=markets.clean_china,
        tickers=r"\d{6}\.(SS|SZ)",
        about=(
            "Levels chained on the exchanges' own returns (close / adjusted previous close), "
            "continued on the returns of adjusted files; the last level is the last published "
            "close."
        ),
    ),
}


@lru_cache(maxsize=1)
def _cleaned(raw: Raw) -> dict[str, tuple[Market, CleaningLog]]:
    """Clean every market once for all the tables that show it."""
    cleaned = {}
    for key, market in MARKETS.items():
        log = CleaningLog(f"prices_{key}")
        cleaned[key] = (market.clean(raw, log), log)
    return cleaned


def _build_prices(key: str, raw: Raw, log: CleaningLog) -> pd.DataFrame:
    market, steps = _cleaned(raw)[key]
    log.steps.extend(steps.steps)
    return _dated(market.prices)


def _build_volumes(key: str, raw: Raw, _log: CleaningLog) -> pd.DataFrame:
    return _dated(_cleaned(raw)[key][0].volumes)


def _build_flags(raw: Raw, _log: CleaningLog) -> pd.DataFrame:
    flags = pd.concat([market.flags for market, _ in _cleaned(raw).values()], ignore_index=True)
    flags = flags[["date", "ticker", "flag", "value", "note"]]
    flags = flags.assign(
        date=flags["date"].astype("datetime64[us]"),
        value=flags["value"].astype("float64").round(6),
    )
    return flags.sort_values(["ticker", "date", "flag"], ignore_index=True)


def _build_seams(raw: Raw, _log: CleaningLog) -> pd.DataFrame:
    seams = pd.concat([market.seams for market, _ in _cleaned(raw).values()], ignore_index=True)
    for column in ("session", "largest_difference_on"):
        seams[column] = seams[column].astype("datetime64[us]")
    return seams.sort_values(["ticker", "session"], ignore_index=True)


def _dated(wide: pd.DataFrame) -> pd.DataFrame:
    frame = wide.rename_axis(columns=None).rename_axis("date").reset_index()
    return frame.assign(date=frame["date"].astype("datetime64[us]"))


def _wide_columns(market: _Source, what: str, unit: str, between: Range) -> dict[str, Column]:
    return {
        "date": day("Session of the exchange, local date"),
        market.tickers: Column(
            "float64", f"{what} of {{column}}", unit, nullable=True, between=between, pattern=True
        ),
    }


def _price_table(key: str, market: _Source) -> Table:
    return Table(
        name=f"prices_{key}",
        title=f"Daily prices, {market.place}",
        description=f"{market.about} After that what a refresh fetched, joined on returns, if one "
        "was made. A session without a price is empty, never filled.",
        raw=(*market.files, *HAND_KEPT),
        sources=(*market.sources, "project_securities"),
        columns=_wide_columns(market, "Close", market.unit, CLOSES),
        loaders=("load_prices", "load_returns"),
        clean=partial(_build_prices, key),
        primary_key=("date",),
    )


def _volume_table(key: str, market: _Source) -> Table:
    only_late = " In New York from 2026-07-13 on (after a refresh from 2024 on), and Molycorp's."
    return Table(
        name=f"volumes_{key}",
        title=f"Daily volumes, {market.place}",
        description="Shares traded, restated for consolidations." + only_late * (key == "us"),
        raw=(*market.files, *HAND_KEPT),
        sources=(*market.sources, "project_securities"),
        columns=_wide_columns(market, "Volume", "shares", VOLUMES),
        loaders=("load_volumes",),
        clean=partial(_build_volumes, key),
        primary_key=("date",),
    )


ALL_FILES = tuple(dict.fromkeys(file for market in MARKETS.values() for file in market.files))
ALL_SOURCES = tuple(dict.fromkeys(name for market in MARKETS.values() for name in market.sources))

TABLES = (
    *(_price_table(key, market) for key, market in MARKETS.items()),
    *(_volume_table(key, market) for key, market in MARKETS.items()),
    Table(
        name="price_flags",
        title="Flags on prices",
        description="Gaps, price limits, stale and extreme prices, joins and missing returns.",
        raw=(*ALL_FILES, *HAND_KEPT),
        sources=(*ALL_SOURCES, "project_securities"),
        columns={
            "date": day("Session the flag is about"),
            "ticker": text("Ticker of the security"),
            "flag": text("; ".join(map(": ".join, FLAGS.items())), isin=[*FLAGS]),
            "value": number("Number that belongs to the flag, as its meaning says", ""),
            "note": text("Reason or verdict, if any"),
        },
        loaders=("load_price_flags", "load_returns"),
        clean=_build_flags,
        primary_key=("ticker", "date", "flag"),
    ),
    Table(
        name="price_seams",
        title="Seams between price sources",
        description="Where one source of a price ends, the next begins, and how well they agree.",
        raw=(*ALL_FILES, *HAND_KEPT),
        sources=ALL_SOURCES,
        columns={
            "ticker": text("Ticker of the security"),
            "earlier_source": text("Source id of returns up to the session"),
            "later_source": text("Source id of returns after the session"),
            "session": day("Last session of the earlier source"),
            "sessions": whole("Returns both sources have", "sessions"),
            "correlation": number(
                "Correlation of the two sources' returns there; empty if they share none",
                "1",
                nullable=True,
                between=(0.99, 1),
            ),
            "largest_difference": number(
                "Largest absolute difference of a return",
                "fraction",
                nullable=True,
                between=(0, 0.5),
            ),
            "largest_difference_on": day("Session of the largest difference", nullable=True),
        },
        clean=_build_seams,
        primary_key=("ticker", "session"),
    ),
)
