"""Read ``datapackage.json`` and check that it says what the loaders will ask of it.

The file lies on a user's disk and may be cut short, edited or of another program. Everything the
loaders rely on is checked here, once for each content, so that a damaged record is one sentence
and never a KeyError from inside.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rareearth_research.datasets import swap
from rareearth_research.datasets.disk import said
from rareearth_research.errors import DataError, shown

REBUILD = "run `rareearth data build`"

HASH = re.compile(r"sha256:[0-9a-f]{64}")
PATH = re.compile(r"(clean|raw)/(?!\.\.?$)[^/\\\0]+")
# What each entry must hold, and what kind it is.
PACKAGE: Mapping[str, type] = {"title": str, "version": str, "resources": list, "raw": list}
RAW: Mapping[str, type] = {"path": str, "hash": str}
RESOURCE: Mapping[str, type] = {
    **RAW, "name": str, "title": str, "rows": int, "first": str, "last": str, "loaders": list,
    "schema": dict, "sources": list,
}  # fmt: skip
TYPES = ("number", "string", "date", "boolean", "integer", "datetime")
FIELD: Mapping[str, type] = {"name": str, "type": str}
SOURCE: Mapping[str, type] = {
    "id": str, "title": str, "publisher": str, "licence": str,
    "redistribution": str,
}  # fmt: skip

LATELY = 2_000_000_000  # nanoseconds in which a file may change again with the same time on it

_read: dict[tuple[str, str], dict[str, Any]] = {}
_seen: dict[tuple[Any, ...], dict[str, Any]] = {}


def read_manifest(root: Path) -> dict[str, Any]:
    """Return ``datapackage.json`` of the folder `root` as a dictionary (shared: do not change it).

    Raises
    ------
    DataError
        If it is missing, cannot be read, or does not describe tables.
    """
    path = root / swap.MANIFEST
    with said("the list of tables cannot be read", missing=_missing(root)):
        stamp = _stamp(root)
        if stamp in _seen:
            return _seen[stamp]
        content = swap.read_bytes(root, swap.MANIFEST)
    key = (str(root), hashlib.sha256(content).hexdigest())
    if key not in _read:
        try:
            described = json.loads(content.decode("utf-8"))
            problem = _problem(described)
        except json.JSONDecodeError as error:
            problem = f"not valid JSON (line {error.lineno})"
        except UnicodeDecodeError:
            problem = "not UTF-8"
        except (ValueError, RecursionError):
            problem = "not valid JSON"
        if problem:
            raise DataError(f"{path} is {problem}; {REBUILD}, or get it again with git")
        _read[key] = described
    if stamp:
        _seen[stamp] = _read[key]
    return _read[key]


def _stamp(root: Path) -> tuple[Any, ...]:
    """Return what another content would change; nothing while it may change unseen."""
    try:
        path = swap.locate(root, swap.MANIFEST)
        found = path.stat()
    except FileNotFoundError:  # missing, or just moved into place
        return ()
    times = found.st_mtime_ns, found.st_ctime_ns
    if max(times) > time.time_ns() - LATELY:
        return ()
    return str(path), found.st_dev, found.st_ino, found.st_size, *times


def _missing(root: Path) -> str:
    path = root / swap.MANIFEST
    if (root / "raw").is_dir():
        return f"{path} is missing; {REBUILD}"
    inside = root / "data"
    better = f"{inside}" if (inside / swap.MANIFEST).is_file() else "a checkout's data folder"
    return f"{path} is missing, so {root} is no data folder; set RAREEARTH_DATA to {better}"


def _problem(described: Any) -> str:
    """Say what is wrong with the whole record, or return an empty text."""
    found = _lacks(described, PACKAGE, "it")
    if found:
        return found
    entries = [("raw", RAW, entry) for entry in described["raw"]]
    entries += [("resources", RESOURCE, entry) for entry in described["resources"]]
    for part, shape, entry in entries:
        name = entry.get("name", entry.get("path")) if isinstance(entry, dict) else entry
        found = _lacks(entry, shape, f"an entry of {part!r} ({shown(name, 40)})")
        if not found and not (HASH.fullmatch(entry["hash"]) and PATH.fullmatch(entry["path"])):
            found = f"damaged: the path or hash of {shown(name, 40)} is none"
        if not found and part == "resources":
            found = _table_problem(entry, f"the table {shown(name, 40)}")
        if found:
            return found
    names = [resource["name"] for resource in described["resources"]]
    twice = {name for name in names if names.count(name) > 1}
    return f"damaged: it names the table {shown(min(twice))} twice" if twice else ""


def _table_problem(resource: dict[str, Any], what: str) -> str:
    fields = resource["schema"].get("fields")
    if not isinstance(fields, list) or not fields:
        return f"damaged: {what} has no fields"
    parts = [(field, FIELD, "a field") for field in fields]
    parts += [(source, SOURCE, "a source") for source in resource["sources"]]
    for entry, shape, kind in parts:
        found = _lacks(entry, shape, f"{kind} of {what}")
        if found:
            return found
        if not all(isinstance(value, str) for key, value in entry.items() if key != "constraints"):
            return f"damaged: {kind} of {what} holds something that is not text"
        if not isinstance(entry.get("constraints", {}), dict):
            return f"damaged: the constraints of {kind} of {what} are none"
    unknown = [field["type"] for field in fields if field["type"] not in TYPES]
    if unknown:
        return f"damaged: {what} has a field of type {shown(unknown[0], 40)}"
    if resource["rows"] < 0 or not resource["sources"]:
        return f"damaged: {what} has no source, or less than no rows"
    if not all(isinstance(loader, str) for loader in resource["loaders"]):
        return f"damaged: a loader of {what} is not text"
    if not (_is_time(resource["first"]) and _is_time(resource["last"])):
        return f"damaged: the first or last date of {what} is none"
    return ""


def _lacks(entry: Any, shape: Mapping[str, type], what: str) -> str:
    if not isinstance(entry, dict):
        return f"damaged: {what} is {shown(entry, 40)}, not named values"
    for key, kind in shape.items():
        if key not in entry:
            return f"damaged: {what} has no {key!r}"
        if not isinstance(entry[key], kind) or isinstance(entry[key], bool):
            return f"damaged: {key!r} of {what} is {shown(entry[key], 40)}"
    return ""


def _is_time(text: str) -> bool:
    """Return whether `text` is a day, a year, or empty."""
    if re.fullmatch(r"([1-9]\d{3})?", text, re.ASCII):
        return True
    try:
        return len(text) == 10 and bool(dt.date.fromisoformat(text))
    except ValueError:
        return False
