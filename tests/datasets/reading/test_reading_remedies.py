"""Every way out that a message names is gone, and ends in the right figures.

Each row: a table, how it is read, what the message says, and what is then done: an argument given
(those that the message spells out are given as they stand there), or the table edited.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_reading_layouts import frame, same, ways

import rareearth_research as rer
from rareearth_research.datasets.reading.cells import grid
from rareearth_research.errors import DataError

GOOD = "Date,SYN\n2026-01-05,10.5\n2026-01-06,11.0\n"
LONG = "date,ticker,close\n2026-01-05,SYN,10.5\n2026-01-06,SYN,11.0\n"
CRSP = "permno,ticker,date,prc\n1,SYN,2026-01-05,10.5\n1,SYN,2026-01-06,11.0\n"
TWO_DATES = LONG.replace("date,", "tradedate,quotedate,").replace(",SYN", ",2026-02-01,SYN")
RIGHT = {"SYN": [10.5, 11.0]}
Edit = tuple[str, str]
# table, arguments, what the message says, edits (none: the arguments that it names)
TABLES: list[tuple[str, dict[str, Any], str, tuple[Edit, ...]]] = [
    # cells
    (GOOD.replace("11.0", '"11.0'), {}, "line 3: .*check the quotation marks there", (('"', ""),)),
    ("\n\n", {}, "is empty; save it again, the header in the first row", (("\n\n", GOOD),)),
    (GOOD + "2026-01-07,11.5,7\n", {}, "row 4: the cell '7' stands under no name",
     (("2026-01-07,11.5,7\n", ""),)),
    (GOOD + "2026-01-07\n", {}, "line 4: 1 cells .* remove the line", (("2026-01-07\n", ""),)),
    # numbers
    ("Date;SYN\n2026-01-05;1.234,5\n2026-01-06;1,234.5\n", {},
     "'1.234,5' in row 2 and '1,234.5' in row 3 cannot both .* write all numbers alike",
     (("1.234,5", "10.5"), ("1,234.5", "11.0"))),
    (GOOD + "2026-01-07,shut\n", {}, "row 4: 'shut' in 'SYN' is not a number; .* remove the row",
     (("2026-01-07,shut\n", ""),)),
    (GOOD.replace("10.5", "$10.5").replace("11.0", "€11.0"), {},
     "another currency sign .* write all alike", (("$", ""), ("€", ""))),
    (GOOD.replace("10.5", "0"), {}, "'SYN' is 0 on 2026-01-05, and no price is; .* correct the ",
     ((",0\n", ",10.5\n"),)),
    # dates
    ("Date,SYN\n13/01/2026,10.5\n01/14/2026,11.0\n", {},
     "day first in row 2 .* month first in row 3 .* write all dates alike",
     (("13/01/2026", "2026-01-05"), ("01/14/2026", "2026-01-06"))),
    ("Date,SYN\n2026Q1,10.5\n2026Q2,11.0\n", {}, "'2026Q1' is a quarter, not a day; write the day",
     (("2026Q1", "2026-01-05"), ("2026Q2", "2026-01-06"))),
    ("Date,SYN\n05.01.2026,10.5\n06.01.2026,11.0\n", {"date_format": "%d/%m/%Y"},
     "'05.01.2026' in 'Date' is not a date of the form %d/%m/%Y; write how its dates are written",
     ((".01.", "/01/"),)),
    (GOOD + "soon,11.0\n", {}, "row 4: 'Date': 'soon'", (("soon,11.0\n", ""),)),
    (GOOD.replace("01-06", "02-30"), {}, "is no day of the calendar", (("02-30", "01-06"),)),
    (GOOD.replace("2026-01-06", ""), {}, "row 3: the date is blank; fill it in",
     (("\n,", "\n2026-01-06,"),)),
    # headings and roles
    (GOOD.replace("SYN", "SYN,SYN").replace(".5", ".5,7").replace("11.0", "11.0,8"), {},
     "'SYN' in more than one column; keep or rename one", (("SYN,SYN", "SYN,SYN B"),)),
    (LONG.replace("close", "close,close").replace(".5", ".5,1").replace("11.0", "11.0,1"),
     {"columns": {"price": "close"}}, "the column 'close' more than once; rename one",
     (("close,close", "close,was"),)),
    (GOOD, {"columns": {"price": "Kurs"}}, "no column 'Kurs' .* it has 'Date, SYN'",
     (("SYN", "Kurs"),)),
    (GOOD, {"columns": {"date": "Datum"}}, "no column 'Datum'; .*it has", (("Date", "Datum"),)),
    (LONG.replace("ticker", "A"), {"layout": "long"}, "no column is known to name securities; name",
     (("A,", "ticker,"),)),
    (LONG.replace("close", "Last sale"), {}, "no column known to hold prices; name it, such", ()),
    (GOOD.replace("SYN", "Volume"), {}, "no column known to hold prices; name it.* layout='wide'",
     ()),
    ("Date,SYN,LOW,OPEN\n2026-01-05,10.5,1,2\n2026-01-06,11.0,1,2\n", {},
     "no column known to hold prices; name it.* if each names a security, layout='wide'", ()),
    (TWO_DATES, {}, "several columns of dates, 'tradedate', 'quotedate'; say which is meant", ()),
    (LONG.replace("close", "close,last").replace(".5", ".5,1").replace("11.0", "11.0,1"), {},
     "several columns that can be the price, 'close', 'last'; say which is meant", ()),
    ("Date,SYN\n5. Jan 2026,10.5\n6. Jan 2026,11.0\n", {"date_format": "%d.%m.%Y"},
     "not a date of the form %d.%m.%Y; write how its dates are", ((". Jan ", ".01."),)),
    (GOOD.replace("2026-01-0", "0"), {}, "row 2: 'Date': '05' is a number.*; write 'YYYY-MM-DD'",
     (("05,", "2026-01-05,"), ("06,", "2026-01-06,"))),
    (GOOD.replace("2026-01-05", "05012026").replace("2026-01-06", "06012026"), {},
     "'05012026' is a number.* say how all of them are written",
     (("05012026", "2026-01-05"), ("06012026", "2026-01-06"))),
    ("Date,SYN\n", {}, "no row below its header; save it again with its rows",
     (("Date,SYN\n", GOOD),)),
    ("Date,Until\n2026-01-05,2026-03-01\n2026-01-06,2026-03-02\n", {},
     "no figures beside its dates; give a file with a column of them",
     (("2026-03-01", "10.5"), ("2026-03-02", "11.0"))),
    ("Date,Seen,SYN\n2026-01-05,2026-02-07,10.5\n2026-01-06,2026-02-08,11.0\n", {},
     "columns of dates side by side, 'Date' among them; keep the one .* remove the others",
     ((",Seen", ""), (",2026-02-07", ""), (",2026-02-08", ""))),
    (GOOD + "Data as of,2026-01-06\n", {}, "row 4: 'Date': 'Data as of' is not a day",
     (("Data as of,2026-01-06\n", ""),)),
    ("Date,SYN Open,SYN Close,A Open\n2026-01-05,10.5,1,2\n2026-01-06,11.0,1,2\n", {},
     "'A' has no 'Close', which others have; name the field to be read for all", ()),
    ("text,more\nyes,no\nno,yes\n", {}, "no column holds dates; name it, such as",
     (("text,more\nyes,no\nno,yes\n", GOOD),)),
    # rows that contradict each other
    (GOOD + "2026-01-06,11.1\n", {}, "rows 3, 4: the date 2026-01-06 comes more than once; keep",
     (("2026-01-06,11.1\n", ""),)),
    (CRSP + "2,SYN,2026-01-05,9\n", {"columns": {"security": "ticker"}},
     "'ticker' names several 'permno': read these instead", ()),
    (CRSP.replace("SYN,2026-01-06", "SYM,2026-01-06"), {"columns": {"security": "ticker"}},
     "read by the number that lasts", ()),
    (LONG.replace("2026-01-06", ""), {}, "row 3: 'date' is blank, .* fill it in",
     (("\n,SYN", "\n2026-01-06,SYN"),)),
    (LONG.replace("06,SYN", "06,"), {}, "'ticker' is blank, .* fill it in", (("06,,", "06,SYN,"),)),
]  # fmt: skip


def written(folder: Path, text: str, name: str = "SYN.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(("text", "given", "says", "edits"), TABLES,
                         ids=[row[2][:40] for row in TABLES])  # fmt: skip
def test_a_table_is_read_after_what_the_message_says(
    tmp_path: Path, text: str, given: dict[str, Any], says: str, edits: tuple[Edit, ...]
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(DataError, match=says) as refused:
        rer.read_prices(path, show=False, **given)
    if edits:
        for old, new in edits:
            text = text.replace(old, new)
        table = rer.read_prices(written(tmp_path, text), show=False, **given)
    else:
        table, *_ = [
            rer.read_prices(path, show=False, **given | way) for way in ways(str(refused.value))
        ]
    same(table.iloc[:, :1].rename(columns=lambda _: "SYN"), frame(RIGHT))


def test_a_name_of_all_columns_is_needed_for_each(tmp_path: Path) -> None:
    path = written(tmp_path, "2026-01-05,10.5\n2026-01-06,11.0\n")
    with pytest.raises(DataError, match="has 2 columns, and 1 names were given; give one for each"):
        rer.read_prices(path, columns=["date"], show=False)
    same(rer.read_prices(path, columns=["date", "SYN"], show=False), frame(RIGHT))


def test_a_sheet_that_is_empty_or_not_there_is_exchanged(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame().to_excel(book, sheet_name="empty")
        frame(RIGHT).to_excel(book, sheet_name="prices")
    with pytest.raises(DataError, match="the sheet is empty; name another") as refused:
        rer.read_prices(path, show=False)
    assert "sheet=1" in str(refused.value)
    for sheet in (1, "prices"):
        same(rer.read_prices(path, sheet=sheet, show=False), frame(RIGHT))
    with pytest.raises(DataError, match="has no sheet 'Preise'; it has 'empty', 'prices'"):
        rer.read_prices(path, sheet="Preise", show=False)


def test_sheets_that_are_not_read_are_named(tmp_path: Path) -> None:
    path = tmp_path / "SYN.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"note": ["made of prices"]}).to_excel(book, sheet_name="About", index=False)
        frame(RIGHT).to_excel(book, sheet_name="Prices")
        frame({"SYN B": RIGHT["SYN"]}).to_excel(book, sheet_name="More")
    with pytest.raises(DataError, match="name another sheet, sheet='Prices'"):
        rer.read_prices(path, show=False)
    for name in ("Prices", 1):
        table = rer.read_prices(path, sheet=name, show=False)
        same(table, frame(RIGHT))
        assert table.attrs["read"]["sheets not read"] == ["About", "More"]


def test_a_damaged_or_foreign_file_is_saved_anew(tmp_path: Path) -> None:
    damaged = written(tmp_path, GOOD, "SYN.parquet")
    with pytest.raises(DataError, match=r"write it anew with frame.to_parquet.*or save it as CSV"):
        rer.read_prices(damaged, show=False)
    frame(RIGHT).to_parquet(damaged)
    same(rer.read_prices(damaged, show=False), frame(RIGHT))
    with pytest.raises(DataError, match=r"ends in '.dat'; .* save it as .csv or .xlsx"):
        rer.read_prices(written(tmp_path, GOOD, "SYN.dat"), show=False)
    same(rer.read_prices(written(tmp_path, GOOD), show=False), frame(RIGHT))


def test_a_file_too_large_is_cut_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MAX_FILE", 30)
    with pytest.raises(DataError, match="is larger than 30 bytes; cut it in parts"):
        rer.read_prices(written(tmp_path, GOOD), show=False)
    rer.read_prices(written(tmp_path, GOOD[:25]), show=False)
    monkeypatch.undo()
    monkeypatch.setattr(grid, "MAX_COLUMNS", 1)
    with pytest.raises(DataError, match="has more than 1 columns; cut it in parts, or make it"):
        rer.read_prices(written(tmp_path, GOOD), show=False)
    (tmp_path / "endless.csv").symlink_to("/dev/zero")
    with pytest.raises(DataError, match="is a pipe or a device and no file; save what it gives"):
        rer.read_prices(tmp_path / "endless.csv", show=False)


def test_an_option_that_means_nothing_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    with pytest.raises(DataError, match=r"'sheet' means nothing, .* is not an Excel file; remove"):
        rer.read_prices(path, sheet=0, show=False)
    with pytest.raises(DataError, match="'encoding' means nothing, because a frame is not"):
        rer.read_prices(frame(RIGHT), encoding="utf-8", show=False)


def test_a_folder_holds_files_of_prices_and_each_security_once(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="put files of prices there"):
        rer.read_prices(tmp_path, show=False)
    written(tmp_path, GOOD)
    same(rer.read_prices(tmp_path, show=False), frame(RIGHT))
    again = written(tmp_path, GOOD, "again.csv")
    with pytest.raises(DataError, match=r"'SYN' is in .*; keep one, or rename it there"):
        rer.read_prices(tmp_path, show=False)
    again.write_text(GOOD.replace("SYN", "SYN B"), encoding="utf-8")
    assert list(rer.read_prices(tmp_path, show=False)) == ["SYN", "SYN B"]


def test_prices_are_no_returns_and_returns_no_prices(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2025-01-01", periods=60, name="date")
    returns = pd.DataFrame({"SYN": rng.normal(0, 0.02, 60)}, days)
    with pytest.raises(
        DataError, match=r"look like returns, not prices; read them with rer.read_r"
    ):
        rer.read_prices(returns, show=False)
    same(rer.read_returns(returns, kind="log", show=False), returns.rename_axis(columns="security"))
    with pytest.raises(DataError, match=r"as gross returns .* do; subtract 1, or .* kind='price'"):
        rer.read_returns(returns + 1, show=False)
    simple = rer.read_returns(returns + 1 - 1, kind="simple", show=False)
    assert np.allclose(simple, np.log1p(returns), rtol=1e-12)
    assert rer.read_returns(returns + 1, kind="price", show=False).shape == (60, 1)
    with pytest.raises(DataError, match=r"it has returns, which rer.read_returns reads"):
        rer.read_prices(written(tmp_path, "date,ticker,ret\n2026-01-05,SYN,0.01\n"), show=False)
    [read] = rer.read_returns(tmp_path / "SYN.csv", show=False)["SYN"]
    assert read == np.log1p(0.01)


def test_prices_under_the_name_of_returns_are_refused_and_basis_points_are() -> None:
    rng = np.random.default_rng(4)
    days = pd.bdate_range("2025-01-01", periods=60, name="date")
    log = pd.DataFrame({"SYN": rng.normal(0, 0.02, 60)}, days).rename_axis(columns="security")
    prices = 10 * np.exp(log.cumsum())
    with pytest.raises(DataError, match=r"typically .* as a price is; read prices with kind='pr"):
        rer.read_returns(prices, kind="simple", show=False)
    read = rer.read_returns(prices, kind="price", show=False)
    assert np.allclose(read.iloc[1:], log.iloc[1:], rtol=1e-9)
    named = prices.rename(columns={"SYN": "ret"}).assign(ticker="SYN")
    with pytest.raises(DataError, match=r"read prices with columns=.* it is a return") as refused:
        rer.read_returns(named, show=False)
    assert ways(str(refused.value)) == [{"columns": {"price": "ret"}}, {"unit": "percent"}]
    same(rer.read_returns(named, columns={"price": "ret"}, show=False), read)
    mixed = log.assign(RATE=prices["SYN"])
    with pytest.raises(DataError, match=r"'RATE' never falls below 0 .* leave the column out"):
        rer.read_returns(mixed, kind="log", show=False)
    same(rer.read_returns(mixed[["SYN"]], kind="log", show=False), log)
    rate = rer.read_returns(mixed, kind="log", unit="percent", show=False)["RATE"]
    assert np.allclose(rate, prices["SYN"] / 100, rtol=1e-12)
    with pytest.raises(DataError, match="too much for per cent; divide basis points by 10 000"):
        rer.read_returns(log * 10_000, kind="log", show=False)
    notes = rer.read_prices(log + 1, show=False).attrs["read"]["notes"]
    assert any("as gross returns (1 + r) do" in note for note in notes)


def test_columns_of_two_units_are_not_read_as_one() -> None:
    rng = np.random.default_rng(6)
    days = pd.bdate_range("2025-01-01", periods=60, name="date")
    alike = pd.DataFrame(rng.normal(0, 0.005, (60, 2)), days, ["SYN", "SYN B"])
    table = alike.assign(**{"SYN B": 100 * alike["SYN B"]}).clip(-0.9, 0.9)
    with pytest.raises(DataError, match=r"'SYN' is .* and 'SYN B' is .* write all alike, or say"):
        rer.read_returns(table, kind="log", show=False)
    read = rer.read_returns(alike, kind="log", show=False)
    same(read, alike.rename_axis(columns="security"))
    for unit, scale in (("fraction", 1), ("percent", 100)):
        whole = rer.read_returns(table, kind="log", unit=unit, show=False)
        assert np.allclose(whole, table / scale, rtol=1e-12)


@pytest.mark.parametrize("code", [-99.0, -99.99, -1.0])
def test_a_code_among_returns_is_named_and_then_missing(code: float) -> None:
    days = pd.DatetimeIndex(["2026-01-05", "2026-01-06", "2026-01-07"], name="date")
    table = pd.DataFrame({"SYN": [0.01, code, -0.02]}, days)
    with pytest.raises(DataError, match=f"'SYN' is {code:g} on 2026-01-06") as refused:
        rer.read_returns(table, kind="simple", show=False)
    way = next(way for way in ways(str(refused.value)) if "missing" in way)
    read = rer.read_returns(table, kind="simple", show=False, **way)
    right = np.log1p([0.01, np.nan, -0.02])
    assert np.allclose(read["SYN"], right, rtol=1e-12, equal_nan=True)


def test_a_per_cent_sign_and_the_unit_agree(tmp_path: Path) -> None:
    path = written(tmp_path, "date,SYN\n2026-01-05,1.0%\n2026-01-06,-2.0%\n")
    with pytest.raises(DataError, match="bear a per cent sign; leave unit out"):
        rer.read_returns(path, unit="fraction", kind="log", show=False)
    same(rer.read_returns(path, kind="log", show=False), frame({"SYN": [0.01, -0.02]}))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"encoding": "klingon"}, "write one such as gb18030, utf-16 or cp1252, or leave it out"),
        ({"delimiter": "ab"}, "'delimiter' must be one sign"),
        ({"decimal": ",", "thousands": ","}, "are both ','; .* Write what each is in the file"),
        ({"layout": "tall"}, "choose from 'wide' .* or 'long'"),
        ({"date_format": "%Y-%m"}, "names no day, and a row for each day is read"),
        ({"date_format": "DD.MM.YYYY"}, "write %d for the day, %m for the month and %Y for"),
        ({"date_format": "%d.%m.%Q.%Y"}, r"write one such as date_format='%d.%m.%Y'"),
        ({"header_row": 0}, "must be a row of the file from 1"),
        ({"header_row": 9}, "header_row 9 is no row of the table; it has rows 1 to 3"),
        ({"sheet": True}, "sheet must be a name, or a number from 0"),
        ({"missing": "-99"}, r"missing must be a list of codes, such as \[-99\]"),
        ({"missing": [None]}, "missing holds None; write texts and numbers"),
        ({"columns": "date"}, "columns must be a mapping such as"),
        ({"columns": {"date": ""}}, "must name a column"),
        ({"columns": {"day": "Date"}}, "a meaning in columns"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_argument_that_means_nothing_is_refused(
    tmp_path: Path, given: dict[str, Any], says: str
) -> None:
    with pytest.raises(DataError, match=says):
        rer.read_prices(written(tmp_path, GOOD), show=False, **given)


@pytest.mark.parametrize("source", [None, 7, "", "no/such.csv", pd.DataFrame(), pd.Series([1.0])])
def test_what_is_no_file_and_no_frame_is_refused(source: Any) -> None:
    with pytest.raises(DataError, match=r"^source |there is no file .no/such.csv.; write its path"):
        rer.read_prices(source, show=False)


def test_a_frame_of_one_security_is_named_in_a_column() -> None:
    table = frame(RIGHT).rename(columns={"SYN": "Close"}).assign(Volume=1.0)
    with pytest.raises(DataError, match=r"such as frame.assign\(security='MP'\)"):
        rer.read_prices(table, show=False)
    same(rer.read_prices(table.assign(security="SYN"), show=False), frame(RIGHT))


def test_seconds_since_1970_are_written_as_days_of_a_zone() -> None:
    table = pd.DataFrame({"date": [1767623400, 1767709800], "SYN": [10.5, 11.0]})
    with pytest.raises(DataError, match=r"unit='s', utc=True.*tz_convert\('America/New_York'\)"):
        rer.read_prices(table, show=False)
    stamps = pd.to_datetime(table["date"], unit="s", utc=True)
    days = stamps.dt.tz_convert("America/New_York").dt.date
    same(rer.read_prices(table.assign(date=days), show=False), frame(RIGHT))


def test_midnight_is_a_day_and_a_close_at_four_is_one_if_its_reader_says_so(tmp_path: Path) -> None:
    midnight = "Date,SYN\n1/5/2026 12:00:00 AM,10.5\n1/6/2026 12:00:00 AM,11.0\n"
    path = written(tmp_path, midnight.replace("1/5", "1/15").replace("1/6", "1/16"))
    assert list(rer.read_prices(path, show=False).index.day) == [15, 16]
    path = written(tmp_path, midnight.replace("1/5", "1/15").replace("12:00", "4:00"))
    with pytest.raises(DataError, match="has a clock time") as refused:
        rer.read_prices(path, show=False)
    [way] = ways(str(refused.value))
    assert way == {"date_format": "%m/%d/%Y %I:%M:%S %p"}
    assert list(rer.read_prices(path, show=False, **way).index.day) == [6, 15]


def test_dates_of_an_unknown_form_are_found_by_their_format(tmp_path: Path) -> None:
    path = written(tmp_path, "My list\n\nTag;SYN\n5. Jan 2026;10,5\n6. Jan 2026;11,0\n")
    for more in ({}, {"columns": {"date": "Tag"}}):
        table = rer.read_prices(path, date_format="%d. %b %Y", show=False, **more)
        same(table, frame(RIGHT))


def test_the_days_of_a_frame_in_another_zone_are_those_of_the_exchange() -> None:
    days = pd.DatetimeIndex(["2026-01-05", "2026-01-06"], tz="Asia/Shanghai")
    table = pd.DataFrame({"SYN": [10.5, 11.0]}, days.tz_convert("UTC"))
    with pytest.raises(DataError, match=r"frame.tz_convert\('Asia/Shanghai'\) gives its days"):
        rer.read_prices(table, show=False)
    same(rer.read_prices(table.tz_convert("Asia/Shanghai"), show=False), frame(RIGHT))


@pytest.mark.parametrize("text", [
    "Unnamed: 0,Date,SYN\n0,2026-01-05,10.5\n1,2026-01-06,11.0\n",
    "Date,SYN,Seen\n2026-01-05,10.5,2026-02-05\n2026-01-06,11.0,2026-02-06\n",
])  # fmt: skip
def test_what_is_no_security_is_none(tmp_path: Path, text: str) -> None:
    table = rer.read_prices(written(tmp_path, text), show=False)
    same(table, frame(RIGHT))
    assert table.attrs["read"]["columns not used"] == ["Seen"] * ("Seen" in text)


@pytest.mark.parametrize("cells", [
    ('"1,23,456.5"', '"1,00,456"'), ("123\u2007456.5", "100\u2007456"), ("123456.5", "100456.0"),
])  # fmt: skip
def test_thousands_are_grouped_as_in_india_and_by_any_space(
    tmp_path: Path, cells: tuple[str, str]
) -> None:
    path = written(tmp_path, f"Date,SYN\n2026-01-05,{cells[0]}\n2026-01-06,{cells[1]}\n")
    same(rer.read_prices(path, show=False), frame({"SYN": [123456.5, 100456.0]}))


def test_brackets_are_a_minus_and_are_said(tmp_path: Path) -> None:
    path = written(tmp_path, "Date,return\n2026-01-05,(1.5%)\n2026-01-06,2.5%\n")
    table = rer.read_returns(path, kind="log", show=False)
    same(table, frame({"SYN": [-0.015, 0.025]}))
    assert "brackets for a minus" in table.attrs["read"]["numbers"]


def test_decimals_of_a_database_are_numbers_and_flags_are_none() -> None:
    table = frame(RIGHT).map(lambda price: Decimal(str(price)))
    same(rer.read_prices(table, show=False), frame(RIGHT))
    with pytest.raises(DataError, match="True in 'SYN' is not a number; make it one, or remove"):
        rer.read_prices(frame(RIGHT).gt(0), show=False)
    same(rer.read_prices(frame(RIGHT).gt(0).astype(int) * frame(RIGHT), show=False), frame(RIGHT))


@pytest.mark.parametrize("heading", [
    "Datum,Zuletzt,Eröffn.,Hoch,Tief,+/- %", "Date,Dernier,Ouv.,Plus Haut,Plus Bas,Variation %",
    "Fecha,Último,Apertura,Máximo,Mínimo,% var.", "日付け,終値,始値,高値,安値,変化率 %",
    "Date,series,OPEN,HIGH,LOW,close", "\u200bDate,\ufeffClose",
])  # fmt: skip
def test_the_fields_of_one_security_are_no_securities(tmp_path: Path, heading: str) -> None:
    rows = [f"2026-01-0{day}," + ",".join([price] * 4) + ",0.1" for day, price in
            ((5, "10.5"), (6, "11.0"))]  # fmt: skip
    rows = [row[:15] for row in rows] if heading.endswith("Close") else rows
    if "series" in heading:
        rows = [row.replace(",1", ",EQ,1", 1).removesuffix(",0.1") for row in rows]
    same(rer.read_prices(written(tmp_path, "\n".join([heading, *rows])), show=False), frame(RIGHT))


def test_an_index_that_numbers_rows_is_no_date_and_one_of_periods_is() -> None:
    days = ["2026-01-05", "-", "2026-01-06"]
    table = pd.DataFrame({"date": days, "ticker": "SYN", "close": [10.5, 0, 11.0]})
    same(rer.read_prices(table[table["close"] > 0], show=False), frame(RIGHT))
    same(rer.read_prices(frame(RIGHT).to_period("D"), show=False), frame(RIGHT))


def test_a_factor_of_zero_makes_no_price_and_is_counted(tmp_path: Path) -> None:
    text = "permno,date,prc,cfacpr\nSYN,2026-01-05,21,2\nSYN,2026-01-06,11,1\nSYN,2026-01-07,5,0\n"
    table = rer.read_prices(written(tmp_path, text), show=False)
    same(table, frame({"SYN": [10.5, 11.0, np.nan]}))
    assert "1 missing, for which there is none above 0" in table.attrs["read"]["notes"][0]
