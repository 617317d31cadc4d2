"""Check that the data folder is what was built: hashes of raw and clean files, and schemas."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.datasets import swap
from rareearth_research.datasets.catalog import REBUILD, data_dir, lf, manifest
from rareearth_research.datasets.disk import folder_of, said
from rareearth_research.datasets.tables.registry import Table, all_tables
from rareearth_research.datasets.tables.tabular import decode
from rareearth_research.errors import DataError
from rareearth_research.summary import Report, Summary


@dataclass(frozen=True, repr=False)
class VerifyReport(Report):
    """Result of `verify`: one row per checked file, and the problems as sentences."""

    root: Path
    files: pd.DataFrame
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def table(self) -> pd.DataFrame:
        """One row per checked file."""
        return self.files

    def summary(self) -> Summary:
        """Return whether the files are as built, and every problem."""
        head = f"{len(self.problems)} problems in {self.root}:"
        if self.ok:
            head = f"{len(self.files)} files in {self.root} are as built"
        return Summary(head, self.files, self.problems)


def verify(root: str | Path | None = None) -> VerifyReport:
    """Check every raw and clean file against its recorded sha256 and every table's schema.

    Parameters
    ----------
    root
        A data folder; default `data_dir`.

    Returns
    -------
    VerifyReport
        ``.ok``, ``.problems`` (sentences) and ``.files`` (path, bytes, status).

    Raises
    ------
    DataError
        If ``datapackage.json`` is missing or unreadable.
    """
    folder = folder_of(root, "root") if root is not None else data_dir()
    described = manifest(folder)
    tables = {table.name: table for table in all_tables()}
    rows: list[tuple[str, int, str]] = []
    problems: list[str] = []
    for resource in [*described["raw"], *described["resources"]]:
        content, problem = _content(folder, resource)
        if content is not None and not problem and "schema" in resource:
            problem = _schema_problem(resource, content, tables)
        rows.append((resource["path"], len(content or b""), problem or "ok"))
        if problem:
            problems.append(problem)
    with said("the data folder cannot be looked through"):
        problems += _unlisted(folder, {row[0] for row in rows})
    files = pd.DataFrame(rows, columns=["path", "bytes", "status"])
    return VerifyReport(folder, files, tuple(problems))


def check_schema(table: Table, frame: pd.DataFrame) -> None:
    """Validate `frame` against the table's schema and primary key.

    Raises
    ------
    DataError
        Naming the table, column, check and first offending rows.
    """
    import pandera.errors

    try:
        table.schema().validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        raise DataError(f"table {table.name!r}: {_failures(error.failure_cases)}") from None
    keys = list(table.primary_key)
    if keys:
        twice = frame.loc[frame.duplicated(keys), keys]
        if len(twice):
            first = ", ".join(f"{key}={twice.iloc[0][key]}" for key in keys)
            raise DataError(
                f"table {table.name!r}: {len(twice)} rows repeat the key; first: {first}"
            )


def _failures(cases: pd.DataFrame) -> str:
    sentences = []
    for (column, check), group in cases.groupby(["column", "check"], dropna=False, sort=False):
        values = ", ".join(
            repr(value) if pd.isna(row) else f"{value!r} in row {row}"
            for value, row in zip(group["failure_case"][:3], group["index"][:3], strict=True)
        )
        sentences.append(f"column {column!r} fails {check!r} ({len(group)} times: {values})")
    return "; ".join(sentences)


def _content(folder: Path, resource: dict[str, Any]) -> tuple[bytes | None, str]:
    path = resource["path"]
    again = REBUILD if path.startswith("clean/") else "get it with git"
    try:
        with said(f"{path} cannot be read", missing=f"{path} is missing; {again}"):
            content = swap.read_bytes(folder, path)
    except DataError as error:
        return None, str(error)
    found, unix = (f"sha256:{hashlib.sha256(c).hexdigest()}" for c in (content, lf(content)))
    if found == resource["hash"]:
        return content, ""
    if unix == resource["hash"]:
        return content, (
            f"{path} differs from what was built in its line ends only, as git's core.autocrlf "
            f"changes them; {REBUILD}"
        )
    return content, f"{path}: expected {resource['hash']}, found {found}; {again}" + (
        f"; if you changed it yourself, {REBUILD}" if again != REBUILD else ""
    )


def _schema_problem(resource: dict[str, Any], content: bytes, tables: dict[str, Table]) -> str:
    name = resource["name"]
    if name not in tables:
        return f"{resource['path']}: this version of the package has no table {name!r}; {REBUILD}"
    try:
        check_schema(tables[name], decode(content, resource["schema"]["fields"], resource["path"]))
    except DataError as error:
        return str(error)
    return ""


def _unlisted(folder: Path, listed: set[str]) -> list[str]:
    found = {
        f"{part}/{path.name}" for part in ("raw", "clean") for path in (folder / part).glob("*")
    }
    return [
        f"{path} is not in {swap.MANIFEST}; "
        + (REBUILD if path.startswith("raw/") else "no build made it: move it out of the folder")
        for path in sorted(found - listed)
    ]


if __name__ == "__main__":
    report = verify()
    print(report)
    raise SystemExit(0 if report.ok else 1)
