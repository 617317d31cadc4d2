"""Cigarettes in California and 38 other states: a published case that many programs share."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

FOLDER = Path(__file__).resolve().parents[1] / "data" / "california_prop99"


@cache
def cigarettes() -> pd.DataFrame:
    """Packs a head: years by states."""
    return pd.read_csv(FOLDER / "cigarettes.csv", index_col="Year")


@cache
def synthdid() -> dict[str, Any]:
    """What synthdid 0.0.9 printed for these data; states without weight are left out."""
    found: dict[str, Any] = json.loads((FOLDER / "synthdid.json").read_text(encoding="utf-8"))
    return found
