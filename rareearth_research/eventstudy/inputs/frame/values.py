"""Can these numbers be returns, a risk-free rate, prices or volumes? Judged value by value.

A code for a missing value, a per cent taken for a fraction or a holiday filled with zeros becomes
a number like any other once it is inside. Every series that enters is judged here, and the message
names the column and the date.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats
from rareearth_research.dated import spacing
from rareearth_research.errors import DataError, SpecificationError, shown
from rareearth_research.eventstudy.inputs.frame.calendars import COARSE

TYPICAL, WILD = 0.05, 0.2  # a year of a penny share moves 7 % a day, a month of it 18 %
# no listed share rose twentyfold in a session; the worst fell by 99 %, which is log -4.6
LOWEST, HIGHEST = -5.0, 3.0
HIGHEST_OF_MANY = 1.5  # and no index or factor more than fourfold
SEVENFOLD = 2.0  # rarely right, but it happens
STILL = 0.05  # of its sessions an index is exactly unchanged on one in 300
CODES = (0.66, 0.77, 0.88, 0.99, 0.999, 0.9999)  # CRSP's and others', divided by 100
FAR = 0.5  # from here on a value may be a code
RICH = 0.001  # 28 % a year: no risk-free rate of a day, whatever the currency


def check_values(
    values: Floats,
    index: pd.DatetimeIndex,
    names: Sequence[str],
    what: str = "returns",
    *,
    simple: bool = False,
    whole: bool = True,
) -> None:
    """Raise if (T, N) values cannot all be returns as fractions.

    Parameters
    ----------
    values : ndarray, shape (T, N)
    index : DatetimeIndex, length T
    names : sequence of str, length N
    what : str
        The argument they came from.
    simple : bool
        Simple returns; else log returns.
    whole : bool
        Whether these are benchmarks or factors, which move less than single shares and may not be
        constant. Simple returns below -1 of securities are left to the screen, which drops the
        pairs that they touch and says so.

    Notes
    -----
    Half of all values beyond `TYPICAL` · (1 + 250/n), at most `WILD`, is no market: the bound is
    wider for short series, because a month of a penny share is wilder than its years. Rows more
    than `COARSE` days apart have the widest bound.
    """
    low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    _refuse_infinite(values, low, high, index, names, what)
    count = np.count_nonzero(values == values, axis=0)  # of what is not NaN
    bound = np.full(len(names), WILD)
    if spacing(index) <= COARSE:
        bound = np.minimum(WILD, TYPICAL * (1 + 250 / np.maximum(count, 1)))
    # half of the values beyond a bound is the same as a median above it
    large = (np.count_nonzero(np.abs(values) > bound, axis=0) * 2 > count) & (count >= 3)
    # a constant security is judged later, by its own reason
    same = (low == high) & (count >= 3)
    if whole and same.any():
        _refuse_constant(names[int(np.argmax(same))], float(low[np.argmax(same)]), what)
    positive = (low > 0) & (high > low) & (count >= 20)
    for column in np.flatnonzero(large | positive).tolist():
        _refuse_units(values[:, column], names[column], bool(positive[column]))
    least = -1.0 if simple and whole else LOWEST
    top = HIGHEST_OF_MANY if whole else HIGHEST
    most = float(np.expm1(top)) if simple else top
    wrong = (low < least) | (high > most)
    if wrong.any():
        column = int(np.argmax(wrong))
        found = values[:, column]
        row = int(np.argmax((found < least) | (found > most)))
        raise DataError(
            f"{shown(names[column])} of {what} is {found[row]:g} on {index[row].date()}, and no "
            f"{'simple' if simple else 'log'} return lies outside {least:g} to {most:.3g}: a code "
            f"for a missing value, or per cent? Make such values missing, with "
            f"{what}.mask(({what} < {least:g}) | ({what} > {most:.3g}))"
        )
    _refuse_codes(values, np.fmax(-low, high), index, names, what)
    _warn(values, high, index, names, what, simple=simple, whole=whole)


def check_risk_free(values: Floats, index: pd.DatetimeIndex, name: str) -> None:
    """Raise where a risk-free rate (T,) is no fraction a row: it is in per cent, or per year."""
    bound = RICH * max(1.0, spacing(index))
    rich = np.abs(values) >= bound
    if rich.any():
        row = int(np.argmax(rich))
        raise DataError(
            f"factor {name!r} is {values[row]:g} on {index[row].date()}, more than a risk-free "
            f"rate earns from row to row ({bound:.3g}); it must be a fraction of that span: divide "
            "per cent by 100, and a rate per year by 252 for daily rows. Where the currency "
            f"really pays so much, subtract it from the returns yourself and leave {name!r} out"
        )


def check_levels(
    values: Floats, index: pd.DatetimeIndex, names: Sequence[str], what: str, *, zero: bool = False
) -> None:
    """Raise if (T, N) values cannot be prices (or volumes, where `zero` is allowed).

    Parameters
    ----------
    values, index, names, what
        As in `check_values`.
    zero : bool
        Whether a value of 0 has a meaning: nothing was traded, but no price is 0.
    """
    low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    _refuse_infinite(values, low, high, index, names, what)
    wrong = (values < 0) | (values > 1e15) | ((values == 0) & (not zero))
    if wrong.any():
        column = int(np.argmax(wrong.any(axis=0)))
        row = int(np.argmax(wrong[:, column]))
        value = float(values[row, column])
        raise DataError(
            f"{shown(names[column])} of {what} is {value:g} on {index[row].date()}: a code for a "
            f"missing value? Make it one, with {what}.replace({value!r}, float('nan'))"
        )


def _refuse_infinite(
    values: Floats,
    low: Floats,
    high: Floats,
    index: pd.DatetimeIndex,
    names: Sequence[str],
    what: str,
) -> None:
    infinite = np.isinf(low) | np.isinf(high)
    if infinite.any():
        column = int(np.argmax(infinite))
        row = int(np.argmax(np.isinf(values[:, column])))
        raise DataError(
            f"{shown(names[column])} of {what} is infinite on {index[row].date()}; a price of zero "
            f"before it? Make it missing, with {what}.replace([float('inf'), float('-inf')], "
            "float('nan'))"
        )


def _refuse_units(values: Floats, name: str, positive: bool) -> None:
    middle = float(np.nanmedian(np.abs(values)))
    if np.nanmin(values) == np.nanmax(values):
        raise SpecificationError(
            f"{shown(name)} is {np.nanmax(values):g} on every session: a code for a missing value? "
            "Leave it out"
        )
    if positive and 0.5 < middle < 1.5:
        raise SpecificationError(
            f"{shown(name)} lies around {middle:.3g}, as gross returns (1 + r) do; subtract 1, or "
            "take their np.log where return_type is 'log'"
        )
    if positive and middle < RICH:
        raise SpecificationError(
            f"{shown(name)} is always positive and tiny (typically {middle:.2g}), like a "
            "risk-free rate: as a factor, name it rf, with "
            f"factors.rename(columns={{{name!r}: 'rf'}}); otherwise leave it out"
        )
    hint = "all positive" if positive else f"typically ±{middle:.3g}"
    raise SpecificationError(
        f"{shown(name)} does not hold returns as fractions: its values are {hint}, like "
        "prices or per cent. Use np.log(prices).diff() (or prices.pct_change() with "
        "return_type='simple'), and divide per cent by 100"
    )


def _refuse_constant(name: str, value: float, what: str) -> None:
    raise SpecificationError(
        f"{what}: {shown(name)} is {value:g} on every session of returns, and what never moves "
        "explains nothing; "
        + (
            "leave it out, or if it is a risk-free rate name it rf"
            if what == "factors"
            else "give another, or set model='mean', which needs none"
        )
    )


def _warn(
    values: Floats,
    high: Floats,
    index: pd.DatetimeIndex,
    names: Sequence[str],
    what: str,
    *,
    simple: bool,
    whole: bool,
) -> None:
    """Warn of what is rarely right: a share that rose sevenfold, an index that stood still."""
    far = float(np.expm1(SEVENFOLD)) if simple else SEVENFOLD
    for column in np.flatnonzero(high > far).tolist():
        row = int(np.nanargmax(values[:, column]))
        warnings.warn(
            f"{shown(names[column])} of {what} is {values[row, column]:+z.3g} on "
            f"{index[row].date()}; check that it is no code for a missing value, and no split",
            UserWarning,
            stacklevel=6,
        )
    still = (values == 0).all(axis=1) & np.asarray(index.day_of_week < 5)
    if whole and np.count_nonzero(still) > max(5, STILL * len(values)):
        warnings.warn(
            f"{what}: {', '.join(map(shown, names))} exactly 0 on {np.count_nonzero(still)} "
            f"sessions, such as {index[still][0].date()}; if closed days were filled, fill "
            f"them from the source of {what}, or leave those rows out of returns",
            UserWarning,
            stacklevel=6,
        )


def _refuse_codes(
    values: Floats, top: Floats, index: pd.DatetimeIndex, names: Sequence[str], what: str
) -> None:
    """Raise where one far value, twice as far as the rest of its column, comes back exactly."""
    places: dict[float, list[tuple[int, int]]] = {}
    for column in np.flatnonzero(top > FAR).tolist():
        sizes = np.unique(np.abs(values[:, column]))
        sizes = sizes[sizes == sizes]
        apart = (sizes[1:] > FAR) & (sizes[1:] >= 2 * sizes[:-1])
        if not apart.any() or len(sizes) < 20:
            continue
        edge = sizes[1:][apart][0]
        for row in np.flatnonzero(np.abs(values[:, column]) >= edge).tolist():
            places.setdefault(float(values[row, column]), []).append((row, column))
    for value, found in places.items():
        if len(found) >= (2 if abs(value) in CODES else 3):
            row, column = found[0]
            raise DataError(
                f"{shown(names[column])} of {what} is {value:g} on {index[row].date()}, the same "
                f"value comes {len(found)} times, and nothing else comes near it: a code for a "
                f"missing value? Make it missing, with {what}.replace({value!r}, float('nan'))"
            )
