"""Ask an upstream for one security after another, so that one in trouble does not stop the rest.

Which symbol an upstream knows a security by is data: a column of ``data/raw/price_symbols.csv``,
empty where the upstream does not have it.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

import pandas as pd

from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.transport import Throttled
from rareearth_research.datasets.tables.registry import Raw
from rareearth_research.errors import DataError, SourceError

SYMBOLS = "price_symbols.csv"
FIRST = dt.date(2024, 1, 1)  # five months before the oldest last day of the files that came along
IN_A_ROW = 2  # failing answers, after which the upstream and not the security is in trouble


def each_security(
    client: Client, current: Raw, ask: Callable[[str], pd.DataFrame | None]
) -> dict[str, pd.DataFrame]:
    """Return the upstream's raw file: the rows of every security it has, with its own ticker.

    Parameters
    ----------
    client
        Its ``troubles`` name the securities that were left out, and why.
    current
        With ``price_symbols.csv``.
    ask
        Fetches one symbol: ``date`` and figures; None or no rows if there is no such symbol.

    Raises
    ------
    SourceError
        If no security could be had.
    DataError
        If the list of symbols is not what it should be.
    """
    table = current[SYMBOLS]
    if not {"ticker", client.source.name} <= {*table.columns}:
        raise DataError(
            f"data/raw/{SYMBOLS} has no column 'ticker' or {client.source.name!r}; get it again "
            "with git"
        )
    symbols = dict(zip(table["ticker"], table[client.source.name], strict=True))
    parts: list[pd.DataFrame] = []
    failing, stopped = 0, ""
    for ticker, symbol in symbols.items():
        if not symbol:
            continue
        if stopped:
            client.troubles[ticker] = stopped
            continue
        try:
            rows = ask(symbol)
        except SourceError as error:
            failing += 1
            client.troubles[ticker] = str(error)
            if isinstance(error, Throttled) or failing == IN_A_ROW:
                if not parts:
                    raise
                stopped = f"not asked any more, after {ticker} failed: {error}"
            continue
        failing = 0
        if rows is None or rows.empty:
            client.troubles[ticker] = (
                f"{client.source.title} has nothing under {symbol!r} (delisted, renamed?); correct "
                f"the symbol in data/raw/{SYMBOLS}, or empty it"
            )
        else:
            parts.append(rows.assign(ticker=ticker))
        time.sleep(client.limits.pause)
    if not parts:
        first = next(iter(client.troubles.items()), ("", ""))
        why = f" ({': '.join(first)})" if any(first) else f"; data/raw/{SYMBOLS} names none"
        raise SourceError(f"{client.source.title} has no session of any security{why}")
    [raw] = client.source.feeds
    return {raw.name: pd.concat(parts, ignore_index=True)[[*raw.columns]]}
