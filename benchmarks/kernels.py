"""What does a forked kernel save? Study 02 by papermill, with its own kernels and with forked ones.

    python benchmarks/kernels.py [RUNS]

The notebook is saved once, at its end, and its kernel killed, as `rareearth report` asks of
papermill; compiled modules are kept. Each way executes it RUNS times (12 unless given) after a
first time in each of its processes, all in one go on the same machine. A row has the notebooks a
minute after the first ones, the wall and processor seconds of a notebook (client, warm parents and
kernels, the first ones included), and the seconds of a loop that always does the same work: rows
compare where the loop took the same, and on another machine by their ratio to it. Dask takes part
where `distributed` is installed. Exit code 1 if forking in sequence saves no processor time.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rareearth_research.reports.studies import find_study

NOTEBOOK = find_study("event_study").path
KERNELS = {"plain": "local-provisioner", "forked": "rareearth-fork"}
LOOP = 2_000_000


def execute(target: str) -> None:
    """Execute the study as a report does."""
    import papermill

    papermill.execute_notebook(
        NOTEBOOK,
        target,
        cwd=str(NOTEBOOK.parent),
        kernel_name="python3",
        progress_bar=False,
        request_save_on_cell_execute=False,
        shutdown_kernel="immediate",
    )


def warm(run: Callable[..., Iterable[Any]], targets: list[str], workers: int) -> float:
    """Return the seconds of all but the first target of each worker."""
    list(run(execute, targets[:workers]))
    start = time.perf_counter()
    list(run(execute, targets[workers:]))
    return time.perf_counter() - start


def sequence(targets: list[str]) -> float:
    """One after the other, in this process."""
    return warm(map, targets, 1)


def processes(targets: list[str]) -> float:
    """In two processes."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return warm(pool.map, targets, 2)


def dask(targets: list[str]) -> float:
    """On two workers of Dask, each a process."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        return warm(lambda *what: client.gather(client.map(*what)), targets, 2)


WAYS = {"sequence": (sequence, 1), "two processes": (processes, 2), "Dask": (dask, 2)}


def loop() -> float:
    """Return the seconds of work that is always the same."""
    start = time.perf_counter()
    sum(number * number % 7 for number in range(LOOP))
    return time.perf_counter() - start


def cost(way: str, kernel: str, runs: int) -> tuple[float, float, float]:
    """Return notebooks a minute, wall and processor seconds of one, descendants included."""
    env = {**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": KERNELS[kernel]}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    count = runs + WAYS[way][1]
    with tempfile.TemporaryDirectory() as folder:
        targets = [str(Path(folder) / f"{number}.ipynb") for number in range(count)]
        start, before = time.perf_counter(), os.times()
        said = subprocess.run(
            [sys.executable, __file__, "--way", way, *targets],
            env=env, check=True, capture_output=True, text=True,
        )  # fmt: skip
        wall, after = time.perf_counter() - start, os.times()
        if missing := [target for target in targets if not Path(target).is_file()]:
            raise RuntimeError(f"{way}, {kernel}: not executed: {len(missing)}")
    spent = after.children_user + after.children_system
    spent -= before.children_user + before.children_system
    return 60 * runs / float(said.stdout.split()[-1]), wall / count, spent / count


def main(runs: int) -> int:
    """Print a row for each way and kind of kernel."""
    found = {}
    print(f"{NOTEBOOK.name}, {runs} runs, {os.cpu_count()} cores")
    print(f"{'':<24}{'a minute':>10}{'wall s':>9}{'CPU s':>8}{'loop s':>9}")
    for way in WAYS:
        if way == "Dask" and importlib.util.find_spec("distributed") is None:
            print("Dask: distributed is not installed")
            continue
        for kernel in KERNELS:
            before = loop()
            rate, wall, spent = cost(way, kernel, runs)
            reference = (before + loop()) / 2
            found[way, kernel] = spent
            print(
                f"{f'{way}, {kernel}':<24}{rate:10.1f}{wall:9.2f}{spent:8.2f}{reference:9.2f}",
                flush=True,
            )
    return int(found["sequence", "forked"] >= found["sequence", "plain"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--way"]:
        print(WAYS[sys.argv[2]][0](sys.argv[3:]))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 12))
