"""How rare is a statistic among its placebo draws? One statistic, several, and the largest of many.

The event itself counts as one of the sessions it could have been, so that no p-value is zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rareearth_research.arrays import Floats, Ints
from rareearth_research.eventstudy.statistics.multiple import romano_wolf


def placebo_p(observed: Floats, draws: Floats) -> tuple[Floats, Ints]:
    """Return (1 + #{|T*| ≥ |T|})/(1 + n) and n, column by column.

    Parameters
    ----------
    observed : ndarray, shape (W,)
    draws : ndarray, shape (n, W)
        Undefined draws do not count.

    Returns
    -------
    p, n : ndarray, shape (W,)
        p is NaN where T is, or where there is no draw.
    """
    known = np.isfinite(draws)
    counts = known.sum(axis=0)
    # a statistic equal to T up to rounding is as large as T
    least = np.abs(observed) * (1 - 1e-12)
    larger = (known & (np.abs(np.where(known, draws, 0.0)) >= least)).sum(axis=0)
    p = (1 + larger) / (1 + counts)
    return np.where(np.isfinite(observed) & (counts > 0), p, np.nan), counts


def confidence_p(observed: Floats, null: Floats, width: int, sign: int = 0) -> Floats:
    """Return each candidate's p-value of "the news came here and nowhere else", (S,).

    Parameters
    ----------
    observed : ndarray, shape (S,)
        T at consecutive sessions around the event; one without a value counts nowhere.
    null : ndarray, shape (n, S)
        The same in event-free stretches.
    width : int
        Candidates closer than `width` sessions overlap.
    sign : {0, 1, -1}
        Sign of the response to the news; 0 if it is not known.

    Notes
    -----
    M_s = max |T_o| over the sessions o that do not overlap s. With a sign, M_s = max(T_o, −T_s) of
    the signed statistics: what moved that way elsewhere, and what moved against it at s itself.
    """
    seen = np.isfinite(observed)
    largest, others = (
        _against(np.where(seen, values, np.nan), width, sign) for values in (observed, null)
    )
    if not len(null):
        return np.full(len(observed), np.nan)
    bound = np.where(np.isfinite(largest), largest, 0.0)
    least = largest - 1e-12 * np.abs(bound)  # equal up to rounding is as large
    return np.asarray((1 + (others >= least).sum(axis=0)) / (1 + len(null)))


def _against(values: Floats, width: int, sign: int) -> Floats:
    """Return what speaks against every session of (..., S) statistics, −∞ where nothing does."""
    loud = np.where(np.isfinite(values), sign * values if sign else np.abs(values), -np.inf)
    elsewhere = _largest_elsewhere(loud, width)
    return (
        np.where(np.isfinite(loud), np.maximum(elsewhere, -loud), elsewhere) if sign else elsewhere
    )


def _largest_elsewhere(values: Floats, width: int) -> Floats:
    """Return for every session the largest of (..., S) values `width` sessions away or farther."""
    largest = np.full(values.shape, -np.inf)
    largest[..., width:] = np.maximum.accumulate(values, axis=-1)[..., :-width]
    after = np.maximum.accumulate(values[..., ::-1], axis=-1)[..., ::-1][..., width:]
    np.maximum(largest[..., :-width], after, out=largest[..., :-width])
    return largest


def never_below(corrected: Any, *raw: Any) -> Any:
    """Return corrected p-values, none below those that stand beside it; NaN where it is NaN.

    A correction from placebo draws knows only how rare the statistic is among them, and may find
    it rarer than another test does that looks at the same numbers.
    """
    return np.where(np.isnan(corrected), np.nan, np.fmax.reduce([corrected, *raw]))


def stepped_p(observed: Floats, draws: Floats) -> Floats:
    """Return Romano-Wolf p-values over the columns; NaN where the statistic is not defined."""
    usable = np.isfinite(observed)
    adjusted = np.full(len(usable), np.nan)
    if usable.any() and np.isfinite(draws[:, usable]).all(axis=1).any():
        adjusted[usable] = romano_wolf(observed[usable], draws[:, usable])
    return adjusted


def two_sided_p(observed: float, draws: Floats) -> tuple[float, int]:
    """Return the equal-tailed placebo p-value and the draws behind it."""
    draws = draws[np.isfinite(draws)]
    if not (np.isfinite(observed) and len(draws)):
        return float("nan"), len(draws)
    tails = (draws >= observed).sum(), (draws <= observed).sum()
    return min(1.0, 2 * (1 + min(tails)) / (1 + len(draws))), len(draws)
