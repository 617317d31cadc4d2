"""An interrupted series: levels and slopes as statsmodels has them, and honest beside placebos."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy.stats import norm

import rareearth_research as rer
from rareearth_research.dynamics.belief import detectable, rank, unusual_from
from rareearth_research.dynamics.segments import kernel
from rareearth_research.errors import SpecificationError
from rareearth_research.summary import signed

MONTHS = pd.date_range("2015-01-01", periods=96, freq="MS")


def synthetic(jump: float = 0.0, seed: int = 4) -> pd.Series:
    noise = np.random.default_rng(seed).normal(0, 0.1, 96)
    t = np.arange(96)
    return pd.Series(3 + 0.01 * t + jump * (t >= 60) + noise, MONTHS, name="synthetic")


def test_terms_are_those_of_statsmodels() -> None:
    series = synthetic(0.3)
    frame = pd.DataFrame({"y": series.to_numpy(), "t": np.arange(96.0)})
    frame["level"], frame["slope"] = (frame["t"] >= 60) * 1.0, (frame["t"] - 60).clip(lower=0)
    theirs = smf.ols("y ~ t + level + slope", frame).fit(
        cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True}
    )
    ours = rer.interrupted(series, "2020-01", lags=3).table
    np.testing.assert_allclose(ours["estimate"], theirs.params.iloc[1:], rtol=1e-9)
    np.testing.assert_allclose(ours["se"], theirs.bse.iloc[1:], rtol=1e-9)
    np.testing.assert_allclose(ours["p_value"], theirs.pvalues.iloc[1:], rtol=1e-7)
    np.testing.assert_allclose(ours[["lower", "upper"]], theirs.conf_int(0.1).iloc[1:], rtol=1e-7)


def test_average_effect_and_path_have_the_errors_of_contrasts() -> None:
    series, t = synthetic(0.3), np.arange(96.0)
    x = np.column_stack([np.ones(96), t, t >= 60, np.clip(t - 60, 0, None)]).astype(float)
    fit = sm.OLS(series.to_numpy(), x).fit(
        cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True}
    )
    found, z = rer.interrupted(series, "2020-01", lags=3, level=0.8), norm.ppf(0.9)
    for mean, row in ((found, x[60:].mean(axis=0)), (found.path.iloc[70], x[70])):
        effect = fit.t_test(row * [0, 0, 1, 1])
        ends = [effect.effect[0] + sign * z * effect.sd[0, 0] for sign in (0, -1, 1)]
        ours = [mean.effect, mean.lower, mean.upper]  # type: ignore[attr-defined]
        np.testing.assert_allclose(ours, ends, rtol=1e-8)
    residuals = fit.resid
    assert found.rho == pytest.approx(
        (residuals[1:] * residuals[:-1]).sum() / (residuals**2).sum(), rel=1e-9
    )
    np.testing.assert_allclose(found.path["fitted"], fit.fittedvalues, rtol=1e-9)
    none = kernel.fit(np.zeros(96), dict(zip("abcd", x.T, strict=True)), x[:, :0], "hac", 3)
    assert none is not None
    assert none[3] == 0


@pytest.mark.parametrize("trend", [True, False])
@pytest.mark.parametrize(("rows", "tried"), [(11, 0), (12, 1), (30, 19), (230, 199)])
def test_every_date_with_six_rows_on_either_side_is_a_placebo_up_to_199(
    rows: int, tried: int, trend: bool
) -> None:
    values, t = np.random.default_rng(rows).normal(size=rows), np.arange(float(rows))
    beside = np.sin(t)[:, None]
    found = kernel.moved_dates(values, beside, trend, "hac", 2)
    dates = np.linspace(6, rows - 6, tried).astype(int) if tried else np.empty(0, int)
    assert len(found) == tried
    for place in {0, 1, tried // 2, tried - 1} & {*range(tried)}:
        row = dates[place]
        after = [t >= row, np.clip(t - row, 0, None)] if trend else [t >= row]
        x = np.column_stack([np.ones(rows), *[t] * trend, *after, beside]).astype(float)
        fit = sm.OLS(values, x).fit(cov_type="HAC", cov_kwds={"maxlags": 2, "use_correction": True})
        contrast = np.zeros(x.shape[1])
        contrast[1 + trend : 2 + 2 * trend] = x[row:, 1 + trend : 2 + 2 * trend].mean(axis=0)
        assert found[place] == pytest.approx(abs(fit.t_test(contrast).tvalue[0, 0]), rel=1e-7)


def test_dates_that_leave_fewer_rows_than_terms_and_six_are_not_tried() -> None:
    values = np.random.default_rng(1).normal(size=14)
    beside = np.random.default_rng(2).normal(size=(14, 5))
    # one, trend, level, slope and controls: 14 rows bear four of these, not five
    assert len(kernel.moved_dates(values, beside[:, :4], True, "hac", 0)) == 3
    assert len(kernel.moved_dates(values, beside, True, "hac", 0)) == 0
    assert len(kernel.moved_dates(values, np.ones((14, 1)), True, "hac", 0)) == 0  # collinear


@pytest.mark.parametrize(("rows", "lags"), [(50, 3), (96, 3), (100, 4), (400, 5)])
def test_errors_follow_each_other_over_four_times_the_rows_in_hundreds_to_two_ninths(
    rows: int, lags: int
) -> None:
    days = pd.date_range("1980-01-01", periods=rows, freq="MS")
    series = pd.Series(np.random.default_rng(4).normal(size=rows), days, name="synthetic")
    assert rer.interrupted(series, days[rows // 2]).lags == lags


def test_the_path_adds_up_and_the_average_is_its_mean() -> None:
    found = rer.interrupted(synthetic(0.3), "2020-01-15")
    path = found.path.iloc[60:]
    np.testing.assert_allclose(path["fitted"] - path["without"], path["effect"], atol=1e-12)
    assert found.effect == pytest.approx(path["effect"].mean(), rel=1e-12)
    assert found.path["effect"].iloc[:60].isna().all()


def test_a_jump_is_found_and_no_placebo_date_does_as_much() -> None:
    found = rer.interrupted(synthetic(1.0), "2020-01")
    assert found.lower < 1.0 < found.upper
    assert found.placebo_p == 1 / (1 + found.n_placebo)


def test_by_other_dates_the_interval_leaves_out_zero_exactly_where_they_refuse_it() -> None:
    for jump in (0.05, 0.15, 0.3, 1.0):
        found = rer.interrupted(synthetic(jump), "2020-01")
        lower, upper = found.interval
        assert found.by_dates
        assert (lower > 0 or upper < 0) == (found.placebo_p <= 0.1)
        ends = f"{signed(lower)} to {signed(upper)}"
        assert f"(90 % interval by other dates {ends})" in found.summary().headline
    few = replace(found, unusual_from=np.inf)
    assert few.interval == (found.lower, found.upper)
    assert "90 % interval by formula" in few.summary().headline


def test_seasonality_needs_two_years_and_errors_of_a_whole_one() -> None:
    two = synthetic().iloc[:24]
    assert rer.interrupted(two, MONTHS[8], seasonality=True).lags == 12
    with pytest.raises(SpecificationError, match="needs two years"):
        rer.interrupted(two.iloc[:23], MONTHS[8], seasonality=True)


def test_stockpiling_between_announcement_and_effect_is_a_level_of_its_own() -> None:
    series = synthetic(-0.5)
    series.iloc[57:60] += 2.0
    found = rer.interrupted(series, "2019-10-20", effective="2020-01-01")
    terms = found.table.set_index("term")["estimate"]
    assert terms["announced, not yet effective (from 2019-10-01)"] == pytest.approx(2.0, abs=0.2)
    assert terms["level from 2020-01-01"] == pytest.approx(-0.5, abs=0.15)


def test_terms_of_a_measure_that_waits_are_steps_and_a_slope_from_its_force() -> None:
    terms = kernel.terms_of(8, np.array([2, 5]), 5, True)
    assert {name: one.tolist() for name, one in terms.items()} == {
        "constant": [1] * 8, "trend": [*range(8)], "between": [0, 0, 1, 1, 1, 0, 0, 0],
        "level": [0, 0, 0, 0, 0, 1, 1, 1], "slope": [0, 0, 0, 0, 0, 0, 1, 2],
    }  # fmt: skip
    assert list(kernel.terms_of(8, np.array([2, 5]), None, False)) == [
        "constant", "level 1", "level 2",
    ]  # fmt: skip


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_what_other_dates_say_is_by_the_t_of_each_in_units_of_the_error(level: float) -> None:
    series = synthetic(0.1)
    found = rer.interrupted(series, "2020-01", lags=3, level=level)
    t = kernel.moved_dates(series.to_numpy()[:60], np.empty((60, 0)), True, "hac", 3)
    se = (found.upper - found.lower) / 2 / norm.ppf((1 + level) / 2)
    assert found.unusual_from == pytest.approx(se * unusual_from(t, level), rel=1e-9)
    assert found.detectable == pytest.approx(se * detectable(t), rel=1e-9)
    assert found.placebo_p == rank(t, abs(found.effect / se))
    covers = (t <= norm.ppf((1 + level) / 2)).astype(float)
    hac = sm.OLS(covers, np.ones(len(t))).fit(
        cov_type="HAC", cov_kwds={"maxlags": len(t) // 4 - 1, "use_correction": False}
    )
    assert (found.coverage, found.n_placebo) == (pytest.approx(covers.mean()), len(t))
    assert found.coverage_se == pytest.approx(hac.bse[0], rel=1e-9)
    assert (found.lags, found.level, found.dates) == (3, level, ("2020-01-01",))


def test_seasons_are_taken_out() -> None:
    season = pd.Series(np.tile(np.arange(12.0), 8), MONTHS)
    plain, seasonal = (
        rer.interrupted(series, "2020-01", seasonality=True, lags=12).table["estimate"]
        for series in (synthetic(0.5), synthetic(0.5) + season)
    )
    np.testing.assert_allclose(plain, seasonal, atol=1e-9)


def test_glsar_is_that_of_statsmodels() -> None:
    series, t = synthetic(0.3), np.arange(96.0)
    x = np.column_stack([np.ones(96), t, t >= 60, np.clip(t - 60, 0, None)]).astype(float)
    theirs = sm.GLSAR(series.to_numpy(), x, rho=1).iterative_fit(maxiter=20)
    ours = rer.interrupted(series, "2020-01", errors="glsar").table
    np.testing.assert_allclose(ours["estimate"], theirs.params[1:], rtol=1e-9)


def test_two_interruptions_have_terms_each() -> None:
    found = rer.interrupted(synthetic(), ["2018-01", "2020-01"])
    assert list(found.table["term"]) == [
        "trend per month", "level from 2018-01-01", "slope from 2018-01-01",
        "level from 2020-01-01", "slope from 2020-01-01",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says", "mended"),
    [
        ({"date": "2014-01"}, "outside of the series", {"date": "2018-01"}),
        ({"date": ["2018-01-03", "2018-01-20"]}, "cannot be told apart", {"date": "2018-01-03"}),
        ({"date": "2022-10"}, "choose another date", {"date": "2022-06"}),
        ({"date": "2015-03"}, "choose another date", {"date": "2015-07"}),
        ({"effective": "2020-01-20"}, "leave it out", {}),
        ({"date": ["2018-01", "2020-01"], "effective": "2020-06"}, "one by one", {}),
        ({"controls": pd.Series(np.arange(96.0), MONTHS)}, "leave one out", {}),
        ({"errors": "white"}, "'hac', 'glsar'", {"errors": "hac"}),
        ({"lags": -1}, "whole number", {"lags": 0}),
    ],
)
def test_what_cannot_be_told_is_refused_with_a_way_out(
    change: dict[str, object], says: str, mended: dict[str, object]
) -> None:
    given = {"series": synthetic(), "date": "2020-01"}
    with pytest.raises(SpecificationError, match=says):
        rer.interrupted(**(given | change))  # type: ignore[arg-type]
    rer.interrupted(**(given | mended))  # type: ignore[arg-type]


def test_seasons_of_weeks_are_refused_and_months_work() -> None:
    weeks = pd.Series(
        np.random.default_rng(1).normal(size=220),
        pd.date_range("2018-01-05", periods=220, freq="W-FRI"),
    )
    with pytest.raises(SpecificationError, match=r"series\.resample\('MS'\)\.sum\(\)"):
        rer.interrupted(weeks, "2020-01-10", seasonality=True)
    rer.interrupted(weeks.resample("MS").sum(), "2020-01", seasonality=True)


@pytest.mark.simulation
def test_placebo_dates_reject_a_true_null_at_their_rate_where_errors_follow_each_other() -> None:
    rng = np.random.default_rng(23)
    rejected = narrow = 0
    for _ in range(200):
        noise = rng.normal(size=96)
        for t in range(1, 96):
            noise[t] += 0.6 * noise[t - 1]
        found = rer.interrupted(pd.Series(noise, MONTHS), "2021-01")
        rejected += found.placebo_p <= 0.05
        narrow += found.table["p_value"].iloc[1] <= 0.05
    assert rejected / 200 <= 0.085  # conservative or right; 5 % and two standard errors above
    assert narrow > rejected  # which is why the placebo is there


def test_a_line_before_the_date_is_no_yardstick_and_a_later_date_is() -> None:
    series = synthetic()
    series.iloc[:40] = 2.0
    with pytest.raises(SpecificationError, match="in all 40 months before 2018-05"):
        rer.interrupted(series, "2018-05")
    rer.interrupted(series, "2020-01")  # the remedy


def test_the_summary_says_from_what_the_effect_is_measured() -> None:
    said = rer.interrupted(synthetic(), "2019-10-20", effective="2020-01-01").summary().headline
    assert "Since 2020-01-01 " in said
    assert "from where its trend before 2019-10-01 was leading" in said
    said = rer.interrupted(synthetic(), "2020-01", trend=False).summary().headline
    assert "from its level before 2020-01-01" in said


def test_errors_are_named_with_their_lags() -> None:
    found = rer.interrupted(synthetic(), "2020-01", lags=0)
    assert f"Newey–West errors with 0 lags; residuals follow themselves by {found.rho:.2f}" in (
        " ".join(found.notes).replace("−", "-")
    )
    assert "GLSAR(1); residuals" in str(rer.interrupted(synthetic(), "2020-01", errors="glsar"))
