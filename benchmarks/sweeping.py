"""How long does a sweep take? A specification curve of 1,000 cells, and what a cell costs.

    python benchmarks/sweeping.py               # 1,000 cells on two workers
    python benchmarks/sweeping.py --short       # a fifth of them

Printed: seconds in all, of the median cell and of the joint test, processor seconds, and the
largest memory of a process. Promised is less than two minutes on two idle processors, for models
whose placebo is one pass; dimson, scholes_williams and synthetic are fitted again at every session
and take seconds a cell.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import rareearth_research as rer

PROMISED = 120.0  # seconds
GRID = {
    "estimation": [[-260, -11], [-200, -11], [-160, -11], [-260, -31], [-200, -31]],
    "model": ["market", "market_adjusted", "mean", "raw"],
    "benchmark": ["local", "SPY", "URTH"],  # none for the last two models
    "windows": [[first, last] for first in range(-4, 1) for last in range(1, 6)],
}


def main(argv: list[str] | None = None) -> int:
    """Run the sweep and print what it cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args(argv)
    grid = GRID | ({"estimation": GRID["estimation"][:1]} if args.short else {})
    asked = {"studies": "event_study", "grid": grid}
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        found = rer.sweep(asked, folder, workers=args.workers)
        seconds = time.perf_counter() - start
        records = [json.loads(path.read_text()) for path in Path(folder).glob("cells/*.json")]
    joint = next(record["seconds"] for record in records if "curve_of" in record)
    used, each = resource.getrusage(resource.RUSAGE_CHILDREN), found.table["seconds"].median()
    print(found.summary().headline)
    print(
        f"{len(found.cells)} cells in {seconds:.0f} s; median {each:.2f} s a cell, "
        f"the joint test {joint:.0f} s; workers used {used.ru_utime + used.ru_stime:.0f} "
        f"s of processor and at most {used.ru_maxrss / 1024:.0f} MiB each"
    )
    return int(seconds > PROMISED)


if __name__ == "__main__":
    sys.exit(main())
