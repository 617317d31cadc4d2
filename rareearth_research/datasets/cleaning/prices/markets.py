"""Prices of each market, from its raw files to wide levels, volumes, flags and a record of seams.

New York and Sydney begin with one file each and go on with later ones; Sydney's first file holds
unadjusted closes to 2024-05-31. Shanghai and Shenzhen have unadjusted closes with the exchange's
previous close, then adjusted files. What a user's own refresh fetched comes last (`fetched`).
Sources are always joined on returns, never on levels, and a later file counts only after the last
session of what was there before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from rareearth_research.datasets.cleaning.prices import checks, reading, rules
from rareearth_research.datasets.cleaning.prices import flags as flagging
from rareearth_research.datasets.cleaning.prices.fetched import continue_fetched
from rareearth_research.datasets.cleaning.prices.finish import Market, finish, seam_row
from rareearth_research.datasets.cleaning.prices.unfinished import drop_unfinished
from rareearth_research.datasets.tables.registry import CleaningLog, Raw

Seams = list[dict[str, object]]

ASX_SEAM = pd.Timestamp("2024-05-31")
AS_TRADED, ROUNDED_AGAIN = 0.005, 0.015
CN_ADJUSTED = {
    "china_a_shares_2022_2025": ("prices_cn_adjusted_2022_2025.csv", "volume"),
    "china_a_shares_2025_2026": ("prices_cn_adjusted_2025_2026.csv", "volume"),
    "china_a_shares_2026_06": ("prices_cn_adjusted_2026_06.csv",),
    "china_a_shares_2026_06_second": ("prices_cn_adjusted_2026_06_second.csv", "volume"),
    "china_a_shares_2026_07": ("prices_cn_adjusted_2026_07.csv", "volume"),
}


def clean_new_york(raw: Raw, log: CleaningLog) -> Market:
    """Clean the two US files, add the last closes as traded, and append Molycorp."""
    fixes = reading.corrections(raw)
    first = _published(raw, "prices_us_adjusted.csv", "yahoo_us_2026", "XNYS", log)
    later = _published(
        raw, "prices_us_adjusted_2026_10.csv", "yahoo_us_2026_10", "XNYS", log, more=("volume",)
    )
    mcp = _published(
        raw, "prices_mcp.csv", "yahoo_mcp", "XNYS", log, more=("volume",), ticker="MCP"
    )
    first, later = (rules.exclude_security(frame, fixes, log) for frame in (first, later))
    first = rules.cut_before(first, fixes, log)
    wide = reading.wide(first, "close")
    origin = dict.fromkeys(wide.columns, "yahoo_us_2026")
    wide, seams = _continue(wide, reading.wide(later, "close"), origin, "yahoo_us_2026_10", log)
    typed = flagging.flag_typed(later, seams)
    last = reading.long(raw, "prices_us_as_traded_2026_10.csv", "close", "volume")
    last = drop_unfinished(last, "us_as_traded_2026_10", "XNYS", raw["sources.csv"], log)
    wide, ends = rules.continue_as_traded(wide, reading.wide(last, "close"), log)
    seams += [
        seam_row(ticker, "yahoo_us_2026_10", "us_as_traded_2026_10", session, {"sessions": 0})
        for ticker, session in ends.items()
    ]
    origin |= {str(seam["ticker"]): str(seam["later_source"]) for seam in seams}
    wide, found, fetched = continue_fetched(wide, raw, "XNYS", origin, log)
    wide = pd.concat([wide, reading.wide(mcp, "close")], axis=1, sort=True)
    gone_on = last["date"] > pd.to_datetime(last["ticker"].map(ends))
    volumes = _volumes(mcp, later, last[gone_on], *fetched)
    notes = [
        flagging.flag_stale(wide, volumes, wide["SPY"], log),
        flagging.flag_coarse_ticks(reading.wide(first, "close"), log),
        typed,
    ]
    return finish(wide, volumes, notes, [*seams, *found], raw, "XNYS", log)


def clean_australia(raw: Raw, log: CleaningLog) -> Market:
    """Clean the Australian files and join them at the end of the unadjusted one, and after."""
    fixes = reading.corrections(raw)
    old = _published(
        raw, "prices_asx_unadjusted.csv", "asx_end_of_day", "XASX", log, "close", ("volume",)
    )
    new = _published(
        raw, "prices_asx_adjusted.csv", "yahoo_asx", "XASX", log, more=("volume", "dividend")
    )
    late = _published(
        raw, "prices_asx_adjusted_2026_08.csv", "yahoo_asx_2026_08", "XASX", log, more=("volume",)
    )
    old, new, late = (frame.assign(ticker=frame["ticker"] + ".AX") for frame in (old, new, late))
    old = rules.drop_closed_days(old, reading.calendar_exceptions(raw), log)
    old = rules.cut_before(old, fixes, log)
    old = rules.join_renamed(old, fixes, log)
    published = reading.wide(pd.concat([old, new[new["date"] > ASX_SEAM]]), "close")
    old = rules.scale_consolidations(old, fixes, log)
    closes, later = reading.wide(old, "close"), reading.wide(new, "close")
    for fix in reading.corrections(raw, "repeated_dividend"):
        mine = new[new["ticker"] == fix.ticker].set_index("date")
        fixed = rules.undo_repeated_dividend(
            mine["close"].rename(fix.ticker), mine["dividend"], fix.date, fix.factor, log
        )
        later[fix.ticker] = fixed
    joined: dict[str, pd.Series] = {}
    seams: Seams = []
    for ticker in closes.columns.intersection(later.columns):
        seam = checks.check_seam(closes[ticker], later[ticker], log)
        joined[ticker] = rules.join_on_returns(closes[ticker], later[ticker], ASX_SEAM)
        seams.append(seam_row(ticker, "asx_end_of_day", "yahoo_asx", ASX_SEAM, seam))
    stand_in = later["IOZ.AX"].rename("XJO.AX")
    seam = checks.check_seam(
        closes["XJO.AX"],
        stand_in,
        log,
        minimum=0.99,
        why="IOZ.AX stands in for the index after the index file ends; a fund's close differs a "
        "little from the index, so 0.99 is asked of it and not 0.998; its returns include "
        "dividends. STW.AX, the other fund, is 75 basis points off on 2025-11-04 and -05",
    )
    joined["XJO.AX"] = rules.join_on_returns(closes["XJO.AX"], stand_in, ASX_SEAM, keep="old")
    seams.append(seam_row("XJO.AX", "asx_end_of_day", "yahoo_asx", ASX_SEAM, seam))
    alone = later[later.columns.difference(closes.columns)]
    wide = pd.concat([closes, alone], axis=1, sort=True)
    wide = wide.reindex(closes.index.union(later.index)).assign(**joined)
    origin = dict.fromkeys(wide.columns, "yahoo_asx")
    origin |= dict.fromkeys(closes.columns.difference([*joined]), "asx_end_of_day")
    wide, found = _continue(wide, reading.wide(late, "close"), origin, "yahoo_asx_2026_08", log)
    seams += found
    origin |= {str(seam["ticker"]): str(seam["later_source"]) for seam in found}
    wide, found, fetched = continue_fetched(wide, raw, "XASX", origin, log)
    volumes = _volumes(old, new, late, *fetched)
    notes = [
        flagging.flag_consolidations(fixes),
        flagging.flag_stale(wide, volumes, wide["XJO.AX"], log),
        flagging.flag_coarse_ticks(published, log),
    ]
    return finish(wide, volumes, notes, [*seams, *found], raw, "XASX", log)


def clean_china(raw: Raw, log: CleaningLog) -> Market:
    """Clean the A-share files and the CSI 300, chained on the exchanges' own returns."""
    first, previous = "china_a_shares_2009_2022", "previous_close"
    file = "prices_cn_unadjusted_to_2022.csv"
    old = _published(raw, file, first, "XSHG", log, "close", ("volume", previous))
    old = _suffixed(old)
    special = reading.price_limits(raw)
    closes, before = reading.wide(old, "close"), reading.wide(old, previous)
    limited = [flagging.flag_price_limits(closes, before, special, AS_TRADED, log)]
    wide, seams = rules.chain_previous_close(old, log), []
    traded: dict[str, pd.DataFrame] = {}
    origin = dict.fromkeys(wide.columns, first)
    for source, (file, *more) in CN_ADJUSTED.items():
        later = _suffixed(_published(raw, file, source, "XSHG", log, more=more))
        closes = reading.wide(later, "close")
        limited.append(_fresh_limits(wide, closes, special, log))
        wide, found = _continue(wide, closes, origin, source, log)
        went_on = [str(seam["ticker"]) for seam in found]
        origin |= dict.fromkeys([*closes.columns.difference([*origin]), *went_on], source)
        limited.append(flagging.flag_typed(later, found))
        seams += found
        traded[source] = later
    index = _published(raw, "index_csi300.csv", "csi300", "XSHG", log, "close", ticker="000300.SS")
    shares, origin["000300.SS"] = [*wide.columns], "csi300"
    wide = pd.concat([wide, reading.wide(index, "close")], axis=1, sort=True)
    known = wide[shares]
    in_shares = rules.lots_to_shares(old, traded, log.of("volumes_cn"))
    wide, found, fetched = continue_fetched(wide, raw, "XSHG", origin, log)
    seams += found
    for later in fetched:
        closes = reading.wide(later, "close")
        closes = closes[closes.columns.intersection(shares)]
        limited.append(_fresh_limits(known, closes, special, log))
        known = known.combine_first(closes)
    volumes = _volumes(in_shares, *fetched)
    stale = flagging.flag_stale(wide, volumes, wide["000300.SS"], log)
    return finish(wide, volumes, [*limited, stale], seams, raw, "XSHG", log)


def _fresh_limits(
    wide: pd.DataFrame, closes: pd.DataFrame, special: pd.DataFrame, log: CleaningLog
) -> pd.DataFrame:
    """Flag price limits on the sessions that `closes` brings after the last ones of `wide`."""
    known = wide.reindex(index=closes.index, columns=closes.columns).bfill().notna()
    fresh = closes.mask(known)
    start = fresh.first_valid_index()
    before = closes.ffill().shift()[start:]
    return flagging.flag_price_limits(fresh[start:], before, special, ROUNDED_AGAIN, log)


def _published(
    raw: Raw,
    file: str,
    source: str,
    exchange: str,
    log: CleaningLog,
    close: str = "adjusted_close",
    more: Sequence[str] = (),
    ticker: str = "",
) -> pd.DataFrame:
    """Read a file of one source: its dates are sessions, and the last one was over."""
    prices = reading.long(raw, file, close, *more, ticker=ticker)
    prices["typed"] = raw[file].get("transcription", "") == "typed"
    checks.check_calendar(prices["date"], exchange, source, raw, log)
    return drop_unfinished(prices, source, exchange, raw["sources.csv"], log)


def _continue(
    wide: pd.DataFrame,
    later: pd.DataFrame,
    origin: Mapping[str, str],
    source: str,
    log: CleaningLog,
) -> tuple[pd.DataFrame, Seams]:
    """Continue each column of `wide` with `later`, of `source`, after the last session both have.

    `origin` names the source of the last sessions of each column of `wide`. A column that already
    reaches as far stays as it is: a refresh has brought it further.
    """
    joined: dict[str, pd.Series] = {}
    seams: Seams = []
    for ticker in later.columns:
        if ticker not in wide:
            joined[ticker] = later[ticker].dropna()
            continue
        old, new = wide[ticker].dropna(), later[ticker].dropna()
        if old.index[-1] >= new.index[-1]:
            joined[ticker] = old
            continue
        seam = checks.check_seam(old, new, log)
        session = old.index.intersection(new.index)[-1]
        joined[ticker] = rules.join_on_returns(old, new, session)
        seams.append(seam_row(ticker, origin[ticker], source, session, seam))
    rest = {ticker: wide[ticker] for ticker in wide.columns.difference(later.columns)}
    return pd.concat(rest | joined, axis=1, sort=True), seams


def _volumes(*frames: pd.DataFrame) -> pd.DataFrame:
    """Return shares traded, dates × tickers; where two sources have a session, the first counts."""
    traded = pd.concat(frames, ignore_index=True)
    traded = traded[traded["volume"] > 0].drop_duplicates(["date", "ticker"], keep="first")
    return reading.wide(traded, "volume")


def _suffixed(frame: pd.DataFrame) -> pd.DataFrame:
    shanghai = frame["ticker"].str.startswith("6")
    suffix = shanghai.map({True: ".SS", False: ".SZ"})
    return frame.assign(ticker=frame["ticker"] + suffix)
