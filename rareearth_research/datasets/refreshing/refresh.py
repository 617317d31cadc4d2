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
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pandas as pd

from rareearth_research.arguments import check_flag, check_kind
from rareearth_research.datasets import swap
from rareearth_research.datasets.building import snapshots
from rareearth_research.datasets.building.build import BuildReport, Made, rebuild
from rareearth_research.datasets.catalog import data_dir
from rareearth_research.datasets.disk import folder_of, said, write_file
from rareearth_research.datasets.refreshing.notes import outliers_csv, sources_csv
from rareearth_research.datasets.refreshing.plan import SOURCES, Step, current_of, frame_of, plan_of
from rareearth_research.datasets.refreshing.report import RefreshReport, sentence
from rareearth_research.datasets.sources import Source, get
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.transport import Limits
from rareearth_research.datasets.tables.registry import Raw
from rareearth_research.days import Day, read_span
from rareearth_research.errors import DataError, RareEarthError, SourceError
from rareearth_research.progress import progress_bar

TURN = "refresh.part"  # the lock refreshes take, one after the other
OUTLIERS = "outliers_reviewed.csv"
UNWRITABLE = "cannot be written"


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
    first, limits = checked(since, limits, accept_revisions, dry_run, progress)
    client = Client(get(source), limits)
    folder = folder_to_refresh(root, dry_run)
    label = f"fetching {client.source.title}"
    return bring_up_to_date(
        client,
        folder,
        first,
        accept_revisions=accept_revisions,
        dry_run=dry_run,
        bar=progress_bar(label, unit="answers", wanted=progress),
        progress=progress,
        made={},
    )


def checked(
    since: Day | None, limits: Limits | None, accept_revisions: bool, dry_run: bool, progress: bool
) -> tuple[dt.date | None, Limits]:
    """Return the first day to fetch and the limits, or raise for what is none, or for no flag."""
    check_flag("accept_revisions", accept_revisions, SourceError)
    check_flag("dry_run", dry_run, SourceError)
    check_flag("progress", progress, SourceError)
    check_kind("limits", limits, Limits | None, "Limits(...) or None", SourceError)
    first = None if since is None else read_span(since, "since", SourceError)[0].date()
    return first, limits or Limits()


def folder_to_refresh(root: str | Path | None, dry_run: bool) -> Path:
    """Return the data folder, if a refresh may write to it."""
    folder = folder_of(root, "root") if root is not None else data_dir()
    if dry_run:
        return folder
    installed = {"site-packages", "dist-packages"} & {*folder.resolve().parts}
    if installed or not os.access(folder, os.W_OK):
        raise DataError(
            f"the data folder {folder} "
            f"{'belongs to an installation and is not written to' if installed else UNWRITABLE}; "
            "copy it, and set the environment variable RAREEARTH_DATA to the copy"
        )
    return folder


def bring_up_to_date(
    client: Client[Source],
    folder: Path,
    since: dt.date | None,
    *,
    accept_revisions: bool,
    dry_run: bool,
    bar: AbstractContextManager[Callable[..., None]],
    progress: bool,
    made: dict[str, Made],
) -> RefreshReport:
    """Fetch, compare and bring into force what one source has; `bar` shows its answers.

    `made` keeps the tables for the next source, which builds anew only what it brings figures of.
    """
    try:
        with said(f"the refresh failed, and the data in {folder} stay as they were"):
            began, chosen = time.perf_counter(), client.source
            asked = dt.datetime.now(dt.UTC)
            with bar as show:
                client.seen = snapshots.counted(chosen, show)
                current = current_of(folder, chosen)
                fetched = _fetch(client, _start(chosen, since, current), current)
            with nullcontext() if dry_run else swap.locked(folder, TURN):
                if not dry_run:
                    with swap.locked(folder):
                        swap.finish_pending(folder)
                # Another refresh may have finished meanwhile: compare with what is in force now.
                plan = plan_of(folder, chosen, fetched, accept_revisions, asked)
                changes = tuple(step.changes for step in plan)
                aside = client.troubles | {t: w for c in changes for t, w in c.aside.items()}
                snapshot: Path | None = None
                to_review: tuple[str, ...] = ()
                if not dry_run and not all(change.nothing for change in changes):
                    snapshot, to_review, unfit = _bring_into_force(
                        folder, client, plan, progress, asked, made
                    )
                    aside |= unfit
    except RareEarthError as error:
        told = client.redact(str(error))
        if told == str(error):
            raise
        raise type(error)(told) from None  # the key stood in some text of the upstream
    return RefreshReport(
        chosen.name,
        chosen.title,
        changes,
        dry_run=dry_run,
        snapshot=snapshot,
        to_review=to_review,
        told=tuple(map(client.redact, client.told)),
        aside={ticker: client.redact(why) for ticker, why in aside.items()},
        seconds=time.perf_counter() - began,
    )


def _fetch(client: Client, since: dt.date | None, current: Raw) -> dict[str, pd.DataFrame]:
    try:
        return client.source.fetch(client, since, current)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # A shape of answer that no source foresaw is the upstream's, and still not a traceback.
        raise SourceError(
            f"{client.source.title} sent an answer that cannot be read ({type(error).__name__}); "
            "it may have changed its format"
        ) from None


def _bring_into_force(
    folder: Path,
    client: Client,
    plan: list[Step],
    progress: bool,
    asked: dt.datetime,
    made: dict[str, Made],
) -> tuple[Path, tuple[str, ...], dict[str, str]]:
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
    unfit: dict[str, str] = {}
    try:
        for step in changed:
            if step.raw.folder != "raw":
                write_file(folder / step.raw.path, step.after)
        if raw_files:
            notes, to_review = _notes(folder, changed, source, asked)
            unfit = _unfit(rebuild(folder, progress, raw_files | notes, made), source)
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
    return snapshot, tuple(to_review), unfit


def _unfit(built: BuildReport, source: Source) -> dict[str, str]:
    """Return the securities whose fetched prices the build did not take, and why."""
    ids = {raw.source_id for raw in source.feeds}
    details = [step.detail for step in built.log.steps if step.rule == "continue_fetched"]
    return {
        d["security"]: d["because"]
        for d in details
        if isinstance(d, Mapping) and d["source"] in ids
    }


def _notes(
    folder: Path, changed: list[Step], source: Source, asked: dt.datetime
) -> tuple[dict[str, bytes], list[str]]:
    """Return the hand-kept raw files that speak of the new rows, and the returns to look at."""
    content = swap.read_bytes(folder, f"raw/{SOURCES}")
    pairs = [(step.raw, step.changes) for step in changed]
    files, to_review = {SOURCES: sources_csv(content, pairs, source, asked)}, []
    for step in changed:
        if step.raw.compare == "return" and step.changes.added:
            content = files.get(OUTLIERS) or swap.read_bytes(folder, f"raw/{OUTLIERS}")
            merged = frame_of(step.after, step.raw)
            files[OUTLIERS], words = outliers_csv(
                content, step.raw, merged, step.changes.first_added, source, asked.date()
            )
            to_review += words
    return files, to_review


def _start(source: Source, since: dt.date | None, current: Raw) -> dt.date | None:
    if since or source.overlap_days is None:
        return since
    last = [frame[raw.when].max() for raw in source.feeds if len(frame := current[raw.name])]
    if not last:
        return None
    return dt.date.fromisoformat(min(last)) - dt.timedelta(days=source.overlap_days)
