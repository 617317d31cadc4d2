"""The rooms of `eventstudy` lie in the order of an event study, and imports run down only."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "rareearth_research"
HOME = "rareearth_research.eventstudy."
ROOMS = ("inputs", "pairs", "models", "statistics", "results", "fit", "study", "chance",
         "questions")  # fmt: skip
MODULES = {
    ".".join(path.relative_to(PACKAGE / "eventstudy").with_suffix("").parts): path
    for path in (PACKAGE / "eventstudy").rglob("*.py")
    if path.stem != "__init__"
}
LOADED_LATE = """
import importlib, pkgutil, types
import rareearth_research as rer
homes = [rer, *(getattr(rer, name) for name in rer._SUBPACKAGES)]
first = {(home.__name__, name): getattr(home, name) for home in homes for name in home.__all__}
for module in pkgutil.walk_packages(rer.__path__, rer.__name__ + "."):
    importlib.import_module(module.name)
for (home, name), value in first.items():
    again = getattr(importlib.import_module(home), name)
    assert again is value, f"{home}.{name} is {again!r} once its module is imported"
"""


def imports_of(path: Path) -> set[str]:
    """Return the modules of `eventstudy` that a file imports: late and type-only ones, too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(HOME):
            base = str(node.module).removeprefix(HOME[:-1]).removeprefix(".")
            for name in (f"{base}.{alias.name}".strip(".") for alias in node.names):
                found.add(name if name in MODULES else base)
        elif isinstance(node, ast.Import):
            found |= {a.name.removeprefix(HOME) for a in node.names if a.name.startswith(HOME)}
    return found


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_imports_from_its_room_or_from_rooms_before_it(name: str) -> None:
    own = ROOMS.index(name.split(".")[0])
    above = [
        used for used in imports_of(MODULES[name]) if used.split(".")[0] not in ROOMS[: own + 1]
    ]
    assert above == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    TopologicalSorter({name: imports_of(path) for name, path in MODULES.items()}).prepare()


@pytest.mark.parametrize("room", sorted({path.parent for path in MODULES.values()}))
def test_a_room_is_a_sentence_and_a_dozen_files(room: Path) -> None:
    assert len([*room.glob("*.py")]) <= 13
    if room.name != "eventstudy":
        (only,) = ast.parse((room / "__init__.py").read_text(encoding="utf-8")).body
        assert isinstance(only, ast.Expr)


def test_public_names_stay_themselves_once_every_module_is_imported() -> None:
    subprocess.run([sys.executable, "-c", LOADED_LATE], check=True)
