"""What a disk refuses (no space, no right to write, a folder in the way), said as our own error.

Everything that reads or writes the data folder goes through `said`, so that no caller meets a bare
OSError and every message names the path and what to do.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rareearth_research.errors import DataError, RareEarthError, shown

__all__ = ["folder_of", "lock", "said", "shipped_folder", "write_file"]

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


def lock(handle: BinaryIO, *, wait: bool) -> bool:
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
    """Replace one file in a single step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
