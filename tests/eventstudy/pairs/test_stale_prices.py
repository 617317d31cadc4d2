"""Closes that nobody traded stay out of estimation and event windows."""

import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import SpecificationError


def fitted(when, stale):
    """Fit Nova Minerals: its close stood at 7.02 from 2 to 16 June 2026, at 8.14 in December."""
    returns = rer.load_returns(["NVA", "SPY"], since="2025-01-01", stale=stale)
    events = pd.DataFrame({"event_id": ["made-up"], "date": [when]})
    options = {"benchmark": "SPY", "estimation": (-150, -11), "windows": [(0, 1)], "min_obs": 60}
    return rer.EventStudy(returns, events, **options).fit()


def test_a_window_that_ends_on_a_stale_close_is_left_out():
    with pytest.raises(SpecificationError, match="1 missing_event_window"):
        fitted("2026-06-10", "missing")
    assert len(fitted("2026-06-10", "raw").car) == 1


def test_the_move_after_a_stale_run_is_held_against_the_benchmark_of_all_its_sessions():
    abnormal = fitted("2026-06-16", "missing").abnormal
    assert abnormal["multi_session"].tolist() == [True]
    assert fitted("2026-06-16", "raw").abnormal["multi_session"].tolist() == [False, False]


def test_stale_sessions_do_not_count_as_estimation_days():
    raw, kept_out = (
        fitted("2026-03-02", stale).car["n_estimation"] for stale in ("raw", "missing")
    )
    assert (raw - kept_out).tolist() == [6]  # 11 to 18 December 2025
