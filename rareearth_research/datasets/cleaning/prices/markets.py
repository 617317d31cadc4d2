"""Prices of each market, from its raw files to wide levels, volumes, flags and a record of seams.

New York has one adjusted file; Sydney has unadjusted closes to 2024-05-31 and adjusted ones after;
Shanghai and Shenzhen have unadjusted closes with the exchange's previous close, then two adjusted
files. Sources are always joined on returns, never on levels.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rareearth_research.datasets.cleaning.prices import checks, reading, rules
from rareearth_research.datasets.cleaning.prices import flags as flagging
from rareearth_research.datasets.cleaning.prices.finish import Market, finish, seam_row
from rareearth_research.datasets.registry import CleaningLog

__all__ = ["Market", "clean_australia", "clean_china", "clean_new_york"]

Raw = Mapping[str, pd.DataFrame]

ASX_SEAM = pd.Timestamp("2024-05-31")
CN_SEAM = pd.Timestamp("2022-01-14")
AS_TRADED, ROUNDED_AGAIN = 0.005, 0.015


def clean_new_york(raw: Raw, log: CleaningLog) -> Market:
    """Clean the US file and append Molycorp."""
    fixes, exceptions = reading.corrections(raw), reading.calendar_exceptions(raw)
    prices = reading.long(raw, "prices_us_adjusted.csv", "adjusted_close")
    mcp = reading.long(raw, "prices_mcp.csv", "adjusted_close", "volume", ticker="MCP")
    for frame, source in ((prices, "yahoo_us_2026"), (mcp, "yahoo_mcp")):
        checks.check_calendar(frame["date"], "XNYS", source, exceptions, log)
    prices = rules.exclude_security(prices, fixes, log)
    prices = rules.cut_before(prices, fixes, log)
    wide = reading.wide(pd.concat([prices, mcp], ignore_index=True), "close")
    volumes = reading.wide(mcp, "volume")
    stale = flagging.flag_stale(wide, volumes, log)
    return finish(wide, volumes, [stale], [], raw, "XNYS", log)


def clean_australia(raw: Raw, log: CleaningLog) -> Market:
    """Clean the two Australian files and join them at the end of the unadjusted one."""
    fixes, exceptions = reading.corrections(raw), reading.calendar_exceptions(raw)
    old = reading.long(raw, "prices_asx_unadjusted.csv", "close", "volume")
    new = reading.long(raw, "prices_asx_adjusted.csv", "adjusted_close", "volume", "dividend")
    old, new = (frame.assign(ticker=frame["ticker"] + ".AX") for frame in (old, new))
    checks.check_calendar(old["date"], "XASX", "asx_end_of_day", exceptions, log)
    checks.check_calendar(new["date"], "XASX", "yahoo_asx", exceptions, log)
    old = rules.drop_closed_days(old, exceptions, log)
    old = rules.cut_before(old, fixes, log)
    old = rules.join_renamed(old, fixes, log)
    old = rules.scale_consolidations(old, fixes, log)
    closes, later = reading.wide(old, "close"), reading.wide(new, "close")
    for fix in reading.corrections(raw, "repeated_dividend"):
        mine = new[new["ticker"] == fix.ticker].set_index("date")
        fixed = rules.undo_repeated_dividend(
            mine["close"].rename(fix.ticker),
            mine["dividend"],
            fix.date,
            fix.factor,
            log,
        )
        later[fix.ticker] = fixed
    joined, seams = {}, []
    for ticker in closes.columns.intersection(later.columns):
        seam = checks.check_seam(closes[ticker], later[ticker], log)
        joined[ticker] = rules.join_on_returns(closes[ticker], later[ticker], ASX_SEAM)
        seams.append(seam_row(ticker, "asx_end_of_day", "yahoo_asx", ASX_SEAM, seam))
    stand_in = later["STW.AX"].rename("XJO.AX")
    seam = checks.check_seam(
        closes["XJO.AX"],
        stand_in,
        log,
        minimum=0.99,
        why="STW.AX stands in for the index after the index file ends; a fund's close differs a "
        "little from the index, so 0.99 is asked of it and not 0.998; its returns include "
        "dividends",
    )
    joined["XJO.AX"] = rules.join_on_returns(closes["XJO.AX"], stand_in, ASX_SEAM, keep="old")
    seams.append(seam_row("XJO.AX", "asx_end_of_day", "yahoo_asx", ASX_SEAM, seam))
    alone = later[later.columns.difference(closes.columns)]
    wide = pd.concat([closes, alone], axis=1, sort=True)
    wide = wide.reindex(closes.index.union(later.index)).assign(**joined)
    traded = pd.concat([old, new[~new["date"].isin(old["date"])]], ignore_index=True)
    alone_traded = new[new["ticker"].isin(alone.columns) & new["date"].isin(old["date"])]
    traded = pd.concat([traded, alone_traded], ignore_index=True)
    volumes = reading.wide(traded[traded["volume"] > 0], "volume")
    notes = flagging.flag_consolidations(fixes)
    stale = flagging.flag_stale(wide, volumes, log)
    return finish(wide, volumes, [notes, stale], seams, raw, "XASX", log)


def clean_china(raw: Raw, log: CleaningLog) -> Market:
    """Clean the three A-share files and the CSI 300, chained on the exchanges' own returns."""
    exceptions = reading.calendar_exceptions(raw)
    old = reading.long(raw, "prices_cn_unadjusted_to_2022.csv", "close", "volume", "previous_close")
    mid = reading.long(raw, "prices_cn_adjusted_2022_2025.csv", "adjusted_close", "volume")
    new = reading.long(raw, "prices_cn_adjusted_2025_2026.csv", "adjusted_close", "volume")
    old, mid, new = (_suffixed(frame) for frame in (old, mid, new))
    index = reading.long(raw, "index_csi300.csv", "close", ticker="000300.SS")
    sources = ("china_a_shares_2009_2022", "china_a_shares_2022_2025", "china_a_shares_2025_2026")
    for frame, source in ((old, sources[0]), (mid, sources[1]), (new, sources[2])):
        checks.check_calendar(frame["date"], "XSHG", source, exceptions, log)
    checks.check_calendar(index["date"], "XSHG", "csi300", exceptions, log)
    levels = rules.chain_previous_close(old, log)
    wide, seams = levels, []
    for later, names in ((mid, sources[:2]), (new, sources[1:])):
        wide, found = _continue(wide, reading.wide(later, "close"), names, log)
        seams += found
    wide = pd.concat([wide, reading.wide(index, "close")], axis=1, sort=True)
    in_shares = rules.lots_to_shares([mid, new], log.of("volumes_cn"))
    traded = pd.concat([old, *in_shares], ignore_index=True)
    volumes = reading.wide(traded.drop_duplicates(["date", "ticker"], keep="first"), "volume")
    special = reading.price_limits(raw)
    closes, before = reading.wide(old, "close"), reading.wide(old, "previous_close")
    limited = [flagging.flag_price_limits(closes, before, special, AS_TRADED, log)]
    for frame, start in ((mid, CN_SEAM), (new, mid["date"].max())):
        closes = reading.wide(frame, "close")
        before = closes.ffill().shift()
        after = closes.index > start
        limited.append(
            flagging.flag_price_limits(closes[after], before[after], special, ROUNDED_AGAIN, log)
        )
    stale = flagging.flag_stale(wide, volumes, log)
    return finish(wide, volumes, [*limited, stale], seams, raw, "XSHG", log)


def _continue(
    wide: pd.DataFrame, later: pd.DataFrame, names: tuple[str, ...], log: CleaningLog
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """Continue each column of `wide` with `later` after the last session both have."""
    joined, seams = {}, []
    for ticker in later.columns:
        if ticker not in wide:
            joined[ticker] = later[ticker].dropna()
            continue
        old, new = wide[ticker].dropna(), later[ticker].dropna()
        seam = checks.check_seam(old, new, log)
        session = old.index.intersection(new.index)[-1]
        joined[ticker] = rules.join_on_returns(old, new, session)
        seams.append(seam_row(ticker, names[0], names[1], session, seam))
    rest = {ticker: wide[ticker] for ticker in wide.columns.difference(later.columns)}
    return pd.concat(rest | joined, axis=1, sort=True), seams


def _suffixed(frame: pd.DataFrame) -> pd.DataFrame:
    shanghai = frame["ticker"].str.startswith("6")
    suffix = shanghai.map({True: ".SS", False: ".SZ"})
    return frame.assign(ticker=frame["ticker"] + suffix)
