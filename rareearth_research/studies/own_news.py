"""Which windows hold news of the firm itself? Marked, or left out; never what sets a verdict.

The list of company news was made in part from the largest moves, so with sight of returns. An
answer with such pairs and one without them stand side by side as exploratory; the verdict is that
of all pairs, whichever is shown. News of a sector marks no single security.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice
from rareearth_research.choices import FirmNews
from rareearth_research.datasets import load_firm_news, load_securities
from rareearth_research.errors import SpecificationError, listed
from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.inputs.events import check_events
from rareearth_research.eventstudy.pairs.further import place_ends
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.results.sentences import over
from rareearth_research.labels import label
from rareearth_research.numerals import counted, p_said, per_cent

POLICIES = get_args(FirmNews)
NAMED = 6  # securities in a sentence
WHY = (
    "This is exploratory, since the list of company news was made in part from the largest moves, "
    "and sets no verdict."
)


@dataclass(frozen=True)
class OwnNews:
    """One study with every pair, and without those whose firm had news in the span of the windows.

    Attributes
    ----------
    events : DataFrame
        Of the study shown: with a column ``security`` where pairs are left out.
    study : EventStudy
        The study shown.
    shown, every : EventStudyResults
        Of the pairs shown, and of all: the one a verdict may rest on.
    pairs : DataFrame
        ``event_id, security, news``: pairs kept in `every` with news of their own, and its ids.
    words : str
        How far the first window depends on such pairs.
    """

    events: pd.DataFrame
    study: EventStudy
    shown: EventStudyResults
    every: EventStudyResults
    pairs: pd.DataFrame
    words: str

    @property
    def dropped(self) -> bool:
        """Whether what is shown lacks pairs."""
        return self.shown is not self.every

    @property
    def title(self) -> str:
        """What stands over a picture without such pairs."""
        return (
            f"Exploratory, without {counted(len(self.pairs), 'pair')} with news of their own: "
            f"{_average(self.shown)} {over(self.shown.specification.labels[0])}"
        )

    def titled(self, verdict: pd.DataFrame) -> str:
        """Return what stands over a picture of the pairs shown."""
        return self.title if self.dropped else str(verdict["title"].iloc[0])


def by_own_news(
    returns: pd.DataFrame,
    events: pd.DataFrame,
    firm_news: FirmNews,
    *args: Any,
    aside: bool = True,
    **options: Any,
) -> OwnNews:
    """Fit a study with and without pairs whose own news falls into the span of the windows.

    Parameters
    ----------
    returns, events
        As for `EventStudy`.
    firm_news : {"flag", "drop"}
        Whether what is shown keeps such pairs.
    *args, **options
        Of `EventStudy`.
    aside : bool, default True
        Fit the study without such pairs for `words` too, where they are kept.

    Raises
    ------
    SpecificationError
        If nothing is left without them and they are to be dropped, and as `EventStudy`.
    """
    check_choice("firm_news", firm_news, POLICIES)
    study = EventStudy(returns, events, *args, **options)
    every = study.fit()
    found = pd.DataFrame(_pairs(study), columns=["event_id", "security", "news"])
    kept = pd.DataFrame(dict(zip(("event_id", "security"), every.labels, strict=True)))
    pairs = found.merge(kept)
    if found.empty or not (aside or firm_news == "drop"):
        return OwnNews(events, study, every, every, pairs, _words(every, pairs))
    left = _without(events, [*returns.columns], found)
    try:
        rest = EventStudy(returns, left, *args, **options)
        without = rest.fit()
    except SpecificationError:  # nothing is left to measure
        if firm_news == "drop":
            raise SpecificationError(
                f"firm_news='drop' leaves nothing to measure: each of {len(pairs)} pairs has news "
                "of its own in its windows; use firm_news='flag' or shorter windows"
            ) from None
        words = _words(every, pairs, "nothing is left to measure")
        return OwnNews(events, study, every, every, pairs, words)
    words = _words(every, pairs, f"it is {_average(without)}")
    if firm_news == "flag":
        return OwnNews(events, study, every, every, pairs, words)
    return OwnNews(left, rest, without, every, pairs, words)


def _without(events: pd.DataFrame, names: list[str], pairs: pd.DataFrame) -> pd.DataFrame:
    """Return every event with every security it may have, without the pairs named."""
    every = events
    if "security" not in events:
        every = events.merge(pd.DataFrame({"security": names}), how="cross")
    marked = pd.MultiIndex.from_frame(pairs[["event_id", "security"]])
    left = ~pd.MultiIndex.from_frame(every[["event_id", "security"]]).isin(marked)
    return every[left].reset_index(drop=True)


def _pairs(study: EventStudy) -> Iterator[tuple[str, str, str]]:
    """Yield the pairs with news that may have come out in the span of their windows."""
    setup = study.setup
    names = setup.specification.names
    news = load_firm_news(scope="firm").rename(columns={"disclosure_id": "event_id"})
    news = news[news["security"].isin(names)]
    if news.empty:
        return
    known, _ = check_events(news, "firm news", set(names), studied=False)
    low, high = int(min(setup.ends()[0])), int(max(setup.ends()[1]))
    placing = replace(setup.specification.placing, timing="latest")
    placed = place_ends(known, setup.markets, names, placing)
    for m, here in setup.pairs.by_market():
        first, last = (
            dict(zip(at[m].event_ids, zip(at[m].row, at[m].position, strict=True), strict=True))
            for at in placed
        )
        for pair in here:
            row, start = setup.pairs.row[pair], setup.pairs.position[pair]
            inside = [
                str(name)
                for name, (of, position) in last.items()
                if of == row
                and position >= start + low
                and first.get(name, (of, position))[1] <= start + high
            ]
            if inside:
                security = names[setup.pairs.security[pair]]
                yield str(setup.pairs.event_id[pair]), security, ";".join(sorted(inside))


def _words(every: EventStudyResults, pairs: pd.DataFrame, without: str = "") -> str:
    if pairs.empty:
        return "No pair is known to have news of its own in its windows; the list is not full."
    who = list(load_securities([*dict.fromkeys(pairs["security"])])["name"])
    names = listed(who) if len(who) <= NAMED else f"{', '.join(who[:NAMED])} and others"
    rest = f"; without them {without}. {WHY}" if without else "."
    return (
        f"Pairs with news of their own firm in their windows: {len(pairs)} of "
        f"{int(every.diagnostics['n_pairs'])} ({names}). The average "
        f"{over(every.specification.labels[0])} is {_average(every)}{rest}"
    )


def _average(result: EventStudyResults) -> str:
    """Return the average of the first window with the p-value of its leading test."""
    window = result.specification.labels[0]
    rows = result.table[result.table["headline"] & (result.table["window"] == window)]
    p = rows["p_value"].iloc[0] if len(rows) else np.nan
    said = f" ({label('test', rows['test'].iloc[0])}, {p_said(p)})" if np.isfinite(p) else ""
    mean = result.car.loc[result.car["window"] == window, "car"].mean()
    move = np.expm1(mean) if result.specification.return_type == "log" else mean
    return f"{per_cent(move)}{said}"
