"""Over which sessions is a pair estimated, and over which is it studied?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.eventstudy.pairs.setup import Setup
from rareearth_research.eventstudy.pairs.tables import extend_past_limits


@dataclass(frozen=True)
class Windows:
    """Estimation window and G event windows, the same for all pairs or each pair's own.

    What is tested may not shape what is expected: sessions from the first to the last of a pair's
    event windows are never estimated on, wherever the estimation window lies.

    Attributes
    ----------
    estimation, sessions : tuple of int
        First and last session of all estimation windows and of all event windows together.
    first, last : ndarray of int, shape (G,) or (P, G)
        Ends of each event window.
    members : ndarray, shape (G, W) or (P, G, W)
        1 where an event session belongs to a window. Behind the G windows may follow one per event
        session, from the first event session up to it.
    bounds : ndarray of int, shape (P, 2), optional
        First and last session of each pair's own estimation window.
    """

    estimation: tuple[int, int]
    sessions: tuple[int, int]
    first: Ints
    last: Ints
    members: Floats
    bounds: Ints | None = None

    @classmethod
    def of(
        cls,
        estimation: tuple[int, int],
        first: Ints,
        last: Ints,
        *,
        path: bool = False,
        bounds: Ints | None = None,
    ) -> Windows:
        """Make windows of their ends; `path` adds that of the cumulative abnormal return."""
        first, last = np.broadcast_arrays(first, last)
        sessions = (int(first.min()), int(last.max()))
        at = np.arange(sessions[0], sessions[1] + 1)
        members = (at >= first[..., None]) & (at <= last[..., None])
        if path:
            whole = members.any(axis=-2, keepdims=True)
            members = np.concatenate([members, whole & np.tri(len(at), dtype=bool)], axis=-2)
        return cls(estimation, sessions, first, last, members.astype(np.float64), bounds)

    @property
    def steps(self) -> Ints:
        """Every event session from session 0, (W,)."""
        return np.arange(self.sessions[0], self.sessions[1] + 1)

    @property
    def hull(self) -> tuple[Ints, Ints]:
        """First and last session of a pair's event windows together, () or (P,) each."""
        return self.first.min(axis=-1), self.last.max(axis=-1)

    @property
    def pieces(self) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
        """Ends of what is estimated on before and after a pair's event windows, () or (P,) each.

        The last session stands before the first where there is nothing.
        """
        begin, end = np.array(self.estimation) if self.bounds is None else self.bounds.T
        low, high = self.hull
        before = np.clip(low - 1, begin - 1, end)
        after = np.clip(high + 1, begin, end + 1)
        return (begin, before), (after, end)

    @property
    def length(self) -> Ints:
        """Sessions that a pair is estimated on, if none is missing, () or (P,)."""
        return np.asarray(sum(last - first + 1 for first, last in self.pieces))

    @property
    def unused(self) -> Bools | None:
        """Estimation sessions that a pair is not estimated on, (L,) or (P, L); None for none."""
        begin, end = self.estimation
        if (self.length == end - begin + 1).all():
            return None
        at = np.arange(begin, end + 1)
        used = [
            (at >= np.expand_dims(first, -1)) & (at <= np.expand_dims(last, -1))
            for first, last in self.pieces
        ]
        return ~(used[0] | used[1])

    def take(self, chosen: NDArray[Any]) -> Windows:
        """Return the windows of some of the pairs."""
        own = {"first", "last", "members"} if self.members.ndim == 3 else set()
        own |= {"bounds"} if self.bounds is not None else set()
        return replace(self, **{name: getattr(self, name)[chosen] for name in own}) if own else self


def place_windows(setup: Setup) -> Windows:
    """Return the windows a study asks for, past price limits if it says so, with their path."""
    spec = setup.specification
    first, last = setup.ends()
    if spec.limit_days == "extend":
        last = extend_past_limits(last, pairs=setup.pairs, limits=setup.limits())
    return Windows.of(spec.estimation, first, last, path=True, bounds=setup.bounds())
