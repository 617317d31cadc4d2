"""Look at fetched figures before they meet the old ones: dates, numbers, rows twice.

What is wrong here is wrong whatever the old file holds, and no user can accept it.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from rareearth_research.datasets.sources.rawfiles import RawFile
from rareearth_research.errors import SourceError

__all__ = ["accept", "jumps", "number_text", "numbers_of"]

FORMATS = {"date": "%Y-%m-%d", "publication_date": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


def accept(raw: RawFile, new: pd.DataFrame) -> pd.DataFrame:
    """Return `new` with every column text, or say what is wrong with it.

    Raises
    ------
    SourceError
        For other columns, no rows, dates that are none or lie ahead, figures that are no numbers
        or not positive, and rows given twice.
    """
    if list(new.columns) != list(raw.columns):
        raise SourceError(
            f"{raw.name}: expected the columns {', '.join(raw.columns)}; got "
            f"{', '.join(map(str, new.columns))}"
        )
    if not len(new) and raw.folder == "raw":
        raise SourceError(f"the upstream sent no rows for {raw.name}; nothing was changed")
    new = new.reset_index(drop=True)
    _check_dates(raw, new[raw.when].astype(str))
    out = pd.DataFrame(index=new.index)
    for name in raw.columns:
        is_figure = name in raw.figures and raw.compare != "text"
        out[name] = _as_text(raw, new[name]) if is_figure else new[name].astype(str)
    twice = out.duplicated(list(raw.key))
    if twice.any():
        row = " / ".join(out.loc[twice, list(raw.key)].iloc[0])
        raise SourceError(f"{raw.name}: the upstream sent {row} twice; nothing was changed")
    return out


def jumps(raw: RawFile, merged: pd.DataFrame, added: pd.Index) -> list[str]:
    """Name the added rows whose figure is implausibly far from the one before it."""
    if raw.largest_jump is None:
        return []
    rows = merged.sort_values([*raw.key])
    figure = numbers_of(rows[raw.figures[0]])
    before = (
        figure.groupby([rows[name] for name in raw.series]).shift()
        if raw.series
        else (figure.shift())
    )
    far = np.abs(np.log(figure / before)) > np.log(raw.largest_jump)
    new = rows.set_index([*raw.key]).index.isin(added)
    return [
        f"{' / '.join(row)}: {was:g} to {now:g}"
        for row, was, now in zip(
            rows.loc[far & new, [*raw.key]].itertuples(index=False, name=None),
            before[far & new],
            figure[far & new],
            strict=True,
        )
    ]


def _as_text(raw: RawFile, column: pd.Series) -> pd.Series:
    """Write figures as text: what came as text stays as published, numbers get a few digits."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    first = column.name == raw.figures[0]
    bad = ~np.isfinite(values) | ((values <= 0) if first and raw.positive else False)
    if bad.any():
        row = int(bad.argmax())
        raise SourceError(
            f"{raw.name}, row {row + 1}: {column.name} is {column.iloc[row]!r}, not a "
            f"{'positive ' if first and raw.positive else ''}number; nothing was changed"
        )
    if pd.api.types.is_numeric_dtype(column.dtype):
        return pd.Series([number_text(v, raw.digits) for v in values], index=column.index)
    return column.astype(str).str.strip()


def number_text(value: float, digits: int) -> str:
    """Write a number with at most `digits` significant digits, never with an exponent."""
    return np.format_float_positional(
        value, precision=digits, unique=False, fractional=False, trim="-"
    )


def numbers_of(column: pd.Series) -> pd.Series:
    """Read a column of figures; text that is no number is missing."""
    return pd.to_numeric(column, errors="coerce").astype(float)


def _check_dates(raw: RawFile, dates: pd.Series) -> None:
    # USGS years may be spans such as 2021-24: their first year counts.
    texts = dates.str[:4] if raw.when == "year" else dates
    parsed = pd.to_datetime(texts, format=FORMATS[raw.when], errors="coerce")
    if parsed.isna().any():
        bad = dates[parsed.isna()].iloc[0]
        raise SourceError(f"{raw.name}: {bad!r} in {raw.when} is not a date")
    ahead = parsed > pd.Timestamp(dt.date.today() + dt.timedelta(days=1))
    if ahead.any():
        raise SourceError(
            f"{raw.name}: the upstream dates a row {dates[ahead].iloc[0]}, which lies ahead"
        )
