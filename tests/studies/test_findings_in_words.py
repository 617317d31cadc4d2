"""What a page says at its top: whole in one sentence, the same in the picture, and true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import matplotlib.pyplot as plt
import pytest

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.studies.answer import SampleAnswer, StudyAnswer

ANTIMONY, BAN, OCTOBER = "cn-2024-08-antimony", "cn-2024-12-ban-to-us", "cn-2025-10-no61-no62"
GALLIUM = "cn-2023-07-ga-ge-controls"
CASES: dict[str, tuple[dict[str, Any], ...]] = {
    "event_study": (
        {},
        {"event_ids": [ANTIMONY], "group": "antimony", "windows": [[-1, 1]]},
        {"event_ids": [ANTIMONY, BAN], "securities": ["UAMY", "PPTA", "MP"], "model": "mean"},
        {"event_ids": [GALLIUM], "group": "gallium_germanium", "windows": [[0, 3]]},
    ),
    "anticipation": (
        {},
        {"event_ids": [ANTIMONY, BAN], "group": "antimony", "leads": 5, "lags": 5},
        {"event_ids": [GALLIUM], "group": "gallium_germanium", "window": [0, 0], "leads": 3},
        {"event_ids": [BAN], "group": "users_chips", "direction": "down", "leads": 4},
    ),
    "robustness": (
        {"windows": [[0, 1]], "models": ["market"], "timings": ["latest"]},
        {"event_ids": [ANTIMONY, BAN], "group": "antimony", "windows": [[0, 2]],
         "models": ["mean", "raw"], "timings": ["latest"], "benchmarks": ["local"]},
        {"event_ids": [GALLIUM, BAN], "group": "gallium_germanium", "windows": [[-1, 1]],
         "models": ["market"], "benchmarks": ["local"], "timings": ["latest"]},
    ),
    "origin_article": (
        {},
        {"event_id": ANTIMONY, "control_event_id": GALLIUM, "group": "antimony",
         "control_group": "gallium_germanium", "windows": [[0, 3]]},
    ),
}  # fmt: skip
ALL = [(name, i) for name, cases in CASES.items() for i in range(len(cases))]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


@cache
def answer(name: str, case: int) -> StudyAnswer:
    found: StudyAnswer = getattr(rer.studies, name)(**CASES[name][case])
    return found


def numbers(text: str) -> set[str]:
    """Percentages with the signs of prose, which says better and worse where titles have signs."""
    return {found.lstrip("+−") for found in re.findall(r"[+−]?\d+\.\d+(?= (?:%|to))", text)}


@pytest.mark.parametrize(("name", "case"), ALL)
def test_the_title_of_the_picture_has_the_numbers_of_the_finding(name, case):
    study = answer(name, case)
    title = " ".join(study.plot().get_suptitle().split())
    assert numbers(title) <= numbers(study.finding)
    if name == "event_study":
        verdict = study.verdict.iloc[0]
        assert numbers(title) == numbers(verdict["title"])
        assert numbers(title) <= numbers(verdict["words"].split(". ")[0])
        said = {"cannot_tell": "cannot tell", "unsettled": "un", "none_larger": "larger than"}
        assert said.get(verdict["verdict"], "moved") in title


@pytest.mark.parametrize("case", range(4))
def test_the_picture_of_the_securities_counts_all_of_them_and_says_the_verdict(case):
    study = answer("event_study", case)
    title = " ".join(study.plot_car().get_suptitle().split())
    first = study.result.car[study.result.car["window"] == study.verdict["window"].iloc[0]]
    assert title.startswith(f"{(first['car'] > 0).sum()} of {len(first)} rose")
    assert title.endswith(study.verdict["title"].iloc[0])


@pytest.mark.parametrize(
    ("name", "case"), [pair for pair in ALL if pair[0] in ("event_study", "robustness")]
)
def test_the_first_sentence_alone_keeps_other_news_interval_and_doubt(name, case):
    study = answer(name, case)
    first = re.split(r"(?<=[.:]) (?=[A-Z])", study.finding)[0]
    row = study.verdict.iloc[0]
    assert "95 % interval" in first
    if study.result.diagnostics["confounded"]:
        assert re.match("While (.* )?other listed events", first)
    if row["verdict"] == "cannot_tell":
        assert first.endswith("this study cannot tell.")
    if row["verdict"] == "unsettled":
        assert re.search("unusual|unsettled", first)


@pytest.mark.parametrize(("name", "case"), ALL)
def test_prose_holds_no_code_no_zero_p_and_one_style_of_numbers(name, case):
    study = answer(name, case)
    said = " ".join([study.finding, study.detail, *study.limits])
    codes = r"\b(kp|bmp|date_t|ended_earlier|not_exposed|rare_\w+|True|False)\b|p = 0\.000|\d%"
    assert not re.search(codes, said), re.search(codes, said)
    assert not re.search(r"\b1 (events|pairs|rows|securities|windows|samples)\b", said)
    assert not re.search(r"[a-z]+-20\d\d-", study.finding + study.detail)


@pytest.mark.parametrize(("name", "case"), [pair for pair in ALL if pair[1]])
def test_other_parameters_leave_no_word_of_the_defaults(name, case):
    study = answer(name, case)
    said = " ".join([study.finding, study.detail, *study.limits, study.plot().get_suptitle()])
    said = re.sub(r"(Last session used|Prices end|By business)[^.]*\.", "", said)
    defaults = "7 June 2025|9 October 2025|4 February 2025|April control|rare-earth|REMX|rule, not"
    assert not re.search(defaults, said, re.I), re.search(defaults, said, re.I)


def test_the_detail_line_holds_test_sample_window_and_model():
    said = answer("event_study", 0).detail
    for part in ("Kolari–Pynnönen t(", "p = 0.0", "of 40 securities: ", "listed in China",
                 "window [0, 1]", "market model against each exchange's own index."):  # fmt: skip
        assert part in said


def test_benchmarks_that_no_model_uses_are_refused_and_both_remedies_work():
    asked: dict[str, Any] = {"event_ids": [ANTIMONY, BAN], "group": "antimony", "windows": [[0, 1]]}
    with pytest.raises(SpecificationError, match="leave benchmarks out, or add 'market'"):
        rer.studies.robustness(**asked, models=["mean"], benchmarks=["SPY"])
    rer.studies.robustness(**asked, models=["mean"])
    rer.studies.robustness(**asked, models=["mean", "market"], benchmarks=["SPY"])


def test_the_placebo_of_a_window_does_not_depend_on_the_others():
    alone, beside = (
        rer.studies.event_study(windows=windows, checks=False)
        for windows in ([[0, 1]], [[0, 1], [-1, 5], [-3, 3]])
    )
    p = [study.placebo.table["p_value"].iloc[0] for study in (alone, beside)]
    assert p[0] == p[1]
    assert "Every window is measured on the same pairs" not in " ".join(beside.limits)


def test_a_window_that_costs_pairs_says_so_and_how_many():
    study: SampleAnswer = rer.studies.event_study(windows=[[0, 1], [-3, 20]], checks=False)
    alone = rer.studies.event_study(windows=[[0, 1]], checks=False).result
    (said,) = (limit for limit in study.limits if limit.startswith("Every window is measured"))
    assert f"{len(alone.keep)} pairs would be measured and not {len(study.result.keep)}" in said


def test_benchmarks_of_new_york_are_told_only_where_they_are_used():
    late = "in New York, hours after"
    assert late in " ".join(answer("robustness", 0).limits)
    assert late not in " ".join(answer("robustness", 2).limits)


def test_other_listed_events_are_marked_where_they_could_act():
    study = answer("event_study", 0)
    news = study.result.other_news
    events = rer.load_events().set_index("event_id")
    near = news[news["relative_session"] == 0]["other"]
    dates = events.loc[near, "date"]
    assert ((dates - events.loc[OCTOBER, "date"]).dt.days.abs() <= 3).all()
    assert OCTOBER not in set(news["other"])
    (axes,) = study.plot().axes
    marked = axes.collections[-1].get_offsets()[:, 0]
    assert list(marked) == sorted(news["relative_session"].unique())
