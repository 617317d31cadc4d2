"""How does an answer say whether to believe it?"""

from __future__ import annotations

import re

import pandas as pd

from rareearth_research.summary import Drawn, Summary

__all__ = ["Guarded"]


class Guarded(Drawn):
    """An answer with `doubts`, sentences that speak against it, and `notes`, which do not."""

    @property
    def doubts(self) -> tuple[str, ...]:
        """What speaks against believing the answer."""
        raise NotImplementedError

    @property
    def notes(self) -> tuple[str, ...]:
        """What else is to be known."""
        raise NotImplementedError

    @property
    def guard(self) -> bool:
        """Whether nothing speaks against believing the answer."""
        return not self.doubts

    def told(self, claim: str, table: pd.DataFrame) -> Summary:
        """Return the summary: the claim, whether to believe it, then doubts and notes."""
        trust = "no check objects." if self.guard else "not to be relied on."
        headline, *lines = map(_typeset, (f"{claim}: {trust}", *self.doubts, *self.notes))
        return Summary(headline, table, tuple(lines))


def _typeset(line: str) -> str:
    """Return a line with minus signs, and a space before per cent."""
    return re.sub(r"(?<=\d)%", " %", re.sub(r"(?<![\w.])-(?=[\d.i])", "−", line))
