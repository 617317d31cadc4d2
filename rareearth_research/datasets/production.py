"""Annual statistics of the two geological surveys: USGS Commodity Summaries and BGS production."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets._filters import Names, choose
from rareearth_research.datasets.catalog import held, read

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
