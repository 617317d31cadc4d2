"""Did exports move when a control was announced, when it applied, or no more than usual?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth_research.arguments import check_names
from rareearth_research.datasets import list_series, load_events, load_series
from rareearth_research.datasets.citing import titles
from rareearth_research.dynamics import interrupted
from rareearth_research.dynamics.segments.results import InterruptedSeries
from rareearth_research.errors import SpecificationError, about, listed
from rareearth_research.eventstudy.statistics.multiple import adjust
from rareearth_research.studies.answer import Notes, Said
from rareearth_research.studies.own_files import reads_files
from rareearth_research.studies.sample import named_events
from rareearth_research.studies.slow.judged import (
    LEVEL,
    SlowStudy,
    drawn_from,
    news_beside,
    survival,
    tried,
)
from rareearth_research.studies.slow.stages import ANSWER, Staged, log_tonnes, other_ways, staged
from rareearth_research.studies.words import tonnage as said
from rareearth_research.summary import options_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENOUGH = 24  # months that a trend with seasons needs


@dataclass(frozen=True, repr=False)
class TradeStudy(SlowStudy):
    """Result of `trade_response`; `table` has a row per series and stage.

    Attributes
    ----------
    event : Series
        As `load_events` gives it.
    fits : mapping of str to InterruptedSeries
        By series, of log tonnes.
    title : str
        Of its picture.
    published : DataFrame
        Every other tonnage that ships: ``title, values, missing, first, last, why`` it is not
        tested.
    drawn : mapping of str to Series
        Drawn as published.
    marked : DataFrame
        Events drawn beside them.
    """

    event: pd.Series
    fits: Mapping[str, InterruptedSeries]
    title: str
    published: pd.DataFrame
    drawn: Mapping[str, pd.Series]
    marked: pd.DataFrame

    @options_of("plot_interrupted", "events")
    def plot(self, **options: Any) -> Figure:
        """Draw the first series with its segments, in tonnes."""
        from rareearth_research.plots import in_units

        fit = next(iter(self.fits.values()))
        usual = {"title": self.title, "source": self.source}
        drawn = fit.plot(events=self.news, **{**usual, **options})
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
    Stages: the three months before the announcement, the months from it to the one in which the
    measure applied, the first three after that, and all since the announcement together. Each is
    held against where trend and months of the year before it were leading, and ranked among earlier
    stretches as long. Since then as a whole: `interrupted`, ranked among earlier dates.
    """
    asked = dict(locals())
    (event_id,) = check_names("event_id", [event_id])
    events = load_events(event_ids=event_id)
    event = events.iloc[0]
    own = {name: load_series(name) for name in check_names("series", series)}
    dates = _dates(event)
    fits, stages = {}, {}
    for name, values in own.items():
        with about(f"series {name}, event {event_id}"):
            logs = log_tonnes(values)
            fits[name] = interrupted(logs, dates[0], effective=dates[1], trend=trend,
                                     seasonality=seasonality, level=1 - LEVEL)  # fmt: skip
            stages[name] = staged(logs, dates, trend, seasonality, fit=fits[name])
    first, found = next(iter(fits.values())), next(iter(stages.values()))
    chosen = found.judged[ANSWER]
    again = tried(chosen, other_ways(next(iter(own.values())), dates, trend, seasonality))
    published = {name: load_series(name) for name in check_names("drawn", drawn)}
    marks = named_events(marked)
    table = _table(stages)
    taken = listed(["trend"] * trend + ["months of the year"] * seasonality or ["mean"])
    return TradeStudy(
        parameters=asked,
        finding=" ".join(
            words
            for name, fit in fits.items()
            for words in (
                said.finding(
                    fit.name, stages[name].judged, event, stages[name].months, whole=fit is first
                ),
                said.extremes(fit, event),
            )
            if words
        ),
        detail=" ".join(
            said.detail(fit.name, fit, stages[name].judged, stages[name].placebos, taken)
            for name, fit in fits.items()
        ),
        limits=Notes(
            [
                *said.limits(event, fits, len(table)),
                *(said.recorded(series, marks) for series in published.values()),
            ]
        ),
        table=table,
        verdict=chosen.verdict,
        title=said.title(first.name, found.judged, event, found.months),
        tried=again,
        survives=Said(survival(again)),
        news=news_beside(events),
        data=drawn_from([*own.values(), *published.values(), marks]),
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


def _table(stages: Mapping[str, Staged]) -> pd.DataFrame:
    rows = [
        {"series": name, "stage": stage, "months": staged.months[stage], **judged.row}
        for name, staged in stages.items()
        for stage, judged in staged.judged.items()
    ]
    table = pd.DataFrame(rows)
    return table.assign(family_p=adjust(table["p_value"]))


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
