"""How many seconds of a core do all partitions of 2,000 rows take, beside a loop over segments?

    python benchmarks/breaks_speed.py

The reference does what a first reading of Bai & Perron (2003) suggests: for each row a segment can
begin in, sums of squares of all longer segments by updated moments, and a loop over ends.
"""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import rareearth_research as rer
from rareearth_research.dynamics.breaks.partitions import partition, segments

ROWS, MOST, SEED = 2_000, 5, 1

Floats = NDArray[np.float64]


def by_loops(y: Floats, x: Floats, least: int, most: int) -> list[float]:
    """Return the least sums of squares by number of breaks, one segment at a time."""
    n = len(y)
    costs = np.full((n, n + 1), np.inf)
    for start in range(n - least + 1):
        for end in range(start + least, n + 1):
            own, values = x[start:end], y[start:end]
            moments = own.T @ values
            costs[start, end] = values @ values - moments @ np.linalg.solve(own.T @ own, moments)
    best = costs[0]
    sums = [best[n]]
    for _ in range(most):
        best = np.array([np.min(best[:n] + costs[:, end]) for end in range(n + 1)])
        sums.append(best[n])
    return sums


def main() -> None:
    """Print seconds and memory of the whole function, and of the kernel beside the loop."""
    days = pd.bdate_range("2018-01-01", periods=ROWS)
    y = np.random.default_rng(SEED).normal(size=ROWS)
    series, least = pd.Series(y, days), int(0.15 * ROWS)
    rer.find_breaks(series[:200])  # imports
    started = time.process_time()
    rer.find_breaks(series, MOST, trend=True)
    spent = time.process_time() - started
    tracemalloc.start()
    rer.find_breaks(series, MOST, trend=True)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    print(f"find_breaks, {ROWS} rows, trend: {spent:.2f} s, at most {peak:.0f} MiB")
    for rows in (200, 500):
        part = series[:rows]
        started = time.process_time()
        draws = rer.find_breaks(part).guard.draws
        spent = time.process_time() - started
        print(f"with its guard, {rows} rows, {draws} draws: {spent:.2f} s")
    x = np.column_stack([np.ones(ROWS), np.linspace(-1, 1, ROWS)])
    for rows in (400, ROWS):
        least = int(0.15 * rows)
        started = time.process_time()
        ours = partition(segments(y[:rows, None], x[:rows], least), least, MOST).rss[0]
        print(f"all partitions, {rows} rows: {time.process_time() - started:.3f} s", flush=True)
        started = time.process_time()
        theirs = by_loops(y[:rows], x[:rows], least, MOST)
        spent = time.process_time() - started
        print(f"by loops: {spent:.1f} s; sums differ by {np.max(np.abs(ours / theirs - 1)):.1e}")


if __name__ == "__main__":
    main()
