"""Which securities stand for what would have happened? Returns of donors on the study's index."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_known, check_names
from rareearth_research.arrays import Bools, Floats
from rareearth_research.dated import check_index
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.inputs.benchmark import Regressors
from rareearth_research.eventstudy.inputs.checks import check_names_of, on_sessions
from rareearth_research.eventstudy.inputs.frame.calendars import ALONE, OWN
from rareearth_research.eventstudy.inputs.frame.values import check_values
from rareearth_research.eventstudy.inputs.shipped import shipped_donors

MANY = 8  # donors of the project's own on an exchange, from which they serve its securities
HOME = "XNYS"  # whose donors serve the others


def donor_regressors(
    donors: Any,
    returns: pd.DataFrame,
    exchanges: Sequence[str],
    return_type: str,
    *,
    portfolio: bool,
) -> Regressors:
    """Put the donors of every column on the index of `returns` (T, N).

    Parameters
    ----------
    donors : sequence of str, DataFrame or None
        Columns of `returns`; or returns by date, one column each; or the shares of this project's
        group ``controls``: those of a security's own exchange if there are eight, else New York's.
        A security is never its own donor.
    returns : DataFrame, shape (T, N)
    exchanges : sequence of str
        Exchange of each column.
    return_type : {"log", "simple"}
    portfolio : bool
        One regressor for each set, the return of all its donors at equal weights, instead of one
        for each donor.

    Returns
    -------
    Regressors
        On days on which most of a set's donors that are listed have no return, their exchange is
        taken to be closed, and none has one.

    Raises
    ------
    SpecificationError, DataError
        If a donor is unknown, named twice or empty, there are fewer than two, or values are no
        returns.
    """
    frame, homes = _checked(donors, returns, return_type)
    names, index = list(frame.columns), pd.DatetimeIndex(returns.index)
    values = on_sessions(frame, index, "donors", "donors").T
    empty = np.isnan(values).all(axis=1)
    if empty.any() and donors is not None:
        raise SpecificationError(
            f"donors: {shown(names[int(np.argmax(empty))])} has no value on the sessions of "
            "returns; leave it out"
        )
    check_values(values.T, index, names, "donors", simple=return_type == "simple")
    _refuse_twins(values, names)
    apart = {*donor_names(donors)}  # not studied: whose donors they would have matters nothing
    wanted = [
        ~empty & _pool(exchange, homes) & [column in apart or name != column for name in names]
        for column, exchange in zip(returns.columns, exchanges, strict=True)
    ]
    members, set_of = np.unique(np.array(wanted), axis=0, return_inverse=True)
    serve = np.asarray(members.any(axis=0))
    members, values = members[:, serve], values[serve]
    sets = np.stack([_open_days(values, inside) for inside in members])
    if portfolio:
        sets = _equal_weights(sets, return_type)
    named = tuple(name for name, serves in zip(names, serve, strict=True) if serves)
    return Regressors(named, sets, set_of.astype(np.int64), members=members)


def _refuse_twins(values: Floats, names: Sequence[str]) -> None:
    """Raise where two donors (D, T) are the same series, between which no fit can choose."""
    rows = np.unique(np.nan_to_num(values), axis=0, return_index=True, return_inverse=True)
    first = rows[1][rows[2]]
    for d, name in enumerate(names):
        if (other := names[first[d]]) != name:
            raise SpecificationError(
                f"donors: {shown(name)} has the same returns as {shown(other)} on all sessions; "
                "leave one of the two out"
            )


def donor_names(donors: Any) -> list[str]:
    """Return the columns of returns that an argument names as donors."""
    if donors is None or isinstance(donors, pd.DataFrame):
        return []
    if isinstance(donors, pd.Series):
        raise SpecificationError(
            "donors must be two securities or more: columns of returns by name, or a DataFrame of "
            f"returns by date; got {shown(donors)}"
        )
    if isinstance(donors, Sized) and not len(donors):
        raise SpecificationError(
            "donors is empty; name two columns of returns or more, or leave it out to take this "
            "project's controls"
        )
    return check_names("donors", donors)


def _checked(donors: Any, returns: pd.DataFrame, return_type: str) -> tuple[pd.DataFrame, Any]:
    """Return donors by date, and the exchange of each where that decides whom they serve."""
    homes = None
    if donors is None:
        frame, homes = shipped_donors(return_type)
    elif isinstance(donors, pd.DataFrame):
        check_index(donors.index, "donors")
        frame = donors.set_axis(check_names_of(donors.columns, "donors"), axis=1)
    else:
        mend = "add its returns, or give donors as a DataFrame of returns by date"
        known, what = returns.columns, "a column of returns"
        frame = returns[check_known("donors", donor_names(donors), known, what, mend)]
    if frame.shape[1] < 2:
        raise SpecificationError(
            f"donors holds {frame.shape[1] or 'no'} security, and a mixture needs two or more; "
            "name more, or take the one as benchmark with model='market_adjusted'"
        )
    return frame, homes


def _pool(exchange: str, homes: Sequence[str] | None) -> Bools:
    """Return which donors serve the securities of an exchange, (D,); or all."""
    if homes is None:
        return np.array(True)
    own = np.array(homes) == (HOME if exchange in (OWN, ALONE) else exchange)
    return own if own.sum() >= MANY else np.array(homes) == HOME


def _open_days(values: Floats, inside: Bools) -> Floats:
    """Return the values (D, T) of the donors in a set, on days on which their exchange is open."""
    own = np.where(inside[:, None], values, np.nan)
    known = ~np.isnan(own)
    later = np.logical_or.accumulate(known[:, ::-1], axis=1)[:, ::-1]
    listed = np.logical_or.accumulate(known, axis=1) & later
    own[:, 2 * known.sum(axis=0) < listed.sum(axis=0)] = np.nan
    return own


def _equal_weights(sets: Floats, return_type: str) -> Floats:
    """Return the returns (B, 1, T) of portfolios of all donors that traded, from (B, D, T)."""
    growth = np.expm1(sets) if return_type == "log" else sets
    count = (~np.isnan(growth)).sum(axis=1, keepdims=True)
    mean = np.nansum(growth, axis=1, keepdims=True) / np.where(count, count, np.nan)
    return np.log1p(mean) if return_type == "log" else mean
