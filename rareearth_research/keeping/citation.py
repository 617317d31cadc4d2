"""How is a number cited? A sentence, a BibTeX entry, and an id that stands for just this value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research import __version__
from rareearth_research.datasets import data_hash
from rareearth_research.datasets.citing import cite as cite_tables
from rareearth_research.errors import DataError, SpecificationError, shown
from rareearth_research.keeping.comparison import essence
from rareearth_research.keeping.stored import identity
from rareearth_research.labels import label
from rareearth_research.latex import escaped
from rareearth_research.reports.checking import since, told
from rareearth_research.reports.runner import StudyRun
from rareearth_research.reports.runs.earlier import ID, refuse_damaged, run_id
from rareearth_research.reports.runs.records import find_run, folder_of, read_record
from rareearth_research.summary import Result

NUMBERS = ("effect", "lower", "upper", "p_value")


@dataclass(frozen=True, repr=False)
class Citation:
    """What `cite` gives of an answer or a run.

    Attributes
    ----------
    id : str
        ``rer-`` and ten digits: of everything the answer holds, or of what a run was asked, of
        which data, and of every table it found.
    sentence, bibtex : str
    value : mapping
        ``effect, lower, upper, p_value`` where the answer has one effect, unrounded; of a run as
        it recorded them, whatever is computed today.
    changes : DataFrame
        Data and versions that are others today than when the run was made: ``what, first,
        second``; without rows for an answer in memory.
    """

    id: str
    sentence: str
    bibtex: str
    value: Mapping[str, float]
    changes: pd.DataFrame

    def __str__(self) -> str:
        later = "\n".join(f"Since then: {line}" for line in told(self.changes))
        return "\n\n".join(filter(None, [self.sentence, self.bibtex, later]))

    __repr__ = __str__


def cite(
    what: str | pd.DataFrame | pd.Series | Result | StudyRun, out: str | Path = "reports"
) -> str | Citation:
    """Return how to cite tables, a result, or a run.

    Parameters
    ----------
    what : str, DataFrame, Series, Result or StudyRun
        A table that `catalog` lists (``"prices_us"``), the word behind ``rer.load_...``
        (``"prices"``), or a frame or series a loader returned; a result; what `run_study` returned,
        or the id of a run in `out` (``"rer-3f9a2c1b7d"``).
    out : str or Path
        A folder of reports, in which an id is looked up.

    Returns
    -------
    str or Citation
        Of tables a text: their titles and hashes, then one line per source.

    Raises
    ------
    DataError
        For an unknown table, for a frame that does not say where it comes from, and for a run whose
        record or tables are damaged or gone; the message has the line that makes the run again.
    SpecificationError
        If no run has the id, and for a result that no file can keep.

    Examples
    --------
    >>> print(cite("vix").splitlines()[0].partition(" (")[0])
    VIX, daily close
    """
    folder_of(out)
    if isinstance(what, StudyRun):
        try:
            return _of_run(read_record(what.directory))
        except DataError as error:
            known = str(error).removesuffix(what.record["command"]).rstrip(": ")
            raise DataError(f"{known}: {what.record['command']}") from error
    if isinstance(what, str) and ID.fullmatch(what):
        return _of_run(find_run(what, out))
    if isinstance(what, Result):
        return _of_result(what)
    return cite_tables(what)


def _of_result(result: Result) -> Citation:
    try:
        found = asdict(essence(result))
    except SpecificationError:  # an answer without one effect, which has a sentence all the same
        found = {}
    value = {name: float(found[name]) for name in NUMBERS if name in found}
    now = datetime.now(UTC)
    return _cited(
        f"rer-{identity(result)}",
        getattr(result, "finding", "") or result.summary().headline,
        f"{titled(result)}, computed with rareearth_research {__version__}",
        f"shipped tables {data_hash()}" if hasattr(result, "finding") else "data as given",
        now,
        value,
        pd.DataFrame(columns=["what", "first", "second"]),
    )


def titled(result: Result) -> str:
    """Return what kind of answer a result is, in words: ``"Local projection"``."""
    name = re.sub(r"Results?$", "", type(result).__name__)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()
    return label("answer", words)


def _of_run(record: Mapping[str, Any]) -> Citation:
    refuse_damaged(record)
    value = _value(record)
    events = record["events"] or {}
    listed = f", events {events['hash']} to {events['last']}" if events else ""
    return _cited(
        run_id(record),
        record["result"],
        f"{record['title']} Run {record['name']!r} of rareearth_research "
        f"{record['rareearth_research']}",
        f"data {record['data_hash']}{listed}",
        pd.Timestamp(record["started"]),
        value,
        since(record),
    )


def _value(record: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of a run as its table of verdicts has them, if it has one."""
    verdict = record["path"] / "tables" / "verdict.csv"
    if verdict.name not in record["tables"]:
        return {}
    try:
        row = pd.read_csv(verdict).iloc[0].rename({"caar": "effect"})
        known = {"effect", "lower", "upper"} <= {*row.index}  # else it is another table
        return {number: float(row.get(number, np.nan)) for number in NUMBERS} if known else {}
    except (OSError, LookupError, TypeError, ValueError) as error:
        raise DataError(
            f"{verdict} of the run is damaged ({shown(str(error))}); make the run again: "
            f"{record['command']}"
        ) from error


def _cited(
    name: str,
    finding: str,
    title: str,
    data: str,
    day: datetime,
    value: Mapping[str, float],
    changes: pd.DataFrame,
) -> Citation:
    sentence = f"{finding} ({title}, {name}, {data}, {day.day} {day:%B %Y}.)"
    fields = {
        "author": "{rareearth\\_research}",
        "title": f"{{{escaped(title)}}}",
        "year": str(day.year),
        "note": escaped(f"Result {name}, {data}, {day:%Y-%m-%d}"),
    }
    lines = "".join(f"  {key} = {{{text}}},\n" for key, text in fields.items())
    return Citation(name, sentence, f"@misc{{{name},\n{lines}}}", value, changes)
