"""A wheel alone, outside of any checkout, is enough for a study of one's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

import hatch_build
from rareearth_research.datasets.tables.passing import restricted_rows
from tests.support.own_study import EVENT, EVENTS, write_study
from tests.support.thorough import first_of

ROOT = Path(__file__).resolve().parents[2]
KEYS = {f"{name}_API_KEY": "never-to-be-written" for name in ("FRED", "STOOQ", "COMTRADE")}
WATCH = """
import os, sys
def watch(event, found):
    if event in ("socket.getaddrinfo", "socket.connect"):
        address = found[0] if event == "socket.getaddrinfo" else found[1]
        host = address[0] if isinstance(address, tuple) else address
        if event == "socket.connect" and isinstance(address, str):  # a socket of this machine
            return
        if host not in (None, "", "localhost", "127.0.0.1", "::1"):
            with open(os.environ["HOME"] + "/sent", "a") as file:
                file.write(f"{event} {address}")
sys.addaudithook(watch)
"""
pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def rareearth(wheel, tmp_path_factory):
    """Run the command of an environment that holds the wheel, in a folder that is no checkout."""
    home = tmp_path_factory.mktemp("home")
    environment = home / "venv"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin/python"
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, capture_output=True)
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "what_it_needs.pth").write_text(sysconfig.get_path("purelib"))  # without its own .pth
    (site / "watch.py").write_text(WATCH)
    (site / "watch.pth").write_text("import watch")
    folder = home / "Étude terres rares"
    folder.mkdir()

    def run(*arguments, cwd=folder, **extra):
        return subprocess.run(
            [environment / "bin/rareearth", *arguments],
            cwd=cwd,
            env={"PATH": f"{environment / 'bin'}:{os.defpath}", "HOME": str(home), "COLUMNS": "200",
                 "LANG": "C.UTF-8"} | KEYS | extra,
            capture_output=True,
            text=True,
        )  # fmt: skip

    run.home, run.folder, run.python = home, folder, python
    return run


@pytest.fixture(scope="module")
def study(rareearth):
    """The folder of a study from `new` to its page."""
    made = rareearth("new", "ma première étude")
    assert made.returncode == 0, made.stderr
    folder = rareearth.folder / "ma première étude"
    write_study(folder)
    check = rareearth("check", cwd=folder)
    assert check.returncode == 1
    assert "exchanges: {LVMH: XPAR}" in " ".join(check.stderr.replace("│", " ").split())
    with (folder / "study.yaml").open("a", encoding="utf-8") as file:
        file.write("\nexchanges: {LVMH: XPAR}\n")
    check = rareearth("check", cwd=folder)
    assert check.returncode == 0, check.stderr
    assert "six pairs, six of them kept" in check.stdout
    done = rareearth("report", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_wheel_holds_the_notebooks_and_no_row_that_may_not_be_passed_on(wheel):
    with zipfile.ZipFile(wheel) as content:
        names = content.namelist()
        package = json.loads(content.read("rareearth_research/shipped/data/datapackage.json"))
        rows = {
            table["name"]: content.read(f"rareearth_research/shipped/data/{table['path']}")
            for table in package["resources"]
        }
    shipped = {Path(name).name for name in names if "/shipped/notebooks/" in name}
    wanted = [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "notebooks").glob("*.yaml")]
    assert shipped == {path.name for path in wanted}
    assert not [name for name in names if "/raw/" in name]
    for table in package["resources"]:
        terms = {source["redistribution"] for source in table["sources"]}
        passed_on = terms <= {"free", "attribution"}
        assert (rows[table["name"]].count(b"\n") > 1) == passed_on, table["name"]


def test_a_row_that_may_not_be_passed_on_is_found_in_an_archive(wheel):
    files = dict(hatch_build.files_of(wheel))
    assert restricted_rows(files.items()) == []
    home = "rareearth_research/shipped/data"
    prices = (ROOT / "data/clean/prices_us.csv").read_bytes()
    for name in ("clean/prices_us.csv", "clean/of_nobody.csv"):
        assert restricted_rows([*files.items(), (f"{home}/{name}", prices)]) == [f"{home}/{name}"]
    raw = "rareearth_research/raw/prices_mcp.csv"
    assert restricted_rows([*files.items(), (raw, prices)]) == [raw]


def test_a_build_with_a_figure_that_may_not_be_passed_on_fails_and_leaves_nothing(tmp_path):
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    package = tmp_path / "rareearth_research"
    (package / "datasets/tables").mkdir(parents=True)
    rule = "datasets/tables/passing.py"
    shutil.copy(ROOT / "rareearth_research" / rule, package / rule)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/datapackage.json").write_text('{"resources": []}')
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"]
    assert subprocess.run(build, cwd=tmp_path, capture_output=True).returncode == 0
    (package / "raw").mkdir()
    shutil.copy(ROOT / "data/raw/prices_mcp.csv", package / "raw")
    shutil.rmtree(tmp_path / "dist")
    done = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "May not be passed on, and was built in: rareearth_research/raw/" in done.stderr
    assert not [*tmp_path.glob("dist/*.whl")]


def test_a_whole_wheel_is_built_only_when_asked_for(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    asked = os.environ | {"RAREEARTH_WHOLE": "1"}
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, env=asked)
    (made,) = tmp_path.glob("*.whl")
    refused = restricted_rows(hatch_build.files_of(made))
    assert "rareearth_research/shipped/data/clean/prices_us.csv" in refused


def test_an_sdist_holds_what_a_wheel_is_built_from_and_builds_the_same(wheel, tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)]
    subprocess.run([*build, "-t", "sdist"], cwd=ROOT, check=True, capture_output=True)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    subprocess.run([*build, "-t", "wheel"], cwd=source, check=True, capture_output=True)
    (again,) = tmp_path.glob("*.whl")
    one, other = (dict(hatch_build.files_of(path)) for path in (wheel, again))
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


def test_the_tables_of_a_wheel_are_as_it_says(rareearth):
    done = rareearth("data", "verify")
    assert done.returncode == 0, done.stderr
    assert rareearth("events", "show", "cn-2025-10-no61-no62").returncode == 0


def test_every_loader_gives_rows_or_says_where_they_are_had(rareearth):
    tables = json.loads(rareearth("data", "status", "--format", "json").stdout)
    assert {table["rows"] > 0 for table in tables} == {True, False}
    script = """
import rareearth_research as rer
for name in {table["loader"] for _, table in rer.catalog().iterrows()} - {"", "load_price_flags"}:
    try:
        assert len(getattr(rer, name)())
    except rer.DataError as error:
        assert "`rareearth data refresh all`" in str(error), (name, error)
        print(name)
"""
    command = [rareearth.python, "-c", script]
    done = subprocess.run(command, env={}, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    lacking = {table["loader"] for table in tables if not table["rows"]}
    assert {*done.stdout.split()} == lacking - {"", "load_price_flags"}


def test_the_studies_are_listed(rareearth):
    listed = json.loads(rareearth("studies", "--format", "json").stdout)
    assert [study["study"] for study in listed] == [
        path.stem for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    ]


@pytest.mark.thorough
def test_the_timeline_is_made(rareearth):
    done = rareearth("report", "policy_timeline", "--out", "timeline")
    assert done.returncode == 0, done.stderr
    assert [*rareearth.folder.glob("timeline/01_policy_timeline*/*.html")]


@pytest.mark.parametrize("study", first_of(["event_study", "price_dynamics", "trade_response"]))
def test_a_study_of_figures_that_a_wheel_does_not_bring_names_the_command(rareearth, study):
    done = rareearth("report", study, "--out", "without")
    assert done.returncode == 1
    said = " ".join(done.stderr.replace("│", " ").split())
    assert "RAREEARTH_DATA to the data folder of a checkout" in said
    assert "`rareearth data refresh all` brings up to date" in said


def test_notebooks_are_copied_into_a_workspace_and_nowhere_else(rareearth, tmp_path):
    done = rareearth("lab", cwd=tmp_path)
    assert done.returncode == 2
    assert "`rareearth new my-study`" in " ".join(done.stderr.replace("│", " ").split())
    assert [*tmp_path.iterdir()] == []


def test_a_study_of_ones_own_runs_from_new_to_its_page(study):
    (record,) = study.glob("reports/02_event_study-*/run.json")
    found = json.loads(record.read_text(encoding="utf-8"))
    assert found["parameters"]["event_ids"][0] == EVENT
    page = (record.parent / found["files"]["html"]).read_text(encoding="utf-8")
    assert "Décret inventé sur les terres rares" in page
    assert (study / "reports/index.html").is_file()


def test_a_study_sends_nothing_and_writes_no_key(study, rareearth):
    assert study.is_relative_to(rareearth.home)
    sent = rareearth.home / "sent"
    assert not sent.exists()
    for path in rareearth.home.rglob("*"):
        if path.is_file():
            assert KEYS["FRED_API_KEY"].encode() not in path.read_bytes(), path
    script = "import socket; socket.getaddrinfo('somewhere.invalid', 80)"  # and it would be seen
    subprocess.run([rareearth.python, "-c", script], env={"HOME": str(rareearth.home)}, check=False)
    assert "somewhere.invalid" in sent.read_text()
    sent.unlink()


@pytest.mark.thorough
def test_files_alone_are_enough_without_a_workspace(rareearth):
    write_study(rareearth.folder, events=EVENTS)
    done = rareearth(
        "report", "event_study", "-p", "events_file=events.csv", "-p",
        "prices_file=prices/cours.csv", "-p", "exchanges=XPAR",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_prices_that_a_wheel_does_not_bring_are_asked_for_by_name(rareearth):
    script = "import rareearth_research as rer; print(rer.load_prices(['MP']).shape[1])"

    def load(**extra):
        command = [rareearth.python, "-c", script]
        return subprocess.run(command, env=extra, capture_output=True, text=True, cwd="/")

    missing = load()
    assert "publishers restrict passing them on" in missing.stderr
    assert "set RAREEARTH_DATA" in missing.stderr
    assert load(RAREEARTH_DATA=str(ROOT / "data")).stdout == "1\n"
