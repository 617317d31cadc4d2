"""Each security's own placebo test, and the correction for looking at many of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats, Ints
from rareearth_research.eventstudy.chance.dates import places
from rareearth_research.eventstudy.chance.draws import Draws
from rareearth_research.eventstudy.chance.p_values import never_below, placebo_p, stepped_p
from rareearth_research.eventstudy.chance.subject import Subject


def pair_table(
    subject: Subject, values: Sequence[Floats], drawn: Sequence[Draws], labels: Sequence[str]
) -> pd.DataFrame:
    """Return one row per event, security and window with its placebo p-values.

    Parameters
    ----------
    subject : Subject
    values : sequence of ndarray, shape (G, n, S) each
        SCAR (or CAR) at every session, per market.
    drawn : sequence of Draws, length G
        Give the admissible sessions of each group of event dates, window by window.
    labels : sequence of str, length G

    Returns
    -------
    DataFrame
        ``event_id, security, window, value, p_value, p_romano_wolf, n``; the family of
        Romano-Wolf is the pairs of one group of event dates and window.
    """
    pairs, width = subject.pairs, len(labels)
    count = len(pairs.event)
    observed = subject.at_event(values)
    p, stepped = np.full((count, width), np.nan), np.full((count, width), np.nan)
    n = np.zeros((count, width), dtype=np.int64)
    for w in range(width):
        for here, null in _nulls(subject, values, w, drawn[w]):
            own = observed[here, w]
            p[here, w], n[here, w] = placebo_p(own, null)
            some = n[here, w] > 0
            stepped[here[some], w] = stepped_p(own[some], null[:, some])
    stepped = never_below(stepped, p)
    event, security = subject.result.labels
    return pd.DataFrame(
        {
            "event_id": np.repeat(event, width),
            "security": np.repeat(security, width),
            "window": np.tile(np.array(labels, dtype=object), count),
            "value": observed.ravel(),
            "p_value": p.ravel(),
            "p_romano_wolf": stepped.ravel(),
            "n": n.ravel(),
        }
    )


def _nulls(
    subject: Subject, values: Sequence[Floats], w: int, drawn: Draws
) -> Iterator[tuple[Ints, Floats]]:
    """Yield the pairs of each group of event dates and their values at its pool, (n, pairs)."""
    pairs, union, anchors = subject.pairs, subject.pairs.union, subject.pairs.anchors
    for date, pool in zip(np.unique(drawn.group), drawn.pools, strict=True):
        here = np.flatnonzero(drawn.group == date)
        keys = [(int(pairs.market[i]), int(anchors[i] - date)) for i in here]
        at = {key: places(pairs.sessions[key[0]], union, key[1])[pool] for key in set(keys)}
        yield (
            here,
            np.column_stack(
                [
                    values[key[0]][w, pairs.row[i], at[key]]
                    for i, key in zip(here, keys, strict=True)
                ]
            ),
        )
