"""Do securities differ more on the event than on other days, and do dates?

The same dispersion means two things that one window cannot tell apart: securities respond
differently to the news, or each one's own variance rises. Likewise for dates: their effects differ,
or the variance that all have in common rises, which no test over securities sees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rareearth_research.arrays import Floats, Ints, slices

NAN = float("nan")
FEWEST_DATES = 3
FEWEST_STRETCHES = 19  # below which no p-value reaches 5 %


@dataclass(frozen=True)
class Dispersion:
    """How the event window compares with the estimation window.

    Attributes
    ----------
    ratio, p_value : float
        Variance of SCAR between securities of a date over the same in the estimation window, and
        how often it is as large there. NaN where no date has two securities.
    between, p_between : float
        Variance of the dates' mean SCAR, about the mean of all dates, over the same in the
        estimation window. NaN for fewer than three dates, which cannot tell a volatile day from an
        effect.
    """

    ratio: float
    p_value: float
    between: float
    p_between: float

    @property
    def heterogeneity(self) -> float:
        """I² = max(0, 1 − 1/ratio), the share of dispersion beyond that of ordinary days."""
        return max(0.0, 1 - 1 / self.ratio) if self.ratio > 0 else NAN


def dispersion(
    scar: Floats, residuals: Floats, sigma: Floats, block: Ints, width: int, estimated: int
) -> Dispersion:
    """Compare dispersion in the event window with that in the estimation window.

    Parameters
    ----------
    scar : ndarray, shape (N,)
        CAR over its forecast standard error, in units of one.
    residuals : ndarray, shape (N, L)
        Of the estimation window, aligned in event time.
    sigma : ndarray, shape (N,)
        Residual standard deviation of each.
    block : ndarray of int, shape (N,)
        Event date of each.
    width : int
        Sessions W of the event window.
    estimated : int
        Coefficients k of the model; residuals vary by (W + k − 1)/L less than forecast errors do.

    Returns
    -------
    Dispersion

    Notes
    -----
    With s_i(τ) = Σ_{t∈τ} u_it/(σ_i √(W(1 − (W + k − 1)/L))) over the ⌊L/W⌋ stretches τ of W
    neighbouring sessions, and D = Σ_b Σ_{i∈b} (s_i − s̄_b)²/Σ_b (n_b − 1) within dates b, the ratio
    is D(event) over the mean of D(τ); p = (1 + #{D(τ) ≥ D(event)})/(1 + #τ), so that fat tails and
    correlation are in the comparison. Between dates the same with B = Σ_b n_b (s̄_b − s̄)²/(C − 1).
    Pairs without any return in a stretch are left out of it; W counts the days a pair has. I²
    follows Higgins & Thompson (2002), whose Q is Cochran's (1954), with dispersion on ordinary days
    in place of the textbook's N − 1.

    References
    ----------
    Cochran (1954), The combination of estimates from different experiments, Biometrics 10; Higgins
    & Thompson (2002), Quantifying heterogeneity in a meta-analysis, Statistics in Medicine 21.
    """
    known = np.isfinite(scar)
    scar, sigma, block = scar[known], sigma[known], block[known]
    if not known.all():
        residuals = residuals.take(np.flatnonzero(known), axis=0)
    stretches = residuals.shape[1] // width if width else 0
    if len(scar) < 2 or not stretches:
        return Dispersion(NAN, NAN, NAN, NAN)
    sums = np.empty((len(scar), stretches))
    for rows in slices(len(scar)):
        last = residuals[rows][:, -stretches * width :]  # nearest to the event
        parts = last.reshape(len(last), stretches, width)
        days = np.isfinite(parts).sum(axis=2)
        part = np.nansum(parts, axis=2) / np.sqrt(np.maximum(days, 1))
        sums[rows] = np.where(days, part, NAN)
    fitted = (width + estimated - 1) / residuals.shape[1] if estimated else 0.0
    sums /= np.sqrt(max(1 - fitted, 1e-3))
    values = np.concatenate([scar[:, None], sums / sigma[:, None]], axis=1)
    within, between = _mean_squares(values[np.argsort(block, kind="stable")], np.sort(block))
    return Dispersion(*_compared(within), *_compared(between))


def _mean_squares(values: Floats, block: Ints) -> tuple[Floats, Floats]:
    """Return the mean squares within and between dates of each column of (N, R) values.

    Rows stand in order of their dates; NaN where a column has no degree of freedom.
    """
    seen = np.isfinite(values)
    values = np.where(seen, values, 0.0)
    starts = np.flatnonzero(np.append(True, np.diff(block) > 0))
    counts = np.add.reduceat(seen, starts, axis=0, dtype=np.int64)
    sums = np.add.reduceat(values, starts, axis=0)
    explained = (sums**2 / np.maximum(counts, 1)).sum(axis=0)
    every, dates = counts.sum(axis=0), (counts > 0).sum(axis=0)
    mean_part = sums.sum(axis=0) ** 2 / np.maximum(every, 1)
    inside, across = every - dates, np.where(dates >= FEWEST_DATES, dates - 1, 0)
    within = np.einsum("nr,nr->r", values, values) - explained
    return (
        within / np.where(inside > 0, inside, NAN),
        (explained - mean_part) / np.where(across > 0, across, NAN),
    )


def _compared(values: Floats) -> tuple[float, float]:
    """Return the first value over the mean of the others, and the share that is as large."""
    event, others = float(values[0]), values[1:][np.isfinite(values[1:])]
    if not (len(others) and np.isfinite(event) and others.mean() > 0):
        return NAN, NAN
    p = (1 + int((others >= event).sum())) / (1 + len(others))
    return event / float(others.mean()), p if len(others) >= FEWEST_STRETCHES else NAN
