"""Notebooks are text from outside: listing them and pressing TAB runs nothing and never crashes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from rareearth_research.cli.report import complete_assignment, complete_study
from rareearth_research.errors import RareEarthError, SpecificationError
from rareearth_research.reports import find_study, read_parameters
from rareearth_research.reports.reading.cells import parameters_in
from tests.support.synthetic import with_parameters, write_notebook

REACHES_OUT = (
    "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'catch_warnings'][0]()"
    "._module.__builtins__['__import__']('os').system('touch {mark}')"
)
CELLS = {
    "annotation": "x: " + REACHES_OUT + " = 3",
    "default": "x = " + REACHES_OUT,
    "call": "print(open('{mark}', 'w'))",
    "in a string": "x: '" + REACHES_OUT.replace("'", '"') + "' = 3",
    "nul": "x = 1\0",
    "deep": "x = " + "[" * 5000 + "]" * 5000,
    "deep sum": "x = " + "+".join("1" * 50_000),
    "digits": "x = " + "9" * 5000,
    "huge power": "x = 10 ** 10 ** 10",
    "huge text": "x = 'a' * 10 ** 10",
    "infinite": "x = 1e999",
    "two names": "x = y = 1",
    "tuple": "x, y = 1, 2",
    "walrus": "(x := 1)",
    "tab": "if 1:\n\tx = 1\n        y = 2",
    "bytes": "x = b'a'",
    "unfinished": "x = (",
    "quote": "x = 'a",
    "surrogate": "x = '\\ud800'\ny: \ud800 = 1",
}


def context(*studies: str) -> SimpleNamespace:
    return SimpleNamespace(params={"studies": studies}, args=[])


@pytest.mark.parametrize("name", CELLS)
def test_a_hostile_parameters_cell_is_refused_unread(tmp_path, name):
    mark = tmp_path / "ran"
    study = write_notebook(tmp_path)
    content = json.loads(study.read_text())
    content["cells"][1]["source"] = CELLS[name].replace("{mark}", str(mark))
    study.write_text(json.dumps(content))
    assert complete_assignment(context(str(study)), "") == []  # type: ignore[arg-type]
    with pytest.raises(SpecificationError, match="01_synthetic_squares") as error:
        read_parameters(study)
    assert not mark.exists()
    assert len(str(error.value)) < 600


WHOLE = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}}
FILES = {
    "empty": b"",
    "blank": b" \n",
    "text": b"hello",
    "binary": b"\xff\xfe\x00\x01",
    "list": b"[]",
    "number": b"5",
    "null": b"null",
    "deep": b"[" * 100_000,
    "no cells": json.dumps(WHOLE).encode(),
    "cells no list": json.dumps({**WHOLE, "cells": {"a": 1}}).encode(),
    "cells of nothing": json.dumps({**WHOLE, "cells": [None, 1, [], "x"]}).encode(),
    "source no text": json.dumps(
        {**WHOLE, "cells": [{"cell_type": "markdown", "source": {"a": 1}}]}
    ).encode(),
    "tags no list": json.dumps(
        {**WHOLE, "cells": [{"cell_type": "code", "metadata": {"tags": "parameters"}}]}
    ).encode(),
    "old and broken": b'{"nbformat": 3, "worksheets": 5}',
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_notebook_is_refused_or_has_no_parameters(tmp_path, monkeypatch, name):
    path = tmp_path / "book.ipynb"
    path.write_bytes(FILES[name])
    monkeypatch.setenv("RAREEARTH_NOTEBOOKS", str(tmp_path))
    with pytest.raises(SpecificationError, match=r"book\.ipynb"):
        read_parameters(path)
    assert set(complete_study(context(), "")) <= {"book"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["", " ", "\0", "x" * 10**6, "a\nb", "[bold]", "../..", "x.ipynb", "\ud800", None, 5]
)
def test_an_odd_name_of_a_study_is_answered_in_few_words(name):
    with pytest.raises(RareEarthError, match="stud") as error:
        find_study(name)
    assert len(str(error.value)) < 400


def test_titles_and_questions_lose_what_a_terminal_would_obey(tmp_path):
    study = write_notebook(tmp_path)
    notebook = nbformat.read(study, as_version=4)
    notebook.cells[0].source = "# A \x1b]0;owned\x07title\n\nWhy \u202e\x9b31m?"
    nbformat.write(notebook, study)
    found = find_study(study)
    assert (found.title, found.question) == ("A ]0;ownedtitle", "Why 31m?")


def test_a_notebook_of_the_format_before_2015_is_read(tmp_path: Path):
    cell = {"cell_type": "code", "input": "x: int = 1", "language": "python", "outputs": [],
            "metadata": {"tags": ["parameters"]}, "collapsed": False}  # fmt: skip
    book = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({**book, "worksheets": [{"cells": [cell], "metadata": {}}]}))
    assert read_parameters(path)["x"].default == 1


def test_commands_of_ipython_beside_the_parameters_are_passed_over(tmp_path):
    study = with_parameters(tmp_path, "%matplotlib inline\n!ls\n'note'\nimport os\nx = 1  # help")
    assert {name: p.help for name, p in read_parameters(study).items()} == {"x": "help"}


def test_parameters_are_read_back_from_the_cells_that_ran():
    cells = [
        {"source": "x = 1\ny = (1, 2)", "metadata": {"tags": ["parameters"]}},
        {"source": ["x = 42\n", "z = open('f')"], "metadata": {"tags": ["injected-parameters"]}},
        {"source": "x = 7", "metadata": {}},
    ]
    assert parameters_in(cells) == {"x": 42, "y": [1, 2], "z": "open('f')"}
