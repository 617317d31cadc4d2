"""Do prices of minerals change their course where policy does, or where any price would?"""

from __future__ import annotations

import textwrap
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
from rareearth_research.dynamics.breaks.nearest import break_reach, found_from
from rareearth_research.errors import DataError, SpecificationError, about
from rareearth_research.numerals import capital
from rareearth_research.studies.answer import Notes
from rareearth_research.studies.own_files import reads_files
from rareearth_research.studies.sample import TIGHTENINGS, named_events
from rareearth_research.studies.slow.dispute import Dispute, dispute
from rareearth_research.studies.slow.judged import (
    Judged,
    SlowStudy,
    drawn_from,
    news_beside,
    survival,
    tried,
)
from rareearth_research.studies.slow.prices import (
    Pooled,
    Price,
    amid,
    apart,
    judged,
    level_breaks,
    other_breaks,
    other_responses,
    pool,
    shocks_of,
)
from rareearth_research.studies.words import swings as said
from rareearth_research.summary import options_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MONTH = "MS"  # sessions become months: quotations stand still for days, weeks can be holidays


@dataclass(frozen=True, repr=False)
class PriceDynamicsStudy(SlowStudy):
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
    pooled : Pooled
        Breaks of all series near policy events, and by chance.
    title : str
        Of its picture.
    judged : Judged
        The response at the last horizon.
    dispute : Dispute
        Variance ratios before and after `around`, beside what others found.
    """

    events: pd.DataFrame
    breaks: Breaks
    distance: PolicyDistance
    response: LocalProjection
    nervous: Nervousness
    pooled: Pooled
    title: str
    judged: Judged
    dispute: Dispute

    @property
    def rests(self) -> tuple[str, pd.Timestamp | None]:
        months = self.breaks.paths.index
        return f"{self.breaks.series.name}, {len(months)} months", months[-1]

    @options_of("plot_breaks", "events")
    def plot(self, **options: Any) -> Figure:
        """Draw the changes of the first series with its regimes and breaks."""
        from rareearth_research.plots import in_per_cent

        usual = {"title": self.title, "source": self.source}
        drawn = self.breaks.plot(events=self.news, **{**usual, **options})
        label = textwrap.fill(f"Monthly change of {self.response.name}", 36)
        return in_per_cent(drawn.axes[0].yaxis, label)

    @options_of("plot_local_projection")
    def plot_response(self, **options: Any) -> Figure:
        """Draw its response to the shocks."""
        from rareearth_research.plots import in_per_cent

        usual = {"title": said.response_title(self.response, self.judged), "source": self.source}
        drawn = self.response.plot(**{**usual, **options})
        return in_per_cent(drawn.axes[0].yaxis, "Away from where its past let expect it")

    @options_of("plot_nervousness")
    def plot_nervous(self, **options: Any) -> Figure:
        """Draw its variance around each shock beside ordinary windows."""
        usual = {
            "title": f"{self.response.name}: {said.unrest_words(self.nervous)}.",
            "remark": said.counts(self.response, self.nervous),
            "source": self.source,
        }
        drawn = self.nervous.plot(**{**usual, **options})
        rows = drawn.axes[0].yaxis
        months = [f"{pd.Timestamp(date):%B %Y}" for date in self.nervous.table["date"].iloc[:0:-1]]
        rows.set_ticks(rows.get_ticklocs(), [*months, "all dates"])
        return drawn


@reads_files
def price_dynamics(
    series: Sequence[str] | str = ("X_REE_CARBONATE", "PLMMODY", "REMX", "MP", "600111.SS"),
    event_ids: Sequence[str] | str = TIGHTENINGS,
    max_breaks: int = 5,
    horizon: int = 6,
    window: Sequence[int] = (0, 1),
    around: str = "wto-2012-03-ds431-request",
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
    around : str
        An event before and after which variance ratios are compared.
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
    (around,) = check_names("around", [around])
    turn = load_events(event_ids=around).iloc[0]
    own = {name: load_series(name) for name in check_names("series", series)}
    span, policy = _span(window), load_events(usable=True)
    logs, found = {}, {}
    for name, values in own.items():
        with about(f"series {name}"):
            logs[name] = _monthly(values)
            found[name] = _studied(logs[name], events, policy, max_breaks, horizon, span, seed)
    first, one = next(iter(found.values())), next(iter(logs.values()))
    pooled = pool([(price.breaks, price.distance) for price in found.values()])
    breaks = tried(pooled.judged, other_breaks(found, policy, max_breaks, seed))
    response = tried(first.judged, other_responses(one, events, horizon, seed))
    claims = {"breaks at policy dates": breaks, f"response of {first.title}": response}
    return PriceDynamicsStudy(
        parameters=asked,
        finding=said.finding(found, pooled, first.distance.n_events),
        detail=said.detail(first, pooled),
        limits=Notes(said.limits(found, events)),
        table=pd.DataFrame([_row(name, price) for name, price in found.items()]),
        events=events,
        breaks=first.breaks,
        distance=first.distance,
        response=first.response,
        nervous=first.nervous,
        verdict=pooled.judged.verdict,
        pooled=pooled,
        title=said.break_title(found, pooled),
        judged=first.judged,
        tried=pd.concat([t.assign(claim=name) for name, t in claims.items()], ignore_index=True),
        survives=Notes(f"{capital(name)}. {survival(t)}" for name, t in claims.items()),
        dispute=dispute(
            {price.title: logs[name].diff().iloc[1:] for name, price in found.items()},
            {price.title: price.breaks for price in found.values()}, turn,
        ),
        news=news_beside(events),
        data=drawn_from([*own.values(), events]),
        source=titles([next(iter(own.values())), events]),
    )  # fmt: skip


def _span(window: Any) -> tuple[int, int]:
    first, last = (check_whole("window", end, -60, 60) for end in check_span("window", window))
    if last <= first:
        raise SpecificationError(
            f"window [{first}, {last}] has fewer than two rows; variance needs two"
        )
    return first, last


def _monthly(values: pd.Series) -> pd.Series:
    """Return logs by month, named as a sentence names the series."""
    if values.attrs.get("every", "session") == "session":
        values = values.resample(MONTH).last().dropna().rename_axis("date")
    if not (values > 0).all():
        raise DataError("it has prices that are not above zero; correct them")
    return pd.Series(np.log(values)).rename(values.attrs["title"].split(",")[0].rstrip(". "))


def _studied(
    logs: pd.Series, events: pd.DataFrame, policy: pd.DataFrame, max_breaks: int, horizon: int,
    span: tuple[int, int], seed: int,
) -> Price:  # fmt: skip
    title = str(logs.name)
    changes = logs.diff().iloc[1:].rename(f"changes of {title}")
    shocks = shocks_of(events, logs.index)
    if not shocks:
        raise SpecificationError(
            f"it runs from {logs.index[0].date()} to {logs.index[-1].date()}, and no "
            "event lies within; name other events in event_ids, or leave the series out"
        )
    breaks = find_breaks(changes, max_breaks, seed=seed)
    response = local_projection(logs, shocks, horizon, level=0.95, seed=seed)
    return Price(
        title=title,
        breaks=breaks,
        level_breaks=level_breaks(logs, max_breaks),
        distance=nearest_policy(breaks, policy),
        reach=found_from(break_reach(breaks, policy["date"])),
        response=response,
        judged=judged(response, logs),
        nervous=brown_forsythe(changes, apart(shocks, changes.index, span), span, seed=seed),
        amid=amid(shocks, policy.loc[~policy["event_id"].isin(events["event_id"]), "date"]),
    )


def _row(name: str, price: Price) -> dict[str, Any]:
    whole = price.nervous.table.iloc[0]
    return {
        "series": name,
        "name": price.title,
        "rows": len(price.breaks.paths),
        "breaks_of_level": price.level_breaks,
        "breaks_of_changes": price.breaks.n_breaks,
        "p_any_break": price.breaks.guard.p_value,
        "near_policy": price.distance.near,
        "p_policy": price.distance.p_value,
        "drift_found_from": price.reach,
        "response": price.judged.effect,
        "lower": price.judged.lower,
        "upper": price.judged.upper,
        "p_response": price.judged.p_value,
        "detectable": price.judged.detectable,
        "verdict": price.judged.verdict,
        "variance_ratio": whole["ratio"],
        "p_variance": whole["p_value"],
    }
