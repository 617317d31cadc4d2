"""Abnormal volume and volatility: definitions, injected effects, and what is not a test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.eventstudy.questions.volatility import abnormal_volatility, brown_forsythe
from rareearth_research.eventstudy.questions.volume import abnormal_volume
from rareearth_research.eventstudy.study import EventStudy

SESSIONS = pd.bdate_range("2019-01-01", periods=600)
AT, N = 450, 8


def synthetic(
    event_volatility=1.0, event_volume=1.0, seed=0, window=(-1, 1), model="market", scale=1.0
):
    """A study and its volumes; AR(1) log volume with a common part."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, 600)
    u = 0.02 * rng.normal(size=(600, N))
    u[AT + window[0] : AT + window[1] + 1] *= event_volatility
    returns = pd.DataFrame(market[:, None] + u, SESSIONS, [f"S{i}" for i in range(N)])
    shocks = 0.2 * rng.normal(size=(600, 1)) + 0.3 * rng.normal(size=(600, N))
    log_volume = np.empty((600, N))
    level = np.zeros(N)
    for t in range(600):
        level = 0.6 * level + shocks[t]
        log_volume[t] = level
    log_volume[AT + window[0] : AT + window[1] + 1] += np.log(event_volume)
    volumes = pd.DataFrame(
        np.exp(12 + np.arange(N) + log_volume).round(), SESSIONS, returns.columns
    )
    returns = scale * returns.assign(MKT=market)
    study = EventStudy(returns, [SESSIONS[AT]], benchmark="MKT", windows=[window], model=model)
    return study, volumes


def row(result, test):
    return result.table.set_index("test").loc[test]


def test_abnormal_volume_is_log_volume_over_its_usual_mean():
    study, volumes = synthetic()
    result = abnormal_volume(study, volumes)
    logs = np.log(volumes)
    usual = logs.iloc[AT - 260 : AT - 10].mean()
    expected = np.exp((logs.iloc[AT - 1 : AT + 2] - usual).mean())
    pairs = result.pairs.set_index("security")["ratio"]
    assert pairs.to_numpy() == pytest.approx(expected[pairs.index].to_numpy())


def test_trebled_volume_is_found_and_measured():
    result = abnormal_volume(*synthetic(event_volume=3.0))
    assert row(result, "placebo_bmp")["p_value"] < 0.01
    assert row(result, "kp")["p_value"] < 0.05
    assert row(result, "kp")["ratio"] == pytest.approx(3, rel=0.5)
    assert result.table.columns[:3].tolist() == ["window", "test", "ratio"]
    assert result.table.index.tolist() == list(range(len(result.table)))


def test_usual_volume_is_not_abnormal():
    result = abnormal_volume(*synthetic(seed=4))
    assert row(result, "placebo_bmp")["p_value"] > 0.05


def test_the_unit_of_volume_does_not_matter():
    study, volumes = synthetic(seed=5)
    shares, lots = abnormal_volume(study, volumes), abnormal_volume(study, volumes / 100)
    assert lots.table["statistic"].to_numpy() == pytest.approx(shares.table["statistic"].to_numpy())


def test_ranks_over_several_autocorrelated_sessions_are_marked_invalid():
    study, volumes = synthetic()
    ranks = row(abnormal_volume(study, volumes), "rank")
    assert not ranks["valid"]
    assert "autocorrelated" in ranks["note"]
    assert row(abnormal_volume(study, volumes, windows=[(0, 0)]), "rank")["valid"]


def test_the_return_study_is_left_as_it_was():
    study, volumes = synthetic()
    before = study.fit().table["statistic"].to_numpy()
    abnormal_volume(study, volumes)
    assert study.setup.specification.model == "market"
    np.testing.assert_array_equal(study.fit().table["statistic"].to_numpy(), before)


def test_a_session_without_trade_is_missing_not_zero():
    study, volumes = synthetic()
    volumes.iloc[AT - 100, 0] = 0
    volumes.iloc[AT + 1, 1] = 0
    result = abnormal_volume(study, volumes)
    assert result.study.car.set_index("security").loc["S0", "n_estimation"] == 249
    ledger = result.study.attrition.set_index("security")
    assert ledger.loc["S1", "reason"] == "missing_event_window"


def test_volatility_ratio_is_the_mean_squared_standardised_return():
    study, _ = synthetic()
    result = abnormal_volatility(study)
    abnormal = study.fit().abnormal
    expected = (abnormal["standardised"] ** 2).groupby(abnormal["security"]).mean()
    pairs = result.pairs.set_index("security")["ratio"]
    assert pairs.to_numpy() == pytest.approx(expected[pairs.index].to_numpy())


def test_doubled_volatility_is_found_by_both_tests():
    result = abnormal_volatility(synthetic(event_volatility=2.0, seed=1)[0])
    assert row(result, "placebo")["p_value"] < 0.01
    assert row(result, "brown_forsythe")["p_value"] < 0.01
    assert row(result, "placebo")["ratio"] == pytest.approx(4, rel=0.4)


def test_calm_is_found_too():
    result = abnormal_volatility(synthetic(event_volatility=0.2, seed=1)[0])
    assert row(result, "placebo")["p_value"] < 0.02
    assert row(result, "placebo")["ratio"] < 0.2


def test_usual_volatility_is_not_abnormal():
    result = abnormal_volatility(synthetic(seed=2)[0])
    assert (result.table["p_value"] > 0.05).all()


def test_brown_forsythe_is_analysis_of_variance_of_absolute_deviations():
    from scipy import stats

    rng = np.random.default_rng(0)
    residuals, event = rng.normal(size=(1, 100)), np.abs(rng.normal(size=(1, 6)))
    z = residuals[0] / residuals[0].std()
    expected = stats.f_oneway(np.abs(z - np.median(z)), event[0])
    f, p, df = brown_forsythe(residuals, event)
    assert (f, p) == pytest.approx(expected)
    assert df == 104


def test_volatility_does_not_depend_on_the_scale_of_returns():
    study, _ = synthetic(seed=6)
    scaled, _ = synthetic(seed=6, scale=0.01)
    assert abnormal_volatility(scaled).table["statistic"].to_numpy() == pytest.approx(
        abnormal_volatility(study).table["statistic"].to_numpy()
    )


def test_bad_volumes_are_refused_in_words():
    study, volumes = synthetic()
    with pytest.raises(DataError, match="none of the study's columns"):
        abnormal_volume(study, volumes.add_prefix("X"))
    with pytest.raises(DataError, match="complex128, not numbers; give numbers"):
        abnormal_volume(study, volumes.astype(complex))
    with pytest.raises(SpecificationError, match=r"volumes: no event.security pair is left"):
        abnormal_volume(study, volumes * 0 + 5)
    volumes.iloc[7, 2] = -5
    with pytest.raises(DataError, match="'S2' of volumes is -5"):
        abnormal_volume(study, volumes)


@pytest.mark.simulation
def test_abnormal_volume_tests_keep_their_size_under_autocorrelation():
    p = [
        row(abnormal_volume(*synthetic(seed=100 + s)), "placebo_bmp")["p_value"] for s in range(200)
    ]
    assert 0.01 <= np.mean(np.array(p) <= 0.05) <= 0.10
