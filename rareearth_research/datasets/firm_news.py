"""News of single companies, to mark windows that hold other news than the event's."""

from __future__ import annotations

import pandas as pd

from rareearth_research.choices import FactStatus
from rareearth_research.datasets._filters import Names, at_least, choose, within
from rareearth_research.datasets.catalog import read
from rareearth_research.datasets.vocabulary import STATUS
from rareearth_research.days import Day

__all__ = ["load_firm_news"]


def load_firm_news(
    securities: Names | None = None,
    *,
    kind: Names | None = None,
    direction: Names | None = None,
    scope: Names | None = None,
    near_events: Names | None = None,
    since: Day | None = None,
    until: Day | None = None,
    min_status: FactStatus | None = None,
) -> pd.DataFrame:
    """Return dated news of single companies near policy events.

    Parameters
    ----------
    securities : str or list of str, optional
        Tickers.
    kind : str or list of str, optional
        ``"earnings"``, ``"offering"``, ``"contract"``, ``"government_stake"``, ``"merger"``,
        ``"financing"``, ``"operations"``, ``"halt"``, ``"other"``.
    direction : str or list of str, optional
        Effect to be expected: ``"positive"``, ``"negative"``, ``"unclear"``.
    scope : str or list of str, optional
        ``"firm"``, or ``"sector"`` for news of many that stands on one ticker.
    near_events : str or list of str, optional
        Policy events nearby.
    since, until : str or date, optional
        First and last day, both included.
    min_status : str, optional
        A status of `load_events`: rows known this well or better.

    Returns
    -------
    DataFrame
        With a RangeIndex, by date. ``announced_earliest`` and ``announced_latest`` are UTC
        instants; a bound nobody read is the start or end of the day.

    Raises
    ------
    DataError
        For a value that occurs nowhere, naming the nearest.

    Notes
    -----
    The list was collected in part from the largest moves since 2023, so with sight of returns:
    what it leaves in or out of a study is exploratory and sets no verdict. It is no full record of
    any firm.
    """
    news = read("firm_news")
    keep = within(news["date"], since, until)
    keep &= at_least("min_status", news["verification"], min_status, STATUS)
    return choose(
        news,
        "See rer.load_firm_news() for all",
        keep,
        securities=("security", securities),
        kind=("kind", kind),
        direction=("direction_expected", direction),
        scope=("scope", scope),
        near_events=("near_events", near_events),
    )
