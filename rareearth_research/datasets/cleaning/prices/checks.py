"""Checks that stop a build: sessions against the calendar, seams between sources, outliers."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.calendars import check_corrections, corrected
from rareearth_research.datasets.cleaning.prices.reading import calendar_exceptions, stacked
from rareearth_research.datasets.tables.registry import CleaningLog, Raw
from rareearth_research.errors import DataError

OUTLIER = 0.25
MIN_CORRELATION = 0.998
SAME_UNIT = 1.2  # ratio of two sources' volumes, in the middle; shares and lots are 100 apart


def exchange_sessions(exchange: str, raw: Raw) -> pd.DatetimeIndex:
    """Return the exchange's sessions since 2009, as ``calendar_corrections.csv`` corrects them."""
    file = "calendar_corrections.csv"
    schedule = corrected(exchange, check_corrections(file, raw[file]))
    return pd.DatetimeIndex(schedule["2009":].index).as_unit("us")


def check_calendar(
    dates: pd.Series | pd.DatetimeIndex, exchange: str, source: str, raw: Raw, log: CleaningLog
) -> None:
    """Compare a source's dates with the exchange calendar.

    Raises
    ------
    DataError
        If a session is missing from the source, or a date is no session, that
        ``calendar_exceptions.csv`` does not list.
    """
    found = pd.DatetimeIndex(pd.unique(dates)).sort_values()
    exceptions = calendar_exceptions(raw)
    sessions = exchange_sessions(exchange, raw)
    sessions = sessions[(sessions >= found[0]) & (sessions <= found[-1])]
    known = exceptions[(exceptions["exchange"] == exchange) & (exceptions["source_id"] == source)]
    notes = []
    for kind, days in (
        ("missing", sessions.difference(found)),
        ("extra", found.difference(sessions)),
    ):
        listed = pd.DatetimeIndex(known.loc[known["kind"] == kind, "date"])
        unlisted = days.difference(listed)
        if len(unlisted):
            raise DataError(
                f"source {source!r}: {len(unlisted)} {kind} sessions of {exchange}, first "
                f"{unlisted[0]:%Y-%m-%d}; correct the raw file, list them with a reason in "
                "data/raw/calendar_exceptions.csv if the file errs, or in "
                "data/raw/calendar_corrections.csv if the calendar does, as after its end"
            )
        if len(days):
            notes.append(f"{kind}: {', '.join(f'{day:%Y-%m-%d}' for day in days)}")
    log.record(
        "check_calendar",
        len(found),
        f"dates of {source} agree with the calendar of {exchange}"
        + (" except days that calendar_exceptions.csv lists with a reason" if notes else ""),
        "\n".join(notes),
    )


def check_seam(
    old: pd.Series,
    new: pd.Series,
    log: CleaningLog,
    minimum: float = MIN_CORRELATION,
    why: str = "two sources of one security must tell the same returns where they overlap",
    leave_out: pd.DatetimeIndex | None = None,
) -> dict[str, object]:
    """Correlate the returns of two sources on the sessions both have.

    Returns
    -------
    dict
        ``sessions, correlation, largest_difference, largest_difference_on``.

    Raises
    ------
    DataError
        If fewer than five returns overlap or the correlation is below `minimum`.
    """
    pair = pd.concat([old, new], axis=1, join="inner").dropna().sort_index()
    returns = pair.pct_change(fill_method=None).dropna()
    if leave_out is not None:
        returns = returns.drop(index=returns.index.intersection(leave_out))
    name = str(new.name)
    if len(returns) < 5:
        raise DataError(f"{name}: the two sources share only {len(returns)} returns; need 5")
    correlation = float(returns.iloc[:, 0].corr(returns.iloc[:, 1]))
    if not correlation >= minimum:
        raise DataError(
            f"{name}: returns of the two sources correlate {correlation:.5f} where they overlap, "
            f"below {minimum}; they are not the same security or one is damaged"
        )
    difference = (returns.iloc[:, 0] - returns.iloc[:, 1]).abs()
    worst = difference.idxmax()
    log.record(
        "check_seam",
        len(returns),
        why,
        {
            "security": name,
            "from": f"{returns.index[0]:%Y-%m-%d}",
            "until": f"{returns.index[-1]:%Y-%m-%d}",
            "correlation": f"{correlation:.5f}",
            "at least": f"{minimum}",
            "largest difference of a return": f"{difference.max():.4f}",
            "on": f"{worst:%Y-%m-%d}",
        },
    )
    return {
        "sessions": len(returns),
        "correlation": round(correlation, 6),
        "largest_difference": round(float(difference.max()), 6),
        "largest_difference_on": worst,
    }


def check_volumes(known: pd.DataFrame, shares: pd.DataFrame, source: str) -> int:
    """Compare a source's volumes with those known before it, and return how many both have.

    Raises
    ------
    DataError
        If a security's are, in the middle, not the same up to a fifth: another unit.
    """
    both = shares.merge(known, on=["date", "ticker"], suffixes=("", "_known"))
    both = both[(both["volume"] > 0) & (both["volume_known"] > 0)]
    ratio = (both["volume"] / both["volume_known"]).groupby(both["ticker"]).median()
    for ticker, times in ratio[~ratio.between(1 / SAME_UNIT, SAME_UNIT)].items():
        raise DataError(
            f"source {source!r}: the volume of {ticker}, brought to shares, is {times:.4g} times "
            "the known one where both have one; 100 times: it is in shares already and not in "
            "lots of 100. Bring the raw file to lots"
        )
    return len(both)


def simple_returns(prices: pd.DataFrame) -> pd.DataFrame:
    """Return simple returns over the previous observed close; missing where there is no close."""
    return prices / prices.ffill().shift() - 1


def check_outliers(returns: pd.DataFrame, reviewed: pd.DataFrame, log: CleaningLog) -> pd.DataFrame:
    """Require a reviewed reason for every return beyond ±25 %, and return them as flags.

    Raises
    ------
    DataError
        Naming the first returns that ``outliers_reviewed.csv`` does not list.
    """
    large = stacked(returns[returns.abs() > OUTLIER])
    merged = large.merge(reviewed, on=["date", "ticker"], how="left", validate="one_to_one")
    missing = merged[merged["verdict"].isna()]
    if len(missing):
        first = ", ".join(
            f"{row.ticker} {row.date:%Y-%m-%d} {row.value:+z.1%}"
            for row in missing.head(3).itertuples()
        )
        raise DataError(
            f"{len(missing)} returns beyond ±25 % are not in data/raw/outliers_reviewed.csv "
            f"(first: {first}); look at each and add it with a verdict and an honest reason"
        )
    counts = merged["verdict"].value_counts()
    log.record(
        "check_outliers",
        len(merged),
        "every return beyond ±25 % is listed in outliers_reviewed.csv with a verdict",
        "; ".join(f"{verdict}: {count}" for verdict, count in counts.items()),
    )
    return merged.assign(flag="outlier", note=merged["verdict"] + ": " + merged["reason"])
