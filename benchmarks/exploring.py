"""Does the explorer keep up? After the first answer each choice is answered in under a second.

    python benchmarks/exploring.py

Processor time of one choice: study, placebo, verdict, tables and picture. Mixtures of other
securities (the synthetic models) are fitted anew for every ordinary session and promise nothing.
Exit code 1 if the promise is broken.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import rareearth_research as rer
from rareearth_research.studies.sample import TIGHTENINGS

PROMISED = 1.0  # seconds
CHOICES: list[tuple[str, Any]] = [
    ("windows", "0,1"),
    ("model", "mean"),
    ("model", "market_adjusted"),
    ("group", "users"),
    ("benchmark", "SPY"),
    ("timing", "earliest"),
    ("securities", "MP, LYC.AX"),
    ("search", "gallium"),
    ("securities", ""),
    ("search", ""),
    ("event_ids", TIGHTENINGS),
    ("firm_news", "drop"),
    ("model", "synthetic_market"),
]


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of `work`."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> int:
    """Print a row per choice; return 1 if the promise is broken."""
    explorer = rer.explore()
    broken = False
    for name, value in CHOICES:
        taken = seconds(lambda: setattr(explorer.controls[name], "value", value))  # noqa: B023
        words = str(value) if len(str(value)) < 40 else f"{len(value)} of them"
        print(f"{name:<11} {words:<18} {taken:6.2f} s  {explorer.shown['status'].value}")
        broken |= taken > PROMISED and "synthetic" not in words
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
