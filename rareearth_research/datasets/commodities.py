"""Mineral and commodity prices: daily metal spot, IMF and World Bank monthly."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets._filters import Names, choose, within
from rareearth_research.datasets.catalog import held, read
from rareearth_research.datasets.materials import symbols_of
from rareearth_research.days import Day

__all__ = ["load_imf_pcps", "load_metal_spot", "load_pink_sheet"]


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
