"""Do breaks lie at policy dates, how did a price respond, and what if it were asked otherwise?"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.dynamics import (
    Breaks,
    LocalProjection,
    Nervousness,
    PolicyDistance,
    find_breaks,
    local_projection,
    nearest_policy,
)
from rareearth_research.dynamics.belief import rank, unusual_from
from rareearth_research.errors import SpecificationError
from rareearth_research.numerals import counted
from rareearth_research.studies.slow.judged import LEVEL, Judged, by_dates

CORE = ("core_cn_ree", "core_cn_other")


@dataclass(frozen=True)
class Price:
    """What was found of one price."""

    title: str
    breaks: Breaks
    level_breaks: int
    distance: PolicyDistance
    reach: float  # lasting change of its drift, in logs a month, found in four cases of five
    response: LocalProjection
    judged: Judged
    nervous: Nervousness
    amid: int  # announcements in a month with other listed events

    @property
    def real(self) -> bool:
        """Whether it has more breaks than a series that never broke would show."""
        return self.breaks.n_breaks > 0 and self.breaks.guard.p_value <= LEVEL


@dataclass(frozen=True)
class Pooled:
    """How many breaks of all series lie near policy events, and how many would by chance.

    Attributes
    ----------
    total, near : int
    usual : float
        Near ones of as many breaks of series without any, on average.
    judged : Judged
        Of the share that is near, beyond the usual one; one-sided.
    """

    total: int
    near: int
    usual: float
    judged: Judged


def shocks_of(events: pd.DataFrame, index: pd.Index) -> list[pd.Timestamp]:
    """Return one day for each row of the series in which an event falls."""
    days = pd.DatetimeIndex(events["date"]).sort_values()
    rows = index.searchsorted(days, side="right" if index[0].day == 1 else "left")
    inside = (days >= index[0]) & (days <= index[-1])
    return [day for day, first in zip(days, ~pd.Index(rows).duplicated() & inside, strict=True)
            if first]  # fmt: skip


def apart(shocks: list[pd.Timestamp], index: pd.Index, span: tuple[int, int]) -> list[pd.Timestamp]:
    """Return the shocks whose windows lie inside and do not overlap, the earlier one first."""
    kept: list[pd.Timestamp] = []
    last = -(10**6)
    for day in shocks:
        row = int(index.searchsorted(day))
        if row - last > span[1] - span[0] and row + span[1] < len(index) and row + span[0] >= 0:
            kept.append(day)
            last = row
    return kept


def level_breaks(logs: pd.Series, max_breaks: int) -> int:
    """Return how many breaks BIC finds in the level: what a naive reading would report."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is a level is what is shown here
        return find_breaks(logs, max_breaks).n_breaks


def amid(shocks: list[pd.Timestamp], others: pd.Series) -> int:
    """Return how many announcements share their month with an event on one of the other days."""
    return int(pd.DatetimeIndex(shocks).to_period("M").isin(others.dt.to_period("M")).sum())


def judged(response: LocalProjection, logs: pd.Series) -> Judged:
    """Judge the last horizon by other dates, beside an ordinary month's change."""
    end = response.table.iloc[-1]
    return by_dates(end, float(logs.diff().std()), int(end["n_shocks"]), response.doubts)


def pool(found: Iterable[tuple[Breaks, PolicyDistance]]) -> Pooled:
    """Count breaks near policy events over all series, and in as many series without a break."""
    broken = [(breaks, distance) for breaks, distance in found if breaks.n_breaks]
    if not broken:
        none = float("nan")
        return Pooled(0, 0, none, Judged(none, none, none, none, none, 0.0, 0))
    total, near = sum(b.n_breaks for b, _ in broken), sum(d.near for _, d in broken)
    fewest = min(len(distance.drawn_near) for _, distance in broken)
    usual = np.sum([distance.drawn_near[:fewest] for _, distance in broken], axis=0)
    beyond = float(near - usual.mean()) / total
    # one side: the question is whether more lie near than by chance
    p, least = float(rank(usual, near)), float(near - unusual_from(usual)) / total
    chance = any(b.guard.p_value > LEVEL for b, d in broken if d.near)
    doubts = ("no more breaks than a series that never broke would show",) * chance
    found_ = Judged(beyond, least, np.inf, p, float("nan"), 0.0, near, doubts)
    return Pooled(total, near, float(usual.mean()), found_)


def other_breaks(
    found: Mapping[str, Price], policy: pd.DataFrame, max_breaks: int, seed: int
) -> Iterator[tuple[str, Callable[[], Judged]]]:
    """Yield other ways to ask whether breaks lie at policy dates."""

    def ask(events: pd.DataFrame = policy, **other: Any) -> Judged:
        again = [
            find_breaks(price.breaks.paths["value"], max_breaks, seed=seed, **other)
            if other else price.breaks
            for price in found.values()
        ]  # fmt: skip
        return pool([(breaks, nearest_policy(breaks, events)) for breaks in again]).judged

    yield "shorter regimes (a tenth of the months)", lambda: ask(trim=0.1)
    yield "Chinese measures alone", lambda: ask(policy[policy["tier"].isin(CORE)])
    yield "disputes at the WTO alone", lambda: ask(policy[policy["tier"] == "dispute"])
    alone = policy[policy["confounders"] == ""]
    yield "without events amid other news", lambda: ask(alone)


def other_responses(
    logs: pd.Series, events: pd.DataFrame, horizon: int, seed: int
) -> Iterator[tuple[str, Callable[[], Judged]]]:
    """Yield other ways to ask how the first series responds."""

    def ask(
        values: pd.Series = logs, events: pd.DataFrame = events, horizon: int = horizon,
        lags: int = 4,
    ) -> Judged:  # fmt: skip
        shocks = shocks_of(events, values.index)
        if not shocks:
            raise SpecificationError("no announcement is left")
        return judged(
            local_projection(values, shocks, horizon, lags, level=0.95, seed=seed), values
        )

    largest = logs.diff().abs().idxmax()
    flat = logs.diff().where(logs.index != largest, 0.0).fillna(0.0).cumsum() + logs.iloc[0]
    yield "one lag in place of four", lambda: ask(lags=1)
    yield "twelve lags", lambda: ask(lags=12)
    if horizon > 1:
        yield f"within {counted(horizon // 2, 'month')}", lambda: ask(horizon=horizon // 2)
    yield f"without the largest change ({largest:%B %Y})", lambda: ask(flat)
    yield "the last ten years alone", lambda: ask(logs.iloc[-120:])
    alone = events[events["confounders"] == ""]
    yield "without announcements amid other news", lambda: ask(events=alone)
    every = len(shocks_of(events, logs.index))
    for row, name in events["name"].items() if every > 1 else ():
        some = events.drop(index=row)
        if len(shocks_of(some, logs.index)) < every:
            yield f"without “{name}”", partial(ask, events=some)
