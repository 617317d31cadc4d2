"""Daily market controls, indexed by day: factors, VIX, geopolitical risk, US dollar in yuan."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets._filters import between
from rareearth_research.datasets.catalog import held
from rareearth_research.days import Day

__all__ = ["load_factors", "load_gpr", "load_usdcny", "load_vix"]


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
