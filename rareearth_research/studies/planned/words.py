"""How are the planned answers said? A sentence each, made from its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import comb

import numpy as np
import pandas as pd

from rareearth_research.datasets import load_events, load_securities
from rareearth_research.eventstudy.results.sentences import SHOWN, sentence, short
from rareearth_research.eventstudy.results.told import Told
from rareearth_research.eventstudy.statistics.decision import Decision
from rareearth_research.labels import label
from rareearth_research.numerals import capital, counted, interval, numeral, p_said, per_cent
from rareearth_research.studies.composition import event_names, named
from rareearth_research.studies.planned.contrasts import Contrast
from rareearth_research.studies.planned.measure import Measured
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.verdicts import Answers

SMALL = "a move smaller than what was set beforehand as worth knowing"
NOT_SEPARABLE = "not separable from news of the same days"
LEVEL, DOUBT = 0.05, 0.10
SIGNS = {"positive": 1, "negative": -1}
ASKED = {  # of whom, and around what
    "H1": "producers outside China on tightening",
    "H2": "on easing",
    "H3": "producers in China on tightening",
    "H4": "users of critical minerals on rare-earth tightening",
}


def planned_words(plan: Plan, answers: Answers) -> pd.DataFrame:
    """Return the sentence and the title of each question: ``words, title``, by question."""
    rows = {}
    for name in answers.measured:
        rows[name] = _pooled(answers, name)
    contrasts = answers.contrasts
    rows["H5"] = _fading(contrasts["H5"])
    rows["H7"] = _announced(contrasts["H7"])
    rows["H8"] = _named(plan, contrasts["H8"])
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["words", "title"])
    return frame.loc[answers.table.index]


def paths_title(table: pd.DataFrame, words: pd.DataFrame, names: Iterable[str] = ASKED) -> str:
    """Return the answers to H1 to H4, or some of them, in a line, each with its verdict."""
    parts = []
    for name in names:
        row: pd.Series = table.loc[name]  # type: ignore[assignment]
        said = SHOWN[row["verdict"]]
        said += f", {NOT_SEPARABLE}" if NOT_SEPARABLE in words["title"][name] else ""
        parts.append(f"{ASKED[name]} {per_cent(float(np.expm1(row['effect'])))} ({said})")
    return capital("; ".join(parts))


def _pooled(answers: Answers, name: str) -> tuple[str, str]:
    measured = answers.measured[name]
    row: pd.Series = answers.table.loc[name]  # type: ignore[assignment]
    drawn = row["placebo_p"], int(row["other_sets"])
    words, title = told(measured, answers.decisions[name], *drawn, answers.news(name))
    extra = _qualified(row)
    first, _, rest = words.partition(". ")  # doubt stands in the first sentence
    words = f"{first.rstrip('.')}: {extra}. {rest}" if extra else words
    words, limits = f"{words} {_expected(row)}".strip(), answers.limits
    if name == "H3":
        words = f"{limits.words} {words}" if limits.leads else f"{words} {limits.words}"
    return words, f"{title}, {NOT_SEPARABLE}" if NOT_SEPARABLE in extra else title


def told(
    measured: Measured, decided: Decision, placebo: float, draws: int, news: int | None = None
) -> tuple[str, str]:
    """Return the sentence and the title of a mean over announcements.

    Parameters
    ----------
    measured : Measured
    decided : Decision
    placebo : float
        Placebo p-value, of so many `draws`.
    draws : int
    news : int, optional
        Announcements with other news in their windows; by default as `Measured.other_news`.
    """
    result = measured.result
    drawn = pd.Series({"valid": np.isfinite(placebo), "n": draws, "p_value": placebo})
    kept = load_securities(list(dict.fromkeys(result.labels[1])))
    events = load_events(event_ids=list(measured.clusters["event_id"]))
    label = result.specification.labels[0]
    sets = len(measured.clusters) > 1
    about = Told.of(result, label, named(kept), event_names(events), drawn, sets)
    other = sum(map(bool, measured.other_news.values())) if news is None else news
    about = replace(about, with_news=other)
    # in prose a return is compounded; which verdict holds was decided without
    found = replace(measured.finding, log=about.log)
    return sentence(found, decided, about), short(found, decided, about)


def _expected(row: pd.Series) -> str:
    """Say whether a move has the sign that was expected beforehand, if one was."""
    if row["verdict"] not in ("moved", "unsettled") or row["expected"] not in SIGNS:
        return "No sign was expected beforehand." if row["verdict"] == "moved" else ""
    as_expected = SIGNS[row["expected"]] * row["effect"] > 0
    return f"That is {'as expected' if as_expected else 'against what was expected'} beforehand."


def planned_detail(table: pd.DataFrame, names: Sequence[str]) -> str:
    """Return the tests behind the answers to some pooled questions, for a small line."""
    parts = []
    for name in names:
        row: pd.Series = table.loc[name]  # type: ignore[assignment]
        tests = [
            f"{label('test', test)} {p_said(row[f'{test}_p'])}"
            for test in ("kp", "date_t", "date_flip", "placebo")
        ]
        counts = ", ".join(
            counted(int(row[of]), one, digits=True)
            for of, one in (("clusters", "announcement"), ("pairs", "pair"))
        )
        parts.append(
            f"{name}: {'; '.join(tests)}; corrected for six questions {p_said(row['family_p'])}; "
            f"{counts}; without announcements amid other news "
            f"{per_cent(float(np.expm1(row['identified_only_effect'])))}, "
            f"{p_said(row['identified_only_p'])}; market model on local indices."
        )
    return " ".join(parts)


def _qualified(row: pd.Series) -> str:
    """Return what the plan has to be said beside a move: too small to matter, or confounded."""
    if row["verdict"] not in ("moved", "unsettled"):
        return ""
    said = []
    if max(abs(row["lower"]), abs(row["upper"])) <= row["matters"]:
        said.append(SMALL)
    elsewhere = row["identified_only_effect"] * row["effect"] < 0
    if elsewhere or row["identified_only_p"] > DOUBT:
        without = per_cent(float(np.expm1(row["identified_only_effect"])))
        dates = counted(int(row["identified_only_clusters"]), "date")
        said.append(f"{NOT_SEPARABLE} (without them {without} over {dates})")
    return ", and ".join(said)


def _missed(found: Contrast, size: str) -> str:
    """Say what would have been missed, beside an answer that is none."""
    if found.p_value <= LEVEL or not np.isfinite(found.detectable):
        return ""
    return f" It would miss {size} in about two cases of ten, smaller ones more often."


def _fading(found: Contrast) -> tuple[str, str]:
    many = counted(found.n, "announcement")
    span = f"{found.lower:+z.2f} to {found.upper:+z.2f}".replace("-", "−")
    slope = f"{found.effect:+z.2f}".replace("-", "−")
    first, last = found.table["session"].iloc[[0, -1]].dt.year
    tells = "this study cannot tell whether the reaction fades or grows"
    if found.p_value <= LEVEL:
        tells = f"the reaction {'grew' if found.effect > 0 else 'faded'}"
    words = (
        f"Over {many} from {first} to {last} the reaction changed by {slope} standard deviations "
        f"a year (95 % interval {span}): {tells}."
    )
    missed = f"a change of {found.detectable:.2f} standard deviations a year"
    words += _missed(found, missed)
    return words, f"{slope} standard deviations a year ({span}): {tells}"


def _announced(found: Contrast) -> tuple[str, str]:
    one, other = (float(np.expm1(found.table[c].mean())) for c in ("announced", "effective"))
    measures = counted(found.n, "measure")
    words = (
        f"Around the announcement of {measures} producers of the minerals concerned did on average "
        f"{per_cent(one)} against expectation, when they took effect {per_cent(other)}; with "
        f"{numeral(found.n)} dates, as the plan said beforehand, this study cannot tell."
    )
    words += _missed(
        found, f"a difference of {per_cent(float(np.expm1(found.detectable)), sign=False)}"
    )
    return words, f"Announced {per_cent(one)}, in effect {per_cent(other)}: cannot tell"


def _named(plan: Plan, found: Contrast) -> tuple[str, str]:
    inside = found.table[found.table["named"]]
    names = " and ".join(load_securities(list(inside["security"]))["name"])
    day = load_events(event_ids=[plan["questions"]["H8"]["event_id"]])["date"].iloc[0]
    effect, *ends, seen = np.expm1([found.effect, found.lower, found.upper, found.detectable])
    effect, span = per_cent(effect), interval(*ends)
    others = len(found.draws)
    looked = round(found.p_value * (others + 1)) - 1
    tells = "this study cannot tell"
    if found.p_value <= LEVEL:
        tells = "an unusual difference"
    words = (
        f"Around {day.day} {day:%B %Y}, when they were named on China's control list, {names} did "
        f"{effect} against {counted(len(found.table) - len(inside), 'peer')} (95 % interval "
        f"{span}): {tells}. Of {others:,} other sessions {numeral(looked)} showed a difference as "
        "large, up or down."
    )
    words += _missed(found, f"a difference of {per_cent(seen, sign=False)}")
    sets = comb(len(found.table), len(inside))
    alike = round(dict(found.checks)["peers"] * sets) - 1
    words += (
        f" Of the {sets - 1} other pairs among these {numeral(len(found.table))} firms "
        f"{numeral(alike)} differed from the rest by as much."
    )
    return words, f"{names} {effect} against peers ({span}): {tells}"
