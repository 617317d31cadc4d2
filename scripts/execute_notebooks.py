"""Run notebooks again in place, so that the same code and data give the same bytes.

    python scripts/execute_notebooks.py [--check] [NOTEBOOK ...]

Times, machine-dependent metadata and editor leftovers are dropped. With --check nothing is written;
the exit code says whether every notebook is current.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from rareearth_research.reports.kernels.private import private_kernel
from rareearth_research.reports.studies import list_studies, notebooks_dir

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def executed(path: Path) -> str:
    """Return the text of the notebook at `path` after running it from top to bottom."""
    notebook = nbformat.read(path, as_version=4)
    with private_kernel() as manager:
        NotebookClient(
            notebook,
            timeout=900,
            kernel_name="python3",
            kernel_manager_class=manager,
            record_timing=False,
        ).execute()
    trim(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def trim(notebook: nbformat.NotebookNode) -> None:
    """Keep only the metadata that means something: kernel, language, tags."""
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    for number, cell in enumerate(notebook.cells, start=1):
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k == "tags"})
        cell.id = f"cell-{number:02d}"


def main(arguments: list[str]) -> int:
    check = "--check" in arguments
    named = [Path(a) for a in arguments if a != "--check"]
    stale = []
    every = [*(study.path for study in list_studies()), notebooks_dir() / "teaching.ipynb"]
    for path in named or every:
        start = time.perf_counter()
        text = executed(path)
        same = path.read_text(encoding="utf-8") == text
        if not same and not check:
            part = path.with_name(f".{path.name}.part")
            part.write_text(text, encoding="utf-8")
            os.replace(part, path)
        stale += [] if same else [path.name]
        state = "current" if same else "DIFFERS" if check else "written"
        print(f"{path.name}: {state} ({time.perf_counter() - start:.1f} s)")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
