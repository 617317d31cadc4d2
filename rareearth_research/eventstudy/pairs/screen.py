"""Which pairs can be studied, and why not the others? One reason code per event–security pair.

Counts of matched days come from running totals, so the judgement costs one pass over the returns
and nothing per session of a window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arrays import Bools, Ints
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.windows import Windows
from rareearth_research.facts import facts

REASONS: dict[str, str] = facts(Path(__file__).with_suffix(".toml"))

COVER = "Give data that cover the events, or choose other events, securities or windows"


@dataclass(frozen=True)
class Screen:
    """What was found about each of P pairs.

    Attributes
    ----------
    reason : ndarray of object, shape (P,)
        A key of `REASONS`; "" for a pair that can be fitted.
    n_estimation : ndarray of int, shape (P,)
        Matched days that are estimated on.
    complete : ndarray of bool, shape (P,)
        No day is missing in the estimation window nor the event sessions.
    multi_session : ndarray of int, shape (P,)
        Event-window returns that cover more than one session.
    flags : dict of str to ndarray of bool, shape (P,)
        What disturbs a pair, by name; empty before the policies.
    """

    reason: NDArray[np.object_]
    n_estimation: Ints
    complete: Bools
    multi_session: Ints
    flags: dict[str, Bools] = field(default_factory=dict)


def screen(
    pairs: PairList,
    markets: Sequence[Market],
    windows: Windows,
    *,
    min_obs: int,
    needs_regressors: bool,
    simple: bool = False,
) -> Screen:
    """Judge every pair.

    Parameters
    ----------
    pairs : PairList
    markets : sequence of Market
    windows : Windows
        A return must exist on the last session of each event window, and the regressors wherever
        there is a return: a return without them would drop out of the sum unseen.
    min_obs : int
    needs_regressors : bool
        False for models that use none.
    simple : bool
        Returns are simple ones, of which none can be below -1.
    """
    reason = pairs.reason.copy()
    count = len(reason)
    n_estimation = np.zeros(count, dtype=np.int64)
    complete = np.zeros(count, dtype=bool)
    multi = np.zeros(count, dtype=np.int64)
    start = np.broadcast_to(windows.hull[0], count)
    length = np.broadcast_to(windows.length, count)
    pieces = [[np.broadcast_to(end, count) for end in piece] for piece in windows.pieces]
    last = np.broadcast_to(windows.last, (count, windows.last.shape[-1]))
    width = windows.sessions[1] - windows.sessions[0] + 1
    for m, here in pairs.by_market():
        market = markets[m]
        traded = ~np.isnan(market.returns)
        matched = traded & covered(market) if needs_regressors else traded
        row, at = pairs.row[here], pairs.position[here]
        studied = row, at + windows.sessions[0], at + windows.sessions[1]
        total, own_total = running(matched), running(traded)

        part = [(at + first[here], at + last[here]) for first, last in pieces]
        asked, used, own = length[here], within(total, row, part), within(own_total, row, part)
        if market.left_out is not None:
            free = ~market.left_out
            asked = asked - within(running(market.left_out), row, part)
            used, own = (within(running(days & free), row, part) for days in (matched, traded))
        ends = at[:, None] + last[here]
        inside = (ends >= 0) & (ends < matched.shape[1])
        seen = inside & matched[row[:, None], np.clip(ends, 0, matched.shape[1] - 1)]
        before = own_total[row, at]

        found = np.full(len(here), "", dtype=object)
        found[~seen.all(axis=1)] = "missing_event_window"
        if matched is not traded:
            lone = running(traded & ~matched)
            alone = between(lone, row, at + start[here], at + last[here].max(axis=1))
            found[alone > 0] = "no_benchmark"
        found[used < min_obs] = "too_few_estimation_obs"
        found[(used < min_obs) & (own >= min_obs)] = "no_benchmark"
        if simple and (impossible := market.returns < -1).any():
            wild = running(impossible)
            bad = within(wild, row, part) + between(wild, *studied)
            found[(found == "") & (bad > 0)] = "impossible_return"
        found[own_total[row, -1] == before] = "ended_earlier"
        found[(before == 0) & (found != "")] = "listed_later"
        found[own_total[row, -1] == 0] = "no_returns"
        if needs_regressors:
            found[market.set_of[row] < 0] = "no_benchmark"
        empty = reason[here] == ""
        reason[here[empty]] = found[empty]
        n_estimation[here] = used
        complete[here] = (used == asked) & (between(total, *studied) == width)
        multi[here] = between(running(market.spans > 1), *studied)
    return Screen(reason, n_estimation, complete, multi)


def refuse_none(reason: NDArray[np.object_], why: str = "") -> None:
    """Raise, counting the reasons and saying `why`, if no pair is left."""
    if (reason != "").all():
        raise SpecificationError(
            f"no event–security pair is left to study ({len(reason)} asked for): {counted(reason)}."
            f" {why or COVER}"
        )


def refuse_unplaced(reason: NDArray[np.object_], index: pd.DatetimeIndex) -> None:
    """Raise, counting the reasons, if no pair has an event session."""
    if (reason != "").all():
        raise SpecificationError(
            f"no event falls on a session of the data ({index[0].date()} to {index[-1].date()}): "
            f"{counted(reason)}. Load returns around the events, or change rule or max_shift"
        )


def counted(reason: NDArray[np.object_]) -> str:
    """Return ``"12 no_session (what that means); ..."``, the most frequent first."""
    values, counts = np.unique(reason.astype(str), return_counts=True)
    order = np.argsort(-counts)
    return "; ".join(f"{counts[i]} {values[i]} ({REASONS[values[i]]})" for i in order)


def covered(market: Market) -> Bools:
    """Return where each security's regressors are all known (of donors: any), (n, S)."""
    finite = np.isfinite(market.regressors)
    known = np.asarray(finite.any(axis=1) if market.mixed else finite.all(axis=1))  # (B, S)
    if not len(known):
        return np.zeros(market.returns.shape, dtype=bool)
    return known[np.maximum(market.set_of, 0)]


def running(flags: Bools) -> NDArray[np.int32]:
    """Return running counts along each row, (n, S + 1), at no cost where all flags are alike."""
    if flags.all() or not flags.any():
        steps = np.arange(flags.shape[1] + 1, dtype=np.int32) * bool(flags.any())
        return np.broadcast_to(steps, (flags.shape[0], len(steps)))
    total = np.zeros((flags.shape[0], flags.shape[1] + 1), dtype=np.int32)
    np.cumsum(flags, axis=1, out=total[:, 1:])
    return total


def between(total: NDArray[np.int32], row: Ints, first: Ints, last: Ints) -> Ints:
    """Count flags in sessions first..last; sessions outside the data count as missing."""
    top = total.shape[1] - 1
    return (total[row, np.clip(last + 1, 0, top)] - total[row, np.clip(first, 0, top)]).astype(
        np.int64
    )


def within(total: NDArray[np.int32], row: Ints, pieces: Sequence[tuple[Ints, Ints]]) -> Ints:
    """Count flags in several runs of sessions, as `between` does in one."""
    return sum((between(total, row, *piece) for piece in pieces), np.zeros(len(row), dtype=int))
