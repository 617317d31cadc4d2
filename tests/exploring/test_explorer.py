"""The explorer: widgets for the choices of a study, its answer beside them."""

from __future__ import annotations

import html
import inspect
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.exploring.explorer import WAIT, Explorer
from rareearth_research.exploring.shown import PARTS
from rareearth_research.labels import readable
from rareearth_research.reports import find_study, list_studies
from rareearth_research.reports.kernels.private import private_kernel
from rareearth_research.reports.parameters import check_parameters
from rareearth_research.reports.reading.typed import read_parameter_file
from tests.support.answers import answer_of
from tests.support.thorough import first_of

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks/explore.ipynb"
ANTIMONY, GALLIUM = "cn-2024-08-antimony", "cn-2023-07-ga-ge-controls"
ASKED = {"event_ids": [ANTIMONY], "group": "antimony", "windows": [[0, 1]]}
WIDGETS = "application/vnd.jupyter.widget-view+json"
LATER = f"""\
import asyncio
explorer = rer.explore(**{ASKED})
explorer.controls["model"].value = "mean"
before = explorer.answer.parameters["model"]
await asyncio.sleep({WAIT})
while explorer.shown["status"].value == "computing …":
    await asyncio.sleep(0.1)
print(before, explorer.answer.parameters["model"])"""


@pytest.fixture
def explorer() -> Explorer:
    return rer.explore(**ASKED)


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def choose(explorer: Explorer, **values: object) -> Explorer:
    for name, value in values.items():
        explorer.controls[name].value = value
    return explorer


def listed(explorer: Explorer) -> set[str]:
    return {event_id for _, event_id in explorer.controls["event_ids"].options}


def look_at(explorer: Explorer, part: str) -> str:
    explorer._tabs.selected_index = [*PARTS].index(part)
    return explorer.shown[part].value


def write(explorer: Explorer, name: str = "my_study") -> str:
    explorer._name.value = name
    explorer._button.click()
    return explorer._written.value


# --- the answer follows the choices ---


def test_an_explorer_begins_with_the_study_as_its_notebook_is_committed():
    study = answer_of("event_study")
    explorer = rer.explore()
    assert study.finding.startswith(explorer.answer.finding)
    assert explorer.parameters == json.loads(json.dumps(study.parameters))


def test_it_stands_for_every_parameter_of_the_study(explorer):
    asked = set(inspect.signature(rer.studies.event_study).parameters) - {"checks"}
    assert set(explorer.parameters) == asked


CHOSEN = {
    "event_ids": ((ANTIMONY, GALLIUM), {"event_ids": [ANTIMONY, GALLIUM]}),
    "group": ("users", {"group": "users"}),
    "securities": ("UAMY, PPTA", {"securities": ["UAMY", "PPTA"], "group": "rare_earths"}),
    "windows": ("0,2; -1,3", {"windows": [[0, 2], [-1, 3]]}),
    "benchmark": ("SPY", {"benchmark": "SPY"}),
    "model": ("mean", {"model": "mean"}),
    "estimation": ("-200,-21", {"estimation": [-200, -21]}),
    "timing": ("earliest", {"timing": "earliest"}),
    "firm_news": ("drop", {"firm_news": "drop"}),
}


@pytest.mark.parametrize("control", first_of(CHOSEN, "event_ids", "windows", "model"))
def test_what_is_shown_is_what_the_study_says_of_the_choices(explorer, control):
    value, parameters = CHOSEN[control]
    choose(explorer, **{control: value})
    study = rer.studies.event_study(**{**ASKED, **parameters})
    assert explorer.parameters == json.loads(json.dumps(explorer.parameters | parameters))
    assert explorer.answer.verdict.equals(study.verdict)
    assert html.escape(explorer.answer.finding) in explorer.shown["finding"].value
    assert study.finding.startswith(explorer.answer.finding)
    assert "data:image/png" in explorer.shown["path"].value
    kept = (study.result.attrition["status"] == "kept").sum()
    assert f"{kept} of {len(study.result.attrition)} event" in explorer.shown["status"].value


def test_a_study_without_its_checks_gives_the_same_verdict():
    full, quick = (rer.studies.event_study(**ASKED, checks=checks) for checks in (True, False))
    assert quick.verdict.equals(full.verdict)
    assert full.finding.startswith(quick.finding)
    assert len(full.left_out) > len(quick.left_out) == 0


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_drawn_when_it_is_looked_at_and_emptied_after(explorer, part):
    assert look_at(explorer, part)
    assert [name for name in PARTS if explorer.shown[name].value] == [part]


def test_parts_follow_the_choices_too(explorer):
    before = look_at(explorer, "Limits")
    choose(explorer, group="users")
    full = rer.studies.event_study(**{**ASKED, "group": "users"})
    assert explorer.shown["Limits"].value != before
    assert explorer.shown["Limits"].value.count("<li>") == len(full.limits)


def test_every_pair_that_was_left_out_is_listed_with_its_reason(explorer):
    choose(explorer, group="rare_earths", event_ids=(ANTIMONY, "sched-2026-11-no72-expiry"))
    pairs = explorer.answer.result.attrition
    shown = look_at(explorer, "Attrition")
    assert pairs["reason"].ne("").sum() > 20
    said = readable(pairs[["security", "reason"]])
    assert all(html.escape(str(value)) in shown for value in said.stack())


def test_asking_again_is_answered_from_memory(explorer):
    first = explorer.answer
    again = choose(explorer, model="mean", timing="earliest").answer
    choose(explorer, timing="latest")
    assert choose(explorer, timing="earliest").answer is again is not first


# --- events are searched and picked ---


@pytest.mark.parametrize(
    ("control", "value", "asked"),
    [
        ("search", "antimony", {"search": "antimony"}),
        ("actor", "JP", {"actor": "JP"}),
        ("material", "Ga", {"materials": "Ga"}),
        ("direction", "easing", {"direction": "easing"}),
        ("since", "2026", {"since": "2026"}),
    ],
)
def test_a_filter_lists_what_load_events_finds_beside_the_picks(explorer, control, value, asked):
    answer = explorer.answer
    choose(explorer, **{control: value})
    assert listed(explorer) == {*rer.load_events(**asked)["event_id"], ANTIMONY}
    assert explorer.controls["event_ids"].value == (ANTIMONY,)
    assert explorer.answer is answer


def test_an_empty_filter_lists_all_events_again(explorer):
    choose(explorer, search="antimony")
    choose(explorer, search="")
    assert listed(explorer) == {*rer.load_events()["event_id"]}


# --- what cannot be answered says why, and its remedy works ---


@pytest.mark.parametrize(
    ("wrong", "says", "right"),
    [
        ({"event_ids": ()}, "pick one or several in the list", {"event_ids": (ANTIMONY,)}),
        ({"windows": "0,x"}, "write it as 0,1; -1,5", {"windows": "0,1; -1,5"}),
        ({"estimation": "long"}, "write it as -260,-11", {"estimation": "-260,-11"}),
        ({"securities": "UAMX"}, "&#x27;UAMY&#x27;", {"securities": "UAMY"}),
        ({"windows": "-20,1"}, "estimation", {"windows": "0,1"}),
    ],
)
def test_where_there_is_no_answer_it_says_why(explorer, wrong, says, right):
    choose(explorer, **wrong)
    assert explorer.answer is None
    assert says in explorer.shown["finding"].value
    assert explorer.shown["path"].value == ""
    assert choose(explorer, **right).answer is not None


def test_a_date_that_is_none_leaves_the_list_as_it_is(explorer):
    before = listed(explorer)
    choose(explorer, since="soon")
    assert "soon" in explorer.shown["status"].value
    assert listed(explorer) == before


def test_explore_refuses_what_the_study_does_not_know():
    with pytest.raises(SpecificationError, match="windows"):
        rer.explore(window=[[0, 1]])
    with pytest.raises(SpecificationError, match="choose from"):
        rer.explore(model="markt")


# --- it becomes a study ---


def test_the_file_of_parameters_asks_the_same_of_the_study(explorer, here):
    written = write(choose(explorer, model="mean", securities="UAMY"))
    given = read_parameter_file(here / "explored/my_study.yaml")
    assert check_parameters("event_study", given).items() <= explorer.parameters.items()
    assert given["model"] == "mean"
    assert "rareearth report event_study -f explored/my_study.yaml" in written


def test_another_study_of_that_name_is_kept_and_the_remedies_work(explorer, here):
    write(explorer)
    assert "papermill" in write(explorer)  # the same once more
    choose(explorer, model="mean")
    assert "choose another name" in write(explorer)
    assert "use letters, digits, - and _ only" in write(explorer, "../mine")
    assert "papermill" in write(explorer, "my-study_2")
    assert len(list((here / "explored").iterdir())) == 2


@pytest.mark.end_to_end
@pytest.mark.thorough
def test_the_papermill_line_runs_the_study(explorer, here):
    line = write(explorer).removesuffix("</pre>").splitlines()[-1]
    program, *arguments = shlex.split(line)
    command = [sys.executable, "-m", program, *arguments]
    subprocess.run(command, check=True, capture_output=True)
    executed = (here / "explored/my_study.ipynb").read_text(encoding="utf-8")
    assert json.dumps(explorer.answer.finding)[1:40] in executed


# --- the notebook ---


def test_the_notebook_is_no_study():
    assert NOTEBOOK.is_file()
    assert "explore" not in {study.name for study in list_studies()}
    with pytest.raises(SpecificationError, match="explore"):
        find_study("explore")


@pytest.mark.end_to_end
def test_the_notebook_shows_widgets_that_answer_while_the_kernel_rests(here):
    shutil.copy(NOTEBOOK, here)
    notebook = nbformat.read(here / NOTEBOOK.name, as_version=4)
    notebook.cells.append(new_code_cell(LATER))
    with private_kernel() as manager:
        NotebookClient(notebook, timeout=300, kernel_manager_class=manager).execute()
    first, last = (cell.outputs for cell in notebook.cells if cell.cell_type == "code")
    assert any(WIDGETS in output.data for output in first)
    assert last[0]["text"] == "market mean\n"


def test_the_notebook_is_kept_without_what_it_shows():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
