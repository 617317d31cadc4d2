"""What if a close at the daily price limit hid a part of the move? The plan's rule for China."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rareearth_research.numerals import counted, interval, numeral, per_cent
from rareearth_research.studies.planned.measure import Measured, measure
from rareearth_research.studies.planned.plan import Plan

LATER = (0, 5)
SHARE = 0.2  # of pairs at a limit, above which the longer window leads


@dataclass(frozen=True, eq=False)
class PriceLimits:
    """Pairs that close at a daily limit, and the question without what that hides.

    Attributes
    ----------
    limited, pairs : int
        Pairs whose window ends at a limit, and all.
    later, without : Measured
        Over sessions 0 to +5, and without these pairs.
    """

    limited: int
    pairs: int
    later: Measured
    without: Measured

    @property
    def leads(self) -> bool:
        """Whether the sentence has to begin with sessions 0 to +5."""
        return self.limited > SHARE * self.pairs

    @property
    def words(self) -> str:
        """How many there are, and what is left of the answer."""
        many = ", more than a fifth" if self.leads else ""
        return (
            f"Of {counted(self.pairs, 'pair', digits=True)} {numeral(self.limited)} closed the "
            f"window at a daily price limit{many}: over sessions 0 to +5 {_said(self.later)}, "
            f"without these pairs {_said(self.without)}."
        )


def price_limits(plan: Plan, question: str, found: Measured) -> PriceLimits:
    """Return what a question looks like where price limits could not bind."""
    limited = found.result.flags["price_limit"][found.result.keep]
    return PriceLimits(
        int(limited.sum()),
        len(limited),
        measure(plan, question, windows=[LATER]),
        found.part(~limited),
    )


def _said(found: Measured) -> str:
    one = found.finding
    effect, lower, upper = np.expm1([one.caar, one.lower, one.upper])
    return f"{per_cent(effect)} ({interval(lower, upper)})"
