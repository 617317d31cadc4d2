"""A column of figures is read as each of its cells would be alone (synthetic cells)."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth_research import DataError, read_prices
from rareearth_research.datasets.reading.cells.numbers import find_signs, read_numbers
from rareearth_research.datasets.reading.cells.options import Options

CELLS = st.sampled_from(
    ("1", "-2.5", "+3", "1234.5", "0.125", "7.", ".5", "(4.25)", "−6", "1e3", " 8 ", "n/a", "-",
     "", "halted", "-99", "-99.0", None, float("nan"), 5, 2.5, np.float64(9), "$ 3", "12.345",
     "1,234.5")
)  # fmt: skip


def column(cells: list[object]) -> pd.Series:
    return pd.Series(cells, range(2, 2 + len(cells)), dtype=object)


@settings(max_examples=25)
@given(st.lists(CELLS, min_size=1, max_size=12), st.sampled_from([(), (-99, "halted")]))
def test_a_column_is_read_as_its_cells_one_by_one(cells, missing):
    cells = [cell for cell in cells if missing or cell != "halted"]
    options = Options(missing=missing)
    whole = column(cells)
    signs = find_signs([whole, column(["1,000.5"])], "file", ",", options)
    read = read_numbers(whole, "price", "file", signs, options)
    alone = [read_numbers(whole[[row]], "price", "file", signs, options) for row in whole.index]
    for row, one in zip(whole.index, alone, strict=True):
        assert np.array_equal(read.values[[row]], one.values, equal_nan=True)
        assert read.codes.get(row) == one.codes.get(row)


def test_figures_are_what_their_digits_say():
    cells = column(["12,34", "-7", "1.234,5"])
    signs = find_signs([cells], "file", ";", Options())
    read = read_numbers(cells, "price", "file", signs, Options())
    assert read.values.tolist()[:2] == [12.34, -7]
    assert math.isclose(read.values.iloc[2], 1234.5)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["1.5", "9" * 400], "row 3: '9{9}"),  # larger than any float
        (["1.5", "2.5", "3%"], "row 4: '3%' in 'move' has another per cent sign"),
        (["1%", "2%", "3.5"], "row 4: '3.5' in 'move' has another per cent sign"),
    ],
)
def test_a_cell_that_does_not_fit_is_named(cells, says):
    signs = find_signs([column(["0.5"])], "file", ",", Options())
    with pytest.raises(DataError, match=says):
        read_numbers(column(cells), "move", "file", signs, Options(), percent=True)


def test_undated_rows_are_refused_only_where_they_hold_a_figure(tmp_path):
    file = tmp_path / "wide.csv"
    file.write_text("date,A,B\n2024-01-02,1.5,2.5\n,,\n2024-01-03,1.6,2.6\n", encoding="utf-8")
    assert read_prices(file, show=False)["B"].tolist() == [2.5, 2.6]
    file.write_text("date,A,B\n2024-01-02,1.5,2.5\n,,9.5\n2024-01-03,1,2.6\n", encoding="utf-8")
    with pytest.raises(DataError, match="row 3: the date is blank; fill it in or remove"):
        read_prices(file, show=False)
