"""What is a code called where people read? Names of tests, reasons, phases, columns and the like.

The names are data (`labels.toml`). Tables for reading and prose show them; data, downloads and
arguments keep the codes.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

KINDS = {"by": "test", "left_out": "security", "event_ids": "event_id", "sample": "exchange"}
NAMED = ("event_id", "security")
LOG = "log %"
LOG_WORDS = (
    "Log % in tables and on axes are log returns times a hundred; sentences compound them "
    "(−10 log % are −9.5 %)."
)


@functools.cache
def labels() -> dict[str, dict[str, str]]:
    """Return the display name of every code, by kind."""
    return tomllib.loads(Path(__file__).with_name("labels.toml").read_text(encoding="utf-8"))


def label(kind: str, code: str) -> str:
    """Return the display name of a code: ``label("test", "kp")``; a code without one as it is.

    `kind` is a kind of `labels`, or a column that holds codes of one.
    """
    return labels().get(KINDS.get(kind, kind), {}).get(code, code)


def heading(column: object) -> str:
    """Return what a column is called above a table for reading."""
    return label("column", str(column)).replace("_", " ")


def unit(frame: pd.DataFrame) -> str:
    """Return the unit of averages, times a hundred: ``"log %"``; ``"%"`` of simple returns."""
    return "%" if frame.attrs.get("returns") == "simple" else LOG


def units(frame: pd.DataFrame) -> dict[str, str]:
    """Return the columns of fractions that a table for reading shows in per cent, by their unit."""
    known = labels()["unit"] | (labels()["unit_beside_caar"] if "caar" in frame else {})
    return {
        name: unit(frame) if of == LOG else of
        for name, of in known.items()
        if list(frame.columns).count(name) == 1 and frame[name].dtype == float
    }


def readable(frame: pd.DataFrame, names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return a frame with the codes of known columns as words; headings are left to `heading`.

    Parameters
    ----------
    frame : DataFrame
    names : mapping, optional
        Display names of events and securities by id and ticker.
    """
    given = dict(names or {})
    shown = {}
    if "materials" in frame.columns and frame["materials"].dtype.kind not in "biufM":
        shown["materials"] = frame["materials"].map(lambda symbols: str(symbols).replace(";", " "))
    for column in frame.columns[~frame.columns.duplicated(keep=False)]:
        kind = KINDS.get(column, column)
        known = given if kind in NAMED else labels().get(str(kind), {})
        if known and frame[column].dtype.kind not in "biufM":
            shown[column] = frame[column].map(functools.partial(_said, known=known))
    return frame.assign(**shown)


def _said(value: Any, known: Mapping[str, str]) -> Any:
    """Return a code, or several with semicolons between them, in words."""
    if not isinstance(value, str):
        return value
    return "; ".join(known.get(part, part) for part in value.split(";"))
