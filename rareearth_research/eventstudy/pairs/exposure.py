"""Was the security in the business at all when the event came?

A coal company that later found rare earths has prices for every control of the last ten years, and
none of them says anything about rare earths. Pairs outside a security's exposure dates are left
out, with the reason ``not_exposed``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools
from rareearth_research.days import read_day_column
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.inputs.side_tables import by_security
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList

__all__ = ["check_exposure", "unexposed"]

COLUMNS = ("exposure_from", "exposure_until")


def check_exposure(exposure: pd.DataFrame) -> pd.DataFrame:
    """Return exposure dates by security, NaT for no limit.

    Raises
    ------
    SpecificationError
        If `exposure` is not a table of dates by security.
    """
    table = by_security(exposure, "exposure", COLUMNS)
    twice = table["ticker"].duplicated()
    if twice.any():
        raise SpecificationError(
            f"exposure names {shown(table['ticker'][twice].iloc[0])} twice; give one row per "
            "security, such as rer.load_securities()"
        )
    table = table.set_index("ticker")
    dates = {
        name: read_day_column(
            table[name], f"exposure holds something that is not a date: {name}", SpecificationError
        )
        for name in COLUMNS
    }
    frame = pd.DataFrame(dates).set_axis(table.index, axis=0)
    reversed_ = frame["exposure_until"] < frame["exposure_from"]
    if reversed_.any():
        raise SpecificationError(
            f"exposure of {shown(frame.index[reversed_][0])} ends before it starts; swap the dates"
        )
    return frame


def unexposed(
    exposure: pd.DataFrame, *, pairs: PairList, markets: Sequence[Market], names: Sequence[str]
) -> Bools:
    """Return which pairs have their event session outside the security's exposure dates, (P,).

    Securities that the table does not name, and blank dates, set no limit.
    """
    table = exposure.reindex(list(names))
    start, end = (table[name].to_numpy("datetime64[ns]")[pairs.security] for name in COLUMNS)
    days = [market.sessions.to_numpy("datetime64[ns]") for market in markets]
    session = pairs.gather(days, np.zeros(1, dtype=np.int64), np.datetime64("NaT", "ns"))[:, 0]
    return np.asarray((session < start) | (session > end))  # NaT: no limit, or no session
