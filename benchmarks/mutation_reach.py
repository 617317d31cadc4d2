"""Which quick tests reach a fault of `mutation.py`, measured once for every file of tests."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import shutil
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import coverage
import pytest

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".cache/mutation"
PACKAGE, PACKAGES = "rareearth_research", ["eventstudy", "timing", "dynamics"]
TESTS = [*(f"tests/{name}/**/test_*.py" for name in PACKAGES), "tests/project/test_architecture.py",
         "tests/project/test_results.py"]  # fmt: skip
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".*cache*", "__pycache__", ".hypothesis")
OPTIONS = ["-q", "-s", "--tb=short", "--assert=plain"]
OPTIONS += ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:unraisableexception"]
OPTIONS += ["-m", "not end_to_end and not browser and not simulation"]


class Reach:
    """Note how long every test takes and, under coverage, which lines it reaches."""

    def __init__(self, lines: coverage.Coverage) -> None:
        self.lines, self.seconds, self.failed = lines, dict[str, float](), set[str]()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        before = sum(os.times()[:4])
        result = yield
        self.seconds[item.nodeid] = sum(os.times()[:4]) - before
        return result

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        for name in self.failed:
            del self.seconds[name]  # a test that fails anyway finds nothing

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.lines.switch_context(item.nodeid.partition("::")[0])  # a fixture serves its whole file

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        self.lines.switch_context(item.nodeid)


def start(task: Callable[[], int], root: Path, log: str = "") -> int:
    """Begin a task in a child process that stands in a copy of the project; return its number."""
    if child := os.fork():
        return child
    try:
        os.setsid()
        os.chdir(root)
        if log:
            file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, 1)
            os.dup2(file, 2)
        os._exit(task())
    except BaseException as error:
        print(repr(error), flush=True)
        os._exit(99)


def end(child: int) -> int:
    """Wait for a child process, end what it left running, and return its exit code."""
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return code


def copied(target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(ROOT, target, ignore=LEFT_OUT))


def state(*paths: Path) -> str:
    """Return a hash of Python files and of those in folders."""
    files = [file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:12]


def measured() -> tuple[dict[str, float], Path]:
    """Return how long every test takes and where its lines are kept; import what tests import.

    Only files of tests that changed are measured again.
    """
    work = WORK / state(ROOT / PACKAGE, ROOT / "tests/support")
    whole, notes = work / "whole", work / "measured"
    known = json.loads(notes.read_text()) if notes.exists() else [{}, [], {}]
    paths = [file for test in TESTS for file in sorted(ROOT.glob(test))]
    now = {str(file.relative_to(ROOT)): state(file) for file in paths}
    stale = [file for file in now if known[2].get(file) != now[file]]

    def measure() -> int:
        sys.path.insert(0, str(whole))
        source = [f"{PACKAGE}/{name}" for name in PACKAGES]
        data = coverage.Coverage(data_file=str(work / "fresh"), source=source)
        data.start()
        reach = Reach(data)
        code = pytest.main([*OPTIONS, *stale], [reach])
        data.stop()
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return int(code)
        every = coverage.CoverageData(str(work / "coverage"))
        every.read()
        every.update(data.get_data())
        files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
        others = [name for name, file in files.items() if file and str(whole) not in file]
        fresh = {name: second for name, second in known[0].items()
                 if name.partition("::")[0] in now.keys() - {*stale}}  # fmt: skip
        notes.write_text(json.dumps([fresh | reach.seconds, [*known[1], *others], now]))
        return 0

    if stale:
        print(f"measuring {len(stale)} files of tests", flush=True)
        if end(start(measure, copied(whole), str(work / "log"))):
            raise SystemExit(f"the tests could not be run: see {work / 'log'}")
    seconds, modules, _ = json.loads(notes.read_text())
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    return seconds, work


def batches(
    fault: dict[str, Any], seconds: dict[str, float], work: Path, enough: float
) -> Iterator[dict[str, float]]:
    """Yield the tests that reach a fault: those of one file, then of four, then of the others.

    First come files named after its module, then those with the most tests to the second;
    `enough` seconds of tests are tried.
    """
    data = coverage.CoverageData(str(work / "coverage"))  # opened here: a fork would erase it
    data.read()
    lines = data.contexts_by_lineno(str(work / "whole" / fault["file"]))
    reached = {name for line in fault["lines"] or lines for name in lines.get(line, ())}
    if not fault["lines"]:
        reached |= seconds.keys() - data.measured_contexts()  # of what is imported as a whole
    files: dict[str, dict[str, float]] = defaultdict(dict)
    for name in sorted(seconds, key=seconds.__getitem__):
        file = name.partition("::")[0]
        if {name, file} & reached:
            files[file][name] = seconds[name]

    def rank(file: str) -> tuple[bool, float]:
        of_it = Path(fault["file"]).stem in file
        return not of_it, (0.1 + sum(files[file].values())) / len(files[file])

    order = [files[file] for file in sorted(files, key=rank)]
    spent = 0.0
    for some in (order[:1], order[1:5], order[5:]):
        chosen = {}
        for name, second in (test for tests in some for test in tests.items()):
            if spent == 0 or spent + second <= enough:
                spent, chosen[name] = spent + second, second
        if chosen:
            yield chosen
