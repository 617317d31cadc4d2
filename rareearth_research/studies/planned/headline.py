"""Do markets move when export controls are announced? The eight questions of the plan, answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.errors import listed
from rareearth_research.numerals import numeral
from rareearth_research.studies.answer import Notes, StudyAnswer
from rareearth_research.studies.planned.pairs import expected_pairs
from rareearth_research.studies.planned.plan import Plan, load_plan
from rareearth_research.studies.planned.robust import Change, robustness, survived
from rareearth_research.studies.planned.verdicts import POOLED, Answers, answer_all
from rareearth_research.studies.planned.words import SIGNS, planned_detail, planned_words
from rareearth_research.summary import Summary, options_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PlannedStudy", "planned_questions"]

HEADLINE = ("H1", "H2")  # whose sentences are the finding


@dataclass(frozen=True, repr=False)
class PlannedStudy(StudyAnswer):
    """Result of `planned_questions`; `table` holds one row per question of the plan.

    Attributes
    ----------
    plan : Plan
    answers : Answers
    words : DataFrame
        Sentence and title of each question: ``words, title``.
    """

    plan: Plan
    answers: Answers
    words: pd.DataFrame

    @property
    def shown(self) -> pd.DataFrame:
        """The questions whose answer is a return, for reading."""
        renamed = {"effect": "caar", "matters": "matters_from"}
        columns = ["verdict", "clusters", "pairs", "caar", "lower", "upper", "p_value",
                   "placebo_p", "family_p", "matters_from"]  # fmt: skip
        return self.table.rename(columns=renamed).drop("H5")[columns]

    @property
    def said(self) -> pd.DataFrame:
        """Each question with its answer in words."""
        return self.table[["ask"]].join(self.words["words"])

    @property
    def attrition(self) -> pd.DataFrame:
        """Every pair of the pooled questions: ``question, event_id, security, status, reason``.

        ``planned`` says whether the plan expected it to be measured.
        """
        parts = []
        for name, found in self.answers.measured.items():
            expected = expected_pairs(self.plan, name)
            pairs = zip(found.attrition["event_id"], found.attrition["security"], strict=True)
            part = found.attrition.assign(planned=[pair in expected for pair in pairs])
            part.insert(0, "question", name)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def tried(self, question: str, further: Iterable[Change] = ()) -> Summary:
        """Answer a pooled question again with one thing changed at a time; see `robustness`.

        Parameters
        ----------
        question : str
            Such as ``"H1"``.
        further : iterable of (str, Measured)
            Changes that the plan does not list.
        """
        return survived(robustness(self.plan, {question: self.answers.measured[question]}, further))

    @property
    def seen(self) -> pd.DataFrame:
        """What had been seen when the plan was written: ``who, what``."""
        return self.plan.seen

    @property
    def deviations(self) -> pd.DataFrame:
        """What departs from the plan; no row where nothing does."""
        columns = ["id", "date", "what", "why", "results_seen", "effect_on_headline"]
        return pd.DataFrame(list(self.plan.deviations), columns=columns)

    @options_of("plot_questions")
    def plot(self, **options: Any) -> Figure:
        """Draw the answer to each question with its interval and what matters."""
        from rareearth_research.plots import plot_questions

        return plot_questions(self.table, **options)

    @options_of("plot_over_time")
    def plot_over_time(self, **options: Any) -> Figure:
        """Draw the mean of each announcement of H1 against its date."""
        from rareearth_research.plots import plot_over_time

        options.setdefault("title", self.words.loc["H5", "title"])
        return plot_over_time(self.answers.measured["H1"].clusters, **options)


def planned_questions() -> PlannedStudy:
    """Answer the questions of the plan that was fixed before any result of theirs was seen.

    Returns
    -------
    PlannedStudy

    Notes
    -----
    Events, groups, windows, tests, families and the sizes that matter are those of ``plan.yaml``,
    which has no parameter. The effect is the mean over announcements of the mean CAR of the
    securities exposed to each, so that every announcement counts once. The verdict follows the
    more cautious of a test over securities and one over dates, and has to survive sign flips,
    4,999 placebo sets of dates and the correction for six questions.
    """
    plan = load_plan()
    answers = answer_all(plan)
    words = planned_words(plan, answers)
    return PlannedStudy(
        parameters={},
        finding=" ".join(words.loc[list(HEADLINE), "words"]),
        limits=Notes(_limits(plan, answers)),
        table=_readable(answers.table),
        detail=planned_detail(answers.table, HEADLINE),
        plan=plan,
        answers=answers,
        words=words,
    )


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    """Add what the plan wants printed beside the verdict."""
    table = table.copy()
    sign = table["expected"].map(SIGNS)
    said = np.where(sign * table["effect"] > 0, "as expected", "against expectation")
    table.insert(2, "sign", np.where(sign.isna(), "none expected", said))
    # a one-sided test in the expected direction is secondary, and never decides
    one_sided = np.where(sign * table["effect"] > 0, 0.5, -0.5) * table["p_value"]
    one_sided = np.where(one_sided < 0, 1 + one_sided, one_sided)
    shown = table.index.isin(["H1", "H2", "H4"])
    table["one_sided_p"] = np.where(shown, one_sided, np.nan)
    return table


def _limits(plan: Plan, answers: Answers) -> list[str]:
    """Say what the plan has to say of itself, and what was lost of it."""
    about = plan["plan"]
    lost = won = 0
    for name in POOLED:
        ledger = answers.measured[name].attrition
        kept = ledger[ledger["status"] == "kept"]
        got = set(zip(kept["event_id"], kept["security"], strict=True))
        expected = expected_pairs(plan, name)
        lost, won = lost + len(expected - got), won + len(got - expected)
    overlap = about["blindness"]["consequence"]
    written = (
        f"The plan was written on {about['written']:%d %B %Y}; its file has the SHA-256 "
        f"{plan.sha256[:16]}… and never changes. {overlap}"
    )
    pairs = (
        f"Of the pairs that the plan expected {numeral(lost)} had no prices around the "
        f"announcement; {numeral(won) if won else 'none'} came in unexpected."
    )
    return [
        written,
        f"How events were coded may hang on reactions: {about['blindness']['coding_risk']}.",
        pairs,
        _departures(plan),
        "That prices moved around announcements does not show that announcements moved them.",
    ]


def _departures(plan: Plan) -> str:
    if not plan.deviations:
        return "Nothing departs from the plan."
    names = listed([str(entry["id"]) for entry in plan.deviations])
    return f"Departures from the plan, each beside the planned result: {names}."
