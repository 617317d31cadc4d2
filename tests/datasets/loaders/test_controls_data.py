"""Factors, VIX, GPR, exchange rate and commodity prices: units, gaps, codes."""

import pandas as pd
import pytest

from rareearth_research.datasets import (
    load_factors,
    load_gpr,
    load_imf_pcps,
    load_metal_spot,
    load_pink_sheet,
    load_usdcny,
    load_vix,
)
from rareearth_research.datasets.cleaning import commodities, controls
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.errors import DataError

VIX = next(table for table in controls.TABLES if table.name == "vix")


def test_factors_are_fractions_not_percent(raw):
    factors = load_factors()
    assert list(factors.columns) == ["mkt_rf", "smb", "hml", "rmw", "cma", "rf", "mom"]
    assert factors.loc["2009-01-02", "mkt_rf"] == pytest.approx(0.0312)
    percent = raw["factors_us_daily_percent.csv"]
    assert factors["mom"].to_numpy() * 100 == pytest.approx(percent["mom"].astype(float).to_numpy())


def test_the_market_fell_six_percent_on_4_april_2025():
    assert load_factors().loc["2025-04-04", "mkt_rf"] == pytest.approx(-0.06, abs=0.005)


@pytest.mark.parametrize("load", [load_factors, load_vix, load_gpr, load_usdcny])
def test_daily_controls_are_sorted_by_day_and_complete(load):
    table = load()
    assert table.index.name == "date"
    assert table.index.is_monotonic_increasing
    assert table.index.is_unique
    assert table.notna().all(axis=None)
    assert table.attrs["provenance"]["sources"]


def test_since_and_until_cut_a_daily_table():
    vix = load_vix(since="2025-04-03", until="2025-04-04")
    assert list(vix.index.strftime("%Y-%m-%d")) == ["2025-04-03", "2025-04-04"]


def test_a_repeated_day_is_refused(raw):
    twice = pd.concat([raw["vix_daily.csv"], raw["vix_daily.csv"].tail(1)], ignore_index=True)
    with pytest.raises(DataError, match="two rows have"):
        VIX.build({"vix_daily.csv": twice}, CleaningLog())


def test_a_missing_value_is_refused_and_names_its_day(raw):
    table = raw["vix_daily.csv"].copy()
    table.loc[3, "vix"] = "."
    with pytest.raises(DataError, match=f"vix of '{table.loc[3, 'date']}' is '.'"):
        VIX.build({"vix_daily.csv": table}, CleaningLog())


def test_gaps_in_spot_prices_are_kept_and_counted(raw):
    spot = load_metal_spot()
    assert len(spot) == len(raw["metal_spot_daily.csv"])
    assert spot["days_since_previous"].max() == 12
    assert spot["days_since_previous"].isna().sum() == spot["element"].nunique()


def test_sticky_quotations_are_measured(raw):
    spot = load_metal_spot()
    ce = spot[spot["element"] == "Ce"]
    by_hand = (ce["price"] == ce["price"].shift()).mean()
    assert spot.attrs["unchanged"]["Ce, 99%min FOB China, USD/kg"] == round(by_hand, 4) == 0.3969
    assert ce["days_unchanged"].max() == 22
    changed = ce["price"] != ce["price"].shift()
    assert (ce.loc[changed, "days_unchanged"] == 0).all()
    assert set(spot["form"]) == {"metal"}


def test_spot_units_differ_by_element_and_are_said():
    spot = load_metal_spot()
    units = spot.groupby("element")["unit"].unique().map(list).to_dict()
    assert units == {"Bi": ["USD/t"], "Ce": ["USD/kg"], "Mn": ["USD/t"], "Nd": ["USD/kg"]}


def test_a_unit_nobody_has_seen_is_refused():
    with pytest.raises(DataError, match="'USD/lb'"):
        commodities.spell_units(pd.Series(["USD/kg", "USD/lb"]), CleaningLog("metal_spot"))


def test_rare_earth_carbonate_has_a_project_code():
    carbonate = load_imf_pcps("X_REE_CARBONATE")
    assert set(carbonate["code_source"]) == {"project"}
    assert carbonate["month"].iloc[0] == pd.Timestamp("2012-06-01")
    assert carbonate["month"].iloc[-1] == pd.Timestamp("2025-09-01")
    assert len(carbonate) == 160


def test_no_series_is_called_nan():
    prices = load_imf_pcps()
    assert "nan" not in set(prices["code"])
    assert prices.loc[prices["code_source"] == "IMF", "code"].str.startswith("P").all()


def test_a_new_series_without_code_is_refused(raw):
    table = raw["imf_pcps_monthly.csv"].copy()
    table.loc[table["code"] == "nan", "series"] = "Gallium, spot"
    with pytest.raises(DataError, match=r"'Gallium, spot' has no IMF code"):
        commodities.clean_imf_pcps({"imf_pcps_monthly.csv": table}, CleaningLog())


def test_pink_sheet_units_are_spelled_out():
    copper = load_pink_sheet("Copper")
    assert set(copper["unit"]) == {"USD/t"}
    assert copper["month"].iloc[-1] == pd.Timestamp("2026-05-01")


@pytest.mark.parametrize(
    ("load", "name", "nearest"),
    [
        (load_imf_pcps, "X_REE_CARBONAT", "X_REE_CARBONATE"),
        (load_pink_sheet, "copper", "Copper"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(load, name, nearest):
    with pytest.raises(DataError, match=f"nearest: '{nearest}'"):
        load(name)
