"""Placebo tests of whole studies: exactness, agreement with the study, and size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.chance.p_values import placebo_p
from rareearth_research.eventstudy.chance.placebo import placebo
from rareearth_research.eventstudy.study import EventStudy

N_SESSIONS = 700
SESSIONS = pd.bdate_range("2019-01-01", periods=N_SESSIONS)
WINDOWS = [(-1, 1), (0, 5)]


def synthetic_returns(seed=0, n=6, rho=0.3):
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, N_SESSIONS)
    common, own = rng.normal(size=(N_SESSIONS, 1)), rng.normal(size=(N_SESSIONS, n))
    u = 0.02 * (np.sqrt(rho) * common + np.sqrt(1 - rho) * own)
    frame = pd.DataFrame(market[:, None] + u, index=SESSIONS, columns=[f"S{i}" for i in range(n)])
    frame["MKT"] = market
    return frame


def study_at(*positions, returns=None, **options):
    returns = synthetic_returns() if returns is None else returns
    options = {"benchmark": "MKT", "windows": WINDOWS, "tests": ["bmp"], **options}
    return EventStudy(returns, [SESSIONS[p] for p in positions], **options)


def test_the_statistic_is_the_studys_own_bmp():
    study = study_at(500)
    assert placebo(study).table["statistic"].to_numpy() == pytest.approx(
        study.fit().table["statistic"].to_numpy()
    )


def test_each_placebo_value_is_the_study_run_at_that_session():
    distribution = placebo(study_at(500)).distribution
    for session in distribution.dropna().index[[0, 100, -1]]:
        moved = study_at(SESSIONS.get_loc(session)).fit().table["statistic"]
        assert distribution.loc[session].to_numpy() == pytest.approx(moved.to_numpy())


def test_the_p_value_counts_the_event_as_one_of_the_sessions():
    result = placebo(study_at(500))
    row, draws = result.table.iloc[0], result.distribution["[-1, 1]"].dropna()
    larger = (draws.abs() >= abs(row["statistic"])).sum()
    assert row["p_value"] == (1 + larger) / (1 + len(draws))
    assert row["n"] == len(draws)
    assert result.exact


def test_no_placebo_window_touches_the_event_or_a_listed_one():
    result = placebo(study_at(500), exclude_near=[SESSIONS[450], SESSIONS[600]])
    assert result.distribution.index.is_monotonic_increasing
    for window, width in (("[-1, 1]", 3), ("[0, 5]", 6)):
        at = SESSIONS.get_indexer(result.distribution[window].dropna().index)
        for event in (450, 500, 600):
            assert np.abs(at - event).min() == width


def test_a_listed_event_frame_is_mapped_to_sessions_like_the_studys_events():
    saturday = SESSIONS[453] + pd.Timedelta(days=1) * ((5 - SESSIONS[453].weekday()) % 7)
    listed = pd.DataFrame({"event_id": ["x"], "date": [saturday]})
    kept = placebo(study_at(500), exclude_near=listed).distribution["[0, 5]"].dropna().index
    following = SESSIONS[SESSIONS.searchsorted(saturday)]
    assert following not in kept
    assert np.abs(SESSIONS.get_indexer(kept) - SESSIONS.get_loc(following)).min() == 6


@pytest.mark.parametrize(
    "options",
    [
        {"model": "mean"},
        {"model": "market_adjusted"},
        {"model": "raw"},
        {"model": "dimson"},
        {"model": "scholes_williams"},
        {"gaps": "trade_to_trade"},
    ],
)
def test_every_model_has_a_placebo_that_agrees_with_its_fit(options):
    returns = synthetic_returns(n=3)
    returns.iloc[450:455, 0] = np.nan
    study = study_at(500, returns=returns, windows=[(0, 1)], **options)
    fitted = study.fit().table["statistic"].iloc[0]
    assert placebo(study).table["statistic"].iloc[0] == pytest.approx(fitted)


def test_factor_models_too():
    returns = synthetic_returns(n=3)
    factors = pd.DataFrame({"m": returns.pop("MKT")}, index=SESSIONS)
    factors["z"] = np.random.default_rng(1).normal(0, 0.01, N_SESSIONS)
    study = study_at(
        500, returns=returns, benchmark=None, model="factors", factors=factors, windows=[(0, 1)]
    )
    result = placebo(study)
    assert result.table["statistic"].iloc[0] == pytest.approx(
        study.fit().table["statistic"].iloc[0]
    )
    assert len(result.distribution) > 350


def test_an_injected_effect_is_found_and_its_absence_is_not():
    returns = synthetic_returns()
    assert placebo(study_at(500, returns=returns)).table["p_value"].min() > 0.05
    returns.iloc[500, :6] += 0.08
    assert placebo(study_at(500, returns=returns)).table["p_value"].iloc[0] < 0.01


def test_the_p_value_does_not_depend_on_scale_sign_or_order():
    returns = synthetic_returns(seed=3)
    base = placebo(study_at(500, returns=returns)).table
    flipped = placebo(study_at(500, returns=-0.1 * returns)).table
    shuffled = placebo(study_at(500, returns=returns[returns.columns[[3, 0, 6, 2, 1, 5, 4]]])).table
    assert flipped["p_value"].to_numpy() == pytest.approx(base["p_value"].to_numpy())
    assert flipped["statistic"].to_numpy() == pytest.approx(-base["statistic"].to_numpy())
    assert shuffled["p_value"].to_numpy() == pytest.approx(base["p_value"].to_numpy())


def test_event_variance_alone_does_not_make_a_reaction():
    # Studentized by its own dispersion, a session whose returns are all tripled keeps its p.
    returns = synthetic_returns(seed=4)
    study = study_at(500, returns=returns, windows=[(0, 0)], model="raw", benchmark=None)
    before = placebo(study)
    returns.iloc[500] *= 3
    after = placebo(study_at(500, returns=returns, windows=[(0, 0)], model="raw", benchmark=None))
    # up to the few later sessions whose estimation window holds the tripled one
    assert after.table["p_value"].iloc[0] == pytest.approx(
        before.table["p_value"].iloc[0], abs=0.02
    )
    naive = placebo(
        study_at(500, returns=returns, windows=[(0, 0)], model="raw", benchmark=None),
        statistic="caar",
    )
    assert "raises the variance" in naive.table["note"].iloc[0]


def test_several_dates_are_permuted_reproducibly():
    study = study_at(400, 500, 600)
    first, again = placebo(study, n=200, seed=1), placebo(study, n=200, seed=1)
    pd.testing.assert_frame_equal(first.table, again.table)
    assert not first.exact
    assert first.distribution.index.name == "draw"
    assert first.table["n"].to_list() == [200, 200]
    assert first.table["n_pairs"].to_list() == [18, 18]
    assert "3 groups of event dates" in first.table["note"].iloc[0]
    two = placebo(study_at(400, 600), n=19)
    assert "2 groups of event dates" in two.table["note"].iloc[0]


def test_one_security_uses_its_forecast_error_and_says_so():
    study = study_at(500, returns=synthetic_returns(n=1), tests=["portfolio"])
    result = placebo(study)
    assert result.statistic == "scar"
    assert result.table["statistic"].to_numpy() == pytest.approx(study.fit().car["scar"].to_numpy())
    assert "forecast error only" in result.table["note"].iloc[0]
    with pytest.raises(SpecificationError, match="use statistic='scar'"):
        placebo(study, statistic="bmp")


def test_each_security_has_its_own_p_value_and_a_family_one():
    result = placebo(study_at(500))
    own = result.securities
    assert len(own) == 6 * 2
    assert (own["p_romano_wolf"] >= own["p_value"] - 1e-12).all()
    study = study_at(500).fit().car
    merged = own.merge(study, on=["event_id", "security", "window"])
    assert merged["value"].to_numpy() == pytest.approx(merged["scar"].to_numpy())


def test_windows_are_a_family_too():
    table = placebo(study_at(500), windows=[(0, 0), (0, 1), (0, 5)]).table
    assert list(table["window"]) == ["[0, 0]", "[0, 1]", "[0, 5]"]
    assert (table["p_romano_wolf"] >= table["p_value"]).all()


def test_too_few_sessions_are_said_in_words():
    short = synthetic_returns().iloc[300:]
    study = EventStudy(short, [SESSIONS[580]], benchmark="MKT", windows=[(-60, 60)],
                       estimation=(-260, -61), tests=["bmp"])  # fmt: skip
    table = placebo(study).table
    assert not table["valid"].any()
    assert "no admissible placebo session" in table["note"].iloc[0]
    assert np.isnan(table["p_value"].iloc[0])


def test_a_tie_counts_against_the_event():
    p, n = placebo_p(np.array([2.0]), np.array([[2.0], [-2.0], [1.0], [np.nan]]))
    assert p[0] == (1 + 2) / (1 + 3)
    assert n[0] == 3


def test_bad_requests_are_refused_in_words():
    with pytest.raises(SpecificationError, match="not known"):
        placebo(study_at(500), statistic="median")
    with pytest.raises(SpecificationError, match="got a DataFrame"):
        placebo(synthetic_returns())
    with pytest.raises(SpecificationError, match="overlaps event window"):
        placebo(study_at(500), windows=[(-20, 0)])


@pytest.mark.simulation
def test_the_placebo_test_keeps_its_size_under_correlation_and_event_variance():
    rng = np.random.default_rng(0)
    p = []
    for seed in range(300):
        returns = synthetic_returns(seed=1000 + seed, n=8)
        at = int(rng.integers(300, 690))
        returns.iloc[at, :8] = returns["MKT"].iloc[at] + 2 * (
            returns.iloc[at, :8] - returns["MKT"].iloc[at]
        )
        p.append(placebo(study_at(at, returns=returns, windows=[(0, 0)])).table["p_value"].iloc[0])
    assert 0.02 <= np.mean(np.array(p) <= 0.05) <= 0.09


def test_a_variance_model_has_no_placebo_and_says_what_to_use():
    pytest.importorskip("arch")
    study = study_at(500, returns=synthetic_returns(n=1), model="garch", tests=["portfolio"])
    with pytest.raises(SpecificationError, match="use model='market'"):
        placebo(study)


def test_windows_of_each_event_have_no_placebo():
    events = pd.DataFrame(
        {
            "event_id": ["a", "b"],
            "date": SESSIONS[[400, 500]],
            "window_start": [0, 0],
            "window_end": [1, 3],
        }
    )
    study = EventStudy(synthetic_returns(), events, benchmark="MKT", windows="events")
    with pytest.raises(SpecificationError, match="same windows"):
        placebo(study)


def test_exchanges_with_their_own_holidays_are_moved_together():
    returns = synthetic_returns(n=4).rename(
        columns={"S0": "AAA", "S1": "BBB", "S2": "CCC.SS", "S3": "DDD.SS"}
    )
    returns.index = pd.bdate_range("2022-01-03", periods=len(returns))
    closed = returns.index.isin(pd.bdate_range("2023-10-02", "2023-10-06"))  # Golden Week
    returns.loc[closed, ["CCC.SS", "DDD.SS"]] = np.nan
    study = EventStudy(
        returns, [returns.index[500]], benchmark="MKT", windows=[(0, 1)], tests=["bmp"]
    )
    result = placebo(study)
    assert result.table["statistic"].iloc[0] == pytest.approx(
        study.fit().table["statistic"].iloc[0]
    )
    # a placebo date inside Golden Week uses Shanghai's next session, as an announcement would
    session = pd.Timestamp("2023-10-04")
    moved = EventStudy(returns, [session], benchmark="MKT", windows=[(0, 1)], tests=["bmp"]).fit()
    assert result.distribution.loc[session].iloc[0] == pytest.approx(
        moved.table["statistic"].iloc[0]
    )
