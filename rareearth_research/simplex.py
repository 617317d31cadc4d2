"""Which mixture of donors comes nearest? Least squares on the simplex, for many pairs at once.

The weights are at least 0 and sum to 1, so the sum constraint makes the residual a mixture too:
y − Z'w = −B'w, B the returns of the donors less y. What is sought is the point of a convex hull
that is nearest to zero, and that is plain non-negative least squares: the v ≥ 0 that minimises
|B'v|² + τ(1 − Σv)² is proportional to w, whatever τ > 0. Block principal pivoting solves it for
all pairs together, and a duality gap says whether it did.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

GAP = 1e-9  # share of the loss by which it may exceed the least one
ROUNDING = 1e-12  # ... or of a donor's sum of squares
RIDGE = 1e-14  # per donor, of a scale of one
ZERO = 1e-12  # of the same scale: negative only by rounding
RANK = 1e-10  # of the largest eigenvalue: directions in which donors are collinear
PATIENCE = 3  # exchanges of whole blocks that may fail to lower the number of violations
ROUNDS = 5  # per donor; some ten in all suffice where donors are not many times the sessions


def simplex_weights(products: Floats, allowed: Bools) -> tuple[Floats, Bools]:
    """Return the w of each pair that minimises w'Kw with w ≥ 0 and Σw = 1.

    Parameters
    ----------
    products : ndarray, shape (P, D, D)
        K = BB', B the returns of D donors less those of the security, (D, L).
    allowed : ndarray of bool, shape (P, D)
        Donors that may have a weight; at least one for each pair.

    Returns
    -------
    weights : ndarray, shape (P, D)
        Exactly 0 for donors without weight. Where donors are collinear several weights give the
        least loss; the loss is unique, and these are among the shortest on their face.
    solved : ndarray of bool, shape (P,)
        Whether the duality gap w'Kw − min_j (Kw)_j is at most 1e-9 of the loss w'Kw (and 1e-12 of
        a donor's K_dd, where there is hardly a loss). The loss exceeds the least one by less.

    References
    ----------
    Lawson & Hanson (1974), Solving Least Squares Problems, chapter 23, for the reduction.
    Portugal, Júdice & Vicente (1994), Mathematics of Computation 63, and Kim & Park (2011), SIAM
    Journal on Scientific Computing 33, for block principal pivoting; it ends because single
    exchanges (Murty 1974) take over where whole blocks do not lower the number of violations.
    """
    system, scale = _scaled(products, allowed)
    active = _pivot(system, allowed)
    _, spread = face_of(products, active)
    start = active / active.sum(axis=1, keepdims=True)
    slope = np.einsum("pij,pj->pi", products, start)
    weights = np.maximum(start - np.einsum("pij,pj->pi", spread, slope), 0.0) * active
    weights /= weights.sum(axis=1, keepdims=True)
    slope = np.einsum("pij,pj->pi", products, weights)
    loss = np.einsum("pi,pi->p", slope, weights)
    gap = loss - np.where(allowed, slope, np.inf).min(axis=1)
    return weights, gap <= GAP * loss + ROUNDING * scale


def face_of(products: Floats, active: Bools) -> tuple[NDArray[np.int64], Floats]:
    """Return the rank r of the donors' differences on a face, and N(N'KN)⁻¹N', (P, D, D).

    N spans the changes of weight that stay on the face: of active donors, with sum 0. They cancel
    the security's own returns, so K may be BB' or ZZ'. Collinear directions are left out.
    """
    system, scale = _scaled(products, active)
    both = active[:, :, None] & active[:, None, :]
    inverse = np.linalg.inv(np.where(both, system, np.eye(active.shape[1]))) * both
    # τ drops out: for A = K + τ11' too, the changes have A⁻¹ − A⁻¹11'A⁻¹/(1'A⁻¹1)
    row = inverse.sum(axis=2)
    spread = inverse - row[:, :, None] * row[:, None, :] / row.sum(axis=1)[:, None, None]
    rank = active.sum(axis=1) - 1
    collinear = np.einsum("pdd->pd", inverse).max(axis=1) > 1 / RANK
    if collinear.any():
        some = active[collinear]
        centre = np.eye(some.shape[1]) - some[:, None, :] / some.sum(axis=1)[:, None, None]
        centre = some[:, :, None] * centre
        values, vectors = np.linalg.eigh(centre @ system[collinear] @ centre.swapaxes(1, 2))
        large = values > RANK * values[:, -1:]
        inverse = np.where(large, 1 / np.where(large, values, 1.0), 0.0)
        spread[collinear] = (vectors * inverse[:, None, :]) @ vectors.swapaxes(1, 2)
        rank[collinear] = large.sum(axis=1)
    return rank, spread / scale[:, None, None]


def _scaled(products: Floats, allowed: Bools) -> tuple[Floats, Floats]:
    """Return K/s + 11', s the mean K_dd of the donors allowed, (P,).

    τ is s. A ridge of rounding size lets collinear donors share a weight, and every system have a
    solution.
    """
    diagonal = np.where(allowed, np.einsum("pdd->pd", products), 0.0)
    scale = diagonal.sum(axis=1) / allowed.sum(axis=1)
    scale = np.where(scale > 0, scale, 1.0)
    system = products / scale[:, None, None] + 1.0
    np.einsum("pdd->pd", system)[:] += RIDGE * system.shape[1]
    return system, scale


def _pivot(system: Floats, allowed: Bools) -> Bools:
    """Return the donors with a positive weight in min ½v'Av − Σv, v ≥ 0, (P, D)."""
    size = allowed.shape[1]
    active, open_pairs = allowed.copy(), np.arange(len(allowed))
    fewest = np.full(len(allowed), size + 1)
    patience = np.full(len(allowed), PATIENCE)
    for _ in range(ROUNDS * size):
        free, a = active[open_pairs], system[open_pairs]
        inner = np.where(free[:, :, None] & free[:, None, :], a, np.eye(size))
        v = np.linalg.solve(inner, free[:, :, None].astype(np.float64))[:, :, 0]
        slack = np.einsum("pij,pj->pi", a, v) - 1.0
        wrong = allowed[open_pairs] & np.where(free, v < -ZERO, slack < -ZERO)
        count = wrong.sum(axis=1)
        left = count > 0
        if not left.any():
            break
        open_pairs, wrong, count = open_pairs[left], wrong[left], count[left]
        better = count < fewest[open_pairs]
        patience[open_pairs] = np.where(better, PATIENCE, patience[open_pairs] - 1)
        fewest[open_pairs] = np.minimum(count, fewest[open_pairs])
        # whole blocks while they help, else only the last donor in the wrong place
        last = size - 1 - wrong[:, ::-1].argmax(axis=1)
        single = np.arange(size) == last[:, None]
        active[open_pairs] ^= np.where((patience[open_pairs] >= 0)[:, None], wrong, single)
    return active
