"""Which rows are no sessions? Weekends and holidays that an export filled with the last price.

A filled row says that nothing moved on a day on which nothing could. Rule: a Saturday or Sunday on
which no security moved is left out, and a weekday on which none of three or more did, where they
move on most days (quoted metals do not). Both are said.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["unpadded"]

SEVERAL = 3  # securities that stand still together on a weekday only where the row was filled
STILL = 0.2  # share of its days from which on a security is named


def unpadded(values: pd.DataFrame, *, prices: bool) -> tuple[pd.DataFrame, list[str]]:
    """Return `values` without filled rows, and what was found, in words.

    Parameters
    ----------
    values : DataFrame
        By date, ascending.
    prices : bool
        Prices, which stand still where they equal the one before; else returns, which are 0.
    """
    still = values.eq(values.ffill().shift()) if prices else values.eq(0)
    known = values.notna()
    count = known.sum(axis=1).to_numpy()
    filled = (still | ~known).all(axis=1).to_numpy() & (count > 0)
    weekend = np.asarray(pd.DatetimeIndex(values.index).day_of_week >= 5)
    moves = still[~filled].to_numpy().sum() <= STILL * known[~filled].to_numpy().sum()
    holiday = filled & ~weekend & (count >= SEVERAL) & moves
    notes = []
    for which, what in (
        (filled & weekend, "on a Saturday or Sunday on which nothing moved"),
        (holiday, "on a weekday on which none of all securities moved"),
    ):
        if which.any():
            notes.append(f"left out as filled: {which.sum()} rows {what}, {_some(values, which)}")
    filled = (filled & weekend) | holiday
    kept, still, known = values[~filled], still[~filled], known[~filled]
    if (weekend & ~filled).any():
        which = weekend & ~filled
        notes.append(f"{which.sum()} rows on a Saturday or Sunday, {_some(values, which)}")
    share = still.sum() / known.sum().clip(lower=1)
    for name in share.index[(share > STILL) & (known.sum() > 5)]:
        days = still.index[still[name]]
        notes.append(
            f"{name} stands still on {len(days)} of {int(known[name].sum())} days, first on "
            f"{days[0].date()}"
        )
    return kept, notes


def _some(values: pd.DataFrame, which: np.ndarray) -> str:
    days = [f"{day:%Y-%m-%d}" for day in values.index[which][:3]]
    return ", ".join(days) + (" and more" if which.sum() > 3 else "")
