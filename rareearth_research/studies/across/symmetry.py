"""Are tightening and easing two sides of one coin? Effect by effect, dose by dose, year by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth_research.arguments import check_choice
from rareearth_research.choices import StudyModel
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.chance.joint import JointDraws
from rareearth_research.eventstudy.inputs.checks import check_estimation, check_windows
from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.labels import LOG_WORDS
from rareearth_research.studies.across import announcements, judging
from rareearth_research.studies.across.asked import (
    DIRECTIONS,
    PLANNED,
    directed_events,
    planned_securities,
    untouched,
)
from rareearth_research.studies.across.attempts import tried_again
from rareearth_research.studies.across.beside import BesidePlan
from rareearth_research.studies.across.wording import directions_title
from rareearth_research.studies.answer import Notes
from rareearth_research.studies.own_files import reads_files
from rareearth_research.studies.planned.chance import draw_together
from rareearth_research.studies.planned.contrasts import Contrast, fading
from rareearth_research.studies.planned.headline import HEADLINE, PlannedStudy, planned_questions
from rareearth_research.studies.planned.measure import Measured, fit_pairs
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.paths import mean_paths
from rareearth_research.studies.planned.plan import load_plan
from rareearth_research.studies.planned.robust import broken_words, compare
from rareearth_research.studies.sample import MODELS, own_words, refuse_unmeasured
from rareearth_research.summary import Summary, options_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUMS = {"moved": "easing did not undo it", "cannot_tell": SHOWN["cannot_tell"]}


@dataclass(frozen=True, repr=False)
class SymmetryStudy(BesidePlan):
    """Result of `tightening_and_easing`; `table` holds one row per direction and their sum.

    Attributes
    ----------
    events : DataFrame
        One row per announcement: ``direction, date, session, n, effect, lower, upper``, its doses,
        and other listed events in the window.
    meta : DataFrame
        By direction: the mean over announcements with their spread, see `tightening_and_easing`.
    doses : DataFrame
        Mean of the tightenings by what was restricted, for whom and how.
    fading : Contrast or None
        Whether the reaction to tightenings changed over the years.
    measured, drawn : mapping of Measured, JointDraws
        By direction, and both moved together to other dates (as planned: all pooled questions).
    said : Notes
        The whole answer for each of two directions, and what both add up to.
    """

    events: pd.DataFrame
    meta: pd.DataFrame
    doses: pd.DataFrame
    fading: Contrast | None
    measured: Mapping[str, Measured]
    drawn: JointDraws
    said: Notes

    @options_of("plot_event_forest")
    def plot(self, **options: Any) -> Figure:
        """Draw every announcement with its interval, tightenings above easings, and their means."""
        from rareearth_research.plots import plot_event_forest

        options.setdefault("title", self.title)
        return plot_event_forest(self.events, self.table, **options)

    @options_of("plot_planned_paths", "titles")
    def plot_paths(self, **options: Any) -> Figure:
        """Draw the mean paths around the announcements, with placebo paths and other news."""
        from rareearth_research.plots import plot_planned_paths

        if self.planned:
            return self.planned.plot_paths(**options)
        found = mean_paths(load_plan(), self.measured, self.drawn)
        told = [part.partition(" ")[2] for part in self.title.split("; ")]
        titles = dict(zip(self.measured, told, strict=True))
        options.setdefault("title", self.title)
        return plot_planned_paths(found, titles, **options)

    @options_of("plot_doses")
    def plot_doses(self, **options: Any) -> Figure:
        """Draw the mean of the tightenings by dose."""
        from rareearth_research.plots import plot_doses

        return plot_doses(self.doses, **options)

    def summary(self) -> Summary:
        """Return the finding, the verdicts and the limits (text and HTML)."""
        return Summary(self.finding, self.shown["directions"], self.limits)

    @property
    def shown(self) -> dict[str, pd.DataFrame]:
        """The tables for reading: ``directions, events, meta, doses``."""
        columns = ["direction", "n", "name", "date", "session", "effect", "lower", "upper",
                   "other_news"]  # fmt: skip
        tables = {
            "directions": self.table.drop(columns=[*judging.SAID]),
            "events": self.events[columns].assign(other_news=self.events["other_news"] != ""),
            "meta": self.meta.rename(columns={"mean": "effect"}),
            "doses": self.doses,
        }
        return {what: frame.rename(columns=judging.READ) for what, frame in tables.items()}

    @cached_property
    def tests(self) -> dict[str, Summary]:
        """Each sentence of the finding asked again with one thing changed at a time.

        The changes are those of the plan, or where other things were asked for the usual ones. Of
        the sum both directions are changed alike, as far as a change is known to both.
        """
        if self.planned is None:
            plan = load_plan()
            verdicts = self.table.set_index("direction")["verdict"]
            return {
                f"the move on {name}": tried_again(plan, found, self.parameters, verdicts[name])
                for name, found in self.measured.items()
            }
        asked = {"the move on tightening": "H1", "the move on easing": "H2"}
        found = {what: self.planned.tried(name) for what, name in asked.items()}
        fades = {"whether the reaction fades": self.planned.tried("H5")}
        return found | {"what both add up to": self._sum_tried(self.planned)} | fades

    def _sum_tried(self, planned: PlannedStudy) -> Summary:
        one, other = (planned.changed(name) for name in ("H1", "H2"))
        both = {change: (one[change], other[change]) for change in one if change in other}
        changed = {change: next((m for m in pair if isinstance(m, Exception)), pair)
                   for change, pair in both.items()}  # fmt: skip
        measured = planned.answers.measured
        found = compare("sum", (measured["H1"], measured["H2"]), changed, judging.sum_judged)
        shown = found.drop(columns=["question", "why"]).rename(columns={"effect": "caar"})
        return Summary(broken_words(found, SUMS), shown)

    @property
    def title(self) -> str:
        """The finding in a line: each direction with its interval and verdict."""
        return directions_title(self.table[self.table["direction"].isin(DIRECTIONS)])


@reads_files
def tightening_and_easing(
    event_ids: Sequence[str] | str = (),
    group: str = PLANNED,
    securities: Sequence[str] | str = (),
    window: Sequence[int] = (-1, 1),
    benchmark: str = "local",
    model: StudyModel = "market",
    estimation: Sequence[int] = (-260, -11),
    events_file: str = "",
    prices_file: str = "",
    exchanges: str | Mapping[str, str] = "",
) -> SymmetryStudy:
    """Compare what securities did when exports were tightened and when they were eased.

    Parameters
    ----------
    event_ids : sequence of str
        Events whose direction is tightening or easing; empty: those of the plan.
    group : str
        ``"planned"``: producers outside China, as the plan lists them; else see `load_groups`.
    securities : sequence of str
        Tickers, in place of a group.
    window : (int, int)
        Sessions around the announcement.
    benchmark : str
    model : str
    estimation : (int, int)
        As in `event_study`.
    events_file, prices_file : str
    exchanges : str or mapping
        As in `event_study`.

    Returns
    -------
    SymmetryStudy

    Raises
    ------
    SpecificationError
        For events of another direction, or as `EventStudy`.

    Notes
    -----
    Each announcement counts once: its mean CAR over the securities exposed to it. *Symmetric* is
    judged by the sum of the two means, which is zero if easing undoes what tightening did (Welch's
    interval over announcements). The meta-analysis takes each announcement with its own standard
    error, m ± s, and asks how far true effects differ between them: τ² by Paule & Mandel (1982),
    the interval of the mean by Hartung & Knapp (2001), and for the effect of one further
    announcement mean ± t(k − 2)·√(τ² + s.e.²) (Higgins, Thompson & Spiegelhalter 2009). Doses are
    exploratory: p-values over announcements, corrected over the table by Benjamini and Hochberg.

    References
    ----------
    Paule, R. C. and Mandel, J. (1982). Consensus values and weighting factors. Journal of Research
    of the National Bureau of Standards 87, 377-385.
    Hartung, J. and Knapp, G. (2001). A refined method for the meta-analysis of controlled clinical
    trials with binary outcome. Statistics in Medicine 20, 3875-3889.
    """
    asked = dict(locals())
    check_choice("model", model, MODELS)
    span = check_windows([window], check_estimation(estimation))[0]
    plan = load_plan()
    chosen = directed_events(plan, event_ids)
    listed = planned_securities(plan, group, securities)
    refuse_unmeasured(listed, benchmark, [model])
    options = {"benchmark": benchmark, "model": model, "estimation": estimation}
    measured, failed = {}, {}
    for direction in DIRECTIONS:
        ids = list(chosen.loc[chosen["direction"] == direction, "event_id"])
        if ids:
            paired, apart = pairs_of(plan, ids, list(listed.index), matched=True)
            least = min(2, len(listed))
            try:
                measured[direction] = fit_pairs(
                    plan, paired, apart, minimum=least, windows=[span], **options
                )
            except SpecificationError as error:
                failed[direction] = error
    if not measured:
        raise next(iter(failed.values()))
    planned = planned_questions() if untouched(tightening_and_easing, asked) else None
    if planned:  # which are the same samples, drawn once for all questions
        answers = planned.answers
        measured = {d: answers.measured[q] for d, q in zip(DIRECTIONS, HEADLINE, strict=True)}
        drawn = answers.drawn
    else:
        drawn = draw_together(plan, list(measured.values()))
    events = announcements.announcements(chosen, measured)
    table = judging.judge_directions(measured, drawn, planned)
    meta = pd.DataFrame(
        [announcements.between(name, events[events["direction"] == name]) for name in measured]
    )
    doses = announcements.by_dose(events[events["direction"] == "tightening"])
    tight = measured.get("tightening")
    over_time = (
        fading(plan, tight) if tight and len(tight.clusters) >= announcements.FEWEST else None
    )
    return SymmetryStudy(
        parameters=asked,
        finding=judging.shortly(table),
        said=Notes(table["words"] if len(table) > 1 else ()),
        limits=Notes(
            [
                own_words(chosen, listed, "latest"),
                *(planned.limits if planned else ()),
                LOG_WORDS,
                *(f"No {name} could be measured: {error}." for name, error in failed.items()),
                announcements.named_beside(measured),
                announcements.not_measured(
                    chosen[~chosen["direction"].isin(failed)], measured.values()
                ),
                announcements.spread_words(meta),
                (
                    "Doses compare announcements that differ in much else: they were not drawn by "
                    "lot, and the table is exploratory."
                ),
            ]
        ),
        table=table,
        detail=planned.detail if planned else judging.tests_behind(table),
        events=events,
        meta=meta,
        doses=doses,
        fading=over_time,
        measured=measured,
        drawn=drawn,
        planned=planned,
        attrition=announcements.ledger_of("direction", measured),
    )
