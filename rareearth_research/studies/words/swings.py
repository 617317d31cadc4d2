"""How what happened to prices is said: breaks, the response, unrest, and what limits them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rareearth_research.dynamics import LocalProjection, Nervousness
from rareearth_research.dynamics.belief import typeset
from rareearth_research.dynamics.breaks.nearest import NEAR
from rareearth_research.errors import listed
from rareearth_research.numerals import capital, counted, numeral, p_said, per_cent
from rareearth_research.studies.sample import sample_words
from rareearth_research.studies.slow.judged import LEVEL, Judged
from rareearth_research.studies.slow.prices import Pooled, Price


def finding(found: Mapping[str, Price], pooled: Pooled, n_events: int) -> str:
    """Say what holds for the breaks of all series, then what the first one did."""
    first = next(iter(found.values()))
    return f"{break_words(found, pooled, n_events)} {response_words(first)}"


def break_words(found: Mapping[str, Price], pooled: Pooled, n_events: int) -> str:
    """Say how many breaks lie at policy dates, what chance gives, and what would be found."""
    prices = [*found.values()]
    whose = prices[0].title if len(prices) == 1 else f"{numeral(len(prices))} prices"
    if not pooled.total:
        words = (
            f"BIC finds no break in the monthly changes of {whose}, so none lies at a policy date: "
            "this study cannot tell."
        )
    else:
        words = (
            f"Of {counted(pooled.total, 'break')} that BIC finds in the monthly changes of {whose} "
            f"{numeral(pooled.near) if pooled.near else 'none'} lies within {NEAR} days of one of "
            f"{n_events} policy events; among breaks of series that never broke it would be "
            f"{pooled.usual:.1f} ({p_said(pooled.judged.p_value)}): {pooled.judged.words}."
        )  # fmt: skip
        if pooled.near > 1:
            words = words.replace(" lies within", " lie within")
    levels = [price.level_breaks for price in prices]
    span = " to ".join(numeral(n) for n in sorted({min(levels), max(levels)}))
    real = [price.title for price in prices if price.real]
    whom = listed(real) if real else ("Not one of them" if len(prices) > 1 else "It")
    has = "have" if len(real) > 1 else "has"
    no = "no " if not real and len(prices) == 1 else ""
    words += (
        f" {capital(whom)} {has} {no}more breaks than a series that never broke would "
        f"show (read as levels they have {span})."
    )
    reached = sorted(price.reach for price in prices if np.isfinite(price.reach))
    if not reached:
        return f"{words} No change of drift that was tried would have been found."
    sizes = " to ".join(dict.fromkeys(per_cent(np.expm1(reached[i]), sign=False) for i in (0, -1)))
    return (
        f"{words} A lasting change of drift by {sizes} a month at a policy date would be found in "
        "about eight cases of ten, smaller ones more rarely."
    )


def break_title(found: Mapping[str, Price], pooled: Pooled) -> str:
    """Return the finding of the picture of breaks, over all series and not only the one drawn."""
    whose = f"the changes of {counted(len(found), 'price')}"
    verdict = pooled.judged.words.replace("this study ", "")
    if not pooled.total:
        return f"No break in {whose}, hence none at a policy date: {verdict}."
    near = numeral(pooled.near) if pooled.near else "none"
    verb = "lie" if pooled.near > 1 else "lies"
    return (
        f"Of {counted(pooled.total, 'break')} in {whose}, {near} {verb} within {NEAR} days of a "
        f"policy event; chance gives {pooled.usual:.1f} ({p_said(pooled.judged.p_value)}): "
        f"{verdict}."
    )


def response_words(price: Price) -> str:
    """Say where the price stood some months after the announcements, and what would be found."""
    end = price.response.table.iloc[-1]
    horizon, one = int(end["horizon"]), price.judged
    rose = "rose" if one.effect > 0 else "fell"
    within = f"within {counted(horizon, 'month')}" if horizon else "in the month"
    of = counted(int(end["n_shocks"]), "announcement")
    start = f"{capital(within)} of {of} {price.title} {rose}"
    if price.amid:
        many = f"{numeral(price.amid)} of {of}"
        if price.amid == end["n_shocks"]:
            many = {1: "the announcement", 2: "both announcements"}.get(price.amid, f"all {of}")
        start = (
            f"While {many} came in a month with other listed events, {price.title} {rose} {within} "
            f"of {'them' if end['n_shocks'] > 1 else 'it'}"
        )
    return (
        f"{start} by {per_cent(np.expm1(one.effect), sign=False)} against what its "
        f"past let expect ({one.span}; other dates do as much in "
        f"{f'{one.p_value:.0%}'.replace('%', ' %')} of cases): {one.words}. {one.missed}"
    ).rstrip()


def response_title(response: LocalProjection, one: Judged) -> str:
    """Return the finding of the picture of the response."""
    end = response.table.iloc[-1]
    horizon = int(end["horizon"])
    after = f"{counted(horizon, 'month')} after" if horizon else "in the month of"
    return (
        f"{response.name} {after} {counted(int(end['n_shocks']), 'announcement')}: "
        f"{per_cent(np.expm1(one.effect))} ({one.span}): {one.words}."
    )


def unrest_words(nervous: Nervousness) -> str:
    whole = nervous.table.iloc[0]
    unusual = whole["p_value"] <= LEVEL
    more = "more restless" if whole["ratio"] > 1 else "calmer"
    when = f"around {counted(len(nervous.table) - 1, 'announcement')}"
    said = f"{when} {more} than" if unusual else f"{when} within what is found in"
    return (
        f"{said} ordinary windows (variance {whole['ratio']:.2f} times as large, "
        f"{p_said(whole['p_value'])}){': unsettled' if unusual else ': cannot tell'}"
    )


def counts(response: LocalProjection, nervous: Nervousness) -> str:
    """Say why variance and the response count other announcements, where they do."""
    around, after = len(nervous.table) - 1, int(response.table["n_shocks"].iloc[-1])
    if around == after:
        return ""
    return (
        f"Variance is measured around {counted(around, 'announcement')}, the response counts "
        f"{numeral(after)}: the one needs short windows that do not overlap, the other "
        f"{counted(int(response.table['horizon'].iloc[-1]), 'month')} after each."
    )


def detail(first: Price, pooled: Pooled) -> str:
    found, whole = first.breaks, first.nervous.table.iloc[0]
    return (
        f"{first.title}: {len(found.paths):,} monthly changes; {counted(found.n_breaks, 'break')} "
        f"by BIC, {p_said(found.guard.p_value)} against series drawn without one; response "
        f"{p_said(first.judged.p_value)} by other dates; variance around the announcements "
        f"{whole['ratio']:.2f} times the ordinary, {p_said(whole['p_value'])}. "
        f"{counts(first.response, first.nervous)}"
    ).rstrip()


def limits(found: Mapping[str, Price], events: pd.DataFrame) -> list[str]:
    first = next(iter(found.values()))
    return [
        sample_words(list(events["event_id"])),
        *(typeset(f"{first.title}: {note}") for note in first.breaks.summary().notes[:2]),
        ("Changes of drift are what breaks of changes are: a price that jumps once and stays "
        "there has none. The response asks for such jumps."),
        (f"Rows of the other {numeral(len(found) - 1)} series are as many chances, and are not "
        "corrected for each other." if len(found) > 2 else ""),
        ("Intervals of the response are what the same announcements give when moved to other "
        "dates; a formula has too few of them."),
        ("A price of a month is an average or a quotation of it: an announcement late in a month "
        "reaches only the next. Announcements of one month count once."),
        ("Not shown: that a policy caused a break or a response. Breaks that are real and far from "
        "every policy of the list may follow one that is not in it."),
    ]  # fmt: skip
