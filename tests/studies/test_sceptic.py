"""Studies 02 and 09 of other events and files say what is so, and try to break it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from support.own_study import EVENTS, paris_prices

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.eventstudy.statistics.decision import VERDICTS
from rareearth_research.plots import plot_caar
from rareearth_research.studies.answer import SampleAnswer
from rareearth_research.studies.changes import survived
from rareearth_research.studies.choices import RobustnessStudy
from rareearth_research.studies.composition import named
from rareearth_research.studies.planned.measure import measure
from rareearth_research.studies.planned.plan import Plan, load_plan
from rareearth_research.studies.planned.ways import PLANNED, Ways
from tests.support.answers import answer_of

ANTIMONY, BAN = "cn-2024-08-antimony", "cn-2024-12-ban-to-us"
GALLIUM, GRAPHITE = "cn-2023-07-ga-ge-controls", "cn-2023-10-graphite"
OWN = {"events_file": "events.csv", "prices_file": "cours.csv", "exchanges": "XPAR"}
CASES: dict[str, tuple[dict[str, Any], ...]] = {
    "event_study": (
        {"event_ids": [ANTIMONY, BAN], "group": "antimony", "windows": [[0, 0]]},
        {"event_ids": [GALLIUM, GRAPHITE, BAN], "group": "graphite", "windows": [[-1, 2]],
         "model": "mean"},
        {"event_ids": [], "actors": ["CN"], "directions": ["easing"], "since": "2020-01-01",
         "group": "users_cars", "benchmark": "SPY"},
        {"event_ids": [GALLIUM], "securities": ["MP", "LYC.AX"], "windows": [[0, 3]],
         "estimation": [-130, -11]},
        {**OWN, "windows": [[0, 1]]},
    ),
    "robustness": (
        {"event_ids": [ANTIMONY, BAN], "group": "antimony", "timings": ["latest"]},
        {"event_ids": [GALLIUM, GRAPHITE, BAN], "group": "graphite", "windows": [[0, 2]],
         "models": ["mean", "raw"]},
        {"group": "users_cars", "models": ["market"], "windows": [[-1, 1], [0, 3]],
         "timings": ["latest"]},
        {"event_ids": [GRAPHITE, BAN], "group": "gallium_germanium", "windows": [[0, 1]],
         "models": ["market", "mean"], "benchmarks": ["local"], "timings": ["latest"],
         "estimation": [-130, -11]},
        {**OWN, "windows": [[0, 1], [0, 3]], "models": ["market", "mean"]},
    ),
}  # fmt: skip
ALL = [(name, case) for name, cases in CASES.items() for case in range(len(cases))]
each_case = pytest.mark.parametrize(("name", "case"), ALL)
DEFAULTS = ("7 June 2025", "9 October 2025", "REMX", "Alkane", "rule, not", "rare.earth",
            "13 Chinese")  # fmt: skip


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    Path("events.csv").write_text(EVENTS, encoding="utf-8")
    paris_prices().to_csv("cours.csv")
    yield
    plt.close("all")


@cache
def answer(name: str, case: int) -> Any:
    return getattr(rer.studies, name)(**CASES[name][case])


@pytest.fixture(scope="module")
def planned() -> RobustnessStudy:
    found: RobustnessStudy = answer_of("robustness")
    return found


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan()


def numbers(text: str) -> set[str]:
    return {found.lstrip("+−") for found in re.findall(r"[+−]?\d+\.\d+(?= (?:%|to))", text)}


# --- other parameters ---


@each_case
def test_a_page_names_its_sample_and_its_verdict_and_nothing_of_the_defaults(name, case):
    study: SampleAnswer = answer(name, case)
    row = study.verdict.iloc[0]
    assert row["verdict"] in VERDICTS
    kept = study.securities.loc[list(dict.fromkeys(study.result.labels[1]))]
    assert named(kept).rstrip(",").lower() in study.finding.lower()
    title = " ".join(study.plot().get_suptitle().split())
    assert title.startswith(row["title"])
    assert numbers(row["title"]) <= numbers(study.finding.split(". ")[0])
    said = " ".join([study.finding, study.detail, title, *study.limits])
    said = re.sub(r"(Last session used|Prices end|By business)[^.]*\.", "", said)
    allowed = "rule, not" if "event_ids" not in CASES[name][case] else ""
    allowed = allowed or ("rare.earth" if "securities" in CASES[name][case] else "")
    left = {one for one in DEFAULTS if one != allowed and re.search(one, said, re.I)}
    assert not left


@pytest.mark.parametrize("case", range(5))
def test_the_more_cautious_of_two_views_decides_whatever_the_number_of_dates(case):
    study = answer("event_study", case)
    row, found = study.verdict.iloc[0], study.news.every.findings[0]
    other = study.placebo.table["p_value"].iloc[0] if found.few else found.date_t.p_value
    assert row["p_value"] == pytest.approx(max(found.leading.p_value, other), rel=1e-12)
    assert (len(found.means) < 3) == found.few
    if found.few:
        assert row["verdict"] != "moved"
    assert (row["lower"], row["upper"]) == (found.lower, found.upper)


@each_case
def test_a_sceptic_changes_one_thing_at_a_time_and_counts(name, case):
    study = answer(name, case)
    tried = study.tried
    first, changes = tried.iloc[0], tried.iloc[1:]
    finding = (study.news.every if name == "event_study" else study.result).findings[0]
    assert (first["caar"], first["pairs"]) == (finding.caar, len(finding.car))
    assert first["detectable"] == finding.detectable
    made = changes[changes["same_verdict"].notna()]
    assert len(made) > 1
    assert set(made["verdict"]) <= set(VERDICTS)
    kept = int(made["same_verdict"].astype(bool).sum())
    said = study.survives if name == "event_study" else study.survives[0]
    assert f"{kept} of {len(made)} changes leave it at" in said
    assert ("not: " in said) == (kept < len(made))


def test_a_path_has_others_behind_it_from_sessions_without_news():
    study = answer("event_study", 0)
    assert study.elsewhere.shape[1] == len(study.result.aar)
    axes = study.plot().axes[0]
    (cloud,) = [c for c in axes.collections if "LineCollection" in type(c).__name__]
    assert len(cloud.get_segments()) == len(study.elsewhere) > 50


def test_paths_of_other_sessions_are_refused_beside_another_window():
    with pytest.raises(SpecificationError, match="paths over 1 sessions, a row each"):
        plot_caar(answer("event_study", 0).result, elsewhere=np.zeros((5, 4)))


def test_the_security_that_pulls_most_is_left_out_by_name():
    study = answer("event_study", 0)
    car = study.result.car.groupby("security")["car"].sum()
    name = rer.load_securities()["name"][(car * np.sign(car.sum())).idxmax()]
    (row,) = study.tried[study.tried["change"].str.contains("pulls")].to_dict("records")
    assert row["change"].startswith(f"without {name}")
    pairs = study.result.car["security"].ne((car * np.sign(car.sum())).idxmax())
    assert row["caar"] == pytest.approx(study.result.car.loc[pairs, "car"].mean(), rel=1e-12)


def test_what_cannot_be_left_out_is_said():
    table = pd.DataFrame(
        {"change": ["as asked", "one", "two"], "verdict": ["moved", "cannot_tell", ""],
         "same_verdict": [True, False, None], "why": ["", "", "nothing is left"]}
    )  # fmt: skip
    said = survived(table)
    assert said == "0 of 1 changes leave it at “moved”; not: one. Not to be had: nothing is left."


# --- the plan, where nothing is asked ---


def test_without_choices_the_plan_is_asked(planned: RobustnessStudy) -> None:
    assert "around 13 Chinese tightenings" in planned.finding
    table = planned.curve.table
    choices = {"model": 5, "window": 3, "benchmark": 4, "estimation": 3, "sample": 13}
    assert {name: table[name].nunique() for name in choices} == choices
    assert len(table) == (3 * 3 + 2) * 3 * 3 * 13  # two models of five use no benchmark
    first, verdict = table.iloc[0], planned.verdict.loc["H1"]
    assert first["caar"] == pytest.approx(verdict["effect"], rel=1e-12)
    assert first["p_value"] == pytest.approx(verdict["p_value"], rel=1e-9)
    assert (first["lower"], first["upper"]) == pytest.approx(
        (verdict["lower"], verdict["upper"]), rel=1e-9
    )
    assert planned.curve.title in " ".join(planned.plot().get_suptitle().split())


def test_the_joint_test_is_of_the_curve_that_is_shown(planned: RobustnessStudy) -> None:
    found = planned.curve.distinct
    moved = found[found["model"] != "synthetic"]
    joint = planned.curve.joint
    assert joint is not None
    row = joint.set_index("statistic").loc["median effect"]
    assert row["observed"] == pytest.approx(moved["caar"].median(), rel=1e-9)
    assert (joint["n"] == 4999).all()
    assert joint["p_value"].between(1 / 5000, 1).all()
    assert "Mixtures of controls" in " ".join(planned.limits)


def test_every_question_is_tried_and_has_its_sentence(planned: RobustnessStudy) -> None:
    assert [words[:2] for words in planned.survives] == [f"H{k}" for k in range(1, 9)]
    for name, part in planned.tried.groupby("question"):
        made = part[part["same_verdict"].notna()].iloc[1:]
        kept = int(made["same_verdict"].astype(bool).sum())
        (said,) = [words for words in planned.survives if words.startswith(str(name))]
        shown = SHOWN[part["verdict"].iloc[0]]
        assert f"? {kept} of {len(made)} changes leave it at “{shown}”" in said
    securities = rer.load_securities()
    codes = {*securities.index, *rer.load_events()["event_id"]} - {*securities["name"]}
    assert codes.isdisjoint(planned.tried["change"].str.removeprefix("without "))
    assert set(planned.table["question"]) == {"H1", "H2", "H3", "H4", "H6", "H8"}


@pytest.mark.parametrize(
    ("question", "changed"),
    [("H1", {"model": "dimson"}), ("H2", {}), ("H3", {"timing": "earliest"}), ("H6", {})],
)
def test_pairs_read_from_one_fit_say_what_a_study_of_them_says(
    plan: Plan, question: str, changed: dict[str, Any]
) -> None:
    ways = Ways(plan, [question])
    way = ways.way(question, **changed)
    found = way.some(ways.members(question, way)[PLANNED])
    alone = measure(plan, question, **changed)
    one, other = found.finding, alone.finding
    for number in ("caar", "error", "df", "matters", "detectable"):
        assert getattr(one, number) == pytest.approx(getattr(other, number), rel=1e-9)
    assert one.leading == pytest.approx(other.leading, rel=1e-9)
    pd.testing.assert_frame_equal(
        found.clusters, alone.clusters, check_exact=False, rtol=1e-9, check_dtype=False
    )
    some = way.events != way.events[0]
    members = ways.members(question, way)[PLANNED] & some
    rest = alone.part(alone.events != way.events[0]).finding
    assert way.finding(members).leading.p_value == pytest.approx(rest.leading.p_value, rel=1e-9)


def test_an_announcement_without_a_security_is_not_counted_and_is_named():
    asked = ("cn-2010-07-quota-cut", "cn-2025-10-no61-no62")
    study = rer.studies.event_study(event_ids=asked, securities=("MP",), checks=False)
    assert "around the licence requirement of 9 October 2025" in study.finding
    assert any("not measured" in line and "8 July 2010" in line for line in study.limits)
