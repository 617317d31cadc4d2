"""What does a workspace say of its files? `study.yaml`, read as text and checked key by key."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rareearth_research.datasets.plain_yaml import read_yaml
from rareearth_research.errors import DataError, did_you_mean, shown

STUDY = "study.yaml"
VARIABLE = "RAREEARTH_WORKSPACE"
GUIDE = "docs/own_study.md"
MARK = re.compile(rb"^(\xef\xbb\xbf)?rareearth_study\s*:", re.M)
KINDS = ("equity", "etf", "index")
SECURITY = ("name", "exchange", "currency", "kind", "benchmark", "materials")
# Key of study.yaml, and whether it holds a mapping, a list of names, or either of it and one name.
KEYS: dict[str, Any] = {
    "rareearth_study": str,
    "title": str,
    "events": dict,
    "prices": dict,
    "returns": dict,
    "exchanges": (str, dict),
    "securities": dict,
    "groups": dict,
    "studies": (str, list),
    "parameters": dict,
}


@dataclass(frozen=True)
class Described:
    """What `study.yaml` says, or what stands in its place where files are given by name.

    Attributes
    ----------
    events, prices : mapping
        Options of `read_events` and `read_prices`.
    returns : mapping
        Options of `read_returns`, if the files of prices hold returns.
    exchanges : str or mapping
        Exchange of every column of prices, or by column.
    securities : mapping
        By column: name, exchange, currency, kind, benchmark, materials.
    groups : mapping
        Members by group.
    studies : list of str
        What ``rareearth report`` runs.
    """

    title: str = ""
    events: Mapping[str, Any] = field(default_factory=dict)
    prices: Mapping[str, Any] = field(default_factory=dict)
    returns: Mapping[str, Any] = field(default_factory=dict)
    exchanges: str | Mapping[str, str] = ""
    securities: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    groups: Mapping[str, list[str]] = field(default_factory=dict)
    studies: list[str] = field(default_factory=list)


def workspaces() -> list[Path]:
    """Return the folders of one's own, first wins.

    They are those of ``$RAREEARTH_WORKSPACE`` (several with the path separator of the system;
    empty: none), or else the nearest folder upwards of the working directory with a `study.yaml`.

    Raises
    ------
    DataError
        For a folder of the variable that is no workspace.
    """
    named = os.environ.get(VARIABLE)
    if named is None:
        with suppress(OSError):  # the working directory may have been removed
            here = Path.cwd()
            return [folder for folder in (here, *here.parents) if _is_workspace(folder)][:1]
        return []
    folders = [Path(part).expanduser().resolve() for part in named.split(os.pathsep) if part]
    for folder in folders:
        if not _is_workspace(folder):
            raise DataError(
                f"{VARIABLE}: {shown(str(folder), 200)} is no workspace: it has no {STUDY} with a "
                "line 'rareearth_study: 1'; make one with `rareearth new`, or unset the variable"
            )
    return folders


def describe(folder: Path) -> Described:
    """Return what the `study.yaml` of a workspace says.

    Raises
    ------
    DataError
        Naming the key at fault and what to write.
    """
    path = folder / STUDY
    given = read_yaml(path, "study", GUIDE, DataError)
    if not isinstance(given, dict):
        raise DataError(f"{path} must hold 'key: value' lines, such as 'title: My study'")
    given = {key: value for key, value in given.items() if value not in ("", [], {})}
    for key, value in given.items():
        if key not in KEYS:
            raise DataError(f"{path}: unknown key {shown(key)}{did_you_mean(key, KEYS)}")
        if not isinstance(value, KEYS[key]):
            raise DataError(f"{path}: {key}: {shown(value)} is not of its form; see {GUIDE}")
    for ticker, about in given.get("securities", {}).items():
        _check_security(f"{path}: securities: {ticker}", about)
    for part in ("exchanges", "securities"):
        _check_texts(f"{path}: {part}", given.get(part, {}))
    groups = {name: _names(f"{path}: groups: {name}", members)
              for name, members in given.get("groups", {}).items()}  # fmt: skip
    studies = _names(f"{path}: studies", given.get("studies", []))
    kept = ("title", "events", "prices", "returns", "exchanges", "securities")
    return Described(**{k: given[k] for k in kept if k in given}, groups=groups, studies=studies)


def _is_workspace(folder: Path) -> bool:
    """Return whether a folder has a `study.yaml` of ours; others may use the name as well."""
    with suppress(OSError, ValueError), open(folder / STUDY, "rb") as file:
        return MARK.search(file.read(2**16)) is not None
    return False


def _check_security(where: str, about: Any) -> None:
    if not isinstance(about, dict):
        raise DataError(f"{where}: write what is known as {{name: Its name, exchange: XPAR}}")
    for key in about:
        if key not in SECURITY:
            raise DataError(f"{where}: unknown key {shown(key)}{did_you_mean(key, SECURITY)}")
    if about.get("kind", "equity") not in KINDS:
        raise DataError(f"{where}: kind: {shown(about['kind'])} is none of {', '.join(KINDS)}")


def _check_texts(where: str, value: Any) -> None:
    for key, item in value.items() if isinstance(value, dict) else ():
        if isinstance(item, dict):
            _check_texts(f"{where}: {key}", item)
        elif not isinstance(item, str):
            raise DataError(f"{where}: {key}: one text is meant, not {shown(item)}")


def _names(where: str, value: Any) -> list[str]:
    names = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise DataError(f"{where}: {shown(value)} is no list of names; write [A, B]")
    return names
