"""Drawn studies, variance models, edges of the data and words, each beside a loop. Synthetic."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.chance.deciding import _cost
from rareearth_research.eventstudy.chance.joint import _avoided_by_all
from rareearth_research.eventstudy.chance.subject import _held
from rareearth_research.eventstudy.dependence.dispersion import Dispersion
from rareearth_research.eventstudy.inputs.benchmark import resolve_benchmark
from rareearth_research.eventstudy.models.garch import _forecast
from rareearth_research.eventstudy.questions import anticipation, volatility
from rareearth_research.eventstudy.questions.cross_section import _refuse_unfittable
from rareearth_research.eventstudy.results import sentences, words
from rareearth_research.eventstudy.sizes import drawn
from rareearth_research.eventstudy.sizes.designs import DESIGNS
from rareearth_research.eventstudy.statistics import parametric
from rareearth_research.eventstudy.statistics.bhar import _johnson, skewness_adjusted
from rareearth_research.eventstudy.statistics.multiple import adjust
from rareearth_research.eventstudy.statistics.parametric import Statistic
from rareearth_research.labels import LOG_WORDS
from rareearth_research.numerals import per_cent
from tests.support.eventstudy_cases import synthetic_returns


@pytest.mark.parametrize("df", [0, 5])
def test_returns_of_a_design_are_made_as_it_says(df: int) -> None:
    design = replace(
        DESIGNS["dates_3"], correlation=0.3, common_variance=4.0, event_variance=2.0, t_df=df
    )
    returns, market, dates = next(drawn._simulated(design, np.random.default_rng(1), 2))
    rng, length = np.random.default_rng(1), drawn._history(design)
    at = drawn._dates(design, rng, 2)

    def errors(*shape: int) -> np.ndarray:
        return rng.standard_t(df, shape) / np.sqrt(df / (df - 2)) if df else rng.normal(size=shape)

    steps = rng.normal(size=(2, length))
    common, own = errors(2, 1, length), errors(2, design.firms, length)
    beta = rng.uniform(0.5, 1.5, (2, design.firms, 1))
    first, last = design.window
    assert dates.tolist() == at.tolist()
    np.testing.assert_allclose(market, 0.0003 + 0.01 * steps, rtol=1e-12)
    for study in range(2):
        for t in (
            0,
            100,
            *(day + s for day in at[study] for s in (first - 1, first, last, last + 1)),
        ):
            inside = any(first <= t - day <= last for day in at[study])
            shared = np.sqrt(0.3) * common[study, 0, t] * (2.0 if inside else 1.0)
            u = 0.025 * (shared + np.sqrt(0.7) * own[study, :, t]) * (np.sqrt(2) if inside else 1)
            expected = beta[study, :, 0] * market[study, t] + u
            np.testing.assert_allclose(returns[study, :, t], expected, rtol=1e-9)


def test_dates_of_a_design_are_evenly_apart_or_spread_and_its_history_holds_them() -> None:
    apart = DESIGNS["dates_3"]
    at = drawn._dates(apart, np.random.default_rng(0), 2)
    assert at.tolist() == [[at[0, 0] + apart.gap * i for i in range(3)]] * 2
    assert drawn._history(apart) == at[0, -1] + 1 + drawn.AFTER
    spread = replace(apart, spread=40)
    at = drawn._dates(spread, np.random.default_rng(0), 50)
    assert (np.diff(at, axis=1) >= 0).all()
    assert (at.min() >= drawn.FIRST) & (at.max() == drawn.FIRST + 39)
    assert drawn._history(spread) == drawn.FIRST + 40 + drawn.AFTER


@pytest.mark.parametrize(
    ("securities", "count"), [(1, 50), (20, 50), (21, 47), (77, 12), (500, 2), (1001, 1)]
)
def test_a_thousand_pairs_are_drawn_at_a_time_with_170_sessions_around(
    securities: int, count: int
) -> None:
    design = replace(DESIGNS["one_date"], securities=securities)
    market, pairs = next(drawn.worlds(design, np.random.default_rng(1)))
    assert (len(pairs), market.returns.shape) == (count * securities, (count * securities, 601))
    assert {*pairs.position.tolist()} == {430}  # 260 sessions of estimation and 170 before them
    study = next(drawn.studies("made up", design, 1))
    assert study.specification.min_obs == 125  # half of 250, as in a study


def test_the_last_session_of_each_window_trades() -> None:
    design = replace(DESIGNS["thin_trading"], dates=2, window=(0, 3), no_trade=0.9)
    returns, _, dates = next(drawn._simulated(design, np.random.default_rng(1), 3))
    known = np.isfinite(returns)
    for study in range(3):
        assert known[study][:, dates[study] + 3].all()
    assert known.mean() == pytest.approx(0.1, abs=0.02)


def test_a_return_waits_for_the_next_trade() -> None:
    returns = np.random.default_rng(0).normal(size=(2, 3, 30))
    thin = drawn._thinned(returns, np.random.default_rng(1), 0.4, np.array([[7, 20], [3, 29]]))
    traded = np.random.default_rng(1).random(returns.shape) >= 0.4
    traded[0][:, [7, 20]] = traded[1][:, [3, 29]] = True
    for study in range(2):
        for firm in range(3):
            waiting = 0.0
            for t in range(30):
                waiting += returns[study, firm, t]
                if traded[study, firm, t]:
                    assert thin[study, firm, t] == pytest.approx(waiting, abs=1e-12)
                    waiting = 0.0
                else:
                    assert np.isnan(thin[study, firm, t])


def test_only_mixtures_cost_weights_at_every_session() -> None:
    market = SimpleNamespace(sessions=range(100))
    for model, cost in (("synthetic", 3 * 200 * 4), ("market", 0)):
        spec = SimpleNamespace(model=model, regressors=tuple("abcd"))
        found: Any = SimpleNamespace(
            specification=spec, markets=[market, market], counts={"n_securities": 3}
        )
        assert _cost(found) == cost


def test_rows_that_are_held_stand_where_they_are_and_all_where_none_is_named() -> None:
    rows, row = np.array([1, 1, 3, 5]), np.array([3, 1, -1, 2, 5])
    held = _held(rows, row, np.array([30, 10, 99, 20, 50]))
    assert held.tolist() == [[2, 0, 1, -1, 3], [30, 10, 10, 99, 50]]
    assert _held(rows, row[:0], row[:0]).shape == (2, 0)
    first = _held(np.array([0, 2]), np.array([0, -1, 2]), np.array([5, 6, 7]))
    assert first.tolist() == [[0, -1, 1], [5, 6, 7]]


def test_every_version_stays_away_from_the_events_of_all_by_its_own_rows() -> None:
    def version(names: str, row: list[int], at: list[int]) -> Any:
        return SimpleNamespace(
            markets=[SimpleNamespace(securities=np.arange(2))], avoid=[np.array([row, at])],
            result=SimpleNamespace(specification=SimpleNamespace(names=tuple(names))),
        )  # fmt: skip

    both: Any = [version("AB", [0, -1], [5, 9]), version("BC", [1], [7])]
    [[first], [second]] = _avoided_by_all(both, [[0], [0]])
    assert first.tolist() == [[-1, 0], [9, 5]]  # C is none of its own
    assert second.tolist() == [[-1, 1], [9, 7]]


def test_a_variance_returns_to_its_level_step_by_step() -> None:
    expected = [0.1 + 0.2 * 3.0**2 + 0.5 * 4.0]
    for _ in range(3):
        expected.append(0.1 + 0.7 * expected[-1])
    np.testing.assert_allclose(_forecast(0.1, 0.2, 0.5, 3.0, 4.0, 4), expected, rtol=1e-12)
    assert _forecast(0.1, 0.2, 0.5, 3.0, 4.0, 1).tolist() == expected[:1]


def test_a_variance_model_fits_neither_still_returns_nor_a_still_market() -> None:
    returns = synthetic_returns(320, 3)
    returns["S1"] = np.where(np.arange(320) < 312, 0.004, returns["S1"])
    study = EventStudy(returns, [returns.index[300]], "MKT", "garch", windows=[(0, 1)])
    assert study.fit().attrition["reason"].tolist() == ["", "constant_returns", ""]
    still = returns.assign(MKT=np.where(np.arange(320) < 299, 0.001, returns["MKT"]))
    with pytest.raises(SpecificationError, match="no_convergence"):
        EventStudy(still, [returns.index[300]], "MKT", "garch", windows=[(0, 1)]).fit()


def test_skewness_is_allowed_for_by_1999_draws_about_the_sample_s_own_mean() -> None:
    values = np.random.default_rng(8).exponential(size=9) - 0.7
    own = _johnson(values[None], 0.0)[0]
    drawn = values[np.random.default_rng(0).integers(0, 9, (1999, 9))]
    beyond = (np.abs(_johnson(drawn, values.mean())) >= abs(own)).sum()
    found = skewness_adjusted(values)
    assert (found.statistic, found.p_value) == (own, (1 + beyond) / 2000)
    assert 0.001 < found.p_value < 0.999


def test_johnson_s_t_allows_for_skewness() -> None:
    values = np.random.default_rng(1).exponential(size=(3, 12))
    values[2] = 0.7
    for row, found in zip(values, _johnson(values, 0.4), strict=True):
        if not np.ptp(row):
            assert np.isnan(found)
            continue
        sd = row.std(ddof=1)
        skew = ((row - row.mean()) ** 3).mean() / sd**3
        s = (row.mean() - 0.4) / sd
        assert found == pytest.approx(np.sqrt(12) * (s + skew * s * s / 3 + skew / 72), rel=1e-9)


def test_events_on_the_first_day_have_a_session_and_those_after_the_last_have_none() -> None:
    returns = synthetic_returns(400, 2)
    last = returns.index[-1] + pd.Timedelta(days=30)
    events = pd.DataFrame({"event_id": ["first", "good", "after"],
                           "date": [returns.index[0], returns.index[350], last]})  # fmt: skip
    found = EventStudy(returns, events, "MKT", windows=[(0, 1)]).fit().attrition
    reason = found.groupby("event_id", sort=False)["reason"].first()
    assert reason.to_dict() == {
        "first": "listed_later", "good": "", "after": "no_session",
    }  # fmt: skip
    assert found["session"].iloc[0] == returns.index[0]


def test_a_window_without_other_news_ends_ten_sessions_after() -> None:
    returns = synthetic_returns(400, 2)
    study = EventStudy(returns, [returns.index[350]], "MKT", windows="clean")
    assert study.fit().windows.last.ravel().tolist() == [10, 10]


def test_without_any_benchmark_there_is_no_set_of_regressors() -> None:
    returns = synthetic_returns(30, 2)
    found = resolve_benchmark({"S0": None}, returns, [""] * 3, "log")
    assert (found.values.shape, found.set_of.tolist()) == ((0, 1, 30), [-1, -1, -1])
    some = resolve_benchmark({"S0": "MKT", "S1": returns["S0"]}, returns, [""] * 3, "log")
    assert (some.names, some.set_of.tolist()) == (("MKT", "S0"), [0, 1, -1])
    np.testing.assert_array_equal(some.values[:, 0], returns[["MKT", "S0"]].T)


@pytest.mark.parametrize("given", [{"statistics": np.ones(2)}, {"draws": np.ones((5, 2))}])
def test_romano_and_wolf_need_statistics_and_draws(given: dict[str, Any]) -> None:
    with pytest.raises(SpecificationError, match="needs `statistics` and their placebo `draws`"):
        adjust(np.array([0.1, 0.2]), method="romano_wolf", **given)
    with pytest.raises(SpecificationError, match="do nothing with method='holm'"):
        adjust(np.array([0.1, 0.2]), **given)


def test_a_term_that_never_varies_is_named() -> None:
    design = pd.DataFrame({"Intercept": 1.0, "x": np.arange(5.0), "y": 2.0})
    with pytest.raises(SpecificationError, match=r"rank 2.: .*; 'y' is the same in all 5 rows"):
        _refuse_unfittable(design, "x + y")
    with pytest.raises(SpecificationError, match=r"rank 2.: 'Intercept, x, z'$"):
        _refuse_unfittable(design.assign(z=2 * design["x"]).drop(columns="y"), "x + z")
    with pytest.raises(SpecificationError, match="3 complete rows cannot carry 3 terms"):
        _refuse_unfittable(design[:3], "x + y")
    _refuse_unfittable(design.drop(columns="y")[:3], "x")


def test_a_fall_at_the_daily_limit_is_flagged_with_its_sign() -> None:
    days = pd.bdate_range("2024-01-02", periods=60)
    values = np.random.default_rng(3).normal(0, 0.01, 60)
    values[20], values[40] = -0.1, 0.1
    flags = rer.flag_returns(pd.DataFrame({"600111.SH": values}, days), return_type="simple")
    at = flags[flags["flag"].isin(["limit_up", "limit_down"])].set_index("date")["value"]
    assert at.to_dict() == {days[20]: -0.1, days[40]: 0.1}


@pytest.mark.parametrize(
    ("matters", "said"), [(0.02, "2 %"), (0.0101, "1.1 %"), (0.01, "1 %"), (0.0042, "0.42 %")]
)
def test_a_bound_is_said_as_given_rounded_up(matters: float, said: str) -> None:
    assert sentences._bound(SimpleNamespace(matters=matters)) == said  # type: ignore[arg-type]


def evidence(p: list[float], valid: list[bool]) -> Any:
    tests = ["kp", "date_t", "portfolio", "rank"][: len(p)]
    table = pd.DataFrame({"window": "[0, 1]", "test": tests, "p_value": p, "valid": valid})
    return SimpleNamespace(table=table, specification=SimpleNamespace(labels=("[0, 1]", "[0, 5]")))


def test_valid_tests_on_either_side_of_five_per_cent_are_named() -> None:
    name = [rer.labels.label("test", test) for test in ("kp", "date_t", "portfolio", "rank")]
    found = evidence([0.05, 0.0501, 0.6, 0.01], [True, True, False, True])
    assert words._disagreeing(found) == (
        f"Valid tests disagree: p ≤ 0.05 by {name[0]}, {name[3]}; above by {name[1]}."
    )
    assert words._disagreeing(evidence([0.05, 0.01], [True, True])) == ""
    assert words._disagreeing(evidence([0.06, 0.5], [True, True])) == ""
    assert words._disagreeing(evidence([0.05, 0.5], [True, False])) == ""


def test_numbers_behind_a_sentence_are_told_by_what_there_is() -> None:
    assert words._t(Statistic(-2.345, 0.03, 9.0)) == "t(9) = −2.35, p = 0.030"
    for df in (np.nan, 0.0):
        assert words._t(Statistic(2.0, 0.03, df)) == "t = 2.00, p = 0.030"
    assert words._t(Statistic(np.nan, np.nan, np.nan)) == "without a value"
    first = SimpleNamespace(
        car=np.zeros(8), test="kp", leading=Statistic(2.0, 0.03, 9.0), few=False,
        means=np.zeros(4), date_t=Statistic(1.0, 0.4, 3.0), date_flip=Statistic(1.0, 0.5, np.nan),
    )  # fmt: skip
    found: Any = SimpleNamespace(findings=[first], dependences=[SimpleNamespace(mean=-0.05)])
    verdict = pd.DataFrame({"placebo_p": [0.2]})
    kp = rer.labels.label("test", "kp")
    assert words.detail(found, verdict) == (
        f"{kp} t(9) = 2.00, p = 0.030; over dates t(3) = 1.00, p = 0.400; sign flips p = 0.500; "
        "placebo p = 0.200; r̄ −0.05, effective N 8.0 of 8"
    )
    first.few, found.dependences[0].mean = True, 0.2
    plain = words.detail(found, verdict.assign(placebo_p=np.nan))
    assert re.search(r"four clusters of dates, too few for a test on them; r̄ \+0.20", plain)
    assert plain.endswith("effective N 3.3 of 8")


@pytest.mark.parametrize(
    ("spread", "t", "said"),
    [
        ((2.5, 0.05, 9.0, 0.0501), -1.25, "S P"), ((2.5, 0.05, 9.0, 0.06), np.nan, "S"),
        ((2.0, 0.05, 3.0, 0.05), -1.25, "S D"), ((2.5, 0.0501, 3.0, 0.05), -1.25, "D"),
    ],
)  # fmt: skip
def test_dispersion_is_noted_where_it_is_rare_and_the_portfolio_where_half_of_it_is_new(
    spread: tuple[float, ...], t: float, said: str
) -> None:
    table = pd.DataFrame({
        "test": ["portfolio", "kp", "portfolio"], "statistic": [9.0, 9.0, t],
        "p_value": [0, 0, 0.21], "window": ["[-1, +1]", "[0, +4]", "[0, +4]"],
    })  # fmt: skip
    spec = SimpleNamespace(labels=("[0, +4]", "[-1, +1]"))  # the dispersion is of the first
    found: Any = SimpleNamespace(dispersion=Dispersion(*spread), table=table, specification=spec)
    parts = {
        "S": f"Securities differ {spread[0]} times as much as on ordinary days (variance, p "
        "0.0500): they respond differently, or each is more volatile.",
        "P": "The portfolio of all has t = −1.25, p 0.2100.",
        "D": "Dates differ 3.0 times as much as ordinary days do (variance, p 0.0500), which "
        "tests over securities do not see: read t over dates.",
    }
    assert " ".join(words._varied(found)) == " ".join(parts[part] for part in said.split())


@pytest.mark.parametrize(
    ("least", "digits"),
    [
        (0.05, 2),
        (0.001, 2),
        (0.000995, 3),
        (0.00099, 3),
        (1e-9, 8),
        (1e-12, 8),
        (0.0, 2),
        (np.nan, 2),
    ],
)
def test_the_small_table_has_as_many_digits_as_the_least_effect_needs(
    least: float, digits: int
) -> None:
    row = {"window": "[0, 1]", "verdict": "none_larger", "caar": 0.0, "lower": -0.012,
           "upper": 0.02, "detectable": least, "test": "kp", "p_value": 0.4}  # fmt: skip
    found: Any = SimpleNamespace(keep=range(7), findings=[SimpleNamespace(means=np.zeros(3))] * 2)
    table = words._small_table(found, pd.DataFrame([row, {**row, "detectable": 0.5}]))
    assert table.iloc[1].tolist() == [
        "[0, 1]", "no larger average move", f"+{0:.{digits}f}",
        f"-{1.2:.{digits}f} to +{2:.{digits}f}", f"{50:.{digits}f}", "kp", "0.4000", 7, 3,
    ]  # fmt: skip
    small = f"{100 * least:.{digits}f}" if np.isfinite(least) else "–"
    assert table["detectable"].iloc[0] == small
    assert table.columns[2:5].tolist() == ["CAAR, log %", "95 % interval", "detectable"]


@pytest.mark.parametrize("return_type", ["log", "simple"])
def test_averages_without_one_event_are_said_from_the_lowest_to_the_highest(
    return_type: str,
) -> None:
    returns = synthetic_returns(400, 3)
    returns.iloc[[300, 350], :3] += np.array([[0.4], [-0.1]])

    def fit(days: list[int], **options: Any) -> Any:
        asked = {"windows": [(0, 1), (0, 3)], "return_type": return_type} | options
        return EventStudy(returns, returns.index[days], "MKT", **asked).fit()

    left = [fit([350, 370]), fit([300, 370]), fit([300, 350])]
    mean = [one.car[one.car["window"] == "[0, 1]"]["car"].mean() for one in left]
    move = [np.expm1(m) if return_type == "log" else m for m in mean]
    p = [one.headline["p_value"] for one in left]
    said = (
        f"Leaving out one event at a time, the average in [0, 1] runs from {per_cent(min(move))} "
        f"to {per_cent(max(move))}, and p from {min(p):.4f} to {max(p):.4f}."
    )
    for policy in ("confounders", "overlap"):
        notes = fit([300, 350, 370], **{policy: "leave_one_out"}).summary().notes
        assert said in notes
    assert (LOG_WORDS in notes) == (return_type == "log")
    alone = fit([300], overlap="leave_one_out").summary().notes
    assert not any("Leaving out" in note for note in alone)


def test_a_lead_share_needs_a_whole_reaction_and_the_same_direction() -> None:
    before = np.array([0.02, 0.02, -0.01, 0.05, 0.04])
    total = np.array([0.04, 0.04, 0.04, 0.04, 0.04])
    share, notes = anticipation._shares(before, total, np.array([0.1, 0.101, 0.01, 0.01, 0.01]))
    np.testing.assert_allclose(share, [0.5, np.nan, np.nan, 1.25, 1.0])
    assert [note[:20] for note in notes] == [
        "", "no share: the whole ", "no share: prices mov", "more than the whole:", "",
    ]  # fmt: skip
    assert anticipation._shares(before[:1], total[:1], np.array([np.nan]))[1][0][:9] == "no share:"
    assert anticipation._leads(3).tolist() == [1, 2, 3]
    assert anticipation._leads([5, 1, 5]).tolist() == [1, 5]


def test_spread_on_event_days_is_an_analysis_of_variance_about_the_estimation_median() -> None:
    rng = np.random.default_rng(1)
    residuals, event = rng.standard_t(4, (6, 50)), np.abs(rng.normal(0, 2, (6, 3)))
    residuals[1, 4], residuals[:, 9], event[:, 1], event[2, 0] = np.nan, np.nan, np.nan, np.nan
    z = residuals / np.nanstd(residuals, axis=1)[:, None]
    usual = [np.nanmean(column) for column in np.abs(z - np.nanmedian(z, axis=1)[:, None]).T
             if np.isfinite(column).any()]  # fmt: skip
    days = [np.nanmean(column) for column in event.T if np.isfinite(column).any()]
    theirs = stats.f_oneway(usual, days)
    found = volatility.brown_forsythe(residuals, event)
    assert found == pytest.approx((theirs.statistic, theirs.pvalue, 49 + 2 - 2), rel=1e-9)
    squares = np.array([[[1.0, np.nan, np.nan, 0.0]], [[3.0, 4.0, np.nan, 0.0]]])
    np.testing.assert_allclose(
        volatility._log_mean(squares), [[np.log(2), np.log(4), np.nan, np.nan]]
    )


def test_columns_with_one_value_have_it_for_their_mean_and_others_none() -> None:
    values = np.array([[3.0, np.nan, 1.0], [np.nan, np.nan, 4.0]])
    assert volatility._column_means(values).tolist() == [3.0, 2.5]


@pytest.mark.parametrize("dates", [[300], [300, 301, 330], [300, 304, 330, 360]])
@pytest.mark.parametrize("securities", [1, 2, 4])
def test_the_path_has_the_wider_interval_of_securities_and_dates(
    dates: list[int], securities: int
) -> None:
    returns = synthetic_returns(400, securities, shared=0.01)
    study = EventStudy(
        returns, returns.index[dates], "MKT", windows=[(0, 1), (-1, 5)], tests=["kp"]
    )
    found = study.fit()
    abnormal, n = found.fitted.abnormal, securities * len(dates)
    path, table = abnormal.cumsum(axis=1), found.aar
    assert table["relative_session"].tolist() == list(range(-1, 6))
    np.testing.assert_allclose(table["aar"], abnormal.mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose(table["caar"], path.mean(axis=0), rtol=1e-9)
    first = EventStudy(returns, returns.index[dates], "MKT", windows=[(0, 1)], tests=["kp"]).fit()
    assert repr(found.dispersion) == repr(first.dispersion)  # of the first window alone
    assert np.isfinite(first.dispersion.ratio) == (securities > 1)
    for i, step in enumerate(table["kp"]):
        r = max(one.mean for one in found.dependences) if n > 1 else 0.0
        expected = parametric.kp(found.fitted.standardised[:, i], r).statistic
        assert step == pytest.approx(expected, rel=1e-9, nan_ok=True)
    if n == 1:
        variance = found.fitted.car_variance[0, 2:]
        half = stats.t.ppf(0.975, found.fitted.n_obs[0] - 2) * np.sqrt(variance)
    else:
        r = max(one.mean for one in found.dependences)
        error = path.std(axis=0, ddof=1) / np.sqrt(n) * np.sqrt((1 + (n - 1) * r) / (1 - r))
        half = stats.t.ppf(0.975, n - 1) * error
    cluster = found.clusters.announcements[0]  # by the first window
    means = np.array([path[cluster == c].mean(axis=0) for c in np.unique(cluster)])
    if len(means) > 2:
        over = means.std(axis=0, ddof=1) / np.sqrt(len(means))
        half = np.maximum(half, stats.t.ppf(0.975, len(means) - 1) * over)
    assert len(means) == {1: 1, 3: 2, 4: 4}[len(dates)]
    np.testing.assert_allclose(table["upper"] - table["caar"], half, rtol=1e-9)
    np.testing.assert_allclose(table["caar"] - table["lower"], half, rtol=1e-9)
