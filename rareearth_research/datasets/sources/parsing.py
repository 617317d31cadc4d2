"""Read what upstreams send: delimited text, workbooks, archives. A changed layout is an error.

Columns are looked for by name, never by position, so an upstream that adds a column does no harm
and one that renames a column is refused with the names it sent instead.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from rareearth_research.datasets.reading.cells.workbooks import check_archive
from rareearth_research.datasets.tables.tabular import read_texts
from rareearth_research.errors import SourceError, did_you_mean, shown


def csv_table(content: bytes, needed: Iterable[str], title: str, **options: Any) -> pd.DataFrame:
    """Read delimited text, every cell as text (absent: ``""``), and check its columns."""
    try:
        frame = read_texts(io.StringIO(decode_text(content)), **options)
    except ValueError as error:
        raise SourceError(
            f"{title} sent a table that cannot be read: {shown(str(error), 200)}"
        ) from None
    frame.columns = [str(column).strip() for column in frame.columns]
    need_columns(frame, needed, title)
    return frame


def archive_member(content: bytes, suffix: str, title: str) -> bytes:
    """Return the one member of a zip archive whose name ends in `suffix`."""
    import zipfile

    check_archive(content, title)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [n for n in archive.namelist() if n.lower().endswith(suffix)]
        if len(names) != 1:
            raise SourceError(
                f"{title}: expected one *{suffix} in the archive, found {shown(archive.namelist())}"
            )
        return archive.read(names[0])


def decode_text(content: bytes) -> str:
    """Decode UTF-8 (with or without mark), and what is not UTF-8 as Windows-1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def need_columns(frame: pd.DataFrame, needed: Iterable[str], title: str) -> None:
    """Refuse a frame without the columns it must have."""
    absent = [column for column in needed if column not in frame.columns]
    if absent:
        hint = did_you_mean(absent[0], frame.columns)
        raise SourceError(
            f"{title} changed its columns: no {', '.join(map(repr, absent))}{hint}; it sent "
            f"{shown(', '.join(map(str, frame.columns)), 300)}"
        )


def month_of(label: object) -> str | None:
    """``1980M1`` or ``2026M08`` as ``1980-01``, ``2026-08``; None if it is no month."""
    match = re.fullmatch(r"(\d{4})M(\d{1,2})", str(label).strip())
    return f"{match[1]}-{int(match[2]):02d}" if match and 1 <= int(match[2]) <= 12 else None


def long_format(
    wide: pd.DataFrame, columns: Sequence[Any], labels: Sequence[dict[str, Any]]
) -> pd.DataFrame:
    """Stack the numeric cells of a month-by-series sheet; text cells ("..", "…") are absent."""
    parts = []
    months = wide[0].map(month_of)
    for column, label in zip(columns, labels, strict=True):
        price = pd.to_numeric(wide[column], errors="coerce")
        keep = months.notna() & price.notna()
        parts.append(pd.DataFrame({"month": months[keep], **label, "price": price[keep]}))
    return pd.concat(parts, ignore_index=True)
