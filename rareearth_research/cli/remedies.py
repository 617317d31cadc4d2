"""What to do, in the words of the shell. Messages are written for Python, whose users are more.

A loader becomes the command that prints what it gives. An argument becomes the option of the
command that runs, else ``-p`` of a study's parameter, else the line of `study.yaml` that says how a
file is read.
"""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Mapping
from contextvars import ContextVar
from functools import partial
from typing import Any

from typer.core import TyperGroup

from rareearth_research.datasets.own.description import workspaces
from rareearth_research.errors import RareEarthError

_options: ContextVar[Mapping[str, str]] = ContextVar("options of the command that runs")
_COMMANDS = {
    "catalog": "rareearth data status",
    "load_events": "rareearth events",
    "load_measures": "rareearth measures",
    "load_series": "rareearth data show series",
}
_SHOWN = re.compile(r"(?:load|list)_(?!result$)(\w+)")
_PYTHON = re.compile(
    r"-p (?:'[^']*'|\S+)"  # in the words of the shell already
    r"|rer\.(?P<function>\w+)\([^()]*\)"
    r"|[\w.]+\([^()]*\)"  # an argument in another call is of that call
    r"|(?<![\w.])(?P<name>\w+)=(?P<value>'[^']*'|\[[^\[\]]*\]|\{[^{}]*\}|\(-?\d+, -?\d+\))"
)
_READING = {"encoding", "delimiter", "decimal", "thousands", "date_format", "sheet", "layout",
            "header_row", "columns", "missing", "timezone", "unit", "kind"}  # fmt: skip


class Shell(TyperGroup):
    """A group that remembers the options of its command, for messages."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        parameters = getattr(command, "params", ())
        _options.set({p.name: p.opts[-1] for p in parameters if p.opts[-1].startswith("-")})
        return name, command, rest


def in_shell(text: str) -> str:
    """Return a message with what to write in Python as what to write in a shell.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        With ``rer.load_groups()`` as ``rareearth data show groups`` and, while a study runs,
        ``materials=['Dy', 'Tb']`` as ``-p materials=Dy,Tb``.
    """
    lines: set[str] = set()
    said = _PYTHON.sub(partial(_said, lines=lines), text)
    return said + "".join(f" ({line})" for line in sorted(lines))


def _said(found: re.Match[str], lines: set[str]) -> str:
    if found["function"]:
        shown = _SHOWN.fullmatch(found["function"])
        usual = f"rareearth data show {shown[1]}" if shown else ""
        command = _COMMANDS.get(found["function"], usual)
        quoted = not command or found.string[: found.start()].endswith("`")
        return (command or found[0]) if quoted else f"`{command}`"
    if not found["name"]:
        return found[0]
    name, value, options = found["name"], ast.literal_eval(found["value"]), _options.get({})
    listed = isinstance(value, list | tuple)
    text = ",".join(map(str, value)) if listed else str(value)
    if name in options:
        parts = value if isinstance(value, tuple) else [text]
        return shlex.join([options[name], *map(str, parts)])
    study = name in _parameters()
    if study and "parameters" in options:
        return f"-p {shlex.quote(f'{name}={text or value}')}"
    if study or name in _READING:
        below = "`parameters:`" if study else "`events:` or `prices:`"
        new = "" if workspaces() else "; `rareearth new FOLDER` makes one for your files"
        lines.add(f"in the study.yaml of a workspace, after {below}{new}")
        return f"{{{name}: {json.dumps(value, ensure_ascii=False)}}}"
    return found[0]


def _parameters() -> set[str]:
    from rareearth_research.reports import list_studies, read_parameters

    try:
        return {name for study in list_studies() for name in read_parameters(study.path)}
    except RareEarthError:
        return set()
