"""What does a test see of one window? Arrays over its pairs of event and security."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.eventstudy.dependence.correlation import Dependence
from rareearth_research.eventstudy.statistics.ranking import Ranking, rank_returns


@dataclass(frozen=True)
class Sample:
    """One window over N pairs, as the tests see it.

    Attributes
    ----------
    car, variance, scar, bhar : ndarray, shape (N,)
        SCAR is NaN for a pair the model explains exactly.
    abnormal, standardised : ndarray, shape (N, w)
        Abnormal returns of the window's sessions and the same over √V_tt; NaN where missing.
    residuals : ndarray, shape (N, L)
    positive : ndarray of int, shape (N,)
        Residuals above zero.
    sigma2 : ndarray, shape (N,)
    n_obs : ndarray of int, shape (N,)
    estimated : int
        Coefficients k.
    width : float
        Mean number of sessions W in the window.
    dependence : Dependence
    clustered : bool
        Whether so many sessions are shared that pairs count as dependent.
    across : bool
        Whether they count so beyond their own date: windows of different dates share sessions.
    cluster : ndarray of int, shape (N,)
        Cluster of announcements of each pair, 0 ... C − 1.
    block : ndarray of int, shape (N,)
        Event date of each pair.
    mixed_calendars : bool
        Whether pairs of one date live on different exchange calendars.
    aar_estimation : ndarray, shape (L,)
        Mean residual by estimation session.
    overlapping : int
        Pairs whose event window overlaps that of another event of the same security.
    weights : ndarray, shape (N,), optional
        In the portfolio; equal if not given.
    weighted_estimation : ndarray, shape (L,), optional
        Weighted mean residual by estimation session.
    ranking : (Ranking, int, ndarray of bool), optional
        Ranks over all event sessions, shared by the windows; which of them this window is; and
        its sessions.
    """

    car: Floats
    variance: Floats
    scar: Floats
    bhar: Floats
    abnormal: Floats
    standardised: Floats
    residuals: Floats
    positive: Ints
    sigma2: Floats
    n_obs: Ints
    estimated: int
    width: float
    dependence: Dependence
    clustered: bool
    across: bool
    cluster: Ints
    block: Ints
    mixed_calendars: bool
    aar_estimation: Floats
    overlapping: int = 0
    weights: Floats | None = None
    weighted_estimation: Floats | None = None
    ranking: tuple[Ranking, int, Bools] | None = None

    @property
    def size(self) -> int:
        return len(self.car)

    def ranked(self) -> tuple[Ranking, int, Bools]:
        """Return the ranks of the returns, this window's place in them, and its sessions."""
        if self.ranking is not None:
            return self.ranking
        every = np.ones(self.abnormal.shape[1], dtype=bool)
        return rank_returns(self.residuals, self.abnormal, [every]), 0, every

    def standardisable(self) -> Bools:
        return np.isfinite(self.scar)
