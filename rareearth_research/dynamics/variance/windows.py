"""Windows of rows around dates, and every other window of the same length."""

from __future__ import annotations

from typing import Any

import numpy as np

from rareearth_research.arguments import check_span
from rareearth_research.arrays import Ints
from rareearth_research.dynamics.rows import rows_of
from rareearth_research.dynamics.series import Even
from rareearth_research.errors import SpecificationError

__all__ = ["Windows", "windows_of"]

Windows = tuple[Ints, Ints, Ints]  # rows of the dates, starts of their windows and of all others

FEWEST = 19  # windows elsewhere, for a p-value below 0.05 to exist


def windows_of(dates: Any, window: Any, even: Even, begin: int = 0) -> Windows:
    """Return the rows of `dates`, and where their windows and all that touch none of them start.

    Parameters
    ----------
    dates : see `rows_of`
    window : (int, int)
        First and last row of a window, relative to its date.
    even : Even
    begin : int, default 0
        First row that a window elsewhere may hold.
    """
    first, last = check_span("window", window)
    length = last - first + 1
    if length < 2:
        raise SpecificationError(
            f"window={(first, last)} is one {even.unit}, which has no variance once its own mean "
            f"is taken out; take two or more, such as {(first, first + 4)}"
        )
    rows = rows_of("dates", dates, even)
    starts = rows + first
    n = len(even.values)
    for row, start in zip(rows, starts, strict=True):
        if start < begin or start + length > n:
            raise SpecificationError(
                f"the window {(first, last)} around {even.label(int(row))} reaches beyond the "
                f"rows that can be judged, {even.label(begin)} to {even.label(-1)}; leave that "
                "date out, or take a shorter window"
            )
    if (np.diff(starts) < length).any():
        row = int(rows[1:][np.diff(starts) < length][0])
        raise SpecificationError(
            f"the window around {even.label(row)} overlaps the one before it, so that neither has "
            "a variance of its own; leave one date out, or take a shorter window"
        )
    others = np.arange(begin, n - length + 1)
    near = np.abs(others[:, None] - starts) < length
    others = others[~near.any(axis=1)]
    if len(others) < (need := max(FEWEST, len(rows))):
        raise SpecificationError(
            f"{len(others)} windows elsewhere are left to compare with, and {need} are needed; "
            "give a longer series or fewer dates"
        )
    return rows, starts, others
