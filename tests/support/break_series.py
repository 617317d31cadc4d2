"""Series whose breaks other software has found, and synthetic ones."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm

import rareearth_research as rer

DATA = Path(__file__).resolve().parents[1] / "data" / "breaks"
MONTHS = pd.date_range("2012-01-01", periods=160, freq="MS")


def reference(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def nile() -> pd.Series:
    found = sm.datasets.nile.load_pandas().data
    return pd.Series(found["volume"].to_numpy(), found["year"].astype(int), name="Nile volume")


def us_real_rate() -> pd.Series:
    found = pd.read_csv(DATA / "us_real_rate.csv")
    quarters = pd.PeriodIndex(found["quarter"], freq="Q")
    return pd.Series(found["rate"].to_numpy(), quarters, name="US real rate")


@cache
def reference_series(name: str) -> pd.Series:
    """The series behind the reference numbers, cut to the rows that they were computed from."""
    if name in ("nile", "us_real_rate"):
        return {"nile": nile, "us_real_rate": us_real_rate}[name]()
    if name == "molybdenum":
        table = rer.load_imf_pcps()
        table = table[(table["code"] == "PLMMODY") & (table["unit"] == "USD")]
        values = table.set_index("month")["price"]["2010-05":"2025-09"]
    elif name == "nickel":
        table = rer.load_pink_sheet()
        values = table[table["commodity"] == "Nickel"].set_index("month")["price"][:"2026-05"]
    else:
        table = rer.load_graphite_trade()
        natural = table[table["graphite"] == "natural"]
        values = natural.groupby("month")["net_weight_kg"].sum()[:"2024-12"]
    return np.log(values)


def synthetic_walk(seed: int = 1, rows: int = 160) -> pd.Series:
    """A random walk without a break, by month."""
    days = pd.date_range("2012-01-01", periods=rows, freq="MS")
    return pd.Series(np.random.default_rng(seed).normal(size=rows).cumsum(), days, name="walk")


def synthetic_shift(size: float = 2.0, row: int = 80) -> pd.Series:
    """Independent normal values whose mean rises by `size` after `row` months."""
    values = np.random.default_rng(2).normal(size=len(MONTHS)) + size * (np.arange(160) >= row)
    return pd.Series(values, MONTHS, name="shifted")
