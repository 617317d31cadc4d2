"""Move several versions of one study together: the same announcements to the same other sessions.

Versions that differ in model, window, benchmark, timing or sample share returns and events, and
are as dependent as those are. A draw that moves every version at once keeps that dependence, so
that what is computed over all of them can be held against the same thing where nothing happened.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.eventstudy.chance.dates import Pairs, blocked, linked_dates
from rareearth_research.eventstudy.chance.draws import distinct, kind_of, moved_sums, statistic_of
from rareearth_research.eventstudy.chance.subject import Subject
from rareearth_research.eventstudy.pairs.markets import Market


@dataclass(frozen=True)
class JointDraws:
    """Statistics of V versions at the event and at D common placebo draws.

    Attributes
    ----------
    statistic, caar : ndarray, shape (1 + D, V)
        The studentised statistic and the mean CAR; the event first.
    places : int
        Sessions that the group of announcements with the fewest can be moved to, in all versions.
    chosen : mapping of int to ndarray, shape (D,)
        Where each group of announcements was moved to, by its first date.
    dates : tuple of mapping
        By version, the first dates of the groups that it moves and the kind of each, see `kind_of`.
    """

    statistic: Floats
    caar: Floats
    places: int
    chosen: Mapping[int, Ints]
    dates: tuple[Mapping[int, Hashable], ...]

    def once(self, version: int) -> Ints:
        """Return which draws move a version to dates that no earlier draw has.

        Draws of all versions repeat the sessions of one that moves few of the announcements.
        """
        own = self.dates[version]
        return distinct([self.chosen[date] for date in own], list(own.values()))

    def of(self, version: int) -> tuple[Floats, Floats]:
        """Return a version's statistic at the event, (1,), and at its distinct sets of dates."""
        column = self.statistic[:, version]
        return column[:1], column[1:][self.once(version)]

    def complete(self) -> JointDraws:
        """Keep the versions with a statistic at the event, and the draws that have all of these."""
        if np.isfinite(self.statistic).all():
            return self
        versions = np.isfinite(self.statistic[0])
        known: Bools = np.asarray(np.isfinite(self.statistic[:, versions]).all(axis=1))
        cells = np.ix_(known, versions)
        chosen = {date: moved[known[1:]] for date, moved in self.chosen.items()}
        dates = tuple(own for own, kept in zip(self.dates, versions, strict=True) if kept)
        return JointDraws(self.statistic[cells], self.caar[cells], self.places, chosen, dates)


def on_one_calendar(
    subjects: Sequence[Subject], events: Sequence[NDArray[np.object_]], reach: tuple[int, int]
) -> tuple[list[Subject], list[Ints]]:
    """Put the pairs of several versions on one calendar, and group their dates once for all.

    Parameters
    ----------
    subjects : sequence of Subject
    events : sequence of ndarray of object, shape (P,)
        The event of each pair of each version; the same name is the same announcement.
    reach : (int, int)
        First and last session that any version's window touches.

    Returns
    -------
    subjects : list of Subject
        With a further market, of no pairs, whose sessions are those of all versions, and with
        the events to avoid of all versions.
    groups : list of ndarray of int, shape (P,)
        First date of the group that each pair moves with, see `linked_dates`.
    """
    calendars: dict[tuple[str, bytes], int] = {}
    numbers = [
        [
            calendars.setdefault((m.exchange, m.sessions.asi8.tobytes()), len(calendars))
            for m in subject.markets
        ]
        for subject in subjects
    ]
    sessions = {
        number: market.sessions
        for subject, own in zip(subjects, numbers, strict=True)
        for number, market in zip(own, subject.markets, strict=True)
    }
    every = Pairs(
        sessions=tuple(sessions[number] for number in range(len(sessions))),
        event=np.unique(np.concatenate(events).astype(str), return_inverse=True)[1],
        market=np.concatenate(
            [np.array(own)[s.pairs.market] for s, own in zip(subjects, numbers, strict=True)]
        ),
        row=np.concatenate([s.pairs.row for s in subjects]),
        position=np.concatenate([s.pairs.position for s in subjects]),
    )
    groups = np.split(
        linked_dates(every, reach), np.cumsum([len(s.pairs.event) for s in subjects])[:-1]
    )
    placed = [
        replace(s, avoid=avoid, pairs=replace(s.pairs, sessions=(*s.pairs.sessions, every.union)))
        for s, avoid in zip(subjects, _avoided_by_all(subjects, numbers), strict=True)
    ]
    return placed, groups


def _avoided_by_all(
    subjects: Sequence[Subject], numbers: Sequence[Sequence[int]]
) -> list[tuple[Ints, ...]]:
    """Return for each version's markets the events that any version has to stay away from.

    With another timing an announcement has another session, on which the news came all the same.
    """
    known: dict[int, set[tuple[str, int]]] = {}
    for subject, own in zip(subjects, numbers, strict=True):
        for number, market, (row, at) in zip(own, subject.markets, subject.avoid, strict=True):
            names = np.append(_names(subject, market), "")[row]  # row -1 is every security
            known.setdefault(number, set()).update(zip(names, at.tolist(), strict=True))
    listed = {number: tuple(zip(*sorted(found), strict=True)) for number, found in known.items()}
    avoided = []
    for subject, own in zip(subjects, numbers, strict=True):
        of_markets = []
        for number, market in zip(own, subject.markets, strict=True):
            names, at = listed[number]
            row = pd.Index([*_names(subject, market), ""]).get_indexer(pd.Index(names))
            row[row == len(market.securities)] = -1
            ours = (row >= 0) | (np.array(names) == "")
            of_markets.append(np.array([row[ours], np.array(at)[ours]]))
        avoided.append(tuple(of_markets))
    return avoided


def _names(subject: Subject, market: Market) -> NDArray[np.object_]:
    return np.array(subject.result.specification.names, dtype=object)[market.securities]


def draw_jointly(
    subjects: Sequence[Subject],
    groups: Sequence[Ints],
    values: Iterable[tuple[int, Sequence[Floats]]],
    *,
    statistics: Sequence[str],
    reaches: Sequence[tuple[int, int]],
    coverage: float,
    n: int | None,
    seed: int,
    near: Callable[[int, Bools], Bools] = lambda _, places: places,
) -> JointDraws:
    """Compute every version at the event and at the same placebo sessions.

    Parameters
    ----------
    subjects, groups
        As `on_one_calendar` gives them.
    values : iterable of (int, sequence of ndarray, shape (2, n, T))
        The number of each version, in any order, with what its statistic pools and the CARs, by
        market and with every session as session 0.
    statistics : sequence of str
        Of each version, see `statistic_of`.
    reaches : sequence of (int, int)
        Of each version: a session is admissible if this reach around it shares no session with
        that around any event to avoid, and the share `coverage` of a group's pairs has values
        there, in every version that the group is in.
    coverage, n, seed
        As in `draw`.
    near : callable
        Given the first date of a group and the admissible sessions, (U,), returns those to keep.

    Returns
    -------
    JointDraws
    """
    dates = np.unique(np.concatenate(groups))
    open_to = {date: np.ones(len(subjects[0].pairs.union), dtype=bool) for date in dates}
    members = [
        {date: np.flatnonzero(group == date) for date in np.unique(group)} for group in groups
    ]
    for subject, own, reach in zip(subjects, members, reaches, strict=True):
        for date, here in own.items():
            open_to[date] &= ~blocked(subject.pairs, here, date, reach, subject.avoid, reach)
    held: dict[tuple[int, int], tuple[Ints, Floats]] = {}
    observed = np.zeros((len(subjects), 3, 2))
    for v, found in values:
        for date, here in members[v].items():
            sums, enough = moved_sums(subjects[v].pairs, found, here, date, coverage)
            observed[v] += sums[:, date]
            open_to[date] &= enough
            at = np.flatnonzero(open_to[date])
            held[v, date] = at, sums[:, at]
    pools = {date: np.flatnonzero(near(date, places)) for date, places in open_to.items()}
    fewest, rng = min(map(len, pools.values())), np.random.default_rng(seed)
    if not fewest:
        chosen = {date: pools[date][:0] for date in dates}
    elif len(dates) == 1 and (n is None or n >= fewest):
        chosen = pools
    else:
        chosen = {date: rng.choice(pools[date], n or 999, replace=len(dates) > 1) for date in dates}
        once = distinct(chosen.values())
        chosen = {date: moved[once] for date, moved in chosen.items()}
    statistic = np.empty((1 + len(chosen[dates[0]]), len(subjects)))
    caar = np.empty_like(statistic)
    for v, own in enumerate(members):
        moved = sum(
            (held[v, date][1][:, np.searchsorted(held[v, date][0], chosen[date])] for date in own),
            start=np.zeros((3, len(statistic) - 1, 2)),
        )
        sums = np.concatenate([observed[v][:, None], moved], axis=1)
        statistic[:, v] = statistic_of(sums[..., 0], statistics[v])
        caar[:, v] = statistic_of(sums[..., 1], "caar")
    kinds = tuple(
        {date: kind_of(subject.pairs, here, date) for date, here in own.items()}
        for subject, own in zip(subjects, members, strict=True)
    )
    return JointDraws(statistic, caar, fewest, chosen, kinds)
