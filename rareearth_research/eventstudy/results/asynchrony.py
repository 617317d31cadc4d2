"""Does the benchmark trade while the security does? If not, say what its return leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rareearth_research.errors import DataError
from rareearth_research.eventstudy.pairs.markets import OWN

if TYPE_CHECKING:
    from rareearth_research.eventstudy.results.results import EventStudyResults

__all__ = ["asynchrony_notes"]

LAGGED = ("dimson", "scholes_williams")


def asynchrony_notes(result: EventStudyResults) -> list[str]:
    """Return one sentence per exchange whose benchmark closes at other hours.

    Benchmarks whose hours are not known (a series of the user's own) and models that allow for
    leads and lags get none.
    """
    from rareearth_research.datasets import load_securities
    from rareearth_research.timing import benchmark_clock

    spec = result.specification
    names = spec.benchmark.split(", ")
    if spec.model in LAGGED or not {m.exchange for m in result.markets} - {OWN}:
        return []
    try:
        homes = load_securities()["exchange"]
    except DataError:  # a study of the user's own data needs no table of this project
        return []
    used = result.pairs.market[result.keep]
    clocks = {}
    for m, market in enumerate(result.markets):
        if market.exchange == OWN:
            continue
        sets = np.unique(market.set_of[result.pairs.row[result.keep][used == m]])
        for name in (names[b] for b in sets if b >= 0):
            if name in homes.index:
                clocks[market.exchange, str(homes[name])] = name
    found = []
    for (exchange, home), name in sorted(clocks.items()):
        clock = benchmark_clock(exchange, home)
        if not clock.synchronous:
            found.append(f"{name} for {exchange}: {clock.advice}")
    return found
