"""Local projections meet other software's numbers, and their bands and placebos hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import rareearth_research as rer
from rareearth_research.dynamics.belief import detectable
from rareearth_research.dynamics.projection.results import tabulate
from rareearth_research.dynamics.regression import bartlett, long_run, sup_t
from rareearth_research.dynamics.series import check_series
from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.summary import signed

SHOCKS = ["2023-07-03", "2023-10-20", "2023-12-21", "2024-08-15", "2024-12-03", "2025-02-04",
          "2025-04-04", "2025-10-09"]  # fmt: skip
SHOCK = ["2000-03-01", "2003-08-01"]
UNFINISHED = 67.145  # REMX on 2026-08-03 as the reference had it, before that session's close


def synthetic(n: int = 300, seed: int = 5) -> tuple[pd.Series, pd.Series]:
    rng = np.random.default_rng(seed)
    months = pd.date_range("1990-01-01", periods=n, freq="MS")
    shock = pd.Series(rng.normal(size=n), months)
    steps = shock + 0.5 * shock.shift(1, fill_value=0) + rng.normal(size=n)
    return steps.cumsum().rename("synthetic"), shock


def by_statsmodels(y: np.ndarray, x: np.ndarray, lags: int) -> tuple[float, float]:
    fit = sm.OLS(y, sm.add_constant(x)).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False}
    )
    return fit.params[1], fit.bse[1]


def test_effects_and_errors_are_those_of_lpirfs() -> None:
    # lpirfs 0.2.4: lp_lin_iv on REMX's log returns, 12 lags, Newey-West growing with the horizon
    effects = [0.00349798299623554, -0.0149797006446363, 0.0148726842103705, 0.0145192644700801]
    ends = [0.0225774151048086, 0.0014585528461446, 0.0446393891669911, 0.0383704995318671]
    prices = rer.load_prices(["REMX"])["REMX"].dropna()
    prices.loc[pd.Timestamp("2026-08-03")] = UNFINISHED
    returns = np.log(prices[:"2026-08-03"]).diff().dropna()
    found = rer.local_projection(returns, SHOCKS, 3, 12, cumulative=False).table
    np.testing.assert_allclose(found["effect"], effects, rtol=1e-9)
    errors = (np.array(ends) - effects) / 1.645
    np.testing.assert_allclose(found["se"], errors, rtol=1e-9)


def test_effects_without_long_differences_are_those_of_statsmodels() -> None:
    level, shock = synthetic()
    y = level.diff().dropna().rename("steps")
    shock = shock[y.index]
    ours = rer.local_projection(y, shock, 6, 3, cumulative=False).table["effect"]
    for h, effect in enumerate(ours):
        at = np.arange(3, len(y) - h)
        x = np.column_stack([shock.iloc[at], *(y.iloc[at - j] for j in (1, 2, 3))])
        assert effect == pytest.approx(by_statsmodels(y.to_numpy()[at + h], x, h + 1)[0], rel=1e-9)


def test_long_differences_have_the_errors_of_newey_and_west() -> None:
    level, shock = synthetic()
    found = rer.local_projection(level, shock, 8, 2).table
    y = level.to_numpy()
    for h, row in enumerate(found.to_dict("records")):
        at = np.arange(3, len(y) - h)
        x = np.column_stack([shock.iloc[at], *(y[at - j] - y[at - j - 1] for j in (1, 2))])
        effect, error = by_statsmodels(y[at + h] - y[at - 1], x, h + 1)
        assert row["effect"] == pytest.approx(effect, rel=1e-9)
        assert row["se"] == pytest.approx(error, rel=1e-9)


def test_a_known_response_is_found() -> None:
    level, shock = synthetic(3000)
    effects = rer.local_projection(level, shock, 3, 2).table["effect"]
    np.testing.assert_allclose(effects, [1.0, 1.5, 1.5, 1.5], atol=0.15)


def test_a_panel_has_the_errors_of_driscoll_and_kraay() -> None:
    rng = np.random.default_rng(3)
    common = rng.normal(size=(200, 1))
    months = pd.date_range("2000-01-01", periods=200, freq="MS")
    wide = pd.DataFrame((common + rng.normal(size=(200, 4))).cumsum(axis=0), months, list("abcd"))
    shock = pd.Series(rng.normal(size=200), months)
    row = rer.local_projection(wide, shock, 2, 1).table.iloc[2]
    at = np.arange(2, 198)
    left = (wide.to_numpy()[at + 2] - wide.to_numpy()[at - 1]).ravel()
    lag = np.diff(wide.to_numpy(), axis=0)[at - 2].ravel()
    time, unit = np.repeat(np.arange(len(at)), 4), np.tile(np.arange(4), len(at))
    x = np.column_stack([np.repeat(shock.to_numpy()[at], 4), lag, pd.get_dummies(unit)])
    fit = sm.OLS(left, x.astype(float)).fit(
        cov_type="hac-groupsum",
        cov_kwds={"time": time, "maxlags": 3, "use_correction": False, "df_correction": False},
    )
    assert row["effect"] == pytest.approx(fit.params[0], rel=1e-9)
    assert row["se"] == pytest.approx(fit.bse[0], rel=1e-9)


def test_states_have_responses_of_their_own() -> None:
    level, shock = synthetic(2000)
    state = pd.Series(np.arange(2000) % 200 < 100, level.index)
    doubled = (level.diff().fillna(0) + shock * state.shift(1, fill_value=False)).cumsum()
    table = rer.local_projection(doubled, shock, 0, 1, state=state).table.set_index("state")
    np.testing.assert_allclose(table.loc[["1", "0", "difference"], "effect"], [2, 1, 1], atol=0.15)


def test_a_state_that_alternates_is_that_of_the_row_before() -> None:
    level, shock = synthetic()
    state = pd.Series(np.arange(300) % 2 == 0, level.index)
    only = (shock * state.shift(1, fill_value=False)).cumsum().rename("only in the state")
    table = rer.local_projection(only, shock, 0, 0, state=state).table.set_index("state")
    np.testing.assert_allclose(table.loc[["1", "0"], "effect"], [1, 0], atol=1e-9)


def test_a_state_is_that_of_the_row_before_which_the_first_row_has_not() -> None:
    level, shock = synthetic(60)
    options = {"state": shock > 0, "cumulative": False, "augment": False}
    table = rer.local_projection(level, shock, 1, 0, **options).table
    assert table.groupby("horizon")["n"].unique().tolist() == [[59], [58]]


def test_with_a_lag_more_errors_do_not_follow_each_other() -> None:
    plain, more = (rer.local_projection(*synthetic(), 2, augment=a).table["lags"].tolist()
                   for a in (False, True))  # fmt: skip
    assert (plain, more) == ([1, 2, 3], [0, 0, 0])


def test_the_joint_band_is_wider_than_the_interval_and_holds_all_at_its_rate() -> None:
    rng = np.random.default_rng(2)
    covariance = np.full((6, 6), 0.5) + 0.5 * np.eye(6)
    wide = sup_t(covariance, 0.9, seed=1)
    drawn = np.abs(rng.multivariate_normal(np.zeros(6), covariance, 40_000)).max(axis=1)
    assert (drawn <= wide).mean() == pytest.approx(0.9, abs=0.006)
    table = rer.local_projection(*synthetic(), 5, 2).table
    assert (table["joint_upper"] > table["upper"]).all()


def test_long_run_is_the_diagonal_of_bartlett() -> None:
    scores = np.random.default_rng(0).normal(size=(60, 3))
    np.testing.assert_allclose(long_run(scores, 4), np.diag(bartlett(scores, 4)), rtol=1e-12)


def test_placebo_shocks_say_when_few_dates_make_intervals_too_narrow() -> None:
    rng = np.random.default_rng(11)
    days = pd.bdate_range("2020-01-01", periods=600)
    heavy = pd.Series(rng.standard_t(2.5, 600).cumsum(), days, name="synthetic")
    found = rer.local_projection(heavy, [days[100], days[300], days[500]], 5, 1)
    assert found.coverage < 0.85
    assert "Interval too narrow here" in str(found)


def test_the_interval_of_one_date_is_what_its_rank_among_other_dates_does_not_refuse() -> None:
    level = synthetic(60)[0]
    found = rer.local_projection(level, [level.index[30]], 1, 0).table.iloc[1]
    y = level.to_numpy()
    at = np.arange(1, 59)
    left = y[at + 1] - y[at - 1]
    effects = np.array([
        left[d - 1] - np.delete(left, d - 1).mean()
        for d in (30 + np.arange(2, 59)) % 60 if 1 <= d < 59  # else no shock is left
    ])  # fmt: skip
    own = left[29] - np.delete(left, 29).mean()
    assert found["effect"] == pytest.approx(own, rel=1e-9)
    away = np.sort(np.abs(effects))[-int(0.1 * (1 + len(effects)))]
    ends = found[["placebo_lower", "placebo_upper"]]
    np.testing.assert_allclose(ends, [own - away, own + away], rtol=1e-9)
    assert found["detectable"] == pytest.approx(detectable(np.abs(effects)), rel=1e-9)
    assert found["placebo_p"] == (1 + (np.abs(effects) >= abs(own)).sum()) / (1 + len(effects))


def test_another_date_without_an_error_has_an_effect_all_the_same() -> None:
    columns = ["horizon", "state", "effect", "se", "n", "n_shocks", "lags"]
    table = pd.DataFrame([(0, "", 5.0, 1.0, 60, 20, 1)], columns=columns)
    tried = np.array([np.arange(20.0), [np.nan, *range(1, 20)]])  # effects, and t of them
    even = check_series("y", synthetic(60)[0])
    found = tabulate(table, [2.0], [tried], 0.9, even, False, ())
    assert found.table["placebo_p"].tolist() == [(1 + 15) / (1 + 20)]


def test_a_band_without_zero_is_doubted_where_other_dates_do_as_much() -> None:
    found = rer.local_projection(*synthetic(), horizons=4)
    table = found.table.assign(joint_lower=1.0, joint_upper=2.0)
    for p, said in ((0.05, False), (0.2, True)):
        doubts = " ".join(replace(found, table=table, placebo_p=p).doubts)
        assert ("but other dates do as much" in doubts) == said


def test_with_few_shocks_the_summary_has_the_interval_of_other_dates() -> None:
    level = synthetic(100)[0]
    found = rer.local_projection(level, [level.index[50]], 10)
    ends = " to ".join(signed(found.table[f"placebo_{end}"].iloc[-1]) for end in ("lower", "upper"))
    assert f"(90 % interval by other dates {ends})" in found.summary().headline
    assert "Other dates are few too: 8 windows" in found.doubts[-1]
    assert "interval by other" not in rer.local_projection(*synthetic()).summary().headline


@pytest.mark.simulation
def test_the_interval_of_one_date_holds_at_its_rate_where_that_of_the_formula_is_nothing() -> None:
    rng = np.random.default_rng(29)
    days = pd.bdate_range("2020-01-01", periods=250)
    held, formula = 0, 0
    for _ in range(200):
        series = pd.Series(rng.standard_t(3, 250).cumsum(), days)
        row = rer.local_projection(series, [days[rng.integers(20, 230)]], 5, 1).table.iloc[-1]
        held += row["placebo_lower"] <= 0 <= row["placebo_upper"]
        formula += row["lower"] <= 0 <= row["upper"]
    assert 0.85 <= held / 200 <= 0.945  # 90 % within two standard errors
    assert formula / 200 < 0.4


@pytest.mark.simulation
def test_the_placebo_of_a_true_null_rejects_at_its_rate() -> None:
    rng = np.random.default_rng(17)
    days = pd.bdate_range("2020-01-01", periods=300)
    rejected = 0
    for _ in range(400):
        series = pd.Series(rng.standard_t(3, 300).cumsum(), days)
        dates = days[np.sort(rng.choice(np.arange(20, 280), 5, replace=False))]
        rejected += rer.local_projection(series, list(dates), 4, 1).placebo_p <= 0.05
    assert 0.028 <= rejected / 400 <= 0.075  # 5 % within two standard errors of 400 draws


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"horizons": 290}, "ask for fewer horizons"),
        ({"shock": ["1980-01-01"]}, "outside of the series"),
        ({"shock": ["2014-12-01"], "horizons": 20}, "give one there, or ask for fewer horizons"),
        ({"shock": ["1990-02-01"]}, r"no shock lies .* 1990-04-01 to 2014-12-01; give one there"),
        ({"panel": "unit"}, "leave it out here"),
        ({"panel": "time"}, "choose from 'unit', 'both'"),
        ({"state": synthetic()[0]}, "numbers from 0 to 1"),
        ({"level": 90}, "between 0 and 1"),
        ({"horizons": 2.5}, "whole number"),
        ({"augment": 1}, "True or False"),
    ],
)  # fmt: skip
def test_what_cannot_be_projected_is_refused(change: dict[str, object], says: str) -> None:
    level, shock = synthetic()
    given = {"y": level, "shock": shock, "horizons": 6, "lags": 2} | change
    with pytest.raises(SpecificationError, match=says):
        rer.local_projection(**given)  # type: ignore[arg-type]


def test_a_shock_that_the_controls_hold_is_refused() -> None:
    level, shock = synthetic()
    with pytest.raises(SpecificationError, match="combinations of each other"):
        rer.local_projection(level, shock, 3, 2, controls=shock * 2)
    rer.local_projection(level, shock, 3, 2)  # the remedy: leave it out


def test_one_shock_for_all_units_is_refused_beside_means_of_dates() -> None:
    wide = pd.DataFrame({name: synthetic(seed=seed)[0] for seed, name in enumerate("abc")})
    with pytest.raises(SpecificationError, match="same for all; give a frame"):
        rer.local_projection(wide, SHOCK, 2, panel="both")
    rer.local_projection(wide, SHOCK, 2, panel="unit")  # the remedy


def test_a_state_without_a_shock_is_named() -> None:
    level = synthetic()[0]
    state = pd.Series(np.arange(300) > 200, level.index)
    with pytest.raises(SpecificationError, match="all shocks fall into one state"):
        rer.local_projection(level, SHOCK, 2, state=state)
    rer.local_projection(level, [*SHOCK, "2010-01-01"], 2, state=state)  # the remedy


def test_a_shock_without_a_value_is_refused_by_its_date() -> None:
    level, shock = synthetic()
    shock.iloc[7] = np.nan
    with pytest.raises(DataError, match="1990-08-01"):
        rer.local_projection(level, shock)


def test_changes_given_as_a_level_are_remarked_and_the_remedy_ends_it() -> None:
    level, shock = synthetic()
    steps = level.diff().dropna()
    assert "y.cumsum()" in str(rer.local_projection(steps, shock[steps.index], 2, 1))
    assert "y.cumsum()" not in str(rer.local_projection(steps.cumsum(), shock[steps.index], 2, 1))


def test_the_response_of_the_month_itself_is_drawn_with_its_interval() -> None:
    rng = np.random.default_rng(1)
    months = pd.period_range("2010-01", periods=120, freq="M")
    shock = pd.Series(rng.random(120) < 0.3, months).astype(float)
    found = rer.local_projection(pd.Series(rng.normal(size=120).cumsum(), months), shock, 0, 2)
    (path,) = found.plot().axes[0].collections[-1].get_paths()
    ends = found.table.loc[0, ["lower", "upper"]].astype(float)
    assert path.get_extents().intervaly == pytest.approx(ends.to_numpy())
