"""Which sessions does each security live on? Returns and regressors by exchange calendar.

Windows count sessions of the security's own exchange. Where the study's index mixes exchanges,
each group of securities gets its own compact block of sessions, so that a holiday in Shanghai is
no missing day in Shanghai and a missing day is really a day without a trade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.inputs.benchmark import Regressors
from rareearth_research.eventstudy.inputs.frame.calendars import (
    ALONE,
    OWN,
    exchange_sessions,
    refuse_padded,
)
from rareearth_research.eventstudy.inputs.frame.periods import Periods


@dataclass(frozen=True)
class Market:
    """Securities that share a calendar of S sessions.

    Attributes
    ----------
    exchange : str
        MIC, or "" where the frame's own index, or the days of one column, are the calendar.
    sessions : DatetimeIndex, length S
    rows : ndarray of int, shape (S,)
        Row of the study's index that holds each session, -1 for none.
    securities : ndarray of int, shape (n,)
        Columns of the study's returns.
    returns : ndarray, shape (n, S)
    regressors : ndarray, shape (B, m, S)
    set_of : ndarray of int, shape (n,)
        Regressor set of each security; -1 for none.
    spans : ndarray, shape (n, S)
        Sessions each return covers, 1 where the session before traded.
    left_out : ndarray of bool, shape (n, S), optional
        Sessions on which nothing is estimated.
    mixed : bool
        Whether a pair takes those of the m regressors that lack none of its days.
    periods : Periods, optional
        What the rows are where they are no sessions, but weeks or months.
    """

    exchange: str
    sessions: pd.DatetimeIndex
    rows: Ints
    securities: Ints
    returns: Floats
    regressors: Floats
    set_of: Ints
    spans: NDArray[np.int16]
    left_out: Bools | None = None
    mixed: bool = False
    periods: Periods | None = None

    def find(self, days: pd.DatetimeIndex) -> Ints:
        """Return which session each day is, or the row of its period; -1 for none."""
        if self.periods is not None:
            return self.periods.find(days, self.sessions)
        found = self.sessions.get_indexer(days.as_unit(self.sessions.unit))
        return np.where(days.isna(), -1, found).astype(np.int64)

    @property
    def estimable(self) -> Floats:
        """Returns to estimate on, (n, S): NaN on the sessions left out."""
        return (
            self.returns if self.left_out is None else np.where(self.left_out, np.nan, self.returns)
        )


def build_markets(
    returns: pd.DataFrame,
    exchanges: Sequence[str],
    regressors: Regressors,
    periods: Periods | None = None,
) -> tuple[Market, ...]:
    """Split the returns (T, N) into one `Market` per exchange, and per set of own days.

    Raises
    ------
    SpecificationError
        If a benchmark is missing on a session on which its securities traded, in a frame whose
        own index is the calendar.
    """
    values = returns.to_numpy(dtype=np.float64, na_value=np.nan)
    index = pd.DatetimeIndex(returns.index)
    if OWN in exchanges:
        apart = not set(regressors.names) <= set(returns.columns)
        refuse_padded(values, regressors.values.reshape(-1, len(index)), index, apart=apart)
    if regressors.risk_free is not None:
        values = values - regressors.risk_free[:, None]
    seen = ~np.isnan(values)
    members_of: dict[tuple[str, bytes], list[int]] = {}  # of one exchange, or of the same own days
    for column, mic in enumerate(exchanges):
        days = seen[:, column].tobytes() if mic == ALONE else b""
        members_of.setdefault((mic, days), []).append(column)
    markets = []
    for (mic, _), columns in members_of.items():
        members = np.array(columns)
        if mic in (OWN, ALONE):
            rows = np.flatnonzero((seen[:, members] if mic == ALONE else seen).any(axis=1))
            sessions = index[rows]
        else:
            sessions, rows = exchange_sessions(mic, index)
        block, sets = _take(values[:, members].T, rows), _take(regressors.values, rows)
        market = Market(
            OWN if mic == ALONE else mic,
            sessions,
            rows,
            members,
            np.ascontiguousarray(block),
            sets,
            regressors.set_of[members],
            _spans(block),
            mixed=regressors.mixed,
            periods=periods,
        )
        if mic == OWN:
            _refuse_gaps(market, regressors)
        markets.append(market)
    return tuple(markets)


def as_read(markets: Sequence[Market], reach: int, return_type: str) -> tuple[Market, ...]:
    """Return the markets with regressors as the model reads them.

    Parameters
    ----------
    markets : sequence of Market
    reach : int
        Leads and lags of each regressor; 0 for none.
    return_type : {"log", "simple", ""}
        How regressors compound over the sessions of a return; "" where they do not.
    """
    if reach:
        markets = [lagged(market, reach, reach) for market in markets]
    if return_type:
        markets = [trade_to_trade(market, return_type) for market in markets]
    return tuple(markets)


def rows_of_all(markets: Sequence[Market]) -> list[Ints]:
    """Return the row of each market's sessions on the calendar of all of them."""
    days = [market.sessions.asi8 for market in markets]
    union = np.unique(np.concatenate(days)) if len(days) > 1 else days[0]
    return [np.searchsorted(union, own) for own in days]


def trade_to_trade(market: Market, return_type: str) -> Market:
    """Compound each security's regressors over the sessions its returns cover.

    Parameters
    ----------
    market : Market
    return_type : {"log", "simple"}
        Log returns add up over a span; simple ones compound.

    Returns
    -------
    Market
        With one regressor set per security, shape (n, m, S).

    References
    ----------
    Maynes & Rumsey (1993), Journal of Banking and Finance 17, 145-157.
    """
    source = market.regressors[np.maximum(market.set_of, 0)]  # (n, m, S)
    growth = np.log1p(source) if return_type == "simple" else source
    total = np.concatenate(
        [np.zeros((*source.shape[:2], 1)), np.cumsum(np.nan_to_num(growth), axis=2)], axis=2
    )
    holes = np.concatenate(
        [np.zeros((*source.shape[:2], 1)), np.cumsum(np.isnan(growth), axis=2)], axis=2
    )
    last = np.arange(1, source.shape[2] + 1)
    first = (last - market.spans)[:, None, :].repeat(source.shape[1], axis=1)
    over = total[:, :, 1:] - np.take_along_axis(total, first, axis=2)
    missing = (holes[:, :, 1:] - np.take_along_axis(holes, first, axis=2)) > 0
    over = np.expm1(over) if return_type == "simple" else over
    single = (market.spans == 1)[:, None, :]  # spare single sessions the rounding of the sums
    over = np.where(single, source, np.where(missing, np.nan, over))
    set_of = np.where(market.set_of < 0, -1, np.arange(len(market.set_of)))
    return replace(market, regressors=over, set_of=set_of)


def lagged(market: Market, lags: int, leads: int) -> Market:
    """Give each regressor set its neighbours: m = 1 becomes lags + 1 + leads, oldest first."""
    base = market.regressors[:, 0]  # (B, S)
    size = base.shape[1]
    shifted = np.full((len(base), lags + 1 + leads, size), np.nan)
    for j, step in enumerate(range(-lags, leads + 1)):
        source = base[:, max(step, 0) : size + min(step, 0)]
        shifted[:, j, max(-step, 0) : max(-step, 0) + source.shape[1]] = source
    return replace(market, regressors=shifted)


def _take(values: Floats, rows: Ints) -> Floats:
    taken = values[..., rows]
    taken[..., rows < 0] = np.nan
    return taken


def _spans(returns: Floats) -> NDArray[np.int16]:
    """Count the sessions since the last return before; the first return of all counts one."""
    seen = ~np.isnan(returns)
    spans = np.ones(returns.shape, dtype=np.int16)
    gappy = np.flatnonzero(~seen.all(axis=1))
    if not gappy.size:
        return spans
    at = np.arange(returns.shape[1])
    last = np.maximum.accumulate(np.where(seen[gappy], at, -1), axis=1)
    before = np.concatenate([np.full((len(gappy), 1), -1), last[:, :-1]], axis=1)
    spans[gappy] = np.where(seen[gappy] & (before >= 0), at - before, 1)
    return spans


def _refuse_gaps(market: Market, regressors: Regressors) -> None:
    """Raise where a benchmark is missing inside its own life although its securities traded."""
    for b, block in enumerate(market.regressors):
        gaps = np.isnan(block)
        missing = gaps.all(axis=0) if market.mixed else gaps.any(axis=0)
        if not missing.any() or missing.all():
            continue
        first, last = np.flatnonzero(~missing)[[0, -1]]
        inside = np.arange(len(missing))
        traded = ~np.isnan(market.returns[market.set_of == b]).all(axis=0)
        holes = np.flatnonzero(missing & traded & (inside > first) & (inside < last))
        if holes.size:
            if regressors.members is not None:
                whose = "the return of most donors"
            elif len(block) > 1:  # factors: one set of several columns
                whose = f"benchmark or factor {regressors.names[int(gaps[:, holes[0]].argmax())]!r}"
            else:
                whose = f"benchmark or factor {regressors.names[b]!r}"
            raise SpecificationError(
                f"{whose} is missing on {market.sessions[holes[0]].date()}"
                f" ({holes.size} such session{'s' if holes.size > 1 else ''}) although securities "
                "traded; fill it from its source or drop those rows: a missing benchmark is not 0"
            )
