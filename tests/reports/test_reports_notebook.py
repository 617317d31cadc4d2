"""What a notebook says about itself depends on parameters, package and data, not on the clock."""

from __future__ import annotations

import shlex
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.datasets.catalog import catalog
from rareearth_research.datasets.citing import terms
from rareearth_research.errors import SpecificationError
from rareearth_research.reports.page import notebook
from rareearth_research.reports.reading.typed import parse_assignment
from rareearth_research.reports.reading.values import fit


@pytest.fixture
def shown(monkeypatch):
    said: list[tuple[str, dict]] = []
    monkeypatch.setattr(notebook, "_show", lambda text, metadata: said.append((text, metadata)))
    return said


@pytest.mark.parametrize(
    "value",
    [3, -0.5, True, None, "plain", "two words", "true", "2025-10-09", "12", "it's", [[-1, 1]],
     ["600111.SS", "LYC.AX"], "^GSPC", "a,b", ["ON", "010", "null"], "None", "~", "[x]", '"'],
)  # fmt: skip
def test_the_rerun_command_gives_back_the_same_value(value):
    words = shlex.split(notebook.rerun_command("02_event_study", {"x": value}))
    assert words[:4] == ["rareearth", "report", "02_event_study", "-p"]
    name, typed = parse_assignment(words[4])
    assert (name, fit(typed, Any)) == ("x", value)


def test_the_finding_is_handed_on_as_metadata(shown):
    notebook.report_result("MP rose\n 50.6 %.")
    assert shown == [("> **Finding.** MP rose 50.6 %.", {"result": "MP rose 50.6 %."})]


def test_a_detail_stands_below_the_finding_in_a_line_of_its_own(shown):
    notebook.report_result("MP rose 50.6 %.", "kp t(2) = 3,\np = 0.1")
    said = "> **Finding.** MP rose 50.6 %.\n>\n> kp t(2) = 3, p = 0.1"
    assert shown == [(said, {"result": "MP rose 50.6 %."})]


@pytest.mark.parametrize("sentence", ["", "  ", "CAR is nan %", "p = None", 0.5, b"x", ["x"]])
def test_a_finding_that_could_not_be_computed_is_refused(shown, sentence):
    with pytest.raises(SpecificationError):
        notebook.report_result(sentence)
    assert shown == []


def test_the_footer_names_every_parameter_and_how_to_run_again(shown):
    notebook.footer("02_event_study", group="antimony", windows=[[-1, 1]])
    (text, metadata) = shown[0]
    assert "| `windows` | `[[-1, 1]]` |" in text
    assert "rareearth report 02_event_study -p group=antimony -p 'windows=[[-1, 1]]'" in text
    assert metadata["parameters"] == {"group": "antimony", "windows": [[-1, 1]]}


def test_the_footer_hands_on_which_tables_were_read(shown):
    rer.load_vix()
    notebook.footer("02_event_study")
    assert "vix" in shown[0][1]["tables"]
    sources = terms(["vix", "vix"])
    assert [source["id"] for source in sources] == catalog().loc["vix", "sources"].split("; ")
    assert all(source["licence"] in rer.cite("vix") for source in sources)


def test_the_footer_refuses_what_a_command_line_cannot_carry(shown):
    with pytest.raises(SpecificationError, match="Timestamp"):
        notebook.footer("02_event_study", since=pd.Timestamp("2024-01-01"))


def test_tables_are_written_inside_a_run_only(tmp_path, monkeypatch):
    frame = pd.DataFrame({"x": [1.5, np.nan]}, index=pd.Index(["a", "b"], name="key"))
    monkeypatch.delenv(notebook.RUN_DIR, raising=False)
    notebook.save_table(frame, "cars")
    monkeypatch.setenv(notebook.RUN_DIR, str(tmp_path))
    notebook.save_table(frame, "cars")
    assert (tmp_path / "tables/cars.csv").read_text() == "key,x\na,1.5\nb,\n"


def test_a_table_name_cannot_leave_its_folder():
    with pytest.raises(SpecificationError, match="table name"):
        notebook.save_table(pd.DataFrame(), "../x")
