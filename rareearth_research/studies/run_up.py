"""When did the market learn? The run-up before announcements, and the dates that prices allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_whole
from rareearth_research.choices import FirmNews, Group, Sign, StudyModel
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
from rareearth_research.eventstudy.questions.dating.words import COVERAGE
from rareearth_research.studies.answer import Notes, SampleAnswer, whose
from rareearth_research.studies.composition import composition_words, detail_words, judged
from rareearth_research.studies.own_files import reads_files
from rareearth_research.studies.own_news import by_own_news
from rareearth_research.studies.sample import (
    MODELS,
    TIGHTENINGS,
    conditions,
    group_returns,
    named_events,
    own_words,
    prices_end,
    refuse_unmeasured,
    sample_words,
)
from rareearth_research.summary import options_of
from rareearth_research.timing import date_conventions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["AnticipationStudy", "anticipation"]

SHOWN = (1, 2, 3, 5, 10, 20)  # leads of the small table
FARTHEST = 250  # sessions, about a year: what lies farther off is not about one announcement


@dataclass(frozen=True, repr=False)
class AnticipationStudy(SampleAnswer):
    """Result of `anticipation`; `table` holds the same study on each date convention.

    Attributes
    ----------
    dates : DataFrame
        By event: the New York session of each date convention, ``name`` and ``anticipated``.
    curve : TimingCurve
    single : DataFrame
        The timing curve of each event alone: ``p_any, peak, finding``.
    run_up : AnticipationResult
    """

    dates: pd.DataFrame
    curve: TimingCurve
    single: pd.DataFrame
    run_up: AnticipationResult

    @property
    def leads(self) -> pd.DataFrame:
        """A few leads of the run-up, the longest among them."""
        table = self.run_up.table
        columns = ["lead", "caar", "p_value", "p_romano_wolf", "total", "lead_share", "note"]
        return table.loc[table["lead"].isin([*SHOWN, table["lead"].max()]), columns]

    @options_of("plot_timing_curve")
    def plot(self, **options: Any) -> Figure:
        """Draw the timing curve."""
        return self.curve.plot(**options)

    @options_of("plot_anticipation")
    def plot_run_up(self, **options: Any) -> Figure:
        """Draw the run-up over its leads."""
        return self.run_up.plot(**options)


@reads_files
def anticipation(
    event_ids: Sequence[str] | str = TIGHTENINGS,
    group: Group | str = "rare_earth_producers",
    benchmark: str = "local",
    model: StudyModel = "market",
    estimation: Sequence[int] = (-260, -21),
    window: Sequence[int] = (0, 1),
    leads: int = 20,
    lags: int = 20,
    direction: Sign | None = None,
    seed: int = 0,
    firm_news: FirmNews = "flag",
    events_file: str = "",
    prices_file: str = "",
    exchanges: str | Mapping[str, str] = "",
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
    direction : {"up", "down"}, optional
        How the news moved the securities, where that is known beforehand; see `timing_curve`.
    seed : int
        Of the placebo draws.
    firm_news : {"flag", "drop"}
    events_file, prices_file : str
    exchanges : str or mapping
        As in `event_study`.

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
    securities = load_securities(list(returns.columns))
    refuse_unmeasured(securities, benchmark, [model])
    check_whole("seed", seed, 0)
    span = check_windows([window], check_estimation(estimation))[0]
    options: dict[str, Any] = {"benchmark": benchmark, "model": model, "estimation": estimation}
    options |= {"windows": [span], **conditions(returns)}
    news = by_own_news(returns, events, firm_news, **options)
    result = news.shown
    further: dict[str, Any] = {"shifts": (-leads, lags), "window": span, "seed": seed}
    further["direction"] = direction
    curve = timing_curve(result, **further)
    every = timing_curve(result, leave_out_events=False, **further)
    run_up = run_up_of(result, leads, seed=seed)
    dates, about = date_conventions(events, "XNYS"), events.set_index("event_id")
    single = _one_by_one(returns, news.events, options, further)
    found = judged(news.every, events)
    return AnticipationStudy(
        parameters=asked,
        finding=" ".join(
            [
                curve.finding,
                f"{run_up.finding}.",
                found["words"].iloc[0],
                *([f"{news.title}."] if news.dropped else []),
            ]
        ),
        limits=Notes(
            [
                own_words(events, securities),
                composition_words(result),
                *_limits(result, events, dates),
                news.words,
                _every_words(curve, every),
                COVERAGE,
            ]
        ),
        table=compare_dates(returns, news.events, **options).drop(columns="note"),
        events=events,
        securities=securities,
        dates=whose(dates, events, securities).join(about[["name", "anticipated"]]),
        result=result,
        curve=curve,
        single=whose(single, events, securities),
        run_up=run_up,
        detail=detail_words(news.every, found, benchmark),
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
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("event_id")


def _every_words(curve: TimingCurve, every: TimingCurve) -> str:
    """Say what the set would be if the sessions near other events counted as well."""
    if curve.left_out.empty or curve.confidence_set == every.confidence_set:
        return ""
    return f"If moves near other listed events counted as well: {every.finding}"


def _limits(result: EventStudyResults, events: pd.DataFrame, dates: pd.DataFrame) -> list[str]:
    found, label = result.diagnostics, result.specification.labels[0]
    pairs, days = int(found["n_pairs"]), int(found["n_dates"])
    earlier = int((dates["reported"] < dates["earliest"]).sum())
    return [
        sample_words(list(events["event_id"])),
        (
            f"The set assumes that the news moves prices within the response window {label} of "
            "its session. Sessions near other listed events do not speak against others, because "
            "their moves may answer those; the ordinary stretches they are held against do hold "
            "listed events, which makes the set larger rather than smaller."
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
