"""One drawn study after another, fitted and laid out for the tests exactly as a real one is.

Worlds in which a null hypothesis is true: how returns of a design are drawn.

Several studies are drawn at a time and laid into one market, so that they are fitted together;
each has its own benchmark, its own securities and, where a design asks for it, its own dates.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats, Ints
from rareearth_research.eventstudy.chance.dates import Pairs
from rareearth_research.eventstudy.chance.draws import draw
from rareearth_research.eventstudy.chance.every_session import every_session
from rareearth_research.eventstudy.chance.p_values import placebo_p
from rareearth_research.eventstudy.dependence.clusters import Clusters, dependences, find_clusters
from rareearth_research.eventstudy.dependence.dispersion import Dispersion, dispersion
from rareearth_research.eventstudy.inputs.benchmark import Regressors
from rareearth_research.eventstudy.models.estimate import Fitted, fit_pairs
from rareearth_research.eventstudy.pairs.markets import Market, build_markets, trade_to_trade
from rareearth_research.eventstudy.pairs.sessions import PairList, Placing
from rareearth_research.eventstudy.pairs.setup import Specification
from rareearth_research.eventstudy.pairs.windows import Windows
from rareearth_research.eventstudy.results.measure import OwnTest, samples
from rareearth_research.eventstudy.sizes.designs import Design
from rareearth_research.eventstudy.statistics.sample import Sample

ESTIMATION = (-260, -11)
FIRST = 430  # session of the first date: 170 before it can be placebo sessions
AFTER = 170  # sessions behind the last date
DAILY_RISK = 0.025  # standard deviation of a simulated residual
TOGETHER = 1000  # pairs that are drawn and fitted at a time, at most 50 studies
MIN_OBS = 125  # half of the estimation window, as in a study


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


@dataclass(frozen=True, kw_only=True)
class Study:
    """One drawn study.

    Attributes
    ----------
    specification : Specification
    market : Market
        Holds the securities of other studies too, which are drawn beside this one.
    pairs, fitted, windows : PairList, Fitted, Windows
    scar_everywhere : callable
        Gives SCAR with every session as session 0, (1, n, T).
    """

    specification: Specification
    market: Market
    pairs: PairList
    fitted: Fitted
    windows: Windows
    scar_everywhere: Callable[[], Floats]

    @cached_property
    def clusters(self) -> Clusters:
        return find_clusters(self.pairs, (self.market,), self.windows, constant=True)

    @cached_property
    def sample(self) -> Sample:
        """What the tests see."""
        by_window = dependences(
            self.clusters, self.pairs, (self.market,), self.fitted.residuals, self.windows
        )
        return next(
            samples(self.specification, self.fitted, self.windows, self.clusters, by_window)
        )

    @cached_property
    def placebo(self) -> float:
        """The placebo p-value as a verdict takes it."""
        pairs = self.pairs
        moved = Pairs((self.market.sessions,), pairs.event, pairs.market, pairs.row, pairs.position)
        drawn = draw(moved, [self.scar_everywhere()], reach=self.specification.windows[0])
        return float(placebo_p(drawn.observed, drawn.values)[0][0])

    @property
    def dispersion(self) -> Dispersion:
        fitted = self.fitted
        width, sigma = len(self.windows.steps), np.sqrt(fitted.sigma2)
        return dispersion(self.sample.scar, fitted.residuals, sigma, self.clusters.block, width, 2)


def studies(
    name: str,
    design: Design,
    seed: int,
    tests: tuple[str, ...] = (),
    own_tests: Mapping[str, OwnTest] | None = None,
) -> Iterator[Study]:
    """Yield drawn studies without end: the same ones for the same name and seed."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    windows = Windows.of(ESTIMATION, *np.array([design.window]).T)
    needed = np.arange(ESTIMATION[0], windows.sessions[1] + 1)
    spans, specification = design.gaps == "trade_to_trade", _asked(design, tests, own_tests or {})
    for market, pairs in worlds(design, rng):
        complete = np.isfinite(pairs.gather([market.returns], needed, np.nan)).all(axis=1)
        fitted = fit_pairs("market", (market,), pairs, complete, windows, spans=spans)

        @cache
        def everywhere(market: Market = market) -> Floats:
            ((car, variance),) = every_session(
                (market,), "market", ESTIMATION, [design.window], MIN_OBS, spans=spans
            )
            return car / np.sqrt(variance)

        for first in range(0, len(pairs), design.pairs):
            own = np.arange(first, first + design.pairs)
            yield Study(
                specification=specification,
                market=market,
                pairs=pairs.take(own),
                fitted=fitted.take(own),
                windows=windows,
                scar_everywhere=everywhere,
            )


def _asked(
    design: Design, tests: tuple[str, ...], own_tests: Mapping[str, OwnTest]
) -> Specification:
    """Return how such a study is asked for."""
    return Specification(
        names=(), model="market", regressors=("market",), estimation=ESTIMATION,
        windows=(design.window,), own_windows="", own_estimation=False, leave_out="nothing",
        tests=tests, own_tests=own_tests,
        convention="textbook", return_type="log", estimated=2, min_obs=MIN_OBS,
        placing=Placing("latest", "next", 10), gaps=design.gaps, confounders="flag",
        overlap="flag", limit_days="ignore", matters=None, notes=(),
    )  # fmt: skip
