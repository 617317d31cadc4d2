"""Every session's fit must be the fit one would have made by hand."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.eventstudy.chance.rolling import rolling_ols, rolling_study
from rareearth_research.eventstudy.chance.rolling_sums import window_sums

ESTIMATION, WINDOW = (-40, -6), (-2, 3)


def direct(y, x, t, estimation=ESTIMATION, window=WINDOW, k=2):
    """One security, one session, by lstsq: (alpha, beta, sigma2, car, variance)."""
    days = np.arange(t + estimation[0], t + estimation[1] + 1)
    days = days[(days >= 0)]
    event = np.arange(max(0, t + window[0]), t + window[1] + 1)
    event = event[np.isfinite(y[event]) & np.isfinite(x[event])]
    design = np.column_stack([np.ones(len(y)), x])[:, :k]
    days = days[np.isfinite(y[days]) & np.isfinite(x[days])]
    centre = np.array([0.0, x[days].mean()])[:k]  # an exact reparametrisation, kinder to lstsq
    X, X_event = design[days] - centre, design[event] - centre
    coefficients = np.linalg.lstsq(X, y[days] - y[days].mean(), rcond=None)[0]
    u = y[days] - y[days].mean() - X @ coefficients
    sigma2 = u @ u / (len(days) - k)
    ones = X_event.sum(axis=0)
    car = (y[event] - y[days].mean() - X_event @ coefficients).sum()
    variance = sigma2 * (len(event) + ones @ np.linalg.inv(X.T @ X) @ ones)
    beta = coefficients[1] if k == 2 else 0.0
    alpha = coefficients[0] + y[days].mean() - (beta * centre[1] if k == 2 else 0.0)
    return alpha, beta, sigma2, car, variance


def panel(seed=0, n_sessions=150, n=5):
    rng = np.random.default_rng(seed)
    x = rng.normal(0.0003, 0.01, n_sessions)
    y = 0.001 + x[:, None] * rng.uniform(0.5, 2, n) + rng.normal(0, 0.02, (n_sessions, n))
    return y, x


def assert_matches(study, y, x, rel=1e-8, k=2):
    checked = 0
    for t in range(y.shape[0]):
        for i in range(y.shape[1]):
            if np.isfinite(study.scar[0, t, i]):
                alpha, beta, sigma2, car, variance = direct(y[:, i], x, t, k=k)
                assert study.beta[t, i] == pytest.approx(beta, rel=rel, abs=1e-12)
                assert study.sigma2[t, i] == pytest.approx(sigma2, rel=rel)
                assert study.variance[0, t, i] == pytest.approx(variance, rel=rel)
                noise = np.sqrt(variance)
                assert study.car[0, t, i] == pytest.approx(car, rel=rel, abs=rel * noise)
                assert study.alpha[t, i] == pytest.approx(alpha, rel=rel, abs=rel * noise)
                checked += 1
    return checked


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 40), st.integers(-50, 40), st.integers(0, 30), st.integers(0, 2**31 - 1))
def test_window_sums_equal_direct_sums(n_sessions, first, extra, seed):
    values = np.random.default_rng(seed).normal(size=(2, n_sessions))
    last = first + extra
    expected = [
        values[:, max(0, t + first) : max(0, t + last + 1)].sum(axis=1) for t in range(n_sessions)
    ]
    assert window_sums(values, first, last) == pytest.approx(np.array(expected).T, abs=1e-12)


def test_a_wild_value_leaves_no_trace_once_outside_the_window():
    values = np.ones((1, 100))
    values[0, 30] = 1e20
    assert window_sums(values, -12, -3)[0, 60] == 10.0


@pytest.mark.parametrize(("model", "k"), [("market", 2), ("mean", 1)])
def test_every_session_equals_direct_least_squares(model, k):
    y, x = panel()
    study = rolling_study(y, x, model=model, estimation=ESTIMATION, windows=[WINDOW])
    assert assert_matches(study, y, x, k=k) == 5 * (150 - 40 - 3)


def test_models_without_coefficients_use_returns_as_they_are():
    y, x = panel()
    study = rolling_study(y, x, model="market_adjusted", estimation=ESTIMATION, windows=[WINDOW])
    t = 70
    excess = y - x[:, None]
    sigma2 = (excess[t - 40 : t - 5] ** 2).sum(axis=0) / 35
    assert study.car[0, t] == pytest.approx(excess[t - 2 : t + 4].sum(axis=0))
    assert study.variance[0, t] == pytest.approx(6 * sigma2)
    raw = rolling_study(y, model="raw", estimation=ESTIMATION, windows=[WINDOW])
    assert raw.car[0, t] == pytest.approx(y[t - 2 : t + 4].sum(axis=0))


def test_gaps_use_matched_days_only():
    y, x = panel(seed=1)
    rng = np.random.default_rng(2)
    y[rng.random(y.shape) < 0.1] = np.nan
    x[[30, 90]] = np.nan
    study = rolling_study(y, x, estimation=ESTIMATION, windows=[WINDOW], min_obs=20)
    assert assert_matches(study, y, x) > 100


def test_gaps_in_some_securities_leave_the_others_alone():
    y, x = panel(seed=3)
    gappy = y.copy()
    gappy[::7, 2] = np.nan
    whole = rolling_study(y, x, estimation=ESTIMATION, windows=[WINDOW], min_obs=20)
    mixed = rolling_study(gappy, x, estimation=ESTIMATION, windows=[WINDOW], min_obs=20)
    others = [0, 1, 3, 4]
    np.testing.assert_array_equal(whole.scar[:, :, others], mixed.scar[:, :, others])


@pytest.mark.parametrize("scale", [1e-8, 1e-3, 1.0, 1e6])
@pytest.mark.parametrize("offset", [0.0, 1.0, 1e3])
def test_accuracy_does_not_depend_on_scale_or_mean(scale, offset):
    y, x = panel(seed=4)
    y, x = scale * (y + offset), scale * (x - offset)
    study = rolling_study(y, x, estimation=ESTIMATION, windows=[WINDOW])
    # the input itself is rounded at eps·offset, which is eps·offset/0.02 of a standard deviation
    assert assert_matches(study, y, x, rel=1e-8) > 500


def test_securities_of_very_different_scales_do_not_disturb_each_other():
    y, x = panel(seed=5, n=4)
    y = y * np.array([1e-8, 1e-2, 1.0, 1e6])
    study = rolling_study(y, x, estimation=ESTIMATION, windows=[WINDOW])
    assert assert_matches(study, y, x) > 400


def test_a_regime_of_huge_values_does_not_spoil_the_quiet_one_after_it():
    y, x = panel(seed=6, n=2)
    y[:60] *= 1e8
    y[60:] += 5.0
    study = rolling_study(y, x, estimation=ESTIMATION, windows=[WINDOW])
    assert assert_matches(study, y, x) > 200


def test_trending_prices_are_fitted_as_exactly_as_returns():
    y, x = panel(seed=7)
    y, x = 1e4 + np.cumsum(y, axis=0), 1e6 + np.cumsum(x)
    study = rolling_study(y, x, estimation=ESTIMATION, windows=[WINDOW])
    assert assert_matches(study, y, x, rel=1e-7) > 500


def test_an_exact_fit_has_zero_abnormal_returns_and_no_scar():
    _, x = panel()
    study = rolling_study(0.002 + 1.5 * x[:, None], x, estimation=ESTIMATION, windows=[WINDOW])
    inner = slice(40, 147)
    assert study.beta[inner, 0] == pytest.approx(1.5)
    assert study.car[0, inner, 0] == pytest.approx(0.0, abs=1e-14)
    assert (study.sigma2[inner, 0] == 0).all()
    assert np.isnan(study.scar).all()


@pytest.mark.parametrize("value", [0.0, 0.1])
def test_constant_returns_have_no_scar(value):
    _, x = panel()
    y = np.full((150, 1), value)
    assert np.isnan(rolling_study(y, x, estimation=ESTIMATION, windows=[WINDOW]).scar).all()


@pytest.mark.parametrize("value", [0.0, 0.1])
def test_a_constant_market_gives_no_number(value):
    y, _ = panel()
    study = rolling_study(y, np.full(150, value), estimation=ESTIMATION, windows=[WINDOW])
    assert np.isnan(study.scar).all()


def test_own_benchmarks_equal_separate_passes():
    y, x = panel(seed=8, n=3)
    markets = np.column_stack([x, -x + 0.01 * np.sin(np.arange(150)), 2 * x**2])
    markets[20, 1] = np.nan
    joint = rolling_study(y, markets, estimation=ESTIMATION, windows=[WINDOW], min_obs=30)
    for i in range(3):
        alone = rolling_study(
            y[:, [i]], markets[:, i], estimation=ESTIMATION, windows=[WINDOW], min_obs=30
        )
        np.testing.assert_allclose(joint.scar[0, :, i], alone.scar[0, :, 0], rtol=1e-12)


def test_an_event_window_must_end_with_a_return():
    y, x = panel()
    y[100, 0] = np.nan
    scar = rolling_study(y, x, estimation=ESTIMATION, windows=[WINDOW], min_obs=20).scar[0]
    assert np.isnan(scar[97, 0])
    assert np.isfinite(scar[[96, 98, 102, 103], 0]).all()


def test_a_gap_inside_an_event_window_leaves_its_other_sessions():
    y, x = panel()
    y[100, 0] = np.nan
    study = rolling_study(y, x, estimation=ESTIMATION, windows=[WINDOW], min_obs=20)
    days = [98, 99, 101, 102, 103]
    expected = (y[days, 0] - study.alpha[100, 0] - study.beta[100, 0] * x[days]).sum()
    assert study.car[0, 100, 0] == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-6, 1e6), st.booleans(), st.integers(0, 1000))
def test_scar_is_scale_free_and_odd(scale, negative, seed):
    y, x = panel(seed=seed, n_sessions=80, n=2)
    sign = -1.0 if negative else 1.0
    base = rolling_study(y, x, estimation=ESTIMATION, windows=[WINDOW]).scar
    moved = rolling_study(sign * scale * y, x, estimation=ESTIMATION, windows=[WINDOW]).scar
    np.testing.assert_allclose(moved, sign * base, rtol=1e-8)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(4)), st.integers(0, 1000))
def test_order_of_securities_does_not_matter(order, seed):
    y, x = panel(seed=seed, n_sessions=80, n=4)
    base = rolling_study(y, x, estimation=ESTIMATION, windows=[WINDOW]).scar
    moved = rolling_study(y[:, order], x, estimation=ESTIMATION, windows=[WINDOW]).scar
    np.testing.assert_array_equal(moved, base[:, :, order])


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(0, 1000))
def test_dropping_early_sessions_only_shifts_the_index(shift, seed):
    y, x = panel(seed=seed, n_sessions=120, n=2)
    base = rolling_study(y, x, estimation=ESTIMATION, windows=[WINDOW]).scar
    moved = rolling_study(y[shift:], x[shift:], estimation=ESTIMATION, windows=[WINDOW]).scar
    np.testing.assert_allclose(moved[:, 40:], base[:, shift + 40 :], rtol=1e-8)


def test_bad_requests_are_refused_in_words():
    y, x = panel()
    study = partial(rolling_study, estimation=ESTIMATION, windows=[WINDOW])
    with pytest.raises(SpecificationError, match="no rolling form"):
        study(y, x, model="garch")
    with pytest.raises(SpecificationError, match="needs market"):
        study(y)
    with pytest.raises(SpecificationError, match="ends before it starts"):
        study(y, x, windows=[(3, 1)])
    with pytest.raises(SpecificationError, match="holds 2 sessions, fewer than the 3 a fit needs"):
        study(y, x, estimation=(-12, -11), min_obs=1)
    assert np.isfinite(study(y, x, estimation=(-13, -11), windows=[(2, 2)]).car).any()
    with pytest.raises(DataError, match="market has shape"):
        study(y, x[:-1])
    y[3, 2] = np.inf
    with pytest.raises(DataError, match="row 3, column 2"):
        study(y, x)


# --- several regressors ---


@pytest.mark.parametrize("pieces", [[(-60, -6)], [(-40, -6), (10, 30)]])
def test_several_regressors_at_every_session_are_fitted_as_by_lstsq(pieces):
    rng = np.random.default_rng(4)
    x = rng.normal(0.001, 0.01, (3, 200))
    y = 0.5 * x[0] + 0.3 * x[2] + rng.normal(0, 0.02, (2, 200))
    y[1, rng.random(200) < 0.1] = np.nan
    x[1, 77] = np.nan
    left_out = np.zeros(y.shape, dtype=bool)
    left_out[:, 90:95] = True
    car, variance, doubtful = rolling_ols(
        y, x, pieces=pieces, windows=[(-1, 1), (0, 4)], least=20, left_out=left_out
    )
    assert not doubtful.any()
    design = np.vstack([np.ones(200), x]).T
    compared = 0
    for i in range(2):
        known = np.isfinite(y[i]) & np.isfinite(x).all(axis=0)
        for t in range(65, 165):
            days = np.concatenate([np.arange(t + a, t + b + 1) for a, b in pieces])
            days = days[known[days] & ~left_out[i, days]]
            for w, (a, b) in enumerate([(-1, 1), (0, 4)]):
                event = np.arange(t + a, t + b + 1)
                if not known[t + b] or (np.isfinite(y[i, event]) & ~known[event]).any():
                    assert np.isnan(car[w, i, t])
                    continue
                event = event[known[event]]
                b_hat, rss, *_ = np.linalg.lstsq(design[days], y[i, days], rcond=None)
                total = design[event].sum(axis=0)
                inverse = np.linalg.inv(design[days].T @ design[days])
                spread = len(event) + total @ inverse @ total
                found = (y[i, event].sum() - total @ b_hat, rss[0] / (len(days) - 4) * spread)
                np.testing.assert_allclose((car[w, i, t], variance[w, i, t]), found, rtol=1e-9)
                compared += 1
    assert compared > 300


def test_regressors_that_move_as_one_are_left_to_the_direct_fit():
    rng = np.random.default_rng(5)
    one = rng.normal(0, 0.01, 100)
    x, y = np.array([one, one * (1 + 1e-9)]), rng.normal(0, 0.02, (1, 100))
    *_, doubtful = rolling_ols(y, x, pieces=[(-40, -6)], windows=[(0, 1)], least=20)
    assert doubtful[0, 45:95].all()
