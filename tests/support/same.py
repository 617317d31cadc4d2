"""Are two values the same to the last bit, whatever they are made of?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd

FRAMES = {
    pd.DataFrame: pd.testing.assert_frame_equal,
    pd.Series: pd.testing.assert_series_equal,
    pd.Index: pd.testing.assert_index_equal,
}


def assert_same(one: Any, other: Any, place: str = "result", seen: set[Any] | None = None) -> None:
    """Raise at the first part in which two values differ, floats bit by bit."""
    seen = set() if seen is None else seen
    if (id(one), id(other)) in seen:
        return
    seen.add((id(one), id(other)))
    assert type(one) is type(other) or isinstance(one, Mapping), place
    for kind, check in FRAMES.items():
        if isinstance(one, kind):
            check(one, other, **({} if kind is pd.Index else {"rtol": 0, "atol": 0}))
            assert getattr(one, "attrs", {}) == getattr(other, "attrs", {}), place
            return
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, place
        np.testing.assert_array_equal(one, other, strict=True)
    elif is_dataclass(one):
        for part in fields(one):
            pair = (getattr(one, part.name), getattr(other, part.name))
            assert_same(*pair, f"{place}.{part.name}", seen)
    elif isinstance(one, Mapping):
        assert [*one] == [*other], place
        for key in one:
            assert_same(one[key], other[key], f"{place}.{key}", seen)
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), place
        for i, pair in enumerate(zip(one, other, strict=True)):
            assert_same(*pair, f"{place}.{i}", seen)
    elif hasattr(one, "__dict__") and type(one).__module__.startswith("rareearth_research"):
        assert_same(vars(one), vars(other), place, seen)
    else:
        assert one is other or one == other or (one != one and other != other), place
