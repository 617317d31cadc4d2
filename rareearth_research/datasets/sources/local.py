"""Your own file: prices of SMM, Argus, Fastmarkets or any other, by a small mapping file.

The mapping (YAML) says which file, which raw table it feeds, and which of its columns are which;
see ``docs/refreshing.md``. Nothing is guessed: a column that is not there is an error that names
those that are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.datasets.sources.base import Source
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.parsing import csv_table, sheet
from rareearth_research.datasets.sources.rawfiles import RAW_FILES
from rareearth_research.errors import SourceError, did_you_mean

__all__ = ["SOURCE", "from_mapping"]

FORMATS = {"date": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
# key of the mapping: whether it must be there
KEYS = {
    "file": True,
    "raw": True,
    "columns": True,
    "constants": False,
    "sheet": False,
    "date_format": False,
    "decimal": False,
    "thousands": False,
    "delimiter": False,
    "licence": False,
    "title": False,
}


def from_mapping(path: str | Path) -> Source:
    """Make a source of the mapping file at `path`.

    Raises
    ------
    SourceError
        If the mapping has unknown or missing keys, or names an unknown raw table or column.
    """
    path = Path(path)
    mapping = _read_mapping(path)
    raw = RAW_FILES[mapping["raw"]]
    given = [*mapping["columns"], *mapping.get("constants", {})]
    unknown = [name for name in given if name not in raw.columns]
    absent = [name for name in raw.columns if name not in given]
    if unknown:
        hint = did_you_mean(unknown[0], raw.columns)
        raise SourceError(f"{path}: {raw.name} has no column {unknown[0]!r}{hint}")
    if absent:
        raise SourceError(
            f"{path}: {raw.name} also needs {', '.join(map(repr, absent))}; map each to a column "
            "of your file under 'columns' or give one value for all rows under 'constants'"
        )

    def fetch(
        client: Client, since: dt.date | None, current: Mapping[str, pd.DataFrame]
    ) -> dict[str, pd.DataFrame]:
        table = _read_table(path.parent / mapping["file"], mapping, path)
        if since:
            table = table[table[raw.when] >= since.strftime(FORMATS[raw.when])]
        return {raw.name: table.reset_index(drop=True)}

    return replace(
        SOURCE,
        title=mapping.get("title", path.stem),
        licence=mapping.get("licence", SOURCE.licence),
        feeds=(replace(raw, known_series_only=False, series_may_end=True),),
        fetch=fetch,
    )


def _read_mapping(path: Path) -> dict[str, Any]:
    import yaml

    try:
        mapping = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SourceError(f"there is no mapping file {path}; see docs/refreshing.md") from None
    except yaml.YAMLError as error:
        raise SourceError(f"{path} is not valid YAML: {error}") from None
    if not isinstance(mapping, dict):
        raise SourceError(f"{path}: expected keys such as 'file', 'raw' and 'columns'")
    for key in mapping:
        if key not in KEYS:
            raise SourceError(f"{path}: unknown key {key!r}{did_you_mean(key, KEYS)}")
    for key, required in KEYS.items():
        if required and not mapping.get(key):
            raise SourceError(f"{path}: the key {key!r} is missing; see docs/refreshing.md")
    for key in ("columns", "constants"):
        if not isinstance(mapping.get(key, {}), dict):
            raise SourceError(f"{path}: {key!r} must be pairs, such as {{date: My date column}}")
    if mapping["raw"] not in RAW_FILES:
        raise SourceError(
            f"{path}: {mapping['raw']!r} is not a raw table that can be refreshed"
            f"{did_you_mean(mapping['raw'], RAW_FILES)}; it must be one of {', '.join(RAW_FILES)}"
        )
    return mapping


def _read_table(file: Path, mapping: Mapping[str, Any], path: Path) -> pd.DataFrame:
    table = _open(file, mapping)
    table.columns = [str(name).strip() for name in table.columns]
    for name, own in mapping["columns"].items():
        if own not in table.columns:
            raise SourceError(
                f"{file} has no column {own!r} (mapped to {name!r} in {path.name})"
                f"{did_you_mean(own, table.columns)}; it has "
                f"{', '.join(map(repr, table.columns))}"
            )
    raw = RAW_FILES[mapping["raw"]]
    out = pd.DataFrame({name: table[own] for name, own in mapping["columns"].items()})
    out = out[out[raw.when].notna() & (out[raw.when].astype(str).str.strip() != "")]
    out = out.assign(**mapping.get("constants", {}))
    out[raw.when] = _dates(out[raw.when], raw.when, mapping.get("date_format"), file)
    for name in raw.figures:
        if name in mapping["columns"]:
            out[name] = _numbers(out[name], mapping, file)
    return out[list(raw.columns)].reset_index(drop=True)


def _open(file: Path, mapping: Mapping[str, Any]) -> pd.DataFrame:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{file} cannot be read ({error.strerror}); 'file' is relative to the mapping"
        ) from None
    if file.suffix.lower() in (".xls", ".xlsx"):
        cells = sheet(content, mapping.get("sheet", 0), str(file))
        return cells.iloc[1:].set_axis(cells.iloc[0].astype(str), axis=1).reset_index(drop=True)
    return csv_table(content, (), str(file), sep=mapping.get("delimiter", ","))


def _dates(column: pd.Series, when: str, form: str | None, file: Path) -> pd.Series:
    dates = pd.to_datetime(column, format=form or "ISO8601", errors="coerce")
    if dates.isna().any():
        bad = dates.index[dates.isna()][0]
        raise SourceError(
            f"{file}, row {bad + 2}: {column[bad]!r} is not a date of the form "
            f"{form or 'YYYY-MM-DD'}; set 'date_format' in the mapping"
        )
    return dates.dt.strftime(FORMATS[when])


def _numbers(column: pd.Series, mapping: Mapping[str, Any], file: Path) -> pd.Series:
    text = column.astype(str).str.strip()
    if thousands := mapping.get("thousands"):
        text = text.str.replace(thousands, "", regex=False)
    if (decimal := mapping.get("decimal", ".")) != ".":
        text = text.str.replace(decimal, ".", regex=False)
    numbers = pd.to_numeric(text, errors="coerce")
    if numbers.isna().any():
        bad = numbers.index[numbers.isna()][0]
        raise SourceError(
            f"{file}, row {bad + 2}: {column[bad]!r} in {column.name!r} is not a number; set "
            "'thousands' or 'decimal' in the mapping, or remove the row"
        )
    return numbers


SOURCE = Source(
    name="local",
    title="your own file",
    url="docs/refreshing.md",
    licence="yours to know: subscription prices may not be passed on",
    feeds=(),
    fetch=lambda client, since, current: {},
)
