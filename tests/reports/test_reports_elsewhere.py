"""Reports kept under another address arrive whole, and those that are there stay in the index."""

from __future__ import annotations

import re

import fsspec
import pytest
from typer.testing import CliRunner

from rareearth_research.cli import root
from rareearth_research.errors import RareEarthError, SpecificationError
from rareearth_research.reports import run_study
from rareearth_research.reports.runs.elsewhere import home_of
from tests.support.synthetic import write_notebook


@pytest.fixture
def bucket():
    """Give an empty file system that is no folder of this machine."""
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/", recursive=True)


def files(system: fsspec.AbstractFileSystem, under: str) -> set[str]:
    return {name.removeprefix(f"{under}/") for name in system.find(under)}


def lay(folder, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_what_is_new_is_sent_and_what_is_gone_is_removed(bucket):
    home = home_of("memory://shelf/reports")
    lay(home.folder, "a/run.json", "{}")
    lay(home.folder, "a/old.csv", "1")
    lay(home.folder, ".workshop/half.csv", "1")
    home.send()
    assert files(bucket, "/shelf/reports") == {"a/run.json", "a/old.csv"}
    (home.folder / "a/old.csv").unlink()
    lay(home.folder, "a/new.csv", "2")
    home.send()
    assert files(bucket, "/shelf/reports") == {"a/run.json", "a/new.csv"}


def test_a_run_is_without_its_record_until_all_else_has_come(bucket, monkeypatch):
    home = home_of("memory://shelf")
    for name in ("a/run.json", "a/page.html", "index.html"):
        lay(home.folder, name, "old")
    home.send()
    for name in ("a/run.json", "a/page.html", "index.html"):
        lay(home.folder, name, "newer")
    put, seen = bucket.put_file, []

    def watched(source, target, **options):
        seen.append((target, bucket.exists("/shelf/a/run.json")))
        return put(source, target, **options)

    monkeypatch.setattr(type(bucket), "put_file", staticmethod(watched))
    home.send()
    assert [name.rpartition("/")[2] for name, _ in seen] == ["page.html", "run.json", "index.html"]
    assert [there for _, there in seen] == [False, False, True]


def test_reports_that_are_there_are_there_again_for_the_index(bucket):
    bucket.pipe_file("/shelf/a/run.json", b"{}")
    bucket.pipe_file("/shelf/../../outside.txt", b"not ours")
    home = home_of("memory://shelf")
    assert [path.name for path in home.folder.rglob("*.*")] == ["run.json"]
    assert home.said(home.folder / "index.html") == "memory://shelf/index.html"


def test_a_folder_as_address_is_that_folder(tmp_path):
    home = home_of(f"file://{tmp_path}/reports")
    assert home.folder == tmp_path / "reports"
    assert home.said(home.folder) == str(home.folder)


@pytest.mark.parametrize(
    ("address", "said"),
    [("nosuch://shelf", "cannot write to 'nosuch://shelf': Protocol not known: nosuch")],
)
def test_an_address_of_no_known_kind_is_refused(address, said):
    with pytest.raises(SpecificationError, match=said):
        home_of(address)


def test_an_address_that_cannot_be_written_is_named(bucket, monkeypatch):
    def full(*_, **__):
        raise PermissionError("Access Denied")

    monkeypatch.setattr(type(bucket), "pipe_file", full)
    with pytest.raises(RareEarthError, match=r"cannot write to 'memory://shelf': Access Denied;"):
        home_of("memory://shelf")


def test_a_run_of_its_own_wants_a_folder_and_names_the_command(tmp_path):
    with pytest.raises(SpecificationError, match=r"is an address; .*`rareearth report --out`"):
        run_study(write_notebook(tmp_path), out="memory://shelf")


@pytest.mark.end_to_end
@pytest.mark.parametrize("kind", ["memory", "file"])
def test_the_command_reports_to_an_address(bucket, tmp_path, monkeypatch, kind):
    monkeypatch.setenv("RAREEARTH_NOTEBOOKS", str(tmp_path / "notebooks"))
    write_notebook(tmp_path / "notebooks", "01_squares")
    write_notebook(tmp_path / "notebooks", "02_fails", analysis="raise ValueError('made up')")
    there = "memory://shelf/reports" if kind == "memory" else f"file://{tmp_path}/reports"
    done = CliRunner().invoke(root.app, ["report", "--output", there])
    assert done.exit_code == 1  # 02 failed, and 01 is there
    shown = there if kind == "memory" else there.removeprefix("file://")
    assert f"Open {shown}/index.html" in done.output
    boxed = re.sub(r"[\s│]+", "", done.output)
    assert f"see{shown}/failed/02_fails/02_fails.html" in boxed
    system, path = fsspec.core.url_to_fs(there)
    assert {"index.html", "01_squares/run.json", "failed/02_fails/02_fails.ipynb"} <= files(
        system, path
    )
    done = CliRunner().invoke(root.app, ["report", "01", "--output", there, "-p", "count=5"])
    assert done.exit_code == 0
    assert system.cat_file(f"{path}/index.html").count(b"01_squares-") > 0
    assert f"{path}/01_squares/run.json" in system.find(path)
