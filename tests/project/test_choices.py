"""docs/choices.md states what is found today, and no headline changes without a line in its log."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
LOG = pd.read_csv(ROOT / "docs/headlines.csv", dtype=str, keep_default_na=False)
NEWEST = LOG.drop_duplicates("study", keep="last").set_index("study")
CAUSES = {"first run", "code", "data", "events", "study 03 leads"}
FIGURE = re.compile(r"(?<![\d.,])−?\d[\d,]*(?:\.\d+)?")


def figures(text: str) -> set[str]:
    return set(FIGURE.findall(text.replace("+", "")))


def finding(study: str) -> str:
    """Return what the README or a shipped notebook says first."""
    if study == "README":
        lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        return " ".join(line for line in lines if line.startswith("> "))
    (path,) = (ROOT / "notebooks").glob(f"{study}_*.ipynb")
    outputs = [
        o for c in json.loads(path.read_text("utf-8"))["cells"] for o in c.get("outputs", [])
    ]
    said = ["".join(o.get("data", {}).get("text/markdown", "")) for o in outputs]
    return next(text for text in said if "Finding." in text)


@pytest.mark.end_to_end  # every question again, under every change
def test_the_page_states_what_the_studies_find() -> None:
    script = ROOT / "scripts" / "choices_tables.py"
    subprocess.run([sys.executable, script, "--check"], check=True)


@pytest.mark.parametrize("study", NEWEST.index)
def test_the_newest_line_of_a_study_is_what_it_says_today(study: str) -> None:
    logged = figures(NEWEST.loc[study, "after"])
    missing = logged - figures(finding(study))
    assert not missing, f"{study} no longer says {missing}: add a line to docs/headlines.csv"


def test_every_figure_of_the_readmes_returns_is_in_the_log() -> None:
    said = re.sub(r"95 % interval", "", finding("README"))
    returns = figures(" ".join(re.findall(r"[−+\d][^a-z(]*(?:to [−+\d.]+ )?%", said)))
    assert returns <= figures(NEWEST.loc["README", "after"])


def test_every_study_has_a_line_and_every_change_a_cause() -> None:
    studies = {path.name[:2] for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert studies | {"README"} == {*LOG["study"]}
    assert set(LOG["cause"]) <= CAUSES
    changed = LOG["before"] != ""
    assert (LOG["what"][changed] != "").all()
    assert (LOG.groupby("study").cumcount() > 0).equals(changed)
    assert LOG["date"].is_monotonic_increasing
