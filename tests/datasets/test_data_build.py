"""The build: repeatable, all or nothing, one writer at a time; and what verify finds."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pandas as pd
import pytest

from rareearth_research import datasets
from rareearth_research.datasets import build as build_module
from rareearth_research.datasets import catalog, registry, swap
from rareearth_research.datasets import verify as verify_module
from rareearth_research.datasets.build import RawFiles, build
from rareearth_research.datasets.catalog import data_dir, read
from rareearth_research.datasets.cleaning.measures import KNOWN_UNTIL
from rareearth_research.datasets.cleaning.prices import fetched, markets
from rareearth_research.datasets.cleaning.prices.fetched import FETCHED, FILES
from rareearth_research.datasets.cleaning.prices.markets import CN_ADJUSTED
from rareearth_research.datasets.cleaning.prices.tables import MARKETS
from rareearth_research.datasets.cleaning.prices.unfinished import drop_unfinished
from rareearth_research.datasets.columns import day, number
from rareearth_research.datasets.documents import rule_summaries
from rareearth_research.datasets.registry import CODEBOOK, CleaningLog, Table, all_tables, described
from rareearth_research.datasets.sources import rawfiles
from rareearth_research.datasets.verify import verify
from rareearth_research.errors import DataError

DATA = Path(__file__).resolve().parents[2] / "data"


def contents(root: Path) -> dict[str, bytes]:
    """Every file of the data package: not locks, nor what a user's own refreshes have kept."""
    kept = ("snapshots/", "candidates/")
    files = [p for p in root.rglob("*") if p.is_file() and not p.name.endswith(".part")]
    paths = {str(p.relative_to(root)): p for p in files}
    return {name: p.read_bytes() for name, p in paths.items() if not name.startswith(kept)}


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    root = tmp_path_factory.mktemp("rebuilt")
    shutil.copytree(DATA / "raw", root / "raw")
    return root, build(root, progress=False).log


def test_building_gives_the_committed_files_byte_for_byte(rebuilt):
    root, _ = rebuilt
    committed, fresh = contents(DATA), contents(root)
    assert committed.keys() == fresh.keys()
    assert [name for name in fresh if fresh[name] != committed[name]] == []


def test_building_again_changes_no_byte(rebuilt):
    root, _ = rebuilt
    before = contents(root)
    report = build(root, progress=False)
    assert contents(root) == before
    assert not report.tables["changed"].any()


def test_the_committed_data_are_as_built():
    report = verify(DATA)
    assert report.ok, str(report)


def test_the_data_folder_stays_below_25_megabytes():
    assert sum(map(len, contents(DATA).values())) < 25e6


def test_the_data_package_is_valid_for_frictionless():
    frictionless = pytest.importorskip("frictionless")
    report = frictionless.Package(str(DATA / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "type", "message"])[:5]


def test_every_field_has_a_description_and_every_table_a_source_and_licence():
    for resource in catalog.manifest(DATA)["resources"]:
        assert all(field["description"] for field in resource["schema"]["fields"])
        assert resource["sources"]
        assert resource["licenses"]


def test_every_codebook_is_that_of_a_table():
    files = {path.stem for path in CODEBOOK.glob("*.toml")}
    assert files <= {table.name for table in all_tables()}
    assert KNOWN_UNTIL in described("measure_status").description


@pytest.mark.parametrize("column", ['"Level."', '"Level."\nlevel.unit = "t"\nlevel.colour = "red"'])
def test_a_column_that_is_described_wrongly_is_named(tmp_path, monkeypatch, column):
    (tmp_path / "levels.toml").write_text(f"[columns]\nlevel.number = {column}\n", "utf-8")
    monkeypatch.setattr(registry, "CODEBOOK", tmp_path)
    with pytest.raises(DataError, match=r"codebook/levels\.toml: column 'level': .*(unit|colour)"):
        described("levels")


def test_a_raw_file_that_a_refresh_writes_has_a_date():
    with pytest.raises(DataError, match=r"levels\.csv: new rows are told by one of .*'month'"):
        rawfiles._described("levels.csv", {"columns": ("level",)})


SHOWN = ("volumes_", "price_")  # what else the cleaning of prices gives


@pytest.mark.parametrize(
    "table", [t for t in all_tables() if not t.name.startswith(SHOWN)], ids=lambda table: table.name
)
def test_a_table_is_made_of_the_files_and_sources_that_it_names(table, monkeypatch):
    """Of these it is seen whether a refresh has to build it again."""

    class Watched(RawFiles):
        def __getitem__(self, name):
            read.add(name)
            return super().__getitem__(name)

        def __contains__(self, name):
            read.add(name)
            return super().__contains__(name)

    def dated(rows, source, *more):
        sources.add(source)
        return drop_unfinished(rows, source, *more)

    read, sources = set(), set()
    for module in (markets, fetched):
        monkeypatch.setattr(module, "drop_unfinished", dated)
    table.build(Watched(data_dir(), {}), CleaningLog(table.name))
    assert read == {*table.raw}
    assert sources <= {*table.sources}


def test_every_file_that_a_price_is_read_from_is_recorded():
    raw = {table.name: table.raw for table in all_tables()}
    assert {*raw["price_flags"]} == {*raw["price_seams"]}
    for market in MARKETS:
        assert {*raw[f"volumes_{market}"]} == {*raw[f"prices_{market}"]} < {*raw["price_flags"]}
    assert {file for file, *_ in CN_ADJUSTED.values()} < {*raw["prices_cn"]} < {*raw["price_flags"]}
    for exchange, market in {"XNYS": "us", "XASX": "au", "XSHG": "cn"}.items():
        assert {FILES[source] for source in FETCHED[exchange]} < {*raw[f"prices_{market}"]}


# A tiny data folder, so that failures can be tried in milliseconds.

SOURCE = "source_id,title,publisher,url,retrieved,licence,redistribution,note\n"
SOURCE += "made_up,Numbers made up for tests,tests,,,none,free,synthetic\n"


def tiny_table(name="tiny", build=None):
    columns = {"day": day("Day"), "x": number("Length", "m", between=(0, 100))}

    def from_raw(raw, log):
        log.record("parse", len(raw["tiny.csv"]), "text to numbers")
        frame = raw["tiny.csv"]
        days = pd.to_datetime(frame["day"]).astype("datetime64[us]")
        return pd.DataFrame({"day": days, "x": frame["x"].astype("float64")})

    return Table(
        name,
        "Tiny",
        "Synthetic.",
        ("tiny.csv",),
        ("made_up",),
        columns,
        build or from_raw,
        ("day",),
    )


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "sources.csv").write_text(SOURCE)
    (tmp_path / "raw" / "tiny.csv").write_text("day,x\n2025-01-02,1.5\n2025-01-03,2\n")
    monkeypatch.setattr(build_module, "all_tables", lambda: (tiny_table(), tiny_table("other")))
    monkeypatch.setattr(verify_module, "all_tables", lambda: (tiny_table(), tiny_table("other")))
    monkeypatch.setenv("RAREEARTH_DATA", str(tmp_path))
    build(tmp_path, progress=False)
    return tmp_path


def test_a_missing_raw_file_is_named(tiny):
    (tiny / "raw" / "tiny.csv").rename(tiny / "raw" / "tiny2.csv")
    with pytest.raises(DataError, match=r"tiny\.csv is missing; nearest: 'tiny2\.csv'"):
        build(tiny, progress=False)


def test_a_value_outside_its_schema_names_table_column_and_row(tiny):
    (tiny / "raw" / "tiny.csv").write_text("day,x\n2025-01-02,1.5\n2025-01-03,-2\n")
    before = contents(tiny)
    with pytest.raises(DataError, match=r"'tiny': column 'x' fails .* -2\.0 in row 1"):
        build(tiny, progress=False)
    assert contents(tiny) == before


def test_a_repeated_key_is_refused(tiny):
    (tiny / "raw" / "tiny.csv").write_text("day,x\n2025-01-02,1\n2025-01-02,2\n")
    with pytest.raises(DataError, match="1 rows repeat the key; first: day=2025-01-02"):
        build(tiny, progress=False)


def test_an_unlisted_source_is_refused(tiny):
    (tiny / "raw" / "sources.csv").write_text(SOURCE.replace("made_up,", "made_op,"))
    with pytest.raises(DataError, match=r"'made_up', which .* nearest: 'made_op'"):
        build(tiny, progress=False)


def test_ctrl_c_while_cleaning_leaves_everything_as_it_was(tiny, monkeypatch):
    def interrupted(raw, log):
        raise KeyboardInterrupt

    broken = (tiny_table(), tiny_table("other", interrupted))
    monkeypatch.setattr(build_module, "all_tables", lambda: broken)
    before = contents(tiny)
    with pytest.raises(KeyboardInterrupt):
        build(tiny, progress=False, replace_raw={"tiny.csv": b"day,x\n2025-01-02,9\n"})
    assert contents(tiny) == before
    assert not (tiny / swap.STAGING).exists()


def test_new_raw_content_comes_into_force_with_its_tables(tiny):
    build(tiny, progress=False, replace_raw={"tiny.csv": b"day,x\n2025-01-02,9\n"})
    assert (tiny / "raw" / "tiny.csv").read_text() == "day,x\n2025-01-02,9\n"
    assert catalog.read("tiny")["x"].tolist() == [9.0]
    assert verify(tiny).ok


@pytest.mark.parametrize("moves", range(6))
def test_killed_while_moving_files_the_data_still_load(tiny, moves):
    script = f"""
        import os, signal
        from pathlib import Path
        from rareearth_research.datasets import swap
        done, real = 0, os.replace
        def replace(*args):
            global done
            if done == {moves}:
                os.kill(os.getpid(), signal.SIGKILL)
            done += 1
            real(*args)
        os.replace = replace
        root = Path({str(tiny)!r})
        with swap.locked(root), swap.staging(root) as stage:
            for path in Path({str(tiny / "next")!r}).rglob("*"):
                if path.is_file():
                    target = stage / path.relative_to({str(tiny / "next")!r})
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(path.read_bytes())
            swap.commit(root, stage)
    """
    twin = tiny / "next"
    shutil.copytree(tiny / "raw", twin / "raw")
    (twin / "raw" / "tiny.csv").write_text("day,x\n2025-01-02,9\n")
    build(twin, progress=False)
    (twin / swap.LOCK).unlink()
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert killed.returncode == -9
    assert catalog.read("tiny")["x"].tolist() == [9.0]
    assert catalog.read("other")["x"].tolist() == [9.0]
    shutil.rmtree(twin)
    with swap.locked(tiny):
        swap.finish_pending(tiny)
    assert verify(tiny).ok


def test_two_builds_at_once_take_turns_and_leave_a_sound_folder(tiny):
    def run(value):
        build(tiny, False, {"tiny.csv": f"day,x\n2025-01-02,{value}\n".encode()})

    threads = [threading.Thread(target=run, args=(value,)) for value in (3, 4, 5, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(tiny).ok
    assert catalog.read("tiny")["x"].equals(catalog.read("other")["x"])


def test_a_build_says_that_it_waits_for_that_of_another_process(tiny, caplog):
    script = f"""
        from pathlib import Path
        from rareearth_research.datasets import swap
        with swap.locked(Path({str(tiny)!r})):
            print("locked", flush=True)
            input()
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout.readline() == "locked\n"
        ours = threading.Thread(target=build, args=(tiny, False))
        ours.start()
        while not caplog.text:
            assert ours.is_alive()
        other.communicate("done\n")
    ours.join()
    assert f"Waiting until another build or refresh has done with {tiny}" in caplog.text
    assert verify(tiny).ok


def test_a_table_no_longer_built_is_removed(tiny, monkeypatch):
    monkeypatch.setattr(build_module, "all_tables", lambda: (tiny_table(),))
    build(tiny, progress=False)
    assert not (tiny / "clean" / "other.csv").exists()
    assert [
        r["name"] for r in json.loads((tiny / "datapackage.json").read_text())["resources"]
    ] == ["tiny"]


def test_verify_finds_a_changed_raw_file_a_missing_table_and_a_stray(tiny):
    (tiny / "raw" / "tiny.csv").write_text("day,x\n")
    (tiny / "clean" / "tiny.csv").unlink()
    (tiny / "clean" / "stray.csv").write_text("a\n")
    problems = "\n".join(verify(tiny).problems)
    assert "raw/tiny.csv: expected sha256:" in problems
    assert "clean/tiny.csv is missing" in problems
    assert "clean/stray.csv is not in datapackage.json" in problems


def test_a_lock_left_by_a_dead_process_does_not_block(tiny):
    script = f"""
        import os, signal
        from pathlib import Path
        from rareearth_research.datasets import swap
        with swap.locked(Path({str(tiny)!r})):
            os.kill(os.getpid(), signal.SIGKILL)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert os.path.exists(tiny / swap.LOCK)
    build(tiny, progress=False)


def test_every_rule_that_ran_is_a_documented_function_and_has_one_entry_for_each_table(rebuilt):
    root, log = rebuilt
    assert {step.rule for step in log.steps} <= rule_summaries().keys()
    sections = (root / "CLEANING.md").read_text().split("\n## ")[1:]
    assert len(sections) == len({step.table for step in log.steps})
    for section in sections:
        rules = [line for line in section.splitlines() if line.startswith("### ")]
        assert len(rules) == len(set(rules))


def test_the_seams_of_all_shares_are_one_table():
    report = (DATA / "CLEANING.md").read_text()
    chinese = report.partition("## `prices_cn`")[2].partition("### check_seam")[2]
    entry = chinese.partition("###")[0]
    seams = read("price_seams")["ticker"].str.contains(r"\.S[SZ]$")
    assert entry.count("wo sources of one security") == 1
    assert entry.count("\n| ") == 1 + seams.sum()  # a head, and a row each


def test_the_readme_says_how_to_load_every_table():
    page = (DATA / "README.md").read_text()
    for resource in catalog.manifest(DATA)["resources"]:
        for loader in resource["loaders"][:1]:
            assert f"| `rer.{loader}` |" in page
            assert loader in datasets.__all__
