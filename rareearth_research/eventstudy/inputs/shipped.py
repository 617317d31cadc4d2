"""What do the project's own tables say about a study? All look-ups of the engine in them.

A study of anybody's data needs none of these tables: where they are not at hand, nothing is said.
`rer.studies` leaves out securities that were not in the business, and keeps placebo sessions away
from every listed event. A study put together by hand may do without; then its summary says so, and
how to get the same numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from textwrap import shorten
from typing import Any

import pandas as pd

from rareearth_research.arguments import check_known
from rareearth_research.errors import DataError, SpecificationError, did_you_mean, shown, some


def shipped_tickers() -> set[str]:
    """Return the project's own tickers; none where its tables are not at hand."""
    table = _securities()
    return set() if table is None else set(table.index)


def local_benchmarks(columns: Sequence[str]) -> list[str | None]:
    """Return the benchmark of each security's own exchange, None where none is known."""
    from rareearth_research.datasets import load_securities

    local = load_securities()["benchmark"]
    return [local.get(column) or None for column in columns]


def shipped_returns(ticker: str, return_type: Any, columns: Sequence[str]) -> pd.Series:
    """Return the returns of a ticker that is not one of `columns`, or raise."""
    from rareearth_research.datasets import load_returns

    try:
        return load_returns([ticker], kind=return_type)[ticker]
    except DataError as error:
        raise SpecificationError(
            f"benchmark {shown(ticker)} is neither a column of returns"
            f"{did_you_mean(ticker, columns)} nor a ticker of this project's data: "
            f"{shorten(str(error), 300)}"
        ) from None


def shipped_donors(return_type: Any) -> tuple[pd.DataFrame, list[str]]:
    """Return the returns of the shares among the project's controls, and their exchanges."""
    from rareearth_research.datasets import load_returns, load_securities

    try:
        controls = load_securities(group="controls")
        shares = controls[controls["kind"] == "equity"]
        return load_returns(list(shares.index), kind=return_type), list(shares["exchange"])
    except DataError as error:
        raise SpecificationError(
            "this model needs donors=: columns of returns, or a DataFrame of returns by date; this "
            f"project's own are not at hand: {shorten(str(error), 300)}"
        ) from None


def shipped_factors(names: Any) -> pd.DataFrame:
    """Return columns of the project's factor table by date, or raise."""
    from rareearth_research.datasets import load_factors

    table = load_factors()
    if "date" in table.columns:
        table = table.set_index("date")
    has = f"it has {', '.join(map(repr, table.columns))}"
    return table[check_known("factors", names, table.columns, "in the factor table", has)]


def shipped_notes(
    names: Collection[str],
    *,
    security: Iterable[str],
    session: pd.DatetimeIndex,
    exposure: bool,
    known_events: bool,
) -> list[str]:
    """Return what differs from `rer.studies.event_study`; nothing for securities of one's own.

    Parameters
    ----------
    names : collection of str
        Columns of the returns.
    security, session : length K
        Name and event session of each kept pair.
    exposure, known_events : bool
        Whether exposure dates and further events were given.
    """
    table, notes = _securities(), []
    if table is None or not {*names} <= {*table.index}:
        return []
    if not exposure:
        dates = table.loc[list(security), ["exposure_from", "exposure_until"]]
        outside = (dates["exposure_from"] > session) | (dates["exposure_until"] < session)
        if outside.any():
            who = ", ".join(outside.index[outside].unique())
            notes.append(
                f"Exposure dates are not applied: {outside.sum()} of {len(outside)} pairs lie "
                f"outside them ({who}). Pass exposure=rer.load_securities() to leave them out."
            )
    if not known_events:
        notes.append(
            "Other listed events are not looked for: pass known_events=rer.load_events(), and "
            "exclude_near=rer.load_events() to rer.placebo()."
        )
    return notes


def asynchrony_notes(against: Iterable[tuple[str, str]]) -> list[str]:
    """Return a sentence for each exchange whose benchmark closes at other hours.

    `against` holds pairs of exchange and benchmark. Benchmarks whose hours are not known (a series
    of the user's own) get none.
    """
    from rareearth_research.timing import benchmark_clock

    table = _securities() if against else None
    if table is None:
        return []
    homes = table["exchange"]
    named: dict[tuple[str, str], list[str]] = {}
    for mic, name in against:
        if name in homes.index:
            named.setdefault((mic, str(homes[name])), []).append(name)
    clocks = {key: benchmark_clock(*key) for key in sorted(named)}
    return [
        f"{some(named[key], 1)} for {key[0]}: {clock.advice}"
        for key, clock in clocks.items()
        if not clock.synchronous
    ]


def _securities() -> pd.DataFrame | None:
    from rareearth_research.datasets import load_securities

    try:
        return load_securities()
    except DataError:
        return None
