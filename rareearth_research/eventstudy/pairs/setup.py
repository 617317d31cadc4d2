"""What is studied, as asked, checked and placed on sessions: the plan that `fit` carries out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.eventstudy.pairs.further import Further
from rareearth_research.eventstudy.pairs.limits import limit_days
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList, Placing

__all__ = ["Setup", "Specification", "label_of"]

Ints = NDArray[np.int64]


def label_of(window: tuple[int, int]) -> str:
    """Return how tables and titles name a window."""
    return f"[{window[0]}, {window[1]}]"


@dataclass(frozen=True, kw_only=True)
class Specification:
    """How a study was asked for; arguments of `EventStudy` under their names.

    Attributes
    ----------
    names : tuple of str
        Columns of the returns.
    regressors : tuple of str
        Benchmarks or factors.
    own_windows : bool
        Whether each event has a window of its own; `windows` then spans them.
    own_tests : mapping
        Those of `tests` that are functions of the user's own, by name.
    estimated : int
        Coefficients k of the model.
    notes : tuple of str
        On what was given and not used.
    """

    names: tuple[str, ...]
    model: str
    regressors: tuple[str, ...]
    estimation: tuple[int, int]
    windows: tuple[tuple[int, int], ...]
    own_windows: bool
    tests: tuple[str, ...]
    own_tests: Mapping[str, Callable[..., Any]]
    convention: str
    return_type: str
    estimated: int
    min_obs: int
    placing: Placing
    gaps: str
    confounders: str
    overlap: str
    limit_days: str
    matters: float | None
    notes: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Each window as tables and titles name it."""
        return ("own",) if self.own_windows else tuple(map(label_of, self.windows))

    @property
    def timing(self) -> str:
        """Which moment of the announcement gives session 0."""
        return self.placing.timing

    @property
    def benchmark(self) -> str:
        """The benchmarks or factors in one text."""
        return ", ".join(self.regressors)


@dataclass(frozen=True, kw_only=True)
class Setup:
    """A study before it is fitted.

    Attributes
    ----------
    specification : Specification
    events : DataFrame, E rows
        As `check_events` returns it.
    markets : tuple of Market
        With regressors as the model reads them.
    pairs : PairList
        Every pair asked for.
    benchmark_of : ndarray of int, shape (N,)
        Which of the specification's regressors each column of returns uses; -1 for none.
    further : tuple of Further
        Known events that are not studied, by market; empty if none were given.
    price_flags, exposure, weights : DataFrame (or Series), optional
        As their checks return them.
    """

    specification: Specification
    events: pd.DataFrame
    markets: tuple[Market, ...]
    pairs: PairList
    benchmark_of: Ints
    further: tuple[Further, ...] = ()
    price_flags: pd.DataFrame | None = None
    exposure: pd.DataFrame | None = None
    weights: pd.Series | pd.DataFrame | None = None

    def asking(self, **changes: Any) -> Setup:
        """Return the same study under another specification."""
        return replace(self, specification=replace(self.specification, **changes))

    def ends(self) -> tuple[Ints, Ints]:
        """Return the first and last session of each window asked for, (G,) or (P, 1)."""
        if self.specification.own_windows:
            own = self.events[["window_start", "window_end"]].to_numpy(dtype=np.int64)
            return own[self.pairs.line, :1], own[self.pairs.line, 1:]
        first, last = np.array(self.specification.windows).T
        return first, last

    def limits(self) -> list[NDArray[np.bool_]]:
        """Return where the securities of each market closed at their limit, (n, S) each."""
        assert self.price_flags is not None
        return limit_days(self.price_flags, markets=self.markets, names=self.specification.names)
