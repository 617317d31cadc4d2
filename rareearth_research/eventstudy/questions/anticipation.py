"""Did prices move before the announcement? CAR[−k, −1] for each lead k, against placebo.

A run-up before a dated event is leakage, anticipation or chance. The placebo says which of the
first two is needed: the same run-up is computed at every session without an event. The lead share
says how much of the whole reaction had happened by the evening before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_whole, is_whole
from rareearth_research.arrays import Ints
from rareearth_research.choices import Statistic
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.chance import reach
from rareearth_research.eventstudy.chance.draws import check_drawing, draw
from rareearth_research.eventstudy.chance.p_values import never_below, placebo_p, stepped_p
from rareearth_research.eventstudy.chance.placebo import FEWEST, SPLIT
from rareearth_research.eventstudy.chance.subject import chosen_statistic, pooled_values, subject_of
from rareearth_research.eventstudy.pairs.setup import label_of
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.results.sentences import over
from rareearth_research.eventstudy.study import EventStudy
from rareearth_research.numerals import p_said, per_cent
from rareearth_research.summary import Drawn, Summary, remarks

MOST_LEADS = 10_000  # sessions before the event: forty years
LEVEL = 0.05
_CLEAR = 0.10  # a total whose placebo p is above this has no meaningful share


@dataclass(frozen=True, repr=False)
class AnticipationResult(Drawn):
    """Result of `anticipation`.

    Attributes
    ----------
    table : DataFrame
        One row per lead k: ``lead, window, caar`` (mean CAR[−k, −1]) ``, statistic, p_value,
        p_romano_wolf`` (over the leads; never below ``p_value``) ``, total`` (mean CAR[−k,
        until]) ``, total_p_value, lead_share`` (caar/total; missing where `note` says why) ``, n,
        n_pairs, valid, note``.
    until : int
        Last session of the whole reaction.
    estimation : (int, int)
        Estimation window used: the study's, moved back so that it ends before the longest lead.
    statistic : {"bmp", "scar", "caar"}
    exact : bool
    seed : int
    log : bool
        Whether the averages are sums of log returns.
    """

    picture: ClassVar[str] = "plot_anticipation"
    table: pd.DataFrame
    until: int
    estimation: tuple[int, int]
    statistic: str
    exact: bool
    seed: int
    log: bool

    @property
    def finding(self) -> str:
        """The largest run-up and its verdict, in a sentence."""
        known = self.table.dropna(subset=["p_value", "p_romano_wolf"])
        if known.empty:
            return "There is no placebo to compare the run-up with"
        best = known.sort_values("p_value", kind="stable").iloc[0]
        move = np.expm1(best["caar"]) if self.log else best["caar"]
        return (
            f"The run-up that stands out most, {per_cent(move)} {over(best['window'])}, is "
            f"{'' if best['p_romano_wolf'] <= LEVEL else 'not '}more than chance (corrected "
            f"{p_said(best['p_romano_wolf'])})"
        )

    def summary(self) -> Summary:
        """Return the largest run-up, and the table of all leads."""
        columns = ["lead", "caar", "p_value", "p_romano_wolf", "total", "lead_share", "n"]
        return Summary(f"{self.finding}.", self.table[columns], remarks(self.table, "window"))


def anticipation(
    study: EventStudy | EventStudyResults,
    leads: int | Sequence[int] = 20,
    *,
    until: int | None = None,
    exclude_near: Any = None,
    statistic: Statistic | None = None,
    n: int | None = None,
    coverage: float = 0.8,
    seed: int = 0,
) -> AnticipationResult:
    """Test the run-up before the event for every lead, and its share of the whole reaction.

    Parameters
    ----------
    study : EventStudy or EventStudyResults
    leads : int or sequence of int, default 20
        Leads k ≥ 1, as far as the data reach; a number stands for 1, 2, …, k.
    until : int, optional
        Session that ends the whole reaction CAR[−k, until]; by default the last session of the
        study's first window (at least 0). The data must reach that far.
    exclude_near : DataFrame or list of dates, optional
    statistic : {"bmp", "scar", "caar"}, optional
    n : int, optional
    coverage : float, default 0.8
    seed : int, default 0
        As in `placebo`.

    Returns
    -------
    AnticipationResult

    Raises
    ------
    SpecificationError
        A lead below 1 or beyond the data, `until` before session 0 or beyond the data, or what
        `placebo` refuses.

    Notes
    -----
    T_k is the placebo statistic over the window [−k, −1], p_k its placebo p-value at the sessions
    where [−k, until] meets no event, whatever the other leads; it is corrected over leads by
    Romano-Wolf, from draws that are admissible for the longest. The estimation window is the same
    for all leads and ends before the longest, so that a run-up does not shape what is expected.
    A lead share is CAAR[−k, −1]/CAAR[−k, until]; where the total is not distinguishable from zero
    (placebo p > 10 %) a ratio to it says nothing and none is given.

    References
    ----------
    Keown, A. J. and Pinkerton, J. M. (1981). Merger announcements and insider trading activity.
    Journal of Finance 36, 855-869.
    Meulbroek, L. K. (1992). An empirical analysis of illegal insider trading. Journal of Finance
    47, 1661-1699.
    """
    options = check_drawing(n, coverage, seed)
    lead = _leads(leads)
    subject = subject_of(study, exclude_near)
    spec = subject.result.specification
    reach.check_behind(spec.windows[0], spec.estimation)
    longest = int(lead.max())
    end = max(0, spec.windows[0][1]) if until is None else _until(until)
    last = reach.farthest(subject)[1]
    if end > last:
        raise SpecificationError(
            f"until={shown(until)} lies beyond the data of every pair; {last} is the last session "
            "after the event that they hold"
        )
    back = max(0, longest + 1 + spec.estimation[1])
    reach.check_moved_back(
        "leads",
        leads,
        back,
        spec.estimation,
        subject,
        lambda room: f"take leads up to {room - 1 - spec.estimation[1]}",
    )
    name = chosen_statistic(statistic, subject)
    estimation = (spec.estimation[0] - back, spec.estimation[1] - back)
    options |= {"statistic": name, "avoid": subject.avoid}

    before = [(-int(k), -1) for k in lead]
    whole = [(-int(k), end) for k in lead]
    found = subject.every_session([*before, *whole], estimation)
    values = pooled_values(found, name)
    caar = subject.mean_at_event([car for car, _ in found])
    early, late = slice(0, len(lead)), slice(len(lead), None)
    both = [
        draw(
            subject.pairs,
            [block[i :: len(lead)] for block in values],  # before the event, and with it
            reach=(-int(k), end),
            **options,
        )
        for i, k in enumerate(lead)
    ]
    observed = np.array([drawn.observed for drawn in both])  # (K, 2)
    tested = [placebo_p(drawn.observed, drawn.values) for drawn in both]
    p, counts = (np.array(part) for part in zip(*tested, strict=True))  # (K, 2)
    joint = draw(
        subject.pairs, [block[early] for block in values], reach=(-longest, end), **options
    )
    share, notes = _shares(caar[early], caar[late], p[:, 1])
    for i, drawn in enumerate(both):
        further = [SPLIT] if drawn.split else []
        if drawn.n.min() < len(subject.pairs.event):
            further.append(f"{drawn.n.min()} of {len(subject.pairs.event)} pairs have a value")
        notes[i] = "; ".join(filter(None, [notes[i], *further]))
    table = pd.DataFrame(
        {
            "lead": lead,
            "window": [label_of(window) for window in before],
            "caar": caar[early],
            "statistic": observed[:, 0],
            "p_value": p[:, 0],
            "p_romano_wolf": never_below(stepped_p(observed[:, 0], joint.values), p[:, 0]),
            "total": caar[late],
            "total_p_value": p[:, 1],
            "lead_share": share,
            "n": counts[:, 0],
            "n_pairs": [drawn.n[0] for drawn in both],
            "valid": (counts[:, 0] >= FEWEST) & np.isfinite(observed[:, 0]),
            "note": notes,
        }
    )
    table.attrs["returns"] = subject.result.specification.return_type
    exact = all(drawn.exact for drawn in both)
    log = subject.result.specification.return_type == "log"
    return AnticipationResult(table, end, estimation, name, exact, options["seed"], log)


def _until(until: Any) -> int:
    if is_whole(until) and until < 0:
        raise SpecificationError(f"until={until} lies before the event session; give 0 or more")
    return check_whole("until", until, 0)


def _leads(leads: Any) -> Ints:
    """Return the leads in ascending order, each once."""
    name = "leads (sessions before the event)"
    if is_whole(leads):
        return np.arange(1, check_whole(name, leads, 1, MOST_LEADS) + 1)
    listed = leads.tolist() if isinstance(leads, np.ndarray) else leads
    if isinstance(listed, str | bytes) or not isinstance(listed, Sequence) or not len(listed):
        raise SpecificationError(
            "leads must be a whole number or a list of them, such as [1, 5, 20]; got "
            f"{shown(leads)}"
        )
    return np.unique([check_whole(name, lead, 1, MOST_LEADS) for lead in listed])


def _shares(
    before: np.ndarray, total: np.ndarray, total_p: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Return lead shares, and words where there is none."""
    share, notes = np.full(len(before), np.nan), []
    for i in range(len(before)):
        if not total_p[i] <= _CLEAR:
            notes.append("no share: the whole reaction is not distinguishable from zero")
        elif before[i] * total[i] < 0:
            notes.append("no share: prices moved the other way before the event")
        else:
            share[i] = before[i] / total[i]
            notes.append("" if share[i] <= 1 else "more than the whole: part was reversed after")
    return share, notes
