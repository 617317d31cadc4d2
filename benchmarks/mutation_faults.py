"""Small faults for `mutation.py`: an operator, a comparison, a number or a return is changed."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SWAPS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div,), ast.Mod: (ast.Mult,), ast.Pow: (ast.Mult,), ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,), ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt), ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,), ast.And: (ast.Or,), ast.Or: (ast.And,),
}  # fmt: skip


def faults(path: Path, root: Path) -> Iterator[dict[str, Any]]:
    """Yield every fault of a file: where it is, on which lines it runs, and the new text."""
    text = path.read_text(encoding="utf-8")

    def visit(node: ast.AST, lines: list[int], called: bool) -> Iterator[dict[str, Any]]:
        if isinstance(node, ast.JoinedStr | ast.Raise) or is_type_checking(node):
            return
        if isinstance(node, ast.keyword) and node.arg == "strict":
            return  # zip() says that lengths are alike: without it the same comes out
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = body[0].lineno - 1 if isinstance(body, list) else node.end_lineno
            lines = list(range(node.lineno, max(last or 0, node.lineno) + 1))
        for new in changed(node):
            place = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
            old, put = ast.get_source_segment(text, node), ast.unparse(new)
            yield {"file": str(path.relative_to(root)), "place": place, "old": old,
                   "new": put if isinstance(new, ast.stmt) else f"({put})",
                   "lines": lines if called else []}  # fmt: skip
        for name, value in ast.iter_fields(node):
            if name not in ("annotation", "returns", "type_params"):
                inside = called or (name == "body" and isinstance(node, ast.FunctionDef))
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        yield from visit(child, lines, inside)

    yield from visit(ast.parse(text), [], False)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def changed(node: Any) -> Iterator[Any]:
    """Yield the faults of one node, without its children's."""
    kinds = {ast.BinOp: "op", ast.AugAssign: "op", ast.BoolOp: "op"}
    if type(node) in kinds:
        for swap in SWAPS.get(type(node.op), ()):
            yield replaced(node, op=swap())
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for swap in SWAPS.get(type(node.ops[0]), ()):
            yield replaced(node, ops=[swap()])
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.Return) and node.value and ast.unparse(node.value) != "None":
        yield ast.Return(ast.Constant(None))


def replaced(node: Any, **fields: Any) -> Any:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def put(fault: dict[str, Any], root: Path) -> str:
    """Write a fault into a copy of the project, and return the text that was there."""
    path, (row, column, last_row, last_column) = root / fault["file"], fault["place"]
    before = path.read_text(encoding="utf-8")
    lines = [line.encode() for line in before.splitlines(keepends=True)]
    tail = lines[last_row - 1][last_column:]
    lines[row - 1 : last_row] = [lines[row - 1][:column] + fault["new"].encode() + tail]
    path.write_bytes(b"".join(lines))
    return before
