"""Worlds in which a null hypothesis is true: how returns of a design are drawn.

Several studies are drawn at a time and laid into one market, so that they are fitted together;
each has its own benchmark, its own securities and, where a design asks for it, its own dates.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats, Ints
from rareearth_research.eventstudy.inputs.benchmark import Regressors
from rareearth_research.eventstudy.pairs.markets import Market, build_markets, trade_to_trade
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.sizes.designs import Design

__all__ = ["DAILY_RISK", "ESTIMATION", "worlds"]


ESTIMATION = (-260, -11)
FIRST = 430  # session of the first date: 170 before it can be placebo sessions
AFTER = 170  # sessions behind the last date
DAILY_RISK = 0.025  # standard deviation of a simulated residual
TOGETHER = 1000  # pairs that are drawn and fitted at a time, at most 50 studies


def worlds(design: Design, rng: np.random.Generator) -> Iterator[tuple[Market, PairList]]:
    """Yield, without end, a market that holds several studies, and their pairs one after another.

    Each has `design.pairs` pairs and `design.firms` securities of its own.
    """
    studies = max(1, min(50, TOGETHER // design.pairs))
    event = np.repeat(np.arange(design.dates), design.securities)
    security = np.arange(design.pairs) % design.firms
    for returns, market, dates in (_shipped if design.shipped else _simulated)(
        design, rng, studies
    ):
        study = np.arange(len(returns))[:, None]
        position = dates[:, event]
        if design.mean or design.date_sd or design.security_sd:
            added = design.mean + design.security_sd * rng.normal(size=position.shape)
            added += design.date_sd * rng.normal(size=dates.shape)[:, event]
            returns[study, security, position] += added
        row = security + design.firms * study
        events = np.tile(event, len(returns))
        yield (
            _market(returns, market, design),
            PairList.of_rows(row.ravel(), position.ravel(), events),
        )


def _dates(design: Design, rng: np.random.Generator, studies: int) -> Ints:
    """Return the session of each date of each study, (R, D)."""
    if not design.spread:
        return np.tile(FIRST + design.gap * np.arange(design.dates), (studies, 1))
    return FIRST + np.sort(rng.integers(0, design.spread, (studies, design.dates)), axis=1)


def _history(design: Design) -> int:
    return FIRST + (design.spread or design.gap * (design.dates - 1) + 1) + AFTER


def _simulated(
    design: Design, rng: np.random.Generator, studies: int
) -> Iterator[tuple[Floats, Floats, Ints]]:
    """Yield returns (R, n, T), their markets (R, T) and dates (R, D)."""
    length, df = _history(design), design.t_df

    def errors(*shape: int) -> Floats:
        if not df:
            return rng.normal(size=shape)
        return rng.standard_t(df, size=shape) / np.sqrt(df / (df - 2))

    while True:
        dates = _dates(design, rng, studies)
        steps = np.arange(design.window[0], design.window[1] + 1)
        inside = np.zeros((studies, 1, length), dtype=bool)
        at = (dates[:, :, None] + steps).reshape(studies, -1)
        inside[np.arange(studies)[:, None], 0, at] = True
        market = 0.0003 + 0.01 * rng.normal(size=(studies, length))
        common = np.sqrt(design.correlation) * errors(studies, 1, length)
        common *= np.where(inside, np.sqrt(design.common_variance), 1.0)
        u = common + np.sqrt(1 - design.correlation) * errors(studies, design.firms, length)
        u *= DAILY_RISK * np.where(inside, np.sqrt(design.event_variance), 1.0)
        returns = rng.uniform(0.5, 1.5, (studies, design.firms, 1)) * market[:, None] + u
        if design.no_trade:
            last = dates + design.window[1]
            returns = _thinned(returns, rng, design.no_trade, last)
        yield returns, market, dates


def _thinned(returns: Floats, rng: np.random.Generator, no_trade: float, always: Ints) -> Floats:
    """Make returns wait for the next trade; the last session of each window always trades."""
    traded = rng.random(returns.shape) >= no_trade
    np.put_along_axis(traded, np.repeat(always[:, None], returns.shape[1], axis=1), True, axis=2)
    total = np.cumsum(returns, axis=2)
    # the price of the last trade, carried forward by position
    last = np.maximum.accumulate(np.where(traded, np.arange(returns.shape[2]), -1), axis=2)
    last = np.concatenate([np.full((*last.shape[:2], 1), -1), last[:, :, :-1]], axis=2)
    before = np.where(last >= 0, np.take_along_axis(total, np.maximum(last, 0), axis=2), 0.0)
    return np.where(traded, total - before, np.nan)


def _shipped(
    design: Design, rng: np.random.Generator, studies: int
) -> Iterator[tuple[Floats, Floats, Ints]]:
    """Yield the same, one study at a time, from the shipped returns around a random session."""
    values, market = _new_york()
    length, n = _history(design), design.firms
    while True:
        start = int(rng.integers(0, len(market) - length))
        stretch = slice(start, start + length)
        whole = np.flatnonzero(np.isfinite(values[:, stretch]).all(axis=1))
        if len(whole) >= n:
            chosen = rng.choice(whole, n, replace=False)
            yield (
                values[chosen, stretch][None].copy(),
                market[None, stretch],
                _dates(design, rng, 1),
            )


@lru_cache(maxsize=1)
def _new_york() -> tuple[Floats, Floats]:
    """Return the equities listed in New York (n, T) and their benchmark SPY (T,)."""
    from rareearth_research.datasets import load_returns, load_securities

    listed = load_securities(exchange="XNYS")
    names = [ticker for ticker in listed.index if listed.loc[ticker, "kind"] == "equity"]
    returns = load_returns([*names, "SPY"]).dropna(subset=["SPY"])
    return returns[names].to_numpy().T, returns["SPY"].to_numpy()


def _market(returns: Floats, market: Floats, design: Design) -> Market:
    """Put R studies of n securities into one market, each study against its own benchmark."""
    studies, n, length = returns.shape
    frame = pd.DataFrame(
        returns.reshape(-1, length).T, index=pd.date_range("2000-01-03", periods=length)
    )
    own = Regressors(
        tuple(f"market {r}" for r in range(studies)),
        market[:, None],
        np.repeat(np.arange(studies), n),
    )
    (built,) = build_markets(frame, [""] * len(frame.columns), own)
    return trade_to_trade(built, "log") if design.gaps == "trade_to_trade" else built
