"""When did the market learn? The run-up before announcements, and the dates that prices allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_whole
from rareearth_research.datasets import load_securities
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import (
    AnticipationResult,
    EventStudy,
    EventStudyResults,
    TimingCurve,
    compare_dates,
    timing_curve,
)
from rareearth_research.eventstudy import anticipation as run_up_of
from rareearth_research.eventstudy.inputs.checks import check_estimation, check_windows
from rareearth_research.studies.answer import Notes, StudyAnswer, p_value
from rareearth_research.studies.sample import (
    MODELS,
    TIGHTENINGS,
    conditions,
    group_returns,
    named_events,
    prices_end,
    sample_words,
)
from rareearth_research.timing import date_conventions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["AnticipationStudy", "anticipation"]

LEVEL = 0.05
SHOWN = (1, 2, 3, 5, 10, 20)  # leads of the small table
FARTHEST = 250  # sessions, about a year: what lies farther off is not about one announcement


@dataclass(frozen=True, repr=False)
class AnticipationStudy(StudyAnswer):
    """Result of `anticipation`; `table` holds the same study on each date convention.

    Attributes
    ----------
    events, securities : DataFrame
        What was studied, as `load_events` and `load_securities` give it.
    dates : DataFrame
        By event: the New York session of each date convention, ``name`` and ``anticipated``.
    result : EventStudyResults
        On the announcement.
    curve : TimingCurve
    single : DataFrame
        The timing curve of each event alone: ``p_any, peak, finding``.
    run_up : AnticipationResult
    """

    events: pd.DataFrame
    securities: pd.DataFrame
    dates: pd.DataFrame
    result: EventStudyResults
    curve: TimingCurve
    single: pd.DataFrame
    run_up: AnticipationResult

    @property
    def leads(self) -> pd.DataFrame:
        """A few leads of the run-up, the longest among them."""
        table = self.run_up.table
        columns = ["lead", "caar", "p_value", "p_romano_wolf", "total", "lead_share", "note"]
        return table.loc[table["lead"].isin([*SHOWN, table["lead"].max()]), columns]

    def plot(self, **options: Any) -> Figure:
        """Draw the timing curve."""
        return self.curve.plot(**options)

    def plot_run_up(self, **options: Any) -> Figure:
        """Draw the run-up over its leads."""
        return self.run_up.plot(**options)


def anticipation(
    event_ids: Sequence[str] | str = TIGHTENINGS,
    group: str = "rare_earth_producers",
    benchmark: str = "local",
    model: str = "market",
    estimation: Sequence[int] = (-260, -21),
    window: Sequence[int] = (0, 1),
    leads: int = 20,
    lags: int = 20,
    seed: int = 0,
) -> AnticipationStudy:
    """Ask whether prices answered before the announcement, with it, or when it took effect.

    Parameters
    ----------
    event_ids : sequence of str
        Events studied together.
    group : str
        Group of securities, see `load_groups`.
    benchmark : str, default "local"
    model : str, default "market"
    estimation : (int, int)
        As in `event_study`.
    window : (int, int)
        Response window around each candidate session.
    leads, lags : int
        Sessions looked back and ahead.
    seed : int
        Of the placebo draws.

    Returns
    -------
    AnticipationStudy

    Raises
    ------
    SpecificationError
        As `EventStudy` and `timing_curve`; for more than 250 leads or lags.

    Notes
    -----
    ``EventStudy`` on the shipped returns under the conditions of `event_study`. Placebo sessions
    keep away from the study's own events only: stretches of `leads` + `lags` sessions without any
    listed event are too few.
    """
    asked = dict(locals())
    check_choice("model", model, MODELS)
    check_whole("leads", leads, 1, FARTHEST)
    check_whole("lags", lags, 0, FARTHEST)
    events, returns = named_events(event_ids), group_returns(group)
    check_whole("seed", seed, 0)
    span = check_windows([window], check_estimation(estimation))[0]
    options = {"benchmark": benchmark, "model": model, "estimation": estimation, "windows": [span]}
    options |= conditions()
    result = EventStudy(returns, events, **options).fit()
    further: dict[str, Any] = {"shifts": (-leads, lags), "window": span, "seed": seed}
    curve = timing_curve(result, **further)
    run_up = run_up_of(result, leads, seed=seed)
    dates = date_conventions(events, "XNYS")
    return AnticipationStudy(
        parameters=asked,
        finding=f"{_result_words(result, group)} {curve.finding} {_run_up_words(run_up)}",
        limits=Notes(_limits(result, events, dates)),
        table=compare_dates(returns, events, **options).drop(columns="note"),
        events=events,
        securities=load_securities(list(returns.columns)),
        dates=dates.join(events.set_index("event_id")[["name", "anticipated"]]),
        result=result,
        curve=curve,
        single=_one_by_one(returns, events, options, further),
        run_up=run_up,
    )


def _one_by_one(
    returns: pd.DataFrame, events: pd.DataFrame, options: dict[str, Any], further: dict[str, Any]
) -> pd.DataFrame:
    """Return the timing curve of each event alone, or why it has none."""
    rows = {}
    for event_id, event in events.groupby("event_id"):
        try:
            curve = timing_curve(EventStudy(returns, event, **options), **further)
            rows[event_id] = {"p_any": curve.p_any, "peak": curve.peak, "finding": curve.finding}
        except SpecificationError as error:
            rows[event_id] = {"p_any": np.nan, "peak": pd.NA, "finding": str(error)}
    return pd.DataFrame(rows).T.rename_axis("event_id")


def _result_words(result: EventStudyResults, group: str) -> str:
    label, n = result.specification.labels[0], int(result.diagnostics["n_events"])
    first = result.car[result.car["window"] == label]
    leading = result.table[result.table["headline"] & (result.table["window"] == label)]
    test = "".join(
        f", {row.test} p {'' if row.p_value < 0.0005 else '= '}{p_value(row.p_value)}"
        for row in leading.itertuples()
        if np.isfinite(row.p_value)
    )
    return (
        f"Over {label} the abnormal return of {group} was {first['car'].mean():+.1%} (announced "
        f"events: {n}{test})."
    )


def _run_up_words(run_up: AnticipationResult) -> str:
    known = run_up.table.dropna(subset=["p_value", "p_romano_wolf"])
    if known.empty:
        return "There is no placebo for the run-up."
    best = known.sort_values("p_value", kind="stable").iloc[0]
    verdict = "more" if best["p_romano_wolf"] <= LEVEL else "not more"
    return (
        f"The run-up that stands out most, {best['caar']:+.1%} over {best['window']}, is {verdict} "
        f"than chance (corrected p = {best['p_romano_wolf']:.2f})."
    )


def _limits(result: EventStudyResults, events: pd.DataFrame, dates: pd.DataFrame) -> list[str]:
    found, label = result.diagnostics, result.specification.labels[0]
    pairs, days = int(found["n_pairs"]), int(found["n_dates"])
    earlier = int((dates["reported"] < dates["earliest"]).sum())
    return [
        sample_words(list(events["event_id"])),
        (
            f"The set assumes that the news moves prices within the response window {label} of "
            "its session, and that other sessions are ordinary ones; sessions near other listed "
            "events are among them. Policy news comes in bursts; where a second announcement falls "
            "inside the stretch the set may be empty."
        ),
        (
            "Pairs with another event of the list, or a confounder named in it, in their window: "
            f"{int(found['confounded'])} of {pairs} (flagged, not dropped). The response is that "
            "of everything known on those days."
        ),
        f"Securities share the dates of the events: the independent answers are {days}, not "
        f"{pairs}."
        if pairs > days
        else "",
        (
            "Events with a report on record before the announcement: "
            f"{earlier} of {len(dates)}. Where none is, the *reported* session is that of the "
            "announcement, which is no proof that nothing had leaked."
        ),
        (
            "Sessions are counted on each security's own exchange; session 0 is the first whose "
            "close came after the announcement."
        ),
        prices_end(result),
    ]
