"""Synthetic notebooks and data for tests of the machinery; no number in them means anything."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

SETUP = """\
import matplotlib.pyplot as plt
import pandas as pd

import rareearth_research as rer

rer.header("{name}")"""
PARAMETERS = """\
count: int = 3  # how many rows
label: str = "plain"  # one of: plain, bold
windows: list[list[int]] = [[-1, 1], [0, 5]]  # pairs of session offsets
since: str | None = None"""
ANALYSIS = """\
frame = pd.DataFrame({"x": range(count), "square": [i * i for i in range(count)]})
frame"""
PICTURE = """\
fig, ax = plt.subplots(figsize=(6, 3))
ax.plot(frame["x"], frame["square"])
plt.show()"""
FINDING = 'rer.report_result(f"The {label} sum of {count} squares is {frame.square.sum()}.")'
FOOTER = 'rer.footer("{name}", count=count, label=label, windows=windows, since=since)'


def write_notebook(
    folder: Path, name: str = "01_synthetic_squares", analysis: str = ANALYSIS
) -> Path:
    """Write a small study that looks like the real ones; return its path."""
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Synthetic squares\n\nDo squares of made-up numbers *grow*?"),
            new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
            new_code_cell(SETUP.replace("{name}", name)),
            new_code_cell(analysis),
            new_code_cell(PICTURE),
            new_code_cell(FINDING),
            new_markdown_cell("## Limits\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
            new_code_cell(FOOTER.replace("{name}", name)),
        ],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def write_bare_notebook(folder: Path, name: str, source: str) -> Path:
    """Write a study of two cells, a parameter and `source`; return its path."""
    path = write_notebook(folder, name, analysis=source)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [notebook.cells[1], notebook.cells[3]]
    nbformat.write(notebook, path)
    return path


def with_parameters(folder: Path, cell: str) -> Path:
    """Write a study whose parameters cell is `cell`; return its path."""
    path = write_notebook(folder)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = cell
    nbformat.write(notebook, path)
    return path


def write_data(folder: Path) -> Path:
    """Write a data package of one made-up table; return its folder."""
    content = b"day\n2024-01-02\n"
    (folder / "clean").mkdir(parents=True)
    (folder / "clean/made_up.csv").write_bytes(content)
    resource = {
        "name": "made_up",
        "title": "A made-up table",
        "path": "clean/made_up.csv",
        "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "rows": 1,
        "first": "2024-01-02",
        "last": "2024-01-02",
        "loaders": [],
        "schema": {"fields": [{"name": "day", "type": "date"}]},
        "sources": [
            {
                "id": "made_up",
                "title": "Made up",
                "publisher": "nobody",
                "licence": "none",
                "redistribution": "yes",
            }
        ],
    }
    package = {
        "name": "made-up",
        "title": "Made up",
        "version": "0",
        "resources": [resource],
        "raw": [],
    }
    (folder / "datapackage.json").write_text(json.dumps(package))
    return folder
