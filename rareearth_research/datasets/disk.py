"""What a disk refuses (no space, no right to write, a folder in the way), said as our own error.

Everything that reads or writes the data folder goes through `said`, so that no caller meets a bare
OSError and every message names the path and what to do. What must never be seen half-written is
made in a hidden folder beside it, the `workshop`, and put in its place in one step. That folder is
locked while its process lives; one without a living owner is cleared away by the next.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from rareearth_research.errors import DataError, RareEarthError, shown

LOCK = "lock"
HIDDEN = ".rareearth-"  # how folders of ours begin: others beside them are not touched
OLD = "old"

PACKAGE = Path(__file__).resolve().parents[1]
COPY = "copy the data folder to a place of your own and set RAREEARTH_DATA to it"
ADVICE = {
    errno.ENOSPC: "free some space and try again",
    errno.EDQUOT: "free some space and try again",
    errno.EACCES: f"change its permissions, close the program that has it open, or {COPY}",
    errno.EPERM: f"change its permissions, close the program that has it open, or {COPY}",
    errno.EROFS: COPY,
    errno.ENAMETOOLONG: "use a shorter path",
    errno.EISDIR: "a folder is where a file must be; move it away",
    errno.ENOTDIR: "a file is where a folder must be; move it away",
    errno.EEXIST: "move it away",
    errno.ENOTEMPTY: "move it away",
    errno.ENOENT: "get it with git",
    errno.ELOOP: "a symbolic link leads to itself; remove it",
}


def lock(handle: BinaryIO | FileIO, *, wait: bool) -> bool:
    """Take the lock of an open file, and say whether it was to be had; it dies with its process."""
    try:
        if sys.platform == "win32":
            import msvcrt

            handle.seek(1 << 20)  # beyond the content, which others may read
            msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            handle.seek(0)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        if wait:
            raise
        return False
    return True


def shipped_folder(name: str) -> Path:
    """Return ``data`` or ``notebooks`` as the wheel brought them, or else of the checkout."""
    wheel = PACKAGE / "shipped" / name
    return wheel if wheel.is_dir() else PACKAGE.parent / name


@contextmanager
def said(doing: str, error: type[RareEarthError] = DataError, missing: str = "") -> Iterator[None]:
    """Turn an OSError within into `error`: what was being done, the path, why, and what to do.

    Parameters
    ----------
    doing
        Begins the message: ``"the data cannot be built"``.
    error
        The class to raise.
    missing
        The whole message if a file is not there.
    """
    try:
        yield
    except FileNotFoundError as problem:
        raise error(missing or _sentence(doing, problem)) from None
    except OSError as problem:
        raise error(_sentence(doing, problem)) from None


def folder_of(value: object, argument: str) -> Path:
    """Return a folder a user named, which must be there.

    Raises
    ------
    DataError
        Saying what is there instead.
    """
    if not isinstance(value, str | os.PathLike) or not str(value).strip() or "\0" in str(value):
        raise DataError(f"{argument} must be the path of a data folder; got {shown(value)}")
    folder = Path(os.path.expanduser(value))
    with said(f"{argument} cannot be used"):
        if folder.is_dir():
            return folder
        instead = "is a file" if folder.exists() else "does not exist"
    raise DataError(f"{argument}: the data folder {shown(str(folder), 200)} {instead}")


def _sentence(doing: str, problem: OSError) -> str:
    paths = [str(path) for path in (problem.filename, problem.filename2) if path]
    where = f": {shown(paths[-1], 200)}" if paths else ""
    why = problem.strerror or shown(str(problem), 200)
    return f"{doing}{where}: {why}; {ADVICE.get(problem.errno or 0, 'try again')}"


def write_file(path: Path, content: bytes) -> None:
    """Replace one file in a single step, whoever else does so at the same time."""
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():  # /dev/stdout
        path.write_bytes(content)
        return
    with workshop(path.parent, path.name) as room:
        (room / "new").write_bytes(content)
        os.replace(room / "new", path)


@contextmanager
def workshop(folder: Path, name: str) -> Iterator[Path]:
    """Give an empty hidden folder to make `name` of `folder` in; remove it at the end.

    What killed processes left in `folder` is cleared away first.
    """
    _clear(folder)
    path, handle = _claimed(folder, name)
    try:
        handle.write(os.fsencode(name))
        yield path
    finally:
        handle.close()
        try:
            shutil.rmtree(path, ignore_errors=True)
        except KeyboardInterrupt:
            shutil.rmtree(path, ignore_errors=True)
            raise


def _claimed(folder: Path, name: str) -> tuple[Path, FileIO]:
    for _ in range(20):
        path = Path(tempfile.mkdtemp(prefix=f"{HIDDEN}{name[:40]}-", dir=folder))
        try:
            # what is not buffered cannot fail when it is closed
            handle = open(path / LOCK, "a+b", buffering=0)  # noqa: SIM115
            if lock(handle, wait=False) and (path / LOCK).exists():
                return path, handle
            handle.close()
        except FileNotFoundError:
            continue  # another process took the empty folder for a dead one
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
    raise RareEarthError(f"cannot begin to write in {shown(str(folder), 200)}; try again")


def _clear(folder: Path) -> None:
    """Remove the hidden folders of dead processes; give back what one of them had moved aside."""
    for path in folder.glob(f"{HIDDEN}*-????????"):
        if not path.is_dir() or path.is_symlink():
            continue
        with suppress(OSError):
            if not (path / LOCK).is_file():
                path.rmdir()  # only if it is empty
                continue
            with open(path / LOCK, "r+b") as handle:
                if not lock(handle, wait=False):
                    continue
                name = os.fsdecode(handle.read())
                aside, final = path / OLD, folder / name
                if name and final.parent == folder and aside.is_dir() and not final.exists():
                    os.rename(aside, final)
                if sys.platform != "win32":
                    shutil.rmtree(path, ignore_errors=True)
            shutil.rmtree(path, ignore_errors=True)
