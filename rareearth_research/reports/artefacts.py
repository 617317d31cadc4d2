"""What a run keeps beside the notebook: its figures as files, and what it was made with."""

from __future__ import annotations

import base64
import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rareearth_research import __version__

if TYPE_CHECKING:
    from nbformat import NotebookNode

LIBRARIES = (  # whose numbers, calendars or pixels stand in a report
    "numpy", "pandas", "scipy", "patsy", "statsmodels", "arch", "exchange_calendars", "tzdata",
    "pandera", "matplotlib", "seaborn", "papermill", "nbclient", "ipykernel", "nbconvert",
)  # fmt: skip
EVENTS = "policy_events"
DIGITS = 12  # of a hash


def environment(folder: Path) -> dict[str, Any]:
    """Return package, Python and library versions, and the git commit `folder` is checked out at.

    `git` is None outside a checkout; `git["changed"]` says whether tracked files differ from it.
    """
    return {
        "rareearth_research": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
        "git": _git(folder),
    }


def table_hashes(names: Iterable[str] | None = None) -> dict[str, str]:
    """Return the hash of each clean table, or of those of these `names` that are one."""
    from rareearth_research.datasets.catalog import manifest

    every = {r["name"]: r["hash"].partition(":")[2][:DIGITS] for r in manifest()["resources"]}
    return every if names is None else {name: every[name] for name in names if name in every}


def event_list() -> dict[str, Any] | None:
    """Return which list of policy events is in the data folder: its hash, rows and last day."""
    from rareearth_research.datasets.catalog import manifest

    found = {r["name"]: r for r in manifest()["resources"]}.get(EVENTS)
    return found and {"hash": table_hashes()[EVENTS], "rows": found["rows"], "last": found["last"]}


def notebook_hash(notebook: NotebookNode) -> str:
    """Return a hash of what the cells of a notebook hold, without their outputs."""
    text = json.dumps([[cell["cell_type"], cell["source"]] for cell in notebook.cells])
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def cell_seconds(notebook: NotebookNode) -> dict[str, float]:
    """Return how long each cell took, by the number it was executed as; before `tidy`."""
    took = {
        cell["execution_count"]: cell.metadata.get("papermill", {}).get("duration")
        for cell in notebook.cells
        if cell.get("execution_count")
    }
    return {f"{number}": round(seconds, 3) for number, seconds in took.items() if seconds}


def save_figures(notebook: NotebookNode, folder: Path) -> list[str]:
    """Write every picture among the outputs to `folder`, in order; return the file names."""
    names = []
    number = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            pictures = [
                (suffix, data[kind])
                for suffix, kind in (("png", "image/png"), ("svg", "image/svg+xml"))
                if kind in data
            ]
            number += bool(pictures)
            for suffix, content in pictures:
                folder.mkdir(exist_ok=True)
                path = folder / f"figure-{number:02d}.{suffix}"
                text = "".join(content)
                path.write_bytes(base64.b64decode(text) if suffix == "png" else text.encode())
                names.append(path.name)
    return names


def tidy(notebook: NotebookNode) -> None:
    """Drop from the metadata what papermill noted about this machine's folders and clock."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _git(folder: Path) -> dict[str, Any] | None:
    def git(*arguments: str) -> bytes:  # names in it are in no encoding that is known
        command = ["git", "-C", str(folder), *arguments]
        return subprocess.run(command, capture_output=True, timeout=10, check=True).stdout.strip()

    try:
        commit = git("rev-parse", "HEAD")
        return {
            "commit": commit.decode("ascii"),
            "changed": bool(git("status", "--porcelain", "--untracked-files=no")),
        }
    except (OSError, subprocess.SubprocessError):
        return None
