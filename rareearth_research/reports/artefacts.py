"""What a run keeps beside the notebook: its figures as files, and what it was made with."""

from __future__ import annotations

import base64
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rareearth_research import __version__

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["LIBRARIES", "environment", "save_figures", "tidy"]

LIBRARIES = (
    "numpy", "pandas", "scipy", "statsmodels", "exchange_calendars", "pandera", "matplotlib",
    "seaborn", "papermill", "nbclient", "ipykernel",
)  # fmt: skip


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
    def git(*arguments: str) -> str:
        command = ["git", "-C", str(folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
        return done.stdout.strip()

    try:
        commit = git("rev-parse", "HEAD")
        return {
            "commit": commit,
            "changed": bool(git("status", "--porcelain", "--untracked-files=no")),
        }
    except (OSError, subprocess.SubprocessError):
        return None
