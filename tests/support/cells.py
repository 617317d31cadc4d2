"""What a worker does in place of a cell: break down once, or say what it sees."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def breaks_down_once(cell: Any) -> dict[str, Any]:
    marker = Path(os.environ["MARKER"])
    if not marker.exists():
        marker.touch()
        raise ValueError("the machine hiccuped")
    return {"finding": f"threads {os.environ['OPENBLAS_NUM_THREADS']}", "seconds": 0.0}


def always_breaks_down(cell: Any) -> dict[str, Any]:
    raise ValueError("the machine is broken")
