"""Under which symbol each upstream knows a security is data, one row for each."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from rareearth_research.datasets import sources
from rareearth_research.datasets.cleaning.securities import clean_securities
from rareearth_research.datasets.sources.rawfiles import SUFFIXES
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.errors import DataError
from tests.support.refresh_root import RAW

NAMES = ("securities.csv", "groups.csv", "sources.csv", "price_symbols.csv")
FILES = {
    name: pd.read_csv(io.BytesIO((RAW / name).read_bytes()), dtype=str, keep_default_na=False)
    for name in NAMES
}
SYMBOLS = FILES["price_symbols.csv"].set_index("ticker")


def test_every_source_of_prices_has_its_column() -> None:
    reading = {name for name, s in sources.available().items() if "price_symbols.csv" in s.reads}
    assert {*SYMBOLS.columns} == reading == {"yahoo", "sina", "stooq"}


def test_yahoo_is_asked_for_every_listed_security_and_each_symbol_once() -> None:
    listed = FILES["securities.csv"].set_index("ticker")["listed_until"] == ""
    assert (SYMBOLS["yahoo"] != "").to_dict() == listed.to_dict()
    for column in SYMBOLS:
        asked = SYMBOLS.loc[SYMBOLS[column] != "", column]
        assert asked.is_unique, column


def test_every_a_share_and_its_benchmark_has_a_second_source() -> None:
    chinese = [ticker for ticker in SYMBOLS.index if ticker.endswith((".SS", ".SZ"))]
    assert (SYMBOLS["sina"] != "").loc[lambda s: s].index.tolist() == chinese
    assert len(chinese) == 27


def test_benchmarks_are_asked_for_by_the_names_yahoo_gives_them() -> None:
    named = SYMBOLS.loc[["XJO.AX", "000300.SS", "SPY", "URTH"], "yahoo"]
    assert named.tolist() == ["^AXJO", "000300.SS", "SPY", "URTH"]


def test_every_suffix_has_a_calendar() -> None:
    assert {ticker.partition(".")[2] for ticker in SYMBOLS.index} == {*SUFFIXES}


@pytest.mark.parametrize("change", ["lost", "twice", "unknown"])
def test_a_list_that_is_not_one_row_for_each_security_stops_a_build(change: str) -> None:
    table = FILES["price_symbols.csv"]
    row = table[table["ticker"] == "MP"]
    changed = {
        "lost": table.drop(index=row.index),
        "twice": pd.concat([table, row]),
        "unknown": pd.concat([table, row.assign(ticker="MPX")]),
    }[change]
    with pytest.raises(DataError, match=r"price_symbols.csv must list every security.*; MPX? is"):
        clean_securities({**FILES, "price_symbols.csv": changed}, CleaningLog())
