"""Is anything lost when the world breaks? Every operation that writes, times every fault around it.

Each case begins one operation, in a process of its own, on a folder as it was before, and strikes
just before one of the changes that it makes on the disk. Judged are: *survived* (it ended by
itself, or as it was told to), *clear* (no traceback, and what failed says why), *whole* (what is
there is the old state or the new one, and nothing half-written beside it), *healed* (the same
command then does its work). Then every source of a refresh gets broken and hostile answers.

    python benchmarks/faults.py [--only OPERATION] [--fault FAULT] [--payloads]
    python benchmarks/faults.py --only bundle --json part.json; ... --read part.json other.json

Disks are small ones in memory and rights are real: those cases need root on Linux, which gives up
its privileges; the clock needs a C compiler. What cannot be tried is named. Exit code 1 if a case
is not as it should be.
"""

from __future__ import annotations

import argparse
import atexit
import json
import mmap
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from surroundings.strikes import FAULTS, Fault, clock_library, emptied, watch  # noqa: E402

SECONDS = 240  # for one operation
JUDGED = ("survived", "clear", "whole", "healed")
ENDS = {0, 1, 2, 130}
READY = "FAULTS_READY"  # the folder of all cases, once this process stands in its own world
TRACES = ("Traceback (most recent call last)", "Exception ignored", "Error in sys.excepthook")
LOCKS = ("lock.part", "refresh.part")
BROKEN = "cannot be read as it should be: "
IN_FORCE = "data/pending.part"  # whole, and on its way
Judged = dict[str, str]


def begin(operation: Any, root: Path, said: Path, fault: Fault, at: int, counted: mmap.mmap) -> int:
    """Fork a process that does the operation in `root`; return its id."""
    if child := os.fork():
        return child
    code = 99
    try:
        os.setsid()
        os.chdir(root)
        os.environ["RAREEARTH_DATA"] = os.environ["FAULTS_DATA"]
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (1, 2):
            os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
        sys.stdout, sys.stderr = (os.fdopen(n, "w", encoding="utf-8") for n in (1, 2))
        fault.first(root)
        watch(root, counted, at, fault.strike)
        code = operation.run()
        sys.stdout.flush()
        atexit._run_exitfuncs()
    except BaseException:
        traceback.print_exc()
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(code)


def ended(child: int) -> int | None:
    """Return the exit code of a process, None if it has to be killed for its time is over."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def leftovers(root: Path) -> list[str]:
    """Name what is half-written: parts, and the hidden folders in which things are made."""
    return [
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if (path.suffix == ".part" and path.name not in LOCKS) or path.name.startswith(".rareearth")
    ]


class Case:
    """One operation in its folder: as it begins, and what it is when nothing disturbs it."""

    def __init__(self, name: str, operation: Any, room: Path) -> None:
        self.name, self.operation, self.root = name, operation, room / "here"
        self.said, self.counted = Path(os.environ[READY], "said"), mmap.mmap(-1, 8)
        self.before = Path(os.environ[READY], "before", name)
        self.states: list[Any] = []
        if (child := os.fork()) == 0:  # what is imported and set there stays there
            with suppress(BaseException):
                self.operation.make(self.root)
                os._exit(0)
            traceback.print_exc()
            os._exit(1)
        assert os.waitpid(child, 0)[1] == 0, name
        shutil.copytree(self.root, self.before)
        self.states.append(self.state())
        codes, _ = self.run(Fault(), 0)
        assert codes == [0], (name, self.said.read_text())
        self.states.append(self.state())
        assert not any(str(state).startswith(BROKEN) for state in self.states), self.states
        self.changes = int.from_bytes(self.counted[:8], "little")

    def state(self) -> Any:
        try:
            return self.operation.state(self.root)
        except Exception as error:
            return BROKEN + f"{type(error).__name__}: {error}"

    def run(self, fault: Fault, at: int) -> tuple[list[int | None], str]:
        self.counted[:8] = bytes(8)
        self.said.write_text("")
        children = [
            begin(self.operation, self.root, self.said, fault, at, self.counted)
            for _ in range(fault.at_once)
        ]
        codes = [ended(child) for child in children]
        return codes, self.said.read_text(errors="replace")

    def judge(self, fault: Fault, at: int) -> Judged:
        """Return what is wrong, by what is judged."""
        shutil.rmtree(self.root)
        shutil.copytree(self.before, self.root, symlinks=True)
        fault.before(self.root)
        codes, said = self.run(fault, at)
        fault.after(self.root)
        wrong: Judged = {}
        killed = {-signal.SIGKILL} if fault.dies else set()
        if not {*codes} <= ENDS | killed:
            wrong["survived"] = f"ended with {codes}"
        wordless = {0, 130} | killed  # who stops a command knows why it ended
        if any(trace in said for trace in TRACES) or ({*codes} - wordless and not said.strip()):
            wrong["clear"] = said[-1500:] or "failed without a word"
        if fault.at_once > 1 and 0 not in codes:
            wrong["survived"] = f"all refused: {codes}"
        state = self.state()
        beside = set(leftovers(self.root)) - {IN_FORCE} if fault.tidies and not fault.dies else ()
        if state not in self.states or beside:
            wrong["whole"] = f"{state!r:.300} {beside}"
        done = self.operation.once and state == self.states[1]
        codes, said = ([0], "") if done else self.run(Fault(), 0)
        beside = [] if done else leftovers(self.root)
        if codes != [0] or self.state() != self.states[1] or beside:
            wrong["healed"] = f"{codes} {said[-600:]} {self.state()!r:.300} {beside}"
        return wrong

    def moments(self, fault: Fault) -> list[int]:
        """Return the changes before which is struck, evenly over all of them."""
        if fault.strike is None:
            return [0]
        most = min(self.changes, self.operation.moments)
        return sorted({1 + i * (self.changes - 1) // max(1, most - 1) for i in range(most)})


def own_world(folder: Path) -> dict[str, str]:
    """Return the environment of a process whose disks and clock are its own, as far as possible."""
    set_here = {READY: str(folder), "FAULTS_CAN": "", "OPENBLAS_NUM_THREADS": "1"}
    set_here |= {"MPLBACKEND": "Agg", "MPLCONFIGDIR": str(folder / "matplotlib")}
    set_here |= {"COLUMNS": "200", "PYTHONPATH": str(HERE.parent), "FRED_API_KEY": "secret-key"}
    if library := clock_library(folder):
        (folder / "clock").write_bytes(bytes(8))
        set_here |= {"LD_PRELOAD": str(library), "FAULTS_CLOCK": str(folder / "clock")}
        set_here["FAULTS_CAN"] += " clock"
    if os.geteuid() == 0 and shutil.which("unshare"):
        set_here["FAULTS_CAN"] += " disk"
    return {**os.environ, **set_here}


def upstream() -> str:
    """Serve two newer days of what FRED feeds, from a process of its own; return the address."""
    from tests.support import refresh_root, upstream_formats
    from tests.support.local_upstream import running

    reading, writing = os.pipe()
    parent = os.getpid()
    if os.fork() == 0:
        with running() as server:
            yuan = [*refresh_root.rows_of("fx_usdcny_daily.csv"), ("2026-08-10", "6.7501")]
            vix = [*refresh_root.rows_of("vix_daily.csv"), ("2026-07-24", "19.02")]
            bodies = {"DEXCHUS": upstream_formats.fred(yuan), "VIXCLS": upstream_formats.fred(vix)}
            at = "/fred/series/observations"
            server.serve(at, lambda request: bodies[request.query["series_id"][0]])
            os.write(writing, server.url.encode())
            while os.getppid() == parent:
                time.sleep(0.5)
        os._exit(0)
    return os.read(reading, 100).decode()


def judge_operations(names: list[str], faults: list[str]) -> list[tuple[str, str, Judged]]:
    from surroundings.operations import OPERATIONS, SHIPPED, two_tables

    room, can, rows = Path(os.environ[READY], "room"), os.environ["FAULTS_CAN"], []
    os.environ["FAULTS_DATA"] = str(SHIPPED)
    os.environ["RAREEARTH_SOURCE_BASE_FRED"] = upstream()
    room.mkdir()
    if "disk" in can:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", room], check=True)
    for name in names:
        if OPERATIONS[name].tiny:
            two_tables()
        case = Case(name, OPERATIONS[name], room)
        for fault in faults:
            if FAULTS[fault].needs in can:
                for at in case.moments(FAULTS[fault]):
                    wrong = case.judge(FAULTS[fault], at)
                    rows.append((name, fault, wrong))
                    for what, why in wrong.items():
                        print(f"{name}, {fault}, before change {at}: not {what}: {why}", flush=True)
        emptied(case.root)
        shutil.rmtree(case.root)
    return rows


def table(rows: list[Any], of: int) -> str:
    """Lay out how many cases were as they should be, by operation or fault."""
    heads = [*dict.fromkeys(row[of] for row in rows), "all"]
    lines = [f"{'':22}" + "".join(f"{head:>10}" for head in ("cases", *JUDGED))]
    for head in heads:
        here = [row[2] for row in rows if head in (row[of], "all")]
        counts = (len(here), *(sum(what not in wrong for wrong in here) for what in JUDGED))
        lines.append(f"{head:22}" + "".join(f"{count:>10,}" for count in counts))
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", help="operations; all by default")
    parser.add_argument("--fault", action="append", choices=FAULTS, help="all by default")
    parser.add_argument("--payloads", action="store_true", help="only what upstreams send")
    parser.add_argument("--json", type=Path, help="keep the verdicts here")
    parser.add_argument("--read", type=Path, nargs="+", help="lay out kept verdicts, run nothing")
    options = parser.parse_args()
    if options.read:
        rows = [row for path in options.read for row in json.loads(path.read_text())]
        print(f"{table(rows, 0)}\n\n{table(rows, 1)}")
        return int(any(wrong for _, _, wrong in rows))
    if READY not in os.environ:
        with tempfile.TemporaryDirectory() as folder:
            world = own_world(Path(folder))
            enter = ["unshare", "--mount"] if "disk" in world["FAULTS_CAN"] else []
            return subprocess.call([*enter, sys.executable, __file__, *sys.argv[1:]], env=world)
    from surroundings.operations import OPERATIONS
    from surroundings.payloads import judged_payloads

    began, rows = time.monotonic(), []
    if not options.payloads:
        rows = judge_operations(options.only or [*OPERATIONS], options.fault or [*FAULTS])
        print(f"\n{table(rows, 0)}\n\n{table(rows, 1)}")
    if options.json:
        options.json.write_text(json.dumps(rows), encoding="utf-8")
    failed = sum(bool(wrong) for _, _, wrong in rows)
    if not (options.only or options.fault):
        data = Path(os.environ[READY], "data")
        shutil.copytree(HERE.parent / "data", data, ignore=shutil.ignore_patterns("snapshots"))
        answers = [*judged_payloads(data)]
        for source, payload, wrong in answers:
            if wrong:
                print(f"{source}, {payload}: {wrong}")
        bad = sum(bool(wrong) for _, _, wrong in answers)
        print(f"\n{len(answers)} broken and hostile answers, {len(answers) - bad} refused or read "
              f"rightly, with nothing written")  # fmt: skip
        failed += bad
    missing = {f.needs for f in FAULTS.values() if f.needs not in os.environ["FAULTS_CAN"]}
    print(f"not tried here: {', '.join(missing) or 'nothing'}; {time.monotonic() - began:.0f} s")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
