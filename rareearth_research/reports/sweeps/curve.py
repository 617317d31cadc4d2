"""Are the event studies of a sweep more than chance, all of them together? Their joint p-values.

One more task beside the cells, on a worker as they are: it places each study once, fits it in every
window that cells ask for, and draws all of them at the same other sessions.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from rareearth_research.datasets import load_events
from rareearth_research.datasets.own.layers import files_of
from rareearth_research.errors import RareEarthError
from rareearth_research.eventstudy import SpecificationCurve
from rareearth_research.eventstudy.chance.draws import check_drawing
from rareearth_research.eventstudy.fit import fit
from rareearth_research.eventstudy.pairs.setup import Setup, label_of
from rareearth_research.eventstudy.questions.specifications.joint import Specified
from rareearth_research.eventstudy.questions.specifications.results import held_together
from rareearth_research.reports.sweeps.asked import Cell
from rareearth_research.reports.sweeps.cells import refuse_others
from rareearth_research.studies.events import placed_study
from rareearth_research.studies.sample import BENCHMARKED

STUDY = "event_study"
NAMED = ("model", "windows", "benchmark", "timing")  # what a curve names apart
SEED = 0


@dataclass(frozen=True)
class Curve:
    """The event studies of a sweep, by the number of their cell."""

    cells: Mapping[int, Cell]

    @property
    def key(self) -> str:
        """Hash of all that decides what it gives."""
        text = "curve " + " ".join(f"{n} {cell.key}" for n, cell in self.cells.items())
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    @property
    def record(self) -> dict[str, Any]:
        """What is kept beside its answer."""
        return {"curve_of": [cell.key for cell in self.cells.values()]}


def curve_of(cells: tuple[Cell, ...]) -> Curve | None:
    """Return the task, where there are two event studies or more."""
    found = {n: cell for n, cell in enumerate(cells, start=1) if cell.function == STUDY}
    return Curve(found) if len(found) > 1 else None


def run_curve(curve: Curve) -> dict[str, Any]:
    """Fit the first window of every cell, and hold all of them against chance.

    Parameters
    ----------
    curve : Curve

    Returns
    -------
    dict
        As `read_curve` reads it, or an ``error``.
    """
    start = time.perf_counter()
    answers: dict[int, tuple[dict[str, str], Specified | RareEarthError]] = {}
    others: dict[str, pd.DataFrame] = {}
    for number, setup, window in _setups(curve.cells):
        cell = curve.cells[number]
        asked, file = cell.parameters, cell.parameters["events_file"]
        against = asked["benchmark"] if asked["model"] in BENCHMARKED else "none"
        rest = [f"{n}={value}" for n, value in cell.varied.items() if n not in NAMED]
        sample = ", ".join(rest) or "all"
        names = (asked["model"], label_of(window), against, asked["timing"], sample)
        choice = dict(zip(("model", "window", "benchmark", "timing", "sample"), names, strict=True))
        found: Specified | RareEarthError
        try:
            if isinstance(setup, RareEarthError):
                raise setup
            if file not in others:
                with files_of(asked):
                    others[file] = load_events()
            # what is estimated alike shares a pass over the returns: same benchmark, same sample
            found = Specified(
                number, f"{against}\0{sample}", file, fit(setup.asking(windows=(window,)))
            )
        except RareEarthError as error:
            found = error
        answers[number] = choice, found
    try:
        near = pd.concat([*others.values()]).drop_duplicates("event_id") if others else None
        together = held_together(
            dict(sorted(answers.items())), near, check_drawing(None, 0.8, SEED), progress=False
        )
    except RareEarthError as error:
        return {"error": str(error), "seconds": time.perf_counter() - start}
    return {
        "finding": together.summary().headline,
        "rows": _records(together.table),
        "joint": None if together.joint is None else _records(together.joint),
        "joint_note": together.joint_note,
        "seconds": time.perf_counter() - start,
    }


def read_curve(record: Mapping[str, Any]) -> SpecificationCurve | None:
    """Return the curve that a record holds, if it holds one."""
    if "rows" not in record:
        return None
    table = pd.DataFrame(record["rows"])
    table["same_as"] = table["same_as"].astype("Int64")
    joint = record["joint"] and pd.DataFrame(record["joint"])
    return SpecificationCurve(table, joint, record["joint_note"], SEED)


def _setups(
    cells: Mapping[int, Cell],
) -> Iterator[tuple[int, Setup | RareEarthError, tuple[int, int]]]:
    """Yield each cell's number, its study placed on sessions, and its first window.

    Cells that differ in their windows alone are placed once, unless one of these cannot be.
    """
    alike: dict[str, list[int]] = {}
    for number, cell in cells.items():
        # which pairs have news of their own in their windows depends on these
        windows = cell.parameters["windows"] if cell.parameters["firm_news"] == "drop" else []
        placed = replace(cell, parameters={**cell.parameters, "windows": windows})
        alike.setdefault(placed.key, []).append(number)
    for numbers in alike.values():
        first = {n: tuple(cells[n].parameters["windows"][0]) for n in numbers}
        shared = _placed(cells[numbers[0]], [*dict.fromkeys(first.values())])
        for number, window in first.items():
            alone = isinstance(shared, RareEarthError)
            yield number, _placed(cells[number], [window]) if alone else shared, window


def _placed(cell: Cell, windows: list[tuple[int, int]]) -> Setup | RareEarthError:
    try:
        refuse_others(cell)
        asked = {**cell.parameters, "windows": [[*window] for window in windows]}
        return placed_study(**asked)
    except RareEarthError as error:
        return error


def _records(frame: pd.DataFrame) -> list[Any]:
    values = frame.astype(object)
    return values.where(values.notna(), None).to_dict("records")
