"""How far does the news reach? Markets, makers and users, and which exchange answered first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice
from rareearth_research.choices import StudyModel
from rareearth_research.datasets import load_events, load_securities
from rareearth_research.eventstudy.inputs.checks import check_estimation, check_windows
from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.numerals import counted, interval, per_cent
from rareearth_research.studies.across.announcements import ledger_of, not_measured
from rareearth_research.studies.across.asked import GROUPS, measured_groups, members_of, untouched
from rareearth_research.studies.across.attempts import tried_again
from rareearth_research.studies.across.beside import BesidePlan
from rareearth_research.studies.across.judging import judge_groups, said
from rareearth_research.studies.across.order import (
    DATES,
    first_to_react,
    first_words,
    gap_judged,
    gaps_of,
    means_of,
    steps_of,
)
from rareearth_research.studies.answer import Notes
from rareearth_research.studies.own_files import reads_files
from rareearth_research.studies.planned.headline import planned_questions
from rareearth_research.studies.planned.measure import Measured, events_of
from rareearth_research.studies.planned.plan import load_plan
from rareearth_research.studies.planned.robust import broken_words, compare
from rareearth_research.studies.planned.rows import event_rows
from rareearth_research.studies.planned.words import paths_title, planned_detail
from rareearth_research.studies.sample import (
    MODELS,
    event_words,
    names_or_all,
    own_words,
    refuse_unmeasured,
)
from rareearth_research.summary import Summary, options_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SpilloverStudy", "spillovers"]

ANSWERED = ["H3", "H4", "H8"]  # planned questions that this study answers


@dataclass(frozen=True, repr=False)
class SpilloverStudy(BesidePlan):
    """Result of `spillovers`; `table` holds one row per group.

    Attributes
    ----------
    events, securities : DataFrame
        What was studied.
    cells : DataFrame
        Announcement by group: ``event_id, name, session, group, n, effect``.
    clock : DataFrame
        Which exchange could react first to each announcement, where the hour is known, and what
        its producers did in that session: ``event_id, exchange, city, order, hours_after, n,
        effect``.
    steps : DataFrame
        By place and session −1, 0 and +1: what producers did, a mean over announcements.
    measured : mapping of Measured
        By group.
    measures : DataFrame or None
        Every major measure in every market, where nothing was chosen; see `event_rows`.
    """

    events: pd.DataFrame
    securities: pd.DataFrame
    cells: pd.DataFrame
    clock: pd.DataFrame
    steps: pd.DataFrame
    measured: Mapping[str, Measured]
    measures: pd.DataFrame | None

    def summary(self) -> Summary:
        """Return the finding, the verdicts and the limits (text and HTML)."""
        return Summary(self.finding, self.shown["groups"], self.limits)

    @property
    def shown(self) -> dict[str, pd.DataFrame]:
        """The tables for reading: ``groups, steps, clock, measures``."""
        tables = {
            "groups": self.table.drop(columns=["words", "matters"]),
            "steps": self.steps,
            "clock": self.clock.drop(columns="exchange"),
        }
        if self.measures is not None:
            columns = ["name", "date", "direction", "group", "n", "effect", "lower", "upper",
                       "placebo_p", "family_p", "detectable", "identified", "why", "status",
                       "verified", "added"]  # fmt: skip
            found = self.measures.assign(identified=self.measures["flagged_by"] == "")
            tables["measures"] = found[columns].rename(columns={"why": "reason"})
        names = {"effect": "caar", "detectable": "detectable_move"}
        return {name: frame.rename(columns=names) for name, frame in tables.items()}

    @cached_property
    def tests(self) -> dict[str, Summary]:
        """Each sentence of the finding asked again with one thing changed at a time.

        Of the planned questions where nothing was chosen, else of the clearest group; the first
        exchange without each announcement in turn, where there are enough of them.
        """
        asked = {"Chinese producers": "H3", "users": "H4", "the firms named": "H8"}
        planned = self.planned
        if planned:
            found = {what: planned.tried(name) for what, name in asked.items()}
        else:
            clearest = str(_clearest(self.table)["group"])
            again = tried_again(load_plan(), self.measured[clearest], self.parameters)
            found = {"the clearest group": again}
        if len(gaps_of(self.clock)) > DATES:
            found["which exchange answered more"] = self._first_tried()
        return found

    def _first_tried(self) -> Summary:
        gap = gaps_of(self.clock)
        names = self.events.set_index("event_id")
        changed = {f"without {event_words(names.loc[e])}": gap.drop(e) for e in gap.index}
        found = compare("first exchange", gap, changed, gap_judged)
        shown = found.drop(columns=["question", "why", "pairs"]).rename(columns={"effect": "caar"})
        return Summary(broken_words(found), shown)

    @property
    def title(self) -> str:
        """The finding in a line: the planned questions, or the clearest group."""
        if self.planned:
            return paths_title(self.planned.table, self.planned.words, ANSWERED[:2])
        first: pd.Series = _clearest(self.table)
        effect, *ends = np.expm1(first[["effect", "lower", "upper"]].astype(float))
        verdict = said(first["verdict"], first["announcements"])
        return (
            f"Exploratory: {first['group']} {per_cent(effect)} ({interval(*ends)}): {verdict}"
            f"{f', the clearest of {len(self.table)} groups' * (len(self.table) > 1)}"
        )

    @options_of("plot_groups")
    def plot(self, **options: Any) -> Figure:
        """Draw the mean of each group with its interval."""
        from rareearth_research.plots import plot_groups

        options.setdefault("title", self.title)
        return plot_groups(self.table, **options)

    @options_of("plot_event_map")
    def plot_measures(self, **options: Any) -> Figure | None:
        """Draw every major measure in every market, where nothing was chosen."""
        from rareearth_research.plots import plot_event_map

        return None if self.measures is None else plot_event_map(self.measures, **options)

    @options_of("plot_cells")
    def plot_cells(self, **options: Any) -> Figure:
        """Draw the mean of each group around each announcement as a map."""
        from rareearth_research.plots import plot_cells

        return plot_cells(self.cells, **options)


@reads_files
def spillovers(
    event_ids: Sequence[str] | str = (),
    groups: Sequence[str] | str = GROUPS,
    window: Sequence[int] = (-1, 1),
    benchmark: str = "local",
    model: StudyModel = "market",
    estimation: Sequence[int] = (-260, -11),
    events_file: str = "",
    prices_file: str = "",
    exchanges: str | Mapping[str, str] = "",
) -> SpilloverStudy:
    """Compare what producers, magnet makers and users did around the same announcements.

    Parameters
    ----------
    event_ids : sequence of str
        Empty: the tightenings of the plan.
    groups : sequence of str
        ``producers_new_york, producers_sydney, producers_china`` (as the plan lists them), or
        groups of `load_groups`.
    window : (int, int)
        Sessions around the announcement.
    benchmark : str
    model : str
    estimation : (int, int)
        As in `event_study`.
    events_file, prices_file : str
    exchanges : str or mapping
        As in `event_study`. Securities of your own are a further group, ``yours``.

    Returns
    -------
    SpilloverStudy

    Raises
    ------
    SpecificationError
        For an unknown group, groups of which none can be measured, or as `EventStudy`.

    Notes
    -----
    Each announcement counts once in a group: its mean CAR over the securities exposed to it, of
    which there must be two. A security of a mineral is exposed to measures on its mineral, a magnet
    maker or user to all. Family p-values are those of Romano and Wolf over the groups, from draws
    that move an announcement to the same session in all of them. An exchange *could react first* if
    it traded, or opened next, before all others wherever in its interval the announcement fell.
    """
    asked = dict(locals())
    check_choice("model", model, MODELS)
    span = check_windows([window], check_estimation(estimation))[0]
    plan = load_plan()
    wanted = names_or_all("event_ids", event_ids)
    as_planned = untouched(spillovers, asked)
    events = load_events(event_ids=wanted or events_of(plan, "tightening"))
    members = members_of(plan, names_or_all("groups", groups), bool(prices_file))
    listed = load_securities(list(dict.fromkeys(t for _, own in members.values() for t in own)))
    refuse_unmeasured(listed, benchmark, [model])
    options = {"benchmark": benchmark, "model": model, "estimation": estimation}
    measured, missing = measured_groups(plan, events, members, {"windows": [span], **options})
    titled = {members[name][0]: found for name, found in measured.items()}
    steps = steps_of(plan, events, members, options)
    table = judge_groups(plan, measured, members)
    planned = planned_questions() if as_planned else None
    clock = first_to_react(events, steps)
    by_step = means_of(steps)
    finding = " ".join(planned.words.loc[ANSWERED, "words"]) if planned else _finding(table)
    return SpilloverStudy(
        parameters=asked,
        finding=f"{finding} {first_words(clock)}".strip(),
        limits=Notes(
            [
                own_words(events, listed, "latest"),
                *(planned.limits if planned else ()),
                f"Not measured: {'; '.join(missing)}." if missing else "",
                not_measured(events, measured.values()),
                (
                    "Beyond the planned questions every comparison of groups here is exploratory. "
                    "Groups overlap in time and share news: that one moved and another did not is "
                    "no test of their difference."
                ),
                (
                    "Returns are in local currency. A market that opens hours after an "
                    "announcement sees it with all that happened in between."
                ),
            ]
        ),
        table=table,
        detail=planned_detail(planned.table, ANSWERED[:2]) if planned else "",
        events=events,
        securities=listed,
        cells=_cells(measured, members, events),
        clock=clock,
        steps=by_step,
        measures=event_rows(plan) if as_planned else None,
        planned=planned,
        measured=titled,
        attrition=ledger_of("group", titled),
    )


def _clearest(table: pd.DataFrame) -> pd.Series:
    return table.sort_values("p_value", kind="stable").iloc[0]


def _finding(table: pd.DataFrame) -> str:
    """Lead with the clearest group, and count the verdicts of all."""
    first = _clearest(table)
    if len(table) == 1:
        return str(first["words"])
    counts = table["verdict"].value_counts()
    counts_said = ", ".join(f"{SHOWN[str(code)]} {n}" for code, n in counts.items())
    return f"{first['words']} Of {counted(len(table), 'group')}, exploratory: {counts_said}."


def _cells(
    measured: Mapping[str, Measured],
    members: Mapping[str, tuple[str, list[str]]],
    events: pd.DataFrame,
) -> pd.DataFrame:
    parts = [
        found.clusters.rename(columns={"mean": "effect"}).assign(group=members[name][0])
        for name, found in measured.items()
    ]
    cells = pd.concat(parts, ignore_index=True).drop(columns="scar")
    return cells.merge(events[["event_id", "name", "date", "direction"]], on="event_id")
