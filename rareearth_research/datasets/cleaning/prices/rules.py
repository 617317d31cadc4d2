"""Rules that change prices, each a function named after what it does.

A rule takes and returns long frames (``date, ticker, close, volume``) or wide frames (dates ×
tickers) and notes in the log what it touched. Which ticker and date a rule applies to, and why, is
data: ``data/raw/price_corrections.csv``.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rareearth_research.datasets.cleaning.prices.checks import check_volumes
from rareearth_research.datasets.cleaning.prices.reading import Correction
from rareearth_research.datasets.tables.registry import CleaningLog, Raw
from rareearth_research.errors import DataError

SHARES_PER_LOT = 100
HALF_A_CENT = 0.00501


def exclude_security(
    prices: pd.DataFrame, fixes: Sequence[Correction], log: CleaningLog
) -> pd.DataFrame:
    """Drop securities that are not what their ticker suggests."""
    for row in _of("exclude_security", fixes):
        drop = prices["ticker"] == row.ticker
        if drop.any():
            log.record("exclude_security", drop.sum(), row.reason, row.ticker)
        prices = prices[~drop]
    return prices


def cut_before(prices: pd.DataFrame, fixes: Sequence[Correction], log: CleaningLog) -> pd.DataFrame:
    """Drop what a ticker did before it was the present company, or was traded at all."""
    for row in _of("cut_before", fixes):
        drop = (prices["ticker"] == row.ticker) & (prices["date"] < row.date)
        if drop.any():
            detail = {
                "security": row.ticker,
                "before": f"{row.date:%Y-%m-%d}",
                "status": row.status,
            }
            log.record("cut_before", drop.sum(), row.reason, detail)
        prices = prices[~drop]
    return prices


def drop_closed_days(
    prices: pd.DataFrame, exceptions: pd.DataFrame, log: CleaningLog
) -> pd.DataFrame:
    """Drop rows dated on days the exchange was closed, as listed in the calendar exceptions."""
    for row in exceptions[exceptions["kind"] == "extra"].to_dict("records"):
        drop = prices["date"] == row["date"]
        log.record("drop_closed_days", drop.sum(), row["reason"], f"{row['date']:%Y-%m-%d}")
        prices = prices[~drop]
    return prices


def join_renamed(
    prices: pd.DataFrame, fixes: Sequence[Correction], log: CleaningLog
) -> pd.DataFrame:
    """Give the rows of a former or temporary ticker to the present one.

    Raises
    ------
    DataError
        If both tickers have a price on one day: then they are two securities.
    """
    for row in _of("rename", fixes):
        old = prices["ticker"] == row.other
        both = set(prices.loc[old, "date"]) & set(
            prices.loc[prices["ticker"] == row.ticker, "date"]
        )
        if both:
            raise DataError(
                f"{row.other} and {row.ticker} both have a price on {min(both):%Y-%m-%d}, so one "
                "is not the other's former ticker; correct price_corrections.csv"
            )
        log.record("join_renamed", old.sum(), row.reason, f"{row.other} → {row.ticker}")
        prices = prices.assign(ticker=prices["ticker"].mask(old, row.ticker))
    return prices.sort_values(["ticker", "date"], ignore_index=True)


def scale_consolidations(
    prices: pd.DataFrame, fixes: Sequence[Correction], log: CleaningLog
) -> pd.DataFrame:
    """Restate closes and volumes from before a consolidation in the new shares."""
    close, volume = prices["close"].copy(), prices["volume"].copy()
    for row in _of("consolidation", fixes):
        factor = row.factor
        before = (prices["ticker"] == row.ticker) & (prices["date"] < row.date)
        close = close.mask(before, close * factor)
        volume = volume.mask(before, (volume / factor).round())
        detail = {
            "security": row.ticker,
            "before": f"{row.date:%Y-%m-%d}",
            "closes times": f"{factor:g}",
            "status": row.status,
        }
        log.record("scale_consolidations", before.sum(), row.reason, detail)
    return prices.assign(close=close, volume=volume)


def chain_previous_close(
    prices: pd.DataFrame, log: CleaningLog, tolerance: float = 1e-3
) -> pd.DataFrame:
    """Chain closes by close / previous close, the exchange's dividend-adjusted return.

    The exchange lowers the previous close on an ex-day; it never raises it. A previous close above
    the last close in the file would mean that traded sessions are missing.

    Returns
    -------
    DataFrame
        Wide levels; each ticker's last level is its last close.

    Raises
    ------
    DataError
        If a previous close is above the last close.
    """
    prices = prices.sort_values(["ticker", "date"])
    by_ticker = prices.groupby("ticker", sort=False)
    last = by_ticker["close"].shift()
    above = prices["previous_close"] > last * (1 + tolerance)
    if above.any():
        row, before = prices[above].iloc[0], last[above].iloc[0]
        raise DataError(
            f"{row['ticker']} on {row['date']:%Y-%m-%d}: previous close {row['previous_close']} is "
            f"above the last close in the file ({before}); sessions are missing"
        )
    adjusted = (prices["previous_close"] < last * (1 - tolerance / 10)).sum()
    log.record(
        "chain_previous_close",
        adjusted,
        "the exchange's previous close is already adjusted for dividends, bonus and rights issues; "
        "levels are chained on close / previous close and end at the last close",
        "rows: sessions with an adjusted previous close; none is above the last close, as it would "
        "be after a missing session with a rise: evidence that gaps are suspensions",
    )
    growth = (prices["close"] / prices["previous_close"]).where(last.notna(), 1.0)
    index = growth.groupby(prices["ticker"], sort=False).cumprod()
    scale = by_ticker["close"].transform("last") / index.groupby(prices["ticker"]).transform("last")
    level = (index * scale).rename("close")
    return prices.assign(close=level).pivot(index="date", columns="ticker", values="close")


def join_on_returns(
    old: pd.Series, new: pd.Series, session: pd.Timestamp, keep: str = "new"
) -> pd.Series:
    """Join two sources of one security at `session` so that every return is of one source.

    Parameters
    ----------
    old, new
        Closes of the earlier and the later source.
    session
        Last session taken from `old`; both must have a price on it.
    keep
        Whose price level stays as published: ``"new"`` or ``"old"``.

    Returns
    -------
    Series
        `old` to `session`, then `new`, one of them rescaled to meet the other at `session`.

    Raises
    ------
    DataError
        If a source has no price on `session`.
    """
    for source, prices in (("earlier", old), ("later", new)):
        if session not in prices.index or pd.isna(prices[session]):
            raise DataError(
                f"{prices.name}: the {source} source has no price on {session:%Y-%m-%d}, so the "
                "sources cannot be joined there"
            )
    ratio = new[session] / old[session]
    before, after = old[old.index <= session], new[new.index > session]
    joined = [before * ratio, after] if keep == "new" else [before, after / ratio]
    return pd.concat(joined)


def continue_as_traded(
    wide: pd.DataFrame, traded: pd.DataFrame, log: CleaningLog
) -> tuple[pd.DataFrame, dict[str, pd.Timestamp]]:
    """Put closes as traded after the last adjusted close, which is a close as traded itself.

    An adjusted series has a factor of one at its end, so the next session's close over its last
    close is a return, unless a dividend lies between. Where both have closes, their returns agree
    within what rounding to a cent explains.

    Returns
    -------
    DataFrame, dict
        The longer table, and the last adjusted session of each ticker that goes on.

    Raises
    ------
    DataError
        If returns differ, or a last adjusted close is no close to the cent.
    """
    ends, shared, added, wrong = {}, 0, 0, []
    wide = wide.reindex(wide.index.union(traded.index))
    for ticker in traded.columns:
        old, new = wide[ticker].dropna(), traded[ticker].dropna()
        pair = pd.concat([old, new], axis=1, join="inner")
        returns = pair.pct_change().dropna()
        least = float(pair.to_numpy().min()) if len(pair) else 1.0
        differs = returns.diff(axis=1).iloc[:, 1].abs() > 4 * HALF_A_CENT / least
        if differs.any():
            wrong.append(f"{ticker}: closes as traded differ on {differs.idxmax():%Y-%m-%d}")
        shared += len(returns)
        after = new[new.index > old.index[-1]]
        if len(after):
            if abs(old.iloc[-1] - round(old.iloc[-1], 2)) > 1e-6 * old.iloc[-1]:
                raise DataError(
                    f"{ticker}: the last adjusted close {old.iloc[-1]} is not to a cent"
                )
            ends[ticker], added = old.index[-1], added + len(after)
            wide.loc[after.index, ticker] = after
    if ends and wrong:
        raise DataError("; ".join(wrong))
    log.record(
        "continue_as_traded",
        added,
        "closes as traded go on some sessions after the adjusted file; no dividend lies between",
        f"{', '.join(ends)}; {shared} returns that both have agree to a cent",
    )
    return wide, ends


def lots_to_shares(old: pd.DataFrame, frames: Raw, log: CleaningLog) -> pd.DataFrame:
    """Bring volumes of later sources from lots of 100 shares to shares, and join them to `old`."""
    known, compared = old, 0
    for source, frame in frames.items():
        shares = frame.assign(volume=(frame["volume"] * SHARES_PER_LOT).round())
        compared += check_volumes(known, shares, source)
        known = pd.concat([known, shares], ignore_index=True)
    why = "the adjusted files give volume in lots of 100 shares, the unadjusted file in shares; "
    why += f"checked on {compared:,} volumes that two files have"
    log.record("lots_to_shares", sum(map(len, frames.values())), why)
    return known


def undo_repeated_dividend(
    closes: pd.Series, dividends: pd.Series, day: pd.Timestamp, amount: float, log: CleaningLog
) -> pd.Series:
    """Take a dividend that the publisher counted twice out of an adjusted series.

    An adjusted close before ex-day k is the close times ∏(1 − dividendₖ / close before k). Walking
    back from the last close gives the unadjusted close before `day`, hence the surplus factor.

    Raises
    ------
    DataError
        If the series has no dividend of `amount` both on `day` and on the session before.
    """
    place = int(closes.index.searchsorted(day))
    listed = dividends.iloc[place - 1 : place + 1]
    if not (listed == amount).all():
        raise DataError(f"{closes.name}: {amount} is not listed twice by {day:%Y-%m-%d}")
    later = dividends[dividends.index > day]
    factor = 1.0
    for ex_day in reversed(later.index[later > 0]):
        adjusted = closes[closes.index < ex_day].iloc[-1]
        factor *= 1 - later[ex_day] / (adjusted / factor + later[ex_day])
    surplus = 1 - amount / (closes.iloc[place - 1] / factor + amount)
    log.record(
        "undo_repeated_dividend",
        place,
        "the same dividend is listed on two sessions running, so the second return counts it twice",
        f"{closes.name} before {day:%Y-%m-%d} ÷ {surplus:.6f}",
    )
    return closes.where(closes.index >= day, closes / surplus)


def _of(rule: str, fixes: Sequence[Correction]) -> list[Correction]:
    return [fix for fix in fixes if fix.rule == rule]
