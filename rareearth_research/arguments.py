"""Is an argument what its name says? Judged at the border, in the same words everywhere.

Every function returns the argument in one form, or raises an error that names it, quotes what was
given and says what is accepted.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np
import pandas as pd

from rareearth_research.errors import (
    RareEarthError,
    SpecificationError,
    did_you_mean,
    shown,
)

LARGEST = 1.7e308  # as a float
_Error = type[RareEarthError]


def check_choice(
    name: str, value: object, choices: Iterable[str], error: _Error = SpecificationError
) -> str:
    """Return `value` if it is one of `choices`."""
    known = tuple(choices)
    if not isinstance(value, str) or value not in known:
        hint = did_you_mean(value, known) if isinstance(value, str) else ""
        raise error(
            f"{name}={shown(value)} is not known{hint}; choose from {', '.join(map(repr, known))}"
        )
    return value


def check_whole(
    name: str,
    value: object,
    least: int | None = None,
    most: int | None = None,
    error: _Error = SpecificationError,
) -> int:
    """Return `value` as an int if it is a whole number from `least` to `most`."""
    if not is_whole(value) or not _inside(value, least, most):
        raise error(f"{name} must be a whole number{_range(least, most)}; got {shown(value)}")
    return int(value)  # type: ignore[call-overload]


def check_number(
    name: str,
    value: object,
    least: float | None = None,
    most: float | None = None,
    error: _Error = SpecificationError,
) -> float:
    """Return `value` as a float if it is a finite number from `least` to `most`."""
    if not is_number(value) or not abs(value) <= LARGEST or not _inside(value, least, most):
        raise error(f"{name} must be a number{_range(least, most)}; got {shown(value)}")
    return float(value)


def check_share(name: str, value: object, error: _Error = SpecificationError) -> float:
    """Return `value` as a float if it lies strictly between 0 and 1."""
    if not is_number(value) or not 0 < value < 1:
        raise error(f"{name} must be a number between 0 and 1, such as 0.05; got {shown(value)}")
    return float(value)


def check_span(name: str, value: object, error: _Error = SpecificationError) -> tuple[int, int]:
    """Return `value` as (first, last) if it is two whole numbers in order."""
    ends: Any = value.tolist() if isinstance(value, np.ndarray) else value
    pair = isinstance(ends, Sequence) and not isinstance(ends, str | bytes) and len(ends) == 2
    if not pair or not all(map(is_whole, ends)):
        raise error(
            f"{name} must be two whole numbers of sessions, such as (-1, 1); got {shown(value)}"
        )
    if ends[1] < ends[0]:
        raise error(f"{name}={shown(value)} ends before it starts; write {(ends[1], ends[0])}")
    return int(ends[0]), int(ends[1])


def check_text(name: str, value: object, error: _Error = SpecificationError) -> str:
    """Return `value` if it is text, also empty."""
    if not isinstance(value, str):
        raise error(f"{name} must be text; got {shown(value)}")
    return value


def check_kind(
    name: str, value: object, kind: Any, what: str, error: _Error = SpecificationError
) -> None:
    """Raise unless `value` is of `kind`, which `what` describes."""
    if not isinstance(value, kind):
        raise error(f"{name} must be {what}; got {shown(value)}")


def check_keywords(
    function: Callable[..., Any],
    given: Mapping[str, object],
    what: str,
    skip: Iterable[str] = ("self",),
) -> None:
    """Raise unless every name in `given` is an option of `function`, which `what` hands on.

    `skip` names the arguments that `what` fills itself.
    """
    known = [name for name in inspect.signature(function).parameters if name not in {*skip}]
    for name in given:
        if name not in known:
            raise SpecificationError(
                f"{what} has no option {shown(name)}{did_you_mean(name, known)}; its options are "
                f"{', '.join(known)}"
            )


def check_listed(
    name: str, value: object, listed: Iterable[float], error: _Error = SpecificationError
) -> float:
    """Return the one of the `listed` numbers that `value` is, up to rounding."""
    known = sorted(listed)
    for one in known:
        if is_number(value) and value < 1e9 and math.isclose(value, one, rel_tol=1e-9):
            return one
    raise error(f"{name} must be one of {', '.join(map(str, known))}; got {shown(value)}")


def check_flag(name: str, value: object, error: _Error = SpecificationError) -> bool:
    """Return `value` if it is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise error(f"{name} must be True or False; got {shown(value)}")
    return bool(value)


def check_names(name: str, value: object, error: _Error = SpecificationError) -> list[str]:
    """Return one name or several as a list of text."""
    given: Any = [value] if isinstance(value, str) else value
    flat = isinstance(given, Iterable) and not isinstance(given, bytes | pd.DataFrame | dict)
    flat = flat and getattr(given, "ndim", 1) == 1
    names = list(given) if flat else []
    if not flat or not all(isinstance(item, str) and item.strip() for item in names):
        raise error(f"{name} must be a name or a list of names; got {shown(value)}")
    if not names:
        raise error(
            f"{name}: an empty list selects nothing; name at least one, or leave the argument out "
            "to get everything"
        )
    return names


def check_known(
    name: str, value: object, known: Iterable[object], what: str, mend: str
) -> list[str]:
    """Return one name or several of those that are known, each once.

    `what` says of an unknown name what it is not, and `mend` what to do.
    """
    names = check_names(name, value)
    for one in names:
        if one not in known:
            raise SpecificationError(
                f"{name}: {shown(one)} is not {what}{did_you_mean(one, known)}; {mend}"
            )
    if len(set(names)) < len(names):
        raise SpecificationError(f"{name}={shown(names)} names one twice; name it once")
    return names


def check_frame(
    name: str, value: object, columns: Iterable[str] = (), error: _Error = SpecificationError
) -> pd.DataFrame:
    """Return `value` if it is a DataFrame with each of `columns`, and no column twice."""
    wanted = tuple(columns)
    if not isinstance(value, pd.DataFrame):
        holding = f" with the columns {', '.join(wanted)}" if wanted else ""
        raise error(f"{name} must be a DataFrame{holding}; got {shown(value)}")
    if value.columns.nlevels > 1:
        raise error(
            f"{name} has {value.columns.nlevels} levels of column names, such as "
            f"{shown(value.columns[0])}; keep one, e.g. with frame.droplevel(0, axis=1)"
        )
    if not value.columns.is_unique:
        twice = value.columns[value.columns.duplicated()][0]
        raise error(f"{name} has the column {shown(twice)} more than once; keep or rename one")
    for column in wanted:
        if column not in value.columns:
            listed = shown(", ".join(map(str, value.columns)), 300)
            raise error(
                f"{name} has no column {column!r}{did_you_mean(column, value.columns)}; "
                f"it has {listed}"
            )
    return value


def is_whole(value: object) -> bool:
    """Return whether `value` is a whole number, and no truth value."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[float]:
    """Return whether `value` is a number, not complex, and no truth value."""
    real = isinstance(value, int | float | np.integer | np.floating)
    return real and not isinstance(value, bool)


def _inside(value: Any, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def _range(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f" from {least:,} to {most:,}"
    if least is not None:
        return f", {least:,} or more"
    return f", {most:,} or less" if most is not None else ""
