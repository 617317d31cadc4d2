"""Every session's fit, its windows and its refits, as a loop over lstsq has them. Synthetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.eventstudy.chance import rolling_sums
from rareearth_research.eventstudy.chance.every_session import every_session
from rareearth_research.eventstudy.chance.rolling_sums import Block, centred
from rareearth_research.eventstudy.pairs.markets import Market

PIECES = ((-14, -6), (3, 7))
MODELS = ("market", "mean", "market_adjusted", "raw")


def synthetic(gaps: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns of three securities on 40 sessions, their markets, and sessions left out."""
    rng = np.random.default_rng(3)
    market = 0.002 + rng.normal(0, 0.01, (1, 40))
    panel = 0.5 + np.array([[0.7], [1.4], [-0.3]]) * market + rng.normal(0, 0.02, (3, 40))
    if gaps:
        panel[0, [5, 17]] = panel[1, 20:23] = market[0, 9] = np.nan
    return panel, market, rng.random((3, 40)) < 0.1


def fitted(panel: np.ndarray, market: np.ndarray, used: np.ndarray, t: int, model: str) -> Any:
    """Coefficients, σ² and regressors of one security at one session, by least squares."""
    at = [t + s for first, last in PIECES for s in range(first, last + 1)]
    at = [s for s in at if 0 <= s < 40 and used[s]]
    left = panel[at] - (market[at] if model == "market_adjusted" else 0)
    k = {"market": 2, "mean": 1}.get(model, 0)
    right = np.column_stack([np.ones(len(at)), market[at]])[:, :k]
    slopes = np.linalg.lstsq(right, left, rcond=None)[0] if k else np.empty(0)
    rss = float(((left - right @ slopes) ** 2).sum())
    return slopes, rss / (len(at) - k) if len(at) > k else np.nan, right, len(at)


@pytest.mark.parametrize("refit", [False, True])
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("model", MODELS)
def test_every_session_is_fitted_and_cumulated_as_by_lstsq(
    model: str, gaps: bool, refit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if refit:
        monkeypatch.setattr(rolling_sums, "_CANCELLATION", np.inf)
    panel, market, left_out = synthetic(gaps)
    block = Block(panel, market, model, left_out)
    block.fit(PIECES, 6)
    car, variance = block.cumulate(-1, 2)
    markets = np.broadcast_to(market, panel.shape)
    traded = np.isfinite(panel) if model in ("mean", "raw") else np.isfinite(panel + markets)
    k = block.k
    for i in range(3):
        for t in range(40):
            used = traded[i] & ~left_out[i]
            slopes, sigma2, right, n = fitted(panel[i], markets[i], used, t, model)
            assert np.broadcast_to(block.n, panel.shape)[i, t] == n
            if n < 6:
                assert np.isnan([block.sigma2[i, t], car[i, t], variance[i, t]]).all()
                continue
            assert block.sigma2[i, t] == pytest.approx(sigma2, rel=1e-7)
            days = [s for s in range(t - 1, t + 3) if 0 <= s < 40 and traded[i, s]]
            inside = [s for s in range(t - 1, t + 3) if 0 <= s < 40]
            lacks = ~traded[i, inside] & np.isfinite(panel[i, inside])
            ended = t + 2 < 40 and traded[i, t + 2]
            if not ended or lacks.any():
                assert np.isnan([car[i, t], variance[i, t]]).all()
                continue
            x = np.column_stack([np.ones(len(days)), markets[i, days]])[:, :k]
            own = panel[i, days] - (markets[i, days] if model == "market_adjusted" else 0)
            assert car[i, t] == pytest.approx((own - x @ slopes).sum(), rel=1e-7, abs=1e-12)
            whole = x.sum(axis=0)
            spread = len(days) + (whole @ np.linalg.inv(right.T @ right) @ whole if k else 0)
            assert variance[i, t] == pytest.approx(sigma2 * spread, rel=1e-7)


def test_without_coefficients_alpha_is_zero_and_beta_what_the_model_says() -> None:
    panel, market, _ = synthetic(False)
    for model, beta in (("raw", 0.0), ("market_adjusted", 1.0)):
        block = Block(panel, market, model)
        block.fit(PIECES, 6)
        assert (block.alpha == 0).all()
        assert (block.beta == beta).all()
    assert Block(panel, market, "market", np.zeros((3, 40), dtype=bool)).y_used.shape == (3, 40)


def test_many_doubtful_cells_are_refitted_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    panel, market = rng.normal(size=(120, 40)), rng.normal(size=(1, 40))
    plain, again = Block(panel, market, "market"), Block(panel, market, "market")
    plain.fit(PIECES, 6)
    monkeypatch.setattr(rolling_sums, "_CANCELLATION", np.inf)
    again.fit(PIECES, 6)
    np.testing.assert_allclose(again.sigma2, plain.sigma2, rtol=1e-9)


@pytest.mark.parametrize("scale", [1.0, 1e-9, 1e9])
@pytest.mark.parametrize("slope", [1.3, 1300.0])
@pytest.mark.parametrize("model", ["market", "mean"])
def test_what_is_fitted_but_for_rounding_has_no_variance(
    model: str, slope: float, scale: float
) -> None:
    market = scale * np.random.default_rng(1).normal(size=(1, 40))
    exact = 3.7 * scale + (slope * market if model == "market" else 0 * market)
    size = scale * (slope if model == "market" else 1.0)
    for noise, nothing in ((0.0, True), (1e-11 * size, False)):
        panel = exact + noise * np.random.default_rng(2).normal(size=(1, 40))
        block = Block(panel, market, model)
        block.fit(PIECES, 6)
        assert (block.sigma2[:, 14:33] == 0).all() == nothing
        if not nothing:
            sizes = np.sqrt(block.sigma2[:, 14:33])
            assert ((sizes > 0.3 * noise) & (sizes < 3 * noise)).all()


def test_only_cells_whose_moments_cancel_are_fitted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[list[int]] = []
    monkeypatch.setattr(Block, "_refit", lambda self, cells, *_: again.extend(cells.tolist()))
    panel, market, left_out = synthetic(True)
    for model in MODELS:
        Block(panel, market, model, left_out).fit(PIECES, 6)
    assert again == []
    rng = np.random.default_rng(4)
    far = rng.normal(size=(2, 80))  # around 10,000 in one half: its windows hold no centred moment
    far[1, 40:] += 1e4
    Block(far, rng.normal(size=(1, 80)), "mean").fit(PIECES, 14)
    assert {i for i, _ in again} == {1}
    whole = set(range(14, 73))  # windows of fourteen sessions, of one half or of both
    split = {t for t in whole if t - 14 < 40 <= t + 7}
    assert {t for _, t in again} == whole - split


def test_a_market_that_stands_still_has_no_beta() -> None:
    panel, market, _ = synthetic(False)
    block = Block(panel, np.full((1, 40), 0.3), "market")
    block.fit(PIECES, 6)
    assert np.isnan(block.beta).all()
    still = market.copy()
    still[0, 5:] = 0.3  # but for the first sessions
    block = Block(panel, still, "market")
    block.fit(PIECES, 6)
    assert np.isnan(block.sigma2[:, 19:]).all()
    assert np.isfinite(block.sigma2[:, 10:18]).all()


def test_rows_are_centred_on_the_values_they_have() -> None:
    values = np.array([[1.0, 2.0, 6.0], [np.nan, 2.0, 4.0], [np.nan, np.nan, np.nan]])
    valid = np.isfinite(values)
    found, mean = centred(values, valid, centre=True)
    assert mean.tolist() == [[3.0], [3.0], [0.0]]
    assert found.tolist() == [[-2, -1, 3], [0, -1, 1], [0, 0, 0]]
    found, mean = centred(values, valid, centre=False)
    assert mean.tolist() == [[0.0]] * 3
    assert found.tolist() == [[1, 2, 6], [0, 2, 4], [0, 0, 0]]
    found, mean = centred(values[:1], valid[:1], centre=True)
    assert (found.tolist(), mean.tolist()) == ([[-2, -1, 3]], [[3]])


@pytest.mark.parametrize("model", MODELS)
def test_every_security_is_held_against_its_own_benchmark(model: str) -> None:
    panel, market, _ = synthetic(True)
    other = market[::-1, ::-1] * 0.8 + 0.001
    regressors = np.stack([market, other])  # (2, 1, 40)
    days = pd.bdate_range("2024-01-01", periods=40)
    held = Market("", days, np.arange(40), np.arange(3), panel, regressors, np.array([1, 0, -1]),
                  np.ones((3, 40), dtype=np.int16))  # fmt: skip
    ((car, variance),) = every_session((held,), model, (-14, -3), [(0, 2)], 8)
    assert car.shape == variance.shape == (1, 3, 40)
    for i, own in enumerate((other[0], market[0], np.full(40, np.nan))):
        alone = Block(panel[i : i + 1], own[None], model)
        alone.fit([(-14, -3)], 8)
        expected = alone.cumulate(0, 2)
        if i == 2 and model in ("market", "market_adjusted"):
            assert np.isnan(car[0, i]).all()
            continue
        assert np.isfinite(car[0, i]).any()
        np.testing.assert_allclose(car[0, i], expected[0][0], rtol=1e-8, atol=1e-14)
        np.testing.assert_allclose(variance[0, i], expected[1][0], rtol=1e-8)
