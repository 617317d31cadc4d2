"""Which type does an annotation name? Read from its syntax tree, so that reading runs nothing.

A notebook is text from outside: listing its parameters or pressing TAB must not evaluate any of it.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Iterable
from typing import Any, Literal, Union

DEEPEST = 8
_PLAIN: dict[str, Any] = {
    "int": int, "float": float, "str": str, "bool": bool, "list": list, "dict": dict,
    "tuple": tuple, "Any": Any,
}  # fmt: skip
_TYPING = ("typing", "t")
_SIZES = {"list": (1, 1), "dict": (2, 2), "tuple": (1, 50), "Union": (1, 50), "Optional": (1, 1)}


def read_type(annotation: str) -> Any:
    """Return the type that `annotation` names.

    Parameters
    ----------
    annotation : str
        Built of ``int, float, str, bool, list, dict, tuple, None, Any, Literal, Optional, Union``
        and ``|``, nested at most 8 deep.

    Raises
    ------
    ValueError
        If it holds anything else, and then says which part.
    """
    if len(annotation) > 1000:
        raise ValueError("an annotation of more than 1,000 characters")
    return _read(ast.parse(annotation, mode="eval").body, DEEPEST)


def _read(node: ast.expr, depth: int) -> Any:
    if depth == 0:
        raise ValueError(f"nested more than {DEEPEST} deep")
    if isinstance(node, ast.Constant) and node.value is None:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):  # "list[int]", in quotes
        return _read(ast.parse(node.value.strip(), mode="eval").body, depth - 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([_read(node.left, depth - 1), _read(node.right, depth - 1)])
    if isinstance(node, ast.Subscript):
        return _generic(node, depth)
    name = _name(node)
    if name not in _PLAIN:
        raise ValueError(f"{ast.unparse(node)[:60]!r} is no type of a parameter")
    return _PLAIN[name]


def _name(node: ast.expr) -> str:
    """Return ``Optional`` for ``Optional`` and for ``typing.Optional``, or an empty string."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr if node.value.id in _TYPING else ""
    return node.id if isinstance(node, ast.Name) else ""


def _generic(node: ast.Subscript, depth: int) -> Any:
    name = {"List": "list", "Dict": "dict", "Tuple": "tuple"}.get(_name(node.value))
    name = name or _name(node.value)
    inner = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Literal":
        return Literal[tuple(_constant(item) for item in inner)]
    endless = name == "tuple" and len(inner) == 2 and _is_ellipsis(inner[1])
    least, most = _SIZES.get(name, (1, 0))
    if not least <= len(inner) <= most:
        raise ValueError(f"{ast.unparse(node)[:60]!r} is no type of a parameter")
    read = tuple(_read(item, depth - 1) for item in (inner[:1] if endless else inner))
    if name in ("Union", "Optional"):
        return _union([*read, None] if name == "Optional" else read)
    if endless:
        return types.GenericAlias(tuple, (*read, ...))
    return types.GenericAlias(_PLAIN[name], read)


def _union(members: Iterable[Any]) -> Any:
    return Union[tuple(members)]  # noqa: UP007  (its members are known only here)


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def _constant(node: ast.expr) -> Any:
    value = ast.literal_eval(node)
    if value is not None and not isinstance(value, str | int):
        raise ValueError(f"{ast.unparse(node)[:60]!r} is no choice of a Literal")
    return value
