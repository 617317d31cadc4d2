"""Which calendar does each column follow, and are its rows sessions at all?"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.dated import spacing
from rareearth_research.errors import (
    DataError,
    SpecificationError,
    TimingError,
    did_you_mean,
    shown,
)

COARSE = 5  # median days between rows beyond which they are no sessions
OWN = ""  # the frame's own index is the calendar
ALONE = "own"  # the days on which the column itself has a return are
_SUFFIX = re.compile(r"\S*[^\s.]\.([A-Za-z]{1,4})")


def exchanges_of(
    returns: pd.DataFrame, benchmarks: Collection[str] = (), asked: Any = None
) -> tuple[list[str], list[str]]:
    """Return each column's MIC, `OWN` where the frame's rows are the sessions, `ALONE`, and notes.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
    benchmarks : collection of str
        Columns that are no securities; any name will do for them.
    asked : str or mapping, optional
        The argument `exchanges`: a MIC or ``"own"``, for all columns or by column.

    Raises
    ------
    SpecificationError
        For a suffix of an exchange that is not known: its holidays would be guessed; or for an
        exchange or a column that `asked` names and nobody knows.

    Notes
    -----
    Each column is judged alone. One letter behind a dot that no vendor uses is a share class
    (``BRK.B``). Names without a suffix follow the rows of the frame; beside columns of a known
    exchange they are taken for listings in the United States, or, where they trade when New York
    is closed, follow their own days.
    """
    names = list(returns.columns)
    found = named_exchanges(names, asked, benchmarks)
    notes: list[str] = []
    if not any(found):
        return found, notes
    values = returns.to_numpy(dtype=np.float64, na_value=np.nan)
    index = pd.DatetimeIndex(returns.index)
    studied = np.array([name not in benchmarks for name in names])

    def while_closed(mic: str, at: Ints) -> Bools:
        """Return which values of columns `at` are returns on closed days, (T, n)."""
        closed = np.ones(len(index), dtype=bool)
        rows = exchange_sessions(mic, index)[1]
        closed[rows[rows >= 0]] = False
        return closed[:, None] & (np.abs(values[:, at]) > 0)  # a holiday filled with 0 is no trade

    if OWN in found:
        plain = np.flatnonzero(studied & (np.array(found) == OWN))
        foreign = while_closed("XNYS", plain)
        apart = {names[at] for at in plain[foreign.any(axis=0)]}
        found = [
            mic or (ALONE if c in apart else "XNYS") for c, mic in zip(names, found, strict=True)
        ]
        if foreign.any():
            day, who = _first(foreign)
            more = f" and {len(apart) - 1} more" if len(apart) > 1 else ""
            notes.append(
                f"No exchange is known of {shown(names[plain[who]])}{more}, and New York was "
                f"closed on {index[day].date()}, where it has a return: its sessions are the days "
                f"on which it has one. exchanges={{{shown(names[plain[who]])}: ...}} names another "
                "calendar."
            )
    for mic in dict.fromkeys(mic for mic in found if mic not in (OWN, ALONE)):
        own = np.flatnonzero(studied & (np.array(found) == mic))
        if len(own) and (lost := while_closed(mic, own)).any():
            day, who = _first(lost)
            notes.append(
                f"{lost.sum()} returns on days on which {mic} was closed are not used (the first: "
                f"{shown(names[own[who]])} on {index[day].date()})."
            )
    return found, notes


def named_exchanges(names: list[str], asked: Any, lax: Collection[str]) -> list[str]:
    """Return the calendar that `asked` or a suffix names, `OWN` for none; refused but in `lax`."""
    given = _asked(asked, names)
    return [given.get(name) or _exchange(name, strict=name not in lax) for name in names]


def _first(which: Bools) -> tuple[int, int]:
    row, column = np.argwhere(which)[0]
    return int(row), int(column)


def _asked(asked: Any, names: list[str]) -> dict[str, str]:
    """Return what `exchanges` says of each column that it names."""
    if asked is None:
        return {}
    if not isinstance(asked, str | Mapping):
        raise SpecificationError(
            f"exchanges={shown(asked)} must be the MIC of an exchange, such as 'XPAR', or 'own', "
            f"for all columns, or a mapping such as {{{shown(names[0])}: 'XPAR'}}"
        )
    from rareearth_research.timing.exchanges import check_exchange

    given = dict.fromkeys(names, asked) if isinstance(asked, str) else asked
    found = {}
    for column, exchange in given.items():
        if str(column) not in names:
            raise SpecificationError(
                f"exchanges names {shown(column)}, which is not a column of returns"
                f"{did_you_mean(column, names)}; write names as returns has them"
            )
        what = "exchanges" if isinstance(asked, str) else f"exchanges[{shown(column)}]"
        own = isinstance(exchange, str) and exchange == ALONE
        found[str(column)] = (
            ALONE if own else check_exchange(exchange, what, SpecificationError).mic
        )
    return found


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
        if not strict or len(letters) == 1:
            return OWN
        raise SpecificationError(
            f"column {shown(name)} of returns: the exchange behind {'.' + letters!r} is not known, "
            "so neither are its holidays. Name it by its MIC, or say that the days on which the "
            f"column has a return are its sessions: exchanges={{{shown(name)}: 'own'}}"
        ) from error


def exchange_sessions(mic: str, index: pd.DatetimeIndex) -> tuple[pd.DatetimeIndex, Ints]:
    """Return the sessions of an exchange within an index, and their rows in it (-1 for none)."""
    from rareearth_research.timing import exchanges

    dates = pd.DatetimeIndex(exchanges.sessions_of(mic).dates).as_unit(index.unit)
    sessions = dates[(dates >= index[0]) & (dates <= index[-1])]
    if sessions.empty:
        raise SpecificationError(
            f"returns ({index[0].date()} to {index[-1].date()}) hold no session of {mic}, whose "
            f"calendar is known from {dates[0].date()} to {dates[-1].date()}; correct the dates, "
            "or let rows be the sessions with exchanges='own'"
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
    if spacing(index) > COARSE:
        return  # a week or a month may be dated by any day
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
