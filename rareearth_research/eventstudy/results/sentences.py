"""How is a verdict said? Every sentence on the result of a study is made here, from its numbers.

The finding comes first with its interval and the number of events, and other news at the same time
stands in a clause before it, so that a sentence copied alone still carries its doubt. Per cent in
prose are compounded; tables hold log returns as they are.
"""

from __future__ import annotations

import re

import numpy as np

from rareearth_research.errors import listed
from rareearth_research.eventstudy.results.told import Told
from rareearth_research.eventstudy.statistics.decision import LEVEL, Decision, Finding
from rareearth_research.labels import label
from rareearth_research.numerals import capital, counted, numeral, p_said, per_cent, step

SHOWN = {
    "moved": "moved",
    "unsettled": "unsettled",
    "none_larger": "no larger average move",
    "cannot_tell": "cannot tell",
}


def sentence(found: Finding, decided: Decision, told: Told) -> str:
    """Return the verdict on one window as it may be printed."""
    effect, where = told.per_cent(found.caar), f"{over(told.window, told.row)} {_around(told)}"
    span = f"95 % interval {told.interval(found)}"
    who = told.who or _count(told)
    mean = "on average " if len(found.car) > 1 else ""
    if decided.verdict == "none_larger":
        why = _but(found, decided, told)
        unsure = f"; whether there was a smaller one stays open, {why}" if why else ""
        more = bool(np.abs(found.car).max() > found.matters) and len(set(told.names)) > 1
        return capital(
            f"{_news(told)}no average move larger than {_bound(found)} "
            f"in either direction {where}: {effect} ({span}), {who.rstrip(',')}{unsure}."
            f"{' Single securities moved more.' if more else ''}{_apart(found, told)}"
        )
    if decided.verdict == "cannot_tell":
        cannot = ", ".join(filter(None, ["this study cannot tell", _but(found, decided, told)]))
        return capital(
            f"{_news(told)}{who} moved {mean}by {effect} ({span}) {where}: {cannot}. "
            f"{_missed(found, decided, told)}{_apart(found, told)}"
        ).strip()
    others = _others(told)
    failed = [name for name in decided.failed if name not in ("few_dates", "sign")]
    checks = _checks(failed, found, told)
    if "sign" in decided.failed:
        also = f", and {checks}" if checks else ""
        few = f" {_doubt(found, told)}" if "few_dates" in decided.failed else ""
        torn = f"{_torn(found, told)} {where} ({span})"
        return capital(f"{_news(told)}{who} {torn}: unsettled{also}.{few}")
    down = found.leading.statistic < 0
    size = told.per_cent(found.caar, sign=False)
    moved = (
        f"{'fell' if down else 'rose'} {mean}by {size}"
        if told.raw
        else f"did {mean}{size} {'worse' if down else 'better'} than expected"
    )
    begin = capital(f"{_news(told)}{who} {moved} {where} ({span})")
    others = others or "No placebo stands beside it."
    if "few_dates" in decided.failed:
        but = f", but {checks}" if failed else ""
        return f"{begin}: {_unusual(told)}{but}. {others} {_doubt(found, told)}"
    if failed:
        begin += f": unsettled, for {checks}"
        others = "" if "placebo" in failed else others
    return f"{begin}. {others}".strip()


def short(found: Finding, decided: Decision, told: Told) -> str:
    """Return the verdict as the title of a picture."""
    end = {
        "moved": "moved",
        "unsettled": "unsettled"
        if {"few_dates", "sign"} & {*decided.failed} != {"few_dates"}
        else _unusual(told),
        "none_larger": f"none larger than {_bound(found)}",
        "cannot_tell": "this study cannot tell",
    }[decided.verdict]
    when = f"{over(told.window, told.row).rstrip(',')} {_around(told)}"
    when += ", amid other listed events" if told.with_news else ""
    mean = " on average" if len(found.car) > 1 else ""
    return f"{told.per_cent(found.caar)}{mean} ({told.interval(found)}) {when}: {end}"


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


def unusual(window: str, events: int, row: str = "session") -> str:
    """Return what one or a few dates show at most: ``"an unusual stretch of nine sessions"``."""
    what, many = ("day", "days") if row == "session" else (row, f"{row}s")
    ends = [int(end) for end in re.findall(r"-?\d+", window)]
    if len(ends) != 2:
        what, many = "stretch", "stretches"
    elif ends[0] != ends[1]:
        of = f"of {counted(ends[1] - ends[0] + 1, row)}"
        what, many = f"stretch {of}", f"stretches {of}"
    return f"an unusual {what}" if events == 1 else f"unusual {many}"


def _unusual(told: Told) -> str:
    return unusual(told.window, told.events, told.row)


def _others(told: Told) -> str:
    if not told.others:
        return ""
    looked = numeral(told.as_unusual) if told.as_unusual else "none"
    what = "other sets of dates" if told.sets else f"other {told.row}s"
    return f"Of {told.others:,} {what} {looked} looked as unusual, up or down."


def _but(found: Finding, decided: Decision, told: Told) -> str:
    """Say why there is no more to it, where the interval or another test lets expect more."""
    p, dates = decided.p_value, counted(len(found.means), "date")
    if not np.isfinite(p):
        return "as a test that it needs has no value"
    if p <= LEVEL:  # a plan may ask for more dates than the rule
        return f"as {dates} are too few for more"
    by_dates = np.nan if found.few else found.date_t.p_value
    chance = told.by_chance if found.few else np.nan
    views = {
        label("test", found.test): found.leading.p_value,
        f"the t test over {dates}": by_dates,
        "the placebo": chance,
        "the portfolio of all": told.together,
    }
    loud = ["the interval leaves out zero"] * (found.lower > 0 or found.upper < 0)
    loud += [f"{test} gives {p_said(view)}" for test, view in views.items() if view <= LEVEL]
    if not loud:
        return ""
    leading = f"{label('test', found.test)}, the leading test, gives {p_said(p)}"
    why = {
        "date_t": f"the t test over {dates} gives {p_said(p)}",
        "placebo": _as_unusual(told),
    }.get(decided.test, f"{leading} on {counted(len(found.car), 'pair')}")
    return f"as {why}, although {listed(loud)}"


def _missed(found: Finding, decided: Decision, told: Told) -> str:
    if not np.isfinite(found.leading.p_value):
        return f"The leading test has no value here{told.why and f': {told.why}'}."
    if not np.isfinite(decided.p_value):
        return f"All {counted(len(found.means), 'date')} have the same mean, so none over them has."
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
        "placebo": _as_unusual(told),
    }
    return ", and ".join(words[name] for name in failed)


def _as_unusual(told: Told) -> str:
    what = "sets of dates" if told.sets else f"{told.row}s"
    return f"{told.as_unusual:,} of {told.others:,} other {what} looked as unusual"


def _doubt(found: Finding, told: Told) -> str:
    """Say what one or two dates cannot tell apart."""
    when, what = "that day" if _unusual(told) == "an unusual day" else "then", "on one date"
    if len(found.means) == 2:
        when, what = "then", "on two dates"
    elif told.events > 1:
        when, what = "then", "on days this close together"
    return f"A jump of volatility {when} cannot be told from an effect {what}."
