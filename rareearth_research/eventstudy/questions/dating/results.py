"""What does a timing curve hold? Its shifts, the confidence set, and how it says itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from rareearth_research.eventstudy.questions.dating.words import COVERAGE, left_out_words
from rareearth_research.summary import Drawn, Summary, p_value

__all__ = ["TimingCurve"]


@dataclass(frozen=True, repr=False)
class TimingCurve(Drawn):
    """Result of `timing_curve`.

    Attributes
    ----------
    table : DataFrame
        One row per shift: ``shift, session`` (missing if the study has several event dates)
        ``, caar, statistic, p_value`` (of "nothing happened at this session") ``, rival`` (the
        statistic of the pairs that no other event touches there, missing where too few are left)
        ``, others`` (the share of pairs that another event touches) ``, p_timing`` (of "the news
        came at this session and no other") ``, in_set``.
    left_out : DataFrame
        ``shift, event_id, n_pairs``: which other events touch how many pairs at which shift.
    confidence_set : tuple of int
        Shifts with p_timing above `level`.
    level : float
        α; the set has confidence 1 − α.
    critical : float
        Placebo (1 − α) quantile of ``|T|`` at one session.
    p_any : float
        Placebo p-value of the largest ``|T|`` of the stretch: did anything happen at all?
    peak : int
        Shift with the largest ``|T|``.
    window, estimation : (int, int)
        Response window of each candidate session; estimation window of all.
    n, stretches : int, bool
        Placebo draws, and whether they are whole event-free stretches.
    direction : {"up", "down"} or None
    statistic, finding, note, seed : str, str, str, int
    """

    picture: ClassVar[str] = "plot_timing_curve"
    table: pd.DataFrame
    left_out: pd.DataFrame
    confidence_set: tuple[int, ...]
    level: float
    critical: float
    p_any: float
    peak: int
    window: tuple[int, int]
    estimation: tuple[int, int]
    n: int
    stretches: bool
    direction: str | None
    statistic: str
    finding: str
    note: str
    seed: int

    def summary(self) -> Summary:
        """Return the sessions that fit, and the one with the largest statistic."""
        columns = ["shift", "session", "caar", "statistic", "p_value", "p_timing"]
        some = len(self.confidence_set) < len(self.table)
        chosen = (self.table["in_set"] & some) | self.table["shift"].isin([0, self.peak])
        largest = f"The largest |{self.statistic}|, at {self.peak:+d}, has placebo p"
        left_out = left_out_words(self.left_out, self.table)
        notes = (f"{largest} {p_value(self.p_any)}.", left_out, self.note, COVERAGE)
        table = self.table.loc[chosen, columns]
        return Summary(self.finding, table, tuple(filter(None, notes)))
