"""Does a benchmark end before the events do? Said where pairs are left out for it.

A market whose own benchmark has ended is never held against another market's by itself: which
substitute to take is for the user to choose and to state.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arrays import Ints
from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.inputs.shipped import shipped_returns, shipped_tickers
from rareearth_research.eventstudy.pairs.screen import covered
from rareearth_research.eventstudy.pairs.setup import Setup

SUBSTITUTE = "SPY"


def benchmark_end(setup: Setup, reason: NDArray[np.object_], *, one: bool = False) -> list[str]:
    """Return a sentence for each benchmark that ends before windows of its market do.

    Parameters
    ----------
    setup : Setup
    reason : ndarray of object, shape (P,)
        Why each pair is left out.
    one : bool
        Name one benchmark for all in the remedy, not one for each exchange.
    """
    pairs, spec, said = setup.pairs, setup.specification, list[str]()
    if MODELS[spec.model].regressors != "benchmark":
        return said
    ends = np.broadcast_to(setup.ends()[1].max(axis=-1), len(pairs)) + pairs.position
    for m, here in pairs.by_market():
        market = setup.markets[m]
        of = _benchmark_of(setup)[pairs.security[here]]
        for b in np.unique(of[(of >= 0) & (reason[here] == "no_benchmark")]):
            lost = here[(of == b) & (reason[here] == "no_benchmark")]
            known = np.flatnonzero(covered(market)[pairs.row[lost[0]]])
            lost = lost[ends[lost] > known[-1]] if known.size else lost[:0]
            if not lost.size:
                continue
            day = market.sessions[known[-1]]
            need = market.sessions[min(int(ends[lost].max()) + 1, len(market.sessions) - 1)]
            rows = (
                "1 pair that ends later is"
                if lost.size == 1
                else f"{lost.size} pairs that end later are"
            )
            said.append(
                f"{spec.regressors[b]}, the benchmark of {_city(market.exchange)}, "
                f"covers sessions to {day.day} {day:%B %Y}: {rows} left out. "
                f"{_remedy(setup, market.exchange, need, one)}"
            )
    return said


def _remedy(setup: Setup, exchange: str, need: pd.Timestamp, one: bool) -> str:
    """Return how to name a substitute, where the project's data have one that reaches so far."""
    spec = setup.specification
    kept = {
        market.exchange or "XNYS": {
            spec.regressors[b] for b in _benchmark_of(setup)[market.securities] if b >= 0
        }
        for market in setup.markets
    }
    here = exchange or "XNYS"  # securities without an exchange are mapped as New York's
    several = any(len(names) != 1 for names in kept.values())
    if several or kept[here] == {SUBSTITUTE} or not _reaches(need):
        return "Name another benchmark that covers them, if one is to stand in."
    stands_in = {mic: SUBSTITUTE if mic == here else names.pop() for mic, names in kept.items()}
    chosen = SUBSTITUTE if one else stands_in
    return (
        f"None stands in by itself; to choose one, give benchmark={chosen!r} with model='dimson', "
        "which allows for other trading hours."
    )


def _benchmark_of(setup: Setup) -> Ints:
    """Return which of the regressors each column of returns is held against, -1 for none, (N,)."""
    if not setup.uses.shape[1]:
        return np.full(len(setup.uses), -1)
    return np.where(setup.uses.any(axis=1), setup.uses.argmax(axis=1), -1)


def _city(exchange: str) -> str:
    from rareearth_research.timing import EXCHANGES

    return EXCHANGES[exchange].city if exchange in EXCHANGES else exchange or "the securities"


def _reaches(need: pd.Timestamp) -> bool:
    if SUBSTITUTE not in shipped_tickers():
        return False
    known = shipped_returns(SUBSTITUTE, "log", []).dropna().index
    return bool(len(known)) and pd.Timestamp(known[-1]) >= need
