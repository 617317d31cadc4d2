"""Run every cell that is not there yet, side by side; what is finished stays finished.

Dask places the cells, tries again, and holds each worker to its share of memory; its nannies give
every worker one thread for linear algebra. Here stands what it does not know: which cells are
there already, what to keep of each, and that one failing cell does not end the others.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rareearth_research.arguments import check_flag, check_text, check_whole
from rareearth_research.datasets.disk import lock
from rareearth_research.errors import RareEarthError, SourceError, SpecificationError, shown
from rareearth_research.progress import progress_bar
from rareearth_research.reports.place import cannot_write, writable
from rareearth_research.reports.reading.texts import quoted
from rareearth_research.reports.sweeps.asked import Cell, cells_of
from rareearth_research.reports.sweeps.cells import keep, recorded, run_cell
from rareearth_research.reports.sweeps.curve import Curve, curve_of, run_curve
from rareearth_research.reports.sweeps.page import write_page
from rareearth_research.reports.sweeps.results import Sweep

if TYPE_CHECKING:
    from distributed import Future

PATIENCE = 30  # seconds to wait for a scheduler, and for its first worker
MOST_WORKERS = 1024
SPAWNED = "distributed.nanny.pre-spawn-environ"
TRIM = 1 << 27  # bytes a worker may keep free; at Dask's 64 kB a quarter of a cell goes to faults


def sweep(
    grid: str | Path | dict[str, Any],
    out: str | Path = "sweep",
    *,
    workers: int | None = None,
    scheduler: str = "",
    retries: int = 2,
    progress: bool = True,
) -> Sweep:
    """Ask studies under every combination of parameters; run again, it computes what is missing.

    Parameters
    ----------
    grid : mapping, str or Path
        What to run, or the path of a YAML file that says so: ``studies``, one name or several;
        ``grid``, either lists of values by parameter, of which every combination is a cell, or a
        list of cells, each a mapping of parameters; and ``parameters``, the same in all cells.
        Values are read and checked as those of `run_study`.
    out : str or Path
        Folder of the sweep: ``index.html``, ``sweep.csv``, the picture of its curve, and ``cells/``
        with a record and a table for each.
    workers : int, optional
        Processes on this machine; by default one for each of its processors.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``"tcp://10.0.0.1:8786"``, in place of this machine.
        Its workers need the same package and data; files are written here alone.
    retries : int, default 2
        How often a cell is tried again that broke down. One that the study refused is not.
    progress : bool
        Show a bar on a terminal.

    Returns
    -------
    Sweep

    Raises
    ------
    SpecificationError
        Before anything runs, for a cell that cannot be asked for, and without Dask.
    SourceError
        If the scheduler or its workers cannot be reached.
    RareEarthError
        If `out` cannot be written, or another sweep is writing there.

    Notes
    -----
    A cell calls the study's function in `rareearth_research.studies`, as its notebook does, without
    the repetitions under other samples (``checks=False``) where it has them. A cell that fails is
    kept with its message and tried again by the next run. Combinations that differ only in what has
    no effect, such as the benchmark of ``model="mean"``, are one cell. Where two cells or more are
    event studies their first windows are a specification curve too, with the joint p-values of
    `specification_curve`: as many draws, sessions near any listed event left out, seed 0.
    """
    if check_text("scheduler", scheduler) and not re.fullmatch(r"[a-z]+://[!-.0-~]+", scheduler):
        raise SpecificationError(
            f"scheduler must be an address such as 'tcp://10.0.0.1:8786'; got {shown(scheduler)}"
        )
    check_flag("progress", progress)
    retries = check_whole("retries", retries, 0, 100)
    if workers is not None:
        workers = check_whole("workers", workers, 1, MOST_WORKERS)
        if scheduler:
            raise SpecificationError(
                "workers are those of the scheduler where there is one; leave workers out"
            )
    if not isinstance(out, str | os.PathLike) or not str(out).strip() or "\0" in str(out):
        raise SpecificationError(f"out must be the path of a folder; got {shown(out)}")
    cells = cells_of(grid)
    folder = writable(Path(out))
    with _alone(folder):
        curve = curve_of(cells)
        every: list[Cell | Curve] = [*([curve] if curve else []), *cells]  # the longest first
        waiting = [task for task in every if "finding" not in recorded(folder, task)]
        answers = _answers(waiting, workers, scheduler, retries) if waiting else ()
        with progress_bar("sweep", len(every), "cells", wanted=progress) as show:
            for done, (task, answer) in enumerate(answers, len(every) - len(waiting) + 1):
                keep(folder, task, answer)
                show(done)
        found = Sweep.of(folder, cells)
        write_page(found)
    return found


def _answers(
    tasks: Sequence[Cell | Curve], workers: int | None, scheduler: str, retries: int
) -> Iterator[tuple[Cell | Curve, dict[str, Any]]]:
    """Yield each task with what it gave, in the order in which they end, and forget it."""
    try:
        from dask import config
        from distributed import Client, LocalCluster, as_completed
    except ImportError as error:
        raise SpecificationError(
            "a sweep runs on Dask, which is not installed; pip install 'rareearth_research[sweep]'"
        ) from error
    by_key = {task.key: task for task in tasks}
    with ExitStack() as stack:
        at: Any = scheduler
        if not scheduler:
            stack.enter_context(config.set({f"{SPAWNED}.MALLOC_TRIM_THRESHOLD_": TRIM}))
            at = stack.enter_context(
                LocalCluster(
                    n_workers=min(workers or os.cpu_count() or 1, len(tasks)),
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.ERROR,
                )
            )
        try:
            client = stack.enter_context(Client(at, timeout=PATIENCE))
            client.wait_for_workers(1, timeout=PATIENCE)
        except (OSError, TimeoutError, ValueError) as error:
            raise SourceError(
                f"no worker answers at {quoted(scheduler or 'this machine')} "
                f"({quoted(error, 200)}); start one there: dask worker ADDRESS"
            ) from error
        ended = as_completed(
            client.submit(
                run_curve if isinstance(task, Curve) else run_cell, task,
                key=key, retries=retries, pure=False, priority=isinstance(task, Curve),
            )
            for key, task in by_key.items()
        )  # fmt: skip
        for future in ended:
            yield by_key[future.key], _answer(future)


def _answer(future: Future) -> dict[str, Any]:
    if future.status in ("cancelled", "lost"):
        raise SourceError("the scheduler was lost; run the sweep again, what is finished is kept")
    try:
        found: dict[str, Any] = future.result()
    except Exception as error:  # whatever broke down, on whatever worker
        return {"error": f"{type(error).__name__}: {error}", "seconds": 0.0}
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder, so that no two sweeps write the same files."""
    try:
        handle = open(folder / ".lock", "a+b")  # noqa: SIM115  (held until the sweep ends)
    except OSError as error:
        raise cannot_write(folder, error) from error
    with handle:
        if not lock(handle, wait=False):
            raise RareEarthError(
                f"another sweep is writing to {quoted(folder)}; wait for it, or choose another out"
            )
        yield
