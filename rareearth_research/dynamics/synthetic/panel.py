"""Which columns of a wide frame are treated, which are donors, and which rows lie before?"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_frame, check_known
from rareearth_research.arrays import Floats
from rareearth_research.dated import to_floats
from rareearth_research.dynamics.rows import rows_before
from rareearth_research.dynamics.series import Even, check_beside, check_series
from rareearth_research.errors import DataError, SpecificationError, shown

FEWEST = 2  # donors
BEFORE = 5  # rows


@dataclass(frozen=True)
class Panel:
    """Columns of a wide frame, the treated first.

    Attributes
    ----------
    names : tuple of str
        N: units, then donors.
    treated : int
    before : int
        Rows before the date.
    values : ndarray, shape (T, N)
    series : Even
        The first unit's, which has the index.
    remarks : tuple of str
        What is to be known about the data.
    """

    names: tuple[str, ...]
    treated: int
    before: int
    values: Floats
    series: Even
    remarks: tuple[str, ...]

    @property
    def unit(self) -> str:
        """How what is treated is called in words."""
        first = self.names[0]
        return first if self.treated == 1 else f"the mean of {self.treated} units"


def read_panel(wide: Any, unit: Any, donors: Any, date: Any) -> Panel:
    """Return the columns that are asked for, or raise naming column and row.

    Parameters
    ----------
    wide : DataFrame
        One column a unit, one row a day, period or year.
    unit, donors : str or list of str
        Columns; `donors` of None are all others.
    date : str, date, Timestamp or int
        See `rows_before`.
    """
    frame = check_frame("wide", wide, error=DataError)
    units = _columns(frame, "unit", unit)
    others = [column for column in frame.columns if column not in units]
    pool = _columns(frame, "donors", others if donors is None else donors)
    both = [name for name in pool if name in units]
    if both:
        raise SpecificationError(
            f"donors names {shown(both[0])}, which is the unit itself and would meet it perfectly; "
            "leave it out of donors"
        )
    if len(pool) < FEWEST:
        raise SpecificationError(
            f"donors has {len(pool)} column, and a mixture needs {FEWEST} or more; name more"
        )
    chosen = frame[[*units, *pool]]
    values = to_floats(chosen, "wide")
    bad = ~np.isfinite(values)
    if bad.any():
        row, at = np.argwhere(bad)[0]
        raise DataError(
            f"wide has no finite number in {shown(str(chosen.columns[at]))} on "
            f"{shown(str(chosen.index[row]))} ({bad[:, at].sum()} of {len(bad)} rows); leave the "
            "column out of donors, or such rows, with wide.dropna(subset=[unit, *donors])"
        )
    series = check_series(f"wide[{units[0]!r}]", chosen.iloc[:, 0], BEFORE + 1)
    remarks = (*series.notes, *check_beside("wide", chosen.iloc[:, 1:], series)[2])
    names = tuple(map(str, chosen.columns))
    before = rows_before("wide", date, series, BEFORE, "for the weights")
    still = np.ptp(values[:before], axis=0) <= 1e-12 * np.abs(values).max(axis=0)
    if still.any():
        at = int(np.argmax(still))
        what = "unit" if at < len(units) else "donors"
        raise SpecificationError(
            f"{what}: {shown(names[at])} is {values[0, at]:g} in every row before "
            f"{series.label(before)}, and what never moves tells nothing; leave it out"
        )
    _, first, twins = np.unique(values, axis=1, return_index=True, return_inverse=True)
    for name, other in zip(names, first[twins], strict=True):
        if names[other] != name:
            raise SpecificationError(
                f"wide has the same values in {shown(names[other])} and {shown(name)}, between "
                "which no fit can choose; leave one of the two out of unit and donors"
            )
    return Panel(names, len(units), before, values, series, remarks)


def _columns(frame: pd.DataFrame, what: str, given: Any) -> list[Hashable]:
    """Return the columns that an argument names, each once."""
    has = f"its columns are {shown(', '.join(map(str, frame.columns)), 300)}"
    return [*check_known(what, given, frame.columns, "a column of wide", has)]
