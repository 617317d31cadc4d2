"""What is the verdict on each direction, on both together, and on each group?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats
from rareearth_research.eventstudy.chance.joint import JointDraws
from rareearth_research.eventstudy.chance.p_values import never_below, stepped_p
from rareearth_research.eventstudy.results.sentences import SHOWN, unusual
from rareearth_research.eventstudy.statistics.dates import FEWEST_CLUSTERS
from rareearth_research.eventstudy.statistics.decision import Decision, decide
from rareearth_research.eventstudy.statistics.parametric import spread
from rareearth_research.numerals import capital, counted, interval, p_said, per_cent, sentences
from rareearth_research.studies.planned.chance import draw_together, placebo_of
from rareearth_research.studies.planned.contrasts import found_often, quantile
from rareearth_research.studies.planned.headline import HEADLINE, PlannedStudy
from rareearth_research.studies.planned.measure import Clustered, Measured
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.words import told

LEVEL = 0.05
READ = {
    "effect": "caar",
    "detectable": "detectable_move",
}  # columns as tables for reading have them
SAID = ("words", "as_unusual", "other_sets")  # columns that sentences beside the table tell


def said(verdict: str, announcements: int) -> str:
    """Return a verdict in a title: with one or two dates a move is an unusual stretch."""
    if verdict == "unsettled" and announcements < FEWEST_CLUSTERS:
        return unusual("", announcements)
    return SHOWN[verdict]


def shortly(table: pd.DataFrame) -> str:
    """Say the first sentence on each of two directions; of one alone, all that is said of it."""
    one, *others = map(sentences, filter(None, table["words"]))
    return f"{one[0]} {others[0][0]}" if others else " ".join(one)


def judged(
    found: Measured,
    decided: Decision,
    placebo: tuple[float, int],
    words: str,
    family: float = float("nan"),
    news: int | None = None,
) -> dict[str, Any]:
    """Return the row of a table on which a sentence rests, with every count that it holds.

    Parameters
    ----------
    found : Measured
    decided : Decision
    placebo : float, int
        Placebo p-value, and of how many other sets of dates.
    words : str
    family : float, optional
        Corrected p-value.
    news : int, optional
        Announcements amid other listed events, by default as `Measured.other_news`.
    """
    finding, (p, sets) = found.finding, placebo
    return {
        "announcements": len(finding.means),
        "other_news": sum(map(bool, found.other_news.values())) if news is None else news,
        "securities": len(set(found.result.labels[1])),
        "pairs": len(finding.car),
        "effect": finding.caar,
        "lower": finding.lower,
        "upper": finding.upper,
        "p_value": decided.p_value,
        "placebo_p": p,
        "as_unusual": round(p * (sets + 1)) - 1 if np.isfinite(p) else 0,
        "other_sets": sets,
        "family_p": float(never_below(family, decided.p_value, p)),
        "detectable": finding.detectable,
        "matters": finding.matters,
        "verdict": decided.verdict,
        "words": words,
    }


def as_planned(planned: PlannedStudy, question: str) -> dict[str, Any]:
    """Return the row of a planned question."""
    row: pd.Series = planned.table.loc[question]  # type: ignore[assignment]
    answers, words = planned.answers, planned.words["words"][question]
    placebo = float(row["placebo_p"]), int(row["other_sets"])
    found, decided = answers.measured[question], answers.decisions[question]
    return judged(found, decided, placebo, words, row["family_p"], answers.news(question))


def judge_each(
    measured: Mapping[str, Measured], drawn: JointDraws, stepped: Floats | None = None
) -> list[dict[str, Any]]:
    """Return the verdict on each of several samples, corrected for all of them if asked for."""
    rows = []
    for v, found in enumerate(measured.values()):
        placebo = placebo_of(drawn, v)
        family = None if stepped is None else float(never_below(stepped[v], placebo[0]))
        decided = decide(found.finding, partial(float, placebo[0]), family)
        words, _ = told(found, decided, *placebo)
        rows.append(judged(found, decided, placebo, words, np.nan if family is None else family))
    return rows


def judge_directions(
    measured: Mapping[str, Measured], drawn: JointDraws, planned: PlannedStudy | None = None
) -> pd.DataFrame:
    """Return the verdict on each direction, and on their sum, a row each.

    Parameters
    ----------
    measured : mapping
    drawn : JointDraws
    planned : PlannedStudy, optional
        Where nothing was chosen, whose answers to H1 and H2 these are.
    """
    each = [as_planned(planned, q) for q in HEADLINE] if planned else judge_each(measured, drawn)
    rows = [{"direction": name} | row for name, row in zip(measured, each, strict=True)]
    if len(measured) == 2:
        rows.append(_sum(*(found.finding.means for found in measured.values())))
        for count in ("other_news", "pairs"):
            rows[-1][count] = rows[0][count] + rows[1][count]
    table = pd.DataFrame(rows, columns=list(rows[0]))
    counts = ["other_news", "securities", "pairs", "as_unusual", "other_sets"]
    return table.astype(dict.fromkeys(counts, "Int64")).drop(
        columns=["matters"] if planned else ["matters", "family_p"]
    )


def _sum(one: Floats, other: Floats) -> dict[str, Any]:
    """Judge whether the two means add up to nothing, by Welch's test over announcements."""
    from scipy.special import stdtr

    parts = np.array([spread(m) ** 2 / len(m) if len(m) > 1 else np.nan for m in (one, other)])
    effect, error = float(one.mean() + other.mean()), float(np.sqrt(parts.sum()))
    df = float(parts.sum() ** 2 / (parts**2 / (np.array([len(one), len(other)]) - 1)).sum())
    half, detectable = quantile(df) * error, found_often(df) * error
    p = float(2 * stdtr(df, -abs(effect / error)))
    lower, upper = effect - half, effect + half
    words = ""
    if np.isfinite(p):
        size = per_cent(float(np.expm1(detectable)), sign=False)
        tells = "easing did not undo what tightening did." if p <= LEVEL else (
            "whether easing undoes what tightening does this study cannot tell. It would miss a "
            f"remainder of {size} in about two cases of ten, smaller ones more often."
        )  # fmt: skip
        ends = interval(float(np.expm1(lower)), float(np.expm1(upper)))
        words = (
            f"Taken together the two moves leave {per_cent(float(np.expm1(effect)))} (95 % "
            f"interval {ends}): {tells}"
        )
    return {
        "direction": "sum of both", "announcements": len(one) + len(other), "effect": effect,
        "lower": lower, "upper": upper, "p_value": p, "detectable": detectable, "words": words,
    }  # fmt: skip


def sum_judged(both: tuple[Clustered, Clustered]) -> dict[str, Any]:
    """Judge a sum of two directions for `compare`."""
    row = _sum(*(found.finding.means for found in both))
    verdict = "moved" if row["p_value"] <= LEVEL else "cannot_tell"
    columns = ("effect", "lower", "upper", "p_value")
    return {
        "clusters": row["announcements"],
        "pairs": sum(len(found.finding.car) for found in both),
        **{column: row[column] for column in columns},
        "verdict": verdict,
    }


def judge_groups(plan: Plan, measured: Mapping[str, Measured]) -> list[dict[str, Any]]:
    """Return the verdict on each group, corrected for all of them, a row each."""
    drawn = draw_together(plan, list(measured.values()))
    stepped = stepped_p(drawn.statistic[0], drawn.statistic[1:])
    if np.isnan(stepped).any():
        return judge_each(measured, drawn)
    return judge_each(measured, drawn, stepped)


def tests_behind(table: pd.DataFrame) -> str:
    """Return the numbers behind each row, which the first column names."""
    said = []
    for row in table[table["verdict"].notna()].to_dict("records"):
        name, corrected = str(row[table.columns[0]]), row.get("family_p", np.nan)
        more = f"; corrected for all groups {p_said(corrected)}" if np.isfinite(corrected) else ""
        said.append(
            f"{capital(name)}: {p_said(row['p_value'])}; placebo "
            f"{p_said(row['placebo_p'])}{more}; "
            f"{counted(row['announcements'], 'announcement', digits=True)}, "
            f"{counted(row['pairs'], 'pair', digits=True)}."
        )
    return " ".join(said)
