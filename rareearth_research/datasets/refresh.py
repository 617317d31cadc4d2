"""Bring raw figures up to date from a live upstream: compare, keep, rebuild, and only then swap.

The order is what keeps the data safe. Figures are fetched and read first; compared with the old
ones second; answers and the old raw files are kept in ``data/snapshots`` third; then every clean
table is rebuilt from the new raw files and checked, and all files come into force together
(`rareearth_research.datasets.swap`). Whatever fails on the way leaves the old data in force.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from rareearth_research.arguments import check_flag
from rareearth_research.datasets import package, swap, tabular
from rareearth_research.datasets.build import build
from rareearth_research.datasets.catalog import data_dir
from rareearth_research.datasets.disk import folder_of, said
from rareearth_research.datasets.refreshing import snapshots
from rareearth_research.datasets.refreshing.changes import Changes
from rareearth_research.datasets.refreshing.finished import only_finished, without_unfinished
from rareearth_research.datasets.refreshing.merge import merge
from rareearth_research.datasets.refreshing.notes import outliers_csv, sources_csv
from rareearth_research.datasets.refreshing.report import RefreshReport, sentence, top_revisions
from rareearth_research.datasets.sources import Source, get
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.rawfiles import RawFile
from rareearth_research.datasets.sources.transport import Limits
from rareearth_research.days import Day, read_span
from rareearth_research.errors import DataError, RareEarthError, SourceError, shown

__all__ = ["RefreshReport", "refresh"]

TURN = "refresh.part"  # the lock refreshes take, one after the other
SOURCES = "sources.csv"
OUTLIERS = "outliers_reviewed.csv"


def refresh(
    source: str,
    *,
    since: Day | None = None,
    accept_revisions: bool = False,
    root: str | Path | None = None,
    dry_run: bool = False,
    progress: bool = True,
    limits: Limits | None = None,
) -> RefreshReport:
    """Fetch `source`, merge it into the raw layer and rebuild the clean layer.

    Parameters
    ----------
    source
        A name of `sources.available`, or ``local:PATH`` for your own file.
    since
        Fetch from this day on; of a month or year, from its first day. Default: all the source
        has, which also shows revisions.
    accept_revisions
        Take over revised and removed history beyond the threshold.
    root
        The data folder; default `data_dir`.
    dry_run
        Fetch and compare, but write nothing.
    progress
        Show what is going on, if standard error is a terminal.
    limits
        Waiting times, tries and sizes of the connection.

    Returns
    -------
    RefreshReport

    Raises
    ------
    SourceError
        If the upstream fails, sends something that is not its data, revises more than 1 % of the
        known rows by more than 0.5 %, drops rows, or breaks the schema of a clean table. The data
        in force stay as they were.
    """
    flags = {"accept_revisions": accept_revisions, "dry_run": dry_run, "progress": progress}
    for name, flag in flags.items():
        check_flag(name, flag, SourceError)
    if not isinstance(limits, Limits | None):
        raise SourceError(f"limits must be Limits(...) or None; got {shown(limits)}")
    first = None if since is None else read_span(since, "since", SourceError)[0].date()
    client = Client(get(source), limits or Limits())
    folder = folder_of(root, "root") if root is not None else data_dir()
    if not dry_run and not os.access(folder, os.W_OK):
        raise DataError(
            f"the data folder {folder} cannot be written; copy it and set RAREEARTH_DATA"
        )
    try:
        with said(f"the refresh failed, and the data in {folder} stay as they were"):
            return _refresh(client, folder, first, **flags)
    except RareEarthError as error:
        told = client.redact(str(error))
        if told == str(error):
            raise
        raise type(error)(told) from None  # the key stood in some text of the upstream


def _refresh(
    client: Client,
    folder: Path,
    since: dt.date | None,
    *,
    accept_revisions: bool,
    dry_run: bool,
    progress: bool,
) -> RefreshReport:
    began, chosen = time.perf_counter(), client.source
    asked = dt.datetime.now(dt.UTC)
    with snapshots.watch(chosen, progress) as client_seen:
        current = _current(folder, chosen)
        client.seen = client_seen
        fetched = _fetch(client, _start(chosen, since, current), current)
    with nullcontext() if dry_run else swap.locked(folder, TURN):
        # Another refresh may have finished meanwhile: compare with what is in force now.
        plan = _plan(folder, chosen, fetched, accept_revisions, asked)
        changes = tuple(step.changes for step in plan)
        snapshot: Path | None = None
        to_review: tuple[str, ...] = ()
        if not dry_run and not all(change.nothing for change in changes):
            snapshot, to_review = _bring_into_force(folder, client, plan, progress, asked)
    return RefreshReport(
        chosen.name,
        chosen.title,
        changes,
        dry_run=dry_run,
        snapshot=snapshot,
        to_review=to_review,
        seconds=time.perf_counter() - began,
    )


def _fetch(
    client: Client, since: dt.date | None, current: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    try:
        return client.source.fetch(client, since, current)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # A shape of answer that no source foresaw is the upstream's, and still not a traceback.
        raise SourceError(
            f"{client.source.title} sent an answer that cannot be read ({type(error).__name__}); "
            "it may have changed its format"
        ) from None


@dataclass(frozen=True)
class _Step:
    """One raw file: as it was, as it will be."""

    raw: RawFile
    before: bytes | None
    after: bytes
    changes: Changes


def _plan(
    folder: Path,
    source: Source,
    fetched: Mapping[str, pd.DataFrame],
    accept_revisions: bool,
    asked: dt.datetime,
) -> list[_Step]:
    plan, objections = [], []
    retrieved = package.read_sources(
        tabular.text_table(swap.read_bytes(folder, f"raw/{SOURCES}"), f"data/raw/{SOURCES}")
    )
    for raw in source.feeds:
        before = _bytes_of(folder, raw)
        read = retrieved.get(raw.source_id, {}).get("retrieved", "")
        old = without_unfinished(raw, _frame_of(before, raw), read)
        new, going_on = only_finished(raw, fetched[raw.name], asked)
        merged, changes = merge(raw, old, new)
        changes = replace(changes, unfinished=going_on)
        objections += changes.objections(raw)
        plan.append(_Step(raw, before, tabular.write_texts(merged), changes))
    if objections and not accept_revisions:
        listed = "\n".join(line for step in plan for line in top_revisions(step.changes))
        raise SourceError(
            f"{source.title} changes history: {'; '.join(objections)}. Nothing was changed. Look "
            "at all of it with --dry-run --accept-revisions, take it over with --accept-revisions"
            + (f"\n{listed}" if listed else "")
        )
    return plan


def _bring_into_force(
    folder: Path, client: Client, plan: list[_Step], progress: bool, asked: dt.datetime
) -> tuple[Path, tuple[str, ...]]:
    source = client.source
    changed = [step for step in plan if not step.changes.nothing]
    snapshot = snapshots.write(
        folder,
        client,
        {step.raw.name: step.before for step in changed if step.before is not None},
        [sentence(step.changes) for step in changed],
    )
    raw_files = {step.raw.name: step.after for step in changed if step.raw.folder == "raw"}
    to_review: list[str] = []
    try:
        for step in changed:
            if step.raw.folder != "raw":
                snapshots.write_file(folder / step.raw.path, step.after)
        if raw_files:
            notes, to_review = _notes(folder, changed, source, asked)
            build(folder, progress, raw_files | notes)
    except DataError as error:
        if (folder / swap.PENDING).exists():  # in force, though not all in place
            raise
        snapshots.remove(snapshot)
        raise SourceError(
            f"the new figures of {source.title} do not pass the data's own checks, so nothing was "
            f"changed: {error}"
        ) from error
    except Exception:
        snapshots.remove(snapshot)
        raise
    return snapshot, tuple(to_review)


def _notes(
    folder: Path, changed: list[_Step], source: Source, asked: dt.datetime
) -> tuple[dict[str, bytes], list[str]]:
    """Return the hand-kept raw files that speak of the new rows, and the returns to look at."""
    content = swap.read_bytes(folder, f"raw/{SOURCES}")
    pairs = [(step.raw, step.changes) for step in changed]
    files, to_review = {SOURCES: sources_csv(content, pairs, source, asked)}, []
    for step in changed:
        if step.raw.compare == "return" and step.changes.added:
            content = files.get(OUTLIERS) or swap.read_bytes(folder, f"raw/{OUTLIERS}")
            merged = _frame_of(step.after, step.raw)
            files[OUTLIERS], words = outliers_csv(
                content, step.raw, merged, step.changes.first_added, source, asked.date()
            )
            to_review += words
    return files, to_review


def _start(
    source: Source, since: dt.date | None, current: Mapping[str, pd.DataFrame]
) -> dt.date | None:
    if since or source.overlap_days is None:
        return since
    last = [frame[raw.when].max() for raw in source.feeds if len(frame := current[raw.name])]
    if not last:
        return None
    return dt.date.fromisoformat(min(last)) - dt.timedelta(days=source.overlap_days)


def _current(folder: Path, source: Source) -> dict[str, pd.DataFrame]:
    return {raw.name: _frame_of(_bytes_of(folder, raw), raw) for raw in source.feeds}


def _bytes_of(folder: Path, raw: RawFile) -> bytes | None:
    try:
        return swap.read_bytes(folder, raw.path)
    except FileNotFoundError:
        if raw.folder == "raw":
            raise DataError(f"{folder / raw.path} is missing; get it with git") from None
        return None


def _frame_of(content: bytes | None, raw: RawFile) -> pd.DataFrame:
    if content is None:
        return pd.DataFrame(columns=list(raw.columns), dtype=str)
    return tabular.text_table(content, f"data/{raw.path}", raw.columns)
