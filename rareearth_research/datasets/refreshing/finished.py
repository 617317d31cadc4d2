"""Keep figures of sessions that were not over out of the raw files, new ones and old ones.

A build leaves such a session out too, but only while it is the last one of its file: once later
rows stand behind it, nothing tells it from a close.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from rareearth_research.datasets.cleaning.prices.unfinished import going_on, signs_of_trading
from rareearth_research.datasets.refreshing.incoming import numbers_of
from rareearth_research.datasets.sources.rawfiles import RawFile

__all__ = ["only_finished", "without_unfinished"]


def only_finished(raw: RawFile, new: pd.DataFrame, asked: dt.datetime) -> tuple[pd.DataFrame, str]:
    """Return fetched rows without the session that was not over when `asked`, and its date."""
    if not raw.exchange or raw.when not in new:
        return new, ""
    new = new.reset_index(drop=True)
    open_still = pd.Series(False, index=new.index)
    for exchange, days in _days(raw, new).groupby(raw.exchange_of(new)):
        open_still[days.index] = going_on(days, str(exchange), pd.Timestamp(asked))
    return new[~open_still], str(new.loc[open_still, raw.when].min()) if open_still.any() else ""


def without_unfinished(raw: RawFile, old: pd.DataFrame, retrieved: str) -> pd.DataFrame:
    """Return the file without a last session that no build takes for over."""
    if not raw.exchange or old.empty:
        return old
    prices = pd.DataFrame(
        {
            "date": _days(raw, old),
            "ticker": old.groupby([*raw.series]).ngroup() if raw.series else 0,
            "close": numbers_of(old[raw.figures[0]]),
            "volume": numbers_of(old["volume"]) if "volume" in old else float("nan"),
        }
    )
    drop = pd.Series(False, index=old.index)
    for exchange, own in prices.groupby(raw.exchange_of(old)):
        if signs_of_trading(own, retrieved, str(exchange)):
            drop[own.index] = own["date"] == own["date"].max()
    return old[~drop].reset_index(drop=True) if drop.any() else old


def _days(raw: RawFile, rows: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(rows[raw.when].astype(str), format="%Y-%m-%d", errors="coerce")
