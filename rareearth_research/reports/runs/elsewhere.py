"""Reports kept on another machine, under any address that fsspec knows: s3://, gs://, sftp://, …

There is no exchange of two folders there. So reports are made in a folder of this machine that
mirrors what is there, and sent run by run, each without its `run.json` until the rest has come:
whoever looks there sees a whole run, the old one or the new, or for a moment none.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rareearth_research.errors import RareEarthError, SpecificationError, shown

State = dict[str, tuple[int, int]]


@dataclass
class Home:
    """Where reports are made, and where they belong.

    Attributes
    ----------
    folder : Path
        Of this machine; reports are written here.
    address : str
        Where they belong, empty for `folder` itself.
    """

    folder: Path
    address: str = ""
    _there: tuple[Any, str] | None = None
    _sent: State = field(default_factory=dict)

    def send(self) -> None:
        """Bring what is new or gone in `folder` to its address; nothing to do where that is it.

        Raises
        ------
        RareEarthError
            If it cannot be written there.
        """
        if self._there is None:
            return
        system, root = self._there
        now = _state(self.folder)
        new = [name for name, state in now.items() if self._sent.get(name) != state]
        gone = [name for name in self._sent if name not in now]
        records = [name for name in (*new, *gone) if name.endswith("/run.json")]
        with _told(self.address):
            for name in {*gone, *(name for name in records if name in self._sent)}:
                system.rm_file(f"{root}/{name}")
            for name in sorted(new, key=lambda name: (name == "index.html", name in records, name)):
                system.makedirs(f"{root}/{name}".rpartition("/")[0], exist_ok=True)
                system.put_file(str(self.folder / name), f"{root}/{name}")
        self._sent = now

    def said(self, text: object) -> str:
        """Return a text with the address in place of the folder that mirrors it."""
        return str(text).replace(str(self.folder), self.address) if self.address else str(text)


def is_address(out: object) -> bool:
    """Return whether `out` is an address such as ``s3://bucket/reports`` and no path."""
    return "://" in str(out)


def home_of(out: str) -> Home:
    """Return where to make the reports that belong to `out`.

    Parameters
    ----------
    out : str
        A folder of this machine, also as ``file://``, or an address that fsspec knows.

    Raises
    ------
    SpecificationError
        For an address of which fsspec does not know the kind, or not without another package.
    RareEarthError
        If it cannot be read and written.
    """
    if not is_address(out):
        return Home(Path(out))
    try:
        from fsspec.core import url_to_fs
        from fsspec.implementations.local import LocalFileSystem
    except ImportError:
        raise SpecificationError(
            f"{shown(out)} is no folder of this machine, and fsspec, which reaches it, is not "
            "installed; run pip install fsspec"
        ) from None
    try:
        system, root = url_to_fs(out)
    except (ImportError, ValueError) as error:  # its package is missing; no such kind
        raise SpecificationError(
            f"cannot write to {shown(out)}: {error}; install what it names, or give the path of a "
            "folder"
        ) from error
    if isinstance(system, LocalFileSystem):
        return Home(Path(root))
    folder, root = Path(tempfile.mkdtemp(prefix="rareearth-reports-")).resolve(), root.rstrip("/")
    home = Home(folder, out.rstrip("/"), (system, root))
    weakref.finalize(home, shutil.rmtree, folder, ignore_errors=True)
    with _told(out):
        system.makedirs(root, exist_ok=True)
        system.pipe_file(f"{root}/.writable", b"")  # refused now, and not after the first study
        system.rm_file(f"{root}/.writable")
        for name in system.find(root):
            target = folder / name[len(root) :].lstrip("/")
            if target.resolve().is_relative_to(folder):
                target.parent.mkdir(parents=True, exist_ok=True)
                system.get_file(name, str(target))
    home._sent = _state(folder)
    return home


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Turn whatever a file system raises into an error that names the address."""
    try:
        yield
    except Exception as error:
        raise RareEarthError(
            f"cannot write to {shown(address)}: {error or type(error).__name__}; look at the "
            "address and at your credentials"
        ) from error


def _state(folder: Path) -> State:
    """Return size and time of every file in a folder that is no one's workshop."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            about = path.stat()
            found[name.as_posix()] = (about.st_size, about.st_mtime_ns)
    return found
