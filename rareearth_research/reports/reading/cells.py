"""What stands in the cells of a notebook, read as text: nothing of it is evaluated.

Cells come from anybody's editor, as plain JSON; what has not the form of a cell counts as empty.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from contextlib import suppress
from typing import Any

UNREADABLE = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError)
"""What Python raises for source text that is not plain, or built to break its reader."""


def source_of(cell: Any) -> str:
    """Return the source of a cell, which is one text or a list of lines."""
    source = cell.get("source", "") if isinstance(cell, dict) else ""
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def without_magics(source: str) -> str:
    """Return the source with the lines blank that are commands of IPython or the shell."""
    return re.sub(r"^[%!].*$", "", source, flags=re.MULTILINE)


def tags_of(cell: Any) -> list[str]:
    """Return the tags of a cell."""
    metadata = cell.get("metadata") if isinstance(cell, dict) else None
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def parameters_in(cells: list[Any]) -> dict[str, Any]:
    """Return the values that the parameter cells of an executed notebook gave the kernel.

    Parameters
    ----------
    cells : list of dict
        Cells of a notebook; those tagged ``parameters`` and ``injected-parameters`` count, the
        later ones win. A value that is no literal is given as its source text.
    """
    found: dict[str, Any] = {}
    for cell in cells:
        if {"parameters", "injected-parameters"} & set(tags_of(cell)):
            with suppress(*UNREADABLE):
                for node in ast.parse(without_magics(source_of(cell))).body:
                    if (assigned := assignment(node)) is not None:
                        found[assigned[0]] = _or_source(assigned[1])
    return found


def assignment(node: ast.stmt) -> tuple[str, ast.expr, ast.expr | None] | None:
    """Return name, value and annotation of ``name: type = value``, or None for anything else."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
        return node.target.id, node.value, node.annotation
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        return (target.id, node.value, None) if isinstance(target, ast.Name) else None
    return None


def is_note(node: ast.stmt) -> bool:
    """Return whether the line is only a text, as a docstring is."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def literal(node: ast.expr) -> Any:
    """Return the value of a literal as JSON carries it: tuples become lists."""
    return json.loads(json.dumps(ast.literal_eval(node), allow_nan=False))


def _or_source(node: ast.expr) -> Any:
    try:
        return literal(node)
    except UNREADABLE:
        return source_text(node)


def source_text(node: ast.expr) -> str:
    """Return an expression as it is written."""
    try:
        return ast.unparse(node)
    except RecursionError:
        return "… (nested too deep)"


def comments_of(source: str) -> dict[tuple[int, bool], str]:
    """Return comments by line and whether they stand alone on it."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        (t.start[0], t.line.lstrip().startswith("#")): t.string.lstrip("# ")
        for t in tokens
        if t.type == tokenize.COMMENT
    }
