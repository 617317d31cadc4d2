"""What is the answer to each planned question? The plan's rule, applied once to all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.eventstudy.chance.joint import JointDraws
from rareearth_research.eventstudy.chance.p_values import never_below
from rareearth_research.eventstudy.statistics.decision import Decision, decide
from rareearth_research.eventstudy.statistics.multiple import adjust, romano_wolf
from rareearth_research.studies.planned.chance import draw_together, placebo_of
from rareearth_research.studies.planned.contrasts import (
    Contrast,
    announced_or_effective,
    fading,
    named_or_peers,
)
from rareearth_research.studies.planned.limits import PriceLimits, price_limits
from rareearth_research.studies.planned.measure import Measured, measure
from rareearth_research.studies.planned.plan import Plan

POOLED = ("H1", "H2", "H3", "H4", "H6")  # means over clusters of announcements
LEVEL, DOUBT = 0.05, 0.10
FEWEST_CLUSTERS = 6  # of a pooled question, unless nothing larger moved


@dataclass(frozen=True, eq=False)
class Answers:
    """The planned questions, answered.

    Attributes
    ----------
    table : DataFrame
        One row per question, H1 to H8; effects are fractions of log returns (H5: standard
        deviations a year).
    measured, identified : mapping
        Of the pooled questions: as planned, and without announcements in whose windows other
        listed news fell.
    contrasts : mapping
        H5, H7 and H8.
    drawn : JointDraws
        Of the pooled questions, moved together.
    decisions : mapping
        Of the pooled questions.
    limits : PriceLimits
        Closes at daily price limits in H3, and what is left without them.
    """

    table: pd.DataFrame
    measured: Mapping[str, Measured]
    identified: Mapping[str, Measured]
    contrasts: Mapping[str, Contrast]
    drawn: JointDraws
    decisions: Mapping[str, Decision]
    limits: PriceLimits

    def news(self, name: str) -> int:
        """Count the announcements of a pooled question amid other listed events, as planned."""
        return len(self.measured[name].clusters) - len(self.identified[name].clusters)


def answer_all(plan: Plan) -> Answers:
    """Answer every question of the plan.

    Notes
    -----
    The verdict is `decide` with the mean over clusters of announcements as the effect. Corrected
    within two families, as planned: H1, H2, H3, H4, H6 and H8 by Romano-Wolf from draws that move
    an announcement to the same session in all of them, H5 and H7 by Holm. A pooled question with
    fewer than six clusters is `none_larger` or `cannot_tell`; H7 is always the latter.
    """
    measured = {name: measure(plan, name) for name in POOLED}
    identified = {
        name: found.part(~np.isin(found.events, plan.flagged)) for name, found in measured.items()
    }
    drawn = draw_together(plan, list(measured.values()))
    contrasts = {
        "H5": fading(plan, measured["H1"]),
        "H7": announced_or_effective(plan),
        "H8": named_or_peers(plan),
    }
    placebo = {name: placebo_of(drawn, v) for v, name in enumerate(POOLED)}
    family = _families(plan, drawn, contrasts, [p for p, _ in placebo.values()])
    decisions, rows = {}, {}
    for name, found in measured.items():
        decisions[name] = _decided(found, placebo[name][0], family[name])
        rows[name] = _pooled(found, identified[name], decisions[name], *placebo[name])
    for name, contrast in contrasts.items():
        rows[name] = _compared(plan, name, contrast, family[name])
    table = pd.DataFrame.from_dict(rows, orient="index").sort_index().rename_axis("question")
    asked = plan.questions.loc[table.index]
    table.insert(0, "ask", asked["ask"])
    table.insert(1, "expected", asked["expected"])
    raw = ["kp_p", "date_t_p", "date_flip_p", "placebo_p", "p_value"]
    table["family_p"] = never_below(pd.Series(family)[table.index], *table[raw].to_numpy().T)
    sizes = pd.Series(plan["inference"]["smallest_effect_that_matters"]) / 100
    table["matters"] = sizes.reindex(table.index)
    limits = price_limits(plan, "H3", measured["H3"])
    return Answers(table, measured, identified, contrasts, drawn, decisions, limits)


def _decided(found: Measured, placebo: float, family: float) -> Decision:
    decided = decide(found.finding, lambda: placebo, family)
    few = len(found.finding.means) < FEWEST_CLUSTERS
    return decided._replace(verdict="cannot_tell") if few and decided.verdict in (
        "moved", "unsettled") else decided  # fmt: skip


def _families(
    plan: Plan,
    drawn: JointDraws,
    contrasts: Mapping[str, Contrast],
    placebo: list[float],
) -> dict[str, float]:
    """Return the corrected p-value of every question within its family."""
    named, asked = contrasts["H8"], plan["inference"]["placebo"]
    # its one announcement is in no other question: it moves on its own
    rng = np.random.default_rng(asked["seed"])
    own = rng.choice(named.draws, len(drawn.statistic) - 1)
    observed = np.append(drawn.statistic[0], named.statistic)
    stepped = romano_wolf(observed, np.column_stack([drawn.statistic[1:], own]))
    # a question alone cannot be rarer than by its own draws
    alone = [*placebo, named.p_value]
    family = dict(zip([*POOLED, "H8"], map(float, np.maximum(stepped, alone)), strict=True))
    holm = adjust([contrasts[name].p_value for name in ("H5", "H7")])
    return family | dict(zip(("H5", "H7"), map(float, holm), strict=True))


def _pooled(
    found: Measured, identified: Measured, decided: Decision, placebo: float, sets: int
) -> dict[str, Any]:
    finding, clear = found.finding, identified.finding
    views = [p for p in (clear.leading.p_value, clear.date_t.p_value) if np.isfinite(p)]
    return {
        "clusters": len(finding.means),
        "pairs": len(finding.car),
        "effect": finding.caar,
        "lower": finding.lower,
        "upper": finding.upper,
        "kp_p": float(finding.leading.p_value),
        "date_t_p": float(finding.date_t.p_value),
        "date_flip_p": float(finding.date_flip.p_value),
        "placebo_p": placebo,
        "other_sets": sets,
        "p_value": decided.p_value,
        "detectable": finding.detectable,
        "identified_only_clusters": len(clear.means),
        "identified_only_effect": clear.caar,
        "identified_only_p": float(max(views)) if views else np.nan,
        "mean_over_pairs": float(finding.car.mean()),
        "failed": ";".join(decided.failed),
        "verdict": decided.verdict,
    }


def judge_contrast(plan: Plan, name: str, found: Contrast, family: float) -> tuple[str, list[str]]:
    """Return the verdict on a contrast, and the checks that failed."""
    sizes = plan["inference"]["smallest_effect_that_matters"]
    matters = sizes.get(name, 0) / 100
    fails = {
        "interval": not (found.lower > 0 or found.upper < 0),
        "family": family > LEVEL,
        **{check: p > DOUBT for check, p in found.checks},
    }
    failed = [check for check, fails_it in fails.items() if fails_it]
    if name == "H7":
        return "cannot_tell", failed
    if found.p_value <= LEVEL:
        return "unsettled" if failed else "moved", failed
    inside = max(abs(found.lower), abs(found.upper)) <= matters
    return "none_larger" if inside else "cannot_tell", failed


def counted_and_found(found: Contrast) -> dict[str, float]:
    """Return the counts of a contrast, its difference and interval, as columns of a table."""
    ends = {"effect": found.effect, "lower": found.lower, "upper": found.upper}
    return {"clusters": found.n, "pairs": found.pairs, **ends}


def _compared(plan: Plan, name: str, found: Contrast, family: float) -> dict[str, Any]:
    """Return the row of a contrast, whose verdict has a rule of its own in the plan."""
    verdict, failed = judge_contrast(plan, name, found, family)
    told = {"date_t_p": found.p_value} if name == "H7" else {}
    told |= {"placebo_p": found.p_value} if name == "H8" else {}
    return {
        **counted_and_found(found),
        **told,
        "p_value": found.p_value,
        "detectable": found.detectable,
        "failed": ";".join(failed) if found.p_value <= LEVEL else "",
        "verdict": verdict,
    }
