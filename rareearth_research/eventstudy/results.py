"""What did the study find? Frozen results: tidy frames, built when first looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.eventstudy import frames, render
from rareearth_research.eventstudy.correlation import (
    Dependence,
    block_correlation,
    effective_n,
    mean_correlation,
)
from rareearth_research.eventstudy.estimate import EXACT, Fitted, Windows
from rareearth_research.eventstudy.inference import Sample, headline_test, run_test
from rareearth_research.eventstudy.panel import Market
from rareearth_research.eventstudy.ported import PORTED, corrected_residuals
from rareearth_research.eventstudy.screen import Screen
from rareearth_research.eventstudy.sessions import PairList

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["EventStudyResults", "Specification", "build_results"]

SHARING = 0.2  # partners per pair above which dates count as shared: variance +6 % at ρ = 0.3


@dataclass(frozen=True)
class Specification:
    """How the study was run, for titles and footers."""

    model: str
    benchmark: str
    estimation: tuple[int, int]
    windows: tuple[tuple[int, int], ...]
    labels: tuple[str, ...]
    tests: tuple[str, ...]
    convention: str
    return_type: str
    estimated: int
    names: tuple[str, ...]
    min_obs: int
    timing: str
    gaps: str
    policies: tuple[str, str]


@dataclass(frozen=True, repr=False)
class EventStudyResults:
    """Results of `EventStudy.fit`.

    Attributes
    ----------
    specification : Specification
    table : DataFrame
        One row per window and test: ``window, test, statistic, p_value, df, n, valid, headline,
        note``.
    diagnostics : Series
        ``n_pairs, n_asked, n_events, n_securities, mean_correlation`` (r̄ over all pairs, as the
        Kolari–Pynnönen test uses it), ``mean_correlation_within_dates, n_effective, shared_dates,
        n_dates, mixed_calendars, confounded, overlapping, ambiguous_sessions,
        multi_session_returns, pairs_with_gaps``.
    abnormal, car, params, aar, attrition : DataFrame
        Built from arrays when first read; see each property.
    """

    specification: Specification
    table: pd.DataFrame
    diagnostics: pd.Series
    dependence: Dependence
    pairs: PairList
    markets: tuple[Market, ...]
    screened: Screen
    flags: dict[str, NDArray[np.bool_]]
    keep: NDArray[np.int64]
    fitted: Fitted
    windows: Windows

    @cached_property
    def abnormal(self) -> pd.DataFrame:
        """One row per event, security and event session.

        ``event_id, security, relative_session, session, return, expected_return,
        abnormal_return, variance, standardised`` (AR/√V_tt) ``, multi_session``.
        """
        return frames.abnormal(self)

    @cached_property
    def car(self) -> pd.DataFrame:
        """One row per event, security and window.

        ``event_id, security, session, window, car, variance`` (1'V1) ``, scar`` (CAR/√variance)
        ``, p_value`` (t with L − k degrees of freedom) ``, bhar, n_estimation``.
        """
        return frames.car(self)

    @cached_property
    def params(self) -> pd.DataFrame:
        """One row per pair: coefficients, residual standard deviation, R², matched days."""
        return frames.params(self)

    @cached_property
    def aar(self) -> pd.DataFrame:
        """One row per event session: averages, their path and its 95 % band.

        ``relative_session, aar, caar, lower, upper, n, patell, bmp, kp``. The band is
        CAAR ± t(N − 1) · sd(CAR)/√N · √((1 + (N − 1)r̄)/(1 − r̄)), the Kolari–Pynnönen standard
        error; for one pair, its forecast standard error and t(L − k).
        """
        return frames.average(self)

    @cached_property
    def attrition(self) -> pd.DataFrame:
        """One row per event–security pair asked for.

        ``event_id, security, status`` (kept or dropped) ``, reason, n_estimation, session,
        flags``.
        """
        return frames.attrition(self)

    @property
    def headline(self) -> pd.Series:
        """The row of `table` that leads, for the first window."""
        return self.table[self.table["headline"]].iloc[0]

    def summary(self) -> render.Summary:
        """Return the headline in a sentence and a small table (text and HTML)."""
        return render.summary(self)

    def plot(self, **options: Any) -> Figure:
        """Draw the path of the average cumulative abnormal return with its band."""
        from rareearth_research.plots import plot_caar

        return plot_caar(self, **options)

    def to_csv(self, folder: str | Path) -> list[Path]:
        """Write table, car, aar, params, abnormal and attrition as CSV; return the paths."""
        return render.to_csv(self, Path(folder))

    def to_html(self, path: str | Path | None = None) -> str:
        """Return the summary as HTML, and write it to `path` if given."""
        return render.written(self.summary()._repr_html_(), path)

    def to_latex(self, path: str | Path | None = None) -> str:
        """Return the summary table as LaTeX (booktabs), and write it to `path` if given."""
        return render.written(render.latex(self), path)

    def __repr__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def scar(self, window: int = 0) -> NDArray[np.float64]:
        """Return SCAR of each kept pair, (K,); NaN where the model explains a pair exactly."""
        return standardised_car(self.fitted)[:, window]


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
    block, mixed = date_blocks(pairs, markets, keep)
    sizes = np.bincount(block)
    clustered = float((sizes * (sizes - 1)).sum()) / len(keep) > SHARING
    dependence = _dependence(
        specification, pairs, markets, keep, fitted, block, ~exact, clustered, mixed
    )
    rows = []
    for g, label in enumerate(specification.labels):
        sample = window_sample(
            specification, fitted, windows, g, dependence, clustered=clustered, mixed=mixed
        )
        lead = headline_test(int(sample.standardisable().sum()), clustered)
        for name in specification.tests:
            ported = PORTED.get(name) if specification.convention == "eventstudy2" else None
            row = run_test(name, sample, ported)
            rows.append({"window": label, "test": name, **row, "headline": name == lead})
    columns = ["window", "test", "statistic", "p_value", "df", "n", "valid", "headline", "note"]
    table = pd.DataFrame(rows, columns=columns)
    n = int((~exact).sum())
    diagnostics = pd.Series(
        {
            "n_pairs": len(keep),
            "n_asked": len(pairs.position),
            "n_events": len(np.unique(pairs.event[keep])),
            "n_securities": len(np.unique(pairs.security[keep])),
            "mean_correlation": dependence.mean,
            "mean_correlation_within_dates": dependence.within,
            "n_effective": effective_n(n, dependence.mean),
            "shared_dates": bool(clustered),
            "n_dates": len(sizes),
            "mixed_calendars": bool(mixed),
            "confounded": int(flags["confounded"][keep].sum()),
            "overlapping": int(flags["overlap_own_event"][keep].sum()),
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
        dependence,
        pairs,
        markets,
        screened,
        flags,
        keep,
        fitted,
        windows,
    )


def exactly_explained(fitted: Fitted) -> NDArray[np.bool_]:
    """Return pairs whose residuals are rounding error: they have no variance to test against."""
    return fitted.sigma2 <= EXACT * fitted.mean_square


def standardised_car(fitted: Fitted) -> NDArray[np.float64]:
    """Return SCAR = CAR/√(1'V1) of all windows, NaN for exact fits, (K, G)."""
    usable = ~exactly_explained(fitted)[:, None] & (fitted.car_variance > 0)
    return fitted.car / np.sqrt(np.where(usable, fitted.car_variance, np.nan))


def date_blocks(
    pairs: PairList, markets: tuple[Market, ...], keep: NDArray[np.int64]
) -> tuple[NDArray[np.int64], bool]:
    """Return the block of each kept pair (same session date or same event), and if any is mixed.

    One announcement can be priced on different dates in different places; its securities are one
    block all the same.
    """
    dates = np.empty(len(keep), dtype=np.int64)
    for m, market in enumerate(markets):
        here = pairs.market[keep] == m
        dates[here] = market.sessions.asi8[pairs.position[keep][here]]
    block = np.unique(dates, return_inverse=True)[1]
    used = pairs.market[keep]
    if (used == used[0]).all():
        return block, False
    date_of, event = block.copy(), np.unique(pairs.event[keep], return_inverse=True)[1]
    while True:  # lowest label spreads along shared dates and events until nothing changes
        before = block.copy()
        for group in (event, date_of):
            least = np.full(group.max() + 1, len(block), dtype=np.int64)
            np.minimum.at(least, group, block)
            block = least[group]
        if (block == before).all():
            break
    block = np.unique(block, return_inverse=True)[1]
    low = np.full(block.max() + 1, len(markets))
    high = np.full(block.max() + 1, -1)
    np.minimum.at(low, block, used)
    np.maximum.at(high, block, used)
    return block, bool((low < high).any())


def _dependence(
    specification: Specification,
    pairs: PairList,
    markets: tuple[Market, ...],
    keep: NDArray[np.int64],
    fitted: Fitted,
    block: NDArray[np.int64],
    usable: NDArray[np.bool_],
    clustered: bool,
    mixed: bool,
) -> Dependence:
    residuals = fitted.residuals
    steps = np.arange(specification.estimation[0], specification.estimation[1] + 1)
    if specification.convention == "eventstudy2":
        at = pairs.position[keep][:, None] + steps
        residuals = corrected_residuals(residuals, markets, pairs.market[keep], pairs.row[keep], at)
        return Dependence(mean_correlation(residuals[usable]), float("nan"))
    if not usable.all():
        residuals = residuals[usable]
    if not clustered:
        return Dependence(mean_correlation(residuals), float("nan"))
    rows = None
    if mixed:
        rows = np.empty(fitted.residuals.shape, dtype=np.int64)
        for m, market in enumerate(markets):
            here = np.flatnonzero(pairs.market[keep] == m)
            at = pairs.position[keep][here][:, None] + steps
            inside = (at >= 0) & (at < len(market.rows))
            rows[here] = np.where(inside, market.rows[np.clip(at, 0, len(market.rows) - 1)], -1)
        rows = rows[usable]
    return block_correlation(residuals, block[usable], rows)


def window_sample(
    specification: Specification,
    fitted: Fitted,
    windows: Windows,
    g: int,
    dependence: Dependence,
    *,
    clustered: bool,
    mixed: bool,
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
        bhar=frames.buy_and_hold(fitted, inside, specification.return_type),
        abnormal=abnormal,
        standardised=standardised,
        residuals=fitted.residuals,
        sigma2=fitted.sigma2,
        n_obs=fitted.n_obs,
        estimated=specification.estimated,
        width=width,
        dependence=dependence,
        clustered=clustered,
        mixed_calendars=mixed,
        aar_estimation=column_means(fitted.residuals),
    )


def column_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return means over pairs of each session, leaving out missing ones and empty sessions."""
    mean = values.mean(axis=0)
    gaps = np.isnan(mean)
    if gaps.any():
        part = values[:, gaps]
        known = ~np.isnan(part)
        count = known.sum(axis=0)
        mean[gaps] = np.where(known, part, 0.0).sum(axis=0) / np.where(count, count, np.nan)
    return mean
