"""Adjusted closes of two retrievals: the same returns on two scales.

A dividend multiplies the whole adjusted past by one factor, so the ratio of new to old levels is
constant within a series. Where it is not, a return was revised.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from rareearth_research.datasets.refreshing.incoming import number_text, numbers_of
from rareearth_research.datasets.sources.rawfiles import RawFile

SAME_SCALE = 2e-4  # relative; closer levels are the same up to rounding


def return_changes(raw: RawFile, old: pd.DataFrame, new: pd.DataFrame) -> pd.Series:
    """Return by how much each daily gross return changed; 0 up to rounding.

    `old` and `new` are indexed by series and date, as everywhere here.
    """
    changes = [pd.Series(0.0, index=old.index[:0])]
    for _, _, ratio in _ratios(raw, old, new):
        change = (ratio / ratio.shift() - 1).abs().fillna(0.0)
        changes.append(change.where(change > SAME_SCALE, 0.0))
    return pd.concat(changes)


def on_new_scale(
    raw: RawFile, old: pd.DataFrame, new: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return the old rows with the new levels, and the factor by which each series' past moved.

    Rows the answer lacks are multiplied by the factor of the common day before them, and those
    before the first by that of the first.
    """
    level = raw.figures[0]
    kept, factors = [], {}
    for name, past, ratio in _ratios(raw, old, new):
        if len(ratio) and (ratio - 1).abs().max() > SAME_SCALE:
            past, shared, first = past.sort_index(), ratio.index, float(ratio.iloc[0])
            scaled = numbers_of(past[level]) * ratio.reindex(past.index).ffill().bfill()
            past[level] = [number_text(value, raw.digits) for value in scaled]
            past.loc[shared, level] = new.loc[shared, level]
            if abs(first - 1) > SAME_SCALE:
                factors[" / ".join(map(str, name))] = round(first, 6)
        kept.append(past)
    return pd.concat(kept), factors


def _ratios(
    raw: RawFile, old: pd.DataFrame, new: pd.DataFrame
) -> Iterator[tuple[Any, pd.DataFrame, pd.Series]]:
    """Yield each series' name (a tuple), its old rows, new over old levels on the common days."""
    level = raw.figures[0]
    now = numbers_of(new[level])
    for name, past in old.groupby(level=[*raw.series], sort=False):
        shared = past.index.intersection(new.index).sort_values()
        ratio = now.reindex(shared) / numbers_of(past.loc[shared, level])
        yield name, past, ratio
