"""Which returns of one's own may be none? A price repeated without trade, a split, a daily limit.

They are found by the rules that this project's own prices are flagged by, as far as returns alone
show them, and are flagged, not changed: a table in the form of `load_price_flags`. Given as
`price_flags`, it leaves out what is no observation and says which windows end on a limit. Codes for
missing values, per cent and closed days that were filled are refused instead (`values`,
`calendars`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research import choices
from rareearth_research.arguments import check_choice
from rareearth_research.arrays import Floats
from rareearth_research.datasets.cleaning.prices.flags import COLUMNS
from rareearth_research.datasets.oddities import at_limit, daily_limit, jumps, repeated
from rareearth_research.datasets.tables.vocabulary import BREAKS, STALE
from rareearth_research.dated import spacing
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.inputs.checks import check_returns
from rareearth_research.eventstudy.inputs.choices import OPTIONS
from rareearth_research.eventstudy.inputs.frame.calendars import (
    COARSE,
    named_exchanges,
    refuse_padded,
)

UNSERVED = BREAKS | {STALE}
LIMITS = ("limit_up", "limit_down")


def flag_returns(
    returns: pd.DataFrame,
    *,
    return_type: choices.ReturnType = "log",
    exchanges: str | Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Flag returns that may be none, without changing them.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        As `EventStudy` takes them.
    return_type : {"log", "simple"}
        What `returns` holds.
    exchanges : str or mapping, optional
        As in `EventStudy`: whose daily limits apply. A suffix that is not known has none.

    Returns
    -------
    DataFrame
        ``date, ticker, flag, value, note`` as `load_price_flags` has them, for `EventStudy`'s
        `price_flags`; empty if nothing was found. In order of column and date.

    Raises
    ------
    SpecificationError, DataError
        As `EventStudy`, for returns that cannot be any.

    Notes
    -----
    ``stale``: a run of n ≥ 4 equal returns; `value` is n. Where they are not zero the first is no
    repetition. Runs of zeros count if T·pⁿ < 0.01, where p is the share of zeros among the other of
    the column's T returns: in fewer than one of a hundred columns like it would so many come
    together by chance. Of a share that hardly trades only the volume tells which zeros are none.

    ``suspect_corporate_action``: a price ratio beyond 4 or 1/4; or one near 2 or 3, or their
    inverse, in a column where no ordinary day comes near it: within three usual moves (the
    median absolute return that is not 0), 5 % at most, and twelve usual moves from 0. Smaller
    bonus issues cannot be told from news.

    ``limit_up, limit_down``: a simple return within a fiftieth of the limit of its exchange:
    ±10 % in Shanghai and Shenzhen (±20 % for codes that begin with 688 or 689, and with 300 or
    301 since 24 August 2020), ±10 % in Taipei (±7 % before June 2015), ±30 % in Seoul (±15 %
    before 15 June 2015). Special treatment (±5 %) does not show in a code.

    Examples
    --------
    >>> days = pd.bdate_range("2025-01-01", periods=60)
    >>> noise = np.random.default_rng(0).normal(0, 0.01, (60, 3))
    >>> returns = pd.DataFrame(noise, days, ["MP", "LYC.AX", "600111.SS"])
    >>> returns.loc["2025-02-03", "MP"] = np.log(1 / 2)
    >>> returns.loc["2025-02-05", "600111.SS"] = np.log(1.0998)
    >>> flag_returns(returns)[["date", "ticker", "flag"]].to_string(index=False, header=False)
    '2025-02-03        MP suspect_corporate_action\\n2025-02-05 600111.SS                 limit_up'
    """
    check_choice("return_type", return_type, OPTIONS["return_type"])
    returns = check_returns(returns, return_type)
    index, names = pd.DatetimeIndex(returns.index), list(returns.columns)
    values = returns.to_numpy(dtype=np.float64, na_value=np.nan)
    refuse_padded(values, np.empty((0, len(index))), index, apart=False)
    if spacing(index) <= COARSE:
        return find_suspects(returns, return_type, named_exchanges(names, exchanges, names))
    if exchanges is not None:
        raise SpecificationError(
            f"exchanges={shown(exchanges)} names daily limits, and the rows of returns are no days"
            "; leave exchanges out"
        )
    return find_suspects(returns, return_type)


def find_suspects(
    returns: pd.DataFrame, return_type: str, calendars: Sequence[str] = ()
) -> pd.DataFrame:
    """Return the flags of `flag_returns`; of limits only those of exchanges that are given."""
    values = returns.to_numpy(dtype=np.float64, na_value=np.nan)
    index = pd.DatetimeIndex(returns.index)
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = values if return_type == "log" else np.log1p(values)
    found: list[tuple[Any, ...]] = []
    for at, name in enumerate(returns.columns):
        there = np.flatnonzero(~np.isnan(logs[:, at]))
        own, days = logs[there, at], index[there]
        of_column = _odd(own, days, name, calendars[at] if calendars else "")
        found += sorted((days[row], name, *flagged) for row, *flagged in of_column)
    table = pd.DataFrame(found, columns=COLUMNS)
    return table.astype({"date": index.dtype, "value": np.float64})


def _odd(own: Floats, days: pd.DatetimeIndex, name: str, mic: str) -> Iterator[tuple[Any, ...]]:
    """Yield row, flag, value and note of what is odd in the log returns of a column, (n,)."""
    for row, length in repeated(own):
        yield row, STALE, float(length), "the same return again" if own[row] else "no move"
    for row, note in jumps(own):
        yield row, "suspect_corporate_action", float(own[row]), note
    simple, limit = np.expm1(own), daily_limit(name, mic, days)
    for row in np.flatnonzero(at_limit(simple, limit)).tolist():
        up = simple[row] > 0
        value = float(limit[row] if up else -limit[row])
        yield row, LIMITS[0 if up else 1], value, "by the size of the return alone"


def served(
    returns: pd.DataFrame, flags: pd.DataFrame | None, return_type: str, limit_days: str
) -> tuple[pd.DataFrame, pd.DataFrame | None, list[str]]:
    """Return the returns without those that are flagged as none, what is found unflagged, notes.

    Raises
    ------
    SpecificationError
        If the flags do nothing at all.
    """
    if flags is None:
        found = find_suspects(returns, return_type)
        return returns, None if found.empty else found, _remedy(found, return_type)
    if flags.empty:
        return returns, None, ["price_flags is empty: no return is flagged."]
    taken = flags[flags["flag"].isin(UNSERVED)]
    index = pd.DatetimeIndex(returns.index)
    row = index.get_indexer(pd.DatetimeIndex(taken["date"]).as_unit(index.unit))
    column = pd.Index(returns.columns).get_indexer(pd.Index(taken["ticker"]))
    values = returns.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    known = (row >= 0) & (column >= 0)
    known[known] = ~np.isnan(values[row[known], column[known]])
    if not known.any():
        if limit_days == "ignore":
            raise SpecificationError(
                "price_flags= does nothing with limit_days='ignore': of the returns that it says "
                "are none, none is there; set limit_days='flag' (or 'extend') or leave price_flags "
                "out"
            )
        return returns, None, []
    values[row[known], column[known]] = np.nan
    note = f"Left out of returns as price_flags says: {_counted(taken[known])}."
    return pd.DataFrame(values, index, returns.columns), None, [note]


def _remedy(found: pd.DataFrame, return_type: str) -> list[str]:
    """Say what was found in returns that came without flags, and how to leave it out."""
    if found.empty:
        return []
    given = "returns" if return_type == "log" else f"returns, return_type={return_type!r}"
    note = (
        f"Returns that may be none are used as they are: {_counted(found)}. To leave them out, "
        f"give price_flags=rer.flag_returns({given})."
    )
    return [note]


def _counted(flags: pd.DataFrame) -> str:
    """Return how many there are of each flag, and the first."""
    parts = []
    for flag, table in flags.groupby("flag", sort=True):
        first = table.iloc[0]
        where = f"{shown(first['ticker'])} on {first['date'].date()}"
        parts.append(f"{len(table)} {flag} ({'the first: ' * (len(table) > 1)}{where})")
    return ", ".join(parts)
