"""How often does each test reject, on drawn studies of a design?

Beside the tests of a study's table stand the numbers that lead to its verdict: the headline, the
p-value that decides, whether the verdict is `moved`, and the tests of dispersion.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_flag, check_whole
from rareearth_research.arrays import Floats
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.inputs.choices import own_name
from rareearth_research.eventstudy.results.measure import OwnTest, own_result
from rareearth_research.eventstudy.sizes.designs import DESIGNS, Design, check_designs
from rareearth_research.eventstudy.sizes.drawn import DAILY_RISK, Study, studies
from rareearth_research.eventstudy.statistics.dates import FEWEST_CLUSTERS
from rareearth_research.eventstudy.statistics.decision import LEVEL, decide, find
from rareearth_research.eventstudy.statistics.verdicts import TESTS, run_test
from rareearth_research.progress import tracked

LEVELS = (0.01, LEVEL, 0.10)
SEED = 20261126
VERDICT = (
    "headline", "verdict_p", "moved", "placebo", "heterogeneity", "variance_between",
)  # fmt: skip
MOST_FOR_PLACEBO = 120  # pairs; beyond, it is drawn only where a verdict hangs on it
DRAWN_PLACEBOS = 2000  # studies; with several clusters of dates it is slow, and beyond likewise
MOST_FOR_BOOTSTRAP = 12
MOST_REPLICATIONS = 1_000_000


def size_of(
    function: OwnTest,
    designs: Sequence[str] | None = None,
    replications: int = 1000,
    *,
    seed: int = SEED,
    progress: bool = True,
) -> pd.DataFrame:
    """Measure how often a test of your own rejects where nothing happened.

    Parameters
    ----------
    function : callable
        Called with a `Sample` (arrays of one window over its pairs, documented in
        `rareearth_research.eventstudy.statistics.sample`); returns a p-value or (statistic,
        p-value), NaN for none. As ``tests=[function]`` of `EventStudy` takes it.
    designs : sequence of str, optional
        Names of designs, as `load_size_table` lists them; all by default.
    replications : int
        Studies drawn of each.
    seed : int
        0 or more.
    progress : bool
        Show a bar on a terminal.

    Returns
    -------
    DataFrame
        One row per design and level (1, 5, 10 %): ``design, description, securities, level,
        rejection`` (share of studies with p ≤ level) ``, std_error`` (Monte-Carlo) ``,
        replications``.

    Raises
    ------
    SpecificationError
        For an argument out of its range, a test that fails, or one that returns no p-value.

    Examples
    --------
    >>> from scipy import stats
    >>> def plain_t(sample):
    ...     return stats.ttest_1samp(sample.car, 0).pvalue
    >>> found = size_of(plain_t, ["independent", "one_date"], 100, progress=False)
    >>> print(found.query("level == 0.05")[["design", "rejection"]].to_string(index=False))
         design  rejection
    independent       0.08
       one_date       0.43
    """
    if not callable(function):
        raise SpecificationError(
            "function must be a test, def name(sample): ... that returns a p-value; got "
            f"{shown(function)}"
        )
    test = own_name("function", function, TESTS)
    names = list(DESIGNS) if designs is None else check_designs(designs)
    check_whole("replications", replications, 1, MOST_REPLICATIONS)
    check_whole("seed", seed, 0)
    check_flag("progress", progress)
    parts = []
    for name in tracked(names, "Size of the test", "designs", wanted=progress):
        design = DESIGNS[name]
        drawn = islice(studies(name, design, seed, own_tests={test: function}), replications)
        p = [own_result(test, function, study.sample, "function")[1] for study in drawn]
        part = _rates(np.array(p))
        part.insert(0, "design", name)
        part.insert(1, "description", design.title)
        part.insert(2, "securities", design.firms)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def rejections(
    name: str, design: Design, tests: Sequence[str], replications: int, seed: int = SEED
) -> pd.DataFrame:
    """Return how often each test rejects in one design.

    Parameters
    ----------
    name : str
        Of the design; it goes into the seed.
    design : Design
    tests : sequence of str
        Of `TESTS` and `VERDICT`. Where every session would need a fit of its own there is no
        placebo and so no verdict; with very many pairs, or after the first 2,000 studies of
        several clusters of dates, the placebo is drawn only where a verdict hangs on it, and with
        many pairs nothing is bootstrapped.
    replications, seed : int

    Returns
    -------
    DataFrame
        Of each test and level (`moved`: of 5 %): ``design, effect, test, level, rejection,
        std_error, valid`` (share of studies in which the engine marks the test so) ``,
        replications``.
    """
    left_out = set()
    if design.pairs > MOST_FOR_PLACEBO:
        left_out |= {"placebo"}
    if design.pairs > MOST_FOR_BOOTSTRAP:
        left_out |= {"skewness_adjusted"}
    if design.gaps == "trade_to_trade":
        left_out |= {"placebo", "verdict_p", "moved"}
    wanted = [test for test in tests if test not in left_out]
    own = tuple(test for test in wanted if test in TESTS)
    found: dict[str, list[float]] = {test: [] for test in wanted}
    valid = dict.fromkeys(wanted, np.nan) | dict.fromkeys(own, 0.0)
    for r, study in enumerate(islice(studies(name, design, seed, own), replications)):
        for test in own:
            row = run_test(test, study.sample)
            found[test].append(row["p_value"])
            valid[test] += row["valid"] / replications
        few = int(study.sample.cluster.max()) + 1 < FEWEST_CLUSTERS
        asked = set(wanted) - (set() if few or r < DRAWN_PLACEBOS else {"placebo"})
        for test, p in _of_verdict(study, asked).items():
            found[test].append(p)
    parts = []
    for test in wanted:
        part = _rates(np.array(found[test]))
        part.insert(3, "valid", valid[test])
        part.insert(0, "test", test)
        parts.append(part[part["level"] == LEVEL] if test == "moved" else part)
    table = pd.concat(parts, ignore_index=True)
    return pd.DataFrame({"design": name, "effect": design.mean, **table})


def _of_verdict(study: Study, asked: set[str]) -> dict[str, float]:
    """Return the p-values of a study that lead to its verdict; for `moved` 0 if it is, else 1."""
    p: dict[str, float] = {}
    if asked & {"headline", "verdict_p", "moved"}:
        finding = find(study.sample, DAILY_RISK)
        p["headline"] = float(finding.leading.p_value)
        if asked & {"verdict_p", "moved"}:
            decided = decide(finding, lambda: study.placebo)
            p["verdict_p"], p["moved"] = decided.p_value, float(decided.verdict != "moved")
    if "placebo" in asked:
        p["placebo"] = study.placebo
    if asked & {"heterogeneity", "variance_between"}:
        spread = study.dispersion
        p["heterogeneity"], p["variance_between"] = spread.p_value, spread.p_between
    return {test: value for test, value in p.items() if test in asked}


def _rates(p: Floats) -> pd.DataFrame:
    """Return the share of p-values at or below each level, with its Monte-Carlo error.

    A study in which a test has no p-value is none in which it rejects; a test that never has one
    has no rate.
    """
    rate = np.array([np.mean(p <= level) for level in LEVELS])
    rate = np.where(np.isfinite(p).any(), rate, np.nan)
    return pd.DataFrame(
        {
            "level": LEVELS,
            "rejection": rate,
            "std_error": np.sqrt(rate * (1 - rate) / len(p)),
            "replications": len(p),
        }
    )
