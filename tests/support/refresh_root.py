"""A small data folder with real figures: the yuan and the VIX, the two tables FRED feeds."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pandas as pd

from rareearth_research.datasets.building import build as build_module
from rareearth_research.datasets.tables.registry import Table, all_tables

RAW = Path(__file__).resolve().parents[2] / "data" / "raw"
TABLES = ("usdcny", "vix")
FILES = ("fx_usdcny_daily.csv", "vix_daily.csv", "vix_daily_2026_09.csv", "sources.csv")


def two_tables() -> tuple[Table, ...]:
    return tuple(table for table in all_tables() if table.name in TABLES)


def make(root: Path) -> Path:
    """Build a data folder of the two tables at `root`; the caller patches the registry."""
    (root / "raw").mkdir(parents=True)
    for name in FILES:
        shutil.copy(RAW / name, root / "raw" / name)
    # of the file that goes on only what both have: what a refresh brings is then the last day
    later = root / "raw" / "vix_daily_2026_09.csv"
    later.write_text("".join(later.read_text().splitlines(keepends=True)[:10]))
    build_module.build(root, progress=False)
    return root


def contents(root: Path) -> dict[str, bytes]:
    """Every file but the locks, by its path."""
    files = [path for path in root.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in files
        if path.name not in ("lock.part", "refresh.part")
    }


def rows_of(name: str, last: int | None = None) -> list[tuple[str, str]]:
    """The (date, value) pairs of a raw file as FRED would send them."""
    frame = pd.read_csv(io.BytesIO((RAW / name).read_bytes()), dtype=str)
    return list(frame.tail(last or len(frame)).itertuples(index=False, name=None))
