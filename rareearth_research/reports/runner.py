"""Run a study: check its parameters, execute the notebook, keep everything it produced.

A run is built in a hidden folder beside its destination and exchanged with it when complete, so
that a failure, Ctrl-C or a full disk leaves the previous report as it was.
"""

from __future__ import annotations

import itertools
import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rareearth_research.arguments import check_flag, check_number, check_text
from rareearth_research.datasets.disk import workshop
from rareearth_research.errors import RareEarthError, SpecificationError, shown
from rareearth_research.numerals import localised
from rareearth_research.reports.execution import Progress, execute, load
from rareearth_research.reports.page.notebook import rerun_command
from rareearth_research.reports.page.pdf import find_browser, write_pdf
from rareearth_research.reports.parameters import check_parameters, read_parameters
from rareearth_research.reports.place import cannot_write, check_free, put, writable
from rareearth_research.reports.reading.cells import parameters_in
from rareearth_research.reports.runs.failures import keep_failure
from rareearth_research.reports.runs.names import run_name, run_title
from rareearth_research.reports.runs.records import folder_of
from rareearth_research.reports.runs.site import FAILED
from rareearth_research.reports.studies import Study, find_study

if TYPE_CHECKING:
    from nbformat import NotebookNode

FORMAT = 2  # of run.json, as docs/runs.md describes it
LONGEST = 30 * 86_400.0  # seconds of one cell


@dataclass(frozen=True)
class StudyRun:
    """What a run left behind.

    Attributes
    ----------
    study : str
    parameters : dict
        As the kernel had them.
    directory : Path
    notebook, html : Path
        Relative to `directory`, as all files are.
    figures, tables : tuple of Path
    result : str
        The finding.
    seconds : float
    record : dict
        What stands in ``run.json``.
    """

    study: str
    parameters: dict[str, Any]
    directory: Path
    notebook: Path
    html: Path
    figures: tuple[Path, ...]
    tables: tuple[Path, ...]
    result: str
    seconds: float
    record: dict[str, Any]


def run_study(
    study: str | Path,
    parameters: Mapping[str, Any] | None = None,
    out: str | Path = "reports",
    *,
    timeout: float = 900.0,
    progress: Progress | None = None,
    pdf: bool = False,
    press: str = "",
) -> StudyRun:
    """Execute a study with `parameters` and write notebook, HTML, figures, tables and `run.json`.

    Parameters
    ----------
    study : str or Path
        Name of a study, with or without its number, or the path of a notebook.
    parameters : mapping, optional
        Values that differ from the notebook's defaults.
    out : str or Path
        Folder of reports. The run gets a subfolder named by the study and by what differs from the
        defaults, so that several variants stand side by side.
    timeout : float
        Seconds one cell may take.
    progress : callable, optional
        Called as ``progress(cells_done, cells_in_total)``.
    pdf : bool
        Print the page as PDF too, with the Chromium or Chrome of this machine.
    press : str
        Make a press kit of each picture too, with the numbers of this locale: ``"en"``, ``"de"``,
        … (see `press_kit`).

    Returns
    -------
    StudyRun

    Raises
    ------
    SpecificationError
        Before a kernel starts, if the study or a parameter does not exist or does not fit.
    DataError
        If the data folder is missing or damaged.
    RareEarthError
        If a cell fails (also one tagged ``raises-exception``), calls ``exit``, takes too long
        or kills the kernel; the message names the cell, and a page in ``out/failed/NAME`` says it
        beside the notebook as far as it came, until the run is made. Also if `out` cannot be
        written, and before a kernel starts if a PDF is asked for and there is no browser.
    """
    from rareearth_research.reports.artefacts import cell_seconds

    timeout = check_number("timeout", timeout, 0.1, LONGEST)
    if progress is not None and not callable(progress):
        raise SpecificationError(f"progress must be a function or None; got {shown(progress)}")
    if check_flag("pdf", pdf):
        find_browser()
    if check_text("press", press):
        localised("", press)
    found = find_study(study)
    notebook = load(found)
    checked = check_parameters(study, {} if parameters is None else parameters)
    known = read_parameters(study) if checked else {}
    changed = {key: checked[key] for key in known if key in checked}  # in the notebook's order
    name = run_name(found.name, changed)
    folder = writable(folder_of(out))
    check_free(folder / name)
    failed = folder / FAILED / name
    record = begun(found, notebook, changed)
    start = time.perf_counter()
    try:
        with workshop(folder, name) as room:
            new = room / "new"
            new.mkdir()
            kept = room / f"{name}.ipynb"
            try:
                executed = execute(found, notebook, changed, new, kept, timeout, progress, press)
            except RareEarthError as error:
                record["parameters"] = parameters_in(notebook.cells) | changed
                record["seconds"] = {"total": _since(start)}
                page = keep_failure(failed, record, error, kept)
                raise type(error)(f"{error}; see {page}") from error
            took: dict[str, Any] = {"cells": cell_seconds(executed), "execution": _since(start)}
            _collect(executed, record, new, name, pdf)
            record["seconds"] = took | {"total": _since(start)}
            text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
            (new / "run.json").write_text(text + "\n", encoding="utf-8")
            put(new, folder / name)
        shutil.rmtree(failed, ignore_errors=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return _as_run(record, folder / name)


def begun(study: Study, notebook: NotebookNode, changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what can be recorded of a run before it is made: what was asked, of which data."""
    from rareearth_research.datasets import data_hash
    from rareearth_research.datasets.own.layers import files_of
    from rareearth_research.datasets.own.overlay import own_hashes
    from rareearth_research.reports.artefacts import environment, event_list, notebook_hash

    known = read_parameters(study.path) if changed else {}
    asked: dict[str, Any] = {name: one.default for name, one in known.items()}
    asked.update(changed)
    with files_of(asked):
        hashed, yours = data_hash(), dict(own_hashes())
    return {
        "format": FORMAT,
        "study": study.name,
        "name": run_title(study.name, changed),
        "title": study.title,
        "question": study.question,
        "changed": list(changed),
        "command": rerun_command(study.name, dict(changed)),
        "data_hash": hashed,
        "events": event_list(),
        "yours": yours,
        "notebook": notebook_hash(notebook),
        **environment(study.path.parent),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 2)


def _collect(
    notebook: NotebookNode, record: dict[str, Any], new: Path, name: str, pdf: bool
) -> None:
    """Write what the executed notebook holds into `new`, and note it in `record`."""
    import nbformat

    from rareearth_research.datasets.citing import terms
    from rareearth_research.reports.artefacts import save_figures, table_hashes, tidy
    from rareearth_research.reports.page.downloads import WRITERS
    from rareearth_research.reports.page.headline import headline_picture, verdict_of
    from rareearth_research.reports.page.html import to_html

    tidy(notebook)
    results = _noted(notebook, "result")
    record["parameters"] = parameters_in(notebook.cells)  # as the kernel had them
    record["seed"] = record["parameters"].get("seed")
    record["result"] = results[0] if results else ""
    record["results"] = results
    read = [*dict.fromkeys(itertools.chain(*_noted(notebook, "tables")))]
    record["data"] = table_hashes(read)
    record["sources"] = terms(read)
    record["figures"] = save_figures(notebook, new / "figures")
    record["picture"] = headline_picture(notebook, new)
    record["tables"] = sorted(p.name for p in new.glob("tables/*.csv"))
    tables = [new / "tables" / name for name in record["tables"] if not name.startswith("table-")]
    record["verdict"], record["sentence"] = verdict_of(record["result"], tables)
    record["press"] = sorted(p.name for p in new.glob("press/*.zip"))
    record["downloads"] = sorted(p.name for p in new.glob("tables/*.*") if p.suffix[1:] in WRITERS)
    record["files"] = {"notebook": f"{name}.ipynb", "html": f"{name}.html"}
    if pdf:
        record["files"]["pdf"] = f"{name}.pdf"
    nbformat.write(notebook, new / f"{name}.ipynb")
    narrow = {path.name: path.read_text("utf-8") for path in new.glob("figures/narrow-*.svg")}
    (new / f"{name}.html").write_text(to_html(notebook, record, narrow), encoding="utf-8")
    if pdf:
        write_pdf(new / f"{name}.html")


def _noted(notebook: NotebookNode, what: str) -> list[Any]:
    """Return what header, finding and footer of a study left for the page, in order."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    notes = [output.get("metadata", {}).get("rareearth", {}) for output in outputs]
    return [note[what] for note in notes if what in note]


def _as_run(record: dict[str, Any], directory: Path) -> StudyRun:
    return StudyRun(
        study=record["study"],
        parameters=record["parameters"],
        directory=directory,
        notebook=directory / record["files"]["notebook"],
        html=directory / record["files"]["html"],
        figures=tuple(directory / "figures" / name for name in record["figures"]),
        tables=tuple(directory / "tables" / name for name in record["tables"]),
        result=record["result"],
        seconds=record["seconds"]["total"],
        record=record,
    )
