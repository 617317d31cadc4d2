"""How what happened to prices is said: breaks, the response, unrest, and what limits them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rareearth_research.dynamics import Breaks, LocalProjection, Nervousness, PolicyDistance
from rareearth_research.dynamics.belief import typeset
from rareearth_research.errors import listed
from rareearth_research.numerals import counted, interval, numeral, p_said, per_cent
from rareearth_research.studies.sample import sample_words

__all__ = ["Price", "break_words", "detail", "finding", "limits", "response_words",
           "short_verdict", "unrest_words"]  # fmt: skip

LEVEL = 0.05


@dataclass(frozen=True)
class Price:
    """What was found of one price."""

    title: str
    breaks: Breaks
    level_breaks: int
    distance: PolicyDistance
    response: LocalProjection
    nervous: Nervousness


def finding(found: dict[str, Price]) -> str:
    """Say what holds for all series, then what the first one did."""
    first = next(iter(found.values()))
    real = [price for price in found.values() if _real(price.breaks)]
    near = [price.title for price in real if price.distance.p_value <= LEVEL]
    levels, many = [price.level_breaks for price in found.values()], len(found) > 1
    one = len(real) == 1 or not many
    whose = listed(price.title for price in real) if real else first.title
    if many and not real:
        whose, one = f"not one of the {numeral(len(found))} prices", True
    breaks = (
        f"{whose[0].upper()}{whose[1:]} {'has' if one else 'have'} "
        f"{'' if real or many else 'no '}more breaks in {'its' if one else 'their'} changes than "
        "a series that never broke would show"
    )
    if near:
        breaks += f", and those of {listed(near)} lie near policy events: an unusual path"
    elif real:
        breaks += ", and they lie no nearer to policy events than such breaks do: cannot tell"
    span = " to ".join(numeral(n) for n in sorted({min(levels), max(levels)}))
    read = f"read as {'levels they have' if many else 'a level it has'} {span}{' each' * many}"
    return f"{breaks} ({read}). {response_words(first.response)}: {_verdict(first.response)}."


def _real(breaks: Breaks) -> bool:
    """Return whether a series has more breaks than one that never broke would show."""
    return breaks.n_breaks > 0 and breaks.guard.p_value <= LEVEL


def break_words(breaks: Breaks, distance: PolicyDistance) -> str:
    """Return how many breaks the changes of a series have, and what they are to be held for."""
    if not breaks.n_breaks:
        return f"no break in its changes ({p_said(breaks.guard.p_value)} for any): cannot tell"
    known = f"{counted(breaks.n_breaks, 'break')} in its changes"
    if not _real(breaks):
        return (
            f"{known}, no more than a series that never broke would show "
            f"({p_said(breaks.guard.p_value)}): cannot tell"
        )
    near = distance.p_value <= LEVEL
    return (
        f"{known}, more than a series that never broke would show, "
        f"{'near' if near else 'no nearer than such breaks to'} policy events "
        f"({p_said(distance.p_value)}): {'an unusual path' if near else 'cannot tell'}"
    )


def response_words(response: LocalProjection) -> str:
    end = response.table.iloc[-1]
    horizon = int(end["horizon"])
    effect, lower, upper = np.expm1(end[["effect", "placebo_lower", "placebo_upper"]].astype(float))
    after = f"{counted(horizon, response.unit)} after".capitalize()
    return (
        f"{after if horizon else f'In the {response.unit} of'} "
        f"{counted(int(end['n_shocks']), 'announcement')} {response.name} stood "
        f"{per_cent(effect, sign=False)} {'above' if effect > 0 else 'below'} where its past let "
        f"expect it ({100 * response.level:.0f} % interval by other dates {interval(lower, upper)})"
    )


def short_verdict(response: LocalProjection) -> str:
    """Return whether the response is unusual, and its p-value by other dates."""
    verdict = "an unusual path" if response.placebo_p <= LEVEL else "cannot tell"
    return f"{verdict} ({p_said(response.placebo_p)})"


def _verdict(response: LocalProjection) -> str:
    verdict = "an unusual path" if response.placebo_p <= LEVEL else "this study cannot tell"
    share = f"{response.placebo_p:.0%}".replace("%", " %")
    who = "it does" if response.table["n_shocks"].iloc[-1] == 1 else "they do"
    return f"{verdict}, as {who} as much in {share} of cases when moved to other dates"


def unrest_words(nervous: Nervousness) -> str:
    whole = nervous.table.iloc[0]
    unusual = whole["p_value"] <= LEVEL
    more = "more restless" if whole["ratio"] > 1 else "calmer"
    when = f"around {counted(len(nervous.table) - 1, 'announcement')}"
    said = f"{when} {more} than" if unusual else f"{when} within what is found in"
    return (
        f"{said} ordinary windows (variance {whole['ratio']:.2f} times as large, "
        f"{p_said(whole['p_value'])}){': unusual' if unusual else ': cannot tell'}"
    )


def detail(first: Price) -> str:
    found, whole = first.breaks, first.nervous.table.iloc[0]
    return (
        f"{first.title}: {len(found.paths):,} monthly changes; {counted(found.n_breaks, 'break')} "
        f"by BIC, {p_said(found.guard.p_value)} against series drawn without one; response "
        f"{p_said(first.response.placebo_p)} by other dates; variance around the announcements "
        f"{whole['ratio']:.2f} times the ordinary, {p_said(whole['p_value'])}."
    )


def limits(found: dict[str, Price], event_ids: list[str]) -> list[str]:
    first = next(iter(found.values()))
    return [
        sample_words(event_ids),
        *(typeset(f"{first.title}: {note}") for note in first.breaks.summary().notes[:2]),
        ("Intervals of the response are what the same announcements give when moved to other "
        "dates; a formula has too few of them."),
        ("A price of a month is an average or a quotation of it: an announcement late in a month "
        "reaches only the next. Announcements of one month count once."),
        ("Not shown: that a policy caused a break or a response. Breaks that are real and far from "
        "every policy of the list may follow one that is not in it."),
    ]  # fmt: skip
