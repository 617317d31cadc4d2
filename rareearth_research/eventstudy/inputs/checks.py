"""Is what the user gave a study at all? Every input is judged before any work is done.

Each message names the column, date or value at fault and what to do instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_span, check_whole, is_whole
from rareearth_research.arrays import Floats, Ints
from rareearth_research.dated import check_index, spacing, to_floats
from rareearth_research.errors import DataError, SpecificationError, shown
from rareearth_research.eventstudy.inputs.frame.periods import periods_of
from rareearth_research.eventstudy.inputs.frame.values import check_values


def check_returns(returns: Any, return_type: str = "log") -> pd.DataFrame:
    """Return `returns` as a frame of floats, or raise naming the column and date at fault."""
    if isinstance(returns, pd.Series):
        returns = returns.to_frame(returns.name if returns.name is not None else "security")
    if not isinstance(returns, pd.DataFrame):
        raise DataError(
            "returns must be a DataFrame with one column per security and one row per session, "
            f"got {shown(returns)}"
        )
    if returns.empty:
        raise DataError(
            f"returns is empty: {returns.shape[0]} rows, {returns.shape[1]} columns; give one row "
            "per session and one column per security"
        )
    check_index(returns.index, "returns")
    names = check_names_of(returns.columns, "returns")
    values = to_floats(returns, "returns")
    if np.isnan(values).all():
        raise DataError(
            f"returns holds no value at all, only missing ones ({values.shape[0]} rows, "
            f"{values.shape[1]} columns); look at the step that made it"
        )
    index, simple = pd.DatetimeIndex(returns.index), return_type == "simple"
    check_values(values, index, list(names), simple=simple, whole=False)
    return returns.set_axis(names, axis=1)


def on_sessions(
    given: pd.DataFrame | pd.Series, index: pd.DatetimeIndex, what: str, whose: str
) -> Floats:
    """Return numbers on the rows of `index`, (T, M), or raise where none falls on one of them.

    Parameters
    ----------
    given : DataFrame or Series
        By date, as `check_index` wants them.
    what, whose : str
        The argument, and what the message calls its values.
    """
    known = pd.DataFrame(to_floats(given, what), given.index)
    periods = periods_of(index)
    if periods is not None and 2 * spacing(pd.DatetimeIndex(known.index)) < spacing(index):
        by = f"to_period({periods.freq!r})"
        raise SpecificationError(
            f"{whose} is no series by {periods.name}, as returns are: its value on the date of a "
            f"row is the return of a shorter span. Log returns add up: {what}.groupby({what}.index."
            f"{by}).sum().reindex(returns.index.{by}).set_axis(returns.index), where a ticker is "
            "loaded first, such as rer.load_returns(['SPY'])['SPY']"
        )
    values = known.reindex(index).to_numpy()
    if np.isnan(values).all():
        raise SpecificationError(
            f"{whose} ({known.index[0].date()} to {known.index[-1].date()}) and returns "
            f"({index[0].date()} to {index[-1].date()}) share no session with a value; give "
            f"{what} for the same sessions"
        )
    return values


def check_names_of(columns: pd.Index, what: str) -> pd.Index:
    """Return column names as text, each once, or raise."""
    if columns.nlevels > 1:
        raise DataError(
            f"{what} has {columns.nlevels} levels of column names, such as "
            f"{shown(columns[0])}; keep one, e.g. frame['Close'] or frame.droplevel(0, axis=1)"
        )
    for at, name in enumerate(columns):
        number = isinstance(name, int | float | np.number) and name == name
        if not number and not (isinstance(name, str) and name.strip()):
            raise DataError(
                f"column {at} of {what} is named {shown(name)}; give it the name of its security"
            )
    names = columns.astype(str)
    if not names.is_unique:
        raise DataError(
            f"{what} has the column {shown(names[names.duplicated()][0])} more than once; keep or "
            "rename one (names are compared as text)"
        )
    return names


def check_estimation(estimation: Any) -> tuple[int, int]:
    """Return the estimation window as two ints."""
    return check_span("estimation", estimation)


def check_length(
    count: int, estimation: tuple[int, int], windows: Sequence[tuple[int, int]]
) -> None:
    """Raise if the estimation window or an event window is longer than the data's rows."""
    first, last = estimation
    if count <= last - first or -last >= count or first >= count:
        raise SpecificationError(
            f"the estimation window [{first}, {last}] is longer than the data "
            f"({count} sessions), or lies {'behind' if first >= count else 'before'} them; shorten "
            f"it or load {'later' if first >= 0 else 'earlier'} returns"
        )
    for first, last in windows:
        if max(-first, last) >= count:
            raise SpecificationError(
                f"windows: [{first}, {last}] reaches further than the data ({count} sessions); "
                "shorten it"
            )


def check_min_obs(
    min_obs: int | None, estimation: tuple[int, int], length: int, model: str, estimated: int
) -> int:
    """Return the fewest matched days a pair needs, by default half the estimation window.

    `length` is the number of sessions that are estimated on: those of the (shortest) estimation
    window without event windows in it.
    """
    floor = estimated + 3
    if length < floor:
        raise SpecificationError(
            f"the estimation window [{estimation[0]}, {estimation[1]}] has {length} sessions; "
            f"model={model!r} estimates {estimated} coefficients and needs at least {floor}"
            + ("; lower leads_lags or lengthen it" if model == "dimson" else "")
        )
    if min_obs is None:
        return max(floor, length // 2)
    check_whole("min_obs", min_obs, 1)
    if not floor <= min_obs <= length:
        raise SpecificationError(
            f"min_obs={shown(min_obs)} must lie between {floor} (coefficients + 3) and {length} "
            "(the estimation window)"
        )
    return int(min_obs)


def check_windows(windows: Any, estimation: tuple[int, int] | None) -> tuple[tuple[int, int], ...]:
    """Return event windows as a tuple of (first, last), all apart from the estimation window."""
    windows = windows.tolist() if isinstance(windows, np.ndarray) else windows
    if isinstance(windows, tuple | list) and len(windows) == 2 and all(map(is_whole, windows)):
        windows = [windows]
    if isinstance(windows, str) or not isinstance(windows, Sequence) or not len(windows):
        raise SpecificationError(
            f"windows={shown(windows)} must be a list of (first, last) sessions, e.g. "
            "[(-1, 1), (0, 5)], or 'events' or 'clean'"
        )
    pairs = tuple(check_span("windows", window) for window in windows)
    if estimation is not None:
        check_apart(estimation, (min(a for a, _ in pairs), max(b for _, b in pairs)))
    if len(set(pairs)) < len(pairs):
        raise SpecificationError(f"windows={shown(list(pairs))} names a window twice; name it once")
    return pairs


def check_apart(estimation: Sequence[Any] | Ints, windows: Sequence[Any] | Ints) -> None:
    """Raise unless estimation lies before, behind or around the span of the event windows.

    Parameters
    ----------
    estimation, windows : array_like of int, shape (2,) or (E, 2)
        First and last sessions, those of each event if they differ.
    """
    estimation, windows = np.broadcast_arrays(estimation, windows)
    (begin, end), (first, last) = np.atleast_2d(estimation).T, np.atleast_2d(windows).T
    apart = (end < first) | (begin > last) | ((begin < first) & (end > last))
    if apart.all():
        return
    e = int(np.argmin(apart))
    raise SpecificationError(
        f"estimation: [{begin[e]}, {end[e]}] overlaps event window [{first[e]}, {last[e]}]: what "
        f"is tested may not shape what is expected; end it at {first[e] - 1} or earlier, begin it "
        f"at {last[e] + 1} or later, or lay it around the event windows, which are then left out"
    )
