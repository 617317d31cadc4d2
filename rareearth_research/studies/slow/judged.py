"""How is an answer about a slow series judged, and does it survive being asked otherwise?

One rule for prices, tonnages and counterfactuals, with the four verdicts of every other study.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rareearth_research.datasets import cite, load_events, load_literature
from rareearth_research.errors import RareEarthError, listed
from rareearth_research.labels import heading, label
from rareearth_research.numerals import counted, interval, numeral, p_said, per_cent
from rareearth_research.studies.answer import Notes, StudyAnswer

LEVEL = 0.05
FEW = 3  # announcements from which on a move is more than an unusual time
TENFOLD = np.log(10.0)  # beyond it per cent say nothing


@dataclass(frozen=True)
class Judged:
    """What one way of asking found.

    Attributes
    ----------
    effect, lower, upper : float
        In logs, with its 95 % interval.
    p_value : float
        Of the placebo.
    detectable : float
        What is found in four cases of five, in logs.
    matters : float
        The smallest move that is more than an ordinary one of the series, in logs.
    cases : int
        Announcements.
    doubts : tuple of str
        What the method's own checks say against it.
    """

    effect: float
    lower: float
    upper: float
    p_value: float
    detectable: float
    matters: float
    cases: int
    doubts: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """``"moved"``, ``"unsettled"``, ``"none_larger"`` or ``"cannot_tell"``."""
        outside = self.lower > 0 or self.upper < 0
        if self.p_value <= LEVEL:
            sure = outside and self.cases >= FEW and not self.doubts
            return "moved" if sure else "unsettled"
        inside = -self.matters < self.lower and self.upper < self.matters
        return "none_larger" if inside and not self.doubts else "cannot_tell"

    @property
    def words(self) -> str:
        """The verdict as a sentence says it after a colon."""
        outside = bool(self.lower > 0 or self.upper < 0)
        why = "its interval holds zero" if not outside else "its own check objects"
        why = f"it rests on {counted(self.cases, 'announcement')}" if self.cases < FEW else why
        ordinary = per_cent(np.expm1(self.matters), sign=False)
        return {
            "moved": "moved",
            "unsettled": f"unsettled, as {why}",
            "none_larger": f"no average move larger than {ordinary}, an ordinary one",
            "cannot_tell": "this study cannot tell" + ", as other dates do as much" * outside,
        }[self.verdict]

    @property
    def span(self) -> str:
        """The interval, compounded."""
        return f"95 % interval {ends(self.lower, self.upper)}"

    @property
    def missed(self) -> str:
        """What it would have found, where it tells nothing."""
        if self.verdict != "cannot_tell":
            return ""
        if not self.detectable < TENFOLD:
            return "It would miss even a move to a tenth or tenfold."
        rise, fall = (per_cent(np.expm1(sign * self.detectable), sign=False) for sign in (1, -1))
        return (
            f"It would miss a rise of {rise} or a fall of {fall} in about two cases of ten, "
            "smaller ones more often."
        )

    @property
    def row(self) -> dict[str, float | str]:
        """Its numbers for a table."""
        names = ("effect", "lower", "upper", "p_value", "detectable")
        return {**{name: getattr(self, name) for name in names}, "verdict": self.verdict}


@dataclass(frozen=True, repr=False)
class SlowStudy(StudyAnswer):
    """What studies of slow series have in common.

    Attributes
    ----------
    verdict : str
        Of the sentence that begins the finding.
    tried : DataFrame
        What the finding rests on, asked in other ways.
    survives : str or Notes
        Whether it does; a notebook shows it as prose.
    news : DataFrame
        Listed events, for the foot of pictures.
    data : Notes
        The figures it is made of, and their sources.
    source : str
        The tables behind the series drawn, for the foot of pictures.
    """

    verdict: str
    tried: pd.DataFrame
    survives: str | Notes
    news: pd.DataFrame
    data: Notes
    source: str

    @property
    def told(self) -> pd.DataFrame:
        """The verdict and the words that say it, as other studies store them: a row."""
        return pd.DataFrame({"verdict": [self.verdict], "words": [self.finding]})


def ends(lower: float, upper: float) -> str:
    """Return the ends of an interval in logs, compounded, where per cent say something."""
    low, high = lower > -TENFOLD, upper < TENFOLD
    if low and high:
        return interval(*np.expm1([lower, upper]))
    if not (low or high):
        return (
            "without ends" if np.isinf([lower, upper]).all() else "wider than to a tenth or tenfold"
        )
    if low:
        return f"{per_cent(np.expm1(lower))} to beyond tenfold"
    return f"below a tenth to {per_cent(np.expm1(upper))}"


def by_dates(row: pd.Series, matters: float, cases: int, doubts: tuple[str, ...]) -> Judged:
    """Judge a row whose interval, p-value and detectable effect are all by other dates."""
    names = ["effect", "placebo_lower", "placebo_upper", "placebo_p", "detectable"]
    effect, lower, upper, p, found = map(float, row[names])
    return Judged(effect, lower, upper, p, found, matters, cases, doubts)


def drawn_from(frames: Iterable[pd.Series | pd.DataFrame]) -> Notes:
    """Say of which figures a study is made, and where they come from, each once.

    Parameters
    ----------
    frames : iterable of Series or DataFrame
        As loaders return them; those of one's own say no source.
    """
    said: dict[str, None] = {}
    for frame in frames:
        index, title = frame.index, frame.attrs.get("title")
        if title:
            ends = " to ".join(f"{day.day} {day:%B %Y}" for day in (index[0], index[-1]))
            said[f"{title}: {len(frame):,} values, {ends}"] = None
        if frame.attrs.get("provenance"):
            lines = cite(frame).splitlines()
            said |= dict.fromkeys(line.lstrip("- ").removesuffix(" Made from:") for line in lines)
    return Notes(said)


def others_found(*papers: str) -> pd.DataFrame:
    """Return what others found on the same question, as far as it was read."""
    found = load_literature()
    known = found["paper_id"].isin(papers)
    last = found["authors"].map(lambda names: [name.split()[-1] for name in names.split("; ")])
    found.index = pd.Index(last.map(listed) + " " + found["year"].astype(str))
    columns = ["authors", "year", "read", "design", "their_finding", "their_number", "why_differ"]
    return found.loc[known.to_numpy(), columns].rename(columns=heading)


def news_beside(asked: pd.DataFrame) -> pd.DataFrame:
    """Return every usable event and those a study asks about, for the foot of its pictures.

    Parameters
    ----------
    asked : DataFrame
        As `load_events` gives it.
    """
    columns = ["event_id", "date", "direction", "name"]
    every = pd.concat([asked[columns], load_events(usable=True)[columns]])
    every = every.drop_duplicates("event_id")
    return every.assign(asked=every["event_id"].isin(asked["event_id"]))


def tried(
    first: Judged, changes: Iterable[tuple[str, Callable[[], Judged]]], verdict: str = ""
) -> pd.DataFrame:
    """Ask again with one thing changed at a time.

    Parameters
    ----------
    first : Judged
        As asked.
    changes : iterable of (str, callable)
    verdict : str, optional
        Of the sentence, where it is not that of `first` alone.

    Returns
    -------
    DataFrame
        ``change, effect, lower, upper, p_value, detectable, verdict, same_verdict, why`` (it could
        not be asked).
    """
    verdict = verdict or first.verdict
    rows: list[dict[str, object]] = [
        {"change": "as asked", **first.row, "same_verdict": True, "why": ""}
    ]
    for change, ask in changes:
        try:
            found = ask()
        except RareEarthError as error:
            rows.append({"change": change, "verdict": "", "same_verdict": None, "why": str(error)})
        else:
            same = found.verdict == verdict
            rows.append({"change": change, **found.row, "same_verdict": same, "why": ""})
    return pd.DataFrame(rows)


def survival(table: pd.DataFrame) -> str:
    """Say in a sentence whether what was asked first survives, and what breaks it."""
    again = table[table["same_verdict"].notna()].iloc[1:]
    others = again[~again["same_verdict"].astype(bool)]
    if again.empty:
        return "No other way to ask it could be tried."
    ways = f"in {counted(len(again), 'other way')}"
    if others.empty:
        return f"Asked {ways} the sentence survives: its verdict is always the same."
    breaks = listed(
        f"{row['change']} ({label('verdict', row['verdict'])}, {p_said(row['p_value'])})"
        for row in others.to_dict("records")
    )
    return (
        f"Asked {ways} the sentence does not survive: {numeral(len(others))} "
        f"{'gives' if len(others) == 1 else 'give'} another verdict, {breaks}."
    )
