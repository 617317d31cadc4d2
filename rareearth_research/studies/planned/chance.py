"""Could it be chance? The plan's questions moved together to sessions without listed news."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.datasets import load_events
from rareearth_research.eventstudy.chance.joint import JointDraws, draw_jointly, on_one_calendar
from rareearth_research.eventstudy.chance.p_values import placebo_p
from rareearth_research.eventstudy.chance.subject import (
    Subject,
    chosen_statistic,
    placed,
    pooled_values,
    subject_avoiding,
)
from rareearth_research.studies.planned.measure import Measured
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.timing.exchanges import sessions_of

NEWS = ("core_cn_ree", "core_cn_other", "talks", "dispute", "foreign_us", "confounder")
POOL = (250, 500)  # sessions of New York around a cluster; the second where few remain
FEW = 30
COVERAGE = 0.8


def listed_news() -> pd.DataFrame:
    """Return all listed news of the plan's tiers, which what a placebo moves keeps away from."""
    return load_events(tier=list(NEWS), precision="day")


def draw_together(plan: Plan, measured: Sequence[Measured]) -> JointDraws:
    """Compute every question at the event and where nothing was announced.

    Parameters
    ----------
    plan : Plan
        Says how many draws, and the seed.
    measured : sequence of Measured
        V questions. An announcement that is in several is moved to the same session in all.

    Returns
    -------
    JointDraws
        The statistic is √N·mean(SCAR)/sd(SCAR), for a single pair ΣSCAR/√N.
    """
    windows = [m.result.specification.windows[0] for m in measured]
    subjects, groups = together(plan, measured)
    statistics = [chosen_statistic(None, subject) for subject in subjects]
    asked = plan["inference"]["placebo"]
    return draw_jointly(
        subjects,
        groups,
        _values(subjects, windows, statistics),
        statistics=statistics,
        reaches=windows,
        coverage=COVERAGE,
        n=asked["draws"],
        seed=asked["seed"],
        near=near_new_york(subjects[0].pairs.union),
    )


def together(plan: Plan, measured: Sequence[Measured]) -> tuple[list[Subject], list[Ints]]:
    """Put questions on one calendar, see `on_one_calendar`."""
    news = listed_news()
    setups = {id(m.result.setup): m.result.setup for m in measured}  # many are parts of one
    near = {which: placed("exclude_near", news, setup) for which, setup in setups.items()}
    subjects = [subject_avoiding(m.result, near[id(m.result.setup)]) for m in measured]
    ids = [m.result.labels[0][~m.result.exact] for m in measured]
    primary = next(iter(plan["questions"].values()))["window"]
    return on_one_calendar(subjects, ids, tuple(primary))


def placebo_of(drawn: JointDraws, version: int) -> tuple[float, int]:
    """Return the placebo p-value of a question, and of how many distinct sets of dates."""
    own, placebos = drawn.of(version)
    p, n = placebo_p(own, placebos[:, None])
    return float(p[0]), int(n[0])


def near_new_york(union: pd.DatetimeIndex) -> Callable[[int, Bools], Bools]:
    """Return what keeps, of the places of a cluster, the sessions of New York within 250 of it.

    Where fewer than 30 remain, those within 500.
    """
    sessions = sessions_of("XNYS").dates
    counted = np.searchsorted(sessions, union.to_numpy())
    there = sessions[np.minimum(counted, len(sessions) - 1)] == union.to_numpy()

    def kept(date: int, places: Bools) -> Bools:
        apart = np.abs(counted - counted[date])
        near, wider = (places & there & (apart <= reach) for reach in POOL)
        return near if near.sum() >= FEW else wider

    return kept


def _values(
    subjects: Sequence[Subject], windows: Sequence[tuple[int, int]], statistics: Sequence[str]
) -> Iterator[tuple[int, list[Floats]]]:
    for v, (subject, window) in enumerate(zip(subjects, windows, strict=True)):
        found = subject.every_session([window])
        both = zip(pooled_values(found, statistics[v]), pooled_values(found, "caar"), strict=True)
        yield v, [np.concatenate(values) for values in both]
