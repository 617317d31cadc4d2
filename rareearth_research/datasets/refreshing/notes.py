"""What a refresh writes beside the figures: where new rows came from, and which returns to look at.

The clean layer demands a verdict on every return beyond ±25 %. A refresh enters new ones as "not
investigated", which is the truth, so that a real jump does not block it; a person may do better.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from rareearth_research.datasets.refreshing.incoming import numbers_of
from rareearth_research.datasets.refreshing.report import Changes
from rareearth_research.datasets.sources.base import Source
from rareearth_research.datasets.sources.rawfiles import RawFile
from rareearth_research.datasets.tables.package import SOURCE_COLUMNS
from rareearth_research.datasets.tables.tabular import text_table, write_texts

OUTLIER = 0.25
OUTLIER_COLUMNS = ("ticker", "date", "return", "verdict", "reason")
VERDICT = "kept as published, not investigated"


def sources_csv(
    content: bytes, changed: list[tuple[RawFile, Changes]], source: Source, asked: dt.datetime
) -> bytes:
    """Say in ``sources.csv`` when which rows came from where.

    For rows of sessions that is an instant: it shows that the last session was over.
    Rows of a user's own file bring their own terms: the licence names them too, and passing on is
    restricted, whatever it was.
    """
    table = text_table(content, "data/raw/sources.csv", SOURCE_COLUMNS)
    for raw, change in changed:
        row = table["source_id"] == raw.source_id
        note = (
            f"Refreshed {asked:%Y-%m-%d} from {source.title} ({source.name}): {change.added} rows "
            f"added{f' from {change.first_added}' if change.added else ''}, "
            f"{change.revised} revised."
        )
        table.loc[row, "retrieved"] = f"{asked:{'%Y-%m-%dT%H:%MZ' if raw.exchange else '%Y-%m-%d'}}"
        if source.name == "local":
            table.loc[row, "redistribution"] = "restricted"  # nobody but the user knows better
            terms = f"{source.title}: {source.licence}"
            before = table.loc[row, "licence"]
            table.loc[row, "licence"] = [b if terms in b else f"{b}; {terms}" for b in before]
        kept = [old.partition("Refreshed ")[0] for old in table.loc[row, "note"]]  # no earlier one
        table.loc[row, "note"] = [f"{old.strip()} {note}".strip() for old in kept]
    return write_texts(table)


def outliers_csv(
    content: bytes, raw: RawFile, merged: pd.DataFrame, first: str, source: Source, today: dt.date
) -> tuple[bytes, list[str]]:
    """Enter every new return beyond ±25 % into ``outliers_reviewed.csv``.

    Parameters
    ----------
    content
        The file as it is.
    raw, merged, first
        The prices a refresh brought, and the first day of them that is new.
    source, today
        For the reason.

    Returns
    -------
    bytes, list of str
        The file with the new rows, and each of them in words.
    """
    table = text_table(content, "data/raw/outliers_reviewed.csv", OUTLIER_COLUMNS)
    rows = merged.sort_values(["ticker", "date"])
    level = numbers_of(rows[raw.figures[0]])
    move = level / level.groupby(rows["ticker"]).shift() - 1
    large = rows[(move.abs() > OUTLIER) & (rows["date"] >= first)]
    new = pd.DataFrame(
        {
            "ticker": [_full_ticker(raw, ticker) for ticker in large["ticker"]],
            "date": large["date"].to_numpy(),
            "return": [f"{value:.4f}" for value in move[large.index]],
            "verdict": VERDICT,
            "reason": f"entered by the refresh of {today} from {source.name}; no document was "
            "looked at",
        }
    )
    known = pd.MultiIndex.from_frame(table[["ticker", "date"]])
    new = new[~pd.MultiIndex.from_frame(new[["ticker", "date"]]).isin(known)]
    words = [f"{r[0]} {r[1]} {float(r[2]):+z.1%}" for r in new.itertuples(index=False, name=None)]
    if not words:
        return content, []
    both = pd.concat([table, new]).sort_values(["ticker", "date"], ignore_index=True)
    return write_texts(both), words


def _full_ticker(raw: RawFile, ticker: str) -> str:
    if raw.exchange == "XSHG":
        return ticker + (".SS" if ticker.startswith("6") else ".SZ")
    return ticker + (".AX" if raw.exchange == "XASX" else "")
