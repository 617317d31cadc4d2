"""Over which sessions is a study estimated, and over which is it tested?

What is tested may not shape what is expected: estimation lies before, behind or around the span of
the event windows, for every event that has windows of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Ints
from rareearth_research.datasets.event_names import BOUNDS, WINDOW
from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.eventstudy.inputs.checks import check_apart, check_estimation, check_windows
from rareearth_research.eventstudy.inputs.event_columns import refuse_bounds

__all__ = ["LONGEST", "asked_spans"]

LONGEST = 10  # sessions after session 0 that a clean window reaches if no news ends it before


def asked_spans(
    events: pd.DataFrame, estimation: Any, windows: Any, count: int, *, model: str, limit_days: str
) -> tuple[dict[str, Any], tuple[tuple[int, int], int]]:
    """Return how a specification holds both windows, and the shortest estimation with its length.

    Events with windows of their own are judged one by one, and spanned; `count` is the number of
    sessions that returns hold.
    """
    own_estimation = isinstance(estimation, str) and estimation == "events"
    named = windows if isinstance(windows, str) else ""
    own_windows = {"events": "own", "clean": "clean"}.get(named, "")
    if own_estimation:
        bounds = _event_spans(events, "estimation", count)
    else:
        refuse_bounds(events)
        bounds = np.array([check_estimation(estimation)])
    if own_windows == "own":
        ends = _event_spans(events, "windows", count)
    else:
        asked = ((0, LONGEST),) if own_windows else check_windows(windows, None)
        ends = np.array([[min(a for a, _ in asked), max(b for _, b in asked)]])
    check_apart(bounds, ends)
    if model == "garch" and (bounds[:, 1] > ends[:, 0]).any():
        raise SpecificationError(
            "model='garch' forecasts the variance from the end of the estimation window: estimation"
            " must end before the event windows; give such a window, or use model='market'"
        )
    if own_windows == "clean" and limit_days == "extend":
        raise SpecificationError(
            "limit_days='extend' would carry a clean window into the next news; set "
            "limit_days='flag' or give `windows` as numbers"
        )
    first, last = np.broadcast_arrays(bounds, ends)
    around = (first[:, 0] < last[:, 0]) & (last[:, 1] < first[:, 1])
    lengths = np.diff(first)[:, 0] + 1 - around * (np.diff(last)[:, 0] + 1)
    shortest = int(np.argmin(lengths))
    if own_windows == "own":
        asked = check_windows([(ends[:, 0].min(), ends[:, 1].max())], None)
    spans = {
        "estimation": (int(bounds[:, 0].min()), int(bounds[:, 1].max())),
        "windows": asked,
        "own_windows": own_windows,
        "own_estimation": own_estimation,
    }
    begin, end = first[shortest].tolist()
    return spans, ((begin, end), int(lengths[shortest]))


def _event_spans(events: pd.DataFrame, argument: str, count: int) -> Ints:
    """Return each event's own window or estimation window, (E, 2), or raise naming the event.

    ``windows`` are read from ``window_start`` and ``window_end``, ``estimation`` from
    ``estimation_start`` and ``estimation_end``.
    """
    columns = BOUNDS if argument == "estimation" else WINDOW
    for name in columns:
        if name not in events.columns:
            raise SpecificationError(
                f"{argument}='events' reads the columns {columns[0]} and {columns[1]}; events has "
                f"no {name!r}{did_you_mean(name, events.columns)}"
            )
        given = events[name].astype(object)
        number = ~given.map(lambda value: isinstance(value, bool | complex))
        whole = pd.to_numeric(given.where(number), errors="coerce")
        bad = whole.isna() | (whole % 1 != 0)
        if bad.any():
            row = int(np.argmax(bad))
            raise SpecificationError(
                f"event {events['event_id'].iloc[row]!r} has {name}="
                f"{shown(given.iloc[row])}, not a whole number of sessions; write "
                "one, such as -1 or 5"
            )
        if (far := whole.abs() >= count).any():
            row = int(np.argmax(far))
            raise SpecificationError(
                f"event {events['event_id'].iloc[row]!r} has {name}="
                f"{shown(given.iloc[row])}, further than the data ({count} sessions) reach; "
                "shorten it"
            )
    spans = events[[*columns]].astype(int).to_numpy()
    if (backwards := spans[:, 1] < spans[:, 0]).any():
        row = int(np.argmax(backwards))
        raise SpecificationError(
            f"event {events['event_id'].iloc[row]!r} has {argument} [{spans[row, 0]}, "
            f"{spans[row, 1]}] that ends before it starts; write the earlier session first"
        )
    return spans
