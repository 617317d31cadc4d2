"""Do the tests notice a fault? A seeded sample of small faults, each put in, each hunted for.

    python benchmarks/mutation.py run                   # 300 faults of eventstudy and timing
    python benchmarks/mutation.py run --packages timing --sample 20
    python benchmarks/mutation.py                       # only report what a run has found so far

A fault turns one operator, comparison, number, truth value or returned value of a copy of the
package into another; texts, annotations and messages are left alone. One run of the tests under
coverage says which tests reach which line; a fault is then given to those tests only, the quickest
first, until one fails; before it counts as a survivor, also to the others that reach its file.
Each verdict is written at once to .cache/mutation/, so a run that was stopped goes on where it was;
a change of code or tests starts anew. The share of faults found comes with its Wilson 95 %
interval, and every survivor with its place.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import coverage
import pytest
from mutation_faults import faults, put

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "rareearth_research"
CHOSEN, TIMES = "MUTATION_TESTS", "MUTATION_TIMES"  # name the files of the hooks below
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".*cache*", "__pycache__", ".hypothesis")
OPTIONS = ["-q", "-p", "no:cacheprovider", "-p", "mutation", "-p", "no:xdist"]
OPTIONS += ["-m", "not end_to_end and not browser"]


def run_tests(root: Path, files: list[str], timeout: float, *before: str, **env: Path) -> int:
    """Run tests in a copy of the project and return pytest's exit code, or -1 after `timeout`."""
    path = os.pathsep.join([str(root), str(root / "benchmarks")])
    told = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "COVERAGE_CORE": "ctrace"}
    command = [sys.executable, *before, "-m", "pytest", *OPTIONS, *files]
    with (root / "pytest.log").open("w") as log, subprocess.Popen(
        command, cwd=root, env=os.environ | told | {name: str(file) for name, file in env.items()},
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return -1


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    _reached_by(item.nodeid.partition("::")[0])  # a fixture serves every test of its file


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    _reached_by(item.nodeid)


def _reached_by(context: str) -> None:
    if running := coverage.Coverage.current():
        running.switch_context(context)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if TIMES in os.environ:
        with Path(os.environ[TIMES]).open("a") as times:
            times.write(json.dumps([report.nodeid, report.duration, report.passed]) + "\n")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHOSEN in os.environ:
        place = {name: i for i, name in enumerate(json.loads(Path(os.environ[CHOSEN]).read_text()))}
        items[:] = sorted((i for i in items if i.nodeid in place), key=lambda i: place[i.nodeid])


def reach(work: Path) -> tuple[dict[str, float], coverage.CoverageData]:
    """Return how long every passing test takes, and which lines it reaches; measured once."""
    times, data = work / "times", work / "coverage"
    if not (work / "measured").exists():
        for file in (times, data):
            file.unlink(missing_ok=True)
        before = ("-m", "coverage", "run", f"--data-file={data}", f"--source={PACKAGE}")
        run_tests(copied(ROOT, work / "whole"), ["tests"], 7200, *before, **{TIMES: times})
        (work / "measured").touch()
    seconds: dict[str, float] = {}
    for name, duration, passed in map(json.loads, times.read_text().splitlines()):
        seconds[name] = seconds.get(name, 0) + duration if passed else float("inf")
    found = coverage.CoverageData(str(data))
    found.read()
    return {name: time for name, time in seconds.items() if time < float("inf")}, found


def reaching(
    fault: dict[str, Any], seconds: dict[str, float], data: Any, root: Path
) -> tuple[list[str], list[str]]:
    """Return the tests that run the lines of a fault, then others of its file; quickest first.

    The others are for what runs on import, or only once because its result is kept.
    """
    lines = data.contexts_by_lineno(str(root / fault["file"]))

    def tests(contexts: set[str]) -> set[str]:
        return {name for name in seconds if {name, name.partition("::")[0]} & contexts}

    near = tests({name for line in fault["lines"] for name in lines.get(line, ())})
    others = tests({name for contexts in lines.values() for name in contexts}) - near
    return sorted(near, key=seconds.__getitem__), sorted(others, key=seconds.__getitem__)


def copied(source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(source, target, ignore=LEFT_OUT))


def hunt(sample: list[dict[str, Any]], work: Path, workers: int) -> None:
    """Give every fault that has no verdict yet to the tests that reach it."""
    seconds, data = reach(work)
    copies: queue.Queue[Path] = queue.Queue()
    for i in range(workers):
        copies.put(copied(work / "whole", work / f"copy-{i}"))

    def judge(fault: dict[str, Any]) -> None:
        root, code, tests = copies.get(), 0, 0
        before, chosen = put(fault, root), root / "chosen.json"
        for names in reaching(fault, seconds, data, work / "whole"):
            if names and code == 0:
                tests += len(names)
                chosen.write_text(json.dumps(names))
                files = ["-x", *sorted({name.partition("::")[0] for name in names})]
                limit = 120 + 5 * sum(seconds[name] for name in names)
                code = run_tests(root, files, limit, **{CHOSEN: chosen})
        (root / fault["file"]).write_text(before, encoding="utf-8")
        log = (root / "pytest.log").read_text() if code not in (-1, 0, 1, 2) else ""
        copies.put(root)
        if log:
            raise RuntimeError(f"pytest ended with {code} for {fault}: {log[-2000:]}")
        verdict = {-1: "timeout", 0: "survived" if tests else "unreached"}.get(code, "found")
        with (work / "verdicts.jsonl").open("a") as file:
            file.write(json.dumps(fault | {"verdict": verdict, "tests": tests}) + "\n")
        print(f"{verdict:9} {told(fault)}", flush=True)

    done = {told(fault) for fault in verdicts(work)}
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(judge, [fault for fault in sample if told(fault) not in done]))


def told(fault: dict[str, Any]) -> str:
    old, new = (" ".join(fault[text].split()) for text in ("old", "new"))
    row, column = fault["place"][:2]
    return f"{fault['file']}:{row}:{column}  {old}  ->  {new}"


def verdicts(work: Path) -> list[dict[str, Any]]:
    file = work / "verdicts.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def wilson(hits: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    middle, width = hits + z * z / 2, z * (hits * (n - hits) / n + z * z / 4) ** 0.5
    return (middle - width) / (n + z * z), (middle + width) / (n + z * z)


def report(sample: list[dict[str, Any]], work: Path) -> None:
    known = {told(fault): fault for fault in verdicts(work)}
    judged = [known[told(fault)] for fault in sample if told(fault) in known]
    missed = [fault for fault in judged if fault["verdict"] in ("survived", "unreached")]
    for fault in missed:
        print(f"{fault['verdict']:9} {told(fault)}")
    if judged:
        n, hits = len(judged), len(judged) - len(missed)
        low, high = wilson(hits, n)
        late = sum(fault["verdict"] == "timeout" for fault in judged)
        print(f"{hits} of {n} faults found ({late} by never ending): {hits / n:.1%}, 95 % interval "
              f"{low:.1%} to {high:.1%}")  # fmt: skip
    print(f"{len(sample) - len(judged)} of {len(sample)} not judged yet")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["run", "report"], default="report")
    parser.add_argument("--packages", nargs="+", default=["eventstudy", "timing"])
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    tree = [*sorted((ROOT / PACKAGE).rglob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]
    state = hashlib.sha256(b"".join(path.read_bytes() for path in tree)).hexdigest()[:12]
    work = ROOT / ".cache" / "mutation" / state
    folders = [ROOT / PACKAGE / name for name in options.packages]
    files = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    every = [fault for path in files for fault in faults(path, ROOT)]
    sample = random.Random(options.seed).sample(every, min(options.sample, len(every)))
    print(f"{len(sample)} of {len(every)} faults of {', '.join(options.packages)}, state {state}")
    if options.what == "run":
        work.mkdir(parents=True, exist_ok=True)
        hunt(sample, work, options.workers)
    report(sample, work)


if __name__ == "__main__":
    main()
