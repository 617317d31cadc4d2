"""What came before and after the announcements? Mean paths, and those where nothing was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats, Ints
from rareearth_research.datasets import load_events
from rareearth_research.eventstudy.chance.draws import moved_sums
from rareearth_research.eventstudy.chance.joint import JointDraws
from rareearth_research.eventstudy.statistics.dates import FEWEST_CLUSTERS
from rareearth_research.eventstudy.statistics.parametric import spread
from rareearth_research.studies.planned.chance import together
from rareearth_research.studies.planned.contrasts import quantile
from rareearth_research.studies.planned.measure import Measured, fit_pairs
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.selection import EVER, flagged_by, placed_events

REACH = (-10, 10)
SHOWN = 300  # of the placebo draws: a picture holds no more


@dataclass(frozen=True, eq=False)
class MeanPath:
    """How returns added up around the announcements of a question.

    Attributes
    ----------
    sessions : ndarray of int, shape (K,)
    means : ndarray, shape (C, K)
        Mean abnormal return of each announcement's securities, added up from the first session.
    drawn : ndarray, shape (D, K)
        Mean over announcements at the same other sessions as in the placebo test.
    news : ndarray of int, shape (K,)
        Announcements with another listed event on that session of New York.
    window : (int, int)
        What the question asks about.
    """

    sessions: Ints
    means: Floats
    drawn: Floats
    news: Ints
    window: tuple[int, int]

    @property
    def mean(self) -> Floats:
        """Mean over announcements, (K,)."""
        return np.asarray(self.means.mean(axis=0))

    @property
    def half(self) -> Floats:
        """Half of the 95 % interval of the mean over C announcements, (K,); NaN with one or two."""
        c = len(self.means)
        if c < FEWEST_CLUSTERS:
            return np.full(self.means.shape[1], np.nan)
        return quantile(c - 1) * np.asarray(spread(self.means.T)) / np.sqrt(c)


def mean_paths(
    plan: Plan, measured: Mapping[str, Measured], drawn: JointDraws
) -> dict[str, MeanPath]:
    """Return the mean path of each question, and some hundred of the draws that tested them.

    Parameters
    ----------
    plan : Plan
    measured : mapping
        The questions that were drawn together, in that order.
    drawn : JointDraws
        As `draw_together` gives it.
    """
    first, last = _reach(next(iter(measured.values())))
    sessions = np.arange(first, last + 1)
    windows = [(first, int(end)) for end in sessions]
    listed = placed_events(load_events(), EVER)
    found = {}
    subjects, groups = together(plan, list(measured.values()))
    each = zip(measured.items(), subjects, groups, strict=True)
    for v, ((name, asked), subject, group) in enumerate(each):
        once = drawn.once(v)[:SHOWN]
        cars = [car for car, _ in subject.every_session(windows)]
        events = asked.result.labels[0][~asked.result.exact].astype(str)
        means, moved = [], []
        for event in asked.clusters["event_id"]:
            here = np.flatnonzero(events == event)
            date = int(group[here[0]])
            sums, _ = moved_sums(subject.pairs, cars, here, date, 0.0)
            with np.errstate(invalid="ignore"):
                mean = sums[1] / sums[0]
            means.append(mean[date])
            moved.append(mean[drawn.chosen[date][once]])
        found[name] = MeanPath(
            sessions,
            np.array(means),
            np.mean(moved, axis=0),
            _news(listed, asked.clusters["event_id"], sessions),
            asked.result.specification.windows[0],
        )
    return found


def named_paths(plan: Plan) -> pd.DataFrame:
    """Return what the firms of H8 and their peers did, added up: a row a session, a column each."""
    asked = plan["questions"]["H8"]
    tickers = [*plan.group(asked["group"]), *plan.group(asked["against"])]
    paired, apart = pairs_of(plan, [asked["event_id"]], tickers, matched=False)
    abnormal = fit_pairs(plan, paired, apart, windows=[REACH]).result.abnormal
    daily = abnormal.pivot(index="relative_session", columns="security", values="abnormal_return")
    return daily.cumsum()


def _reach(measured: Measured) -> tuple[int, int]:
    """Return the first and the last session of a path, which keeps out of the estimation."""
    begin, end = measured.result.specification.estimation
    return (max(REACH[0], end + 1), REACH[1]) if end < 0 else (REACH[0], min(REACH[1], begin - 1))


def _news(placed: pd.DataFrame, event_ids: Sequence[str] | pd.Series, sessions: Ints) -> Ints:
    """Count the announcements with other listed news on each session around them."""
    counts, position = np.zeros(len(sessions), dtype=np.int64), placed["position"]
    for event_id in event_ids:
        if event_id in position.index:
            others = flagged_by(placed, event_id, (int(sessions[0]), int(sessions[-1])))
            counts += np.isin(sessions, position[others] - position[event_id])
    return counts
