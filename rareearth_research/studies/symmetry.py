"""Are tightening and easing two sides of one coin? Effect by effect, dose by dose, year by year."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice
from rareearth_research.arrays import Floats
from rareearth_research.choices import Group, StudyModel
from rareearth_research.datasets import load_events, load_securities
from rareearth_research.errors import SpecificationError, few
from rareearth_research.eventstudy import adjust
from rareearth_research.eventstudy.chance.p_values import placebo_p
from rareearth_research.eventstudy.inputs.checks import check_estimation, check_windows
from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.eventstudy.statistics.dates import date_t
from rareearth_research.eventstudy.statistics.decision import decide
from rareearth_research.eventstudy.statistics.parametric import spread
from rareearth_research.numerals import counted, interval, p_said, per_cent
from rareearth_research.studies.answer import Notes, StudyAnswer
from rareearth_research.studies.own_files import reads_files
from rareearth_research.studies.planned.chance import draw_together
from rareearth_research.studies.planned.contrasts import Contrast, fading, quantile
from rareearth_research.studies.planned.headline import PlannedStudy, planned_questions
from rareearth_research.studies.planned.measure import Measured, events_of, fit_pairs
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.plan import Plan, load_plan
from rareearth_research.studies.planned.selection import rare_earths
from rareearth_research.studies.planned.words import told
from rareearth_research.studies.sample import (
    MODELS,
    choose_securities,
    names_or_all,
    own_words,
    refuse_unmeasured,
)
from rareearth_research.summary import options_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SymmetryStudy", "tightening_and_easing"]

PLANNED = "planned"
DIRECTIONS = ("tightening", "easing")
FEWEST = 3  # announcements of a dose, and of a mean with a spread
LEVEL = 0.05
HOW = {
    "quota": "quota",
    "licence": "licence",
    "ban": "ban",
    "tech_control": "technology control",
    "regulation": "regulation",
}


@dataclass(frozen=True, repr=False)
class SymmetryStudy(StudyAnswer):
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
    planned : PlannedStudy or None
        The planned questions, where nothing was chosen.
    """

    events: pd.DataFrame
    meta: pd.DataFrame
    doses: pd.DataFrame
    fading: Contrast | None
    planned: PlannedStudy | None

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

    @property
    def shown(self) -> dict[str, pd.DataFrame]:
        """The tables for reading: ``directions, events, meta, doses``."""
        columns = ["direction", "n", "name", "session", "effect", "lower", "upper"]
        tables = {
            "directions": self.table.drop(columns="words"),
            "events": self.events[columns],
            "meta": self.meta.rename(columns={"mean": "effect"}),
            "doses": self.doses,
        }
        return {k: frame.rename(columns={"effect": "caar"}) for k, frame in tables.items()}

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
    group: Group | str = PLANNED,
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
    window, estimation : (int, int)
    benchmark, model : str
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
    measured = {}
    for direction in DIRECTIONS:
        ids = list(chosen.loc[chosen["direction"] == direction, "event_id"])
        if ids:
            paired, apart = pairs_of(plan, ids, list(listed.index), matched=True)
            least = min(2, len(listed))
            measured[direction] = fit_pairs(
                plan, paired, apart, minimum=least, windows=[span], **options
            )
    events = _announcements(chosen, measured)
    table = _judged(plan, measured)
    untouched = _untouched(asked)
    planned = planned_questions() if untouched else None
    meta = pd.DataFrame([_meta(name, events[events["direction"] == name]) for name in measured])
    doses = _doses(events[events["direction"] == "tightening"])
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
                _spread_words(meta),
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


def _announcements(events: pd.DataFrame, measured: Mapping[str, Measured]) -> pd.DataFrame:
    """Return one row per announcement with its mean, interval, standard error and doses."""
    about = events.set_index("event_id", drop=False)
    rows = []
    for direction, found in measured.items():
        for cluster in found.clusters.to_dict("records"):
            one = found.part(found.events == cluster["event_id"]).finding
            event = about.loc[cluster["event_id"]]
            rows.append(
                {
                    "event_id": cluster["event_id"],
                    "name": event["name"],
                    "direction": direction,
                    "session": cluster["session"],
                    "n": cluster["n"],
                    "effect": one.caar,
                    "lower": one.lower,
                    "upper": one.upper,
                    "error": one.error,
                    "mineral": "rare earths" if rare_earths(event) else "other minerals",
                    "for_whom": "everybody" if event["target_scope"] == "all" else "some countries",
                    "how": HOW.get(event["instrument_type"], "another way"),
                }
            )
    return pd.DataFrame(rows)


def _judged(plan: Plan, measured: Mapping[str, Measured]) -> pd.DataFrame:
    """Return the verdict on each direction, and on their sum, a row each."""
    drawn = draw_together(plan, list(measured.values())).statistic
    chance = placebo_p(drawn[0], drawn[1:])[0]
    rows = []
    for (direction, found), placebo in zip(measured.items(), map(float, chance), strict=True):
        finding = found.finding
        decided = decide(finding, partial(float, placebo))
        words, _ = told(found, decided, placebo, len(drawn) - 1)
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
    if len(measured) == len(DIRECTIONS):
        rows.append(_sum(*(found.finding.means for found in measured.values())))
    return pd.DataFrame(rows)


def _sum(one: Floats, other: Floats) -> dict[str, Any]:
    """Judge whether the two means add up to nothing, by Welch's test over announcements."""
    from scipy.special import stdtr, stdtrit

    parts = np.array([spread(m) ** 2 / len(m) if len(m) > 1 else np.nan for m in (one, other)])
    effect, error = float(one.mean() + other.mean()), float(np.sqrt(parts.sum()))
    df = float(parts.sum() ** 2 / (parts**2 / (np.array([len(one), len(other)]) - 1)).sum())
    half = float(stdtrit(df, 1 - LEVEL / 2)) * error
    p = float(2 * stdtr(df, -abs(effect / error)))
    lower, upper = effect - half, effect + half
    if not np.isfinite(p):
        words = ""
    else:
        undone = "easing did not undo what tightening did"
        open_ = "whether easing undoes what tightening does this study cannot tell"
        ends = interval(float(np.expm1(lower)), float(np.expm1(upper)))
        words = (
            f"Taken together the two moves leave {per_cent(float(np.expm1(effect)))} (95 % "
            f"interval {ends}): {undone if p <= LEVEL else open_}."
        )
    return {
        "direction": "sum of both", "announcements": len(one) + len(other), "effect": effect,
        "lower": lower, "upper": upper, "p_value": p, "words": words,
    }  # fmt: skip


def _meta(direction: str, part: pd.DataFrame) -> dict[str, Any]:
    """Return the mean over announcements whose true effects differ, by statsmodels."""
    from statsmodels.stats.meta_analysis import combine_effects

    known = part[part["error"] > 0]
    row: dict[str, Any] = {"direction": direction, "announcements": len(known)}
    if len(known) < FEWEST:
        return row
    found = combine_effects(known["effect"], known["error"] ** 2, method_re="iterated", use_t=True)
    lower, upper = found.conf_int(alpha=LEVEL, use_t=True)[3]  # Hartung and Knapp's
    error = float(np.hypot(np.sqrt(found.tau2), found.sd_eff_w_re_hksj))
    half = quantile(len(known) - 2) * error
    return row | {
        "mean": found.mean_effect_re,
        "lower": lower,
        "upper": upper,
        "between_announcements_sd": float(np.sqrt(found.tau2)),
        "share_between": max(float(found.i2), 0.0),
        "next_lower": found.mean_effect_re - half,
        "next_upper": found.mean_effect_re + half,
    }


def _doses(tightenings: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of the tightenings for each kind of measure."""
    rows = []
    for what in ("mineral", "for_whom", "how"):
        for kind, part in tightenings.groupby(what):
            means = part["effect"].to_numpy()
            half = np.nan
            if len(means) >= FEWEST:
                half = quantile(len(means) - 1) * float(spread(means)) / np.sqrt(len(means))
            rows.append(
                {
                    "by": what.replace("_", " "),
                    "dose": kind,
                    "announcements": len(means),
                    "effect": float(means.mean()),
                    "lower": float(means.mean()) - half,
                    "upper": float(means.mean()) + half,
                    "p_value": float(date_t(means).p_value),
                }
            )
    doses = pd.DataFrame(rows)
    if len(doses) and doses["p_value"].notna().any():
        doses["bh"] = adjust(doses["p_value"], method="bh")
    return doses


def _spread_words(meta: pd.DataFrame) -> str:
    """Say what one further tightening may bring, which the mean does not."""
    row = meta[meta["direction"] == "tightening"]
    if row.empty or not np.isfinite(row.get("next_lower", pd.Series([np.nan])).iloc[0]):
        return ""
    one = row.iloc[0]
    ends = interval(float(np.expm1(one["next_lower"])), float(np.expm1(one["next_upper"])))
    return (
        f"Announcements differ: {one['share_between']:.0%} of the spread between the "
        f"{counted(int(one['announcements']), 'tightening')} is more than noise, and for one "
        f"further tightening 95 % of the expected effects lie between {ends}."
    )
