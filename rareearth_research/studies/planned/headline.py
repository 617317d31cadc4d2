"""Do markets move when export controls are announced? The eight questions of the plan, answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice
from rareearth_research.datasets import load_events
from rareearth_research.studies.answer import Notes, StudyAnswer
from rareearth_research.studies.planned import robust
from rareearth_research.studies.planned.contrasts import fading
from rareearth_research.studies.planned.notes import plan_notes
from rareearth_research.studies.planned.pairs import expected_pairs
from rareearth_research.studies.planned.paths import MeanPath, mean_paths, named_paths
from rareearth_research.studies.planned.plan import Plan, load_plan
from rareearth_research.studies.planned.power import power_table, power_words
from rareearth_research.studies.planned.published import beside
from rareearth_research.studies.planned.verdicts import Answers, answer_all
from rareearth_research.studies.planned.ways import Ways
from rareearth_research.studies.planned.words import (
    SIGNS,
    paths_title,
    planned_detail,
    planned_words,
)
from rareearth_research.summary import Summary, options_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEADLINE = ("H1", "H2")  # whose sentences are the finding
ALIKE = (("H1", "H2", "H6"), ("H3",), ("H4",))  # of the same securities
GROUPS = {
    "H1": "producers outside China",
    "H2": "producers outside China",
    "H3": "producers in China",
    "H4": "users",
}


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
        renamed = {"effect": "caar", "matters": "matters_from", "detectable": "detectable_move"}
        columns = ["verdict", "clusters", "pairs", "caar", "lower", "upper", "p_value",
                   "placebo_p", "family_p", "detectable_move", "matters_from"]  # fmt: skip
        return self.table.rename(columns=renamed).drop("H5")[columns]

    @property
    def checked(self) -> pd.DataFrame:
        """Every test behind each answer, and the answer without announcements amid other news."""
        columns = ["expected", "sign", "kp_p", "date_t_p", "date_flip_p", "placebo_p",
                   "one_sided_p", "family_p", "identified_only_clusters", "identified_only_caar",
                   "identified_only_p", "verdict"]  # fmt: skip
        renamed = {"identified_only_effect": "identified_only_caar"}
        return self.table.rename(columns=renamed)[columns]

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

    @cached_property
    def by_announcement(self) -> pd.DataFrame:
        """Every announcement of H1 to H4 alone, by group; see `Measured.each`."""
        parts = []
        for name, group in GROUPS.items():
            direction = self.plan["questions"][name]["sample"].partition("_")[0]
            each = self.answers.measured[name].each
            parts.append(each.assign(question=name, group=group, direction=direction))
        every = pd.concat(parts, ignore_index=True)
        known = load_events().set_index("event_id")
        return every.assign(
            name=every["event_id"].map(known["name"]),
            date=every["event_id"].map(known["date"]),
            other_news=np.where(every["event_id"].isin(self.plan.flagged), "yes", ""),
        )

    @cached_property
    def power(self) -> pd.DataFrame:
        """What each pooled question could detect, and the plan's assumptions; see `power_table`."""
        return power_table(self.plan, self.table)

    @cached_property
    def paths(self) -> dict[str, MeanPath]:
        """Mean paths of the pooled questions around their announcements; see `mean_paths`."""
        answers = self.answers
        return mean_paths(self.plan, answers.measured, answers.drawn)

    def tried(self, question: str) -> Summary:
        """Answer a question again with one thing changed at a time; see `compare`.

        Parameters
        ----------
        question : str
            A pooled one such as ``"H1"``, or ``"H5"`` or ``"H8"``.
        """
        found = self.compared(question)
        shown = found.drop(columns=["question", "why"])
        if question != "H5":  # which is no return
            shown = shown.rename(columns={"effect": "caar"})
        return Summary(
            robust.broken_words(found, verdict=str(self.table.loc[question, "verdict"])), shown
        )

    def compared(self, question: str) -> pd.DataFrame:
        """Return `compare` of a pooled question, of ``"H5"`` or of ``"H8"``."""
        check_choice("question", question, [*self.answers.measured, "H5", "H8"])
        contrast = self.answers.contrasts.get(question)
        planned: Any = contrast or self.answers.measured[question]
        judge: Any = partial(robust.contrasted, self.plan, question) if contrast else robust.pooled
        return robust.compare(question, planned, self.changed(question), judge)

    def changed(self, question: str) -> Mapping[str, Any]:
        """Return what a question gives with each of the plan's changes, measured once."""
        if question not in self._changed:
            if question == "H8":
                found: Any = robust.changes_of_named(self.plan)
            elif question == "H5":
                found = {
                    change: one if isinstance(one, Exception) else fading(self.plan, one)
                    for change, one in self.changed("H1").items()
                }
            else:
                found = robust.changes(self.plan, question, self.ways[question])
            self._changed[question] = found
        return self._changed[question]

    @cached_property
    def ways(self) -> dict[str, Ways]:
        """The pairs of each pooled question, to be fitted in other ways."""
        of = [Ways(self.plan, questions) for questions in ALIKE]
        return {name: ways for ways, names in zip(of, ALIKE, strict=True) for name in names}

    @cached_property
    def _changed(self) -> dict[str, Mapping[str, Any]]:
        return {}

    @property
    def literature(self) -> pd.DataFrame:
        """What others found on these questions, as far as it was read, with our numbers beside."""
        return beside(self.plan, self.answers)

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

    @options_of("plot_planned_paths", "titles")
    def plot_paths(self, **options: Any) -> Figure:
        """Draw the mean path of H1 to H4 with placebo paths and other news."""
        from rareearth_research.plots import plot_planned_paths

        shown = {name: self.paths[name] for name in ("H1", "H2", "H3", "H4")}
        options.setdefault("title", paths_title(self.table, self.words))
        return plot_planned_paths(shown, dict(self.words["title"]), **options)

    @options_of("plot_forest_groups")
    def plot_forest(self, **options: Any) -> Figure:
        """Draw every announcement of H1 to H4 in each group, hollow where other news fell."""
        from rareearth_research.plots import plot_forest_groups

        return plot_forest_groups(self.by_announcement, **options)

    @options_of("plot_needed")
    def plot_power(self, **options: Any) -> Figure:
        """Draw what each pooled question could detect, and how many announcements it would need."""
        from rareearth_research.plots import plot_needed

        options.setdefault("title", power_words(self.power))
        return plot_needed(self.power, **options)

    @options_of("plot_named", "named", "effect", "drawn")
    def plot_named(self, **options: Any) -> Figure:
        """Draw the firms named on 22 June 2026 against their peers, and other sessions."""
        from rareearth_research.plots import plot_named

        found = self.answers.contrasts["H8"]
        named = list(found.table.loc[found.table["named"], "security"])
        options.setdefault("title", self.words.loc["H8", "title"])
        drawn = found.draws * found.effect / found.statistic
        return plot_named(named_paths(self.plan), named, found.effect, drawn, **options)

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
        limits=Notes(plan_notes(plan, answers)),
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
