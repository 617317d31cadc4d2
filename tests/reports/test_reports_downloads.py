"""A saved table as a reader takes it away, in four forms. Synthetic frames."""

from __future__ import annotations

import zipfile

import fastparquet
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from openpyxl import load_workbook

from rareearth_research.plots.press import alternative_text
from rareearth_research.reports.page.downloads import write_downloads

FRAME = pd.DataFrame(
    {
        "text": ["=1+1", "a_b & \x01"],
        "window": [[0, 1], (2, 3)],
        "x": [0.1234567890123456, None],
        "n": pd.array([1, None], dtype="Int64"),
        "at": pd.to_datetime(["2025-10-09T01:00Z", None]),
        "valid": [True, False],
    },
    index=pd.Index(["000123", "MP"], name="ticker"),
)


@pytest.fixture
def table(tmp_path):
    write_downloads(FRAME, tmp_path / "t.csv")
    return tmp_path


def test_excel_holds_texts_as_texts_numbers_as_numbers_and_no_formula(table):
    (head, first, second) = load_workbook(table / "t.xlsx").active.iter_rows()
    assert [cell.value for cell in head] == ["ticker", *FRAME.columns]
    assert [cell.value for cell in first] == [
        "000123", "=1+1", "[0, 1]", 0.1234567890123456, 1, "2025-10-09T01:00:00+00:00", True,
    ]  # fmt: skip
    assert first[1].data_type == "s"
    assert [cell.value for cell in second][1:] == ["a_b & �", "(2, 3)", None, None, None, False]
    with zipfile.ZipFile(table / "t.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_a_heading_is_no_formula_either(tmp_path):
    write_downloads(pd.DataFrame({"=1+1": [1]}), tmp_path / "h.csv")
    assert load_workbook(tmp_path / "h.xlsx").active["A1"].data_type == "s"


def test_parquet_keeps_kinds_and_every_digit(table):
    with open(table / "t.parquet", "rb") as file:
        read = fastparquet.ParquetFile(file).to_pandas()
    assert read["ticker"].tolist() == ["000123", "MP"]
    assert read["x"].tolist()[0] == FRAME["x"].iloc[0]
    assert read["at"].iloc[0] == FRAME["at"].iloc[0]
    assert read["at"].isna().tolist() == read["n"].isna().tolist() == [False, True]


def test_latex_escapes_and_rounds_and_names_its_package(table):
    text = (table / "t.tex").read_text()
    assert text.startswith("% needs \\usepackage{booktabs}\n")
    assert r"a\_b \& " in text
    assert " & 0.1235 & " in text


def test_a_form_that_cannot_hold_a_table_is_named_and_the_others_are_written(tmp_path):
    twice = pd.DataFrame([["b", "c"]], columns=["a", "a"])
    with pytest.warns(UserWarning, match="the table t has no parquet file"):
        write_downloads(twice, tmp_path / "t.csv")
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".csv", ".tex", ".xlsx"]
    cells = load_workbook(tmp_path / "t.xlsx").active.values
    assert list(cells) == [("a", "a"), ("b", "c")]


def test_a_picture_is_described_by_its_title_and_subtitle():
    figure, axes = plt.subplots()
    figure.suptitle("Prices\nrose")
    axes.set_title("Line: the mean", loc="left")
    assert alternative_text(figure) == "Prices rose. Line: the mean."
    plt.close(figure)
