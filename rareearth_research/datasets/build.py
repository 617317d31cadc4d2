"""Rebuild ``data/clean`` from ``data/raw``: same raw files, same bytes, all files or none.

``python -m rareearth_research.datasets.build`` (or ``rareearth data build``) reads the raw files,
runs every table's cleaning function, checks each result against its schema, and only then brings
tables, ``datapackage.json``, ``CLEANING.md`` and ``README.md`` into force together.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rareearth_research.datasets import documents, package, swap, tabular
from rareearth_research.datasets.catalog import data_dir, manifest
from rareearth_research.datasets.cleaning_report import cleaning_report
from rareearth_research.datasets.registry import CleaningLog, Table, all_tables
from rareearth_research.datasets.verify import check_schema
from rareearth_research.errors import DataError, did_you_mean

__all__ = ["BuildReport", "RawFiles", "build"]


@dataclass(frozen=True)
class BuildReport:
    """What a build made: one row per table, the cleaning log, and how long it took."""

    root: Path
    tables: pd.DataFrame
    log: CleaningLog
    seconds: float

    def __str__(self) -> str:
        changed = int(self.tables["changed"].sum())
        return (
            f"built {len(self.tables)} tables ({int(self.tables['rows'].sum()):,} rows) in "
            f"{self.root} in {self.seconds:.1f} s; {changed} changed"
        )


def build(
    root: str | Path | None = None,
    progress: bool = True,
    replace_raw: Mapping[str, bytes] | None = None,
) -> BuildReport:
    """Rebuild every clean table, the data package and its documents.

    Parameters
    ----------
    root
        A data folder with ``raw/``; default `data_dir`.
    progress
        Show a progress bar if standard error is a terminal.
    replace_raw
        New content of raw files by name, brought into force together with what is built from it
        (a refresh uses this; if any table fails, nothing changes).

    Returns
    -------
    BuildReport

    Raises
    ------
    DataError
        If a raw file is missing, a cleaning rule meets a case it does not know, or a clean table
        breaks its schema. The data in force stay as they were.
    """
    start = time.perf_counter()
    folder = Path(root) if root is not None else data_dir()
    tables = all_tables()
    with locked_staging(folder) as stage, _progress(len(tables), progress) as advance:
        raw = RawFiles(folder, replace_raw or {})
        log = CleaningLog()
        sources = package.read_sources(raw[package.SOURCES])
        built = []
        for table in tables:
            advance(table.name)
            built.append(_build_table(table, raw, log))
        description = package.describe_package(built, sources, raw.contents)
        files = {item.path: item.content for item in built}
        files |= {f"raw/{name}": content for name, content in (replace_raw or {}).items()}
        files["README.md"] = documents.readme(description, sources)
        files["CLEANING.md"] = cleaning_report(log, description)
        files[swap.MANIFEST] = package.to_json(description)
        for path, content in files.items():
            (stage / path).parent.mkdir(parents=True, exist_ok=True)
            (stage / path).write_bytes(content)
        before = _hashes(folder)
        swap.commit(folder, stage)
        _remove_stale(folder, files)
    summary = pd.DataFrame(
        [
            (item.table.name, len(item.frame), item.sha256, before.get(item.path) != item.sha256)
            for item in built
        ],
        columns=["table", "rows", "sha256", "changed"],
    )
    return BuildReport(folder, summary, log, time.perf_counter() - start)


class RawFiles(Mapping[str, pd.DataFrame]):
    """Raw files by name, read when first asked for; every column is text, absent text ``""``."""

    def __init__(self, root: Path, replaced: Mapping[str, bytes]) -> None:
        names = {path.name for path in (root / "raw").glob("*.csv")} | set(replaced)
        self.contents = {
            name: replaced[name] if name in replaced else (root / "raw" / name).read_bytes()
            for name in sorted(names)
        }
        self._frames: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self.contents:
            raise DataError(
                f"data/raw/{name} is missing{did_you_mean(name, self.contents)}; get it with git"
            )
        if name not in self._frames:
            try:
                self._frames[name] = pd.read_csv(
                    io.BytesIO(self.contents[name]), dtype="str", keep_default_na=False
                )
            except (ValueError, pd.errors.ParserError) as error:
                raise DataError(f"data/raw/{name} cannot be read as CSV: {error}") from None
        return self._frames[name].copy(deep=False)

    # Two sets of raw files are the same only if they are the same object: cheap keys of a cache.
    __hash__ = object.__hash__
    __eq__ = object.__eq__

    def __iter__(self) -> Iterator[str]:
        return iter(self.contents)

    def __len__(self) -> int:
        return len(self.contents)


@contextmanager
def locked_staging(folder: Path) -> Iterator[Path]:
    """Take the folder's turn, repair what an interrupted build left, and give a staging folder."""
    with swap.locked(folder):
        swap.finish_pending(folder)
        with swap.staging(folder) as stage:
            yield stage


def _build_table(table: Table, raw: RawFiles, log: CleaningLog) -> package.BuiltTable:
    frame = table.build(raw, log)
    frame = frame.reset_index(drop=True)
    texts: pd.DataFrame = frame.select_dtypes("str")
    frame[texts.columns] = texts.fillna("")
    schema = check_schema(table, frame)
    fields = tabular.fields_of(table.name, frame, schema)
    return package.BuiltTable(table, frame, fields, tabular.encode(frame, fields))


def _hashes(folder: Path) -> dict[str, str]:
    """Return the sha256 of each clean file the package records now."""
    try:
        recorded = manifest(folder)["resources"]
    except DataError:
        return {}
    return {r["path"]: r["hash"].removeprefix("sha256:") for r in recorded}


def _remove_stale(folder: Path, files: Mapping[str, bytes]) -> None:
    for path in (folder / "clean").iterdir():
        if f"clean/{path.name}" not in files:
            path.unlink()


@contextmanager
def _progress(total: int, wanted: bool) -> Iterator[Callable[[str], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(
        *columns, console=console, disable=not (wanted and console.is_terminal)
    ) as progress:
        task = progress.add_task("reading raw files", total=total)
        done = -1

        def advance(name: str) -> None:
            nonlocal done
            done += 1
            progress.update(task, completed=done, description=name)

        yield advance
        progress.update(task, completed=total, description="done")


if __name__ == "__main__":
    print(build())
