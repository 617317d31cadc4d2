"""Kernels that start at once: forked from a parent that has imported what they import.

Any Jupyter client takes them when ``JUPYTER_DEFAULT_PROVISIONER_NAME`` is ``rareearth-fork``. A
kernel that cannot be forked is started as always, and why is said once.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from rareearth_research.reports.kernels.parent import CannotFork, ForkedKernel, fork_kernel

_log = logging.getLogger(__name__)
_KNOWN = {"env", "cwd", "stdin", "stdout", "stderr", "extra_arguments", "kernel_id"}
_PLATFORM = sys.platform
_said: set[str] = set()


class ForkProvisioner(LocalProvisioner):
    """Forks a kernel where that gives the same kernel, and starts it as always elsewhere.

    Clients ask every tenth of a second whether a kernel has ended; these are told when it has.
    """

    told_to_end = False

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel that `cmd` would start, or start it."""
        try:
            kernel = _forked(cmd, **kwargs)
        except CannotFork as why:
            if str(why) not in _said:
                _said.add(str(why))
                _log.warning("A kernel is started anew and not forked: %s", why)
            return await super().launch_kernel(cmd, **kwargs)
        self.process = kernel  # type: ignore[assignment]
        self.pid = self.pgid = kernel.pid
        self.cwd = kwargs.get("cwd") or Path.cwd()
        self.told_to_end = False
        return self.connection_info

    async def poll(self) -> int | None:
        """Return the exit code or None, of a kernel that was told to end as soon as it has."""
        kernel: Any = self.process
        if self.told_to_end and isinstance(kernel, ForkedKernel):
            await kernel.ended(within=0.1)
        return await super().poll()

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel and what it has started."""
        self.told_to_end |= signum in (signal.SIGKILL, signal.SIGTERM)
        await super().send_signal(signum)

    async def shutdown_requested(self, restart: bool = False) -> None:
        """Note that the kernel was asked to end."""
        self.told_to_end = True


def _forked(cmd: list[str], **kwargs: Any) -> ForkedKernel:
    if _PLATFORM != "linux" or not hasattr(os, "pidfd_open"):
        raise CannotFork(f"only Linux forks a process safely, and this is {_PLATFORM}")
    at = cmd.index("-m") if "-m" in cmd else 0
    if cmd[at + 1 : at + 2] != ["ipykernel_launcher"]:
        raise CannotFork(f"{' '.join(cmd[:3])!r} starts no ipykernel")
    if unknown := sorted(name for name in set(kwargs) - _KNOWN if kwargs[name]):
        raise CannotFork(f"a fork does not know the option {unknown[0]!r}")
    env = dict(kwargs.get("env") or os.environ)
    if not all(os.path.isabs(p) for p in env.get("PYTHONPATH", "").split(os.pathsep) if p):
        raise CannotFork("PYTHONPATH names a folder from where a kernel stands; give its full path")
    return fork_kernel(
        [os.path.expanduser(cmd[0]), *cmd[1:at]],
        cmd[at + 1],
        cmd[at + 2 :],
        env,
        os.path.abspath(kwargs.get("cwd") or ""),
        [_number(kwargs.get("stdout"), 1), _number(kwargs.get("stderr"), 2)],
    )


def _number(file: Any, usual: int) -> int:
    """Return the number of an open file; `usual` where none is given."""
    number = usual if file is None else file if isinstance(file, int) else file.fileno()
    if number < 0:  # subprocess.PIPE and its like
        raise CannotFork("its output is to be read through a pipe")
    return int(number)
