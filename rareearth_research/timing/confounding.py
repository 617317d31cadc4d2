"""What else happened in an event's window?

Lists every other dated event of the list that falls in the window, macro confounders among them,
and what the list says in words. Nothing here invents a date: a confounder that the list only names
(a payroll Friday, a central-bank meeting) stays text and is never more than flagged.
"""

from __future__ import annotations

from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arguments import check_choice, check_span, check_whole
from rareearth_research.arrays import Ints
from rareearth_research.choices import Policy, Timing
from rareearth_research.datasets.event_names import says_none
from rareearth_research.errors import TimingError
from rareearth_research.timing.events import check_events, texts
from rareearth_research.timing.overlap import place, union
from rareearth_research.timing.sessions import MOST

POLICIES = get_args(Policy)


def confounders(
    events: pd.DataFrame,
    window: tuple[int, int] = (-1, 1),
    *,
    exchange: str = "XNYS",
    against: pd.DataFrame | None = None,
    policy: Policy = "flag",
    timing: Timing = "latest",
) -> pd.DataFrame:
    """List what else happened in each event's window.

    Parameters
    ----------
    events : DataFrame
        As for `map_sessions`; ``tier`` and ``confounders`` are read if present.
    window : (int, int)
        Sessions around the event, both ends included.
    exchange : str, default "XNYS"
        As for `overlaps`.
    against : DataFrame, optional
        The list that supplies other events; `events` itself by default. Pass `load_events()`
        to find what a filtered sample left out.
    policy : {"flag", "drop", "leave_one_out"}
        What the study does about a dated confounder.
    timing : str, default "latest"
        As for `map_sessions`.

    Returns
    -------
    DataFrame
        ``event_id, kind, confounder_id, offset, description, policy``. ``kind`` is ``event``
        (another event of the list), ``macro`` (an event of tier ``confounder``, without mineral
        content) or ``text``: named in words in the list, undated, hence never more than flagged.
        ``offset`` is the confounder's session minus the event's (missing for text; the nearest
        consistent one where a session is ambiguous).
    """
    check_choice("policy", policy, POLICIES, TimingError)
    low, high = check_span("window", window, TimingError)
    check_whole("window", low, -MOST, MOST, TimingError)
    check_whole("window", high, -MOST, MOST, TimingError)
    events = check_events(events)
    others = events if against is None else union(events, against, timing)
    placed, _ = place(others, exchange, timing)
    ours = placed[placed["event_id"].isin(events["event_id"])]
    least, most = _range(ours, placed)
    inside = (most >= low) & (least <= high)
    # of the offsets the intervals allow, report the one nearest to the event, inside the window
    offsets = np.clip(np.clip(0, low, high), least, most)
    inside &= ours["event_id"].to_numpy()[:, None] != placed["event_id"].to_numpy()[None, :]
    row, column = np.nonzero(inside)
    about = others.set_index("event_id")
    other_ids = placed["event_id"].to_numpy(dtype=object)[column]
    dated = pd.DataFrame(
        {
            "event_id": ours["event_id"].to_numpy(dtype=object)[row],
            "kind": np.where(_column(about, "tier", other_ids) == "confounder", "macro", "event"),
            "confounder_id": other_ids,
            "offset": pd.array(offsets[row, column], dtype="Int64"),
            "description": _column(about, "name", other_ids),
            "policy": policy,
        }
    )
    found = pd.concat([dated, _texts(events)], ignore_index=True)
    order = {event_id: i for i, event_id in enumerate(events["event_id"])}
    return found.sort_values(
        "event_id", key=lambda ids: ids.map(order), kind="stable", ignore_index=True
    )


def _range(ours: pd.DataFrame, others: pd.DataFrame) -> tuple[Ints, Ints]:
    """Smallest and largest offset of every other event that the intervals allow, (N, M) each."""
    first, last = ours["first"].to_numpy()[:, None], ours["last"].to_numpy()[:, None]
    return others["first"].to_numpy() - last, others["last"].to_numpy() - first


def _column(about: pd.DataFrame, name: str, ids: NDArray[np.object_]) -> NDArray[np.object_]:
    if name not in about.columns:
        return np.full(len(ids), "", dtype=object)
    found = about[name].astype(object).reindex(ids)
    return found.where(found.notna(), "").to_numpy(dtype=object)


def _texts(events: pd.DataFrame) -> pd.DataFrame:
    """The confounders that the list names in words, one row per event that has some."""
    words = [str(word) for word in texts(events, "confounders")]
    named = pd.DataFrame({"event_id": events["event_id"].to_numpy(), "description": words})
    named = named[~named["description"].map(says_none)]
    return named.assign(
        kind="text",
        confounder_id="",
        offset=pd.array([pd.NA] * len(named), dtype="Int64"),
        policy="flag",
    )[["event_id", "kind", "confounder_id", "offset", "description", "policy"]]
