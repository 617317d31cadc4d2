"""Carry out a study: screen the pairs, fit them, and test every window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.models.estimate import Fitted, fit_pairs
from rareearth_research.eventstudy.models.synthetic import FEWEST
from rareearth_research.eventstudy.pairs.policies import judge, without_events
from rareearth_research.eventstudy.pairs.screen import refuse_none, screen
from rareearth_research.eventstudy.pairs.setup import Setup
from rareearth_research.eventstudy.pairs.tables import portfolio_weights
from rareearth_research.eventstudy.pairs.windows import place_windows
from rareearth_research.eventstudy.results.benchmark_end import benchmark_end
from rareearth_research.eventstudy.results.measure import measure
from rareearth_research.eventstudy.results.results import EventStudyResults


def fit(setup: Setup, *, progress: bool = False) -> EventStudyResults:
    """Estimate every pair and test every window.

    Parameters
    ----------
    setup : Setup
    progress : bool
        Show a bar on a terminal.

    Raises
    ------
    SpecificationError
        If no pair can be studied; the message counts the reasons.
    """
    return EventStudyResults(**vars(measure(**fitted_pairs(setup, progress=progress))))


def fitted_pairs(setup: Setup, *, progress: bool = False) -> dict[str, Any]:
    """Return what `measure` tests: ``setup, screened, keep, fitted, windows``."""
    windows = place_windows(setup)
    setup = without_events(setup, windows)
    spec, markets = setup.specification, setup.markets
    found = screen(
        setup.pairs,
        markets,
        windows,
        min_obs=spec.min_obs,
        needs_regressors=bool(MODELS[spec.model].regressors),
        simple=spec.return_type == "simple",
    )
    found = judge(setup, found, windows)
    refuse_none(found.reason, " ".join(benchmark_end(setup, found.reason)))
    keep = np.flatnonzero(found.reason == "")
    pairs, windows = setup.pairs.take(keep), windows.take(keep)
    spans = spec.gaps == "trade_to_trade"
    fitted = fit_pairs(
        spec.model, markets, pairs, found.complete[keep], windows, spans=spans, progress=progress
    )
    bad = fitted.constant | ~np.isfinite(fitted.sigma2)
    if bad.any():
        failure = np.where(fitted.constant, "constant_returns", _failures(spec.model, fitted))
        reason = found.reason.copy()
        reason[keep] = np.where(bad, failure, "")
        refuse_none(reason)
        found = replace(found, reason=reason)
        keep, pairs, windows = keep[~bad], pairs.take(~bad), windows.take(~bad)
        fitted = fitted.take(~bad)
    weights = portfolio_weights(
        setup.weights,
        pairs=pairs,
        markets=markets,
        names=spec.names,
        first=min(first for first, _ in spec.windows),
    )
    return {
        "setup": setup,
        "screened": found,
        "keep": keep,
        "fitted": replace(fitted, weights=weights),
        "windows": windows,
    }


def _failures(model: str, fitted: Fitted) -> NDArray[np.str_]:
    """Return why each pair would have no residual variance, (K,)."""
    weights = np.isfinite(fitted.coefficients).sum(axis=1)
    few = (weights < FEWEST) & (model == "synthetic")
    iterated = "no_convergence" if model in ("garch", "synthetic") else "collinear_factors"
    return np.where(few, "no_donors", iterated)
