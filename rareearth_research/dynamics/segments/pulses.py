"""Was a stretch of rows away from where the rows before were leading, more than others were?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rareearth_research.arrays import Floats
from rareearth_research.dynamics.belief import detectable, rank, unusual_from


@dataclass(frozen=True)
class Pulse:
    """Result of `pulse`.

    Attributes
    ----------
    effect : float
        Mean distance of the stretch from where the rows before were leading.
    unusual_from, detectable, p_value : float
        By all earlier stretches as long: from which size on it is unusual at 5 %, the size found
        in four cases of five, and the share that lies as far out.
    n_placebo : int
    """

    effect: float
    unusual_from: float
    detectable: float
    p_value: float
    n_placebo: int


def pulse(
    values: Floats, beside: Floats, start: int, rows: int, *, gap: int = 0, least: int = 6
) -> Pulse:
    """Measure a stretch of rows against the rows before it, and earlier stretches likewise.

    Parameters
    ----------
    values : ndarray, shape (n,)
    beside : ndarray, shape (n, k)
        Constant, trend and seasons by row.
    start, rows : int
        First row of the stretch, and how many it has.
    gap : int, default 0
        Rows just before it that are neither in it nor before it.
    least : int, default 6
        Rows beyond the k coefficients that lie before every stretch.

    Notes
    -----
    One regression a stretch: the rows before the gap and those of the stretch on `beside` and a
    dummy of the latter. Stretches are ranked by |t|, since the first of them have fewer rows before
    them; none of the earlier ones reaches into the gap or the stretch itself.
    """
    first = beside.shape[1] + least + gap
    every = [*range(first, start - gap - rows + 1), start]
    found = np.array([_one(values, beside, row, rows, gap) for row in every])
    moved, (effect, error) = np.abs(found[:-1, 0] / found[:-1, 1]), found[-1]
    unusual, seen = unusual_from(moved), detectable(moved)
    p = float(rank(moved, abs(effect / error)))
    return Pulse(float(effect), unusual * error, seen * error, p, len(moved))


def _one(values: Floats, beside: Floats, start: int, rows: int, gap: int) -> tuple[float, float]:
    """Return the coefficient of the dummy, the last one, and its standard error."""
    at = np.r_[0 : start - gap, start : start + rows]
    right = np.column_stack([beside[at], at >= start])
    ortho, upper = np.linalg.qr(right[:, right.any(axis=0)])
    shares = ortho.T @ values[at]
    errors = float(values[at] @ values[at] - shares @ shares)
    spread = np.sqrt(max(errors, 0.0) / (len(at) - len(shares)))
    return float(shares[-1] / upper[-1, -1]), float(spread / abs(upper[-1, -1]))
