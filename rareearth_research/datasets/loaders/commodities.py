"""Mineral and commodity prices, and daily market controls indexed by day.

Prices are daily metal spot, IMF and World Bank monthly; controls are factors, VIX, geopolitical
risk, US dollar in yuan.
"""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.catalog import held, read
from rareearth_research.datasets.loaders.filters import Names, between, choose, within
from rareearth_research.datasets.loaders.materials import symbols_of
from rareearth_research.days import Day


def load_metal_spot(
    elements: Names | None = None, *, since: Day | None = None, until: Day | None = None
) -> pd.DataFrame:
    """Return daily spot prices of Nd, Ce, Bi and Mn, long, and what you added to them.

    Parameters
    ----------
    elements : str or list of str, optional
        Chemical symbols, or ``"NdPr"``; all by default.
    since, until : str or date, optional
        First and last day, both included.

    Returns
    -------
    DataFrame
        ``date, element, form, grade, unit, price, days_since_previous, days_unchanged``. Units
        differ: Nd and Ce in USD/kg, Bi and Mn in USD/t. A series is an element, grade and unit: one
        each as shipped, more if a refresh added quotations of your own, such as oxides (``form``).
        Quotations are sticky: ``.attrs["unchanged"]`` gives the share of the quotations returned,
        by series, that equal the one before, and ``days_unchanged`` how long a price has stood.

    Raises
    ------
    DataError
        For an element the table does not hold.
    """
    spot = held("metal_spot")
    if elements is not None:
        elements = symbols_of("elements", elements, spot["element"].unique())
    dates = within(spot["date"], since, until)
    chosen = choose(spot, keep=dates, elements=("element", elements))
    series = chosen["element"] + ", " + chosen["grade"] + ", " + chosen["unit"]
    standing = (chosen["days_unchanged"] > 0).groupby(series).mean()
    chosen.attrs["unchanged"] = standing.round(4).to_dict()
    return chosen


def load_imf_pcps(
    codes: Names | None = None, *, since: Day | None = None, until: Day | None = None
) -> pd.DataFrame:
    """Return monthly IMF commodity prices, long.

    Parameters
    ----------
    codes : str or list of str, optional
        IMF codes, or project codes ``X_...`` where the IMF gives none; rare earth carbonate is
        ``"X_REE_CARBONATE"``. All by default.
    since, until : str or date, optional
        First and last month, by its first day.

    Returns
    -------
    DataFrame
        ``code, code_source, series, month, unit, price``.

    Raises
    ------
    DataError
        For a code the table does not hold.
    """
    table = held("imf_pcps")
    return choose(table, keep=within(table["month"], since, until), codes=("code", codes))


def load_pink_sheet(
    commodities: Names | None = None, *, since: Day | None = None, until: Day | None = None
) -> pd.DataFrame:
    """Return monthly World Bank commodity prices, long.

    Parameters
    ----------
    commodities : str or list of str, optional
        Names as in the Pink Sheet (``"Copper"``, ``"Crude oil, Brent"``, ...); all by default.
    since, until : str or date, optional
        First and last month, by its first day.

    Returns
    -------
    DataFrame
        ``commodity, month, unit, price``.

    Raises
    ------
    DataError
        For a commodity the table does not hold.
    """
    table = read("pink_sheet")
    months = within(table["month"], since, until)
    return choose(table, keep=months, commodities=("commodity", commodities))


def load_factors(*, since: Day | None = None, until: Day | None = None) -> pd.DataFrame:
    """Return US daily factors as fractions.

    Parameters
    ----------
    since, until : str or date, optional
        First and last day, both included.

    Returns
    -------
    DataFrame
        Index ``date``; ``mkt_rf smb hml rmw cma rf mom``, fractions per day.

    References
    ----------
    Fama, E. and French, K. (2015). A five-factor asset pricing model. JFE 116, 1-22.
    Carhart, M. (1997). On persistence in mutual fund performance. JF 52, 57-82.
    """
    return _daily("factors", since, until)


def load_vix(*, since: Day | None = None, until: Day | None = None) -> pd.DataFrame:
    """Return the VIX close by day.

    Parameters
    ----------
    since, until : str or date, optional
        First and last day, both included.

    Returns
    -------
    DataFrame
        Index ``date``; ``vix``, percent a year.
    """
    return _daily("vix", since, until)


def load_gpr(*, since: Day | None = None, until: Day | None = None) -> pd.DataFrame:
    """Return daily geopolitical risk.

    Parameters
    ----------
    since, until : str or date, optional
        First and last day, both included.

    Returns
    -------
    DataFrame
        Index ``date``; ``gprd, gprd_act, gprd_threat``, index numbers.

    References
    ----------
    Caldara, D. and Iacoviello, M. (2022). Measuring geopolitical risk. AER 112, 1194-1225.
    """
    return _daily("gpr", since, until)


def load_usdcny(*, since: Day | None = None, until: Day | None = None) -> pd.DataFrame:
    """Return the dollar's price in yuan by day.

    Parameters
    ----------
    since, until : str or date, optional
        First and last day, both included.

    Returns
    -------
    DataFrame
        Index ``date``; ``usdcny``, yuan for one US dollar.
    """
    return _daily("usdcny", since, until)


def _daily(name: str, since: Day | None, until: Day | None) -> pd.DataFrame:
    return between(held(name).set_index("date"), since, until)
