"""Worlds in which a null hypothesis is true: how simulated or shipped returns are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rareearth_research.eventstudy.statistics.verdicts import TESTS

Floats = NDArray[np.float64]

ESTIMATION, WINDOW = (-260, -11), (-1, 1)
HISTORY = 600  # sessions of a panel: some 450 can be placebo sessions
EVENT = 430
BATCH = 50
LARGEST_ACTUAL = 20  # securities that shipped New York returns hold in every stretch of HISTORY
DAILY_RISK = 0.025  # standard deviation of a simulated abnormal return

THIN_TRADING_BREAKS = ("patell", "kp_patell", "portfolio", "crude_dependence", "grank")


@dataclass(frozen=True)
class Scenario:
    """How simulated abnormal returns depart from independent normal ones."""

    title: str
    correlation: float = 0.0
    event_variance: float = 1.0
    t_df: int = 0  # 0 for normal errors
    no_trade: float = 0.0
    gaps: str = "matched"

    def survivors(self) -> dict[str, bool]:
        """Say for each test whether it claims the nominal size here.

        The engine's own flags decide for shared dates and event variance. Beyond them:

        - A return over several sessions matched with one session's benchmark leaves the
          benchmark's other sessions in the abnormal return of all securities, so thin trading is
          a kind of shared date; and tests that lean on each return's own forecast variance, or on
          an average over securities that did not all trade, claim nothing there.
        - Ranks of a window's SCAR among those of single sessions (``grank``) need tails alike.
        - Shipped returns share their dates, and have volatile and calm times.
        """
        shared = self.correlation != 0 or (self.no_trade > 0 and self.gaps == "matched")
        claims = {
            name: (test.clustering or not shared)
            and (test.induced_variance or self.event_variance == 1.0)
            and not (self.no_trade and name in THIN_TRADING_BREAKS)
            and not (self.t_df and name == "grank")
            for name, test in TESTS.items()
        }
        return claims | {"placebo": True}


SCENARIOS = {
    "independent": Scenario("independent normal errors"),
    "shared_date": Scenario("ρ = 0.3 on one shared date", correlation=0.3),
    "shared_date_variance_x2": Scenario(
        "ρ = 0.3, event variance × 2", correlation=0.3, event_variance=2.0
    ),
    "shared_date_variance_x4": Scenario(
        "ρ = 0.3, event variance × 4 (volatility × 2)", correlation=0.3, event_variance=4.0
    ),
    "t4_errors": Scenario("independent t(4) errors", t_df=4),
    "thin_trading": Scenario("each security trades on 7 days in 10", no_trade=0.3),
    "thin_trading_spans": Scenario(
        "the same, gaps='trade_to_trade'", no_trade=0.3, gaps="trade_to_trade"
    ),
    "actual_data": Scenario(
        "random sessions of the shipped returns", correlation=np.nan, event_variance=np.nan
    ),
}


def simulated(rng: np.random.Generator, n: int, scenario: str) -> Iterator[tuple[Floats, Floats]]:
    """Yield batches of returns (R, N, T) and their markets (R, T)."""
    s = SCENARIOS[scenario]

    def errors(*shape: int) -> Floats:
        if not s.t_df:
            return rng.normal(size=shape)
        return rng.standard_t(s.t_df, size=shape) / np.sqrt(s.t_df / (s.t_df - 2))

    event = slice(EVENT + WINDOW[0], EVENT + WINDOW[1] + 1)
    while True:
        market = 0.0003 + 0.01 * rng.normal(size=(BATCH, HISTORY))
        common = errors(BATCH, 1, HISTORY)
        own = errors(BATCH, n, HISTORY)
        u = DAILY_RISK * (np.sqrt(s.correlation) * common + np.sqrt(1 - s.correlation) * own)
        u[:, :, event] *= np.sqrt(s.event_variance)
        y = rng.uniform(0.5, 1.5, (BATCH, n, 1)) * market[:, None] + u
        yield (_thinned(y, rng, s.no_trade) if s.no_trade else y), market


def _thinned(y: Floats, rng: np.random.Generator, no_trade: float) -> Floats:
    """Make returns wait for the next trade; the last event session always trades."""
    traded = rng.random(y.shape) >= no_trade
    traded[:, :, EVENT + WINDOW[1]] = True
    total = np.where(traded, np.cumsum(y, axis=2), -np.inf)
    before = np.zeros_like(total)
    # the running price of the last trade: carried forward by position, not by size
    last = np.maximum.accumulate(np.where(traded, np.arange(y.shape[2]), -1), axis=2)
    last = np.concatenate([np.full((*last.shape[:2], 1), -1), last[:, :, :-1]], axis=2)
    np.copyto(before, np.take_along_axis(total, np.maximum(last, 0), axis=2), where=last >= 0)
    return np.where(traded, total - before, np.nan)


def actual(rng: np.random.Generator, n: int) -> Iterator[tuple[Floats, Floats]]:
    """Yield one study at a time: n shipped New York securities around a random session."""
    import rareearth_research as rer

    listed = rer.load_securities(exchange="XNYS")
    names = [t for t in listed.index if listed.loc[t, "kind"] == "equity"]
    returns = rer.load_returns([*names, "SPY"]).dropna(subset=["SPY"])
    market, values = returns["SPY"].to_numpy(), returns[names].to_numpy().T
    while True:
        start = int(rng.integers(0, len(market) - HISTORY))
        stretch = slice(start, start + HISTORY)
        whole = np.flatnonzero(np.isfinite(values[:, stretch]).all(axis=1))
        if len(whole) >= n:
            chosen = rng.choice(whole, n, replace=False)
            yield values[chosen, stretch][None].copy(), market[None, stretch]
