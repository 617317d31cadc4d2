"""Notebooks of others run as papermill would, or are refused in a sentence. Real kernels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from typer.testing import CliRunner

from rareearth_research.cli import app
from rareearth_research.errors import RareEarthError, SpecificationError
from rareearth_research.reports import run_study
from rareearth_research.reports.execution import load
from rareearth_research.reports.studies import find_study
from tests.support.synthetic import write_data

pytestmark = pytest.mark.end_to_end
PYTHON = {"kernelspec": {"name": "my-env", "display_name": "mine", "language": "python"}}


@pytest.fixture(autouse=True)
def made_up_data(tmp_path, monkeypatch):
    monkeypatch.setenv("RAREEARTH_DATA", str(write_data(tmp_path / "data")))


def code(source: str, *tags: str, **extra: Any) -> dict[str, Any]:
    empty = {"outputs": [], "execution_count": None}
    return {"cell_type": "code", "metadata": {"tags": [*tags]}, "source": source, **empty, **extra}


PARAMETERS = code("x: int = 1\ny: str | None = 'a'", "parameters")
SHOW = code("print('x is', x)")


def write(folder: Path, *cells: dict[str, Any], metadata: Any = None, **extra: Any) -> Path:
    book = {"cells": cells, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 4, **extra}
    path = folder / "mine.ipynb"
    path.write_text(json.dumps(book))
    return path


def printed(run) -> str:
    cells = nbformat.read(run.notebook, as_version=4).cells
    return "".join(out.get("text", "") for cell in cells for out in cell.get("outputs", []))


BOOKS: dict[str, dict[str, Any]] = {
    "without any metadata": {},
    "for a kernel that is not here": {"metadata": PYTHON},
    "without a format": {"nbformat": 4, "nbformat_minor": 0},
    "with a title and authors": {"metadata": {"title": "x", "authors": [{"name": "y"}]}},
}


@pytest.mark.parametrize("name", BOOKS)
def test_a_notebook_of_another_editor_runs_with_a_parameter(tmp_path, name):
    run = run_study(write(tmp_path, PARAMETERS, SHOW, **BOOKS[name]), {"x": 5}, tmp_path / "out")
    assert "x is 5" in printed(run)
    assert run.record["parameters"] == {"x": 5, "y": "a"}


def test_cells_that_leave_out_what_is_empty_run(tmp_path):
    cells = [{"cell_type": "code", "source": "x = 1", "metadata": {"tags": ["parameters"]}},
             {"cell_type": "markdown", "source": "words"},
             {"cell_type": "code", "source": SHOW["source"]}, {"cell_type": "code"}]  # fmt: skip
    assert "x is 5" in printed(run_study(write(tmp_path, *cells), {"x": 5}, tmp_path / "out"))


def test_without_parameters_a_notebook_needs_no_cell_for_them(tmp_path):
    run = run_study(write(tmp_path, code("print('x is', 3)")), out=tmp_path / "out")
    assert "x is 3" in printed(run)
    assert run.record["parameters"] == {}


def test_parameters_for_a_notebook_without_their_cell_are_refused_and_the_tag_helps(tmp_path):
    with pytest.raises(SpecificationError, match=r"no cell tagged 'parameters'.*give the tag"):
        run_study(write(tmp_path, code("x = 1"), SHOW), {"x": 5}, tmp_path / "out")
    tagged = write(tmp_path, code("x = 1", "parameters"), SHOW)  # the remedy
    assert "x is 5" in printed(run_study(tagged, {"x": 5}, tmp_path / "out"))


def test_what_an_earlier_run_injected_is_what_the_kernel_has_and_the_record_says(tmp_path):
    stale = code("# Parameters\nx = 42\n", "injected-parameters")
    run = run_study(write(tmp_path, PARAMETERS, stale, SHOW), out=tmp_path / "out")
    assert "x is 42" in printed(run)
    assert run.record["parameters"] == {"x": 42, "y": "a"}
    again = run_study(write(tmp_path, PARAMETERS, stale, SHOW), {"x": 5}, tmp_path / "out")
    assert "x is 5" in printed(again)
    assert again.record["parameters"]["x"] == 5


def test_a_cell_that_computes_its_parameters_runs_untouched(tmp_path):
    computed = code("import os\nx = len(os.sep)", "parameters")
    run = run_study(write(tmp_path, computed, SHOW), out=tmp_path / "out")
    assert "x is 1" in printed(run)
    assert run.record["parameters"] == {"x": "len(os.sep)"}


def test_nothing_can_be_given_as_a_word(tmp_path):
    shown = code("print('y is', y)")
    book = write(tmp_path, PARAMETERS, shown)
    for word in ("None", "null", "~"):
        out = tmp_path / word
        done = CliRunner().invoke(app, ["report", str(book), "-p", f"y={word}", "--out", str(out)])
        assert done.exit_code == 0, done.output
        record = json.loads(next(out.glob("mine*/run.json")).read_text())
        assert record["parameters"]["y"] is None


@pytest.mark.parametrize(
    "source",
    ["import sys\nsys.exit()", "raise SystemExit", "raise SystemExit(0)", "import sys; sys.exit(3)",
     "exit()", "quit()", "import os\nos._exit(0)"],
)  # fmt: skip
def test_a_cell_that_leaves_is_named(tmp_path, source):
    book = write(tmp_path, PARAMETERS, code(source), code("print('after')"))
    first = source.splitlines()[0]
    with pytest.raises(RareEarthError, match="mine") as error:
        run_study(book, out=tmp_path / "out")
    assert f"in the cell that begins {first!r}" in str(error.value)
    assert {path.name for path in (tmp_path / "out").iterdir()} <= {"failed"}


def test_a_failing_cell_fails_the_run_also_if_it_is_tagged_to_raise(tmp_path):
    book = write(tmp_path, PARAMETERS, code("1 / 0", "raises-exception"), SHOW)
    with pytest.raises(RareEarthError, match=r"^ZeroDivisionError.*begins '1 / 0'"):
        run_study(book, out=tmp_path / "out")


def test_a_failure_is_told_in_few_words(tmp_path):
    book = write(tmp_path, code("raise ValueError('\\x1b[31m' + 'a' * 10**6)"))
    with pytest.raises(RareEarthError, match="ValueError: ") as error:
        run_study(book, out=tmp_path / "out")
    assert len(str(error.value)) < 2000
    assert "\x1b" not in str(error.value)


@pytest.mark.parametrize(
    ("book", "said"),
    [
        ({"metadata": {"kernelspec": {"name": "ir", "language": "R"}}}, "for R"),
        ({"metadata": {"language_info": {"name": "julia"}}}, "for julia"),
        ({"metadata": {"kernelspec": {"name": "ir"}}}, "for ir"),
        ({"nbformat": 5}, "its format is 5"),
        ({"nbformat": "4"}, "its format is '4'"),
        ({"nbformat_minor": None}, "its format"),
        ({"metadata": []}, "no mapping"),
        ({"cells": [{"cell_type": "odd", "source": ""}]}, "cell 1 is neither"),
        ({"cells": [5]}, "cell 1 is neither"),
        ({"cells": [{"cell_type": "code", "source": 5}]}, "cell 1: 5"),
        ({"cells": [{"cell_type": "code", "outputs": [{"output_type": "odd"}]}]}, "cell 1"),
    ],
)  # fmt: skip
def test_what_cannot_run_is_refused_before_a_kernel_starts(tmp_path, book, said):
    path = write(tmp_path, **{"metadata": book.get("metadata", {})})
    path.write_text(json.dumps({**json.loads(path.read_text()), **book}))
    with pytest.raises(SpecificationError, match=said) as error:
        load(find_study(path))
    assert len(str(error.value)) < 500


def test_braces_and_other_signs_in_a_path_are_part_of_it(tmp_path):
    folder = tmp_path / "a {b} %s #1?"
    folder.mkdir()
    run = run_study(write(folder, PARAMETERS, SHOW), {"x": 5}, folder / "out")
    assert "x is 5" in printed(run)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"timeout": 0}, "timeout must be a number"),
        ({"timeout": float("nan")}, "timeout must be"),
        ({"timeout": "soon"}, "timeout must be"),
        ({"timeout": 1e12}, "timeout must be"),
        ({"progress": 5}, "progress must be a function"),
        ({"out": None}, "out must be the path"),
        ({"out": ""}, "out must be the path"),
        ({"out": "a\0b"}, "out must be the path"),
        ({"parameters": [1]}, "parameters must be a mapping"),
    ],
)
def test_every_argument_of_a_run_is_judged_at_once(tmp_path, given, said):
    book = write(tmp_path, PARAMETERS, SHOW)
    with pytest.raises(SpecificationError, match=said):
        run_study(book, **{"out": tmp_path / "out", **given})
    assert not (tmp_path / "out").exists()


def test_a_path_that_is_too_long_is_said_and_a_shorter_one_helps(tmp_path):
    book = write(tmp_path, PARAMETERS, SHOW)
    with pytest.raises(RareEarthError, match=r"cannot write to .* choose a shorter path"):
        run_study(book, out=tmp_path / ("x" * 300))
    assert run_study(book, out=tmp_path / "x").html.is_file()  # the remedy


def test_a_disk_that_fills_up_keeps_the_old_report_and_is_said_in_a_sentence(tmp_path, monkeypatch):
    book = write(tmp_path, PARAMETERS, SHOW)
    before = run_study(book, out=tmp_path / "out").html.read_text()
    from rareearth_research.reports import runner

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runner, "put", full)
    with pytest.raises(RareEarthError, match=r"cannot write to .*out.*free some space"):
        run_study(book, out=tmp_path / "out")
    assert (tmp_path / "out/mine/mine.html").read_text() == before
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine"]
