"""How much of the package do the tests reach? Lines by room, with all processes they start.

    python benchmarks/covered.py [--list] [--workers N] [--again]

Command lines and workers of Dask count (pyproject.toml says how), forked kernels do not, so what
only notebooks call is missed. The package must stay as it is meanwhile. The lines that no test
reaches are listed with `--list`; `--again` only reads what was measured last. Exit code 1 below
95 % of lines. Simulations and browsers are left out. Python 3.12 and newer count by themselves,
which costs less. Each worker is a pytest of its own with a share of the files: one of xdist's is
killed after ten seconds, whether it has written down what it measured or not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEAST = 95.0  # per cent of lines
TESTS = ["-m", "pytest", "-q", "-n", "0", "-m", "not simulation and not browser"]


def coverage(*arguments: str | Path) -> subprocess.Popen[bytes]:
    """Begin coverage.py here."""
    ours = {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    if sys.version_info >= (3, 12):
        ours["COVERAGE_CORE"] = "sysmon"
    command = [sys.executable, "-m", "coverage", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | ours)


def measure(workers: int, written: Path) -> None:
    """Run the tests, and write what they reached; a test that fails does not end it."""
    written.parent.mkdir(parents=True, exist_ok=True)
    coverage("erase").wait()
    files = sorted(ROOT.glob("tests/**/test_*.py"))
    shares = [coverage("run", *TESTS, *files[first::workers]) for first in range(workers)]
    for share in shares:
        share.wait()
    for step in (["combine", "--quiet"], ["json", "--quiet", "-o", written]):
        if coverage(*step).wait():
            raise SystemExit("nothing was measured")


def ranges(lines: list[int]) -> str:
    """Return line numbers in few words: ``3-5, 9``."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name the lines that are not reached")
    parser.add_argument("--workers", type=int, default=2, help="processes that run tests")
    parser.add_argument("--again", action="store_true", help="do not run the tests")
    options = parser.parse_args()
    written = ROOT / ".cache/coverage/lines.json"
    if not options.again:
        measure(options.workers, written)
    reached, counted = Counter[str](), Counter[str]()
    for name, file in sorted(json.loads(written.read_text())["files"].items()):
        parts = Path(name).parts
        room = parts[1] if len(parts) > 2 else "(top)"
        for where in (room, "together"):
            reached[where] += file["summary"]["covered_lines"]
            counted[where] += file["summary"]["num_statements"]
        if options.list and file["missing_lines"]:
            print(f"{name}: {ranges(file['missing_lines'])}")
    for room in sorted(counted, key=lambda room: (room == "together", room)):
        print(f"{room:12} {counted[room]:7,} lines, {100 * reached[room] / counted[room]:5.1f} %")
    return int(100 * reached["together"] / counted["together"] < LEAST)


if __name__ == "__main__":
    raise SystemExit(main())
