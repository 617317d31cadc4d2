"""A workbook or archive that is small on disk and huge when read is refused before it is read."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from rareearth_research.datasets.reading.cells import workbooks
from rareearth_research.datasets.reading.cells.workbooks import sheet
from rareearth_research.datasets.reading.files import read_prices
from rareearth_research.datasets.sources.parsing import archive_member
from rareearth_research.errors import SourceError

GPR = Path(__file__).parents[2] / "data/gpr_daily.xls"
FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def book(rows: list[list[object]], **changes: bytes) -> bytes:
    """A workbook of one sheet; `changes` replaces the text END in a part by its first letters."""
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    file = io.BytesIO()
    made.save(file)
    source, out = zipfile.ZipFile(file), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            content = source.read(name)
            for part, more in changes.items():
                if Path(name).name.startswith(part):
                    content = content.replace(b"</sheetData>", more + b"</sheetData>")
            archive.writestr(name, content)
    return out.getvalue()


ROWS: list[list[object]] = [["Date", "Price"], ["2026-08-03", 1.5]]


@pytest.mark.parametrize(
    "far",
    [
        FAR,
        b"<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
        b'<row r="1048576"><c x=\'r="A1"\' r="XFD1048576"><v>1</v></c></row>',
        b'<row r="1048576">' + 20 * b"<c><v>1</v></c>" + b"</row>",
        b'<x:row r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
    ],
)
def test_a_cell_far_from_the_table_is_refused_with_what_to_do(far: bytes) -> None:
    with pytest.raises(SourceError, match=r"mine.xlsx: its sheet reaches over .* delete what"):
        sheet(book(ROWS, sheet=far), 0, "mine.xlsx")


def test_deleting_what_is_far_away_mends_the_workbook() -> None:
    assert sheet(book(ROWS), 0, "mine.xlsx").shape == (2, 2)


def test_far_cells_without_a_value_do_no_harm_and_are_not_refused() -> None:
    styled = book(ROWS, sheet=b'<row r="1048576"><c r="XFD1048576" s="0"/></row>')
    assert sheet(styled, 0, "mine.xlsx").shape == (2, 2)


def test_rows_and_cells_without_a_place_are_counted_on() -> None:
    bare = book([], sheet=b"<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>")
    assert sheet(bare, 0, "mine.xlsx").values.tolist()[0] == [1, 2]


def test_a_far_cell_of_an_old_workbook_is_refused() -> None:
    content = bytearray(GPR.read_bytes())
    number = struct.pack("<HH", 0x0203, 14)
    struct.pack_into("<HH", content, content.rindex(number) + 4, 65535, 255)
    with pytest.raises(SourceError, match="reaches over 16,777,216 cells"):
        sheet(bytes(content), 0, "old.xls")
    assert len(sheet(GPR.read_bytes(), 0, "old.xls"))


@pytest.mark.parametrize("at", [30, 48, 76])
def test_an_old_workbook_whose_sectors_lead_nowhere_is_refused(at: int) -> None:
    content = bytearray(GPR.read_bytes())
    struct.pack_into("<I", content, at, 77)
    with pytest.raises(SourceError, match=r"old.xls (is a damaged|sent a) workbook"):
        sheet(bytes(content), 0, "old.xls")


def test_a_text_that_very_many_cells_share_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = b"".join(b'<row><c t="s"><v>0</v></c></row>' for _ in range(50))
    out = io.BytesIO(book([], sheet=cells))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", "<sst><si><t>" + "long" * 250 + "</t></si></sst>")
    workbooks.check_workbook(out.getvalue(), "x")
    monkeypatch.setattr(workbooks, "MAX_TEXT", 40_000)
    with pytest.raises(SourceError, match="hold more than 40,000 letters; save the table as CSV"):
        workbooks.check_workbook(out.getvalue(), "x")


def packed(content: bytes, name: str = "a.csv") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def test_an_archive_that_is_huge_unpacked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_UNPACKED", 1000)
    with pytest.raises(SourceError, match="of 1,001 bytes unpacked; refused"):
        archive_member(packed(b"0" * 1001), ".csv", "x")


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    content = bytearray(packed(b"0" * 5000))
    directory = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, directory + 24, 10)
    with pytest.raises(SourceError, match="damaged archive"):
        archive_member(bytes(content), ".csv", "x")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<html><table>", "is no workbook; open it with a spreadsheet and save it as .xlsx"),
        (b"Date,Price\n", "give it the ending .csv if it is text"),
        (packed(b"x", "xl/workbook.bin"), "is not an .xlsx workbook"),
        (packed(b"x", "content.xml"), "is not an .xlsx workbook"),
        (b"", "is no workbook"),
    ],
    ids=["html", "text", "xlsb", "ods", "nothing"],  # packed bytes hold the second they were made
)
def test_what_is_no_workbook_says_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        sheet(content, 0, "mine.xls")


def test_a_workbook_saved_as_xlsx_is_read_with_its_types() -> None:
    read = sheet(book([["Day"], [pd.Timestamp("2026-08-03")]]), 0, "x")
    assert read.iloc[1, 0] == pd.Timestamp("2026-08-03")


@pytest.mark.parametrize("year", [1900, 1904])
def test_serial_days_are_counted_from_the_year_of_the_workbook(tmp_path: Path, year: int) -> None:
    made, days = openpyxl.Workbook(), pd.bdate_range("2024-01-02", periods=5, name="date")
    made.epoch = datetime(1899, 12, 30) if year == 1900 else datetime(1904, 1, 1)
    for row in [("Date", "SYN"), *(((day - made.epoch).days, 10.5) for day in days)]:
        made.active.append(row)
    made.save(tmp_path / "p.xlsx")
    found = read_prices(tmp_path / "p.xlsx", show=False)
    assert found.index.equals(days)
    assert f"counted from {year}" in found.attrs["read"]["dates"]


def test_an_old_workbook_says_its_year_too() -> None:
    content = GPR.read_bytes()
    assert not sheet(content, 0, "old.xls").attrs["1904"]
    of_1900 = b"\x22\x00\x02\x00\x00\x00"
    assert content.count(of_1900) == 1
    late = content.replace(of_1900, b"\x22\x00\x02\x00\x01\x00")
    assert sheet(late, 0, "old.xls").attrs["1904"]
