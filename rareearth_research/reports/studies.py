"""Which studies are there? Each notebook of `notebooks/` is one, named by its file.

Reads notebooks as plain JSON, so that listing and shell completion stay quick.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rareearth_research.datasets.disk import shipped_folder
from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.reports.reading.cells import source_of
from rareearth_research.reports.reading.texts import one_line, quoted

NO_STUDIES = ("explore", "teaching")  # the notebook that asks, and the one that teaches
LARGEST = 200 << 20  # bytes of a notebook, its pictures included
LONGEST = 2000  # characters of a title or a question


@dataclass(frozen=True)
class Study:
    """A notebook that can be run.

    Attributes
    ----------
    name : str
    path : Path
    title, question : str
        What it opens with.
    """

    name: str
    path: Path
    title: str
    question: str


def notebooks_dir() -> Path:
    """Return the folder of studies: ``$RAREEARTH_NOTEBOOKS`` if set, else the one shipped.

    Raises
    ------
    SpecificationError
        If there is no such folder.
    """
    chosen = os.environ.get("RAREEARTH_NOTEBOOKS")
    folder = Path(chosen) if chosen else shipped_folder("notebooks")
    if not folder.is_dir():
        raise SpecificationError(
            f"there is no notebooks folder at {quoted(folder)}; run from a git checkout, or set "
            "the environment variable RAREEARTH_NOTEBOOKS to a folder of notebooks"
        )
    return folder


def list_studies() -> list[Study]:
    """Return every study in order of its file name.

    Returns
    -------
    list of Study

    Raises
    ------
    SpecificationError
        If the folder holds no notebook.
    """
    folder = notebooks_dir()
    every = (p for p in folder.glob("*.ipynb") if not p.name.startswith((".", "_")))
    paths = sorted(path for path in every if path.stem not in NO_STUDIES)
    if not paths:
        raise SpecificationError(
            f"there is no notebook in {quoted(folder)}; set RAREEARTH_NOTEBOOKS to a folder of them"
        )
    return [_study(path) for path in paths]


def find_study(name: str | Path) -> Study:
    """Return the study called `name`.

    Parameters
    ----------
    name : str or Path
        ``"02_event_study"``, ``"event_study"``, ``"02"``, or the path of any ``.ipynb`` file.

    Returns
    -------
    Study

    Raises
    ------
    SpecificationError
        If no study, or more than one, answers to `name`; the message lists the nearest.
    """
    if not isinstance(name, str | Path) or not str(name).strip():
        raise SpecificationError(
            f"study must be a name or the path of a notebook; got {shown(name)}. See "
            "`rareearth studies`"
        )
    if str(name).endswith(".ipynb") and os.path.isfile(name):
        return _study(Path(name))
    wanted = str(name).removesuffix(".ipynb").replace("-", "_")
    studies = list_studies()
    by_name = {study.name: study for study in studies}
    if wanted in by_name:
        return by_name[wanted]
    number, rest = re.compile(r"^(\d+)_"), re.compile(r"^\d+_")
    found = [
        study
        for study in studies
        if wanted == rest.sub("", study.name)
        or (wanted.isdigit() and (m := number.match(study.name)) and int(m[1]) == int(wanted))
    ]
    if len(found) == 1:
        return found[0]
    short = [rest.sub("", known) for known in by_name]
    hint = did_you_mean(wanted, [*by_name, *short]) or "; there are: " + ", ".join(by_name)
    problem = "no study is called" if not found else "more than one study answers to"
    raise SpecificationError(f"{problem} {shown(str(name))}{hint}")


def read_notebook(path: Path) -> dict[str, Any]:
    """Return the notebook at `path` as a dictionary with a list of ``cells``.

    Raises
    ------
    SpecificationError
        If the file is not one, and then says why.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it is larger than {LARGEST >> 20} MB")
        text = path.read_text(encoding="utf-8-sig")
        notebook = json.loads(text) if text.strip() else None
        if notebook is None:
            raise ValueError("it is empty")
        if isinstance(notebook, dict) and "worksheets" in notebook:  # before 2015
            notebook = _upgraded(notebook)
        if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
            raise ValueError("it has no list of cells")
    except (OSError, ValueError, RecursionError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else error
        why = getattr(error, "strerror", None) or why
        raise SpecificationError(
            f"{quoted(path)} is not a Jupyter notebook: {quoted(why)}; save it again in Jupyter"
        ) from error
    return notebook


def _upgraded(notebook: dict[str, Any]) -> dict[str, Any]:
    import nbformat

    try:
        return dict(nbformat.convert(nbformat.from_dict(notebook), 4))
    except Exception as error:  # whatever a broken notebook of an old format breaks
        raise ValueError(f"its old format cannot be read ({type(error).__name__})") from error


def _study(path: Path) -> Study:
    title, question = one_line(path.stem.replace("_", " ")), ""
    for cell in read_notebook(path)["cells"]:
        if not isinstance(cell, dict) or cell.get("cell_type") != "markdown":
            continue
        heading, _, rest = source_of(cell).strip().partition("\n")
        if heading.startswith("# "):
            paragraphs = [p.strip() for p in rest.split("\n\n") if p.strip()]
            title = one_line(heading.removeprefix("# "))[:LONGEST]
            question = one_line(paragraphs[0])[:LONGEST] if paragraphs else ""
            break
    return Study(name=path.stem, path=path.resolve(), title=title, question=question)
