"""The raw files a refresh may write: their columns, what identifies a row, what may change.

A refresh needs to know three things of a raw file that its schema cannot say: which columns make
a row the same row, which figures count when old and new are compared, and whether levels mean
anything. They do not for adjusted closes: every dividend rescales the whole past, so those files
are compared on returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rareearth_research.errors import DataError
from rareearth_research.facts import facts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RawFile:
    """One raw file, as a refresh sees it.

    Parameters
    ----------
    name
        File name under `folder`.
    columns
        All its columns, in order.
    when
        The column that dates a row: ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY``.
    series
        The columns that name a series; with `when` they identify a row.
    figures
        Number columns; all are compared. The first is the price, where returns are, and the one
        that must be positive.
    compare
        ``"level"``: a figure that changes by more than 0.5 % (and by more than `slack`, in the
        file's unit) is a revision. ``"return"``: a daily return that changes by more than 0.5
        percentage points is a revision, a new level alone is a rescaling. ``"text"``: any change.
    slack
        Absolute changes up to this never count as revisions.
    digits
        Significant digits kept of a new figure.
    positive
        Whether the compared figure must be positive.
    blank
        Figures that may be empty: a gap, which the report names. A known one stays.
    units
        Units of figures that come in more than one, such as volumes, which are in shares or in
        lots of 100; rows that both have show a figure in the other one.
    settles
        Days before the last known row within which the source revises its figures as a matter of
        course. Until then up to half of the rows may change, each by at most itself (or the median
        of its column, where that is larger). 0: none.
    within
        Least and largest value of every figure, both allowed: codes for "no figure" (-99, 1e20)
        and other units lie outside. What is likely is narrower, and the clean tables' affair.
    largest_jump
        A new figure so many times the one before it, or less than one so-many-th, is taken for a
        wrong unit or decimal sign. Infinite: such moves are usual.
    known_series_only
        Whether series the file does not have yet are left out.
    series_may_end
        Whether a known series may be absent from an answer (a delisted share). Otherwise that
        means that the upstream renamed it, and the refresh is refused.
    folder
        Under the data folder.
    exchange
        Whose sessions the rows are: a session that was not over is left out; "" where no row is of
        a session that trades, `BY_TICKER` where the suffix of the ticker says it.
    source_id
        The row of ``data/raw/sources.csv`` that says where the file's figures come from.
    """

    name: str
    columns: tuple[str, ...]
    when: str
    figures: tuple[str, ...]
    series: tuple[str, ...] = ()
    compare: Literal["level", "return", "text"] = "level"
    slack: float = 0.0
    digits: int = 7
    positive: bool = True
    blank: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    settles: int = 0
    within: tuple[float, float] = (0.0, 1e12)
    largest_jump: float = 3.0
    known_series_only: bool = True
    series_may_end: bool = False
    folder: str = "raw"
    exchange: str = ""
    source_id: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row."""
        return (*self.series, self.when)

    @property
    def path(self) -> str:
        """The file, relative to the data folder."""
        return f"{self.folder}/{self.name}"

    def exchange_of(self, rows: pd.DataFrame) -> pd.Series:
        """Return the exchange of each row."""
        if self.exchange != BY_TICKER:
            return rows[self.when].map(lambda _: self.exchange)
        return rows["ticker"].str.partition(".")[2].map(SUFFIXES)


def _described(name: str, said: dict[str, Any]) -> RawFile:
    """Describe a raw file; without `figures`, every column that names no series or date is one."""
    when = next((column for column in said["columns"] if column in WHENS), None)
    if when is None:
        raise DataError(f"rawfiles.toml: {name}: new rows are told by one of {WHENS}; name it")
    names = (when, *said.get("series", ()))
    figures = tuple(column for column in said["columns"] if column not in names)
    return RawFile(**{"name": name, "when": when, "figures": figures, **said})


BY_TICKER = "by ticker"
SUFFIXES = {"": "XNYS", "AX": "XASX", "SS": "XSHG", "SZ": "XSHG"}
WHENS = ("date", "month", "year", "publication_date")
_FACTS = facts(Path(__file__).with_suffix(".toml"))
ALL = {name: _described(name, said) for name, said in _FACTS.items()}
RAW_FILES = {name: raw for name, raw in ALL.items() if raw.folder == "raw"}
CANDIDATES = ALL["federal_register.csv"]
