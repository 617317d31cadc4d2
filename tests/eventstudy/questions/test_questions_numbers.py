"""What is asked after a study: each answer as if asked alone, over the days that count, in words
that hold for the model."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.eventstudy.chance.p_values import confidence_p, placebo_p
from rareearth_research.plots import plot_car

DAYS = pd.bdate_range("2019-01-01", periods=700)
NAMES = [f"S{i}" for i in range(6)]
RNG = np.random.default_rng(1)
MARKET = RNG.normal(0, 0.01, 700)
RETURNS = pd.DataFrame(MARKET[:, None] + RNG.normal(0, 0.02, (700, 6)), DAYS, NAMES)
RETURNS = RETURNS.assign(MKT=MARKET)
WINDOWS = [(0, 1), (-1, 5), (-3, 0)]
FURTHER = [DAYS[330], DAYS[420], DAYS[560], DAYS[640]]


def study(*positions: int, windows: Any = WINDOWS, **options: Any) -> rer.EventStudy:
    given: dict[str, Any] = {"benchmark": "MKT", "windows": windows} | options
    return rer.EventStudy(RETURNS, [DAYS[p] for p in positions], **given)


@pytest.mark.parametrize("positions", [(500,), (500, 503), (400, 500, 600)])
@pytest.mark.parametrize("window", WINDOWS)
def test_the_placebo_p_of_a_window_is_the_same_alone_and_together(positions: Any, window: Any):
    together = rer.placebo(study(*positions), exclude_near=FURTHER)
    alone = rer.placebo(study(*positions), windows=[window], exclude_near=FURTHER)
    row = together.table.set_index("window").loc[f"[{window[0]}, {window[1]}]"]
    for column in ("statistic", "p_value", "n", "n_pairs", "valid"):
        assert alone.table[column].iloc[0] == row[column]
    label = alone.table["window"].iloc[0]
    own = together.securities[together.securities["window"] == label].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, alone.securities)
    np.testing.assert_array_equal(
        together.distribution[label].dropna(), alone.distribution[label].dropna()
    )


@pytest.mark.parametrize("positions", [(500,), (400, 500, 600)])
def test_the_volatility_p_of_a_window_is_the_same_alone_and_together(positions: Any) -> None:
    together = rer.abnormal_volatility(study(*positions)).table.set_index(["window", "test"])
    for window in WINDOWS:
        alone = rer.abnormal_volatility(study(*positions), windows=[window]).table
        pd.testing.assert_frame_equal(
            alone.set_index(["window", "test"]), together.loc[[f"[{window[0]}, {window[1]}]"]]
        )


@pytest.mark.parametrize("positions", [(500,), (400, 500, 600)])
def test_the_p_of_a_run_up_is_the_same_alone_and_together(positions: Any) -> None:
    together = rer.anticipation(study(*positions), 5).table.set_index("lead")
    for lead in (1, 5):  # one estimation window serves them all
        alone = rer.anticipation(study(*positions), [lead]).table.iloc[0]
        for column in ("p_value", "total_p_value", "n", "statistic", "caar"):
            assert alone[column] == together.loc[lead, column]


def test_a_short_window_has_more_sessions_than_a_long_one() -> None:
    table = rer.placebo(study(500), exclude_near=FURTHER).table.set_index("window")
    assert table.loc["[0, 1]", "n"] > table.loc["[-1, 5]", "n"]
    assert (
        f"{len(rer.placebo(study(500), exclude_near=FURTHER).joint)} draws"
        in (table.loc["[0, 1]", "note"])
    )


@pytest.mark.parametrize("positions", [(500,), (400, 500, 600)])
def test_romano_wolf_over_the_windows_comes_from_common_draws(positions: Any) -> None:
    found = rer.placebo(study(*positions))
    assert found.joint.notna().all(axis=None)
    again = rer.adjust(
        found.table["p_value"],
        method="romano_wolf",
        statistics=found.table["statistic"],
        draws=found.joint,
    )
    corrected = np.maximum(again, found.table["p_value"])
    np.testing.assert_array_equal(found.table["p_romano_wolf"], corrected)


def test_a_common_draw_of_one_date_is_a_session_that_serves_every_window() -> None:
    found = rer.placebo(study(500))
    pd.testing.assert_frame_equal(found.joint, found.distribution.dropna())
    assert (found.joint.index.isin(found.distribution.index)).all()


def test_random_draws_of_several_windows_cannot_be_taken_for_common_ones() -> None:
    found = rer.placebo(study(400, 500, 600), n=50)
    assert found.distribution.notna().sum().tolist() == [50] * 3
    with pytest.raises(rer.errors.DataError, match="`joint`"):
        rer.adjust(found.table["p_value"], method="romano_wolf",
                   statistics=found.table["statistic"], draws=found.distribution)  # fmt: skip


def test_the_set_of_a_timing_curve_takes_the_largest_of_the_other_sessions() -> None:
    observed, null = np.abs(RNG.normal(size=9)), np.abs(RNG.normal(size=(50, 9)))
    observed[4] = np.nan
    p = confidence_p(observed, null, width=2)
    for s in range(9):
        others = [o for o in range(9) if abs(o - s) >= 2 and o != 4]
        largest = placebo_p(
            np.array([observed[others].max()]), null[:, others].max(axis=1)[:, None]
        )
        assert p[s] == largest[0][0]


def test_a_candidate_without_another_session_cannot_be_rejected() -> None:
    assert (confidence_p(np.ones(3), np.ones((5, 3)), width=3) == 1).all()
    assert np.isnan(confidence_p(np.ones(3), np.ones((0, 3)), width=1)).all()


VOLUMES = pd.DataFrame(RNG.lognormal(12, 0.4, (700, 6)).round(), DAYS, NAMES)


def test_a_windows_volume_is_the_geometric_mean_over_the_days_traded() -> None:
    volumes = VOLUMES.copy()
    volumes.iloc[500, 0] = 0  # session 0 of [-1, 1]
    volumes.iloc[300, 0] = np.nan
    found = rer.abnormal_volume(study(500, windows=[(-1, 1)]), volumes).pairs.set_index("security")
    logs = np.log(volumes["S0"].where(volumes["S0"] > 0))
    usual = logs.iloc[500 - 260 : 500 - 10].mean()
    right = np.exp((logs.iloc[499] + logs.iloc[501]) / 2 - usual)
    assert found.loc["S0", "ratio"] == pytest.approx(right, rel=1e-12)
    assert (found.loc["S0", "n_days"], found.loc["S0", "not_traded"]) == (2, "0")
    assert (found.loc["S1", "n_days"], found.loc["S1", "not_traded"]) == (3, "")


def test_the_mean_ratio_and_its_note_count_the_days_traded() -> None:
    volumes = VOLUMES.copy()
    volumes.iloc[[500, 503], 0] = 0
    found = rer.abnormal_volume(study(500, windows=[(-1, 1), (-1, 5)]), volumes)
    long = found.table[found.table["window"] == "[-1, 5]"]
    assert long["note"].str.contains("2 days without trade are left out").all()
    ratios = found.pairs.loc[found.pairs["window"] == "[-1, 5]", "ratio"]
    np.testing.assert_allclose(long["ratio"], np.exp(np.log(ratios).mean()))
    full = rer.abnormal_volume(study(500), VOLUMES).table
    assert not full["note"].str.contains("without trade").any()


def test_securities_without_volume_are_named() -> None:
    found = rer.abnormal_volume(study(500), VOLUMES.drop(columns="S3").assign(S4=0))
    assert found.table["note"].str.contains("no volume for S3, S4").all()
    assert set(found.pairs["security"]) == {"S0", "S1", "S2", "S5"}


@pytest.mark.parametrize(
    ("model", "against"),
    [
        ("raw", ""),
        ("mean", " by more than on average"),
        ("market_adjusted", " against their benchmark"),
        ("market", " against their benchmark"),
        ("factors", " against their factors"),
    ],
)
def test_a_benchmark_is_only_spoken_of_where_there_is_one(model: str, against: str) -> None:
    options = {"factors": RETURNS[["MKT"]], "benchmark": "MKT"} if model == "factors" else {}
    result = study(500, model=model, **options).fit()
    title = plot_car(result).get_suptitle().replace("\n", " ")
    plt.close("all")
    assert f"of 6 rose{against}, " in title
    shown = str(result.summary())
    assert ("against MKT" in shown) == bool(against.strip() and model != "mean")
    assert "their benchmark" not in shown


def test_the_title_of_a_picture_counts_all_pairs_and_not_those_drawn() -> None:
    result = study(400, 500, 600, windows=[(0, 1)]).fit()
    car = result.car
    title = plot_car(result, limit=4).get_suptitle().replace("\n", " ")
    plt.close("all")
    assert title.startswith(f"{(car['car'] > 0).sum()} of 18 rose")
    assert f", {(car['scar'].abs() > 1.96).sum()} moved by more" in title
