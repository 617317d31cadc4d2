"""Which figures did no market make? Filled rows, closes that stand still, splits, price limits.

A filled row says that nothing moved on a day on which nothing could. Rule: a Saturday or Sunday on
which no security moved is left out, and a weekday on which none of three or more did, where they
move on most days (quoted metals do not). All else is kept and named with its security and day: a
program cannot tell a split from a fall by half.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from rareearth_research.dated import spacing

__all__ = ["DAILY", "swept"]

DAILY = 4  # median days between rows up to which they are sessions
SEVERAL = 3  # securities that stand still together on a weekday only where the row was filled
STILL = 0.2  # share of its days from which on a security is named
RUN = 5  # rows in which a price repeats, from which on a security is named
SPLITS = (2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30, 40, 50, 100)
NEAR = 0.04  # how far from such a ratio a split with a day's own move may be
LIMITS = {  # of the day's move, by code: 20 % on ChiNext and STAR
    r"(300|301|688)\d{3}(\.S[SHZ])?": 0.2,
    r"[036]\d{5}(\.S[SHZ])?": 0.1,
    r".+\.TWO?": 0.1,
    r".+\.K[SQ]": 0.3,
}
AT_LIMIT = 0.001  # from the limit, as prices are rounded


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
    still = growth.eq(1)
    runs = still.groupby((~still).cumsum()).sum()
    if len(growth) > RUN and (still.mean() > STILL or runs.max() >= RUN):
        yield (
            f"stands still on {still.sum()} of {len(growth)} days, first on "
            f"{_some(growth.index[still][:1])}, longest for {runs.max()} in a row"
        )
    for sizes, says in ((growth, "{n} old shares became 1"), (1 / growth, "1 became {n}")):
        for at in np.flatnonzero(sizes > SPLITS[0] * (1 - NEAR)).tolist():
            size = float(sizes.iloc[at])
            near = min(SPLITS, key=lambda n: abs(np.log(size / n)))
            if abs(size / near - 1) <= NEAR:
                yield (
                    f"is {growth.iloc[at]:.3g} times its last price on "
                    f"{_some(growth.index[at : at + 1])}, as if "
                    f"{says.format(n=near)}: if it was a split, read a column of adjusted prices"
                )
    limit = next((share for code, share in LIMITS.items() if re.fullmatch(code, name)), None)
    if limit:
        hit = growth.index[(growth - 1).abs().sub(limit).abs() < AT_LIMIT]
        if len(hit):
            yield (
                f"moved by the limit of {limit:.0%} on {len(hit)} days, {_some(hit)}: more may "
                "follow in the next session"
            )


def _some(days: pd.Index) -> str:
    named = [f"{day:%Y-%m-%d}" for day in days[:3]]
    return ", ".join(named) + (" and more" if len(days) > 3 else "")
