"""Do prices of minerals change their course where policy does, or where any price would?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_names, check_span, check_whole
from rareearth_research.datasets import load_events, load_series
from rareearth_research.datasets.citing import titles
from rareearth_research.dynamics import (
    Breaks,
    LocalProjection,
    Nervousness,
    PolicyDistance,
    brown_forsythe,
    find_breaks,
    local_projection,
    nearest_policy,
)
from rareearth_research.errors import DataError, SpecificationError, about
from rareearth_research.studies.answer import Notes, StudyAnswer
from rareearth_research.studies.own_files import reads_files
from rareearth_research.studies.sample import TIGHTENINGS, named_events
from rareearth_research.studies.words import swings as said
from rareearth_research.summary import options_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PriceDynamicsStudy", "price_dynamics"]

MONTH = "MS"  # sessions become months: quotations stand still for days, weeks can be holidays


@dataclass(frozen=True, repr=False)
class PriceDynamicsStudy(StudyAnswer):
    """Result of `price_dynamics`; `table` has a row per series.

    Attributes
    ----------
    events : DataFrame
        The shocks.
    breaks : Breaks
        Of the changes of the first series.
    distance : PolicyDistance
        From its breaks to every usable event.
    response : LocalProjection
    nervous : Nervousness
    source : str
        The tables behind the first series, for the foot of pictures.
    """

    events: pd.DataFrame
    breaks: Breaks
    distance: PolicyDistance
    response: LocalProjection
    nervous: Nervousness
    source: str

    @property
    def rests(self) -> tuple[str, pd.Timestamp | None]:
        months = self.breaks.paths.index
        return f"{self.breaks.series.name}, {len(months)} months", months[-1]

    @options_of("plot_breaks")
    def plot(self, **options: Any) -> Figure:
        """Draw the changes of the first series with its regimes and breaks."""
        title = f"{self.response.name}: {said.break_words(self.breaks, self.distance)}."
        return self.breaks.plot(**{"title": title, "source": self.source, **options})

    @options_of("plot_local_projection")
    def plot_response(self, **options: Any) -> Figure:
        """Draw its response to the shocks."""
        from rareearth_research.plots import in_per_cent

        title = f"{said.response_words(self.response)}: {said.short_verdict(self.response)}."
        drawn = self.response.plot(**{"title": title, "source": self.source, **options})
        return in_per_cent(drawn.axes[0].yaxis, "Away from where its past let expect it")

    @options_of("plot_nervousness")
    def plot_nervous(self, **options: Any) -> Figure:
        """Draw its variance around each shock beside ordinary windows."""
        title = f"{self.response.name}: {said.unrest_words(self.nervous)}."
        return self.nervous.plot(**{"title": title, "source": self.source, **options})


@reads_files
def price_dynamics(
    series: Sequence[str] | str = ("X_REE_CARBONATE", "PLMMODY", "REMX", "MP", "600111.SS"),
    event_ids: Sequence[str] | str = TIGHTENINGS,
    max_breaks: int = 5,
    horizon: int = 6,
    window: Sequence[int] = (0, 1),
    seed: int = 0,
    events_file: str = "",
    prices_file: str = "",
    exchanges: str | Mapping[str, str] = "",
) -> PriceDynamicsStudy:
    """Ask a price for breaks, for its response to announcements, and for unrest around them.

    Parameters
    ----------
    series : sequence of str
        Prices, see `list_series`, or tickers; the first is drawn. Those by session become
        the last close of each month.
    event_ids : sequence of str
        The shocks of the projection, and the dates around which variance is measured; those of one
        month count once. Breaks are held against every usable event of the list.
    max_breaks : int
        As in `find_breaks`.
    horizon : int
        Last horizon of `local_projection`, in months.
    window : (int, int)
        Rows around each event in which variance is measured.
    seed : int
        Of the drawn series.
    events_file, prices_file : str
    exchanges : str or mapping
        As in `event_study`; `series` then names columns of your own (all of them by default).

    Returns
    -------
    PriceDynamicsStudy

    Raises
    ------
    DataError, SpecificationError
        For unknown names, prices that are not above zero, and series too short for a method.

    Notes
    -----
    Breaks and variance are of changes of the log price, because levels of prices show breaks
    without any; how many is said beside. The projection is of the log price itself.
    """
    asked = dict(locals())
    check_whole("horizon", horizon, 0, 60)
    events = named_events(event_ids)
    own = {name: load_series(name) for name in check_names("series", series)}
    span = _span(window)
    found = {}
    for name, values in own.items():
        with about(f"series {name}"):
            found[name] = _studied(values, events, max_breaks, horizon, span, seed)
    first = next(iter(found.values()))
    table = pd.DataFrame([_row(name, price, horizon) for name, price in found.items()])
    return PriceDynamicsStudy(
        parameters=asked,
        finding=said.finding(found),
        detail=said.detail(first),
        limits=Notes(said.limits(found, list(events["event_id"]))),
        table=table,
        events=events,
        breaks=first.breaks,
        distance=first.distance,
        response=first.response,
        nervous=first.nervous,
        source=titles([next(iter(own.values())), events]),
    )


def _span(window: Any) -> tuple[int, int]:
    first, last = (check_whole("window", end, -60, 60) for end in check_span("window", window))
    if last <= first:
        raise SpecificationError(
            f"window [{first}, {last}] has fewer than two rows; variance needs two"
        )
    return first, last


def _studied(
    values: pd.Series, events: pd.DataFrame, max_breaks: int, horizon: int,
    span: tuple[int, int], seed: int,
) -> said.Price:  # fmt: skip
    title = values.attrs["title"].split(",")[0]
    if values.attrs.get("every", "session") == "session":
        values = values.resample(MONTH).last().dropna()
    if not (values > 0).all():
        raise DataError("it has prices that are not above zero; correct them")
    logs = np.log(values).rename(title)
    changes = logs.diff().iloc[1:].rename(f"changes of {title}")
    shocks = _shocks(events, logs.index)
    if not shocks:
        raise SpecificationError(
            f"it runs from {logs.index[0].date()} to {logs.index[-1].date()}, and no "
            "event lies within; name other events in event_ids, or leave the series out"
        )
    breaks = find_breaks(changes, max_breaks, seed=seed)
    return said.Price(
        title=title,
        breaks=breaks,
        level_breaks=_level_breaks(logs, max_breaks),
        distance=nearest_policy(breaks, load_events(usable=True)),
        response=local_projection(logs, shocks, horizon, seed=seed),
        nervous=brown_forsythe(changes, _apart(shocks, changes.index, span), span, seed=seed),
    )


def _level_breaks(logs: pd.Series, max_breaks: int) -> int:
    """Return how many breaks BIC finds in the level: what a naive reading would report."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is a level is what is shown here
        return find_breaks(logs, max_breaks).n_breaks


def _shocks(events: pd.DataFrame, index: pd.Index) -> list[pd.Timestamp]:
    """Return one day for each row of the series in which an event falls."""
    days = pd.DatetimeIndex(events["date"]).sort_values()
    rows = index.searchsorted(days, side="right" if index[0].day == 1 else "left")
    inside = (days >= index[0]) & (days <= index[-1])
    return [day for day, first in zip(days, ~pd.Index(rows).duplicated() & inside, strict=True)
            if first]  # fmt: skip


def _apart(
    shocks: list[pd.Timestamp], index: pd.Index, span: tuple[int, int]
) -> list[pd.Timestamp]:
    """Return the shocks whose windows lie inside and do not overlap, the earlier one first."""
    kept: list[pd.Timestamp] = []
    last = -(10**6)
    for day in shocks:
        row = int(index.searchsorted(day))
        if row - last > span[1] - span[0] and row + span[1] < len(index) and row + span[0] >= 0:
            kept.append(day)
            last = row
    return kept


def _row(name: str, price: said.Price, horizon: int) -> dict[str, Any]:
    end = price.response.table.set_index("horizon").loc[horizon]
    whole = price.nervous.table.iloc[0]
    return {
        "series": name,
        "name": price.title,
        "rows": len(price.breaks.paths),
        "breaks_of_level": price.level_breaks,
        "breaks_of_changes": price.breaks.n_breaks,
        "p_any_break": price.breaks.guard.p_value,
        "p_policy": price.distance.p_value,
        "response": end["effect"],
        "lower": end["placebo_lower"],
        "upper": end["placebo_upper"],
        "p_response": price.response.placebo_p,
        "variance_ratio": whole["ratio"],
        "p_variance": whole["p_value"],
    }
