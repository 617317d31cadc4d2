"""Do breaks lie near policy events, or as near as breaks of a series that never broke?

Estimated breaks are not spread evenly: none lies in the trimmed ends, and swings of a persistent
series put them where the series allows. Events are not either. So the question is not put to random
dates but to drawn series that are as long and as persistent and have no break: cut into as many
regimes, how near do their breaks come to the same events?

Which breaks would have been found? A search that finds none says little if it never could.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_frame
from rareearth_research.arrays import Floats, Ints
from rareearth_research.days import read_day_column
from rareearth_research.dynamics.breaks.guard import cut
from rareearth_research.dynamics.breaks.result import Breaks
from rareearth_research.dynamics.series import Even
from rareearth_research.errors import DataError, SpecificationError, shown
from rareearth_research.numerals import counted
from rareearth_research.summary import Drawn, Summary

NEAR = 31  # days: the month in which a regime begins, or the one before
COARSER = {"session": ("week", "month", "quarter", "year"), "week": ("month", "quarter", "year"),
           "month": ("quarter", "year"), "quarter": ("year",), "year": ()}  # fmt: skip
SHIFTS = (0.5, 1.0, 1.5, 2.0)  # times the spread of the series
DRAWS = 99
POWER = 0.8


@dataclass(frozen=True, repr=False)
class PolicyDistance(Drawn):
    """Result of `nearest_policy`.

    Attributes
    ----------
    table : DataFrame
        One row per break: ``date, lower, upper`` as in `Breaks.breaks`, ``event_id, event_date`` of
        the event nearest to the first day of the new regime, ``days`` from that day to it (negative
        if it came before), and ``outside``: days from the interval to the nearest event, 0 where
        one lies inside.
    distances : ndarray, shape (draws,)
        Mean distance in days of each drawn series' breaks.
    near : int
        Breaks with an event within `NEAR` days.
    drawn_near : ndarray, shape (draws,)
        The same of each drawn series.
    distance, p_value : float
        The mean distance of the observed breaks, and (1 + draws as near)/(1 + draws); NaN without
        a break.
    n_events : int
        Events within the sample.
    notes : tuple of str
    """

    picture: ClassVar[str] = "plot_nearest_policy"
    table: pd.DataFrame
    distances: Floats
    near: int
    drawn_near: Ints
    distance: float
    p_value: float
    n_events: int
    notes: tuple[str, ...]

    def summary(self) -> Summary:
        """Return how near the breaks lie, and how near those of series without a break do."""
        if not len(self.table):
            headline = "There is no break, and hence no distance to a policy event."
            return Summary(headline, self.table, self.notes)
        near = round(self.p_value * (1 + len(self.distances))) - 1
        inside = int((self.table["outside"] == 0).sum())
        headline = (
            f"The {counted(len(self.table), 'break lies', 'breaks lie')} {self.distance:,.0f} days "
            f"from the nearest of {counted(self.n_events, 'policy event')} on average; those of "
            f"{near} of {len(self.distances)} drawn series without a break lie as near "
            f"(p = {self.p_value:.3f})."
        )
        wide = (
            f"An event lies in the 95 % interval of {inside} of {len(self.table)}: wide intervals "
            "and many events make that easy, so it is no evidence by itself."
        )
        return Summary(headline, self.table, (wide, *self.notes))


def nearest_policy(breaks: Breaks, events: Any) -> PolicyDistance:
    """Measure how near breaks lie to policy events, against series that never broke.

    Parameters
    ----------
    breaks : Breaks
        As `find_breaks` returns it.
    events : DataFrame or list of dates
        A frame with ``date`` and, if you like, ``event_id`` and ``date_precision`` (as
        `load_events` gives), or days. Events outside the sample, and those known only by a span
        longer than a row of the series, are left out and counted.

    Returns
    -------
    PolicyDistance

    Raises
    ------
    SpecificationError
        For what is no result of `find_breaks`, or no event within the sample.
    DataError
        For days that are none, or an event listed twice.

    Notes
    -----
    The statistic is the mean over the breaks of the days from the first day of the new regime to
    the nearest event. Under the null it is that of the best partitions, with as many breaks, of
    the series that `Breaks.guard` drew: same length, trimming and persistence, no break, and the
    same events. At 5 % it rejects 4 to 6 % of random walks and trending series without a break in
    which BIC finds some; dates drawn evenly would reject too rarely, or too often, by where the
    events lie (``benchmarks/break_sizes.py``).
    """
    if not isinstance(breaks, Breaks):
        raise SpecificationError(
            f"breaks must be what find_breaks(series) returns; got {shown(breaks)}"
        )
    even = breaks.series
    dates, notes = _inside(*_dated(events), even)
    near = row_distances(even, dates)
    rows = breaks.regimes.parts.breaks[breaks.n_breaks][0]
    without = breaks.guard.breaks[breaks.n_breaks] if len(rows) else np.empty((0, 1), np.int64)
    drawn = near[without]  # (draws, m)
    distances = drawn.mean(axis=1)
    mean = float(near[rows].mean()) if len(rows) else float("nan")
    as_near = (distances <= mean * (1 + 1e-12)).sum()
    p = (1 + as_near) / (1 + len(distances)) if len(rows) else float("nan")
    return PolicyDistance(
        table=_table(breaks, dates),
        distances=distances,
        near=int((near[rows] <= NEAR).sum()),
        drawn_near=(drawn <= NEAR).sum(axis=1),
        distance=mean,
        p_value=float(p),
        n_events=len(dates),
        notes=tuple(notes),
    )


def row_distances(even: Even, dates: pd.Series) -> Floats:
    """Return the days from the first day of each row to the nearest of `dates`, (n,)."""
    days, known = _numbers(even.days()), np.sort(_numbers(pd.DatetimeIndex(dates)))
    after = np.searchsorted(known, days)
    padded = np.concatenate([[-np.inf], known, [np.inf]])
    found: Floats = np.minimum(days - padded[after], padded[after + 1] - days)
    return found


def _dated(events: Any) -> tuple[pd.Series, pd.Series]:
    """Return days by event id, and how exactly each is known ("" where that is not said)."""
    if not isinstance(events, pd.DataFrame):
        several = np.iterable(events) and not isinstance(events, str | bytes)
        listed = pd.Series(list(events) if several else [events], dtype=object)
        events = pd.DataFrame({"date": listed})
    frame = check_frame("events", events, ["date"])
    days = read_day_column(frame["date"], "events: date")
    dates = pd.Series(days, list(map(str, frame.get("event_id", days.date))))
    twice = dates.index.duplicated() & dates.notna()
    if twice.any():
        raise DataError(
            f"events: {shown(dates.index[twice][0])} is listed more than once; keep one row of "
            "each, or give each its own event_id"
        )
    return dates, frame.get("date_precision", pd.Series("", frame.index))


def _inside(dates: pd.Series, precision: pd.Series, even: Even) -> tuple[pd.Series, list[str]]:
    """Return the events that can be measured, and what was left out."""
    days = even.days()
    after = days[-1] + (days[-1] - days[-2])
    coarse = precision.isin(COARSER[even.unit]).to_numpy()
    within = ((dates >= days[0]) & (dates < after)).to_numpy()
    notes = []
    for left, why in ((coarse, f"known less exactly than to a {even.unit}"),
                      (~within & ~coarse, "outside the sample, or without a date")):  # fmt: skip
        if left.any():
            notes.append(f"Events left out, {why}: {left.sum()}.")
    kept = dates[within & ~coarse]
    if kept.empty:
        raise SpecificationError(
            f"events: none lies within the sample, {even.words(even.index[0])} to "
            f"{even.words(even.index[-1])}; give events of that time, or a longer series"
        )
    return kept, notes


def _table(breaks: Breaks, dates: pd.Series) -> pd.DataFrame:
    """Return each break with the event nearest to it."""
    days, known = _numbers(breaks.series.days()), _numbers(pd.DatetimeIndex(dates))
    found = breaks.breaks[["date", "lower", "upper"]]
    rows = breaks.regimes.parts.breaks[breaks.n_breaks][0]
    gaps = known - days[rows][:, None]  # (m, events)
    nearest = np.abs(gaps).argmin(axis=1)
    low, high = (_bounds(breaks.series, found[side], days) for side in ("lower", "upper"))
    outside = np.fmax(np.fmax(low - known, known - high), 0.0)
    return found.assign(
        event_id=dates.index[nearest],
        event_date=dates.to_numpy()[nearest],
        days=gaps[np.arange(len(rows)), nearest].astype(int),
        outside=np.where(np.isnan(low - high)[:, 0], np.nan, outside.min(axis=1)),
    )


def _bounds(even: Even, labels: pd.Series, days: Floats) -> Floats:
    """Return the day of the row after each label, which a regime can begin with, (m, 1)."""
    rows = even.index.get_indexer(pd.Index(labels))
    found: Floats = np.where(rows < 0, np.nan, days[np.minimum(rows + 1, len(days) - 1)])
    return found[:, None]


def _numbers(days: pd.DatetimeIndex) -> Floats:
    return days.to_numpy().astype("datetime64[D]").astype(np.float64)


def break_reach(breaks: Breaks, dates: Any) -> pd.DataFrame:
    """Plant a lasting shift at policy dates into series without a break, and look for it.

    Parameters
    ----------
    breaks : Breaks
        As `find_breaks` returns it.
    dates : sequence of dates
        Each draw has its shift at one of those that leave a regime on either side, at any row
        where none does.

    Returns
    -------
    DataFrame
        ``shift`` (in units of the series) ``, found`` (share of draws in which any break is
        significant at 5 % against series without one) and ``placed`` (share in which besides a
        break by BIC lies within 31 days of the planted one).
    """
    asked, guard, even = breaks.regimes, breaks.guard, breaks.series
    n, least = len(asked.y), asked.least
    days, dated = (
        pd.DatetimeIndex(these).to_numpy().astype("datetime64[D]").astype(np.int64)
        for these in (even.days(), dates)
    )
    rows, inner = np.unique(np.searchsorted(days, dated, side="right") - 1), np.arange(n)
    inner = inner[(inner >= least) & (inner <= n - least)]
    rows = rows[np.isin(rows, inner)] if np.isin(rows, inner).any() else inner
    rng = np.random.default_rng([asked.seed, 2])
    drawn, at = asked.null.draw(DRAWS, rng), rng.choice(rows, DRAWS)
    after = np.arange(n)[:, None] >= at
    limit = np.quantile(guard.largest, 0.95)
    found = []
    for shift in np.array(SHIFTS) * asked.y.std():
        most = len(asked.parts.breaks) - 1
        counts, parts, largest = cut(drawn + shift * after, asked.x, least, most)
        apart = [np.abs(days[parts[m][b]] - days[at[b]]).min(initial=n * 365)
                 for b, m in enumerate(counts)]  # fmt: skip
        seen = largest > limit
        found.append((shift, seen.mean(), (seen & (np.array(apart) <= NEAR)).mean()))
    return pd.DataFrame(found, columns=["shift", "found", "placed"])


def found_from(reach: pd.DataFrame, column: str = "found") -> float:
    """Return the shift that is found in four draws of five; infinite beyond the largest tried."""
    share = np.maximum.accumulate(reach[column].to_numpy())
    if share[-1] < POWER:
        return np.inf
    return float(np.interp(POWER, share, reach["shift"]))
