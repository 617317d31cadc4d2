"""Every argument of every loader, times every corruption: refused by its name, or right."""

from __future__ import annotations

import datetime as dt
import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research import datasets
from rareearth_research.datasets import (
    catalog,
    cite,
    load_events,
    load_prices,
    load_trade,
    load_vix,
)
from rareearth_research.errors import DataError

CORRUPT: dict[str, Any] = {
    "a number": 3,
    "a year": 2024,
    "digits of a day": 20240508,
    "a fraction": 2024.5,
    "NaN": float("nan"),
    "blank": " ",
    "an empty list": [],
    "a list of None": [None],
    "a list of numbers": [1, 2],
    "a list in a list": [["MP"]],
    "a mapping": {"MP": 1},
    "bytes": b"MP",
    "10 MB": "x" * 10**7,
    "a frame": pd.DataFrame({"a": [1]}),
    "a matrix": np.zeros((2, 2)),
    "an array without axis": np.array("MP"),
    "NaT": pd.NaT,
    "NA": pd.NA,
    "an object": object(),
    "a path": Path("MP"),
    "the word true": "true",
    "half a date": "2 May",
    "two ways to read": "08/05/2024",
    "no month": "2024-13",
    "a clock without zone": dt.datetime(2024, 1, 1, 13),
    "a day with a zone": pd.Timestamp("2024-01-01", tz="UTC"),
    "a surrogate": "\ud800",
}
ARGUMENTS = [
    (name, argument)
    for name in datasets.__all__
    for argument in inspect.signature(getattr(datasets, name)).parameters
    if not name.startswith("read_")  # the readers of own files: tests/project/test_robustness.py
]

NEEDED = {"load_series": {"name": "Nickel"}}


@pytest.mark.parametrize(("loader", "argument"), ARGUMENTS)
def test_a_corrupt_argument_is_refused_by_its_name_in_a_short_sentence(
    loader: str, argument: str
) -> None:
    for kind, value in CORRUPT.items():
        if argument == "search" and isinstance(value, str) and value.strip():
            continue  # any text may be looked for
        with pytest.raises(DataError) as refusal:
            getattr(datasets, loader)(**NEEDED.get(loader, {}) | {argument: value})
        message = str(refusal.value)
        assert argument in message or (loader, argument) == ("read", "name"), (kind, message)
        assert len(message) < 700, kind


@pytest.mark.parametrize("names", [{"MP"}, pd.Series(["MP"]), pd.Index(["MP"]), np.array(["MP"])])
def test_any_plain_collection_of_names_is_read(names: Any) -> None:
    assert load_prices(names).columns.tolist() == ["MP"]


@pytest.mark.parametrize(
    ("until", "last"), [("2024", "2024-12-31"), ("2024-05", "2024-05-31"), ("2024-05-08",) * 2]
)
def test_a_year_or_month_means_the_whole_of_it(until: str, last: str) -> None:
    pd.testing.assert_frame_equal(load_prices("MP", until=until), load_prices("MP", until=last))


def test_since_takes_the_first_day_of_a_month() -> None:
    assert load_vix(since="2024-05").equals(load_vix(since="2024-05-01"))
    assert load_events(since="2024").equals(load_events(since="2024-01-01"))


def test_known_by_is_refused_under_its_own_name() -> None:
    with pytest.raises(DataError, match=r"known_by 2024 is a number; .* '2024'"):
        load_trade(known_by=2024)  # type: ignore[arg-type]
    assert load_trade(known_by="2024").equals(load_trade(known_by="2024-12-31"))  # the remedy


@pytest.mark.parametrize(
    "load", [datasets.load_vix, datasets.load_gpr, datasets.load_usdcny, datasets.load_factors]
)
def test_a_span_without_data_says_what_there_is(load: Any) -> None:
    with pytest.raises(DataError, match=r"no day from since='2100' .* the data run from 2009-"):
        load(since="2100")


def test_a_frame_whose_provenance_was_edited_cannot_be_cited() -> None:
    frame = load_vix()
    frame.attrs["provenance"] = [3]
    with pytest.raises(DataError, match="not as a loader left it"):
        cite(frame)


def test_a_variable_that_means_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAREEARTH_DAT", "/somewhere")
    with pytest.warns(UserWarning, match=r"RAREEARTH_DAT means nothing here; nearest: '\w+_DATA'"):
        catalog.data_dir()


def test_the_address_of_a_source_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAREEARTH_SOURCE_BASE_FREDD", "http://localhost")
    with pytest.warns(UserWarning, match="RAREEARTH_SOURCE_BASE_FREDD means nothing"):
        catalog.data_dir()


def test_variables_that_mean_something_are_not_named(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.setenv("RAREEARTH_SOURCE_BASE_FRED", "http://localhost")
    catalog.data_dir()
    assert not recwarn.list
