"""Tonnages: China's customs figures, and the annual statistics of USGS and BGS."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.catalog import held, read
from rareearth_research.datasets.loaders.filters import Names, choose, within
from rareearth_research.days import Day


def load_trade(
    series: Names | None = None,
    *,
    kind: Names | None = None,
    since: Day | None = None,
    until: Day | None = None,
    known_by: Day | None = None,
) -> pd.DataFrame:
    """Return China's customs tonnages, one row per series and period.

    Parameters
    ----------
    series : str or list of str, optional
        ``"gacc_ree_exports"``, ``"gacc_ree_magnet_exports"``, ...; all by default.
    kind : str or list of str, optional
        ``"month"``, ``"jan_feb"``, ``"multi_month"``, ``"cumulative"``, ``"year"``.
    since, until : str or date, optional
        First and last day within which a period must lie.
    known_by : str or date, optional
        Only figures released on or before this day; undated ones are left out.

    Returns
    -------
    DataFrame
        ``tonnes`` with period, release date, source and status. Months nobody reported are
        absent, and January and February are one figure in most years: do not treat the rows as
        a regular series without looking.

    Raises
    ------
    DataError
        For an unknown series or kind.
    """
    trade = read("trade")
    keep = within(trade["period_start"], since, None) & within(trade["period_end"], None, until)
    keep &= within(trade["release_date"], None, known_by, "known_by")
    return choose(trade, keep=keep, series=("series_id", series), kind=("period_type", kind))


def load_trade_reconciliation(series: Names | None = None) -> pd.DataFrame:
    """Return, for each year-to-date and year figure, whether its parts add up to it.

    Parameters
    ----------
    series : str or list of str, optional
        Series of `load_trade`; all by default.

    Returns
    -------
    DataFrame
        ``verdict`` is agrees, differs, not independent or incomplete; ``difference`` and
        ``tolerance`` are in tonnes.

    Raises
    ------
    DataError
        For an unknown series.
    """
    return choose(read("trade_reconciliation"), series=("series_id", series))


def load_graphite_trade(
    hs6: Names | None = None, *, since: Day | None = None, until: Day | None = None
) -> pd.DataFrame:
    """Return China's monthly graphite exports, long.

    Parameters
    ----------
    hs6 : str or list of str, optional
        ``"250410"`` (natural), ``"380110"`` (artificial); both by default.
    since, until : str or date, optional
        First and last month, by its first day.

    Returns
    -------
    DataFrame
        ``hs6, graphite, month, value_usd, net_weight_kg``; a weight Comtrade does not give is NaN.

    Raises
    ------
    DataError
        For another customs head.
    """
    trade = held("graphite_trade")
    months = within(trade["month"], since, until)
    return choose(trade, "Only graphite heads are held", months, hs6=("hs6", hs6))


def load_usgs(
    commodities: Names | None = None,
    *,
    statistic: Names | None = None,
    country: Names | None = None,
) -> pd.DataFrame:
    """Return the USGS Mineral Commodity Summaries 2026, one row per figure.

    Parameters
    ----------
    commodities : str or list of str, optional
        Such as ``"Rare Earths"``, ``"Gallium"``; all by default.
    statistic : str or list of str, optional
        Such as ``"Production"``, ``"Price"``, ``"Net import reliance"``.
    country : str or list of str, optional
        Such as ``"China"``, ``"World total"``.

    Returns
    -------
    DataFrame
        With ``value``, ``value_low``, ``value_high`` and ``qualifier``: where the qualifier is
        ``greater_than`` or ``less_than`` the value is only a bound, and where it is ``withheld``,
        ``net_exporter`` or ``not_available`` there is none. ``published`` is the release's text.

    Raises
    ------
    DataError
        For a value the table does not hold.
    """
    return choose(
        read("usgs_mcs2026"),
        commodities=("commodity", commodities),
        statistic=("statistic", statistic),
        country=("country", country),
    )


def load_bgs(commodities: Names | None = None, *, country: Names | None = None) -> pd.DataFrame:
    """Return BGS production by country and year.

    Parameters
    ----------
    commodities : str or list of str, optional
        Such as ``"rare earth oxides"``, ``"antimony, mine"``; all by default.
    country : str or list of str, optional
        Such as ``"China"``.

    Returns
    -------
    DataFrame
        ``quantity`` in tonnes of what ``basis`` says; figures of different bases do not add up.

    Raises
    ------
    DataError
        For a value the table does not hold.
    """
    table = held("bgs_production")
    return choose(table, commodities=("commodity", commodities), country=("country", country))
