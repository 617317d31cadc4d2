"""Does the answer depend on which date a policy is given?

A measure is announced, is first reported, and takes effect. The same study on each of these dates
says which of them the prices answered to. Where a measure applies at once, or was not reported
before, the dates coincide and cannot be told apart, so the other events get a row of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from rareearth_research.arguments import (
    check_choice,
    check_frame,
    check_keywords,
    check_names,
    check_text,
)
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.study import EventStudy
from rareearth_research.timing import date_conventions

_OWN = ("self", "returns", "events", "timing")  # what the comparison gives itself


def compare_dates(
    returns: pd.DataFrame,
    events: pd.DataFrame,
    *,
    dates: Sequence[str] | None = None,
    exchange: str = "XNYS",
    **options: Any,
) -> pd.DataFrame:
    """Run one study on each date convention and put the headlines side by side.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
    events : DataFrame or list of dates
        As for `EventStudy`.
    dates : sequence of str, optional
        Values of ``timing`` to compare; by default all that the events have columns for.
    exchange : str
        MIC whose sessions decide whether a measure applies later than announced.
    **options : object
        Further arguments of `EventStudy`.

    Raises
    ------
    SpecificationError
        Dates that the events have no columns for; an option that `EventStudy` has not.

    Returns
    -------
    DataFrame
        One row per convention: ``date, n_events, n_pairs, window, caar`` (mean CAR of the first
        window) ``, test`` (that leads) ``, statistic, p_value, note``. The rows
        ``effective, if later`` and ``reported, if earlier`` keep the events whose session by that
        date differs from the announcement's.
    """
    check_frame("events", events, ["event_id"])
    check_text("exchange", exchange)
    check_keywords(EventStudy.__init__, options, "compare_dates", skip=_OWN)
    sessions = date_conventions(events, exchange)
    known = list(sessions.columns)
    dates = known if dates is None else check_names("dates", dates)
    for date in dates:
        check_choice("dates", date, known)
    cases = {date: (date, events) for date in dates}
    if "effective" in dates:
        later = (sessions["effective"] > sessions["latest"]).to_numpy()
        cases["effective, if later"] = ("effective", events[later])
    if "reported" in dates:
        earlier = (sessions["reported"] < sessions["earliest"]).to_numpy()
        cases["reported, if earlier"] = ("reported", events[earlier])
    return pd.DataFrame(
        [{"date": case, **_headline(returns, *chosen, options)} for case, chosen in cases.items()]
    )


def _headline(
    returns: pd.DataFrame, timing: Any, events: pd.DataFrame, options: dict[str, Any]
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
