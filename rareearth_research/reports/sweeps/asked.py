"""What was asked for? Studies times parameters, each cell checked and named by its content.

A cell is known by the sha256 of what decides its numbers: study, all parameters, data, version of
the package. A sweep that is run again, cut short or extended computes what is not there yet.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from rareearth_research import __version__, studies
from rareearth_research.arguments import check_names
from rareearth_research.datasets import data_hash
from rareearth_research.datasets.own.layers import PARAMETERS, files_of
from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.reports.page.notebook import rerun_command
from rareearth_research.reports.parameters import Parameter, check_given, read_parameters
from rareearth_research.reports.reading.meaning import WithoutEffect
from rareearth_research.reports.reading.typed import read_parameter_file
from rareearth_research.reports.studies import Study, find_study

PARTS = ("studies", "grid", "parameters")
MOST = 100_000  # cells
EXAMPLE = "such as {'studies': 'event_study', 'grid': {'model': ['market', 'mean']}}"


@dataclass(frozen=True)
class Cell:
    """One study with one choice of parameters.

    Attributes
    ----------
    study : str
        Its name, as of its notebook.
    parameters : mapping
        All of them.
    changed : mapping
        Those that are not the notebook's own.
    varied : mapping of str to str
        Those that differ between cells, as text.
    made_with : str
        Version of the package and hash of the data.
    """

    study: str
    parameters: Mapping[str, Any]
    changed: Mapping[str, Any]
    varied: Mapping[str, str]
    made_with: str

    @property
    def key(self) -> str:
        """Hash of all that decides what the cell gives."""
        content = [self.function, self.parameters, self.made_with]
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    @property
    def function(self) -> str:
        """Name of the study's function in `rareearth_research.studies`."""
        return self.study.partition("_")[2]

    @property
    def record(self) -> dict[str, Any]:
        """What is kept beside its answer."""
        kept = {"study": self.study, "parameters": self.parameters, "command": self.command}
        return kept | {"made_with": self.made_with}

    @property
    def command(self) -> str:
        """The line that makes its notebook and page."""
        return rerun_command(self.study, dict(self.changed))


def made_with(parameters: Mapping[str, Any]) -> str:
    """Return the version of the package and the hash of the data that a study would be made of."""
    with files_of(parameters):
        return f"rareearth_research {__version__}, data {data_hash()}"


def cells_of(asked: object) -> tuple[Cell, ...]:
    """Return every cell of a sweep, checked before any of them is run.

    Parameters
    ----------
    asked : mapping, str or Path
        As `sweep` takes it.

    Raises
    ------
    SpecificationError
        Naming the cell, for what the study does not take, and for a cell that is there twice.
    """
    parts = _read(asked) if isinstance(asked, str | Path) else asked
    if not isinstance(parts, Mapping) or not parts:
        raise SpecificationError(
            f"grid must be the path of a YAML file or a mapping, {EXAMPLE}; got {shown(asked)}"
        )
    for name in parts:
        if name not in PARTS:
            raise SpecificationError(
                f"grid has no part {shown(name)}{did_you_mean(name, PARTS)}; its parts are "
                f"{', '.join(PARTS)}, {EXAMPLE}"
            )
    if "studies" not in parts:
        raise SpecificationError(f"grid: studies must name at least one study, {EXAMPLE}")
    named = [find_study(name) for name in check_names("grid: studies", parts["studies"])]
    fixed = parts.get("parameters", {})
    if not isinstance(fixed, Mapping):
        raise SpecificationError(
            f"grid: parameters must be a mapping of values by name; got {shown(fixed)}"
        )
    choices = list(_choices(parts.get("grid", [{}]), len(named)))
    names = [*dict.fromkeys(name for choice in choices for name in choice)]
    hashes: dict[str, str] = {}
    cells: dict[str, Cell] = {}
    for study in named:
        if study.name.partition("_")[2] not in dir(studies):
            raise SpecificationError(
                f"grid: {shown(study.name)} is a notebook without a function in rer.studies, which "
                "a sweep would call; run it with rareearth report"
            )
        known = read_parameters(study.path)
        for choice in choices:
            cell = _cell(study, known, fixed, choice, names, hashes)
            first = cells.setdefault(cell.key, cell)
            if first is not cell and choice.keys() <= cell.changed.keys():
                raise SpecificationError(f"grid: {cell.command!r} is there twice; keep one")
    return tuple(cells.values())


def _read(file: str | Path) -> dict[str, Any]:
    try:
        return read_parameter_file(Path(file))
    except SpecificationError as error:
        raise SpecificationError(f"grid, if it is text, must be a YAML file: {error}") from error


def _choices(grid: Any, studies: int) -> Iterator[dict[str, Any]]:
    """Yield the parameters that each cell varies: every combination, or one after another."""
    if isinstance(grid, list | tuple) and grid and all(isinstance(one, Mapping) for one in grid):
        yield from map(dict, grid)
        return
    if not isinstance(grid, Mapping) or not grid:
        raise SpecificationError(
            "grid: grid must be lists of values by name, such as {'model': ['market', 'mean']}, or "
            f"a list of cells, such as [{{'model': 'mean'}}]; got {shown(grid)}"
        )
    for name, values in grid.items():
        if not isinstance(values, list | tuple) or not values:
            raise SpecificationError(
                f"grid: {shown(name)} must be a list of the values that it takes in turn; got "
                f"{shown(values)}"
            )
    count = studies * math.prod(map(len, grid.values()))
    if count > MOST:
        raise SpecificationError(f"grid: {count:,} cells are more than {MOST:,}; vary less at once")
    yield from (dict(zip(grid, values, strict=True)) for values in product(*grid.values()))


def _cell(
    study: Study,
    known: Mapping[str, Parameter],
    fixed: Mapping[str, Any],
    choice: Mapping[str, Any],
    names: Sequence[str],
    hashes: dict[str, str],
) -> Cell:
    twice = [name for name in choice if name in fixed]
    if twice:
        raise SpecificationError(
            f"grid: {shown(twice[0])} is in parameters and in grid; keep it in one of them"
        )
    try:
        changed = check_given(study.name, known, {**fixed, **choice})
    except WithoutEffect as error:  # a combination that is another one: asked for once
        if error.name not in choice:
            raise
        rest = {name: value for name, value in choice.items() if name != error.name}
        return _cell(study, known, fixed, rest, names, hashes)
    except SpecificationError as error:
        where = "".join(f", {name}={shown(value)}" for name, value in choice.items())
        raise SpecificationError(f"grid: cell ({study.name}{where}): {error}") from error
    parameters = {name: p.default for name, p in known.items()} | changed
    files = json.dumps([parameters.get(name, "") for name in PARAMETERS], sort_keys=True)
    if files not in hashes:  # files of one's own are read once and not for every cell
        hashes[files] = made_with(parameters)
    varied = {name: _text(parameters[name]) for name in names if name in parameters}
    return Cell(study.name, parameters, changed, varied, hashes[files])


def _text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
