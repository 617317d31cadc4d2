"""Every kind of corruption of a right value: what users, files and other programs really give.

`corruptions` takes a right value and yields (name, bad value) by the kind of the value: a name, a
number, a day, a window, a wide frame of daily values, a frame of rows, bytes of a file.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["corruptions"]

LONG = "z" * 10**6
WRONG: dict[str, Any] = {
    "None": None, "an int": 7, "a float": 0.5, "True": True, "a word": "zzz", "empty text": "",
    "blank text": " ", "bytes": b"zzz", "empty list": [], "list of None": [None], "dict": {"a": 1},
    "set": {1}, "3-d array": np.ones((2, 2, 2)), "empty frame": pd.DataFrame(), "object": object(),
    "NaN": float("nan"), "NaT": pd.NaT, "inf": float("inf"), "a long text": LONG, "a class": int,
    "nested list": [["zzz"]], "list of ints": [1, 2], "text None": "None", "path": "../../etc/passwd",
}  # fmt: skip
CELLS: dict[str, Any] = {
    "inf": np.inf, "-inf": -np.inf, "-99": -99.0, "-9999": -9999.0, "1e308": 1e308, "+900 %": 9.0,
    "letter C": "C", "dot": ".", "N/A": "N/A", "comma": "0,01",
    "None text": "None", "True": True, "date": pd.Timestamp("2024-01-08"), "list": [1], "1j": 1j,
}  # fmt: skip


def corruptions(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield (name, bad value) for a right `value`; a fresh copy each."""
    if isinstance(value, pd.DataFrame) and isinstance(value.index, pd.DatetimeIndex):
        yield from _wrong(value)
        yield from _wide(value)
    elif isinstance(value, pd.DataFrame):
        yield from _wrong(value)
        yield from _rows(value)
    elif isinstance(value, pd.Series):
        yield from _wrong(value)
        yield from _series(value)
    elif isinstance(value, bytes):
        yield from _content(value)
    elif isinstance(value, bool):
        yield from _wrong(value)
        yield from {"1": 1, "0": 0, "yes": "yes", "NO": "NO", "text True": "True"}.items()
    elif isinstance(value, int | float):
        yield from _wrong(value)
        yield from _numbers(value)
    elif isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        yield from _wrong(value)
        yield from _days(value)
    elif isinstance(value, str):
        yield from _wrong(value)
        yield from _names(value)
    elif isinstance(value, list | tuple) and value and _whole(value):
        yield from _wrong(value)
        yield from _windows(value)
    elif isinstance(value, list | tuple) and value and isinstance(value[0], str):
        yield from _wrong(value)
        first = list(corruptions(value[0]))
        yield from ((name, bad) for name, bad in first if name not in WRONG)
        yield from ((f"one is {name}", [*value[1:], bad]) for name, bad in first)
        yield "twice", [*value, value[0]]
    else:
        yield from _wrong(value)


def _whole(value: Any) -> bool:
    return all(isinstance(v, int) or (isinstance(v, list | tuple) and _whole(v)) for v in value)


def _wrong(value: Any) -> Iterator[tuple[str, Any]]:
    for name, bad in WRONG.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and name in ("an int", "a float")):
            yield name, bad


def _names(value: str) -> Iterator[tuple[str, Any]]:
    yield "near name", value[:-1]
    yield "other case", value.swapcase()
    yield "blanks around", f" {value} "
    yield "line break after", value + "\n"
    yield "list of one", [value]
    yield "tuple of one", (value,)
    yield "array of one", np.array([value])
    yield "series of one", pd.Series([value])
    yield "set of one", {value}
    yield "as key", {value: 1}
    yield "as bytes", value.encode()
    yield "with an unknown", [value, "zzz"]
    yield "with None", [value, None]
    yield "with a number", [value, 1]
    yield "twice in a list", [value, value]
    yield "joined by comma", f"{value},{value}"
    yield "full width", "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in value)
    yield "zero-width mark", value + "\u200b"
    yield "NO of YAML", "NO"
    yield "numpy text", np.str_(value)
    yield "a date", "2024-01-08"


def _numbers(value: float) -> Iterator[tuple[str, Any]]:
    yield from {
        "negative": -1, "zero": 0, "-99": -99, "-9999": -9999, "half": 2.5, "huge": 10**12,
        "1e308": 1e308, "-inf": float("-inf"), "text number": str(value), "False": False,
        "10**400": 10**400, "complex": value + 0j, "list of one": [value], "NA": pd.NA,
        "1-d array": np.array([value]), "timedelta": dt.timedelta(1), "per cent": f"{value}%",
        "numpy number": np.float64(value) if isinstance(value, float) else np.int64(value),
    }.items()  # fmt: skip


def written(day: pd.Timestamp) -> dict[str, Any]:
    """The same day in other notations, and what is no day."""
    return {
        "year": f"{day:%Y}", "month": f"{day:%Y-%m}", "quarter": f"{day.year}Q{day.quarter}",
        "month and year": f"{day:%b %Y}", "day first, dots": f"{day:%d.%m.%Y}",
        "day first, slashes": f"{day:%d/%m/%Y}", "month first": f"{day:%m/%d/%Y}",
        "two digits of year": f"{day:%d.%m.%y}", "words": f"{day:%d %B %Y}",
        "compact int": int(f"{day:%Y%m%d}"), "compact text": f"{day:%Y%m%d}",
        "compact float": float(f"{day:%Y%m%d}"), "year int": day.year,
        "Excel serial": (day - pd.Timestamp("1899-12-30")).days,
        "Excel float": float((day - pd.Timestamp("1899-12-30")).days),
        "epoch": int(day.timestamp()), "year 0": "0000-01-01", "year 9999": "9999-12-31",
        "30 February": f"{day:%Y}-02-30", "clock without zone": f"{day:%Y-%m-%d}T16:30",
        "clock object": day + pd.Timedelta(hours=16.5), "zone": day.tz_localize("Asia/Shanghai"),
        "clock and zone": f"{day:%Y-%m-%d}T16:30-05:00", "today": "today", "tomorrow": "tomorrow",
        "no zeros": f"{day.year}-{day.month}-{day.day}", "week": f"{day:%G-W%V}",
        "period": pd.Period(day, "M"), "month object": np.datetime64(f"{day:%Y-%m}"),
        "text NaT": "NaT", "text nan": "nan", "tuple": (day.year, day.month, day.day),
        "timedelta": dt.timedelta(1), "slashes": f"{day:%Y/%m/%d}", "comma": f"{day:%Y-%m-%d},",
    }  # fmt: skip


def _days(value: str) -> Iterator[tuple[str, Any]]:
    yield from written(pd.Timestamp(value)).items()
    yield "blanks around", f" {value} "
    yield "list of one", [value]
    yield "Timestamp", pd.Timestamp(value)
    yield "date", dt.date.fromisoformat(value)
    yield "datetime64", np.datetime64(value)
    yield "midnight", f"{value}T00:00:00"
    yield "as bytes", value.encode()
    yield "index of one", pd.DatetimeIndex([value])


def _windows(value: Any) -> Iterator[tuple[str, Any]]:
    nested = not isinstance(value[0], int)
    first, last = value[0] if nested else value
    pairs: dict[str, Any] = {
        "turned round": (last + 1, first), "three": (first, last, last), "one": (first,),
        "half": (first + 0.5, last), "floats": (float(first), float(last)), "NaN": (first, np.nan),
        "None": (first, None), "text": (str(first), str(last)), "huge": (first, 10**6),
        "very huge": (first, 10**18), "before all": (-(10**6), -(10**6) + 1), "True": (True, True),
        "inf": (first, np.inf), "word": "-1,1", "bracket text": f"[{first}, {last}]",
        "set": {first, last}, "dict": {first: last}, "array": np.array([first, last]),
        "list": [first, last], "slice": slice(first, last), "range": range(first, last + 1),
        "float array": np.array([first, last], dtype=float), "dates": ("2024-01-08", "2024-01-09"),
    }  # fmt: skip
    for name, bad in pairs.items():
        yield f"pair {name}", [bad, *value[1:]] if nested else bad
    if nested:
        yield "a pair twice", [*value, value[0]]
        yield "one pair bad", [*value, (5, 3)]
        yield "one pair None", [*value, None]
        yield "a word for pairs", "event"
        yield "as array", np.array(value)
        yield "as text", str(list(value))


def _series(value: pd.Series) -> Iterator[tuple[str, Any]]:
    name = value.name if value.name is not None else "value"
    frame = value.to_frame(name)
    source = _wide if isinstance(value.index, pd.DatetimeIndex) else _keyed
    for label, bad in source(frame):
        if isinstance(bad, pd.DataFrame) and bad.shape[1] == 1 and bad.columns.nlevels == 1:
            yield label, bad.iloc[:, 0]
    yield "list", value.tolist()
    yield "array", value.to_numpy()


def _wide(value: pd.DataFrame) -> Iterator[tuple[str, Any]]:
    """Daily values, dates down and securities across."""

    def index(new: Any) -> pd.DataFrame:
        return value.set_axis(new, axis=0)

    days, middle, first = value.index, len(value) // 2, value.columns[0]
    yield "no rows", value.iloc[:0]
    yield "no columns", value.iloc[:, :0]
    yield "ten rows", value.iloc[:10]
    yield "turned round", value.T
    yield "unsorted", value.iloc[::-1]
    yield "two rows swapped", value.iloc[[1, 0, *range(2, len(value))]]
    yield "a row twice", pd.concat([value, value.iloc[[middle]]]).sort_index(kind="stable")
    yield "all rows twice", pd.concat([value, value])
    yield "a column twice", pd.concat([value, value.iloc[:, :1]], axis=1)
    yield "two levels of columns", pd.concat({"Close": value}, axis=1)
    yield "tz-aware", index(days.tz_localize("UTC"))
    yield "clock times", index(days + pd.Timedelta(hours=16))
    yield "one clock time", index(days[:-1].append(days[-1:] + pd.Timedelta(hours=16)))
    yield "date text", index(days.strftime("%Y-%m-%d"))
    yield "day-first text", index(days.strftime("%d.%m.%Y"))
    yield "date objects", index(days.date)
    yield "compact ints", index(days.strftime("%Y%m%d").astype(int))
    yield "Excel serials", index((days - pd.Timestamp("1899-12-30")).days)
    yield "row numbers", value.reset_index(drop=True)
    yield "date column", value.rename_axis("date").reset_index()
    yield "periods", index(days.to_period("D"))
    yield "a missing date", index(days[:-1].append(pd.DatetimeIndex([pd.NaT])))
    yield "two levels of rows", index(pd.MultiIndex.from_arrays([days, days]))
    yield "no overlap", index(days - pd.Timedelta(days=36_400))
    yield "a decade later", index(days + pd.Timedelta(days=3_640))
    yield "months", value.groupby(days.to_period("M").to_timestamp()).last()
    yield "weeks", value.groupby(days.to_period("W").start_time).last()
    weekend = pd.date_range(days[0], days[-1])
    yield "zero rows on weekends", value.reindex(weekend, fill_value=0.0)
    yield "weekends filled forward", value.reindex(weekend).ffill()
    yield "holidays as zero rows", value.mask(pd.Series(np.arange(len(value)) % 9 == 0, days), 0.0)
    yield "in per cent", value * 100
    yield "in basis points", value * 10_000
    yield "prices", 100 * np.exp(value.fillna(0).cumsum())
    yield "gross returns", value + 1
    yield "as text", value.astype(str)
    yield "objects", value.astype(object)
    yield "per-cent text", (value * 100).round(2).astype(str) + "%"
    yield "truth values", value > 0
    yield "complex", value.astype(complex)
    yield "all NaN", value * np.nan
    yield "all zero", value * 0.0
    yield "constant", value * 0.0 + 0.001
    yield "all the same column", value.apply(lambda _: value[first])
    yield "column names as ints", value.set_axis(range(value.shape[1]), axis=1)
    yield "column name None", value.rename(columns={first: None})
    yield "column names with blanks", value.rename(columns=lambda name: f" {name} ")
    yield "lower-case columns", value.rename(columns=lambda name: str(name).lower())
    yield "a column of text more", value.assign(comment="x")
    yield "an empty column more", value.assign(Unnamed=np.nan)
    yield "as array", value.to_numpy()
    yield "as dict", value.to_dict()
    yield "as dict of lists", value.to_dict("list")
    yield "as list", value.to_numpy().tolist()
    column = value.columns[0]
    for name, cell in CELLS.items():
        whole = value.copy()
        if not isinstance(cell, float):
            whole[column] = whole[column].astype(object)
        whole.iat[middle, 0] = cell
        yield f"a cell {name}", whole
    whole = value.copy()
    whole[column] = whole[column].astype(object)
    whole.iat[middle, 0] = str(value.iat[middle, 0])
    yield "a cell text number", whole
    for name, cells in {
        "all NaN": np.nan, "all zero": 0.0, "constant": 0.01, "all -99": -99.0, "all text": "x",
        "all True": True, "dates": pd.Timestamp("2024-01-08"),
    }.items():  # fmt: skip
        yield f"a column {name}", value.assign(**{str(column): cells})
    yield "a column in per cent", value.assign(**{str(column): value[column] * 100})
    yield "a column of prices", value.assign(**{str(column): 100 * np.exp(value[column].cumsum())})
    yield "a column categorical", value.astype({column: "category"})


def _keyed(value: pd.DataFrame) -> Iterator[tuple[str, Any]]:
    """Values by a label, such as market values by security."""
    yield "no rows", value.iloc[:0]
    yield "labels twice", pd.concat([value, value])
    yield "row numbers", value.reset_index(drop=True)
    yield "unknown labels", value.set_axis([f"zz{i}" for i in range(len(value))])
    yield "one label misspelt", value.rename(index={value.index[0]: "zzz"})
    yield "labels in other case", value.rename(index=str.lower)
    yield "one label less", value.iloc[1:]
    for name, cell in {**CELLS, "NaN": np.nan, "negative": -1.0, "zero": 0.0}.items():
        bad = value.astype(object)
        bad.iat[0, 0] = cell
        yield f"a cell {name}", bad.infer_objects()
    bad = value.astype(object)
    bad.iat[0, 0] = str(value.iat[0, 0])
    yield "a cell text number", bad
    yield "as text", value.astype(str)
    yield "all zero", value * 0
    yield "all NaN", value * np.nan


def _rows(value: pd.DataFrame) -> Iterator[tuple[str, Any]]:
    """A table: each column lost, misspelt, or with one bad cell of every kind."""
    yield "no rows", value.iloc[:0]
    yield "a row twice", pd.concat([value, value.iloc[:1]], ignore_index=True)
    yield "a column twice", pd.concat([value, value.iloc[:, :1]], axis=1)
    yield "two levels of columns", pd.concat({"x": value}, axis=1)
    yield "turned round", value.T
    yield "an unknown column more", value.assign(zzz=1)
    yield "labels twice", value.set_axis([0] * len(value))
    yield "as records", value.to_dict("records")
    yield "as dict", value.to_dict("list")
    yield "as text", value.astype(str)
    yield "backwards", value.iloc[::-1]
    yield "upper-case columns", value.rename(columns=str.upper)
    yield "columns with blanks", value.rename(columns=lambda name: f"{name} ")
    for column in value.columns:
        yield f"without {column}", value.drop(columns=column)
        yield f"{column} misspelt", value.rename(columns={column: f"{column}s"[1:]})
        yield f"{column} all blank", value.assign(**{column: None})
        yield f"{column} all the same", value.assign(**{column: value[column].iloc[0]})
        for name, cell in _cells(value[column]):
            bad = value.assign(**{column: value[column].astype(object)})
            bad.iat[0, bad.columns.get_loc(column)] = cell
            yield f"{column} has {name}", bad


def _cells(column: pd.Series) -> Iterator[tuple[str, Any]]:
    right = column.iloc[0]
    few = {"None": None, "NaN": np.nan, "empty text": "", "a word": "zzz", "a long text": LONG,
           "True": True, "an int": 7, "list": [1], "object": object()}  # fmt: skip
    yield from few.items()
    if isinstance(right, pd.Timestamp):
        yield from written(right.tz_localize(None).normalize()).items()
        if right.tzinfo is not None:
            yield "no zone", right.tz_localize(None)
            yield "a year later", right + pd.Timedelta(days=366)
    elif isinstance(right, str):
        keep = ("near name", "other case", "blanks around", "full width", "zero-width mark",
                "line break after")  # fmt: skip
        yield from ((name, bad) for name, bad in _names(right) if name in keep)
    else:
        yield from CELLS.items()
        yield "negative", -1
        yield "text number", str(right)


def _content(value: bytes) -> Iterator[tuple[str, Any]]:
    """The bytes of a file: encodings, cuts, other formats, and damaged nodes of JSON."""
    text = value.decode("utf-8", errors="replace")
    yield "empty", b""
    yield "blank", b" \n\n"
    yield "byte-order mark", b"\xef\xbb\xbf" + value
    yield "Windows line ends", value.replace(b"\n", b"\r\n")
    yield "old Mac line ends", value.replace(b"\n", b"\r")
    yield "UTF-16", text.encode("utf-16")
    yield "UTF-32", text.encode("utf-32")
    yield "not UTF-8", value[:20] + b"\xff\xfe\xe4" + value[20:]
    yield "null bytes", value[:20] + b"\0\0" + value[20:]
    yield "cut in half", value[: len(value) // 2]
    yield "cut at the end", value[:-2]
    yield "twice", value + value
    yield "a page", b"<!DOCTYPE html><html><body>Service notice</body></html>"
    yield "a zip", b"PK\x03\x04 not a workbook" + b"\0" * 64
    yield "random", np.random.default_rng(7).bytes(400)
    yield "a list", b"[1, 2]"
    yield "a number", b"7"
    yield "null", b"null"
    yield "deep nesting", b"[" * 100_000
    yield "tabs", value.replace(b" ", b"\t").replace(b",", b"\t")
    yield "semicolons", value.replace(b",", b";")
    yield "another digit", re.sub(rb"\d(?=\D*$)", b"x", value)
    try:
        tree = json.loads(value)
    except ValueError:
        return
    yield from _nodes(tree)


def _nodes(tree: Any) -> Iterator[tuple[str, bytes]]:
    """Every node of a JSON tree lost, and replaced by things of another type."""
    for path in _paths(tree):
        where = "/".join(map(str, path))
        for name, bad in {"None": None, "word": "x", "-1": -1, "list": [], "dict": {"a": 1},
                          "1e300": 1e300}.items():  # fmt: skip
            broken = copy.deepcopy(tree)
            _parent(broken, path)[path[-1]] = bad
            yield f"{where} is {name}", json.dumps(broken).encode()
        broken = copy.deepcopy(tree)
        del _parent(broken, path)[path[-1]]
        yield f"{where} lost", json.dumps(broken).encode()


def _paths(tree: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = list(tree.items()) if isinstance(tree, dict) else []
    items = list(enumerate(tree[:1])) if isinstance(tree, list) else items
    for key, value in items:
        yield (*at, key)
        yield from _paths(value, (*at, key))


def _parent(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        tree = tree[key]
    return tree
