"""Studies under every combination of parameters: what is asked, kept, resumed and survived."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.cli import main
from rareearth_research.errors import RareEarthError, SourceError, SpecificationError
from rareearth_research.eventstudy.fit import fit
from rareearth_research.reports import find_study
from rareearth_research.reports.sweeps import running
from rareearth_research.reports.sweeps.asked import cells_of
from rareearth_research.reports.sweeps.cells import answer_of, keep, run_cell
from rareearth_research.reports.sweeps.curve import curve_of, read_curve, run_curve
from rareearth_research.reports.sweeps.page import write_page
from rareearth_research.reports.sweeps.results import Sweep
from rareearth_research.studies.events import placed_study
from rareearth_research.studies.sample import conditions
from tests.support import cells as stand_ins

TWO = {"studies": "event_study", "grid": {"model": ["market", "mean"]}}
SIX = {
    "studies": "event_study",
    "parameters": {"event_ids": "cn-2024-08-antimony"},
    "grid": {"model": ["raw", "mean", "market"], "windows": [[0, 1], [0, 5]]},
}
EARLY = "cn-2005-vat-rebate-removal"  # MP was not listed
on_dask = pytest.mark.skipif(not find_spec("distributed"), reason="Dask is not installed")


def test_a_grid_is_every_combination_and_a_list_is_itself():
    grid = {"model": ["market", "mean"], "windows": [[0, 1], [[-1, 1], [0, 5]]]}
    cells = cells_of({"studies": "event_study", "grid": grid})
    assert [tuple(cell.varied.values()) for cell in cells] == [
        ("market", "[[0, 1]]"), ("market", "[[-1, 1], [0, 5]]"),
        ("mean", "[[0, 1]]"), ("mean", "[[-1, 1], [0, 5]]"),
    ]  # fmt: skip
    listed = cells_of({"studies": ["02", "09"], "grid": [{"group": "magnet_makers"}, {}]})
    assert [cell.study[:2] for cell in listed] == ["02", "02", "09", "09"]


def test_a_choice_that_another_makes_idle_is_no_cell_of_its_own():
    grid = {"model": ["market", "mean"], "benchmark": ["SPY", "URTH"]}
    cells = cells_of({"studies": "02", "grid": grid})
    said = [(cell.parameters["model"], cell.parameters["benchmark"]) for cell in cells]
    assert said == [("market", "SPY"), ("market", "URTH"), ("mean", "local")]


def test_a_file_says_the_same_as_a_mapping(tmp_path):
    file = tmp_path / "sweep.yaml"
    file.write_text("studies: event_study\ngrid:\n  model: [market, mean]\n")
    assert cells_of(file) == cells_of(TWO)


def test_a_cell_is_known_by_its_content_and_not_by_how_it_was_asked():
    asked = cells_of({"studies": "02", "parameters": {"model": "mean"}})
    assert asked[0].key == cells_of(TWO)[1].key
    assert asked[0].key != cells_of(TWO)[0].key


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "must be the path of a YAML file or a mapping"),
        ({"study": "02"}, "has no part 'study'; nearest: 'studies'"),
        ({"grid": {"model": ["mean"]}}, "studies must name at least one study"),
        ({"studies": "events"}, "no study is called"),
        (TWO | {"grid": {"model": "mean"}}, "'model' must be a list of the values"),
        (TWO | {"grid": {}}, "must be lists of values by name"),
        (TWO | {"parameters": ["mean"]}, "parameters must be a mapping"),
        (TWO | {"parameters": {"model": "raw"}}, "'model' is in parameters and in grid"),
        (TWO | {"grid": {"modle": ["mean"]}}, "no parameter 'modle'; nearest: 'model'"),
        (TWO | {"grid": {"model": ["mean", "mean"]}}, "-p model=mean' is there twice; keep one"),
        (TWO | {"grid": {n: [*range(99)] for n in ("a", "b", "c")}}, "970,299 cells are more than"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_runs(asked, message, tmp_path):
    with pytest.raises(SpecificationError, match=message):
        rer.sweep(asked, tmp_path)


def test_workers_are_those_of_the_scheduler(tmp_path):
    with pytest.raises(SpecificationError, match="leave workers out"):
        rer.sweep(TWO, tmp_path, workers=2, scheduler="tcp://127.0.0.1:1")


def test_without_dask_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SpecificationError, match=r"pip install 'rareearth_research\[sweep\]'"):
        rer.sweep(TWO, tmp_path)


@on_dask
@pytest.mark.end_to_end
def test_a_scheduler_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(running, "PATIENCE", 1)
    with pytest.raises(SourceError, match=r"no worker answers at tcp://127\.0\.0\.1:1 "):
        rer.sweep(TWO, tmp_path, scheduler="tcp://127.0.0.1:1")


def kept(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("cells/*.json")}


@on_dask
@pytest.mark.end_to_end
def test_a_failing_cell_is_kept_with_its_message_and_the_rest_finished(tmp_path):
    events = {"event_ids": ["cn-2024-08-antimony", EARLY]}
    asked = {"studies": "02", "parameters": {"securities": "MP"}, "grid": events}
    found = rer.sweep(asked, tmp_path, workers=1, progress=False)
    assert found.table["finding"].ne("").tolist() == [True, False]
    with pytest.raises(RareEarthError) as direct:
        rer.studies.event_study(EARLY, securities="MP")
    assert found.table["error"][1] == str(direct.value)
    assert f"Cell 2 failed: {direct.value}" in found.summary().notes
    before = kept(tmp_path)
    rer.sweep(asked, tmp_path, workers=1, progress=False)  # the failed one is tried again
    assert {n for n, at in kept(tmp_path).items() if before[n] != at} == {
        f"{found.table['key'][1]}.json"
    }


@on_dask
@pytest.mark.end_to_end
@pytest.mark.thorough
def test_a_cell_gives_the_table_of_the_notebook(tmp_path):
    found = rer.sweep(TWO, tmp_path, progress=False)
    run = found.open(2)
    assert run.parameters["model"] == "mean"
    table = (tmp_path / "cells" / f"{found.table['key'][1]}.csv").read_bytes()
    assert table == (run.directory / "tables/tests.csv").read_bytes()
    answer = rer.studies.event_study(model="mean")
    pd.testing.assert_frame_equal(
        found.rows.query("cell == 2").drop(columns="cell"),
        answer.table.fillna({"note": pd.NA}),
        check_dtype=False,
        check_exact=True,
    )


def test_the_curve_of_a_sweep_is_the_specification_curve_of_its_choices():
    events = ["cn-2024-08-antimony", "cn-2025-04-no18-seven-ree"]
    grid = {"model": ["market", "mean"], "benchmark": ["local", "SPY"], "windows": ["0,1", "0,5"]}
    asked = {"studies": "02", "parameters": {"event_ids": events}, "grid": grid}
    task = curve_of(cells_of(asked))
    assert task is not None
    found = read_curve(json.loads(json.dumps(run_curve(task))))
    returns = rer.load_returns(group="rare_earths")
    direct = rer.specification_curve(
        returns, rer.load_events(event_ids=events), models=grid["model"], windows=[(0, 1), (0, 5)],
        benchmarks=grid["benchmark"], exclude_near=rer.load_events(), **conditions(returns),
    )  # fmt: skip
    assert found is not None
    assert found.joint is not None
    pd.testing.assert_frame_equal(found.joint, direct.joint)
    key = ["model", "window", "benchmark"]
    ours, theirs = (
        curve.table.drop_duplicates(key).set_index(key).sort_index()[["caar", "lower", "p_value"]]
        for curve in (found, direct)
    )
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


@pytest.mark.parametrize("firm_news", ["flag", "drop"])
def test_the_curve_fits_what_the_study_of_a_cell_fits(firm_news):
    grid = {"event_ids": [["cn-2024-08-antimony"]], "group": ["antimony"], "firm_news": [firm_news]}
    (cell,) = cells_of({"studies": "event_study", "grid": grid})
    found, answer = fit(placed_study(**cell.parameters)), answer_of(cell)
    pd.testing.assert_frame_equal(found.car, answer.result.car)
    # and its placebo is the one that a verdict would run
    pd.testing.assert_frame_equal(answer.samples.table, rer.split(answer.result, {}).table)


def test_an_event_study_that_fails_is_in_the_curve_with_its_reason():
    grid = {"model": ["mean", "raw"], "event_ids": ["cn-2024-08-antimony", EARLY]}
    asked = {"studies": "02", "parameters": {"securities": "MP"}, "grid": grid}
    task = curve_of(cells_of(asked))
    assert task is not None
    table = pd.DataFrame(run_curve(task)["rows"])
    assert table["caar"].notna().tolist() == [True, False, True, False]
    assert table["note"][1].startswith("no event falls on a session of the data")


@on_dask
@pytest.mark.end_to_end
def test_what_breaks_down_is_tried_again_on_one_thread_a_worker(tmp_path, monkeypatch):
    monkeypatch.setenv("MARKER", str(tmp_path / "marker"))
    monkeypatch.setattr(running, "run_cell", stand_ins.breaks_down_once)
    found = rer.sweep(TWO, tmp_path / "sweep", workers=1, progress=False)
    assert found.table["finding"].tolist() == [f"1 1 {running.TRIM}"] * 2


@on_dask
@pytest.mark.end_to_end
@pytest.mark.thorough
def test_what_breaks_down_every_time_is_kept_as_failed(tmp_path, monkeypatch):
    monkeypatch.setattr(running, "run_cell", stand_ins.always_breaks_down)
    found = rer.sweep(TWO, tmp_path, workers=1, progress=False)
    assert found.table["error"].tolist() == ["ValueError: the machine is broken"] * 2


@pytest.fixture
def cluster(tmp_path) -> Iterator[tuple[str, list[subprocess.Popen[Any]]]]:
    """A scheduler and two workers, each a process of its own."""
    file = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    place = ["--scheduler-file", str(file), "--no-dashboard"]
    started = [
        subprocess.Popen([*dask, "distributed.cli.dask_scheduler", *place, "--port", "0"],
                         **quiet)
    ]  # fmt: skip
    for _ in range(2):
        started.append(
            subprocess.Popen([*dask, "distributed.cli.dask_worker", *place, "--no-nanny",
                              "--nthreads", "1", "--local-directory", str(tmp_path)], **quiet)
        )  # fmt: skip
    until(file.exists)
    yield json.loads(file.read_text())["address"], started
    for process in started:
        process.kill()
        process.wait()


def until(true: Any, seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def begin(asked: dict[str, Any], folder: Path, *options: str) -> subprocess.Popen[Any]:
    file = folder / "six.yaml"
    file.write_text(json.dumps(asked))
    command = [sys.executable, "-m", "rareearth_research.cli", "sweep", str(file), *options]
    with (folder / "stderr").open("w") as said:
        return subprocess.Popen(
            [*command, "--out", str(folder)], stdout=subprocess.DEVNULL, stderr=said
        )


@on_dask
@pytest.mark.end_to_end
@pytest.mark.thorough
def test_a_killed_worker_costs_nothing_that_is_finished(tmp_path, cluster):
    address, processes = cluster
    driver, folder = begin(SIX, tmp_path, "--scheduler", address), tmp_path / "sweep-six"
    until(lambda: len(kept(folder)) >= 1)
    before = kept(folder)
    processes[-1].send_signal(signal.SIGKILL)
    assert driver.wait(180) == 0
    after = kept(folder)
    assert len(after) == 7  # and the curve
    assert {name: after[name] for name in before} == before


@on_dask
@pytest.mark.end_to_end
@pytest.mark.thorough
def test_a_lost_scheduler_ends_the_sweep_and_keeps_what_is_finished(tmp_path, cluster):
    address, processes = cluster
    driver, folder = begin(SIX, tmp_path, "--scheduler", address), tmp_path / "sweep-six"
    until(lambda: len(kept(folder)) >= 1)
    processes[0].kill()
    assert driver.wait(180) == 1
    assert "the scheduler was lost; run the sweep again" in (tmp_path / "stderr").read_text()
    assert 1 <= len(kept(folder)) < 7


@on_dask
@pytest.mark.end_to_end
@pytest.mark.thorough
def test_a_killed_driver_loses_nothing_and_goes_on_where_it_was(tmp_path):
    driver, folder = begin(SIX, tmp_path, "--workers", "1"), tmp_path / "sweep-six"
    until(lambda: len(kept(folder)) >= 2)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    before = kept(folder)
    assert 2 <= len(before) < 7
    found = rer.sweep(tmp_path / "six.yaml", folder, workers=1, progress=False)
    assert found.table["finding"].ne("").all()
    after = kept(folder)
    assert {name: after[name] for name in before} == before


def finished(folder: Path) -> Sweep:
    """A sweep of two cells, one of them failed, and its curve, run here."""
    grid = {"event_ids": ["cn-2024-08-antimony", EARLY]}
    asked = {"studies": "02", "parameters": {"securities": "MP", "model": "mean"}, "grid": grid}
    cells = cells_of(asked)
    for cell in cells:
        keep(folder, cell, run_cell(cell))
    task = curve_of(cells)
    assert task is not None
    keep(folder, task, run_curve(task))
    return Sweep.of(folder, cells)


def test_the_page_says_the_finding_the_failure_and_every_cell(tmp_path):
    found = finished(tmp_path)
    write_page(found)
    page = (tmp_path / "index.html").read_text()
    policy = unescape(page).split('content="')[1].split('"')[0]
    assert "1 of 2 cells have an answer, 1 failed." in page
    assert f"<li>Cell 2 failed: {found.table['error'][1]}</li>" in page
    assert page.count("rareearth report 02_event_study") == 2
    assert (tmp_path / "curve.svg").read_text().startswith("<?xml")
    for tag, own in re.findall(r"<(script|style)>(.*?)</\1>", page, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"sha256-{digest}" in policy.split(f"{tag}-src ")[1].split(";")[0]
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"(src|href)=[\"']?https?:", page)


def test_the_command_prints_a_finished_sweep_and_asks_nothing_again(tmp_path, monkeypatch, capsys):
    parameters = {"event_ids": "cn-2024-08-antimony", "securities": "MP", "model": "mean"}
    (tmp_path / "one.yaml").write_text(json.dumps({"studies": "02", "parameters": parameters}))
    (cell,) = cells_of(tmp_path / "one.yaml")
    keep(tmp_path / "sweep-one", cell, answer := run_cell(cell))
    monkeypatch.setattr(running, "_answers", None)

    def rareearth(*more: str) -> str:
        line = ["rareearth", "sweep", str(tmp_path / "one.yaml"), "--out", str(tmp_path), *more]
        monkeypatch.setattr("sys.argv", line)
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 0
        return capsys.readouterr().out

    assert "1 of 1 cells have an answer." in rareearth()
    (row,) = json.loads(rareearth("--format", "json"))
    assert (row["finding"], row["error"]) == (answer["finding"], "")


def test_the_same_cells_give_the_same_page(tmp_path):
    found = finished(tmp_path)
    write_page(found)
    first = (tmp_path / "index.html").read_bytes()
    write_page(found)
    assert (tmp_path / "index.html").read_bytes() == first


def test_a_record_that_is_damaged_is_no_answer(tmp_path):
    found = finished(tmp_path)
    record = tmp_path / "cells" / f"{found.table['key'][0]}.json"
    record.write_text(record.read_text()[:-20])
    assert Sweep.of(tmp_path, found.cells).table["error"][0] == "not run"


def test_a_notebook_without_a_function_is_named(tmp_path, monkeypatch):
    shutil.copy(find_study("01").path, tmp_path / "77_my_own.ipynb")
    monkeypatch.setenv("RAREEARTH_NOTEBOOKS", str(tmp_path))
    with pytest.raises(SpecificationError, match="'77_my_own' is a notebook without a function"):
        cells_of({"studies": "77"})


def test_a_worker_with_other_data_refuses_its_cell():
    cell = replace(cells_of(TWO)[0], made_with="rareearth_research 0.0.9, data 0123456789ab")
    message = run_cell(cell)["error"]
    assert re.search("the worker has rareearth_research .* begun with .* 0.0.9", message)
