"""The plan was fixed before results: what it says is measured, and nothing of it moves."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import yaml

import rareearth_research as rer
from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.eventstudy.statistics.dates import date_t
from rareearth_research.eventstudy.statistics.decision import detectable_at
from rareearth_research.labels import units
from rareearth_research.plots import plot_event_map
from rareearth_research.plots.drawing.print import fit
from rareearth_research.plots.drawing.style import facts_of
from rareearth_research.studies.planned import selection
from rareearth_research.studies.planned.contrasts import fading
from rareearth_research.studies.planned.headline import PlannedStudy
from rareearth_research.studies.planned.measure import measure
from rareearth_research.studies.planned.pairs import expected_pairs, exposed
from rareearth_research.studies.planned.plan import Plan, load_plan
from rareearth_research.studies.planned.rows import ADDED, MARKETS, event_rows
from rareearth_research.studies.planned.verdicts import POOLED
from tests.plots.test_press import faults
from tests.support.answers import answer_of

FILE = Path(__file__).resolve().parents[2] / "notebooks" / "plan.yaml"
FROZEN = "13e889474eec4529bc3c60b2f14e2abb1a03033ba6952abef63e833089e8d66e"
LATER = {"cn-2025-08-entity-statement", "cn-2025-11-entity-statement"}  # found after the plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan()


@pytest.fixture(scope="module")
def study() -> PlannedStudy:
    found: PlannedStudy = answer_of("planned_questions")
    return found


def test_the_plan_never_changes(plan: Plan) -> None:
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == plan.sha256 == FROZEN


def test_its_rules_give_its_lists_from_the_tables_of_today(plan: Plan) -> None:
    assert selection.differences(plan, rer.load_events()).empty


@pytest.mark.parametrize("direction", ["tightening", "easing"])
def test_its_rules_exclude_what_it_excludes_for_the_same_reasons(
    plan: Plan, direction: str
) -> None:
    found = dict(selection.apply_rules(plan, rer.load_events(), direction).excluded)
    assert {name: why for name, why in found.items() if name not in LATER} == plan["excluded"][
        direction
    ]


def test_a_changed_row_is_named(plan: Plan) -> None:
    events = rer.load_events()
    events.loc[events["event_id"] == "cn-2023-10-graphite", "anticipated"] = "yes"
    found = selection.differences(plan, events)
    assert "cn-2023-10-graphite" in set(found["planned"])


def test_flags_are_those_of_the_plan(plan: Plan) -> None:
    placed = selection.placed_events(rer.load_events(), plan["event_rules"]["common"]["date"])
    later = set(rer.load_events()["event_id"]) - set(LATER)
    for cluster in [*plan.clusters("tightening"), *plan.clusters("easing")]:
        found = set(selection.flagged_by(placed, cluster["event_id"])) & later
        assert set(cluster["flagged_by"]) <= found, cluster["event_id"]


def test_a_bare_on_is_no_ticker(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(FILE.read_text("utf-8").replace('"ON"', "ON"), encoding="utf-8")
    with pytest.raises(DataError, match=r"True, which is no ticker.*quotation marks"):
        load_plan(file)


def test_deviations_stand_beside_the_plan(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_bytes(FILE.read_bytes())
    entry = dict.fromkeys(("id", "date", "what", "why", "results_seen", "effect_on_headline"), "x")
    file = tmp_path / "deviations.yaml"
    file.write_text(yaml.safe_dump({"deviations": [entry]}))
    assert load_plan(tmp_path / "plan.yaml").deviations == (entry,)
    file.write_text(yaml.safe_dump({"deviations": [{"id": "x"}]}))
    with pytest.raises(DataError, match="entry 1 lacks 'date'"):
        load_plan(tmp_path / "plan.yaml")


@pytest.mark.parametrize("question", POOLED)
def test_nothing_is_measured_that_the_plan_did_not_expect(
    study: PlannedStudy, plan: Plan, question: str
) -> None:
    ledger = study.attrition[study.attrition["question"] == question]
    kept = ledger[ledger["status"] == "kept"]
    expected = expected_pairs(plan, question)
    assert kept["planned"].all()
    lost = expected - set(zip(kept["event_id"], kept["security"], strict=True))
    reasons = ledger.set_index(["event_id", "security"])["reason"]
    assert all(reasons[pair] for pair in lost)
    assert len(lost) <= 7


def test_a_security_meets_a_measure_by_its_mineral(plan: Plan) -> None:
    events = rer.load_events().set_index("event_id", drop=False)
    securities = rer.load_securities().assign(ticker=lambda frame: frame.index)
    graphite, quota = events.loc["cn-2023-10-graphite"], events.loc["cn-2010-07-quota-cut"]
    assert exposed(plan, securities.loc["SYR.AX"], graphite)
    assert not exposed(plan, securities.loc["LYC.AX"], graphite)
    assert exposed(plan, securities.loc["LYC.AX"], quota)


def test_the_effect_counts_each_announcement_once(study: PlannedStudy) -> None:
    measured = study.answers.measured["H1"]
    car = measured.result.car.groupby("event_id")["car"].mean()
    row = study.table.loc["H1"]
    assert row["effect"] == pytest.approx(car.mean(), rel=1e-12)
    assert row["date_t_p"] == pytest.approx(float(date_t(car.to_numpy()).p_value), rel=1e-9)
    assert row["mean_over_pairs"] == pytest.approx(measured.result.car["car"].mean(), rel=1e-12)
    assert row["p_value"] == max(row["kp_p"], row["date_t_p"])
    assert row["lower"] < row["effect"] < row["upper"]
    assert row["upper"] - row["effect"] == pytest.approx(row["effect"] - row["lower"])


def test_a_part_is_what_measuring_it_alone_gives(study: PlannedStudy, plan: Plan) -> None:
    clear = study.answers.identified["H3"]
    alone = measure(plan, "H3", events=list(clear.clusters["event_id"]))
    assert alone.finding.caar == pytest.approx(clear.finding.caar, rel=1e-12)
    assert alone.finding.leading.p_value == pytest.approx(clear.finding.leading.p_value, rel=1e-9)


def test_family_p_values_are_never_below_their_own(study: PlannedStudy) -> None:
    family = study.table.loc[["H1", "H2", "H3", "H4", "H6", "H8"]]
    for raw in ("kp_p", "date_t_p", "date_flip_p", "placebo_p", "p_value"):
        assert not (family["family_p"] < family[raw]).any(), raw
    holm = study.table.loc[["H5", "H7"]]
    assert (holm["family_p"] >= holm["p_value"]).all()


def test_the_slope_is_that_of_least_squares_and_its_p_that_of_all_orders(plan: Plan) -> None:
    """With five dates every order can be tried, and the interval ends where p is 5 %."""
    days = pd.to_datetime(["2010-01-04", "2011-03-01", "2014-06-02", "2019-01-07", "2021-05-03"])
    synthetic = pd.DataFrame({"session": days, "scar": [0.2, -0.1, 1.1, 1.4, 2.6]})
    found = fading(plan, _Clusters(synthetic))  # type: ignore[arg-type]
    t = (days - days[0]).days.to_numpy() / 365.25
    y, centred = synthetic["scar"].to_numpy(), t - t.mean()
    assert found.effect == pytest.approx(np.polyfit(t, y, 1)[0], rel=1e-9)
    slopes = np.array([np.array(o) @ y for o in itertools.permutations(centred)])
    exact = np.mean(np.abs(slopes) >= abs(centred @ y) * (1 - 1e-9))
    assert found.p_value == pytest.approx(exact, abs=0.005)
    assert found.lower < found.effect < found.upper


class _Clusters:
    """What `fading` reads of a question, by itself."""

    def __init__(self, clusters: pd.DataFrame) -> None:
        self.clusters = clusters
        self.finding = type("Finding", (), {"car": clusters["scar"].to_numpy()})


def test_every_sentence_carries_its_interval_and_number(study: PlannedStudy) -> None:
    for name in POOLED:
        first = study.words.loc[name, "words"].partition(". ")[0]
        assert "95 % interval" in first, name
        flagged = len(study.answers.measured[name].clusters) - len(
            study.answers.identified[name].clusters
        )
        assert ("fell together with other listed events" in first) == bool(flagged), name


def test_the_verdict_of_the_announced_and_effective_is_cannot_tell_by_plan(
    study: PlannedStudy,
) -> None:
    assert study.table.loc["H7", "verdict"] == "cannot_tell"
    assert "as the plan said beforehand" in study.words.loc["H7", "words"]


def test_major_measures_stand_market_by_market(plan: Plan) -> None:
    table = event_rows(plan)
    planned = rer.load_events(event_ids=plan["headline_table_rows"]).sort_values("date")
    assert list(table.loc[~table["added"], "event_id"].unique()) == list(planned["event_id"])
    assert set(table.loc[table["added"], "event_id"]) == set(ADDED)
    assert (table.groupby("event_id")["group"].agg(list).map(set) == set(MARKETS)).all()
    measured = table["n"] > 0
    assert (table.loc[~measured, "why"] != "").all()
    assert (table.loc[measured, "why"] == "").all()
    assert (table.loc[measured, "family_p"] >= table.loc[measured, "placebo_p"]).all()
    assert table.loc[measured, "placebo_p"].min() > 0.001  # a few hundred other sessions
    drawn = plot_event_map(table)
    assert faults(fit(drawn, 85, facts_of(drawn))) == []  # on a phone too
    plt.close("all")


def test_one_change_at_a_time_is_held_against_the_planned_answer(
    study: PlannedStudy, plan: Plan
) -> None:
    tried = study.tried("H4")
    table = tried.table.set_index("change")
    first = table.loc["as planned"]
    assert first["caar"] == study.table.loc["H4", "effect"]
    assert table.loc["sample: rare earths only", "caar"] == pytest.approx(first["caar"])
    assert {f"without {ticker}" for ticker in plan.group("users")} <= set(table.index)
    leave_out = table.loc["without TSLA"]
    car = study.answers.measured["H4"].result.car
    rest = car[car["security"] != "TSLA"].groupby("event_id")["car"].mean()
    assert leave_out["caar"] == pytest.approx(rest.mean(), rel=1e-9)
    others = table[~table["same_verdict"].astype(bool)]
    assert "model: mean" in others.index
    assert f"{len(table) - 1 - len(others)} leave the verdict as it is" in tried.headline
    assert "model: mean (cannot tell)" in tried.headline


@pytest.mark.parametrize("question", ["H7", "H9", "", None])
def test_a_question_that_cannot_be_tried_is_named(study: PlannedStudy, question: Any) -> None:
    with pytest.raises(SpecificationError, match="question"):
        study.tried(question)


def test_the_readme_opens_with_what_the_plan_answers(study: PlannedStudy) -> None:
    readme = (FILE.parents[1] / "README.md").read_text(encoding="utf-8")
    told = [line.removeprefix("> ") for line in readme.splitlines() if line.startswith("> ")]
    for name, said in zip(("H1", "H2"), told, strict=False):
        assert study.words.loc[name, "words"].startswith(said), name


def test_a_path_ends_where_the_returns_add_up_to_and_moves_with_the_draws(
    study: PlannedStudy,
) -> None:
    path, measured = study.paths["H1"], study.answers.measured["H1"]
    asked = (path.sessions >= -1) & (path.sessions <= 1)
    daily = np.diff(path.means, axis=1, prepend=0)[:, asked].sum(axis=1)
    assert np.isclose(daily, measured.clusters["mean"]).sum() >= 10  # else prices end on the way
    assert path.drawn.shape == (300, 21)
    drawn = path.drawn[:, 11] - path.drawn[:, 8]
    assert np.abs(drawn).mean() < abs(path.mean[11] - path.mean[8])


def test_what_is_needed_is_where_the_curve_meets_what_matters(study: PlannedStudy) -> None:
    power = study.power
    shares = ["detectable_move", "announcement_sd", "assumed_low", "assumed_high", "matters_from"]
    assert {*shares} <= {*units(power)}  # so that a page says what they are
    for name, row in power.iterrows():
        at = detectable_at(row["announcement_sd"], np.array([row["clusters"], row["needed"] - 1]))
        assert at[0] == pytest.approx(study.table.loc[name, "detectable"], rel=1e-12)
        assert at[1] > row["matters_from"]
        assert row["assumed_low"] < row["assumed_high"]
    asked = study.plan["inference"]["power"]["H1"]
    ends = power.loc["H1", ["assumed_low", "assumed_high"]].astype(float)
    planned = [float(detectable_at(s, np.array([asked["clusters"]]))[0]) for s in ends]
    cases = [case["detectable"] / 100 for case in asked["rows"]]
    assert planned == pytest.approx([min(cases), max(cases)], rel=1e-9)


def test_named_firms_are_ranked_among_all_pairs_and_power_stands_beside(
    study: PlannedStudy,
) -> None:
    found = study.answers.contrasts["H8"]
    car = found.table.set_index("security")["car"]
    differences = [
        abs(car[list(pair)].mean() - car.drop(list(pair)).mean())
        for pair in itertools.combinations(car.index, 2)
    ]
    assert len(differences) == 28
    share = np.mean(np.array(differences) >= abs(found.effect) * (1 - 1e-12))
    assert dict(found.checks)["peers"] == pytest.approx(share)
    words = study.words.loc["H8", "words"]
    assert "27 other pairs" in words
    assert "It would miss" in words
    drawn = found.draws * found.effect / found.statistic
    critical = np.quantile(np.abs(drawn), 0.95)
    assert np.mean(np.abs(drawn + found.detectable) > critical) == pytest.approx(0.8, abs=0.02)


def test_price_limits_stand_where_chinese_producers_are_told(study: PlannedStudy) -> None:
    limits = study.answers.limits
    assert limits.words in study.words.loc["H3", "words"]
    assert limits.without.finding.car.size == limits.pairs - limits.limited
    first = dataclasses.replace(limits, limited=limits.pairs // 2)
    assert first.leads
    assert ", more than a fifth" in first.words
    assert not limits.leads


def test_contrasts_are_broken_too(study: PlannedStudy) -> None:
    fading_again, named = (study.tried(name).table.set_index("change") for name in ("H5", "H8"))
    assert fading_again.loc["as planned", "effect"] == study.table.loc["H5", "effect"]
    assert {"without MP and LYC.AX", "model: mean"} <= set(fading_again.index)
    car = study.answers.contrasts["H8"].table.set_index("security")["car"].drop("USAR")
    assert named.loc["without USAR", "caar"] == pytest.approx(car["MP"] - car.drop("MP").mean())
