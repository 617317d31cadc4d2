"""Continue every security with what a user's own refresh fetched, if the two agree.

These files are empty until the first refresh. What is wrong with one security (other returns than
ours, no common sessions) leaves that one where it was and stops nothing: a refresh must not fail
for all because a ticker was given to another company.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from rareearth_research.datasets.cleaning.prices import checks, reading
from rareearth_research.datasets.cleaning.prices.finish import seam_row
from rareearth_research.datasets.cleaning.prices.unfinished import drop_unfinished
from rareearth_research.datasets.tables.registry import CleaningLog, Raw
from rareearth_research.errors import DataError

# Exchange -> who fetches for it, first choice first; and the file of each.
FETCHED = {
    "XNYS": ("refreshed_yahoo", "refreshed_stooq"),
    "XASX": ("refreshed_yahoo",),
    "XSHG": ("refreshed_yahoo", "refreshed_sina"),
}
FILES = {
    "refreshed_yahoo": "prices_yahoo.csv",
    "refreshed_sina": "prices_sina.csv",
    "refreshed_stooq": "prices_stooq.csv",
}
# The index stands on the returns of a fund from June 2024 on, whose close differs a little.
LEAST_ALIKE = {"XJO.AX": 0.99}


def continue_fetched(
    wide: pd.DataFrame, raw: Raw, exchange: str, origin: Mapping[str, str], log: CleaningLog
) -> tuple[pd.DataFrame, list[dict[str, object]], list[pd.DataFrame]]:
    """Put fetched closes after the last known ones of each column of `wide`, joined on returns.

    Returns
    -------
    DataFrame, list of dict, list of DataFrame
        The longer table, one row per seam, and the fetched rows of its securities (``volume``).
    """
    origin, seams, frames = dict(origin), [], []
    for source in FETCHED[exchange]:
        file = FILES[source]
        more = {"volume", "dividend"} & {*raw[file].columns}
        rows = _of_market(reading.long(raw, file, "adjusted_close", *more), wide, exchange, raw)
        if rows.empty:
            continue
        rows = drop_unfinished(rows, source, exchange, raw["sources.csv"], log)
        frames.append(rows)
        joined: dict[str, pd.Series] = {}
        for ticker, own in rows.groupby("ticker"):
            name, new = str(ticker), own.set_index("date")["close"].sort_index().rename(ticker)
            old = wide[name].dropna()
            if old.index[-1] >= new.index[-1]:
                continue
            try:
                seam = checks.check_seam(old, new, log, **_leave(name, own))
            except DataError as error:
                why = "what was fetched does not fit what was there: left where it was"
                detail = {"security": name, "source": source, "because": str(error)}
                log.record("continue_fetched", 0, why, detail)
                continue
            session = old.index.intersection(new.index)[-1]
            later = new[new.index > old.index[-1]]
            joined[name] = pd.concat([old * (new[session] / old[session]), later])
            seams.append(seam_row(name, origin[name], source, old.index[-1], seam))
            origin[name] = source
        rest = {ticker: wide[ticker] for ticker in wide.columns.difference([*joined])}
        wide = pd.concat(rest | joined, axis=1, sort=True)
    return wide, seams, frames


def _of_market(rows: pd.DataFrame, wide: pd.DataFrame, exchange: str, raw: Raw) -> pd.DataFrame:
    """Return the rows of this market's securities on its sessions; bars of holidays are none."""
    sessions = checks.exchange_sessions(exchange, raw)
    return rows[rows["ticker"].isin(wide.columns) & rows["date"].isin(sessions)]


def _leave(ticker: str, own: pd.DataFrame) -> dict[str, Any]:
    """Return how to compare: not on ex-days, where closes of ours may fall by the dividend."""
    paid = own["dividend"] > 0 if "dividend" in own else own["close"] < 0
    least = LEAST_ALIKE.get(ticker, checks.MIN_CORRELATION)
    return {"minimum": least, "leave_out": pd.DatetimeIndex(own.loc[paid, "date"])}
