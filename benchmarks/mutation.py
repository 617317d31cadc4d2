"""Do the tests notice a fault? A seeded sample of small faults, each put in, each hunted for.

    python benchmarks/mutation.py run                   # 300 faults of each of three packages
    python benchmarks/mutation.py run --packages timing --sample 20 --minutes 5
    python benchmarks/mutation.py                       # only report what runs have found so far

A fault turns one operator, comparison, number, truth value or returned value of a copy of the
package into another; texts, annotations, messages and the guard of zip() are left alone. One run of
the quick tests of these packages and of their answers under coverage says which test reaches which
line. Each fault is then given to the tests that reach it (one that acts on import: to those that
reach its file), file by file, until one fails. That happens in a process forked from one that has
imported what other people wrote, so a fault costs a second. A test that takes much longer than it
did has found its fault, too.

Faults are drawn by a hash of what they change, so that other changes leave the sample as it is.
Verdicts are written at once to .cache/mutation/ and kept: of a fault that was found until its file
changes, of a survivor until a test does. The share found comes with its Wilson 95 % interval, and
every survivor with its place, in benchmarks/results/mutation.txt. It is given over all faults and
over those that can change a result, which is how a mutation score is defined (Jia & Harman 2011,
IEEE Transactions on Software Engineering 37); those that cannot, and why, are listed in
mutation_equivalent.toml.
"""

from __future__ import annotations

import argparse
import compileall
import gc
import hashlib
import importlib
import itertools
import json
import os
import signal
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from mutation_faults import faults, put
from mutation_reach import (
    OPTIONS,
    PACKAGE,
    PACKAGES,
    ROOT,
    WORK,
    batches,
    copied,
    end,
    measured,
    start,
    state,
)

RESULTS = ROOT / "benchmarks/results/mutation.txt"
SAME = ROOT / "benchmarks/mutation_equivalent.toml"


class Chosen:
    """Run the chosen tests of each file, the quickest first, and none much longer than it took."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds, self.failed = seconds, ""

    def pytest_collection(self) -> None:
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # one example is enough
        hypothesis.settings.register_profile("hunt", hypothesis.settings(phases=phases))
        hypothesis.settings.load_profile("hunt")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        place = {name: i for i, name in enumerate(self.seconds)}
        items[:] = sorted((i for i in items if i.nodeid in place), key=lambda i: place[i.nodeid])

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        limit(20 + 5 * self.seconds[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or (report.nodeid if report.failed else "")


def limit(seconds: float) -> None:
    """End this process after so much computing, or ten times as long of anything."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, 10 * seconds)


def prepare(root: Path) -> None:
    """Import a copy of the package as far as no fault is put there, and what takes long to make."""
    sys.path[:0] = [str(root), str(root / "benchmarks")]
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])
    calendars = importlib.import_module(f"{PACKAGE}.datasets.calendars")
    for name in ("XNYS", "XSHG", "XTSE", "XASX", "XHKG", "XTKS", "XLON", "XETR", "XKRX"):
        calendars.exchange_schedule(name)
    for name in PACKAGES:
        sys.modules.pop(f"{PACKAGE}.{name}", None)
    gc.freeze()  # so that forks share it


def hunt(sample: list[dict[str, Any]], workers: int, deadline: float, enough: float) -> None:
    """Give every fault that has no verdict yet to the tests that reach it."""
    tests_now = state(ROOT / "tests")
    seconds, work = measured()

    def judge(fault: dict[str, Any], root: Path) -> int:
        limit(60)
        verdict, by = "unreached", ""
        for tests in batches(fault, seconds, work, enough):
            chosen, verdict = Chosen(tests), "survived"
            files = sorted({name.partition("::")[0] for name in tests})
            if code := pytest.main([*OPTIONS, "-x", *files], [chosen]):
                if code not in (1, 2):
                    return int(code)
                verdict, by = "found", chosen.failed or "import"
                break
        kept(fault | {"verdict": verdict, "by": by, "tests_state": tests_now})
        return 0

    def work_through(some: list[dict[str, Any]], name: str) -> int:
        root = copied(WORK / name)
        for folder in (PACKAGE, "tests"):  # faults leave no bytecode behind, so none is made later
            compileall.compile_dir(root / folder, quiet=1)
        prepare(root)
        for fault in some:
            if time.monotonic() > deadline:
                break
            file = root / fault["file"]
            age, before = file.stat().st_mtime_ns, put(fault, root)
            code = end(start(lambda fault=fault: judge(fault, root), root, str(root / "log")))
            file.write_text(before, encoding="utf-8")
            os.utime(file, ns=(age, age))  # its bytecode holds again
            if code in (-signal.SIGPROF, -signal.SIGALRM, -signal.SIGSEGV, -signal.SIGABRT):
                kept(fault | {"verdict": "timeout", "by": "", "tests_state": tests_now})
            elif code:
                print(f"ended with {code}: {told(fault)}\n{(root / 'log').read_text()[-800:]}")
        return 0

    sys.dont_write_bytecode = True
    left = [fault for fault in sample if fault["id"] not in verdicts(tests_now)]
    print(f"{len(left)} faults to judge", flush=True)
    parts = [(left[i::workers], f"copy-{i}") for i in range(workers)]
    for child in [start(lambda part=part: work_through(*part), ROOT) for part in parts]:
        end(child)


def kept(fault: dict[str, Any]) -> None:
    with (WORK / "verdicts.jsonl").open("a") as file:
        file.write(json.dumps(fault) + "\n")


def verdicts(tests_now: str = "") -> dict[str, dict[str, Any]]:
    """Return what was found out, without survivors of other tests when the state is given."""
    file = WORK / "verdicts.jsonl"
    every = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return {
        one["id"]: one
        for one in every
        if not tests_now
        or one["verdict"] in ("found", "timeout")
        or one["tests_state"] == tests_now
    }


def told(fault: dict[str, Any]) -> str:
    old, new = (" ".join(fault[text].split()) for text in ("old", "new"))
    row, column = fault["place"][:2]
    return f"{fault['file']}:{row}:{column}  {old}  ->  {new}"


def drawn(package: str, size: int, seed: int) -> list[dict[str, Any]]:
    """Return the sample of a package: the faults with the smallest hashes."""
    ranks = {}
    for path in sorted((ROOT / PACKAGE / package).rglob("*.py")):
        state, seen = hashlib.sha256(path.read_bytes()).hexdigest(), Counter[str]()
        for fault in faults(path, ROOT):
            what = f"{fault['file']} {fault['old']} {fault['new']}"
            seen[what] += 1
            rank = hashlib.sha256(f"{seed} {what} {seen[what]}".encode()).hexdigest()
            ranks[rank] = fault | {"id": rank[:16] + state[:8]}
    return [ranks[rank] for rank in sorted(ranks)[:size]]


def wilson(hits: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    middle, width = hits + z * z / 2, z * (hits * (n - hits) / n + z * z / 4) ** 0.5
    return (middle - width) / (n + z * z), (middle + width) / (n + z * z)


def share(hits: int, n: int) -> str:
    low, high = wilson(hits, n)
    return f"{hits} of {n} faults found, {hits / n:.1%}, 95 % interval {low:.1%} to {high:.1%}"


def same_result(fault: dict[str, Any], known: dict[tuple[Any, ...], str]) -> str:
    """Return why a fault cannot change a result, if somebody has shown that it cannot."""
    row, column = fault["place"][:2]
    line = (ROOT / fault["file"]).read_text(encoding="utf-8").splitlines()[row - 1].strip()
    return known.get((fault["file"], line, column, told(fault).split("  ", 1)[1]), "")


def report(package: str, sample: list[dict[str, Any]]) -> Iterator[str]:
    known = verdicts()
    judged = [fault | known[fault["id"]] for fault in sample if fault["id"] in known]
    if n := len(judged):
        missed = [fault for fault in judged if fault["verdict"] in ("survived", "unreached")]
        late = sum(fault["verdict"] == "timeout" for fault in judged)
        listed = tomllib.loads(SAME.read_text(encoding="utf-8"))["fault"]
        reasons = {(f["file"], f["line"], f["column"], f["fault"]): f["why"] for f in listed}
        same = {fault["id"]: same_result(fault, reasons) for fault in missed}
        found, able = n - len(missed), n - sum(why != "" for why in same.values())
        yield f"{package}: {share(found, n)} ({late} by never ending)"
        yield f"{package}: {share(found, able)} of those that can change a result"
        for fault in sorted(missed, key=told):
            why = same[fault["id"]]
            verdict = "same" if why else fault["verdict"]
            yield f"  {verdict:9} {told(fault)}" + (why and f"  ({why})")
    if n < len(sample):
        yield f"{package}: {len(sample) - n} of {len(sample)} not judged yet"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["run", "report"], default="report")
    parser.add_argument("--packages", nargs="+", default=PACKAGES, choices=PACKAGES)
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--enough", type=float, default=60, help="seconds of tests to a fault")
    options = parser.parse_args()
    os.environ |= {"COVERAGE_CORE": "ctrace", "OPENBLAS_NUM_THREADS": "1"}
    samples = {name: drawn(name, options.sample, options.seed) for name in options.packages}
    if options.what == "run":
        deadline = time.monotonic() + 60 * options.minutes
        turns = itertools.zip_longest(*samples.values())  # so that each package gets on
        every = [fault for turn in turns for fault in turn if fault]
        hunt(every, options.workers, deadline, options.enough)
    lines = [line for name, sample in samples.items() for line in report(name, sample)]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
