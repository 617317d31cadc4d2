"""Where does each return stand among the returns of its own security? Ranks of many pairs at once.

Each pair's estimation and event returns are put in order once; the ranks among the estimation
returns and any one window then follow by counting along that order, so that several windows and
both rank tests share one sort.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools, Floats, Ints, over_chunks

CHUNK = 250


@dataclass(frozen=True)
class Ranking:
    """Returns of N pairs and the sums of their ranks.

    Attributes
    ----------
    residuals : ndarray, shape (N, L)
    abnormal : ndarray, shape (N, W)
    plain : ndarray of bool, shape (N,)
        Rows without gaps and ties, which the sums cover; the others are ranked by pandas.
    base : ndarray, shape (L,)
        Sum over plain rows of the ranks among the estimation returns.
    sums : tuple of ndarray, shapes (L + w,)
        The same among the returns of the estimation window and of each event window together.
    """

    residuals: Floats
    abnormal: Floats
    plain: Bools
    base: Floats
    sums: tuple[Floats, ...]


def rank_returns(residuals: Floats, abnormal: Floats, windows: Sequence[Bools]) -> Ranking:
    """Sort each pair's returns and add up ranks by column.

    Parameters
    ----------
    residuals : ndarray, shape (N, L)
    abnormal : ndarray, shape (N, W)
    windows : sequence of ndarray of bool, shape (W,)
        Event sessions of each window.

    Notes
    -----
    The column number is packed into the lowest bits of an integer that sorts like the number, so
    that one plain sort gives the order. Values equal in the bits that remain count as ties.
    """
    length, size = residuals.shape[1], residuals.shape[1] + abnormal.shape[1]
    chosen = [np.zeros(abnormal.shape[1], dtype=bool), *windows]
    everywhere = np.tile(np.arange(1.0, size + 1), (CHUNK, 1))
    plain = np.empty(len(residuals), dtype=bool)

    def add_up(rows: slice) -> Floats:
        order, plain[rows] = _order(np.concatenate([residuals[rows], abnormal[rows]], axis=1))
        totals = np.empty((len(chosen), size))
        for g, inside in enumerate(chosen):
            if inside.all():
                ranks = everywhere[: len(order)]
            else:
                member = order < length if not inside.any() else _members(length, inside)[order]
                ranks = np.multiply(np.cumsum(member, axis=1, dtype=np.int16), member, dtype=float)
            totals[g] = np.bincount(order.ravel(), weights=ranks.ravel(), minlength=size)
        return totals

    totals = np.sum(over_chunks(add_up, len(residuals), CHUNK), axis=0)
    sums = tuple(
        total[_members(length, inside)] for inside, total in zip(chosen, totals, strict=True)
    )
    return Ranking(residuals, abnormal, plain, sums[0], sums[1:])


def rank_means(ranking: Ranking, g: int, inside: Bools) -> tuple[Floats, Ints]:
    """Average U − ½ = rank/(1 + M) − ½ by column over estimation and window g.

    Parameters
    ----------
    ranking : Ranking
    g : int
        Which of the windows it was made with.
    inside : ndarray of bool, shape (W,)
        Event sessions of that window.

    Returns
    -------
    means, counts : ndarray, shape (L + w,)
        Means over pairs, and the pairs behind each.
    """
    total = ranking.sums[g]
    size, plain = len(total), int(ranking.plain.sum())
    total = total / (size + 1) - 0.5 * plain
    counts = np.full(size, plain)
    rest = ~ranking.plain
    if rest.any():
        window = ranking.abnormal[rest][:, inside]
        _add_exact(np.concatenate([ranking.residuals[rest], window], axis=1), total, counts)
    return total / np.maximum(counts, 1), counts


def grank_means(ranking: Ranking, sigma: Floats, scar: Floats) -> tuple[Floats, Ints]:
    """Rank standardised residuals and one event value together; average rank/(L + 2) − ½.

    Parameters
    ----------
    ranking : Ranking
    sigma : ndarray, shape (N,)
        Residual standard deviation.
    scar : ndarray, shape (N,)
        Event value; `ranks.leave_one_out_scores`, which keep event-induced variance out.

    Returns
    -------
    means, counts : ndarray, shape (L + 1,)
        The event column last.
    """
    length = ranking.residuals.shape[1]
    event = scar * sigma  # ranks do not change when a row is multiplied by its sigma
    plain = int(ranking.plain.sum())

    def above(rows: slice) -> Ints:
        higher = ranking.residuals[rows] > event[rows, None]
        if not ranking.plain[rows].all():
            higher = higher[ranking.plain[rows]]
        return np.count_nonzero(higher, axis=0)

    over = np.sum(over_chunks(above, len(event), CHUNK), axis=0)
    ranks = np.append(ranking.base + over, plain * (length + 1) - over.sum())
    total = ranks / (length + 2) - 0.5 * plain
    counts = np.full(length + 1, plain)
    rest = ~ranking.plain
    if rest.any():
        values = np.concatenate([ranking.residuals[rest], event[rest, None]], axis=1)
        _add_exact(values, total, counts)
    return total / np.maximum(counts, 1), counts


def _order(values: Floats) -> tuple[Ints, Bools]:
    """Return the columns of plain rows from lowest to highest, and which rows are plain."""
    size = values.shape[1]
    low = (1 << size.bit_length()) - 1
    complete = ~np.isnan(np.einsum("pt->p", values))
    values += 0.0  # -0.0 becomes 0.0, its equal
    keys = values.view(np.int64)
    keys ^= (keys >> 63) & np.iinfo(np.int64).max
    keys &= ~low
    keys |= np.arange(size)
    keys.sort(axis=1)
    plain = complete & ((keys[:, 1:] - keys[:, :-1]).min(axis=1) > low)
    order = keys if plain.all() else keys[plain]
    order &= low
    return order, plain


def _members(length: int, inside: Bools) -> Bools:
    return np.concatenate([np.ones(length, dtype=bool), inside])


def _add_exact(values: Floats, total: Floats, counts: Ints) -> None:
    """Add rank/(M + 1) − ½ of rows with gaps or ties, M their returns."""
    seen = ~np.isnan(values)
    scores = pd.DataFrame(values).rank(axis=1).to_numpy() / (seen.sum(axis=1) + 1)[:, None] - 0.5
    total += np.where(seen, scores, 0.0).sum(axis=0)
    counts += seen.sum(axis=0)
