"""Tests and questions of a study keep to the sessions that its pairs are estimated on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.chance.every_session import every_session
from tests.eventstudy.pairs.test_estimation_windows import (
    AFTER,
    AROUND,
    DAYS,
    EVENTS,
    FACTORS,
    FIRST,
    MARKET,
    RETURNS,
    SECOND,
    by_hand,
    fit,
    sessions,
)
from tests.support.eventstudy_cases import statistic, synthetic_returns


def test_rank_and_dispersion_tests_count_only_sessions_estimated_on() -> None:
    result = fit([DAYS[SECOND]], estimation=AROUND, windows=[(0, 0)])
    days = sessions(SECOND, *AROUND, without=[SECOND])
    x = np.column_stack([np.ones(len(days)), MARKET[days]])
    event = np.array([1.0, MARKET[SECOND]])
    y = RETURNS[["S0", "S1", "S2", "S3"]].to_numpy()
    b = np.linalg.lstsq(x, y[days], rcond=None)[0]
    series = np.vstack([y[days] - x @ b, y[SECOND] - event @ b])  # (L + 1, N)
    ranks = pd.DataFrame(series).rank().to_numpy() / (len(series) + 1) - 0.5
    mean = ranks.mean(axis=1) * 2  # √N
    assert statistic(result, "rank") == pytest.approx(
        mean[-1] / np.sqrt((mean**2).mean()), rel=1e-9
    )
    usual = series[:-1].mean(axis=1)
    spread = np.sqrt(((usual - usual.mean()) ** 2).sum() / (len(usual) - 2))
    crude = series[-1].mean() / spread
    assert statistic(result, "crude_dependence") == pytest.approx(crude, rel=1e-9)
    r = np.corrcoef(series[:-1].T)
    assert result.diagnostics["mean_correlation"] == pytest.approx((r.sum() - 4) / 12, rel=1e-9)


def test_correlation_between_dates_is_taken_on_the_days_both_are_estimated_on() -> None:
    at = [400, 400, 402, 403]
    events = pd.DataFrame({"event_id": list("aabc"), "date": DAYS[at]})
    events["security"] = ["S0", "S1", "S2", "S3"]
    result = fit(events, estimation=AROUND, windows=[(-2, 2)])
    z, seen, a = np.zeros((3, 4, 700))
    for i, p in enumerate(at):
        days = sessions(p, *AROUND, without=range(p - 2, p + 3))
        a[i, days], a[i, p - 2 : p + 3] = -5 / len(days), 1
        x = np.column_stack([np.ones(len(days)), MARKET[days]])
        y = RETURNS[f"S{i}"].to_numpy()[days]
        u = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        z[i, days], seen[i, days] = u / np.sqrt(u @ u), 1
    shared = np.maximum(0, 5 - np.abs(np.subtract.outer(at, at))) / 5  # of five sessions
    weighted = 196 * (z @ z.T) / (seen @ seen.T) * shared
    total = weighted.sum() - np.trace(weighted)
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    left = ((a @ a.T).sum() - 4) / (shared.sum() - 4)  # once the estimated means are taken off
    assert result.dependences[0].mean == pytest.approx(left * total / 12, rel=1e-9)


# --- placebo and other questions -----------------------------------------------------------------


@pytest.mark.parametrize("estimation", [(-100, -11), AFTER, AROUND])
@pytest.mark.parametrize("leave_out", ["nothing", "own_events"])
@pytest.mark.parametrize("model", ["raw", "mean", "market_adjusted", "market"])
def test_every_placebo_session_is_estimated_as_the_event_is(
    estimation: tuple[int, int], leave_out: str, model: str
) -> None:
    spans = [(0, 1), (-2, 0)]
    result = fit(estimation=estimation, leave_out=leave_out, model=model, windows=spans)
    market, spec = result.markets[0], result.specification
    (rolled,) = every_session((market,), model, estimation, spans, spec.min_obs)
    row = int(np.flatnonzero(market.securities == 0)[0])
    out = set() if leave_out == "nothing" else {
        *range(FIRST - 2, FIRST + 2), *range(SECOND - 2, SECOND + 2)
    }  # fmt: skip
    for at in (SECOND, 365, 398, 420):
        days = sessions(at, *estimation, without={*out, *range(at - 2, at + 2)})
        for w, (a, b) in enumerate(spans):
            found = [part[w, row, at] for part in rolled]
            expected = by_hand(RETURNS["S0"].to_numpy(), model, days, np.arange(at + a, at + b + 1))
            np.testing.assert_allclose(found, expected[:2], rtol=1e-9)


def test_both_routes_over_all_sessions_agree_without_left_out_sessions() -> None:
    gappy = RETURNS.mask(np.random.default_rng(3).random(RETURNS.shape) < 0.03)
    gappy["MKT"] = RETURNS["MKT"]
    options: dict[str, Any] = {"estimation": AROUND, "leave_out": "own_events", "min_obs": 60}
    one = fit(returns=gappy, **options)
    other = fit(returns=gappy, model="factors", factors=FACTORS[["mkt"]], benchmark=None, **options,
                return_type="simple")  # fmt: skip
    pair = [
        every_session(r.markets, r.specification.model, AROUND, [(0, 1)], 60)[0]
        for r in (one, other)
    ]
    rows = [np.flatnonzero(r.markets[0].securities == 0)[0] for r in (one, other)]
    for left, right in zip(*pair, strict=True):
        np.testing.assert_allclose(left[0, rows[0]], right[0, rows[1]], rtol=1e-9)


def test_placebo_of_an_estimation_around_the_event_stands_at_the_studys_own_value() -> None:
    result = fit([DAYS[SECOND]], estimation=AROUND)
    table = rer.placebo(result).table
    assert table["statistic"][0] == pytest.approx(statistic(result, "bmp"), rel=1e-9)


def test_questions_that_move_the_estimation_window_back_say_when_they_cannot() -> None:
    for estimation in (AFTER, AROUND):
        result = fit([DAYS[SECOND]], estimation=estimation)
        for question in (rer.timing_curve, rer.anticipation):
            with pytest.raises(
                SpecificationError, match="give the study an estimation window before"
            ):
                question(result)


def test_questions_that_move_the_estimation_window_keep_events_left_out() -> None:
    jumped = RETURNS.copy()
    jumped.iloc[FIRST, 0] += 0.3
    table = rer.anticipation(fit(EVENTS[1:], jumped, leave_out=[DAYS[FIRST]]), leads=20).table
    days = sessions(SECOND, -270, -21, without=[FIRST, FIRST + 1])
    for lead in (1, 20):
        window = np.arange(SECOND - lead, SECOND)
        car, variance, _ = by_hand(jumped["S0"].to_numpy(), "market", days, window)
        assert table["statistic"][lead - 1] == pytest.approx(car / np.sqrt(variance), rel=1e-9)


def test_volume_leaves_out_the_same_sessions() -> None:
    volumes = np.exp(synthetic_returns(700, 4, seed=9, noise=0.3)) * 1000
    study = EventStudy(RETURNS, EVENTS, "MKT", windows=[(0, 1)], leave_out="own_events")
    result = rer.abnormal_volume(study, volumes).study
    assert result.params["n_estimation"].tolist() == [250, 248]
