"""What does a sentence on a result need besides the numbers of a window?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rareearth_research.eventstudy.results.evidence import Evidence
from rareearth_research.eventstudy.statistics.decision import Finding
from rareearth_research.numerals import interval, per_cent


@dataclass(frozen=True)
class Told:
    """What a sentence needs besides the numbers of a window.

    Attributes
    ----------
    who, around : str
        Names of the sample and of the events; "" for counts.
    window : str
        Label of the window.
    events, with_news : int
        Events studied; those with another event or a listed confounder in the window.
    names : ndarray of str, shape (N,)
        Security of each pair.
    log, raw : bool
        Log returns; whether nothing is expected of returns (``model="raw"``).
    why : str
        Why the leading test has no value, if it has none.
    together : float
        p-value of the portfolio of all where it may be used and does not lead, else NaN.
    others, as_unusual, sets : int, int, bool
        Placebo draws, those at least as extreme, and whether a draw is a set of dates.
    row : str
        What a row of the returns is: ``"session"``, ``"month"``.
    """

    who: str
    around: str
    window: str
    events: int
    with_news: int
    names: np.ndarray
    log: bool
    raw: bool
    why: str
    together: float
    others: int
    as_unusual: int
    sets: bool
    row: str

    @classmethod
    def of(
        cls, found: Evidence, label: str, who: str, around: str, drawn: pd.Series | None, sets: bool
    ) -> Told:
        """Take from a study, and a row of its placebo if it was needed, what is to be told."""
        news = found.flags["confounded"][found.keep]
        compared = drawn is not None and bool(drawn["valid"])
        n = int(drawn["n"]) if drawn is not None and compared else 0
        return cls(
            who=who,
            around=around,
            window=label,
            events=int(found.counts["n_events"]),
            with_news=len(np.unique(found.kept.event[news])),
            names=found.labels[1][~found.exact] if not found.exact.all() else found.labels[1],
            log=found.specification.return_type == "log",
            raw=found.specification.model == "raw",
            why=_why(found, label),
            together=_together(found, label),
            others=n,
            as_unusual=round(float(drawn["p_value"]) * (n + 1)) - 1
            if drawn is not None and n
            else 0,
            sets=sets,
            row=found.specification.row,
        )

    @property
    def by_chance(self) -> float:
        """The placebo p-value, NaN for none."""
        return (self.as_unusual + 1) / (self.others + 1) if self.others else float("nan")

    def per_cent(self, value: float, *, sign: bool = True) -> str:
        """Return a cumulative return in prose, compounded."""
        return per_cent(np.expm1(value) if self.log else value, sign=sign)

    def interval(self, found: Finding) -> str:
        ends = (found.lower, found.upper)
        return interval(*(np.expm1(ends) if self.log else ends))


def _why(found: Evidence, label: str) -> str:
    lead = found.findings[found.specification.labels.index(label)]
    rows = found.table[(found.table["window"] == label) & (found.table["test"] == lead.test)]
    if np.isfinite(lead.leading.p_value) or rows.empty:
        return ""
    return str(rows["note"].iloc[0])


def _together(found: Evidence, label: str) -> float:
    rows = found.table[(found.table["window"] == label) & (found.table["test"] == "portfolio")]
    rows = rows[rows["valid"] & ~rows["headline"]]
    return float("nan") if rows.empty else float(rows["p_value"].iloc[0])
