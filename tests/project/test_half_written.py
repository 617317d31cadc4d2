"""What is written is there whole or not at all, and nothing half-written is left beside it."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import rareearth_research as rer
from rareearth_research.cli import __main__ as start
from rareearth_research.cli import root as command_line
from rareearth_research.datasets import disk
from rareearth_research.errors import RareEarthError
from rareearth_research.eventstudy.results.words import written
from rareearth_research.reports.sweeps.cells import keep
from rareearth_research.workspace import making
from tests.support.eventstudy_cases import synthetic_returns

RETURNS = synthetic_returns(securities=2)
FULL = OSError(28, os.strerror(28))


@pytest.fixture(scope="module")
def result() -> Any:
    return rer.EventStudy(RETURNS, [RETURNS.index[300]], "MKT", windows=[(0, 1)]).fit()


def failing(problem: BaseException) -> Any:
    def fail(*_: Any, **__: Any) -> None:
        raise problem

    return fail


@pytest.mark.parametrize("problem", [FULL, KeyboardInterrupt()], ids=["full", "Ctrl-C"])
@pytest.mark.parametrize("where", ["tempfile.mkdtemp", "lock", "os.replace"])
def test_a_file_that_cannot_be_replaced_stays_and_nothing_lies_beside_it(
    tmp_path, monkeypatch, problem, where
):
    (tmp_path / "a.csv").write_text("old")
    monkeypatch.setattr(f"rareearth_research.datasets.disk.{where}", failing(problem))
    with pytest.raises(type(problem)):
        disk.write_file(tmp_path / "a.csv", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "old"


def test_many_writers_of_one_file_do_not_disturb_each_other(tmp_path):
    contents, failed = [bytes([65 + n]) * 100_000 for n in range(4)], []

    def write(content: bytes) -> None:
        try:
            for _ in range(25):
                disk.write_file(tmp_path / "page.html", content)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert (tmp_path / "page.html").read_bytes() in contents
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_ctrl_c_while_tidying_up_tidies_up(tmp_path, monkeypatch):
    remove = disk.shutil.rmtree

    def interrupted(*given: Any, **options: Any) -> None:
        monkeypatch.setattr(disk.shutil, "rmtree", remove)
        raise KeyboardInterrupt

    monkeypatch.setattr(disk.shutil, "rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt):
        disk.write_file(tmp_path / "a.csv", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX links and devices")
def test_a_link_stays_a_link_and_a_device_is_written_to(tmp_path):
    (tmp_path / "link.tex").symlink_to("real.tex")
    disk.write_file(tmp_path / "link.tex", b"new")
    assert (tmp_path / "link.tex").is_symlink()
    assert (tmp_path / "real.tex").read_bytes() == b"new"
    disk.write_file(Path(os.devnull), b"new")


EXPORTS = {
    "save_result": lambda result, folder: rer.save_result(result, folder / "kept"),
    "to_csv": lambda result, folder: result.to_csv(folder),
    "to_latex": lambda result, folder: result.to_latex(folder / "a.tex"),
    "new": lambda result, folder: making.make_workspace(folder / "mine"),
    "sweep": lambda result, folder: keep(folder, SWEPT, {"finding": ""}),
}
SWEPT: Any = type("Task", (), {"key": "a", "record": {}})()


@pytest.mark.parametrize("export", EXPORTS)
def test_a_full_disk_is_one_sentence_wherever_something_is_written(
    result, tmp_path, monkeypatch, export
):
    monkeypatch.setattr(disk.tempfile, "mkdtemp", failing(FULL))
    with pytest.raises(RareEarthError, match=r"No space left on device.*; (free|choose)"):
        EXPORTS[export](result, tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_text_is_written_as_it_is(tmp_path):
    assert written("a − b\n", tmp_path / "a.tex") == "a − b\n"
    assert (tmp_path / "a.tex").read_bytes() == "a − b\n".encode()


@pytest.mark.parametrize("there", [False, True], ids=["new", "empty"])
def test_a_workspace_is_made_whole_or_not_at_all(tmp_path, monkeypatch, there):
    folder = tmp_path / "mine"
    if there:
        folder.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(making, "copy_notebooks", failing(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            making.make_workspace(folder)
    assert [path.name for path in tmp_path.rglob("*")] == ["mine"] * there
    monkeypatch.chdir(folder if there else tmp_path)
    assert making.make_workspace("." if there else "mine") == folder
    assert sorted(path.name for path in folder.iterdir()) == [
        "events.csv", "notebooks", "prices", "reports", "study.yaml",
    ]  # fmt: skip
    assert Path.cwd() == (folder if there else tmp_path)  # the folder is still the same one


def test_ctrl_c_ends_the_command_line_without_a_traceback_from_its_first_import_on(monkeypatch):
    monkeypatch.setattr(command_line, "run", failing(KeyboardInterrupt()))
    with pytest.raises(SystemExit) as end:
        start.main()
    assert end.value.code == 130
