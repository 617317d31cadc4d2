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
from collections import Counter
from multiprocessing import get_context
from pathlib import Path
from typing import Any

VERDICTS = ("refused", "unclear", "warned", "same", "silent")
HERE = Path(__file__).resolve().parent
SECONDS = 20  # for one case
MEMORY = 6 * 2**30


def work(pipe: Any) -> None:
    """Judge the cases that come through `pipe`, in a process that may be killed."""
    import resource
    import warnings

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("ignore")
    sys.stdout = open(os.devnull, "w")  # what an entry point prints is no answer
    from robustness_judge import judge

    while True:
        case = pipe.recv()
        if case is None:
            return
        pipe.send(judge(*case))


def run(listed: list[Any], workers: int = 2) -> list[dict[str, str]]:
    """Judge all cases in processes of their own; one that dies or hangs is unclear."""
    context = get_context("spawn")
    left, done, lock = list(enumerate(listed)), {}, threading.Lock()

    def look_after() -> None:
        process = pipe = None
        while True:
            with lock:
                if not left:
                    break
                number, case = left.pop(0)
            if process is None:
                pipe, end = context.Pipe()
                process = context.Process(target=work, args=(end,), daemon=True)
                process.start()
                end.close()
            try:
                pipe.send(case)
                verdict = pipe.recv() if pipe.poll(SECONDS + 40 * (process.name == "")) else None
            except EOFError:
                verdict = ("unclear", "killed the process")
                process = None
            if verdict is None:
                verdict = ("unclear", f"took more than {SECONDS} s")
                process.kill()
                process = None
            done[number] = verdict
        if process is not None:
            pipe.send(None)
            process.join(5)

    threads = [threading.Thread(target=look_after) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keys = ("entry", "argument", "corruption")
    return [
        dict(zip(keys, case, strict=True)) | {"verdict": done[i][0], "what": done[i][1]}
        for i, case in enumerate(listed)
    ]


def table(found: list[dict[str, str]], areas: dict[str, str]) -> str:
    """Lay the counts out by area and verdict."""
    count = Counter((areas[f["entry"]], f["verdict"]) for f in found)
    rows = [*dict.fromkeys(areas.values())]
    lines = ["".join([f"{'':14}", *(f"{v:>10}" for v in ("cases", *VERDICTS))])]
    for row in [*rows, "all"]:
        counts = [sum(n for (a, v), n in count.items() if row in (a, "all") and v == verdict)
                  for verdict in VERDICTS]  # fmt: skip
        lines.append("".join([f"{row:14}", *(f"{n:>10}" for n in (sum(counts), *counts))]))
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", choices=VERDICTS, action="append", default=[])
    parser.add_argument("--entry", help="only entry points whose name begins so")
    parser.add_argument("--against", type=Path, help="another checkout, judged first")
    parser.add_argument("--json", type=Path, help="write every verdict to this file")
    options = parser.parse_args()
    root = options.against or HERE.parent
    if os.environ.get("RAREEARTH_JUDGED") != str(root.resolve()):
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(root.resolve()), str(HERE.parent)]),
            "RAREEARTH_JUDGED": str(root.resolve()), "MPLBACKEND": "Agg"}  # fmt: skip
        return subprocess.call([sys.executable, __file__, *sys.argv[1:]], env=environment)
    from robustness_cases import ENTRIES, cases

    import rareearth_research

    listed = [(c.entry, c.argument, c.corruption) for c in cases()
              if not options.entry or c.entry.startswith(options.entry)]  # fmt: skip
    found = run(listed)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))
    for f in found:
        if f["verdict"] in options.list:
            print(f"{f['verdict']}: {f['entry']} | {f['argument']} | {f['corruption']} | {f['what']}")
    print(Path(rareearth_research.__file__).parents[1])
    print(table(found, {name: entry.area for name, entry in ENTRIES().items()}))
    return int(any(f["verdict"] in ("silent", "unclear") for f in found))


if __name__ == "__main__":
    raise SystemExit(main())
