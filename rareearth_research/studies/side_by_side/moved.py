"""`did_it_move`: the answers of every method that applies, and whether they agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from rareearth_research.dynamics.belief import measured_narrow
from rareearth_research.errors import RareEarthError, listed
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.study import EventStudy
from rareearth_research.numerals import counted, numeral
from rareearth_research.studies.side_by_side.asked import read_asked
from rareearth_research.studies.side_by_side.methods import METHODS, TABLED, Row
from rareearth_research.summary import Drawn, Summary, signed

CHECKED = ("interrupted", "state space")  # whose intervals were tried at other dates of the series


@dataclass(frozen=True, repr=False)
class DidItMove(Drawn):
    """Result of `did_it_move`.

    Attributes
    ----------
    table : DataFrame
        One row per method that applies: ``method, effect, lower, upper, p_value, guard, note``.
        The p-value is that of dates or units on which nothing happened wherever the method knows
        it; `guard` is whether the method's own check passes, and the note what the effect is of,
        and what the check objects.
    not_applicable : DataFrame
        ``method, why`` of the others.
    agreement : str
        Whether those that pass their checks say the same.
    name, date : str
    horizon : int
    unit : str
        What a row is.
    level : float
    notes : tuple of str
    """

    picture: ClassVar[str] = "plot_did_it_move"
    table: pd.DataFrame
    not_applicable: pd.DataFrame
    agreement: str
    name: str
    date: str
    horizon: int
    unit: str
    level: float
    notes: tuple[str, ...]

    def summary(self) -> Summary:
        """Return whether the methods agree, their answers, and why others do not apply."""
        headline = (
            f"{self.name} in the {self.horizon} {self.unit}s after {self.date}: {self.agreement}"
        )
        shown = self.table.assign(guard=np.where(self.table["guard"], "passes", "objects"))
        told = [f"{row['method']}: {row['note']}" for row in self.table.to_dict("records")]
        absent = [f"{row['method']}: not applicable, because {row['why']}"
                  for row in self.not_applicable.to_dict("records")]  # fmt: skip
        return Summary(headline, shown.drop(columns="note"), (*told, *absent, *self.notes))


def did_it_move(
    series_or_study: pd.Series | EventStudy | EventStudyResults,
    event: Any,
    horizon: int | None = None,
    *,
    donors: pd.DataFrame | list[str] | None = None,
    logs: bool | None = None,
    level: float = 0.9,
    seed: int = 0,
) -> DidItMove:
    """Ask every method that applies whether a series moved after an event, side by side.

    Parameters
    ----------
    series_or_study : Series, EventStudy or EventStudyResults
        A level by session, week, month, quarter or year: price, index, tonnage. Of a study the
        mean log level of the event's securities is taken, and its own fit is the event study.
    event : str, date or int
        A day, an ``event_id`` of `load_events`, or of a study one of its events.
    horizon : int, optional
        Rows after the event's; 10 sessions, 8 weeks, 6 of others, or the end of the study's first
        window.
    donors : DataFrame or list of str, optional
        Series that the event did not touch, on the rows of the series; for a study columns of its
        returns. Without them the synthetic control does not apply.
    logs : bool, optional
        Whether logs are taken of a series and its donors, by default yes; effects are then log
        points. False for what is in logs already, or may be negative.
    level : float, default 0.9
        Confidence of intervals.
    seed : int, default 0

    Returns
    -------
    DidItMove

    Raises
    ------
    DataError, SpecificationError
        For series with gaps, without logarithm or too short, and events outside.

    Notes
    -----
    No method is picked for its answer: agreement is judged among those whose own check passes. A
    method tells a move if its interval leaves out zero and its p-value, by dates or units on which
    nothing happened, is 1 − level or less. Within 500 rows of the event all that comes before is
    used; only the break, the projection and the placebo look further ahead than the horizon.
    Methods share the series, so seven that agree are not seven witnesses.
    """
    asked = read_asked(series_or_study, event, horizon, donors, logs, level, seed)
    rows, absent = [], []
    for name, method in METHODS.items():
        try:
            row = method(asked)
        except RareEarthError as why:
            absent.append({"method": name, "why": str(why).rstrip(".") + "."})
        else:
            rows.append({"method": name} | _measured(name, row, asked.even.unit))
    table = pd.DataFrame(rows)
    even = asked.even
    return DidItMove(
        table=table,
        not_applicable=pd.DataFrame(absent, columns=["method", "why"]),
        agreement=_agreement(table, asked.level),
        name=even.name,
        date=even.words(even.index[asked.row]),
        horizon=asked.horizon,
        unit=even.unit,
        level=asked.level,
        notes=even.notes,
    )


def _measured(name: str, row: Row, step: str) -> Row:
    """Add what the table of coverage says against a method that has no check of its own dates."""
    narrow = measured_narrow(TABLED.get(name, ""), step)
    if not narrow or name in CHECKED:
        return row
    return row | {"guard": False, "note": " ".join([row["note"], *narrow])}


def _agreement(table: pd.DataFrame, level: float) -> str:
    """Return in a sentence whether methods that pass their own checks say the same."""
    passed = table[table["guard"]]
    objects = len(table) - len(passed)
    if passed.empty:
        return (
            f"none of {counted(len(table), 'method')} passes its own check, so there is no answer."
        )
    holds = (passed["lower"] <= 0) & (passed["upper"] >= 0) | passed["effect"].isna()
    tells = passed[~holds & (passed["p_value"] <= 1 - level + 1e-12)]
    of = f"of {counted(len(passed), 'method')} that pass their checks" + (
        f" ({numeral(objects)} more objects to itself)" if objects == 1
        else f" ({numeral(objects)} more object to themselves)" if objects else ""
    )  # fmt: skip
    if tells.empty:
        return f"none {of} tells a move from what happens without an event."
    up, down = (tells[tells["effect"] * sign > 0]["method"] for sign in (1, -1))
    if len(up) and len(down):
        return f"they disagree: {of}, {_say(up)} up and {_say(down)} down ({_range(tells)})."
    way = f"{'up' if len(up) else 'down'} ({_range(tells)})"
    if len(tells) == len(passed):
        return f"they agree: all {of} say {way}."
    rest = passed["method"].drop(tells.index)
    return (
        f"not all of them tell: {of}, {_say(tells['method'])} {way}, and "
        f"{listed([*rest])} cannot tell."
    )


def _say(methods: pd.Series) -> str:
    return f"{listed([*methods])} {'says' if len(methods) == 1 else 'say'}"


def _range(tells: pd.DataFrame) -> str:
    ends = dict.fromkeys(signed(effect) for effect in sorted(tells["effect"]))
    return " to ".join([*ends][:: max(len(ends) - 1, 1)])
