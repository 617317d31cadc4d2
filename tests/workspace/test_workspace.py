"""A workspace from `rareearth new` to its page: what is made, what is checked, what is studied."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient

from rareearth_research.cli import main
from rareearth_research.cli.output import console
from rareearth_research.datasets.own.description import STUDY
from rareearth_research.errors import RareEarthError, SpecificationError
from rareearth_research.reports.studies import find_study
from rareearth_research.workspace.asking import asked_of, here, studies_of
from rareearth_research.workspace.checking import check_workspace
from rareearth_research.workspace.making import make_workspace
from tests.support.own_study import EVENT, EVENTS, paris_prices, write_study

ROOT = Path(__file__).resolve().parents[2]
end_to_end = pytest.mark.end_to_end


@pytest.fixture
def study(tmp_path, monkeypatch):
    """The working directory is a workspace of made-up data, its path with blanks and accents."""
    folder = make_workspace(tmp_path / "Étude terres rares")
    write_study(folder)
    say(folder, "exchanges: XPAR")
    monkeypatch.chdir(folder)
    return folder


def say(folder, *lines):
    text = (folder / STUDY).read_text(encoding="utf-8")
    (folder / STUDY).write_text(text + "\n".join(["", *lines, ""]), encoding="utf-8")


def run(*arguments, cwd, **extra):
    """Run the command as a user would, in a process of its own."""
    command = [sys.executable, "-m", "rareearth_research.cli", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **extra}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


def told(*arguments, cwd, columns=200):
    """Run the command here, which saves its start."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(cwd)
        patch.setattr(sys, "argv", ["rareearth", *arguments])
        patch.setattr(console, "_width", columns)
        with pytest.raises(SystemExit) as end:
            main()
    return SimpleNamespace(returncode=end.value.code, stdout=out.getvalue(), stderr=err.getvalue())


# --- made ---


def test_a_new_workspace_holds_what_is_to_be_filled_in_and_copies_of_the_notebooks(tmp_path):
    folder = make_workspace(tmp_path / "a" / "my-study")
    assert sorted(path.name for path in folder.iterdir()) == [
        "events.csv", "notebooks", "prices", "reports", STUDY,
    ]  # fmt: skip
    shipped = ROOT / "notebooks/02_event_study.ipynb"
    assert (folder / "notebooks" / shipped.name).read_bytes() == shipped.read_bytes()


def test_a_new_workspace_is_sound_and_studies_what_ships(tmp_path, monkeypatch):
    monkeypatch.chdir(make_workspace(tmp_path / "my-study"))
    found = check_workspace(here())
    assert found.ok
    assert found.plans[0].words.startswith("02_event_study: one event × 40 securities = 40 pairs")


@pytest.mark.parametrize("there", ["file", "folder"])
def test_nothing_that_is_there_is_overwritten(tmp_path, there):
    path = tmp_path / "here"
    path.write_text("mine") if there == "file" else (path / "mine").mkdir(parents=True)
    with pytest.raises(SpecificationError, match="not empty; choose a new folder"):
        make_workspace(path)
    make_workspace(tmp_path / "new")


@pytest.mark.parametrize("folder", ["", "  ", "a\0b", 7, None])
def test_what_is_no_path_is_refused(folder):
    with pytest.raises(SpecificationError, match="folder must be the path of a new folder"):
        make_workspace(folder)


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RareEarthError, match=r"cannot write to .*choose another folder"):
        make_workspace(tmp_path / "file" / "study")


def test_new_says_what_to_do_next(tmp_path):
    done = run("new", "my study", cwd=tmp_path)
    assert done.returncode == 0
    for word in ("cd 'my study'", "events.csv", "rareearth check", "rareearth report"):
        assert word in done.stdout


def test_every_example_in_the_template_is_read_as_it_says(study):
    text = (study / STUDY).read_text(encoding="utf-8")
    text = re.sub(r"^# (exchanges: {|returns:)", r"# or \1", text, flags=re.M)  # stand for another
    examples = r"^# (?=(events|prices|exchanges|securities|groups|parameters):|  \w+: [\[{\w])"
    offered = re.sub(examples, "", text.removesuffix("exchanges: XPAR\n"), flags=re.M)
    (study / STUDY).write_text(offered, encoding="utf-8")
    events = EVENTS.replace("2024-06-05", "05/06/2024").replace("2025-03-11", "11/03/2025")
    (study / "events.csv").write_text(events.replace(EVENT, "my-first-event"), encoding="utf-8")
    found = check_workspace(study)
    assert found.problems == ()
    assert found.plans[0].words.startswith(
        "02_event_study: two events × two securities = four pairs"
    )
    assert found.securities.loc["LVMH", "name"] == "LVMH Moët Hennessy"


# --- checked ---


def test_check_says_what_will_be_studied(study):
    found = check_workspace(study)
    assert found.ok
    (plan,) = found.plans
    assert plan.words == (
        "02_event_study: two events × three securities = six pairs, six of them kept. Two "
        "sessions are possible for the announcement of 5 June 2024 (5 June 2024 or 6 June 2024 in "
        "Paris) and the announcement of 11 March 2025 (11 March 2025 or 12 March 2025 in Paris): "
        "the later one is studied."
    )
    assert set(plan.sessions["exchange"]) == {"XPAR"}
    assert found.securities.loc["LVMH", ["exchange", "benchmark", "prices"]].tolist() == [
        "XPAR", "^FCHI", 783,
    ]  # fmt: skip
    assert "semicolon" in found.read["events.csv"]
    assert " prices/cours.csv" in found.read["prices"]


def test_check_says_what_will_be_dropped_and_why(study):
    prices = paris_prices()
    prices.loc["2024-06-03":, "OR.PA"] = None
    write_study(study, prices, EVENTS + "early;Trop tôt;2023-02-01;;easing;\n")
    words = check_workspace(study).plans[0].words
    assert "nine pairs, four of them kept" in words
    assert f"{EVENT} × OR.PA" in words
    assert "no return on or after the event session: delisted, or its data end" in words
    assert "early × LVMH" in words
    assert "fewer matched estimation days" in words


def test_check_collects_the_problems_of_all_studies(study):
    say(study, "parameters: {group: your, event_ids: [no-such-event]}")
    text = (study / STUDY).read_text(encoding="utf-8")
    both = text.replace("studies: [event_study]", "studies: [event_study, anticipation]")
    (study / STUDY).write_text(both, encoding="utf-8")
    found = check_workspace(study)
    assert [problem.partition(":")[0] for problem in found.problems] == [
        "02_event_study", "04_anticipation",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["parameters: {widows: [[0, 1]]}"], "parameter 'widows'; nearest: 'windows'"),
        (["parameters: {windows: [[1, 0]]}"], "is not a window"),
        (["parameters: [a]"], "parameters: ['a'] is not of its form; see docs/own_study.md"),
        (["securities: {LVMH: x}"], "securities: LVMH: write what is known as {name"),
        (["prices: {decimal: ';'}"], "decimal"),
        (["\tgroups: {}"], "not valid YAML"),
    ],
)
def test_check_names_what_study_yaml_cannot_mean(study, lines, said):
    say(study, *lines)
    (problem,) = check_workspace(study).problems
    assert said in problem


def test_check_from_the_shell_counts_problems_in_its_exit_code(study):
    done = told("check", "--format", "json", cwd=study / "prices")
    assert done.returncode == 0
    assert json.loads(done.stdout)["studies"][0]["sessions"][0]["session"] == "2024-06-06"
    (study / "events.csv").write_text("event_id,date\na,05/04/2024\n")
    done = told("check", cwd=study)
    assert done.returncode == 1
    assert "date_format" in done.stderr


def test_check_breaks_no_heading_and_no_day_on_a_narrow_terminal(study):
    say(study, "securities: {LVMH: {name: A name that needs a line of its own, currency: EUR}}")
    lines = told("check", cwd=study, columns=80).stdout.splitlines()
    (row,) = [n for n, line in enumerate(lines) if "exchange  currency  benchmark" in line]
    assert lines[row + 1].split()[-3:] == ["2023-01-02", "2025-12-31", "783"]


def test_check_names_both_sessions_where_two_are_possible(study):
    said = told("check", cwd=study).stdout
    assert "2024-06-05 or 2024-06-06" in said
    assert "2024-06-05 or" not in told("check", "--format", "json", cwd=study).stdout


def test_an_event_of_ones_own_is_shown_without_sources_and_with_its_own_zone(study):
    said = told("events", "show", "fr-2025-03-arrete", cwd=study).stdout
    assert "2025-03-11 (Europe/Paris), hour unknown" in said
    assert said.endswith("Sources\nnone given\n")
    row = "a,2025-03-10T22:30:00-03:00,2025-03-11T09:00:00+01:00\n"
    (study / "events.csv").write_text("event_id,announced_earliest,announced_latest\n" + row)
    said = told("events", "show", "a", cwd=study).stdout
    assert "2025-03-11 01:30 to 2025-03-11 08:00 UTC" in said


def test_the_list_of_events_says_whose_each_is(study):
    shown = told("events", "--since", "2024-06-05", "--until", "2024-06-05", cwd=study).stdout
    assert "origin" in shown
    assert "yours" in shown
    assert "origin" not in told("events", "--since", "2025-10-01", cwd=study.parent).stdout


def test_check_outside_of_a_workspace_says_how_to_make_one(tmp_path):
    done = told("check", cwd=tmp_path)
    assert done.returncode == 2
    assert "rareearth new my-study" in done.stderr


@pytest.mark.parametrize("command", ["new", "check", "report"])
def test_help_of_every_command_has_an_example_and_speaks_of_workspaces(command, tmp_path):
    text = told(command, "--help", cwd=tmp_path).stdout
    assert "Example: rareearth" in text
    assert "workspace" in text or "folder" in text


# --- asked ---


def test_what_is_given_wins_over_study_yaml_and_that_over_ones_files(study):
    event_study = find_study("event_study")
    own = asked_of(event_study, study, {})
    assert own == {"event_ids": [EVENT, "fr-2025-03-arrete"], "group": "yours"}
    say(study, "parameters: {group: antimony, model: mean, leads: 5}")
    assert asked_of(event_study, study, {"model": "raw"}) == {
        "event_ids": [EVENT, "fr-2025-03-arrete"], "group": "antimony", "model": "raw",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "gone"),
    [
        ({"actors": ["CN"]}, "event_ids"),
        ({"securities": ["LVMH"]}, "group"),
        ({"events_file": "a.csv"}, "event_ids"),
        ({"prices_file": "a.csv"}, "group"),
    ],
)
def test_a_choice_that_was_made_keeps_others_from_being_filled_in(study, given, gone):
    assert gone not in asked_of(find_study("event_study"), study, given)


def test_outside_of_a_workspace_only_what_was_given_is_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert here() is None
    assert asked_of(find_study("event_study"), None, {"model": "mean"}) == {"model": "mean"}


def test_a_study_that_does_not_exist_is_named(study):
    text = (study / STUDY).read_text(encoding="utf-8")
    (study / STUDY).write_text(text.replace("[event_study]", "[event_studies]"), encoding="utf-8")
    with pytest.raises(SpecificationError, match="no study is called 'event_studies'"):
        studies_of(study)


def test_completion_knows_events_and_groups_of_ones_own(study):
    typed = "rareearth report event_study -p group=your"
    words = {"COMP_WORDS": typed, "COMP_CWORD": "4", "_RAREEARTH_COMPLETE": "complete_bash"}
    script = "from rareearth_research.cli import app; app(prog_name='rareearth')"
    done = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **words, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "group=yours" in done.stdout.split()


# --- studied ---


@end_to_end
@pytest.mark.thorough
def test_the_page_of_a_workspace_names_own_events_their_origin_and_files(study):
    done = run("report", cwd=study / "notebooks")
    assert done.returncode == 0, done.stderr
    (record,) = study.glob("reports/02_event_study-*/run.json")
    found = json.loads(record.read_text(encoding="utf-8"))
    assert set(found["yours"]) == {STUDY, "events.csv", "prices/cours.csv"}
    page = (record.parent / found["files"]["html"]).read_text(encoding="utf-8")
    for word in ("Décret inventé sur les terres rares", "yours", found["data_hash"], "LVMH"):
        assert word in page
    assert "<h1>Étude terres rares</h1>" in (study / "reports/index.html").read_text("utf-8")
    assert "Décret inventé" not in (ROOT / "notebooks/02_event_study.ipynb").read_text("utf-8")
    again = run("report", "event_study", "-p", "group=antimony", cwd=study)
    assert again.returncode == 0, again.stderr
    assert len([*study.glob("reports/02_event_study-*")]) == 2


def test_a_card_goes_to_the_reports_of_the_workspace(study):
    line = [
        "China adds controls",
        "--at",
        "2025-10-09",
        "--materials",
        "Dy",
        "--until",
        "2025-10-08",
    ]
    done = told("today", *line, cwd=study / "notebooks")
    assert done.returncode == 0, done.stderr
    assert (study / "reports/today-2025-10-09-china-adds-controls/index.html").is_file()


def test_a_card_on_shares_without_an_index_is_refused_and_each_way_out_works(study):
    def card(title: str):
        return told("today", title, "--at", "2025-10-09", "--group", "yours", cwd=study)

    write_study(study, paris_prices(("LVMH", "OR.PA")))
    refused = card("one")
    assert refused.returncode == 2
    assert "no index is known for LVMH (XPAR) and OR.PA (XPAR)" in refused.stderr
    assert "securities: {LVMH: {benchmark: SPY}}" in refused.stderr.replace("\n", " ")
    say(study, "securities: {LVMH: {benchmark: SPY}, OR.PA: {benchmark: SPY}}")
    assert "It would be unusual" in card("two").stdout
    assert "two securities listed outside China moved on average" in card("two").stdout
    write_study(study, paris_prices(("^FCHI", "LVMH", "OR.PA")))
    assert "It would be unusual" in card("three").stdout


def test_a_card_whose_index_is_gone_is_refused_and_not_said_to_wait_for_prices(study):
    line = ["today", "News", "--at", "2025-10-09", "--group", "yours"]
    assert told(*line, cwd=study).returncode == 0
    write_study(study, paris_prices(("LVMH", "RMS.PA", "OR.PA")))
    after = told(*line, cwd=study)
    assert after.returncode == 2
    assert "no index is known for LVMH (XPAR)" in after.stderr
    write_study(study)
    assert "moved on average" in told(*line, cwd=study).stdout
    two = [*line[:-2], "--securities", "LVMH,OR.PA", "--out", "two"]
    told(*two, cwd=study)
    assert "Neither of the two is beyond its own mark" in " ".join(
        told(*two, cwd=study).stdout.split()
    )


@end_to_end
@pytest.mark.thorough
def test_files_reach_a_study_without_a_workspace_by_report_and_by_papermill(tmp_path):
    import papermill

    (tmp_path / "my.csv").write_text(EVENTS, encoding="utf-8")
    paris_prices().to_csv(tmp_path / "prices.csv", sep=";", decimal=",")
    files = {"events_file": "my.csv", "prices_file": "prices.csv", "exchanges": "XPAR"}
    given = [part for name, value in files.items() for part in ("-p", f"{name}={value}")]
    done = run("report", "event_study", *given, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (page,) = tmp_path.glob("reports/02_event_study-*/*.html")
    assert "Décret inventé sur les terres rares" in page.read_text(encoding="utf-8")
    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(
        str(ROOT / "notebooks/02_event_study.ipynb"), str(out), files, cwd=str(tmp_path),
        progress_bar=False, kernel_name="python3",
    )  # fmt: skip
    assert "Décret inventé sur les terres rares" in out.read_text(encoding="utf-8")


@end_to_end
def test_a_notebook_opened_in_the_workspace_sees_what_is_ones_own(study):
    code = f"import rareearth_research as rer\nprint(*rer.load_events(event_ids={EVENT!r}).origin)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    where = {"metadata": {"path": str(study / "notebooks")}}
    NotebookClient(notebook, kernel_name="python3", resources=where).execute()
    assert notebook.cells[0].outputs[0]["text"] == "yours\n"
