"""What if the exchange did not let the price move as far as it wanted?

A close at the daily limit truncates the return; the rest follows on the next sessions. A window
that ends on such a day can be extended to the first close off the limit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools, Ints
from rareearth_research.days import read_day_column
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.inputs.side_tables import by_security, written
from rareearth_research.eventstudy.inputs.suspects import LIMITS
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList

__all__ = ["check_flags", "extend_past_limits", "flagged_days"]


LONGEST = 10  # sessions a window is extended at most; a longer run is a halt, not a limit
OTHERS = ("halt", "multi_session", "stale", "outlier", "source_join", "suspect_corporate_action",
          "coarse_tick", "typed", "demerger", "consolidation", "rights_issue")  # fmt: skip


def check_flags(flags: pd.DataFrame) -> pd.DataFrame:
    """Return rows of date, ticker and flag, or raise naming the row or column at fault."""
    table = by_security(flags, "price_flags", ("date", "ticker", "flag"))
    words = written(table["flag"])
    for flag in words.unique():
        alike = re.fullmatch(r"\W*(limit\w*|up|down)\W*", flag.casefold())
        alone = flag not in OTHERS and not words.isin(LIMITS).any()
        if flag not in LIMITS and (alike or alone):
            raise SpecificationError(
                f"price_flags has flag={shown(flag)} in row {int(np.argmax(words == flag))}; a "
                f"limit day is written {' or '.join(map(repr, LIMITS))}"
            )
    days = read_day_column(table["date"], "price_flags: date", SpecificationError)
    if days.hasnans:
        raise SpecificationError(
            f"price_flags has no date in row {int(np.argmax(days.isna()))}; fill it in or drop the "
            "row"
        )
    return table.assign(date=days)


def flagged_days(
    flags: pd.DataFrame, which: Collection[str], *, markets: Sequence[Market], names: Sequence[str]
) -> list[Bools]:
    """Return where the securities of each market have one of the flags `which`, (n, S) each."""
    hits = flags[flags["flag"].isin(which)]
    columns = pd.Index(names).get_indexer(pd.Index(hits["ticker"]))
    dates = pd.DatetimeIndex(hits["date"])
    found = []
    for market in markets:
        days = np.zeros(market.returns.shape, dtype=bool)
        at = market.sessions.get_indexer(dates.as_unit(market.sessions.unit))
        row = pd.Index(market.securities).get_indexer(pd.Index(columns))
        known = (row >= 0) & (at >= 0)
        days[row[known], at[known]] = True
        found.append(days)
    return found


def extend_past_limits(last: Ints, *, pairs: PairList, limits: Sequence[Bools]) -> Ints:
    """Return each pair's last sessions, (P, G), moved to the first close off the limit."""
    moved = np.broadcast_to(last, (len(pairs), last.shape[-1])).copy()
    for _ in range(LONGEST):
        moved += pairs.gather(limits, moved, False)
    return moved
