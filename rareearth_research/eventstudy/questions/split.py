"""Do the parts of a sample tell the same? The verdict on each exchange, or each group, alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arguments import check_choice, check_kind, check_names, check_whole
from rareearth_research.arrays import Bools
from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.eventstudy.chance.deciding import verdicts_on
from rareearth_research.eventstudy.chance.placebo import PlaceboResult
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.results.measure import part_of
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.numerals import counted, numeral, p_said
from rareearth_research.summary import Drawn, Summary
from rareearth_research.timing import EXCHANGES


@dataclass(frozen=True, repr=False)
class Split(Drawn):
    """Result of `split`.

    Attributes
    ----------
    table : DataFrame
        One row per part, the whole first: ``part, n`` (pairs) ``, n_securities, n_clusters`` and
        the columns of `verdict` but ``words``, for one window.
    heterogeneity, p_value : float
        I² of the whole and how often ordinary days differ as much; see `dispersion`.
    """

    picture: ClassVar[str] = "plot_split"
    table: pd.DataFrame
    heterogeneity: float
    p_value: float

    def summary(self) -> Summary:
        """Return which parts stand out, and the table."""
        parts = self.table.iloc[1:]
        apart = parts[(parts["lower"] > 0) | (parts["upper"] < 0)]
        named = f" ({', '.join(apart['part'])})" if len(apart) else ""
        notes = ["Parts share dates, and each is judged as if it were the only one."]
        if np.isfinite(self.heterogeneity):
            notes.append(
                "Share of the differences between securities beyond those of ordinary days: "
                f"{100 * self.heterogeneity:.0f} % ({p_said(self.p_value)})."
            )
        shown_table = self.table[
            ["part", "n", "caar", "lower", "upper", "p_value", "detectable", "verdict"]
        ]
        return Summary(
            f"In {numeral(len(apart)) if len(apart) else 'none'} of {counted(len(parts), 'part')}"
            f"{named} the 95 % interval leaves out zero."
            if len(parts)
            else "The sample has one part.",
            shown_table.assign(verdict=shown_table["verdict"].map(SHOWN)),
            tuple(notes),
        )


def split(
    result: EventStudyResults,
    by: Literal["exchange"] | Mapping[str, Sequence[str]] = "exchange",
    *,
    window: int = 0,
    chance: PlaceboResult | None = None,
) -> Split:
    """Judge the exchanges, or named parts, of a fitted study each alone; nothing is fitted again.

    Parameters
    ----------
    result : EventStudyResults
    by : "exchange" or mapping
        Names of parts and the securities of each; a security may be in several parts or in none.
        Without parts the table holds the whole alone.
    window : int, default 0
        Which of the study's windows.
    chance : PlaceboResult, optional
        Of the whole, as `verdict` takes it.

    Returns
    -------
    Split

    Raises
    ------
    SpecificationError
        For unknown securities or windows, a part without a kept pair, or what is no fitted study.
    """
    check_kind("result", result, EventStudyResults, "a fitted study, as study.fit() returns")
    check_whole("window", window, 0, len(result.findings) - 1)
    kind = "a placebo of the study, as rer.placebo() returns"
    check_kind("chance", chance, PlaceboResult | None, kind)
    rows = [_row("all", result, window, chance)]
    for name, members in _parts(result, by):
        if not members.any():
            raise SpecificationError(
                f"by={shown(name)} has no kept event–security pair; leave it out, or see "
                "result.attrition for the reasons"
            )
        part = EventStudyResults(**vars(part_of(result, members)))
        rows.append(_row(name, part, window))
    found, table = result.dispersion, pd.DataFrame(rows)
    table.attrs["returns"] = result.specification.return_type
    return Split(table, found.heterogeneity, found.p_value)


def _parts(
    result: EventStudyResults, by: Literal["exchange"] | Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Bools]]:
    """Yield each part's name and which of the kept pairs are in it."""
    if isinstance(by, Mapping):
        names, held = result.specification.names, result.labels[1]
        for part, members in by.items():
            wanted = check_names(f"by[{part!r}]", members)
            unknown = [name for name in wanted if name not in names]
            if unknown:
                raise SpecificationError(
                    f"by[{part!r}]: {shown(unknown[0])} is not a column of returns"
                    f"{did_you_mean(unknown[0], names)}"
                )
            yield str(part), np.isin(held.astype(str), wanted)
        return
    check_choice("by", by, ("exchange",))
    for m, market in enumerate(result.markets):
        inside = result.kept.market == m
        if inside.any() and not inside.all():
            yield _place(market, result.markets, result.labels[1][inside]), inside


def _place(market: Market, markets: Sequence[Market], held: NDArray[np.object_]) -> str:
    """Return what tells a market from others: city, exchange, or whose days (of those held)."""
    same = [other for other in markets if _city(other) == _city(market)]
    if len(same) == 1:
        return _city(market) or "own calendar"
    if market.exchange:
        return EXCHANGES[market.exchange].name
    first, *others = dict.fromkeys(held)
    return f"days of {first}" + f" and {len(others)} more" * bool(others)


def _city(market: Market) -> str:
    return EXCHANGES[market.exchange].city if market.exchange else ""


def _row(
    name: str, part: EventStudyResults, window: int, chance: PlaceboResult | None = None
) -> dict[str, Any]:
    row = verdicts_on(part, part.specification.labels[window : window + 1], chance)[0]
    sizes = {
        "n": len(part.keep),
        "n_securities": int(part.counts["n_securities"]),
        "n_clusters": len(part.findings[window].means),
    }
    told = ("window", "words", "title")
    return {"part": name, **sizes, **{key: row[key] for key in row if key not in told}}
