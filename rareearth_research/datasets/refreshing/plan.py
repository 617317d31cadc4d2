"""What a refresh would make of each raw file a source feeds, and whether it may.

Keep figures of sessions that were not over out of the raw files, new ones and old ones.

A build leaves such a session out too, but only while it is the last one of its file: once later
rows stand behind it, nothing tells it from a close.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from rareearth_research.datasets import swap
from rareearth_research.datasets.cleaning.prices.unfinished import going_on, signs_of_trading
from rareearth_research.datasets.disk import said
from rareearth_research.datasets.refreshing.incoming import numbers_of
from rareearth_research.datasets.refreshing.merge import merge
from rareearth_research.datasets.refreshing.report import Changes, top_revisions
from rareearth_research.datasets.sources.base import Source
from rareearth_research.datasets.sources.rawfiles import RawFile
from rareearth_research.datasets.tables import package, tabular
from rareearth_research.errors import DataError, SourceError

SOURCES = "sources.csv"
GIT = "get it with git"


@dataclass(frozen=True)
class Step:
    """One raw file: as it was, as it will be."""

    raw: RawFile
    before: bytes | None
    after: bytes
    changes: Changes


def plan_of(
    folder: Path,
    source: Source,
    fetched: Mapping[str, pd.DataFrame],
    accept_revisions: bool,
    asked: dt.datetime,
) -> list[Step]:
    """Compare what was fetched at the instant `asked` with what is in force.

    Raises
    ------
    SourceError
        If that changes history, and `accept_revisions` is not set.
    """
    plan, objections = [], []
    retrieved = package.read_sources(
        tabular.text_table(swap.read_bytes(folder, f"raw/{SOURCES}"), f"data/raw/{SOURCES}")
    )
    for raw in source.feeds:
        before = _bytes_of(folder, raw)
        read = retrieved.get(raw.source_id, {}).get("retrieved", "")
        old = without_unfinished(raw, frame_of(before, raw), read)
        new, going_on = only_finished(raw, fetched[raw.name], asked)
        merged, changes = merge(raw, old, new, accept_revisions)
        changes = replace(changes, unfinished=going_on)
        objections += changes.objections(raw)
        plan.append(Step(raw, before, tabular.write_texts(merged), changes))
    if objections and not accept_revisions:
        listed = "\n".join(line for step in plan for line in top_revisions(step.changes))
        raise SourceError(
            f"{source.title} changes history: {'; '.join(objections)}. Nothing was changed. Look "
            "at all of it with --dry-run --accept-revisions, take it over with --accept-revisions"
            + (f"\n{listed}" if listed else "")
        )
    return plan


def current_of(folder: Path, source: Source) -> dict[str, pd.DataFrame]:
    """Return the raw files a source feeds and reads, as they are, every column text."""
    current = {raw.name: frame_of(_bytes_of(folder, raw), raw) for raw in source.feeds}
    for name in source.reads:
        with said("the refresh cannot begin", missing=f"data/raw/{name} is missing; {GIT}"):
            content = swap.read_bytes(folder, f"raw/{name}")
        current[name] = tabular.text_table(content, f"data/raw/{name}")
    return current


def _bytes_of(folder: Path, raw: RawFile) -> bytes | None:
    try:
        return swap.read_bytes(folder, raw.path)
    except FileNotFoundError:
        if raw.folder == "raw":
            raise DataError(f"{folder / raw.path} is missing; {GIT}") from None
        return None


def frame_of(content: bytes | None, raw: RawFile) -> pd.DataFrame:
    """Return the rows of a raw file; none if there is no such file yet."""
    if content is None:
        return pd.DataFrame(columns=list(raw.columns), dtype=str)
    return tabular.text_table(content, f"data/{raw.path}", raw.columns)


def only_finished(raw: RawFile, new: pd.DataFrame, asked: dt.datetime) -> tuple[pd.DataFrame, str]:
    """Return fetched rows without the session that was not over when `asked`, and its date."""
    if not raw.exchange or raw.when not in new:
        return new, ""
    new = new.reset_index(drop=True)
    open_still = pd.Series(False, index=new.index)
    for exchange, days in _days(raw, new).groupby(raw.exchange_of(new)):
        open_still[days.index] = going_on(days, str(exchange), pd.Timestamp(asked))
    return new[~open_still], str(new.loc[open_still, raw.when].min()) if open_still.any() else ""


def without_unfinished(raw: RawFile, old: pd.DataFrame, retrieved: str) -> pd.DataFrame:
    """Return the file without a last session that no build takes for over."""
    if not raw.exchange or old.empty:
        return old
    prices = pd.DataFrame(
        {
            "date": _days(raw, old),
            "ticker": old.groupby([*raw.series]).ngroup() if raw.series else 0,
            "close": numbers_of(old[raw.figures[0]]),
            "volume": numbers_of(old["volume"]) if "volume" in old else float("nan"),
        }
    )
    drop = pd.Series(False, index=old.index)
    for exchange, own in prices.groupby(raw.exchange_of(old)):
        if signs_of_trading(own, retrieved, str(exchange)):
            drop[own.index] = own["date"] == own["date"].max()
    return old[~drop].reset_index(drop=True) if drop.any() else old


def _days(raw: RawFile, rows: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(rows[raw.when].astype(str), format="%Y-%m-%d", errors="coerce")
