"""Execute a notebook as papermill does, and say in one sentence which cell failed and how."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rareearth_research.arguments import is_whole
from rareearth_research.errors import (
    DataError,
    RareEarthError,
    SourceError,
    SpecificationError,
    TimingError,
    shown,
)
from rareearth_research.reports.page.notebook import RUN_DIR
from rareearth_research.reports.page.press import LOCALE
from rareearth_research.reports.reading.cells import source_of
from rareearth_research.reports.reading.texts import escape_markdown, one_line, quoted
from rareearth_research.reports.studies import Study, read_notebook

if TYPE_CHECKING:
    from nbformat import NotebookNode

Progress = Callable[[int, int], None]
"""Called with the number of code cells done and their total."""

KERNEL = "python3"
_OURS = {kind.__name__: kind for kind in (DataError, SourceError, SpecificationError, TimingError)}
_NOT_PYTHON = ("ir", "irkernel", "julia", "bash", "deno", "javascript", "xcpp", "scala", "sos")


def load(study: Study) -> NotebookNode:
    """Return the notebook of `study`, ready to run: valid, of the present format, in Python.

    Raises
    ------
    SpecificationError
        If it is for another language, or no valid notebook.
    """
    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # missing cell ids are given
            found = _completed(read_notebook(study.path))
            _check_language(study, found["metadata"])
            notebook = nbformat.from_dict(found)
            notebook = nbformat.v4.upgrade(notebook) or notebook
            _, notebook = nbformat.validator.normalize(notebook)
            nbformat.validate(notebook, relax_add_props=True)
    except (ValueError, TypeError, nbformat.ValidationError) as error:
        raise SpecificationError(
            f"{quoted(study.path)} is not a valid notebook: {_problem(error)}; save it again in "
            "Jupyter"
        ) from error
    return notebook


def execute(
    study: Study,
    notebook: NotebookNode,
    changed: Mapping[str, Any],
    folder: Path,
    failed: Path,
    timeout: float,
    progress: Progress | None,
    press: str = "",
) -> NotebookNode:
    """Return `notebook` executed with the parameters `changed`.

    Parameters
    ----------
    study, notebook : Study, NotebookNode
        What is run, and its content from `load`.
    changed : mapping
        From `check_parameters`.
    folder : Path
        Folder of this run; figures and tables are written into it.
    failed : Path
        Where the notebook is left as far as it came, if a cell fails.
    timeout : float
        Seconds one cell may take.
    progress : callable, optional
        Called as ``progress(cells_done, cells_in_total)``.
    press : str
        How press kits write numbers; none are made if it is empty.

    Raises
    ------
    RareEarthError
        Naming the cell that failed, called ``exit``, took too long or ended the kernel.
    """
    import nbformat
    import papermill
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from rareearth_research.reports.kernels.private import private_kernel

    # papermill calls an annotated parameter unknown; ours have been checked already
    logging.getLogger("papermill").setLevel(logging.ERROR)
    source, target = folder / "given.ipynb", folder / "executed.ipynb"
    nbformat.write(notebook, source)
    watch = _Watch(notebook, progress)
    try:
        with private_kernel({RUN_DIR: str(folder), LOCALE: press}) as manager:
            executed = papermill.execute_notebook(
                _unformatted(source),
                _unformatted(target),
                parameters=dict(changed),
                progress_bar=False,
                execution_timeout=timeout,
                kernel_manager_class=manager,
                shutdown_kernel="immediate",
                request_save_on_cell_execute=False,  # it is saved in the end, however that comes
                kernel_name=KERNEL,
                language="python",
                on_cell_start=watch.started,
                on_cell_executed=watch.executed,
            )
    except PapermillExecutionError as error:
        kind = _OURS.get(error.ename, RareEarthError)
        said = quoted(error.evalue, 1000).rstrip(".")
        what = said if kind is not RareEarthError else f"{quoted(error.ename)}: {said}"
        _keep(target, failed, what)
        raise kind(f"{what}. {study.name} failed {_at(error.source)}") from error
    except CellTimeoutError as error:
        raise RareEarthError(
            f"{study.name} stopped {_at(watch.source)}, which took longer than {timeout:g} s; "
            "allow more with --timeout"
        ) from error
    except NoSuchKernel as error:
        raise RareEarthError(
            f"{study.name} cannot run: there is no kernel {KERNEL!r}; see `rareearth doctor`"
        ) from error
    except (DeadKernelError, RuntimeError) as error:
        place = _at(watch.source) if watch.source else "before the first cell"
        raise RareEarthError(
            f"the kernel of {study.name} died {place}; most often it ran out of memory"
        ) from error
    stopped = watch.left if watch.left is not None else _exits(executed)
    if stopped is not None:
        what = f"{study.name} stopped {_at(stopped)}, which calls exit; a study has to reach its "
        what += "last cell"
        _keep(target, failed, what)
        raise RareEarthError(what)
    source.unlink()
    target.unlink()
    return executed


class _Watch:
    """Remembers which cell is running, for messages, and counts cells, for the progress bar."""

    def __init__(self, notebook: NotebookNode, progress: Progress | None) -> None:
        self.total = sum(c["cell_type"] == "code" and bool(source_of(c)) for c in notebook.cells)
        self.done = 0
        self.source = ""
        self.left: str | None = None  # a cell that called exit()
        self.progress = progress

    def started(self, cell: NotebookNode, cell_index: int) -> None:
        self.source = cell.source

    def executed(self, cell: NotebookNode, cell_index: int, execute_reply: Any) -> None:
        self.done = min(self.done + 1, self.total)
        payload = execute_reply["content"].get("payload", ())
        if self.left is None and any(part.get("source") == "ask_exit" for part in payload):
            self.left = cell.source
        if self.progress is not None:
            self.progress(self.done, self.total)


def _check_language(study: Study, metadata: Any) -> None:
    kernel, language = (_dict(metadata.get(key)) for key in ("kernelspec", "language_info"))
    stated = str(kernel.get("language") or language.get("name") or "")
    name = str(kernel.get("name") or "").lower()
    if stated.lower() in ("python", "python3", "ipython"):
        return
    if stated or name.partition("-")[0] in _NOT_PYTHON:
        raise SpecificationError(
            f"{quoted(study.path.name)} is a notebook for {quoted(stated or name)}, and studies "
            "run in Python"
        )


def _completed(found: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook with what editors leave out where it is empty."""
    found = {"nbformat": 4, "nbformat_minor": 0, "metadata": {}, **found}
    if found["nbformat"] != 4 or not is_whole(found["nbformat_minor"]):
        raise ValueError(
            f"its format is {shown(found['nbformat'])}.{shown(found['nbformat_minor'])}, "
            "and 4 is the one known"
        )
    if not isinstance(found["metadata"], dict):
        raise ValueError("its metadata is no mapping")
    if isinstance(kernel := found["metadata"].get("kernelspec"), dict):
        kernel.setdefault("display_name", "Python 3")
    for number, cell in enumerate(found["cells"], start=1):
        kind = cell.get("cell_type") if isinstance(cell, dict) else None
        if kind not in ("code", "markdown", "raw"):
            raise ValueError(f"cell {number} is neither code nor markdown nor raw")
        empty: dict[str, Any] = {"metadata": {}, "source": ""}
        if kind == "code":
            empty |= {"outputs": [], "execution_count": None}
        cell.update(empty | cell)
    return found


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _problem(error: Exception) -> str:
    if isinstance(error, TypeError):  # what cannot be compared inside the validator
        return "a list or mapping stands where text belongs"
    path = list(getattr(error, "absolute_path", ()))
    cell = f"cell {path[1] + 1}: " if path[:1] == ["cells"] and len(path) > 1 else ""
    return cell + quoted(getattr(error, "message", None) or error, 150)


def _exits(notebook: NotebookNode) -> str | None:
    """Return the source of a cell that called ``sys.exit``, which papermill lets pass."""
    for cell in notebook.cells:
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return str(cell.source)
    return None


def _unformatted(path: Path) -> str:
    return str(path).replace("{", "{{").replace("}", "}}")  # papermill fills in braces


def _at(source: str) -> str:
    lines = [one_line(line) for line in source.splitlines()]
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return f"in the cell that begins {shown(first, 74)}"


def _keep(notebook: Path, kept: Path, what: str) -> None:
    """Keep a notebook as far as it came, with what went wrong as its first words."""
    import nbformat

    found = nbformat.read(notebook, as_version=4)
    cells = [cell for cell in found.cells if "#papermill-error-cell" not in cell.source]
    here = "; [here it stopped](#papermill-error-cell)" * (len(cells) < len(found.cells))
    found.cells = [nbformat.v4.new_markdown_cell(f"**{escape_markdown(what)}**{here}"), *cells]
    nbformat.write(found, notebook)
    os.replace(notebook, kept)
