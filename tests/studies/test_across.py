"""Studies across directions and groups, asked for other things: they speak of these alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.stats import ttest_ind

import rareearth_research as rer
from rareearth_research.datasets import load_events
from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.eventstudy.statistics.decision import VERDICTS
from rareearth_research.numerals import per_cent, sentences, typeset
from rareearth_research.plots.drawing.print import fit
from rareearth_research.plots.drawing.style import facts_of
from rareearth_research.studies.across.judging import said
from rareearth_research.studies.across.order import gaps_of
from rareearth_research.studies.across.wording import clearest
from tests.plots.test_press import faults
from tests.support.own_study import write_study
from tests.support.sentences import check_groups, check_sentence

EVENTS = """event_id;date;direction
1;2024-06-05;tightening
2;2025-03-11;easing
3;2024-10-09;tightening
"""
OWN = {"exchanges": "XPAR"}
DIRECTIONS: dict[str, dict[str, Any]] = {
    "two dates and a group": {
        "event_ids": ["cn-2025-10-no61-no62", "talks-2025-10-kl-framework"],
        "group": "rare_earth_producers",
    },
    "securities of one's own choice": {
        "event_ids": ["cn-2023-07-ga-ge-controls", "cn-2024-08-antimony",
                      "cn-2025-04-no18-seven-ree"],
        "securities": ["MP", "LYC.AX", "UUUU"],
    },
    "another window and model": {"window": [0, 5], "model": "mean"},
    "users against one index": {"group": "users_cars", "benchmark": "SPY"},
    "files of one's own": OWN,
}  # fmt: skip
GROUPS: dict[str, dict[str, Any]] = {
    "two dates": {"event_ids": ["cn-2025-04-no18-seven-ree", "cn-2025-10-no61-no62"]},
    "one easing and two groups": {
        "event_ids": "talks-2025-10-kl-framework",
        "groups": ["magnet_makers", "users_defence"],
    },
    "another window and model": {
        "window": [0, 1], "model": "market_adjusted", "groups": ["producers_china", "users_chips"],
    },
    "dates that not all can be measured around": {
        "event_ids": ["cn-2010-07-quota-cut", "cn-2026-01-japan-no1", "cn-2023-07-ga-ge-controls"],
        "groups": ["producers_sydney", "rare_earth_developers"],
    },
    "files of one's own": {**OWN, "groups": ["users_cars"]},
}  # fmt: skip
NAMES = {
    "two dates and a group": "rare-earth producers, six of them listed in China",
    "securities of one's own choice": "rare-earth producers listed outside China",
    "another window and model": "mineral companies listed",
    "users against one index": "car makers listed outside China",
    "files of one's own": "securities listed outside China",
    "two dates": "rare-earth companies listed outside China",
    "one easing and two groups": "magnet makers listed outside China",
    "dates that not all can be measured around": "rare-earth developers listed outside China",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("own")
    write_study(folder, events=EVENTS)
    own = {"events_file": folder / "events.csv", "prices_file": folder / "prices/cours.csv"}
    return {name: str(Path(file)) for name, file in own.items()}


@pytest.fixture(scope="module")
def answered(files: dict[str, str]) -> Any:
    """What each study answers to each set of parameters, asked once."""
    known: dict[tuple[str, str], Any] = {}

    def answer(study: str, name: str) -> Any:
        if (study, name) not in known:
            asked = (DIRECTIONS if study == "tightening_and_easing" else GROUPS)[name]
            own = files if asked.get("exchanges") else {}
            known[study, name] = getattr(rer.studies, study)(**asked, **own)
        return known[study, name]

    return answer


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


CASES = [
    *(("tightening_and_easing", name) for name in DIRECTIONS),
    *(("spillovers", name) for name in GROUPS),
]


@pytest.mark.parametrize(("study", "name"), CASES)
def test_nothing_is_left_of_what_was_not_asked_for(answered, study: str, name: str) -> None:
    answer = answered(study, name)
    asked = (DIRECTIONS if study == "tightening_and_easing" else GROUPS)[name]
    assert answer.planned is None
    assert "plan was written" not in " ".join(answer.limits)
    assert answer.of_plan("plot_paths") is None
    if "event_ids" in asked:
        ids = asked["event_ids"]
        assert set(answer.attrition["event_id"]) == set([ids] if isinstance(ids, str) else ids)
    if asked.get("exchanges"):
        assert set(answer.attrition["event_id"]) == {"1", "2", "3"}
        assert "Yours: 3 of 3 events" in " ".join(answer.limits)
    if "securities" in asked:
        assert set(answer.attrition["security"]) == set(asked["securities"])


@pytest.mark.parametrize(("study", "name"), CASES)
def test_the_sample_is_named_by_what_it_is_and_every_verdict_is_one_of_four(
    answered, study: str, name: str
) -> None:
    answer = answered(study, name)
    assert NAMES[name] in answer.finding
    assert set(answer.table["verdict"].dropna()) <= set(VERDICTS)
    measured = answer.events if study == "tightening_and_easing" else answer.cells
    lost = set(answer.attrition["event_id"]) - set(measured["event_id"])
    titles = load_events(event_ids=list(lost))["name"].map(typeset) if lost else []
    assert all(title in " ".join(answer.limits) for title in titles)
    assert answer.lost["pairs"].sum() == len(answer.attrition)


@pytest.mark.parametrize(("study", "name"), CASES)
def test_the_title_says_the_effect_and_the_verdict_of_the_finding(
    answered, study: str, name: str
) -> None:
    answer = answered(study, name)
    title = answer.plot().get_suptitle().replace("\n", " ")
    rows = answer.table[answer.table["verdict"].notna()].sort_values("p_value", kind="stable")
    rows = rows if study == "tightening_and_easing" else rows.head(1)
    for row in rows.to_dict("records"):
        effect = per_cent(float(np.expm1(row["effect"])))
        assert f"{effect} (" in title
        assert f"): {said(row['verdict'], row['announcements'])}" in title
        assert effect.strip("+−") in answer.finding
    assert (study == "spillovers") == title.startswith("Exploratory: ")


@pytest.mark.parametrize(("study", "name"), CASES)
def test_finding_table_and_picture_count_the_same(answered, study: str, name: str) -> None:
    answer = answered(study, name)
    rows = answer.table[answer.table["verdict"].notna()]
    parts = answer.events if study == "tightening_and_easing" else answer.cells
    by = rows.columns[0]
    for row in rows.to_dict("records"):
        check_sentence(row)
        own = parts[parts[by] == row[by]]
        assert len(own) == row["announcements"]
        if study == "tightening_and_easing":
            assert (own["other_news"] != "").sum() == row["other_news"]
        kept = answer.attrition[answer.attrition[by] == row[by]].query("status == 'kept'")
        assert (len(kept), kept["security"].nunique()) == (row["pairs"], row["securities"])


@pytest.mark.parametrize("name", GROUPS)
def test_every_group_stands_in_title_finding_and_picture(answered, name: str) -> None:
    answer = answered("spillovers", name)
    check_groups(answer)
    first = answer.table.sort_values("p_value", kind="stable").iloc[0]
    assert answer.finding.casefold().startswith(f"{first['group']}, the clearest of".casefold())
    raw = answer.table[["p_value", "placebo_p"]].max(axis=1)
    assert (answer.table["family_p"].isna() | (answer.table["family_p"] >= raw)).all()


@pytest.mark.parametrize("name", DIRECTIONS)
def test_paths_are_drawn_of_what_was_asked_for(answered, name: str) -> None:
    answer = answered("tightening_and_easing", name)
    figure = answer.plot_paths()
    assert figure.get_suptitle().replace("\n", " ") == answer.title
    drawn = [ax for ax in figure.axes if ax.get_title("left")]
    assert len(drawn) == len(answer.measured)
    if name == "another window and model":  # two panels and their key, drawn for a phone
        assert faults(fit(figure, 85, facts_of(figure))) == []


@pytest.mark.parametrize(
    ("study", "name", "what"),
    [
        ("tightening_and_easing", "securities of one's own choice", "the move on tightening"),
        ("tightening_and_easing", "files of one's own", "the move on easing"),
        ("spillovers", "one easing and two groups", "the clearest group"),
    ],
)
def test_answers_to_other_questions_are_broken_too(
    answered, study: str, name: str, what: str
) -> None:
    answer = answered(study, name)
    found = answer.tests[what]
    others = int((~found.table["same_verdict"].dropna().astype(bool)).sum())
    tried = int(found.table["same_verdict"].notna().sum()) - 1
    assert f"Of {tried} changes {tried - others} leave the verdict as it is" in found.headline
    assert any(found.headline in sentence for sentence in answer.broken)
    alone, row = found.table["verdict"].iloc[0], clearest(answer.table)
    if "direction" in answer.table:
        row = answer.table.set_index("direction").loc[what.rpartition(" ")[2]]
    assert (f"“{SHOWN[alone]}” by the tests alone" in found.headline) == (alone != row["verdict"])
    kept = answer.attrition.loc[answer.attrition["status"] == "kept", "security"]
    assert found.table["change"].str.contains("|".join(kept.unique()), regex=True).any()


@pytest.mark.parametrize("name", DIRECTIONS)
def test_a_finding_of_directions_is_short_and_the_rest_of_it_stands_below(
    answered, name: str
) -> None:
    answer = answered("tightening_and_easing", name)
    told = [words for words in answer.table["words"] if words]
    first = [sentences(words)[0] for words in told[:2]]
    assert answer.finding == (" ".join(first) if told[1:] else told[0])
    assert len(answer.finding.split()) <= 100
    assert list(answer.said) == told * (len(answer.table) > 1)


def test_exchanges_are_told_apart_only_where_producers_were_asked_for(answered) -> None:
    asked = {name: {*answered("spillovers", name).shown} for name in GROUPS}
    assert "steps" not in asked["one easing and two groups"]
    assert {"steps", "clock"} <= asked["two dates"]


def test_a_sum_of_two_directions_is_welchs_test(answered) -> None:
    answer = answered("tightening_and_easing", "another window and model")
    one, other = (found.finding.means for found in answer.measured.values())
    found = ttest_ind(one, -other, equal_var=False)
    row = answer.table.set_index("direction").loc["sum of both"]
    assert row["p_value"] == pytest.approx(found.pvalue, rel=1e-9)
    ends = found.confidence_interval(0.95)
    assert (row["lower"], row["upper"]) == pytest.approx((ends.low, ends.high), rel=1e-9)


def test_two_announcements_are_both_and_not_all_two(answered) -> None:
    assert "While both events fell together" in answered("spillovers", "two dates").finding


def test_the_first_exchange_is_held_against_the_later_ones(answered) -> None:
    clock = answered("spillovers", "two dates").clock
    known = clock.dropna(subset=["effect"])
    for event, gap in gaps_of(clock).items():
        own = known[known["event_id"] == event]
        first, later = (
            own.loc[of, "effect"].mean() for of in (own["order"] == 1, own["order"] > 1)
        )
        assert gap == pytest.approx(first - later)
