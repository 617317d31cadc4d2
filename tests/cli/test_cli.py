"""The command line as typed: what it prints, where, and its exit code."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from rareearth_research import __version__
from rareearth_research.cli import app, main, output
from rareearth_research.datasets.sources import NAMES
from tests.support.synthetic import write_data, write_notebook

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def rareearth(tmp_path_factory):
    """Run the command in a folder with two synthetic studies and one made-up table."""
    root = tmp_path_factory.mktemp("cli")
    write_notebook(root / "notebooks", "01_squares")
    write_notebook(root / "notebooks", "02_fails", analysis="raise ValueError('made up')")
    environment = {
        **os.environ,
        "RAREEARTH_DATA": str(write_data(root / "data")),
        "RAREEARTH_NOTEBOOKS": str(root / "notebooks"),
        "COLUMNS": "200",
    }

    def run(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "rareearth_research.cli", *arguments]
        return subprocess.run(
            command,
            cwd=root,
            env=environment | extra,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    run.root = root
    return run


@pytest.fixture
def here(rareearth, monkeypatch, capsys):
    """Run the command in this process, which is quicker; return exit code and what was said."""
    monkeypatch.chdir(rareearth.root)
    monkeypatch.setenv("RAREEARTH_DATA", str(rareearth.root / "data"))
    monkeypatch.setenv("RAREEARTH_NOTEBOOKS", str(rareearth.root / "notebooks"))
    for console in (output.console, output.errors):
        monkeypatch.setattr(console, "width", 200)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["rareearth", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return (end.value.code, *capsys.readouterr())

    return run


def test_version_is_printed(rareearth):
    assert rareearth("--version").stdout.strip() == f"rareearth_research {__version__}"


def test_help_gives_an_example_for_every_command(here):
    for command in (["report"], ["studies"], ["lab"], ["doctor"], ["data", "verify"], ["events"]):
        code, out, _ = here(*command, "--help")
        assert code == 0
        assert f"Example: rareearth {' '.join(command)}" in out


def test_studies_are_listed_for_people_and_for_programs(here):
    assert "01_squares" in here("studies")[1]
    listed = json.loads(here("studies", "--format", "json")[1])
    assert listed[0] == {
        "study": "01_squares",
        "title": "Synthetic squares",
        "question": "Do squares of made-up numbers *grow*?",
    }


def test_the_parameters_of_a_study_are_listed(here):
    listed = json.loads(here("studies", "squares", "--format", "json")[1])
    assert listed[0]["parameter"] == "count"
    assert listed[0]["meaning"] == "how many rows"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report", "squarse"], "nearest: 'squares'"),
        (["report", "squares", "-p", "cuont=1"], "nearest: 'count'"),
        (["report", "squares", "-p", "count=abc"], "'count' must be int, not 'abc'"),
        (["report", "squares", "-p", "count"], "name=value"),
        (["report", "squares", "-f", "nowhere.yaml"], "cannot read nowhere.yaml"),
        (["report", "-p", "count=1"], "name the studies"),
        (["report", "--nonsense"], "No such option"),
        (["studies", "squares", "--format", "xml"], "'xml'"),
    ],
)
def test_a_wrong_question_is_answered_on_stderr_with_exit_code_2(rareearth, here, arguments, said):
    code, out, error = here(*arguments)
    assert (code, out) == (2, "")
    assert said in error
    assert "Traceback" not in error
    assert not (rareearth.root / "reports").exists()


def test_missing_notebooks_are_explained(here, monkeypatch):
    monkeypatch.setenv("RAREEARTH_NOTEBOOKS", "/nowhere")
    code, _, error = here("studies")
    assert code == 2
    assert "RAREEARTH_NOTEBOOKS" in error


def test_a_damaged_table_stops_a_report_before_any_kernel(rareearth):
    table = rareearth.root / "data/clean/made_up.csv"
    whole = table.read_bytes()
    table.write_bytes(whole + b"2024-01-03\n")
    try:
        done = rareearth("report", "squares", "--out", "damaged")
    finally:
        table.write_bytes(whole)
    assert done.returncode == 1
    assert "made_up" in done.stderr
    assert not (rareearth.root / "damaged").exists()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("rareearth report sq", "squares"),
        ("rareearth report squares -p co", "count="),
        ("rareearth report squares -p label=b", "label=bold"),
        ("rareearth report squares -p label = b", "bold"),  # as bash cuts it
        ("rareearth report squares -p label =", "bold"),
        ("rareearth data ver", "verify"),
        ("rareearth data refresh ya", "yahoo"),
    ],
)
def test_the_shell_completes(rareearth, typed, offered):
    words = {"_RAREEARTH_COMPLETE": "complete_bash", "COMP_WORDS": typed}
    words["COMP_CWORD"] = str(len(typed.split()) - 1)
    script = "from rareearth_research.cli import app; app(prog_name='rareearth')"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **words, "RAREEARTH_NOTEBOOKS": str(rareearth.root / "notebooks")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert offered in done.stdout.split()


def test_starting_the_command_imports_nothing_heavy():
    script = (
        "import sys, rareearth_research.cli.root; "
        "print(*{'papermill', 'scipy', 'statsmodels', 'matplotlib', 'pandera', 'nbconvert', "
        "'exchange_calendars', 'pydantic', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


@pytest.mark.end_to_end
def test_report_runs_what_it_can_and_says_what_failed(rareearth):
    done = rareearth("report", "--out", "out")
    assert done.returncode == 1
    assert "✓ 01_squares (" in done.stdout
    assert "The plain sum of 3 squares is 5." in done.stdout
    assert "02_fails failed in the cell that begins" in done.stderr
    assert "01_squares.html" in (rareearth.root / "out/index.html").read_text()


@pytest.mark.end_to_end
def test_parameters_come_from_a_file_and_the_line_overrides_it(rareearth):
    (rareearth.root / "params.yaml").write_text("count: 2\nlabel: bold\n")
    done = rareearth("report", "squares", "-f", "params.yaml", "-p", "count=4", "--out", "out2")
    assert done.returncode == 0
    assert "The bold sum of 4 squares is 14." in done.stdout


@pytest.mark.end_to_end
def test_doctor_finds_the_fault_and_nothing_else(rareearth):
    listed = json.loads(rareearth("doctor", "--format", "json").stdout)
    state = {row["check"]: row["state"] for row in listed}
    assert state["kernel"] == state["notebooks"] == state["output folder"] == "ok"
    assert state["data"] == "FAIL"  # the made-up table belongs to no registered table
    assert not (rareearth.root / "reports").exists()


@pytest.mark.thorough
def test_doctor_exits_with_1_when_something_is_broken(rareearth):
    (rareearth.root / "file").write_text("")
    done = rareearth("doctor", "--out", "file")
    assert done.returncode == 1
    assert "cannot write to" in done.stdout


def test_data_status_lists_the_tables(here):
    listed = json.loads(here("data", "status", "--format", "json")[1])
    assert [row["name"] for row in listed] == ["made_up"]


def test_data_status_says_how_old_each_table_is(here, monkeypatch):
    monkeypatch.delenv("RAREEARTH_DATA")
    listed = {row["name"]: row for row in json.loads(here("data", "status", "--format", "json")[1])}
    prices = listed["prices_us"]
    age = dt.date.today() - dt.date.fromisoformat(prices["last"])
    assert prices["age_days"] == age.days
    assert prices["retrieved"]
    assert prices["loader"] == "load_prices"
    assert listed["securities"]["age_days"] is None
    assert f"{age.days:,} d" in here("data", "status")[1]


def test_data_sources_says_what_each_feeds_needs_and_allows(here, monkeypatch):
    monkeypatch.setenv("FRED_API_KEY", "secret")
    monkeypatch.delenv("COMTRADE_API_KEY", raising=False)
    listed = json.loads(here("data", "sources", "--format", "json")[1])
    assert [row["source"] for row in listed] == list(NAMES)
    assert all(row["title"] and row["licence"] and row["url"] for row in listed)
    fred = next(row for row in listed if row["source"] == "fred")
    assert (fred["key"], fred["key_required"], fred["key_set"]) == ("FRED_API_KEY", True, True)
    assert fred["feeds"] == ["raw/fx_usdcny_daily.csv", "raw/vix_daily.csv"]
    shown = here("data", "sources")[1]
    assert "FRED_API_KEY (needed, set)" in shown
    assert "COMTRADE_API_KEY (optional, not set)" in shown
    assert "secret" not in shown


def test_data_that_differ_from_what_was_built_end_in_exit_code_1(here):
    code, _, error = here("data", "verify")
    assert code == 1
    assert "made_up" in error  # belongs to no registered table


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["events", "show", "cn-2025-10-no55"], "cn-2025-10-no55-58"),
        (["events", "--material", "Zz"], "materials: 'Zz'"),
        (["events", "--exchange", "NYSX"], "exchanges='NYSX'"),
        (["events", "--since", "soon"], "since 'soon' is not a day"),
        (["data", "refresh", "yahooo"], "nearest: 'yahoo'"),
        (["data", "refresh", "fred", "--since", "soon"], "'soon'"),
        (["data", "verify", "--root", "nowhere"], "'nowhere' does not exist"),
    ],
)
def test_what_does_not_exist_ends_in_exit_code_2_in_every_command(
    here, monkeypatch, arguments, said
):
    monkeypatch.delenv("RAREEARTH_DATA")  # the real data
    code, out, error = here(*arguments)
    assert (code, out) == (2, "")
    assert said in error


@pytest.mark.parametrize("arguments", [["events"], ["events", "show", "cn-2025-10-no55-58"]])
def test_a_damaged_table_is_a_failure_and_not_a_wrong_question(rareearth, tmp_path, arguments):
    damaged = shutil.copytree(ROOT / "data", tmp_path / "data", ignore=lambda *_: ["raw"])
    with (damaged / "clean" / "policy_events.csv").open("a") as table:
        table.write("one row too many\n")
    done = rareearth(*arguments, RAREEARTH_DATA=str(damaged))
    assert (done.returncode, done.stdout) == (1, "")
    assert "policy_events" in done.stderr


def test_every_command_in_the_documents_and_in_the_help_is_understood():
    written = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    written += (ROOT / "rareearth_research/cli").glob("*.py")
    text = "\n".join(path.read_text() for path in written)
    lines = re.findall(r'(?:^|Example: )rareearth ([^"\\\n]+)', text, re.M)
    assert len(lines) > 15
    for line in lines:
        group, words = get_command(app), shlex.split(line, comments=True)
        while hasattr(group, "commands") and words and words[0] in group.commands:
            group = group.commands[words.pop(0)]
        known = {name for parameter in group.params for name in parameter.opts}
        assert {word for word in words if re.match(r"--?[a-z]", word)} <= known, words


def test_data_status_says_what_each_study_would_gain_and_from_whom(here, monkeypatch):
    monkeypatch.delenv("RAREEARTH_DATA")
    listed = {row["name"]: row for row in json.loads(here("data", "status", "--format", "json")[1])}
    last = dt.date.fromisoformat(listed["prices_us"]["last"])
    assert listed["prices_cn"]["refresh"] == ["yahoo", "sina"]
    assert (listed["usdcny"]["refresh"], listed["usdcny"]["studies"]) == (["fred"], [])
    assert listed["materials"]["refresh"] == []

    class Today(dt.date):
        @classmethod
        def today(cls):
            return last + dt.timedelta(days=48)

    monkeypatch.setattr("rareearth_research.cli.data.dt.date", Today)
    shown = here("data", "status")[1]
    [line] = [line for line in shown.splitlines() if "New York prices end" in line]
    studies = ", ".join(listed["prices_us"]["studies"])
    assert studies.startswith(
        "00_origin_article, 02_event_study, 03_tightening_and_easing, 04_anticipation"
    )
    assert line.startswith(f"{studies}: ")
    assert "(6 securities earlier), 48 days ago; rareearth data refresh yahoo" in line
    assert f"end {last} " in line


def test_prices_that_end_on_friday_are_not_old_on_monday(here, monkeypatch):
    class Monday(dt.date):
        @classmethod
        def today(cls):
            return cls(2026, 10, 12)

    monkeypatch.delenv("RAREEARTH_DATA")
    monkeypatch.setattr("rareearth_research.cli.data.dt.date", Monday)
    assert "New York prices end" not in here("data", "status")[1]
