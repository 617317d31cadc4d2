"""What counterfactuals are held to: a published case that many programs share, and our own page."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

TESTS = Path(__file__).resolve().parents[1]
FOLDER = TESTS / "data" / "california_prop99"
PAGE = TESTS.parent / "docs" / "counterfactuals.md"


@cache
def cigarettes() -> pd.DataFrame:
    """Packs a head: years by states."""
    return pd.read_csv(FOLDER / "cigarettes.csv", index_col="Year")


@cache
def synthdid() -> dict[str, Any]:
    """What synthdid 0.0.9 printed for these data; states without weight are left out."""
    found: dict[str, Any] = json.loads((FOLDER / "synthdid.json").read_text(encoding="utf-8"))
    return found


def stated(row: str) -> list[float]:
    """Return the numbers of a row of a table in the page on counterfactuals."""
    found = re.search(rf"^\| {re.escape(row)} \|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.M)
    assert found is not None, row
    return [float(cell) for cell in found[1].split("|")]
