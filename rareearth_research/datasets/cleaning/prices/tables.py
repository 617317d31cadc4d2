"""Tables of prices, volumes, their flags and the seams between sources.

Prices and volumes are wide, one file per market: a row per session, a column per ticker. That is
three times smaller and four times faster to load than one long file, needs no extra library, and a
new session is one new line in git (measured in ``docs/data_format.md``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache, partial

import pandas as pd

from rareearth_research.datasets.cleaning.prices import markets
from rareearth_research.datasets.cleaning.prices.finish import Market
from rareearth_research.datasets.tables.registry import CleaningLog, Raw, Table, described

MARKETS = {"us": markets.clean_new_york, "au": markets.clean_australia, "cn": markets.clean_china}
HAND_KEPT = ("price_corrections.csv", "calendar_exceptions.csv", "calendar_corrections.csv",
             "outliers_reviewed.csv", "sources.csv")  # fmt: skip


@lru_cache(maxsize=len(MARKETS))
def _cleaned(key: str, raw: Raw) -> tuple[Market, CleaningLog]:
    """Clean a market once for all the tables that show it."""
    log = CleaningLog(f"prices_{key}")
    return MARKETS[key](raw, log), log


def _build_prices(key: str, raw: Raw, log: CleaningLog) -> pd.DataFrame:
    market, steps = _cleaned(key, raw)
    log.steps.extend(steps.steps)
    return _dated(market.prices)


def _build_volumes(key: str, raw: Raw, _log: CleaningLog) -> pd.DataFrame:
    return _dated(_cleaned(key, raw)[0].volumes)


def _build_flags(raw: Raw, _log: CleaningLog) -> pd.DataFrame:
    flags = pd.concat([_cleaned(key, raw)[0].flags for key in MARKETS], ignore_index=True)
    flags = flags[["date", "ticker", "flag", "value", "note"]]
    flags = flags.assign(
        date=flags["date"].astype("datetime64[us]"), value=flags["value"].astype("float64").round(6)
    )
    return flags.sort_values(["ticker", "date", "flag"], ignore_index=True)


def _build_seams(raw: Raw, _log: CleaningLog) -> pd.DataFrame:
    seams = pd.concat([_cleaned(key, raw)[0].seams for key in MARKETS], ignore_index=True)
    for column in ("session", "largest_difference_on"):
        seams[column] = seams[column].astype("datetime64[us]")
    return seams.sort_values(["ticker", "session"], ignore_index=True)


def _dated(wide: pd.DataFrame) -> pd.DataFrame:
    frame = wide.rename_axis(columns=None).rename_axis("date").reset_index()
    return frame.assign(date=frame["date"].astype("datetime64[us]"))


def _made_of(files: Iterable[str], sources: Iterable[str], table: Table) -> Table:
    return replace(table, raw=(*files, *HAND_KEPT), sources=(*sources,))


PRICES = [described(f"prices_{key}", partial(_build_prices, key)) for key in MARKETS]
VOLUMES = [described(f"volumes_{key}", partial(_build_volumes, key)) for key in MARKETS]
ALL_FILES = dict.fromkeys(file for table in PRICES for file in table.raw)
ALL_SOURCES = dict.fromkeys(source for table in PRICES for source in table.sources)
OWN = "project_securities"

TABLES = (
    *(_made_of(table.raw, (*table.sources, OWN), table) for table in PRICES),
    *(
        _made_of(of.raw, (*of.sources, OWN), table)
        for of, table in zip(PRICES, VOLUMES, strict=True)
    ),
    _made_of(ALL_FILES, (*ALL_SOURCES, OWN), described("price_flags", _build_flags)),
    _made_of(ALL_FILES, ALL_SOURCES, described("price_seams", _build_seams)),
)
