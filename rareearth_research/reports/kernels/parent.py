"""The client's end of a warm parent: start it, ask it for a kernel, watch the kernel."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import re
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

PARENTS = 4
"""So many environments are kept warm; kernels with yet another one start anew."""
PATIENCE, LAST_WORDS = 120.0, 10.0
"""Seconds to wait for an answer of a parent (it imports for four), and for its end."""

_NURSERY = str(Path(__file__).with_name("nursery.py"))
# what C code reads when a process starts or a library is loaded; Python's reading is recorded
_READ_AT_START = re.compile(
    "PYTHON|LD_|LC_|LANG|MALLOC_|GLIBC_|OMP_|OPENBLAS_|GOTO_|MKL_|BLIS_|NPY_|XDG_|FONTCONFIG_"
)


class CannotFork(Exception):
    """Says why a kernel has to be started anew."""


class Parent:
    """A warm parent process; it ends when its socket is closed, at the latest with this process."""

    def __init__(self, python: list[str], env: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [*python, _NURSERY, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=env,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for kernels
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        ours.settimeout(PATIENCE)
        self.socket, self.python, self.env = ours, python, dict(env)
        try:
            said = self._answer()[0]
        except ConnectionError:
            said = {"error": "it ended"}
        except TimeoutError:
            self.close()
            _cold.append(f"no parent could be warmed within {PATIENCE:g} s")
            raise CannotFork(_cold[0]) from None
        if "error" in said:
            self.close()
            raise CannotFork(f"no parent could be warmed: {said['error']}")
        self.read, self.names = set(said["read"]), set(said["names"])

    def fits(self, python: list[str], env: Mapping[str, str]) -> bool:
        """Whether a kernel with this environment would have imported the same in the same way."""
        names = self.read | {n for n in {*env, *self.env} if _READ_AT_START.match(n)}
        return python == self.python and all(env.get(n) == self.env.get(n) for n in names)

    def ask(
        self, message: dict[str, Any], files: list[int] | None = None
    ) -> tuple[dict[str, Any], list[int]]:
        """Return the answer to `message` and the open files that came with it."""
        try:
            socket.send_fds(self.socket, [json.dumps(message).encode()], files or [])
            return self._answer()
        except TimeoutError:
            self.close()  # or what it says later would be taken for another answer
            raise

    def _answer(self) -> tuple[dict[str, Any], list[int]]:
        text, files, _, _ = socket.recv_fds(self.socket, 1 << 20, 1, socket.MSG_CMSG_CLOEXEC)
        if not text:
            raise ConnectionResetError
        return json.loads(text), list(files)

    def close(self) -> None:
        """End the parent, and with it the kernels that still live."""
        self.socket.close()
        try:
            self.process.wait(LAST_WORDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class ForkedKernel:
    """What is asked of a child process, for a kernel that is the child of a warm parent."""

    stdin = stdout = stderr = None

    def __init__(self, parent: Parent, pid: int, handle: int) -> None:
        self.parent, self.pid, self.handle = parent, pid, handle
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while the kernel lives."""
        with _lock:
            if self.returncode is None and _readable(self.handle, 0):
                try:
                    self.returncode = self.parent.ask({"reap": self.pid})[0]["code"]
                except OSError:  # the parent was killed, and its kernels with it
                    self.returncode = -signal.SIGKILL
                os.close(self.handle)
        return self.returncode

    async def ended(self, within: float) -> None:
        """Wait for the end, for so many seconds at most."""
        if self.returncode is None:
            loop, seen = asyncio.get_running_loop(), asyncio.Event()
            loop.add_reader(self.handle, seen.set)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(seen.wait(), within)
            loop.remove_reader(self.handle)

    def wait(self) -> int | None:
        """Wait for the end and return the exit code."""
        if self.returncode is None:
            _readable(self.handle, None)
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal to this one process."""
        if self.poll() is None:
            signal.pidfd_send_signal(self.handle, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


_parents: list[Parent] = []
_cold: list[str] = []  # why no further parent is warmed
_lock = threading.Lock()


def fork_kernel(
    python: list[str], module: str, argv: list[str], env: dict[str, str], cwd: str, out: list[int]
) -> ForkedKernel:
    """Fork a kernel from a warm parent, which is started for the first one.

    Parameters
    ----------
    python : list of str
        The interpreter and its options.
    module, argv : str, list of str
        What would be run as ``python -m module argv``.
    env, cwd : dict, str
        Environment and working directory of the kernel.
    out : list of int
        Open files that become its standard output and error.

    Raises
    ------
    CannotFork
        Saying why not.
    """
    try:
        with _lock, open(os.devnull, "rb") as nothing:
            parent = _parent(python, env)
            _check_folder(parent, Path(cwd))
            order = {"module": module, "argv": argv, "env": env, "cwd": cwd}
            answer, files = parent.ask(order, [nothing.fileno(), *out])
    except OSError as error:
        raise CannotFork(f"the warm parent does not answer: {error}") from error
    if "error" in answer:
        raise CannotFork(answer["error"])
    return ForkedKernel(parent, answer["pid"], files[0])


def _parent(python: list[str], env: dict[str, str]) -> Parent:
    for parent in [p for p in _parents if p.process.poll() is not None]:
        _parents.remove(parent)
        parent.close()
    for parent in _parents:
        if parent.fits(python, env):
            return parent
    if _cold:
        raise CannotFork(_cold[0])
    if len(_parents) == PARENTS:
        raise CannotFork(f"{PARENTS} other environments are kept warm already")
    _parents.append(Parent(python, env))
    return _parents[-1]


def _check_folder(parent: Parent, cwd: Path) -> None:
    # a kernel imports from its folder first, and matplotlib reads its settings there
    for path in cwd.iterdir():
        name = path.stem if path.suffix == ".py" else path.name
        package = path.suffix == ".py" or (path / "__init__.py").exists()
        if path.name == "matplotlibrc" or (package and name in parent.names):
            raise CannotFork(f"{path.name} in its folder stands before what is warm")


def _readable(handle: int, timeout: float | None) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(timeout))


def _end() -> None:
    while _parents:
        _parents.pop().close()


def _forget() -> None:
    # a fork of this process must not hold its parents open, nor ask them
    while _parents:
        _parents.pop().socket.close()


atexit.register(_end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
