"""A fitted study as placebo tests see it: its pairs, its markets, and the sessions to avoid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arguments import check_choice, check_frame
from rareearth_research.days import read_stamp
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.chance.dates import Pairs
from rareearth_research.eventstudy.chance.draws import STATISTICS
from rareearth_research.eventstudy.chance.every_session import every_session
from rareearth_research.eventstudy.inputs.events import check_events
from rareearth_research.eventstudy.pairs.further import Further, place_further
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.study import EventStudy

__all__ = ["Subject", "chosen_statistic", "pooled_values", "subject_of"]

DATED_BY = ("date", "announced_date", "announced_earliest", "effective_date", "reported_date")
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Subject:
    """What is moved: the kept pairs of a study, and where they must not go.

    Attributes
    ----------
    result : EventStudyResults
    markets : tuple of Market
        Only the securities that are in a kept pair.
    pairs : Pairs
    avoid : tuple of ndarray of int, shape (2, A)
        Per market, events to stay away from: the security's row (-1 for all) and the session.
        Holds every pair asked for, kept or dropped.
    """

    result: EventStudyResults
    markets: tuple[Market, ...]
    pairs: Pairs
    avoid: tuple[Ints, ...]

    def every_session(
        self, windows: Sequence[tuple[int, int]], estimation: tuple[int, int]
    ) -> list[tuple[Floats, Floats]]:
        """Return CAR and its variance with every session as session 0, (G, n, S) per market."""
        spec = self.result.specification
        return every_session(
            self.markets,
            spec.model,
            estimation,
            windows,
            spec.min_obs,
            spans=spec.gaps == "trade_to_trade",
        )

    def at_event(self, values: Sequence[Floats]) -> Floats:
        """Return the values of (G, n, S) arrays per market at each pair's own event, (P, G)."""
        pairs = self.pairs
        found = np.empty((len(pairs.event), len(values[0])))
        for m, block in enumerate(values):
            here = pairs.market == m
            found[here] = block[:, pairs.row[here], pairs.position[here]].T
        return found

    def mean_at_event(self, values: Sequence[Floats]) -> Floats:
        """Return the mean over the pairs that have a value, (G,)."""
        own = self.at_event(values)
        count = np.isfinite(own).sum(axis=0)
        return np.nansum(own, axis=0) / np.where(count, count, np.nan)


def pooled_values(found: Sequence[tuple[Floats, Floats]], statistic: str) -> list[Floats]:
    """Return what `statistic` pools: SCAR, or CAR for ``caar``; (G, n, S) per market."""
    if statistic == "caar":
        return [car for car, _ in found]
    return [car / np.sqrt(variance) for car, variance in found]


def subject_of(study: EventStudy | EventStudyResults, exclude_near: Any = None) -> Subject:
    """Take from a study what a placebo test moves.

    Parameters
    ----------
    study : EventStudy or EventStudyResults
    exclude_near : DataFrame or list of dates, optional
        Events besides the study's own that placebo windows must not touch, placed on sessions as
        the study's events are (timing, rule, max_shift).

    Raises
    ------
    SpecificationError
        If the study's windows differ between pairs, or `study` is neither.
    """
    if not isinstance(study, EventStudy | EventStudyResults):
        raise SpecificationError(
            f"study: an EventStudy or its fitted results are moved by a placebo test, not "
            f"{type(study).__name__}"
        )
    exclude_near = _checked_further(exclude_near)
    result = study.fit() if isinstance(study, EventStudy) else study
    if result.windows.members.ndim == 3:
        raise SpecificationError(
            "placebo tests need the same windows for every pair; give `windows` as numbers and"
            " limit_days other than 'extend'"
        )
    kept = result.keep
    market, row = result.pairs.market[kept], result.pairs.row[kept]
    markets: list[Market] = []
    avoid: list[NDArray[np.int64]] = []
    new_market, new_row = np.empty_like(market), np.empty_like(row)
    further = _sessions_of(exclude_near, result)
    for m in np.unique(market):
        here = market == m
        rows, new_row[here] = np.unique(row[here], return_inverse=True)
        new_market[here] = len(markets)
        markets.append(_only(result.markets[m], rows))
        asked = (result.pairs.market == m) & (result.pairs.position >= 0)
        asked &= np.isin(result.pairs.row, rows)
        others = further[m]
        ours = (others.row < 0) | np.isin(others.row, rows)
        of = np.where(others.row < 0, -1, np.searchsorted(rows, others.row))[ours]
        avoid.append(
            np.concatenate(
                [
                    [np.searchsorted(rows, result.pairs.row[asked]), result.pairs.position[asked]],
                    [of, others.position[ours]],
                ],
                axis=1,
            )
        )
    pairs = Pairs(
        tuple(m.sessions for m in markets),
        result.pairs.event[kept],
        new_market,
        new_row,
        result.pairs.position[kept],
    )
    return Subject(result, tuple(markets), pairs, tuple(avoid))


def _checked_further(events: Any) -> Any:
    """Return `exclude_near`, or raise where an event has no day: it could not be kept away from."""
    if events is None:
        return None
    if isinstance(events, pd.DataFrame):
        frame = check_frame("exclude_near", events)
        dated = [name for name in DATED_BY if name in frame.columns]
        blank = frame[dated].isna().all(axis=1).to_numpy()
        if dated and blank.any():
            raise SpecificationError(
                f"exclude_near has no date in row {int(blank.argmax())}; fill it or drop the row"
            )
    elif isinstance(events, str | bytes) or not isinstance(events, Iterable):
        read_stamp(events, "exclude_near:", SpecificationError)
    else:
        events = list(events)
        for i, day in enumerate(events):
            read_stamp(day, f"exclude_near[{i}]:", SpecificationError)
    if hasattr(events, "__len__") and not len(events):
        raise SpecificationError(
            "exclude_near is empty; leave it out to keep away from the study's own events only"
        )
    return events


def chosen_statistic(statistic: str | None, subject: Subject) -> str:
    """Return the statistic to use: ``bmp`` for two pairs or more, else ``scar``."""
    n = len(subject.pairs.event)
    if statistic is None:
        return "bmp" if n > 1 else "scar"
    check_choice("statistic", statistic, STATISTICS)
    if statistic == "bmp" and n < 2:
        raise SpecificationError(
            "statistic='bmp' needs the dispersion of at least two pairs and the study has one;"
            " use statistic='scar'"
        )
    return statistic


def _only(market: Market, rows: Ints) -> Market:
    return replace(
        market,
        securities=market.securities[rows],
        returns=market.returns[rows],
        set_of=market.set_of[rows],
        spans=market.spans[rows],
    )


def _sessions_of(events: Any, result: EventStudyResults) -> tuple[Further, ...]:
    """Return the positions of further events in the sessions of each market."""
    spec = result.specification
    if events is None:
        none = np.empty(0, dtype=np.int64)
        return (Further(np.empty(0, dtype=object), none, none),) * len(result.markets)
    frame = check_events(events, "exclude_near", spec.names, studied=False)
    return place_further(
        frame,
        result.markets,
        spec.names,
        timing=spec.timing,
        rule=spec.rule,
        max_shift=spec.max_shift,
    )
