"""Which breaks would have been found? A search that finds none says little if it never could."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.dynamics.breaks.guard import cut
from rareearth_research.dynamics.breaks.nearest import NEAR
from rareearth_research.dynamics.breaks.result import Breaks

__all__ = ["POWER", "break_reach", "found_from"]

SHIFTS = (0.5, 1.0, 1.5, 2.0)  # times the spread of the series
DRAWS = 99
POWER = 0.8


def break_reach(breaks: Breaks, dates: Any) -> pd.DataFrame:
    """Plant a lasting shift at policy dates into series without a break, and look for it.

    Parameters
    ----------
    breaks : Breaks
        As `find_breaks` returns it.
    dates : sequence of dates
        Each draw has its shift at one of those that leave a regime on either side, at any row
        where none does.

    Returns
    -------
    DataFrame
        ``shift`` (in units of the series) ``, found`` (share of draws in which any break is
        significant at 5 % against series without one) and ``placed`` (share in which besides a
        break by BIC lies within 31 days of the planted one).
    """
    asked, guard, even = breaks.regimes, breaks.guard, breaks.series
    n, least = len(asked.y), asked.least
    days, dated = (
        pd.DatetimeIndex(these).to_numpy().astype("datetime64[D]").astype(np.int64)
        for these in (even.days(), dates)
    )
    rows, inner = np.unique(np.searchsorted(days, dated, side="right") - 1), np.arange(n)
    inner = inner[(inner >= least) & (inner <= n - least)]
    rows = rows[np.isin(rows, inner)] if np.isin(rows, inner).any() else inner
    rng = np.random.default_rng([asked.seed, 2])
    drawn, at = asked.null.draw(DRAWS, rng), rng.choice(rows, DRAWS)
    after = np.arange(n)[:, None] >= at
    limit = np.quantile(guard.largest, 0.95)
    found = []
    for shift in np.array(SHIFTS) * asked.y.std():
        most = len(asked.parts.breaks) - 1
        counts, parts, largest = cut(drawn + shift * after, asked.x, least, most)
        apart = [np.abs(days[parts[m][b]] - days[at[b]]).min(initial=n * 365)
                 for b, m in enumerate(counts)]  # fmt: skip
        seen = largest > limit
        found.append((shift, seen.mean(), (seen & (np.array(apart) <= NEAR)).mean()))
    return pd.DataFrame(found, columns=["shift", "found", "placed"])


def found_from(reach: pd.DataFrame, column: str = "found") -> float:
    """Return the shift that is found in four draws of five; infinite beyond the largest tried."""
    share = np.maximum.accumulate(reach[column].to_numpy())
    if share[-1] < POWER:
        return np.inf
    return float(np.interp(POWER, share, reach["shift"]))
