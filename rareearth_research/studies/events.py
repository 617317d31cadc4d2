"""Did markets move when the policy became known? One event or many, one group of securities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_flag
from rareearth_research.arrays import Floats
from rareearth_research.choices import FirmNews, Group, StudyModel, Timing
from rareearth_research.datasets import load_returns
from rareearth_research.datasets.own.layers import files_of
from rareearth_research.eventstudy import EventStudy, placebo, split
from rareearth_research.eventstudy.chance.placebo import PlaceboResult
from rareearth_research.eventstudy.pairs.setup import Setup
from rareearth_research.eventstudy.questions.split import Split
from rareearth_research.eventstudy.results.words import mixture_words
from rareearth_research.studies import composition, sample
from rareearth_research.studies.answer import Notes, Said, SampleAnswer, unmeasured_words, whose
from rareearth_research.studies.changes import compared, doubts, elsewhere, other_sessions, survived
from rareearth_research.studies.own_files import about_files, crossed, reads_files
from rareearth_research.studies.own_news import OwnNews, by_own_news
from rareearth_research.summary import options_of
from rareearth_research.timing import map_sessions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EVENTS = ("cn-2025-10-no61-no62",)
GROUP = "rare_earths"


@dataclass(frozen=True, repr=False)
class EventsStudy(SampleAnswer):
    """Result of `event_study`; `table` holds every test of every window.

    Attributes
    ----------
    sessions : DataFrame
        The event session on each exchange, as `map_sessions` gives it.
    study : EventStudy
        For further questions: ``rer.timing_curve(answer.study)``.
    placebo : PlaceboResult
        Sessions near any listed event are left out.
    left_out : DataFrame
        The first window without each security in turn, strongest answer first; no row where there
        is one security, or without `checks`.
    verdict : DataFrame
        What may be said of each window, with the sample and the events by name.
    samples : Split
        The first window for every sample that was considered: the one studied, its parts by place
        of listing and by business, and for the default event the sample before two choices that
        were made after results had been seen.
    news : OwnNews
        Pairs whose own firm had news in their windows, and the study with and without them.
    tried : DataFrame
        The first window with one thing changed at a time, see `compared`; the study alone without
        `checks`.
    survives : Said
        Whether the verdict survives that.
    elsewhere : ndarray, shape (D, K), optional
        The average path at D placebo sessions; None where a model is too slow for it.
    """

    sessions: pd.DataFrame
    study: EventStudy
    placebo: PlaceboResult
    left_out: pd.DataFrame
    verdict: pd.DataFrame
    samples: Split
    news: OwnNews
    tried: pd.DataFrame
    survives: Said
    elsewhere: Floats | None = None

    @property
    def ledger(self) -> pd.DataFrame:
        """Event–security pairs counted by event, whether kept, and the reason why not."""
        pairs = self.attrition
        by = [c for c in ("event_id", "status", "reason", "origin") if c in pairs.columns]
        return pairs.groupby(by, dropna=False).size().rename("pairs").reset_index()

    def extremes(self, n: int = 3) -> pd.DataFrame:
        """Return the `n` strongest and `n` weakest rows of `left_out`."""
        rows = len(self.left_out)
        return self.left_out.iloc[sorted({*range(min(n, rows)), *range(max(0, rows - n), rows)})]

    @options_of("plot_caar", "elsewhere")
    def plot(self, **options: Any) -> Figure:
        """Draw the path of the average cumulative abnormal return, and others behind it."""
        from rareearth_research.plots import plot_caar

        titled = {"title": self.news.titled(self.verdict)}
        return plot_caar(self.result, elsewhere=self.elsewhere, **titled | options)

    @options_of("plot_placebo")
    def plot_placebo(self, **options: Any) -> Figure | None:
        """Draw where the event stands among other sessions; nothing where there is no placebo."""
        known = np.isfinite(self.placebo.table["p_value"].iloc[0])
        return self.placebo.plot(**options) if known else None

    @options_of("plot_car", "names")
    def plot_car(self, **options: Any) -> Figure:
        """Draw the cumulative abnormal return of each security, named."""
        from rareearth_research.plots import plot_car

        named = {"title": composition.titled(self.result, self.news.titled(self.verdict), options)}
        names, own = self.securities["name"], self.news.pairs["security"]
        names = names.where(~names.index.isin(own), names + ", news of its own")
        return plot_car(self.result, names=names, **named | options)


@reads_files
def event_study(
    event_ids: Sequence[str] | str = EVENTS,
    actors: Sequence[str] | str = (),
    directions: Sequence[str] | str = (),
    materials: Sequence[str] | str = (),
    since: str = sample.SINCE,
    group: Group | str = GROUP,
    securities: Sequence[str] | str = (),
    benchmark: str = "local",
    model: StudyModel = "market",
    windows: Sequence[Sequence[int]] = ((0, 1), (-1, 5)),
    estimation: Sequence[int] = (-260, -11),
    timing: Timing = "latest",
    firm_news: FirmNews = "flag",
    events_file: str = "",
    prices_file: str = "",
    exchanges: str | Mapping[str, str] = "",
    *,
    checks: bool = True,
) -> EventsStudy:
    """Measure securities around policy events, and ask whether it could be chance.

    Parameters
    ----------
    event_ids : sequence of str
        Policy events; empty: all of the suggested sample that the next four choose.
    actors, directions, materials : sequence of str
        Such as ``["CN"]``, ``["tightening"]``, ``["Ga", "Ge"]``; only with ``event_ids=[]``.
    since : str
        First announced day; only with ``event_ids=[]``.
    group : str
        Group of securities, see `load_groups`.
    securities : sequence of str
        Tickers, in place of a group.
    benchmark : str
        ``"local"``: each exchange's own index; or one ticker.
    model : str, default "market"
        ``raw, mean, market_adjusted, market, scholes_williams, dimson``; ``synthetic`` and
        ``synthetic_market`` take the shipped controls in place of a benchmark.
    windows : list of (int, int)
    estimation : (int, int)
    timing : str, default "latest"
        As in `EventStudy`; the first window is the headline.
    firm_news : {"flag", "drop"}
        Pairs with news of their firm in the windows: counted in the limits, or not shown; the
        verdict is that of all pairs.
    events_file, prices_file : str
        Files of your own, as `read_events` and `read_prices` take them; where nothing else was
        chosen, their events and securities are those studied.
    exchanges : str or mapping
        Exchange of the columns of `prices_file`, for all (``"XPAR"``) or by column, where neither a
        suffix nor `load_securities` says it.
    checks : bool, default True
        Fill `left_out` and `samples`, whose range ends `finding`, and measure without pairs that
        have news of their own for `limits`; the verdict needs none of them.

    Returns
    -------
    EventsStudy

    Raises
    ------
    SpecificationError
        If events or securities are chosen twice over or not at all, and as `EventStudy`.

    Notes
    -----
    This is ``EventStudy`` on the shipped returns with ``known_events=load_events()``,
    ``exposure=load_securities()``, ``price_flags=load_price_flags()``, ``limit_days="flag"``, and
    ``placebo(..., exclude_near=load_events())``.
    """
    asked = {name: value for name, value in locals().items() if name != "checks"}
    check_flag("checks", checks)
    events, listed, sessions, returns, options = _read(**asked)
    shared = sample.conditions(returns)
    pairs = crossed(events, listed)
    news = by_own_news(returns, pairs, firm_news, **options, **shared, aside=checks)
    result = news.shown
    drawn = placebo(news.every)  # near none of the known events, which are all
    chance = placebo(result) if news.dropped else drawn
    left = composition.without_each(result, checks)
    found = composition.judged(news.every, events, chance=drawn)
    if checks:
        ours = list(events["event_id"]) == list(EVENTS) and asked["group"] == GROUP
        before = listed if ours and not asked["securities"] else None
        samples = composition.considered(result, events, before, options)
    else:
        samples = split(result, {}, chance=chance)
    changes = doubts(news.every, pairs, returns, shared | options) if checks else ()
    tried = compared("as asked", news.every, changes)
    further = f"{news.title}." if news.dropped else composition.range_words(samples.table, left)
    return EventsStudy(
        parameters=asked,
        finding=f"{found['words'].iloc[0]} {further}".strip(),
        limits=Notes(
            [
                " ".join([*sample.session_words(events, listed, timing), *other_sessions(tried)]),
                sample.own_words(events, listed),
                composition.composition_words(result),
                composition.sample_history(samples.table),
                unmeasured_words(result.attrition, events),
                *composition.pair_words(result),
                news.words,
                composition.limit_words(result),
                sample.shared_words(news.every),
                mixture_words(result) if model == "synthetic" else "",
                sample.prices_end(result, returns=returns),
            ]
        ),
        table=result.table.drop(columns="headline"),
        events=events,
        securities=listed,
        sessions=whose(sessions, events, listed),
        study=news.study,
        result=result,
        placebo=chance,
        left_out=whose(left, events, listed),
        verdict=found,
        samples=samples,
        news=news,
        tried=tried.drop(columns="n_events") if len(events) == 1 else tried,
        survives=Said(
            f"With one thing changed at a time, {survived(tried, verdict=found['verdict'].iloc[0])}"
            * (len(tried) > 1)
        ),
        elsewhere=elsewhere(result),
        detail=composition.detail_words(news.every, found, benchmark),
    )


def placed_study(**asked: Any) -> Setup:
    """Return what `event_study` fits if it is asked this, all of it, on its sessions."""
    defaults = {name: p.default for name, p in signature(event_study).parameters.items()}
    with files_of(asked):
        events, listed, _, returns, options = _read(**asked | about_files(asked, defaults))
        options |= sample.conditions(returns)
        events = crossed(events, listed)
        if asked["firm_news"] == "drop":
            return by_own_news(returns, events, "drop", **options).shown.setup
        return EventStudy(returns, events, **options).setup


def _read(
    **asked: Any,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Return events, securities, sessions, returns, and what `EventStudy` is asked of them."""
    check_choice("model", asked["model"], sample.MODELS)
    options = {name: asked[name] for name in ("benchmark", "model", "estimation", "timing")}
    options["windows"] = sample.numbered(asked["windows"])
    filters = ("event_ids", "actors", "directions", "materials", "since")
    events = sample.choose_events(*(asked[name] for name in filters))
    listed = sample.choose_securities(asked["securities"], asked["group"], default=GROUP)
    sample.refuse_unmeasured(listed, asked["benchmark"], [asked["model"]])
    exchanges = sorted(listed["exchange"].unique())
    sessions = map_sessions(events, exchanges, timing=asked["timing"])
    return events, listed, sessions, load_returns(list(listed.index)), options
