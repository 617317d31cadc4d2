"""Flags that warn about a price without changing it; meanings in ``vocabulary.toml``.

Every function takes wide frames (dates × tickers) and returns a long frame
``date, ticker, flag, value, note``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from rareearth_research.datasets.cleaning.prices.reading import Correction, stacked
from rareearth_research.datasets.oddities import STALE_RUN, SUSPECT_RATIO, daily_limit, home_of
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.errors import DataError

COLUMNS = ["date", "ticker", "flag", "value", "note"]
MOVED = 0.01
STEPS, COARSE = (0.01, 0.005, 0.001, 0.0005, 0.0001), 0.015


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


def flag_gaps(
    prices: pd.DataFrame, sessions: pd.DatetimeIndex, file_gaps: pd.DatetimeIndex
) -> pd.DataFrame:
    """Flag the first session of each gap (``halt``) and the return across it (``multi_session``).

    Sessions are counted on the exchange calendar, so that days missing from the whole file count.
    """
    found = []
    for ticker, column in prices.items():
        dates = column.dropna().index
        places = sessions.get_indexer(dates)
        if (places < 0).any():
            day = dates[places < 0][0]
            raise DataError(f"{ticker} has a price on {day:%Y-%m-%d}, no session of its exchange")
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
    prices: pd.DataFrame, volumes: pd.DataFrame, benchmark: pd.Series, log: CleaningLog
) -> pd.DataFrame:
    """Flag closes that repeat the last one without trade: no volume, or a long run without any.

    Between a security's first and last known volume, a repeated close on a session without volume
    is stale. Where no volume is known, closes of a run of five sessions or more are, if `benchmark`
    moved by 1 % or more (sum of absolute returns) meanwhile. In New York, runs of three and four
    sessions are seen with Ford, Freeport and funds that surely traded; from five on only with thin
    securities. The first close of a run is not flagged; `value` is the length of the run.
    """
    found, runs = [], {"no volume on the session": 0, "volume not known": 0}
    rows_of = dict.fromkeys(runs, 0)
    moves = benchmark.pct_change(fill_method=None).abs()
    for ticker, column in prices.items():
        closes = column.dropna()
        traded = volumes[ticker].dropna() if ticker in volumes else column[:0]
        same = closes.diff() == 0
        run = (~same).cumsum()
        length = run.groupby(run).transform("size")
        span = (traded.index.min(), traded.index.max())  # of known volumes; nothing is within NaT
        known = (closes.index >= span[0]) & (closes.index <= span[1])
        moved = moves.reindex(closes.index).where(same, 0).groupby(run).transform("sum")
        idle = same & known & ~closes.index.isin(traded.index)
        long = same & ~known & (length >= STALE_RUN) & (moved >= MOVED)
        for reason, stale in zip(runs, (idle, long), strict=True):
            if stale.any():
                days = closes.index[stale]
                found.append(rows(days, ticker, "stale", length[stale].to_numpy(), reason))
                runs[reason] += run[stale].nunique()
                rows_of[reason] += int(stale.sum())
    for reason, count in runs.items():
        log.record(
            "flag_stale",
            rows_of[reason],
            "a close that repeats the last one without trade is no observation: it is kept, and "
            "its return is missing unless asked for",
            {"criterion": reason, "runs": f"{count}"},
        )
    return _stack(found)


def flag_coarse_ticks(closes: pd.DataFrame, log: CleaningLog) -> pd.DataFrame:
    """Flag spells in which one step of the quotation is 1.5 % of the close or more.

    The step is the largest of 0.01, 0.005, 0.001, 0.0005 and 0.0001 that divides all closes of the
    ten sessions before and after; `closes` are as published. Adjusted closes mostly have none.
    """
    found = []
    for ticker, column in closes.items():
        price = column.dropna()
        if STEPS[0] / price.min() < COARSE:
            continue
        step = pd.Series(np.nan, index=price.index)
        for size in STEPS:
            fits = ((price / size).round() * size - price).abs() < 1e-6 * size
            always = fits.rolling(21, center=True, min_periods=1).min() == 1
            step = step.where(step.notna() | ~always, size)
        share = step / price
        coarse = share >= COARSE
        spell = (coarse != coarse.shift()).cumsum()[coarse]
        for _, days in spell.groupby(spell):
            note = f"one step of {step[days.index[0]]:g} is up to {share[days.index].max():.1%}"
            found.append(rows(days.index[:1], ticker, "coarse_tick", len(days), note))
    flags = _stack(found)
    log.record(
        "flag_coarse_ticks",
        len(flags),
        f"one step of the quotation is {COARSE:.1%} of the close or more: returns are rounded so "
        "far that small moves are lost or doubled; kept",
        ", ".join(f"{t} {n:g}" for t, n in flags.groupby("ticker")["value"].sum().items()),
    )
    return flags


def flag_typed(prices: pd.DataFrame, seams: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Flag the first of the sessions, after their seam, that were typed from the text of a copy."""
    ends = {seam["ticker"]: seam["session"] for seam in seams}
    used = prices["date"] > pd.to_datetime(prices["ticker"].map(ends))
    typed = prices[prices["typed"] & used].groupby("ticker")["date"].agg(["min", "size"])
    note = "typed from the text of a copy, not read by a program"
    return rows(typed["min"].to_numpy(), typed.index, "typed", typed["size"].to_numpy(), note)


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
            "; ".join(f"{r.ticker} {r.date:%Y-%m-%d} {r.value:+z.1%}" for r in new.itertuples()),
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
            "return not served": f"{raw:+z.1%}",
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
    days = pd.DatetimeIndex(close.index)
    columns = {ticker: daily_limit(ticker, home_of(ticker), days) for ticker in map(str, close)}
    limits = pd.DataFrame(columns, close.index)
    for row in special.to_dict("records"):
        if row["ticker"] in limits:
            limits.loc[row["from"] : row["until"], row["ticker"]] = row["limit"]
    return limits


def _stack(found: list[pd.DataFrame]) -> pd.DataFrame:
    if not found:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(found, ignore_index=True)
