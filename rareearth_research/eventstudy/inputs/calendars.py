"""Which calendar does each column follow, and are its rows sessions at all?"""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.errors import DataError, SpecificationError, TimingError, shown

__all__ = ["COARSE", "OWN", "exchange_sessions", "exchanges_of", "refuse_padded", "spacing"]

COARSE = 5  # median days between rows from which they are no sessions
OWN = ""  # the frame's own index is the calendar
VENDORS = frozenset("FNOV")  # Frankfurt, New York, Nasdaq and Vancouver, as vendors write them
_SUFFIX = re.compile(r"\S*[^\s.]\.([A-Za-z]{1,4})")

Floats = NDArray[np.float64]


def exchanges_of(
    returns: pd.DataFrame, benchmarks: Collection[str] = ()
) -> tuple[list[str], list[str]]:
    """Return each column's MIC, "" where the frame's own rows are the sessions, and notes.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
    benchmarks : collection of str
        Columns that are no securities; any name will do for them.

    Raises
    ------
    SpecificationError
        For a suffix of an exchange that is not known: its holidays would be guessed.

    Notes
    -----
    Each suffix is judged alone. One letter behind a dot is a share class (``BRK.B``), unless data
    vendors mean an exchange by it. Names without a suffix follow the rows in which they trade, as
    they would in a frame of their own; beside names with one they are taken for listings in the
    United States as long as none of them trades when New York is closed.
    """
    names = list(returns.columns)
    found = [_exchange(name, strict=name not in benchmarks) for name in names]
    notes: list[str] = []
    if not any(found):
        return found, notes
    values = returns.to_numpy(dtype=np.float64, na_value=np.nan)
    studied = np.array([name not in benchmarks for name in names])
    plain = np.flatnonzero(studied & (np.array(found) == OWN))
    foreign = _traded_while_closed(returns, values, plain, "XNYS")
    if foreign is None:
        found = [mic or "XNYS" for mic in found]
    else:
        notes.append(
            f"Names without an exchange suffix follow the rows of returns: {shown(foreign[0])} "
            f"has a return on {foreign[1]}, when New York was closed."
        )
    for mic in dict.fromkeys(mic for mic in found if mic):
        own = np.flatnonzero(studied & (np.array(found) == mic))
        if lost := _traded_while_closed(returns, values, own, mic):
            notes.append(
                f"{lost[2]} returns on days on which {mic} was closed are not used (the first: "
                f"{shown(lost[0])} on {lost[1]})."
            )
    return found, notes


def _exchange(name: str, *, strict: bool) -> str:
    """Return the MIC that a suffix names, "" for none."""
    suffix = _SUFFIX.fullmatch(name)
    if suffix is None:
        return OWN
    from rareearth_research.timing import exchange_of

    try:
        return exchange_of(name)
    except TimingError as error:
        letters = suffix[1].upper()
        if not strict or (len(letters) == 1 and letters not in VENDORS):
            return OWN
        raise SpecificationError(
            f"column {shown(name)} of returns: the exchange behind {'.' + letters!r} is not known, "
            "so neither are its holidays. Study it in a frame of its own (with its benchmark), "
            "whose rows are then the sessions, without the suffix: "
            f"returns.rename(columns={{{shown(name)}: {shown(name[: suffix.start(1) - 1])}}})"
        ) from error


def _traded_while_closed(
    returns: pd.DataFrame, values: NDArray[np.float64], columns: NDArray[np.int64], mic: str
) -> tuple[str, str, int] | None:
    """Return the first column and day with a return while an exchange was closed, and how many."""
    if not len(columns):
        return None
    index = pd.DatetimeIndex(returns.index)
    closed = np.ones(len(index), dtype=bool)
    rows = exchange_sessions(mic, index)[1]
    closed[rows[rows >= 0]] = False
    traded = np.abs(values[closed][:, columns]) > 0  # a holiday filled with 0 is no trade
    if not traded.any():
        return None
    row, column = np.argwhere(traded)[0]
    day = index[closed][row].date().isoformat()
    return str(returns.columns[columns[column]]), day, int(traded.sum())


def exchange_sessions(
    mic: str, index: pd.DatetimeIndex
) -> tuple[pd.DatetimeIndex, NDArray[np.int64]]:
    """Return the sessions of an exchange within an index, and their rows in it (-1 for none)."""
    from rareearth_research.timing import exchanges

    dates = pd.DatetimeIndex(exchanges.sessions_of(mic).dates).as_unit(index.unit)
    sessions = dates[(dates >= index[0]) & (dates <= index[-1])]
    if sessions.empty:
        raise SpecificationError(
            f"returns ({index[0].date()} to {index[-1].date()}) hold no session of {mic}"
        )
    return sessions, index.get_indexer(sessions).astype(np.int64)


def refuse_padded(
    returns: Floats, regressors: Floats, index: pd.DatetimeIndex, *, apart: bool
) -> None:
    """Raise where closed days were filled with zeros: every series is exactly 0 at once.

    Parameters
    ----------
    returns : ndarray, shape (T, N)
    regressors : ndarray, shape (M, T)
    index : DatetimeIndex, length T
    apart : bool
        Whether the regressors are no columns of `returns`.

    Notes
    -----
    Thinly traded shares stand still together now and then. Closed days are told apart by the
    series that stands still least often: on them, and hardly on any other day.
    """
    weekends = np.flatnonzero(index.day_of_week >= 5)
    weekends = weekends[weekends > 0]
    before = returns[weekends - 1]
    if len(weekends) > 3 and ((returns[weekends] == before) | np.isnan(before)).all():
        raise DataError(
            f"returns repeats the row before on {index[weekends[0]]:%A %Y-%m-%d} and every other "
            "day of a weekend: a closed day filled with the last return is no session. Drop it: "
            "returns[returns.index.day_of_week < 5]"
        )
    rows = np.flatnonzero(~(np.abs(returns[:, :4]) > 0).any(axis=1))
    rows = rows[~(np.abs(returns[rows]) > 0).any(axis=1)]
    rows = rows[~(np.abs(regressors[:, rows]) > 0).any(axis=0)]
    if not len(rows):
        return
    series = np.vstack([returns.T, regressors]) if apart else returns.T
    free = np.flatnonzero(index.day_of_week >= 5)
    if len(series) == 1 and not (len(free) > 3 and np.isin(free, rows).all()):
        return  # one share alone may stand still, but not on every Saturday and Sunday
    rows = rows[(series[:, rows] == 0).sum(axis=0) >= min(2, len(series))]
    weekend = np.intersect1d(rows, free)
    if len(weekend):
        rows, mend = weekend, "returns[returns.index.day_of_week < 5]"
    else:
        still = (series == 0).sum(axis=1)[(series[:, rows] == 0).sum(axis=1) * 2 > len(rows)]
        if not len(rows) or len(rows) < 0.8 * still.min(initial=len(index)):
            return
        dates = ", ".join(f"'{day.date()}'" for day in index[rows])
        mend = f"returns.drop(pd.to_datetime([{dates}]))"
        if len(rows) > 5 and not apart:
            mend = "returns[~((returns == 0) | returns.isna()).all(axis=1)]"
        elif len(rows) > 5:
            mend = "returns[(returns != 0).any(axis=1) | (benchmark.reindex(returns.index) != 0)]"
    more = f" and {len(rows) - 1} more rows" if len(rows) > 1 else ""
    raise DataError(
        f"returns and benchmark are all exactly 0 on {index[rows[0]]:%A %Y-%m-%d}{more}: a closed "
        f"day filled with the last price is no session, and windows would count it. Drop it: {mend}"
    )


def spacing(index: pd.DatetimeIndex) -> float:
    """Return the median number of days between neighbouring rows (1 for fewer than three)."""
    if len(index) < 3:
        return 1.0
    return float(np.median(np.diff(index.as_unit("s").asi8))) / 86_400
