"""Bring every source up to date side by side, so that one in trouble stops no other.

Each source fetches in a thread of its own, one request after the other, and no two sources share a
host: no upstream is asked twice at a time. What they bring comes into force one after the other.

How far do the tables reach that a refresh can bring further, and who would do it?
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.datasets import swap
from rareearth_research.datasets.building.build import Made
from rareearth_research.datasets.catalog import data_dir, manifest
from rareearth_research.datasets.refreshing.refresh import (
    bring_up_to_date,
    checked,
    folder_to_refresh,
)
from rareearth_research.datasets.refreshing.report import RefreshReport
from rareearth_research.datasets.sources import Source, available
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.transport import Limits
from rareearth_research.days import Day
from rareearth_research.errors import RareEarthError, some
from rareearth_research.progress import progress_bars
from rareearth_research.summary import Report, Summary

PRICES = "prices_"
FOLLOW = ("volumes_", "price_")  # tables that go as far as the prices
DAY = len("2026-08-03")


def freshness(root: Path | None = None) -> pd.DataFrame:
    """Return the last day of each table that a live source feeds, and what lags behind it.

    Parameters
    ----------
    root : Path, optional
        The data folder; default `data_dir`.

    Returns
    -------
    DataFrame
        ``what, last, sources, securities, behind``, indexed by table. Of prices, ``securities``
        counts those still listed and ``behind`` names the last day of each that ends earlier.
    """
    folder = root or data_dir()
    feeds = {name: {raw.name for raw in source.feeds} for name, source in available().items()}
    resources = manifest(folder)["resources"]
    delisted = _delisted(folder, resources)
    rows = []
    for resource in resources:
        name, last = resource["name"], resource["last"]
        sources = [source for source, files in feeds.items() if files & {*resource.get("raw", ())}]
        if not sources or len(last) < DAY or name.startswith(FOLLOW):
            continue
        what, ends = resource["title"], pd.Series(dtype=str)
        if name.startswith(PRICES):
            ends = _ends(folder, resource).drop(delisted, errors="ignore")
            what, last = f"{what.removeprefix('Daily prices, ')} prices", ends.max()
        rows.append((name, what, last, sources, len(ends), dict(ends[ends < last].sort_values())))
    columns = ["table", "what", "last", "sources", "securities", "behind"]
    return pd.DataFrame(rows, columns=columns).set_index("table")


def freshness_words(table: pd.DataFrame) -> list[str]:
    """Say how far each table reaches, a line each."""
    lines = []
    for row in table.to_dict("records"):
        late = row["behind"]
        said = f"{row['what']}: to {row['last']}"
        if late:
            named = some((f"{ticker} {day}" for ticker, day in late.items()), 5)
            said += f"; {len(late)} of {row['securities']} securities end earlier ({named})"
        lines.append(said)
    return lines


def _ends(folder: Path, resource: dict[str, Any]) -> pd.Series:
    """Return the last day with a price of each security."""
    content = swap.read_bytes(folder, resource["path"])
    wide = pd.read_csv(io.BytesIO(content), index_col="date")
    ends = {ticker: prices.last_valid_index() for ticker, prices in wide.items()}
    return pd.Series(
        {ticker: str(day) for ticker, day in ends.items() if day is not None}, dtype=str
    )


def _delisted(folder: Path, resources: list[dict[str, Any]]) -> list[str]:
    """Return the securities that no longer trade, as far as the table of securities is there."""
    for resource in resources:
        if resource["name"] == "securities":
            content = swap.read_bytes(folder, resource["path"])
            table = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
            return table.loc[table["listed_until"] != "", "ticker"].tolist()
    return []


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
    made: dict[str, Made] = {}  # sources come into force one after the other

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
                made=made,
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
