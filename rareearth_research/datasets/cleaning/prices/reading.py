"""Read the raw price files and the hand-kept tables that go with them, strictly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rareearth_research.datasets.tables.registry import Raw
from rareearth_research.errors import DataError


@dataclass(frozen=True)
class Correction:
    """One row of ``price_corrections.csv``: which rule applies to which ticker when, and why."""

    rule: str
    ticker: str
    date: pd.Timestamp
    value: str
    other: str
    status: str
    reason: str

    @property
    def factor(self) -> float:
        """`value` as a number."""
        try:
            return float(self.value)
        except ValueError:
            raise DataError(
                f"price_corrections.csv: {self.rule} of {self.ticker} on {self.date:%Y-%m-%d} has "
                f"the value {self.value!r}, not a number"
            ) from None


def long(files: Raw, file: str, close: str, *more: str, ticker: str = "") -> pd.DataFrame:
    """Return ``date, ticker, close, …, volume`` of a raw file, dates and numbers parsed.

    `close` names the file's column of closes; `ticker` is for a file of one security.

    Raises
    ------
    DataError
        If a cell is not a day or a finite number, a close is not positive, or a ticker has two
        rows on one day.
    """
    raw = files[file]
    tickers = ticker or raw["ticker"]
    frame = pd.DataFrame({"date": _days(raw, "date", file), "ticker": tickers})
    for name in (close, *more):
        frame["close" if name == close else name] = _numbers(raw, name, file)
    if "volume" not in frame:
        frame["volume"] = np.nan
    for bad, what in (
        (~(frame["close"] > 0), f"{close} is not positive"),
        (frame.duplicated(["date", "ticker"]), "has a second row"),
    ):
        if bad.any():
            row = frame[bad].iloc[0]
            raise DataError(f"{file}: {row['ticker']} on {row['date']:%Y-%m-%d}: {what}")
    return frame


def wide(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    """Return dates × tickers of one column of a long frame."""
    return frame.pivot(index="date", columns="ticker", values=value)


def stacked(frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``date, ticker, value`` of a wide frame, without missing values."""
    long_form = frame.melt(var_name="ticker", ignore_index=False).rename_axis("date")
    return long_form.dropna().reset_index()


def corrections(raw: Raw, rule: str = "") -> list[Correction]:
    """Return the rows of ``price_corrections.csv``, of one rule or all."""
    file = "price_corrections.csv"
    frame = raw[file].assign(date=_days(raw[file], "date", file))
    rows = [Correction(*row) for row in frame.itertuples(index=False)]
    return [row for row in rows if rule in ("", row.rule)]


def calendar_exceptions(raw: Raw) -> pd.DataFrame:
    """Return ``calendar_exceptions.csv`` with dates parsed."""
    file = "calendar_exceptions.csv"
    return raw[file].assign(date=_days(raw[file], "date", file))


def reviewed(raw: Raw) -> pd.DataFrame:
    """Return ``outliers_reviewed.csv``: ``ticker, date, verdict, reason``."""
    file = "outliers_reviewed.csv"
    frame = raw[file].assign(date=_days(raw[file], "date", file))
    twice = frame.duplicated(["ticker", "date"])
    if twice.any():
        row = frame[twice].iloc[0]
        raise DataError(f"{file}: {row['ticker']} {row['date']:%Y-%m-%d} is listed twice")
    return frame[["ticker", "date", "verdict", "reason"]]


def price_limits(raw: Raw) -> pd.DataFrame:
    """Return ``price_limits.csv`` with dates and limits parsed."""
    file = "price_limits.csv"
    frame = raw[file]
    return frame.assign(
        **{name: _days(frame, name, file) for name in ("from", "until")},
        limit=_numbers(frame, "limit", file),
    )


def _days(raw: pd.DataFrame, name: str, file: str) -> pd.Series:
    parsed = pd.to_datetime(raw[name], format="%Y-%m-%d", errors="coerce")
    _refuse(raw, parsed.isna(), name, file, "a day like 2025-04-04")
    return parsed.astype("datetime64[us]")


def _numbers(raw: pd.DataFrame, name: str, file: str) -> pd.Series:
    parsed = pd.to_numeric(raw[name], errors="coerce").astype("float64")
    _refuse(raw, ~parsed.abs().lt(np.inf), name, file, "a number")
    return parsed


def _refuse(raw: pd.DataFrame, bad: pd.Series, name: str, file: str, wanted: str) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise DataError(
            f"{file} line {row + 2}: {name} is {raw[name].iloc[row]!r}, not {wanted}; correct it"
        )
