"""The faults that `benchmarks/mutation.py` puts in are faults, and small ones."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("faults", ROOT / "benchmarks/mutation_faults.py")
faults = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(faults)


def faulty(tmp_path: Path, text: str) -> list[str]:
    """Return every faulty version of a text."""
    file, found = tmp_path / "module.py", []
    file.write_text(text)
    for fault in faults.faults(file, tmp_path):
        faults.put(fault, tmp_path)
        found.append(file.read_text())
        file.write_text(text)
    return found


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("a = b + c\n", ["a = (b - c)\n"]),
        ("a = b < c\n", ["a = (b <= c)\n", "a = (b >= c)\n"]),
        ("a = b and c\n", ["a = (b or c)\n"]),
        ("a = not b\n", ["a = (b)\n"]),
        ("a = 3\n", ["a = (4)\n"]),
        ("a = True\n", ["a = (False)\n"]),
        ("a += b\n", ["a -= b\n"]),
        ("def f():\n    return a\n", ["def f():\n    return None\n"]),
        ("a = (é,\n     b * c)\n", ["a = (é,\n     (b / c))\n"]),
    ],
)
def test_one_thing_is_changed_at_a_time(tmp_path, text, versions):
    assert faulty(tmp_path, text) == versions


@pytest.mark.parametrize(
    "text",
    [
        'a = "text"\n',
        "a: int | None\n",
        "def f(a: int | None) -> int | None:\n    return None\n",
        'raise ValueError(f"{a + 1} is too long")\n',
        "a = zip(b, c, strict=True)\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    a = 1\n",
    ],
)
def test_words_annotations_messages_and_guards_are_left_alone(tmp_path, text):
    assert faulty(tmp_path, text) == []


def test_every_fault_of_a_module_is_a_program_that_differs(tmp_path):
    text = (ROOT / "rareearth_research/timing/sessions.py").read_text()
    versions = [ast.dump(ast.parse(version)) for version in faulty(tmp_path, text)]
    assert len(versions) > 40
    assert ast.dump(ast.parse(text)) not in versions
