"""What must hold for any returns: the engine's symmetries, checked on drawn examples."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth_research.eventstudy import EventStudy, EventStudyResults
from rareearth_research.eventstudy.dependence.correlation import block_correlation
from rareearth_research.eventstudy.statistics.parametric import kp as kp_test
from tests.support.eventstudy_cases import pair_events, statistic, synthetic_returns

SEEDS = st.integers(0, 2**16)
MODELS = st.sampled_from(["raw", "mean", "market_adjusted", "market", "scholes_williams", "dimson"])
TIGHT = {"rtol": 1e-8, "atol": 1e-12}
few = settings(max_examples=12)


def study(returns: pd.DataFrame, model: str = "market", **options: object) -> EventStudyResults:
    options = {"events": [returns.index[-80]], **options}
    events = options.pop("events")
    windows = options.pop("windows", [(-1, 1), (0, 5)])
    return EventStudy(returns, events, "MKT", model, windows=windows, **options).fit()  # type: ignore[arg-type]


def same_table(left: EventStudyResults, right: EventStudyResults, sign: int = 1) -> None:
    np.testing.assert_allclose(left.table["statistic"], sign * right.table["statistic"], **TIGHT)


@few
@given(SEEDS, MODELS, st.floats(0.01, 3))
def test_scaling_all_returns_scales_cars_and_leaves_statistics(
    seed: int, model: str, scale: float
) -> None:
    returns = synthetic_returns(seed=seed, shared=0.01)
    plain, scaled = study(returns, model), study(scale * returns, model)
    np.testing.assert_allclose(scaled.car["car"], scale * plain.car["car"], **TIGHT)
    same_table(scaled, plain)


@few
@given(SEEDS, MODELS)
def test_changing_the_sign_of_all_returns_changes_the_sign_of_statistics(
    seed: int, model: str
) -> None:
    returns = synthetic_returns(seed=seed, shared=0.01)
    same_table(study(-returns, model), study(returns, model), sign=-1)


@few
@given(SEEDS, MODELS)
def test_the_order_of_securities_does_not_matter(seed: int, model: str) -> None:
    returns = synthetic_returns(seed=seed, shared=0.01)
    order = np.random.default_rng(seed).permutation(len(returns.columns))
    shuffled = study(returns.iloc[:, order], model)
    plain = study(returns, model)
    same_table(shuffled, plain)
    keys = ["security", "window"]
    pd.testing.assert_frame_equal(
        shuffled.car.sort_values(keys, ignore_index=True),
        plain.car.sort_values(keys, ignore_index=True),
        rtol=1e-8,
    )


@few
@given(SEEDS, st.integers(-3000, 3000))
def test_moving_all_dates_moves_nothing_else(seed: int, days: int) -> None:
    returns = synthetic_returns(seed=seed)
    moved = returns.set_axis(returns.index + pd.Timedelta(days=7 * days))
    same_table(study(moved), study(returns))


@few
@given(SEEDS, st.sampled_from(["market", "dimson"]))
def test_a_return_the_model_explains_exactly_has_no_abnormal_return(seed: int, model: str) -> None:
    returns = synthetic_returns(seed=seed)
    returns["S0"] = 0.0003 + 1.3 * returns["MKT"]
    result = study(returns, model)
    exact = result.abnormal[result.abnormal["security"] == "S0"]
    assert exact["abnormal_return"].abs().max() < 1e-14
    assert exact["standardised"].isna().all()
    assert result.diagnostics["exact_fits"] == 1
    assert (result.table.set_index("test").loc["kp", "n"] == 5).all()


@few
@given(SEEDS, st.sampled_from([0.0, 0.001, -0.002]), MODELS)
def test_constant_returns_are_dropped_with_their_reason(
    seed: int, value: float, model: str
) -> None:
    returns = synthetic_returns(seed=seed).assign(S3=value)
    result = study(returns, model)
    dropped = result.attrition[result.attrition["status"] == "dropped"]
    assert dropped[["security", "reason"]].to_numpy().tolist() == [["S3", "constant_returns"]]


@few
@given(SEEDS, MODELS, st.booleans())
@pytest.mark.thorough
def test_pairs_fitted_together_equal_pairs_fitted_one_by_one(
    seed: int, model: str, gaps: bool
) -> None:
    returns = synthetic_returns(500, seed=seed)
    if gaps:
        holes = np.random.default_rng(seed).random((500, 6)) < 0.03
        returns.iloc[:, :6] = returns.iloc[:, :6].mask(holes)
    events = pair_events(returns, 25, seed=seed)
    together = study(returns, model, events=events)
    for event_id, rows in together.car.groupby("event_id"):
        alone = study(returns, model, events=events[events["event_id"] == event_id])
        np.testing.assert_allclose(rows["car"], alone.car["car"], **TIGHT)
        np.testing.assert_allclose(rows["variance"], alone.car["variance"], **TIGHT)
    assert (together.attrition["status"] == "kept").sum() == together.car["event_id"].nunique()


@few
@given(SEEDS, st.floats(-0.2, 0.2))
def test_an_injected_effect_is_recovered(seed: int, effect: float) -> None:
    returns = synthetic_returns(seed=seed)
    moved = returns.copy()
    moved.iloc[-80, :6] += effect
    before, after = study(returns), study(moved)
    np.testing.assert_allclose(after.car["car"], before.car["car"] + effect, atol=1e-12)
    caar = after.aar.set_index("relative_session")["caar"]
    assert caar[1] - before.aar.set_index("relative_session")["caar"][1] == pytest.approx(effect)


@few
@given(SEEDS)
def test_a_log_constant_added_to_every_return_leaves_the_market_model_alone(seed: int) -> None:
    returns = synthetic_returns(seed=seed)
    drift = returns.copy()
    drift.iloc[:, :6] += 0.004
    same_table(study(drift, tests=["kp", "rank"]), study(returns, tests=["kp", "rank"]))


@few
@given(SEEDS)
def test_asking_for_more_windows_changes_none_of_them(seed: int) -> None:
    returns = synthetic_returns(seed=seed)
    one = study(returns, windows=[(0, 2)])
    many = study(returns, windows=[(-5, 5), (0, 2), (3, 9)])
    for test in one.table["test"]:
        assert statistic(one, test) == pytest.approx(
            statistic(many, test, 1), rel=1e-9, nan_ok=True
        )


@pytest.mark.simulation
def test_kp_keeps_its_size_on_a_shared_date_and_bmp_does_not() -> None:
    rejected = {"kp": 0, "bmp": 0, "portfolio": 0}
    runs = 300
    for seed in range(runs):
        returns = synthetic_returns(350, 10, seed=seed, shared=0.013)  # correlation near 0.3
        table = study(returns).table.set_index("test")
        for test in rejected:
            rejected[test] += int(table.loc[test, "p_value"].iloc[0] < 0.05)
    assert rejected["kp"] / runs < 0.09
    assert rejected["portfolio"] / runs < 0.09
    assert rejected["bmp"] / runs > 0.2


@pytest.mark.simulation
def test_kp_keeps_its_size_when_windows_of_different_dates_overlap() -> None:
    runs, kp, blocks = 1000, 0, 0
    for seed in range(runs):
        returns = synthetic_returns(760, 10, seed=seed, shared=0.013)
        first = np.random.default_rng(seed).choice(np.arange(300, 740, 12), 12, replace=False)
        days = np.unique(np.concatenate([first, first[:8] + 2]))  # eight of them come in twos
        result = study(returns, events=list(returns.index[days]), windows=[(0, 5)], tests=["kp"])
        kp += int(result.headline["p_value"] < 0.05)
        dates = block_correlation(result.fitted.residuals, result.pairs.position[result.keep])
        blocks += int(kp_test(result.scar(), dates.mean).p_value < 0.05)
    assert kp / runs < 0.07
    assert blocks / runs > 0.08  # dates taken as independent: about 11 in 100
