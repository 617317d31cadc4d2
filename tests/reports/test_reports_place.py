"""Whoever looks for a report sees the old one or the new one; dead runs leave nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rareearth_research.datasets import disk
from rareearth_research.errors import RareEarthError
from rareearth_research.reports import place

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


def write_report(folder: Path, says: str) -> Path:
    """Write a report that is only its record."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {"says": says, "files": {"html": "a.html"}, "figures": [], "tables": ["t.csv"]}
    (folder / "run.json").write_text(json.dumps(record))
    (folder / "tables").mkdir()
    (folder / "tables/t.csv").write_text(says)
    return folder


def said(report: Path) -> str:
    return json.loads((report / "run.json").read_text())["says"]


def replace(folder: Path) -> None:
    with disk.workshop(folder, "study") as room:
        place.put(write_report(room / "new", "new"), folder / "study")


def test_a_folder_whose_name_is_no_text_is_refused_before_anything_is_made(tmp_path):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")  # "café" in another encoding
    with pytest.raises(RareEarthError, match=r"is no text in utf-8, .* choose another folder"):
        place.writable(Path(odd))
    assert [*tmp_path.iterdir()] == []
    assert place.writable(tmp_path / "café").is_dir()


def test_links_that_lead_in_a_circle_are_named(tmp_path):
    (tmp_path / "one").symlink_to(tmp_path / "other")
    (tmp_path / "other").symlink_to(tmp_path / "one")
    with pytest.raises(RareEarthError, match=r"cannot write to .*one"):
        place.writable(tmp_path / "one")


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.fixture(params=["in one step", "in two"])
def exchange(request, monkeypatch) -> str:
    if request.param == "in two":
        monkeypatch.setattr(place, "_exchanged", lambda one, other: False)
    return request.param


def test_the_new_report_takes_the_place_of_the_old_one(tmp_path, exchange):
    write_report(tmp_path / "study", "old")
    replace(tmp_path)
    assert said(tmp_path / "study") == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


@pytest.mark.skipif(sys.platform != "linux", reason="the exchange of this system is not known")
def test_a_reader_finds_a_report_at_every_moment(tmp_path):
    write_report(tmp_path / "study", "old")
    missing, done = [], threading.Event()

    def look() -> None:
        while not done.is_set():
            try:
                said(tmp_path / "study")
            except FileNotFoundError:
                missing.append(1)

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(200):
        replace(tmp_path)
    done.set()
    reader.join()
    assert missing == []


def test_what_users_laid_into_a_report_stays(tmp_path, exchange):
    write_report(tmp_path / "study", "old")
    (tmp_path / "study/notes.txt").write_text("mine")
    (tmp_path / "study/tables/stale.csv").write_text("mine too")
    replace(tmp_path)
    assert (tmp_path / "study/notes.txt").read_text() == "mine"
    assert (tmp_path / "study/tables/stale.csv").read_text() == "mine too"
    assert (tmp_path / "study/tables/t.csv").read_text() == "new"


def test_something_else_of_that_name_is_refused_and_stays(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study/thesis.txt").write_text("mine")
    with pytest.raises(RareEarthError, match="is no report; move it away"):
        place.check_free(tmp_path / "study")
    os.rename(tmp_path / "study", tmp_path / "away")  # the remedy
    place.check_free(tmp_path / "study")


def test_a_failure_in_the_second_of_two_steps_gives_the_old_report_back(tmp_path, monkeypatch):
    monkeypatch.setattr(place, "_exchanged", lambda one, other: False)
    write_report(tmp_path / "study", "old")
    rename = os.rename

    def fail(source: Path, target: Path) -> None:
        if Path(source).name == "new":
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(OSError, match="space"):
        replace(tmp_path)
    assert said(tmp_path / "study") == "old"


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from rareearth_research.datasets import disk
from rareearth_research.reports import place
sys.path.insert(0, {tests!r})
from tests.reports.test_reports_place import replace

def killed(function, when):
    def call(*given, **options):
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        function(*given, **options)
        os.kill(os.getpid(), signal.SIGKILL)
    return call

if {two!r}:
    place._exchanged = lambda one, other: False
holder, name = {where!r}
holder = {{"disk": disk, "place": place, "os": os, "shutil": shutil}}[holder]
setattr(holder, name, killed(getattr(holder, name), {when!r}))
replace(Path({folder!r}))
"""


@pytest.mark.parametrize("two", [False, True], ids=["in one step", "in two"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "where",
    [("disk", "_claimed"), ("place", "_carry_over"), ("place", "_exchanged"), ("os", "rename"),
     ("place", "put"), ("shutil", "rmtree")],
)  # fmt: skip
def test_a_run_killed_at_any_step_leaves_a_report_and_the_next_run_tidies_up(
    tmp_path, where, when, two
):
    write_report(tmp_path / "study", "old")
    given = {"tests": str(Path(__file__).resolve().parents[2]), "folder": str(tmp_path)}
    script = KILLED.format(where=where, when=when, two=two, **given)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    if done.returncode != -signal.SIGKILL:
        assert (where[1], two) in {("rename", False)}  # one step needs no renaming
    with disk.workshop(tmp_path, "other"):
        assert said(tmp_path / "study") in ("old", "new")
        assert len(hidden(tmp_path)) == 1  # the living one
    assert hidden(tmp_path) == []


def test_the_folder_of_a_living_run_and_of_others_stays(tmp_path):
    (tmp_path / ".git-abcdefgh").mkdir()
    (tmp_path / ".git-abcdefgh/config").write_text("mine")
    with disk.workshop(tmp_path, "one") as first, disk.workshop(tmp_path, "one") as second:
        assert first.is_dir()
        assert first != second
    assert [path.name for path in hidden(tmp_path)] == [".git-abcdefgh"]


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(28, "free some space"), (36, "shorter path"), (30, "can be written"), (20, "is a file")],
)
def test_a_failed_write_names_the_path_and_what_to_do(number, remedy):
    error = place.cannot_write("out/x", OSError(number, os.strerror(number)))
    assert remedy in str(error)
    assert "out/x" in str(error)
