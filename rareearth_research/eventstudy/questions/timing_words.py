"""What does a timing curve say, and what limits it? In words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["finding_of", "note_of"]


def note_of(n: int, stretches: bool, size: int, beyond: int, missing: int, pairs: int) -> str:
    if not n:
        return "No admissible placebo session: load a longer history or exclude fewer events."
    notes = []
    if not stretches:
        notes.append(
            f"Too few event-free stretches of {size} sessions: sessions are drawn one by one,"
            " which makes the set too large rather than too small."
        )
    if beyond:
        notes.append(f"{beyond} of {size} shifts lie beyond the data.")
    if missing:
        notes.append(
            f"{missing} of {pairs} pairs are not in it: they have too few sessions for an "
            "estimation window that ends before the first shift."
        )
    return " ".join(notes)


def finding_of(chosen: tuple[int, ...], steps: NDArray[np.int64], level: float) -> str:
    confidence = f"{1 - level:.0%} confidence set of the event session"
    if not chosen:
        return (
            f"The {confidence} is empty: no single session accounts for what happened between"
            f" {_step(steps[0])} and {_step(steps[-1])}."
        )
    if len(chosen) == len(steps):
        return (
            f"The {confidence} holds every session from {_step(steps[0])} to {_step(steps[-1])}: no"
            " session stands out, so prices do not say when the news came."
        )
    return f"The {confidence}: {', '.join(map(_step, chosen))}."


def _step(session: int) -> str:
    return f"{session:+d}" if session else "0"
