"""The warm parent: imports once what kernels import, then forks a kernel whenever it is asked.

Run as a file, in the Python of the kernels, and never imported: it knows only the standard library
and what it warms. This package is not warmed, so that a kernel sees it as it is on disk. Nothing
warmed may start a thread, because a fork copies only the thread that calls it.

It speaks with its client over the socket whose number it is given. Once that is closed, however the
client ended, it kills the kernels that still live and ends.
"""

from __future__ import annotations

import atexit
import builtins
import ctypes
import gc
import importlib
import io
import json
import os
import random
import runpy
import signal
import socket
import sys
import threading
import time
from contextlib import redirect_stdout, suppress
from itertools import count
from types import SimpleNamespace
from typing import Any

WARM = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "psutil",
    "tornado.platform.asyncio",
    "tornado.queues",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "seaborn",
    "scipy.stats",
    "statsmodels.api",
    "exchange_calendars",
    "pandas.io.formats.html",
    "pandas.io.formats.style",
    "openpyxl",
    "tomllib",
)
CALENDARS = ("XNYS", "XASX", "XSHG")
YEARS = ("1990-01-01", "2030-12-31")  # as rareearth_research.datasets.calendars asks for them
SET_BY_IMPORT = {"PYDEVD_USE_FRAME_EVAL": "NO"}  # what the debugger sets where it is not set
INLINE = "module://matplotlib_inline.backend_inline"
MESSAGE = 1 << 20
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


def main() -> None:
    """Warm, say so, serve; in a forked kernel, become it."""
    client = socket.socket(fileno=int(sys.argv[1]))
    del sys.path[0]  # the folder of this file
    # read when ipykernel and matplotlib are imported; a kernel sets the second one itself
    os.environ["JPY_PARENT_PID"] = str(os.getpid())
    os.environ["MPLBACKEND"] = os.environ.get("MPLBACKEND") or INLINE
    os.environ.update(SET_BY_IMPORT | os.environ)
    try:
        said: dict[str, Any] = {
            "read": sorted(warmed()),
            "names": sorted({m.split(".")[0] for m in sys.modules}),
        }
    except Exception as error:
        said = {"error": f"{type(error).__name__}: {error}"}
    _send(client, said)
    if kernel := serve(client):
        become(**kernel)


def warmed() -> set[str]:
    """Import and draw what kernels will need; return the environment variables that were read."""
    read: set[str] = set()

    class Watched(type(os.environ)):  # type: ignore[misc]
        def __getitem__(self, name: str) -> Any:
            read.add(os.fsdecode(name))  # the search for a program asks in bytes first
            return super().__getitem__(name)

    plain, before = type(os.environ), dict(os.environ)
    os.environ.__class__ = Watched
    # by this pandas and others tell, once and for all, a notebook from a terminal
    builtins.get_ipython = lambda: SimpleNamespace(kernel=None)  # type: ignore[attr-defined]
    try:
        # where a kernel prints to takes any text, whatever the terminal does
        with redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="UTF-8")):
            for name in WARM:
                try:
                    importlib.import_module(name)
                except ModuleNotFoundError:
                    if name.startswith("ipykernel"):
                        raise
        if "matplotlib" in sys.modules:
            _draw()
        if "exchange_calendars" in sys.modules:
            _count_days()
    finally:
        os.environ.__class__ = plain
        del builtins.get_ipython  # type: ignore[attr-defined]
    if threading.active_count() > 1:
        raise RuntimeError(f"threads run: {[thread.name for thread in threading.enumerate()]}")
    if changed := dict(os.environ).items() ^ before.items():  # a folder that is removed at exit
        raise RuntimeError(f"{min(changed)[0]} is set by an import; set it yourself")
    threading._counter = count(1).__next__  # type: ignore[attr-defined]  # of names of threads
    gc.collect()
    gc.freeze()  # or the first collection of each kernel would copy every page
    return read


def serve(client: socket.socket) -> dict[str, Any] | None:
    """Answer until the client is gone; return what to become in a kernel, nothing in the parent."""
    kernels: set[int] = set()
    while True:
        try:
            text, files, _, _ = socket.recv_fds(client, MESSAGE, 3)
        except ConnectionError:
            text = b""
        if not text:
            break
        asked = json.loads(text)
        if "reap" in asked:
            _, status = os.waitpid(asked["reap"], 0)
            kernels.discard(asked["reap"])
            _send(client, {"code": os.waitstatus_to_exitcode(status)})
            continue
        try:
            pid = os.fork()
        except OSError as error:
            _send(client, {"error": str(error)})
            continue
        if pid == 0:
            client.close()
            return {**asked, "files": files}
        kernels.add(pid)
        handle = os.pidfd_open(pid)
        _send(client, {"pid": pid}, [handle])
        for number in (*files, handle):
            os.close(number)
    for pid in kernels:
        for kill in (os.killpg, os.kill):  # before it leads a group, and after
            with suppress(ProcessLookupError):
                kill(pid, signal.SIGKILL)
    return None


def become(module: str, argv: list[str], env: dict[str, str], cwd: str, files: list[int]) -> None:
    """Turn this fork into the process that ``python -m module argv`` would be."""
    parent = os.environ["JPY_PARENT_PID"]
    os.setsid()
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if str(os.getppid()) != parent:
        os._exit(1)
    for target, number in enumerate(files):
        os.dup2(number, target)
        os.close(number)
    os.environ.clear()
    preset = SET_BY_IMPORT if "debugpy" in sys.modules else {}
    os.environ.update(preset | env, JPY_PARENT_PID=parent)
    time.tzset()
    os.chdir(cwd)
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    sys.path.insert(0, os.getcwd())
    sys.argv = [module, *argv]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    _leave()


def _leave() -> None:
    # As an interpreter ends, but for taking apart what was warm: that would copy all its memory.
    for thread in threading.enumerate():
        if thread.name == "Control":  # else its last words wait seconds for who has left already
            thread.join(0.5)
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for file in gc.get_objects():
        if isinstance(file, io.TextIOWrapper | io.BufferedWriter | io.BufferedRandom):
            with suppress(Exception):
                file.flush()
    os._exit(0)


def _draw() -> None:
    # finds fonts and builds what draws them; pyplot and its settings stay untouched. No formula:
    # its cache would keep fonts open, and forks that read one open file disturb each other.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.add_subplot(title="Warm")
    axes.plot([0, 1], [0, 1], label="line")
    axes.legend()
    FigureCanvasAgg(figure).print_png(io.BytesIO())


def _count_days() -> None:
    # the library keeps the calendar that it built last for an exchange, with its years
    from exchange_calendars import get_calendar

    for name in CALENDARS:
        module = importlib.import_module(f"exchange_calendars.exchange_calendar_{name.lower()}")
        bounds = getattr(module, f"{name}ExchangeCalendar")
        first, last = (str(day or "")[:10] for day in (bounds.bound_min(), bounds.bound_max()))
        get_calendar(name, start=max(YEARS[0], first), end=min(YEARS[1], last or YEARS[1]))


def _send(client: socket.socket, message: dict[str, Any], files: list[int] | None = None) -> None:
    with suppress(ConnectionError):  # a client that is gone is noticed when it is listened to
        socket.send_fds(client, [json.dumps(message).encode()], files or [])


if __name__ == "__main__":
    main()
