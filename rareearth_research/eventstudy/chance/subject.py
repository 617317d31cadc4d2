"""A fitted study as placebo tests see it: its pairs, its markets, and the sessions to avoid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from rareearth_research.arguments import check_choice, check_kind
from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.datasets.event_names import DATED_BY
from rareearth_research.days import is_blank
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.chance.dates import Pairs
from rareearth_research.eventstudy.chance.draws import STATISTICS
from rareearth_research.eventstudy.chance.every_session import every_session
from rareearth_research.eventstudy.inputs.events import check_events
from rareearth_research.eventstudy.pairs.further import Further, place_further
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.setup import Setup
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.study import EventStudy


@dataclass(frozen=True)
class Subject:
    """What is moved: the kept pairs of a study, and where they must not go.

    Attributes
    ----------
    result : EventStudyResults
    markets : tuple of Market
        Only the securities that are in a kept pair; one as often as it has estimation windows.
    bounds : tuple of ndarray of int, shape (n, 2)
        Estimation window of each of them, per market.
    pairs : Pairs
    avoid : tuple of ndarray of int, shape (2, A)
        Per market, events to stay away from: the security's row (-1 for all) and the session.
        Holds every pair asked for, kept or dropped.
    """

    result: EventStudyResults
    markets: tuple[Market, ...]
    bounds: tuple[Ints, ...]
    pairs: Pairs
    avoid: tuple[Ints, ...]

    def every_session(
        self, windows: Sequence[tuple[int, int]], estimation: tuple[int, int] | None = None
    ) -> list[tuple[Floats, Floats]]:
        """Return CAR and its variance with every session as session 0, (G, n, S) per market.

        Each security is estimated as in the study, or all on one `estimation` window in place of
        the study's.

        Raises
        ------
        SpecificationError
            For an `estimation` window where the study has several.
        """
        spec = self.result.specification
        at_all = partial(
            every_session,
            model=spec.model,
            windows=windows,
            min_obs=spec.min_obs,
            spans=spec.gaps == "trade_to_trade",
        )
        (first, *others) = map(tuple, np.unique(np.concatenate(self.bounds), axis=0).tolist())
        if not others:
            return at_all(self.markets, estimation=estimation or first)
        if estimation is not None:
            raise SpecificationError(
                "this moves the estimation window, and there is one for each event; give "
                "`estimation` as numbers"
            )
        found = []
        for market, own in zip(self.markets, self.bounds, strict=True):
            values = np.empty((2, len(windows), *market.returns.shape))
            for span in (first, *others):
                rows = np.flatnonzero((own == span).all(axis=1))
                if len(rows):
                    values[:, :, rows] = at_all((only(market, rows),), estimation=span)[0]
            found.append((values[0], values[1]))
        return found

    def at_event(self, values: Sequence[Floats]) -> Floats:
        """Return the values of (G, n, S) arrays per market at each pair's own event, (P, G)."""
        pairs = self.pairs
        found = np.empty((len(pairs.event), len(values[0])))
        for m, here in pairs.by_market():
            found[here] = values[m][:, pairs.row[here], pairs.position[here]].T
        return found

    def mean_at_event(self, values: Sequence[Floats], use: Bools | None = None) -> Floats:
        """Return the mean over the pairs that have a value, of those that count in `use`, (G,)."""
        own = self.at_event(values)
        if use is not None:
            own = np.where(use, own, np.nan)
        count = np.isfinite(own).sum(axis=0)
        return np.nansum(own, axis=0) / np.where(count, count, np.nan)


def pooled_values(found: Sequence[tuple[Floats, Floats]], statistic: str) -> list[Floats]:
    """Return what `statistic` pools: SCAR, or CAR for ``caar``; (G, n, S) per market."""
    if statistic == "caar":
        return [car for car, _ in found]
    return [car / np.sqrt(variance) for car, variance in found]


def subject_of(
    study: EventStudy | EventStudyResults, exclude_near: Any = None, *, known: bool = False
) -> Subject:
    """Take from a study what a placebo test moves.

    Parameters
    ----------
    study : EventStudy or EventStudyResults
    exclude_near : DataFrame or list of dates, optional
        Events besides the study's own that placebo windows must not touch, placed on sessions as
        the study's events are (timing, rule, max_shift).
    known : bool
        Avoid the study's ``known_events`` where `exclude_near` names none.

    Raises
    ------
    SpecificationError
        If the study's windows differ between pairs, or `study` is neither.
    """
    kinds = EventStudy | EventStudyResults
    check_kind("study", study, kinds, "an EventStudy or its fitted results")
    further = study.setup.further if known else ()
    if exclude_near is not None:
        further = placed("exclude_near", exclude_near, study.setup)
    return subject_avoiding(study.fit() if isinstance(study, EventStudy) else study, further)


def subject_avoiding(result: EventStudyResults, further: Sequence[Further]) -> Subject:
    """Return `subject_of` a fitted study, whose further events to avoid are placed already."""
    if result.exact.any() and not result.exact.all():  # which have no SCAR, only rounding
        used = ~result.exact
        result = replace(
            result,
            keep=result.keep[used],
            fitted=result.fitted.take(used),
            windows=result.windows.take(used),
        )
    if result.windows.members.ndim == 3:
        raise SpecificationError(
            "placebo tests need the same windows for every pair; give `windows` as numbers and"
            " limit_days other than 'extend'"
        )
    every, kept, own = result.pairs, result.kept, result.windows.bounds
    if own is None:
        own = np.broadcast_to(result.windows.estimation, (len(kept), 2))
    markets: list[Market] = []
    bounds: list[Ints] = []
    avoid: list[Ints] = []
    new_market, new_row = np.empty_like(kept.market), np.empty_like(kept.row)
    for m, here in kept.by_market():
        each = np.column_stack([kept.row[here], own[here]])  # a security and how it is estimated
        each, new_row[here] = np.unique(each, axis=0, return_inverse=True)
        new_market[here] = len(markets)
        markets.append(only(result.markets[m], rows := each[:, 0]))
        bounds.append(each[:, 1:])
        asked = (every.market == m) & (every.position >= 0)
        near = [_held(rows, every.row[asked], every.position[asked])]
        if further:
            near.append(_held(rows, further[m].row, further[m].position))
        avoid.append(np.concatenate(near, axis=1))
    sessions = tuple(market.sessions for market in markets)
    pairs = Pairs(sessions, kept.event, new_market, new_row, kept.position)
    return Subject(result, tuple(markets), tuple(bounds), pairs, tuple(avoid))


def _held(rows: Ints, row: Ints, position: Ints) -> Ints:
    """Return where each row that is held stands among `rows` (ascending; -1 for all), (2, A)."""
    first, last = (np.searchsorted(rows, row, side=side) for side in ("left", "right"))
    last = np.where(row < 0, first + 1, last)
    of = np.repeat(np.arange(len(row)), last - first)
    step = np.arange(len(of)) - np.repeat(np.cumsum(last - first) - (last - first), last - first)
    return np.array([np.where(row[of] < 0, -1, first[of] + step), position[of]])


def placed(name: str, events: Any, setup: Setup) -> tuple[Further, ...]:
    """Return the sessions of the events an argument names in each market of a study.

    Raises
    ------
    SpecificationError
        For what is no list of events, or an event without a day.
    """
    spec = setup.specification
    frame, _ = check_events(events, name, spec.names, studied=False)
    dated = [column for column in DATED_BY if column in frame.columns]
    blank = frame[dated].map(is_blank).all(axis=1)
    if blank.any():
        raise SpecificationError(
            f"{name} has no date in row {int(blank.argmax())}; fill it or drop the row"
        )
    return place_further(frame, setup.markets, spec.names, spec.placing)


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


def only(market: Market, rows: Ints) -> Market:
    return replace(
        market,
        securities=market.securities[rows],
        returns=market.returns[rows],
        set_of=market.set_of[rows],
        spans=market.spans[rows],
        left_out=None if market.left_out is None else market.left_out[rows],
    )
