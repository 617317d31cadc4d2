"""What is studied, as asked, checked and placed on sessions: the plan that `fit` carries out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools, Ints
from rareearth_research.datasets.event_names import BOUNDS, WINDOW
from rareearth_research.eventstudy.inputs.side_tables import refuse_strangers
from rareearth_research.eventstudy.inputs.suspects import LIMITS, UNSERVED
from rareearth_research.eventstudy.pairs.clean import Clean
from rareearth_research.eventstudy.pairs.further import Further
from rareearth_research.eventstudy.pairs.markets import Market, rows_of_all
from rareearth_research.eventstudy.pairs.sessions import PairList, Placing
from rareearth_research.eventstudy.pairs.tables import (
    check_exposure,
    check_flags,
    check_weights,
    flagged_days,
)


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
        Benchmarks, factors or donors.
    own_windows : {"", "own", "clean"}
        Whether events have windows of their own, as listed or up to the next news; `windows` then
        spans them.
    row : str
        What a row of the returns is: ``"session"``, ``"month"``.
    own_estimation : bool
        Whether each event has an estimation window of its own; `estimation` then spans them.
    leave_out : {"nothing", "own_events", "all_events", "given"}
        Whose event windows are not estimated on.
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
    own_windows: str
    own_estimation: bool
    leave_out: str
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
    row: str = "session"

    @property
    def labels(self) -> tuple[str, ...]:
        """Each window as tables and titles name it."""
        return (self.own_windows,) if self.own_windows else tuple(map(label_of, self.windows))

    @property
    def estimated_on(self) -> str:
        """The estimation window in words."""
        if self.own_estimation:
            return f"each event's own {self.row}s"
        around = self.estimation[0] < self.windows[0][0] <= self.estimation[1]
        return f"{self.row}s {label_of(self.estimation)}" + ", event windows left out" * around

    @property
    def timing(self) -> str:
        """Which moment of the announcement gives session 0."""
        return self.placing.timing

    @property
    def benchmark(self) -> str:
        """The benchmarks, factors or donors in one text."""
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
    uses : ndarray of bool, shape (N, R)
        Which of the specification's R regressors each column of returns is held against.
    further : tuple of Further
        Known events that are not studied, by market; empty if none were given.
    apart : tuple of Further
        Events given to be left out of the estimation windows, by market.
    clean : Clean, optional
        Windows that end before the next news.
    price_flags, exposure, weights : DataFrame (or Series), optional
        As their checks return them.
    suspects : DataFrame, optional
        What was found in returns that came without flags, if anything.
    """

    specification: Specification
    events: pd.DataFrame
    markets: tuple[Market, ...]
    pairs: PairList
    uses: Bools
    further: tuple[Further, ...] = ()
    apart: tuple[Further, ...] = ()
    clean: Clean | None = None
    price_flags: pd.DataFrame | None = None
    exposure: pd.DataFrame | None = None
    weights: pd.Series | pd.DataFrame | None = None
    suspects: pd.DataFrame | None = None

    def asking(self, **changes: Any) -> Setup:
        """Return the same study under another specification."""
        return replace(self, specification=replace(self.specification, **changes))

    @cached_property
    def rows(self) -> list[Ints]:
        """The row of each market's sessions on the calendar of all of them."""
        return rows_of_all(self.markets)

    def ends(self) -> tuple[Ints, Ints]:
        """Return the first and last session of each window asked for, (G,) or (P, 1)."""
        if self.specification.own_windows == "clean":
            assert self.clean is not None
            return np.zeros_like(self.clean.last)[:, None], self.clean.last[:, None]
        if self.specification.own_windows:
            own = self._spans(WINDOW)
            return own[:, :1], own[:, 1:]
        first, last = np.array(self.specification.windows).T
        return first, last

    def bounds(self) -> Ints | None:
        """Return the first and last session of each pair's own estimation window, (P, 2)."""
        return self._spans(BOUNDS) if self.specification.own_estimation else None

    def _spans(self, columns: tuple[str, str]) -> Ints:
        return self.events[[*columns]].to_numpy(dtype=np.int64)[self.pairs.line]

    def limits(self) -> list[Bools]:
        """Return where the securities of each market closed at their limit, (n, S) each."""
        return self._flagged(self.price_flags, LIMITS)

    def doubted(self) -> list[Bools]:
        """Return where those of each market have a return that may be none, (n, S) each."""
        return self._flagged(self.suspects, UNSERVED)

    def _flagged(self, flags: Any, which: Collection[str]) -> list[Bools]:
        return flagged_days(flags, which, markets=self.markets, names=self.specification.names)


def side_tables(
    price_flags: Any, exposure: Any, weights: Any, names: Sequence[str]
) -> tuple[dict[str, Any], list[str]]:
    """Return those tables beside the returns that were given, judged, and what of them is idle."""
    tables: dict[str, Any] = {}
    named: dict[str, Any] = {}
    if price_flags is not None:
        tables["price_flags"] = check_flags(price_flags)
        if len(tables["price_flags"]):  # none at all is what `flag_returns` may find
            named["price_flags"] = tables["price_flags"]["ticker"].unique()
    if exposure is not None:
        tables["exposure"] = check_exposure(exposure)
        named["exposure"] = tables["exposure"].index
    if weights is not None:
        table = tables["weights"] = check_weights(weights, names)
        named["weights"] = table.columns if table.ndim == 2 else table.index
    notes = [note for what in named for note in refuse_strangers(what, named[what], names)]
    return tables, notes
