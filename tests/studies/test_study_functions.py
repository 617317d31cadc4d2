"""Each study is one function: notebook, Python and README give one number, and say what is true."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import FrozenInstanceError, replace
from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.cli.data import STUDIES
from rareearth_research.datasets.refreshing.everything import freshness
from rareearth_research.errors import RareEarthError, SpecificationError
from rareearth_research.reports import read_parameters
from rareearth_research.studies.answer import Notes
from rareearth_research.studies.sample import TIGHTENINGS, event_words, prices_end
from tests.support.answers import answer_of, tables_read
from tests.support.sentences import check_groups, check_sentence

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = {path.stem[3:]: path for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))}
OCTOBER, BUSAN, ANTIMONY = "cn-2025-10-no61-no62", "talks-2025-10-busan", "cn-2024-08-antimony"
BAN = "cn-2024-12-ban-to-us"


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@cache
def default(name: str, **given):
    """The study as its notebook is committed, but for what is given."""
    return getattr(rer.studies, name)(**given) if given else answer_of(name)


def committed(name: str, key: str):
    """What the committed notebook noted: its ``result`` or its ``parameters``."""
    cells = json.loads(NOTEBOOKS[name].read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    notes = [output.get("metadata", {}).get("rareearth", {}) for output in outputs]
    return next(note[key] for note in notes if key in note)


each_study = pytest.mark.parametrize("name", NOTEBOOKS)
each_quick_study = pytest.mark.parametrize("name", [n for n in NOTEBOOKS if n != "robustness"])


# --- one function per study ---


@each_study
def test_a_study_is_a_function_with_its_notebooks_parameters_and_defaults(name):
    signature = inspect.signature(getattr(rer.studies, name)).parameters
    given = {
        key: json.loads(json.dumps(value.default))
        for key, value in signature.items()
        if key != "checks"  # how much of the answer is filled, not what is asked
    }
    assert given == {p.name: p.default for p in read_parameters(NOTEBOOKS[name]).values()}


@pytest.mark.end_to_end
@each_study
def test_the_studies_that_a_refresh_would_renew_are_those_that_read_the_table(name):
    named = {table for table, studies in STUDIES.items() if NOTEBOOKS[name].stem in studies}
    looked_up = {"graphite_trade", "imf_pcps", "pink_sheet"}  # where series are sought by name
    by_name = looked_up if name in {"price_dynamics", "trade_response"} else set()
    assert named <= tables_read(name) & {*freshness().index} <= named | by_name


@each_study
def test_a_notebook_calls_its_study_once_and_nothing_else_that_computes(name):
    cells = json.loads(NOTEBOOKS[name].read_text(encoding="utf-8"))["cells"]
    source = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    assert source.count(f"rer.studies.{name}(") == 1
    assert not re.search(r"rer\.(EventStudy|placebo|load_\w*returns|timing_curve)\(", source)


@each_quick_study
def test_python_finds_what_the_notebook_is_committed_with(name):
    assert default(name).finding == committed(name, "result")


@each_quick_study
def test_a_study_keeps_the_parameters_it_was_given(name):
    assert json.loads(json.dumps(default(name).parameters)) == committed(name, "parameters")


@each_quick_study
def test_an_answer_is_frozen_and_reads_as_its_summary(name):
    answer = default(name)
    with pytest.raises(FrozenInstanceError):
        answer.finding = "another"
    assert str(answer.summary()) == repr(answer)
    assert all(limit in answer.summary().notes for limit in answer.limits)


@each_quick_study
def test_an_answer_draws_itself(name):
    assert default(name).plot().get_suptitle()


@pytest.mark.parametrize("name", ["tightening_and_easing", "spillovers"])
def test_planned_findings_say_what_their_tables_hold(name):
    answer = default(name)
    rows = answer.table[answer.table["verdict"].notna()]
    for row in rows.to_dict("records"):
        check_sentence(row)
    assert (rows["family_p"] >= rows[["p_value", "placebo_p"]].max(axis=1)).all()
    found = answer.planned.answers
    asked = ["H1", "H2"] if name == "tightening_and_easing" else ["H3", "H4"]
    for question, row in zip(asked, rows.to_dict("records"), strict=False):
        assert row["words"] == answer.planned.words.loc[question, "words"]
        assert row["other_news"] == sum(map(bool, found.measured[question].other_news.values()))
        planned = answer.planned.table.loc[question]
        same = ["effect", "lower", "upper", "p_value", "placebo_p", "family_p", "verdict"]
        assert [row[column] for column in same] == list(planned[same])


def test_what_a_newspaper_prints_of_the_spillovers_is_short_and_names_what_moved():
    answer = default("spillovers")
    check_groups(answer)
    assert len(answer.finding.split()) <= 90
    for row in answer.table.query("verdict == 'moved'").to_dict("records"):
        assert row["group"].casefold() in answer.finding.casefold()
    planned = answer.table[answer.table["planned"]]
    assert all(group[1:] in answer.finding for group in planned["group"])


def test_no_module_hides_a_function_of_its_name():
    modules = {path.stem for path in (ROOT / "rareearth_research/studies").glob("*.py")}
    assert modules.isdisjoint(rer.studies.__all__)
    assert [getattr(rer.studies, name) for name in rer.studies.__all__] == [
        getattr(rer.studies, name) for name in rer.studies.__all__
    ]


# --- two paths, one number ---


def bare(**options):
    events, returns = rer.load_events(event_ids=OCTOBER), rer.load_returns(group="rare_earths")
    return rer.EventStudy(returns, events, "local", windows=[(0, 1), (-1, 5)], **options)


def test_a_bare_study_of_shipped_returns_says_what_it_leaves_out():
    notes = " ".join(bare().fit().summary().notes)
    assert "Exposure dates are not applied: 1 of 25 pairs lie outside them (ALK.AX)." in notes
    assert "Other listed events are not looked for" in notes


def test_its_remedies_give_the_studys_numbers_and_silence_the_notes():
    remedies = {"exposure": rer.load_securities(), "known_events": rer.load_events()}
    study = bare(**remedies)
    result, chance = study.fit(), rer.placebo(study, exclude_near=rer.load_events())
    answer = default("event_study")
    assert not re.search("not applied|not looked for", " ".join(result.summary().notes))
    pd.testing.assert_frame_equal(result.table, answer.result.table, rtol=1e-12)
    pd.testing.assert_frame_equal(chance.table, answer.placebo.table, rtol=1e-12)


def test_a_study_without_pairs_outside_exposure_dates_does_not_speak_of_them():
    events = rer.load_events(event_ids=OCTOBER)
    result = rer.EventStudy(rer.load_returns(["MP", "UUUU"]), events, "local").fit()
    assert "Exposure" not in " ".join(result.summary().notes)


def test_a_study_of_ones_own_securities_gets_no_note_about_shipped_tables():
    rng, days = np.random.default_rng(0), pd.bdate_range("2020-01-01", periods=400)
    returns = pd.DataFrame(rng.normal(0, 0.01, (400, 4)), days, [*"ABC", "MP"])
    result = rer.EventStudy(returns, [days[350]], model="mean").fit()
    assert "rer.load_" not in " ".join(result.summary().notes)


def test_all_studies_use_the_same_conditions():
    given = {"event_ids": [OCTOBER, BUSAN], "group": "rare_earth_producers"}
    several = rer.studies.event_study(**given, windows=[(0, 1)])
    other = rer.studies.anticipation(**given, window=(0, 1), leads=3, lags=3)
    keys = ["event_id", "security"]
    both = several.result.car.merge(other.result.car, on=keys, suffixes=("", "_other"))
    assert len(both) == len(other.result.car)
    np.testing.assert_allclose(both["scar"], both["scar_other"], rtol=1e-12)


# --- what is given is used ---


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"materials": ["Ga"]}, "event_ids and materials both choose events"),
        ({"actors": "CN", "since": "2024-01-01"}, "event_ids and actors and since both choose"),
        ({"securities": ["MP"], "group": "antimony"}, "securities and group='antimony' both"),
        ({"model": "garch"}, "model='garch' is not known"),
        ({"event_ids": [], "materials": ["Ga"], "directions": ["threat"]}, "leave one of them out"),
    ],
)
def test_what_would_be_ignored_is_refused(given, said):
    with pytest.raises(SpecificationError, match=re.escape(said)):
        rer.studies.event_study(**given)


@pytest.mark.parametrize("remedy", [{"event_ids": [], "materials": ["Ga"]}, {"event_ids": BAN}])
def test_either_way_of_choosing_events_works(remedy):
    chosen = rer.studies.event_study(**remedy, group="antimony").events
    assert chosen["materials"].str.split(";").map(lambda symbols: "Ga" in symbols).all()


def test_securities_stand_in_place_of_a_group():
    assert list(rer.studies.event_study(securities=["MP"]).securities.index) == ["MP"]


@pytest.mark.parametrize(
    "bad", [5.5, {"a": 1}, b"x", object()], ids=["number", "mapping", "bytes", "object"]
)
@each_study
def test_every_argument_is_judged_at_the_border(name, bad):
    study = getattr(rer.studies, name)
    for argument in inspect.signature(study).parameters:
        with pytest.raises(RareEarthError):
            study(**{argument: bad})


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("robustness", {"group": None}),
        ("anticipation", {"group": None}),
    ],
)
def test_nothing_does_not_stand_for_everything(name, given):
    with pytest.raises(RareEarthError, match=next(iter(given))):
        getattr(rer.studies, name)(**given)


@pytest.mark.parametrize("given", [{"lags": 1000}, {"leads": 251}, {"leads": 0}, {"lags": -1}])
def test_leads_and_lags_stay_within_a_year(given):
    with pytest.raises(SpecificationError, match="must be a whole number from"):
        rer.studies.anticipation(**given)


def test_robustness_needs_two_events_and_says_where_one_is_studied():
    with pytest.raises(SpecificationError, match=r"rer\.studies\.event_study"):
        rer.studies.robustness(event_ids=[OCTOBER])
    assert rer.studies.event_study(event_ids=[OCTOBER]).finding


def test_robustness_takes_the_first_of_each_choice_as_its_reference():
    choices = {"models": ["market_adjusted"], "benchmarks": ["SPY"], "timings": ["earliest"]}
    answer = rer.studies.robustness([ANTIMONY, BAN], "antimony", windows=[(0, 2)], **choices)
    specification = answer.result.specification
    assert (specification.benchmark, specification.timing) == ("SPY", "earliest")
    assert "against SPY" in answer.detail
    assert "own index" not in answer.detail
    first = answer.curve.table.iloc[0]
    assert first["p_value"] == pytest.approx(answer.table["p_value"].iloc[0], rel=1e-12)


def test_robustness_without_a_benchmark_speaks_of_none():
    answer = rer.studies.robustness([ANTIMONY, BAN], "antimony", models=["mean"], windows=[(0, 2)])
    assert "mean return without a benchmark" in answer.detail
    reference = "Reference: mean return without a benchmark, latest possible session."
    assert answer.reference == reference


# --- what is said is true, whatever was asked ---


def test_the_article_study_speaks_of_the_events_it_was_given():
    answer = rer.studies.origin_article(ANTIMONY, OCTOBER, "antimony", "magnet_makers", [(0, 3)])
    limits = [
        limit
        for limit in answer.limits
        if "Last session" not in limit and "By business" not in limit
    ]
    said = " ".join([answer.finding, answer.timing, *limits])
    assert "around the licence requirement of 15 August 2024" in said
    assert "around the licence requirement of 9 October 2025" in said
    assert not re.search("June|February|rare.earth", said, re.I)
    assert "15 August 2024" in answer.plot().get_suptitle()
    assert "rare-earth" not in answer.plot().get_suptitle().lower()


def test_a_statement_that_stands_alone_is_said_to():
    answer = rer.studies.origin_article(ANTIMONY, group="antimony")
    assert answer.neighbours.empty
    assert "No other listed event lies within 2 sessions" in answer.timing
    assert "cannot be given to it alone" not in " ".join(answer.limits)


def test_the_history_of_the_default_sample_is_told_for_it_alone():
    assert "REMX" in " ".join(default("event_study").limits)
    for given in ({"event_ids": BUSAN}, {"group": "antimony"}, {"securities": ["MP", "LYC.AX"]}):
        assert "REMX" not in " ".join(rer.studies.event_study(**given).limits)


def test_the_rule_of_the_default_sample_is_told_for_it_alone():
    assert "fixed by a rule" in " ".join(default("price_dynamics").limits)
    assert "planned after first looks" in " ".join(default("anticipation").limits)
    other = " ".join(rer.studies.anticipation([OCTOBER, BUSAN]).limits)
    assert "fixed by a rule" not in other
    assert "The sample (two events) was chosen by name" in other


def test_the_rule_chooses_the_default_sample():
    chosen = rer.load_events(actor="CN", direction="tightening", since="2023-01-01", usable=True)
    chosen = chosen[chosen["instrument_type"].isin(["licence", "ban"]) & (chosen["actor"] == "CN")]
    assert set(TIGHTENINGS) <= set(chosen["event_id"])
    assert set(chosen["date"]) == set(rer.load_events(event_ids=TIGHTENINGS)["date"])


def test_price_limits_are_told_where_there_are_any():
    assert "price limit" in " ".join(default("event_study").limits)
    us = rer.studies.event_study(securities=["MP", "UUUU"])
    assert "price limit" not in " ".join(us.limits)


def test_the_timeline_names_what_was_chosen_and_counts_in_grammar():
    answer = rer.studies.policy_timeline("2025-01-01", ["Ga"], ["CN"], ["XASX"], sessions=1)
    assert "events by CN on Ga since January 2025" in answer.finding
    assert "within one session of another event" in answer.finding
    assert "in Sydney" in answer.finding


def test_one_event_is_counted_in_the_singular():
    answer = rer.studies.policy_timeline("2026-03-01", actors=["MY"])
    assert len(answer.events) == 1
    assert answer.finding.startswith("Of one event by MY since March 2026, one has a session")
    assert answer.plot().get_suptitle().startswith("Of one event")


def test_a_timeline_of_no_event_is_refused_and_the_remedy_works():
    with pytest.raises(SpecificationError, match="choose an earlier day, or leave one of them out"):
        rer.studies.policy_timeline("2026-03-01", materials=["Ga"], actors=["MY"])
    assert len(rer.studies.policy_timeline("2026-03-01", actors=["MY"]).events)


def test_a_placebo_of_random_draws_is_not_called_every_session():
    answer = rer.studies.event_study(event_ids=[ANTIMONY, BAN], securities=["UAMY", "PPTA"])
    assert answer.placebo.distribution.index.name == "draw"
    assert "other sessions" not in answer.finding


def test_a_missing_placebo_is_said_and_not_drawn():
    answer = default("event_study")
    none = replace(answer.placebo, table=answer.placebo.table.assign(p_value=np.nan))
    assert replace(answer, placebo=none).plot_placebo() is None


def test_one_security_leaves_nothing_to_leave_out():
    answer = rer.studies.event_study(securities=["MP"])
    assert answer.left_out.empty
    assert answer.extremes().empty
    assert "left out" not in answer.finding


@pytest.mark.parametrize(
    ("event_id", "words"),
    [
        ("cn-2025-06-mofcom-approvals-statement", "the statement of 7 June 2025"),
        ("cn-2011-04-resource-tax", "the tax of March 2011"),
        (BUSAN, "the talks of 30 October 2025"),
    ],
)
def test_an_event_is_named_by_its_kind_and_day(event_id, words):
    event = rer.load_events(event_ids=event_id).iloc[0]
    assert event_words(event) == words


def test_the_end_of_prices_is_read_from_the_prices():
    answer = rer.studies.event_study(securities=["MP", "LYC.AX"], windows=[(0, 1)])
    words = prices_end(answer.result)
    assert "Last session used: Sydney 10 October 2025, New York 10 October 2025." in words
    for ticker, city in (("MP", "New York"), ("LYC.AX", "Sydney")):
        assert f"in {city} in {rer.load_prices(ticker).index[-1]:%B %Y}" in words


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("origin_article", {}),
        ("event_study", {}),
        ("anticipation", {}),
        ("robustness", {"models": ("mean",), "windows": ((0, 1),)}),  # all events and securities
    ],
)
def test_every_study_of_prices_says_which_session_is_its_last_market_by_market(name, given):
    said = " ".join(default(name, **given).limits)
    used = said.partition("Last session used: ")[2].partition(".")[0]
    abroad = name == "anticipation"  # producers outside China
    assert all(city in used for city in ("New York", "Sydney" if abroad else "Shanghai"))
    assert "Prices end in" in said


def test_notes_show_as_a_list_and_drop_what_is_empty():
    assert Notes(["one.", "", "two."])._repr_markdown_() == "- one.\n- two."
