"""Was the security in the business at all when the event came?

A coal company that later found rare earths has prices for every control of the last ten years, and
none of them says anything about rare earths. Pairs outside a security's exposure dates are left
out, with the reason ``not_exposed``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.errors import SpecificationError

if TYPE_CHECKING:
    from rareearth_research.eventstudy.study import EventStudy

__all__ = ["unexposed"]

COLUMNS = ("exposure_from", "exposure_until")


def unexposed(study: EventStudy, exposure: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which pairs have their event session outside the security's exposure dates, (P,).

    Securities that the table does not name, and blank dates, set no limit.

    Raises
    ------
    SpecificationError
        If `exposure` is not a table of dates by security.
    """
    table = _checked(exposure).reindex(study.names)
    start, end = (table[name].to_numpy("datetime64[ns]") for name in COLUMNS)
    pairs, found = study.pairs, np.zeros(len(study.pairs.position), dtype=bool)
    for m, market in enumerate(study.markets):
        here = np.flatnonzero((pairs.market == m) & (pairs.position >= 0))
        session = market.sessions.to_numpy("datetime64[ns]")[pairs.position[here]]
        security = pairs.security[here]
        found[here] = (session < start[security]) | (session > end[security])  # NaT: no limit
    return found


def _checked(exposure: pd.DataFrame) -> pd.DataFrame:
    table = exposure.set_index("ticker") if "ticker" in exposure.columns else exposure
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing or not table.index.is_unique:
        what = f"has no column {missing[0]!r}" if missing else "names a security twice"
        raise SpecificationError(
            f"exposure {what}; give one row per security with the columns {' and '.join(COLUMNS)}, "
            "such as rer.load_securities()"
        )
    try:
        return table[list(COLUMNS)].set_axis(table.index.map(str)).apply(pd.to_datetime)
    except (ValueError, TypeError) as error:
        raise SpecificationError(f"exposure holds something that is not a date: {error}") from None
