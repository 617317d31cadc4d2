"""Which security is exposed to which announcement? By its mineral, as the plan says.

What the prices allow (listing, exposure, enough history) is left to the event study, whose ledger
gives a reason for every pair that is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.datasets import load_events, load_securities
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.selection import positions, rare_earths, symbols

OF_RARE_EARTHS = {"rare_earth_producers", "rare_earth_developers"}
NEAR = 1  # sessions around an announcement within which news of the firm drops its pair


def exposed(plan: Plan, security: Any, event: Any) -> bool:
    """Say whether a group of the security is of a mineral in the measure.

    A security in no group of a mineral, such as a user or one of your own, meets every measure.
    """
    groups = set(security.groups.split(";"))
    if groups & OF_RARE_EARTHS and rare_earths(event):
        return True
    match, materials = plan["groups"]["match"], symbols(event)
    for group, wanted in match.items():
        if group in groups and isinstance(wanted, list) and materials & set(wanted):
            return True
    if "other_minor_metals" in groups:
        return bool(symbols(security) & materials)
    return groups.isdisjoint({*match, *OF_RARE_EARTHS})


def pairs_of(
    plan: Plan, event_ids: Sequence[str], tickers: Sequence[str], *, matched: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the events with one row per pair that is to be measured, and the pairs left out.

    Parameters
    ----------
    plan : Plan
    event_ids, tickers : sequence of str
    matched : bool
        Whether a pair needs a mineral in common.

    Returns
    -------
    events : DataFrame
        As `load_events` gives them, with ``security``.
    left_out : DataFrame
        ``event_id, security, reason``: ``not_matched``, or ``confounded`` by news of the firm.
    """
    events = load_events(event_ids=list(event_ids))
    securities = load_securities(list(tickers))
    news = _near_own_news(events, securities)
    rows, left_out = [], []
    every = [*securities.itertuples()]
    for event in events.itertuples():
        for security in every:
            pair = str(event.event_id), str(security.Index)
            if matched and not exposed(plan, security, event):
                left_out.append((*pair, "not_matched"))
            elif pair in news:
                left_out.append((*pair, "confounded"))
            else:
                rows.append(pair)
    asked = pd.DataFrame(rows, columns=["event_id", "security"])
    return (
        events.merge(asked, on="event_id"),
        pd.DataFrame(left_out, columns=["event_id", "security", "reason"]),
    )


def expected_pairs(plan: Plan, question: str) -> set[tuple[str, str]]:
    """Return the pairs of event and security that the plan expects to be measured."""
    sample = plan["questions"][question]["sample"]
    source = "tightening" if question == "H6" else sample
    column = "H1" if question == "H6" else question
    kept = plan["clusters"]["h6_clean_leads"]["kept"]
    return {
        (cluster["event_id"], ticker)
        for cluster in plan.clusters(source)
        if question != "H6" or cluster["event_id"] in kept
        for ticker in cluster["pairs"][column].get("securities", [])
        if cluster["pairs"][column]["enters"]
    }


def _near_own_news(events: pd.DataFrame, securities: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the pairs whose own firm had listed news within a session of the announcement."""
    every = load_events(precision="day")
    firms = set(every["target_scope"])
    on = cache(partial(positions, events))
    found: set[tuple[str, str]] = set()
    for ticker, exchange in securities["exchange"].items():
        if (firm := f"company:{ticker}") in firms:
            ours, news = on(exchange), positions(every[every["target_scope"] == firm], exchange)
            apart = np.abs(ours.to_numpy()[:, None] - news.to_numpy()).min(axis=1)
            found |= {(event_id, str(ticker)) for event_id in ours.index[apart <= NEAR]}
    return found
