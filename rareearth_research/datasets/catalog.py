"""Find a table, check that it is intact, and keep where its figures come from.

Everything is read from ``data/datapackage.json``: a new table is a new entry there, not new code
here. A file is hashed before it is parsed, so a damaged file is an error and never a number; what
was read once is kept in memory for the process, keyed by its hash. Line ends that git turned into
CRLF are turned back before the hash is taken again: such a file is proved to be the one built.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.datasets import swap
from rareearth_research.datasets.disk import folder_of, said, shipped_folder
from rareearth_research.datasets.own.layers import layers
from rareearth_research.datasets.own.overlay import laid_over, own_hashes
from rareearth_research.datasets.tables.manifest import REBUILD, read_manifest
from rareearth_research.datasets.tables.tabular import decode
from rareearth_research.errors import DataError, did_you_mean, shown
from rareearth_research.numerals import capital

PREFIX = "RAREEARTH_"
MOST_DERIVED = 16  # frames
ELSEWHERE = (
    "set RAREEARTH_DATA to the data folder of a checkout, which `rareearth data refresh all` "
    "brings up to date"
)
# and SOURCE_BASE_ with the name of a source
VARIABLES = ("DATA", "NOTEBOOKS", "PRESS", "RUN_DIR", "WORKSPACE")


class Provenance(dict[str, Any]):
    """Where a table comes from; pandas copies it deeply with every frame it derives, so quickly."""

    def __deepcopy__(self, memo: object) -> Provenance:
        return Provenance((k, [*v] if isinstance(v, list) else v) for k, v in self.items())


_frames: dict[str, pd.DataFrame] = {}
_derived: dict[tuple[Any, ...], pd.DataFrame] = {}
_opened: dict[str, None] = {}


def data_dir() -> Path:
    """Return the data folder: ``$RAREEARTH_DATA`` if set, else that of the checkout or wheel.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        If the folder does not exist.

    Warns
    -----
    UserWarning
        About an environment variable that begins like ours and means nothing.
    """
    _name_unused_variables()
    chosen = os.environ.get("RAREEARTH_DATA")
    try:
        return folder_of(chosen or shipped_folder("data"), "RAREEARTH_DATA")
    except DataError as error:
        raise DataError(
            f"{error}; set the environment variable RAREEARTH_DATA to a checkout's data folder, "
            "or unset it"
        ) from None


def read(name: str) -> pd.DataFrame:
    """Return the clean table `name`, checked against its recorded sha256.

    Parameters
    ----------
    name : str
        A name listed by `catalog`.

    Returns
    -------
    DataFrame
        A frame of your own (changing it changes nothing else), with
        ``.attrs["provenance"]``: table, title, sha256, sources, licences.

    Raises
    ------
    DataError
        For an unknown name, and for a file that is missing or differs from its record.
    """
    if not isinstance(name, str):
        raise DataError(f"name must be the name of a table; got {shown(name)}")
    root = data_dir()
    resource = resource_of(name, root)
    content, resource = _verified_content(name, root, resource)
    digest = resource["hash"]
    if digest not in _frames:
        assert content is not None
        _frames[digest] = decode(content, resource["schema"]["fields"], f"the table {name!r}")
    frame = _frames[digest].copy(deep=False)  # copy-on-write keeps the kept frame untouched
    frame.attrs["provenance"] = _provenance(resource)
    _opened[name] = None
    return laid_over(name, frame)


def derived(of: tuple[Any, ...], compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return what `compute` makes of the shipped tables, kept by their hash as they are.

    Parameters
    ----------
    of : tuple
        All that it depends on beside the tables. Beside files of one's own nothing is kept.
    compute : callable
    """
    if layers():
        return compute()
    key = (*of, data_hash())
    if key not in _derived:
        found = compute()
        if key != (*of, data_hash()):  # other data came into force meanwhile
            return found
        while len(_derived) >= MOST_DERIVED:
            _derived.pop(next(iter(_derived)))
        _derived[key] = found
    return _derived[key].copy(deep=False)


def held(name: str) -> pd.DataFrame:
    """Return `read(name)`, refused where an installed package holds no row of it.

    Raises
    ------
    DataError
        As `read`, and for a table that may not be passed on and so is not in a wheel.
    """
    frame = read(name)
    if frame.empty:
        raise DataError(
            f"the table {name!r} has no row in this data folder ({data_dir()}); a wheel brings "
            f"none, because its publishers restrict passing it on: {ELSEWHERE}"
        )
    return frame


def catalog() -> pd.DataFrame:
    """List every clean table, one row each, indexed by name.

    Returns
    -------
    DataFrame
        ``title, loader, rows, columns, first, last, retrieved, units, licence, redistribution,
        sources, path``. ``loader`` is the function that serves it; ``first`` and ``last`` are the
        first and last date (or year) of the table; ``retrieved`` says when its sources were
        fetched, as far as that is recorded (empty: not recorded).
    """
    rows = []
    for resource in manifest()["resources"]:
        fields = resource["schema"]["fields"]
        units = list(dict.fromkeys(f["unit"] for f in fields if f.get("unit")))
        rows.append(
            {
                "name": resource["name"],
                "title": resource["title"],
                "loader": next(iter(resource["loaders"]), ""),
                "rows": resource["rows"],
                "columns": len(fields),
                "first": resource["first"],
                "last": resource["last"],
                "retrieved": _distinct(resource["sources"], "retrieved"),
                "units": "; ".join(units),
                "licence": _distinct(resource["sources"], "licence"),
                "redistribution": _distinct(resource["sources"], "redistribution"),
                "sources": "; ".join(s["id"] for s in resource["sources"]),
                "path": resource["path"],
            }
        )
    return pd.DataFrame(rows).set_index("name")


def opened() -> list[str]:
    """Return the names of the tables that this process has read."""
    return sorted(_opened)


def data_hash() -> str:
    """Return one short hash of all clean tables and files of one's own, for the footer of a report.

    Returns
    -------
    str
        Twelve hexadecimal digits.
    """
    pairs = sorted(f"{r['name']} {r['hash']}" for r in manifest()["resources"])
    pairs += [f"{name} {digest}" for name, digest in own_hashes()]
    return hashlib.sha256("\n".join(pairs).encode()).hexdigest()[:12]


def manifest(root: Path | None = None) -> dict[str, Any]:
    """Return ``datapackage.json`` as a dictionary (shared: do not change it)."""
    return read_manifest(root or data_dir())


def lf(content: bytes) -> bytes:
    """Return `content` with the line ends of the repository, ``\\n``."""
    return content.replace(b"\r\n", b"\n")


def resource_of(name: str, root: Path) -> dict[str, Any]:
    """Return the record of the table `name` in the data package of the folder `root`."""
    known = {resource["name"]: resource for resource in manifest(root)["resources"]}
    if name not in known:
        raise DataError(
            f"there is no table {shown(name)}{did_you_mean(name, known)}. See rer.catalog() for all"
        )
    return known[name]


def _verified_content(
    name: str, root: Path, resource: dict[str, Any]
) -> tuple[bytes | None, dict[str, Any]]:
    """Return the file's bytes (None if already in memory) and the resource they belong to."""
    if resource["hash"] in _frames:
        return None, resource
    for _ in range(2):
        missing = f"{root / resource['path']} (table {name!r}) is missing; {REBUILD}"
        with said(f"the table {name!r} cannot be read", missing=missing):
            content = swap.read_bytes(root, resource["path"])
        found = "sha256:" + hashlib.sha256(content).hexdigest()
        if found == resource["hash"]:
            return content, resource
        if "sha256:" + hashlib.sha256(lf(content)).hexdigest() == resource["hash"]:
            return lf(content), resource
        # A build may have come into force between the two reads: look at the record again.
        resource = resource_of(name, root)
    raise DataError(
        f"{root / resource['path']} (table {name!r}) is not the file that was built: "
        f"expected {resource['hash']}, found {found}. {capital(REBUILD)} to restore "
        "it from data/raw, or get the file again with git"
    )


def _provenance(resource: dict[str, Any]) -> Provenance:
    return Provenance(
        table=resource["name"],
        title=resource["title"],
        sha256=digest_of(resource),
        sources=[source["id"] for source in resource["sources"]],
        licences=_distinct(resource["sources"], "licence"),
    )


def digest_of(resource: dict[str, Any]) -> str:
    """Return the sha256 of a table in hexadecimal digits."""
    return str(resource["hash"]).removeprefix("sha256:")


def _distinct(sources: list[dict[str, Any]], key: str) -> str:
    return "; ".join(dict.fromkeys(s[key] for s in sources if s.get(key)))


def _name_unused_variables() -> None:
    """Warn of a variable that begins like ours and is none: it would be ignored in silence."""
    for variable in os.environ:
        name = variable.removeprefix(PREFIX)
        if variable.startswith(PREFIX) and name not in VARIABLES and not _of_a_source(name):
            hint = did_you_mean(variable, [PREFIX + known for known in VARIABLES])
            warnings.warn(
                f"the environment variable {variable} means nothing here{hint}; unset it",
                stacklevel=4,
            )


def _of_a_source(name: str) -> bool:
    from rareearth_research.datasets.sources import NAMES

    before, base, source = name.partition("SOURCE_BASE_")
    return bool(base) and not before and source.lower() in NAMES
