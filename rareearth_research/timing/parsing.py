"""Columns of instants and days of an events frame, or a sentence naming the event at fault."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arrays import Bools, Ints
from rareearth_research.datasets.event_names import PRECISIONS
from rareearth_research.days import (
    is_blank,
    plain_days,
    read_instant,
    read_span,
    read_stamp,
    span_kind,
)
from rareearth_research.errors import TimingError, shown

NOT_A_TIME = np.iinfo(np.int64).min


def read_instants(values: pd.Series, ids: NDArray[np.object_]) -> Ints:
    """Return UTC nanoseconds, ``NOT_A_TIME`` where blank; a value without a zone is an error."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return _nanoseconds(pd.DatetimeIndex(values), values.name)
    out = np.full(len(values), NOT_A_TIME)
    for row, value in _given(values):
        out[row] = read_instant(value, f"event {shown(ids[row])}: {values.name}", TimingError).value
    return out


def read_days(
    values: pd.Series, ids: NDArray[np.object_], coarse: Bools
) -> tuple[NDArray[np.datetime64], Ints]:
    """Return naive days, and the UTC nanoseconds of those entries that carry a zone.

    An entry is one or the other; a clock time without a zone is an error. Where `coarse`, a month
    or a year may stand, and its first day is returned for the caller to blank.
    """
    days = np.full(len(values), np.datetime64("NaT", "ns"))
    clocks = np.full(len(values), NOT_A_TIME)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return days, read_instants(values, ids)
    plain = plain_days(values)
    if plain is not None:
        return plain.to_numpy(copy=True), clocks
    for row, value in _given(values):
        what = f"event {shown(ids[row])}: {values.name}"
        kind = span_kind(value)
        if kind and coarse[row]:
            days[row] = read_span(value, what, TimingError)[0].to_datetime64()
            continue
        if kind in PRECISIONS:
            raise TimingError(
                f"{what} {shown(value)} is a {kind}, not a day; write the day of it, as in "
                f"'2025-04-04', or, if no more than the {kind} is known, {values.name}_precision "
                f"'{kind}' beside it (such an event keeps its row, without a session)"
            )
        stamp = read_stamp(value, what, TimingError)
        if stamp.tzinfo is None:
            days[row] = stamp.to_datetime64()
        else:
            clocks[row] = stamp.value
    return days, clocks


def _given(values: pd.Series) -> list[tuple[int, Any]]:
    """Positions and values that are not blank."""
    return [(row, value) for row, value in enumerate(values.array) if not is_blank(value)]


def _nanoseconds(stamps: pd.DatetimeIndex, name: Any) -> Ints:
    try:
        return stamps.as_unit("ns").asi8.copy()
    except ValueError as error:
        raise TimingError(
            f"events has a date in column {shown(name)} that no calendar reaches: {error}"
        ) from error
