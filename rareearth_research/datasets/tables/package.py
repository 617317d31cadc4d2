"""Describe built tables as a Frictionless data package (``datapackage.json``)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rareearth_research.datasets.tables.registry import Table
from rareearth_research.errors import DataError, did_you_mean

SOURCES = "sources.csv"
SOURCE_COLUMNS = ("source_id", "title", "publisher", "url", "retrieved", "licence",
                  "redistribution", "note")  # fmt: skip
# Words allowed in sources.csv "redistribution", and what they mean in data/README.md.
REDISTRIBUTION = {
    "free": "may be passed on",
    "attribution": "may be passed on if the source is named",
    "restricted": "the publisher's terms restrict passing it on; check them before you do",
    "unknown": "terms not established; check before you pass it on",
}
VERSION = "1"


@dataclass(frozen=True)
class BuiltTable:
    """A table with its clean frame, fields and file content."""

    table: Table
    frame: pd.DataFrame
    fields: list[dict[str, Any]]
    content: bytes

    @property
    def path(self) -> str:
        return f"clean/{self.table.name}.csv"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def read_sources(raw: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return the rows of ``sources.csv`` by source id, checked."""
    if tuple(raw.columns) != SOURCE_COLUMNS:
        raise DataError(f"data/raw/{SOURCES} must have the columns {', '.join(SOURCE_COLUMNS)}")
    for row, source in enumerate(raw.to_dict("records"), start=2):
        empty = [c for c in ("source_id", "title", "publisher", "licence") if not source[c]]
        if empty:
            raise DataError(f"data/raw/{SOURCES} line {row}: {', '.join(empty)} is empty")
        if source["redistribution"] not in REDISTRIBUTION:
            raise DataError(
                f"data/raw/{SOURCES} line {row}: redistribution is "
                f"{source['redistribution']!r}; use one of {', '.join(REDISTRIBUTION)}"
            )
        if source["url"] and not source["url"].startswith(("https://", "http://")):
            raise DataError(
                f"data/raw/{SOURCES} line {row}: {source['url']!r} is not a web address"
            )
    twice = raw.loc[raw["source_id"].duplicated(), "source_id"].tolist()
    if twice:
        raise DataError(f"data/raw/{SOURCES}: source ids appear twice: {', '.join(twice)}")
    return {
        str(source["source_id"]): {str(key): str(value) for key, value in source.items()}
        for source in raw.to_dict("records")
    }


def describe_package(
    built: Sequence[BuiltTable],
    sources: Mapping[str, Mapping[str, str]],
    raw_files: Mapping[str, bytes],
    unused: Collection[str] = (),
) -> dict[str, Any]:
    """Return the whole package: every table with fields, sources, licences and hashes.

    `unused` are the ids of sources that have given no row yet: no table is cited for them.
    """
    return {
        "name": "rareearth-research",
        "title": "rareearth_research data",
        "version": VERSION,
        "description": (
            "Policy events on rare earths and other critical minerals, prices of exposed "
            "securities, and market, mineral and trade indicators, cleaned and cited."
        ),
        "profile": "tabular-data-package",
        "resources": [_resource(item, sources, unused) for item in built],
        "raw": [
            {"path": f"raw/{name}", "bytes": len(content), "hash": _sha256(content)}
            for name, content in sorted(raw_files.items())
        ],
    }


def to_json(package: Mapping[str, Any]) -> bytes:
    """Write the package with one line per field, so that a change reads well in git."""
    text = json.dumps(package, indent=1, ensure_ascii=False)
    # json.dumps breaks every small object over many lines; fields and sources fit on one.
    text = re.sub(r"\{\n\s+\"name\": [^{}]*\}", _on_one_line, text)
    text = re.sub(
        r"\{\n\s+\"name\": [^{}]*\{[^{}]*\}[^{}]*\}", _on_one_line, text
    )  # a field with constraints
    return (text + "\n").encode("utf-8")


def _on_one_line(match: re.Match[str]) -> str:
    return json.dumps(json.loads(match.group()), ensure_ascii=False)


def _resource(
    item: BuiltTable, sources: Mapping[str, Mapping[str, str]], unused: Collection[str]
) -> dict[str, Any]:
    table = item.table
    first, last = _span(item.frame)
    used = [source_id for source_id in table.sources if source_id not in unused]
    named = [_source(table.name, source_id, sources) for source_id in used]
    return {
        "name": table.name,
        "type": "table",
        "profile": "tabular-data-resource",
        "title": table.title,
        "description": table.description,
        "path": item.path,
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(item.content),
        "hash": f"sha256:{item.sha256}",
        "rows": len(item.frame),
        "first": first,
        "last": last,
        "loaders": list(table.loaders),
        "raw": list(table.raw),
        "schema": {
            "fields": item.fields,
            "primaryKey": list(table.primary_key),
            "missingValues": [""],
        },
        "sources": named,
        "licenses": _licences(named),
    }


def _source(table: str, source_id: str, sources: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    if source_id not in sources:
        raise DataError(
            f"table {table!r} names the source {source_id!r}, which data/raw/{SOURCES} does not "
            f"list{did_you_mean(source_id, sources)}"
        )
    row = sources[source_id]
    entry = {"id": source_id, "title": row["title"], "publisher": row["publisher"]}
    if row["url"]:
        entry["path"] = row["url"]
    for key in ("retrieved", "licence", "redistribution", "note"):
        if row[key]:
            entry[key] = row[key]
    return entry


def _licences(named: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    distinct = dict.fromkeys((source["licence"], source["redistribution"]) for source in named)
    return [
        {
            "name": re.sub(r"[^A-Za-z0-9.]+", "-", licence).strip("-"),
            "title": f"{licence} ({REDISTRIBUTION[redistribution]})",
        }
        for licence, redistribution in distinct
    ]


def _span(frame: pd.DataFrame) -> tuple[str, str]:
    """Return the first and last date of the first complete date column, else of ``year``."""
    for name in frame.columns:
        days = frame[name]
        if pd.api.types.is_datetime64_any_dtype(days) and len(days) and days.notna().all():
            return f"{days.min():%Y-%m-%d}", f"{days.max():%Y-%m-%d}"
    if "year" in frame and len(frame):
        return str(int(frame["year"].min())), str(int(frame["year"].max()))
    return "", ""


def _sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
