"""What a worker does in place of a cell: break down once, or say what it sees."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

SEEN = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MALLOC_TRIM_THRESHOLD_")


def breaks_down_once(cell: Any) -> dict[str, Any]:
    marker = Path(os.environ["MARKER"])
    if not marker.exists():
        marker.touch()
        raise ValueError("the machine hiccuped")
    return {"finding": " ".join(os.environ[n] for n in SEEN), "seconds": 0.0}


def always_breaks_down(cell: Any) -> dict[str, Any]:
    raise ValueError("the machine is broken")
