"""Make the folder of a study: what to fill in, and copies of the notebooks to explore."""

from __future__ import annotations

import json
import os
from importlib import resources
from pathlib import Path

from rareearth_research.datasets.disk import HIDDEN, workshop
from rareearth_research.datasets.own.description import STUDY
from rareearth_research.datasets.own.layers import EVENTS, PRICES
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.reports.place import cannot_write
from rareearth_research.reports.reading.texts import quoted
from rareearth_research.workspace.lab import copy_notebooks


def make_workspace(folder: str | os.PathLike[str]) -> Path:
    """Make a folder with `study.yaml`, `events.csv`, `prices/`, `notebooks/` and `reports/`.

    Parameters
    ----------
    folder : str or Path
        New, or empty.

    Returns
    -------
    Path
        The folder, absolute.

    Raises
    ------
    SpecificationError
        If it is no path, or something is there.
    RareEarthError
        If it cannot be written.
    """
    if not isinstance(folder, str | os.PathLike) or not str(folder).strip() or "\0" in str(folder):
        raise SpecificationError(f"folder must be the path of a new folder; got {shown(folder)}")
    path = Path(folder).expanduser()
    try:
        there, path = path.exists(), path.resolve()
        if there and (not path.is_dir() or [p for p in path.iterdir() if HIDDEN not in p.name]):
            raise SpecificationError(f"{quoted(path)} is there and not empty; choose a new folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        with workshop(path if there else path.parent, path.name) as room:
            new = room / "new"
            for part in (PRICES, "reports"):
                (new / part).mkdir(parents=True)
            title = json.dumps(path.name, ensure_ascii=False)
            (new / STUDY).write_text(_template(STUDY).replace("TITLE", title), encoding="utf-8")
            (new / EVENTS).write_text(_template(EVENTS), encoding="utf-8")
            copy_notebooks(new / "notebooks")
            if there:  # it stays the folder that it is: a shell may stand in it
                for made in new.iterdir():
                    os.rename(made, path / made.name)
            else:
                os.rename(new, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    return path


def _template(name: str) -> str:
    found = resources.files("rareearth_research.workspace").joinpath("templates", name)
    return found.read_text(encoding="utf-8")
