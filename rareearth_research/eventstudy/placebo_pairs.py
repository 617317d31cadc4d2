"""Each security's own placebo test, and the correction for looking at many of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.eventstudy.families import romano_wolf
from rareearth_research.eventstudy.placebo_dates import places
from rareearth_research.eventstudy.placebo_draws import Draws
from rareearth_research.eventstudy.placebo_study import Subject

__all__ = ["pair_table"]

Floats = NDArray[np.float64]


def pair_table(
    subject: Subject, values: Sequence[Floats], drawn: Draws, labels: Sequence[str]
) -> pd.DataFrame:
    """Return one row per event, security and window with its placebo p-values.

    Parameters
    ----------
    subject : Subject
    values : sequence of ndarray, shape (G, n, S) each
        SCAR (or CAR) at every session, per market.
    drawn : Draws
        Gives the admissible sessions of each group of event dates.
    labels : sequence of str, length G

    Returns
    -------
    DataFrame
        ``event_id, security, window, value, p_value, p_romano_wolf, n``; the family of
        Romano-Wolf is the pairs of one group of event dates and window.
    """
    pairs, union = subject.pairs, subject.pairs.union
    anchors = pairs.anchors()
    count, width = len(pairs.event), len(labels)
    observed = subject.at_event(values)
    p, stepped = np.full((count, width), np.nan), np.full((count, width), np.nan)
    n = np.zeros((count, width), dtype=np.int64)
    for date, pool in zip(np.unique(drawn.group), drawn.pools, strict=True):
        here = np.flatnonzero(drawn.group == date)
        at = {
            key: places(pairs.sessions[key[0]], union, key[1])[pool]
            for key in {(int(pairs.market[i]), int(anchors[i] - date)) for i in here}
        }
        for w in range(width):
            own = observed[here, w]
            null = np.column_stack(
                [
                    values[pairs.market[i]][
                        w, pairs.row[i], at[int(pairs.market[i]), int(anchors[i] - date)]
                    ]
                    for i in here
                ]
            )
            known = np.isfinite(null)
            n[here, w] = known.sum(axis=0)
            larger = (np.abs(np.where(known, null, 0.0)) >= np.abs(own) * (1 - 1e-12)) & known
            ok = np.isfinite(own) & (n[here, w] > 0)
            p[here[ok], w] = ((1 + larger.sum(axis=0)) / (1 + n[here, w]))[ok]
            joint = known[:, ok].all(axis=1)
            if ok.any() and joint.any():
                stepped[here[ok], w] = romano_wolf(own[ok], null[np.ix_(joint, ok)])
    result = subject.result
    names = np.array(result.specification.names, dtype=object)
    return pd.DataFrame(
        {
            "event_id": np.repeat(result.pairs.event_ids[result.pairs.event[result.keep]], width),
            "security": np.repeat(names[result.pairs.security[result.keep]], width),
            "window": np.tile(np.array(labels, dtype=object), count),
            "value": observed.ravel(),
            "p_value": p.ravel(),
            "p_romano_wolf": stepped.ravel(),
            "n": n.ravel(),
        }
    )
