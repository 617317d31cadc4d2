"""What do further tables say of the pairs: exposure dates, days at a price limit, weights?

A coal company that later found rare earths has prices for every control of the last ten years, and
none of them says anything about rare earths. Pairs outside a security's exposure dates are left
out, with the reason ``not_exposed``.

A close at the daily limit truncates the return; the rest follows on the next sessions. A window
that ends on such a day can be extended to the first close off the limit.

Weights say how much each security counts in the portfolio of the portfolio test.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.dated import check_index, to_floats
from rareearth_research.days import read_day_column
from rareearth_research.errors import DataError, SpecificationError, shown
from rareearth_research.eventstudy.inputs.checks import check_names_of
from rareearth_research.eventstudy.inputs.side_tables import by_security, written
from rareearth_research.eventstudy.inputs.suspects import LIMITS
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList

LONGEST = 10  # sessions a window is extended at most; a longer run is a halt, not a limit
OTHERS = ("halt", "multi_session", "stale", "outlier", "source_join", "suspect_corporate_action",
          "coarse_tick", "typed", "demerger", "consolidation", "rights_issue")  # fmt: skip
DATES = ("exposure_from", "exposure_until")


def check_flags(flags: pd.DataFrame) -> pd.DataFrame:
    """Return rows of date, ticker and flag, or raise naming the row or column at fault."""
    table = by_security(flags, "price_flags", ("date", "ticker", "flag"))
    words = written(table["flag"])
    for flag in words.unique():
        alike = re.fullmatch(r"\W*(limit\w*|up|down)\W*", flag.casefold())
        alone = flag not in OTHERS and not words.isin(LIMITS).any()
        if flag not in LIMITS and (alike or alone):
            raise SpecificationError(
                f"price_flags has flag={shown(flag)} in row {int(np.argmax(words == flag))}; a "
                f"limit day is written {' or '.join(map(repr, LIMITS))}"
            )
    days = read_day_column(table["date"], "price_flags: date", SpecificationError)
    if days.hasnans:
        raise SpecificationError(
            f"price_flags has no date in row {int(np.argmax(days.isna()))}; fill it in or drop the "
            "row"
        )
    return table.assign(date=days)


def flagged_days(
    flags: pd.DataFrame, which: Collection[str], *, markets: Sequence[Market], names: Sequence[str]
) -> list[Bools]:
    """Return where the securities of each market have one of the flags `which`, (n, S) each."""
    hits = flags[flags["flag"].isin(which)]
    columns = pd.Index(names).get_indexer(pd.Index(hits["ticker"]))
    dates = pd.DatetimeIndex(hits["date"])
    found = []
    for market in markets:
        days = np.zeros(market.returns.shape, dtype=bool)
        at = market.sessions.get_indexer(dates.as_unit(market.sessions.unit))
        row = pd.Index(market.securities).get_indexer(pd.Index(columns))
        known = (row >= 0) & (at >= 0)
        days[row[known], at[known]] = True
        found.append(days)
    return found


def extend_past_limits(last: Ints, *, pairs: PairList, limits: Sequence[Bools]) -> Ints:
    """Return each pair's last sessions, (P, G), moved to the first close off the limit."""
    moved = np.broadcast_to(last, (len(pairs), last.shape[-1])).copy()
    for _ in range(LONGEST):
        moved += pairs.gather(limits, moved, False)
    return moved


def check_exposure(exposure: pd.DataFrame) -> pd.DataFrame:
    """Return exposure dates by security, NaT for no limit.

    Raises
    ------
    SpecificationError
        If `exposure` is not a table of dates by security.
    """
    table = by_security(exposure, "exposure", DATES)
    twice = table["ticker"].duplicated()
    if twice.any():
        raise SpecificationError(
            f"exposure names {shown(table['ticker'][twice].iloc[0])} twice; give one row per "
            "security, such as rer.load_securities()"
        )
    table = table.set_index("ticker")
    dates = {
        name: read_day_column(
            table[name], f"exposure holds something that is not a date: {name}", SpecificationError
        )
        for name in DATES
    }
    frame = pd.DataFrame(dates).set_axis(table.index, axis=0)
    reversed_ = frame["exposure_until"] < frame["exposure_from"]
    if reversed_.any():
        raise SpecificationError(
            f"exposure of {shown(frame.index[reversed_][0])} ends before it starts; swap the dates"
        )
    return frame


def unexposed(
    exposure: pd.DataFrame, *, pairs: PairList, markets: Sequence[Market], names: Sequence[str]
) -> Bools:
    """Return which pairs have their event session outside the security's exposure dates, (P,).

    Securities that the table does not name, and blank dates, set no limit.
    """
    table = exposure.reindex(list(names))
    start, end = (table[name].to_numpy("datetime64[ns]")[pairs.security] for name in DATES)
    days = [market.sessions.to_numpy("datetime64[ns]") for market in markets]
    session = pairs.gather(days, np.zeros(1, dtype=np.int64), np.datetime64("NaT", "ns"))[:, 0]
    return np.asarray((session < start) | (session > end))  # NaT: no limit, or no session


def check_weights(weights: Any, names: Sequence[str]) -> pd.Series | pd.DataFrame:
    """Return weights as floats with column or index names as text, or raise."""
    if not isinstance(weights, pd.Series | pd.DataFrame):
        raise SpecificationError(
            "weights must be a Series by security or a DataFrame of dates by security, such as "
            f"market values, not {type(weights).__name__}"
        )
    if not weights.size:
        raise SpecificationError(
            f"weights is empty, and returns holds {shown(names[0])}; give each security a weight"
        )
    by_date = isinstance(weights, pd.DataFrame)
    if by_date:
        check_index(weights.index, "weights")
    securities = check_names_of(weights.columns if by_date else weights.index, "weights")
    values = to_floats(weights, "weights")
    bad = (values < 0) | np.isinf(values)
    if bad.any():
        whose = securities[int(np.argwhere(bad)[0][-1])]
        raise DataError(
            f"weights of {shown(whose)} must be finite and not negative; a short position is no "
            "weight"
        )
    if by_date:
        return pd.DataFrame(values, weights.index, securities)
    return pd.Series(values, securities)


def portfolio_weights(
    weights: pd.Series | pd.DataFrame | None,
    *,
    pairs: PairList,
    markets: Sequence[Market],
    names: Sequence[str],
    first: int,
) -> Floats | None:
    """Return the weight of each pair, (P,), of mean 1 over the pairs of each event; None for none.

    A frame gives the last weight before the event windows, of which `first` is the first session,
    so that the event itself does not move it.

    Raises
    ------
    DataError
        For a pair without a weight, naming security and event.
    """
    if weights is None:
        return None
    if isinstance(weights, pd.Series):
        found = weights.reindex(list(names)).to_numpy(np.float64)[pairs.security]
    else:
        known = weights.reindex(columns=list(names)).ffill()
        values = np.vstack([np.full((1, len(names)), np.nan), known.to_numpy(np.float64)])
        found = np.empty(len(pairs))
        for m, here in pairs.by_market():
            start = markets[m].sessions[np.maximum(pairs.position[here] + first, 0)]
            found[here] = values[weights.index.searchsorted(start), pairs.security[here]]
    event = np.unique(pairs.event, return_inverse=True)[1]
    total = np.bincount(event, found)
    wrong = np.flatnonzero(np.isnan(found) | (total[event] == 0))
    if len(wrong):
        pair = wrong[np.argmax(np.isnan(found[wrong]))]
        raise DataError(
            f"no weight for {names[pairs.security[pair]]!r} before event "
            f"{pairs.event_id[pair]!r}; add it or leave the security out"
        )
    return found * (np.bincount(event) / total)[event]
