"""Where does each return stand among the returns of its own security? Ranks of many pairs at once.

Each pair's estimation and event returns are put in order once; the rank among the estimation
returns and any one window then follows by counting along that order, so that several windows and
both rank tests share one sort.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ranking", "average_ranks", "grank_means", "order_returns", "rank_means"]

Floats = NDArray[np.float64]
CHUNK = 250


@dataclass(frozen=True)
class Ranking:
    """Returns of N pairs and their order.

    Attributes
    ----------
    residuals : ndarray, shape (N, L)
    abnormal : ndarray, shape (N, W)
    order : ndarray of int16, shape (N, L + W)
        Columns of each row (estimation first, then event) from the lowest to the highest value.
    plain : ndarray of bool, shape (N,)
        Rows without gaps and ties, for which `order` says everything; the others are ranked by
        `average_ranks`.
    """

    residuals: Floats
    abnormal: Floats
    order: NDArray[np.int16]
    plain: NDArray[np.bool_]


def order_returns(residuals: Floats, abnormal: Floats) -> Ranking:
    """Sort each pair's returns, (N, L) and (N, W).

    Notes
    -----
    The column number is packed into the lowest bits of an integer that sorts like the number, so
    that one plain sort gives the order. Values equal in the bits that remain count as ties.
    """
    size = residuals.shape[1] + abnormal.shape[1]
    low = (1 << (int(size - 1).bit_length() or 1)) - 1
    order = np.empty((len(residuals), size), dtype=np.int16)
    plain = np.empty(len(residuals), dtype=bool)
    for start in range(0, len(residuals), CHUNK):
        rows = slice(start, start + CHUNK)
        values = np.concatenate([residuals[rows], abnormal[rows]], axis=1)
        complete = ~np.isnan(np.einsum("pt->p", values))
        values += 0.0  # -0.0 becomes 0.0, its equal
        keys = values.view(np.int64)
        keys ^= (keys >> 63) & np.iinfo(np.int64).max
        keys &= ~low
        keys |= np.arange(size)
        keys.sort(axis=1)
        plain[rows] = complete & ~((keys[:, 1:] - keys[:, :-1]) <= low).any(axis=1)
        keys &= low
        order[rows] = keys
    return Ranking(residuals, abnormal, order, plain)


def rank_means(ranking: Ranking, inside: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.int64]]:
    """Rank estimation and window returns together; average U − ½ = rank/(1 + M) − ½ by column.

    Parameters
    ----------
    ranking : Ranking
    inside : ndarray of bool, shape (W,)
        Event sessions of the window.

    Returns
    -------
    means, counts : ndarray, shape (L + w,)
        Means over pairs, and the pairs behind each.
    """
    length = ranking.residuals.shape[1]
    size = length + int(inside.sum())
    plain = int(ranking.plain.sum())
    total = _rank_sums(ranking, inside) / (size + 1) - 0.5 * plain
    counts = np.full(size, plain)
    rest = ~ranking.plain
    if rest.any():
        values = np.concatenate(
            [ranking.residuals[rest], ranking.abnormal[rest][:, inside]], axis=1
        )
        _add_exact(values, total, counts)
    return total / np.maximum(counts, 1), counts


def grank_means(ranking: Ranking, sigma: Floats, scar: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Rank standardised residuals and one event value together; average rank/(L + 2) − ½.

    Parameters
    ----------
    ranking : Ranking
    sigma : ndarray, shape (N,)
        Residual standard deviation.
    scar : ndarray, shape (N,)
        Event value; `tests_rank.grank_t` wants SCAR/sd(SCAR), which keeps event-induced variance
        out.

    Returns
    -------
    means, counts : ndarray, shape (L + 1,)
        The event column last.
    """
    length = ranking.residuals.shape[1]
    event = scar * sigma  # ranks do not change when a row is multiplied by its sigma
    plain = int(ranking.plain.sum())
    ranks = np.zeros(length + 1)
    ranks[:-1] = _rank_sums(ranking, np.zeros(ranking.abnormal.shape[1], dtype=bool))
    for start in range(0, len(event), CHUNK):
        rows = slice(start, start + CHUNK)
        above = ranking.residuals[rows] > event[rows, None]
        if not ranking.plain[rows].all():
            above = above[ranking.plain[rows]]
        over = np.count_nonzero(above, axis=0)
        ranks[:-1] += over
        ranks[-1] += len(above) * (length + 1) - over.sum()
    total = ranks / (length + 2) - 0.5 * plain
    counts = np.full(length + 1, plain)
    rest = ~ranking.plain
    if rest.any():
        values = np.concatenate([ranking.residuals[rest], event[rest, None]], axis=1)
        _add_exact(values, total, counts)
    return total / np.maximum(counts, 1), counts


def _rank_sums(ranking: Ranking, inside: NDArray[np.bool_]) -> Floats:
    """Return the sum over plain rows of ranks among estimation and chosen event columns."""
    length = ranking.residuals.shape[1]
    size = ranking.order.shape[1]
    member = np.concatenate([np.ones(length, dtype=bool), inside])
    total = np.zeros(size)
    ranks = np.broadcast_to(np.arange(1.0, size + 1), (CHUNK, size))
    for start in range(0, len(ranking.order), CHUNK):
        order = ranking.order[start : start + CHUNK]
        plain = ranking.plain[start : start + CHUNK]
        if not plain.all():
            order = order[plain]
        if inside.all():
            weights = ranks[: len(order)]
        else:
            chosen = member[order]
            weights = np.cumsum(chosen, axis=1, dtype=np.int16) * chosen
        total += np.bincount(order.ravel(), weights=weights.ravel(), minlength=size)
    return total[member]


def _add_exact(values: Floats, total: Floats, counts: NDArray[np.int64]) -> None:
    """Add rank/(M + 1) − ½ of rows with gaps or ties, M their returns."""
    seen = ~np.isnan(values)
    scores = average_ranks(values) / (seen.sum(axis=1) + 1)[:, None] - 0.5
    total += np.where(seen, scores, 0.0).sum(axis=0)
    counts += seen.sum(axis=0)


def average_ranks(values: Floats) -> Floats:
    """Return ranks along rows, ties sharing their mean rank; missing values rank last."""
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    at = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    new = np.ones(values.shape, dtype=bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(new, at, 0), axis=1)
    end = np.ones(values.shape, dtype=bool)
    end[:, :-1] = new[:, 1:]
    last = np.minimum.accumulate(np.where(end, at, values.shape[1])[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, (first + last) / 2 + 1, axis=1)
    return ranks
