"""A data folder in any state of damage is one sentence, and its remedy mends it."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rareearth_research.datasets import catalog, swap
from rareearth_research.datasets.building import build as build_module
from rareearth_research.datasets.building import verify as verify_module
from rareearth_research.datasets.building.build import build
from rareearth_research.datasets.building.verify import verify
from rareearth_research.datasets.tables import manifest
from rareearth_research.datasets.tables.manifest import read_manifest
from rareearth_research.errors import DataError
from tests.support import refresh_root


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_module, "all_tables", refresh_root.two_tables)
        return refresh_root.make(tmp_path_factory.mktemp("whole") / "data")


@pytest.fixture
def root(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound folder of two tables, in use."""
    monkeypatch.setattr(build_module, "all_tables", refresh_root.two_tables)
    monkeypatch.setattr(verify_module, "all_tables", refresh_root.two_tables)
    monkeypatch.setattr(catalog, "_frames", {})
    folder = shutil.copytree(whole, tmp_path / "data")
    monkeypatch.setenv("RAREEARTH_DATA", str(folder))
    return folder


def change(key: str, value: Any, *path: str | int) -> Callable[[dict[str, Any]], None]:
    def apply(described: Any) -> None:
        for step in path:
            described = described[step]
        if value is KeyError:
            del described[key]
        else:
            described[key] = value

    return apply


TABLE = ("resources", 0)
DAMAGED = {
    "no JSON": (b'{"resources": [', "not valid JSON (line 1)"),
    "empty": (b"", "not valid JSON"),
    "null": (b"null", "it is None, not named values"),
    "a list": (b"[]", "it is [], not named values"),
    "not UTF-8": (b'{"title": "\xe9"}', "not UTF-8"),
    "deep": (b"[" * 100_000, "not valid JSON"),
    "no tables": (change("resources", KeyError), "has no 'resources'"),
    "tables are text": (change("resources", "vix"), "'resources' of it is 'vix'"),
    "a table is null": (change("resources", [None]), "an entry of 'resources' (None) is None"),
    "no raw": (change("raw", KeyError), "has no 'raw'"),
    "no hash": (change("hash", KeyError, *TABLE), "('vix') has no 'hash'"),
    "no such hash": (change("hash", "sha256:0", *TABLE), "the path or hash of 'vix' is none"),
    "another folder": (change("path", "../x.csv", *TABLE), "the path or hash of 'vix' is none"),
    "rows are text": (change("rows", "many", *TABLE), "'rows' of an entry of 'resources' ('vix')"),
    "no fields": (change("fields", [], *TABLE, "schema"), "the table 'vix' has no fields"),
    "a field without type": (
        change("type", KeyError, *TABLE, "schema", "fields", 0),
        "a field of the table 'vix' has no 'type'",
    ),
    "a source is a number": (change("sources", [1], *TABLE), "a source of the table 'vix' is 1"),
    "a licence is a number": (change("licence", 1, *TABLE, "sources", 0), "'licence' of a source"),
    "no title": (change("title", KeyError), "it has no 'title'"),
    "less than no rows": (change("rows", -1, *TABLE), "has no source, or less than no rows"),
    "no source": (change("sources", [], *TABLE), "has no source, or less than no rows"),
    "no first date": (change("first", KeyError, *TABLE), "has no 'first'"),
    "a type of its own": (
        change("type", "x", *TABLE, "schema", "fields", 0),
        "has a field of type 'x'",
    ),
    "a date is none": (change("last", "2024-13-99", *TABLE), "first or last date of the table"),
}


@pytest.mark.parametrize(("damage", "says"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_record_is_said_and_a_build_mends_it(root: Path, damage: Any, says: str) -> None:
    file = root / swap.MANIFEST
    described = json.loads(file.read_text(encoding="utf-8"))
    assert described["resources"][0]["name"] in ("vix", "usdcny")
    if not isinstance(damage, bytes):
        described["resources"].sort(key=lambda table: table["name"] != "vix")
        damage(described)
        damage = json.dumps(described).encode()
    file.write_bytes(damage)
    for use in (catalog.catalog, catalog.data_hash, lambda: catalog.read("vix"), verify):
        with pytest.raises(DataError) as refusal:
            use()
        assert says in str(refusal.value)
        assert "run `rareearth data build`" in str(refusal.value)
    build(root, progress=False)
    assert verify(root).ok
    assert len(catalog.read("vix"))


def test_a_list_of_tables_is_read_again_once_it_has_changed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "LATELY", 0)
    file, first = root / swap.MANIFEST, read_manifest(root)
    with monkeypatch.context() as patch:
        patch.setattr(swap, "read_bytes", None)
        assert read_manifest(root) is first
    file.write_bytes(file.read_bytes().replace(b'"version": "1"', b'"version": "2"'))
    assert (first["version"], read_manifest(root)["version"]) == ("1", "2")


def test_a_table_named_twice_is_said(root: Path) -> None:
    described = json.loads((root / swap.MANIFEST).read_text())
    described["resources"].append(described["resources"][0])
    (root / swap.MANIFEST).write_text(json.dumps(described))
    with pytest.raises(DataError, match=r"it names the table .* twice"):
        read_manifest(root)


def test_a_header_that_is_not_the_records_is_said(root: Path) -> None:
    described = json.loads((root / swap.MANIFEST).read_text())
    for table in described["resources"]:
        table["schema"]["fields"][-1]["name"] = "other"
    (root / swap.MANIFEST).write_text(json.dumps(described))
    with pytest.raises(DataError, match=r"'vix' cannot be read by its fields 'date,other': its he"):
        catalog.read("vix")


@pytest.mark.parametrize("path", ["clean/vix.csv", "datapackage.json"])
def test_a_folder_in_place_of_a_file_is_said(root: Path, path: str) -> None:
    (root / path).unlink()
    (root / path).mkdir()
    with pytest.raises(DataError, match=r"a folder is where a file must be; move it away"):
        catalog.read("vix")


def test_a_file_in_place_of_a_folder_is_said_before_anything_changes(root: Path) -> None:
    shutil.rmtree(root / "clean")
    (root / "clean").write_text("mine")
    with pytest.raises(DataError, match=r"a file is where a folder must be; move it away|move it"):
        build(root, progress=False)
    assert (root / "clean").read_text() == "mine"
    (root / "clean").unlink()  # the remedy
    build(root, progress=False)
    assert verify(root).ok


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_refuses_is_said_and_changes_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    before = refresh_root.contents(root)

    def refuse(path: Path, content: bytes) -> int:
        raise OSError(code, os.strerror(code), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", refuse)
        with pytest.raises(DataError, match=rf"cannot be built, .*\.csv'?: {os.strerror(code)}; "):
            build(root, progress=False)
    assert refresh_root.contents(root) == before
    assert not (root / swap.STAGING).exists()
    build(root, progress=False)


def test_a_raw_file_without_a_column_is_said(root: Path) -> None:
    (root / "raw" / "vix_daily.csv").write_text("day,vix\n2024-01-02,13\n")
    with pytest.raises(
        DataError, match=r"'vix' cannot be made from data/raw/vix_daily.csv, .*'dat"
    ):
        build(root, progress=False)


@pytest.mark.parametrize("root_given", [3, "", " ", b"x", "/nowhere\0", "/nowhere", __file__])
@pytest.mark.parametrize("use", [build, verify])
def test_a_root_that_is_no_folder_is_refused_by_name(use: Any, root_given: Any) -> None:
    with pytest.raises(DataError, match="root"):
        use(root_given)


def test_a_folder_without_data_says_where_they_are(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAREEARTH_DATA", str(whole.parent))
    with pytest.raises(DataError) as refusal:
        catalog.catalog()
    remedy = str(refusal.value).rpartition("set RAREEARTH_DATA to ")[2]
    monkeypatch.setenv("RAREEARTH_DATA", remedy)
    assert len(catalog.catalog()) == 2


# What a build did not make


def test_a_build_leaves_everything_it_did_not_make(root: Path, tmp_path: Path) -> None:
    (tmp_path / "far.csv").write_text("mine")
    (root / "clean/notes.csv").write_text("mine")
    (root / "clean/mine").mkdir()
    (root / "clean/link.csv").symlink_to(tmp_path / "far.csv")
    report = build(root, progress=False)
    assert report.left == ("link.csv", "mine", "notes.csv")
    assert "left alone in data/clean: link.csv, mine, notes.csv" in str(report)
    assert (root / "clean/link.csv").read_text() == "mine"


def test_what_lies_in_the_place_of_a_table_is_moved_aside_and_not_lost(
    root: Path, tmp_path: Path
) -> None:
    (root / "clean/vix.csv").write_text("my own figures")
    (root / "clean/usdcny.csv").unlink()
    (root / "clean/usdcny.csv").mkdir()
    (root / "clean/usdcny.csv/mine.txt").write_text("mine")
    report = build(root, progress=False)
    kept = {path.name: path for path in report.kept}
    assert kept["vix.csv"].read_text() == "my own figures"
    assert (kept["usdcny.csv"] / "mine.txt").read_text() == "mine"
    assert verify(root).ok


def test_a_link_in_the_place_of_a_table_is_moved_and_its_file_stays(
    root: Path, tmp_path: Path
) -> None:
    far = tmp_path / "far.csv"
    shutil.move(root / "clean/vix.csv", far)
    (root / "clean/vix.csv").symlink_to(far)
    before = far.read_bytes()
    assert [path.is_symlink() for path in build(root, progress=False).kept] == [True]
    assert far.read_bytes() == before


def test_a_table_that_is_no_longer_built_stays_if_it_was_changed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "clean/usdcny.csv").write_text("my own figures")
    only = tuple(table for table in refresh_root.two_tables() if table.name == "vix")
    monkeypatch.setattr(build_module, "all_tables", lambda: only)
    assert build(root, progress=False).left == ("usdcny.csv",)


def test_a_stray_file_is_left_and_verify_says_what_to_do(root: Path) -> None:
    (root / "clean/notes.csv").write_text("mine")
    assert verify(root).problems == (
        "clean/notes.csv is not in datapackage.json; no build made it: move it out of the folder",
    )
    shutil.move(root / "clean/notes.csv", root.parent)  # the remedy
    assert verify(root).ok


# Line ends


def with_crlf(root: Path) -> None:
    for path in root.rglob("*.csv"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def test_tables_whose_line_ends_git_changed_load_as_they_were(root: Path, whole: Path) -> None:
    with_crlf(root)
    mine = catalog.read("vix")
    catalog._frames.clear()
    assert mine.equals(catalog.read("vix"))
    assert mine["vix"].notna().all()


def test_a_table_with_other_line_ends_and_another_figure_is_refused(root: Path) -> None:
    with_crlf(root)
    path = root / "clean/vix.csv"
    path.write_bytes(path.read_bytes().replace(b",19.02\r", b",91.02\r", 1) + b"2030-01-01,1\r\n")
    with pytest.raises(DataError, match="is not the file that was built"):
        catalog.read("vix")


def test_verify_says_that_only_line_ends_differ_and_a_build_mends_raw_and_clean(
    root: Path, whole: Path
) -> None:
    with_crlf(root)
    problems = verify(root).problems
    assert len(problems) == 6
    assert all("line ends only" in p and "run `rareearth data build`" in p for p in problems)
    build(root, progress=False)
    assert verify(root).ok
    assert refresh_root.contents(root) == refresh_root.contents(whole)


def test_a_clone_keeps_the_bytes_of_the_data_whatever_git_is_told(tmp_path: Path) -> None:
    checkout = Path(__file__).resolve().parents[3]
    if not (checkout / ".git").exists():
        pytest.skip("not a checkout")
    clone = ["git", "clone", "-q", "--depth=1", "-c", "core.autocrlf=true", f"file://{checkout}"]
    subprocess.run([*clone, tmp_path / "clone"], check=True)
    for path in ("data/clean/vix.csv", "data/datapackage.json", "data/raw/sources.csv"):
        assert (tmp_path / "clone" / path).read_bytes() == (checkout / path).read_bytes()
