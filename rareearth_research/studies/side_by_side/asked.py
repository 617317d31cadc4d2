"""What is asked of every method: one series, one event, as many rows after it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arguments import check_flag, check_names, check_share, check_whole
from rareearth_research.datasets.loaders.events import load_events
from rareearth_research.dynamics.rows import rows_of
from rareearth_research.dynamics.series import Even, check_beside, check_series
from rareearth_research.errors import DataError, SpecificationError, did_you_mean, listed, shown
from rareearth_research.eventstudy.results.measure import part_of
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.study import EventStudy

HORIZON = {"session": 10, "week": 8, "month": 6, "quarter": 6, "year": 6}
ROWS = 500  # on either side of the event: what is older says little, and no method takes seconds

UNASKED = (
    "Logs were taken, and effects are of logs; of what is in logs already ask with logs=False."
)


@dataclass(frozen=True)
class Asked:
    """One question to all methods.

    Attributes
    ----------
    even : Even
        The series as studied: a level, in logs if asked, 500 rows on either side at most.
    donors : DataFrame
        Series that the event did not touch, on its rows; without columns if none were given.
    row, horizon : int
        The row of the event, and how many after it are asked about.
    level : float
    seed : int
    study : EventStudyResults or None
        The event's pairs, where a study was given.
    """

    even: Even
    donors: pd.DataFrame
    row: int
    horizon: int
    level: float
    seed: int
    study: EventStudyResults | None

    @property
    def series(self) -> pd.Series:
        """The series itself."""
        return pd.Series(self.even.values, self.even.index, name=self.even.name)

    @property
    def end(self) -> int:
        """The row behind the last one asked about."""
        return self.row + self.horizon + 1

    @property
    def day(self) -> pd.Timestamp:
        """The first day of the event's row."""
        return self.even.days()[self.row]

    def until(self) -> pd.Series:
        """Return the series up to the last row asked about."""
        return self.series.iloc[: self.end]


def read_asked(
    given: Any, event: Any, horizon: Any, donors: Any, logs: Any, level: Any, seed: Any
) -> Asked:
    """Check everything that `did_it_move` takes, and cut the series around the event."""
    level, seed = check_share("level", level), check_whole("seed", seed, 0)
    study = None
    if isinstance(given, EventStudy):
        given = given.fit()
    if isinstance(given, EventStudyResults):
        if logs is not None:
            raise SpecificationError("logs belongs to a Series, and a study has returns; leave it")
        study = _of_event(given, event)
        given, donors, event = _levels(study, donors)
        horizon = max(study.specification.windows[0][1], 0) if horizon is None else horizon
        logs = False
    elif not isinstance(given, pd.Series):
        raise DataError(
            "series_or_study must be a Series by date or an EventStudy, fitted or not; got "
            f"{shown(given)}"
        )
    even = check_series("series_or_study", given)
    _, beside, said = check_beside("donors", donors, even)
    if len(np.unique(beside, axis=1).T) < beside.shape[1]:
        raise DataError("donors has the same values in two columns; leave one of the two out")
    row = _row(event, even)
    after = len(given) - row - 1
    if horizon is None:
        horizon = min(HORIZON[even.unit], after)
    elif check_whole("horizon", horizon, 0) > after:
        raise SpecificationError(
            f"horizon={horizon} reaches beyond the series, which has {after} {even.unit}s after "
            f"{even.label(row)}; set it to {after} or less, or give a longer series"
        )
    names = (
        [str(name) for name in donors.columns] if isinstance(donors, pd.DataFrame) else ["donor"]
    )
    wide = pd.DataFrame(beside, given.index, names[: beside.shape[1]])
    if check_flag("logs", True if logs is None else logs):
        given = _log("series_or_study", given.to_frame()).iloc[:, 0]
        wide = _log("donors", wide)
        if logs is None:
            said = (*said, UNASKED)
    begin = max(row - ROWS, 0)
    near = slice(begin, row + ROWS + 1)
    even = check_series("series_or_study", given.iloc[near])
    notes = (*even.notes, *said)
    if len(even.values) < len(given):
        notes += (f"Of {len(given)} rows those within {ROWS} of the event are used.",)
    even = Even(even.name, even.index, even.values, even.unit, even.unchanged, notes)
    return Asked(even, wide.iloc[near], row - begin, horizon, level, seed, study)


def _row(event: Any, even: Even) -> int:
    """Return the row that holds the event: a day, or one of the list."""
    if isinstance(event, str) and not re.match(r"\s*\d", event):
        event = load_events(event_ids=[event])["date"].iloc[0]
    rows = rows_of("event", event, even)
    if len(rows) > 1:
        raise SpecificationError(
            f"event must be one, and {shown(str(event))} are {len(rows)}; ask for one at a time"
        )
    return int(rows[0])


def _log(what: str, frame: pd.DataFrame) -> pd.DataFrame:
    bad = ~(frame.to_numpy() > 0)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise DataError(
            f"{what} is {frame.iloc[row, column]:g} on {shown(str(frame.index[row]))}, which has "
            "no logarithm; use logs=False, and effects are in its own unit, or begin after it"
        )
    return frame.transform(np.log)


def _of_event(result: EventStudyResults, event: Any) -> EventStudyResults:
    """Return the study's pairs of one event."""
    of_pairs = result.labels[0].astype(str)
    name = str(event.date()) if isinstance(event, pd.Timestamp) else str(event)
    members: NDArray[np.bool_] = of_pairs == name
    if not members.any():
        known = list(dict.fromkeys(of_pairs))
        raise SpecificationError(
            f"event {shown(name)} has no kept pair in the study{did_you_mean(name, known)}; it has "
            f"{shown(listed(known), 300)}"
        )
    return EventStudyResults(**vars(part_of(result, members)))


def _levels(part: EventStudyResults, donors: Any) -> tuple[pd.Series, pd.DataFrame | None, Any]:
    """Return the mean log level of the pairs' securities, those of donors, and the session."""
    names = part.specification.names
    of_markets = [
        pd.DataFrame(market.returns.T, market.sessions, [names[at] for at in market.securities])
        for market in part.markets
    ]
    wide = pd.concat(of_markets, axis=1, sort=True)
    if part.specification.return_type == "simple":
        wide = wide.transform(np.log1p)
    members = [names[at] for at in dict.fromkeys(part.kept.security.tolist())]
    apart = [] if donors is None else check_names("donors", donors)
    for name in apart:
        if name in members or name not in wide:
            why = "is studied itself" if name in members else "is not a column of the returns"
            raise SpecificationError(
                f"donors: {shown(name)} {why}{did_you_mean(name, set(wide) - set(members))}; name "
                "columns of the study's returns that the event did not touch"
            )
    wide = wide[[*members, *apart]].dropna(how="all")
    levels = wide.cumsum().ffill().where(wide.bfill().notna()).dropna()  # closed: the same level
    kept = part.kept
    session = min(
        part.markets[m].sessions[at] for m, at in zip(kept.market, kept.position, strict=True)
    )
    name = members[0] if len(members) == 1 else f"the mean of {len(members)} securities"
    return levels[members].mean(axis=1).rename(name), levels[apart] if apart else None, session
