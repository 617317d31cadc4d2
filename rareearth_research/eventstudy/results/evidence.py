"""What was found, as arrays: the fitted study with its tests, before anybody looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arrays import Bools, Ints
from rareearth_research.eventstudy.dependence.clusters import Clusters
from rareearth_research.eventstudy.dependence.correlation import Dependence
from rareearth_research.eventstudy.dependence.dispersion import Dispersion, dispersion
from rareearth_research.eventstudy.models.estimate import Fitted, standardised_car
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.screen import Screen
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.setup import Setup, Specification
from rareearth_research.eventstudy.pairs.windows import Windows
from rareearth_research.eventstudy.statistics.decision import Finding


@dataclass(frozen=True, kw_only=True)
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
    counts : mapping
        What is counted of the pairs; see `diagnostics`.
    clusters : Clusters
        Of the K pairs.
    dependences : tuple of Dependence
        r̄ of each window.
    findings : tuple of Finding
        The numbers of each window that its verdict rests on.
    """

    setup: Setup
    screened: Screen
    keep: Ints
    fitted: Fitted
    windows: Windows
    table: pd.DataFrame
    counts: Mapping[str, Any]
    clusters: Clusters
    dependences: tuple[Dependence, ...]
    findings: tuple[Finding, ...]

    @cached_property
    def dispersion(self) -> Dispersion:
        """How far securities and dates differ in the first window, against ordinary days."""
        fitted, inside = self.fitted, self.windows.members[..., 0, :] > 0
        return dispersion(
            standardised_car(fitted)[:, 0],
            fitted.residuals,
            np.sqrt(fitted.sigma2),
            self.clusters.block,
            round(float(inside.sum(axis=-1).mean())),
            max(self.specification.estimated, 0),
        )

    @cached_property
    def diagnostics(self) -> pd.Series:
        """Counts of the pairs, and what is known of their dependence and dispersion."""
        found = self.dispersion
        measured = {
            "heterogeneity": found.heterogeneity,
            "heterogeneity_p": found.p_value,
            "variance_ratio": found.ratio,
            "variance_ratio_between_dates": found.between,
            "variance_ratio_between_dates_p": found.p_between,
        }
        return pd.Series({**self.counts, **measured}, dtype=object)

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
    def flags(self) -> dict[str, Bools]:
        """What disturbs each of the P pairs, by name."""
        return self.screened.flags

    @cached_property
    def kept(self) -> PairList:
        """The K pairs that were fitted."""
        return self.pairs.take(self.keep)

    @property
    def exact(self) -> Bools:
        """Which of the K pairs the model explains but for rounding."""
        return self.flags["exact_fit"][self.keep]

    @property
    def labels(self) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """Event and security of each of the K pairs."""
        names = np.array(self.specification.names, dtype=object)
        return self.kept.event_id, names[self.kept.security]
