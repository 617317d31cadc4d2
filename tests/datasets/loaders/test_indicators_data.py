"""Indicators: values, vintages, release dates and statuses carried over, rules on real rows."""

import pandas as pd
import pytest

from rareearth_research.datasets import load_indicator_series, load_indicators, read
from rareearth_research.datasets.cleaning import indicators as rules
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.errors import DataError

ANNUAL, MONTHLY = "indicators_annual.csv", "indicators_monthly.csv"


def changed(raw, name, row, **values):
    frame = raw[name].copy()
    for column, value in values.items():
        frame.loc[row, column] = value
    return {name: frame}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (ANNUAL, ["series_id", "geography", "material", "year", "vintage"]),
        (MONTHLY, ["series_id", "period_start", "period_end"]),
    ],
)
def test_no_value_or_status_changes_between_raw_and_clean(raw, name, key):
    before = raw[name].sort_values(key).reset_index(drop=True)
    after = read(name.removesuffix(".csv"))
    text = after.assign(**{k: after[k].astype(str) for k in key}).sort_values(key)
    text = text.reset_index(drop=True)
    assert text["value"].tolist() == before["value"].astype(float).tolist()
    for column in ("status", "source_title", "source_url", "note", "unit"):
        assert text[column].equals(before[column]), column


def test_the_two_tables_are_served_together_and_apart():
    assert len(load_indicators(frequency="annual")) == 316
    assert len(load_indicators(frequency="monthly")) == 167
    both = load_indicators()
    assert len(both) == 316 + 167
    tables = [entry["table"] for entry in both.attrs["provenance"]]
    assert tables == ["indicators_annual", "indicators_monthly"]
    assert set(both["frequency"]) == {"annual", "monthly"}


def test_lower_bounds_are_marked_as_bounds():
    bounds = load_indicators(frequency="annual")
    bounds = bounds[bounds["value_kind"] == "lower bound"]
    assert len(bounds) == 3
    assert (bounds["value"] == 95).all()
    assert (bounds["value_low"] == 95).all()
    assert bounds["value_high"].isna().all()


def test_year_end_ranges_keep_both_ends():
    prices = load_indicators("usgs_price_yearend_oxide_dy")
    assert (prices["value"] == (prices["value_low"] + prices["value_high"]) / 2).all()
    assert (prices["value_kind"] == "midpoint of a year-end range").all()


def test_quoted_ranges_are_marked_as_midpoints_with_both_ends():
    spot = load_indicators("dy2o3_europe_spot_argus").set_index("period_label")
    assert (spot["value_kind"] == "midpoint of a range").all()
    assert spot.loc["2025-05-06", ["value_low", "value", "value_high"]].tolist() == [700, 850, 1000]


def test_every_series_is_described():
    described = load_indicator_series()
    assert set(described.index) == set(load_indicators()["series_id"])
    assert described[["title", "publisher", "caution", "units"]].ne("").all(axis=None)
    assert described["figures"].sum() == len(load_indicators())


def test_release_dates_are_kept_and_unknown_ones_stay_unknown(raw):
    served = load_indicators(frequency="monthly")["release_date"]
    assert served.isna().sum() == (raw[MONTHLY]["release_date"] == "").sum()


def test_known_by_leaves_out_what_was_not_yet_public():
    exports = load_indicators("gacc_ree_exports", frequency="monthly", known_by="2025-06-08")
    assert "2025-05" not in set(exports["period_label"])
    later = load_indicators("gacc_ree_exports", frequency="monthly", known_by="2025-06-09")
    assert "2025-05" in set(later["period_label"])


def test_annual_figures_cannot_be_asked_for_by_release_day():
    with pytest.raises(DataError, match="vintage"):
        load_indicators(frequency="annual", known_by="2025-01-01")


def test_vintages_of_one_year_are_separate_rows():
    output = load_indicators("usgs_mine_production", frequency="annual")
    myanmar = output[output["geography"] == "MM"]
    assert len(myanmar) == 2


def test_a_midpoint_that_is_none_is_refused(raw):
    row = raw[ANNUAL].index[raw[ANNUAL]["value_low"] != ""][0]
    with pytest.raises(DataError, match="is not the middle of"):
        rules.clean_annual(changed(raw, ANNUAL, row, value="1"), CleaningLog())


def test_text_in_place_of_a_number_is_refused(raw):
    with pytest.raises(DataError, match=r"value of .* is 'n\.a\.'"):
        rules.clean_annual(changed(raw, ANNUAL, 0, value="n.a."), CleaningLog())


def test_a_release_before_the_end_of_its_period_is_refused(raw):
    row = raw[MONTHLY].index[raw[MONTHLY]["release_date"] != ""][0]
    with pytest.raises(DataError, match="released before its period ended"):
        rules.clean_monthly(changed(raw, MONTHLY, row, release_date="2001-01-01"), CleaningLog())


def test_a_repeated_row_is_refused(raw):
    twice = {MONTHLY: pd.concat([raw[MONTHLY], raw[MONTHLY].head(1)], ignore_index=True)}
    with pytest.raises(DataError, match="two rows have"):
        rules.clean_monthly(twice, CleaningLog())


def test_an_unknown_series_is_refused_with_the_nearest():
    with pytest.raises(DataError, match="nearest: 'gacc_ree_exports'"):
        load_indicators("gacc_ree_export")


def test_an_unknown_frequency_is_refused():
    with pytest.raises(DataError, match="'annual', 'monthly'"):
        load_indicators(frequency="weekly")
