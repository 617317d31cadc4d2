"""How rare is a break statistic where nothing broke? Tails by regressors, trend and trimming.

The distributions of Bai & Perron (1998) depend on the number of regressors and on the trimming, and
on whether one of the regressors is a trend, which their tables leave out. So they are simulated
here (``benchmarks/break_distributions.py``), for errors that are independent or whose variance is
estimated accordingly; where a series itself is persistent, none of them holds (`guard`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, chdtri

__all__ = ["MOST", "TABLE", "TRIMS", "critical", "p_value", "weights"]

TABLE = Path(__file__).with_name("distributions.csv")
TRIMS = (0.05, 0.10, 0.15, 0.20, 0.25)
MOST = 5  # breaks
LEAST = 1e-4  # p-values below it are not known that well


def critical(tail: Mapping[str, Any], level: float) -> float:
    """Return the critical value at `level` of a tail with ``shift, slope, df``."""
    return float((chdtri(tail["df"], level) - tail["shift"]) / tail["slope"])


def p_value(
    statistic: str, value: float, trend: bool, regressors: int, trim: float, times: int = 1
) -> float:
    """Return how often a statistic is as large where nothing broke; NaN where that is not known.

    Parameters
    ----------
    statistic : str
        ``"supF(m)"``, ``"UDmax(M)"`` or ``"WDmax(M)"``, m and M up to `MOST`.
    value : float
    trend : bool
        Whether one of the regressors is a trend.
    regressors : int
        Coefficients of a regime.
    trim : float
        Share of the rows that the shortest regime has; between tabled values p is interpolated,
        beyond them the nearest is taken.
    times : int, default 1
        The largest of so many independent statistics, as supF(l+1|l) is of l + 1
        (Bai & Perron 1998, proposition 7).

    Returns
    -------
    float
        At least 0.0001.
    """
    known = [tail for t in TRIMS if (tail := _tails().get((statistic, trend, regressors, t)))]
    if not known or not np.isfinite(value):
        return float("nan")
    p = [chdtrc(tail["df"], max(0.0, tail["shift"] + tail["slope"] * value)) for tail in known]
    one = float(np.interp(trim, [tail["trim"] for tail in known], p))
    return float(max(LEAST, -np.expm1(times * np.log1p(-one)))) if one < 1 else 1.0


def weights(trend: bool, regressors: int, trim: float, most: int) -> list[float]:
    """Return the weights of supF(m), m = 1 to `most`, in WDmax: ratios of 5 % critical values."""
    nearest = min(TRIMS, key=lambda t: abs(t - trim))
    tails = [_tails().get((f"supF({m})", trend, regressors, nearest)) for m in range(1, most + 1)]
    values = [critical(tail, 0.05) if tail else float("nan") for tail in tails]
    return [values[0] / value for value in values]


@cache
def _tails() -> dict[tuple[str, bool, int, float], dict[str, Any]]:
    columns = ["statistic", "trend", "regressors", "trim"]
    records = pd.read_csv(TABLE).to_dict("records")
    return {tuple(row[c] for c in columns): row for row in records}  # type: ignore[misc]
