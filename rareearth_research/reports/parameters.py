"""What may a study be asked? Read its `parameters` cell, and refuse what does not fit it.

papermill passes anything on: a misspelt name only logs a warning and ``window="abc"`` fails deep in
the analysis, or not at all. Here names and types are checked before a kernel starts; what the
values mean (does this event exist?) is checked in `meaning`. Nothing of the notebook is evaluated.
"""

from __future__ import annotations

import ast
import json
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.reports.reading.annotations import read_type
from rareearth_research.reports.reading.carried import plain
from rareearth_research.reports.reading.cells import (
    UNREADABLE,
    assignment,
    comments_of,
    is_note,
    literal,
    source_of,
    source_text,
    tags_of,
    without_magics,
)
from rareearth_research.reports.reading.limits import NO_LIMITS, Limits, read_limits
from rareearth_research.reports.reading.texts import quoted
from rareearth_research.reports.reading.values import Misfit, fit
from rareearth_research.reports.studies import find_study, read_notebook


@dataclass(frozen=True)
class Parameter:
    """One assignment of a parameters cell.

    Attributes
    ----------
    name : str
    default : object
    kind : str
        The annotation as written, or the type of the default where there is none.
    type : type
        The same as an object.
    help : str
    choices : tuple
        What a ``Literal`` or a comment ``one of: a, b`` allows.
    limits : Limits
        What a comment ``from 0 to 60`` or ``at least 2 events`` allows.
    """

    name: str
    default: Any
    kind: str
    type: Any
    help: str
    choices: tuple[Any, ...] = ()
    limits: Limits = NO_LIMITS


def read_parameters(study: str | Path) -> dict[str, Parameter]:
    """Return the parameters of `study` by name, in the order of its parameters cell.

    Parameters
    ----------
    study : str or Path
        As in `find_study`.

    Returns
    -------
    dict of str to Parameter

    Raises
    ------
    SpecificationError
        If the notebook has no cell tagged ``parameters``, or that cell holds anything but plain
        assignments of literal values.
    """
    path = find_study(study).path
    for cell in read_notebook(path)["cells"]:
        if "parameters" in tags_of(cell):
            return _read_cell(source_of(cell), quoted(path.name))
    raise SpecificationError(
        f"{quoted(path.name)} has no cell tagged 'parameters', so nothing in it can be set; give "
        "the tag to the cell that holds its 'name = value' lines"
    )


def check_parameters(study: str | Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return `given` as values the kernel can receive, after checking names, types and choices.

    Parameters
    ----------
    study : str or Path
        As for `find_study`.
    given : mapping
        Values by parameter name. Tuples become lists, dates ``"YYYY-MM-DD"``; where a list is
        asked for, one value stands for a list of one, a comma separates several (names and
        numbers), and a semicolon pairs (``-1,1;0,5``). Text is read by the type of its parameter:
        ``ON`` is a ticker for text, and true for ``bool``. Names of the data are known in any
        case, materials also by their words.

    Returns
    -------
    dict
        What was given, as the kernel can have it; beside `given` also what must give way to it,
        such as the default ``event_ids`` to a filter of events.

    Raises
    ------
    SpecificationError
        Naming the parameter, what was given, what is allowed, and the nearest names.
    """
    if not isinstance(given, Mapping):
        raise SpecificationError(
            f"parameters must be a mapping of values by name, such as {{'seed': 1}}; got "
            f"{shown(given)}"
        )
    if not given:
        return {}
    return check_given(find_study(study).name, read_parameters(study), given)


def check_given(
    name: str, known: Mapping[str, Parameter], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return `check_parameters` of the study `name`, whose parameters `known` are read already."""
    from rareearth_research.datasets.own.layers import files_of
    from rareearth_research.reports.reading.meaning import (
        check_together,
        give_way,
        idle_beside,
        read_meaning,
    )

    defaults = {key: parameter.default for key, parameter in known.items()}
    checked = {}
    for key, value in given.items():
        if key not in known:
            hint = did_you_mean(key, known) or "; it has: " + ", ".join(known)
            raise SpecificationError(f"{name} has no parameter {shown(key)}{hint}")
        checked[key] = _fit(known[key], plain(value, key))
        _check_file(key, checked[key])
    with files_of(defaults | checked):
        for key in given:
            checked[key] = read_meaning(key, checked[key], defaults)
            if checked[key] != [] or known.keys().isdisjoint(idle_beside(key)):
                _check_limits(known[key], checked[key])
        checked |= give_way(defaults, checked)
        check_together(defaults | checked)
    return checked


def _read_cell(source: str, where: str) -> dict[str, Parameter]:
    try:
        source = without_magics(source)
        body, comments = ast.parse(source).body, comments_of(source)
    except (*UNREADABLE, tokenize.TokenError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        what = error.msg if isinstance(error, SyntaxError) else str(error) or "nested too deep"
        raise SpecificationError(
            f"{where}: parameters cell{line} is not plain Python: {quoted(what)}"
        ) from error
    found: dict[str, Parameter] = {}
    for node in body:
        assigned = assignment(node)
        if isinstance(node, ast.Import | ast.ImportFrom) or is_note(node):
            continue
        if assigned is None:
            raise SpecificationError(
                f"{where}: parameters cell, line {node.lineno}: only 'name: type = value'"
            )
        name, value, annotation = assigned
        try:
            default = literal(value)
        except UNREADABLE as error:
            raise SpecificationError(
                f"{where}: the default of {shown(name)} must be a plain literal value"
            ) from error
        above, beside = (node.lineno - 1, True), (node.end_lineno or 0, False)
        help_ = comments.get(beside) or comments.get(above, "")
        kind = source_text(annotation) if annotation is not None else _kind_of(default)
        found[name] = _parameter(name, default, kind, help_, where)
    return found


def _parameter(name: str, default: Any, kind: str, help_: str, where: str) -> Parameter:
    try:
        type_ = read_type(kind)
    except UNREADABLE as error:
        raise SpecificationError(
            f"{where}: cannot read the type {shown(kind)} of parameter {shown(name)}; it may be "
            "built of int, float, str, bool, list, dict, tuple, None, Literal and |"
        ) from error
    choices: tuple[Any, ...] = get_args(type_) if get_origin(type_) is Literal else ()
    if not choices and (match := re.search(r"\bone of:([\w^.,\s-]+)$", help_)):
        choices = tuple(choice.strip() for choice in match[1].split(","))
    return Parameter(name, default, kind, type_, help_, choices, read_limits(help_, default))


def _kind_of(default: Any) -> str:
    if isinstance(default, list):
        inner = sorted({_kind_of(item) for item in default})
        return f"list[{' | '.join(inner)}]" if inner else "list"
    return "Any" if default is None else type(default).__name__


def _fit(parameter: Parameter, value: Any) -> Any:
    try:
        read = fit(value, parameter.type)
    except Misfit as error:
        if not isinstance(value, dict):
            _check_choices(parameter, value)
        at = f" at {error.at}" if error.at else ""
        raise SpecificationError(
            f"parameter {shown(parameter.name)} must be {parameter.kind}, not {shown(value)} "
            f"({error.reason}{at}); for example {parameter.name}={_example(parameter.default)}"
        ) from error
    _check_choices(parameter, read)
    return read


def _check_file(name: str, value: Any) -> None:
    if name.endswith("_file") and value and not Path(value).exists():
        raise SpecificationError(
            f"parameter {shown(name)}: there is no file {shown(value)}; write its path as it is "
            f"seen from {quoted(Path.cwd())}"
        )


def _check_limits(parameter: Parameter, value: Any) -> None:
    why = parameter.limits.breach(value, parameter.name in ("window", "estimation"))
    if why and value != parameter.default:
        raise SpecificationError(
            f"parameter {shown(parameter.name)} cannot be {shown(value)}: {why}; for example "
            f"{parameter.name}={_example(parameter.default)}"
        )


def _example(default: Any) -> str:
    text = json.dumps(default, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:199]}…"


def _check_choices(parameter: Parameter, value: Any) -> None:
    if not parameter.choices or value == parameter.default:
        return
    for item in value if isinstance(value, list) and value else [value]:
        if item is not None and item not in parameter.choices:
            raise SpecificationError(
                f"parameter {shown(parameter.name)} cannot be {shown(item)}"
                f"{did_you_mean(item, parameter.choices)}; it is one of: "
                + ", ".join(map(str, parameter.choices))
            )
