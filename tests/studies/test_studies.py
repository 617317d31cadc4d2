"""The real studies, run as a user runs them, on the real data."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache, partial
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from rareearth_research.datasets import load_events
from rareearth_research.reports import list_studies, run_study
from tests.support.thorough import first_of

pytestmark = pytest.mark.end_to_end
STUDIES = list_studies()
README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The report of a study with its defaults, made once."""
    return cache(partial(run_study, out=tmp_path_factory.mktemp("reports")))


def findings(notebook: nbformat.NotebookNode) -> list[str]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    notes = [output.get("metadata", {}).get("rareearth", {}) for output in outputs]
    return [note["result"] for note in notes if "result" in note]


def shown(notebook: nbformat.NotebookNode) -> list[tuple[str, list[tuple[object, ...]]]]:
    """Each code cell and all it shows, pictures by the hash of what is drawn, as nbval has it."""
    kept = [
        (cell.source, [
            (output.get("name"), output.get("text"), output.get("evalue"),
             {form: text for form, text in output.get("data", {}).items() if "image" not in form})
            for output in cell.outputs
        ])
        for cell in notebook.cells if cell.cell_type == "code"
    ]  # fmt: skip
    assert kept
    return kept


# each is compared as a notebook as well (Makefile: NBVAL)
@pytest.mark.parametrize("study", first_of(STUDIES, STUDIES[2]), ids=lambda study: study.name)
def test_a_report_shows_in_every_cell_what_its_notebook_is_committed_with(study, ran):
    run = ran(study.name)
    committed = nbformat.read(study.path, as_version=4)
    assert shown(nbformat.read(run.directory / run.notebook, as_version=4)) == shown(committed)
    assert run.record["results"] == findings(committed)
    assert run.figures
    assert run.tables
    page = run.html.read_text()
    drawn = [figure for figure in run.figures if figure.suffix == ".svg"]
    assert page.count('src="data:image/svg+xml') == len(drawn) == len(run.figures) / 2


@pytest.mark.thorough
def test_an_event_study_of_another_event_gets_a_report_of_its_own(tmp_path):
    given = {"event_ids": "cn-2024-08-antimony", "group": "antimony"}
    run = run_study("event_study", given, tmp_path)
    assert run.directory.name.startswith("02_event_study-")
    assert run.parameters["event_ids"] == ["cn-2024-08-antimony"]
    committed = findings(nbformat.read(STUDIES[0].path, as_version=4))
    assert run.result
    assert run.result not in committed


def test_the_readmes_code_and_the_report_give_the_same_numbers(ran):
    block = re.search(r"## From Python\n\n```python\n(.*?)```", README.read_text(), re.S)[1]
    shown: dict = {}
    exec(compile(block, "README.md", "exec"), shown)
    run = ran("02_event_study")
    table = pd.read_csv(run.directory / "tables" / "tests.csv", keep_default_na=False)
    answer = shown["answer"]
    assert answer.finding == run.result
    for column in ("statistic", "p_value"):
        reported = pd.to_numeric(table[column]).to_numpy()
        np.testing.assert_allclose(reported, answer.table[column], rtol=1e-12)


def test_plain_papermill_runs_a_study_too(tmp_path):
    notebook = next(study.path for study in STUDIES if study.name == "02_event_study")
    target = tmp_path / "out.ipynb"
    parameters = ["-p", "event_ids", "cn-2025-10-no55-58"]
    subprocess.run(
        [sys.executable, "-m", "papermill", notebook, target, *parameters],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    executed = json.loads(Path(target).read_text())
    said = [o for c in executed["cells"] for o in c.get("outputs", []) if "data" in o]
    name = load_events(event_ids="cn-2025-10-no55-58")["name"].iloc[0]
    assert any(name in "".join(o["data"].get("text/html", "")) for o in said)
    assert findings(nbformat.reads(json.dumps(executed), as_version=4))
