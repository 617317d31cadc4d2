"""Several securities and windows are several chances to be surprised: correct for the family.

A family is the set of hypotheses a reader would count together (all windows of one event, all
securities of one table). Holm and Benjamini-Hochberg need p-values only; Romano-Wolf uses the
joint placebo draws, so that correlated statistics are not corrected as if they were independent.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, get_args

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, is_number
from rareearth_research.arrays import Floats, Ints
from rareearth_research.choices import Correction
from rareearth_research.days import is_blank
from rareearth_research.errors import DataError, SpecificationError, shown

_METHODS = get_args(Correction)


def adjust(
    p: Any,
    family: Sequence[Any] | pd.Series | None = None,
    method: Correction = "holm",
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
    statistics, draws : array_like, shapes (m,) and (n, m), optional
        For ``romano_wolf``: statistics at the event and their placebo draws, columns in the
        order of `p`, as in `PlaceboResult.joint`. The p-values then come from the draws, `p` only
        says which are wanted.

    Returns
    -------
    pandas.Series if `p` is one, else ndarray, shape (m,)

    Raises
    ------
    SpecificationError
        Unknown method, families of another length or without a label, labels in another order,
        or draws that are missing for ``romano_wolf`` or given for another method.
    DataError
        No p-value, one that is no number, or one outside [0, 1].

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian
    Journal of Statistics 6, 65-70.
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the
    Royal Statistical Society B 57, 289-300.
    Romano, J. P. and Wolf, M. (2005). Exact and approximate stepwise methods for multiple
    hypothesis testing. Journal of the American Statistical Association 100, 94-108.
    """
    check_choice("method", method, _METHODS)
    values = _p_values(p)
    labels = np.zeros(len(values), dtype=int) if family is None else _labels(p, family, len(values))
    given = statistics is not None and draws is not None
    if method == "romano_wolf":
        if not given:
            raise SpecificationError("romano_wolf needs `statistics` and their placebo `draws`")
        statistics, draws = _joint(p, statistics, draws, len(values))
    elif statistics is not None or draws is not None:
        raise SpecificationError(
            f"statistics and draws do nothing with method={method!r}; use method='romano_wolf' or "
            "leave them out"
        )

    adjusted = np.full(len(values), np.nan)
    for label in np.unique(labels):
        members = np.flatnonzero((labels == label) & np.isfinite(values))
        if not len(members):
            continue
        if method == "romano_wolf":
            adjusted[members] = romano_wolf(statistics[members], draws[:, members])
        elif method == "holm":
            adjusted[members] = _holm(values[members])
        else:
            from statsmodels.stats.multitest import multipletests

            adjusted[members] = multipletests(values[members], method="fdr_bh")[1]
    return pd.Series(adjusted, index=p.index, name=p.name) if isinstance(p, pd.Series) else adjusted


def _holm(p: Floats) -> Floats:
    """Return Holm's p-values; statsmodels' collect the garbage of the whole process each time."""
    order = np.argsort(p)
    stepped = np.empty(len(p))
    stepped[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(stepped, 1.0)


def _p_values(p: Any) -> Floats:
    """Return p-values as an array, or raise naming the one at fault."""
    values = _numbers("p", p)
    if values.ndim != 1:
        raise SpecificationError(f"p must be one-dimensional, not {values.ndim}-dimensional")
    if not len(values):
        raise DataError("p holds no p-value; give at least one")
    wrong = np.flatnonzero((values < 0) | (values > 1))
    if len(wrong):
        raise DataError(
            f"p-value {values[wrong[0]]} at position {wrong[0]} is outside [0, 1]; leave it out"
        )
    return values


def _labels(p: Any, family: Any, count: int) -> Ints:
    """Return the family of each p-value as a number."""
    if isinstance(family, str | bytes) or not isinstance(family, Iterable):
        raise SpecificationError(
            f"family must be a list of {count} labels, one per p-value; got {shown(family)}"
        )
    _same_order(p, family, "family", "family.reindex(p.index)")
    listed = pd.Series(list(family), dtype=object)
    if len(listed) != count:
        raise SpecificationError(
            f"{len(listed)} family labels for {count} p-values; give one for each"
        )
    blank = listed.map(is_blank)
    if blank.any():
        raise SpecificationError(
            f"family has no label at position {int(blank.argmax())}; name the family of every "
            "p-value"
        )
    if not all(isinstance(label, Hashable) for label in listed):
        raise SpecificationError("family: a label must be a name or a number, not a list")
    return pd.factorize(listed)[0].astype(np.int64)


def _joint(p: Any, statistics: Any, draws: Any, count: int) -> tuple[Floats, Floats]:
    """Return statistics (m,) and draws (n, m) as arrays in the order of the p-values."""
    _same_order(p, statistics, "statistics", "statistics.reindex(p.index)")
    if isinstance(draws, pd.DataFrame):
        _same_order(p, draws.T, "draws", "draws[p.index]")
    size, null = _numbers("statistics", statistics), _numbers("draws", draws)
    if size.shape != (count,) or null.ndim != 2 or null.shape[1] != count:
        raise SpecificationError(
            f"statistics of shape {size.shape} and draws of shape {null.shape} do not match "
            f"{count} p-values; give one statistic and one column of draws for each"
        )
    return size, null


def _same_order(p: Any, other: Any, name: str, remedy: str) -> None:
    """Raise where two labelled inputs have the same labels in another order."""
    if not isinstance(p, pd.Series) or not isinstance(other, pd.Series | pd.DataFrame):
        return
    if not p.index.equals(other.index) and set(p.index) == set(other.index):
        raise SpecificationError(f"{name} has the labels of p in another order; use {remedy}")


def _numbers(name: str, values: Any) -> Floats:
    """Return numbers as an array; text, truth values and dates are none."""
    given = values.to_numpy() if isinstance(values, pd.Series | pd.DataFrame) else values
    try:
        if isinstance(given, str | bytes | dict | None):
            raise TypeError
        found = np.asarray(given)
        if found.dtype == object:  # None and NA are missing numbers
            flat = [np.nan if is_blank(value) else value for value in found.ravel()]
            if all(map(is_number, flat)):
                found = np.array(flat, dtype=np.float64).reshape(found.shape)
        if found.dtype.kind in "iuf" or not found.size:
            return np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError):
        pass
    raise DataError(f"{name} must hold numbers; got {shown(values)}")


def romano_wolf(statistics: Floats, draws: Floats) -> Floats:
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
        raise DataError(
            "romano_wolf needs complete draws and no missing statistic; a placebo test has the "
            "draws that all windows share in `joint`"
        )
    order = np.argsort(-size, kind="stable")
    largest = np.maximum.accumulate(null[:, order[::-1]], axis=1)[:, ::-1]  # over k ≥ j
    exceed = (largest >= size[order] * (1 - 1e-12)).sum(axis=0)
    stepped = np.maximum.accumulate((1 + exceed) / (1 + len(null)))
    adjusted = np.empty(len(size))
    adjusted[order] = stepped
    return adjusted
