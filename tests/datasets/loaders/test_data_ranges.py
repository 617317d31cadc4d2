"""Plausible ranges: a wrong unit, sign or decimal point stops the build."""

import pytest

from rareearth_research.datasets.building.build import RawFiles
from rareearth_research.datasets.building.verify import check_schema
from rareearth_research.datasets.catalog import data_dir, manifest
from rareearth_research.datasets.tables.registry import CleaningLog, all_tables
from rareearth_research.errors import DataError

TABLES = {table.name: table for table in all_tables()}
RAW = RawFiles(data_dir(), {})
# Columns of figures without a range of their own: their unit differs from row to row.
MIXED = {"indicators_annual", "indicators_monthly", "price_flags"}


def built(name):
    return TABLES[name].build(RAW, CleaningLog())


@pytest.mark.parametrize(
    ("table", "column", "mistake"),
    [
        ("factors", "mkt_rf", lambda column: column * 100),  # left in percent
        ("factors", "rf", lambda column: column + 0.01),  # annual
        ("vix", "vix", lambda column: column / 100),  # as a fraction
        ("vix", "vix", lambda column: -column),
        ("usdcny", "usdcny", lambda column: 1 / column),  # turned round
        ("gpr", "gprd", lambda column: -column - 1),
        ("metal_spot", "price", lambda column: column * 0),
        ("imf_pcps", "price", lambda column: -column),
        ("bgs_production", "quantity", lambda column: -column - 1),
        ("graphite_trade", "net_weight_kg", lambda column: column * 1000),  # grams
        ("materials", "cn_share_pct", lambda column: column * 100),
        ("prices_us", "SPY", lambda column: column * 0),
        ("prices_cn", "000300.SS", lambda column: column * 100),  # in fen
        ("volumes_au", "LYC.AX", lambda column: -column),
    ],
)
def test_a_figure_in_a_wrong_unit_or_sign_is_refused(table, column, mistake):
    frame = built(table)
    frame[column] = mistake(frame[column])
    with pytest.raises(DataError, match=rf"'{table}': column '{column}' fails 'in_range\("):
        check_schema(TABLES[table], frame)


def test_every_column_of_figures_says_what_is_plausible():
    without = [
        (table["name"], field["name"])
        for table in manifest()["resources"]
        for field in table["schema"]["fields"]
        if field["type"] == "number" and "minimum" not in field.get("constraints", {})
    ]
    assert {table for table, _ in without} == MIXED
