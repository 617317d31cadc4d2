"""Clean frames to bytes and back, so that the same frame always makes the same file.

The dialect is plain: UTF-8, comma, ``\\n``, a header, absent values empty, dates ``YYYY-MM-DD``,
instants ``YYYY-MM-DDTHH:MM:SSZ``, booleans ``true``/``false``, numbers with at most 12 significant
digits. The list of fields (name, type, unit, description) travels in ``datapackage.json``, so
reading needs no schema library.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth_research.errors import DataError, shown

if TYPE_CHECKING:
    from rareearth_research.datasets.tables.registry import Table

FLOAT_FORMAT = "%.12g"
DATE = "%Y-%m-%d"
INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def fields_of(table: Table, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Describe each column of a validated frame as a Frictionless field."""
    fields = []
    for name in frame.columns:
        column = next(c for key, c in table.columns.items() if re.fullmatch(key, str(name)))
        kind = _kind(table.name, frame[name])
        field: dict[str, Any] = {"name": str(name), "type": kind}
        if kind == "datetime":
            field["format"] = INSTANT
        field["description"] = column.description.replace("{column}", str(name))
        if column.unit:
            field["unit"] = column.unit
        constraints: dict[str, Any] = {}
        if column.between:
            constraints = {"minimum": column.between[0], "maximum": column.between[1]}
        if not column.nullable and kind != "string":
            constraints["required"] = True
        if constraints:
            field["constraints"] = constraints
        fields.append(field)
    return fields


def encode(frame: pd.DataFrame, fields: Sequence[dict[str, Any]]) -> bytes:
    """Write `frame` in the dialect above; equal frames give equal bytes."""
    text = {}
    for field in fields:
        column = frame[field["name"]]
        if field["type"] == "date":
            column = column.dt.strftime(DATE)
        elif field["type"] == "datetime":
            column = column.dt.strftime(INSTANT)
        elif field["type"] == "boolean":
            column = column.map({True: "true", False: "false"})
        text[field["name"]] = column
    out = pd.DataFrame(text).to_csv(index=False, lineterminator="\n", float_format=FLOAT_FORMAT)
    return out.encode("utf-8")


def decode(
    content: bytes, fields: Sequence[dict[str, Any]], what: str = "the table"
) -> pd.DataFrame:
    """Read bytes written by `encode`, with the types of `fields`.

    Text columns are never missing (absent is ``""``); integers and booleans that may be missing
    come back as ``Int64`` and ``boolean``. `what` begins the message of an error.

    Raises
    ------
    DataError
        If the header is not that of `fields`, or a cell is not of its type.
    """
    names = [str(field["name"]) for field in fields]
    try:
        header = next(csv.reader(io.StringIO(content.partition(b"\n")[0].decode("utf-8"))), [])
        if header == names:
            return _decoded(content, fields)
        problem = f"its header is {shown(','.join(header), 200)}"
    except (ValueError, KeyError, OverflowError, csv.Error) as error:
        problem = shown(str(error), 200)
    raise DataError(
        f"{what} cannot be read by its fields {shown(','.join(names), 200)}: {problem}; "
        "run `rareearth data build`"
    )


def text_table(content: bytes, what: str, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Read a raw table, every column text, absent text ``""``.

    Raises
    ------
    DataError
        If it is no CSV in UTF-8, has a row of another length, or not exactly `columns`.
    """
    try:
        frame = read_texts(io.BytesIO(content))
    except ValueError as error:
        problem = shown(str(error), 200)
    else:
        if not columns or tuple(frame.columns) == tuple(columns):
            return frame
        problem = (
            f"it has the columns {shown(', '.join(frame.columns), 300)}, not {', '.join(columns)}"
        )
    raise DataError(f"{what} cannot be read as CSV: {problem}; get it again with git")


def read_texts(source: Any, **options: Any) -> pd.DataFrame:
    """Read delimited text, every cell text; a row longer than the header is a ValueError."""
    try:
        # Without index_col=False pandas takes rows with one cell more for rows with a label.
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                source, dtype="str", keep_default_na=False, index_col=False, **options
            )
    except pd.errors.ParserWarning as error:
        raise ValueError(str(error)) from None


def write_texts(frame: pd.DataFrame) -> bytes:
    """Write a table of texts as `text_table` reads it."""
    return frame.to_csv(index=False, lineterminator="\n").encode("utf-8")


def _decoded(content: bytes, fields: Sequence[dict[str, Any]]) -> pd.DataFrame:
    dtypes: dict[str, Any] = {}
    for field in fields:
        required = field.get("constraints", {}).get("required", False)
        dtypes[field["name"]] = {
            "integer": "int64" if required else "Int64",
            "boolean": "bool" if required else "boolean",
            "number": "float64",
        }.get(field["type"], "str")
    may_be_missing = {f["name"]: [""] for f in fields if f["type"] != "string"}
    frame = pd.read_csv(
        io.BytesIO(content), dtype=dtypes, keep_default_na=False, na_values=may_be_missing
    )
    for field in fields:
        name = field["name"]
        if field["type"] == "date":
            frame[name] = pd.to_datetime(frame[name], format=DATE).astype("datetime64[us]")
        elif field["type"] == "datetime":
            instants = pd.to_datetime(frame[name], format=INSTANT, utc=True)
            frame[name] = instants.astype("datetime64[us, UTC]")
    return frame


def _kind(table: str, column: pd.Series) -> str:
    dtype = column.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return "boolean"
    if pd.api.types.is_integer_dtype(dtype):
        return "integer"
    if pd.api.types.is_float_dtype(dtype):
        return "number"
    if isinstance(dtype, pd.DatetimeTZDtype):
        if str(dtype.tz) != "UTC":
            raise DataError(f"table {table!r}: instants of {column.name!r} must be in UTC")
        return "datetime"
    if pd.api.types.is_datetime64_dtype(dtype):
        if not column.dropna().dt.normalize().equals(column.dropna()):
            raise DataError(
                f"table {table!r}: {column.name!r} holds times of day without a zone; "
                "make it UTC or drop the time"
            )
        return "date"
    if pd.api.types.is_string_dtype(dtype):
        return "string"
    raise DataError(f"table {table!r}: column {column.name!r} has the unsupported type {dtype}")
