"""Published findings: nothing stands there that was not read."""

from __future__ import annotations

import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.datasets.cleaning.literature import LITERATURE, clean_literature
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.errors import DataError
from rareearth_research.studies.planned.plan import load_plan


def test_every_paper_of_the_plan_is_there_as_far_as_the_plan_says_it_was_read() -> None:
    papers = rer.load_literature().set_index("paper_id")
    for name, said in load_plan()["literature"].items():
        assert papers.loc[name, "read"] == ("abstract" if said["read"] == "abstract" else "no")
        assert papers.loc[name, "identifier"].endswith(str(said.get("doi", "")))


def test_a_paper_that_was_not_read_says_nothing() -> None:
    papers = rer.load_literature()
    unread = papers[papers["read"] == "no"]
    assert set(unread["paper_id"]) == {"kroos_2025", "li_liu_zhang_2022"}
    assert (unread[["design", "their_finding", "their_number", "source_url"]] == "").all(axis=None)
    # no abstract that was read holds a number to set beside ours
    assert list(papers.loc[papers["their_number"] != "", "read"]) == ["report by others"]


@pytest.mark.parametrize(
    ("paper", "column", "value", "message"),
    [
        ("kroos_2025", "their_number", "3 %", "kroos_2025 was not read"),
        ("ostry_2026", "source_url", "", "say what it found and on which page"),
        ("ostry_2026", "split_at", "wto-x", "'wto-x', which is not known"),
    ],
)
def test_a_row_that_cannot_be_is_refused(
    raw: dict[str, pd.DataFrame], paper: str, column: str, value: str, message: str
) -> None:
    papers = raw["literature.csv"].copy()
    papers.loc[papers["paper_id"] == paper, column] = value
    files = {name: raw[name] for name in LITERATURE.raw} | {"literature.csv": papers}
    with pytest.raises(DataError, match=message):
        clean_literature(files, CleaningLog())
