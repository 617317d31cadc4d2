"""Does the answer depend on how it is asked? One study under every defensible specification.

A model, a window, a benchmark, a date convention and a sample must be chosen, and each choice that
could have been made otherwise is a chance to find what one hoped for. The specification curve makes
all of them, states each answer, and keeps those that failed with the reason. What goes in is fixed
before anything is computed; nothing is left out afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_flag, check_keywords, check_names
from rareearth_research.errors import (
    DataError,
    RareEarthError,
    SpecificationError,
    did_you_mean,
    shown,
)
from rareearth_research.eventstudy.fit import fit
from rareearth_research.eventstudy.inputs.benchmark import names_in
from rareearth_research.eventstudy.inputs.checks import (
    check_estimation,
    check_returns,
    check_windows,
)
from rareearth_research.eventstudy.inputs.choices import (
    MODELS,
    OF_SOME_MODELS,
    OPTIONS,
    read_by,
)
from rareearth_research.eventstudy.inputs.donors import donor_names
from rareearth_research.eventstudy.pairs.setup import Setup, label_of
from rareearth_research.eventstudy.questions.specification_results import (
    CHOICES,
    SpecificationCurve,
)
from rareearth_research.eventstudy.study import EventStudy
from rareearth_research.progress import tracked

__all__ = ["specification_curve"]

LEADING = ("kp", "bmp", "portfolio")  # the tests that can lead; the others need not be run
_OWN = ("self", "returns", "events", "estimation")  # what the curve gives itself
SHOWN_FROM = 20  # specifications from which a progress bar is worth its line
NO_ANSWER = {
    "caar": np.nan, "lower": np.nan, "upper": np.nan, "test": "", "statistic": np.nan,
    "p_value": np.nan, "n": 0, "n_events": 0,
}  # fmt: skip


def specification_curve(
    returns: pd.DataFrame,
    events: pd.DataFrame | Sequence[Any],
    *,
    models: Sequence[str] = ("market", "market_adjusted", "mean"),
    windows: Sequence[tuple[int, int]] = ((0, 1), (-1, 1), (0, 5)),
    benchmarks: Sequence[Any] | Mapping[str, Any] = ("local",),
    timings: Sequence[str] = ("latest",),
    samples: Mapping[str, Sequence[str] | pd.DataFrame] | None = None,
    estimation: tuple[int, int] = (-260, -11),
    progress: bool = True,
    **options: Any,
) -> SpecificationCurve:
    """Run one event study under every combination of choices.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
    events : DataFrame or list of dates
        As for `EventStudy`.
    models, windows : sequence
        Values of `EventStudy`'s ``model``, and of one of its ``windows``.
    benchmarks : sequence or mapping
        Values of ``benchmark``, or names for them: ``{"world": "URTH"}``. Models that use none
        are run once, with the benchmark shown as ``none``.
    timings : sequence
        Values of `EventStudy`'s ``timing``.
    samples : mapping, optional
        Names of samples: a list of columns of `returns` is a sample of securities, a frame one of
        events (in place of `events`). By default one sample, ``all``.
    estimation : (int, int)
    progress : bool
        Show a bar on a terminal where there are many specifications.
    **options : object
        Further arguments of `EventStudy`, the same for all.

    Returns
    -------
    SpecificationCurve

    Raises
    ------
    SpecificationError
        Unknown names, a choice without values, or no specification that can be computed. One
        specification that cannot be computed is a row with its reason instead.

    Notes
    -----
    Each row is what ``EventStudy(returns, events, benchmark=..., model=..., windows=[window],
    timing=..., ...).fit()`` gives as its headline. Specifications are as dependent as the data and
    choices they share; a count of significant ones has no known distribution under the null.

    References
    ----------
    Simonsohn, U., Simmons, J. P. and Nelson, L. D. (2020). Specification curve analysis. Nature
    Human Behaviour 4, 1208-1214.
    """
    if not isinstance(samples, Mapping | None):
        raise SpecificationError(
            f"samples must name each sample, as in {{'two': ['A', 'B']}}; got {shown(samples)}"
        )
    chosen = {"all": None} if samples is None else _samples(samples)
    check_flag("progress", progress)
    _check(models, windows, benchmarks, timings, chosen, options)
    named = dict(benchmarks) if isinstance(benchmarks, Mapping) else _named(benchmarks)
    returns = check_returns(returns, options.get("return_type", "log"))
    estimation = check_estimation(estimation)
    windows = check_windows(windows, estimation)
    cases = [
        (model, label, timing, sample)
        for model in models
        for label in (named if _uses_benchmark(model) else ["none"])
        for timing, sample in product(timings, chosen)
    ]
    # no benchmark and no donor is ever a security
    apart = {name for benchmark in named.values() for name in names_in(benchmark)}
    apart |= {*donor_names(options.get("donors"))}
    rows: list[dict[str, Any]] = []
    many = len(cases) * len(windows) >= SHOWN_FROM
    for model, label, timing, sample in tracked(
        cases, "specification curve", "fits", wanted=progress and many
    ):
        setup: Setup | RareEarthError
        try:
            own, happened = _sample(sample, chosen[sample], returns, events, named)
            read = read_by(model, options)
            held = {*names_in(named.get(label)), *donor_names(read.get("donors"))}
            setup = EventStudy(
                returns[[name for name in returns if name in ({*own} - apart) | held]],
                happened,
                named.get(label),
                model,
                estimation,
                windows,
                tests=LEADING,
                timing=timing,
                **read,
            ).setup
        except RareEarthError as error:
            setup = error
        for window in windows:
            choice = dict(
                zip(CHOICES, (model, label_of(window), label, timing, sample), strict=True)
            )
            rows.append({"specification": len(rows) + 1, **choice, **_answer(setup, window)})
    table = pd.DataFrame(rows)
    if table["caar"].isna().all():
        raise SpecificationError(
            f"none of {len(table)} specifications can be computed; the first: {rows[0]['note']}"
        )
    table.insert(len(table.columns) - 1, "same_as", _repeats(table))
    return SpecificationCurve(table)


def _answer(setup: Setup | RareEarthError, window: tuple[int, int]) -> dict[str, Any]:
    """Return the headline of one window, or the reason why there is none."""
    if isinstance(setup, RareEarthError):
        return NO_ANSWER | {"note": str(setup)}
    # sessions and benchmarks do not depend on the window: place them once, fit each window alone
    try:
        result = fit(setup.asking(windows=(window,)))
    except RareEarthError as error:
        return NO_ANSWER | {"note": str(error)}
    lead, end = result.headline, result.aar.iloc[-1]
    kept, asked = int(result.diagnostics["n_pairs"]), int(result.diagnostics["n_asked"])
    notes = [lead["note"], "" if kept == asked else f"{kept} of {asked} pairs kept"]
    return {
        "caar": float(result.fitted.car[:, 0].mean()),
        "lower": end["lower"],
        "upper": end["upper"],
        "test": lead["test"],
        "statistic": lead["statistic"],
        "p_value": lead["p_value"],
        "n": kept,
        "n_events": int(result.diagnostics["n_events"]),
        "note": "; ".join(filter(None, notes)),
    }


def _repeats(table: pd.DataFrame) -> pd.Series:
    """Return for each row the first specification with the same numbers, missing if it is first."""
    keys = [
        (row.window, f"{row.caar:.10e}", f"{row.statistic:.10e}", row.n)
        for row in table.itertuples()
    ]
    first = table.groupby(pd.Index(keys, tupleize_cols=False))["specification"].transform("first")
    known = table["caar"].notna() & (first != table["specification"])
    return first.astype("Int64").where(known)


def _uses_benchmark(model: str) -> bool:
    return MODELS[model].regressors == "benchmark"


def _sample(
    name: str, sample: Any, returns: pd.DataFrame, events: Any, named: Mapping[str, Any]
) -> tuple[list[str], Any]:
    """Return the securities and the events of a sample."""
    if sample is None:
        return list(returns.columns), events
    if isinstance(sample, pd.DataFrame):
        return list(returns.columns), sample
    unknown = [ticker for ticker in sample if ticker not in returns.columns]
    if unknown:
        raise DataError(
            f"sample {name!r}: {unknown[0]!r} is not a column of returns"
            f"{did_you_mean(unknown[0], returns.columns)}"
        )
    return list(sample), events


def _check(
    models: Sequence[str],
    windows: Sequence[Any],
    benchmarks: Sequence[Any] | Mapping[str, Any],
    timings: Sequence[str],
    samples: Mapping[str, Any],
    options: Mapping[str, Any],
) -> None:
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


def _samples(samples: Mapping[str, Any]) -> dict[str, Any]:
    """Return each sample as a frame of events or a list of securities."""
    return {
        name: sample
        if isinstance(sample, pd.DataFrame | None)
        else check_names(f"sample {shown(name)}", sample)
        for name, sample in samples.items()
    }


def _named(benchmarks: Sequence[Any]) -> dict[str, Any]:
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
