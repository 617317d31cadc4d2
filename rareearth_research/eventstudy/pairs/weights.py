"""How much does each security count in the portfolio of the portfolio test?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.errors import DataError, SpecificationError, shown
from rareearth_research.eventstudy.inputs.checks import check_index, check_names_of
from rareearth_research.eventstudy.inputs.values import to_floats

if TYPE_CHECKING:
    from rareearth_research.eventstudy.study import EventStudy

__all__ = ["check_weights", "portfolio_weights"]

Floats = NDArray[np.float64]


def check_weights(weights: Any, names: list[str]) -> pd.Series | pd.DataFrame | None:
    """Return weights as floats with column or index names as text, or raise."""
    if weights is None:
        return None
    if not isinstance(weights, pd.Series | pd.DataFrame):
        raise SpecificationError(
            "weights must be a Series by security or a DataFrame of dates by security, such as "
            f"market values, not {type(weights).__name__}"
        )
    if not weights.size:
        raise SpecificationError(f"weights is empty, and returns holds {shown(names[0])}")
    by_date = isinstance(weights, pd.DataFrame)
    if by_date:
        check_index(weights.index, "weights")
    securities = check_names_of(weights.columns if by_date else weights.index, "weights")
    values = to_floats(weights, "weights")
    bad = (values < 0) | np.isinf(values)
    if bad.any():
        whose = securities[int(np.argwhere(bad)[0][-1])]
        raise DataError(
            f"weights of {shown(whose)} must be finite and not negative; a short position is no "
            "weight"
        )
    if by_date:
        return pd.DataFrame(values, weights.index, securities)
    return pd.Series(values, securities)


def portfolio_weights(study: EventStudy, keep: NDArray[np.int64]) -> Floats:
    """Return the weight of each kept pair, (K,), of mean 1 over the pairs of each event.

    A frame gives the last weight before the first event session, so that the event itself does not
    move it.

    Raises
    ------
    DataError
        For a pair without a weight, naming security and event.
    """
    weights, pairs = study.weights, study.pairs
    if weights is None:
        return np.ones(len(keep))
    security = pairs.security[keep]
    if isinstance(weights, pd.Series):
        found = weights.reindex(study.names).to_numpy(np.float64)[security]
    else:
        known = weights.reindex(columns=study.names).ffill()
        values = np.vstack([np.full((1, len(study.names)), np.nan), known.to_numpy(np.float64)])
        found = np.empty(len(keep))
        first = min(a for a, _ in study.windows)
        for m, market in enumerate(study.markets):
            here = np.flatnonzero(pairs.market[keep] == m)
            start = market.sessions[np.maximum(pairs.position[keep][here] + first, 0)]
            found[here] = values[weights.index.searchsorted(start), security[here]]
    event = np.unique(pairs.event[keep], return_inverse=True)[1]
    total = np.bincount(event, found)
    wrong = np.flatnonzero(np.isnan(found) | (total[event] == 0))
    if len(wrong):
        pair = wrong[np.argmax(np.isnan(found[wrong]))]
        raise DataError(
            f"no weight for {study.names[security[pair]]!r} before event "
            f"{pairs.event_ids[pairs.event[keep][pair]]!r}; add it or leave the security out"
        )
    return found * (np.bincount(event) / total)[event]
