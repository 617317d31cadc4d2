"""Which figures did no market make? One set of rules for files, for returns and for shipped prices.

A close that stands still without trade, the ratio of a split, a move by the daily limit of an
exchange. Nothing is changed here: a program cannot tell a split from a fall by half.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools, Floats
from rareearth_research.datasets.venues import SUFFIXES
from rareearth_research.facts import facts

STALE_RUN = 5  # closes that are equal in a row
RARE = 0.01  # runs as long by chance, in a column with as many zeros
SUSPECT_RATIO = 4.0  # from here on every ratio of closes next to each other asks for an explanation
SPLITS = (2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30, 40, 50, 100)
NEAR, USUAL, APART = 0.05, 3, 12  # a split's own day moves as others do; other days do not jump
ALIKE = 0.02  # of a limit: ticks and rounded closes
# of shares: exchange, beginning of the code, since, limit
DAILY = facts(Path(__file__).with_suffix(".toml"))["daily"]


def repeated(own: Floats) -> Iterator[tuple[int, int]]:
    """Yield row and length of the run of each log return (n,) that repeats the one before it.

    Runs of zeros count where so many would rarely come together by chance.
    """
    same = np.zeros(len(own) + 1, dtype=np.int8)
    same[1:-1] = np.diff(own) == 0
    first, last = np.flatnonzero(np.diff(same)).reshape(-1, 2).T  # of runs of equal returns
    length, still = last - first + 1, own[first] == 0
    others = np.count_nonzero(own == 0) - length * still
    by_chance = len(own) * (others / np.maximum(len(own) - length, 1)) ** length
    for run in np.flatnonzero((length >= STALE_RUN - 1) & (~still | (by_chance < RARE))):
        for row in range(first[run] + (not still[run]), last[run] + 1):
            yield row, int(length[run])


def jumps(own: Floats) -> Iterator[tuple[int, str]]:
    """Yield the rows of log returns (n,) that look like a split or a consolidation, and of what."""
    size = np.abs(own)
    far = np.flatnonzero(size > np.log(SPLITS[0]) - NEAR)
    usual = float(np.median(size[size > 0])) if len(far) else 0.0
    for row in far.tolist():
        near = [k for k in SPLITS if abs(size[row] - np.log(k)) <= min(NEAR, USUAL * usual)]
        if size[row] >= np.log(SUSPECT_RATIO) or (near and size[row] > APART * usual):
            down = own[row] < 0
            said = [f"as a split of 1 into {k}" if down else f"as {k} into 1" for k in near[:1]]
            yield row, "".join(said) or f"the price is {np.exp(own[row]):.3g} times the one before"


def home_of(ticker: str) -> str:
    """Return the exchange that a suffix, or a bare Chinese code, stands for; "" for none."""
    if re.fullmatch(r"[036]\d{5}", ticker):
        return "XSHG" if ticker[0] == "6" else "XSHE"
    return SUFFIXES.get(ticker[ticker.rfind(".") :].upper(), "")


def daily_limit(ticker: str, exchange: str, days: pd.DatetimeIndex) -> Floats:
    """Return the share by which a price may move on each day, (n,); NaN where nothing limits it."""
    code = re.sub(r"^\D+", "", ticker)
    limit = np.full(len(days), np.nan)
    for mic, begins, since, size in DAILY:
        if mic == exchange and code.startswith(begins):
            limit[days >= pd.Timestamp(since)] = size
    return limit


def at_limit(simple: Floats, limit: Floats) -> Bools:
    """Return which simple returns are as large as the limit allows, up or down."""
    return np.asarray(np.abs(np.abs(simple) / limit - 1) <= ALIKE)
