"""Securities and their groups: hand-kept facts, checked for form and for each other."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.tables.columns import check_known, check_unique, split_list
from rareearth_research.datasets.tables.registry import CleaningLog, Raw, described
from rareearth_research.datasets.tables.vocabulary import STATUS
from rareearth_research.errors import DataError

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
    frame = _with_plants(frame, raw["security_plants.csv"])
    return frame[[*SECURITIES.columns]].sort_values("ticker", ignore_index=True)


def _with_plants(frame: pd.DataFrame, plants: pd.DataFrame) -> pd.DataFrame:
    check_unique(plants, ["ticker"], "security_plants")
    check_known(plants["ticker"], plants["ticker"], frame["ticker"])
    check_known(plants["verification"], plants["ticker"], STATUS)
    where = plants.set_index("ticker")["plants_in"]
    return frame.assign(plants_in=frame["ticker"].map(where).fillna(""))


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


SECURITIES = described("securities", clean_securities)

GROUPS = described("groups", clean_groups)

TABLES = (SECURITIES, GROUPS)
