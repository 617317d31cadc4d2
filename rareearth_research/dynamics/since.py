"""How many rows of a series lie before a date, and are they enough?"""

from __future__ import annotations

from typing import Any

from rareearth_research.dynamics.series import Even, rows_of
from rareearth_research.errors import SpecificationError, shown

__all__ = ["rows_before"]


def rows_before(what: str, date: Any, series: Even, least: int, why: str) -> int:
    """Return how many rows of a series lie before a date.

    Parameters
    ----------
    what : str
        The argument that holds the series, for messages.
    date : str, date, Timestamp or int
        A day; a year where the rows are whole years. The week, month, quarter or year that holds
        the day counts as after it, because part of it is.
    series : Even
    least : int
        Rows that are needed before.
    why : str
        What they are needed for, for the message.

    Raises
    ------
    SpecificationError
        If `date` is no day, several, or outside of the series, and if fewer rows lie before it.
    """
    rows = rows_of(f"date in {what}", date, series)
    if len(rows) > 1:
        raise SpecificationError(
            f"date must be one day, and {shown(str(date))} are {len(rows)}; ask for one at a time"
        )
    before = int(rows[0])
    if before < least:
        raise SpecificationError(
            f"{what} begins with {series.label(0)}, and date {date} leaves {before} rows before "
            f"it, while {least} are needed {why}; choose a later date, or give a series that "
            "begins earlier"
        )
    return before
