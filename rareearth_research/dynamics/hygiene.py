"""Which rows of a series may be none: codes for "missing", weekends, zeros, slips of the pen?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats
from rareearth_research.errors import DataError

CODES = (-9999.0, -999.0, -99.0, -88.0, -77.0, -66.0)  # for "none", in files of others
LARGEST = 1e100  # whose square is still a number
SPIKE = 30  # times a usual step
LEVEL_LIKE = 0.9  # autocorrelation from which a series seems to hold a level


def label(row: Any) -> str:
    """Return how a row is called in words."""
    return str(row.date()) if isinstance(row, pd.Timestamp) else str(row)


def refuse_codes(values: Floats, index: pd.Index, what: str) -> None:
    """Raise for a number that files of others write for "none", and for one too large to square."""
    seen = values[np.isfinite(values)]
    if not len(seen):
        return
    middle = np.median(seen)
    usual = np.median(np.abs(seen - middle))
    coded = np.isin(values, CODES) & (np.abs(values - middle) > SPIKE * usual)
    if coded.any():
        row = int(np.argmax(coded))
        raise DataError(
            f"{what} is {values[row]:g} on {label(index[row])}, far from all else, as files write "
            f"a missing value; leave such rows out: {what}[{what} != {values[row]:g}]"
        )
    if (np.abs(seen) > LARGEST).any():
        row = int(np.nanargmax(np.abs(values)))
        raise DataError(
            f"{what} is {values[row]:g} on {label(index[row])}, which no price or tonnage is; "
            "correct that row, or leave it out"
        )


def remark_rows(values: Floats, periods: Any, unit: str) -> list[str]:
    """Return remarks on rows that may be none: weekends, exact zeros, a step beyond all others."""
    notes = []
    if unit == "session" and (weekend := int((periods.day_of_week > 4).sum())):
        notes.append(f"{weekend} rows are of Saturdays and Sundays: were there sessions?")
    zeros = values == 0
    if 3 <= zeros.sum() < len(values) / 2 and values.min() < 0 < values.max():
        notes.append(
            f"{zeros.sum()} rows are exactly zero, the first {label(periods[np.argmax(zeros)])}: "
            "a day without trading is no return of zero."
        )
    return notes


def remark_spikes(values: Floats, index: pd.Index, what: str) -> list[str]:
    """Return a remark on a step far beyond all others: a slip of the pen, or the event itself."""
    steps = np.abs(np.diff(values))
    usual = float(np.median(steps[steps > 0]))
    row = int(steps.argmax()) + 1
    if steps[row - 1] <= SPIKE * usual:
        return []
    times = steps[row - 1] / usual
    return [f"{what} steps by {times:.0f} times its usual on {label(index[row])}: check that row."]


def remark_level(values: Floats, what: str) -> list[str]:
    centred = values - values.mean()
    follow = float(centred[1:] @ centred[:-1] / (centred @ centred))
    if follow <= LEVEL_LIKE:
        return []
    mend = f"give {what}.diff().dropna(), of logarithms for a price."
    return [f"{what} follows itself by {follow:z.2f}, as levels do, and changes are meant: {mend}"]
