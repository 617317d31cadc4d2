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

__all__ = ["on_new_scale", "on_old_scale", "return_changes"]

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

    Rows before the first and after the last common day are multiplied by that day's factor.
    """
    level = raw.figures[0]
    kept, factors = [], {}
    for name, past, ratio in _ratios(raw, old, new):
        if len(ratio) and (ratio - 1).abs().max() > SAME_SCALE:
            past, shared = past.copy(), ratio.index
            first, last = float(ratio.iloc[0]), float(ratio.iloc[-1])
            for outside, factor in (
                (past.index[past.index < shared[0]], first),
                (past.index[past.index > shared[-1]], last),
            ):
                scaled = numbers_of(past.loc[outside, level]) * factor
                past.loc[outside, level] = [number_text(value, raw.digits) for value in scaled]
            past.loc[shared, level] = new.loc[shared, level]
            if abs(first - 1) > SAME_SCALE:
                factors[" / ".join(map(str, name))] = round(first, 6)
        kept.append(past)
    return pd.concat(kept), factors


def on_old_scale(
    raw: RawFile, old: pd.DataFrame, new: pd.DataFrame, added: pd.DataFrame
) -> pd.DataFrame:
    """Return the rows that are later than the old ones, on the old scale."""
    level = raw.figures[0]
    by_series = dict(list(added.groupby(level=[*raw.series])))
    kept = [added.iloc[:0]]
    for name, past, ratio in _ratios(raw, old, new):
        if name in by_series and len(ratio):
            rows = by_series[name]
            rows = rows[rows.index > past.index.max()].copy()
            scaled = numbers_of(rows[level]) / float(ratio.iloc[-1])
            rows[level] = [number_text(value, raw.digits) for value in scaled]
            kept.append(rows)
    return pd.concat(kept)


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
