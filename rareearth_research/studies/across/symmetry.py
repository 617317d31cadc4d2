"""Are tightening and easing two sides of one coin? Effect by effect, dose by dose, year by year."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice
from rareearth_research.choices import StudyModel
from rareearth_research.datasets import load_events, load_securities
from rareearth_research.errors import SpecificationError, few
from rareearth_research.eventstudy.inputs.checks import check_estimation, check_windows
from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.numerals import interval, p_said, per_cent
from rareearth_research.studies.across.announcements import (
    FEWEST,
    announcements,
    between,
    by_dose,
    ledger_of,
    not_measured,
    spread_words,
)
from rareearth_research.studies.across.judging import judge_directions, sum_judged
from rareearth_research.studies.answer import Notes
from rareearth_research.studies.own_files import reads_files
from rareearth_research.studies.planned.contrasts import Contrast, fading
from rareearth_research.studies.planned.headline import (
    BesidePlan,
    PlannedStudy,
    planned_questions,
)
from rareearth_research.studies.planned.measure import events_of, fit_pairs
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.plan import Plan, load_plan
from rareearth_research.studies.planned.robust import broken_words, compare
from rareearth_research.studies.sample import (
    MODELS,
    choose_securities,
    names_or_all,
    own_words,
    refuse_unmeasured,
)
from rareearth_research.summary import Summary, options_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SymmetryStudy", "tightening_and_easing"]

PLANNED = "planned"
DIRECTIONS = ("tightening", "easing")
SUMS = {"moved": "easing did not undo it", "cannot_tell": SHOWN["cannot_tell"]}


@dataclass(frozen=True, repr=False)
class SymmetryStudy(BesidePlan):
    """Result of `tightening_and_easing`; `table` holds one row per direction and their sum.

    Attributes
    ----------
    events : DataFrame
        One row per announcement: ``direction, session, n, effect, lower, upper`` and its doses.
    meta : DataFrame
        By direction: the mean over announcements with their spread, see `tightening_and_easing`.
    doses : DataFrame
        Mean of the tightenings by what was restricted, for whom and how.
    fading : Contrast or None
        Whether the reaction to tightenings changed over the years.
    """

    events: pd.DataFrame
    meta: pd.DataFrame
    doses: pd.DataFrame
    fading: Contrast | None

    @options_of("plot_event_forest")
    def plot(self, **options: Any) -> Figure:
        """Draw every announcement with its interval, tightenings above easings, and their means."""
        from rareearth_research.plots import plot_event_forest

        options.setdefault("title", self.title)
        return plot_event_forest(self.events, self.table, **options)

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
        columns = ["direction", "n", "name", "session", "effect", "lower", "upper", "other_news"]
        tables = {
            "directions": self.table.drop(columns="words").rename(
                columns={"detectable": "detectable_move"}
            ),
            "events": self.events[columns],
            "meta": self.meta.rename(columns={"mean": "effect"}),
            "doses": self.doses.rename(columns={"detectable": "detectable_move"}),
        }
        return {k: frame.rename(columns={"effect": "caar"}) for k, frame in tables.items()}

    @cached_property
    def tests(self) -> dict[str, Summary]:
        """Each sentence of the finding asked again with one thing changed at a time.

        None where other things were asked for than in the plan. Of the sum both directions are
        changed alike, as far as a change is known to both.
        """
        if self.planned is None:
            return {}
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
        found = compare("sum", (measured["H1"], measured["H2"]), changed, sum_judged)
        shown = found.drop(columns=["question", "why"]).rename(columns={"effect": "caar"})
        return Summary(broken_words(found, SUMS), shown)

    @property
    def title(self) -> str:
        """The finding in a line: each direction with its interval and verdict."""
        parts = []
        for row in self.table[self.table["direction"].isin(DIRECTIONS)].to_dict("records"):
            effect, *ends = np.expm1([row["effect"], row["lower"], row["upper"]])
            said = SHOWN[row["verdict"]]
            parts.append(f"{row['direction']} {per_cent(effect)} ({interval(*ends)}): {said}")
        return _capital("; ".join(parts))


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
    chosen = _events(plan, event_ids)
    listed = _securities(plan, group, securities)
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
    events = announcements(chosen, measured)
    table = judge_directions(plan, measured)
    untouched = _untouched(asked)
    planned = planned_questions() if untouched else None
    meta = pd.DataFrame([between(name, events[events["direction"] == name]) for name in measured])
    doses = by_dose(events[events["direction"] == "tightening"])
    tight = measured.get("tightening")
    over_time = fading(plan, tight) if tight and len(tight.clusters) >= FEWEST else None
    words: list[str] = [sentence for sentence in table["words"] if sentence]
    finding = planned.finding if planned else " ".join(words[: len(measured)])
    symmetric = words[len(measured) :]
    return SymmetryStudy(
        parameters=asked,
        finding=" ".join([finding, *symmetric]),
        limits=Notes(
            [
                own_words(chosen, listed),
                *(planned.limits if planned else ()),
                *(
                    f"No {direction} could be measured: {error}."
                    for direction, error in failed.items()
                ),
                not_measured(chosen[~chosen["direction"].isin(failed)], measured.values()),
                spread_words(meta),
                (
                    "Doses compare announcements that differ in much else: they were not drawn by "
                    "lot, and the table is exploratory."
                ),
            ]
        ),
        table=table,
        detail=planned.detail if planned else _detail(table),
        events=events,
        meta=meta,
        doses=doses,
        fading=over_time,
        planned=planned,
        attrition=ledger_of("direction", measured),
    )


def _detail(table: pd.DataFrame) -> str:
    """Return the numbers behind each direction."""
    return " ".join(
        f"{_capital(row['direction'])}: {p_said(row['p_value'])}; placebo "
        f"{p_said(row['placebo_p'])}; {row['announcements']} announcements, "
        f"{row['pairs']:.0f} pairs."
        for row in table[table["direction"].isin(DIRECTIONS)].to_dict("records")
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _events(plan: Plan, event_ids: Sequence[str] | str) -> pd.DataFrame:
    ids = names_or_all("event_ids", event_ids)
    ids = ids or [event for name in DIRECTIONS for event in events_of(plan, name)]
    events = load_events(event_ids=ids)
    other = events[~events["direction"].isin(DIRECTIONS)]
    if len(other):
        names = few([f"{row.event_id} ({row.direction})" for row in other.itertuples()])
        raise SpecificationError(
            f"event_ids: this study compares tightening with easing; {names} is neither: leave it "
            "out, or give your own events a column direction"
        )
    return events


def _securities(plan: Plan, group: str, securities: Sequence[str] | str) -> pd.DataFrame:
    tickers = names_or_all("securities", securities)
    if group == PLANNED:
        return load_securities(tickers or plan.group("producers_outside_china"))
    return choose_securities(tickers, group, default=PLANNED)


def _untouched(asked: Mapping[str, Any]) -> bool:
    """Say whether the study is the planned one."""
    defaults = inspect.signature(tightening_and_easing).parameters
    return all(
        names_or_all("", value) == names_or_all("", defaults[name].default)
        if name in ("event_ids", "securities")
        else (list(value) if name in ("window", "estimation") else value)
        == (list(default) if isinstance(default := defaults[name].default, tuple) else default)
        for name, value in asked.items()
    )
