"""Which figures did no market make? Filled rows, closes that stand still, splits, price limits.

A filled row says that nothing moved on a day on which nothing could. Rule: a Saturday or Sunday on
which no security moved is left out, and a weekday on which none of three or more did, where they
move on most days (quoted metals do not). All else is kept and named with its security and day: a
program cannot tell a split from a fall by half.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rareearth_research.datasets import oddities
from rareearth_research.dated import spacing

DAILY = 4  # median days between rows up to which they are sessions
SEVERAL = 3  # securities that stand still together on a weekday only where the row was filled
UNIT = 0.2  # log distance from a hundred within which a currency's hundredths may be meant
STILL = 0.2  # share of its days from which on a security is named


def swept(values: pd.DataFrame, growth: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return `values` without filled rows, and what was found, in words.

    Parameters
    ----------
    values : DataFrame
        Prices or log returns by date, ascending.
    growth : DataFrame
        Each price over the last one before it, laid out like `values`.
    """
    still, known = growth.eq(1), values.notna()
    count = known.sum(axis=1).to_numpy()
    filled = (still | ~known).all(axis=1).to_numpy() & (count > 0)
    daily = spacing(pd.DatetimeIndex(values.index)) <= DAILY  # a week may be dated by its Sunday
    weekend = np.asarray(pd.DatetimeIndex(values.index).day_of_week >= 5) & daily
    moves = still[~filled].to_numpy().sum() <= STILL * known[~filled].to_numpy().sum()
    holiday = filled & ~weekend & (count >= SEVERAL) & moves & daily
    notes = [
        f"left out as filled: {which.sum()} rows {what}, {_some(values.index[which])}"
        for which, what in (
            (filled & weekend, "on a Saturday or Sunday on which nothing moved"),
            (holiday, "on a weekday on which none of all securities moved"),
        )
        if which.any()
    ]
    filled = (filled & weekend) | holiday
    traded = values.index[weekend & ~filled]
    if len(traded):
        notes.append(f"{len(traded)} rows on a Saturday or Sunday, {_some(traded)}")
    for name, column in growth[~filled].items():
        notes += [f"{name} {found}" for found in _oddities(str(name), column.dropna())]
    return values[~filled], notes


def _oddities(name: str, growth: pd.Series) -> Iterator[str]:
    """Yield what is odd in the moves of one security."""
    days, moves = pd.DatetimeIndex(growth.index), growth.to_numpy()
    own, still = np.log(moves), growth.eq(1)
    runs = still.groupby((~still).cumsum()).sum()
    repeats = any(not own[row] for row, _ in oddities.repeated(own))
    if len(growth) > oddities.STALE_RUN and (still.mean() > STILL or repeats):
        yield (
            f"stands still on {still.sum()} of {len(growth)} days, first on "
            f"{_some(days[still][:1])}, longest for {runs.max()} in a row"
        )
    for row, note in oddities.jumps(own):
        unit = abs(abs(own[row]) - np.log(100)) < UNIT
        yield (
            f"is {moves[row]:.3g} times its last price on {_some(days[row : row + 1])}, {note}: if "
            "it was a split, read a column of adjusted prices"
            f"{'; if its unit changed, as from pence to pounds, write all in one' if unit else ''}"
        )
    limit = oddities.daily_limit(name, oddities.home_of(name), days)
    hit = oddities.at_limit(moves - 1, limit)
    if hit.any():
        yield (
            f"moved by the limit of {limit[hit][0]:.0%} on {hit.sum()} days, {_some(days[hit])}: "
            "more may follow in the next session"
        )


def _some(days: pd.Index) -> str:
    named = [f"{day:%Y-%m-%d}" for day in days[:3]]
    return ", ".join(named) + (" and more" if len(days) > 3 else "")
