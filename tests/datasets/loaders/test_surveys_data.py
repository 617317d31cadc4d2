"""USGS and BGS figures: every published form parsed, nothing guessed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rareearth_research.datasets import load_bgs, load_indicators, load_usgs
from rareearth_research.datasets.cleaning import bgs, usgs
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.errors import DataError


def same(one, other):
    return all(
        a == b or (isinstance(a, float) and math.isnan(a) and math.isnan(b))
        for a, b in zip(one, other, strict=True)
    )


# every kind of form in the release, and two marks the publication also defines

NONE = math.nan


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("75", (75, NONE, NONE, "")),
        ("0.5", (0.5, NONE, NONE, "")),
        ("1,000", (1000, NONE, NONE, "")),
        ("310,000,000", (310e6, NONE, NONE, "")),
        (">95", (95, 95, NONE, "greater_than")),
        (">2,000,000", (2e6, 2e6, NONE, "greater_than")),
        ("<25", (25, NONE, 25, "less_than")),
        ("10,000 - 15,000", (12500, 10000, 15000, "range")),
        ("890–1,000", (945, 890, 1000, "range")),
        ("E", (NONE, NONE, NONE, "net_exporter")),
        ("W", (NONE, NONE, NONE, "withheld")),
        ("s", (NONE, NONE, NONE, "in_world_total")),
        ("—", (0, NONE, NONE, "zero")),
        ("--", (0, NONE, NONE, "zero")),
        ("NA", (NONE, NONE, NONE, "not_available")),
    ],
)
def test_each_form_of_figure_has_one_meaning(published, expected):
    assert same(usgs.parse_figure(published), expected)


def test_every_distinct_form_of_the_release_is_parsed(raw):
    forms = raw["usgs_mcs2026.csv"]["value"].unique()
    figures = {form: usgs.parse_figure(form) for form in forms}
    assert len(figures) > 500
    for form, figure in figures.items():
        digits = form.replace(",", "")
        if figure.qualifier == "":
            assert figure.value == float(digits), form
        elif figure.qualifier in ("greater_than", "less_than"):
            assert figure.value == float(digits[1:]), form
        elif figure.qualifier == "range":
            assert figure.low < figure.value < figure.high, form


@pytest.mark.parametrize(
    "published",
    ["", "about 5", "1,00", "10,00,000", ">", "<>5", "5-", "15-10", "1e3", "e5", "nan", "∞"],
)
def test_a_form_nobody_has_seen_is_an_error_naming_the_row(published):
    with pytest.raises(DataError, match="Gallium, China, 2025"):
        usgs.parse_figure(published, "Gallium, China, 2025")


@given(st.integers(0, 10**12))
def test_whole_numbers_read_the_same_with_and_without_separators(number):
    assert usgs.parse_figure(f"{number:,}") == usgs.parse_figure(str(number))
    assert usgs.parse_figure(f"{number:,}").value == number


@given(st.text())
def test_any_text_is_either_understood_or_refused(text):
    try:
        figure = usgs.parse_figure(text)
    except DataError:
        return
    assert not math.isinf(figure.value)
    if math.isnan(figure.value):
        assert text.strip() in usgs.MARKS


def test_spans_of_years_are_read_to_their_last_year():
    assert usgs.parse_period("2021–24") == (2021, 2024)
    assert usgs.parse_period("2025") == (2025, 2025)
    with pytest.raises(DataError, match="not a year or a span"):
        usgs.parse_period("20212024")


# rules on their real rows


def test_a_range_keeps_its_dash():
    price = load_usgs("Scandium", statistic="Price").query("qualifier == 'range' and year == 2021")
    assert price["published"].item() == "890–1,000"
    assert (price["value_low"].item(), price["value_high"].item()) == (890, 1000)


def test_the_slipped_yttrium_row_is_put_right():
    row = load_usgs("Yttrium", country="World total").query("year == 2025").iloc[0]
    assert row["notes"] == ""
    assert bool(row["critical_2025"]) is True
    assert (row["value_low"], row["value_high"], row["value"]) == (10000, 15000, 12500)


def test_counts_of_qualifiers_match_the_release(raw):
    counts = load_usgs()["qualifier"].value_counts()
    before = raw["usgs_mcs2026.csv"]["value"]
    assert counts["withheld"] == (before == "W").sum() == 40
    assert counts["net_exporter"] == (before == "E").sum() == 11
    assert counts["not_available"] == (before == "NA").sum() == 75
    assert counts["greater_than"] == before.str.startswith(">").sum() == 19


def test_figures_without_a_number_have_none():
    table = load_usgs()
    empty = table["qualifier"].isin(["withheld", "net_exporter", "not_available", "in_world_total"])
    assert table["value"].isna().equals(empty)


def test_china_mined_270_thousand_tonnes_of_rare_earths_in_2024():
    mined = load_usgs("Rare Earths", statistic="Production", country="China")
    assert mined.loc[mined["year"] == 2024, "value"].item() == 270_000


def test_import_sources_say_their_span():
    sources = load_usgs(statistic="Import sources 2021-2024")
    assert set(sources["period"]) == {"2021-2024"}


# BGS


def test_every_bgs_row_is_served_and_blanks_stay_blank(raw):
    table = load_bgs()
    assert len(table) == len(raw["bgs_production_annual.csv"])
    assert table["quantity"].isna().sum() == (table["qualifier"] == "blank").sum() == 14
    assert table["quantity"].sum() == pytest.approx(
        raw["bgs_production_annual.csv"]["quantity"].replace("", "0").astype(float).sum()
    )


def test_footnotes_decide_what_a_tonne_weighs():
    table = load_bgs("rare earth minerals").set_index("country")["basis"]
    assert "gross_weight" in set(table["Malaysia"])
    assert "gross_weight" not in set(table["China"])
    assert set(load_bgs("rare earth oxides")["basis"]) == {"oxide"}
    assert set(load_bgs("tungsten, mine")["basis"]) == {"metal_content"}


def test_the_former_soviet_union_is_excepted_where_the_footnote_says_so():
    table = load_bgs("rare earth minerals", country="Soviet Union")
    noted = table["notes"].str.contains("exception of the data for the former Soviet Union")
    assert noted.any()
    assert (table.loc[noted, "basis"] == "not_gross_weight").all()


def test_a_quantity_that_is_no_number_names_its_row(raw):
    table = raw["bgs_production_annual.csv"].copy()
    table.loc[0, "quantity"] = "165e"
    with pytest.raises(DataError, match="rare earth minerals, Malaysia, 1990"):
        bgs.clean_bgs({"bgs_production_annual.csv": table}, CleaningLog())


def test_unknown_commodities_are_refused_with_the_nearest():
    with pytest.raises(DataError, match="nearest: 'Gallium'"):
        load_usgs("Galium")
    with pytest.raises(DataError, match="nearest: 'rare earth oxides'"):
        load_bgs("rare earth oxide")


# the same figure from two sources


def figures(series, vintage):
    rows = load_indicators(series, frequency="annual").query("vintage == @vintage")
    return rows.set_index("year")["value"]


def test_secondary_pages_quote_bgs_output_of_china_correctly():
    quoted = figures("bgs_mine_production", "BGS via statbase")
    china = load_bgs(["rare earth minerals", "rare earth oxides"], country="China")
    china = china.set_index("year")["quantity"]
    assert quoted.to_dict() == china[quoted.index].to_dict()


@pytest.mark.parametrize(
    ("series", "detail"),
    [
        ("usgs_us_mine_production_concentrates", "Production: Mineral concentrates"),
        ("usgs_us_production_compounds_metals", "Production: Compounds and metals"),
    ],
)
def test_secondary_pages_quote_the_2026_summaries_correctly(series, detail):
    quoted = figures(series, "MCS2026")
    release = load_usgs("Rare Earths", country="United States").query("detail == @detail")
    release = release.set_index("year")["value"]
    assert quoted.to_dict() == release[quoted.index].to_dict()


def test_final_prices_of_2021_to_2023_agree_between_two_editions():
    for symbol, name in (("dy", "Dysprosium"), ("nd", "Neodymium")):
        older = figures(f"usgs_price_oxide_{symbol}", "MCS2025")[[2021, 2022, 2023]]
        newer = load_usgs(name, statistic="Price").set_index("year")["value"]
        assert older.to_dict() == newer[older.index].to_dict()
