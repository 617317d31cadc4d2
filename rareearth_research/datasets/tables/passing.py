"""What may be passed on? The tables of the data package, those restricted by terms without rows.

Nothing but the standard library is imported here: the build of a wheel loads this file alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

PASSED_ON = {"free", "attribution"}


def may_be_passed_on(table: dict[str, Any]) -> bool:
    """Say whether the terms of every source of a table are known and allow passing it on."""
    terms = {source.get("redistribution") for source in table.get("sources", ())}
    return bool(terms) and terms <= PASSED_ON


def write_tables(
    data: Path, made: Path, names: Collection[str] | None = None, *, whole: bool = False
) -> list[dict[str, Any]]:
    """Write the data package of `data` into the folder `made`, and return its tables.

    Tables that may not be passed on have their columns and no row. The package in `made` describes
    just the files there, hashes included.

    Parameters
    ----------
    data, made : Path
    names : collection of str, optional
        Which tables; all by default.
    whole : bool
        With every row of every table: not to be passed on.
    """
    package = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    tables = [t for t in package["resources"] if names is None or t["name"] in names]
    for table in tables:
        content = (data / table["path"]).read_bytes().replace(b"\r\n", b"\n")
        if not whole and not may_be_passed_on(table):
            content = content.partition(b"\n")[0] + b"\n"
            table |= {"rows": 0, "first": "", "last": ""}
        digest = hashlib.sha256(content).hexdigest()
        table |= {"bytes": len(content), "hash": f"sha256:{digest}"}
        (made / table["path"]).parent.mkdir(parents=True, exist_ok=True)
        (made / table["path"]).write_bytes(content)
    package |= {"resources": tables, "raw": []}
    text = json.dumps(package, indent=1, ensure_ascii=False)
    (made / "datapackage.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    return tables


def restricted_rows(files: Iterable[tuple[str, bytes]]) -> list[str]:
    """Return what in an archive may not be passed on: paths of tables with rows, and raw files.

    Parameters
    ----------
    files : iterable of (str, bytes)
        Path and content of every file.
    """
    found = dict(files)
    refused = [path for path in found if "/raw/" in path and path.endswith((".csv", ".xls"))]
    packages = [path for path in found if path.rpartition("/")[2] == "datapackage.json"]
    for path in packages:
        home = path.rpartition("/")[0]
        tables = {f"{home}/{t['path']}": t for t in json.loads(found[path])["resources"]}
        for name, content in found.items():
            if name.startswith(f"{home}/") and name.endswith(".csv") and content.count(b"\n") > 1:
                table = tables.get(name)
                refused += [] if table and may_be_passed_on(table) else [name]
    return sorted({*refused})
