"""One cell: run where a worker is, kept where the sweep is.

A cell is finished when its record is in place, and a record is put there in one step, after its
table. So whatever is killed, and whenever, a record that is there is whole.
"""

from __future__ import annotations

import inspect
import json
import time
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from rareearth_research.datasets.disk import said, write_file
from rareearth_research.errors import DataError, RareEarthError
from rareearth_research.reports.page.downloads import csv_of
from rareearth_research.reports.sweeps.asked import Cell, made_with

CELLS = "cells"
HEADLINE = ["window", "caar", "lower", "upper", "test", "p_value", "verdict"]  # of a verdict


class Task(Protocol):
    """What can be kept: a cell, or what is computed of all of them."""

    @property
    def key(self) -> str: ...

    @property
    def record(self) -> dict[str, Any]: ...


def run_cell(cell: Cell) -> dict[str, Any]:
    """Call the study's function, as its notebook does, and return what is kept of the answer.

    Parameters
    ----------
    cell : Cell

    Returns
    -------
    dict
        ``seconds``, and either ``finding, limits, headline`` and ``table`` (as CSV), or the
        ``error`` that the study raised on purpose. Any other exception passes on, to be tried
        again.
    """
    start = time.perf_counter()
    try:
        answer = answer_of(cell)
    except RareEarthError as error:
        return {"error": str(error), "seconds": time.perf_counter() - start}
    verdict = getattr(answer, "verdict", pd.DataFrame()).filter(HEADLINE).head(1).astype(object)
    first = verdict.where(verdict.notna(), None).to_dict("records")
    return {
        "finding": answer.finding,
        "limits": [*answer.limits],
        "headline": first[0] if first else {},
        "table": csv_of(answer.table),
        "seconds": time.perf_counter() - start,
    }


def answer_of(cell: Cell) -> Any:
    """Return what the study answers, if the data and the package here are those of the sweep."""
    from rareearth_research import studies

    refuse_others(cell)
    function = getattr(studies, cell.function)
    # what repeats the study under other samples: of a sweep these are cells
    brief = {"checks": False} if "checks" in inspect.signature(function).parameters else {}
    return function(**cell.parameters, **brief)


def refuse_others(cell: Cell) -> None:
    """Raise unless the data and the package here are those of the sweep."""
    here = made_with(cell.parameters)
    if here != cell.made_with:
        raise DataError(
            f"the worker has {here}, and the sweep was begun with {cell.made_with}; give all "
            "workers the same package and data (RAREEARTH_DATA)"
        )


def keep(folder: Path, task: Task, answer: dict[str, Any]) -> None:
    """Write what a task gave: its table, then its record.

    Raises
    ------
    RareEarthError
        If it cannot be written.
    """
    record = {**task.record, **answer}
    table = record.pop("table", None)
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with said("a cell cannot be kept", RareEarthError):
        if table is not None:
            write_file(_place(folder, task, "csv"), table.encode())
        write_file(_place(folder, task, "json"), text.encode())


def recorded(folder: Path, task: Task) -> dict[str, Any]:
    """Return the record of a task, empty if it has none that can be read."""
    try:
        record = json.loads(_place(folder, task, "json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    there = isinstance(record, dict) and ("error" in record or "finding" in record)
    return record if there else {}


def read_table(folder: Path, cell: Cell) -> pd.DataFrame:
    """Return the table of a finished cell."""
    with said("the table of a cell cannot be read", missing=f"the cell {cell.key} has no table"):
        return pd.read_csv(_place(folder, cell, "csv"))


def _place(folder: Path, task: Task, suffix: str) -> Path:
    return folder / CELLS / f"{task.key}.{suffix}"
