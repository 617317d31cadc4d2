"""Does a run come out the same today? It is made again, and every table and picture compared."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.arguments import check_flag
from rareearth_research.errors import SpecificationError, listed
from rareearth_research.numerals import counted
from rareearth_research.reports.artefacts import table_hashes
from rareearth_research.reports.execution import Progress, load
from rareearth_research.reports.parameters import read_parameters
from rareearth_research.reports.runner import begun, run_study
from rareearth_research.reports.runs import differences
from rareearth_research.reports.runs.comparing import data_of, findings_of, versions_of
from rareearth_research.reports.runs.earlier import data_then, own_now, refuse_damaged
from rareearth_research.reports.runs.records import find_run, read_record
from rareearth_research.reports.studies import Study, find_study
from rareearth_research.summary import Report, Summary


@dataclass(frozen=True, repr=False)
class RunCheck(Report):
    """Result of `check_run`.

    Attributes
    ----------
    record : mapping
        Of the run.
    changes : DataFrame
        Data and versions that are others today: ``what, first`` (recorded), ``second`` (today).
    findings : DataFrame
        Sentences that are others: ``finding, first, second``.
    files : DataFrame
        Where tables and pictures are others: ``file, row, column, first, second``.
    """

    record: Mapping[str, Any]
    changes: pd.DataFrame
    findings: pd.DataFrame
    files: pd.DataFrame

    @property
    def same(self) -> bool:
        """Whether every table, picture and finding is the same."""
        return self.files.empty and self.findings.empty

    @property
    def table(self) -> pd.DataFrame:
        """Every table and picture, a row each, and in how many places it differs."""
        names = [f"{kind}/{name}" for kind in ("tables", "figures") for name in self.record[kind]]
        names = [*dict.fromkeys([*names, *self.files["file"]])]
        counts = self.files["file"].value_counts()
        return pd.DataFrame({"file": names, "differ": [int(counts.get(n, 0)) for n in names]})

    def summary(self) -> Summary:
        """Return whether all is the same, what is other today, and each cell that differs."""
        tables, figures = (counted(len(self.record[kind]), what) for kind, what in
                           (("tables", "table"), ("figures", "picture file")))  # fmt: skip
        head = f"{self.record['name']}: all {tables} and {figures} are the same."
        if not self.same:
            differ = [counted(self.files["file"].nunique(), "file")] * (not self.files.empty)
            differ += ["the finding"] * (not self.findings.empty)
            head = f"{self.record['name']} does not come out the same: {listed(differ)} differ."
        lines = [f"Since then: {line}" for line in told(self.changes)]
        lines += told(self.findings)
        for file, row, column, first, second in self.files.itertuples(index=False):
            place = ", ".join(part for part in (file, row, column) if part != differences.ALL)
            lines.append(f"{place}: {first} → {second}")
        return Summary(head, self.table, tuple(lines))


def check_run(
    run: str | Path,
    out: str | Path = "reports",
    *,
    timeout: float = 900.0,
    progress: Progress | None = None,
    then: bool = False,
) -> RunCheck:
    """Make a run again with the parameters of its record, and compare every table and picture.

    Parameters
    ----------
    run, out : str or Path
        As in `compare_runs`.
    timeout : float
        Seconds one cell may take.
    progress : callable, optional
        Called as ``progress(cells_done, cells_in_total)``.
    then : bool
        On the data of then: those of the commit in the record, from this checkout, held against
        the recorded hashes. The code is that of today.

    Returns
    -------
    RunCheck
        Tables cell by cell, pictures pixel by pixel, SVG as text. The run stays as it is.

    Raises
    ------
    SpecificationError
        If no run, or more than one, answers to `run`, or the study no longer has a parameter.
    DataError, RareEarthError
        As `run_study`, and if a file of the run is gone, or the data of then are not to be had.
    """
    data = data_then if check_flag("then", then) else nullcontext
    record = find_run(run, out)
    refuse_damaged(record)
    changes = since(record)
    with (
        tempfile.TemporaryDirectory(prefix="rer-", ignore_cleanup_errors=True) as folder,
        data(record),
    ):
        asked = _asked(record)
        made = run_study(_study(record).path, asked, folder, timeout=timeout, progress=progress)
        again = read_record(made.directory)
        return RunCheck(
            record=record,
            changes=changes,
            findings=differences.values(findings_of(record), findings_of(again), "finding"),
            files=differences.files(record, again),
        )


def since(record: Mapping[str, Any]) -> pd.DataFrame:
    """Return which data and versions are others today than in a record: ``what, first, second``."""
    study = _study(record)
    today = begun(study, load(study), {})
    today |= {"data": table_hashes(record["data"]), "yours": dict(own_now(record))}
    data = differences.values(*data_of(record, today), "what")
    versions = differences.values(versions_of(record), versions_of(today), "what", shared=True)
    return pd.concat([data, versions], ignore_index=True)


def told(frame: pd.DataFrame) -> list[str]:
    """Return rows of what was and what is, a line each."""
    return [f"{what}: {first} → {second}" for what, first, second in frame.itertuples(index=False)]


def _study(record: Mapping[str, Any]) -> Study:
    """Return the study of a run: today's, or where there is none of that name the run's own."""
    try:
        return find_study(record["study"])
    except SpecificationError:
        return find_study(record["path"] / record["files"]["notebook"])


def _asked(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recorded parameters that are not today's defaults."""
    today = {name: known.default for name, known in read_parameters(_study(record).path).items()}
    recorded = record["parameters"].items()
    return {name: value for name, value in recorded if name not in today or value != today[name]}
