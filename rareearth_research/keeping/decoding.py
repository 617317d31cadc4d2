"""How does a value come back from JSON and CSV? By its kind; no class but ours, and no code."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.errors import DataError, shown
from rareearth_research.keeping.encoding import CODED, PACKAGE, is_ours

__all__ = ["Reader"]


class Reader:
    """Makes the values again that a `_Writer` turned into JSON."""

    def __init__(self, folder: Path, document: Mapping[str, Any]) -> None:
        self.folder, self.hashes, self.objects = folder, document["files"], document["objects"]
        self.made: dict[int, Any] = {}
        self.tables: dict[str, list[list[str]]] = {}
        for name in self.hashes:  # all of them, also those that nothing refers to
            self.tables[name] = self.table(name)

    def table(self, name: str) -> list[list[str]]:
        if Path(name).name != name:
            raise DataError(f"{self.folder} names a file elsewhere: {shown(name)}")
        try:
            content = (self.folder / name).read_bytes()
        except OSError as error:
            raise DataError(
                f"{self.folder / name} cannot be read: {error.strerror}; save the result again"
            ) from None
        if hashlib.sha256(content).hexdigest() != self.hashes[name]:
            raise DataError(f"{self.folder / name} is not as it was saved; save the result again")
        rows = [*csv.reader(io.StringIO(content.decode(), newline=""))][1:]
        return [[*column] for column in zip(*(row or [""] for row in rows), strict=True)]

    def value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "float" in value:
            return float(value["float"])
        number = value["ref"]
        if number not in self.made:
            self.made[number] = self.object(self.objects[number])
        return self.made[number]

    def object(self, found: Mapping[str, Any]) -> Any:
        if "class" in found:
            return self.instance(found)
        for kind, make in _MADE.items():
            if kind in found:
                return make(self, found)
        raise ValueError(f"nothing is called {[*found][:1]}")

    def instance(self, found: Mapping[str, Any]) -> Any:
        module, _, name = found["class"].partition(":")
        if module.partition(".")[0] != PACKAGE:
            raise DataError(f"{self.folder} names a class of another package: {shown(module)}")
        kind: Any = import_module(module)
        for part in name.split("."):
            kind = getattr(kind, part)
        if not (isinstance(kind, type) and is_ours(kind)):
            raise ValueError(f"{name} is no class of {module}")
        if "text" in found:
            return str.__new__(kind, found["text"])
        if "mapping" in found:
            return kind(_mapping(self, found))
        if "items" in found:
            items = self.value(found["items"])
            return kind(items) if issubclass(kind, list) else tuple.__new__(kind, items)  # type: ignore[type-var]
        made: Any = object.__new__(kind)
        for name, value in found["fields"].items():
            object.__setattr__(made, name, self.value(value))
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
        series = pd.Series(values, index, values.dtype, name)
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
            return utc.tz_convert(found["zone"]).array
        if "categories" in found:
            known = self.value(found["categories"])
            codes = self.values("int64", cells)
            return pd.Categorical.from_codes(codes, known, ordered=found["ordered"])
        if "extension" in found:
            values = [None if cell == "" else self.cell(cell) for cell in cells]
            return pd.array(values, dtype=found["dtype"])
        return self.values(found["dtype"], cells)

    def array(self, found: Mapping[str, Any]) -> np.ndarray:
        columns = [self.values(found["dtype"], self.cells(part)) for part in found["parts"]]
        flat = np.array(columns, dtype=found["dtype"]).T
        return np.ascontiguousarray(flat.reshape(found["shape"]))

    def cells(self, found: Mapping[str, Any]) -> list[str]:
        if "cells" in found:
            return list(found["cells"])
        return self.tables[found["file"]][found["at"]]

    def values(self, dtype: str, cells: list[str]) -> np.ndarray:
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


def _mapping(reader: Reader, found: Mapping[str, Any]) -> dict[Any, Any]:
    return {reader.value(key): reader.value(value) for key, value in found["mapping"]}


def _instant(reader: Reader, found: Mapping[str, Any]) -> pd.Timestamp:
    instant = pd.Timestamp(found["instant"])
    zone = found["zone"]
    return (instant.tz_convert(zone) if zone else instant).as_unit(found["unit"])


_MADE: dict[str, Callable[[Reader, Mapping[str, Any]], Any]] = {
    "mapping": _mapping,
    "tuple": lambda r, f: tuple(r.value(f["tuple"])),
    "set": lambda r, f: set(r.value(f["set"])),
    "frozenset": lambda r, f: frozenset(r.value(f["frozenset"])),
    "columns": lambda r, f: r.frame(f),
    "series": lambda r, f: r.series(f),
    "levels": lambda r, f: r.levels(f),
    "span": lambda r, f: pd.RangeIndex(*f["span"]).rename(r.value(f["name"])),
    "labels": lambda r, f: r.labels(f),
    "dtype": lambda r, f: r.column(f),
    "missing": lambda r, f: getattr(pd, f["missing"]),
    "instant": _instant,
    "scalar": lambda r, f: r.array(f["scalar"])[0],
    "span of time": lambda r, f: pd.Timedelta(f["span of time"], "ns").as_unit(f["unit"]),
    "day": lambda r, f: dt.date.fromisoformat(f["day"]),
    "path": lambda r, f: Path(f["path"]),
}
