"""What does a forked kernel save? Study 02 by papermill, with its own kernels and with forked ones.

    python benchmarks/kernels.py [RUNS]

Each way executes the notebook RUNS times (8 unless given), all in one go on the same machine, and
prints processor seconds a notebook (client, parents and kernels), wall seconds, notebooks a minute
and the load of the machine before. A warm parent is part of its way's cost. Dask takes part where
`distributed` is installed. Exit code 1 if forking in sequence saves no processor time.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from rareearth_research.reports.studies import find_study

NOTEBOOK = find_study("event_study").path
KERNELS = {"started": "local-provisioner", "forked": "rareearth-fork"}


def execute(target: str) -> None:
    """Execute the study as papermill does."""
    import papermill

    papermill.execute_notebook(
        NOTEBOOK, target, cwd=str(NOTEBOOK.parent), kernel_name="python3", progress_bar=False
    )


def sequence(targets: list[str]) -> None:
    """One after the other, in this process."""
    for target in targets:
        execute(target)


def processes(targets: list[str]) -> None:
    """In two processes."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(execute, targets))


def dask(targets: list[str]) -> None:
    """On two workers of Dask, each a process."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        client.gather([client.submit(execute, target) for target in targets])


WAYS = {"sequence": sequence, "processes": processes, "dask": dask}


def cost(way: str, kernel: str, runs: int) -> tuple[float, float]:
    """Return processor and wall seconds of a process that runs all, descendants included."""
    env = {**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": KERNELS[kernel]}
    with tempfile.TemporaryDirectory() as folder:
        targets = [str(Path(folder) / f"{number}.ipynb") for number in range(runs)]
        start, before = time.perf_counter(), os.times()
        subprocess.run(
            [sys.executable, __file__, "--way", way, *targets],
            env=env, check=True, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wall, after = time.perf_counter() - start, os.times()
        if missing := [target for target in targets if not Path(target).is_file()]:
            raise RuntimeError(f"{way}, {kernel}: not executed: {len(missing)}")
    spent = after.children_user + after.children_system
    return spent - before.children_user - before.children_system, wall


def main(runs: int) -> int:
    """Print a row for each way and kind of kernel."""
    found = {}
    print(f"{NOTEBOOK.name}, {runs} runs, {os.cpu_count()} cores")
    print(f"{'':<22}{'CPU s':>8}{'wall s':>8}{'a minute':>10}{'load':>7}")
    for way in WAYS:
        if way == "dask" and importlib.util.find_spec("distributed") is None:
            print("dask: distributed is not installed")
            continue
        for kernel in KERNELS:
            load = os.getloadavg()[0]
            spent, wall = (value / runs for value in cost(way, kernel, runs))
            found[way, kernel] = spent
            print(f"{way + ', ' + kernel:<22}{spent:8.2f}{wall:8.2f}{60 / wall:10.1f}{load:7.1f}")
    return int(found["sequence", "forked"] >= found["sequence", "started"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--way"]:
        WAYS[sys.argv[2]](sys.argv[3:])
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8))
