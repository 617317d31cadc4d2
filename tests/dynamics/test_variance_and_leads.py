"""Nervousness around dates, and which series leads."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter
from scipy.stats import levene
from statsmodels.tsa.stattools import ccf

import rareearth_research as rer
from rareearth_research.dynamics.variance import measure
from rareearth_research.errors import DataError, RareEarthError, SpecificationError

DAYS = pd.bdate_range("2020-01-01", periods=900)
EVENTS = [DAYS[300], DAYS[600]]


def synthetic(seed: int = 3, times: float = 1.0) -> pd.Series:
    values = np.random.default_rng(seed).normal(0, 0.01, 900)
    for row in (300, 600):
        values[row : row + 5] *= times
    return pd.Series(values, DAYS, name="synthetic")


@pytest.mark.parametrize("method", ["volatility", "brown_forsythe"])
def test_a_nervous_week_is_found_and_a_calm_one_is_not(method: str) -> None:
    measure = getattr(rer, method)
    calm, nervous = (measure(synthetic(times=t), EVENTS).table.iloc[0] for t in (1.0, 4.0))
    assert calm["lower"] < calm["ratio"] < calm["upper"]
    assert nervous["p_value"] < 0.01 < calm["p_value"]


def test_a_jump_of_the_level_is_no_nervousness() -> None:
    jumped = synthetic()
    jumped.iloc[300:305] += 0.05
    assert rer.volatility(jumped, EVENTS).table["ratio"].iloc[1] < 3.0


def test_brown_and_forsythe_is_scipys_levene_about_medians() -> None:
    series = synthetic(times=2.0)
    inside = np.zeros(900, dtype=bool)
    inside[300:305] = inside[600:605] = True
    theirs = levene(series[inside], series[~inside], center="median")
    ours = rer.brown_forsythe(series, EVENTS).test.iloc[0]
    assert (ours["statistic"], ours["p_value"]) == pytest.approx(tuple(theirs), rel=1e-12)
    assert (ours["df1"], ours["df2"]) == (1, 898)


@pytest.mark.parametrize("rows", [[20], [20, 40]])
def test_windows_elsewhere_are_all_that_touch_none_and_sets_of_them_are_ranked(
    rows: list[int],
) -> None:
    values = np.random.default_rng(1).normal(size=60)
    found = rer.brown_forsythe(pd.Series(values, DAYS[:60]), DAYS[rows], (-1, 2), seed=4).table
    starts = [row - 1 for row in rows]
    inside = np.isin(np.arange(60), [start + step for start in starts for step in range(4)])
    ratio = [values[t : t + 4].var(ddof=1) / values[~inside].var(ddof=1) for t in range(57)]
    others = [ratio[t] for t in range(57) if not inside[t : t + 4].any()]
    sets = np.array(others)
    if len(rows) > 1:
        keys = np.random.default_rng(4).random((4999, len(others)))
        pairs = {tuple(sorted(np.argsort(key)[:2])) for key in keys}
        sets = np.array([(others[i] + others[j]) / 2 for i, j in sorted(pairs)])
        assert len(pairs) < 4999  # each set counts once
    own = [ratio[start] for start in starts]
    assert found["date"].tolist() == ["all", *(str(DAYS[row].date()) for row in rows)]
    for row, against, value in zip(
        found.to_dict("records"), [sets, others, others], [np.mean(own), *own], strict=False
    ):
        against = np.asarray(against)
        ends = 1 + (against >= value).sum(), 1 + (against <= value).sum()
        expected = [value, *np.quantile(against, [0.025, 0.975]),
                    min(1.0, 2 * min(ends) / (1 + len(against)))]  # fmt: skip
        names = ["ratio", "lower", "upper", "p_value"]
        np.testing.assert_allclose([row[name] for name in names], expected, rtol=1e-9)


def test_a_series_at_its_middle_is_as_unusual_as_can_be_told_at_most_surely() -> None:
    values = np.arange(19.0)
    assert [measure._two_sided(values, own) for own in (9.0, 0.0, -1.0, 18.0, 20.0, 1.5)] == [
        1.0, 0.2, 0.1, 0.2, 0.1, 0.3,
    ]  # fmt: skip


def test_a_series_that_moves_in_its_windows_alone_has_no_ordinary_spread() -> None:
    values = np.where((np.arange(60) >= 20) & (np.arange(60) < 25), np.arange(60) % 3 - 1.0, 0.0)
    with pytest.raises(SpecificationError, match="does not move outside of the windows"):
        rer.brown_forsythe(pd.Series(values, DAYS[:60]), DAYS[20])
    values[40] = 1.0
    rer.brown_forsythe(pd.Series(values, DAYS[:60]), DAYS[20])


@pytest.mark.parametrize(("rows", "enough"), [(32, True), (31, False)])
def test_nineteen_windows_elsewhere_are_enough(rows: int, enough: bool) -> None:
    series = pd.Series(np.random.default_rng(1).normal(size=rows), DAYS[:rows])
    for name, dates in (("one", DAYS[10]), ("two", [DAYS[10], DAYS[15]])):
        extra = 5 * (name == "two")
        given = series.reindex(DAYS[: rows + extra], fill_value=0.5) + np.sin(
            np.arange(rows + extra)
        )
        if enough:
            assert len(rer.brown_forsythe(given, dates).table) > 1
        else:
            with pytest.raises(SpecificationError, match="18 windows elsewhere"):
                rer.brown_forsythe(given, dates)


@pytest.mark.parametrize(("model", "falls"), [("garch", 0), ("gjr", 1)])
def test_forecasts_are_those_of_arch(model: str, falls: int) -> None:
    from arch.univariate import GARCH, LS

    series = synthetic(times=3.0)
    found = rer.volatility(series, [DAYS[895]], model=model)  # type: ignore[arg-type]
    values = series.to_numpy() / series.to_numpy().std()
    dummy = (np.arange(900) >= 895).astype(float)[:, None]
    theirs = LS(values, x=dummy, volatility=GARCH(p=1, o=falls, q=1)).fit(disp="off")
    ahead = theirs.forecast(horizon=5, start=894, x=np.zeros((1, 6, 5)), reindex=False).variance
    ratio = values[895:].var(ddof=1) / ahead.iloc[0].mean()
    assert found.table["ratio"].iloc[1] == pytest.approx(ratio, rel=1e-6)
    unit = np.append(series.to_numpy().std() ** 2, np.ones(len(found.parameters) - 1))
    for name, own in (("estimate", theirs.params), ("se", theirs.std_err)):
        np.testing.assert_allclose(found.parameters[name], own.iloc[2:] * unit, rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "says", "mended"),
    [
        ({"window": (0, 0)}, "take two or more", {"window": (0, 4)}),
        ({"dates": [DAYS[300], DAYS[303]]}, "overlaps the one before", {"window": (0, 2)}),
        ({"dates": [DAYS[898]]}, "reaches beyond", {"window": (0, 1)}),
        ({"model": "egarch"}, "'garch', 'gjr'", {"model": "gjr"}),
    ],
)
def test_windows_that_cannot_be_judged_are_refused(
    change: dict[str, object], says: str, mended: dict[str, object]
) -> None:
    given = {"series": synthetic(), "dates": EVENTS} | change
    with pytest.raises(SpecificationError, match=says):
        rer.volatility(**given)  # type: ignore[arg-type]
    rer.volatility(**(given | mended))  # type: ignore[arg-type]


def test_more_dates_than_windows_elsewhere_are_refused() -> None:
    crowded = [DAYS[row] for row in range(0, 850, 5)]
    with pytest.raises(SpecificationError, match=r"46 windows elsewhere .* 170 are needed"):
        rer.brown_forsythe(synthetic(), crowded)
    rer.brown_forsythe(synthetic(), crowded[::5])  # the remedy: fewer dates


@pytest.mark.simulation
def test_ordinary_windows_reject_a_true_null_at_their_rate_under_clustered_volatility() -> None:
    rng = np.random.default_rng(5)
    rejected = 0
    for _ in range(200):
        h, values = 1.0, np.empty(600)
        for t in range(600):
            values[t] = np.sqrt(h) * rng.standard_normal()
            h = 0.05 + 0.1 * values[t] ** 2 + 0.85 * h
        series = pd.Series(values, DAYS[:600])
        rejected += (
            rer.volatility(series, [DAYS[rng.integers(100, 590)]]).table["p_value"][0] <= 0.05
        )
    assert 0.015 <= rejected / 200 <= 0.085  # 5 % within two standard errors, rounded outwards


def test_correlations_are_those_of_statsmodels_and_the_leader_is_named() -> None:
    rng = np.random.default_rng(8)
    first = pd.Series(rng.normal(size=500), DAYS[:500], name="early")
    second = (first.shift(2) + rng.normal(size=500)).dropna().rename("late")
    found = rer.lead_lag(first, second, 4)
    a, b = first.iloc[2:].to_numpy(), second.to_numpy()
    theirs = ccf(b, a, adjusted=False)[:5]  # b[t + k] with a[t]
    np.testing.assert_allclose(found.table["correlation"].iloc[4:], theirs, rtol=1e-9)
    assert found.summary().headline.startswith("early comes 2 sessions before late")
    assert found.tests["p_value"].iloc[0] < 1e-6 < found.tests["p_value"].iloc[1]


def test_series_that_are_tied_in_the_same_row_are_not_told_to_lead() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        common = lfilter([1.0], [1.0, -0.5], rng.normal(size=300))
        a, b = (pd.Series(common + rng.normal(0, 0.5, 300), DAYS[:300]) for _ in range(2))
        found = rer.lead_lag(a, b, 5, draws=199)
        assert found.ahead == 0
        assert "which of them comes first cannot be told" in found.summary().headline


def test_a_series_and_itself_moved_leave_granger_without_an_answer() -> None:
    series = synthetic()
    found = rer.lead_lag(series, series.shift(1).dropna(), 3, draws=99)
    assert found.ahead == 1
    assert found.tests["p_value"].isna().all()
    assert "Granger's test has no answer" in str(found)


@pytest.mark.simulation
def test_the_band_of_unrelated_series_holds_at_its_rate_where_both_follow_themselves() -> None:
    rng = np.random.default_rng(31)
    outside = 0
    for _ in range(200):
        pair = rng.normal(size=(2, 300))
        for t in range(1, 300):
            pair[:, t] += 0.5 * pair[:, t - 1]
        a, b = (pd.Series(x, DAYS[:300]) for x in pair)
        table = rer.lead_lag(a, b, 5, draws=199).table
        outside += (table["correlation"].abs() > table["joint_upper"]).any()
    assert 0.015 <= outside / 200 <= 0.085


def test_leads_need_forty_rows_here_and_a_thousandth_is_the_least_p() -> None:
    first, second = synthetic()[:40], synthetic(5)[:40]
    p = rer.lead_lag(first, second, 5, lags=5).table["p_value"] * 1000
    np.testing.assert_allclose(p, p.round(), atol=1e-9)
    with pytest.raises(RareEarthError, match="5 leads with 5 lags need 40"):
        rer.lead_lag(first[:39], second, 5, lags=5)


def test_levels_given_for_changes_are_remarked() -> None:
    walk, other = (synthetic(seed).cumsum() for seed in (3, 5))
    for notes in (
        rer.lead_lag(walk, other, 3, draws=99).notes,
        rer.brown_forsythe(walk, EVENTS).notes,
        rer.volatility(walk, EVENTS).notes,
    ):
        assert any("as levels do, and changes are meant" in note for note in notes)


def test_a_model_of_the_variance_needs_250_rows() -> None:
    assert len(rer.volatility(synthetic()[:250], [DAYS[200]]).table) == 2
    with pytest.raises(DataError, match="has 249 rows, and 250 are needed"):
        rer.volatility(synthetic()[:249], [DAYS[200]])


def test_series_without_common_dates_are_refused() -> None:
    late = synthetic().set_axis(DAYS + pd.Timedelta(days=3000))
    with pytest.raises(DataError, match="no date in common"):
        rer.lead_lag(synthetic(), late)
    first = synthetic()[:60].set_axis(pd.date_range("2015-01-01", periods=60, freq="MS"))
    last = first.set_axis(pd.date_range("2015-01-01", periods=60, freq="ME"))
    with pytest.raises(DataError, match=r"as \.to_period\(\) makes them"):
        rer.lead_lag(first, last, 3)
    rer.lead_lag(first.to_period(), last.to_period(), 3, draws=99)  # the remedy
