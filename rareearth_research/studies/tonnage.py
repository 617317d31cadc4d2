"""Did exports move when a control was announced, when it applied, or no more than usual?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_names
from rareearth_research.datasets import list_series, load_events, load_series
from rareearth_research.datasets.citing import titles
from rareearth_research.dynamics import interrupted
from rareearth_research.dynamics.segments.results import InterruptedSeries
from rareearth_research.errors import DataError, SpecificationError, about
from rareearth_research.numerals import counted
from rareearth_research.studies.answer import Notes, StudyAnswer
from rareearth_research.studies.own_files import reads_files
from rareearth_research.studies.sample import named_events
from rareearth_research.studies.words import tonnage as said
from rareearth_research.summary import options_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["TradeStudy", "trade_response"]

ENOUGH = 24  # months that a trend with seasons needs


@dataclass(frozen=True, repr=False)
class TradeStudy(StudyAnswer):
    """Result of `trade_response`; `table` has a row per series and stage.

    Attributes
    ----------
    event : Series
        As `load_events` gives it.
    fits : mapping of str to InterruptedSeries
        By series, of log tonnes.
    published : DataFrame
        Every other tonnage that ships: ``title, values, missing, first, last, why`` it is not
        tested.
    drawn : mapping of str to Series
        Drawn as published.
    marked : DataFrame
        Events drawn beside them.
    source : str
        The tables behind the series tested, for the foot of pictures.
    """

    event: pd.Series
    fits: Mapping[str, InterruptedSeries]
    published: pd.DataFrame
    drawn: Mapping[str, pd.Series]
    marked: pd.DataFrame
    source: str

    @options_of("plot_interrupted")
    def plot(self, **options: Any) -> Figure:
        """Draw the first series with its segments, in tonnes."""
        from rareearth_research.plots import in_units

        name, fit = next(iter(self.fits.items()))
        waiting, since = said.rows(name, fit)["effect"].iloc[[0, -1]]
        before = f"{said.change(waiting)} before it applied, " if len(fit.dates) > 1 else ""
        as_unusual = f"{said.equal(fit)} of {counted(fit.n_placebo, 'earlier date')}"
        title = (
            f"{fit.name}: {before}{said.change(since)} since; {as_unusual} looked as "
            f"unusual: {said.verdict(fit)}."
        )
        drawn = fit.plot(**{"title": title, "source": self.source, **options})
        return in_units(drawn, "Tonnes a month")

    @options_of("plot_published", "events")
    def plot_published(self, **options: Any) -> Figure:
        """Draw the series that are too short to test, with the events marked."""
        from rareearth_research.plots import plot_published

        (first, *_) = [
            *filter(None, (said.recorded(s, self.marked) for s in self.drawn.values())),
            "",
        ]
        title = f"{first} Months without a bar were never published alone.".strip()
        usual = {"title": title, "source": titles(self.drawn.values())}
        return plot_published(self.drawn, self.marked, **{**usual, **options})


@reads_files
def trade_response(
    event_id: str = "cn-2023-10-graphite",
    series: Sequence[str] | str = ("natural graphite", "artificial graphite"),
    trend: bool = True,
    seasonality: bool = True,
    drawn: Sequence[str] | str = ("gacc_ree_magnet_exports", "gacc_ree_exports"),
    marked: Sequence[str] | str = (
        "cn-2025-04-no18-seven-ree",
        "cn-2025-10-no61-no62",
        "cn-2025-11-no70-suspension",
    ),
    events_file: str = "",
    prices_file: str = "",
    exchanges: str | Mapping[str, str] = "",
) -> TradeStudy:
    """Compare exported tonnage after a control with where it was leading, and with other dates.

    Parameters
    ----------
    event_id : str
        The control: its announcement, and the day from which it applied.
    series : sequence of str
        Tonnages by month, see `list_series`; each is studied alone, in logs.
    trend, seasonality : bool
        As in `interrupted`.
    drawn : sequence of str
        Series too short or too broken to test, drawn as published.
    marked : sequence of str
        Events drawn beside them.
    events_file, prices_file : str
    exchanges : str or mapping
        As in `event_study`; `series` then names columns of your own (all of them by default).

    Returns
    -------
    TradeStudy

    Raises
    ------
    DataError, SpecificationError
        For unknown events and series, and where `interrupted` cannot fit.

    Notes
    -----
    `interrupted` with the announcement as the date; where the measure applied from a later month,
    the months between the two are a level of their own. Other dates before the announcement are
    asked the same question, and decide whether the change is unusual.
    """
    asked = dict(locals())
    (event_id,) = check_names("event_id", [event_id])
    event = load_events(event_ids=event_id).iloc[0]
    own = {name: load_series(name) for name in check_names("series", series)}
    dates = _dates(event)
    fits = {}
    for name, values in own.items():
        with about(f"series {name}, event {event_id}"):
            fits[name] = interrupted(_logs(values), *dates[:1], effective=dates[1], trend=trend,
                                     seasonality=seasonality)  # fmt: skip
    published = {name: load_series(name) for name in check_names("drawn", drawn)}
    marks = named_events(marked)
    return TradeStudy(
        parameters=asked,
        finding=" ".join(
            words
            for name, fit in fits.items()
            for words in (said.sentence(name, fit, event), said.extremes(fit, event))
            if words
        ),
        detail=" ".join(map(said.detail, fits.values())),
        limits=Notes(
            [
                *said.limits(event, fits),
                *(said.recorded(series, marks) for series in published.values()),
            ]
        ),
        table=pd.concat([said.rows(name, fit) for name, fit in fits.items()], ignore_index=True),
        event=event,
        fits=fits,
        published=_published(fits),
        drawn=published,
        marked=marks,
        source=titles([*own.values(), marks]),
    )


def _dates(event: pd.Series) -> tuple[pd.Timestamp, pd.Timestamp | None]:
    """Return the day of announcement and, if it lies in a later month, the day of effect."""
    announced, effective = event["date"], event["effective_date"]
    if event["date_precision"] == "year":
        raise SpecificationError(
            f"event_id: of {event['event_id']} only the year is known; choose an event with a month"
        )
    later = pd.notna(effective) and effective.to_period("M") > announced.to_period("M")
    return announced, effective if later else None


def _logs(values: pd.Series) -> pd.Series:
    """Return log tonnes, named as a sentence names the series."""
    unit = values.attrs["unit"] or "t"  # files of one's own do not say
    if unit != "t":
        raise SpecificationError(
            f"it is in {unit}, and what is studied are tonnages; `rer.list_series()` "
            "lists those in t"
        )
    if not (values > 0).all():
        month = values.index[int((values <= 0).argmax())]
        raise DataError(
            f"it is {values[month]:g} in {month:%B %Y}, which has no logarithm; begin "
            "after it, with a file of your own"
        )
    return pd.Series(np.log(values)).rename(re.sub(r" \(HS .*\)", "", values.attrs["title"]))


def _published(tested: Mapping[str, InterruptedSeries]) -> pd.DataFrame:
    every = list_series()
    frame = every[(every["unit"] == "t") & ~every.index.isin([*tested])]
    months = frame["values"] + frame["missing"]
    why = [
        f"{missing} of the {of} months between were never published alone" if missing
        else "not asked for" if of > ENOUGH else "too few months"
        for missing, of in zip(frame["missing"], months, strict=True)
    ]  # fmt: skip
    columns = ["title", "values", "missing", "first", "last"]
    return frame[columns].assign(why=why).rename_axis("series")
