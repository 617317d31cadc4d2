"""Move a study's event dates to other sessions and see how large its statistic gets by chance.

Securities keep their set, their calendars and the order in which their exchanges saw the news;
only the date moves. Events whose windows overlap move together, at their distance, because they
share shocks. A single group of dates is moved to every admissible session (the exact placebo
distribution); several groups are drawn at random, each on its own. All draws come from sums of
SCAR and SCAR² by group, so a thousand draws cost no more than a look-up.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_number, check_whole
from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.choices import Statistic
from rareearth_research.eventstudy.chance.dates import (
    Pairs,
    alike,
    blocked,
    linked_dates,
    separate_dates,
)

STATISTICS = get_args(Statistic)
MOST_DRAWS = 100_000  # no p-value needs to be finer than 0.00001
FEWEST_PLACES = 99  # places a group of overlapping dates must have to be moved as one


@dataclass(frozen=True)
class Draws:
    """Statistics at the event and at placebo sessions.

    Attributes
    ----------
    observed : ndarray, shape (W,)
        The statistic of each window at the event.
    n : ndarray of int, shape (W,)
        Pairs behind it.
    values : ndarray, shape (D, W)
        The statistic at each placebo draw.
    sessions : DatetimeIndex, length D, or None
        Placebo session of each draw, if one date was moved.
    group : ndarray of int, shape (P,)
        First date of the group each pair moves with, as a position in the union of sessions.
    pools : tuple of ndarray of int
        Admissible sessions of each group, in ascending order of groups.
    exact : bool
        Whether every admissible session was used once (one group).
    split : bool
        Whether dates with overlapping windows had to be moved apart, for want of room.
    """

    observed: Floats
    n: Ints
    values: Floats
    sessions: pd.DatetimeIndex | None
    group: Ints
    pools: tuple[Ints, ...]
    exact: bool
    split: bool = False


def check_drawing(n: Any, coverage: Any, seed: Any) -> dict[str, Any]:
    """Return how to draw, as the keywords of `draw`, or raise naming the argument."""
    return {
        "n": None if n is None else check_whole("n", n, 1, MOST_DRAWS),
        "coverage": check_number("coverage", coverage, 0, 1),
        "seed": check_whole("seed", seed, 0),
    }


def draw_each(
    pairs: Pairs, values: Sequence[Floats], windows: Sequence[tuple[int, int]], **options: Any
) -> tuple[Draws, ...]:
    """Return `draw` of every window as if it were the only one.

    The sessions that can stand in for the event depend on the window, so drawing all windows
    together would let the answer for one depend on which others were asked for.
    """
    return tuple(
        draw(pairs, [block[w : w + 1] for block in values], reach=window, **options)
        for w, window in enumerate(windows)
    )


def draw(
    pairs: Pairs,
    values: Sequence[Floats],
    *,
    statistic: str = "bmp",
    reach: tuple[int, int],
    avoid: Sequence[Ints] | None = None,
    avoid_reach: tuple[int, int] | None = None,
    use: Bools | None = None,
    coverage: float = 0.8,
    n: int | None = None,
    seed: int = 0,
) -> Draws:
    """Compute a statistic at the event and at placebo sessions.

    Parameters
    ----------
    pairs : Pairs
    values : sequence of ndarray, shape (W, n, T) each
        For each market, what is pooled (SCAR, or CAR for ``caar``) in W windows with every
        session as session 0.
    statistic : {"bmp", "scar", "caar"}
        See `statistic_of`.
    reach : (int, int)
        First and last session that any window touches, from session 0. A session is admissible
        for a group if its reach shares no session with the reach of the study's own events of
        the group's securities, nor with `avoid_reach` (default `reach`) around other events.
    avoid : sequence of ndarray of int, shape (2, A), optional
        Other events per market: the security's row (-1 for all securities) and the session.
    use : ndarray of bool, shape (P, W), optional
        Which pairs count in which window, at the event and at placebo sessions; all by default.
    coverage : float
        Share of a group's pairs that count which must have a value at a placebo session.
    n : int, optional
        Number of draws. By default every admissible session of a single group, or 999 random
        draws of several, of which a set of sessions that was drawn before does not count again.
    seed : int

    Returns
    -------
    Draws
    """

    def drawn(group: Ints) -> Draws:
        """Move each group of dates (named by its first date) on its own."""
        groups, fewest, rng = np.unique(group), len(pairs.union), np.random.default_rng(seed)
        at_event, moved, chosen, kinds, pools = np.zeros(()), np.zeros(()), [], [], []
        for date in groups:
            here = np.flatnonzero(group == date)
            sums, enough = moved_sums(pairs, values, here, date, coverage, use)
            near = blocked(pairs, here, date, reach, avoid, avoid_reach or reach)
            pools.append(np.flatnonzero(enough & ~near))
            at_event = at_event + sums[:, date]
            fewest = min(fewest, len(pools[-1]))
            if fewest:  # else there is no draw of all groups
                kinds.append(kind_of(pairs, here, date))
                chosen.append(_choose(pools[-1], n, len(groups) == 1, rng))
                moved = moved + sums[:, chosen[-1]]
        once = distinct(chosen, kinds) if fewest else np.empty(0, dtype=np.int64)
        moved = moved[:, once] if fewest else np.empty((3, 0, len(values[0])))
        single = len(pools) == 1
        return Draws(
            observed=statistic_of(at_event, statistic),
            n=at_event[0].astype(np.int64),
            values=statistic_of(moved, statistic),
            sessions=pairs.union[chosen[0][once] if fewest else once] if single else None,
            group=group,
            pools=tuple(pools),
            exact=single and len(once) == len(pools[0]),
        )

    groups, dates = linked_dates(pairs, reach), separate_dates(pairs)
    together = drawn(groups)
    if (groups == dates).all() or min(len(pool) for pool in together.pools) >= FEWEST_PLACES:
        return together
    return replace(drawn(dates), split=True)


def distinct(chosen: Iterable[Ints], kinds: Sequence[Hashable] = ()) -> Ints:
    """Return which draws, (D,) sessions for each group, are the first with their sessions.

    Groups of one kind hold the same securities: which of them went where makes no other draw.
    """
    sets = np.array(list(chosen))
    for kind in set(kinds):
        same = np.array([other == kind for other in kinds])
        sets[same] = np.sort(sets[same], axis=0)
    return np.sort(np.unique(sets, axis=1, return_index=True)[1])


def kind_of(pairs: Pairs, here: Ints, date: int) -> Hashable:
    """Return which securities a group moves, and how far from its first date: see `distinct`."""
    apart = pairs.anchors[here] - date
    return tuple(sorted(zip(pairs.market[here], pairs.row[here], apart, strict=True)))


def moved_sums(
    pairs: Pairs,
    values: Sequence[Floats],
    here: Ints,
    date: int,
    coverage: float,
    use: Bools | None = None,
) -> tuple[Floats, Bools]:
    """Return what the pairs `here` of a group add up to wherever its first date is moved.

    Returns
    -------
    sums : ndarray, shape (3, U, W)
        n, Σx and Σx² with the group's first date at each session of `pairs.union`.
    enough : ndarray of bool, shape (U,)
        Whether at least one pair, and the share `coverage`, has a value in every window.
    """
    sums = np.zeros((3, len(pairs.union), len(values[0])))
    for m, same, at in alike(pairs, here, date):
        sums += _sums(values[m], pairs.row[same], at, None if use is None else use[same])
    asked = len(here) if use is None else use[here].sum(axis=0)
    least = np.maximum(np.minimum(1.0, asked), coverage * asked)
    return sums, (sums[0] >= least).all(axis=1)


def statistic_of(sums: Floats, statistic: str) -> Floats:
    """Turn counts, sums and sums of squares over pairs into a statistic.

    Parameters
    ----------
    sums : ndarray, shape (3, ...)
        n, Σx and Σx² over the pairs.
    statistic : {"bmp", "scar", "caar"}
        ``bmp``: √n·x̄/s with x = SCAR and s its dispersion across pairs in the event window
        (Boehmer, Musumeci & Poulsen 1991), so that a variance raised by the event itself is
        measured and not mistaken for a reaction. ``scar``: Σx/√n, the form left for one pair,
        studentized by the forecast error only. ``caar``: x̄ with x = CAR, not studentized.

    Returns
    -------
    ndarray, shape (...)
        NaN where it is not defined (no pair; one pair or no dispersion for ``bmp``).
    """
    n, total, squares = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        if statistic == "scar":
            return total / np.sqrt(n)
        mean = total / n
        if statistic == "caar":
            return mean
        variance = (squares - total * mean) / (n - 1)
        variance = np.where(variance > 1e-14 * squares, variance, np.nan)
        return np.sqrt(n / variance) * mean


def _choose(pool: Ints, n: int | None, single: bool, rng: np.random.Generator) -> Ints:
    """Return placebo sessions of one date: all of the pool if it is the only one, else random."""
    if not single:
        return rng.choice(pool, n or 999)
    if n is None or n >= len(pool):
        return pool
    return np.sort(rng.choice(pool, n, replace=False))


def _sums(values: Floats, rows: Ints, places: Ints, use: Bools | None = None) -> Floats:
    """Return count, Σ and Σ² over `rows` of (W, n, T) values at each place: (3, U, W)."""
    out = np.empty((3, values.shape[2], len(values)))
    for w, window in enumerate(values):
        x = window[rows if use is None else rows[use[:, w]]]
        seen = np.isfinite(x)
        x = np.where(seen, x, 0.0)
        out[:, :, w] = seen.sum(axis=0), x.sum(axis=0), (x * x).sum(axis=0)
    return np.where(places[:, None] >= 0, out[:, places], 0.0)
