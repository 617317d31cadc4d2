"""How price reporters lay out an export of one product: date, low, high, average.

The names of the columns are those the reporters commonly use, from general knowledge: no paid
export was at hand to check them against. A mapping overrides each of them under ``columns``.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LAYOUTS", "PRODUCTS", "Layout"]


@dataclass(frozen=True)
class Layout:
    """The columns of one export, a row a day; without `average` the price is the midpoint."""

    publisher: str
    date: str
    low: str
    high: str
    average: str = ""


LAYOUTS = {
    "smm": Layout("SMM", "Date", "Low", "High", "Average"),
    "smm_cn": Layout("SMM", "日期", "最低价", "最高价", "均价"),
    "argus": Layout("Argus", "Date", "Low", "High"),
    "asian_metal": Layout("Asian Metal", "Date", "Low", "High", "Average"),
    "baiinfo": Layout("Baiinfo", "日期", "最低价", "最高价", "平均价"),
}

# What is quoted: the symbol under which `rer.load_metal_spot` finds it.
PRODUCTS = {f"{symbol} oxide": symbol for symbol in ("La", "Ce", "Pr", "Nd", "Dy", "Tb", "NdPr")}
