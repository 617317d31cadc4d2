"""Imports run one way, as `docs/architecture.md` says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "rareearth_research"
# bottom first
GROUND = ("lazy", "errors", "days", "arguments", "arrays", "progress")
LAYERS = (*GROUND, "datasets", "timing", "eventstudy", "plots", "studies", "reports", "cli")
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)
MODULES += sorted(PACKAGE / f"{name}.py" for name in GROUND)


def layer_of(module: str) -> int:
    part = module.split(".")[0]
    return LAYERS.index(part)


def imports_of(node: ast.AST, function: str = "") -> Iterator[tuple[str, str]]:
    """Yield every imported module of the package, and the function it is imported in."""
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.FunctionDef) else function
        if isinstance(child, ast.ImportFrom) and str(child.module).startswith(f"{PACKAGE.name}."):
            yield str(child.module).partition(".")[2], inside
        yield from imports_of(child, inside)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_nothing_from_a_layer_above(path: Path) -> None:
    own = layer_of(".".join(path.relative_to(PACKAGE).with_suffix("").parts))
    above = [
        (module, function)
        for module, function in imports_of(ast.parse(path.read_text(encoding="utf-8")))
        if layer_of(module) > own
        and (function, module) != ("plot", "plots")  # result.plot() looks up, when called
    ]
    assert above == []
