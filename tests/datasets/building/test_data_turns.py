"""A build of synthetic tables: all or nothing, one writer at a time; and what verify finds."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
import threading

import pandas as pd
import pytest

from rareearth_research.datasets import catalog, swap
from rareearth_research.datasets.building import build as build_module
from rareearth_research.datasets.building import verify as verify_module
from rareearth_research.datasets.building.build import build
from rareearth_research.datasets.building.verify import verify
from rareearth_research.datasets.tables.columns import day, number
from rareearth_research.datasets.tables.registry import Table
from rareearth_research.errors import DataError
from tests.support.refresh_root import contents

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


def test_two_builds_at_once_take_turns_and_leave_a_sound_folder(tiny, caplog):
    def run(value):
        build(tiny, False, {"tiny.csv": f"day,x\n2025-01-02,{value}\n".encode()})

    threads = [threading.Thread(target=run, args=(value,)) for value in (3, 4, 5, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert caplog.text == ""  # a process waits for itself without a word
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
