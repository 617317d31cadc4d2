"""Does a single row jump away and back, as a code for a missing value does?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rareearth_research.dynamics.series import Even
from rareearth_research.errors import DataError, shown

__all__ = ["spikes"]

FAR = 25.0  # times the median step that is one: both ways, beyond any chance
LARGEST = 1e100  # whose square still is a number


def spikes(
    what: str, names: Sequence[str], values: NDArray[np.float64], series: Even
) -> tuple[str, ...]:
    """Return a sentence for each column with a row far from both its neighbours.

    Parameters
    ----------
    what : str
        The argument, for messages.
    names : sequence of str, length N
    values : ndarray, shape (T, N)
    series : Even
        Whose rows these are.

    Raises
    ------
    DataError
        For numbers that nothing can be computed with.
    """
    found = []
    steps = np.diff(values, axis=0)
    for name, column, step in zip(names, values.T, steps.T, strict=True):
        large = np.abs(column) > LARGEST
        if large.any():
            raise DataError(
                f"{what}: {shown(name)} is {column[large][0]:g} on "
                f"{series.label(int(np.argmax(large)))}, beyond any price or weight; correct it "
                "from its source"
            )
        moves = np.abs(step[step != 0])
        least = FAR * (np.median(moves) if len(moves) else np.inf)
        away = (np.minimum(np.abs(step[:-1]), np.abs(step[1:])) > least) & (
            step[:-1] * step[1:] < 0
        )
        if away.any():
            row = int(np.argmax(away)) + 1
            more = f" and in {away.sum() - 1} more" if away.sum() > 1 else ""
            found.append(
                f"{name} jumps away and back on {series.label(row)} ({column[row]:.4g} between "
                f"{column[row - 1]:.4g} and {column[row + 1]:.4g}){more}: if that is a code for a "
                "missing value, correct it from its source."
            )
    return tuple(found)
