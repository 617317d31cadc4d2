"""Any series by its name: the figures of its own loader, its title and unit, and no others."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer


def test_a_mineral_price_is_that_of_its_own_loader():
    series = rer.load_series("X_REE_CARBONATE")
    own = rer.load_imf_pcps("X_REE_CARBONATE").set_index("month")["price"]
    assert np.array_equal(series.index, own.index)
    assert np.array_equal(series, own)
    assert series.attrs["every"] == "month"
    assert series.attrs["title"].startswith("Rare Earth Carbonate")


def test_a_tonnage_is_in_tonnes():
    series = rer.load_series("natural graphite", since="2023-11", until="2023-11")
    assert series.loc["2023-11-01"] == pytest.approx(40_517.966)
    assert series.attrs["unit"] == "t"


def test_customs_months_are_single_months():
    series = rer.load_series("gacc_ree_magnet_exports", since="2025")
    assert series.loc["2025-05-01"] == 1238
    assert pd.Timestamp("2025-02-01") not in series.index


def test_a_ticker_gives_its_closes():
    series = rer.load_series("REMX", since="2025-10-01", until="2025-10-31")
    own = rer.load_prices("REMX", since="2025-10-01", until="2025-10-31")["REMX"].dropna()
    assert np.array_equal(series, own)
    assert series.attrs["unit"] == "USD"


@pytest.mark.parametrize("name", ["Nd metal", "gacc_ree_exports", "Nickel", "REMX"])
def test_a_series_can_be_cited(name):
    assert "Licence" in rer.cite(rer.load_series(name))


def test_the_list_has_every_series_once_and_says_how_many_months_are_missing():
    listed = rer.list_series()
    assert listed.index.is_unique
    assert listed.loc["natural graphite", "missing"] == 0
    assert listed.loc["gacc_ree_magnet_exports", "missing"] == 4
    for name in listed.index:
        assert len(rer.load_series(name)) == listed.loc[name, "values"]


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(rer.DataError, match=r"nearest: 'Nd metal'.*list_series"):
        rer.load_series("Nd metall")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Dysprosium", "in what is held; no series is of that material. See"),
        ("neodymium", "series of it: 'Nd metal'. See"),
        ("Ga", "series of it: 'gacc_gallium_exports', 'gacc_gallium_wrought_exports'. See"),
        ("rare earth magnets", "series of it: 'gacc_ree_magnet_exports', "),
    ],
)
def test_a_material_or_words_of_a_title_name_its_series(name, said):
    with pytest.raises(rer.DataError, match=re.escape(said)):
        rer.load_series(name)


def test_a_time_without_figures_is_refused():
    with pytest.raises(rer.DataError, match="has no figure"):
        rer.load_series("natural graphite", since="2026")
    with pytest.raises(rer.DataError, match="must be the name"):
        rer.load_series(7)
