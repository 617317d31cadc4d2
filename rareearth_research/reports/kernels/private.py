"""A kernel that talks through files instead of network ports, in a folder that is removed after it.

Kernels started side by side over TCP sometimes grab the same port; a socket in a private folder
cannot collide, needs no network, and is not visible to other users. Where there are no such sockets
(Windows) the kernel falls back to TCP.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager


@contextmanager
def private_kernel(extra_env: dict[str, str] | None = None) -> Iterator[type[AsyncKernelManager]]:
    """Give a kernel manager class for one notebook run.

    Parameters
    ----------
    extra_env : dict, optional
        Environment variables of the kernel beside those of this process.
    """
    with tempfile.TemporaryDirectory(prefix="rer-", dir=_short_folder()) as folder:
        environment = {
            **{k: v for k, v in os.environ.items() if k != "MPLBACKEND"},  # inline figures only
            "IPYTHONDIR": str(Path(folder) / "ipython"),  # no start-up files, no history
            **(extra_env or {}),
        }

        class PrivateKernelManager(AsyncKernelManager):
            def __init__(self, **traits: Any) -> None:
                super().__init__(**traits)
                self.connection_file = str(Path(folder) / "kernel.json")
                if sys.platform != "win32":
                    self.transport = "ipc"
                    self.ip = str(Path(folder) / "k")

            async def _async_start_kernel(self, **kwargs: Any) -> None:
                await super()._async_start_kernel(**{**kwargs, "env": environment})

            # jupyter_client binds the public name to its own class's method
            start_kernel = _async_start_kernel

        yield PrivateKernelManager


def _short_folder() -> str | None:
    # A socket's path may have about 100 characters; macOS temporary folders use up half of them.
    return "/tmp" if os.path.isdir("/tmp") and len(tempfile.gettempdir()) > 40 else None
