"""How much do the securities of a study move together when nothing happens?

r̄, the mean correlation of estimation residuals over all ordered pairs of different securities,
is what makes a shared event date dangerous: N securities then carry the information of only
N/(1 + (N − 1)r̄) independent ones. All functions cost O(N·T) on complete blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rareearth_research.arrays import Bools, Floats, Ints, over_chunks, slices

ALIKE = 1e-10  # relative size below which a difference is rounding
CENTRED = 1e-20  # largest share of the squared mean in the mean square that is rounding
OVERLAPPING = 0.05  # share of pairs that overlap an event of their own security and may not
SMALL = 32  # members up to which cells are summed side by side


@dataclass(frozen=True)
class Dependence:
    """Correlation among the N pairs of a study.

    Attributes
    ----------
    mean : float
        r̄ over all N(N − 1) ordered pairs, the figure the Kolari–Pynnönen correction uses. Pairs
        of different dates count with the share of sessions their windows have in common.
    within : float
        Mean correlation over the pairs that share an event date; NaN where none do.
    """

    mean: float
    within: float


def mean_correlation(residuals: Floats) -> float:
    """Return r̄ of N aligned residual series.

    Parameters
    ----------
    residuals : ndarray, shape (N, L)
        NaN where missing.

    Returns
    -------
    float
        NaN for a single series.

    Notes
    -----
    With z the series standardised to mean 0 and variance 1,
    r̄ = (N·Var_t(mean_i z_it) − 1)/(N − 1), exact when nothing is missing. Otherwise each
    correlation uses the days both series have, and series pairs with fewer than three such days
    are left out.
    """
    total, count = _correlation_sum(residuals)
    return total / count if count else float("nan")


def block_correlation(
    residuals: Floats, block: Ints, rows: Ints | None = None, sums: Floats | None = None
) -> Dependence:
    """Return r̄ when only pairs of the same block (event date) are correlated.

    Parameters
    ----------
    residuals : ndarray, shape (N, L)
        Aligned within each block, unless `rows` says otherwise.
    block : ndarray of int, shape (N,)
    rows : ndarray of int, shape (N, L), optional
        Calendar row of each residual, -1 for none. Series of one block are then correlated over
        the calendar days both have, as is right when their exchanges keep different holidays.
    sums : ndarray, shape (B, L), optional
        `cell_sums` of complete residuals by block, where they are at hand.

    Returns
    -------
    Dependence

    Notes
    -----
    Var(Σ_i SCAR_i) = σ²(N + Σ_b Σ_{i≠j∈b} ρ_ij): pairs of different dates add nothing. The r̄ that
    makes N(1 + (N − 1)r̄) equal to that sum is Σ_b Σ_{i≠j∈b} r_ij / (N(N − 1)), the within-date
    correlations averaged over *all* pairs with zeros for the others. It is also the r̄ for which
    E[s²] = σ²(1 − r̄), so the Kolari–Pynnönen factor √((1 − r̄)/(1 + (N − 1)r̄)) stays right. Using
    the within-date average itself with the total N would over-correct: ten dates of ten
    securities with ρ = 0.3 inflate the variance 3.7 times, not 30.7 times.
    """
    block = np.unique(block, return_inverse=True)[1]
    sizes, n = np.bincount(block), len(block)
    pairs_in_blocks = int((sizes * (sizes - 1)).sum())
    if rows is None and not _gappy(residuals).any():
        sums = cell_sums(residuals, block) if sums is None else sums
        total, count = float(np.einsum("bl,bl->", sums, sums)) - n, pairs_in_blocks
    else:
        total, count = 0.0, 0
        for members in np.split(np.argsort(block, kind="stable"), np.cumsum(sizes)[:-1]):
            series = residuals[members]
            if rows is not None and len(members) > 1:
                series = on_calendar(series, rows[members])
            part, used = _correlation_sum(series)
            total, count = total + part, count + used
    within = total / count if count else float("nan")
    mean = within * pairs_in_blocks / (n * (n - 1)) if count else (0.0 if n > 1 else float("nan"))
    return Dependence(mean, within)


def effective_n(n: int, r: float) -> float:
    """Return N/(1 + (N − 1)r̄), how many independent securities carry the same information.

    NaN where r̄ leaves the mean no variance (two securities that mirror each other).
    """
    return n / float(inflation(n, r)) if n > 1 else float(n)


def inflation(n: int, mean_correlation: ArrayLike) -> Any:
    """Return 1 + (N − 1)r̄, by which correlation inflates the variance of a mean of N.

    NaN where nothing of it is left but rounding: r̄ is not possible for N securities, or they
    cancel each other.
    """
    inflated = 1 + (n - 1) * np.asarray(mean_correlation, dtype=np.float64)
    return np.where(inflated > ALIKE, inflated, np.nan)


def cell_sums(residuals: Floats, cell: Ints) -> Floats:
    """Add up the standardised residuals of each cell's members, (C, L); a gap counts as 0.

    Parameters
    ----------
    residuals : ndarray, shape (N, L)
    cell : ndarray of int, shape (N,)
        0 ... C − 1, none empty.
    """
    order = np.argsort(cell, kind="stable")
    sizes = np.bincount(cell)
    starts = np.cumsum(sizes) - sizes
    sums = np.empty((len(sizes), residuals.shape[1]))
    small = np.flatnonzero(sizes <= SMALL)

    def add_up(some: slice) -> None:  # first members, second members, ... side by side
        cells = small[some]
        first, size = starts[cells], sizes[cells]
        part = _standardised(residuals[order[first]])
        for j in range(1, int(size.max())):
            longer = np.flatnonzero(size > j)
            part[longer] += _standardised(residuals[order[first[longer] + j]])
        sums[cells] = part

    large = np.flatnonzero(sizes > SMALL)

    def add_large(some: slice) -> None:
        for c in large[some]:
            members = order[starts[c] : starts[c] + sizes[c]]
            sums[c] = sum(
                _standardised(residuals[members[i : i + 1024]]).sum(axis=0)
                for i in range(0, len(members), 1024)
            )

    over_chunks(add_up, len(small), 128)
    over_chunks(add_large, len(large), 4)
    return sums


def on_calendar(series: Floats, rows: Ints) -> Floats:
    first = rows[rows >= 0].min()
    placed = np.full((len(series), int(rows.max() - first) + 1), np.nan)
    known = rows >= 0
    placed[np.nonzero(known)[0], rows[known] - first] = series[known]
    return placed


def _standardised(residuals: Floats) -> Floats:
    """Return rows with mean 0 and sum of squares 1; gaps and rows of zeros become zeros."""
    length = residuals.shape[1]
    mean = np.einsum("nl->n", residuals) / length
    if np.isnan(np.einsum("n->", mean)):
        seen = ~np.isnan(residuals)
        mean = np.nansum(residuals, axis=1) / np.maximum(seen.sum(axis=1), 1)
        residuals = np.where(seen, residuals - mean[:, None], 0.0)
        mean = np.zeros(len(residuals))
    square = np.einsum("nl,nl->n", residuals, residuals)
    if (mean**2 * length > CENTRED * square).any():  # not residuals of a fitted constant
        residuals = residuals - mean[:, None]
        square = np.einsum("nl,nl->n", residuals, residuals)
        mean = np.zeros(len(residuals))
    norm = np.sqrt(square - length * mean**2)
    return residuals * (1 / np.where(norm > 0, norm, np.inf))[:, None]


def _gappy(residuals: Floats) -> Bools:
    """Return which series lack a day, as those that are made again know of themselves."""
    if (known := getattr(residuals, "gaps", None)) is not None:
        return np.asarray(known[residuals.rows])  # type: ignore[attr-defined]
    sums = [np.einsum("nl->n", residuals[rows]) for rows in slices(len(residuals))]
    return np.isnan(np.concatenate(sums))


def _correlation_sum(residuals: Floats) -> tuple[float, int]:
    """Return the sum of r_ij over ordered pairs i ≠ j, and how many there are."""
    if len(residuals) < 2:
        return 0.0, 0
    gappy = _gappy(residuals)
    if gappy.all():  # sessions that no series has, such as those of event windows, are no gaps
        residuals = np.asarray(residuals)
        residuals = residuals[:, ~np.isnan(residuals).all(axis=0)]
        gappy = _gappy(residuals)
    whole, broken = residuals, np.empty((0, residuals.shape[1]))
    if gappy.any():
        whole, broken = residuals.take(np.flatnonzero(~gappy), axis=0), residuals[gappy]
    n = len(whole)
    sums = np.zeros(residuals.shape[1])
    for start in range(0, n, 1024):
        sums += _standardised(whole[start : start + 1024]).sum(axis=0)
    total, count = float(sums @ sums) - n, n * (n - 1)
    if gappy.any():
        own, pairs = _pairwise_sum(broken, broken)
        cross, mixed = _pairwise_sum(broken, whole)
        total, count = total + own + 2 * cross, count + pairs + 2 * mixed
    return total, count


def _pairwise_sum(left: Floats, right: Floats) -> tuple[float, int]:
    """Correlate every left series with every right one over the days both have, by products."""
    total, count = 0.0, 0
    for start in range(0, len(left), 512):
        r, usable = correlations(left[start : start + 512], right)
        if left is right:  # a series with itself is no pair
            usable[np.arange(len(r)), np.arange(start, start + len(r))] = False
        total, count = total + float(r[usable].sum()), count + int(usable.sum())
    return total, count


def correlations(left: Floats, right: Floats) -> tuple[Floats, Bools]:
    """Correlate every left series with every right one over the days both have.

    Returns
    -------
    r : ndarray, shape (N, M)
    usable : ndarray of bool, shape (N, M)
        Pairs of series with three such days or more, of which neither is constant.
    """
    values, seen = np.nan_to_num(right), (~np.isnan(right)).astype(np.float64)
    own, there = np.nan_to_num(left), (~np.isnan(left)).astype(np.float64)
    days = there @ seen.T
    sum_i, sum_j = own @ seen.T, there @ values.T
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = own @ values.T - sum_i * sum_j / days
        var_i = own**2 @ seen.T - sum_i**2 / days
        var_j = there @ (values**2).T - sum_j**2 / days
        r = covariance / np.sqrt(var_i * var_j)
    return r, (days >= 3) & np.isfinite(r)
