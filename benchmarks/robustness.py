"""Does bad input ever become a number? Every public argument times every kind of corruption.

Each case calls one entry point rightly but for one argument, and is judged: *refused* clearly,
*unclear* (an error from inside, or one that does not say what to do), *warned*, the *same* answer
as the right input, or *silent* (another answer, and not a word).

    python benchmarks/robustness.py [--list silent] [--against CHECKOUT]

Exit code 1 if a case is silent or unclear.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
import warnings
from contextlib import redirect_stdout
from multiprocessing import get_context
from pathlib import Path
from typing import Any

VERDICTS = ("refused", "unclear", "warned", "same", "silent")
HERE = Path(__file__).resolve().parent
SECONDS = 60  # for one case, the first of a process with its imports
MEMORY = 6 * 2**30  # bytes a process may address
Verdict = tuple[str, str]


def work(pipe: Any) -> None:
    """Judge the cases that come through `pipe`, in a process that may die of them."""
    import resource

    warnings.simplefilter("ignore")  # what matters of them the judge catches
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    from bad_input.judge import judge

    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        while (case := pipe.recv()) is not None:
            try:
                pipe.send(judge(*case))
            except Exception as error:  # a fault of the judge, and no verdict
                pipe.send(("judge", f"{case}: {type(error).__name__}: {error}"))


def run(listed: list[Any], workers: int = os.cpu_count() or 1) -> list[Verdict]:
    """Judge all cases in processes of their own; one that dies or hangs is unclear."""
    context, lock = get_context("spawn"), threading.Lock()
    left = list(enumerate(listed))
    found: dict[int, Verdict] = {}

    def look_after_one() -> None:
        process: Any = None
        while True:
            with lock:
                number, case = left.pop(0) if left else (-1, None)
            if process is None and case is not None:
                pipe, end = context.Pipe()
                process = context.Process(target=work, args=(end,), daemon=True)
                process.start()
                end.close()
            if process is not None:
                pipe.send(case)
            if case is None:
                return
            try:
                in_time = pipe.poll(SECONDS)
                found[number] = pipe.recv() if in_time else ("unclear", f"over {SECONDS} s")
            except EOFError:
                in_time, found[number] = False, ("unclear", "killed the process")
            if not in_time:
                process.kill()
                process = None

    threads = [threading.Thread(target=look_after_one) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults := [what for verdict, what in found.values() if verdict == "judge"]:
        raise RuntimeError(
            f"{len(faults)} cases could not be judged; such as {faults[:: len(faults) // 5 + 1]}"
        )
    return [found[number] for number in range(len(listed))]


def table(rows: list[tuple[str, str]]) -> str:
    """Lay out how often each verdict came, by area."""
    areas = [*dict.fromkeys(area for area, _ in rows), "all"]
    lines = ["".join(f"{head:>10}" for head in (" " * 10, "cases", *VERDICTS))]
    for area in areas:
        here = [verdict for a, verdict in rows if area in (a, "all")]
        counts = (len(here), *(here.count(verdict) for verdict in VERDICTS))
        lines.append(f"{area:10}" + "".join(f"{count:>10,}" for count in counts))
    return "\n".join(lines)


def inside(checkout: Path, arguments: list[str]) -> int:
    """Run this script again with the package of `checkout`."""
    path = os.pathsep.join([str(checkout), str(HERE.parent)])
    environment = os.environ | {"PYTHONPATH": path, "MPLBACKEND": "Agg", INSIDE: str(checkout)}
    return subprocess.call([sys.executable, __file__, *arguments], env=environment)


INSIDE = "ROBUSTNESS_OF"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", choices=VERDICTS, action="append", default=[])
    parser.add_argument("--entry", default="", help="only entry points whose name begins so")
    parser.add_argument("--against", type=Path, help="judge another checkout's package first")
    parser.add_argument("--json", type=Path, help="write every verdict to this file")
    options = parser.parse_args()
    if INSIDE not in os.environ:
        if options.against:
            inside(options.against.resolve(), sys.argv[1:])
        return inside(HERE.parent, sys.argv[1:])
    from bad_input.entry import cases
    from bad_input.judge import all_entries

    began = time.perf_counter()
    warnings.simplefilter("ignore")
    listed = [case for case in cases(all_entries().values()) if case[0].startswith(options.entry)]
    found = run(listed)
    for case, (verdict, what) in zip(listed, found, strict=True):
        if verdict in options.list:
            print(" | ".join((verdict, *case, what)))
    if options.json:
        every = [[*case, *verdict] for case, verdict in zip(listed, found, strict=True)]
        options.json.write_text(json.dumps(every, indent=0), encoding="utf-8")
    print(f"\n{os.environ[INSIDE]}, {time.perf_counter() - began:.0f} s")
    rows = [(all_entries()[c[0]].area, v) for c, (v, _) in zip(listed, found, strict=True)]
    print(table(rows))
    return int(any(verdict in ("silent", "unclear") for _, verdict in rows))


if __name__ == "__main__":
    raise SystemExit(main())
