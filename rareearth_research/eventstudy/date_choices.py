"""Does the answer depend on which date a policy is given?

A measure is announced, is first reported, and takes effect. The same study on each of these dates
says which of them the prices answered to. Where a measure applies at once the dates coincide and
cannot be told apart, so the events that apply later get a row of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.study import EventStudy
from rareearth_research.timing import date_conventions

__all__ = ["compare_dates"]


def compare_dates(
    returns: pd.DataFrame,
    events: pd.DataFrame,
    *,
    dates: Sequence[str] = ("earliest", "latest", "effective"),
    exchange: str = "XNYS",
    **options: Any,
) -> pd.DataFrame:
    """Run one study on each date convention and put the headlines side by side.

    Parameters
    ----------
    returns, events
        As for `EventStudy`.
    dates : sequence of str
        Values of ``timing`` to compare.
    exchange : str
        MIC whose sessions decide whether a measure applies later than announced.
    **options
        Further arguments of `EventStudy`.

    Returns
    -------
    DataFrame
        One row per convention: ``date, n_events, n_pairs, window, caar`` (mean CAR of the first
        window) ``, test`` (that leads) ``, statistic, p_value, note``. The row
        ``effective, if later`` keeps the events whose effective session lies after the latest
        announcement session.
    """
    cases = {date: (date, events) for date in dates}
    if "effective" in dates:
        sessions = date_conventions(events, exchange)
        later = (sessions["effective"] > sessions["latest"]).to_numpy()
        cases["effective, if later"] = ("effective", events[later])
    return pd.DataFrame(
        [{"date": case, **_headline(returns, *chosen, options)} for case, chosen in cases.items()]
    )


def _headline(
    returns: pd.DataFrame, timing: str, events: pd.DataFrame, options: dict[str, Any]
) -> dict[str, Any]:
    try:
        result = EventStudy(returns, events, timing=timing, **options).fit()
    except SpecificationError as error:
        return {"n_events": 0, "n_pairs": 0, "note": str(error)}
    lead = result.headline
    first = result.car[result.car["window"] == lead["window"]]
    return {
        "n_events": int(first["event_id"].nunique()),
        "n_pairs": len(first),
        "window": lead["window"],
        "caar": first["car"].mean(),
        "test": lead["test"],
        "statistic": lead["statistic"],
        "p_value": lead["p_value"],
        "note": "",
    }
