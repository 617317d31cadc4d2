"""Annual statistics of the two geological surveys: USGS Commodity Summaries and BGS production."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets._filters import Names, matching
from rareearth_research.datasets.catalog import read

__all__ = ["load_bgs", "load_usgs"]


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
        ``net_exporter`` or ``blank`` there is none. ``published`` is the text of the release.

    Raises
    ------
    DataError
        For a value the table does not hold.
    """
    table = read("usgs_mcs2026")
    return _choose(table, commodities=commodities, statistic=statistic, country=country)


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
    return _choose(read("bgs_production"), commodities=commodities, country=country)


def _choose(table: pd.DataFrame, **wanted: Names | None) -> pd.DataFrame:
    keep = pd.Series(True, index=table.index)
    for argument, names in wanted.items():
        if names is not None:
            column = "commodity" if argument == "commodities" else argument
            hint = f"See the column {column} of the unfiltered table"
            keep &= matching(table[column], names, argument, hint)
    return table[keep].reset_index(drop=True)
