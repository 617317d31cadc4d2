"""Filters the loaders share: names that must exist, and days.

A value that occurs nowhere is an error with the nearest names, so that a typing mistake never
looks like an empty result. Each filter is called what the argument is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from rareearth_research.arguments import check_choice, check_names
from rareearth_research.days import Day, read_span
from rareearth_research.errors import DataError, did_you_mean, shown

Names = str | Iterable[str]


def choose(
    table: pd.DataFrame,
    hint: str = "Load the table without a filter to see all",
    keep: pd.Series | bool = True,
    **wanted: tuple[str, Names | None],
) -> pd.DataFrame:
    """Return the rows of `table` that satisfy `keep` and every filter, numbered anew.

    Parameters
    ----------
    table
        As `read` gives it.
    hint
        Ends the error about a value that is nowhere in a column.
    keep
        Rows that other filters leave, such as `within`.
    **wanted
        By argument: the column it filters, and the names asked for (None: all).
    """
    kept = pd.Series(keep, index=table.index)
    for argument, (column, names) in wanted.items():
        if names is not None:
            kept &= matching(table[column], names, argument, hint)
    return table[kept].reset_index(drop=True)


def matching(
    column: pd.Series,
    wanted: Names,
    argument: str,
    hint: str = "",
    known: Iterable[str] | None = None,
) -> pd.Series:
    """Return which ``;`` separated lists of `column` hold any of `wanted`.

    `argument` and `hint` word the error for a value that is not `known`, by default what stands
    anywhere in the column.
    """
    parts = column.str.split(";")
    known = known or sorted({part for row in parts for part in row if part})
    chosen = known_names(argument, wanted, known, "the table", hint)
    return parts.map(lambda row: not set(chosen).isdisjoint(row)).astype(bool)


def known_names(
    argument: str, wanted: Names, known: Iterable[str], where: str, hint: str = ""
) -> list[str]:
    """Return `wanted` as a list of names, each of which is in `known`."""
    names = check_names(argument, wanted, DataError)
    there = dict.fromkeys(known)  # in order, and fast to look up
    for name in names:
        if name not in there:
            choices = "" if len(there) > 12 else f"; known: {', '.join(there)}"
            raise DataError(
                f"{argument}: {shown(name)} is not in {where}{did_you_mean(name, there)}{choices}"
                + (f". {hint}" if hint else "")
            )
    return names


def at_least(
    argument: str, column: pd.Series, least: str | None, falling: Sequence[str]
) -> pd.Series:
    """Return which values stand at `least` or before it in `falling`; None: all."""
    if least is None:
        return pd.Series(True, index=column.index)
    chosen = check_choice(argument, least, falling, DataError)
    return column.isin(falling[: falling.index(chosen) + 1])


def holding(frame: pd.DataFrame, columns: Sequence[str], words: str | None) -> pd.Series:
    """Return which rows hold every one of `words` in any of `columns`, in either case; None: all.

    Raises
    ------
    DataError
        If `words` is no text, or no row of the whole table holds them.
    """
    if words is None:
        return pd.Series(True, index=frame.index)
    if not isinstance(words, str) or not words.strip():
        raise DataError(f"search must be words to look for; got {shown(words)}")
    text = frame[columns[0]].str.cat(frame[[*columns[1:]]], sep="\n").str.casefold()
    found = pd.Series(True, index=frame.index)
    for word in words.casefold().split():
        found &= text.str.contains(word, regex=False)
    if not found.any():
        raise DataError(
            f"search: {shown(words)} is in no row; every word must be in it, so try fewer"
        )
    return found


def within(
    days: pd.Series | pd.Index, since: Day | None, until: Day | None, argument: str = "until"
) -> pd.Series:
    """Return which of `days` lie from `since` to `until`, both included.

    Either may be a day, or a month (``"2024-05"``) or year (``"2024"``): the first day of `since`
    and the last of `until` count. `argument` is what the caller calls `until`.
    """
    first = None if since is None else read_span(since, "since")[0]
    last = None if until is None else read_span(until, argument)[1]
    if first is not None and last is not None and first > last:
        raise DataError(f"since {first.date()} is after until {last.date()}; exchange them")
    keep = pd.Series(True, index=getattr(days, "index", days))
    if first is not None:
        keep &= days >= first
    if last is not None:
        keep &= days <= last
    return keep


def between(frame: pd.DataFrame, since: Day | None, until: Day | None) -> pd.DataFrame:
    """Return the rows of a daily frame from `since` to `until`; none is an error."""
    cut = frame[within(frame.index, since, until)]
    if cut.empty:
        raise DataError(
            f"there is no day from since={shown(since)} to until={shown(until)}; the data run "
            f"from {frame.index[0]:%Y-%m-%d} to {frame.index[-1]:%Y-%m-%d}"
        )
    return cut
