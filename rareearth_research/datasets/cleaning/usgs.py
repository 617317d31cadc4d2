"""USGS Mineral Commodity Summaries: figures that are not always numbers.

The data release writes ``>95``, ``E``, ``W``, a dash or a range where a number is expected. Every
such form becomes a number (or none) with a qualifier; a form nobody has seen is an error naming
the row. The text as published stays beside it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pandas as pd

from rareearth_research.datasets.tables.registry import CleaningLog, Raw, described
from rareearth_research.errors import DataError

NAN = float("nan")
# Marks that stand where a number is expected: what they mean, and the number if there is one.
MARKS = {
    "—": ("zero", 0.0),
    "--": ("zero", 0.0),
    "E": ("net_exporter", NAN),
    "W": ("withheld", NAN),
    "NA": ("not_available", NAN),
    "s": ("in_world_total", NAN),
}
PLAIN = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
NUMBER = re.compile(rf"-?(?:{PLAIN})", re.ASCII)
BOUND = re.compile(rf"([<>])\s*({PLAIN})", re.ASCII)
RANGE = re.compile(rf"({PLAIN})\s*[-–]\s*({PLAIN})", re.ASCII)


class Figure(NamedTuple):
    """A published figure as numbers and a qualifier."""

    value: float
    low: float
    high: float
    qualifier: str


def clean_usgs(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return one row per published figure, parsed."""
    table = strip_blanks(raw["usgs_mcs2026.csv"], log)
    table = unshift_yttrium(table, log)
    rows = table["commodity"] + ", " + table["country"] + ", " + table["detail"] + ", "
    rows += table["year"]
    periods = [parse_period(value, row) for value, row in zip(table["year"], rows, strict=True)]
    figures = [parse_figure(value, row) for value, row in zip(table["value"], rows, strict=True)]
    clean = table.rename(columns={"value": "published"}).assign(
        year=[last for _, last in periods],
        period=[first if first == last else f"{first}-{last}" for first, last in periods],
        value=[figure.value for figure in figures],
        value_low=[figure.low for figure in figures],
        value_high=[figure.high for figure in figures],
        qualifier=[figure.qualifier for figure in figures],
        estimated=table["notes"].str.startswith("Estimated"),
        critical_2025=table["critical_2025"].map({"Yes": True, "No": False}),
    )
    clean["period"] = clean["period"].astype(str)
    _log_qualifiers(clean, log)
    return USGS.in_order(clean)


def parse_figure(published: str, row: str = "") -> Figure:
    """Return the numbers and the qualifier of one published figure.

    Parameters
    ----------
    published
        The text of the data release: a number with or without thousands separators, a bound
        (``>95``), a range (``10,000 - 15,000``), or one of `MARKS`.
    row
        Names the row in an error.

    Returns
    -------
    Figure
        A bound gives itself as value and as low or high; a range gives its midpoint.

    Raises
    ------
    DataError
        For any other text.
    """
    text = published.strip()
    if text in MARKS:
        qualifier, value = MARKS[text]
        return Figure(value, NAN, NAN, qualifier)
    if NUMBER.fullmatch(text):
        return Figure(_number(text), NAN, NAN, "")
    if bound := BOUND.fullmatch(text):
        limit = _number(bound[2])
        if bound[1] == ">":
            return Figure(limit, limit, NAN, "greater_than")
        return Figure(limit, NAN, limit, "less_than")
    if ends := RANGE.fullmatch(text):
        low, high = _number(ends[1]), _number(ends[2])
        if low <= high:
            return Figure((low + high) / 2, low, high, "range")
    raise DataError(
        f"usgs_mcs2026.csv, row {row!r}: the value {published!r} is neither a number, a bound, a "
        "range nor a known mark; add its meaning to the parser"
    )


def parse_period(published: str, row: str = "") -> tuple[int, int]:
    """Return the first and last year of ``2025`` or ``2021–24``."""
    if match := re.fullmatch(r"(\d{4})(?:[-–](\d{2}))?", published):
        first = int(match[1])
        last = int(match[1][:2] + match[2]) if match[2] else first
        if first <= last:
            return first, last
    raise DataError(f"usgs_mcs2026.csv, row {row!r}: {published!r} is not a year or a span")


def strip_blanks(table: pd.DataFrame, log: CleaningLog) -> pd.DataFrame:
    """Remove blanks around texts."""
    stripped = table.apply(lambda column: column.str.strip())
    touched = (stripped != table).any(axis=1)
    log.record("strip_blanks", touched.sum(), "Blanks around texts are removed.")
    return stripped


def unshift_yttrium(table: pd.DataFrame, log: CleaningLog) -> pd.DataFrame:
    """Move back the one row whose last two fields slipped to the right by one."""
    slipped = (table["notes"] == "Yes") & (table["critical_2025"] == "Yttrium")
    moved = table.copy()
    moved.loc[slipped, ["notes", "critical_2025"]] = ["", "Yes"]
    log.record(
        "unshift_yttrium",
        slipped.sum(),
        "In this row 'Yes' stands under notes and 'Yttrium' under critical_2025.",
        "; ".join(moved.loc[slipped, "commodity"] + " " + moved.loc[slipped, "year"]),
    )
    return moved


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _log_qualifiers(clean: pd.DataFrame, log: CleaningLog) -> None:
    counts = clean["qualifier"].value_counts()
    marked = counts.drop("", errors="ignore")
    log.record(
        "parse_figure",
        int(marked.sum()),
        "Figures that are not plain numbers carry a qualifier; a withheld, "
        "unavailable or net-exporter figure has no value.",
        ", ".join(f"{name} {count}" for name, count in sorted(marked.items())),
    )


USGS = described("usgs_mcs2026", clean_usgs)

TABLES = (USGS,)
