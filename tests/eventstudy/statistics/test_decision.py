"""The rule that makes a verdict of numbers: one table of every boundary, and its sentences."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.results.sentences import sentence, short
from rareearth_research.eventstudy.results.told import Told
from rareearth_research.eventstudy.statistics import decision
from rareearth_research.eventstudy.statistics.parametric import Statistic
from rareearth_research.numerals import counted
from tests.support.eventstudy_cases import synthetic_returns

RNG = np.random.default_rng(20261126)


def finding(
    *,
    p: float = 0.01,
    up: bool = True,
    car: float = 0.05,
    spread: float = 0.0,
    clusters: int = 8,
    error: float = 0.005,
    matters: float = 0.02,
    means: np.ndarray | None = None,
) -> decision.Finding:
    """Return made-up numbers of a window: only what a boundary needs."""
    if means is None:
        means = np.full(clusters, car) + np.linspace(-1, 1, clusters) * 0.01
    leading = Statistic(3.0 if up else -3.0, p, 20.0)
    return decision.Finding(
        np.array([car - spread, car + spread]), means, "kp", leading, error, 20, matters
    )


LOUD = np.array([0.05] * 8)  # all dates alike: flips p 2/256
TORN = np.array([0.20, 0.20, 0.20, 0.01, -0.01, -0.02, -0.02, -0.02])


@pytest.mark.parametrize(
    ("found", "placebo", "family", "verdict", "failed"),
    [
        (finding(), 0.01, None, "moved", ()),
        (finding(), 0.10, None, "moved", ()),
        (finding(), 0.11, None, "unsettled", ("placebo",)),
        (finding(), np.nan, None, "moved", ()),
        (finding(), 0.01, 0.05, "moved", ()),
        (finding(), 0.01, 0.051, "unsettled", ("family",)),
        (finding(p=0.05), 0.01, None, "moved", ()),
        (finding(p=0.051), 0.01, None, "cannot_tell", ()),
        (finding(error=0.05), 0.01, None, "unsettled", ("interval",)),
        (finding(up=False), 0.01, None, "unsettled", ("sign",)),
        (finding(car=-0.05), 0.01, None, "unsettled", ("sign",)),
        (finding(car=-0.05, up=False), 0.01, None, "moved", ()),
        (finding(clusters=3), 0.01, None, "moved", ()),
        (finding(clusters=2), 0.01, None, "unsettled", ("few_dates",)),
        (finding(clusters=1), 0.05, None, "unsettled", ("few_dates",)),
        (finding(clusters=1), 0.051, None, "cannot_tell", ()),
        (finding(clusters=1), np.nan, None, "unsettled", ("few_dates",)),
        (finding(clusters=1, error=0.05), 0.01, None, "unsettled", ("few_dates", "interval")),
        (finding(means=TORN), 0.01, None, "cannot_tell", ()),  # date_t decides
        (finding(p=0.2, car=0.005, error=0.005), 0.01, None, "none_larger", ()),
        (finding(p=0.2, car=0.005, error=0.008), 0.01, None, "cannot_tell", ()),
        (finding(p=0.2, car=0.005, matters=np.nan), 0.01, None, "cannot_tell", ()),
        (finding(p=0.2, car=0.0, clusters=1, error=0.005), 0.9, None, "none_larger", ()),
        (finding(p=np.nan), 0.01, None, "cannot_tell", ()),
        (finding(means=np.zeros(4)), 0.01, None, "cannot_tell", ()),  # dates have no test
    ],
)
def test_every_boundary_of_the_verdict(
    found: decision.Finding,
    placebo: float,
    family: float | None,
    verdict: str,
    failed: tuple[str, ...],
) -> None:
    decided = decision.decide(found, lambda: placebo, family)
    assert (decided.verdict, decided.failed) == (verdict, failed)


def test_sign_flips_above_a_tenth_unsettle_what_t_finds() -> None:
    means = np.array([0.05, 0.05, 0.05, 0.05, 0.05, -0.004])
    found = finding(means=means)
    assert found.date_t.p_value <= 0.05
    flips = decision.decide(found, lambda: 0.01)
    assert ("date_flip" in flips.failed) is bool(found.date_flip.p_value > 0.10)
    for p, failed in ((0.10, ()), (0.11, ("date_flip",))):
        object.__setattr__(found, "date_flip", Statistic(2.0, p, np.nan))
        assert decision.decide(found, lambda: 0.01).failed == failed


def test_the_larger_p_value_decides_and_is_named() -> None:
    decided = decision.decide(finding(p=1e-9), lambda: 0.5)
    assert decided.test == "date_t"
    assert decided.p_value > 1e-9
    assert (
        decision.decide(finding(p=0.04, means=LOUD + RNG.normal(0, 1e-4, 8)), lambda: 0.0)[1]
        == "kp"
    )
    assert decision.decide(finding(clusters=1), lambda: 0.03)[1:3] == ("placebo", 0.03)


def test_the_placebo_is_not_run_where_the_verdict_does_not_hang_on_it() -> None:
    def never() -> float:
        raise AssertionError("a placebo costs time")

    assert decision.decide(finding(p=0.3), never).verdict == "cannot_tell"


REASON = r", as .* although |unsettled, for |has no value|No placebo stands|A jump of volatility"
P = (0.001, 0.2)


def told(found: decision.Finding, chance: float, window: str = "[0, 1]", events: int = 0) -> Told:
    """Return made-up facts for a sentence on made-up numbers."""
    events = events or len(found.means)
    known = bool(np.isfinite(chance))
    return Told(
        who="", around="", window=window, events=events, with_news=0, names=np.array(["A", "B"]),
        log=False, raw=False, why="", together=np.nan, others=999 * known,
        as_unusual=round(1000 * chance) - 1 if known else 0, sets=events > 1, row="session",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("outside", "p", "by_dates", "chance", "clusters"),
    [
        case
        for case in product((True, False), P, (*P, np.nan), (*P, np.nan), (1, 2, 3, 8))
        if np.isnan(case[2]) <= (case[4] == 8)
    ],
)
def test_a_sentence_has_a_reason_where_and_only_where_more_is_to_be_expected(
    outside: bool, p: float, by_dates: float, chance: float, clusters: int
) -> None:
    found = finding(p=p, clusters=clusters, error=0.005 if outside else 0.05)
    object.__setattr__(found, "date_t", Statistic(3.0, by_dates, clusters - 1.0))
    object.__setattr__(found, "date_flip", Statistic(3.0, 0.01, np.nan))
    decided = decision.decide(found, lambda: chance)
    words = sentence(found, decided, told(found, chance))
    seen = [p, chance if clusters < 3 else by_dates]
    loud = outside or min(seen) <= 0.05
    if decided.verdict == "moved":
        assert not re.search(r", as .* although |unsettled|cannot tell", words)
        assert ("No placebo stands beside it." in words) is bool(np.isnan(chance))
    else:
        assert bool(re.search(REASON, words)) is bool(loud or not np.isfinite(decided.p_value))
    if decided.verdict == "cannot_tell" and loud and np.isfinite(decided.p_value):
        said = {"kp": "Kolari–Pynnönen, the leading test, gives p = 0.200 on two pairs",
                "date_t": f"the t test over {counted(clusters, 'date')} gives p = 0.200",
                "placebo": "199 of 999 other s"}[decided.test]  # fmt: skip
        assert f"this study cannot tell, as {said}" in words
        assert ("although the interval leaves out zero" in words) is outside


def test_a_bound_is_doubted_where_its_interval_leaves_out_zero() -> None:
    found = finding(p=0.2, car=0.008, error=0.002)
    decided = decision.decide(found, lambda: 0.5)
    words = sentence(found, decided, told(found, 0.5))
    assert decided.verdict == "none_larger"
    assert "whether there was a smaller one stays open, as Kolari–Pynnönen, the leading" in words
    assert "although the interval leaves out zero" in words
    covered = finding(p=0.2, car=0.008, error=0.005, means=0.01 * TORN)
    clear = sentence(covered, decision.decide(covered, lambda: 0.5), told(covered, 0.5))
    assert clear.startswith("No average move larger than 2 %")
    assert "stays open" not in clear


def test_two_securities_that_cannot_tell_say_so_beside_a_portfolio_that_could() -> None:
    returns = synthetic_returns(600, 2, seed=3)
    returns.loc[returns.index[400], ["S0", "S1"]] += [0.10, 0.05]
    row = EventStudy(returns, [returns.index[400]], "MKT", windows=[(0, 0)]).fit().verdict.iloc[0]
    assert row["verdict"] == "cannot_tell"
    assert re.search(
        r"cannot tell, as .*(looked as unusual|on two pairs), although the portfolio of all "
        r"gives p [<=] 0.0",
        row["words"],
    )


@pytest.mark.parametrize(
    ("window", "events", "said"),
    [
        ("[0, 0]", 1, "an unusual day"),
        ("[-2, -2]", 2, "unusual days"),
        ("[0, 1]", 1, "an unusual stretch of two sessions"),
        ("[-3, 5]", 1, "an unusual stretch of nine sessions"),
        ("[-1, 1]", 2, "unusual stretches of three sessions"),
        ("own", 1, "an unusual stretch"),
        ("clean", 2, "unusual stretches"),
    ],
)
def test_what_one_date_shows_is_as_long_as_its_window(window: str, events: int, said: str) -> None:
    found = finding(clusters=events)
    decided = decision.decide(found, lambda: 0.01)
    about = told(found, 0.01, window)
    assert f": {said}. " in sentence(found, decided, about)
    assert short(found, decided, about).endswith(f": {said}")


def test_no_larger_move_is_claimed_of_the_interval_that_is_printed() -> None:
    found = finding(p=0.2, car=0.06, error=0.027, matters=0.12)
    assert found.upper < 0.12 < np.expm1(found.upper)  # in logs below, compounded above
    assert decision.decide(found, lambda: 0.5).verdict == "none_larger"
    compounded = replace(found, log=True)
    assert decision.decide(compounded, lambda: 0.5).verdict == "cannot_tell"
