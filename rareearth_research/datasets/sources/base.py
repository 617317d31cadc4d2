"""What a live source is: a name, the raw files it feeds, its terms, and one function that fetches.

A source knows how to get an upstream's answer and read it into the exact columns of a raw file.
It does not decide what becomes of the figures: `rareearth_research.datasets.refresh` compares them
with what is there, rebuilds and validates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rareearth_research.datasets.sources.rawfiles import RawFile

if TYPE_CHECKING:
    import pandas as pd

    from rareearth_research.datasets.sources.http import Client

__all__ = ["Fetch", "Source"]

Fetch = Callable[
    ["Client", "dt.date | None", "Mapping[str, pd.DataFrame]"], "dict[str, pd.DataFrame]"
]


@dataclass(frozen=True)
class Source:
    """One live upstream.

    Parameters
    ----------
    name
        What users type: ``rareearth data refresh NAME``.
    title, url, licence
        For people: what it is, where it is documented, what its terms allow.
    feeds
        The raw files it fills.
    fetch
        ``fetch(client, since, current)``: gets the figures from `since` on (None: all the source
        has) and returns raw frames by file name. ``current`` holds the raw files as they are, every
        column text, so that a source fetches the series the project uses and no others.
    hosts
        Hosts it may talk to; a redirect to any other is refused.
    key
        Environment variable of the key, if the upstream wants one.
    key_required
        Whether nothing works without the key.
    key_help
        Where a user gets a key.
    overlap_days
        Without `since`, fetch only from this many days before the last known date. None: fetch
        everything, which also shows revisions of old figures.
    """

    name: str
    title: str
    url: str
    licence: str
    feeds: tuple[RawFile, ...]
    fetch: Fetch
    hosts: tuple[str, ...] = ()
    key: str | None = None
    key_required: bool = False
    key_help: str = ""
    overlap_days: int | None = None
