"""Was the last session of a file over when its figures were taken?

A figure of a session that still trades looks like a close and is none. The first two signs were
seen in files of this project; the third is in the dates alone. All figures of one day of one source
stand or fall together: some of them may be closes by chance, and nobody can tell which.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rareearth_research.datasets.calendars import exchange_schedule
from rareearth_research.datasets.tables.registry import CleaningLog

DELAY = pd.Timedelta(minutes=30)  # free quotations come 15 or 20 minutes late
FEW = 3  # securities whose digits and volumes say nothing
# Share of securities quoted with more decimals than on each of the five sessions before: 0.45 in an
# unfinished row of this project's files, at most 0.25 on any other session of the last years.
DIGITS, BEFORE = 1 / 3, 5
# Volume over its median on 20 sessions, in the middle of the securities: 0.24 in an unfinished row;
# of 8,676 finished sessions 10 are quieter than a third (half days, outages, early stops).
QUIET, USUAL = 1 / 3, 20


def drop_unfinished(
    prices: pd.DataFrame, source: str, exchange: str, sources: pd.DataFrame, log: CleaningLog
) -> pd.DataFrame:
    """Drop the last session of a source that was not over, or may not have been, when it was read.

    Parameters
    ----------
    prices
        ``date, ticker, close, volume`` of one source.
    source, exchange
        Source id and exchange.
    sources
        ``sources.csv``: ``retrieved`` is a day, or an instant such as ``2026-08-03T21:15Z``. One
        half an hour after the close proves that the session was over, whatever the signs.
    """
    last = prices["date"].max()
    retrieved = sources.set_index("source_id")["retrieved"].get(source, "")
    signs = signs_of_trading(prices, retrieved, exchange)
    drop = prices["date"] == (last if signs else pd.NaT)
    if signs:
        detail = {"source": source, "session": f"{last:%Y-%m-%d}", "signs": "; ".join(signs)}
        log.record(
            "drop_unfinished",
            drop.sum(),
            "the session was not over, or nothing proves that it was, when its figures were taken; "
            "the figures of one day of one source stand or fall together",
            detail,
        )
    return prices[~drop]


def signs_of_trading(prices: pd.DataFrame, retrieved: str, exchange: str) -> list[str]:
    """Return in words what speaks against the last session of a file; nothing if it was over."""
    last, found = prices["date"].max(), []
    if "T" in retrieved:
        if not going_on(pd.Series([last]), exchange, retrieved).any():
            return []
        found.append(f"read at {retrieved}, before the close was known")
    elif retrieved and pd.Timestamp(retrieved) <= last:
        found.append("dated on the day of its retrieval")
    closes = prices.pivot(index="date", columns="ticker", values="close").loc[:last]
    decimals = closes.tail(BEFORE + 1).dropna(axis="columns").map(_decimals)
    if decimals.shape[1] >= FEW and len(decimals) > BEFORE:
        more = float((decimals.iloc[-1] > decimals.iloc[:-1].max()).mean())
        if more > DIGITS:
            found.append(f"{more:.0%} of the figures have more digits than the {BEFORE} before")
    volumes = prices.pivot(index="date", columns="ticker", values="volume").tail(USUAL + 1)
    # pandas silences numpy's warning of columns without figures, but not where threads run
    usual = volumes.iloc[:-1].dropna(axis="columns", how="all").median()
    ratio = (volumes.iloc[-1] / usual).dropna()
    if len(ratio) >= FEW and ratio.median() < QUIET:
        found.append(f"volume at {ratio.median():.0%} of the usual")
    return found


def going_on(days: pd.Series, exchange: str, instant: str | pd.Timestamp) -> pd.Series:
    """Return which days are sessions whose close was not known yet at an instant.

    A day after the end of the exchange's calendar closes as its last session did.
    """
    close = exchange_schedule(exchange)["close"]
    last = pd.Timestamp(close.index[-1])
    usual = days.dt.tz_localize("UTC") + (close.iloc[-1] - last.tz_localize("UTC"))
    return days.map(close).mask(days > last, usual) + DELAY > pd.Timestamp(instant)


def _decimals(price: float) -> int:
    return len(np.format_float_positional(price, trim="-").partition(".")[2])
