"""Which choices can a specification curve make? Judged before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_keywords, check_names
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.chance.draws import check_drawing
from rareearth_research.eventstudy.inputs.choices import MODELS, OF_SOME_MODELS, OPTIONS
from rareearth_research.eventstudy.inputs.events import check_events
from rareearth_research.eventstudy.study import EventStudy

_OWN = ("self", "returns", "events", "estimation")  # what the curve gives itself


def check_curve(
    models: Sequence[str],
    windows: Sequence[Any],
    benchmarks: Sequence[Any] | Mapping[str, Any],
    timings: Sequence[str],
    samples: Mapping[str, Any],
    options: Mapping[str, Any],
) -> None:
    """Raise unless each choice has at least one known value, and nothing is given twice."""
    for name, values in (
        ("models", models),
        ("windows", windows),
        ("benchmarks", benchmarks),
        ("timings", timings),
        ("samples", samples),
    ):
        listed = isinstance(values, Sequence | Mapping | np.ndarray) and not isinstance(values, str)
        if not listed or not len(values):
            raise SpecificationError(f"{name}={shown(values)} must be a list of at least one value")
    for model in models:
        check_choice("models", model, MODELS)
    for timing in timings:
        check_choice("timings", timing, OPTIONS["timing"])
    for name, asked in (("models", models), ("timings", timings)):
        if len(set(asked)) < len(asked):
            raise SpecificationError(f"{name}={shown(asked)} lists one twice; name each once")
    check_keywords(EventStudy.__init__, options, "specification_curve", skip=_OWN)
    for name, readers in OF_SOME_MODELS.items():
        if name in options and not {*readers} & {*models}:
            raise SpecificationError(
                f"{name}= is read by model={' or '.join(map(repr, readers))} only; add it to "
                f"models or leave {name} out"
            )
    for taken in ("model", "windows", "benchmark", "timing", "tests"):
        if taken in options:
            raise SpecificationError(
                f"{taken}= is not for a specification curve: it varies models, windows, "
                "benchmarks and timings, and runs the tests that can lead"
            )


def samples_of(samples: Any) -> dict[str, Any]:
    """Return each sample as a frame of events or a list of securities; None for all of both."""
    if samples is None:
        return {"all": None}
    if not isinstance(samples, Mapping):
        raise SpecificationError(
            f"samples must name each sample, as in {{'two': ['A', 'B']}}; got {shown(samples)}"
        )
    return {
        name: sample
        if isinstance(sample, pd.DataFrame)
        else check_names(f"sample {shown(name)}", sample)
        for name, sample in samples.items()
    }


def named_benchmarks(benchmarks: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
    """Return each benchmark under its name, which no other may bear."""
    if isinstance(benchmarks, Mapping):
        return dict(benchmarks)
    names = [b if isinstance(b, str) else _name_of(b) for b in benchmarks]
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise SpecificationError(
            f"benchmarks: two are called {shown(twice[0])}; name them apart, as in "
            "{'first': ..., 'second': ...}"
        )
    return dict(zip(names, benchmarks, strict=True))


def _name_of(benchmark: Any) -> str:
    name = getattr(benchmark, "name", None)
    return str(name) if name is not None else shown(benchmark)


def check_joint(
    returns: pd.DataFrame, exclude_near: Any, drawing: Mapping[str, Any], *, joint: bool
) -> dict[str, Any]:
    """Return how to draw the whole curve, or raise for what has no meaning, or none without it."""
    checked = check_drawing(**drawing)
    if not joint and (exclude_near is not None or checked != check_drawing(None, 0.8, 0)):
        raise SpecificationError(
            "exclude_near, n, coverage and seed are of the joint draws; leave them out, or give "
            "joint=True"
        )
    if exclude_near is not None:
        check_events(exclude_near, "exclude_near", set(returns.columns), studied=False)
    return checked
