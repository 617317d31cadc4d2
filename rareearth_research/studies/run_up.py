"""When did the market learn? The run-up before announcements, and the dates that prices allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

import pandas as pd

from rareearth_research.arguments import check_choice, check_names, check_whole
from rareearth_research.choices import FirmNews, Sign, StudyModel
from rareearth_research.datasets import load_events, load_returns, load_securities
from rareearth_research.datasets.own.layers import files_of
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import AnticipationResult, TimingCurve, timing_curve
from rareearth_research.eventstudy import anticipation as run_up_of
from rareearth_research.eventstudy.inputs.checks import check_estimation, check_windows
from rareearth_research.eventstudy.questions.dating.results import COVERAGE
from rareearth_research.labels import LOG_WORDS
from rareearth_research.studies import sample
from rareearth_research.studies.across.attempts import survived, usual_changes
from rareearth_research.studies.across.run_up import (
    Pairs,
    detectable_of,
    difference,
    in_effect,
    judge_run_up,
    later,
    on_dates,
    one_by_one,
    other_leads,
)
from rareearth_research.studies.answer import Notes, Said, SampleAnswer, unmeasured_words, whose
from rareearth_research.studies.composition import composition_words
from rareearth_research.studies.own_files import reads_files
from rareearth_research.studies.own_news import POLICIES, by_own_news
from rareearth_research.studies.planned.headline import PlannedStudy, planned_questions
from rareearth_research.studies.planned.measure import Measured, events_of
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.plan import load_plan
from rareearth_research.studies.planned.words import planned_detail
from rareearth_research.studies.words import run_up as words
from rareearth_research.summary import Summary, options_of
from rareearth_research.timing import date_conventions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PLANNED, SAMPLE, OUTSIDE = "planned", "h6_clean_leads", "producers_outside_china"
BEFORE, ESTIMATION = (-10, -2), (-260, -11)
FARTHEST = 250  # sessions, about a year: what lies farther off is not about one announcement


@dataclass(frozen=True, repr=False)
class AnticipationStudy(SampleAnswer):
    """Result of `anticipation`; `table` holds the run-up, and announced less in effect.

    Attributes
    ----------
    title : str
        The verdict on the run-up in a line.
    answers : Notes
        Was there leakage? Announced, in effect, or at a first report? In sentences.
    dates : DataFrame
        By event: its New York session by each date, ``name`` and ``anticipated``.
    by_date : DataFrame
        The response around each of these dates, each as `pooled` judges it.
    curve : TimingCurve
    dated : str
        What the curve says of the session of the news.
    single : DataFrame
        The timing curve of each event alone: ``p_any, peak, detectable, finding``.
    run_up : AnticipationResult
    detectable : Series
        Of a few leads: the run-up that would be found four times in five.
    planned : PlannedStudy or None
        The planned questions, where nothing was chosen.
    measured, again : Measured, Pairs
        The run-up, and what measures it with other options.
    """

    title: str
    answers: Notes
    dates: pd.DataFrame
    by_date: pd.DataFrame
    curve: TimingCurve
    dated: Said
    single: pd.DataFrame
    run_up: AnticipationResult
    detectable: pd.Series
    planned: PlannedStudy | None
    measured: Measured
    again: Pairs

    @property
    def leads(self) -> pd.DataFrame:
        """A few leads of the run-up, the longest among them."""
        table = self.run_up.table.set_index("lead")
        columns = ["caar", "p_value", "p_romano_wolf", "detectable", "total", "lead_share", "note"]
        shown = table.assign(detectable=self.detectable).loc[self.detectable.index, columns]
        return shown.reset_index()

    @property
    def shown(self) -> dict[str, pd.DataFrame]:
        """The tables for reading: ``questions, dates, single``."""
        numbers = self.table.columns.drop(["question", "verdict", "pairs", "words"])
        tables = {
            "questions": self.table[["question", "verdict", *numbers]],
            "dates": self.by_date,
            "single": self.single,
        }
        return {name: table.rename(columns={"effect": "caar"}) for name, table in tables.items()}

    def tried(self) -> Summary:
        """Answer again with one thing changed at a time: models, windows, samples."""
        asked, measured, verdict = self.parameters, self.measured, self.table["verdict"].iloc[0]
        with files_of(asked):
            leads = other_leads(self.again, asked["before"], asked["estimation"])
            if self.planned is not None:
                planned = {**self.planned.changed("H6"), **leads}
                return survived(measured, planned, verdict, "as planned")
            usual = usual_changes(measured, self.again, asked["model"], asked["benchmark"])
            return survived(measured, usual | leads, verdict)

    @options_of("plot_timing_curve", "shade")
    def plot(self, **options: Any) -> Figure:
        """Draw the timing curve, with the run-up that the finding is about."""
        return self.curve.plot(**{"title": self.title} | options, shade=self.parameters["before"])

    @options_of("plot_anticipation", "detectable")
    def plot_run_up(self, **options: Any) -> Figure:
        """Draw the run-up over its leads."""
        return self.run_up.plot(**options, detectable=self.detectable)


@reads_files
def anticipation(
    event_ids: Sequence[str] | str = (),
    group: str = PLANNED,
    before: Sequence[int] = BEFORE,
    benchmark: str = "local",
    model: StudyModel = "market",
    estimation: Sequence[int] = ESTIMATION,
    window: Sequence[int] = (-1, 1),
    leads: int = 20,
    lags: int = 20,
    sign: Sign | None = None,
    seed: int = 0,
    firm_news: FirmNews = "flag",
    events_file: str = "",
    prices_file: str = "",
    exchanges: str | Mapping[str, str] = "",
) -> AnticipationStudy:
    """Ask whether prices moved before the announcement, with it, or when it took effect.

    Parameters
    ----------
    event_ids : sequence of str
        Events studied together; empty: the tightenings of the plan before which nothing else came.
    group : str
        ``"planned"``: producers outside China, as the plan lists them; else see `load_groups`.
    before : (int, int)
        Sessions before the announcement in which prices may have moved.
    benchmark : str, default "local"
    model : str, default "market"
    estimation : (int, int)
        As in `event_study`.
    window : (int, int)
        Response window around each candidate session, and around each date.
    leads, lags : int
        Sessions looked back and ahead.
    sign : {"up", "down"}, optional
        How the news moved the securities, if known beforehand: the direction of `timing_curve`.
    seed : int
        Of the placebo draws of the curve and of the leads.
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
        As `EventStudy` and `timing_curve`; for more than 250 leads or lags, and a run-up that
        does not end before session 0.

    Notes
    -----
    The run-up is the mean over announcements of the mean CAR of the securities exposed to each, and
    its verdict that of `tightening_and_easing`; with nothing chosen it is question H6 of the plan.
    Announced less in effect is its H7, which is described and never decided. Curve and leads are
    means over pairs. Placebo sessions of the curve keep away from the study's own events only:
    stretches of `leads` + `lags` sessions without any listed event are too few.
    """
    asked = dict(locals())
    check_choice("model", model, sample.MODELS)
    check_choice("firm_news", firm_news, POLICIES)
    if sign is not None:
        check_choice("sign", sign, get_args(Sign))
    check_whole("leads", leads, 1, FARTHEST)
    check_whole("lags", lags, 0, FARTHEST)
    check_whole("seed", seed, 0)
    plan, wanted = load_plan(), sample.names_or_all("event_ids", event_ids)
    apart_from = check_estimation(estimation)
    (lead,), (span,) = (check_windows([w], apart_from) for w in (before, window))
    if lead[1] >= 0:
        raise SpecificationError(f"before={list(lead)} must end before session 0; take [-10, -2]")
    events = load_events(event_ids=wanted or events_of(plan, SAMPLE))
    own = plan.group(OUTSIDE) if group == PLANNED else None
    groups = None if own else check_names("group", [group])
    securities = load_securities(own, group=groups)
    sample.refuse_unmeasured(securities, benchmark, [model])
    options: dict[str, Any] = {"benchmark": benchmark, "model": model, "estimation": estimation}
    if own:
        options["matters"] = plan["inference"]["smallest_effect_that_matters"]["H6"] / 100
    paired, apart = pairs_of(plan, list(events["event_id"]), list(securities.index), matched=True)
    least = min(plan["event_rules"]["clusters"]["minimum_securities"], len(securities))
    again = Pairs(paired, apart, least, options)
    measured = again(windows=[lead])
    untouched = not (wanted or events_file or prices_file) and bool(own) and (
        (lead, tuple(estimation), benchmark, model) == (BEFORE, ESTIMATION, "local", "market")
    )  # fmt: skip
    planned = planned_questions() if untouched else None
    row, title = judge_run_up(measured, planned)
    returns = load_returns(sorted(paired["security"].unique()))
    around = {"windows": [lead, span], **options, **sample.conditions(returns)}
    news = by_own_news(returns, paired, firm_news, aside=False, **around)
    shown = replace(again, paired=news.events)
    response = shown(windows=[span])
    further: Any = {"shifts": (-leads, lags), "window": span, "seed": seed, "direction": sign}
    curve = timing_curve(response.result, **further)
    every = timing_curve(response.result, leave_out_events=False, **further)
    run_up = run_up_of(response.result, leads, seed=seed)
    dates = date_conventions(events, "XNYS")
    about = events.set_index("event_id")[["name", "anticipated"]]
    contrast = (
        planned.answers.contrasts["H7"]
        if planned
        else in_effect(
            plan, later(events, dates), list(securities.index), windows=[span], **options
        )
    )
    said_h7 = str(planned.words.loc["H7", "words"]) if planned else ""
    answers = words.answers(row, lead, contrast, said_h7, dates)
    single = about[["name"]].join(one_by_one(response, further), how="right")
    return AnticipationStudy(
        parameters={**asked, "before": lead, "estimation": apart_from},
        finding=" ".join(
            [row["words"], words.matters(row, planned is not None)]
            + [answers["Announced or in effect?"]] * (contrast is not None)
            + [f"{news.title}."] * news.dropped
        ),
        limits=Notes(
            [
                words.status(plan) if planned else sample.sample_words(list(events["event_id"])),
                sample.own_words(events, securities, "latest"),
                unmeasured_words(measured.attrition, events),
                composition_words(measured.result),
                LOG_WORDS,
                *words.limits(measured, span, len(news.pairs), bool(planned), news.dropped),
                words.every(curve, every),
                COVERAGE,
                sample.prices_end(response.result, returns=returns),
            ]
        ),
        table=pd.DataFrame([row, difference(contrast)]),
        events=events,
        securities=securities,
        result=response.result,
        detail=planned_detail(planned.table, ["H6"])
        if planned
        else words.detail(measured, row, model, benchmark),
        title=title,
        answers=Notes(f"{question} {answer}" for question, answer in answers.items()),
        dates=whose(dates, events, securities).join(about),
        by_date=on_dates(response, shown, span, dates),
        curve=curve,
        dated=Said(words.not_dated(curve, response.finding.detectable)),
        single=whose(single, events, securities),
        run_up=run_up,
        detectable=detectable_of(shown, run_up),
        planned=planned,
        measured=measured,
        again=again,
    )
