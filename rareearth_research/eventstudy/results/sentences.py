"""How is a verdict said? Every sentence on the result of a study is made here, from its numbers.

The finding comes first with its interval and the number of events, and other news at the same time
stands in a clause before it, so that a sentence copied alone still carries its doubt. Per cent in
prose are compounded; tables hold log returns as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rareearth_research.eventstudy.results.evidence import Evidence
from rareearth_research.eventstudy.statistics.decision import Decision, Finding
from rareearth_research.numerals import counted, interval, numeral, p_said, per_cent, step

__all__ = ["SHOWN", "Told", "sentence", "short"]

SHOWN = {
    "moved": "moved",
    "unsettled": "unsettled",
    "none_larger": "no larger average move",
    "cannot_tell": "cannot tell",
}


@dataclass(frozen=True)
class Told:
    """What a sentence needs besides the numbers of a window.

    Attributes
    ----------
    who, around : str
        Names of the sample and of the events; "" for counts.
    window : str
        Label of the window.
    events, with_news : int
        Events studied; those with another event or a listed confounder in the window.
    names : ndarray of str, shape (N,)
        Security of each pair.
    log, raw : bool
        Log returns; whether nothing is expected of returns (``model="raw"``).
    why : str
        Why the leading test has no value, if it has none.
    others, as_unusual, sets : int, int, bool
        Placebo draws, those at least as extreme, and whether a draw is a set of dates.
    row : str
        What a row of the returns is: ``"session"``, ``"month"``.
    """

    who: str
    around: str
    window: str
    events: int
    with_news: int
    names: np.ndarray
    log: bool
    raw: bool
    why: str
    others: int
    as_unusual: int
    sets: bool
    row: str

    @classmethod
    def of(
        cls, found: Evidence, label: str, who: str, around: str, drawn: pd.Series | None, sets: bool
    ) -> Told:
        """Take from a study, and a row of its placebo if it was needed, what is to be told."""
        news = found.flags["confounded"][found.keep]
        compared = drawn is not None and bool(drawn["valid"])
        n = int(drawn["n"]) if drawn is not None and compared else 0
        return cls(
            who=who,
            around=around,
            window=label,
            events=int(found.counts["n_events"]),
            with_news=len(np.unique(found.kept.event[news])),
            names=found.labels[1][~found.exact] if not found.exact.all() else found.labels[1],
            log=found.specification.return_type == "log",
            raw=found.specification.model == "raw",
            why=_why(found, label),
            others=n,
            as_unusual=round(float(drawn["p_value"]) * (n + 1)) - 1
            if drawn is not None and n
            else 0,
            sets=sets,
            row=found.specification.row,
        )

    def per_cent(self, value: float, *, sign: bool = True) -> str:
        """Return a cumulative return in prose, compounded."""
        return per_cent(np.expm1(value) if self.log else value, sign=sign)

    def interval(self, found: Finding) -> str:
        ends = (found.lower, found.upper)
        return interval(*(np.expm1(ends) if self.log else ends))


def sentence(found: Finding, decided: Decision, told: Told) -> str:
    """Return the verdict on one window as it may be printed."""
    effect, where = told.per_cent(found.caar), f"{over(told.window, told.row)} {_around(told)}"
    span = f"95 % interval {told.interval(found)}"
    who = told.who or _count(told)
    mean = "on average " if len(found.car) > 1 else ""
    if decided.verdict == "none_larger":
        more = bool(np.abs(found.car).max() > found.matters) and len(set(told.names)) > 1
        return _capital(
            f"{_news(told)}no average move larger than {_bound(found)} "
            f"in either direction {where}: {effect} ({span}), {who}."
            f"{' Single securities moved more.' if more else ''}{_apart(found, told)}"
        )
    if decided.verdict == "cannot_tell":
        return _capital(
            f"{_news(told)}{who} moved {mean}by {effect} ({span}) {where}: this study cannot tell. "
            f"{_missed(found, decided, told)}{_apart(found, told)}"
        )
    if "sign" in decided.failed:
        return _capital(f"{_news(told)}{who} {_torn(found, told)} {where} ({span}): unsettled.")
    down = found.leading.statistic < 0
    size = told.per_cent(found.caar, sign=False)
    moved = (
        f"{'fell' if down else 'rose'} {mean}by {size}"
        if told.raw
        else f"did {mean}{size} {'worse' if down else 'better'} than expected"
    )
    begin = _capital(f"{_news(told)}{who} {moved} {where} ({span})")
    others = _others(told)
    failed = [name for name in decided.failed if name != "few_dates"]
    if "few_dates" in decided.failed:
        begin += f": {_unusual(told)}{(failed and f', but {_checks(failed, found, told)}') or ''}."
        others = others or "No placebo stands beside it."
        return f"{begin} {others} {_doubt(found, told)}"
    if failed:
        begin += f": unsettled, for {_checks(failed, found, told)}"
        others = "" if "placebo" in failed else others
    return " ".join(filter(None, [f"{begin}.", others]))


def short(found: Finding, decided: Decision, told: Told) -> str:
    """Return the verdict as the title of a picture."""
    end = {
        "moved": "moved",
        "unsettled": _unusual(told) if "few_dates" in decided.failed else "unsettled",
        "none_larger": f"none larger than {_bound(found)}",
        "cannot_tell": "this study cannot tell",
    }[decided.verdict]
    when = f"{over(told.window, told.row).rstrip(',')} {_around(told)}"
    when += ", amid other listed events" if told.with_news else ""
    mean = " on average" if len(found.car) > 1 else ""
    return f"{told.per_cent(found.caar)}{mean} ({told.interval(found)}) {when}: {end}"


def _why(found: Evidence, label: str) -> str:
    lead = found.findings[found.specification.labels.index(label)]
    rows = found.table[(found.table["window"] == label) & (found.table["test"] == lead.test)]
    if np.isfinite(lead.leading.p_value) or rows.empty:
        return ""
    return str(rows["note"].iloc[0])


def _bound(found: Finding) -> str:
    """Return what matters as it was given, rounded up: a tighter bound was not tested."""
    up = np.ceil(1000 * found.matters - 1e-9) / 1000 if found.matters >= 0.01 else found.matters
    return per_cent(float(up), sign=False).replace(".0 %", " %")


def _count(told: Told) -> str:
    return counted(len(set(told.names)), "security", "securities")


def over(window: str, row: str = "session") -> str:
    """Return when a window is: ``"in sessions 0 to +1"``; `row` is what one step of it is."""
    if window == "own":
        return "in each event's own window"
    if window == "clean":
        return f"from {row} 0 to the last close before another listed event,"
    first, last = (int(end) for end in window.strip("[]").split(","))
    if first == last:
        return f"in the {row} itself" if first == 0 else f"in {row} {step(first)}"
    return f"in {row}s {step(first)} to {step(last)}"


def _around(told: Told) -> str:
    return f"around {told.around or counted(told.events, 'event')}"


def _news(told: Told) -> str:
    if not told.with_news:
        return ""
    if told.events == 1:
        return "while other listed events fell into the same days, "
    which = f"{numeral(told.with_news)} of the {counted(told.events, 'event')}"
    if told.with_news == told.events:
        which = "both events" if told.events == 2 else f"all {counted(told.events, 'event')}"
    return f"while {which} fell together with other listed events, "


def _unusual(told: Told) -> str:
    row = "day" if told.row == "session" else told.row
    return f"an unusual {row}" if told.events == 1 else f"unusual {row}s"


def _others(told: Told) -> str:
    if not told.others:
        return ""
    looked = numeral(told.as_unusual) if told.as_unusual else "none"
    what = "other sets of dates" if told.sets else f"other {told.row}s"
    return f"Of {told.others:,} {what} {looked} looked as unusual, up or down."


def _missed(found: Finding, decided: Decision, told: Told) -> str:
    if not np.isfinite(decided.p_value):
        return f"The leading test has no value here{told.why and f': {told.why}'}."
    size = told.per_cent(found.detectable, sign=False)
    return (
        f"It would miss a move of {size} in about two cases of ten, smaller ones more often."
        if np.isfinite(found.detectable)
        else ""
    )


def _torn(found: Finding, told: Told) -> str:
    """Say what happened where the average and the statistic point in different directions."""
    if found.leading.statistic * found.caar > 0:
        up = int((found.means > 0).sum())
        return (
            f"moved on average by {told.per_cent(found.caar)}, while most dates point the other "
            f"way ({up} of {len(found.means)} up)"
        )
    pull = int(np.argmax(found.car * np.sign(found.caar)))
    return (
        f"mostly {'fell' if found.leading.statistic < 0 else 'rose'}, {_sides(found, told)}, while "
        f"{told.names[pull]} at {told.per_cent(float(found.car[pull]))} pulls the mean to "
        f"{told.per_cent(found.caar)}"
    )


def _apart(found: Finding, told: Told) -> str:
    """Say in a sentence of its own that average and statistic point in different directions."""
    statistic = found.leading.statistic
    if not statistic * found.caar < 0:
        return ""
    way = "down" if statistic < 0 else "up"
    return f" The test on standardised returns points {way}: {_sides(found, told)}."


def _sides(found: Finding, told: Told) -> str:
    rose, fell = int((found.car > 0).sum()), int((found.car < 0).sum())
    return f"{fell} down and {rose} up (median {told.per_cent(float(np.median(found.car)))})"


def _checks(failed: list[str], found: Finding, told: Told) -> str:
    words = {
        "interval": "the interval covers zero",
        "family": "it does not survive the correction for the other tests of its family",
        "date_flip": f"sign flips over dates give {p_said(found.date_flip.p_value)}",
        "placebo": (
            f"{told.as_unusual:,} of {told.others:,} other "
            f"{'sets of dates' if told.sets else f'{told.row}s'} looked as unusual"
        ),
    }
    return ", and ".join(words[name] for name in failed)


def _doubt(found: Finding, told: Told) -> str:
    """Say what one or two dates cannot tell apart."""
    jump = "A jump of volatility that day cannot be told from an effect on one date."
    if len(found.means) == 2:
        jump = "A jump of volatility on those days cannot be told from an effect on two dates."
    elif told.events > 1:
        jump = "A jump of volatility cannot be told from an effect on days this close together."
    return jump


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
