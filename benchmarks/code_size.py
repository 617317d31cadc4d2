"""How much code is there? Lines of each package without docstrings, comments and blank lines.

    python benchmarks/code_size.py

The package is meant to stay small: 20,000 lines at most.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "rareearth_research"
BUDGET = 20_000
_NO_CODE = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENCODING, tokenize.ENDMARKER,
}  # fmt: skip


def code_lines(source: str) -> int:
    """Count the lines of `source` that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                lines -= set(range(first.lineno, (first.end_lineno or 0) + 1))
    return len(lines)


def by_package() -> Counter[str]:
    """Return code lines by subpackage; modules of the top level count together."""
    found: Counter[str] = Counter()
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).parts
        found[parts[0] if len(parts) > 1 else "(top)"] += code_lines(path.read_text("utf-8"))
    return found


if __name__ == "__main__":
    counted = by_package()
    for name, lines in counted.most_common():
        print(f"{name:12} {lines:7,}")
    print(f"{'together':12} {counted.total():7,} of {BUDGET:,}")
