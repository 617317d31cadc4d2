"""How often do intervals hold what they promise, on shipped series at dates without news?

Computed, not collected: ``benchmarks/interval_coverage.py`` writes the table into this package.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.dynamics.placebo import honest, too_narrow

__all__ = ["TABLE", "load_coverage_table", "measured_narrow"]

TABLE = Path(__file__).with_name("coverage.csv")


def load_coverage_table() -> pd.DataFrame:
    """Return how often nominal 90 % intervals of each method hold zero where nothing happened.

    Returns
    -------
    DataFrame
        One row per ``method`` and ``step`` ("session", "month"): ``level`` (nominal) ``, coverage,
        std_error`` (block bootstrap over dates) ``, series, dates, intervals, too_narrow``
        (significantly below 85 %, one-sided at 5 %). Logs of shipped prices with the defaults of
        `did_it_move`; ``benchmarks/interval_coverage.py`` says which.
    """
    table = pd.read_csv(TABLE)
    narrow = [
        too_narrow(coverage, error, level)
        for coverage, error, level in table[["coverage", "std_error", "level"]].to_numpy()
    ]
    return table.assign(too_narrow=narrow)


_table = cache(load_coverage_table)


def measured_narrow(method: str, step: str, own: Any = None) -> list[str]:
    """Return a warning where intervals of a method were measured to be too narrow.

    Parameters
    ----------
    method : str
        As the table names it.
    step : str
        What a row of the series is.
    own : result with `coverage`, `coverage_se` and `level`, optional
        Other dates of the series itself, which come first where they settle it.
    """
    if own is not None and (
        own.coverage >= honest(own.level) or too_narrow(own.coverage, own.coverage_se, own.level)
    ):
        return []
    known = _table()
    found = known[(known["method"] == method) & (known["step"] == step) & known["too_narrow"]]
    return [
        f"Interval too narrow here: on logs of shipped prices by {step}, at dates without "
        f"news, {row['level']:.0%} intervals of {method} hold zero in {row['coverage']:.0%} "
        f"(standard error {row['std_error']:.0%})."
        for row in found.to_dict("records")
    ]
