"""What is the verdict on each direction, on both together, and on each group?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools, Floats
from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.eventstudy.statistics.dates import FEWEST_CLUSTERS
from rareearth_research.eventstudy.statistics.decision import decide
from rareearth_research.eventstudy.statistics.multiple import romano_wolf
from rareearth_research.eventstudy.statistics.parametric import spread
from rareearth_research.numerals import interval, p_said, per_cent
from rareearth_research.studies.planned.chance import draw_together, placebo_of
from rareearth_research.studies.planned.contrasts import found_often, quantile
from rareearth_research.studies.planned.measure import Clustered, Measured
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.words import told

__all__ = ["directions_detail", "judge_directions", "judge_groups", "said", "sum_judged"]

LEVEL = 0.05


def said(verdict: str, announcements: int) -> str:
    """Return a verdict in a title: with one or two dates a move is an unusual day."""
    if verdict == "unsettled" and announcements < FEWEST_CLUSTERS:
        return "an unusual day" if announcements == 1 else "unusual days"
    return SHOWN[verdict]


def judge_directions(measured: Mapping[str, Measured], drawn: Floats) -> pd.DataFrame:
    """Return the verdict on each direction, and on their sum, a row each.

    Parameters
    ----------
    measured : mapping
    drawn : ndarray, shape (1 + D, V)
        Statistics at the event and of the placebo draws, as `draw_together` gives them.
    """
    rows = []
    for column, (direction, found) in zip(drawn.T, measured.items(), strict=True):
        finding = found.finding
        placebo, draws = placebo_of(column, len(finding.means))
        decided = decide(finding, partial(float, placebo))
        words, _ = told(found, decided, placebo, draws)
        rows.append(
            {
                "direction": direction,
                "announcements": len(finding.means),
                "pairs": len(finding.car),
                "effect": finding.caar,
                "lower": finding.lower,
                "upper": finding.upper,
                "p_value": decided.p_value,
                "placebo_p": placebo,
                "detectable": finding.detectable,
                "verdict": decided.verdict,
                "words": words,
            }
        )
    if len(measured) == 2:
        rows.append(_sum(*(found.finding.means for found in measured.values())))
    return pd.DataFrame(rows)


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


def judge_groups(
    plan: Plan, measured: Mapping[str, Measured], members: Mapping[str, tuple[str, list[str]]]
) -> pd.DataFrame:
    """Return the verdict on each group, corrected for all of them, a row each."""
    drawn = draw_together(plan, list(measured.values())).statistic
    known: Bools = np.asarray(np.isfinite(drawn).all(axis=1))
    complete = bool(known[0]) and bool(known[1:].any())
    family = romano_wolf(drawn[0], drawn[1:]) if complete else np.full(len(measured), np.nan)
    rows = []
    for column, stepped, (name, found) in zip(drawn.T, [*family], measured.items(), strict=True):
        finding = found.finding
        p, draws = placebo_of(column, len(finding.means))
        corrected = max(float(stepped), p) if complete else float("nan")
        decided = decide(finding, partial(float, p), corrected if complete else None)
        words, _ = told(found, decided, p, draws)
        rows.append(
            {
                "group": members[name][0],
                "announcements": len(finding.means),
                "pairs": len(finding.car),
                "effect": finding.caar,
                "lower": finding.lower,
                "upper": finding.upper,
                "p_value": decided.p_value,
                "placebo_p": p,
                "family_p": corrected,
                "detectable": finding.detectable,
                "matters": finding.matters,
                "verdict": decided.verdict,
                "words": words,
            }
        )
    return pd.DataFrame(rows)


def directions_detail(table: pd.DataFrame) -> str:
    """Return the numbers behind each direction."""
    return " ".join(
        f"{row['direction'].capitalize()}: {p_said(row['p_value'])}; placebo "
        f"{p_said(row['placebo_p'])}; {row['announcements']} announcements, "
        f"{row['pairs']:.0f} pairs."
        for row in table[table["verdict"].notna()].to_dict("records")
    )
