"""What does a test of the user's own say? It sees the arrays that all tests see."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from rareearth_research.arguments import is_number
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.statistics.sample import Sample

__all__ = ["OwnTest", "own_result", "run_own"]

OwnTest = Callable[[Sample], Any]


def run_own(name: str, function: OwnTest, sample: Sample) -> dict:
    """Run one test of the user's own; see `verdicts.run_test` for what is returned.

    The engine cannot know whether such a test holds: ``valid`` is True wherever it has a p-value.
    `size_of` measures it.
    """
    statistic, p = own_result(name, function, sample)
    known = math.isfinite(p)
    return {
        "statistic": statistic,
        "p_value": p,
        "df": math.nan,
        "n": sample.size,
        "valid": known,
        "note": "own test" if known else "own test: gives no p-value here",
    }


def own_result(
    name: str, function: OwnTest, sample: Sample, argument: str = "tests"
) -> tuple[float, float]:
    """Return statistic (NaN if the test gives none) and p-value (NaN where it has none).

    `argument` names in messages where the test was given.

    Raises
    ------
    SpecificationError
        If the test fails, or returns no p-value from 0 to 1.
    """
    try:
        found = function(_read_only(sample))
    except Exception as error:
        raise SpecificationError(
            f"{argument}: {name!r} failed on {sample.size} pairs with {type(error).__name__}: "
            f"{error}; it is called with a Sample and must return a p-value or (statistic, p)"
        ) from error
    parts = found if isinstance(found, tuple | list) else (math.nan, found)
    values = [part.item() if isinstance(part, np.ndarray) and not part.ndim else part
              for part in parts]  # fmt: skip
    if (
        len(values) != 2
        or not all(map(is_number, values))
        or not (math.isnan(values[1]) or 0 <= values[1] <= 1)
    ):
        raise SpecificationError(
            f"{argument}: {name!r} returned {shown(found)} on {sample.size} pairs; it must return "
            "a p-value from 0 to 1 (NaN for none), or (statistic, p-value)"
        )
    return float(values[0]), float(values[1])


def _read_only(sample: Sample) -> Sample:
    """Return the sample with arrays that a test cannot change: they are the study's own."""
    held: dict[str, Any] = {
        name: value.view() for name, value in vars(sample).items() if isinstance(value, np.ndarray)
    }
    for view in held.values():
        view.flags.writeable = False
    return replace(sample, **held)
