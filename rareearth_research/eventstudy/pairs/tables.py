"""What else is known of the securities? The tables beside the returns, judged together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rareearth_research.eventstudy.inputs.side_tables import refuse_strangers
from rareearth_research.eventstudy.pairs.exposure import check_exposure
from rareearth_research.eventstudy.pairs.limits import check_flags
from rareearth_research.eventstudy.pairs.weights import check_weights

__all__ = ["side_tables"]


def side_tables(
    price_flags: Any, exposure: Any, weights: Any, names: Sequence[str]
) -> tuple[dict[str, Any], list[str]]:
    """Return those tables beside the returns that were given, judged, and what of them is idle."""
    tables: dict[str, Any] = {}
    named: dict[str, Any] = {}
    if price_flags is not None:
        tables["price_flags"] = check_flags(price_flags)
        named["price_flags"] = tables["price_flags"]["ticker"].unique()
    if exposure is not None:
        tables["exposure"] = check_exposure(exposure)
        named["exposure"] = tables["exposure"].index
    if weights is not None:
        table = tables["weights"] = check_weights(weights, names)
        named["weights"] = table.columns if table.ndim == 2 else table.index
    notes = [note for what in named for note in refuse_strangers(what, named[what], names)]
    return tables, notes
