"""Work on many pairs a chunk at a time, and on as many processors as are free for it.

A chunk keeps the working set in the processor's cache. NumPy lets go of the interpreter while it
computes, so plain threads suffice; results come back in order, so that sums are the same on any
machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

# what arrays hold, for annotations everywhere
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
T = TypeVar("T")
FEW = 4  # chunks up to which starting threads is not worth it
MOST = 4  # threads
ROWS = 4096  # of 250 numbers: 8 MiB at a time


def over_chunks(work: Callable[[slice], T], count: int, size: int) -> list[T]:
    """Call `work` on slices of `size` that cover ``range(count)``; return what it returns.

    Parameters
    ----------
    work : callable
        Takes a slice; calls must not depend on each other.
    count, size : int
    """
    chunks = [*slices(count, size)]
    threads = min(_processors(), MOST)
    if len(chunks) <= FEW or threads == 1:
        return [work(rows) for rows in chunks]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, chunks))


def slices(count: int, size: int = ROWS) -> Iterator[slice]:
    """Yield slices of `size` that cover ``range(count)``, one after the other."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def _processors() -> int:
    asked = os.environ.get("OMP_NUM_THREADS", "")  # such as 1 in each of many workers
    if asked.isdigit() and int(asked):
        return int(asked)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
