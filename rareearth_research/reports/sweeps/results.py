"""What did the cells give? One row for each, their tables below each other, and what failed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from rareearth_research.arguments import check_whole
from rareearth_research.reports.sweeps.asked import Cell
from rareearth_research.reports.sweeps.cells import read_table, recorded
from rareearth_research.reports.sweeps.curve import curve_of, read_curve
from rareearth_research.summary import Result, Summary

if TYPE_CHECKING:
    from rareearth_research.eventstudy import SpecificationCurve
    from rareearth_research.reports.runner import StudyRun

LAST = ["finding", "error", "seconds", "key", "command"]


@dataclass(frozen=True, repr=False)
class Sweep(Result):
    """Result of `sweep`.

    Attributes
    ----------
    table : DataFrame
        One row per cell: ``cell`` (1, 2, …), ``study``, what was varied, where the study gives a
        verdict that of its first window (``window, caar, lower, upper, test, p_value, verdict``),
        then ``finding``, ``error`` (why there is none), ``seconds``, ``key`` (its files) and
        ``command``, which makes its notebook and page.
    cells : tuple of Cell
    folder : Path
    curve : SpecificationCurve or None
        The first window of every cell that is an event study, numbered as the cells, with joint
        p-values; where there are at least two.
    """

    table: pd.DataFrame
    cells: tuple[Cell, ...]
    folder: Path
    curve: SpecificationCurve | None

    @classmethod
    def of(cls, folder: Path, cells: tuple[Cell, ...]) -> Sweep:
        """Read what is kept of `cells`."""
        rows = []
        for number, cell in enumerate(cells, start=1):
            record = recorded(folder, cell) or {"error": "not run"}
            rows.append(
                {"cell": number, "study": cell.study}
                | dict(cell.varied)
                | record.get("headline", {})
                | dict.fromkeys(("finding", "error"), "")
                | {name: record[name] for name in ("finding", "error", "seconds") if name in record}
                | {"key": cell.key, "command": cell.command}
            )
        table = pd.DataFrame(rows)
        first = [name for name in table if name not in LAST]
        task = curve_of(cells)
        curve = read_curve(recorded(folder, task)) if task else None
        return cls(table[[*first, *LAST]], cells, folder, curve)

    @property
    def rows(self) -> pd.DataFrame:
        """The tables of all finished cells below each other, each row with its ``cell``."""
        done = self.table.loc[self.table["error"] == "", "cell"]
        tables = {number: read_table(self.folder, self.cells[number - 1]) for number in done}
        return pd.concat(tables, names=["cell"]).reset_index("cell") if tables else pd.DataFrame()

    def open(self, cell: int) -> StudyRun:
        """Make notebook and page of one cell, in ``studies/`` of the sweep's folder.

        Parameters
        ----------
        cell : int
            Its number in `table`.

        Returns
        -------
        StudyRun
        """
        from rareearth_research.reports.runner import run_study

        chosen = self.cells[check_whole("cell", cell, 1, len(self.cells)) - 1]
        return run_study(chosen.study, chosen.changed, self.folder / "studies")

    def summary(self) -> Summary:
        """Return how many cells have an answer, the answers, and why others have none."""
        failed = self.table[self.table["error"] != ""]
        done = len(self.table) - len(failed)
        headline = f"{done} of {len(self.table)} cells have an answer"
        headline += f", {len(failed)} failed." if len(failed) else "."
        notes = [
            f"Cell{'s' * (len(part) > 1)} {', '.join(map(str, part['cell']))} failed: {error}"
            for error, part in failed.groupby("error", sort=False)
        ]
        if self.curve is not None:
            headline += f" {self.curve.summary().headline}"
            notes = [*filter(None, (self.curve.joint_words, self.curve.joint_note)), *notes]
        shown = self.table.drop(columns=[name for name in LAST if name in self.table])
        return Summary(headline, shown, tuple(notes))
