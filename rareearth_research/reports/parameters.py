"""What may a study be asked? Read its `parameters` cell, and refuse what does not fit it.

papermill passes anything on: a misspelt name only logs a warning and ``window="abc"`` fails deep in
the analysis, or not at all. Here names and types are checked before a kernel starts; what the
values mean (does this event exist?) is checked in `meaning`.
"""

from __future__ import annotations

import ast
import datetime as dt
import io
import json
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Optional, Union, get_args, get_origin

from rareearth_research.errors import SpecificationError, did_you_mean
from rareearth_research.reports.studies import find_study, read_notebook

__all__ = ["Parameter", "check_parameters", "parse_assignment", "read_parameters"]

_TYPES: dict[str, Any] = {
    "int": int, "float": float, "str": str, "bool": bool, "list": list, "dict": dict,
    "tuple": tuple, "None": None, "Any": Any, "Literal": Literal, "Optional": Optional,
    "Union": Union,
}  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """One assignment of a parameters cell.

    `kind` is the annotation as written (or the type of the default where there is none), `type` the
    same as an object, `choices` what a ``Literal`` or a comment ``one of: a, b`` allows.
    """

    name: str
    default: Any
    kind: str
    type: Any
    help: str
    choices: tuple[Any, ...] = ()


def read_parameters(study: str | Path) -> dict[str, Parameter]:
    """Return the parameters of `study` by name, in the order of its parameters cell.

    Raises
    ------
    SpecificationError
        If the notebook has no cell tagged ``parameters``, or that cell holds anything but plain
        assignments of literal values.
    """
    path = find_study(study).path
    for cell in read_notebook(path)["cells"]:
        if "parameters" in cell.get("metadata", {}).get("tags", []):
            return _read_cell("".join(cell["source"]), path)
    raise SpecificationError(f"{path.name} has no cell tagged 'parameters'")


def check_parameters(study: str | Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return `given` as values the kernel can receive, after checking names, types and choices.

    Parameters
    ----------
    study : str or Path
        As for `find_study`.
    given : mapping
        Values by parameter name. Tuples become lists, dates ``"YYYY-MM-DD"``; where a list is
        asked for, one value stands for a list of one and a comma separates several.

    Raises
    ------
    SpecificationError
        Naming the parameter, what was given, what is allowed, and the nearest names.
    """
    from rareearth_research.reports.meaning import check_meaning, check_together

    known = read_parameters(study)
    name = find_study(study).name
    checked = {}
    for key, value in given.items():
        if key not in known:
            hint = did_you_mean(key, known) or "; it has: " + ", ".join(known)
            raise SpecificationError(f"{name} has no parameter {key!r}{hint}")
        checked[key] = _fit(known[key], _plain(value, key))
        check_meaning(key, checked[key])
    check_together({key: parameter.default for key, parameter in known.items()} | checked)
    return checked


def parse_assignment(text: str) -> tuple[str, Any]:
    """Split ``name=value``; the value is read as JSON, then as YAML, then taken as it stands."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise SpecificationError(f"{text!r} is not of the form name=value")
    return name.strip(), _parse(value.strip())


def _parse(text: str) -> Any:
    import yaml

    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = text
    # "a: b" would be a mapping in YAML; on a command line it is a word
    return text if isinstance(value, dict) and not text.startswith("{") else value


def _read_cell(source: str, path: Path) -> dict[str, Parameter]:
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise SpecificationError(f"{path.name}: parameters cell: {error}") from error
    comments = _comments(source)
    found: dict[str, Parameter] = {}
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            name, value, kind = node.target.id, node.value, ast.unparse(node.annotation)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, value, kind = node.targets[0].id, node.value, ""
        elif isinstance(node, ast.Import | ast.ImportFrom):
            continue
        else:
            raise SpecificationError(
                f"{path.name}: parameters cell, line {node.lineno}: only 'name: type = value'"
            )
        try:
            default = json.loads(json.dumps(ast.literal_eval(value), allow_nan=False))
        except (ValueError, TypeError) as error:
            raise SpecificationError(
                f"{path.name}: the default of {name!r} must be a plain literal value"
            ) from error
        above, beside = (node.lineno - 1, True), (node.end_lineno or 0, False)
        help_ = comments.get(beside) or comments.get(above, "")
        found[name] = _parameter(name, default, kind, help_, path)
    return found


def _comments(source: str) -> dict[tuple[int, bool], str]:
    """Return comments by line and whether they stand alone on it."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        (t.start[0], t.line.lstrip().startswith("#")): t.string.lstrip("# ")
        for t in tokens
        if t.type == tokenize.COMMENT
    }


def _parameter(name: str, default: Any, kind: str, help_: str, path: Path) -> Parameter:
    kind = kind or _kind_of(default)
    try:
        # only type names are in reach: the annotation cannot run anything
        type_ = eval(kind, {"__builtins__": {}}, _TYPES)
    except Exception as error:
        raise SpecificationError(
            f"{path.name}: cannot read the type {kind!r} of parameter {name!r}"
        ) from error
    choices: tuple[Any, ...] = get_args(type_) if get_origin(type_) is Literal else ()
    if not choices and (match := re.search(r"\bone of:\s*([\w^.,\s-]+?)\s*$", help_)):
        choices = tuple(choice.strip() for choice in match[1].split(","))
    return Parameter(name, default, kind, type_, help_, choices)


def _kind_of(default: Any) -> str:
    if isinstance(default, list):
        inner = sorted({_kind_of(item) for item in default})
        return f"list[{' | '.join(inner)}]" if inner else "list"
    return "Any" if default is None else type(default).__name__


def _plain(value: Any, name: str) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item, name) for item in value]
    if hasattr(value, "item") and not isinstance(value, str):  # a NumPy scalar
        value = value.item()
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise SpecificationError(
            f"parameter {name!r} cannot be {value!r}; use finite numbers, strings, lists, or dates"
        ) from error


def _fit(parameter: Parameter, value: Any) -> Any:
    from pydantic import TypeAdapter, ValidationError

    problem = None
    for candidate in _readings(parameter, value):
        try:
            TypeAdapter(parameter.type).validate_json(json.dumps(candidate), strict=True)
        except ValidationError as error:
            problem = problem or error.errors()[0]
            continue
        _check_choices(parameter, candidate)
        return candidate
    assert problem is not None
    at = "".join(f"[{i}]" for i in problem["loc"] if isinstance(i, int))
    _check_choices(parameter, value)
    raise SpecificationError(
        f"parameter {parameter.name!r} must be {parameter.kind}, not {value!r}"
        f" ({problem['msg'].lower()}{' at ' + at if at else ''}); for example "
        f"{parameter.name}={json.dumps(parameter.default)}"
    )


def _readings(parameter: Parameter, value: Any) -> list[Any]:
    """Return `value`, then other ways of reading what was typed, best first."""
    readings = [value]
    if isinstance(value, str) and "," in value:  # tickers=MP,LYC.AX
        readings.insert(0, [part.strip() for part in value.split(",") if part.strip()])
    if not isinstance(value, list):
        if value is not None:
            readings += [[value], [str(value)]]
        if isinstance(value, int | float) and not isinstance(value, bool):
            readings.append(str(value))  # since=2023 where a string is asked for
    elif not any(isinstance(item, list) for item in value):
        readings.append([value])  # windows=[-1, 1] for windows=[[-1, 1]]
    return readings


def _check_choices(parameter: Parameter, value: Any) -> None:
    for item in value if isinstance(value, list) else [value]:
        if parameter.choices and item is not None and item not in parameter.choices:
            raise SpecificationError(
                f"parameter {parameter.name!r} cannot be {item!r}"
                f"{did_you_mean(item, parameter.choices)}; it is one of: "
                + ", ".join(map(str, parameter.choices))
            )
