"""What a live source is: an upstream, the raw files it feeds, and one function that fetches.

A source knows how to get an upstream's answer and read it into the exact columns of a raw file.
It does not decide what becomes of the figures: `rareearth_research.datasets.refreshing.refresh`
compares them with what is there, rebuilds and validates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.rawfiles import ALL, RawFile
from rareearth_research.datasets.sources.transport import Upstream
from rareearth_research.datasets.tables.registry import Raw
from rareearth_research.facts import facts

if TYPE_CHECKING:
    import pandas as pd

Fetch = Callable[[Client, "dt.date | None", Raw], "dict[str, pd.DataFrame]"]
UPSTREAMS = facts(Path(__file__).with_name("upstreams.toml"))


@dataclass(frozen=True, kw_only=True)
class Source(Upstream):
    """One live upstream, and what is fetched from it.

    Parameters
    ----------
    feeds : tuple of RawFile
        The raw files it fills.
    fetch : callable
        ``fetch(client, since, current)``: gets the figures from `since` on (None: all the source
        has) and returns raw frames by file name. ``current`` holds the raw files as they are, every
        column text, so that a source fetches the series the project uses and no others.
    overlap_days : int, optional
        Without `since`, fetch only from this many days before the last known date. None: fetch
        everything, which also shows revisions of old figures.
    reads : tuple of str
        Other raw files that ``current`` holds: a list of symbols.
    """

    feeds: tuple[RawFile, ...]
    fetch: Fetch
    overlap_days: int | None = None
    reads: tuple[str, ...] = ()


def described(name: str, fetch: Fetch) -> Source:
    """Return the source that ``upstreams.toml`` describes under `name`."""
    feeds = tuple(ALL[file] for file in UPSTREAMS[name]["feeds"])
    return Source(**{**UPSTREAMS[name], "name": name, "feeds": feeds, "fetch": fetch})
