"""The last steps every market shares: gaps, missing returns, outliers, rounding, order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from rareearth_research.datasets.cleaning.prices import checks, reading
from rareearth_research.datasets.cleaning.prices import flags as flagging
from rareearth_research.datasets.tables.registry import CleaningLog, Raw

# Eight digits keep a chained return exact to 1e-8 and hide the last bits of the arithmetic.
DIGITS = 8


@dataclass(frozen=True)
class Market:
    """Clean prices of one market: wide levels and volumes, long flags, one row per seam."""

    prices: pd.DataFrame
    volumes: pd.DataFrame
    flags: pd.DataFrame
    seams: pd.DataFrame


def finish(
    wide: pd.DataFrame,
    volumes: pd.DataFrame,
    flags: list[pd.DataFrame],
    seams: list[dict[str, object]],
    raw: Raw,
    exchange: str,
    log: CleaningLog,
) -> Market:
    """Finish a market: gaps, missing returns, suspects, outliers, rounding and order."""
    wide = wide.sort_index().sort_index(axis=1)
    wide = wide.map(lambda level: float(f"{level:.{DIGITS}g}"))
    fixes = reading.corrections(raw)
    returns = checks.simple_returns(wide)
    exceptions = reading.calendar_exceptions(raw)
    lacking = exceptions[(exceptions["exchange"] == exchange) & (exceptions["kind"] == "missing")]
    file_gaps = pd.DatetimeIndex(lacking["date"])
    sessions = checks.exchange_sessions(exchange, raw)
    gaps = flagging.flag_gaps(wide, sessions, file_gaps)
    log.record(
        "flag_gaps",
        len(gaps) // 2,
        "sessions without a price are kept as gaps; the return across a gap is flagged",
    )
    observed = wide.copy()  # a stale close is no observation: the next return spans its session
    for row in pd.concat(flags).query("flag == 'stale'").itertuples():
        observed.loc[row.date, row.ticker] = float("nan")
    spans = flagging.flag_gaps(observed, sessions, file_gaps)
    gaps = pd.concat([gaps.query("flag == 'halt'"), spans.query("flag == 'multi_session'")])
    breaks = pd.concat(
        [
            flagging.flag_missing_returns(returns, fixes, log),
            flagging.flag_suspects(returns, fixes, log),
        ]
    )
    served = returns.copy()
    for row in breaks.itertuples():
        served.loc[row.date, row.ticker] = float("nan")
    outliers = checks.check_outliers(served, reading.reviewed(raw), log)[flagging.COLUMNS]
    joins = [
        flagging.rows(
            [s["session"]], s["ticker"], "source_join", s.get("correlation", 0), s["later_source"]
        )
        for s in seams
    ]
    found = pd.concat([*flags, gaps, breaks, outliers, *joins], ignore_index=True)
    return Market(wide, volumes, found[flagging.COLUMNS], pd.DataFrame(seams))


def seam_row(
    ticker: str, old: str, new: str, session: pd.Timestamp, found: Mapping[str, object]
) -> dict[str, object]:
    """Return one row of the table of seams."""
    return {
        "ticker": ticker,
        "earlier_source": old,
        "later_source": new,
        "session": session,
        **found,
    }
