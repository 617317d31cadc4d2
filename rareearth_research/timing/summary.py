"""How much of a list of events can be timed, and how much of it stands alone?"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rareearth_research.timing.events import check_events
from rareearth_research.timing.exchanges import check_exchanges
from rareearth_research.timing.overlap import clean_events
from rareearth_research.timing.sessions import map_sessions

__all__ = ["timing_summary"]


def timing_summary(
    events: pd.DataFrame,
    exchanges: str | Sequence[str],
    sessions: int = 2,
    *,
    against: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Count, per exchange, what an event study can use.

    Parameters
    ----------
    events : DataFrame
        As for `map_sessions`.
    exchanges : str or sequence of str
        MICs.
    sessions : int
        Events at most this many sessions apart overlap, as in `overlaps`.
    against : DataFrame, optional
        The list to look for neighbours in, as in `clean_events`; `events` itself by default.

    Returns
    -------
    DataFrame
        Indexed by exchange: ``events`` (in the list), ``with_session``, ``imprecise`` (without
        one: only a month or year known, or scheduled for a day whose sessions are not published),
        ``ambiguous`` (two candidate sessions), ``while_open`` (surely during
        trading hours), ``clean`` (no other event within `sessions`) and ``clean_and_certain``
        (clean, and only one candidate session).
    """
    events = check_events(events)
    rows = {}
    for exchange in check_exchanges(exchanges):
        mapped = map_sessions(events, exchange)
        alone = clean_events(events, sessions, exchange, against=against)
        clean = mapped["event_id"].isin(alone["event_id"])
        rows[exchange] = {
            "events": len(mapped),
            "with_session": mapped["session"].notna().sum(),
            "imprecise": mapped["session"].isna().sum(),
            "ambiguous": mapped["ambiguous"].sum(),
            "while_open": mapped["phase"].isin(["in_session", "lunch_break"]).sum(),
            "clean": clean.sum(),
            "clean_and_certain": (clean & ~mapped["ambiguous"]).sum(),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("exchange").astype(int)
