"""Securities and their groups: hand-kept facts, checked for form and for each other."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rareearth_research.datasets.columns import (
    check_known,
    day,
    split_list,
    text,
    whole,
)
from rareearth_research.datasets.registry import CleaningLog, Table
from rareearth_research.errors import DataError

__all__ = ["TABLES"]

Raw = Mapping[str, pd.DataFrame]

CURRENCIES = ("USD", "AUD", "CNY", "")
STATUS = ("named with the price files", "from general knowledge, unverified")
SUFFIX = {"XNYS": "", "XASX": ".AX", "XSHG": ".SS", "XSHE": ".SZ"}


def clean_securities(raw: Raw, _log: CleaningLog) -> pd.DataFrame:
    """Parse dates, check every reference, and complete groups with the unions that include them."""
    frame = SECURITIES.read(raw)
    tickers = frame["ticker"]
    groups = raw["groups.csv"]
    check_known(frame["groups"], tickers, groups["group"])
    check_known(frame["benchmark"], tickers, tickers)
    check_known(frame["source_ids"], tickers, raw["sources.csv"]["source_id"])
    for ticker, exchange in zip(tickers, frame["exchange"], strict=True):
        _, dot, suffix = ticker.partition(".")
        if SUFFIX.get(exchange) != dot + suffix:
            raise DataError(
                f"securities.csv: {ticker} has the exchange {exchange}, which does not fit "
                "its suffix; correct one of them"
            )
    asked = raw["price_symbols.csv"]["ticker"]
    if differs := set(asked) ^ set(tickers) or set(asked[asked.duplicated()]):
        raise DataError(
            f"price_symbols.csv must list every security of securities.csv once; {min(differs)} is "
            "missing, twice or unknown: add or remove its row"
        )
    frame = frame.assign(groups=[_with_unions(g, groups) for g in frame["groups"]])
    return frame.sort_values("ticker", ignore_index=True)


def clean_groups(raw: Raw, _log: CleaningLog) -> pd.DataFrame:
    """Check that unions name known groups, and count members."""
    groups = GROUPS.read(raw)
    check_known(groups["includes"], groups["group"], groups["group"])
    members = clean_securities(raw, CleaningLog())["groups"].map(split_list)
    counts = [sum(group in own for own in members) for group in groups["group"]]
    return groups.assign(securities=pd.Series(counts, dtype="int64"))


def _with_unions(own: str, groups: pd.DataFrame) -> str:
    names = split_list(own)
    unions = [
        group
        for group, includes in zip(groups["group"], groups["includes"], strict=True)
        if set(split_list(includes)) & set(names) and group not in names
    ]
    return ";".join([*names, *unions])


SECURITIES = Table(
    name="securities",
    title="Securities",
    description="Every security with prices: exchange, groups, minerals, exposure, benchmark.",
    raw=("securities.csv", "groups.csv", "price_symbols.csv", "sources.csv"),
    sources=("project_securities",),
    columns={
        "ticker": text("Ticker with exchange suffix (.AX, .SS, .SZ; none for the US)"),
        "name": text("Name of the company, fund or index"),
        "exchange": text("Market identifier of its trading calendar", isin=tuple(SUFFIX)),
        "currency": text("Currency of its prices; empty for an index", isin=CURRENCIES),
        "kind": text("equity, etf or index", isin=("equity", "etf", "index")),
        "groups": text("Groups it belongs to, separated by ;"),
        "materials": text("Chemical symbols of the minerals it depends on, separated by ;"),
        "exposure_from": day("First day its business was what the group says", nullable=True),
        "exposure_until": day("Last day its business was what the group says", nullable=True),
        "listed_from": day(
            "First session in the price file, where later than the start of the file",
            nullable=True,
        ),
        "listed_until": day("Last session, where it no longer trades", nullable=True),
        "benchmark": text("Ticker of its local benchmark; empty for the benchmark itself"),
        "status": text(
            "Where name, group and dates are known from; a row of general knowledge was not "
            "checked against the company's own history",
            isin=STATUS,
        ),
        "source_ids": text("Source ids of its prices, separated by ;"),
        "note": text("What to know before using it"),
    },
    loaders=("load_securities",),
    clean=clean_securities,
    primary_key=("ticker",),
)

GROUPS = Table(
    name="groups",
    title="Groups of securities",
    description="Groups by what their members do, and unions of groups.",
    raw=("groups.csv", "securities.csv", "price_symbols.csv", "sources.csv"),
    sources=("project_securities",),
    columns={
        "group": text("Name of the group"),
        "title": text("Title for people"),
        "description": text("What its members have in common"),
        "includes": text("Groups it is the union of, separated by ;"),
        "securities": whole("Number of members", "securities"),
    },
    loaders=("load_groups",),
    clean=clean_groups,
    primary_key=("group",),
)

TABLES = (SECURITIES, GROUPS)
