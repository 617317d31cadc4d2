"""What was found, as arrays: the fitted study with its tests, before anybody looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.eventstudy.models.estimate import Fitted
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.screen import Screen
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.setup import Setup, Specification
from rareearth_research.eventstudy.pairs.windows import Windows
from rareearth_research.eventstudy.statistics.correlation import Dependence

__all__ = ["Evidence"]


@dataclass(frozen=True, repr=False, kw_only=True)
class Evidence:
    """P pairs asked for, K of them kept and fitted, and the tests on them.

    Attributes
    ----------
    setup : Setup
    screened : Screen
        Reason and flags of all P pairs.
    keep : ndarray of int, shape (K,)
        Which of them were fitted.
    fitted : Fitted
    windows : Windows
        Of the K pairs.
    table : DataFrame
        One row per window and test.
    diagnostics : Series
    dependences : tuple of Dependence
        r̄ of each window.
    """

    setup: Setup
    screened: Screen
    keep: NDArray[np.int64]
    fitted: Fitted
    windows: Windows
    table: pd.DataFrame
    diagnostics: pd.Series
    dependences: tuple[Dependence, ...]

    @property
    def specification(self) -> Specification:
        """How the study was asked for."""
        return self.setup.specification

    @property
    def pairs(self) -> PairList:
        """All P pairs asked for."""
        return self.setup.pairs

    @property
    def markets(self) -> tuple[Market, ...]:
        """The markets of the pairs."""
        return self.setup.markets

    @property
    def flags(self) -> dict[str, NDArray[np.bool_]]:
        """What disturbs each of the P pairs, by name."""
        return self.screened.flags

    @cached_property
    def kept(self) -> PairList:
        """The K pairs that were fitted."""
        return self.pairs.take(self.keep)

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Which of the K pairs the model explains but for rounding."""
        return self.flags["exact_fit"][self.keep]

    @property
    def labels(self) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """Event and security of each of the K pairs."""
        names = np.array(self.specification.names, dtype=object)
        return self.kept.event_id, names[self.kept.security]
