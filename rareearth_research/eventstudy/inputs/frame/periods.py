"""Are the rows weeks, months, quarters or years? Then an event belongs to the row of its period.

Rows further apart than sessions have no calendar of an exchange. A row's date only labels it: June
may be dated 1 June, 28 June or 30 June, and an event of mid-June belongs to all three. Windows
count rows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Ints
from rareearth_research.dated import spacing
from rareearth_research.errors import DataError, SpecificationError, shown
from rareearth_research.eventstudy.inputs.frame.calendars import OWN, exchanges_of

# name, fewest and most days between rows, pandas' name of it
_KINDS = (("week", 6, 8, "W"), ("month", 27, 32, "M"), ("quarter", 88, 94, "Q"),
          ("year", 360, 370, "Y"))  # fmt: skip
_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MOST = 0.9  # share of the rows that are dated alike


@dataclass(frozen=True)
class Periods:
    """What the rows of a frame are.

    Attributes
    ----------
    name : str
        ``"month"``.
    dated : str
        Where in the period its label stands: ``"start"`` or ``"end"``.
    freq : str
        The period as pandas calls it, ``"W-SUN"`` or ``"Q-JAN"``.
    """

    name: str
    dated: str
    freq: str

    def find(self, days: pd.DatetimeIndex, rows: pd.DatetimeIndex) -> Ints:
        """Return the row in whose period each day falls, -1 for none and for missing days."""
        found = rows.to_period(self.freq).get_indexer(days.to_period(self.freq))
        return np.where(days.isna(), -1, found).astype(np.int64)

    @property
    def note(self) -> str:
        """How rows and events are read, in words."""
        return (
            f"Rows are {self.name}s, dated at their {self.dated}: an event belongs to the row of "
            f"its {self.name} (news of a weekend by the rule for closed days), windows count "
            f"{self.name}s, and calendars of exchanges do not apply."
        )


def periods_of(index: pd.DatetimeIndex) -> Periods | None:
    """Return what the rows are if they are no sessions, None if they may be.

    Raises
    ------
    DataError
        For months, quarters or years dated in the middle of a month, where a row would hold parts
        of two; or two rows of one period.

    Notes
    -----
    Weeks dated on a Friday, Saturday, Sunday or Monday run from Monday to Sunday; others end on
    the weekday that dates most of them. Of months, quarters and years, those dated up to the
    fourth are dated at their start, and those from the 25th at their end.
    """
    gap = spacing(index)
    kind = next((kind for kind in _KINDS if kind[1] <= gap <= kind[2]), None)
    if kind is None:
        return None
    name, _, _, freq = kind
    if name == "week":
        weekday = int(np.bincount(index.day_of_week).argmax())
        dated = "start" if weekday == 0 else "end"
        freq = f"W-{_DAYS[weekday if weekday in (1, 2, 3) else 6]}"
    else:
        first, last = np.mean(index.day <= 4), np.mean(index.day >= 25)
        if max(first, last) < _MOST:
            raise DataError(
                f"returns hold a row about every {gap:.0f} days, dated in the middle of a month, "
                f"such as {index[0].date()}: of which {name} is it? Date each row at the end of "
                "its own, such as returns.set_axis(returns.index + pd.offsets.MonthEnd(0))"
            )
        dated = "start" if first > last else "end"
        month = int(np.bincount(index.month).argmax()) - (dated == "start")
        freq += "" if name == "month" else f"-{_MONTHS[month - 1]}"
    twice = index.to_period(freq).duplicated()
    if twice.any():
        raise DataError(
            f"returns hold a row about every {gap:.0f} days, and two in the {name} of "
            f"{index[twice][0].date()}; keep one row a {name}"
        )
    return Periods(name, dated, freq)


def calendars_of(
    returns: pd.DataFrame, benchmarks: Collection[str], asked: Any, periods: Periods | None
) -> tuple[list[str], list[str]]:
    """Return the calendar of each column as `exchanges_of` does; periods have none.

    Raises
    ------
    SpecificationError
        As there, and for exchanges named for rows that are no sessions.
    """
    if periods is None:
        return exchanges_of(returns, benchmarks, asked)
    if asked is not None:
        raise SpecificationError(
            f"exchanges={shown(asked)} names calendars of sessions, and the rows of returns are "
            f"{periods.name}s, which have none; leave exchanges out"
        )
    return [OWN] * returns.shape[1], [periods.note]
