"""Flags that warn about a price without changing it; meanings in `datasets.flags`.

Every function takes wide frames (dates × tickers) and returns a long frame
``date, ticker, flag, value, note``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rareearth_research.datasets.cleaning.prices.checks import exchange_sessions
from rareearth_research.datasets.cleaning.prices.reading import Correction, stacked
from rareearth_research.datasets.registry import CleaningLog
from rareearth_research.errors import DataError

__all__ = [
    "COLUMNS",
    "flag_consolidations",
    "flag_gaps",
    "flag_missing_returns",
    "flag_price_limits",
    "flag_stale",
    "flag_suspects",
    "rows",
]

COLUMNS = ["date", "ticker", "flag", "value", "note"]
# A ratio this large between closes next to each other asks for an explanation.
SUSPECT_RATIO = 4.0
STALE_RUN = 5
CHINEXT_20_PERCENT = pd.Timestamp("2020-08-24")


def rows(date: object, ticker: object, flag: str, value: object, note: object) -> pd.DataFrame:
    """Make flag rows; scalars are repeated."""
    frame = pd.DataFrame({"date": date, "ticker": ticker, "value": value, "note": note})
    return frame.assign(flag=flag)[COLUMNS]


def flag_consolidations(fixes: Sequence[Correction]) -> pd.DataFrame:
    """Flag the first session in new shares."""
    return _stack(
        [
            rows([fix.date], fix.ticker, fix.rule, fix.factor, f"{fix.reason} ({fix.status})")
            for fix in fixes
            if fix.rule == "consolidation"
        ]
    )


def flag_gaps(prices: pd.DataFrame, exchange: str, file_gaps: pd.DatetimeIndex) -> pd.DataFrame:
    """Flag the first session of each gap (``halt``) and the return across it (``multi_session``).

    Sessions are counted on the exchange calendar, so that days missing from the whole file count.
    """
    sessions = exchange_sessions(exchange)
    found = []
    for ticker, column in prices.items():
        dates = column.dropna().index
        places = sessions.get_indexer(dates)
        if (places < 0).any():
            day = dates[places < 0][0]
            raise DataError(f"{ticker} has a price on {day:%Y-%m-%d}, no session of {exchange}")
        steps = np.diff(places)
        after = np.flatnonzero(steps > 1)
        if not len(after):
            continue
        spans = steps[after]
        starts = sessions[places[after] + 1]
        found.append(rows(dates[after + 1], ticker, "multi_session", spans, ""))
        note = np.where(starts.isin(file_gaps), "the file lacks this session", "")
        found.append(rows(starts, ticker, "halt", spans - 1, note))
    return _stack(found)


def flag_stale(
    prices: pd.DataFrame, volumes: pd.DataFrame | None, log: CleaningLog
) -> pd.DataFrame:
    """Flag closes unchanged for five sessions or more, where no volume shows that there was trade.

    The first close of a run is not flagged; `value` is the length of the run.
    """
    found = []
    for ticker, column in prices.items():
        closes = column.dropna()
        same = closes.diff() == 0
        run = (~same).cumsum()
        length = run.groupby(run).transform("size")
        stale = same & (length >= STALE_RUN)
        if volumes is not None and ticker in volumes:
            stale &= ~(volumes[ticker].reindex(closes.index) > 0)
        if stale.any():
            days = closes.index[stale]
            found.append(rows(days, ticker, "stale", length[stale].to_numpy(), ""))
    flags = _stack(found)
    log.record(
        "flag_stale",
        len(flags),
        f"close unchanged for {STALE_RUN} sessions or more and no volume known; kept",
        ", ".join(f"{t} {n}" for t, n in flags["ticker"].value_counts().items()),
    )
    return flags


def flag_suspects(
    returns: pd.DataFrame, fixes: Sequence[Correction], log: CleaningLog
) -> pd.DataFrame:
    """Flag price ratios beyond 4 or 1/4 that no correction explains; their return is missing."""
    growth = returns + 1
    large = stacked(returns[(growth >= SUSPECT_RATIO) | (growth <= 1 / SUSPECT_RATIO)])
    known = {(fix.date, fix.ticker) for fix in fixes}
    keys = zip(large["date"], large["ticker"], strict=True)
    new = large.loc[np.array([key not in known for key in keys], dtype=bool)]
    if len(new):
        log.record(
            "flag_suspects",
            len(new),
            "price ratio beyond 4 that nobody reviewed: return missing until it is",
            "; ".join(f"{r.ticker} {r.date:%Y-%m-%d} {r.value:+.1%}" for r in new.itertuples()),
        )
    return new.assign(flag="suspect_corporate_action", note="not reviewed")[COLUMNS]


def flag_missing_returns(
    returns: pd.DataFrame, fixes: Sequence[Correction], log: CleaningLog
) -> pd.DataFrame:
    """Flag sessions listed as demerger, rights issue or suspect; their return is not served."""
    found = []
    for row in fixes:
        if row.rule != "missing_return" or row.ticker not in returns:
            continue
        raw = returns[row.ticker].get(row.date, np.nan)
        found.append(rows([row.date], row.ticker, row.other, raw, f"{row.reason} ({row.status})"))
        detail = {
            "security": row.ticker,
            "session": f"{row.date:%Y-%m-%d}",
            "flag": row.other,
            "return not served": f"{raw:+.1%}",
            "status": row.status,
        }
        log.record("flag_missing_returns", 1, row.reason, detail)
    return _stack(found)


def flag_price_limits(
    close: pd.DataFrame,
    previous: pd.DataFrame,
    special: pd.DataFrame,
    tolerance: float,
    log: CleaningLog,
) -> pd.DataFrame:
    """Flag closes at the daily limit of a Chinese A-share.

    The limit price is the previous close × (1 ± limit), rounded half up to a cent: ±20 % on ChiNext
    (300…) from 2020-08-24, else ±10 %; ±5 % in the periods of special treatment that
    ``price_limits.csv`` lists.

    Parameters
    ----------
    close, previous
        Closes and previous closes as published, of one source.
    special
        ``ticker, from, until, limit``.
    tolerance
        Distance in yuan from the limit price that still counts: half a cent where prices are as
        traded, a cent and a half where adjusted closes were rounded.
    """
    limits = _limits(close, special)
    found = []
    for sign, flag in ((1, "limit_up"), (-1, "limit_down")):
        price = np.floor(previous * (1 + sign * limits) * 100 + 0.5 + 1e-6) / 100
        hit = stacked((sign * limits)[(close - price).abs() < tolerance])
        found.append(hit.assign(flag=flag, note="")[COLUMNS])
        log.record(
            "flag_price_limits",
            len(hit),
            "close at the daily limit: the return is truncated, more may follow next session",
            {
                "flag": flag,
                "from": f"{close.index[0]:%Y-%m-%d}",
                "until": f"{close.index[-1]:%Y-%m-%d}",
                "tolerance in yuan": f"{tolerance}",
            },
        )
    return _stack(found)


def _limits(close: pd.DataFrame, special: pd.DataFrame) -> pd.DataFrame:
    limits = pd.DataFrame(0.10, index=close.index, columns=close.columns)
    chinext = [ticker for ticker in close.columns if ticker.startswith("300")]
    limits.loc[limits.index >= CHINEXT_20_PERCENT, chinext] = 0.20
    for row in special.to_dict("records"):
        if row["ticker"] in limits:
            limits.loc[row["from"] : row["until"], row["ticker"]] = row["limit"]
    return limits


def _stack(found: list[pd.DataFrame]) -> pd.DataFrame:
    if not found:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(found, ignore_index=True)
