"""Does the answer depend on how it is asked? One study under every choice, and one at a time.

Where nothing is asked, it is the first question of the plan under everything that the plan varies.
Else the first of each list of choices is the reference, against which the others are held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth_research.arguments import check_choice, check_names, check_whole
from rareearth_research.choices import FirmNews, StudyModel, Timing
from rareearth_research.datasets import load_events, load_securities
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import (
    PlaceboResult,
    SpecificationCurve,
    placebo,
    specification_curve,
)
from rareearth_research.eventstudy.inputs.checks import check_estimation, check_windows
from rareearth_research.labels import LOG_WORDS, label
from rareearth_research.studies import sample
from rareearth_research.studies.answer import Notes, Said, SampleAnswer, unmeasured_words
from rareearth_research.studies.changes import one_at_a_time, said_once, survived
from rareearth_research.studies.composition import composition_words, detail_words, judged
from rareearth_research.studies.own_files import reads_files, untouched
from rareearth_research.studies.own_news import by_own_news
from rareearth_research.studies.planned.varied import of_the_plan
from rareearth_research.studies.words.choices import family_of, family_words, late_words
from rareearth_research.summary import options_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CHOICES = {  # where something else is asked
    "event_ids": sample.TIGHTENINGS,
    "group": "rare_earth_producers",
    "models": ("market", "market_adjusted", "dimson", "mean"),
    "windows": ((0, 1), (-1, 1), (0, 5)),
    "benchmarks": ("local", "SPY", "URTH"),
    "timings": ("latest", "earliest"),
}
IDLE = (CHOICES["benchmarks"], ("local",))  # what stands there where nobody asked for any


@dataclass(frozen=True, repr=False)
class RobustnessStudy(SampleAnswer):
    """Result of `robustness`; `table` holds a family of tests: questions of the plan, or windows.

    Attributes
    ----------
    curve : SpecificationCurve
    tried : DataFrame
        One change at a time: ``question, change, clusters, pairs, caar, lower, upper, p_value,
        verdict, same_verdict``.
    survives : Notes
        How many of them leave the verdict as it is, and which do not, a sentence each.
    reference : str
        In words: ``"Reference: market model against SPY, latest possible session."``.
    verdict : DataFrame
        What may be said of each window of the reference, the windows being one family; of the
        plan, of each question.
    placebo : PlaceboResult or None
        Of the reference; sessions near any listed event are left out. The plan has its own.
    """

    curve: SpecificationCurve
    tried: pd.DataFrame
    survives: Notes
    reference: str
    verdict: pd.DataFrame
    placebo: PlaceboResult | None

    @options_of("plot_specification_curve")
    def plot(self, **options: Any) -> Figure:
        """Draw the specification curve."""
        title = f"{self.verdict['title'].iloc[0]}. {self.curve.title}"
        return self.curve.plot(**{"title": title} | options)


@reads_files
def robustness(
    event_ids: Sequence[str] | str = (),
    group: str = "",
    models: Sequence[StudyModel] = (),
    windows: Sequence[Sequence[int]] = (),
    benchmarks: Sequence[str] = (),
    timings: Sequence[Timing] = (),
    estimation: Sequence[int] = (-260, -11),
    seed: int = 0,
    firm_news: FirmNews = "flag",
    events_file: str = "",
    prices_file: str = "",
    exchanges: str | Mapping[str, str] = "",
) -> RobustnessStudy:
    """Run one study under every combination of choices, and with one change at a time.

    Nothing asked, it is the first question of the plan, under everything that the plan varies.

    Parameters
    ----------
    event_ids : sequence of str
        At least two events, studied together; beside other choices by default the Chinese licence
        requirements and bans since 2023.
    group : str
        Group of securities, see `load_groups`; beside other choices by default
        ``"rare_earth_producers"``.
    models, windows, benchmarks, timings : sequence
        Choices, as in `specification_curve`; beside others by default four models, three windows,
        three benchmarks and two timings.
    estimation : (int, int)
    seed : int
        Of the placebo draws.
    firm_news : {"flag", "drop"}
        As in `event_study`; the curve is then of the pairs shown.
    events_file, prices_file : str
    exchanges : str or mapping
        As in `event_study`; beside prices of your own `benchmarks` is ``["local"]`` unless given.

    Returns
    -------
    RobustnessStudy

    Raises
    ------
    SpecificationError
        For a study of one event, benchmarks that no model uses, and as `specification_curve` and
        `EventStudy`.

    Notes
    -----
    ``EventStudy`` on the shipped returns under the conditions of `event_study`. Samples are all
    securities, and those of each exchange that has at least two but not all.
    """
    asked = dict(locals())
    defaults = {name: p.default for name, p in signature(robustness).parameters.items()}
    if all(untouched(asked[name], default) for name, default in defaults.items()):
        return RobustnessStudy(**of_the_plan(asked))
    given: dict[str, Any] = {
        name: own if untouched(asked[name], defaults[name]) else asked[name]
        for name, own in CHOICES.items()
    }
    chosen = {name: check_names(name, given[name]) for name in ("models", "benchmarks", "timings")}
    for model in chosen["models"]:
        check_choice("models", model, sample.MODELS)
    model, benchmark, timing = (values[0] for values in chosen.values())
    check_whole("seed", seed, 0)
    spans = check_windows(given["windows"], check_estimation(estimation))
    events, returns = sample.named_events(given["event_ids"]), sample.group_returns(given["group"])
    if len(events) < 2:
        raise SpecificationError(
            "event_ids: leaving out each event in turn needs at least two; for one event use "
            "rer.studies.event_study"
        )
    if (
        set(sample.BENCHMARKED).isdisjoint(chosen["models"])
        and tuple(chosen["benchmarks"]) not in IDLE
    ):
        raise SpecificationError(
            f"benchmarks: none of models={chosen['models']} uses one; leave benchmarks out, or add "
            "'market' to models"
        )
    securities = load_securities(list(returns.columns))
    sample.refuse_unmeasured(securities, benchmark, chosen["models"])
    # all that bears on numbers
    shared: dict[str, Any] = {"exposure": load_securities(), "estimation": estimation}
    shared |= sample.calendars(returns)
    # no benchmark is a security to study, as in the curve
    apart = [name for name in chosen["benchmarks"] if name in returns and name != benchmark]
    asked_as: dict[str, Any] = {"windows": spans, "timing": timing, **shared}
    own = returns.drop(columns=apart)
    asked_as |= sample.conditions(own)
    news = by_own_news(own, events, firm_news, benchmark, model, **asked_as)
    result = news.shown
    curve = specification_curve(
        returns,
        news.events,
        **chosen,  # type: ignore[arg-type]
        windows=spans,
        samples=_samples(securities),
        exclude_near=load_events(),
        seed=seed,
        progress=False,
        **shared,
    )
    drawn = placebo(result, exclude_near=load_events(), seed=seed)
    family = family_of(result, drawn)
    all_drawn, all_family = drawn, family  # of every pair: what the verdict rests on
    if news.dropped:
        all_drawn = placebo(news.every, exclude_near=load_events(), seed=seed)
        all_family = family_of(news.every, all_drawn)
    tried = one_at_a_time(result, curve, events)
    against = sample.benchmark_words(model, benchmark)
    corrected = dict(zip(all_family["window"], all_family["romano_wolf"], strict=True))
    declared = corrected if len(family) > 1 else None
    found = judged(news.every, events, chance=all_drawn, family=declared)
    survives = said_once(survived(tried, verdict=found["verdict"].iloc[0]))
    return RobustnessStudy(
        parameters=asked,
        finding=" ".join(
            filter(
                None,
                [
                    found["words"].iloc[0],
                    f"{news.title}." if news.dropped else "",
                    curve.summary().headline,
                    curve.joint_words,
                    curve.sensitivity,
                    survives,
                ],
            )
        ),
        limits=Notes(
            [
                sample.own_words(events, securities, timing),
                unmeasured_words(result.attrition, events),
                composition_words(result),
                LOG_WORDS,
                sample.sample_words(list(events["event_id"])),
                news.words,
                curve.joint_note,
                late_words(chosen["benchmarks"], securities),
                sample.shared_words(news.every),
                sample.prices_end(result),
            ]
        ),
        verdict=found,
        table=family,
        events=events,
        securities=securities,
        curve=curve,
        reference=Said(f"Reference: {label('model', model)} {against}, {label('timing', timing)}."),
        detail=" ".join(
            filter(
                None,
                [
                    detail_words(news.every, found, benchmark),
                    curve.joint_further,
                    family_words(family),
                ],
            )
        ),
        result=result,
        placebo=drawn,
        tried=tried,
        survives=Notes([survives]),
    )


def _samples(securities: pd.DataFrame) -> dict[str, list[str]]:
    samples = {"all exchanges": list(securities.index)}
    for name, part in securities.groupby("exchange"):
        if 1 < len(part) < len(securities):
            samples[str(name)] = list(part.index)
    return samples
