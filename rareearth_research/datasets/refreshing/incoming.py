"""Look at fetched figures before they meet the old ones: dates, numbers, rows twice.

What is wrong here is wrong whatever the old file holds, and no user can accept it.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from rareearth_research.datasets.sources.rawfiles import RawFile
from rareearth_research.days import is_blank
from rareearth_research.errors import SourceError, shown

FORMATS = {"date": "%Y-%m-%d", "publication_date": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
LENGTH = {"date": 10, "publication_date": 10, "month": 7, "year": 4}  # 2026-1-2 is not written so
FEW = 3  # rows whose size says nothing
LOT = 100  # shares


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
            f"{shown(', '.join(map(str, new.columns)), 300)}"
        )
    if not len(new) and raw.folder == "raw":
        raise SourceError(f"the upstream sent no rows for {raw.name}; nothing was changed")
    new = new.reset_index(drop=True)
    _check_dates(raw, new[raw.when].astype(str))
    out = pd.DataFrame(index=new.index)
    for name in raw.columns:
        is_figure = name in raw.figures and raw.compare != "text"
        text = new[name].astype(str)
        out[name] = _as_text(raw, new[name], new[raw.when]) if is_figure else text
    twice = out.duplicated(list(raw.key))
    if twice.any():
        row = " / ".join(out.loc[twice, list(raw.key)].iloc[0])
        raise SourceError(f"{raw.name}: the upstream sent {row[:200]} twice; nothing was changed")
    return out


def jumps(raw: RawFile, merged: pd.DataFrame, added: pd.Index) -> list[str]:
    """Name the added rows whose figure is implausibly far from the one before it."""
    if not np.isfinite(raw.largest_jump):
        return []
    rows = merged.sort_values([*raw.key])
    figure = numbers_of(rows[raw.figures[0]])
    series = [rows[name] for name in raw.series]
    before = figure.groupby(series).shift() if series else figure.shift()
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


def other_scale(raw: RawFile, old: pd.DataFrame, added: pd.DataFrame) -> list[str]:
    """Say that new figures of either sign are all of another size than the old ones.

    Such figures (factors in per cent) have no jump from one to the next that could be too large.
    """
    if raw.positive or raw.compare != "level" or len(added) < FEW:
        return []
    figure = raw.figures[0]
    was = numbers_of(old.sort_values(raw.when)[figure]).abs().tail(250)
    now = numbers_of(added[figure]).abs()
    if now.max() < 0.1 * was.median() or now.median() > 3 * was.max():
        return [f"{figure}: {now.median():g} in the middle, and {was.median():g} before"]
    return []


def gaps(raw: RawFile, added: pd.DataFrame) -> tuple[str, ...]:
    """Name the figures that new rows lack, of those that may be empty."""
    return tuple(
        f"{name} of {' / '.join(key if isinstance(key, tuple) else (key,))}"
        for name in raw.blank
        for key in added.index[added[name] == ""]
    )


def refuse_other_unit(raw: RawFile, old: pd.DataFrame, new: pd.DataFrame) -> None:
    """Refuse volumes of rows that both have, if they are in shares here and in lots there.

    Raises
    ------
    SourceError
        Naming a series whose volumes are, in the middle, a hundred times the known ones or a
        hundredth of them.
    """
    for name, unit in raw.units.items():
        ratio = numbers_of(new[name]) / numbers_of(old[name])
        ratio = ratio[np.isfinite(ratio) & (ratio > 0)]
        middle = ratio.groupby(level=[*raw.series]).median()
        other = middle[np.abs(np.abs(np.log(middle)) - np.log(LOT)) < np.log(1.2)]
        for series, times in other.items():
            more = times > 1
            raise SourceError(
                f"{raw.name}, {series}: {name} is {'' if more else '1/'}{LOT} times the known one "
                f"where both have one, as if in {'shares' if more else f'lots of {LOT} shares'}; "
                f"the file holds {unit}. {'Divide' if more else 'Multiply'} the column by {LOT}"
            )


def _as_text(raw: RawFile, column: pd.Series, when: pd.Series) -> pd.Series:
    """Write figures as text: what came as text stays as published, numbers get a few digits."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    first = column.name == raw.figures[0]
    bad = ~np.isfinite(values) | ((values <= 0) if first and raw.positive else False)
    empty = np.array([column.name in raw.blank and is_blank(cell) for cell in column], dtype=bool)
    bad &= ~empty
    least, largest = raw.within
    outside = (values < least) | (values > largest)
    if (bad | outside).any():
        row = int((bad | outside).argmax())
        wanted = f"a {'positive ' if first and raw.positive else ''}number"
        if not bad[row]:
            wanted = f"from {least:g} to {largest:g} (a code for 'no figure'? another unit?)"
        raise SourceError(
            f"{raw.name}, {when.iloc[row]}: {column.name} is {shown(column.iloc[row])}, not "
            f"{wanted}; leave the row out. Nothing was changed"
        )
    if pd.api.types.is_numeric_dtype(column.dtype):
        texts = [number_text(v, raw.digits) for v in values]
        return pd.Series(texts, index=column.index).mask(empty, "")
    return column.astype(str).str.strip().mask(empty, "")


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
    parsed = parsed.where(texts.str.len() == LENGTH[raw.when])
    if parsed.isna().any():
        bad = dates[parsed.isna()].iloc[0]
        raise SourceError(f"{raw.name}: {shown(bad)} in {raw.when} is not a date")
    ahead = parsed > pd.Timestamp(dt.date.today() + dt.timedelta(days=1))
    if ahead.any():
        raise SourceError(
            f"{raw.name}: the upstream dates a row {dates[ahead].iloc[0]}, which lies ahead"
        )
