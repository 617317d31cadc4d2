"""One drawn study after another, fitted and laid out for the tests exactly as a real one is."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from rareearth_research.arrays import Floats
from rareearth_research.eventstudy.chance.dates import Pairs
from rareearth_research.eventstudy.chance.draws import draw
from rareearth_research.eventstudy.chance.every_session import every_session
from rareearth_research.eventstudy.chance.p_values import placebo_p
from rareearth_research.eventstudy.dependence.clusters import Clusters, dependences, find_clusters
from rareearth_research.eventstudy.dependence.dispersion import Dispersion, dispersion
from rareearth_research.eventstudy.models.estimate import Fitted, fit_pairs
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList, Placing
from rareearth_research.eventstudy.pairs.setup import Specification
from rareearth_research.eventstudy.pairs.windows import Windows
from rareearth_research.eventstudy.results.measure import samples
from rareearth_research.eventstudy.results.own_tests import OwnTest
from rareearth_research.eventstudy.sizes.designs import Design
from rareearth_research.eventstudy.sizes.worlds import ESTIMATION, worlds
from rareearth_research.eventstudy.statistics.sample import Sample

__all__ = ["Study", "studies"]

MIN_OBS = 125  # half of the estimation window, as in a study


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
