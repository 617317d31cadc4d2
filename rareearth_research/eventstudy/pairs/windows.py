"""Over which sessions is a pair estimated, and over which is it studied?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rareearth_research.eventstudy.pairs.limits import extend_past_limits
from rareearth_research.eventstudy.pairs.setup import Setup

__all__ = ["Windows", "place_windows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Windows:
    """Estimation window and G event windows, the same for all pairs or each pair's own.

    Attributes
    ----------
    estimation, sessions : tuple of int
        First and last session of the estimation window and of all event windows together.
    first, last : ndarray of int, shape (G,) or (P, G)
        Ends of each event window.
    members : ndarray, shape (G, W) or (P, G, W)
        1 where an event session belongs to a window. Behind the G windows may follow one per event
        session, from the first event session up to it.
    """

    estimation: tuple[int, int]
    sessions: tuple[int, int]
    first: Ints
    last: Ints
    members: Floats

    @classmethod
    def of(
        cls, estimation: tuple[int, int], first: Ints, last: Ints, *, path: bool = False
    ) -> Windows:
        """Make windows of their ends; `path` adds that of the cumulative abnormal return."""
        first, last = np.broadcast_arrays(first, last)
        sessions = (int(first.min()), int(last.max()))
        at = np.arange(sessions[0], sessions[1] + 1)
        members = (at >= first[..., None]) & (at <= last[..., None])
        if path:
            whole = members.any(axis=-2, keepdims=True)
            members = np.concatenate([members, whole & np.tri(len(at), dtype=bool)], axis=-2)
        return cls(estimation, sessions, first, last, members.astype(np.float64))

    @property
    def steps(self) -> Ints:
        """Every event session from session 0, (W,)."""
        return np.arange(self.sessions[0], self.sessions[1] + 1)

    def take(self, chosen: NDArray[Any]) -> Windows:
        """Return the windows of some of the pairs."""
        if self.members.ndim == 2:
            return self
        own = {name: getattr(self, name)[chosen] for name in ("first", "last", "members")}
        return replace(self, **own)


def place_windows(setup: Setup) -> Windows:
    """Return the windows a study asks for, past price limits if it says so, with their path."""
    first, last = setup.ends()
    if setup.specification.limit_days == "extend":
        last = extend_past_limits(last, pairs=setup.pairs, limits=setup.limits())
    return Windows.of(setup.specification.estimation, first, last, path=True)
