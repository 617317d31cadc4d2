"""Is mapping announcements to sessions fast? 10,000 events on all listed take under a second.

The yardstick is the least that any method must do: look up both ends of each interval in a sorted
list of closes, in a plain Python loop. The ratio says what everything else costs (checks, phases,
lunch breaks, rules, the labelled frame).

    python benchmarks/timing.py

Exit code 1 if the promise is broken.
"""

from __future__ import annotations

import sys
import time
from bisect import bisect_right
from collections.abc import Callable

import numpy as np
import pandas as pd

import rareearth_research as rer
from rareearth_research.timing import LISTED, sessions_of

SIZES = (100, 1_000, 10_000, 100_000)
PROMISED = {10_000: 1.0}  # seconds


def announcements(n: int) -> pd.DataFrame:
    """Return `n` made-up announcements, each known to within a few hours."""
    rng = np.random.default_rng(0)
    start = pd.Timestamp("2005-01-01", tz="UTC")
    earliest = start + pd.to_timedelta(rng.integers(0, 21 * 365 * 24 * 60, n), unit="min")
    return pd.DataFrame(
        {
            "event_id": [f"made-up-{i}" for i in range(n)],
            "announced_earliest": earliest,
            "announced_latest": earliest + pd.to_timedelta(rng.integers(0, 300, n), unit="min"),
        }
    )


def bare_search(events: pd.DataFrame) -> list[tuple[int, int]]:
    """Only find the first close after either end of each interval, one by one."""
    first, last = (
        events[f"announced_{end}"].dt.as_unit("ns").astype("int64").tolist()
        for end in ("earliest", "latest")
    )
    return [
        (bisect_right(closes, start), bisect_right(closes, end))
        for closes in (sessions_of(mic).closes.tolist() for mic in LISTED)
        for start, end in zip(first, last, strict=True)
    ]


def seconds(work: Callable[[], object]) -> float:
    """Return the best of three runs."""
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def main() -> int:
    """Print a row per number of events; return 1 if a promise is broken."""
    bare_search(announcements(1))  # reading the calendars is paid once per process
    broken = False
    print(f"{'events':>8} {'all exchanges':>15} {'bare search':>12} {'ratio':>6}")
    for n in SIZES:
        events = announcements(n)
        ours = seconds(lambda e=events: rer.map_sessions(e, list(LISTED)))
        bare = seconds(lambda e=events: bare_search(e))
        broken |= ours > PROMISED.get(n, float("inf"))
        print(f"{n:8,} {ours:13.3f} s {bare:10.3f} s {ours / bare:6.2f}")
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
