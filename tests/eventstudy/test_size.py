"""Do tests reject a true null as often as they say? A seeded simulation of one shared date.

The full table, with all tests and scenarios, is made by ``benchmarks/size_power.py``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rareearth_research.eventstudy.dependence.correlation import mean_correlation
from rareearth_research.eventstudy.models.simple import fit_line
from rareearth_research.eventstudy.statistics import parametric
from rareearth_research.reports import load_ported_table, load_power_table, load_size_table

REPLICATIONS, N, L, W = 3000, 10, 250, 3


def rejections(correlation, event_variance=1.0, seed=0):
    """Return rejection rates at 5 % of simulated studies without an effect."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(REPLICATIONS, 1, L + W))
    own = rng.normal(size=(REPLICATIONS, N, L + W))
    u = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
    u[:, :, L:] *= np.sqrt(event_variance)
    market = np.broadcast_to(rng.normal(size=(REPLICATIONS, 1, L + W)), u.shape)
    x, y = market.reshape(-1, L + W), (market + 2 * u).reshape(-1, L + W)
    fit = fit_line(y[:, :L], x[:, :L], y[:, L:], x[:, L:], np.ones((1, W)))
    car = fit.car.reshape(REPLICATIONS, N)
    scar = car / np.sqrt(fit.car_variance.reshape(REPLICATIONS, N))
    r = np.array([mean_correlation(e) for e in fit.residuals.reshape(REPLICATIONS, N, L)])
    sar = (fit.abnormal / np.sqrt(fit.variance)).reshape(REPLICATIONS, N, W)
    p = {
        "cross_sectional": parametric.cross_sectional(car).p_value,
        "bmp": parametric.bmp(scar).p_value,
        "kp": parametric.kp(scar, r).p_value,
        "kp_patell": parametric.kp_patell(sar, np.full(N, L), 2, r).p_value,
    }
    return {name: float(np.mean(values <= 0.05)) for name, values in p.items()}


@pytest.mark.simulation
def test_all_keep_their_size_when_securities_are_independent():
    assert all(0.035 <= rate <= 0.065 for rate in rejections(0.0).values())


@pytest.mark.simulation
def test_only_kp_keeps_its_size_on_a_shared_date():
    rates = rejections(0.3, seed=1)
    assert 0.035 <= rates["kp"] <= 0.07
    assert 0.035 <= rates["kp_patell"] <= 0.07
    assert rates["bmp"] > 0.25
    assert rates["cross_sectional"] > 0.25


@pytest.mark.simulation
def test_kp_bears_event_variance_and_kp_patell_does_not():
    rates = rejections(0.3, event_variance=2.0, seed=2)
    assert 0.035 <= rates["kp"] <= 0.07
    assert rates["kp_patell"] > 0.12


def test_no_test_rejects_too_often_where_the_shipped_table_says_it_holds():
    table = load_size_table()
    assert table["replications"].min() >= 5000
    five = table[(table["level"] == 0.05) & table["claims_to_hold"]].dropna(subset=["rejection"])
    assert (five["rejection"] <= 0.07).all()
    everywhere = five.groupby("test")["scenario"].nunique()
    assert everywhere["kp"] == table["scenario"].nunique()
    assert everywhere["placebo"] >= everywhere["kp"] - 1  # one scenario is too slow for it


def test_a_level_keeps_its_rows_and_no_others():
    for load in (load_size_table, load_power_table, load_ported_table):
        assert set(load()["level"]) == {0.01, 0.05, 0.10}
        assert set(load(0.05)["level"]) == {0.05}


def test_power_grows_with_the_effect():
    power = load_power_table(0.05).set_index(["scenario", "test", "effect"])["rejection"]
    assert (power.unstack("effect").diff(axis=1).iloc[:, 1:] > 0).all(axis=None)


def test_the_ported_patell_and_grank_reject_several_times_too_often():
    five = load_ported_table(0.05).set_index(["convention", "test", "securities"])["rejection"]
    assert (five.loc["eventstudy2"].loc[["patell", "grank"]] > 0.15).all()
    assert (five.loc["textbook"].loc[["patell", "kp", "bmp"]] < 0.07).all()


def test_the_statistics_page_states_what_was_measured():
    script = Path(__file__).parents[2] / "scripts" / "statistics_tables.py"
    subprocess.run([sys.executable, script, "--check"], check=True)


def test_a_trial_run_may_not_replace_the_shipped_tables():
    benchmark = Path(__file__).parents[2] / "benchmarks" / "size_power.py"
    trial = [sys.executable, benchmark, "--replications", "2"]
    done = subprocess.run(trial, capture_output=True, text=True)
    assert done.returncode == 2
    assert "only a whole run may replace" in done.stderr
