"""In which situations are the tests tried? The list, fixed before anything is run.

A design says how many dates there are, how close together, with how many securities, and how
returns on the days around them depart from ordinary ones. All have 250 estimation sessions, a
market model, and residuals with a factor in common to all securities, in calendar time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from rareearth_research.arguments import check_names
from rareearth_research.errors import SpecificationError, did_you_mean, shown

__all__ = ["DESIGNS", "POWER", "QUESTIONS", "Design", "check_designs"]

QUESTIONS = {  # what a group of designs asks, in the order of a reader
    "one_date": "one date, calm returns",
    "odd_returns": "one date, 10 securities, returns that misbehave",
    "neighbours": "dates close together, one security each",
    "several": "several dates, 30 sessions apart",
    "dense": "dates at random, one security each, [−5, 5]",
    "volatile": "days on which the factor in common is more volatile",
    "effects": "effects that differ, zero on average",
    "shipped": "random stretches of the shipped returns",
}


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


def _one(title: str, question: str = "one_date", **other: object) -> Design:
    return Design(title=title, question=question, **other)  # type: ignore[arg-type]


def _neighbours(title: str, gap: int, window: tuple[int, int], **other: object) -> Design:
    return Design(
        title=title, question="neighbours", dates=12, securities=1, gap=gap, window=window,
        **other,  # type: ignore[arg-type]
    )  # fmt: skip


def _dates(dates: int, securities: int, title: str = "", **other: object) -> Design:
    each = f"× {securities} securities" if securities > 1 else "with one security each"
    named = f"{dates} dates {each}" + (f", {title}" if title else "")
    given = {"question": "several", "dates": dates, "securities": securities, **other}
    return Design(title=named, **given)  # type: ignore[arg-type]


def _spread(dates: int, sessions: int, **other: object) -> Design:
    given = {"question": "dense", "dates": dates, "spread": sessions, **other}
    title = f"{dates} dates on {sessions} sessions"
    return Design(title=title, securities=1, window=(-5, 5), **given)  # type: ignore[arg-type]


DESIGNS: dict[str, Design] = {
    "independent_3": _one("independent, N = 3", securities=3, correlation=0.0),
    "independent_5": _one("independent, N = 5", securities=5, correlation=0.0),
    "independent": _one("independent, N = 10", correlation=0.0),
    "independent_30": _one("independent, N = 30", securities=30, correlation=0.0),
    "one_date_3": _one("ρ = 0.3, N = 3", securities=3),
    "one_date_5": _one("ρ = 0.3, N = 5", securities=5),
    "one_date": _one("ρ = 0.3, N = 10"),
    "one_date_30": _one("ρ = 0.3, N = 30", securities=30),
    "variance_x2": _one("all variance × 2", "odd_returns", event_variance=2.0),
    "variance_x4": _one("all variance × 4", "odd_returns", event_variance=4.0),
    "fat_tails": _one("t(4) residuals", "odd_returns", t_df=4),
    "thin_trading": _one("each trades on 7 days in 10", "odd_returns", no_trade=0.3),
    "thin_by_span": _one(
        "7 days in 10, by span", "odd_returns", no_trade=0.3, gaps="trade_to_trade"
    ),
    "neighbours_gap1": _neighbours("[−5, 5], 1 session apart", 1, (-5, 5)),
    "neighbours_gap2": _neighbours("[−5, 5], 2 sessions apart", 2, (-5, 5)),
    "neighbours_gap4": _neighbours("[−5, 5], 4 sessions apart", 4, (-5, 5)),
    "neighbours_wide": _neighbours("[−10, 10], 1 session apart", 1, (-10, 10)),
    "neighbours_short": _neighbours("[−1, 1], 1 session apart", 1, (-1, 1)),
    "dates_apart": _dates(10, 1),
    "dates_3": _dates(3, 10),
    "dates_4": _dates(4, 10),
    "dates_6": _dates(6, 10),
    "dates_5x8": _dates(5, 8),
    "dates_8x2": _dates(8, 2),
    "dates_8x10": _dates(8, 10),
    "spread_40": _spread(40, 500),
    "spread_100": _spread(100, 500, replications=2000),
    "spread_400": _spread(400, 500, replications=2000),
    "common_x2": _one("one date, factor × 2", "volatile", common_variance=2.0),
    "common_x4": _one("one date, factor × 4", "volatile", common_variance=4.0),
    "common_x9": _one("one date, factor × 9", "volatile", common_variance=9.0),
    "dates_common_x2": _dates(8, 10, "factor × 2", question="volatile", common_variance=2.0),
    "dates_common_x4": _dates(8, 10, "factor × 4", question="volatile", common_variance=4.0),
    "dates_common_x9": _dates(8, 10, "factor × 9", question="volatile", common_variance=9.0),
    "date_effects_2": _dates(8, 10, "sd of dates 2 %", question="effects", date_sd=0.02),
    "date_effects_4": _dates(8, 10, "sd of dates 4 %", question="effects", date_sd=0.04),
    "security_effects_4": _one(
        "one date, N = 22, sd of securities 4 %", "effects", securities=22, security_sd=0.04
    ),
    "shipped": _one("one date, N = 10", "shipped", shipped=True),
    "shipped_20": _one("one date, N = 20", "shipped", shipped=True, securities=20),
    "shipped_neighbours": replace(
        _neighbours("12 dates 1 session apart, [−5, 5]", 1, (-5, 5)),
        question="shipped", shipped=True,
    ),
    "shipped_8x10": _dates(8, 10, question="shipped", shipped=True),
    "shipped_spread_20": _spread(20, 250, question="shipped", shipped=True),
}  # fmt: skip
"""Designs in which nothing happened, or what happened is zero on average."""

POWER: dict[str, tuple[Design, ...]] = {
    "one_date": tuple(
        replace(DESIGNS["one_date"], mean=effect, replications=5000)
        for effect in (0.01, 0.02, 0.03, 0.04, 0.05)
    ),
    "dates_8x10": tuple(
        replace(DESIGNS["dates_8x10"], mean=effect, replications=5000)
        for effect in (0.01, 0.02, 0.03, 0.04, 0.05)
    ),
    "responses_differ": tuple(
        _one(
            "one date, N = 22, sd = mean",
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
