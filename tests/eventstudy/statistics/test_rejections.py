"""Rejections of drawn studies, counted study by study; designs as their titles say."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rareearth_research.eventstudy.results.frames import buy_and_hold, params
from rareearth_research.eventstudy.sizes import designs, drawn, rejections
from rareearth_research.eventstudy.sizes.designs import DESIGNS
from rareearth_research.eventstudy.sizes.drawn import DAILY_RISK, studies
from rareearth_research.eventstudy.statistics.decision import decide, find
from rareearth_research.eventstudy.statistics.verdicts import run_test

TESTS = ("kp", "bmp", "sign")


def test_a_rejection_is_a_p_at_most_the_level_in_any_study() -> None:
    design = replace(DESIGNS["one_date"], securities=6)
    asked = [*TESTS, "headline", "verdict_p", "moved", "placebo", "heterogeneity",
             "variance_between"]  # fmt: skip
    table = rejections.rejections("made up", design, asked, 4, seed=3)
    found = table.set_index(["test", "level"])
    p: dict[str, list[float]] = {name: [] for name in asked}
    valid: dict[str, list[bool]] = {name: [] for name in TESTS}
    for study in islice(studies("made up", design, 3, TESTS), 4):
        for name in TESTS:
            row = run_test(name, study.sample)
            p[name].append(row["p_value"])
            valid[name].append(row["valid"])
        finding = find(study.sample, DAILY_RISK)
        decided = decide(finding, lambda study=study: study.placebo)
        p["headline"].append(finding.leading.p_value)
        p["verdict_p"].append(decided.p_value)
        p["moved"].append(float(decided.verdict != "moved"))
        p["placebo"].append(study.placebo)
        p["heterogeneity"].append(study.dispersion.p_value)
        p["variance_between"].append(study.dispersion.p_between)
    for name in asked:
        for level in (0.05,) if name == "moved" else (0.01, 0.05, 0.1):
            row, values = found.loc[(name, level)], np.array(p[name])
            if np.isfinite(values).any():
                assert row["rejection"] == (values <= level).mean()
            else:
                assert np.isnan(row["rejection"])
            assert row["replications"] == 4
            if name in TESTS:
                assert row["valid"] == np.mean(valid[name])
            else:
                assert np.isnan(row["valid"])
    assert table.index.tolist() == list(range(len(table)))
    columns = "design effect test level rejection std_error valid replications"
    assert table.columns.tolist() == columns.split()
    assert (table["design"] == "made up").all()
    assert (table["effect"] == design.mean).all()


@pytest.mark.parametrize(
    ("securities", "left_out"),
    [(121, {"placebo", "skewness_adjusted"}), (13, {"skewness_adjusted"}), (12, set())],
)
def test_of_many_pairs_what_is_slow_is_left_out(securities: int, left_out: set[str]) -> None:
    design = replace(DESIGNS["one_date"], securities=securities)
    table = rejections.rejections("x", design, ["sign", "placebo", "skewness_adjusted"], 1)
    assert set(table["test"]) == {"sign", "placebo", "skewness_adjusted"} - left_out


def test_effects_are_added_by_design_by_pair_and_by_date_at_session_0() -> None:
    plain = replace(DESIGNS["dates_3"], securities=2)
    effect = replace(plain, mean=0.1, security_sd=0.5, date_sd=0.3)
    rng = np.random.default_rng(1)
    bare, _, dates = next(drawn._simulated(plain, rng, 50))
    added = 0.1 + 0.5 * rng.normal(size=(50, 6))
    added += np.repeat(0.3 * rng.normal(size=(50, 3)), 2, axis=1)
    market, pairs = next(drawn.worlds(effect, np.random.default_rng(1)))
    found = market.returns.reshape(bare.shape) - bare
    firm = np.arange(6) % plain.firms
    for study in range(50):
        expected = np.zeros(bare.shape[1:])
        np.add.at(expected, (firm, np.repeat(dates[study], 2)), added[study])
        np.testing.assert_allclose(found[study], expected, atol=1e-12)
    assert pairs.position.tolist() == np.repeat(dates, 2, axis=1).ravel().tolist()
    assert pairs.row.tolist() == [plain.firms * i + f for i in range(50) for f in firm]


@pytest.mark.parametrize("name", DESIGNS)
def test_a_design_is_what_its_title_and_its_question_say(name: str) -> None:
    design = DESIGNS[name]
    said = f"{designs.QUESTIONS[design.question]}; {design.title}".replace("−", "-")
    for words, value in (
        (r"N = (\d+)", design.securities), (r"ρ = ([\d.]+)", design.correlation),
        (r"(\d+) dates", design.dates), (r"× (\d+) securities", design.securities),
        (r"(\d+) sessions? apart", design.gap), (r"on (\d+) sessions", design.spread),
        (r"factor × (\d)", design.common_variance), (r"all variance × (\d)", design.event_variance),
        (r"\[(.+)\]", ", ".join(map(str, design.window))),
    ):  # fmt: skip
        if told := re.search(words, said):
            assert told[1] == str(value) or float(told[1]) == value, (words, said)
    if design.question == "one_date":
        assert (design.dates, design.spread, design.t_df, design.window) == (1, 0, 0, (-1, 1))
        assert (design.event_variance, design.common_variance, design.no_trade) == (1, 1, 0)
        assert (design.mean, design.date_sd, design.security_sd, design.shipped) == (0, 0, 0, False)


def test_effects_of_designs_with_power_are_these() -> None:
    differ = designs.POWER["responses_differ"]
    assert [(d.mean, d.security_sd) for d in differ] == [(x, x) for x in (0.04, 0.08, 0.12)]
    for of in designs.POWER.values():
        for design in of:
            said = re.search(r"N = (\d+)", design.title)
            assert said is None or int(said[1]) in (design.securities, design.pairs)


def test_weights_of_a_mixture_are_counted_where_they_are_positive() -> None:
    weights = np.array([[0.5, 0.5, 0.0, np.nan], [0.0, 1.0, 0.0, 0.0]])
    residuals = np.array([[1.0, -1.0, np.nan], [2.0, 0.0, 1.0]])
    found: Any = SimpleNamespace(
        fitted=SimpleNamespace(
            coefficients=weights, residuals=residuals, n_obs=np.array([2, 3]),
            sigma2=np.array([4.0, 9.0]), total=np.array([4.0, 10.0]),
        ),
        specification=SimpleNamespace(model="synthetic", gaps="matched", estimated=-1,
                                      regressors=tuple("abcd")),
        labels=(np.array(["e", "f"]), np.array(["A", "B"])),
    )  # fmt: skip
    table = params(found)
    assert table["n_donors"].tolist() == [3, 4]
    assert table["n_positive"].tolist() == [2, 1]
    assert table["largest_weight"].tolist() == [0.5, 1.0]
    np.testing.assert_allclose(table["rmse"], np.sqrt([2 / 2, 5 / 3]))
    np.testing.assert_allclose(table["r_squared"], [1 - 2 / 4, 1 - 5 / 10])
    assert table["sigma"].tolist() == [2.0, 3.0]
    assert table["n_estimation"].tolist() == [2, 3]


@pytest.mark.parametrize("own", [False, True])
def test_buying_and_holding_compounds_what_was_and_what_was_expected(own: bool) -> None:
    rng = np.random.default_rng(4)
    returns, abnormal = rng.normal(0, 0.1, (3, 5)), rng.normal(0, 0.1, (3, 5))
    abnormal[1, 2] = returns[1, 2] = np.nan
    inside = rng.random((3, 5)) < 0.6 if own else np.array([True, False, True, True, False])
    fitted: Any = SimpleNamespace(abnormal=abnormal, returns=returns)
    for return_type in ("log", "simple"):
        for i, found in enumerate(buy_and_hold(fitted, inside, return_type)):
            held = np.array([1.0, 1.0])
            for t in range(5):
                if (inside[i, t] if own else inside[t]) and np.isfinite(abnormal[i, t]):
                    step = np.array([returns[i, t], returns[i, t] - abnormal[i, t]])
                    held *= np.exp(step) if return_type == "log" else 1 + step
            assert found == pytest.approx(held[0] - held[1], rel=1e-12)
