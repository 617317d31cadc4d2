"""Run a study: check its parameters, execute the notebook, keep everything it produced.

A run is built in a hidden folder beside its destination and renamed into place when complete, so
that a failure, Ctrl-C or a full disk leaves the previous report as it was.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rareearth_research.errors import (
    DataError,
    RareEarthError,
    SourceError,
    SpecificationError,
    TimingError,
)
from rareearth_research.reports.notebook import RUN_DIR, rerun_command
from rareearth_research.reports.parameters import check_parameters, read_parameters
from rareearth_research.reports.studies import Study, find_study

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Progress", "StudyRun", "run_study"]

_OURS = {kind.__name__: kind for kind in (DataError, SourceError, SpecificationError, TimingError)}

Progress = Callable[[int, int], None]
"""Called with the number of code cells done and their total."""


@dataclass(frozen=True)
class StudyRun:
    """What a run left behind: its `directory`, files relative to it, and `record` (`run.json`)."""

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
) -> StudyRun:
    """Execute a study with `parameters` and write notebook, HTML, figures, tables and `run.json`.

    Parameters
    ----------
    study : str or Path
        Name of a study, with or without its number, or the path of a notebook.
    parameters : mapping, optional
        Values that differ from the notebook's defaults.
    out : str or Path
        Folder of reports. The run gets a subfolder: the study's name, and where parameters differ
        from the defaults a short hash of them, so that several variants stand side by side.
    timeout : float
        Seconds one cell may take.
    progress : callable, optional
        Called as ``progress(cells_done, cells_in_total)``.

    Raises
    ------
    SpecificationError
        Before a kernel starts, if the study or a parameter does not exist or does not fit.
    DataError
        If the data folder is missing or damaged.
    RareEarthError
        If a cell fails, takes too long or kills the kernel; the message names the cell. The
        notebook as far as it came is kept as ``out/failed/NAME.ipynb``.
    """
    from rareearth_research.datasets import data_hash
    from rareearth_research.reports.artefacts import environment, save_figures, tidy

    found = find_study(study)
    changed = check_parameters(study, parameters or {})
    everything = {k: p.default for k, p in read_parameters(study).items()} | changed
    name = run_name(found, changed)
    folder = writable(Path(out))
    record: dict[str, Any] = {
        "study": found.name,
        "title": found.title,
        "question": found.question,
        "parameters": everything,
        "changed": sorted(changed),
        "command": rerun_command(found.name, changed),
        "seed": everything.get("seed"),
        "data_hash": data_hash(),
        **environment(found.path.parent),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(
        prefix=f".{name}-", dir=folder, ignore_cleanup_errors=True
    ) as t:
        new = Path(t) / "new"
        new.mkdir()
        executed = _execute(found, changed, new, folder / "failed", timeout, progress)
        record["seconds"] = {"execution": round(time.perf_counter() - start, 2)}
        tidy(executed)
        results = _results(executed)
        record["result"] = results[0] if results else ""
        record["results"] = results
        record["figures"] = save_figures(executed, new / "figures")
        record["tables"] = sorted(p.name for p in new.glob("tables/*.csv"))
        record["files"] = {"notebook": f"{name}.ipynb", "html": f"{name}.html"}
        _write_pages(executed, record, new, name)
        record["seconds"]["total"] = round(time.perf_counter() - start, 2)
        text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
        (new / "run.json").write_text(text + "\n", encoding="utf-8")
        _swap(new, folder / name, Path(t) / "old")
    return _as_run(record, folder / name)


def run_name(study: Study, changed: Mapping[str, Any]) -> str:
    """Return the folder name of a run: the study, and a hash of what was changed in it."""
    if not changed:
        return study.name
    text = json.dumps(dict(changed), sort_keys=True, ensure_ascii=False)
    return f"{study.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SpecificationError(f"cannot write to {folder}: {error.strerror or error}") from error
    return folder.resolve()


def _execute(
    study: Study,
    changed: dict[str, Any],
    new: Path,
    failed: Path,
    timeout: float,
    progress: Progress | None,
) -> NotebookNode:
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from rareearth_research.reports.kernel import private_kernel

    # papermill calls an annotated parameter unknown; ours have been checked already
    logging.getLogger("papermill").setLevel(logging.ERROR)
    target = new / "executed.ipynb"
    watch = _Watch(study, progress)
    try:
        with private_kernel({RUN_DIR: str(new)}) as manager:
            executed = papermill.execute_notebook(
                str(study.path),
                str(target),
                parameters=changed,
                progress_bar=False,
                execution_timeout=timeout,
                kernel_manager_class=manager,
                shutdown_kernel="immediate",
                kernel_name="python3",
                on_cell_start=watch.started,
                on_cell_executed=watch.executed,
            )
    except PapermillExecutionError as error:
        kept = _keep_failed(target, failed / f"{study.name}.ipynb")
        kind = _OURS.get(error.ename, RareEarthError)
        what = error.evalue if kind is not RareEarthError else f"{error.ename}: {error.evalue}"
        raise kind(f"{study.name} failed {_at(error.source)}: {what}. See {kept}") from error
    except CellTimeoutError as error:
        raise RareEarthError(
            f"{study.name} stopped {_at(watch.source)}, which took longer than {timeout:g} s; "
            "allow more with --timeout"
        ) from error
    except DeadKernelError as error:
        raise RareEarthError(
            f"the kernel of {study.name} died {_at(watch.source)}; most often it ran out of memory"
        ) from error
    target.unlink()
    return executed


class _Watch:
    """Remembers which cell is running, for messages, and counts cells, for the progress bar."""

    def __init__(self, study: Study, progress: Progress | None) -> None:
        from rareearth_research.reports.studies import read_notebook

        cells = read_notebook(study.path)["cells"]
        self.total = sum(c["cell_type"] == "code" and bool("".join(c["source"])) for c in cells)
        self.done = 0
        self.source = ""
        self.progress = progress

    def started(self, cell: NotebookNode, cell_index: int) -> None:
        self.source = cell.source

    def executed(self, cell: NotebookNode, cell_index: int, execute_reply: Any) -> None:
        self.done = min(self.done + 1, self.total)
        if self.progress is not None:
            self.progress(self.done, self.total)


def _at(source: str) -> str:
    lines = [line.strip() for line in source.splitlines()]
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return f"in the cell that begins {first[:70]!r}"


def _keep_failed(notebook: Path, kept: Path) -> Path:
    kept.parent.mkdir(exist_ok=True)
    os.replace(notebook, kept)
    return kept


def _results(notebook: NotebookNode) -> list[str]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    noted = [output.get("metadata", {}).get("rareearth", {}) for output in outputs]
    return [note["result"] for note in noted if "result" in note]


def _write_pages(notebook: NotebookNode, record: dict[str, Any], new: Path, name: str) -> None:
    import nbformat

    from rareearth_research.reports.html import to_html

    nbformat.write(notebook, new / f"{name}.ipynb")
    (new / f"{name}.html").write_text(to_html(notebook, record), encoding="utf-8")


def _swap(new: Path, final: Path, old: Path) -> None:
    if final.exists():
        os.rename(final, old)  # `old` goes with the temporary folder
    try:
        os.rename(new, final)
    except BaseException:
        if old.exists():
            os.rename(old, final)
        raise


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
