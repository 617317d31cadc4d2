"""How far do the tables reach that a refresh can bring further, and who would do it?"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.datasets import swap
from rareearth_research.datasets.catalog import data_dir, manifest
from rareearth_research.datasets.sources import available
from rareearth_research.errors import some

__all__ = ["freshness", "freshness_words"]

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
