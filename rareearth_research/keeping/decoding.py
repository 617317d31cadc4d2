"""How does a value come back from JSON and CSV? By its kind; no class but ours, and no code.

What a folder holds may come from anybody. Objects refer only to those before them, so that nothing
leads back to itself; a column is used once; and what all of it may hold is bounded.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.errors import DataError, shown
from rareearth_research.keeping.encoding import CODED, LARGEST, PACKAGE, is_ours

MOST = 10_000_000  # values in one object, those of the objects that it refers to counted each time
CELLS = 100_000_000  # of all arrays and indexes together
SIZED = np.ndarray | pd.Index | pd.Series | pd.DataFrame
DTYPE = re.compile(
    r"bool|object|float(16|32|64|128)|u?int(8|16|32|64)|<U\d{1,6}"
    r"|(datetime|timedelta)64\[(s|ms|us|ns|[YMWDhm])\]"
)
EXTENSION = re.compile(r"str|string(\[\w+\])?|boolean|(U?Int|Float)\d{1,2}|period\[[\w-]{1,8}\]")
ZONE = re.compile(r"(?!dateutil)[A-Za-z_]+(/[\w+-]+)*|UTC[+-]\d\d:\d\d")
MISSING = {"NaT": pd.NaT, "NA": pd.NA}


class Reader:
    """Makes the values again that a `Writer` turned into JSON."""

    def __init__(self, folder: Path, document: Mapping[str, Any]) -> None:
        self.folder, self.hashes = folder, document["files"]
        self.left = LARGEST  # bytes that may still be read
        self.tables = {name: self.table(name) for name in self.hashes}
        self.made: list[Any] = []
        self.weights: list[int] = []
        cells = 0
        for found in document["objects"]:
            self.weight = 1
            self.made.append(self.object(found))
            self.weights.append(self.weight)
            cells += self.made[-1].size if isinstance(self.made[-1], SIZED) else 0
            if self.weight > MOST or cells > CELLS:
                raise ValueError("more values than fit into memory")

    def table(self, name: str) -> dict[int, list[str]]:
        if Path(name).name != name or not name.endswith(".csv"):
            raise DataError(f"{self.folder} names a file elsewhere: {shown(name)}")
        content = contents(self.folder / name, self.left)
        self.left -= len(content)
        if hashlib.sha256(content).hexdigest() != self.hashes[name]:
            raise DataError(f"{self.folder / name} is not as it was saved; save the result again")
        rows = [*csv.reader(io.StringIO(content.decode(), newline=""))][1:]
        columns = zip(*(row or [""] for row in rows), strict=True)
        return {number: [*column] for number, column in enumerate(columns)}

    def value(self, value: Any) -> Any:
        self.weight += 1
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, dict):
            if type(value) is int and abs(value) >= 2**63:
                raise ValueError("a whole number beyond 64 bits")
            return value
        if "float" in value:
            return float(value["float"])
        number = value["ref"]
        if type(number) is not int or number < 0:
            raise ValueError(f"{shown(number)} is no number of an object")
        found = self.made[number]
        self.weight += self.weights[number]
        return found

    def object(self, found: Mapping[str, Any]) -> Any:
        if "class" in found:
            return self.instance(found)
        for kind, make in _MADE.items():
            if kind in found:
                return make(self, found)
        raise ValueError(f"nothing is called {[*found][:1]}")

    def instance(self, found: Mapping[str, Any]) -> Any:
        module, _, name = found["class"].partition(":")
        if module.partition(".")[0] != PACKAGE or "__" in module:
            raise DataError(f"{self.folder} names a class of another package: {shown(module)}")
        kind: Any = import_module(module)
        for part in name.split("."):
            kind = getattr(kind, part)
        if not (isinstance(kind, type) and is_ours(kind)):
            raise ValueError(f"{name} is no class of {module}")
        if "text" in found:
            return str.__new__(kind, found["text"])
        if "items" in found:
            items = self.value(found["items"])
            return kind(items) if issubclass(kind, list) else tuple.__new__(kind, items)  # type: ignore[type-var]
        if "mapping" in found and issubclass(kind, dict):
            return kind(_mapping(self, found))
        known = {field.name for field in fields(kind)} if is_dataclass(kind) else None
        if known is not None and known != {*found["fields"]}:
            raise ValueError(f"{name} is kept with other parts")
        made: Any = object.__new__(kind)
        for part, value in found["fields"].items():
            object.__setattr__(made, part, self.value(value))
        return made

    def frame(self, found: Mapping[str, Any]) -> pd.DataFrame:
        index, names = self.value(found["index"]), self.value(found["names"])
        values = map(self.column, found["columns"])
        columns = {i: pd.Series(v, index, v.dtype) for i, v in enumerate(values)}
        frame = pd.DataFrame(columns, index).set_axis(names, axis=1)
        frame.attrs = self.value(found["attrs"])
        return frame

    def series(self, found: Mapping[str, Any]) -> pd.Series:
        index, name = self.value(found["index"]), self.value(found["name"])
        values = self.value(found["series"])
        series = pd.Series(values, index, values.dtype, name, copy=False)
        series.attrs = self.value(found["attrs"])
        return series

    def labels(self, found: Mapping[str, Any]) -> pd.Index:
        values = self.value(found["labels"])
        index = pd.Index(values, dtype=values.dtype, name=self.value(found["name"]))
        if found["freq"]:
            index = pd.DatetimeIndex(index, freq=found["freq"])
        return index

    def levels(self, found: Mapping[str, Any]) -> pd.MultiIndex:
        levels = self.value(found["levels"])
        return pd.MultiIndex.from_arrays(levels, names=self.value(found["names"]))

    def column(self, found: Mapping[str, Any]) -> Any:
        if "shape" in found:
            return self.array(found)
        cells = self.cells(found)
        if "zone" in found:
            utc = pd.DatetimeIndex(self.values(found["dtype"], cells)).tz_localize("UTC")
            return utc.tz_convert(_known(found["zone"], ZONE)).array
        if "categories" in found:
            known = self.value(found["categories"])
            codes = self.values("int64", cells)
            return pd.Categorical.from_codes(codes, known, ordered=found["ordered"])
        if "extension" in found:
            values = [None if cell == "" else self.cell(cell) for cell in cells]
            return pd.array(values, dtype=_known(found["dtype"], EXTENSION))
        return self.values(found["dtype"], cells)

    def array(self, found: Mapping[str, Any]) -> np.ndarray:
        parts = [self.cells(part) for part in found["parts"]]
        columns = [self.values(found["dtype"], cells) for cells in parts or [[]]]
        flat = np.array(columns, dtype=found["dtype"]).T
        return np.ascontiguousarray(flat.reshape(found["shape"]))

    def cells(self, found: Mapping[str, Any]) -> list[str]:
        return found["cells"] if "cells" in found else self.tables[found["file"]].pop(found["at"])

    def values(self, dtype: str, cells: list[str]) -> np.ndarray:
        if np.dtype(_known(dtype, DTYPE)).itemsize * len(cells) > LARGEST:
            raise ValueError("more text than fits into memory")
        kind = np.dtype(dtype).kind
        if kind == "f":
            return np.array([float(cell or "nan") for cell in cells], dtype=dtype)
        if kind in "iubm":
            return np.array([int(cell) for cell in cells], dtype=np.int64).astype(dtype)
        if kind == "M":
            return np.array([cell or "NaT" for cell in cells], dtype=dtype)
        values = np.empty(len(cells), dtype=object)
        values[:] = [None if cell == "" else self.cell(cell) for cell in cells]
        return values.astype(dtype)

    def cell(self, cell: str) -> Any:
        return self.value(json.loads(cell[len(CODED) :])) if cell.startswith(CODED) else cell


def contents(path: Path, most: int) -> bytes:
    """Return what a file holds; a link, what is no file, and what is too large are refused."""
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise DataError(f"{path} is a link or no file; put the file itself there")
        if path.stat().st_size > most:
            raise DataError(f"{path.parent} holds more than {LARGEST >> 20} MB, which is no result")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(f"{path} cannot be read: {why}; save the result again") from None


def _mapping(reader: Reader, found: Mapping[str, Any]) -> dict[Any, Any]:
    return {reader.value(key): reader.value(value) for key, value in found["mapping"]}


def _known(name: str, kind: re.Pattern[str]) -> Any:
    """Return a name that pandas or numpy looks up: it also knows some that are files, or huge."""
    if not kind.fullmatch(name):
        raise ValueError(f"{shown(name)} is not known")
    return name


def _span(reader: Reader, found: Mapping[str, Any]) -> pd.RangeIndex:
    index = pd.RangeIndex(*found["span"]).rename(reader.value(found["name"]))
    if len(index) > MOST:
        raise ValueError("more rows than fit into memory")
    return index


def _instant(reader: Reader, found: Mapping[str, Any]) -> pd.Timestamp:
    instant = pd.Timestamp(found["instant"])
    zone = found["zone"]
    return (instant.tz_convert(_known(zone, ZONE)) if zone else instant).as_unit(found["unit"])


_MADE: dict[str, Callable[[Reader, Mapping[str, Any]], Any]] = {
    "mapping": _mapping,
    "tuple": lambda r, f: tuple(r.value(f["tuple"])),
    "set": lambda r, f: set(r.value(f["set"])),
    "frozenset": lambda r, f: frozenset(r.value(f["frozenset"])),
    "columns": lambda r, f: r.frame(f),
    "series": lambda r, f: r.series(f),
    "levels": lambda r, f: r.levels(f),
    "span": _span,
    "labels": lambda r, f: r.labels(f),
    "dtype": lambda r, f: r.column(f),
    "missing": lambda r, f: MISSING[f["missing"]],
    "instant": _instant,
    "scalar": lambda r, f: r.array(f["scalar"])[0],
    "span of time": lambda r, f: pd.Timedelta(f["span of time"], "ns").as_unit(f["unit"]),
    "day": lambda r, f: dt.date.fromisoformat(f["day"]),
    "path": lambda r, f: Path(f["path"]),
}
