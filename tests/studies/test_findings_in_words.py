"""What a page says at its top: whole in one sentence, the same in the picture, and true."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.ticker import PercentFormatter

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.labels import LOG_WORDS, label
from rareearth_research.reports import check_parameters
from rareearth_research.studies.answer import SampleAnswer, StudyAnswer
from rareearth_research.studies.composition import event_names, named
from rareearth_research.summary import Result, table_html
from tests.support.answers import answer_of

ANTIMONY, BAN, OCTOBER = "cn-2024-08-antimony", "cn-2024-12-ban-to-us", "cn-2025-10-no61-no62"
GALLIUM, GRAPHITE = "cn-2023-07-ga-ge-controls", "cn-2023-10-graphite"
CATALOGUE, GENEVA = "cn-2025-07-tech-catalogue", "talks-2025-05-geneva"
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
        {"event_ids": [BAN], "group": "users_chips", "sign": "down", "leads": 4},
        {"event_ids": [CATALOGUE, GALLIUM], "group": "users_cars", "before": [-5, -1],
         "window": [0, 1], "model": "mean", "leads": 5, "lags": 5},
        {"event_ids": [GRAPHITE], "group": "graphite", "estimation": [-200, -31],
         "before": [-20, -2], "leads": 5, "lags": 5, "firm_news": "drop"},
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
        {"event_id": BAN, "control_event_id": ANTIMONY, "group": "antimony",
         "control_group": "antimony", "windows": [[-1, 1]]},
        {"event_id": GALLIUM, "control_event_id": GRAPHITE, "group": "users_chips",
         "control_group": "graphite", "windows": [[0, 5], [0, 1]]},
        {"event_id": GRAPHITE, "control_event_id": BAN, "group": "graphite",
         "control_group": "gallium_germanium", "firm_news": "drop"},
        {"event_id": GENEVA, "control_event_id": GALLIUM, "group": "users_cars",
         "control_group": "users_defence", "windows": [[0, 1]]},
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
        assert "this study cannot tell" in first
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
    assert not re.search(r",[.;:,]", said)


@pytest.mark.parametrize(("name", "case"), [pair for pair in ALL if pair[1]])
def test_other_parameters_leave_no_word_of_the_defaults(name, case):
    study = answer(name, case)
    said = " ".join([study.finding, study.detail, *study.limits, study.plot().get_suptitle()])
    said = re.sub(r"(Last session used|Prices end|By business)[^.]*\.", "", said)
    defaults = "7 June 2025|9 October 2025|4 February 2025|April control|rare-earth|REMX|rule, not"
    defaults += "|beforehand|after first looks"
    assert not re.search(defaults, said, re.I), re.search(defaults, said, re.I)


def frames(study: Any) -> Iterator[pd.DataFrame]:
    """Yield every table that a page may show of a study."""
    fields = {field.name for field in dataclasses.fields(study)} - {"studies", "planned"}
    parts = [getattr(study, name) for name in {*fields, "shown", "leads", "announced", "ledger"}
             if hasattr(study, name)]  # fmt: skip
    for part in [study, *parts]:
        if isinstance(part, dict):
            yield from (value for value in part.values() if isinstance(value, pd.DataFrame))
        elif isinstance(part, pd.DataFrame):
            yield part
        elif isinstance(part, Result):
            yield part.summary().table


@pytest.mark.parametrize("name", CASES)
def test_headings_and_axes_say_that_log_returns_are_logs_and_a_sentence_says_what_that_is(name):
    study = answer(name, 0)
    heads = {head for frame in frames(study)
             for head in re.findall("<th>(.*?)</th>", table_html(frame.head(2)))}  # fmt: skip
    known = {
        "matters from, %",
        "p ≤ 5 %",
        "95 % interval",
    }  # compounded; of specifications; a level
    assert {head for head in heads if "%" in head and ", log %" not in head} <= known
    assert {"average CAR, log %", "lower, log %"} <= heads or name == "anticipation"
    drawn = [study.plot(), *(getattr(study, f"plot_{more}")() for more in ("car", "run_up")
                             if hasattr(study, f"plot_{more}"))]  # fmt: skip
    axes = [axis for figure in drawn for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    labels = [axis.get_label_text() for axis in axes]
    in_per_cent = [axis.get_label_text() for axis in axes
                   if isinstance(axis.get_major_formatter(), PercentFormatter)]  # fmt: skip
    assert all("log %" in label for label in in_per_cent)
    assert all("log %" in label or "news" in label for label in labels if "%" in label)
    assert sum("log %" in label for label in labels) >= len(drawn) - (name == "anticipation")
    said = [*study.limits, *getattr(study, "result", study).summary().notes]
    assert LOG_WORDS in said


@pytest.mark.parametrize(("name", "case"), ALL)
def test_what_was_asked_for_and_not_measured_is_named_with_its_reason(name, case):
    study: Any = answer(name, case)
    ledgers = (
        [study.after_statement.attrition, study.after_control.attrition]
        if name == "origin_article"
        else [study.measured.attrition if name == "anticipation" else study.attrition]
    )
    said = [limit for limit in study.limits if "Asked for and not measured" in limit]
    words, names = " ".join(said), rer.load_securities()["name"]
    for pairs in ledgers:
        for column in ("event_id", "security"):
            kept = pairs.loc[pairs["status"] == "kept", column]
            lost = pairs[~pairs[column].isin(kept)].groupby(column, sort=False)["reason"].unique()
            assert all(label("reason", code) in words for codes in lost for code in codes)
            if column == "security" and len(lost) <= 12:
                assert all(names[ticker] in words for ticker in lost.index)
        assert bool(said) or not len(lost)


VERDICT = {  # in a sentence, and in the title of a picture
    "moved": ("than expected", ": moved"),
    "unsettled": ("unsettled|unusual", "unsettled|unusual"),
    "none_larger": ("no average move larger than", "none larger than"),
    "cannot_tell": ("this study cannot tell", "this study cannot tell"),
}


@pytest.mark.parametrize("case", range(6))
def test_a_run_up_names_its_sample_its_size_and_one_of_four_verdicts(case):
    study = answer("anticipation", case)
    row = study.table.iloc[0]
    said, shown = VERDICT[row["verdict"]]
    assert re.search(said, study.finding.partition(". ")[0], re.I)
    assert re.search(shown, study.title)
    kept = rer.load_securities(list(dict.fromkeys(study.measured.result.labels[1])))
    assert named(kept).rstrip(",")[1:] in study.finding  # which may begin with it
    events = study.events[study.events["event_id"].isin(study.measured.events)]
    assert event_names(events) in study.finding
    assert study.title == study.plot().get_suptitle().replace("\n", " ")
    assert np.isfinite([row["detectable"], row["matters"]]).all()
    asked = ["Was there leakage?", "Announced or in effect?", "At a first report?"]
    assert [line.partition("? ")[0] + "?" for line in study.answers] == asked
    if case in (0, 1, 4):
        assert study.tried().table["verdict"].isin([*VERDICT, ""]).all()


def test_the_run_up_of_the_plan_is_that_of_its_question():
    study, planned = answer("anticipation", 0), answer_of("planned_questions")
    assert study.finding.startswith(planned.words.loc["H6", "words"])
    assert planned.words.loc["H7", "words"] in study.finding
    shared = ["effect", "lower", "upper", "p_value", "placebo_p", "family_p", "detectable"]
    row, asked = study.table.iloc[0], planned.table.loc["H6"]
    np.testing.assert_allclose(row[shared].astype(float), asked[shared].astype(float))
    assert (row["verdict"], row["matters"]) == (asked["verdict"], asked["matters"])


def test_the_sign_of_a_move_is_no_direction_of_an_event_and_runs_as_a_parameter():
    given = CASES["anticipation"][3]
    assert check_parameters("anticipation", given) == given
    assert answer("anticipation", 3).curve.direction == "down"


def test_a_report_before_the_announcement_is_told_of():
    study = answer("anticipation", 4)
    assert "is on record for one of two announcements" in study.answers[-1]
    assert "reported, if earlier" in set(study.by_date["date"])


@pytest.mark.parametrize("case", range(6))
def test_after_each_announcement_stands_one_of_four_verdicts_with_what_it_could_miss(case):
    study = answer("origin_article", case)
    if study.parameters["firm_news"] != "drop":
        for row, title in zip(study.verdicts.groupby("announcement", sort=False).head(1)
                              .to_dict("records"), study.titles, strict=True):  # fmt: skip
            said, shown = VERDICT[row["verdict"]]
            assert re.search(said, row["words"], re.I)
            assert row["words"] in study.finding
            assert re.search(shown, title)
    assert study.shown["detectable"].notna().all()
    if case < 2:
        tried = study.tried().table
        assert set(tried["announcement"]) == {study.statement, study.control}
        assert tried["verdict"].isin([*VERDICT, ""]).all()


def test_every_claim_rests_on_events_with_sources():
    study = answer("origin_article", 0)
    linked = study.sources[study.sources["title"].notna()]
    assert set(linked["event_id"]) <= set(rer.load_events()["event_id"])
    about = rer.load_article_claims()
    assert set(about.loc[about["event_ids"] != "", "claim_id"]) == set(linked["claim_id"])


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
