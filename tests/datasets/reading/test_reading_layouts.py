"""Files in the shapes of others are read to the cell, or refused with a way that reads them.

Every file of ``tests/data/layouts`` stands in one of the lists below; all figures are synthetic.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import DataError

LAYOUTS = Path(__file__).resolve().parents[2] / "data/layouts"
DAYS = ("2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08")
LATE = ("2026-01-09", "2026-01-12", "2026-01-13")
NAN = float("nan")
Read = Callable[..., pd.DataFrame]
PRICES, RETURNS, EVENTS = rer.read_prices, rer.read_returns, rer.read_events

READ: dict[str, tuple[Any, ...]] = {
    # one security and its fields, named by the file
    "yahoo_download.csv": ({"yahoo_download": [10.3, 10.8, NAN, 10.6]},),
    "yfinance_history.csv": ({"yfinance_history": [10.5, 11.0]},),
    "nasdaq.csv": ({"nasdaq": [10.5, 11.0, 10.8]}, LATE),
    "investing.csv": ({"investing": [1010.5, 1011.0, 1010.8]}, LATE),
    "stooq_syn_us_d.csv": ({"stooq_syn_us_d": [10.5, 11.0]},),
    "alpha_vantage.csv": ({"alpha_vantage": [10.3, 10.8]},),
    "ariva.csv": ({"ariva": [10.5, 11.0]},),
    "folder": ({"SYN.AX": [7.0, NAN, 7.1], "SYN": [10.3, 10.8, NAN]},),
    # a column for each security
    "wide.parquet": ({"SYN": [10.3, 10.8, 10.6], "SYN.AX": [7.0, NAN, 7.1]},),
    "excel_serial.csv": ({"SYN": [10.5, 11.0], "SYN B": [7.1, 7.2]},),
    "quantmod.csv": ({"SYN": [10.3, 10.8]},),
    "yfinance.csv": ({"SYN": [10.5, 11.0, 10.8], "SYN.AX": [7.1, NAN, 7.2]},),
    "yfinance.xlsx": ({"SYN": [10.3, 10.8, 10.6], "SYN.AX": [7.0, NAN, 7.1]},),
    "bloomberg_bdh.xlsx": ({"SYN US Equity": [10.5, 11.0, 10.8],
                            "SYN AU Equity": [7.1, NAN, 7.2]},),
    "bloomberg_pairs.csv": ({"SYN US Equity": [10.5, 11.0, 10.8],
                             "SYN AU Equity": [7.1, NAN, 7.2]},),
    "datastream.csv": ({"SYN METALS": [1010.5, 1011.0, 1010.8],
                        "SYN MAGNETS": [107.1, 107.2, 107.0]},
                       ("2026-01-13", "2026-01-14", "2026-01-15")),
    "wind_edb.xlsx": ({"合成稀土": [10.5, 11.0], "合成磁材": [20.5, 20.8]},),
    # a row for each date and security
    "stooq_bulk.txt": ({"SYN.US": [10.5, 11.0]},),
    "refinitiv.csv": ({"SYN.AX": [7.1, NAN], "SYN.N": [10.5, 11.0]},),
    "crsp_dsf.csv": ({"SYN": [10.5, 11.0, 10.8], "SYNB": [30.5, NAN, 30.8]},),
    "wrds_sas_dates.csv": ({"10001": [10.5, 11.0], "10002": [30.5, 30.8]},),
    "compustat.csv": ({"SYN": [5.25, 11.0], "SYNC": [20.5, 21.0]}, ("2026-01-05", "2026-01-13")),
    "csmar_trd_dalyr.csv": ({"000001": [10.5, 11.0], "600001": [20.5, 20.8]},),
    "csmar_trd_dalyr.xlsx": ({"000001": [10.5, 11.0], "600001": [20.5, 20.8]},),
    "netease.csv": ({"600001": [10.5, 11.0]},),
    "tushare.csv": ({"600001.SH": [10.5, 11.0]},),
    "wind_sequence.csv": ({"000001.SZ": [20.5, NAN], "600001.SH": [10.5, 11.0]},),
}  # fmt: skip
# What is refused, why, and what is read by each way that the message names, or by an edited file.
WIDE = {"SYN": [10.5, 11.0], "SYN B": [1007.1, 1007.2]}
LOGS = {"SYN": [0.05, -0.12, 0.08]}
REFUSED: list[tuple[str, Read, str, tuple[Any, ...]]] = [
    ("bloomberg_unfinished.csv", PRICES, "is a formula that gave no figure",
     ({"SYN US Equity": [10.5, 11.0], "SYN AU Equity": [NAN, 7.1]},)),
    ("euronext.csv", PRICES, "several columns that can be the price, 'Close', 'Last'",
     ({"euronext": [10.4, 10.9]}, ("2026-01-13", "2026-01-14"), {"price": "Close"})),
    ("crsp_ticker_reused.csv", RETURNS, "ticker SYN stands for several permno",
     ({"10001": np.log1p([0.01, -0.02, NAN, NAN]), "10099": np.log1p([NAN, NAN, 0.03, 0.01])},)),
    ("dates_two_ways.csv", PRICES, "can be read in more than one way",
     ({"SYN": [10.5, 11.0]}, DAYS, "%d/%m/%Y")),
    ("unicode_text.txt", PRICES, "can be read in more than one way", (WIDE, DAYS, "%d.%m.%Y")),
    ("googlefinance.csv", PRICES, "can be read in more than one way",
     ({"googlefinance": [10.5, 11.0]}, DAYS, "%m/%d/%Y %H:%M:%S")),
    ("decimal_two_ways.csv", PRICES, "can be read as 1234 or as 1.234", ({"SYN": [1.234, 1.241]},)),
    ("krx.csv", PRICES, "so its letters cannot be known; give its encoding, encoding='euc-kr'",
     ({"krx": [10500.0, 11000.0]},)),
    ("russian.csv", PRICES, "so its letters cannot be known; give its encoding, encoding='cp1251'",
     ({"Цена": [10.5, 11.0]},)),
    ("firm_of_ours.csv", PRICES, "if 'Firma' names the security of each row",
     ({"SYN": [10.5, 11.0], "SYN B": [7.1, 7.2]},)),
    ("returns_wide.csv", RETURNS, "nothing says whether its returns are simple or log",
     ({"SYN": np.log1p([0.01, -0.02, 0.015]), "SYN B": np.log1p([-0.005, 0.0025, NAN])},)),
    ("returns_percent_sign.csv", RETURNS, "nothing says whether its returns are simple or log",
     ({"SYN": np.log1p([0.01, -0.02]), "SYN B": np.log1p([-0.005, 0.0025])},)),
]  # fmt: skip
EDITED: list[tuple[str, str, tuple[tuple[str, str], ...], dict[str, list[float]]]] = [
    ("codes.csv", "'halted' in 'SYN B' is not a number", (("halted", ""), ("-99", "")),
     {"SYN": [10.5, NAN, 10.8], "SYN B": [7.1, 7.2, NAN]}),
    ("currency_mix.csv", "keep the rows of one currency", (("2026-01-06,SYN,15.9,AUD\n", ""),),
     {"SYN": [10.5], "SYNB": [7.1]}),
    ("cut.csv", "2 cells where the header has 3", (("2026-01-06,11.0\n", ""),),
     {"SYN": [10.5], "SYN B": [7.1]}),
    ("decimal_comma_cut.csv", "between double quotes", (("10,5", '"10,5"'), ("11,0", '"11,0"')),
     {"SYN": [10.5, 11.0]}),
    ("twice.csv", "rows 3, 4: 'SYN' has the date .* keep one", (("2026-01-06,SYN,11.1\n", ""),),
     {"SYN": [10.5, 11.0]}),
    ("months.csv", "is a month, not a day", (("2026-01,", "2026-01-05,"), ("-02,", "-01-06,")),
     {"SYN": [10.5, 11.0]}),
]  # fmt: skip
OTHERS = {"README.md", "datastream_codes.csv", "crsp_dsf.csv", "minutes.csv", "no_header.csv",
          "returns_unit.csv", "yahoo_page.csv", "events.xlsx", "events_chinese.csv",
          "events_german.csv", "events_list.txt", "events_two_dates.csv", "events_wrds.csv",
          }  # tested below, or in test_reading_events.py  # fmt: skip


def frame(figures: dict[str, Any], days: tuple[str, ...] = DAYS, _form: str = "") -> pd.DataFrame:
    rows = len(next(iter(figures.values())))
    index = pd.DatetimeIndex(days[:rows], name="date").as_unit("ns")
    return pd.DataFrame(figures, index, dtype=float).rename_axis(columns="security")


def ways(message: str) -> list[dict[str, Any]]:
    """Return the arguments that a message names."""
    named = re.findall(r"(\w+)=('[^']*'|\{[^}]*\}|\[[^\]]*\])", message)
    return [{name: ast.literal_eval(value)} for name, value in named]


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(left, right, check_index_type=False, rtol=1e-12, check_freq=False)


@pytest.mark.parametrize("name", READ)
def test_a_layout_is_read_to_the_cell(name: str) -> None:
    same(rer.read_prices(LAYOUTS / name, show=False), frame(*READ[name]))


@pytest.mark.parametrize(("name", "read", "says", "right"), REFUSED, ids=lambda v: str(v)[:20])
def test_what_is_refused_is_read_by_each_way_named(
    name: str, read: Read, says: str, right: tuple[Any, ...]
) -> None:
    with pytest.raises(DataError, match=says) as refused:
        read(LAYOUTS / name, show=False)
    tables = [(*way.values(), read(LAYOUTS / name, show=False, **way))
              for way in ways(str(refused.value))]  # fmt: skip
    chosen = [table for value, table in tables if right[2:] in ((), (value,))]
    same(chosen[0], frame(*right))


@pytest.mark.parametrize(("name", "says", "edits", "right"), EDITED, ids=lambda v: str(v)[:20])
def test_what_is_refused_is_read_once_it_is_edited_as_the_message_says(
    name: str, says: str, edits: tuple[tuple[str, str], ...], right: Any, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=says):
        rer.read_prices(LAYOUTS / name, show=False)
    text = (LAYOUTS / name).read_text(encoding="utf-8")
    for old, new in edits:
        text = text.replace(old, new)
    (tmp_path / name).write_text(text, encoding="utf-8")
    same(rer.read_prices(tmp_path / name, show=False), frame(right))


def test_every_file_is_tested() -> None:
    there = {path.name for path in LAYOUTS.iterdir()}
    assert there == {*READ, *OTHERS, *(row[0] for row in REFUSED), *(row[0] for row in EDITED)}


def test_letter_codes_and_codes_below_zero_are_missing_returns() -> None:
    returns = rer.read_returns(LAYOUTS / "crsp_dsf.csv", show=False)
    table = pd.read_csv(LAYOUTS / "crsp_dsf.csv").pivot(
        index="date", columns="TICKER", values="RET"
    )
    figures = table.apply(pd.to_numeric, errors="coerce").where(lambda t: t > -1)
    assert np.allclose(returns, np.log1p(figures), rtol=1e-12, atol=0, equal_nan=True)
    assert returns.attrs["read"]["missing"] == {"C": 1, "-66": 1, "B": 1}


def test_chinese_returns_are_read_as_the_vendor_defines_them() -> None:
    returns = rer.read_returns(LAYOUTS / "csmar_trd_dalyr.csv", show=False)
    right = {"000001": np.log1p([0.01, 0.047619]), "600001": np.log1p([-0.02, 0.014634])}
    same(returns, frame(right))
    assert returns.attrs["read"]["holds"] == "simple returns (Dretwd), fraction"
    percent = rer.read_returns(LAYOUTS / "wind_sequence.csv", show=False)
    right = {"000001.SZ": np.log1p([-0.02, NAN]), "600001.SH": np.log1p([0.01, 0.047619])}
    same(percent, frame(right))


def test_the_unit_of_returns_is_asked_for_where_size_does_not_show_it() -> None:
    with pytest.raises(DataError, match="unit='fraction' or unit='percent'"):
        rer.read_returns(LAYOUTS / "returns_unit.csv", kind="log", show=False)
    for unit, scale in (("fraction", 1.0), ("percent", 0.01)):
        got = rer.read_returns(LAYOUTS / "returns_unit.csv", unit=unit, kind="log", show=False)
        same(got, frame(LOGS) * scale)


def test_returns_of_prices_are_log_growth_over_the_last_price() -> None:
    returns = rer.read_returns(LAYOUTS / "folder", show=False)
    right = {"SYN.AX": [NAN, NAN, np.log(7.1 / 7.0)], "SYN": [NAN, np.log(10.8 / 10.3), NAN]}
    same(returns, frame(right))
    assert "returns are ln of each over the last one before it" in returns.attrs["read"]["holds"]


def test_a_row_of_a_dividend_is_removed_as_the_message_says(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"rows 3, 4: .* keep one row a date"):
        rer.read_prices(LAYOUTS / "yahoo_page.csv", show=False)
    lines = (LAYOUTS / "yahoo_page.csv").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "SYN.csv").write_text("".join(line for line in lines if "Dividend" not in line))
    same(rer.read_prices(tmp_path / "SYN.csv", show=False),
         frame({"SYN": [1010.8, 1010.9, 1010.6]}, DAYS[1:]))  # fmt: skip


def test_a_file_without_header_is_read_once_its_columns_are_named() -> None:
    with pytest.raises(DataError, match=r"columns=\['date', 'column1', 'column2'\]"):
        rer.read_prices(LAYOUTS / "no_header.csv", show=False)
    names = ["date", "ticker", "close"]
    prices = rer.read_prices(LAYOUTS / "no_header.csv", columns=names, show=False)
    same(prices, frame({"SYN": [10.5, 11.0]}))


def test_bars_within_a_day_are_never_daily_closes() -> None:
    with pytest.raises(DataError, match="has a clock time") as refused:
        rer.read_prices(LAYOUTS / "minutes.csv", show=False)
    [way] = ways(str(refused.value))
    with pytest.raises(DataError, match=r"comes more than once.* Bars within a day are not read"):
        rer.read_prices(LAYOUTS / "minutes.csv", show=False, **way)


def test_a_holiday_that_was_filled_is_left_out_and_said() -> None:
    prices = rer.read_prices(LAYOUTS / "datastream_codes.csv", show=False)
    assert pd.Timestamp("2026-01-16") not in prices.index
    assert len(prices) == 24
    assert "left out as filled: 1 rows on a weekday" in prices.attrs["read"]["notes"][0]


def test_what_was_understood_is_printed_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    prices = rer.read_prices(LAYOUTS / "yahoo_download.csv")
    said = capsys.readouterr().out
    assert re.search(r"^holds +adjusted prices \(Adj Close, preferred to Close\)$", said, re.M)
    assert re.search(r"^missing +'null': 1$", said, re.M)
    assert prices.attrs["read"]["columns not used"] == ["Open", "High", "Low", "Close", "Volume"]
    ast.literal_eval(repr(prices.attrs["read"]))  # plain values only


def test_the_sign_of_a_currency_is_said() -> None:
    prices = rer.read_prices(LAYOUTS / "nasdaq.csv", show=False)
    assert prices.attrs["read"]["currencies"] == ["$"]


def test_frames_of_yfinance_are_read_with_either_order_of_their_levels() -> None:
    days = pd.DatetimeIndex(DAYS[:2], name="Date")
    levels = pd.MultiIndex.from_product([["Close", "Volume"], ["SYN", "SYN.AX"]],
                                        names=["Price", "Ticker"])  # fmt: skip
    table = pd.DataFrame([[10.5, 7.1, 100, 90], [11.0, 7.2, 110, 80]], days, levels)
    for given in (table, table.swaplevel(axis=1).sort_index(axis=1)):
        same(rer.read_prices(given, show=False), frame({"SYN": [10.5, 11.0], "SYN.AX": [7.1, 7.2]}))
