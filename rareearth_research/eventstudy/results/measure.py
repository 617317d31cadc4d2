"""From fitted pairs to evidence: who shares a date, how correlated they are, and every test.

What does a test of the user's own say? It sees the arrays that all tests see.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import is_number
from rareearth_research.arrays import Bools, Floats, Ints, slices
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.dependence import correlation
from rareearth_research.eventstudy.dependence.clusters import Clusters, dependences, find_clusters
from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.models import estimate
from rareearth_research.eventstudy.pairs.screen import Screen
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.setup import Setup, Specification
from rareearth_research.eventstudy.pairs.windows import Windows
from rareearth_research.eventstudy.results.evidence import Evidence
from rareearth_research.eventstudy.results.frames import buy_and_hold
from rareearth_research.eventstudy.statistics.decision import find
from rareearth_research.eventstudy.statistics.ported import PORTED, corrected_residuals
from rareearth_research.eventstudy.statistics.ranking import rank_returns
from rareearth_research.eventstudy.statistics.sample import Sample
from rareearth_research.eventstudy.statistics.verdicts import TESTS, run_test

OwnTest = Callable[[Sample], Any]


def part_of(result: Evidence, members: Bools, *, leading: bool = False) -> Evidence:
    """Return the evidence of some of the K kept pairs; nothing is fitted again."""
    return measure(
        setup=result.setup,
        screened=result.screened,
        keep=result.keep[members],
        fitted=result.fitted.take(members),
        windows=result.windows.take(members),
        leading=leading,
    )


def measure(
    *,
    setup: Setup,
    screened: Screen,
    keep: Ints,
    fitted: estimate.Fitted,
    windows: Windows,
    leading: bool = False,
) -> Evidence:
    """Run the tests on K fitted pairs, or the leading one alone; see `Evidence`."""
    spec, pairs = setup.specification, setup.pairs.take(keep)
    exact = estimate.exactly_explained(fitted)
    flags = {**screened.flags, "exact_fit": np.zeros(len(setup.pairs), dtype=bool)}
    flags["exact_fit"][keep] = exact
    estimated = MODELS[spec.model].estimated > 0
    clusters = find_clusters(pairs, setup.markets, windows, constant=estimated, held=setup.rows)
    by_window = _dependences(setup, pairs, fitted, windows, clusters, ~exact)
    matters = spec.matters
    if matters is None:
        matters = float(np.median(np.sqrt(fitted.sigma2)))
    rows, findings = [], []
    for g, sample in enumerate(samples(spec, fitted, windows, clusters, by_window)):
        findings.append(find(sample, matters, log=spec.return_type == "log"))
        lead, results = findings[g].test, {}
        for name in (lead,) if leading and lead in spec.tests else spec.tests:
            if name in spec.own_tests:
                whole = replace(sample, residuals=np.asarray(sample.residuals))
                results[name] = run_own(name, spec.own_tests[name], whole)
                continue
            ported = PORTED.get(name) if spec.convention == "eventstudy2" else None
            results[name] = run_test(name, sample, ported)
        if lead not in results:  # then the first valid one in the order of TESTS
            order = [name for name in (*TESTS, *spec.own_tests) if name in results]
            lead = next((name for name in order if results[name]["valid"]), "")
        for name, row in results.items():
            where = {"window": spec.labels[g], "test": name}
            rows.append({**where, **row, "headline": name == lead})
    columns = ["window", "test", "statistic", "p_value", "df", "n", "valid", "headline", "note"]
    counts = {
        "n_pairs": len(keep),
        "n_asked": len(setup.pairs),
        "n_events": np.count_nonzero(np.bincount(pairs.event)),
        "n_securities": np.count_nonzero(np.bincount(pairs.security)),
        "n_clusters": int(clusters.announcements[0].max()) + 1,
        "mean_correlation": by_window[0].mean,
        "mean_correlation_within_dates": by_window[0].within,
        "n_effective": correlation.effective_n(int((~exact).sum()), by_window[0].mean),
        "shared_dates": bool(clusters.shared[0]),
        "n_dates": len(np.unique(clusters.block)),
        "mixed_calendars": clusters.mixed,
        "confounded": int(flags["confounded"][keep].sum()),
        "overlapping": int(flags["overlap_own_event"][keep].sum()),
        "estimation_overlaps_event": int(flags["estimation_overlaps_event"][keep].sum()),
        "estimation_left_out": int(flags["estimation_left_out"][keep].sum()),
        "suspect_returns": int(flags["suspect_return"][keep].sum()),
        "ambiguous_sessions": int(flags["ambiguous_session"][keep].sum()),
        "multi_session_returns": int(screened.multi_session[keep].sum()),
        "pairs_with_gaps": int((~screened.complete[keep]).sum()),
        "exact_fits": int(exact.sum()),
    }
    return Evidence(
        setup=setup,
        screened=replace(screened, flags=flags),
        keep=keep,
        fitted=fitted,
        windows=windows,
        table=pd.DataFrame(rows, columns=columns),
        counts=counts,
        clusters=clusters,
        dependences=tuple(by_window),
        findings=tuple(findings),
    )


def _dependences(
    setup: Setup,
    pairs: PairList,
    fitted: estimate.Fitted,
    windows: Windows,
    clusters: Clusters,
    usable: Bools,
) -> list[correlation.Dependence]:
    """Return the r̄ of each window over the pairs the model does not explain exactly."""
    spec, residuals = setup.specification, fitted.residuals
    if spec.convention == "eventstudy2":
        residuals = corrected_residuals(residuals, setup.markets, pairs, spec.estimation)
        every = correlation.mean_correlation(residuals[usable])
        return [correlation.Dependence(every, float("nan"))] * len(spec.labels)
    if not usable.all():
        clusters = replace(clusters, block=clusters.block[usable])
        residuals = residuals.take(np.flatnonzero(usable), axis=0)
        pairs, windows = pairs.take(usable), windows.take(usable)
    return dependences(clusters, pairs, setup.markets, residuals, windows)


def samples(
    spec: Specification,
    fitted: estimate.Fitted,
    windows: Windows,
    clusters: Clusters,
    by_window: Sequence[correlation.Dependence],
) -> Iterator[Sample]:
    """Yield what the tests see of each window."""
    insides = [windows.members[..., g, :] > 0 for g in range(len(by_window))]
    ranking = None
    if {"rank", "grank"} & set(spec.tests) and windows.members.ndim == 2:
        ranking = rank_returns(fitted.residuals, fitted.abnormal, insides)
    scar, means = estimate.standardised_car(fitted), column_means(fitted.residuals)
    weights = fitted.weights
    weighted = None if weights is None else column_means(fitted.residuals, weights)
    for g, inside in enumerate(insides):
        abnormal, standardised = fitted.abnormal, fitted.standardised
        if inside.ndim == 2:  # each pair has its own window
            columns = inside.any(axis=0)
            abnormal = np.where(inside, abnormal, np.nan)[:, columns]
            standardised = np.where(inside, standardised, np.nan)[:, columns]
            width = float(inside.sum(axis=1).mean())
        else:
            if not inside.all():  # else of very many pairs this would be a copy of all there is
                abnormal, standardised = abnormal[:, inside], standardised[:, inside]
            width = float(inside.sum())
        bhar = np.empty(0)
        if "skewness_adjusted" in spec.tests or spec.own_tests:
            bhar = buy_and_hold(fitted, inside, spec.return_type)
        yield Sample(
            car=fitted.car[:, g],
            variance=fitted.car_variance[:, g],
            scar=scar[:, g],
            bhar=bhar,
            abnormal=abnormal,
            standardised=standardised,
            residuals=fitted.residuals,
            positive=fitted.positive,
            sigma2=fitted.sigma2,
            n_obs=fitted.n_obs,
            estimated=spec.estimated,
            width=width,
            dependence=by_window[g],
            clustered=bool(clusters.shared[g]),
            across=bool(clusters.across[g]),
            cluster=clusters.announcements[g],
            block=clusters.block,
            mixed_calendars=clusters.mixed,
            aar_estimation=means,
            overlapping=int(clusters.overlapping[g]),
            weights=weights,
            weighted_estimation=weighted,
            ranking=None if ranking is None else (ranking, g, inside),
        )


def column_means(values: Floats, weights: Floats | None = None) -> Floats:
    """Return (weighted) means over pairs of each session, leaving out what is missing."""
    total, counted = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for rows in slices(len(values)):
        part = values[rows]
        weight = np.ones((len(part), 1)) if weights is None else weights[rows, None]
        if np.isnan(np.einsum("kl->", part)):
            known = ~np.isnan(part)
            part, weight = np.where(known, part, 0.0), weight * known
        total += (part if weights is None else part * weight).sum(axis=0)
        counted += weight.sum(axis=0)
    return total / np.where(counted > 0, counted, np.nan)


def run_own(name: str, function: OwnTest, sample: Sample) -> dict:
    """Run one test of the user's own; see `verdicts.run_test` for what is returned.

    The engine cannot know whether such a test holds: ``valid`` is True wherever it has a p-value.
    `size_of` measures it.
    """
    statistic, p = own_result(name, function, sample)
    known = math.isfinite(p)
    return {
        "statistic": statistic,
        "p_value": p,
        "df": math.nan,
        "n": sample.size,
        "valid": known,
        "note": "own test" if known else "own test: gives no p-value here",
    }


def own_result(
    name: str, function: OwnTest, sample: Sample, argument: str = "tests"
) -> tuple[float, float]:
    """Return statistic (NaN if the test gives none) and p-value (NaN where it has none).

    `argument` names in messages where the test was given.

    Raises
    ------
    SpecificationError
        If the test fails, or returns no p-value from 0 to 1.
    """
    try:
        found = function(_read_only(sample))
    except Exception as error:
        raise SpecificationError(
            f"{argument}: {name!r} failed on {sample.size} pairs with {type(error).__name__}: "
            f"{error}; it is called with a Sample and must return a p-value or (statistic, p)"
        ) from error
    parts = found if isinstance(found, tuple | list) else (math.nan, found)
    values = [part.item() if isinstance(part, np.ndarray) and not part.ndim else part
              for part in parts]  # fmt: skip
    if (
        len(values) != 2
        or not all(map(is_number, values))
        or not (math.isnan(values[1]) or 0 <= values[1] <= 1)
    ):
        raise SpecificationError(
            f"{argument}: {name!r} returned {shown(found)} on {sample.size} pairs; it must return "
            "a p-value from 0 to 1 (NaN for none), or (statistic, p-value)"
        )
    return float(values[0]), float(values[1])


def _read_only(sample: Sample) -> Sample:
    """Return the sample with arrays that a test cannot change: they are the study's own."""
    held: dict[str, Any] = {
        name: value.view() for name, value in vars(sample).items() if isinstance(value, np.ndarray)
    }
    for view in held.values():
        view.flags.writeable = False
    return replace(sample, **held)
