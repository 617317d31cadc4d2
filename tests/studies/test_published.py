"""Published findings stand beside our numbers, and neither is typed."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.studies.planned.headline import PlannedStudy
from rareearth_research.studies.planned.measure import measure
from rareearth_research.studies.planned.published import later_less_earlier, our_numbers
from tests.support.answers import answer_of

MUELLER = "mueller_schweizer_seiler_2016"


@pytest.fixture(scope="module")
def study() -> PlannedStudy:
    found: PlannedStudy = answer_of("planned_questions")
    return found


@pytest.fixture(scope="module")
def numbers(study: PlannedStudy) -> pd.DataFrame:
    return our_numbers(study.plan, study.answers).set_index(["paper_id", "asked", "part"])


def test_every_paper_that_was_read_has_our_number_and_no_other_has(study: PlannedStudy) -> None:
    table = study.literature
    assert len(table) == len(rer.load_literature())
    unread = table["read"] == "not read"
    assert unread.sum() == 2
    assert (table[unread].drop(columns="read") == "").all(axis=None)
    assert (table.loc[~unread, ["their_number", "our_number", "why_different"]] != "").all(
        axis=None
    )


def test_the_planned_answers_are_those_of_the_plan(
    study: PlannedStudy, numbers: pd.DataFrame
) -> None:
    for asked in ("H1", "H3", "H4", "H5"):
        ours, planned = numbers.loc[(MUELLER, asked, "")], study.table.loc[asked]
        assert ours["effect"] == planned["effect"]
        assert ours["p_value"] == planned["p_value"]


def test_earlier_and_later_announcements_are_told_apart_at_the_first_request(
    study: PlannedStudy, numbers: pd.DataFrame
) -> None:
    clusters = study.answers.measured["H1"].clusters
    early = clusters["session"] < "2012-03-13"
    for part, members in (("before 13 March 2012", early), ("since then", ~early)):
        found = numbers.loc[(MUELLER, "H1", part)]
        assert found["effect"] == pytest.approx(clusters.loc[members, "mean"].mean(), rel=1e-12)
        alone = measure(study.plan, "H1", events=list(clusters.loc[members, "event_id"]))
        assert found["lower"] == pytest.approx(alone.finding.lower, rel=1e-9)


def test_p_of_the_difference_counts_every_choice_of_early_ones() -> None:
    values, early = np.array([0.3, -1.2, 2.0, 0.1, 0.9, 1.4]), np.arange(6) < 2
    difference, p = later_less_earlier(values, early)
    all_of = [
        abs(np.delete(values, chosen).mean() - values[list(chosen)].mean())
        for chosen in combinations(range(6), 2)
    ]
    assert difference == pytest.approx(values[2:].mean() - values[:2].mean(), rel=1e-12)
    assert p == pytest.approx(np.mean(np.array(all_of) >= abs(difference) - 1e-12), rel=1e-12)
    assert np.isnan(later_less_earlier(values, np.zeros(6, bool))).all()
