"""State space: the likelihood of the books, exact intervals, boundaries said, coverage checked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.signal import lfilter
from statsmodels.tsa.statespace.structural import UnobservedComponents

import rareearth_research as rer
from rareearth_research.dynamics.structural.impact import ALLOWED
from rareearth_research.dynamics.structural.kernel import SHARES, filters, likeliest
from tests.support.counterfactuals import stated

DAYS = pd.bdate_range("2020-01-01", periods=400)


def nile() -> pd.Series:
    data = sm.datasets.nile.load_pandas().data
    return pd.Series(data["volume"].to_numpy(), data["year"].astype(int), name="Nile")


def synthetic_series(seed: int = 0, rows: int = 400) -> tuple[pd.Series, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    controls = pd.DataFrame(rng.normal(size=(rows, 2)).cumsum(axis=0), DAYS[:rows], ["a", "b"])
    level = rng.normal(0, 0.1, rows).cumsum()
    return (controls @ [1.0, -0.5] + level + rng.normal(size=rows)).rename("y"), controls


def test_the_variances_of_the_nile_are_those_of_the_book() -> None:
    passes, one = filters(nile().to_numpy(), np.empty((100, 0)))
    best = likeliest(passes, one)
    variances = np.array([1 - best.share, best.share]) * best.scale[-1]
    # Durbin & Koopman (2012), section 2.10: 15,099 and 1,469.1, log likelihood −632.54
    np.testing.assert_allclose(variances, [15099, 1469.1], rtol=1e-4)
    assert best.likelihood[-1] == pytest.approx(-632.54, abs=0.01)


def test_shares_run_from_a_constant_level_to_a_walk_by_odds() -> None:
    odds = np.exp(np.linspace(-9, 9, 25))
    np.testing.assert_allclose(SHARES, [0, *odds / (1 + odds), 1], rtol=1e-12)


@pytest.mark.parametrize("controls", [0, 1])
def test_the_likelihood_is_known_from_one_row_more_than_coefficients(controls: int) -> None:
    y = nile().to_numpy()
    x = np.random.default_rng(1).normal(size=(100, controls))
    share, found = 0.3, filters(y, x)[1](0.3)
    assert found.df.tolist() == [max(0, rows - 1 - controls) for rows in range(101)]
    assert (np.isneginf(found.likelihood) == (found.df <= 0)).all()
    for rows in (controls + 2, controls + 3, 40, 100):
        model = UnobservedComponents(
            y[:rows], "llevel", exog=x[:rows] if controls else None, mle_regression=False,
            use_exact_diffuse=True,
        )  # fmt: skip

        def log_likelihood(scale: float, model: UnobservedComponents = model) -> float:
            rows = model.loglikeobs(np.array([(1 - share) * scale, share * scale]))
            return float(rows[1 + controls :].sum())  # those before are diffuse

        assert found.likelihood[rows] == pytest.approx(log_likelihood(found.scale[rows]), rel=1e-8)
        assert found.likelihood[rows] > max(
            log_likelihood(found.scale[rows] * other) for other in (0.99, 1.01)
        )


def test_an_answer_hangs_on_the_variance_where_some_plausible_intervals_hold_zero() -> None:
    found = rer.state_space_impact(nile(), 1941)
    for ends, said in (
        ([[0.1, 2], [0.5, 3]], False),
        ([[-3, -0.1], [-2, -0.5]], False),
        ([[-1, 0.5], [-1, 2]], False),
        ([[0, 1], [-1, 0]], False),
        ([[0.1, 2], [0, 3]], True),
        ([[-3, -0.1], [-2, 0]], True),
        ([[-3, -0.1], [0.1, 2]], False),
    ):
        grid = pd.DataFrame([*ends, [-9, -8], [8, 9]], columns=found.ends)
        grid["plausible"] = [True, True, False, False]
        doubts = " ".join(replace(found, grid=grid)._doubts())
        assert ("depends on the variance of the level" in doubts) == said


@pytest.mark.parametrize("seed", range(4))
def test_the_maximum_is_at_least_that_of_statsmodels_and_the_forecast_is_its_forecast(
    seed: int,
) -> None:
    y, controls = synthetic_series(seed)
    found = rer.state_space_impact(y, DAYS[370], controls)
    x = controls.to_numpy()
    model = UnobservedComponents(
        y.to_numpy()[:370], "llevel", exog=x[:370], mle_regression=False, use_exact_diffuse=True
    )
    params = np.array([found.irregular_variance, found.level_variance])
    # ours is the restricted likelihood (σ² by degrees of freedom); theirs depends on units of x
    assert model.loglike(params) >= model.fit(disp=0).llf - 0.02
    forecast = model.filter(params).get_forecast(30, exog=x[370:])
    np.testing.assert_allclose(found.effects["expected"], forecast.predicted_mean, rtol=1e-6)
    se = (found.effects["upper"] - found.effects["effect"]) / stats.t.ppf(0.95, 370 - 3)
    np.testing.assert_allclose(se, forecast.se_mean, rtol=1e-6)
    filtered = model.filter(params)
    np.testing.assert_allclose(
        found.coefficients["estimate"], filtered.states.predicted[-1, 1:], rtol=1e-6
    )
    variances = np.diag(filtered.predicted_state_cov[:, :, -1])[1:]
    np.testing.assert_allclose(found.coefficients["se"], np.sqrt(variances), rtol=1e-6)


def test_with_a_constant_level_it_is_least_squares_with_its_forecast_interval() -> None:
    rng = np.random.default_rng(3)
    x = pd.Series(rng.normal(size=60), pd.date_range("2015-01-01", periods=60, freq="MS"), name="x")
    found = rer.state_space_impact((2 * x + rng.normal(size=60)).rename("y"), "2019-01-01", x)
    y, ols = found.before, sm.OLS(found.before.to_numpy(), sm.add_constant(x[:48].to_numpy())).fit()
    assert len(y) == 48
    row = found.grid.iloc[0]  # share 0
    z = np.column_stack([np.ones(12), x[48:]]).mean(axis=0)
    se = np.sqrt(ols.scale * (1 / 12 + z @ ols.normalized_cov_params @ z))
    assert row["irregular_variance"] == pytest.approx(ols.scale, rel=1e-9)
    assert row["effect"] == pytest.approx(found.effects["actual"].mean() - z @ ols.params, rel=1e-9)
    reach = (row["upper"] - row["effect"]) / stats.t.ppf(0.95, 46)
    assert reach == pytest.approx(se, rel=1e-9)


def test_with_a_random_walk_the_forecast_is_the_last_value() -> None:
    found = rer.state_space_impact(nile(), 1941)
    row, steps = found.grid.iloc[-1], np.diff(nile().loc[:1940])
    assert row["level_variance"] == pytest.approx((steps**2).mean(), rel=1e-9)
    assert row["irregular_variance"] == 0
    assert row["effect"] == pytest.approx(nile().loc[1941:].mean() - nile().loc[1940], rel=1e-9)
    # the variance of the mean of 30 steps of a walk: Σ min(i, j) / 30², i, j = 1 … 30
    spread = (steps**2).mean() * 31 * 61 / (6 * 30)
    assert (row["upper"] - row["effect"]) / stats.t.ppf(0.95, 69) == pytest.approx(
        np.sqrt(spread), rel=1e-9
    )
    y, h, t = nile().to_numpy(), found.horizon, []
    for rows in range(20, 70 - h + 1):
        se = np.sqrt((np.diff(y[:rows]) ** 2).mean() * (h + 1) * (2 * h + 1) / (6 * h))
        t.append(abs(y[rows : rows + h].mean() - y[rows - 1]) / se)
    away = np.sqrt(spread) * np.sort(t)[-int(0.1 * (1 + len(t)))]
    ends = [row["effect"] - away, row["effect"] + away]
    np.testing.assert_allclose(row[["placebo_lower", "placebo_upper"]].astype(float), ends)


def test_the_cumulative_interval_is_that_of_simulated_paths() -> None:
    found = rer.state_space_impact(nile(), 1941)
    model = UnobservedComponents(nile().loc[:1940].to_numpy(), "llevel", use_exact_diffuse=True)
    filtered = model.filter([found.irregular_variance, found.level_variance])
    rng = np.random.default_rng(0)
    level = rng.normal(
        filtered.predicted_state[0, -1], np.sqrt(filtered.predicted_state_cov[0, 0, -1]), 20_000
    )
    steps = rng.normal(0, np.sqrt(found.level_variance), (29, 20_000)).cumsum(axis=0)
    noise = rng.normal(0, np.sqrt(found.irregular_variance), (30, 20_000))
    spread = (30 * level + steps.sum(axis=0) + noise.sum(axis=0)).std()
    half = found.table["upper"].iloc[1] - found.table["effect"].iloc[1]
    assert half / stats.t.ppf(0.95, 69) == pytest.approx(spread, rel=0.02)


def test_average_cumulative_and_rows_agree() -> None:
    y, controls = synthetic_series()
    found = rer.state_space_impact(y, DAYS[370], controls)
    average, cumulative = found.table.set_index("quantity").loc[["average", "cumulative"]].iloc
    last = found.effects.iloc[-1]
    assert average["effect"] == pytest.approx(found.effects["effect"].mean(), rel=1e-9)
    p_value = 2 * stats.t.sf(abs(average["effect"] / average["se"]), 370 - 3)  # level, 2 controls
    assert [average["p_value"], cumulative["p_value"]] == pytest.approx([p_value] * 2, rel=1e-9)
    for end, column in (("effect", ""), ("lower", "_lower"), ("upper", "_upper")):
        assert cumulative[end] == pytest.approx(30 * average[end], rel=1e-9)
        assert cumulative[end] == pytest.approx(last[f"cumulative{column}"], rel=1e-6)


def test_a_placebo_date_is_the_same_question_asked_there() -> None:
    y, controls = synthetic_series()
    found = rer.state_space_impact(y, DAYS[370], controls)
    row = found.placebo.iloc[200]
    cut = y[: row["date"]].index[-1]
    end = y.index.get_loc(cut) + found.horizon
    again = rer.state_space_impact(y.iloc[:end], cut, controls)
    effect = again.table.iloc[0]
    # s is estimated on a grid at placebo dates, and exactly here
    assert row["effect"] == pytest.approx(effect["effect"], abs=0.1 * row["se"])
    assert row["se"] == pytest.approx(effect["se"], rel=0.1)
    covers = (found.placebo["lower"] <= 0) & (found.placebo["upper"] >= 0)
    assert found.coverage == covers.mean()
    assert (covers != (found.placebo["lower"] <= 0) & (found.placebo["upper"] >= 1)).any()
    assert (covers != (found.placebo["lower"] <= -1) & (found.placebo["upper"] >= 0)).any()


def test_an_effect_put_in_is_found() -> None:
    y, controls = synthetic_series(1)
    nothing = rer.state_space_impact(y, DAYS[370], controls).table
    moved = y + 5.0 * (y.index >= DAYS[370])
    found = rer.state_space_impact(moved, DAYS[370], controls)
    assert found.table["effect"].iloc[0] - nothing["effect"].iloc[0] == pytest.approx(5, rel=1e-9)
    assert found.table["p_value"].iloc[0] < 0.01
    assert found.guard


def test_the_answer_does_not_depend_on_units() -> None:
    y, controls = synthetic_series()
    plain = rer.state_space_impact(y, DAYS[370], controls)
    other = rer.state_space_impact(1000 * y + 7, DAYS[370], controls * 1e-6 - 3)
    np.testing.assert_allclose(other.table["effect"], 1000 * plain.table["effect"], rtol=1e-6)
    np.testing.assert_allclose(other.table["p_value"], plain.table["p_value"], rtol=1e-6)
    np.testing.assert_allclose(other.level_variance, 1e6 * plain.level_variance, rtol=1e-4)


@pytest.mark.parametrize(
    ("alternating", "said"),
    [(True, "a level that never moves"), (False, "a random walk without noise")],
)
def test_a_variance_on_its_boundary_is_said(alternating: bool, said: str) -> None:
    noise, walk = np.random.default_rng(12).normal(size=(2, 200))
    # rows that alternate leave a level nothing to move by, rows that lean on their past no noise
    values = np.abs(noise) * (-1) ** np.arange(200) if alternating else walk.cumsum().cumsum()
    found = rer.state_space_impact(pd.Series(values, DAYS[:200]), DAYS[190])
    assert min(found.irregular_variance, found.level_variance) == 0
    assert said in found.notes[0]


def test_an_answer_that_hangs_on_the_level_variance_fails_the_guard() -> None:
    found = rer.state_space_impact(nile(), 1899)
    assert any("depends on the variance of the level" in doubt for doubt in found.doubts)
    assert "not to be relied on" in found.summary().headline


def test_too_few_placebo_dates_are_said_and_a_shorter_window_mends_it() -> None:
    found = rer.state_space_impact(nile(), 1941)
    assert "can be checked over no more than 8" in found.doubts[0]
    shorter = rer.state_space_impact(nile().loc[:1948], 1941)
    assert not any("can be checked" in doubt for doubt in shorter.doubts)


def test_an_interval_by_formula_leads_only_where_earlier_dates_are_few_and_do_not_refuse_it() -> (
    None
):
    y, controls = synthetic_series(rows=60)
    found = rer.state_space_impact(y, DAYS[58], controls)
    assert found.by_dates
    few = replace(
        found, table=found.table.assign(placebo_lower=-np.inf), placebo=found.placebo[:15]
    )
    ends = [f"{few.table[end].iloc[0]:.4g}".replace("-", "−") for end in ("lower", "upper")]
    assert f"(90 % interval by formula {' to '.join(ends)}" in few.summary().headline
    missed = replace(few, placebo=few.placebo.assign(covers=np.arange(15) % 3 == 0))
    assert missed.coverage == pytest.approx(1 / 3)
    assert "Interval too narrow here" in missed.doubts[0]
    assert "Interval too narrow here" not in str(replace(missed, table=found.table).doubts)


def test_interval_p_and_what_would_be_found_are_all_by_earlier_dates() -> None:
    y, controls = synthetic_series()
    for effect in np.linspace(-6, 6, 13):
        found = rer.state_space_impact(y + effect * (y.index >= DAYS[370]), DAYS[370], controls)
        row, t = found.table.iloc[0], np.sort((found.placebo["effect"] / found.placebo["se"]).abs())
        reach = t[-int(0.1 * (1 + len(t)))] * row["se"]
        np.testing.assert_allclose(
            row[["placebo_lower", "placebo_upper"]].astype(float),
            [row["effect"] - reach, row["effect"] + reach], rtol=1e-9,
        )  # fmt: skip
        assert row["placebo_p"] == (1 + (t >= abs(row["effect"] / row["se"])).sum()) / (1 + len(t))
        assert (row["placebo_p"] <= 0.1) == (row["placebo_lower"] > 0 or row["placebo_upper"] < 0)
        found_from = (t[-int(0.05 * (1 + len(t)))] + np.quantile(t, 0.6)) * row["se"]
        assert row["detectable"] == pytest.approx(found_from, rel=1e-9)
        likely = found.grid["log_likelihood"]
        assert found.grid["plausible"].tolist() == (likely >= likely.max() - ALLOWED).tolist()
        likeliest = found.grid.loc[likely.idxmax()]
        assert likeliest["effect"] == pytest.approx(row["effect"], rel=1e-9)
    assert f"{row['placebo_lower']:.4g} to {row['placebo_upper']:.4g}" in found.summary().headline


def test_the_error_of_a_coverage_is_newey_and_wests() -> None:
    y, controls = synthetic_series()
    found = rer.state_space_impact(y, DAYS[370], controls)
    covers = found.placebo["covers"].to_numpy(dtype=float)
    hac = sm.OLS(covers, np.ones(len(covers))).fit(
        cov_type="HAC", cov_kwds={"maxlags": found.horizon - 1, "use_correction": False}
    )
    assert found.coverage_se == pytest.approx(hac.bse[0], rel=1e-9)


SHOCKS = {  # how a synthetic series of 250 rows is made of two sets of shocks
    "a constant and noise": lambda e: e[0],
    "a level that moves, 5 % of the variance": lambda e: (
        0.95**0.5 * e[0] + 0.05**0.5 * e[1].cumsum()
    ),
    "a random walk": lambda e: e[1].cumsum(),
    "a random walk with a drift of half a step": lambda e: (e[1] + 0.5).cumsum(),
    "a random walk whose steps follow each other by 0.5": lambda e: lfilter(
        [1], [1, -0.5], e[0]
    ).cumsum(),
}


@pytest.mark.simulation
@pytest.mark.parametrize("made", SHOCKS)
def test_intervals_and_guard_are_right_as_often_as_the_page_says(made: str) -> None:
    rng, found = np.random.default_rng(8), []
    for _ in range(400):
        series = pd.Series(SHOCKS[made](rng.normal(size=(2, 250))), DAYS[:250])
        impact = rer.state_space_impact(series, DAYS[240])
        row = impact.table.iloc[0]
        ends = row[["placebo_lower", "placebo_upper", "lower", "upper"]]
        found.append(
            [ends.iloc[0] <= 0 <= ends.iloc[1], ends.iloc[2] <= 0 <= ends.iloc[3], not impact.guard]
        )
    assert stated(made) == pytest.approx(100 * np.mean(found, axis=0), abs=2)
