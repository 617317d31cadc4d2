"""How does an answer say whether to believe it?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from rareearth_research.summary import Drawn, Summary

__all__ = ["Guarded", "typeset"]


class Guarded(Drawn):
    """An answer with sentences that speak against it, `doubts`, and others, `notes`."""

    def _doubts(self) -> Iterator[str]:
        raise NotImplementedError

    def _notes(self) -> Iterator[str]:
        raise NotImplementedError

    @property
    def doubts(self) -> tuple[str, ...]:
        """What speaks against believing the answer."""
        return tuple(map(typeset, self._doubts()))

    @property
    def notes(self) -> tuple[str, ...]:
        """What else is to be known."""
        return tuple(map(typeset, self._notes()))

    @property
    def guard(self) -> bool:
        """Whether nothing speaks against believing the answer."""
        return not self.doubts

    def told(self, claim: str, table: pd.DataFrame) -> Summary:
        """Return the summary: the claim, whether to believe it, then doubts and notes."""
        trust = "no check objects." if self.guard else "not to be relied on."
        return Summary(typeset(f"{claim}: {trust}"), table, (*self.doubts, *self.notes))


def typeset(line: str) -> str:
    """Return a line with minus signs, ∞, and a space before per cent."""
    line = re.sub(r"\binf\b", "∞", line)
    return re.sub(r"(?<=\d)%", " %", re.sub(r"(?<![\w.])-(?=[\d.∞])", "−", line))
