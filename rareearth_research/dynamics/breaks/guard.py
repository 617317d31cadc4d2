"""Does the series show more breaks than one that is as persistent and never broke?

A random walk drifts away and comes back, and every criterion takes its swings for new levels. So
series without a break, as long and as persistent as the observed one, are cut in the same way.

How many breaks do information criteria choose among the best partitions?
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rareearth_research.arrays import Floats, Ints
from rareearth_research.dynamics.breaks.partitions import Partitions, partition, segments
from rareearth_research.dynamics.breaks.persistence import Null

PENALTY, POWER = 0.299, 2.1  # of Liu, Wu & Zidek (1997)
FLAT = 1e-12  # of the whole sum of squares: what a regime without any variation counts as
DRAWS, ROWS, FEWEST = 199, 500, 19
CELLS = 4_000_000  # numbers held at once


def information(costs: Floats, parts: Partitions, regressors: int) -> dict[str, Floats]:
    """Return BIC, LWZ and KT of every number of breaks, (B, M + 1) each; the least is chosen.

    Parameters
    ----------
    costs : ndarray, shape (B, n + 1, n)
        As `segments` returns them.
    parts : Partitions
    regressors : int
        q, coefficients of a regime.

    Notes
    -----
    With S_m the residual sum of squares of m breaks in n rows, and S_i that of regime i, n_i rows:

    - BIC (Yao 1988; with the constants of a Gaussian likelihood, as R's strucchange) =
      n (ln(S_m/n) + 1 + ln 2π) + (m + 1)(q + 1) ln n;
    - LWZ (Liu, Wu & Zidek 1997) = ln(S_m/(n − (m + 1)q − m)) + 0.299 m(q + 1) (ln n)^2.1 / n;
    - KT (Kurozumi & Tuvaandorj 2011) = Σ_i [n_i ln(S_i/n_i) + q ln n_i] + 2(m + 1) ln n.
    """
    n, m = costs.shape[2], np.arange(parts.rss.shape[1])
    series = np.arange(len(costs))[:, None]
    bic = n * (np.log(parts.rss / n) + 1 + np.log(2 * np.pi))
    bic = bic + (m + 1) * (regressors + 1) * np.log(n)
    lwz = np.log(parts.rss / (n - (m + 1) * regressors - m))
    lwz = lwz + PENALTY * m * (regressors + 1) * np.log(n) ** POWER / n
    kt = np.empty_like(bic)
    for breaks in parts.breaks:
        ends = np.pad(breaks, ((0, 0), (1, 1)))
        ends[:, -1] = n
        rows = np.diff(ends)
        own = np.maximum(costs[series, ends[:, 1:], ends[:, :-1]], FLAT * parts.rss[:, :1])
        fits = rows * np.log(own / rows) + regressors * np.log(rows)
        kt[:, breaks.shape[1]] = fits.sum(axis=1) + 2 * rows.shape[1] * np.log(n)
    return {"bic": bic, "lwz": lwz, "kt": kt}


@dataclass(frozen=True)
class Guard:
    """What series as persistent as the observed one show without a break.

    Attributes
    ----------
    null : Null
        The autoregression they were drawn from; ``null.root`` is the persistence.
    counts : ndarray, shape (draws,)
        Breaks by BIC in each.
    breaks : tuple of ndarray, shapes (draws, 0) to (draws, M)
        Rows before the breaks of their best partitions.
    largest : ndarray, shape (draws,)
        The largest F of each.
    statistic, p_value : float
        The largest F of the observed series, supF(1) to supF(M) with independent errors, and
        (1 + draws with one as large)/(1 + draws).
    """

    null: Null
    counts: Ints
    breaks: tuple[Ints, ...]
    largest: Floats
    statistic: float
    p_value: float

    @property
    def draws(self) -> int:
        """How many series were drawn."""
        return len(self.counts)


def persistence_guard(
    null: Null, x: Floats, least: int, most: int, statistic: float, rng: np.random.Generator
) -> Guard:
    """Cut drawn series into their best partitions; fewer of them where n is more than 500.

    Parameters
    ----------
    null : Null
    x : ndarray, shape (n, q)
        The regressors of the observed series.
    least, most : int
        Rows of the shortest segment, and breaks at most.
    statistic : float
        Of the observed series, as `largest_f` gives it.
    rng : Generator
    """
    drawn = null.draw(draws_for(len(x)), rng)
    counts, breaks, largest = cut(drawn, x, least, most)
    return Guard(
        null=null,
        counts=counts,
        breaks=breaks,
        largest=largest,
        statistic=statistic,
        p_value=(1 + int((largest >= statistic).sum())) / (1 + drawn.shape[1]),
    )


def cut(drawn: Floats, x: Floats, least: int, most: int) -> tuple[Ints, tuple[Ints, ...], Floats]:
    """Return breaks by BIC, the best partitions and the largest F of series (n, draws)."""
    n, q = x.shape
    together = max(1, CELLS // n**2)
    counts, breaks, largest = [], [], []
    for first in range(0, drawn.shape[1], together):
        costs = segments(np.ascontiguousarray(drawn[:, first : first + together]), x, least)
        parts = partition(costs, least, most)
        counts.append(information(costs, parts, q)["bic"].argmin(axis=1))
        breaks.append(parts.breaks)
        largest.append(largest_f(parts, n, q))
    each = tuple(map(np.concatenate, zip(*breaks, strict=True)))
    return np.concatenate(counts), each, np.concatenate(largest)


def largest_f(parts: Partitions, rows: int, regressors: int) -> Floats:
    """Return the largest of supF(1) to supF(M) with independent errors, (B,)."""
    m = np.arange(1, parts.rss.shape[1])
    gain = (parts.rss[:, :1] - parts.rss[:, 1:]) / parts.rss[:, 1:]
    found: Floats = ((rows - (m + 1) * regressors) / m * gain).max(axis=1)
    return found


def draws_for(rows: int) -> int:
    """Return how many series are drawn: 199, fewer for more than 500 rows, at least 19."""
    return max(FEWEST, int(DRAWS * min(1.0, ROWS / rows) ** 2))
