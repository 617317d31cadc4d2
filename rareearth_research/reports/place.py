"""Put a finished report in its place: whoever looks sees the old one or the new one, always.

A run is built in a hidden folder beside the reports. Finished, it is exchanged with the report that
is there in one step of the file system.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

from rareearth_research.datasets.disk import OLD
from rareearth_research.errors import RareEarthError
from rareearth_research.reports.reading.texts import quoted

_REMEDIES = {
    errno.ENOSPC: "free some space, or choose another folder",
    errno.EDQUOT: "free some space, or choose another folder",
    errno.ENAMETOOLONG: "choose a shorter path or name",
    errno.ENOTDIR: "a part of it is a file; choose another folder",
    errno.EEXIST: "it is a file; choose another folder",
}


def cannot_write(path: str | os.PathLike[str], error: OSError) -> RareEarthError:
    """Return the error that names `path`, why it cannot be written, and what to do."""
    remedy = _REMEDIES.get(error.errno or 0, "choose a folder that can be written")
    return RareEarthError(f"cannot write to {quoted(path)}: {error.strerror or error}; {remedy}")


def writable(folder: Path) -> Path:
    """Return `folder`, made if need be, as an absolute path; raise if it cannot be written."""
    whole = os.path.realpath(folder)
    try:
        whole.encode()  # pages and records are UTF-8 and name it
    except UnicodeEncodeError as error:
        raise RareEarthError(
            f"cannot write to {quoted(whole)}: its name is no text in "
            f"{sys.getfilesystemencoding()}, as names are read here; choose another folder, or set "
            "LC_ALL=C.UTF-8 if it was named in UTF-8"
        ) from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise cannot_write(folder, error) from error
    return folder.resolve()


def check_free(final: Path) -> None:
    """Raise if something else than a report stands where one is to go."""
    report = (final / "run.json").is_file() or (final.is_dir() and not any(final.iterdir()))
    if final.is_symlink() or (final.exists() and not report):
        raise RareEarthError(
            f"{quoted(final)} is there and is no report; move it away, or choose another folder"
        )


def check_replaceable(final: Path, made: Collection[str], what: str) -> None:
    """Raise if `final` is a link, a file, or a folder that holds more than the files `made`."""
    if final.is_symlink() or (final.exists() and not final.is_dir()):
        raise RareEarthError(f"{quoted(final)} is there and is no {what}; choose another folder")
    for path in final.rglob("*"):
        name = path.relative_to(final).as_posix()
        if not path.is_dir() and name not in made and "__pycache__" not in path.parts:
            raise RareEarthError(
                f"{quoted(final)} is there and holds {quoted(name)}, which is no part of a {what}; "
                "move that away, or choose another folder"
            )


def put(new: Path, final: Path) -> None:
    """Make the folder `new`, in its workshop, the report `final`; keep what users laid into that.

    Afterwards `new`, or ``old`` beside it, holds what was there before.
    """
    if final.exists():
        _carry_over(final, new)
    exchange(new, final)


def exchange(new: Path, final: Path) -> None:
    """Make the folder `new`, in its workshop, what is called `final`."""
    if not final.exists():
        os.rename(new, final)
    elif not _exchanged(new, final):
        old = new.parent / OLD
        os.rename(final, old)
        try:
            os.rename(new, final)
        except BaseException:
            os.rename(old, final)
            raise


def _carry_over(final: Path, new: Path) -> None:
    """Copy every file that is no product of the run that made `final` into `new`."""
    made = _products(final)
    for path in final.rglob("*"):
        relative = path.relative_to(final)
        target = new / relative
        if path.is_file() and str(relative.as_posix()) not in made and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)


def _products(final: Path) -> set[str]:
    try:
        record = json.loads((final / "run.json").read_text(encoding="utf-8"))
        listed = [f"{kind}/{name}" for kind in ("figures", "tables") for name in record[kind]]
        listed += [f"tables/{name}" for name in record.get("downloads", ())]
        return {"run.json", *record["files"].values(), *listed}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {"run.json"}


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, and say whether this system can."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            done = libc.renamex_np(os.fsencode(one), os.fsencode(other), 2)  # RENAME_SWAP
        else:
            here = -100  # AT_FDCWD; the paths are absolute
            done = libc.renameat2(here, os.fsencode(one), here, os.fsencode(other), 2)
    except (OSError, AttributeError, TypeError):  # Windows, or a C library without it
        return False
    return bool(done == 0)
