"""Did prices move before the announcement? CAR[−k, −1] for each lead k, against placebo.

A run-up before a dated event is leakage, anticipation or chance. The placebo says which of the
first two is needed: the same run-up is computed at every session without an event. The lead share
says how much of the whole reaction had happened by the evening before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.placebo_draws import draw
from rareearth_research.eventstudy.placebo_study import (
    chosen_statistic,
    pooled_values,
    subject_of,
)
from rareearth_research.eventstudy.placebos import FEWEST, SPLIT, placebo_p, stepped_p
from rareearth_research.eventstudy.results import EventStudyResults
from rareearth_research.eventstudy.study import EventStudy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["AnticipationResult", "anticipation"]

_CLEAR = 0.10  # a total whose placebo p is above this has no meaningful share


@dataclass(frozen=True)
class AnticipationResult:
    """Result of `anticipation`.

    Attributes
    ----------
    table : DataFrame
        One row per lead k: ``lead, window, caar`` (mean CAR[−k, −1]) ``, statistic, p_value,
        p_romano_wolf`` (over the leads) ``, total`` (mean CAR[−k, until]) ``, total_p_value,
        lead_share`` (caar/total; missing where `note` says why) ``, n, n_pairs, valid, note``.
    until : int
        Last session of the whole reaction.
    estimation : (int, int)
        Estimation window used: the study's, moved back so that it ends before the longest lead.
    statistic : {"bmp", "scar", "caar"}
    exact : bool
    seed : int
    """

    table: pd.DataFrame
    until: int
    estimation: tuple[int, int]
    statistic: str
    exact: bool
    seed: int

    def plot(self, **options: Any) -> Figure:
        """Draw CAR[−k, −1] over the leads with its placebo verdict."""
        from rareearth_research.plots import plot_anticipation

        return plot_anticipation(self, **options)

    def __repr__(self) -> str:
        return f"Anticipation ({self.statistic})\n{self.table.to_string(index=False)}"

    def _repr_html_(self) -> str:
        return self.table.to_html(index=False, float_format="{:.4f}".format)


def anticipation(
    study: EventStudy | EventStudyResults,
    leads: int | Sequence[int] = 20,
    *,
    until: int | None = None,
    exclude_near: Any = None,
    statistic: str | None = None,
    n: int | None = None,
    coverage: float = 0.8,
    seed: int = 0,
) -> AnticipationResult:
    """Test the run-up before the event for every lead, and its share of the whole reaction.

    Parameters
    ----------
    study : EventStudy or EventStudyResults
    leads : int or sequence of int, default 20
        Leads k ≥ 1; a number stands for 1, 2, …, k.
    until : int, optional
        Session that ends the whole reaction CAR[−k, until]; by default the last session of the
        study's first window (at least 0).
    exclude_near, statistic, n, coverage, seed
        As in `placebo`.

    Returns
    -------
    AnticipationResult

    Raises
    ------
    SpecificationError
        A lead below 1, `until` before session 0, or what `placebo` refuses.

    Notes
    -----
    T_k is the placebo statistic over the window [−k, −1], p_k its placebo p-value, corrected
    over leads by Romano-Wolf. The estimation window is the same for all leads and ends before
    the longest, so that a run-up does not shape what is expected. A lead share is
    CAAR[−k, −1]/CAAR[−k, until]; where the total is not distinguishable from zero (placebo
    p > 10 %) a ratio to it says nothing and none is given.

    References
    ----------
    Keown, A. J. and Pinkerton, J. M. (1981). Merger announcements and insider trading activity.
    Journal of Finance 36, 855-869.
    Meulbroek, L. K. (1992). An empirical analysis of illegal insider trading. Journal of Finance
    47, 1661-1699.
    """
    subject = subject_of(study, exclude_near)
    spec = subject.result.specification
    lead = np.arange(1, leads + 1) if isinstance(leads, int) else np.unique(np.asarray(leads))
    if not len(lead) or lead.min() < 1:
        raise SpecificationError(f"leads={leads!r} must be sessions before the event, 1 or more")
    end = max(0, spec.windows[0][1]) if until is None else int(until)
    if end < 0:
        raise SpecificationError(f"until={until} lies before the event session")
    name = chosen_statistic(statistic, subject)
    back = min(0, -int(lead.max()) - 1 - spec.estimation[1])
    estimation = (spec.estimation[0] + back, spec.estimation[1] + back)

    before = [(-int(k), -1) for k in lead]
    whole = [(-int(k), end) for k in lead]
    found = subject.every_session([*before, *whole], estimation)
    drawn = draw(
        subject.pairs,
        pooled_values(found, name),
        statistic=name,
        reach=(-int(lead.max()), end),
        avoid=subject.avoid,
        coverage=coverage,
        n=n,
        seed=seed,
    )
    caar = subject.mean_at_event([car for car, _ in found])
    p, counts = placebo_p(drawn.observed, drawn.values)
    early = slice(0, len(lead))
    share, notes = _shares(caar[early], caar[len(lead) :], p[len(lead) :])
    if drawn.split:
        notes = ["; ".join(filter(None, [note, SPLIT])) for note in notes]
    table = pd.DataFrame(
        {
            "lead": lead,
            "window": [f"[{a}, {b}]" for a, b in before],
            "caar": caar[early],
            "statistic": drawn.observed[early],
            "p_value": p[early],
            "p_romano_wolf": stepped_p(drawn.observed[early], drawn.values[:, early]),
            "total": caar[len(lead) :],
            "total_p_value": p[len(lead) :],
            "lead_share": share,
            "n": counts[early],
            "n_pairs": drawn.n[early],
            "valid": (counts[early] >= FEWEST) & np.isfinite(drawn.observed[early]),
            "note": notes,
        }
    )
    return AnticipationResult(table, end, estimation, name, drawn.exact, seed)


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
