"""Securities and groups: which tickers there are, what they stand for, which belong together."""

from __future__ import annotations

import pandas as pd

from rareearth_research.choices import Group, Listing
from rareearth_research.datasets.catalog import derived, read
from rareearth_research.datasets.loaders.filters import Names, known_names
from rareearth_research.errors import DataError, shown

TABLE, ALL_SECURITIES = "the securities table", "See rer.load_securities()"


def load_securities(
    tickers: Names | None = None,
    *,
    group: Group | Names | None = None,
    exchange: Listing | Names | None = None,
) -> pd.DataFrame:
    """Return the securities, one row per ticker.

    Parameters
    ----------
    tickers : str or list of str, optional
        One ticker or several; they come back in this order.
    group : str or list of str, optional
        One group or several (any of them); see `load_groups`.
    exchange : str or list of str, optional
        ``XNYS`` (all US listings), ``XASX``, ``XSHG``, ``XSHE``.

    Returns
    -------
    DataFrame
        Indexed by ``ticker``: name, exchange, currency, kind, groups, materials, exposure_from,
        exposure_until, listed_from, listed_until, benchmark, plants_in, status, source_ids, note.

    Raises
    ------
    DataError
        For an unknown ticker, group or exchange, or if nothing satisfies all filters.

    Examples
    --------
    >>> load_securities(group="antimony").index.tolist()
    ['002155.SZ', '601020.SS', 'NVA', 'PPTA', 'UAMY']
    """
    securities = derived(("securities",), lambda: read("securities").set_index("ticker"))
    if tickers is not None:
        wanted = known_names("tickers", tickers, securities.index, TABLE, ALL_SECURITIES)
        twice = sorted({ticker for ticker in wanted if wanted.count(ticker) > 1})
        if twice:
            raise DataError(f"tickers: {shown(', '.join(twice))} asked for twice; name each once")
        securities = securities.loc[wanted]
    if group is not None:
        groups = read("groups")["group"]
        wanted = known_names("group", group, groups, "the groups table", "See rer.load_groups()")
        own = securities["groups"].str.split(";")
        securities = securities[[bool(set(names) & set(wanted)) for names in own]]
    if exchange is not None:
        exchanges = read("securities")["exchange"].unique()
        wanted = known_names("exchange", exchange, exchanges, TABLE, ALL_SECURITIES)
        securities = securities[securities["exchange"].isin(wanted)]
    if securities.empty:
        asked = {"tickers": tickers, "group": group, "exchange": exchange}
        filters = ", ".join(f"{k}={shown(v)}" for k, v in asked.items() if v is not None)
        raise DataError(f"no security satisfies {filters} together; leave one of them out")
    return securities


def load_groups() -> pd.DataFrame:
    """Return the groups of securities.

    Returns
    -------
    DataFrame
        Indexed by ``group``: title, description, number of members. A union of groups lists them
        in ``includes``.
    """
    return read("groups").set_index("group")
