"""How far does the news reach? Markets, makers and users, and which exchange answered first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice
from rareearth_research.arrays import Bools
from rareearth_research.choices import StudyModel
from rareearth_research.datasets import load_events, load_groups, load_securities
from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.eventstudy.chance.p_values import placebo_p
from rareearth_research.eventstudy.inputs.checks import check_estimation, check_windows
from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.eventstudy.statistics.dates import date_t
from rareearth_research.eventstudy.statistics.decision import decide
from rareearth_research.eventstudy.statistics.multiple import romano_wolf
from rareearth_research.eventstudy.statistics.parametric import spread
from rareearth_research.numerals import counted, interval, numeral, per_cent
from rareearth_research.studies.answer import Notes, StudyAnswer
from rareearth_research.studies.own_files import reads_files
from rareearth_research.studies.planned.chance import draw_together
from rareearth_research.studies.planned.contrasts import quantile
from rareearth_research.studies.planned.headline import PlannedStudy, planned_questions
from rareearth_research.studies.planned.measure import Measured, events_of, fit_pairs
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.plan import Plan, load_plan
from rareearth_research.studies.planned.rows import event_rows
from rareearth_research.studies.planned.words import planned_detail, told
from rareearth_research.studies.sample import MODELS, names_or_all, own_words, refuse_unmeasured
from rareearth_research.summary import options_of
from rareearth_research.timing import EXCHANGES, event_clock

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SpilloverStudy", "spillovers"]

PRODUCERS = {  # of the plan, by place of listing
    "producers_new_york": ("producers in New York", "producers_outside_china", ("XNYS",)),
    "producers_sydney": ("producers in Sydney", "producers_outside_china", ("XASX",)),
    "producers_china": ("producers in China", "producers_china", ("XSHG", "XSHE")),
}
GROUPS = (
    *PRODUCERS, "magnet_makers", "users_cars", "users_defence", "users_chips",
)  # fmt: skip
FEWEST = 2  # securities of an announcement
DATES = 3  # announcements of a mean with an interval


@dataclass(frozen=True, repr=False)
class SpilloverStudy(StudyAnswer):
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
    measures : DataFrame or None
        Every major measure in every market, where nothing was chosen; see `event_rows`.
    planned : PlannedStudy or None
        The planned questions, where nothing was chosen.
    """

    events: pd.DataFrame
    securities: pd.DataFrame
    cells: pd.DataFrame
    clock: pd.DataFrame
    steps: pd.DataFrame
    measures: pd.DataFrame | None
    planned: PlannedStudy | None

    @property
    def shown(self) -> dict[str, pd.DataFrame]:
        """The tables for reading: ``groups, steps, clock, measures``."""
        tables = {
            "groups": self.table.drop(columns="words"),
            "steps": self.steps,
            "clock": self.clock.drop(columns="exchange"),
        }
        if self.measures is not None:
            columns = ["name", "date", "group", "n", "effect", "lower", "upper", "kp_p",
                       "placebo_p", "family_p", "status", "flagged_by", "why"]  # fmt: skip
            tables["measures"] = self.measures[columns]
        return {name: frame.rename(columns={"effect": "caar"}) for name, frame in tables.items()}

    @options_of("plot_groups")
    def plot(self, **options: Any) -> Figure:
        """Draw the mean of each group with its interval."""
        from rareearth_research.plots import plot_groups

        return plot_groups(self.table, **options)

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
    window, estimation : (int, int)
    benchmark, model : str
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
    untouched = not wanted and tuple(names_or_all("groups", groups)) == GROUPS and (
        span == (-1, 1) and benchmark == "local" and model == "market"
        and tuple(estimation) == (-260, -11) and not (events_file or prices_file)
    )  # fmt: skip
    events = load_events(event_ids=wanted or events_of(plan, "tightening"))
    members = _members(plan, names_or_all("groups", groups), bool(prices_file))
    listed = load_securities(list(dict.fromkeys(t for _, own in members.values() for t in own)))
    refuse_unmeasured(listed, benchmark, [model])
    options = {"benchmark": benchmark, "model": model, "estimation": estimation}
    measured, missing = _measured(plan, events, members, {"windows": [span], **options})
    steps = _steps(plan, events, members, options)
    table = _judged(plan, measured, members)
    planned = planned_questions() if untouched else None
    clock = _clock(events, steps)
    by_step = _means(steps)
    finding = " ".join(planned.words.loc[["H3", "H4"], "words"]) if planned else _finding(table)
    return SpilloverStudy(
        parameters=asked,
        finding=f"{finding} {_first_words(clock)}".strip(),
        limits=Notes(
            [
                own_words(events, listed),
                *(planned.limits if planned else ()),
                f"Not measured: {'; '.join(missing)}." if missing else "",
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
        detail=planned_detail(planned.table, ["H3", "H4"]) if planned else "",
        events=events,
        securities=listed,
        cells=_cells(measured, members, events),
        clock=clock,
        steps=by_step,
        measures=event_rows(plan) if untouched else None,
        planned=planned,
    )


def _members(plan: Plan, groups: list[str], own: bool) -> dict[str, tuple[str, list[str]]]:
    """Return the title and the tickers of each group."""
    titles = load_groups()["title"]
    members: dict[str, tuple[str, list[str]]] = {}
    for name in groups or GROUPS:
        if name in PRODUCERS:
            title, group, places = PRODUCERS[name]
            exchange = load_securities(plan.group(group))["exchange"]
            members[name] = title, list(exchange.index[exchange.isin(places)])
        elif name in titles:
            listed = load_securities(group=name)
            members[name] = titles[name][:1].lower() + titles[name][1:], list(listed.index)
        else:
            known = [*PRODUCERS, *titles.index]
            raise SpecificationError(
                f"groups: {shown(name)} is no group{did_you_mean(name, known)}; the groups are "
                f"{', '.join(known)}"
            )
    if own:
        members["yours"] = "yours", list(load_securities(group="yours").index)
    return members


def _measured(
    plan: Plan,
    events: pd.DataFrame,
    members: Mapping[str, tuple[str, list[str]]],
    options: Mapping[str, Any],
) -> tuple[dict[str, Measured], list[str]]:
    """Measure each group, and say which could not be."""
    measured, missing = {}, []
    for name, (title, tickers) in members.items():
        paired, apart = pairs_of(plan, list(events["event_id"]), tickers, matched=True)
        try:
            least = min(FEWEST, len(tickers))
            measured[name] = fit_pairs(plan, paired, apart, minimum=least, **options)
        except SpecificationError as error:
            missing.append(f"{title} ({str(error).partition(';')[0]})")
    if not measured:
        raise SpecificationError(f"no group can be measured around these events: {missing[0]}")
    return measured, missing


def _judged(
    plan: Plan, measured: Mapping[str, Measured], members: Mapping[str, tuple[str, list[str]]]
) -> pd.DataFrame:
    drawn = draw_together(plan, list(measured.values())).statistic
    alone = placebo_p(drawn[0], drawn[1:])[0]
    known: Bools = np.asarray(np.isfinite(drawn).all(axis=1))
    complete = bool(known[0]) and bool(known[1:].any())
    family = np.maximum(romano_wolf(drawn[0], drawn[1:]), alone) if complete else alone * np.nan
    rows = []
    for (name, found), p, corrected in zip(measured.items(), [*alone], [*family], strict=True):
        finding = found.finding
        decided = decide(finding, partial(float, p), float(corrected) if complete else None)
        words, _ = told(found, decided, float(p), len(drawn) - 1)
        rows.append(
            {
                "group": members[name][0],
                "announcements": len(finding.means),
                "pairs": len(finding.car),
                "effect": finding.caar,
                "lower": finding.lower,
                "upper": finding.upper,
                "p_value": decided.p_value,
                "placebo_p": float(p),
                "family_p": float(corrected),
                "detectable": finding.detectable,
                "matters": finding.matters,
                "verdict": decided.verdict,
                "words": words,
            }
        )
    return pd.DataFrame(rows)


def _finding(table: pd.DataFrame) -> str:
    """Lead with the clearest group, and count the verdicts of all."""
    first = table.sort_values("p_value", kind="stable").iloc[0]
    if len(table) == 1:
        return str(first["words"])
    counts = table["verdict"].value_counts()
    said = ", ".join(f"{SHOWN[str(code)]} {n}" for code, n in counts.items())
    return f"{first['words']} Of {counted(len(table), 'group')}: {said}."


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


def _steps(
    plan: Plan,
    events: pd.DataFrame,
    members: Mapping[str, tuple[str, list[str]]],
    options: Mapping[str, Any],
) -> pd.DataFrame:
    """Return the mean abnormal return of producers on sessions −1, 0 and +1, by event and place."""
    parts = []
    for name in [name for name in members if name in PRODUCERS or name == "yours"]:
        paired, apart = pairs_of(plan, list(events["event_id"]), members[name][1], matched=True)
        try:
            found = fit_pairs(plan, paired, apart, windows=[(-1, 1)], **options)
        except SpecificationError:
            continue
        abnormal = found.result.abnormal
        exchange = load_securities(list(abnormal["security"].unique()))["exchange"]
        city = abnormal["security"].map(exchange).map(lambda mic: EXCHANGES[mic].city)
        city = city.replace("Shenzhen", "Shanghai")  # one clock
        by = ["event_id", city.rename("city"), "relative_session"]
        grouped = abnormal.groupby(by)["abnormal_return"]
        parts.append(grouped.agg(effect="mean", n="size").reset_index())
    if not parts:
        return pd.DataFrame(columns=["event_id", "city", "relative_session", "effect", "n"])
    return pd.concat(parts, ignore_index=True)


def _means(steps: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over announcements of each place and session, with its interval."""
    rows = []
    for (city, session), part in steps.groupby(["city", "relative_session"]):
        means = part["effect"].to_numpy()
        row = {
            "city": city,
            "session": session,
            "announcements": len(means),
            "effect": means.mean(),
        }
        if len(means) >= DATES:
            half = quantile(len(means) - 1) * float(spread(means)) / np.sqrt(len(means))
            row |= {"lower": means.mean() - half, "upper": means.mean() + half}
            row["p_value"] = float(date_t(means).p_value)
        rows.append(row)
    return pd.DataFrame(rows)


def _clock(events: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Return who could react first, and what producers there did in that session."""
    cities = {mic: EXCHANGES[mic].city for mic in ("XSHG", "XASX", "XNYS")}
    day = steps[steps["relative_session"] == 0].set_index(["event_id", "city"])
    rows = []
    for _, event in events.iterrows():
        if pd.isna(event.get("announced_latest")):
            continue
        clock = event_clock(event.to_dict(), list(cities))
        if not clock["order_certain"].all():
            continue
        for row in clock.to_dict("records"):
            key = event["event_id"], row["city"]
            known = key in day.index
            rows.append(
                {
                    "event_id": event["event_id"],
                    "name": event["name"],
                    **{c: row[c] for c in ("exchange", "city", "order", "hours_after")},
                    "n": int(day.loc[key, "n"]) if known else 0,
                    "effect": float(day.loc[key, "effect"]) if known else np.nan,
                }
            )
    columns = ["event_id", "name", "exchange", "city", "order", "hours_after", "n", "effect"]
    return pd.DataFrame(rows, columns=columns)


def _first_words(clock: pd.DataFrame) -> str:
    """Say which exchange could react first, and what it did against the later ones."""
    if clock.empty:
        return ""
    total = clock["event_id"].nunique()
    first = clock[clock["order"] == 1]
    counts = first["city"].value_counts()
    who = ", ".join(f"{city} {numeral(n)}" for city, n in counts.items())
    both = clock.dropna(subset=["effect"])
    ahead = both[both["order"] == 1].groupby("event_id")["effect"].mean()
    later = both[both["order"] > 1].groupby("event_id")["effect"].mean()
    pairs = pd.concat([ahead, later], axis=1, join="inner", keys=["first", "later"])
    begin = (
        f"Which exchange could react first is certain for {numeral(total)} of the announcements "
        f"({who})"
    )
    if len(pairs) < DATES:
        return f"{begin}; producers on the first and on a later one were measured too seldom."
    gap = (pairs["first"] - pairs["later"]).to_numpy()
    half = quantile(len(gap) - 1) * float(spread(gap)) / np.sqrt(len(gap))
    low, high = np.expm1([gap.mean() - half, gap.mean() + half])
    tells = "this study cannot tell which answered more" if low < 0 < high else (
        f"the {'first' if low > 0 else 'later'} answered more"
    )  # fmt: skip
    return (
        f"{begin}; over {counted(len(gap), 'announcement')} with producers on both, those on the "
        f"first exchange did {per_cent(float(np.expm1(gap.mean())))} against those on later ones "
        f"in session 0 (95 % interval {interval(low, high)}): {tells}."
    )
