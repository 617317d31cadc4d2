"""Where do p-values of the break tests come from? Series without a break, drawn and counted.

For each kind of regressors and each trimming, 6,000 series of 400 rows of independent normal
errors with known variance are cut into their best partitions, and the statistics' upper tails are
written as p = P(χ²(df) > shift + slope · x), the form of Hansen (1997). Asymptotically only the
number of regressors matters, and whether one of them is a trend: a partition's gain is the sum of
the gains of independent series on an intercept, or on an intercept and a trend.

    python benchmarks/break_distributions.py            # about six minutes, into the package
    python benchmarks/break_distributions.py out.csv 200
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats

from rareearth_research.dynamics.breaks.partitions import partition, segments
from rareearth_research.dynamics.breaks.wald import MOST, TABLE, TRIMS, critical

ROWS, REPLICATIONS, BATCH, SEED = 400, 6_000, 8, 19980106
DIMENSIONS = {False: 5, True: 4}  # independent series, the first of them with a trend or not
TAIL = np.array([0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.075, 0.05, 0.04, 0.03, 0.025, 0.02, 0.015,
                 0.01, 0.0075, 0.005, 0.0025])  # fmt: skip

Floats = NDArray[np.float64]


def statistics(trend: bool, replications: int) -> dict[tuple[int, float], Floats]:
    """Return supF(m), m = 1, 2, …, of drawn series, (replications, M), by regressors and trim."""
    rng = np.random.default_rng([SEED, trend])
    level, line = np.ones((ROWS, 1)), np.column_stack([np.ones(ROWS), np.linspace(-1, 1, ROWS)])
    shortest = int(min(TRIMS) * ROWS)
    lengths = np.arange(ROWS + 1)[:, None] - np.arange(ROWS)  # of segments, by end and start
    found: dict[tuple[int, float], list[Floats]] = {}
    for _ in range(0, replications, BATCH):
        costs = np.zeros((BATCH, ROWS + 1, ROWS))
        for dimension in range(DIMENSIONS[trend]):
            first = trend and dimension == 0
            costs += segments(rng.normal(size=(ROWS, BATCH)), line if first else level, shortest)
            regressors = dimension + 1 + trend
            for trim in TRIMS:
                most = min(MOST, int(1 / trim + 1e-9) - 1)
                least = int(trim * ROWS + 1e-9)
                rss = partition(np.where(lengths >= least, costs, np.inf), least, most).rss
                gain = (rss[:, :1] - rss[:, 1:]) / np.arange(1, most + 1)
                found.setdefault((regressors, trim), []).append(gain)
    return {key: np.concatenate(gains) for key, gains in found.items()}


def rows(trend: bool, replications: int) -> Iterator[dict[str, object]]:
    """Yield the fitted tail of every statistic."""
    for (regressors, trim), f in statistics(trend, replications).items():
        key = {"trend": trend, "regressors": regressors, "trim": trim}
        single = [fit(column) for column in f.T]
        weights = np.array([critical(tail, 0.05) for tail in single])
        weights = weights[0] / weights
        for m, tail in enumerate(single, 1):
            yield key | {"statistic": f"supF({m})"} | tail
        for most in range(2, f.shape[1] + 1):
            yield key | {"statistic": f"UDmax({most})"} | fit(f[:, :most].max(axis=1))
            yield key | {"statistic": f"WDmax({most})"} | fit((f * weights)[:, :most].max(axis=1))


def fit(drawn: Floats) -> dict[str, float]:
    """Return shift, slope and df of the tail of drawn statistics, and the worst error of p."""
    at = np.quantile(drawn, 1 - TAIL)

    def p(of: Floats) -> Floats:
        return stats.chi2.sf(np.maximum(of[0] + np.exp(of[1]) * at, 1e-9), np.exp(of[2]))

    def begin(df: float) -> list[float]:
        slope, shift = np.polyfit(at, stats.chi2.isf(TAIL, df), 1)
        return [shift, np.log(slope), np.log(df)]

    tries = [
        optimize.least_squares(lambda of: np.log(p(of) / TAIL), begin(df)) for df in (2, 5, 12, 30)
    ]
    best = min(tries, key=lambda tried: tried.cost).x
    return {
        "shift": best[0], "slope": np.exp(best[1]), "df": np.exp(best[2]),
        "error": float(np.abs(np.log(p(best) / TAIL)).max()),
    }  # fmt: skip


def main() -> None:
    """Write the table and say how well the tails fit."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE
    replications = int(sys.argv[2]) if len(sys.argv) > 2 else REPLICATIONS
    table = pd.DataFrame([row for trend in (False, True) for row in rows(trend, replications)])
    print(table.nlargest(5, "error").to_string())  # worst relative errors of p-values
    table.drop(columns="error").round(6).to_csv(out, index=False)


if __name__ == "__main__":
    main()
