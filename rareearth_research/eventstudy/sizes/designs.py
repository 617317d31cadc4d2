"""In which situations are the tests tried? ``designs.toml``, fixed before anything is run.

A design says how many dates there are, how close together, with how many securities, and how
returns on the days around them depart from ordinary ones. All have 250 estimation sessions, a
market model, and residuals with a factor in common to all securities, in calendar time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from rareearth_research.arguments import check_names
from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.facts import facts

__all__ = ["DESIGNS", "POWER", "QUESTIONS", "Design", "check_designs"]


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
