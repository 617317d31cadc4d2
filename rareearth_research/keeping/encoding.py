"""How does a value become JSON and CSV? Numbers and texts alone, floats to the last bit."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.errors import SpecificationError, shown

PACKAGE = __name__.partition(".")[0]
LARGEST = 512 << 20  # bytes of all files together
FEW = 40  # cells of an array from which on it has a file of its own
CODED = "json:"  # begins a cell that holds something else than a number or a plain text


def name_of(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def is_ours(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == PACKAGE


def _zone(zone: Any) -> str | None:
    return None if zone is None else str(zone)


class Writer:
    """Turns values into JSON. What is not plain is listed once in `objects`, and referred to."""

    def __init__(self) -> None:
        self.objects: list[Any] = []
        self.files: dict[str, bytes] = {}
        self.known: dict[int, tuple[Any, int]] = {}  # with the object, so that its id stays taken

    def value(self, value: Any, place: str) -> Any:
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        if type(value) is list:
            return [self.value(item, f"{place}.{i}") for i, item in enumerate(value)]
        if id(value) not in self.known:
            found = self.object(value, place)
            self.known[id(value)] = (value, len(self.objects))
            self.objects.append(found)
        return {"ref": self.known[id(value)][1]}

    def object(self, value: Any, place: str) -> dict[str, Any]:
        kind = type(value)
        if is_ours(kind):
            return {"class": name_of(kind), **self.parts(value, place)}
        if isinstance(value, Mapping):
            return self.pairs(value, place)
        if isinstance(value, tuple | set | frozenset):
            items = value if kind is tuple else sorted(value, key=str)
            return {
                kind.__name__: [self.value(item, f"{place}.{i}") for i, item in enumerate(items)]
            }
        if isinstance(value, np.ndarray):
            return self.array(value, place)
        if isinstance(value, pd.DataFrame):
            return self.frame(value, place)
        if isinstance(value, pd.Series):
            column = {"index": self.value(value.index, f"{place}.index")}
            column |= {
                "name": self.value(value.name, place),
                "attrs": self.value({**value.attrs}, place),
            }
            return {"series": self.value(value.array, place), **column}
        if isinstance(value, pd.MultiIndex):
            levels = [
                self.value(value.get_level_values(i).array, place) for i in range(value.nlevels)
            ]
            return {"levels": levels, "names": self.value([*value.names], place)}
        if isinstance(value, pd.RangeIndex):
            span = [value.start, value.stop, value.step]
            return {"span": span, "name": self.value(value.name, place)}
        if isinstance(value, pd.Index):
            freq = getattr(value, "freqstr", None) if value.dtype.kind == "M" else None
            name = self.value(value.name, place)
            return {"labels": self.value(value.array, place), "name": name, "freq": freq}
        if isinstance(value, pd.api.extensions.ExtensionArray):
            column = self.column(value)
            return {**column, **self.kept(["value"], [column.pop("cells")], place)[0]}
        if value is pd.NaT or value is pd.NA:
            return {"missing": "NaT" if value is pd.NaT else "NA"}
        if isinstance(value, pd.Timestamp):
            return {"instant": value.isoformat(), "unit": value.unit, "zone": _zone(value.tz)}
        if isinstance(value, np.generic):
            return {"scalar": self.array(np.array([value]), place)}
        if isinstance(value, pd.Timedelta):
            return {"span of time": value.as_unit("ns").value, "unit": value.unit}
        if type(value) is dt.date:
            return {"day": value.isoformat()}
        if isinstance(value, Path):
            return {"path": str(value)}
        raise SpecificationError(
            f"{place.lstrip('.') or 'result'} holds {shown(value)}, which no file can keep; write "
            "down what you need of the result, as result.table.to_csv('table.csv') does"
        )

    def pairs(self, value: Mapping[Any, Any], place: str) -> dict[str, Any]:
        pairs = [[self.value(k, place), self.value(v, f"{place}.{k}")] for k, v in value.items()]
        return {"mapping": pairs}

    def parts(self, value: Any, place: str) -> dict[str, Any]:
        if isinstance(value, tuple | list):
            return {"items": self.value([*value], place)}
        if isinstance(value, str):
            return {"text": str(value)}
        if isinstance(value, Mapping):
            return self.pairs(value, place)
        names = [f.name for f in fields(value)] if is_dataclass(value) else [*vars(value)]
        found = {name: self.value(getattr(value, name), f"{place}.{name}") for name in names}
        return {"fields": found}

    def frame(self, frame: pd.DataFrame, place: str) -> dict[str, Any]:
        columns = [self.column(frame.iloc[:, i].array) for i in range(frame.shape[1])]
        cells = [column.pop("cells") for column in columns]
        where = self.kept([str(name) for name in frame.columns], cells, place)
        return {
            "columns": [{**column, **at} for column, at in zip(columns, where, strict=True)],
            "names": self.value(frame.columns, f"{place}.columns"),
            "index": self.value(frame.index, f"{place}.index"),
            "attrs": self.value({**frame.attrs}, f"{place}.attrs"),
        }

    def column(self, values: Any) -> dict[str, Any]:
        """Return one column with its cells."""
        if type(values) is pd.arrays.NumpyExtensionArray:  # and none of its subclasses
            values = values.to_numpy()
        dtype = values.dtype
        if isinstance(dtype, pd.DatetimeTZDtype):
            utc = np.asarray(values.tz_convert("UTC").tz_localize(None))
            return {"dtype": str(utc.dtype), "zone": _zone(dtype.tz), "cells": self.texts(utc)}
        if isinstance(dtype, pd.CategoricalDtype):
            known = {"categories": self.value(dtype.categories, ""), "ordered": bool(dtype.ordered)}
            return {"dtype": "category", **known, "cells": self.texts(np.asarray(values.codes))}
        if isinstance(dtype, np.dtype):
            return {"dtype": str(dtype), "cells": self.texts(np.asarray(values))}
        said = str if isinstance(dtype, pd.PeriodDtype) else (lambda value: value)
        cells = [  # of texts, nullable numbers, periods
            "" if lacks else self.cell(said(value))
            for value, lacks in zip(values.astype(object), values.isna(), strict=True)
        ]
        return {"dtype": str(dtype), "extension": True, "cells": cells}

    def array(self, values: np.ndarray, place: str) -> dict[str, Any]:
        width = values.shape[-1] if values.ndim > 1 else 1
        cells = (
            [self.texts(column) for column in values.reshape(-1, width).T] if values.size else []
        )
        parts = self.kept([str(i) for i in range(len(cells))], cells, place)
        return {"shape": [*values.shape], "dtype": str(values.dtype), "parts": parts}

    def texts(self, values: np.ndarray) -> list[str]:
        """Return the cells of one dimension, each as text."""
        if values.dtype.kind == "f":
            return ["" if v != v else repr(v) for v in values.astype(np.float64).tolist()]
        if values.dtype.kind in "iub":
            return [str(int(v)) for v in values.tolist()]
        if values.dtype.kind in "mM":
            if values.dtype.kind == "m":
                return [str(v) for v in values.view(np.int64).tolist()]
            return [
                "" if text == "NaT" else text for text in np.datetime_as_string(values).tolist()
            ]
        return [self.cell(v) for v in values.tolist()]

    def cell(self, value: Any) -> str:
        if type(value) is str and value and not value.startswith(CODED) and "\r" not in value:
            return value
        return "" if value is None else CODED + json.dumps(self.value(value, "a cell"))

    def kept(self, head: list[str], columns: list[list[str]], place: str) -> list[dict[str, Any]]:
        """Return the cells of each column, or where they are many the file that holds them."""
        if sum(map(len, columns)) <= FEW or not place:
            return [{"cells": cells} for cells in columns]
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([head, *zip(*columns, strict=True)])
        stem = re.sub(r"[^\w.+-]+", "_", place.lstrip("."))[:80] or "result"
        name, number = f"{stem}.csv", 2
        while name.casefold() in map(str.casefold, self.files):
            name, number = f"{stem}-{number}.csv", number + 1
        self.files[name] = text.getvalue().encode()
        return [{"file": name, "at": i} for i in range(len(columns))]
