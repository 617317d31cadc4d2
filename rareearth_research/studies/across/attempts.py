"""Does a sentence survive when one thing is done differently, where no plan says what to try?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from rareearth_research.datasets.own.layers import files_of
from rareearth_research.errors import SpecificationError, few
from rareearth_research.studies.planned.measure import Measured, fit_pairs
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.robust import (
    broken_words,
    compare,
    pooled,
    without_each,
)
from rareearth_research.studies.sample import BENCHMARKED
from rareearth_research.summary import Summary

MODELS = ("mean", "market_adjusted", "market", "dimson", "synthetic")
INDEX = "SPY"
FEWEST = 2  # securities of an announcement


def changed(again: Callable[..., Measured], **options: Any) -> Measured | SpecificationError:
    """Measure again with other options; an error stands for what cannot be measured."""
    try:
        return again(**options)
    except SpecificationError as error:
        return error


def usual_changes(
    measured: Measured, again: Callable[..., Measured], model: str, benchmark: str
) -> dict[str, Measured | SpecificationError]:
    """Change one thing at a time: models, benchmark, dates, and what is in the sample."""
    found = {f"model: {other}": changed(again, model=other) for other in MODELS if other != model}
    if model in BENCHMARKED and benchmark != INDEX:
        found[f"against {INDEX}"] = changed(again, benchmark=INDEX)
    found["timing: earliest"] = changed(again, timing="earliest")
    news = measured.result.flags["confounded"][measured.result.keep]
    if news.any():
        found["without other listed news"] = (
            SpecificationError("every announcement has other listed news in its window")
            if news.all()
            else measured.part(~news)
        )
    securities = measured.result.labels[1].astype(str)
    ids, every = list(dict.fromkeys(measured.events)), np.ones(len(securities), dtype=bool)
    parts = without_each(securities, measured.events, ids, every)
    return found | {name: measured.part(members) for name, members in parts.items()}


def tried_again(plan: Plan, measured: Measured, asked: Mapping[str, Any], verdict: str) -> Summary:
    """Ask again what a sample did, as a study was asked for it, with one thing changed at a time.

    Parameters
    ----------
    plan : Plan
    measured : Measured
    asked : mapping
        Parameters of the study, with its files.
    verdict : str
        What the study says of the sample.
    """
    ids, tickers = (list(measured.attrition[c].unique()) for c in ("event_id", "security"))
    names = ("benchmark", "model", "estimation")
    with files_of(asked):
        paired, apart = pairs_of(plan, ids, tickers, matched=True)
        again = partial(
            fit_pairs,
            plan,
            paired,
            apart,
            minimum=min(FEWEST, len(tickers)),
            windows=[tuple(asked["window"])],
            **{name: asked[name] for name in names},
        )
        changes = usual_changes(measured, again, asked["model"], asked["benchmark"])
        return survived(measured, changes, verdict)


def survived(
    measured: Measured, changes: Mapping[str, Any], verdict: str, name: str = "as asked"
) -> Summary:
    """Say how many changes leave the verdict as it is, which do not, and which leave nothing."""
    found = compare("", measured, changes, pooled)
    words, undone = broken_words(found, verdict=verdict), found.loc[found["pairs"] == 0, "change"]
    words += f" Nothing is left {few(list(undone))}." if len(undone) else ""
    found.loc[0, "change"] = name
    shown = found.drop(columns=["question", "why"]).rename(columns={"effect": "caar"})
    return Summary(words, shown)
