"""What does a timing curve hold, and what limits it? Shifts, the confidence set, and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats, Ints
from rareearth_research.errors import some
from rareearth_research.numerals import per_cent, step
from rareearth_research.summary import Drawn, Summary, p_value

MOVES = {"up": "raised prices", "down": "lowered prices"}
SHOWN = 6  # other events named; the rest is counted
# how often a 95 % set holds the session of the news, by volatility of the common factor after it:
# benchmarks/timing_coverage.py
COVERED = {
    "one date": {1.0: 0.935, 1.4: 0.812, 2.0: 0.480},
    "six dates": {1.0: 0.960, 1.4: 0.842, 2.0: 0.618},
}
_ONE, _SIX = COVERED.values()
COVERAGE = (
    "The set takes the days after the news for ordinary ones. In simulations a 95 % set held the "
    f"session of the news in {100 * _ONE[1.0]:.0f} % of studies of one date and in "
    f"{100 * _SIX[1.0]:.0f} % of six; where the volatility common to all securities rose to 1.4 "
    f"times afterwards, in {100 * _ONE[1.4]:.0f} and {100 * _SIX[1.4]:.0f} %, to twice, in "
    f"{100 * _ONE[2.0]:.0f} and {100 * _SIX[2.0]:.0f} %: it then rejects the right session because "
    "of moves that are only wilder."
)


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


def finding_of(
    chosen: tuple[int, ...], steps: Ints, level: float, direction: str | None, left_out: bool
) -> str:
    confidence = f"{100 * (1 - level):g} % confidence set of the event session"
    if direction:
        confidence += f", if the news {MOVES[direction]},"
    if not chosen:
        return (
            f"The {confidence} is empty: no single session accounts for what happened between"
            f" {step(steps[0])} and {step(steps[-1])}."
        )
    if len(chosen) == len(steps):
        return (
            f"The {confidence} holds every session from {step(steps[0])} to {step(steps[-1])}: no"
            f" session stands out{', other listed events left aside' * left_out}, so prices do not "
            "say when the news came."
        )
    return f"The {confidence}: {runs(chosen)}.".replace(",: ", ": ")


def against_announced(
    table: pd.DataFrame,
    caar: Floats,
    level: float,
    width: int,
    direction: str | None,
    n: int,
    return_type: str,
) -> str:
    """Say what rejects the announced session, or nothing if it is in the set.

    `caar` holds the mean CAR of the pairs that count at each shift.
    """
    announced = int(np.flatnonzero(table["shift"] == 0)[0])
    p = table["p_timing"].iloc[announced]
    if not p <= level:
        return ""
    signed = table["rival"].to_numpy() * {"up": 1, "down": -1, None: 1}[direction]
    loud = signed if direction else np.abs(signed)
    elsewhere = np.where(np.abs(table["shift"]) >= width, loud, np.nan)
    if direction:
        elsewhere[announced] = -loud[announced]
    at = int(np.nanargmax(elsewhere))
    move = np.expm1(caar[at]) if return_type == "log" else caar[at]
    statistic = table["rival"].iloc[at]
    verb = "rose" if move > 0 else "fell"
    if move * statistic < 0:  # the mean and the statistic point apart
        verb = f"stood out (statistic {statistic:+z.1f}) though they {verb}".replace("-", "−")
    others = round(p * (n + 1)) - 1
    where = "there" if at == announced else f"at {step(table['shift'].iloc[at])}{_day(table, at)}"
    reading = (
        f"News that {MOVES[direction or 'up']} is not seen so."
        if at == announced
        else "That is other news, a reversal, or the news itself."
    )
    return (
        f"The announced session is rejected: {where} the securities {verb} by "
        f"{per_cent(move, sign=False)} on average; {_count(others)} of {n:,} stretches without the "
        f"event hold a move as unusual. {reading} "
    )


def left_out_words(left_out: pd.DataFrame, table: pd.DataFrame) -> str:
    """Name the sessions that cannot speak against others, and for which events."""
    if left_out.empty:
        return ""
    gone = table.loc[table["statistic"].notna() & table["rival"].isna(), "shift"]
    parts = left_out.loc[~left_out["shift"].isin(gone), "shift"].nunique()
    events = list(dict.fromkeys(left_out["event_id"]))
    named = some(events, SHOWN) + " (see left_out)" * (len(events) > SHOWN)
    sessions = [f"the sessions {runs(tuple(gone))}"] if len(gone) else []
    sessions += [f"part of the securities at {parts} sessions"] if parts else []
    return (
        f"Not counted against other sessions, because another event was announced near them: "
        f"{' and '.join(sessions)} ({named})."
    )


def runs(shifts: tuple[int, ...]) -> str:
    """Return shifts as text, three or more neighbours as one run where the list is long."""
    if len(shifts) <= 5:
        return ", ".join(map(step, shifts))
    groups = np.split(np.array(shifts), np.flatnonzero(np.diff(shifts) > 1) + 1)
    return ", ".join(
        f"{step(run[0])} to {step(run[-1])}" if len(run) > 1 else step(run[0]) for run in groups
    )


def _day(table: pd.DataFrame, at: int) -> str:
    day = table["session"].iloc[at]
    return "" if pd.isna(day) else f" ({day.day} {day:%B %Y})"


def _count(number: int) -> str:
    return f"{number:,}" if number else "none"
