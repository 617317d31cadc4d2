"""Replace many files as if they were one: a whole build becomes visible at once, or not at all.

New files are first written to a staging folder. Renaming that folder to ``pending.part`` is the
single moment at which the new data come into force: from then on `locate` finds a file there first,
so a reader sees the new set even while files are still being moved into place, and a process killed
in the middle leaves a loadable data set that the next build tidies up: there is no moment without
data. What would stop the moving (a folder in the way, another disk, no right to write) is looked
for before that single moment. A lock makes builds take turns; readers never wait.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rareearth_research.datasets.disk import lock, said
from rareearth_research.errors import DataError

STAGING = "staging.part"
PENDING = "pending.part"
LOCK = "lock.part"
MANIFEST = "datapackage.json"
_log = logging.getLogger(__name__)
_threads: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


def locate(root: Path, relative: str) -> Path:
    """Return where `relative` is in force: in the pending set if it is still there."""
    pending = root / PENDING / relative
    return pending if pending.exists() else root / relative


def read_bytes(root: Path, relative: str) -> bytes:
    """Read the file in force, also while another process is moving it into place."""
    try:
        return locate(root, relative).read_bytes()
    except FileNotFoundError:
        return (root / relative).read_bytes()


@contextmanager
def locked(root: Path, name: str = LOCK) -> Iterator[None]:
    """Let one writer at a time change `root`; others wait, and say so in another process.

    The lock dies with its process.
    """
    if not root.is_dir():
        raise DataError(f"the data folder {root} does not exist; set RAREEARTH_DATA or clone again")
    with _threads[name], open(root / name, "a+b") as handle:
        if not lock(handle, wait=False):
            what = "Waiting until another build or refresh has done with %s (Ctrl-C ends this one)."
            _log.warning(what, root)
            lock(handle, wait=True)
        yield


@contextmanager
def staging(root: Path) -> Iterator[Path]:
    """Give an empty folder for new files, removed again unless it was committed."""
    folder = root / STAGING
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def commit(root: Path, folder: Path) -> None:
    """Bring every file of the staging `folder` into force, all together."""
    finish_pending(root)
    for path in _files(folder):
        _make_way(root / path.relative_to(folder), folder)
    os.rename(folder, root / PENDING)
    with said("the new data are in force, but the next build has to move them into place"):
        finish_pending(root)


def finish_pending(root: Path) -> None:
    """Move a committed set into place; also repairs what an interrupted commit left."""
    pending = root / PENDING
    if not pending.is_dir():
        return
    # The manifest goes last: until it has moved, readers take it from the pending set.
    for path in sorted(_files(pending), key=lambda path: path.name == MANIFEST):
        target = root / path.relative_to(pending)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
    shutil.rmtree(pending)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _make_way(target: Path, staged: Path) -> None:
    """Refuse a place that a staged file could not be moved to in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir() and not target.is_symlink():
        raise DataError(f"{target} is a folder where a file must be; move it away")
    if target.parent.stat().st_dev != staged.stat().st_dev:
        raise DataError(f"{target.parent} is on another disk than {staged.parent}; move it there")
    if not os.access(target.parent, os.W_OK):
        raise DataError(f"{target.parent} cannot be written; change its permissions")
