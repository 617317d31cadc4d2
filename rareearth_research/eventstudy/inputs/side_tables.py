"""Do tables given beside the returns speak of the securities that are studied?

A table that names none of them does nothing, and nobody would see it. What is named and not used
is said; the project's own tables, which name every security it knows, are no surprise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_frame, is_whole
from rareearth_research.errors import SpecificationError, did_you_mean, shown, some
from rareearth_research.eventstudy.inputs.shipped import shipped_tickers


def by_security(table: pd.DataFrame, what: str, columns: Sequence[str]) -> pd.DataFrame:
    """Return `table` with a column ``ticker``, or raise where it lacks that or one of `columns`.

    Parameters
    ----------
    table : DataFrame
        With ``ticker`` or ``security`` as a column or as the name of its index; an index of names
        of another name is taken for securities too.
    """
    frame = check_frame(what, table)
    names = [name for name in ("ticker", "security") if name in frame.columns]
    wanted = dict.fromkeys(("ticker", *columns))
    plain = isinstance(frame.index, pd.RangeIndex | pd.DatetimeIndex | pd.MultiIndex)
    if names == ["security"]:
        frame = frame.rename(columns={"security": "ticker"})
    elif not (names or plain or "ticker" in columns):
        frame = frame.assign(ticker=frame.index)
    for name in wanted:
        if name not in frame.columns:
            raise SpecificationError(
                f"{what} has no column {name!r}{did_you_mean(name, frame.columns)}; give one row "
                f"per security with the columns {', '.join(wanted)}"
            )
    for name in {"ticker", "flag"} & {"ticker", *columns}:
        named = _named(frame[name])
        if not named.all():
            raise SpecificationError(
                f"{what} has no {name} in row {int(np.argmin(named))}; fill it in or drop the row"
            )
    return frame.assign(ticker=written(frame["ticker"]))


def written(names: pd.Series) -> pd.Series:
    """Return names that were judged as text."""
    return names if isinstance(names.dtype, pd.StringDtype) else names.map(str)


def _named(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.StringDtype):
        return values.isin([name for name in values.dropna().unique() if name.strip()])
    return values.map(
        lambda value: bool(isinstance(value, str) and value.strip()) or is_whole(value)
    )


def refuse_strangers(what: str, given: Iterable[str], names: Collection[str]) -> list[str]:
    """Raise if a table names none of the securities; return a sentence on those it names in vain.

    Parameters
    ----------
    what : str
        The argument.
    given : iterable of str
        Securities that the table names.
    names : collection of str
        Columns of the returns.
    """
    given = dict.fromkeys(given)
    strange = [name for name in given if name not in names]
    if not strange and given:
        return []
    plain = {_plain(name): name for name in names}
    for name in strange:
        if (meant := plain.get(_plain(name))) is not None and meant not in given:
            raise SpecificationError(
                f"{what} names {shown(name)}, which is no column of returns, and nothing on "
                f"{shown(meant)}; write names as returns has them"
            )
    known = shipped_tickers()
    foreign = [name for name in strange if name not in known]
    # the project's own tables hold nothing on some of its securities
    if len(strange) == len(given) and (foreign or not given or not set(names) <= known):
        first = next(iter(given), "")
        raise SpecificationError(
            f"{what} names no security of returns{did_you_mean(first, names)}; it names "
            f"{', '.join(map(shown, list(given)[:3])) or 'none'}, and returns holds "
            f"{', '.join(map(shown, list(names)[:3]))}: write names as returns has them, or leave "
            f"{what} out"
        )
    if not foreign:
        return []
    named = some(map(shown, foreign), 3)
    return [f"Not used of {what}, because returns has no such column: {named}."]


def _plain(name: str) -> str:
    return name.strip().casefold()
