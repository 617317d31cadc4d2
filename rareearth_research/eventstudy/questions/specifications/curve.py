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

import pandas as pd

from rareearth_research.arguments import check_flag
from rareearth_research.choices import ModelName, TestName, Timing
from rareearth_research.errors import DataError, RareEarthError, did_you_mean
from rareearth_research.eventstudy.fit import fit
from rareearth_research.eventstudy.inputs import checks
from rareearth_research.eventstudy.inputs.benchmark import names_in
from rareearth_research.eventstudy.inputs.choices import MODELS, read_by
from rareearth_research.eventstudy.inputs.donors import donor_names
from rareearth_research.eventstudy.pairs.setup import Setup, label_of
from rareearth_research.eventstudy.questions.specifications import choices, results
from rareearth_research.eventstudy.questions.specifications.joint import Specified
from rareearth_research.eventstudy.questions.specifications.results import SpecificationCurve
from rareearth_research.eventstudy.study import EventStudy
from rareearth_research.progress import tracked

# the tests that can lead; the others need not be run
LEADING: tuple[TestName, ...] = ("kp", "bmp", "portfolio")
SHOWN_FROM = 20  # specifications from which a progress bar is worth its line


def specification_curve(
    returns: pd.DataFrame,
    events: pd.DataFrame | Sequence[Any],
    *,
    models: Sequence[ModelName] = ("market", "market_adjusted", "mean"),
    windows: Sequence[tuple[int, int]] = ((0, 1), (-1, 1), (0, 5)),
    benchmarks: Sequence[Any] | Mapping[str, Any] = ("local",),
    timings: Sequence[Timing] = ("latest",),
    samples: Mapping[str, Sequence[str] | pd.DataFrame] | None = None,
    estimation: tuple[int, int] = (-260, -11),
    joint: bool = True,
    exclude_near: Any = None,
    n: int | None = None,
    coverage: float = 0.8,
    seed: int = 0,
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
    joint : bool, default True
        Draw the whole curve at placebo sessions, for its joint p-values.
    exclude_near : DataFrame or list of dates, optional
    n : int, optional
    coverage : float, default 0.8
    seed : int, default 0
        Of those draws, as in `placebo`.
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
    timing=..., ...).fit()`` gives, with the p-value of the more cautious of its tests over
    securities and over dates (of the former alone with fewer than three clusters of dates) and the
    wider of their intervals. Specifications are as dependent as the data and
    choices they share, so a count of significant ones has no known distribution under the null.

    The joint p-values draw that distribution. Each draw moves every group of announcements (those
    whose widest windows meet move as one) to another session, the same one in all specifications,
    and computes all of them there; a session serves only if it serves every specification. Compared
    are the median of the mean CARs, the share that is significant at 5 % in the commoner direction,
    and the mean of the statistics, with p = (1 + #{draws at least as large})/(1 + n). The statistic
    is that of `placebo` (``bmp``, for a single pair ``scar``), and *significant* means that it
    reaches the value that 5 % of the specification's own draws reach: the p-value of a headline
    test would need r̄ estimated again in each draw, and where that test rejects too often its
    count would be too large. Specifications that repeat another's numbers count once.
    ``model="garch"``, which cannot be fitted at every session, and pairs with windows of their own
    (``limit_days="extend"``) do not take part; they are named.

    Size at a nominal 5 %, ten securities with ρ = 0.3 on one date, three windows × two models
    (`benchmarks/curve_size.py`, s.e. 0.7): median 5.6 %, share 3.1 %, mean 4.6 %; a 2 % effect is
    found in 17, 12 and 17 %. The share is coarse and so conservative. As every placebo, the test
    takes the volatility of other sessions for that of the event days.

    References
    ----------
    Simonsohn, U., Simmons, J. P. and Nelson, L. D. (2020). Specification curve analysis. Nature
    Human Behaviour 4, 1208-1214.
    """
    chosen = choices.samples_of(samples)
    check_flag("progress", progress)
    check_flag("joint", joint)
    choices.check_curve(models, windows, benchmarks, timings, chosen, options)
    named = choices.named_benchmarks(benchmarks)
    returns = checks.check_returns(returns, options.get("return_type", "log"))
    drawing = choices.check_joint(
        returns, exclude_near, {"n": n, "coverage": coverage, "seed": seed}, joint=joint
    )
    estimation = checks.check_estimation(estimation)
    windows = checks.check_windows(windows, estimation)
    cases = [
        (model, label, timing, sample)
        for model in models
        for label in (named if MODELS[model].regressors == "benchmark" else ["none"])
        for timing, sample in product(timings, chosen)
    ]
    # no benchmark and no donor is ever a security
    apart = {name for benchmark in named.values() for name in names_in(benchmark)}
    apart |= {*donor_names(options.get("donors"))}
    answers: dict[int, tuple[dict[str, str], Specified | RareEarthError]] = {}
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
            chosen_here = (model, label_of(window), label, label_of(estimation), timing, sample)
            choice = dict(zip(results.CHOICES, chosen_here, strict=True))
            number = len(answers) + 1
            found: Specified | RareEarthError
            try:
                if isinstance(setup, RareEarthError):
                    raise setup
                # sessions and benchmarks do not depend on the window: placed once, fitted alone
                result = fit(setup.asking(windows=(window,)))
                source = sample if isinstance(chosen[sample], pd.DataFrame) else ""
                found = Specified(number, label, source, result)
            except RareEarthError as error:
                found = error
            answers[number] = choice, found
    return results.held_together(
        answers, exclude_near, drawing if joint else None, progress=progress and many
    )


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
