"""The strict readers of raw columns: what they accept, and what never becomes a value."""

import math

import pandas as pd
import pytest

from rareearth_research.datasets.tables import columns
from rareearth_research.errors import DataError


def column(*values):
    return pd.Series(values, name="figure", dtype="str")


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("-3.5", -3.5), ("1e-05", 1e-5)])
def test_plain_numbers_are_read(text, number):
    assert columns.read_numbers(column(text), column("row 1")).item() == number


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "1,000", "1e999", "0x10", "1_000", " 1", "٣", "n/a", "--"]
)
def test_anything_else_is_refused_and_names_its_row(text):
    with pytest.raises(DataError, match="figure of 'row 2' is"):
        columns.read_numbers(column("1", text), column("row 1", "row 2"))


def test_a_blank_number_is_missing_only_where_allowed():
    read = columns.read_numbers(column("1", ""), column("a", "b"), blank=True)
    assert math.isnan(read[1])


@pytest.mark.parametrize("text", ["true", "TRUE", "1", "yes", ""])
def test_only_true_and_false_are_flags(text):
    with pytest.raises(DataError, match="True or False"):
        columns.read_flags(column("True", text), column("a", "b"))


@pytest.mark.parametrize("text", ["2025-02-30", "04/04/2025", "2025-4-4", "20250404", ""])
def test_only_iso_days_that_exist_are_days(text):
    with pytest.raises(DataError, match="not a day like"):
        columns.read_days(column("2025-04-04", text), column("a", "b"))


def test_a_blank_day_is_missing_only_where_allowed():
    read = columns.read_days(column("2025-04-04", ""), column("a", "b"), blank=True)
    assert read.isna().tolist() == [False, True]
    assert read.dtype == "datetime64[us]"


def test_a_month_is_its_first_day():
    assert columns.read_months(column("2025-04"), column("a")).item() == pd.Timestamp("2025-04-01")
    with pytest.raises(DataError, match="not a month like"):
        columns.read_months(column("2025-13"), column("a"))


def test_unknown_parts_of_a_list_are_refused_with_the_nearest():
    with pytest.raises(DataError, match=r"holds 'Galium'.*nearest: 'Gallium'"):
        columns.check_known(column("Gallium;Galium"), column("a"), ["Gallium", "Indium"])
