"""Rebuild ``data/clean`` from ``data/raw``: same raw files, same bytes, all files or none.

``rareearth data build`` (or this module, with ``python -m``) reads the raw files, runs every
table's cleaning function, checks each result against its schema, and only then brings
tables, ``datapackage.json``, ``CLEANING.md`` and ``README.md`` into force together.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rareearth_research.arguments import check_flag
from rareearth_research.datasets import swap
from rareearth_research.datasets.building import documents, snapshots
from rareearth_research.datasets.building.verify import check_schema
from rareearth_research.datasets.catalog import data_dir, lf, manifest
from rareearth_research.datasets.cleaning.prices.fetched import FILES
from rareearth_research.datasets.disk import folder_of, said
from rareearth_research.datasets.tables import package, tabular
from rareearth_research.datasets.tables.registry import CleaningLog, Table, all_tables
from rareearth_research.errors import DataError, did_you_mean, shown
from rareearth_research.progress import tracked
from rareearth_research.summary import Report, Summary


@dataclass(frozen=True, repr=False)
class BuildReport(Report):
    """What a build made: one row per table, the cleaning log, and how long it took."""

    root: Path
    tables: pd.DataFrame
    log: CleaningLog
    seconds: float
    kept: tuple[Path, ...] = ()  # what was in the way and no build had made
    left: tuple[str, ...] = ()  # what else lies in data/clean

    @property
    def table(self) -> pd.DataFrame:
        """One row per table."""
        return self.tables

    def summary(self) -> Summary:
        """Return what was built, what changed, and what else lay there."""
        changed = int(self.tables["changed"].sum())
        head = (
            f"built {len(self.tables)} tables ({int(self.tables['rows'].sum()):,} rows) in "
            f"{self.root} in {self.seconds:.1f} s; {changed} changed"
        )
        lines = [f"kept what no build had made: {path}" for path in self.kept]
        if self.left:
            lines.append(f"left alone in data/clean: {', '.join(self.left)}")
        return Summary(head, self.tables, tuple(lines))


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
        If a raw file is missing, a cleaning rule meets a case it does not know, a clean table
        breaks its schema, or the disk refuses. The data in force stay as they were.

    Notes
    -----
    Only what a build made is replaced or removed: a file, folder or link of yours under the name of
    a table is moved to ``data/snapshots/build``, and anything else in ``data/clean`` is left alone.
    """
    folder = folder_of(root, "root") if root is not None else data_dir()
    check_flag("progress", progress, DataError)
    return rebuild(folder, progress, replace_raw or {}, {})


def rebuild(
    folder: Path, progress: bool, replace_raw: Mapping[str, bytes], made: dict[str, Made]
) -> BuildReport:
    """Build as `build` does, and take from `made` what the same raw files have given before."""
    start = time.perf_counter()
    unbuilt = f"the data in {folder} cannot be built, and stay as they were"
    with said(unbuilt), locked_staging(folder) as stage:
        recorded = _recorded(folder)
        raw = RawFiles(folder, replace_raw, recorded)
        log = CleaningLog()
        sources = package.read_sources(raw[package.SOURCES])
        shown = tracked(all_tables(), "building", "tables", wanted=progress)
        built = [_built_once(table, raw, log, made) for table in shown]
        here = {source: file for source, file in FILES.items() if file in raw.contents}
        unused = [source for source, file in here.items() if raw[file].empty]
        description = package.describe_package(built, sources, raw.contents, unused)
        files = {item.path: item.content for item in built}
        files |= {f"raw/{name}": content for name, content in replace_raw.items()}
        files |= {f"raw/{name}": raw.contents[name] for name in raw.mended}
        files["README.md"] = documents.readme(description, sources)
        files["CLEANING.md"] = documents.cleaning_report(log, description)
        files[swap.MANIFEST] = package.to_json(description)
        for path, content in files.items():
            (stage / path).parent.mkdir(parents=True, exist_ok=True)
            (stage / path).write_bytes(content)
        foreign = [item.path for item in built if _is_foreign(folder, item, recorded)]
        kept = tuple(snapshots.keep(folder, path) for path in foreign)
        swap.commit(folder, stage)
        left = _remove_stale(folder, files, recorded)
    summary = pd.DataFrame(
        [
            (item.table.name, len(item.frame), item.sha256, recorded.get(item.path) != item.sha256)
            for item in built
        ],
        columns=["table", "rows", "sha256", "changed"],
    )
    return BuildReport(folder, summary, log, time.perf_counter() - start, kept, left)


class RawFiles(Mapping[str, pd.DataFrame]):
    """Raw files by name, read when first asked for; every column is text, absent text ``""``.

    ``mended`` names the files whose line ends differed from those `recorded` (hashes by path), as
    git's core.autocrlf changes them; ``contents`` holds them as they were recorded.
    """

    def __init__(
        self, root: Path, replaced: Mapping[str, bytes], recorded: Mapping[str, str] | None = None
    ) -> None:
        names = {path.name for path in (root / "raw").glob("*.csv")} | set(replaced)
        self.contents: dict[str, bytes] = {}
        self.mended: list[str] = []
        for name in sorted(names):
            given = replaced[name] if name in replaced else (root / "raw" / name).read_bytes()
            unix = lf(given)
            if given != unix and _sha256(unix) == (recorded or {}).get(f"raw/{name}"):
                self.mended.append(name)
                given = unix
            self.contents[name] = given
        self._frames: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self.contents:
            raise DataError(
                f"data/raw/{name} is missing{did_you_mean(name, self.contents)}; get it with git"
            )
        if name not in self._frames:
            self._frames[name] = tabular.text_table(self.contents[name], f"data/raw/{name}")
        return self._frames[name].copy(deep=False)

    def behind(self, table: Table) -> tuple[bytes | str | None, ...]:
        """Return all that a table is made of; where that is the same, so is the table.

        Every refresh dates its own row of ``sources.csv``: tables read the ids there, and the rows
        of their own sources.
        """
        files = [self.contents.get(name) for name in table.raw if name != package.SOURCES]
        if package.SOURCES not in table.raw:
            return tuple(files)
        sources = self[package.SOURCES]
        own = sources[sources["source_id"].isin(table.sources)]
        return (*files, *sources["source_id"], own.to_csv())

    # Two sets of raw files are the same only if they are the same object: cheap keys of a cache.
    __hash__ = object.__hash__
    __eq__ = object.__eq__

    def __iter__(self) -> Iterator[str]:
        return iter(self.contents)

    def __len__(self) -> int:
        return len(self.contents)


@dataclass(frozen=True)
class Made:
    """A table with all that it was made of, and what the cleaning rules did to it."""

    of: tuple[bytes | str | None, ...]
    built: package.BuiltTable
    log: CleaningLog


@contextmanager
def locked_staging(folder: Path) -> Iterator[Path]:
    """Take the folder's turn, repair what an interrupted build left, and give a staging folder."""
    with swap.locked(folder):
        swap.finish_pending(folder)
        with swap.staging(folder) as stage:
            yield stage


def _built_once(
    table: Table, raw: RawFiles, log: CleaningLog, made: dict[str, Made]
) -> package.BuiltTable:
    of = raw.behind(table)
    known = made.get(table.name)
    if known is None or known.built.table is not table or known.of != of:
        steps = CleaningLog()
        known = made[table.name] = Made(of, _build_table(table, raw, steps), steps)
    log.steps.extend(known.log.steps)
    return known.built


def _build_table(table: Table, raw: RawFiles, log: CleaningLog) -> package.BuiltTable:
    try:
        frame = table.build(raw, log.of(table.name))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # A raw file of a shape that no rule foresaw: a column that is gone, above all.
        raise DataError(
            f"table {table.name!r} cannot be made from data/raw/{', '.join(table.raw)} "
            f"({type(error).__name__}: {shown(str(error), 200)}); look at what changed there with "
            "git diff, or get the files again with git"
        ) from error
    frame = frame.reset_index(drop=True)
    texts: pd.DataFrame = frame.select_dtypes("str")
    frame[texts.columns] = texts.fillna("")
    check_schema(table, frame)
    fields = tabular.fields_of(table, frame)
    return package.BuiltTable(table, frame, fields, tabular.encode(frame, fields))


def _recorded(folder: Path) -> dict[str, str]:
    """Return the sha256 of each raw and clean file the package records now, by path."""
    try:
        described = manifest(folder)
    except DataError:
        return {}
    entries = [*described["raw"], *described["resources"]]
    return {entry["path"]: entry["hash"].removeprefix("sha256:") for entry in entries}


def _is_foreign(folder: Path, item: package.BuiltTable, recorded: Mapping[str, str]) -> bool:
    """Return whether something that no build made lies where the table belongs."""
    path = folder / item.path
    if not os.path.lexists(path):
        return False
    return not _is_ours(path, {item.sha256, recorded.get(item.path, "")})


def _is_ours(path: Path, hashes: Container[str]) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    content = path.read_bytes()
    return _sha256(content) in hashes or _sha256(lf(content)) in hashes


def _remove_stale(
    folder: Path, files: Mapping[str, bytes], recorded: Mapping[str, str]
) -> tuple[str, ...]:
    """Remove tables that are no longer built; return the names of what is not a build's."""
    left = []
    for path in sorted((folder / "clean").iterdir()):
        place = f"clean/{path.name}"
        if place in files:
            continue
        if place in recorded and _is_ours(path, {recorded[place]}):
            path.unlink()
        else:
            left.append(path.name)
    return tuple(left)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    print(build())
