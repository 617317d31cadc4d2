"""From fitted pairs to results: who shares a date, how correlated they are, and every test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.eventstudy.models.estimate import (
    Fitted,
    Windows,
    exactly_explained,
    standardised_car,
)
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.screen import Screen
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.results import frames
from rareearth_research.eventstudy.results.results import EventStudyResults, Specification
from rareearth_research.eventstudy.statistics.clusters import Clusters, dependences, find_clusters
from rareearth_research.eventstudy.statistics.correlation import (
    Dependence,
    effective_n,
    mean_correlation,
)
from rareearth_research.eventstudy.statistics.ported import PORTED, corrected_residuals
from rareearth_research.eventstudy.statistics.ranking import rank_returns
from rareearth_research.eventstudy.statistics.verdicts import TESTS, Sample, headline_test, run_test

__all__ = ["build_results", "column_means", "window_sample"]


def build_results(
    specification: Specification,
    pairs: PairList,
    markets: tuple[Market, ...],
    screened: Screen,
    flags: dict[str, NDArray[np.bool_]],
    keep: NDArray[np.int64],
    fitted: Fitted,
    windows: Windows,
) -> EventStudyResults:
    """Run the tests on K fitted pairs and put everything together."""
    exact = exactly_explained(fitted)
    flags = {**flags, "exact_fit": np.zeros(len(pairs.position), dtype=bool)}
    flags["exact_fit"][keep] = exact
    clusters = find_clusters(pairs, markets, keep, flags["overlap_own_event"][keep])
    by_window = _dependences(specification, pairs, markets, keep, fitted, windows, clusters, ~exact)
    dependence = by_window[0]
    ranking = None
    if {"rank", "grank"} & set(specification.tests) and windows.members.ndim == 2:
        insides = list(windows.members[: len(specification.labels)] > 0)
        ranking = rank_returns(fitted.residuals, fitted.abnormal, insides)
    rows = []
    for g, label in enumerate(specification.labels):
        sample = window_sample(specification, fitted, windows, g, by_window[g], clusters)
        if ranking is not None:
            sample = replace(sample, ranking=(ranking, g, insides[g]))
        lead = headline_test(int(sample.standardisable().sum()), clusters.shared)
        found = {}
        for name in specification.tests:
            ported = PORTED.get(name) if specification.convention == "eventstudy2" else None
            found[name] = run_test(name, sample, ported)
        if lead not in found:  # then the first valid one in the order of TESTS
            lead = next((name for name in TESTS if name in found and found[name]["valid"]), "")
        for name, row in found.items():
            rows.append({"window": label, "test": name, **row, "headline": name == lead})
    columns = ["window", "test", "statistic", "p_value", "df", "n", "valid", "headline", "note"]
    table = pd.DataFrame(rows, columns=columns)
    n = int((~exact).sum())
    diagnostics = pd.Series(
        {
            "n_pairs": len(keep),
            "n_asked": len(pairs.position),
            "n_events": np.count_nonzero(np.bincount(pairs.event[keep])),
            "n_securities": np.count_nonzero(np.bincount(pairs.security[keep])),
            "mean_correlation": dependence.mean,
            "mean_correlation_within_dates": dependence.within,
            "n_effective": effective_n(n, dependence.mean),
            "shared_dates": clusters.shared,
            "n_dates": len(np.unique(clusters.block)),
            "mixed_calendars": clusters.mixed,
            "confounded": int(flags["confounded"][keep].sum()),
            "overlapping": clusters.overlapping,
            "ambiguous_sessions": int(flags["ambiguous_session"][keep].sum()),
            "multi_session_returns": int(screened.multi_session[keep].sum()),
            "pairs_with_gaps": int((~screened.complete[keep]).sum()),
            "exact_fits": int(exact.sum()),
        },
        dtype=object,
    )
    return EventStudyResults(
        specification,
        table,
        diagnostics,
        tuple(by_window),
        pairs,
        markets,
        screened,
        flags,
        keep,
        fitted,
        windows,
    )


def _dependences(
    specification: Specification,
    pairs: PairList,
    markets: tuple[Market, ...],
    keep: NDArray[np.int64],
    fitted: Fitted,
    windows: Windows,
    clusters: Clusters,
    usable: NDArray[np.bool_],
) -> list[Dependence]:
    """Return the r̄ of each window over the pairs the model does not explain exactly."""
    residuals, count = fitted.residuals, len(specification.labels)
    if specification.convention == "eventstudy2":
        steps = np.arange(specification.estimation[0], specification.estimation[1] + 1)
        at = pairs.position[keep][:, None] + steps
        residuals = corrected_residuals(residuals, markets, pairs.market[keep], pairs.row[keep], at)
        return [Dependence(mean_correlation(residuals[usable]), float("nan"))] * count
    if not usable.all():
        clusters = replace(clusters, block=clusters.block[usable])
        keep, residuals, windows = keep[usable], residuals[usable], windows.take(usable)
    return dependences(clusters, pairs, markets, keep, residuals, windows, count)


def window_sample(
    specification: Specification,
    fitted: Fitted,
    windows: Windows,
    g: int,
    dependence: Dependence,
    clusters: Clusters,
) -> Sample:
    """Cut window g out of the fitted arrays."""
    inside = windows.members[..., g, :] > 0
    abnormal = fitted.abnormal
    with np.errstate(invalid="ignore", divide="ignore"):
        standardised = abnormal / np.sqrt(fitted.variance)
    if inside.ndim == 2:  # each pair has its own window
        columns = inside.any(axis=0)
        abnormal = np.where(inside, abnormal, np.nan)[:, columns]
        standardised = np.where(inside, standardised, np.nan)[:, columns]
        width = float(inside.sum(axis=1).mean())
    else:
        abnormal, standardised = abnormal[:, inside], standardised[:, inside]
        width = float(inside.sum())
    return Sample(
        car=fitted.car[:, g],
        variance=fitted.car_variance[:, g],
        scar=standardised_car(fitted)[:, g],
        bhar=(
            frames.buy_and_hold(fitted, inside, specification.return_type)
            if "skewness_adjusted" in specification.tests
            else np.empty(0)
        ),
        abnormal=abnormal,
        standardised=standardised,
        residuals=fitted.residuals,
        sigma2=fitted.sigma2,
        n_obs=fitted.n_obs,
        estimated=specification.estimated,
        width=width,
        dependence=dependence,
        clustered=clusters.shared,
        mixed_calendars=clusters.mixed,
        aar_estimation=column_means(fitted.residuals),
        overlapping=clusters.overlapping,
        weights=fitted.weights if specification.weighted else None,
        weighted_estimation=(
            column_means(fitted.residuals, fitted.weights) if specification.weighted else None
        ),
    )


def column_means(
    values: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return (weighted) means over pairs of each session, leaving out what is missing."""
    mean = np.average(values, axis=0, weights=weights)
    gaps = np.isnan(mean)
    if gaps.any():
        part = values[:, gaps]
        known = ~np.isnan(part)
        counted = known * (1.0 if weights is None else weights[:, None])
        total = counted.sum(axis=0)
        mean[gaps] = (np.where(known, part, 0.0) * counted).sum(axis=0) / np.where(
            total > 0, total, np.nan
        )
    return mean
