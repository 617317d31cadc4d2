"""Does the answer depend on how it is asked? One study under every choice, and without each event.

The first of each list of choices is the reference: its tests, placebo and leave-one-out are what
the specification curve is to be held against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_names, check_whole
from rareearth_research.choices import FirmNews, Group, StudyModel, Timing
from rareearth_research.datasets import load_events, load_securities
from rareearth_research.errors import SpecificationError, listed
from rareearth_research.eventstudy import (
    EventStudyResults,
    PlaceboResult,
    SpecificationCurve,
    adjust,
    leave_one_out,
    placebo,
    specification_curve,
)
from rareearth_research.eventstudy.inputs.checks import check_estimation, check_windows
from rareearth_research.labels import label
from rareearth_research.numerals import counted, p_said, per_cent
from rareearth_research.studies.answer import Notes, Said, SampleAnswer, whose
from rareearth_research.studies.composition import composition_words, detail_words, judged
from rareearth_research.studies.own_files import reads_files
from rareearth_research.studies.own_news import by_own_news
from rareearth_research.studies.sample import (
    BENCHMARKED,
    MODELS,
    TIGHTENINGS,
    benchmark_words,
    calendars,
    conditions,
    group_returns,
    named_events,
    own_words,
    prices_end,
    refuse_unmeasured,
    sample_words,
    shared_words,
)
from rareearth_research.summary import options_of
from rareearth_research.timing import EXCHANGES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["RobustnessStudy", "robustness"]

BENCHMARKS = ("local", "SPY", "URTH")
IDLE = (BENCHMARKS, ("local",))  # what stands there where nobody asked for any


@dataclass(frozen=True, repr=False)
class RobustnessStudy(SampleAnswer):
    """Result of `robustness`; `table` holds the reference's windows as a family of tests.

    Attributes
    ----------
    curve : SpecificationCurve
    reference : str
        In words: ``"Reference: market model against SPY, latest possible session."``.
    verdict : DataFrame
        What may be said of each window of the reference, the windows being one family.
    placebo : PlaceboResult
        Of the reference; sessions near any listed event are left out.
    left_out : DataFrame
        The first window without each event in turn.
    """

    curve: SpecificationCurve
    reference: str
    verdict: pd.DataFrame
    placebo: PlaceboResult
    left_out: pd.DataFrame

    @options_of("plot_specification_curve")
    def plot(self, **options: Any) -> Figure:
        """Draw the specification curve."""
        title = f"{self.verdict['title'].iloc[0]}. {self.curve.summary().headline}"
        return self.curve.plot(**{"title": title} | options)


@reads_files
def robustness(
    event_ids: Sequence[str] | str = TIGHTENINGS,
    group: Group | str = "rare_earth_producers",
    models: Sequence[StudyModel] = ("market", "market_adjusted", "dimson", "mean"),
    windows: Sequence[Sequence[int]] = ((0, 1), (-1, 1), (0, 5)),
    benchmarks: Sequence[str] = BENCHMARKS,
    timings: Sequence[Timing] = ("latest", "earliest"),
    estimation: Sequence[int] = (-260, -11),
    seed: int = 0,
    firm_news: FirmNews = "flag",
    events_file: str = "",
    prices_file: str = "",
    exchanges: str | Mapping[str, str] = "",
) -> RobustnessStudy:
    """Run one study under every combination of choices, and take the first of each apart.

    Parameters
    ----------
    event_ids : sequence of str
        At least two events, studied together.
    group : str
        Group of securities, see `load_groups`.
    models, windows, benchmarks, timings : sequence
        Choices, as in `specification_curve`.
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
    lists = {"models": models, "benchmarks": benchmarks, "timings": timings}
    chosen: dict[str, Any] = {name: check_names(name, value) for name, value in lists.items()}
    for model in chosen["models"]:
        check_choice("models", model, MODELS)
    model, benchmark, timing = (values[0] for values in chosen.values())
    check_whole("seed", seed, 0)
    windows = check_windows(windows, check_estimation(estimation))
    events, returns = named_events(event_ids), group_returns(group)
    if len(events) < 2:
        raise SpecificationError(
            "event_ids: leaving out each event in turn needs at least two; for one event use "
            "rer.studies.event_study"
        )
    if set(BENCHMARKED).isdisjoint(chosen["models"]) and tuple(chosen["benchmarks"]) not in IDLE:
        raise SpecificationError(
            f"benchmarks: none of models={chosen['models']} uses one; leave benchmarks out, or add "
            "'market' to models"
        )
    securities = load_securities(list(returns.columns))
    refuse_unmeasured(securities, benchmark, chosen["models"])
    # all that bears on numbers
    shared: dict[str, Any] = {"exposure": load_securities(), "estimation": estimation}
    shared |= calendars(returns)
    # no benchmark is a security to study, as in the curve
    apart = [name for name in chosen["benchmarks"] if name in returns and name != benchmark]
    asked_as: dict[str, Any] = {"windows": windows, "timing": timing, **shared}
    own = returns.drop(columns=apart)
    asked_as |= conditions(own)
    news = by_own_news(own, events, firm_news, benchmark, model, **asked_as)
    result = news.shown
    curve = specification_curve(
        returns,
        news.events,
        **chosen,
        windows=windows,
        samples=_samples(securities),
        exclude_near=load_events(),
        seed=seed,
        progress=False,
        **shared,
    )
    drawn = placebo(result, exclude_near=load_events(), seed=seed)
    family = _family(result, drawn)
    all_drawn, all_family = drawn, family  # of every pair: what the verdict rests on
    if news.dropped:
        all_drawn = placebo(news.every, exclude_near=load_events(), seed=seed)
        all_family = _family(news.every, all_drawn)
    left = leave_one_out(result)
    left = left[left["window"] == result.specification.labels[0]]
    left = left.drop(columns="window").reset_index(drop=True)
    against = benchmark_words(model, benchmark)
    corrected = dict(zip(all_family["window"], all_family["romano_wolf"], strict=True))
    declared = corrected if len(family) > 1 else None
    found = judged(news.every, events, chance=all_drawn, family=declared)
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
                    _left_words(left, result.specification.return_type == "log"),
                ],
            )
        ),
        limits=Notes(
            [
                own_words(events, securities),
                composition_words(result),
                sample_words(list(events["event_id"])),
                news.words,
                curve.joint_note,
                _late_words(chosen["benchmarks"], securities),
                shared_words(news.every),
                prices_end(result),
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
                    _family_words(family),
                ],
            )
        ),
        result=result,
        placebo=drawn,
        left_out=whose(left, events, securities),
    )


def _samples(securities: pd.DataFrame) -> dict[str, list[str]]:
    samples = {"all exchanges": list(securities.index)}
    for name, part in securities.groupby("exchange"):
        if 1 < len(part) < len(securities):
            samples[str(name)] = list(part.index)
    return samples


def _family(result: EventStudyResults, drawn: PlaceboResult) -> pd.DataFrame:
    """Return the leading test of each window, corrected for the number of windows."""
    leading = result.table[result.table["headline"]].set_index("window")
    family = leading[["test", "p_value"]].copy()
    family["holm"] = adjust(family["p_value"], method="holm")
    family["bh"] = adjust(family["p_value"], method="bh")
    table = drawn.table.set_index("window")
    family["placebo"] = table["p_value"]
    family["romano_wolf"] = table["p_romano_wolf"]
    return family.reset_index()


def _family_words(family: pd.DataFrame) -> str:
    first = family.iloc[0]
    if len(family) == 1:
        return f"Placebo {p_said(first['placebo'])}."
    return (
        f"Corrected for {counted(len(family), 'window')}: {label('test', first['test'])} "
        f"{p_said(first['holm'])} (Holm), placebo {p_said(first['romano_wolf'])} (Romano–Wolf)."
    )


def _late_words(benchmarks: list[str], securities: pd.DataFrame) -> str:
    """Say what benchmarks of New York leave in the returns of markets that close before it."""
    indices = load_securities()["exchange"].reindex(benchmarks)
    late = indices.index[indices == "XNYS"]
    early = [EXCHANGES[mic].city for mic in securities["exchange"].unique() if mic != "XNYS"]
    if late.empty or not early:
        return ""
    return (
        f"{listed(late)} {'closes' if len(late) == 1 else 'close'} in New York, hours after "
        f"{listed(early)} on the same date: against {'it' if len(late) == 1 else 'them'} what is "
        "listed there keeps its market's own moves as noise. Each exchange's own index is the "
        "better-posed choice."
    )


def _left_words(left: pd.DataFrame, log: bool) -> str:
    ends = (left["caar"].min(), left["caar"].max())
    low, high = (per_cent(np.expm1(end) if log else end) for end in ends)
    return (
        f"With any one event left out the average stays between {low} and {high} (the test gives "
        f"at most {p_said(left['p_value'].max())})."
    )
