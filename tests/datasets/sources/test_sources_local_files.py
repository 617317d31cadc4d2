"""What is not a plain table of dates and figures never becomes one, and each remedy makes it one.

Mappings are text, dates are dates, numbers are numbers, and every message names the row.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.datasets import sources
from rareearth_research.datasets.sources.local import from_mapping
from rareearth_research.datasets.sources.local_table import read_table
from rareearth_research.datasets.sources.mapping import read_mapping
from rareearth_research.errors import SourceError

DAILY = """file: {file}
raw: metal_spot_daily.csv
columns: {{date: Date, price: Price}}
constants: {{element: Nd, grade: mine, unit: CNY/mt}}
"""
MONTHLY = """file: {file}
raw: pink_sheet_monthly.csv
columns: {{month: Date, price: Price}}
constants: {{commodity: Tin, unit: ($/mt)}}
"""
GOOD = "Date,Price\n2026-08-03,540\n2026-08-04,545\n"
RIGHT = [("2026-08-03", 540.0), ("2026-08-04", 545.0)]


def fetch(
    folder: Path, table: str | bytes | pd.DataFrame, more: str = "", mapping: str = DAILY
) -> list[tuple[str, float]]:
    """Dates and prices of a table, as the raw file would get them."""
    file = folder / ("p.xlsx" if isinstance(table, pd.DataFrame) else "p.csv")
    if isinstance(table, pd.DataFrame):
        table.to_excel(file, index=False)
    else:
        file.write_bytes(table.encode() if isinstance(table, str) else table)
    (folder / "m.yaml").write_text(mapping.format(file=file.name) + more, encoding="utf-8")
    source = from_mapping(folder / "m.yaml")
    [frame] = source.fetch(None, None, {}).values()  # type: ignore[arg-type]
    return list(zip(frame.iloc[:, 0], frame["price"], strict=True))


def test_a_plain_table_is_read(tmp_path: Path) -> None:
    assert fetch(tmp_path, GOOD) == RIGHT


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("2026-07", "row 3: 'Date': '2026-07' is a month, not a day; write the day of it"),
        ("2026", "is a year, not a day; write the day of it"),
        ("20260804", "is a number; write the day as '2026-08-04'"),  # in a column of others
        ("46238", r"is a number, .* serial day of a spreadsheet, use pd.to_datetime"),
        ("04/08/2026", "can be read in more than one way; .*'date_format: .*' in the mapping"),
        ("04.08.2026", "can be read in more than one way; .*'date_format: .*' in the mapping"),
        ("4 Aug 2026", "write it as '2026-08-04'; .*'date_format: .*' in the mapping"),
        ("2026-08-04 16:00", "has a clock time, and a row for each session is read"),
        ("2026-02-30", "is no day of the calendar"),
        ("2026Q3", "is a quarter, not a day"),
        ("", "row 3: 'Date' is blank, and it says which date a row is of"),
    ],
)
def test_what_is_no_day_never_enters_a_daily_table(tmp_path: Path, cell: str, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        fetch(tmp_path, GOOD.replace("2026-08-04", cell))


@pytest.mark.parametrize(
    ("form", "cell"),
    [("%d.%m.%Y", "04.08.2026"), ("%m/%d/%y", "08/04/26"), ("%d %b %Y", "4 Aug 2026"),
     ("%Y%m%d", "20260804"), ("%Y-%j", "2026-216"), ("%G-W%V-%u", "2026-W32-2")],
)  # fmt: skip
def test_a_date_format_says_how_dates_are_written(tmp_path: Path, form: str, cell: str) -> None:
    assert fetch(tmp_path, f"Date,Price\n{cell},545\n", f'date_format: "{form}"\n') == RIGHT[1:]


@pytest.mark.parametrize("form", ["%Y-%m", "%b %Y", "%Y", "%d.%m", "%a %m %Y", "%H:%M", "Date"])
def test_a_format_without_the_whole_day_is_refused(tmp_path: Path, form: str) -> None:
    with pytest.raises(SourceError, match=r"names no (year|month|day), and a row for each day"):
        fetch(tmp_path, "Date,Price\n2026-08,545\n", f'date_format: "{form}"\n')


def test_a_month_feeds_a_monthly_table_as_the_remedy_says(tmp_path: Path) -> None:
    table = "Date,Price\n2026-07,540\n2026-08,545\n"
    assert fetch(tmp_path, table, mapping=MONTHLY) == [("2026-07", 540), ("2026-08", 545)]


@pytest.mark.parametrize("day", ["2026-08-01", "2026-08-03", "2026-08-31"])
def test_the_first_or_last_day_of_a_month_stands_for_it(tmp_path: Path, day: str) -> None:
    table = f"Date,Price\n{day},545\n"
    assert fetch(tmp_path, table, mapping=MONTHLY) == [("2026-08", 545)]


@pytest.mark.parametrize(
    ("cell", "says"),
    [("2026-08-13", "a day within a month, .* write the month, '2026-08'"), ("2026", "is a year")],
)
def test_a_day_or_year_is_no_month(tmp_path: Path, cell: str, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        fetch(tmp_path, f"Date,Price\n{cell},545\n", mapping=MONTHLY)


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("#REF!", "row 3: '#REF!' in 'Price' is a formula that gave no figure"),
        ("closed", "is not a number; if it stands for no figure, .* 'missing: .closed.' in the"),
        ("5%", "is not a number"),
        ("0x10", "is not a number"),
        ("1_000", "is not a number"),
        ("inf", "is not a number"),
        ("1e999", "is not a number"),
    ],
)
def test_what_is_no_figure_is_refused_with_its_row(tmp_path: Path, cell: str, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        fetch(tmp_path, GOOD.replace("545", cell))


def test_brackets_are_a_minus(tmp_path: Path) -> None:
    assert fetch(tmp_path, GOOD.replace("545", "(545)")) == [RIGHT[0], (RIGHT[1][0], -545.0)]


@pytest.mark.parametrize("cell", ["", "#N/A N/A", "n.a.", ".", "-"])
def test_a_day_without_a_figure_is_no_row_and_is_reported(tmp_path: Path, cell: str) -> None:
    assert fetch(tmp_path, f"{GOOD}2026-08-05,{cell}\n") == RIGHT
    _, said = read_table(read_mapping(tmp_path / "m.yaml"))
    assert f"1 row without a figure left out ({cell or 'blank'}: 1)" in said


def test_an_own_code_for_no_figure_is_named_as_the_message_says(tmp_path: Path) -> None:
    table = f"{GOOD}2026-08-05,closed\n2026-08-06,-99\n"
    with pytest.raises(SourceError, match=r"'missing: .closed.' in the mapping"):
        fetch(tmp_path, table)
    assert fetch(tmp_path, table, "missing: [closed, '-99']\n") == RIGHT


def test_thousands_by_blanks_are_read(tmp_path: Path) -> None:
    assert fetch(tmp_path, GOOD.replace("545", "1 545")) == [RIGHT[0], ("2026-08-04", 1545)]


@pytest.mark.parametrize(("sign", "price"), [(".", 1.545), (",", 1545)])
def test_a_number_that_reads_in_two_ways_is_read_by_the_key_that_is_asked_for(
    tmp_path: Path, sign: str, price: float
) -> None:
    table = "Date;Price\n2026-08-04;1.545\n"
    with pytest.raises(
        SourceError, match=r"row 2: '1.545' can be read as 1545 or as 1.545"
    ) as told:
        fetch(tmp_path, table)
    assert f"'decimal: \"{sign}\"' in the mapping" in str(told.value)
    assert fetch(tmp_path, table, f'decimal: "{sign}"\n') == [("2026-08-04", price)]


@pytest.mark.parametrize(
    ("cell", "signs", "value"),
    [
        ("1.234,5", ".,", 1234.5),
        ("1'234.5", "'.", 1234.5),
        ("1 234 567", " .", 1234567),
        ("1234,5", ".,", 1234.5),
        ("705.5", ".,", None),  # neither thousands nor decimal by this mapping
        ("1.23.456", ".,", None),
    ],
)
def test_signs_of_thousands_stand_where_thousands_are(
    tmp_path: Path, cell: str, signs: str, value: float | None
) -> None:
    more = f'delimiter: ";"\nthousands: "{signs[0]}"\ndecimal: "{signs[1]}"\n'
    table = f"Date;Price\n2026-08-04;{cell}\n"
    if value is None:
        with pytest.raises(SourceError, match="is not a number"):
            fetch(tmp_path, table, more)
    else:
        assert fetch(tmp_path, table, more) == [("2026-08-04", value)]


def test_numbers_of_a_workbook_are_not_read_by_the_signs_of_text(tmp_path: Path) -> None:
    table = pd.DataFrame({"Date": [pd.Timestamp("2026-08-04")], "Price": [705.5]})
    more = 'thousands: "."\ndecimal: ","\n'
    assert fetch(tmp_path, table, more) == [("2026-08-04", 705.5)]


@pytest.mark.parametrize(
    ("dates", "says"),
    [
        ([True, False], "is bool, not a day"),
        (
            [dt.datetime(2026, 8, 3, 16), "2026-08-04"],
            "has a clock time, and a row for each session",
        ),
    ],
)
def test_cells_of_a_workbook_that_are_no_days_are_refused(
    tmp_path: Path, dates: list[Any], says: str
) -> None:
    with pytest.raises(SourceError, match=says):
        fetch(tmp_path, pd.DataFrame({"Date": dates, "Price": [540, 545]}))


def test_serial_days_are_read_where_all_dates_are(tmp_path: Path) -> None:
    assert fetch(tmp_path, pd.DataFrame({"Date": [46237, 46238], "Price": [540, 545]})) == RIGHT
    assert fetch(tmp_path, "Date,Price\n46237,540\n46238,545\n") == RIGHT


def test_truth_values_are_no_prices(tmp_path: Path) -> None:
    table = pd.DataFrame({"Date": ["2026-08-03"], "Price": [True]})
    with pytest.raises(SourceError, match="True in 'Price' is not a number"):
        fetch(tmp_path, table)


# The layout of the file


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("", "is empty"),
        ("2026-08-03,540\n", "has no column 'Date' .*; it has '2026-08-03, 540'. If no row names"),
        ("Date,AAA,BBB\n2026-08-03,1,2\n", "if each series has a column, 'wide: {element: price}'"),
        ("Date,Price,Price\n2026-08-03,1,2\n", "has the column 'Price' more than once"),
        ("Date,Price\n2026-08-03,1,234\n", "line 2: 3 cells where the header has 2"),
        ("Date,Price\n2026-08-03\n", "line 2: 1 cells where the header has 2"),
        ('Date,Price\n2026-08-03,"5\n', "check the quotation marks there"),
        ("Date,Price\n" + "2026-08-03,5\n" + "x" * 200_000 + ",5\n", "field larger than"),
    ],
)
def test_what_is_no_plain_table_is_refused(
    tmp_path: Path, table: str, says: str, request: pytest.FixtureRequest
) -> None:
    before = csv.field_size_limit(131_072)  # another library may have raised it
    request.addfinalizer(lambda: csv.field_size_limit(before))
    with pytest.raises(SourceError, match=says):
        fetch(tmp_path, table)


def test_a_delimiter_at_the_end_of_each_row_shifts_nothing(tmp_path: Path) -> None:
    assert fetch(tmp_path, "Date,Price\n2026-08-03,540,\n2026-08-04,545,\n") == RIGHT


def test_rows_above_the_header_are_skipped_and_said(tmp_path: Path) -> None:
    assert fetch(tmp_path, "Source: terminal,\n\n" + GOOD) == RIGHT
    _, said = read_table(read_mapping(tmp_path / "m.yaml"))
    assert "header in row 3, what stands above it skipped" in said


def test_of_two_headers_the_one_that_is_named_counts(tmp_path: Path) -> None:
    table = f"Date,Price\n,EUR\n{GOOD}"
    with pytest.raises(SourceError, match="row 2: 'Date' is blank"):
        fetch(tmp_path, table)
    assert fetch(tmp_path, table, "header_row: '3'\n") == RIGHT


def test_a_file_without_names_is_read_by_those_that_the_message_asks_for(tmp_path: Path) -> None:
    table = "2026-08-03;540\n2026-08-04;545\n"
    with pytest.raises(SourceError, match=r"'names: \[Date, Price\]' in the mapping"):
        fetch(tmp_path, table)
    assert fetch(tmp_path, table, "names: [Date, Price]\n") == RIGHT


def test_a_column_for_each_series_is_read_by_the_key_wide(tmp_path: Path) -> None:
    mapping = "file: {file}\nraw: prices_us_adjusted.csv\ncolumns: {{date: Date}}\n"
    more = "wide: {ticker: adjusted_close}\n"
    (tmp_path / "p.csv").write_text("Date,AAA,BBB\n2026-08-03,10,\n2026-08-04,11,20\n")
    (tmp_path / "m.yaml").write_text(mapping.format(file="p.csv") + more)
    [table] = from_mapping(tmp_path / "m.yaml").fetch(None, None, {}).values()  # type: ignore[arg-type]
    assert table.values.tolist() == [
        ["2026-08-03", "AAA", 10], ["2026-08-04", "AAA", 11], ["2026-08-04", "BBB", 20],
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-le", "utf-8-sig"])
@pytest.mark.parametrize("more", ["", "encoding: {encoding}\n"])
def test_encodings_that_show_themselves_are_found_and_said(
    tmp_path: Path, encoding: str, more: str
) -> None:
    table = "日期,收盘价,品名\n2026-08-03,540,钕\n2026-08-04,545,钕\n".encode(encoding)
    mapping = DAILY.replace("Date", "日期").replace("Price", "收盘价")
    assert fetch(tmp_path, table, more.format(encoding=encoding), mapping) == RIGHT
    _, said = read_table(read_mapping(tmp_path / "m.yaml"))
    assert f"encoding {encoding.removesuffix('-sig')}" in said


@pytest.mark.parametrize("letters", ["Цена".encode("cp1251"), "값".encode("euc-kr"), b"\xc9\xe9"])
def test_letters_that_could_be_anothers_are_refused_and_the_key_in_the_message_mends_it(
    tmp_path: Path, letters: bytes
) -> None:
    table = GOOD.encode().replace(b"Date,Price", b"Date,Price," + letters).replace(b"0\n", b"0,\n")
    table = table.replace(b"5\n", b"5,\n")
    with pytest.raises(SourceError, match=r"line 1: not UTF-8, so its letters cannot") as refusal:
        fetch(tmp_path, table)
    key = re.search(r"'(encoding: [\w-]+)'", str(refusal.value))
    assert key
    assert fetch(tmp_path, table, more=f"{key[1]}\n") == RIGHT


@pytest.mark.parametrize("encoding", ["zzz", "rot13", "hex", "gb 18030 "])
def test_an_encoding_that_is_none_is_refused(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(SourceError, match=r"encoding .* is not known; write one such as gb18030"):
        fetch(tmp_path, GOOD, more=f"encoding: {encoding}\n")


# The mapping


@pytest.mark.parametrize(
    "name", ["on", "NO", "010", "2026-01-05", "1e3", "~", "true", "1_000", "="]
)
def test_yaml_makes_nothing_of_the_names_of_columns_and_grades(tmp_path: Path, name: str) -> None:
    (tmp_path / "m.yaml").write_text(
        DAILY.format(file="p.csv").replace("Price", name).replace("mine", name)
    )
    mapped = read_mapping(tmp_path / "m.yaml")
    assert (mapped.columns["price"], mapped.constants["grade"]) == (name, name)
    assert fetch(tmp_path, GOOD.replace("Price", name), mapping=DAILY.replace("Price", name)) == (
        RIGHT
    )


@pytest.mark.parametrize("own", [10, 2026.0, pd.Timestamp("2026-01-05")])
def test_headers_of_a_workbook_are_the_text_that_is_shown(tmp_path: Path, own: Any) -> None:
    shown = {10: "10", 2026.0: "2026"}.get(own, "2026-01-05")
    table = pd.DataFrame({"Date": ["2026-08-03", "2026-08-04"], own: [540, 545]})
    assert fetch(tmp_path, table, mapping=DAILY.replace("Price", shown)) == RIGHT


def test_a_sheet_is_found_by_name_before_it_is_a_number(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "b.xlsx") as book:
        for price, sheet in enumerate(("first", "0", "last"), start=1):
            table = pd.DataFrame({"Date": ["2026-08-03"], "Price": [price]})
            table.to_excel(book, sheet_name=sheet, index=False)
    prices = []
    for sheet in ("0", "2", "first"):
        (tmp_path / "m.yaml").write_text(DAILY.format(file="b.xlsx") + f"sheet: {sheet}\n")
        frames = from_mapping(tmp_path / "m.yaml").fetch(None, None, {})  # type: ignore[arg-type]
        prices += frames["metal_spot_daily.csv"]["price"].tolist()
    assert prices == [2, 3, 1]


WRONG = {
    "not UTF-8": (DAILY.encode() + b"title: \xe9\n", r"is not UTF-8 \(line 5\); save the mapping"),
    "a list": (b"- file\n", "expected keys such as 'file', 'raw' and 'columns'"),
    "a word": (b"file", "expected keys such as"),
    "empty": (b"", "expected keys such as"),
    "tabs": (b"file:\tp.csv\n\tx: 1", "is not valid YAML"),
    "a key twice": (DAILY.encode() + b"file: q.csv\n", "the key 'file' is given twice"),
    "a column twice": (
        DAILY.replace("price: Price", "price: Price, price: Ask").encode(),
        "the key 'price' is given twice",
    ),
    "nested": (b"[" * 5000, "is not valid YAML"),
    "an unknown key": (DAILY.encode() + b"sheets: 1\n", "unknown key 'sheets'; nearest: 'sheet'"),
    "a key of no use": (DAILY.encode() + b"sheet: 1\n", "'sheet' means nothing, because p.csv is"),
    "no value": (DAILY.encode() + b"title:\n", "'title' must be a text; got ''. Leave the key out"),
    "a list as text": (DAILY.encode() + b"title: [a]\n", "'title' must be a text"),
    "a row that is none": (DAILY.encode() + b"header_row: first\n", "'header_row' must be the"),
    "one code": (DAILY.encode() + b"missing: '-99'\n", "'missing' must be a list of texts"),
    "wide of nothing": (DAILY.encode() + b"wide: {x: price}\n", "'wide' must be one pair, what"),
    "a nested column": (DAILY.replace("Price", "{a: b}").encode(), "must be pairs of texts"),
    "in both": (DAILY.replace("mine", "mine, price: 1").encode(), "is under both 'columns' and"),
    "one date for all": (
        DAILY.replace("date: Date, ", "").replace("mine", "mine, date: 2026-08-03").encode(),
        "'date' cannot be the same for all rows",
    ),
    "two signs": (DAILY.encode() + b"decimal: ',,'\n", "'decimal' must be one sign; got ',,'"),
    "the same sign": (
        DAILY.encode() + b"thousands: .\ndecimal: .\n",
        "are both '.'; a number would read in",
    ),
    "a sign that is a digit": (DAILY.encode() + b"thousands: 0\n", "must be one sign"),
    "ten megabytes": (b"#" * 10**7, "is larger than a mapping can be"),
    "a tag": (DAILY.encode() + b"title: !!python/object/apply:os.system [ls]\n", "must be a text"),
}


@pytest.mark.parametrize(("content", "says"), WRONG.values(), ids=WRONG)
def test_a_mapping_that_cannot_be_meant_is_refused(
    tmp_path: Path, content: bytes, says: str
) -> None:
    content = content.replace(b"{file}", b"p.csv").replace(b"{{", b"{").replace(b"}}", b"}")
    (tmp_path / "m.yaml").write_bytes(content)
    with pytest.raises(SourceError, match=says) as refusal:
        read_mapping(tmp_path / "m.yaml")
    assert len(str(refusal.value)) < 700


def test_a_delimiter_for_a_workbook_is_named(tmp_path: Path) -> None:
    table = pd.DataFrame({"Date": ["2026-08-03", "2026-08-04"], "Price": [540, 545]})
    with pytest.raises(SourceError, match=r"'delimiter' means nothing, .* remove it"):
        fetch(tmp_path, table, "delimiter: ';'\n")
    assert fetch(tmp_path, table) == RIGHT


@pytest.mark.parametrize(
    "source", [None, 3, b"fred", ["fred"], "", "x" * 10**6, "local:\0", "local:"]
)
def test_a_source_that_is_no_name_is_refused(source: Any) -> None:
    with pytest.raises(SourceError) as refusal:
        sources.get(source)
    assert len(str(refusal.value)) < 500


def test_a_folder_as_mapping_or_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot be read.*a folder is where a file must be"):
        sources.get(f"local:{tmp_path}")
    os.mkdir(tmp_path / "folder.csv")
    (tmp_path / "m.yaml").write_text(DAILY.format(file="folder.csv"))
    with pytest.raises(SourceError, match=r"cannot be read.*a folder is where a file must be"):
        from_mapping(tmp_path / "m.yaml").fetch(None, None, {})  # type: ignore[arg-type]


def test_ten_thousand_rows_are_read_exactly(tmp_path: Path) -> None:
    days = pd.bdate_range("1990-01-01", periods=9_000).strftime("%Y-%m-%d")
    prices = np.random.default_rng(0).uniform(1, 900, 9_000).round(4)
    table = pd.DataFrame({"Date": days, "Price": prices}).to_csv(index=False)
    assert fetch(tmp_path, table) == list(zip(days, prices, strict=True))
    assert not re.search(r"[^\d.,\-\nDatePrice]", table)
