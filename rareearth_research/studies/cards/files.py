"""A card on disk: plain JSON and a page, written at once; a card that is there is never replaced.

A mark that could be written again after the close would fix nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.datasets.disk import said, write_file
from rareearth_research.errors import DataError, RareEarthError, shown

KIND = "announcement card, form 1"
CARD, AFTER, PAGE = "card.json", "after.json", "index.html"
TABLES = ("table", "sessions", "measures", "earlier", "news")
DAYS = ("session", "session_earliest", "last", "since", "date")
INSTANTS = ("opens", "closes", "ends")
NUMBERS = ["fall", "rise", "detectable", "usual", "move", "raw", "market"]
DIGITS = 10  # more differ between machines


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as plain values, a named index first, nothing known as None."""
    flat = frame.reset_index() if frame.index.name else frame
    text = flat.to_json(orient="records", date_format="iso", date_unit="s", double_precision=DIGITS)
    rows: list[dict[str, Any]] = json.loads(text)
    return rows


def frame_of(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the table `name` that `rows_of` wrote."""
    frame = pd.DataFrame(rows)
    for column in frame.columns.intersection([*DAYS, *INSTANTS]):
        frame[column] = pd.to_datetime(frame[column], utc=column in INSTANTS)
    numbers = frame.columns.intersection(NUMBERS)
    frame[numbers] = frame[numbers].astype(float)
    return frame.set_index("security") if name == "table" else frame


def keep(folder: object, card: dict[str, Any]) -> dict[str, Any]:
    """Save a card with the time, unless it is there; return the one that is there then."""
    place = _folder(folder)
    if not (place / CARD).exists():
        written = {"saved": pd.Timestamp.now("UTC").isoformat(timespec="seconds"), **card}
        _write(place / CARD, _text(written))
        return written
    there = read(place)
    if there != {"saved": there["saved"], **card}:
        raise DataError(
            f"{shown(str(place), 200)} holds another card, which is kept, since marks are fixed "
            "once; choose another folder, or move that one away"
        )
    return there


def complete(folder: object, after: dict[str, Any] | None, page: str) -> Path:
    """Write what came after a card, and their page; return its path."""
    place = _folder(folder)
    if after is not None:
        _write(place / AFTER, _text(after))
    _write(place / PAGE, page)
    return place / PAGE


def read(folder: object) -> dict[str, Any]:
    """Return the card of a folder as plain values."""
    path = _folder(folder) / CARD
    missing = f"there is no card in {shown(str(path.parent), 200)}; make one with rareearth today"
    with said("the card cannot be read", missing=missing):
        content = path.read_bytes()
    with damaged(folder):
        record: dict[str, Any] = json.loads(content)
        if record["kind"] != KIND or not isinstance(record["saved"], str):
            raise ValueError(f"its kind is {record['kind']!r}")
    return record


@contextmanager
def damaged(folder: object) -> Iterator[None]:
    """Within it, whatever cannot be read is said to be a damaged card."""
    try:
        yield
    except RareEarthError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"{shown(str(Path(str(folder), CARD)), 200)} is damaged ({shown(str(error))}); take it "
            "from a copy, or remove the folder and run rareearth today again"
        ) from None


def _folder(value: object) -> Path:
    if not isinstance(value, str | os.PathLike) or not str(value).strip() or "\0" in str(value):
        raise DataError(f"folder must be the path of a folder; got {shown(value)}")
    path = Path(value).expanduser()
    return path.parent if path.name == CARD else path


def _text(record: dict[str, Any]) -> str:
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _write(path: Path, text: str) -> None:
    with said("the card cannot be saved"):
        write_file(path, text.encode("utf-8"))
