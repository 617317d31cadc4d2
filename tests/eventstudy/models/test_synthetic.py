"""Synthetic returns: the least loss, its exact variance, and donors that are never a surprise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize, nnls

import rareearth_research as rer
from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.eventstudy.inputs import donors as donors_of
from rareearth_research.simplex import face_of, simplex_weights

SESSIONS = pd.bdate_range("2019-01-01", periods=700)
ESTIMATION, WINDOW = slice(240, 490), slice(500, 505)  # [-260, -11] and [0, 4] of session 500
DONORS = [f"D{i}" for i in range(6)]


def synthetic_returns(seed: int = 0, securities: int = 3, donors: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    market, sector = rng.normal(0, 0.01, (2, len(SESSIONS), 1))
    names = [*(f"S{i}" for i in range(securities)), *(f"D{i}" for i in range(donors))]
    loading = rng.uniform(0.3, 1.5, (2, len(names)))
    values = market * loading[0] + sector * loading[1]
    values = values + rng.normal(0, 0.015, (len(SESSIONS), len(names)))
    return pd.DataFrame(values, SESSIONS, names)


def study(returns: pd.DataFrame | None = None, **options: object) -> rer.EventStudy:
    returns = synthetic_returns() if returns is None else returns
    given = {"model": "synthetic", "donors": DONORS, "windows": [(0, 4)]} | options
    return rer.EventStudy(returns, [SESSIONS[500]], **given)  # type: ignore[arg-type]


def problem(rng: np.random.Generator, donors: int, days: int) -> tuple[np.ndarray, np.ndarray]:
    z = rng.normal(0, 0.01, (1, days)) + rng.normal(0, 0.02, (donors, days))
    mix = rng.dirichlet(np.full(donors, 0.4))
    return mix @ z + rng.normal(0, 0.01, days), z


def least_loss(y: np.ndarray, z: np.ndarray) -> float:
    """The loss of scipy's non-negative least squares of the same problem, with a row for Σv."""
    apart = (z - y).T / np.abs(z - y).mean()
    v, _ = nnls(np.vstack([apart, np.ones(len(z))]), np.append(np.zeros(len(y)), 1.0))
    return float(((y - v / v.sum() @ z) ** 2).sum())


@pytest.mark.parametrize(("donors", "days"), [(2, 250), (8, 250), (30, 250), (30, 40), (60, 50)])
def test_the_loss_is_that_of_scipy(donors: int, days: int) -> None:
    rng = np.random.default_rng(donors)
    pairs = [problem(rng, donors, days) for _ in range(20)]
    apart = np.stack([z - y for y, z in pairs])
    weights, solved = simplex_weights(apart @ apart.swapaxes(1, 2), np.ones((20, donors), bool))
    assert solved.all()
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-14)
    for (y, z), w in zip(pairs, weights, strict=True):
        assert ((y - w @ z) ** 2).sum() == pytest.approx(least_loss(y, z), rel=1e-9)


def test_the_weights_are_those_of_a_general_solver() -> None:
    y, z = problem(np.random.default_rng(3), 8, 250)
    (weights,), _ = simplex_weights(((z - y) @ (z - y).T)[None], np.ones((1, 8), bool))
    found = minimize(
        lambda w: 1e4 * ((y - w @ z) ** 2).sum(),
        np.full(8, 1 / 8),
        jac=lambda w: -2e4 * z @ (y - w @ z),
        bounds=[(0, None)] * 8,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    np.testing.assert_allclose(weights, found.x, atol=1e-6)


def test_collinear_donors_share_one_least_loss() -> None:
    y, z = problem(np.random.default_rng(4), 6, 250)
    wider = np.vstack([z, z[:3], (z[0] + z[1]) / 2])
    apart = wider - y
    weights, solved = simplex_weights((apart @ apart.T)[None], np.ones((1, 10), bool))
    assert solved.all()
    assert ((y - weights[0] @ wider) ** 2).sum() == pytest.approx(least_loss(y, z), rel=1e-9)
    rank, _ = face_of((wider @ wider.T)[None], weights > 0)
    active = wider[weights[0] > 0]
    assert rank[0] == np.linalg.matrix_rank(active[1:] - active[0], tol=1e-8) < len(active) - 1


def test_a_donor_that_is_not_allowed_has_no_weight() -> None:
    y, z = problem(np.random.default_rng(5), 6, 250)
    apart, allowed = z - y, np.arange(6) != 2
    weights, _ = simplex_weights((apart @ apart.T)[None], allowed[None])
    assert weights[0, 2] == 0
    assert ((y - weights[0] @ z) ** 2).sum() == pytest.approx(least_loss(y, z[allowed]), rel=1e-9)


def test_the_forecast_variance_is_that_of_the_constrained_regression() -> None:
    returns = synthetic_returns()
    result = study(returns).fit()
    for k, name in enumerate(["S0", "S1", "S2"]):
        weights = result.fitted.coefficients[k]
        first, *others = np.flatnonzero(weights > 0)
        z = returns[DONORS].to_numpy()
        y, design = returns[name].to_numpy() - z[:, first], z[:, others] - z[:, [first]]
        ols = sm.OLS(y[ESTIMATION], design[ESTIMATION]).fit()
        np.testing.assert_allclose(weights[others], ols.params, rtol=1e-9)
        forecast = ols.get_prediction(design[WINDOW])
        rows = result.abnormal.query("security == @name")
        np.testing.assert_allclose(
            rows["abnormal_return"], y[WINDOW] - forecast.predicted_mean, rtol=1e-9
        )
        np.testing.assert_allclose(rows["variance"], forecast.se_obs**2, rtol=1e-9)
        total = design[WINDOW].sum(axis=0)
        spread = ols.scale * (5 + total @ ols.normalized_cov_params @ total)
        assert result.car["variance"][k] == pytest.approx(spread, rel=1e-9)
        params = result.params.iloc[k]
        assert params["sigma"] == pytest.approx(np.sqrt(ols.scale), rel=1e-9)
        assert params["rmse"] == pytest.approx(np.sqrt(ols.ssr / 250), rel=1e-9)
        spread = ((returns[name][ESTIMATION] - returns[name][ESTIMATION].mean()) ** 2).sum()
        assert params["r_squared"] == pytest.approx(1 - ols.ssr / spread, rel=1e-9)
        assert params[["n_donors", "n_positive"]].tolist() == [6, 1 + len(others)]
        assert params["largest_weight"] == weights.max()


def test_a_donor_with_a_missing_day_is_not_used_for_that_pair_only() -> None:
    returns = synthetic_returns()
    returns.iloc[300, returns.columns.get_loc("D1")] = np.nan  # estimation window
    returns.iloc[502, returns.columns.get_loc("D2")] = np.nan  # event window
    returns.iloc[495, returns.columns.get_loc("D3")] = np.nan  # neither
    returns.iloc[300, 0] = np.nan  # S0 did not trade when D1 did not
    params = study(returns).fit().params.set_index("security")
    assert params["n_donors"].tolist() == [5, 4, 4]
    assert params[DONORS].isna().sum().tolist() == [0, 2, 3, 0, 0, 0]
    without = study(returns.drop(columns=["D1", "D2"]), donors=["D0", "D3", "D4", "D5"]).fit()
    same = without.params.set_index("security")["sigma"]
    np.testing.assert_allclose(params["sigma"][1:], same[1:], rtol=1e-12)


def test_a_pair_with_fewer_than_two_donors_is_dropped_with_its_reason() -> None:
    returns = synthetic_returns(donors=4)
    for day, name in enumerate(DONORS[:3], start=300):
        returns.iloc[day, returns.columns.get_loc(name)] = np.nan
    returns.iloc[300:303, 1] = np.nan
    result = study(returns, donors=DONORS[:4]).fit()
    assert result.attrition["reason"].tolist() == ["no_donors", "", "no_donors"]
    returns.iloc[300:303, 1] = 0.0
    with pytest.raises(SpecificationError, match=r"3 no_donors \(fewer than two donors without"):
        study(returns, donors=DONORS[:4]).fit()
    returns.iloc[302, returns.columns.get_loc("D2")] = 0.01  # and two are a mixture
    assert study(returns, donors=DONORS[:4]).fit().params["n_donors"].tolist() == [2, 2, 2]


def test_eight_donors_of_an_exchange_serve_it_and_new_yorks_the_others() -> None:
    for own, served in ((8, "XASX"), (7, "XNYS")):
        homes = ["XASX"] * own + ["XNYS"] * 9
        for exchange, home in (("XASX", served), ("XPAR", "XNYS"), ("", "XNYS"), ("own", "XNYS")):
            expected = [one == home for one in homes]
            assert donors_of._pool(exchange, homes).tolist() == expected
    assert donors_of._pool("XASX", None)


def test_donors_have_no_return_on_days_on_which_fewer_than_half_of_the_listed_have_one() -> None:
    n = np.nan
    values = np.array([[1, 2, 3, 4, 5, 6, 7],
                       [n, 2, n, n, 5, 6, n],
                       [n, 2, n, n, 5, 6, n],
                       [n, n, n, 4, n, 6, n],
                       [1, 1, 1, 1, 1, 1, 1.0]])  # fmt: skip
    inside = np.arange(5) < 4
    expected = np.where(inside[:, None], values, n)
    expected[:, 2] = n  # one of three; one of one, two and three of four are enough
    np.testing.assert_array_equal(donors_of._open_days(values, inside), expected)


@pytest.mark.parametrize("kind", ["log", "simple"])
def test_donors_that_traded_are_weighted_equally(kind: str) -> None:
    growth = np.array([[[0.1, 0.1, np.nan], [0.3, np.nan, np.nan], [-0.1, 0.2, np.nan]]])
    wanted, log = np.array([[[0.1, 0.15, np.nan]]]), kind == "log"
    found = donors_of._equal_weights(np.log1p(growth) if log else growth, kind)
    np.testing.assert_allclose(found, np.log1p(wanted) if log else wanted, rtol=1e-12)


def test_a_day_without_most_donors_is_refused_where_rows_are_the_sessions() -> None:
    returns = synthetic_returns()
    returns.iloc[300, [returns.columns.get_loc(name) for name in DONORS[:4]]] = np.nan
    with pytest.raises(SpecificationError, match="return of most donors is missing on 2020-02-25"):
        study(returns)


def test_donors_may_be_columns_or_a_frame_and_are_not_studied() -> None:
    returns = synthetic_returns()
    named = study(returns).fit()
    framed = study(returns[["S0", "S1", "S2"]], donors=returns[DONORS]).fit()
    assert named.attrition["security"].tolist() == ["S0", "S1", "S2"]
    pd.testing.assert_frame_equal(named.car, framed.car)


def test_a_security_is_never_its_own_donor() -> None:
    returns = synthetic_returns()
    params = study(returns[["S0", "D0"]], donors=returns[DONORS]).fit().params
    params = params.set_index("security")
    assert np.isnan(params.loc["D0", "D0"])
    assert params["n_donors"].tolist() == [6, 5]


def test_the_default_donors_are_new_yorks_shares_among_the_controls() -> None:
    controls = rer.load_securities(group="controls", exchange="XNYS").query("kind == 'equity'")
    returns = rer.load_returns(["MP", "LYC.AX", "AA"])
    events = rer.load_events(event_ids="cn-2025-10-no61-no62")
    asked = {"model": "synthetic", "windows": [(0, 1)]}
    found = rer.EventStudy(returns, events, **asked).fit()  # type: ignore[arg-type]
    assert list(found.specification.regressors) == list(controls.index)
    params = found.params.set_index("security")
    assert params["n_donors"].to_dict() == {"MP": 8, "LYC.AX": 8, "AA": 7}
    assert np.isnan(params.loc["AA", "AA"])
    assert params.loc["LYC.AX", "n_estimation"] < params.loc["MP", "n_estimation"] == 250
    given = rer.EventStudy(returns, events, donors=rer.load_returns(list(controls.index)), **asked)
    pd.testing.assert_frame_equal(found.car, given.fit().car)
    said = " ".join(str(found.summary()).split())
    assert "New York closes 14.0 hours later than Sydney" in said
    assert "Donors used: 7 to 8 of 8" in said


def test_default_donors_that_were_not_yet_listed_are_left_out() -> None:
    returns = rer.load_returns(["SPY", "LYC.AX"], until="2010-11-30")
    asked = {"model": "synthetic", "estimation": (-150, -11)}
    found = rer.EventStudy(returns, ["2010-11-01"], **asked).fit()  # type: ignore[arg-type]
    assert "TROX" not in found.specification.regressors
    assert len(found.specification.regressors) == 7


def test_days_on_which_most_donors_are_closed_are_left_out_like_those_of_a_benchmark() -> None:
    returns = synthetic_returns()
    closed = returns[DONORS].copy()
    closed.iloc[[300, 400], :5] = np.nan  # D5 has a quote nevertheless
    events = pd.DataFrame({"event_id": ["x"], "date": [SESSIONS[500]]})
    names = [f"S{i}.AX" for i in range(3)]
    days = pd.DatetimeIndex(rer.timing.sessions_of("XASX").dates)
    days = days[days >= SESSIONS[0]][:700]
    moved = returns[["S0", "S1", "S2"]].set_axis(days).set_axis(names, axis=1)
    asked = {"model": "synthetic", "donors": closed.set_axis(days), "windows": [(0, 4)]}
    result = rer.EventStudy(moved, events.assign(date=days[500]), **asked).fit()
    assert result.params["n_estimation"].tolist() == [248, 248, 248]
    assert result.params["n_donors"].tolist() == [6, 6, 6]


@pytest.mark.parametrize("return_type", ["log", "simple"])
@pytest.mark.parametrize("gaps", ["matched", "trade_to_trade"])
def test_the_control_portfolio_is_a_benchmark_of_equal_weights(return_type: str, gaps: str) -> None:
    returns = synthetic_returns()
    returns.iloc[300:303, 0] = np.nan
    growth = np.expm1(returns[DONORS]) if return_type == "log" else returns[DONORS]
    mean = growth.mean(axis=1)
    portfolio = np.log1p(mean) if return_type == "log" else mean
    asked = {"model": "synthetic_market", "return_type": return_type, "gaps": gaps}
    found = study(returns, **asked)
    own = returns[["S0", "S1", "S2"]]
    same = study(own, donors=None, benchmark=portfolio, **asked | {"model": "market"})
    pd.testing.assert_frame_equal(found.fit().car, same.fit().car, rtol=1e-9)
    assert found.fit().attrition["security"].tolist() == ["S0", "S1", "S2"]


@pytest.mark.parametrize("model", ["synthetic", "synthetic_market"])
def test_placebo_and_the_other_questions_agree_with_the_fit(model: str) -> None:
    returns = synthetic_returns()
    returns.iloc[350, returns.columns.get_loc("D1")] = np.nan
    returns.iloc[450:455, 0] = np.nan
    fitted = study(returns, model=model, tests=["bmp"]).fit()
    drawn = rer.placebo(fitted)
    assert drawn.table["statistic"][0] == pytest.approx(fitted.table["statistic"][0])
    assert len(drawn.distribution) > 350
    session = drawn.distribution.dropna().index[-1]
    given = {"model": model, "donors": DONORS, "windows": [(0, 4)], "tests": ["bmp"]}
    moved = rer.EventStudy(returns, [session], **given).fit()  # type: ignore[arg-type]
    at = drawn.distribution.loc[session].iloc[0]
    assert at == pytest.approx(moved.table["statistic"][0])
    curve = rer.timing_curve(fitted, shifts=(-10, 10), window=(0, 4))
    assert len(curve.table) == 21
    assert len(rer.anticipation(fitted, 5).table) == 5
    assert len(rer.leave_one_out(fitted, by="security")) == 3


def test_a_specification_curve_gives_donors_to_the_models_that_read_them() -> None:
    returns = synthetic_returns().assign(MKT=synthetic_returns(9)["D0"])
    table = rer.specification_curve(
        returns,
        [SESSIONS[500]],
        models=["market", "mean", "synthetic", "synthetic_market"],
        windows=[(0, 4)],
        benchmarks=["MKT"],
        donors=DONORS,
    ).table
    assert table["n"].tolist() == [3, 3, 3, 3]
    assert table["benchmark"].tolist() == ["MKT", "none", "none", "none"]
    wanted = study(returns.drop(columns="MKT")).fit().fitted.car[:, 0].mean()
    assert table["caar"][2] == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("donors", "message"),
    [
        (["D0", "DD1"], r"donors: 'DD1' is not a column of returns; nearest: 'D1'"),
        ([], "donors is empty"),
        (["D0"], "two or more"),
        ("D0", "two or more"),
        (["D0", "D1", "D0"], "names one twice"),
        (7, "donors must be a name or a list of names"),
        (synthetic_returns()["D0"], "donors must be two securities or more"),
        (synthetic_returns()[[]], "donors holds no security"),
        (synthetic_returns()[["D0"]], "two or more"),
        (synthetic_returns()[DONORS].shift(freq="4000D"), "share no session"),
        (synthetic_returns()[DONORS].assign(D1=0.0), "'D1' is 0 on every session"),
        (synthetic_returns()[DONORS].assign(D1=np.nan), "'D1' has no value"),
        (synthetic_returns()[DONORS].assign(X=lambda f: f["D1"]), "'X' has the same returns"),
        (100 * synthetic_returns()[DONORS], "does not hold returns as fractions"),
    ],
)
@pytest.mark.parametrize("model", ["synthetic", "synthetic_market"])
def test_donors_without_a_meaning_are_refused(donors: object, message: str, model: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        study(donors=donors, model=model)


def test_donors_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(DataError, match="column 'D1' of donors is str, not numbers"):
        study(donors=synthetic_returns()[DONORS].assign(D1="x"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "mean"}, "donors= is read by model='synthetic' or 'synthetic_market' only"),
        ({"gaps": "trade_to_trade"}, "no meaning for model='synthetic'"),
        ({"convention": "eventstudy2"}, "has no model='synthetic'"),
        ({"estimation": (-17, -11)}, "estimates 5 coefficients and needs at least 8"),
        ({"donors": list(synthetic_returns())}, "no security|no column|left to study"),
    ],
)
def test_options_that_mixtures_do_not_have_are_refused(options: dict, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        study(**options)


@pytest.mark.simulation
@pytest.mark.parametrize(("donors", "low", "high"), [(10, 0.035, 0.065), (30, 0.035, 0.08)])
def test_tests_of_mixtures_hold_their_size(donors: int, low: float, high: float) -> None:
    """The portfolio test t of single pairs."""
    names = [f"D{i}" for i in range(donors)]
    wrong = []
    for seed in range(20 if donors == 10 else 10):
        returns = synthetic_returns(seed, 100, donors)
        car = study(returns, donors=names).fit().car
        wrong.append((car["p_value"] < 0.05).mean())
    assert low < np.mean(wrong) < high
