"""Series and events of one's own in the studies of single series: named by files, nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.reports.parameters import check_parameters


@pytest.fixture
def synthetic_tonnage(tmp_path) -> str:
    months = pd.date_range("2017-01-01", periods=96, freq="MS")
    noise = np.random.default_rng(0).normal(0, 0.1, 96)
    tonnes = 100 * np.exp(noise - 0.5 * (months >= "2023-11-01"))
    path = tmp_path / "tonnes.csv"
    pd.DataFrame({"date": months.strftime("%Y-%m-%d"), "mine": tonnes.round(3)}).to_csv(
        path, index=False
    )
    return str(path)


@pytest.fixture
def own_event(tmp_path) -> str:
    path = tmp_path / "events.csv"
    path.write_text("event_id,date\nmine,2023-11-06\n")
    return str(path)


def test_a_tonnage_and_an_event_of_ones_own_are_studied_without_an_exchange(
    synthetic_tonnage, own_event
):
    study = rer.studies.trade_response(
        events_file=own_event, prices_file=synthetic_tonnage, seasonality=False, trend=False
    )
    assert list(study.fits) == ["mine"]
    assert study.table["effect"].iloc[-1] == pytest.approx(-0.5, abs=0.1)
    assert study.verdict == "unsettled"
    assert "unsettled, as it rests on one announcement" in study.finding
    assert study.finding.startswith("Mine were ")
    assert study.title.startswith("Mine: ")


def test_a_report_of_such_a_series_needs_no_exchange_either(synthetic_tonnage, own_event):
    files = {"events_file": own_event, "prices_file": synthetic_tonnage}
    assert check_parameters("trade_response", files) == files
    with pytest.raises(rer.DataError, match="the exchange of mine is not known"):
        check_parameters("event_study", files)


def test_before_is_a_window_of_study_04_and_a_number_of_periods_of_study_08():
    assert check_parameters("counterfactual", {"before": 60}) == {"before": 60}
    assert check_parameters("anticipation", {"before": [-9, -2]}) == {"before": [-9, -2]}
    with pytest.raises(rer.SpecificationError, match="before"):
        check_parameters("anticipation", {"before": [-2, -9]})


def test_prices_of_ones_own_are_asked_for_breaks(synthetic_tonnage):
    study = rer.studies.price_dynamics(prices_file=synthetic_tonnage)
    assert list(study.table["series"]) == ["mine"]
    assert rer.load_series("Nickel").name == "Nickel"  # the file is out of play again
    with pytest.raises(rer.DataError, match="nearest"):
        rer.load_series("mine")


def test_of_several_events_one_must_be_named(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("event_id,date\nfirst,2020-03-02\nsecond,2021-11-08\n")
    with pytest.raises(rer.SpecificationError, match=r"holds 2 events.*event_id, such as 'first'"):
        rer.studies.trade_response(events_file=str(path))
    study = rer.studies.trade_response("first", "natural graphite", events_file=str(path))
    assert "after the announcement of 2 March 2020" in study.finding
