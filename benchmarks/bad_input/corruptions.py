"""What users, files and other programs give instead of a right value, by the kind of the value."""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

Named = Iterator[tuple[str, Any]]

LONG = "z" * 10**6
WRONG: dict[str, Any] = {
    "None": None, "an int": 7, "a float": 0.5, "True": True, "a word": "zzz", "empty text": "",
    "blank text": " ", "bytes": b"zzz", "empty list": [], "list of None": [None], "dict": {"a": 1},
    "set": {1}, "3-d array": np.ones((2, 2, 2)), "empty frame": pd.DataFrame(), "object": object(),
    "NaN": float("nan"), "NaT": pd.NaT, "inf": float("inf"), "a long text": LONG, "a class": int,
    "nested list": [["zzz"]], "list of ints": [1, 2], "text None": "None",
    "path": "../../etc/passwd",
}  # fmt: skip
CELLS: dict[str, Any] = {
    "inf": np.inf, "-inf": -np.inf, "-99": -99.0, "-9999": -9999.0, "1e308": 1e308, "+900 %": 9.0,
    "letter C": "C", "dot": ".", "N/A": "N/A", "comma": "0,01", "None text": "None", "True": True,
    "date": pd.Timestamp("2024-01-08"), "list": [1], "1j": 1j,
}  # fmt: skip


def corruptions(value: Any) -> Named:
    """Yield the name and the bad value of every corruption of a right `value`."""
    if isinstance(value, bytes):
        yield from _content(value)
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    yield from ((name, bad) for name, bad in WRONG.items()
                if not (number and name in ("an int", "a float")))  # fmt: skip
    if isinstance(value, pd.DataFrame):
        yield from _daily(value) if isinstance(value.index, pd.DatetimeIndex) else _rows(value)
    elif isinstance(value, pd.Series):
        yield from _series(value)
    elif isinstance(value, bool):
        yield from {"1": 1, "0": 0, "yes": "yes", "NO": "NO", "text True": "True"}.items()
    elif number:
        yield from _numbers(value)
    elif isinstance(value, str):
        day = re.fullmatch(r"\d{4}-\d\d-\d\d", value)
        yield from _days(value) if day else _names(value)
    elif isinstance(value, list | tuple) and value and _whole(value):
        yield from _windows(value)
    elif isinstance(value, list | tuple) and value and isinstance(value[0], str):
        inner = list(corruptions(value[0]))
        if len(value) == 1:
            yield from ((name, bad) for name, bad in inner if name not in WRONG)
        yield from ((f"one is {name}", [bad, *value[1:]]) for name, bad in inner)
        yield "twice", [*value, value[0]]


def _whole(value: Any) -> bool:
    return all(isinstance(v, int) or (isinstance(v, list | tuple) and _whole(v)) for v in value)


def _numbers(value: float) -> Named:
    yield from {
        "negative": -1, "zero": 0, "-99": -99, "-9999": -9999, "half": 2.5, "huge": 10**12,
        "1e308": 1e308, "-inf": float("-inf"), "text number": str(value), "False": False,
        "10**400": 10**400, "complex": value + 0j, "list of one": [value], "NA": pd.NA,
        "1-d array": np.array([value]), "timedelta": dt.timedelta(1), "per cent": f"{value}%",
        "numpy number": np.float64(value) if isinstance(value, float) else np.int64(value),
    }.items()  # fmt: skip


def _names(value: str) -> Named:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in value)
    yield from {
        "near name": value[:-1], "other case": value.swapcase(), "blanks around": f" {value} ",
        "line break after": value + "\n", "list of one": [value], "tuple of one": (value,),
        "array of one": np.array([value]), "series of one": pd.Series([value]),
        "set of one": {value}, "as key": {value: 1}, "as bytes": value.encode(),
        "with an unknown": [value, "zzz"], "with None": [value, None], "with a number": [value, 1],
        "twice in a list": [value, value], "joined by comma": f"{value},{value}",
        "full width": wide, "zero-width mark": value + "\u200b", "NO of YAML": "NO",
        "numpy text": np.str_(value), "a date": "2024-01-08",
    }.items()  # fmt: skip


def _written(day: pd.Timestamp) -> dict[str, Any]:
    """The same day in other notations, spans it lies in, and what is no day."""
    serial = (day - pd.Timestamp("1899-12-30")).days
    return {
        "year": f"{day:%Y}", "month": f"{day:%Y-%m}", "quarter": f"{day.year}Q{day.quarter}",
        "month and year": f"{day:%b %Y}", "day first, dots": f"{day:%d.%m.%Y}",
        "day first, slashes": f"{day:%d/%m/%Y}", "month first": f"{day:%m/%d/%Y}",
        "two digits of year": f"{day:%d.%m.%y}", "words": f"{day:%d %B %Y}",
        "compact int": int(f"{day:%Y%m%d}"), "compact text": f"{day:%Y%m%d}",
        "compact float": float(f"{day:%Y%m%d}"), "year int": day.year, "Excel serial": serial,
        "Excel float": float(serial), "epoch": int(day.timestamp()), "year 0": "0000-01-01",
        "year 9999": "9999-12-31", "30 February": f"{day:%Y}-02-30", "today": "today",
        "clock without zone": f"{day:%Y-%m-%d}T16:30", "clock object": day + pd.Timedelta(hours=16),
        "zone": day.tz_localize("Asia/Shanghai"), "clock and zone": f"{day:%Y-%m-%d}T16:30-05:00",
        "tomorrow": "tomorrow", "no zeros": f"{day.year}-{day.month}-{day.day}",
        "week": f"{day:%G-W%V}", "period": pd.Period(day, "M"), "comma": f"{day:%Y-%m-%d},",
        "month object": np.datetime64(f"{day:%Y-%m}"), "text NaT": "NaT", "text nan": "nan",
        "tuple": (day.year, day.month, day.day), "timedelta": dt.timedelta(1),
        "slashes": f"{day:%Y/%m/%d}",
    }  # fmt: skip


def _days(value: str) -> Named:
    day = pd.Timestamp(value)
    yield from _written(day).items()
    yield from {
        "blanks around": f" {value} ", "list of one": [value], "Timestamp": day, "date": day.date(),
        "datetime64": day.to_datetime64(), "midnight": f"{value}T00:00:00",
        "as bytes": value.encode(), "index of one": pd.DatetimeIndex([day]),
    }.items()  # fmt: skip


def _windows(value: Any) -> Named:
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
    for name, pair in pairs.items():
        yield f"pair {name}", [pair, *value[1:]] if nested else pair
    if nested:
        yield from {
            "a pair twice": [*value, value[0]], "one pair bad": [*value, (5, 3)],
            "one pair None": [*value, None], "a word for pairs": "event",
            "as array": np.array(value), "as text": str(list(value)),
        }.items()  # fmt: skip


def _with_cells(value: pd.DataFrame, row: int, cells: dict[str, Any]) -> Named:
    """Put each of `cells` into the first column, and its own number as text."""
    for name, cell in {**cells, "text number": str(value.iloc[row, 0])}.items():
        column = value.iloc[:, 0].astype(object)
        column.iloc[row] = cell
        yield f"a cell {name}", value.assign(**{str(value.columns[0]): column.infer_objects()})


def _series(value: pd.Series) -> Named:
    name = value.name if value.name is not None else "value"
    source = _daily if isinstance(value.index, pd.DatetimeIndex) else _keyed
    for label, bad in source(value.to_frame(name)):
        if isinstance(bad, pd.DataFrame) and bad.shape[1] == 1 and bad.columns.nlevels == 1:
            yield label, bad.iloc[:, 0]
    yield "list", value.tolist()
    yield "array", value.to_numpy()


def _daily(value: pd.DataFrame) -> Named:
    """Daily values: dates down, securities across."""

    def index(new: Any) -> pd.DataFrame:
        return value.set_axis(new, axis=0)

    days, middle, first = value.index, len(value) // 2, value.columns[0]
    every_day = value.reindex(pd.date_range(days[0], days[-1]))
    prices = 100 * np.exp(value.clip(-1, 1).cumsum())
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
    yield "two levels of rows", index(pd.MultiIndex.from_arrays([days, days]))
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
    yield "no overlap", index(days - pd.Timedelta(days=36_400))
    yield "a decade later", index(days + pd.Timedelta(days=3_640))
    yield "months", value.groupby(days.to_period("M").to_timestamp()).last()
    yield "weeks", value.groupby(days.to_period("W").start_time).last()
    yield "zero rows on weekends", value.reindex(every_day.index, fill_value=0.0)
    yield "weekends filled forward", every_day.ffill()
    yield "holidays as zero rows", value.mask(pd.Series(np.arange(len(value)) % 9 == 0, days), 0.0)
    yield "in per cent", value * 100
    yield "in basis points", value * 10_000
    yield "prices", prices
    yield "gross returns", value + 1
    yield "as text", value.astype(str)
    yield "objects", value.astype(object)
    yield "per-cent text", (value * 100).astype(str) + "%"
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
    yield from _with_cells(value, middle, CELLS)
    for name, column in {
        "all NaN": np.nan, "all zero": 0.0, "constant": 0.01, "all -99": -99.0, "all text": "x",
        "all True": True, "dates": pd.Timestamp("2024-01-08"), "in per cent": value[first] * 100,
        "of prices": prices[first], "categorical": value[first].astype("category"),
    }.items():  # fmt: skip
        yield f"a column {name}", value.assign(**{str(first): column})


def _keyed(value: pd.DataFrame) -> Named:
    """Values by a label, such as market values by security."""
    yield "no rows", value.iloc[:0]
    yield "labels twice", pd.concat([value, value])
    yield "row numbers", value.reset_index(drop=True)
    yield "unknown labels", value.set_axis([f"zz{i}" for i in range(len(value))])
    yield "one label misspelt", value.rename(index={value.index[0]: "zzz"})
    yield "labels in other case", value.rename(index=str.swapcase)
    yield "one label less", value.iloc[1:]
    yield from _with_cells(value, 0, {**CELLS, "NaN": np.nan, "negative": -1.0, "zero": 0.0})
    yield "as text", value.astype(str)
    yield "all zero", value * 0
    yield "all NaN", value * np.nan


def _rows(value: pd.DataFrame) -> Named:
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
        for name, cell in _cells(value[column].iloc[0]):
            bad = value[column].astype(object)
            bad.iloc[0] = cell
            yield f"{column} has {name}", value.assign(**{column: bad.infer_objects()})


def _cells(right: Any) -> Named:
    few = ("None", "NaN", "empty text", "a word", "a long text", "True", "an int", "object")
    yield from ((name, WRONG[name]) for name in few)
    yield "list", [1]
    if isinstance(right, pd.Timestamp):
        written = _written(right.tz_localize(None).normalize())
        del written["month object"]  # pandas makes a day of it among days
        yield from written.items()
        if right.tzinfo is not None:
            yield "no zone", right.tz_localize(None)
            yield "a year later", right + pd.Timedelta(days=366)
    elif isinstance(right, str):
        keep = ("near name", "other case", "blanks around", "full width", "zero-width mark",
                "line break after")  # fmt: skip
        yield from ((name, bad) for name, bad in _names(right) if name in keep)
    else:
        yield from {**CELLS, "negative": -1, "text number": str(right)}.items()


def _content(value: bytes) -> Named:
    """The bytes of a file: encodings, cuts, other formats, and damaged nodes of JSON."""
    text = value.decode("utf-8", errors="replace")
    yield from {
        "missing": None, "empty": b"",
        "blank": b" \n\n", "byte-order mark": b"\xef\xbb\xbf" + value,
        "Windows line ends": value.replace(b"\n", b"\r\n"), "UTF-16": text.encode("utf-16"),
        "old Mac line ends": value.replace(b"\n", b"\r"), "UTF-32": text.encode("utf-32"),
        "not UTF-8": value[:20] + b"\xff\xfe\xe4" + value[20:], "twice": value + value,
        "null bytes": value[:20] + b"\0\0" + value[20:], "cut in half": value[: len(value) // 2],
        "cut at the end": value[:-2], "random": np.random.default_rng(7).bytes(400),
        "a page": b"<!DOCTYPE html><html><body>Service notice</body></html>",
        "a zip": b"PK\x03\x04 not a workbook" + b"\0" * 64, "a list": b"[1, 2]", "a number": b"7",
        "null": b"null", "deep nesting": b"[" * 100_000, "semicolons": value.replace(b",", b";"),
        "tabs": value.replace(b" ", b"\t").replace(b",", b"\t"),
        "another digit": re.sub(rb"\d(?=\D*$)", b"x", value),
    }.items()  # fmt: skip
    if value.startswith(b"{"):
        yield from _nodes(json.loads(value))


def _nodes(tree: Any) -> Named:
    """Every node of a JSON tree lost, and replaced by things of another type."""
    others = {"None": None, "word": "x", "-1": -1, "list": [], "dict": {"a": 1}, "1e300": 1e300}
    for path in _paths(tree):
        where, lost = "/".join(map(str, path)), object()
        for name, other in (*((f"is {k}", v) for k, v in others.items()), ("lost", lost)):
            broken = copy.deepcopy(tree)
            parent = broken
            for key in path[:-1]:
                parent = parent[key]
            if other is lost:
                del parent[path[-1]]
            else:
                parent[path[-1]] = other
            yield f"{where} {name}", json.dumps(broken).encode()


def _paths(tree: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = tree.items() if isinstance(tree, dict) else []
    items = enumerate(tree[:1]) if isinstance(tree, list) else items
    for key, value in items:
        yield (*at, key)
        yield from _paths(value, (*at, key))
