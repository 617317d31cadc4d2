"""How much does each security count in the portfolio of the portfolio test?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats
from rareearth_research.dated import check_index, to_floats
from rareearth_research.errors import DataError, SpecificationError, shown
from rareearth_research.eventstudy.inputs.checks import check_names_of
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList

__all__ = ["check_weights", "portfolio_weights"]


def check_weights(weights: Any, names: Sequence[str]) -> pd.Series | pd.DataFrame:
    """Return weights as floats with column or index names as text, or raise."""
    if not isinstance(weights, pd.Series | pd.DataFrame):
        raise SpecificationError(
            "weights must be a Series by security or a DataFrame of dates by security, such as "
            f"market values, not {type(weights).__name__}"
        )
    if not weights.size:
        raise SpecificationError(
            f"weights is empty, and returns holds {shown(names[0])}; give each security a weight"
        )
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


def portfolio_weights(
    weights: pd.Series | pd.DataFrame | None,
    *,
    pairs: PairList,
    markets: Sequence[Market],
    names: Sequence[str],
    first: int,
) -> Floats | None:
    """Return the weight of each pair, (P,), of mean 1 over the pairs of each event; None for none.

    A frame gives the last weight before the event windows, of which `first` is the first session,
    so that the event itself does not move it.

    Raises
    ------
    DataError
        For a pair without a weight, naming security and event.
    """
    if weights is None:
        return None
    if isinstance(weights, pd.Series):
        found = weights.reindex(list(names)).to_numpy(np.float64)[pairs.security]
    else:
        known = weights.reindex(columns=list(names)).ffill()
        values = np.vstack([np.full((1, len(names)), np.nan), known.to_numpy(np.float64)])
        found = np.empty(len(pairs))
        for m, here in pairs.by_market():
            start = markets[m].sessions[np.maximum(pairs.position[here] + first, 0)]
            found[here] = values[weights.index.searchsorted(start), pairs.security[here]]
    event = np.unique(pairs.event, return_inverse=True)[1]
    total = np.bincount(event, found)
    wrong = np.flatnonzero(np.isnan(found) | (total[event] == 0))
    if len(wrong):
        pair = wrong[np.argmax(np.isnan(found[wrong]))]
        raise DataError(
            f"no weight for {names[pairs.security[pair]]!r} before event "
            f"{pairs.event_id[pair]!r}; add it or leave the security out"
        )
    return found * (np.bincount(event) / total)[event]
