"""Mixtures of donors before a date, their gaps after it, and the same for every placebo.

Everything is arrays. An assignment says which of N units count as treated; the others are its
donors. Under the null that the treated moved by τ after the date, what they would have been is
known for every unit, and every other assignment was as likely: that is the test, and the set of τ
which it does not reject is the confidence set. Weights depend on the time before the date alone,
so the gap of each assignment is linear in τ and the set is found exactly, without a grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from rareearth_research.arrays import Bools, Floats, over_chunks
from rareearth_research.simplex import face_of, simplex_weights

CELLS = 4_000_000  # numbers of one working array: 32 MB
EXACT = 1e-9  # of a unit's spread before the date: a smaller error is a perfect fit
ROUNDING = 1e-9  # share by which two statistics may differ and be equal


@dataclass(frozen=True)
class Mixtures:
    """Fitted mixtures of A assignments.

    Attributes
    ----------
    weights : ndarray, shape (A, N)
    gaps : ndarray, shape (A, T)
        Mean of the units treated less the mixture.
    solved, unique : ndarray of bool, shape (A,)
        Whether the least loss was reached, and whether only these weights reach it.
    """

    weights: Floats
    gaps: Floats
    solved: Bools
    unique: Bools

    def squares(self, rows: slice) -> Floats:
        """Return the mean squared gap of each assignment on some rows, (A,)."""
        return np.square(self.gaps[:, rows]).mean(axis=1)


def mix(values: Floats, before: int, treated: Bools, allowed: Bools) -> Mixtures:
    """Fit the mixture of least squares on the first `before` rows for each assignment.

    Parameters
    ----------
    values : ndarray, shape (T, N)
    before : int
    treated, allowed : ndarray of bool, shape (A, N)
        Whose mean is to be met, and who may have a weight.
    """
    units = np.ascontiguousarray(values.T)

    def work(rows: slice) -> tuple[Floats, Floats, Bools, Bools]:
        target = treated[rows] @ units / treated[rows].sum(axis=1, keepdims=True)
        apart = units[None, :, :before] - target[:, None, :before]
        products = apart @ apart.swapaxes(1, 2)
        weights, solved = simplex_weights(products, allowed[rows])
        free = (weights > 0).sum(axis=1) - 1
        unique = face_of(products, weights > 0)[0] >= free
        return weights, target - weights @ units, solved, unique

    size = max(1, CELLS // (len(units) * max(before, len(units))))
    parts = over_chunks(work, len(treated), size)
    return Mixtures(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def assignments(units: int, treated: int, most: int, seed: int) -> Bools:
    """Return which units count as treated, (A, N): the actual ones, which come first, and others.

    Parameters
    ----------
    units : int
        N; the first `treated` of them are the actual ones.
    treated, most, seed : int
        All sets of that size if there are at most `most`, else as many, drawn without replacement.
    """
    if comb(units, treated) <= most:
        members = np.array(list(combinations(range(units), treated)))
    else:
        rng = np.random.default_rng(seed)
        drawn = {tuple(range(treated)): None}
        while len(drawn) < most:
            drawn[tuple(sorted(rng.choice(units, treated, replace=False).tolist()))] = None
        members = np.array(list(drawn))
    found = np.zeros((len(members), units), dtype=bool)
    np.put_along_axis(found, members, True, axis=1)
    return found


@dataclass(frozen=True)
class Ranks:
    """A statistic of every assignment, as a function of the effect that is assumed.

    Attributes
    ----------
    square, product, constant : ndarray, shape (A,)
        S_a(τ)² = square τ² − 2 product τ + constant; the actual assignment comes first.
    """

    square: Floats
    product: Floats
    constant: Floats

    def p_value(self, effect: float = 0.0) -> float:
        """Return the share of assignments that look at least as extreme as the actual one."""
        found = (self.square * effect - 2 * self.product) * effect + self.constant
        return float((found >= found[0] * (1 - ROUNDING)).mean())

    def confidence_set(self, alpha: float) -> Floats:
        """Return the intervals of effects with a p-value above `alpha`, (M, 2), in order.

        The p-value is a step function of the effect: it can change only where the statistic of an
        assignment meets that of the actual one, at the roots of a quadratic.
        """
        a = self.square[1:] - self.square[0]
        b = self.product[1:] - self.product[0]
        c = self.constant[1:] - self.constant[0]
        with np.errstate(divide="ignore", invalid="ignore"):
            # the stable form: q = b ± √(b² − ac), the roots are q/a and c/q
            q = b + np.where(b < 0, -1.0, 1.0) * np.sqrt(b * b - a * c)
            roots = np.concatenate([q / a, c / q])
        roots = np.unique(roots[np.isfinite(roots)])
        if not len(roots):
            return np.array([[-np.inf, np.inf]] if self.p_value() > alpha else []).reshape(-1, 2)
        beyond = 1 + 2 * np.abs(roots).max()
        inside = (roots[1:] + roots[:-1]) / 2
        tried = np.concatenate([[-beyond], inside, [beyond]])
        kept = np.array([self.p_value(float(effect)) > alpha for effect in tried])
        edges = np.concatenate([[-np.inf], roots, [np.inf]])
        starts = kept & ~np.append(False, kept[:-1])
        ends = kept & ~np.append(kept[1:], False)
        return np.column_stack([edges[:-1][starts], edges[1:][ends]])


def rank(found: Mixtures, treated: Bools, before: int, spread: Floats) -> tuple[Ranks, Ranks]:
    """Return the ranks by the RMSPE ratio and by the average gap, both over the error before.

    Parameters
    ----------
    found : Mixtures
        Of all assignments, the actual one first.
    treated : ndarray of bool, shape (A, N)
    before : int
    spread : ndarray, shape (A,)
        Variance before the date of what each assignment meets; an error of rounding size counts as
        this small and no smaller, so that perfect fits do not divide by nothing.
    """
    actual = treated[0]
    moved = (treated & actual).sum(axis=1) / actual.sum() - found.weights[:, actual].sum(axis=1)
    scale = np.maximum(found.squares(slice(before)), EXACT**2 * spread)
    after = found.gaps[:, before:]
    mean = after.mean(axis=1)
    square, product = moved**2 / scale, moved * mean / scale
    ratio = Ranks(square, product, np.square(after).mean(axis=1) / scale)
    return ratio, Ranks(square, product, mean**2 / scale)
