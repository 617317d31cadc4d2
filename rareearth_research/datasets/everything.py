"""Bring every source up to date side by side, so that one in trouble stops no other.

Each source fetches in a thread of its own, one request after the other, and no two sources share a
host: no upstream is asked twice at a time. What they bring comes into force one after the other.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from rareearth_research.datasets.freshness import freshness, freshness_words
from rareearth_research.datasets.refresh import bring_up_to_date, checked, folder_to_refresh
from rareearth_research.datasets.refreshing.report import RefreshReport
from rareearth_research.datasets.sources import Source, available
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.transport import Limits
from rareearth_research.days import Day
from rareearth_research.errors import RareEarthError
from rareearth_research.progress import progress_bars
from rareearth_research.summary import Report, Summary

__all__ = ["RefreshAll", "refresh_all"]


@dataclass(frozen=True, repr=False)
class RefreshAll(Report):
    """What each source brought; ``str()`` says it source by source, and what is fresh to which day.

    ``reports`` are of the sources that came through, ``failed`` says by source why one did not (the
    data in force stay as they were), ``left_out`` why one was not asked. ``fresh`` is what
    `freshness` found afterwards.
    """

    reports: tuple[RefreshReport, ...]
    failed: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    fresh: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def table(self) -> pd.DataFrame:
        """One row per raw file of the sources that came through."""
        parts = [r.table.reset_index().assign(source=r.source) for r in self.reports]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def summary(self) -> Summary:
        """Return each source's report, the failures, and how far the tables reach."""
        asked = len(self.reports) + len(self.failed)
        head = f"{len(self.reports)} of {asked} sources came through"
        lines = [report.summary().lines for report in self.reports]
        lines += [
            f"{name}: failed, its figures stay as they were: {w}" for name, w in self.failed.items()
        ]
        lines += [f"{name}: left out: {why}" for name, why in self.left_out.items()]
        lines += freshness_words(self.fresh)
        return Summary(head, self.table, tuple(lines))


def refresh_all(
    *,
    since: Day | None = None,
    accept_revisions: bool = False,
    root: str | Path | None = None,
    dry_run: bool = False,
    progress: bool = True,
    limits: Limits | None = None,
) -> RefreshAll:
    """Refresh every source that needs no key, or whose key is set; arguments as for `refresh`.

    Returns
    -------
    RefreshAll

    Raises
    ------
    SourceError, DataError
        For an argument or a data folder that cannot be used. A source that fails is in the answer.
    """
    first, limits = checked(since, limits, accept_revisions, dry_run, progress)
    folder = folder_to_refresh(root, dry_run)
    found: dict[str, RefreshReport | BaseException] = {}

    def run(source: Source, show: Callable[..., None]) -> None:
        client = Client(source, limits)
        try:
            found[source.name] = bring_up_to_date(
                client,
                folder,
                first,
                accept_revisions=accept_revisions,
                dry_run=dry_run,
                bar=nullcontext(show),
                progress=False,
            )
        except BaseException as error:
            found[source.name] = error
        show(len(client.downloads), len(client.downloads), f"{source.title}: done")

    sources = [source for source in available().values() if source.feeds]
    left_out = {
        source.name: f"set the environment variable {source.key}. {source.key_help}"
        for source in sources
        if source.key_required and not os.environ.get(source.key or "", "").strip()
    }
    asked = [source for source in sources if source.name not in left_out]
    with progress_bars("answers", wanted=progress) as add:
        # Daemons: an interrupted refresh ends at once, and the data load as before or as after.
        threads = [
            threading.Thread(target=run, args=(source, add(source.title)), daemon=True)
            for source in asked
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    failed = {}
    for source in asked:
        answer = found[source.name]
        if isinstance(answer, RareEarthError):
            failed[source.name] = str(answer)
        elif isinstance(answer, BaseException):
            raise answer
    reports = tuple(r for source in asked if isinstance(r := found[source.name], RefreshReport))
    return RefreshAll(reports, failed, left_out, freshness(folder))
