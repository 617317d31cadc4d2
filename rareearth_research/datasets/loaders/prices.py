"""Prices, returns, volumes and the flags on them, as wide frames of all exchanges.

A session without a price stays empty. A return is always over the security's previous *observed*
close, so it may span several sessions (flag ``multi_session``); a close that was repeated without
trade (flag ``stale``) is no observation. Where a demerger, a rights issue or an unexplained jump
makes a return meaningless, it is missing and flagged (`vocabulary.BREAKS`).
"""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_names
from rareearth_research.choices import Group, Listing, ReturnType
from rareearth_research.datasets.catalog import ELSEWHERE, data_dir, derived, read
from rareearth_research.datasets.loaders.filters import Names, between, known_names
from rareearth_research.datasets.loaders.securities import load_securities
from rareearth_research.datasets.own.layers import own_prices
from rareearth_research.datasets.tables.vocabulary import BREAKS, FLAGS, STALE
from rareearth_research.days import Day
from rareearth_research.errors import DataError, shown

# Market identifier -> suffix of the wide tables.
MARKET = {"XNYS": "us", "XASX": "au", "XSHG": "cn", "XSHE": "cn"}


def load_prices(
    tickers: Names | None = None,
    *,
    group: Group | Names | None = None,
    exchange: Listing | Names | None = None,
    since: Day | None = None,
    until: Day | None = None,
) -> pd.DataFrame:
    """Return closes, a row per session and a column per ticker.

    Parameters
    ----------
    tickers, group, exchange : str or list of str, optional
        Which securities, as in `load_securities`; default all.
    since, until : str or date, optional
        First and last day, both included.

    Returns
    -------
    DataFrame
        Index ``date`` (exchange-local sessions, without zone; the union of the exchanges asked
        for), columns tickers, values in each security's currency. Empty where there is no price.
        ``.attrs["provenance"]`` lists one entry per table read.

    Raises
    ------
    DataError
        For an unknown ticker, group or exchange; if `since` is after `until`; if no session lies
        between them; if a data file is missing or damaged.

    Notes
    -----
    Levels are comparable over time within a column only. US closes are adjusted for dividends;
    Australian closes before 2024-06 are not; see ``cite("prices_au")`` and ``data/README.md``.
    """
    return between(_wide("prices", tickers, group, exchange), since, until)


def load_returns(
    tickers: Names | None = None,
    *,
    group: Group | Names | None = None,
    exchange: Listing | Names | None = None,
    since: Day | None = None,
    until: Day | None = None,
    kind: ReturnType = "log",
    stale: Literal["missing", "raw"] = "missing",
) -> pd.DataFrame:
    """Return returns over each security's previous observed close.

    Parameters
    ----------
    tickers, group, exchange : str or list of str, optional
    since, until : str or date, optional
        As in `load_prices`. The first return after `since` uses the close before it.
    kind : str, default "log"
        ``"log"``: ln(Pₜ / Pₛ), or ``"simple"``: Pₜ / Pₛ − 1, where s is the last session before t
        with a price.
    stale : str, default "missing"
        What sessions flagged stale have: ``"missing"``, and the return after them spans them, or
        ``"raw"``: the zero that the repeated close makes.

    Returns
    -------
    DataFrame
        Same shape as `load_prices`. Missing where there is no price, at a security's first price,
        and on sessions flagged stale, demerger, rights_issue or suspect_corporate_action; then
        ``.attrs["provenance"]`` lists the table of flags too.

    Raises
    ------
    DataError
        As `load_prices`, and for an unknown `kind` or `stale`.
    """
    check_choice("kind", kind, ("log", "simple"), DataError)
    check_choice("stale", stale, ("missing", "raw"), DataError)
    if tickers is not None:
        tickers = check_names("tickers", tickers, DataError)  # read once: it may be an iterator
    if tickers is None or group is not None or exchange is not None:
        return between(_returns(tickers, group, exchange, kind, stale), since, until)
    compute = partial(_returns, tickers, None, None, kind, stale)
    return between(derived(("returns", *tickers, kind, stale), compute), since, until)


def _returns(
    tickers: Names | None, group: Names | None, exchange: Names | None, kind: str, stale: str
) -> pd.DataFrame:
    prices = _wide("prices", tickers, group, exchange)
    growth = prices / prices.ffill().shift()
    values = growth.to_numpy(copy=True)
    values = np.log(values) if kind == "log" else values - 1
    flags = read("price_flags")
    unserved = BREAKS | {STALE} if stale == "missing" else BREAKS
    breaks = flags[flags["flag"].isin(unserved) & flags["ticker"].isin(prices.columns)]
    rows = prices.index.get_indexer(pd.Index(breaks["date"]))
    values[rows, prices.columns.get_indexer(pd.Index(breaks["ticker"]))] = np.nan
    out = pd.DataFrame(values, index=prices.index, columns=prices.columns)
    out.attrs = prices.attrs | {"kind": kind}
    if len(breaks):
        out.attrs["provenance"] = [*prices.attrs["provenance"], flags.attrs["provenance"]]
    return out


def load_volumes(
    tickers: Names | None = None,
    *,
    group: Group | Names | None = None,
    exchange: Listing | Names | None = None,
    since: Day | None = None,
    until: Day | None = None,
) -> pd.DataFrame:
    """Return shares traded, a row per session and a column per ticker that has volume.

    The sources give volume for Australian and Chinese shares, for Molycorp and, from July 2026 on,
    for most other US securities; not for indices. A ticker named in `tickers` without volume is an
    error; one that only comes with a group or exchange is left out.

    Parameters
    ----------
    tickers, group, exchange : str or list of str, optional
    since, until : str or date, optional
        As in `load_prices`.

    Returns
    -------
    DataFrame
        Shares, restated for consolidations.

    Raises
    ------
    DataError
        As `load_prices`, and if a ticker asked for by name has no volume.
    """
    return between(_wide("volumes", tickers, group, exchange), since, until)


def load_price_flags(tickers: Names | None = None, flag: Names | None = None) -> pd.DataFrame:
    """Return what to know about single prices: ``date, ticker, flag, value, note``.

    Parameters
    ----------
    tickers : str or list of str, optional
        One ticker or several; default all.
    flag : str or list of str, optional
        One flag or several of `vocabulary.FLAGS` (multi_session, halt, limit_up, limit_down, stale,
        coarse_tick, typed, outlier, consolidation, source_join, demerger, rights_issue,
        suspect_corporate_action).

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError
        For an unknown ticker or flag.
    """
    flags = read("price_flags")
    if tickers is not None:
        flags = flags[flags["ticker"].isin(load_securities(tickers).index)]
    if flag is not None:
        wanted = known_names("flag", flag, FLAGS, "the table of flags")
        flags = flags[flags["flag"].isin(wanted)]
    return flags.reset_index(drop=True)


def _wide(
    what: str, tickers: Names | None, group: Names | None, exchange: Names | None
) -> pd.DataFrame:
    """Read the tables that hold the wanted securities and put their columns side by side."""
    if tickers is not None:
        tickers = check_names("tickers", tickers, DataError)  # read once: it may be an iterator
    securities = load_securities(tickers, group=group, exchange=exchange)
    frames, provenance = [], []
    own = own_prices() if what == "prices" else None
    yours = [ticker for ticker in securities.index if own is not None and ticker in own.columns]
    if own is not None and yours:
        frames.append(own[yours].dropna(how="all"))
    markets = securities["exchange"].drop(yours).map(MARKET)
    for market in markets.dropna().unique():
        table = read(f"{what}_{market}").set_index("date")
        mine = markets.index[markets == market]
        present = [ticker for ticker in mine if ticker in table.columns]
        absent = [ticker for ticker in mine if ticker not in table.columns]
        if absent and tickers is not None:
            raise DataError(
                f"tickers: there are no {what} of {shown(', '.join(absent), 300)} in the data "
                f"(table {what}_{market}); leave them out"
            )
        if present:
            frames.append(table[present].dropna(how="all"))
            provenance.append(table.attrs["provenance"])
    nowhere = markets.index[markets.isna()]
    if len(nowhere) and tickers is not None:
        raise DataError(
            f"tickers: there are no {what} of {shown(', '.join(nowhere), 300)} in the data; leave "
            "them out, or add a file of them"
        )
    if not any(len(frame) for frame in frames):
        raise DataError(
            f"none of the {len(securities)} securities asked for has {what} in this data folder "
            f"({data_dir()}); a wheel brings none, because their publishers restrict passing them "
            f"on: {ELSEWHERE}, or give prices of your own"
        )
    wide = frames[0] if len(frames) == 1 else pd.concat(frames, axis=1, sort=True)
    wide = wide[[ticker for ticker in securities.index if ticker in wide.columns]]
    wide = wide.rename_axis(index="date", columns="ticker")
    wide.attrs = {"provenance": provenance}
    return wide
