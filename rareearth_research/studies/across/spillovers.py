"""How far does the news reach? Markets, makers and users, and which exchange answered first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth_research.arguments import check_choice
from rareearth_research.choices import StudyModel
from rareearth_research.datasets import load_events, load_securities
from rareearth_research.eventstudy.inputs.checks import check_estimation, check_windows
from rareearth_research.labels import LOG_WORDS
from rareearth_research.studies.across import judging, order, wording
from rareearth_research.studies.across.announcements import ledger_of, named_beside, not_measured
from rareearth_research.studies.across.asked import GROUPS, measured_groups, members_of, untouched
from rareearth_research.studies.across.attempts import tried_again
from rareearth_research.studies.across.beside import BesidePlan
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

ANSWERED = {"H3": "producers in China", "H4": "users of critical minerals"}  # questions, groups
NAMED = "H8"  # the planned question on firms named on a list


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
    said : Notes
        The answer for each group, in the order of the table, and which exchange answered first.
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
    said: Notes

    def summary(self) -> Summary:
        """Return the finding, the verdicts and the limits (text and HTML)."""
        return Summary(self.finding, self.shown["groups"], self.limits)

    @property
    def shown(self) -> dict[str, pd.DataFrame]:
        """The tables for reading: ``groups``; ``steps, clock, measures`` where there are any."""
        hidden = [*judging.SAID, "matters", *["planned"] * (self.planned is None)]
        tables = {"groups": self.table.drop(columns=hidden)}
        if len(self.steps):  # else no producers were asked for
            tables |= {"steps": self.steps, "clock": self.clock.drop(columns="exchange")}
        if self.measures is not None:
            columns = ["name", "date", "direction", "group", "n", "effect", "lower", "upper",
                       "placebo_p", "family_p", "detectable", "identified", "why", "status",
                       "verified", "added"]  # fmt: skip
            found = self.measures.assign(identified=self.measures["flagged_by"] == "")
            tables["measures"] = found[columns].rename(columns={"why": "reason"})
        return {name: frame.rename(columns=judging.READ) for name, frame in tables.items()}

    @cached_property
    def tests(self) -> dict[str, Summary]:
        """Each sentence of the finding asked again with one thing changed at a time.

        Of the planned questions, else of the clearest group, and of the first exchange to react.
        """
        asked = {"Chinese producers": "H3", "users": "H4", "the firms named": "H8"}
        if self.planned:
            found = {what: self.planned.tried(name) for what, name in asked.items()}
        else:
            first = wording.clearest(self.table)
            of, verdict = self.measured[first["group"]], first["verdict"]
            found = {"the clearest group": tried_again(load_plan(), of, self.parameters, verdict)}
        if len(order.gaps_of(self.clock)) > order.DATES:
            found["which exchange answered more"] = self._first_tried()
        return found

    def _first_tried(self) -> Summary:
        gap = order.gaps_of(self.clock)
        names = self.events.set_index("event_id")
        changed = {f"without {event_words(names.loc[e])}": gap.drop(e) for e in gap.index}
        found = compare("first exchange", gap, changed, order.gap_judged)
        shown = found.drop(columns=["question", "why", "pairs"]).rename(columns=judging.READ)
        return Summary(broken_words(found), shown)

    @property
    def title(self) -> str:
        """The finding in a line: every group by its verdict, the planned or clearest one first."""
        table = self.table
        if self.planned:
            first = paths_title(self.planned.table, self.planned.words, ANSWERED)
            return f"{first}; exploratory, {wording.by_verdict(table[~table['planned']])}"
        return wording.title_of(table)

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
    events = load_events(event_ids=wanted or events_of(plan, "tightening"))
    members = members_of(plan, names_or_all("groups", groups), bool(prices_file))
    listed = load_securities(list(dict.fromkeys(t for _, own in members.values() for t in own)))
    refuse_unmeasured(listed, benchmark, [model])
    options = {"benchmark": benchmark, "model": model, "estimation": estimation}
    measured, missing = measured_groups(plan, events, members, {"windows": [span], **options})
    steps = order.steps_of(plan, events, members, options)
    titled = {members[name][0]: found for name, found in measured.items()}
    planned = planned_questions() if untouched(spillovers, asked) else None
    rows = []
    if planned:  # whose samples and draws are one for finding, table and picture
        answered = {title: planned.answers.measured[q] for q, title in ANSWERED.items()}
        titled = answered | {name: of for name, of in titled.items() if name not in answered}
        rows = [judging.as_planned(planned, question) for question in ANSWERED]
    rows += judging.judge_groups(plan, dict(list(titled.items())[len(rows) :]))
    table = pd.DataFrame(rows)
    table.insert(0, "group", list(titled))
    table.insert(1, "planned", table["group"].isin(ANSWERED.values()) & (planned is not None))
    clock = order.first_to_react(events, steps)
    return SpilloverStudy(
        parameters=asked,
        finding=wording.planned_finding(planned, table) if planned else wording.finding_of(table),
        said=Notes(
            [
                *(wording.sentence_on(row) for row in table.to_dict("records")),
                str(planned.words["words"][NAMED]) if planned else "",
                order.first_words(clock),
            ]
        ),
        limits=Notes(
            [
                own_words(events, listed, "latest"),
                *(planned.limits if planned else ()),
                LOG_WORDS,
                f"Not measured: {'; '.join(missing)}." if missing else "",
                named_beside(titled),
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
        detail=planned_detail(planned.table, list(ANSWERED))
        if planned
        else judging.tests_behind(table[table["group"] == wording.clearest(table)["group"]]),
        events=events,
        securities=listed,
        cells=_cells(titled, events),
        clock=clock,
        steps=order.means_of(steps),
        measures=event_rows(plan) if planned else None,
        planned=planned,
        measured=titled,
        attrition=ledger_of("group", titled),
    )


def _cells(titled: Mapping[str, Measured], events: pd.DataFrame) -> pd.DataFrame:
    parts = (found.clusters.assign(group=name) for name, found in titled.items())
    cells = pd.concat(parts).drop(columns="scar").rename(columns={"mean": "effect"})
    return cells.merge(events[["event_id", "name", "date", "direction"]], on="event_id")
