"""Several securities and windows are several chances to be surprised: correct for the family.

A family is the set of hypotheses a reader would count together (all windows of one event, all
securities of one table). Holm and Benjamini-Hochberg need p-values only; Romano-Wolf uses the
joint placebo draws, so that correlated statistics are not corrected as if they were independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.errors import DataError, SpecificationError

__all__ = ["adjust", "romano_wolf"]

_METHODS = {"holm": "holm", "bh": "fdr_bh"}


def adjust(
    p: Any,
    family: Sequence[Any] | pd.Series | None = None,
    method: str = "holm",
    *,
    statistics: Any = None,
    draws: Any = None,
) -> Any:
    """Adjust p-values for multiple testing within declared families.

    Parameters
    ----------
    p : array_like, shape (m,)
        p-values. A missing one stays missing and does not count in its family.
    family : array_like, shape (m,), optional
        Label of each hypothesis' family; by default all belong to one.
    method : {"holm", "bh", "romano_wolf"}
        Holm (1979) controls the chance of any false rejection; Benjamini-Hochberg (1995) the
        expected share of false ones; Romano-Wolf (2005) the former, using the dependence seen
        in the draws.
    statistics, draws : array_like, shapes (m,) and (n, m)
        For ``romano_wolf``: statistics at the event and their placebo draws, columns in the
        order of `p`. The p-values then come from the draws, `p` only says which are wanted.

    Returns
    -------
    pandas.Series if `p` is one, else ndarray, shape (m,)

    Raises
    ------
    SpecificationError
        Unknown method, families of another length, or no draws for ``romano_wolf``.
    DataError
        A value outside [0, 1].

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian
    Journal of Statistics 6, 65-70.
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the
    Royal Statistical Society B 57, 289-300.
    Romano, J. P. and Wolf, M. (2005). Exact and approximate stepwise methods for multiple
    hypothesis testing. Journal of the American Statistical Association 100, 94-108.
    """
    try:
        values = np.asarray(p, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"p-values must be numbers: {error}") from None
    if method not in (*_METHODS, "romano_wolf"):
        raise SpecificationError(
            f"method {method!r} is not known; use 'holm', 'bh' or 'romano_wolf'"
        )
    if values.ndim != 1:
        raise SpecificationError(f"p-values must be one-dimensional, not {values.ndim}-dimensional")
    wrong = np.flatnonzero((values < 0) | (values > 1))
    if len(wrong):
        raise DataError(f"p-value {values[wrong[0]]} at position {wrong[0]} is outside [0, 1]")
    labels = (
        np.zeros(len(values), dtype=int) if family is None else pd.factorize(pd.Series(family))[0]
    )
    if len(labels) != len(values):
        raise SpecificationError(f"{len(labels)} family labels for {len(values)} p-values")
    if method == "romano_wolf" and (statistics is None or draws is None):
        raise SpecificationError("romano_wolf needs `statistics` and their placebo `draws`")

    adjusted = np.full(len(values), np.nan)
    for label in np.unique(labels):
        members = np.flatnonzero((labels == label) & np.isfinite(values))
        if not len(members):
            continue
        if method == "romano_wolf":
            adjusted[members] = romano_wolf(
                np.asarray(statistics, dtype=float)[members],
                np.asarray(draws, dtype=float)[:, members],
            )
        else:
            from statsmodels.stats.multitest import multipletests

            adjusted[members] = multipletests(values[members], method=_METHODS[method])[1]
    return pd.Series(adjusted, index=p.index, name=p.name) if isinstance(p, pd.Series) else adjusted


def romano_wolf(statistics: NDArray[np.float64], draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return step-down p-values of two-sided tests from joint draws under the null.

    Parameters
    ----------
    statistics : ndarray, shape (m,)
        Studentized statistics, comparable in scale.
    draws : ndarray, shape (n, m)
        The same statistics at n placebo draws; rows with a missing value are left out, because
        a maximum over fewer statistics would be too small.

    Returns
    -------
    ndarray, shape (m,)

    Raises
    ------
    DataError
        A missing statistic, or no complete draw.

    Notes
    -----
    With |T| sorted downwards, p₍ⱼ₎ = (1 + #{max over k ≥ j of |T*₍ₖ₎| ≥ |T₍ⱼ₎|}) / (1 + n), made
    non-decreasing in j (Romano & Wolf 2016, algorithm 4.1).

    References
    ----------
    Romano, J. P. and Wolf, M. (2016). Efficient computation of adjusted p-values for
    resampling-based stepdown multiple testing. Statistics and Probability Letters 113, 38-40.
    """
    size = np.abs(np.asarray(statistics, dtype=float))
    null = np.abs(np.asarray(draws, dtype=float))
    if null.ndim != 2 or null.shape[1] != len(size):
        raise SpecificationError(
            f"draws of shape {null.shape} do not match {len(size)} statistics (one column each)"
        )
    null = null[np.isfinite(null).all(axis=1)]
    if not len(null) or not np.isfinite(size).all():
        raise DataError("romano_wolf needs complete draws and no missing statistic")
    order = np.argsort(-size, kind="stable")
    largest = np.maximum.accumulate(null[:, order[::-1]], axis=1)[:, ::-1]  # over k ≥ j
    exceed = (largest >= size[order] * (1 - 1e-12)).sum(axis=0)
    stepped = np.maximum.accumulate((1 + exceed) / (1 + len(null)))
    adjusted = np.empty(len(size))
    adjusted[order] = stepped
    return adjusted
