"""How is an answer kept? As a folder of CSV files and one JSON, which any program can read.

Nothing is pickled: a folder from elsewhere can name classes of this package and hold numbers and
texts, and no code. Floats are written so that they come back to the last bit.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from rareearth_research.datasets.disk import workshop
from rareearth_research.errors import DataError, RareEarthError, SpecificationError, shown
from rareearth_research.keeping.decoding import Reader, contents
from rareearth_research.keeping.encoding import LARGEST, PACKAGE, Writer, name_of
from rareearth_research.reports.place import (
    cannot_write,
    check_replaceable,
    exchange,
    writable,
)
from rareearth_research.summary import Result

KIND, FORMAT, DOCUMENT = f"{PACKAGE} result", 1, "result.json"
DIGITS = 10  # of an id
GIVE = "give the folder that rer.save_result() wrote"


def save_result(result: Result, path: str | os.PathLike[str]) -> Path:
    """Keep a result in a folder, as CSV and JSON; `load_result` reads it.

    Parameters
    ----------
    result : Result
        What `EventStudy.fit`, a study, a placebo or a method on series gives.
    path : str or path
        A new folder, or one that holds a result, which is replaced as a whole.

    Returns
    -------
    Path

    Raises
    ------
    SpecificationError
        If `result` is none, or holds what no file can keep: a test function of one's own.
    RareEarthError
        If the folder holds something else, or cannot be written.

    Notes
    -----
    An event study holds the returns it was made from; their terms hold for the folder too.
    """
    if not isinstance(result, Result):
        raise SpecificationError(
            f"result must be one, as study.fit() returns it; got {shown(result)}"
        )
    target = _path(path).absolute()
    check_replaceable(target, _kept(target), "result")
    document, files = _written(result)
    if sum(map(len, files.values())) > LARGEST:
        raise SpecificationError(
            f"result holds more than {LARGEST >> 20} MB, the most that load_result reads; write "
            "down what you need of it, as result.table.to_csv('table.csv') does"
        )
    try:
        with workshop(writable(target.parent), target.name) as room:
            (new := room / "new").mkdir()
            for name, content in files.items():
                (new / name).write_bytes(content)
            text = json.dumps(document, indent=1) + "\n"
            (new / DOCUMENT).write_text(text, encoding="utf-8", newline="\n")
            exchange(new, target)
    except OSError as error:
        raise cannot_write(target, error) from error
    return target


def _kept(folder: Path) -> set[str]:
    """Return the files of the result in a folder, none where there is no result."""
    try:
        document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
        return {DOCUMENT, *document["files"]} if document["kind"] == KIND else set()
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return set()


def load_result(path: str | os.PathLike[str]) -> Any:
    """Return a result as `save_result` kept it.

    Parameters
    ----------
    path : str or path
        Of the folder.

    Returns
    -------
    Result
        Of the class that was saved; every number is the same to the last bit.

    Raises
    ------
    DataError
        If the folder holds no result of this package, one of a newer format, or a file is not as
        it was written.

    Examples
    --------
    >>> rer.save_result(study.fit(), "october")  # doctest: +SKIP
    >>> rer.load_result("october").verdict  # doctest: +SKIP
    """
    folder = _path(path)
    if not (folder / DOCUMENT).exists():
        raise DataError(
            f"path: {shown(str(folder))} holds no result, as there is no {DOCUMENT} in it; {GIVE}"
        )
    try:
        document = json.loads(contents(folder / DOCUMENT, LARGEST))
        foreign = not isinstance(document, dict) or document.get("kind") != KIND
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"path: {shown(str(folder / DOCUMENT))} cannot be read ({shown(str(error))}); save the "
            "result again"
        ) from None
    if foreign:
        raise DataError(f"path: {DOCUMENT} of {folder} is no result of {PACKAGE}; {GIVE}")
    by = f"it was saved by {PACKAGE} {shown(document.get('version'))}: load it with that one"
    if document.get("format") != FORMAT:
        raise DataError(
            f"{folder} is of format {shown(document.get('format'))}, this version reads {FORMAT}; "
            f"{by}"
        )
    try:
        if _digest(document) != document["sha256"]:
            raise ValueError
    except Exception:  # whatever a damaged document breaks
        raise DataError(
            f"{folder / DOCUMENT} is not as it was saved; save the result again"
        ) from None
    try:
        found = Reader(folder, document).value(document["value"])
        if isinstance(found, Result):
            repr(found), found._repr_html_()  # its parts fit together
    except RareEarthError:
        raise
    except Exception as error:  # whatever a document breaks that somebody made up
        raise DataError(
            f"{folder} cannot be read by this version ({shown(str(error), 80)}); {by}, or save the "
            "result again"
        ) from error
    if not isinstance(found, Result):
        raise DataError(f"path: {folder} holds {shown(found)}, which is no result; {GIVE}")
    return found


def identity(result: Any) -> str:
    """Return the id of an answer: the same whenever, and only if, all that it holds is the same."""
    return str(_written(result)[0]["sha256"])[:DIGITS]


def _path(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike) or not str(path).strip() or "\0" in str(path):
        raise SpecificationError(f"path must be that of a folder; got {shown(path)}")
    return Path(path).expanduser()


def _digest(document: Mapping[str, Any]) -> str:
    content = [document[key] for key in ("class", "files", "objects", "value")]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _written(result: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return what stands in the JSON and in each CSV file."""
    writer = Writer()
    value = writer.value(result, "")
    document = {
        "kind": KIND,
        "format": FORMAT,
        "version": import_module(PACKAGE).__version__,
        "class": name_of(type(result)),
        "files": {n: hashlib.sha256(c).hexdigest() for n, c in sorted(writer.files.items())},
        "objects": writer.objects,
        "value": value,
    }
    return document | {"sha256": _digest(document)}, writer.files
