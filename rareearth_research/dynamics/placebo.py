"""What would other dates have given? The check that assumes no formula."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["rank", "too_narrow"]

NARROW = 0.85  # share of 90 % intervals that hold zero at other dates, below which it is said


def rank(moved: NDArray[np.float64], own: Any) -> Any:
    """Return the share of placebo statistics (last axis) as large as one's own, itself counted."""
    return (1 + (moved >= own * (1 - 1e-12)).sum(axis=-1)) / (1 + moved.shape[-1])


def too_narrow(coverage: float, level: float) -> list[str]:
    """Return a warning where intervals at other dates hold zero too rarely."""
    if not coverage < NARROW / 0.9 * level:
        return []
    return ["Interval too narrow here: judge by the placebo, not by the interval."]
