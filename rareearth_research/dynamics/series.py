"""Is this a series whose rows follow each other at even steps? The one check for every method.

Methods of this package take the step from one row to the next for one period. So the spacing is
read from the rows, a period without a value is named and never filled, and quotes that rarely
change are counted: on those, tests that take every row for news mislead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import is_whole
from rareearth_research.arrays import Floats
from rareearth_research.dated import check_index, spacing, to_floats
from rareearth_research.dynamics.hygiene import (
    label,
    refuse_codes,
    remark_level,
    remark_rows,
    remark_spikes,
)
from rareearth_research.errors import DataError, SpecificationError, shown, some

STEPS = (  # unit, its period in pandas, least and most median days between rows
    ("session", "D", 1, 4), ("week", "W", 6, 8), ("month", "M", 27, 32), ("quarter", "Q", 88, 93),
    ("year", "Y", 360, 370),
)  # fmt: skip
CLOSED = 15  # days: the longest holidays of an exchange are shorter
STICKY = 0.2  # share of unchanged steps from which it is remarked
YEARS = (1700, 2200)
NAMED = 3  # missing periods that a message names


@dataclass(frozen=True)
class Even:
    """A series that passed `check_series`.

    Attributes
    ----------
    name : str
        The name of the series, else the argument's.
    index : Index
        As given: days, periods or whole years.
    values : ndarray, shape (n,)
    unit : str
        What a row is: "session", "week", "month", "quarter" or "year".
    unchanged : float
        Share of the steps between rows that change nothing.
    notes : tuple of str
        Sentences about the data that belong to every answer on it.
    """

    name: str
    index: pd.Index
    values: Floats
    unit: str
    unchanged: float
    notes: tuple[str, ...]

    def label(self, row: int) -> str:
        """Return how a row is called in words."""
        return label(self.index[row])

    def words(self, label: Any) -> str:
        """Return how the row of an index label is called in a sentence; a dash for none."""
        if pd.isna(label):
            return "–"
        day = label.start_time if isinstance(label, pd.Period) else label
        if not isinstance(day, pd.Timestamp):
            return str(label)
        forms = {
            "month": f"{day:%B %Y}",
            "quarter": f"{day.year}Q{day.quarter}",
            "year": f"{day.year}",
        }
        return forms.get(self.unit, f"{day.day} {day:%B %Y}")

    def days(self) -> pd.DatetimeIndex:
        """Return the first day of each row's session, week, month, quarter or year."""
        _, periods = periods_of(self.index, self.name)
        if not isinstance(periods, pd.PeriodIndex):
            periods = pd.PeriodIndex(periods.astype(str), freq="Y")
        return periods.to_timestamp(how="start").normalize()


def check_series(what: str, series: Any, least: int = 20, *, changes: bool = False) -> Even:
    """Return a series of numbers at even steps, or raise saying where it is none.

    Parameters
    ----------
    what : str
        The argument, for messages.
    series : Series
        Numbers by day (DatetimeIndex without a zone), period (PeriodIndex) or year (whole
        numbers), ascending. A month, quarter, week or year may not be missing; days may, as
        exchanges are closed on some.
    least : int, default 20
        Rows that the method needs.
    changes : bool, default False
        Whether the method is for returns or other changes; a series that looks like a level is
        then remarked.

    Raises
    ------
    DataError
        For anything else, naming the row, and how to mend it.
    """
    if not isinstance(series, pd.Series):
        column = f"; one column of a frame is {what}['name']"
        raise DataError(
            f"{what} must be a Series of numbers by date; got {shown(series)}"
            + (column if isinstance(series, pd.DataFrame) else "")
        )
    values = to_floats(series, what)
    index = series.index
    unit, periods = periods_of(index, what)
    _refuse_values(values, index, what)
    if len(values) < least:
        raise DataError(
            f"{what} has {len(values)} rows, and {least} are needed; give a longer series"
        )
    if np.ptp(values) <= 1e-12 * np.abs(values).max():
        raise DataError(
            f"{what} is {values[0]:g} in every row, and what never changes has no answer; give a "
            "series that varies"
        )
    notes = _refuse_gaps(periods, unit, what)
    unchanged = float(np.mean(np.diff(values) == 0))
    if unchanged >= STICKY:
        notes.append(
            f"{unchanged:.0%} of the steps from one {unit} to the next change nothing: quotes that "
            "stand still are not news, and coarser steps (weeks, months) are more honest."
        )
    notes += [
        *remark_rows(values, periods, unit),
        *remark_spikes(values, index, what),
        *(remark_level(values, what) if changes else []),
    ]
    name = what if series.name is None else str(series.name)
    return Even(name, index, values, unit, unchanged, tuple(notes))


def check_beside(what: str, beside: Any, series: Even) -> tuple[list[str], Floats, tuple[str, ...]]:
    """Return the names and values (n, k) of numbers given for every row of a series, and remarks.

    Parameters
    ----------
    what : str
        The argument, for messages.
    beside : Series, DataFrame or None
        With a row for each of the series; others are left out. None is no column.
    series : Even
    """
    if beside is None:
        return [], np.empty((len(series.values), 0)), ()
    if not isinstance(beside, pd.Series | pd.DataFrame) or beside.empty:
        raise SpecificationError(
            f"{what} must be a Series or a DataFrame of numbers on the dates of the series; got "
            f"{shown(beside)}"
        )
    frame = beside.to_frame(what) if isinstance(beside, pd.Series) else beside
    if not frame.columns.is_unique or frame.columns.nlevels > 1:
        raise DataError(f"{what} must have one name for each column; rename them")
    if not frame.index.is_unique:
        twice = frame.index[frame.index.duplicated()][0]
        raise DataError(
            f"{what} has {label(twice)} more than once; keep one row a date: "
            f"{what}[~{what}.index.duplicated()]"
        )
    given = to_floats(beside, what)
    for own, column in zip(frame.columns, given.reshape(frame.shape).T, strict=True):
        place = what if isinstance(beside, pd.Series) else f"{what}[{shown(own)}]"
        refuse_codes(column, frame.index, place)
    values = pd.DataFrame(given, frame.index).reindex(series.index).to_numpy()
    bad = ~np.isfinite(values)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise DataError(
            f"there is no finite number of {what} in {shown(str(frame.columns[column]))} on "
            f"{series.label(row)} ({bad.any(axis=1).sum()} of {len(values)} rows of the series); "
            "give one for each row, on the same kind of dates, or shorten the series"
        )
    constant = np.ptp(values, axis=0) <= 1e-12 * np.abs(values).max(axis=0)
    if constant.any():
        at = int(np.argmax(constant))
        raise DataError(
            f"{what} is {values[0, at]:g} in every row of the series in "
            f"{shown(str(frame.columns[at]))}; what never changes explains nothing, so leave it out"
        )
    names = [str(name) for name in frame.columns]
    alike = np.abs(np.corrcoef(series.values, values.T)[0, 1:]) > 1 - 1e-12
    if what == "controls" and alike.any():
        raise DataError(
            f"{what} has the series itself in {shown(names[int(np.argmax(alike))])}, or a multiple "
            "of it, which explains all there is; leave that column out"
        )
    notes = [
        note
        for name, column in zip(names, values.T, strict=True)
        for note in remark_spikes(column, series.index, name)
    ]
    return names, values, tuple(notes)


def periods_of(index: Any, what: str) -> tuple[str, pd.PeriodIndex | pd.Index]:
    """Return the unit of a row and the rows' periods, ascending and distinct.

    Weeks end on the day of the week that labels all rows, or on Sunday if that is Monday.
    """
    years = len(index) > 0 and all(is_whole(y) and YEARS[0] <= y <= YEARS[1] for y in index)
    if not (years or isinstance(index, pd.PeriodIndex)):
        check_index(index, what)  # also whatever is no index of dates
    elif not index.is_unique or not index.is_monotonic_increasing or index.hasnans:
        raise DataError(
            f"{what} must have one row for each {'year' if years else 'period'}, in ascending "
            f"order; use {what}[~{what}.index.duplicated()].sort_index(), and drop rows without one"
        )
    if years:
        return "year", index
    days = index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
    step = spacing(days)
    for unit, freq, least, most in STEPS:
        if least <= step <= most:
            if isinstance(index, pd.PeriodIndex) and index.freqstr.startswith(freq):
                return unit, index  # weeks to Friday, years to June
            day = days.day_of_week.unique()
            if unit == "week" and len(day) == 1 and day[0] > 0:  # Mondays begin a week
                freq = f"W-{days[0]:%a}".upper()
            return unit, days.to_period(freq)
    raise DataError(
        f"{what} has a row every {step:g} days, which is neither sessions, weeks, months, quarters "
        f"nor years; bring it to one of them, as in {what}.resample('MS').last()"
    )


def _refuse_values(values: Floats, index: pd.Index, what: str) -> None:
    if np.isnan(values).any():
        row, count = int(np.argmax(np.isnan(values))), int(np.isnan(values).sum())
        raise DataError(
            f"{what} has no value on {label(index[row])} ({count} of {len(values)} rows have "
            f"none); leave such rows out, with {what}.dropna()"
        )
    if np.isinf(values).any():
        row = int(np.argmax(np.isinf(values)))
        raise DataError(
            f"{what} is infinite on {label(index[row])}, as the log of zero is; make it missing: "
            f"{what}.replace([float('inf'), float('-inf')], float('nan')).dropna()"
        )
    refuse_codes(values, index, what)


def _refuse_gaps(periods: Any, unit: str, what: str) -> list[str]:
    """Raise for a period without a value; return remarks on long pauses between sessions."""
    ordinals = np.asarray(periods.asi8 if isinstance(periods, pd.PeriodIndex) else periods)
    steps = np.diff(ordinals)
    if unit == "session":
        long = np.flatnonzero(steps > CLOSED)
        pauses = some((f"{label(periods[r])} to {label(periods[r + 1])}" for r in long), NAMED)
        return [f"Pauses longer than {CLOSED} days: {pauses}."] if pauses else []
    if (steps == 0).any():
        twice = periods[int(np.argmax(steps == 0))]
        raise DataError(
            f"{what} has two values in the {unit} {label(twice)}, although most {unit}s have one; "
            f"keep one, as in {what}.resample('{_RESAMPLE[unit]}').last()"
        )
    if (steps > 1).any():
        missing = np.setdiff1d(np.arange(ordinals[0], ordinals[-1]), ordinals)
        named = [label(periods[0] + int(m - ordinals[0])) for m in missing[:NAMED]]
        last = int(np.flatnonzero(steps > 1)[-1]) + 1
        raise DataError(
            f"{what} has no value for the {unit}s {', '.join(named)}"
            f"{' …' if len(missing) > NAMED else ''} ({len(missing)} missing between the first and "
            f"the last): begin after them, with {what}.iloc[{last}:], or fill them from its source"
        )
    return []


_RESAMPLE = {"week": "W", "month": "MS", "quarter": "QS", "year": "YS"}
