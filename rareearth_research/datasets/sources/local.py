"""Your own file: prices of SMM, Argus, Fastmarkets or any other, by a small mapping file.

The mapping (YAML) says which file, which raw table it feeds, and which of its columns are which;
see ``docs/refreshing.md``. Nothing is guessed: a column that is not there is an error that names
those that are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from rareearth_research.datasets.sources.base import Source
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.local_table import FORMATS, read_table
from rareearth_research.datasets.sources.mapping import read_mapping


def from_mapping(path: str | Path) -> Source:
    """Make a source of the mapping file at `path`.

    Raises
    ------
    SourceError
        If the mapping has unknown, unused or missing keys, or names an unknown raw table or column.
    """
    mapped = read_mapping(Path(path))
    raw = mapped.raw

    def fetch(
        client: Client, since: dt.date | None, current: Mapping[str, pd.DataFrame]
    ) -> dict[str, pd.DataFrame]:
        table, said = read_table(mapped)
        if client is not None:
            client.told.append(f"{mapped.file.name} was read as {said}")
        if since:
            table = table[table[raw.when] >= since.strftime(FORMATS[raw.when])]
        return {raw.name: table.reset_index(drop=True)}

    return replace(
        SOURCE,
        title=mapped.title or mapped.path.stem,
        licence=mapped.licence or SOURCE.licence,
        feeds=(replace(raw, known_series_only=False, series_may_end=True),),
        fetch=fetch,
    )


SOURCE = Source(
    name="local",
    title="your own file",
    url="docs/refreshing.md",
    licence="yours to know: subscription prices may not be passed on",
    feeds=(),
    fetch=lambda client, since, current: {},
)
