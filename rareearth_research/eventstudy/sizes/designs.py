"""In which situations are the tests tried? ``designs.toml``, fixed before anything is run.

A design says how many dates there are, how close together, with how many securities, and how
returns on the days around them depart from ordinary ones. All have 250 estimation sessions, a
market model, and residuals with a factor in common to all securities, in calendar time.

How often is each test wrong when nothing happened, and right when something did?

The answers are computed, not collected, so they are no table of the data package: they are written
by ``benchmarks/`` into this package, and read from there by notebooks, docs and users.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from rareearth_research.arguments import check_listed, check_names
from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.eventstudy.statistics.decision import LEVEL
from rareearth_research.facts import facts

SIMULATED = Path(__file__).with_name("simulated")
"""Folder of the shipped simulation results, which ``benchmarks/`` writes."""
CLAIMED = 0.065  # rejections at 5 % up to which a test claims a design
CONSERVATIVE = 0.035
NULL_OF = {"responses_differ": "one_date_30"}  # designs of power whose null has another name


@dataclass(frozen=True, kw_only=True)
class Design:
    """One situation.

    Attributes
    ----------
    title : str
    question : str
        A key of `QUESTIONS`.
    dates, securities : int
        Event dates and securities a date: the same ones on every date, or with ``securities=1``
        another one on each.
    gap, spread : int
        Sessions from one date to the next; with a `spread` dates fall at random on that many
        sessions instead.
    window : (int, int)
    correlation : float
        ρ of residuals, by the factor in common.
    event_variance, common_variance : float
        On sessions inside an event window the variance of all residuals, and beyond that of the
        factor alone, is multiplied by these.
    t_df : int
        Student errors instead of normal ones; 0 for normal.
    no_trade : float
        Share of sessions on which a security does not trade.
    gaps : {"matched", "trade_to_trade"}
    mean, date_sd, security_sd : float
        Returns added to session 0: their mean, and standard deviation between dates and between
        the pairs of a date.
    shipped : bool
        Stretches of this project's New York equities, from a random session on.
    replications : int
    """

    title: str
    question: str
    dates: int = 1
    securities: int = 10
    gap: int = 30
    spread: int = 0
    window: tuple[int, int] = (-1, 1)
    correlation: float = 0.3
    event_variance: float = 1.0
    common_variance: float = 1.0
    t_df: int = 0
    no_trade: float = 0.0
    gaps: str = "matched"
    mean: float = 0.0
    date_sd: float = 0.0
    security_sd: float = 0.0
    shipped: bool = False
    replications: int = 10_000

    @property
    def firms(self) -> int:
        """Different securities."""
        return self.securities if self.securities > 1 else self.dates

    @property
    def pairs(self) -> int:
        """Event–security pairs."""
        return self.dates * self.securities


_GROUPS = facts(Path(__file__).with_suffix(".toml"))
QUESTIONS: dict[str, str] = {question: group.pop("asks") for question, group in _GROUPS.items()}
"""What a group of designs asks, in the order of a reader."""

DESIGNS: dict[str, Design] = {
    name: Design(question=question, **said)
    for question, group in _GROUPS.items()
    for name, said in group.items()
}
"""Designs in which nothing happened, or what happened is zero on average."""

POWER: dict[str, tuple[Design, ...]] = {
    **{
        name: tuple(
            replace(DESIGNS[name], mean=effect, replications=5000)
            for effect in (0.01, 0.02, 0.03, 0.04, 0.05)
        )
        for name in ("one_date", "dates_8x10")
    },
    "responses_differ": tuple(
        Design(
            title="one date, N = 22, sd = mean",
            question="one_date",
            securities=22,
            mean=effect,
            security_sd=effect,
            replications=5000,
        )
        for effect in (0.04, 0.08, 0.12)
    ),
}
"""Designs with an effect, by their name in the table of power."""


def check_designs(given: object, known: Collection[str] = tuple(DESIGNS)) -> list[str]:
    """Return one name of a design or several as a list, each once."""
    names = check_names("designs", given)
    for name in names:
        if name not in known:
            raise SpecificationError(
                f"designs has no {shown(name)}{did_you_mean(name, known)}; "
                'load_size_table()["design"].unique() lists them all'
            )
    return list(dict.fromkeys(names))


def load_size_table(level: float | None = None) -> pd.DataFrame:
    """Return how often each test rejects a true null, design by design.

    Parameters
    ----------
    level : {0.01, 0.05, 0.10}, optional
        Keep one nominal level.

    Returns
    -------
    DataFrame
        One row per ``design`` (in words: ``description``), ``test`` and ``level``: ``question``
        (the group of the design) ``, dates, securities, effect`` (0) ``, rejection`` (share of
        replications with p ≤ level) ``, std_error`` (Monte-Carlo) ``, valid`` (share in which the
        engine marks the test valid) ``, replications``; by rule from its rejections at 5 %,
        ``claims_to_hold`` (at most 6.5 %) and ``conservative`` (below 3.5 %).

    Notes
    -----
    Made by ``benchmarks/size_power.py``: 250 estimation sessions, the market model; the designs are
    listed in ``rareearth_research/eventstudy/sizes/designs.toml``. Beside a study's tests stand
    ``headline`` (the leading test), ``verdict_p`` (the p-value that decides), ``moved`` (share of
    studies with that verdict, at 5 % only), ``placebo``, ``heterogeneity`` and
    ``variance_between`` (dispersion between dates). Designs of shipped returns draw random
    stretches, which overlap, so their standard errors are too small.
    """
    table = _read("size")
    five = table[table["level"] == LEVEL].set_index(["design", "test"])["rejection"]
    own = five.reindex(pd.MultiIndex.from_frame(table[["design", "test"]])).to_numpy()
    table = table.assign(claims_to_hold=own <= CLAIMED, conservative=own < CONSERVATIVE)
    return _kept(_described(table), level)


def load_power_table(level: float | None = None) -> pd.DataFrame:
    """Return how often each test finds an effect that is there.

    Parameters
    ----------
    level : {0.01, 0.05, 0.10}, optional
        Keep one nominal level.

    Returns
    -------
    DataFrame
        Columns of `load_size_table`; ``effect`` is the mean return added to session 0 (in
        ``responses_differ`` with a standard deviation between securities as large).
        ``claims_to_hold`` and ``conservative`` are those of the design without an effect: a test
        that rejects a true null too often finds real effects too often as well, so that only tests
        that claim may be compared.
    """
    table = _read("power")
    claims = load_size_table(LEVEL).set_index(["design", "test"])
    null = table["design"].replace(NULL_OF)
    own = claims.reindex(pd.MultiIndex.from_arrays([null, table["test"]]))
    for name in ("claims_to_hold", "conservative"):
        table[name] = own[name].fillna(False).to_numpy(dtype=bool)
    return _kept(_described(table), level)


def load_ported_table(level: float | None = None) -> pd.DataFrame:
    """Return the size of five tests in the papers' form and in that of Stata's eventstudy2.

    Parameters
    ----------
    level : {0.01, 0.05, 0.10}, optional
        Keep one nominal level.

    Returns
    -------
    DataFrame
        One row per ``convention``, ``test``, ``securities`` N and ``level``: ``rejection``,
        ``std_error``, ``replications``. Independent normal errors, the window [-5, 5]; made by
        ``benchmarks/ported_forms.py``.
    """
    return _kept(_read("ported"), level)


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(SIMULATED / f"{name}.csv")


def _described(table: pd.DataFrame) -> pd.DataFrame:
    """Put what is known of its design before each row."""
    known = {name: designs[0] for name, designs in POWER.items()} | DESIGNS
    of = table["design"].map(known)
    said = {
        "description": of.map(lambda design: design.title),
        "question": of.map(lambda design: design.question),
        "dates": of.map(lambda design: design.dates),
        "securities": of.map(lambda design: design.firms),
    }
    return pd.DataFrame({"design": table["design"], **said, **table.drop(columns="design")})


def _kept(table: pd.DataFrame, level: float | None) -> pd.DataFrame:
    if level is None:
        return table
    chosen = check_listed("level", level, table["level"].unique())
    return table[table["level"] == chosen].reset_index(drop=True)
