"""One function a method: its effect, interval and p-value, and whether its own check passes.

An effect is of the level: by the end of the rows asked about, or on average over them, as the note
says. Each refuses what it cannot answer, and the refusal is shown in its place.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from rareearth_research.dynamics.belief import rank, unusual_from
from rareearth_research.dynamics.breaks.search import find_breaks
from rareearth_research.dynamics.projection.project import local_projection
from rareearth_research.dynamics.segments.interrupt import interrupted
from rareearth_research.dynamics.segments.results import InterruptedSeries
from rareearth_research.dynamics.structural.impact import state_space_impact
from rareearth_research.dynamics.structural.result import StateSpaceImpact
from rareearth_research.dynamics.synthetic.control import synthetic_control
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.study import EventStudy
from rareearth_research.numerals import counted
from rareearth_research.studies.side_by_side.asked import Asked

Row = dict[str, Any]

LAGS = 4  # of projections
CONTROLS = 3  # of a state-space model; more donors are averaged
SIDE_BY_SIDE = 10  # windows elsewhere without a row in common, from which a rank says something


def _row(effect: Any, lower: Any, upper: Any, p: Any, guard: bool, *note: str) -> Row:
    values = {"effect": effect, "lower": lower, "upper": upper, "p_value": p}
    return {k: float(v) for k, v in values.items()} | {
        "guard": guard,
        "note": " ".join(filter(None, note)),
    }


def event_study(asked: Asked) -> Row:
    """Abnormal returns from the event's session to the last; the placebo decides where it can."""
    result = asked.study or _own_study(asked)
    judged, leading = result.verdict.iloc[0], result.headline
    df = leading["df"] if np.isfinite(leading["df"]) else np.inf
    wide = stats.t.ppf([0.5 + asked.level / 2, 0.975], df)
    half = (judged["upper"] - judged["lower"]) / 2 * wide[0] / wide[1]
    p = judged["placebo_p"] if np.isfinite(judged["placebo_p"]) else judged["p_value"]
    failed = set(judged["failed"].split(";")) - {"", "few_dates"}
    doubt = f"Its checks fail: {', '.join(sorted(failed))}." if failed else ""
    caar = judged["caar"]
    how = (
        f"Cumulative abnormal return of sessions {judged['window']} ({result.specification.model})."
    )
    return _row(caar, caar - half, caar + half, p, not failed, how, doubt)


def _own_study(asked: Asked) -> EventStudyResults:
    if asked.even.unit != "session":
        raise SpecificationError(f"it needs sessions, and a row here is a {asked.even.unit}")
    changes = asked.series.diff().rename("series").to_frame()
    if asked.donors.shape[1]:
        changes["donors"] = asked.donors.mean(axis=1).diff()
    changes = changes.iloc[1:]
    return EventStudy(
        changes,
        [asked.day],
        benchmark="donors" if "donors" in changes else None,
        model="market" if "donors" in changes else "mean",
        estimation=(-min(260, asked.row - 1), -11),
        windows=[(0, asked.horizon)],
    ).fit()


def structural_break(asked: Asked) -> Row:
    """The break of the mean change whose 90 % interval holds the event, if there is one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that changes persist; the guard says it
        found = find_breaks(asked.series.diff().iloc[1:], max_breaks=3, seed=asked.seed)
    p, days = found.guard.p_value, found.breaks
    passed = bool(found.n_breaks == 0 or p <= 1 - asked.level)
    doubt = "" if passed else "Persistence alone shows as large a statistic."
    here = asked.series.index[asked.row]
    inside = days[(days["lower_90"] <= here) & (here <= days["upper_90"])]
    if inside.empty:
        note = f"None holds the event, of {found.n_breaks} that BIC finds in the mean step."
        return _row(np.nan, np.nan, np.nan, p, passed, note, doubt)
    one = inside.iloc[0]
    dates = [found.series.words(one[name]) for name in ("date", "lower_90", "upper_90")]
    return _row(
        (one["after"] - one["before"]) * (asked.horizon + 1), np.nan, np.nan, p, passed,
        f"Change of the mean step, times {asked.horizon + 1}; after {dates[0]} (90 % interval "
        f"{dates[1]} to {dates[2]}).", doubt,
    )  # fmt: skip


def _whose(found: InterruptedSeries | StateSpaceImpact) -> str:
    return f"interval by {'other dates' if found.by_dates else 'formula'}"


def segmented(asked: Asked) -> Row:
    """The average distance to the trend before."""
    found = interrupted(asked.until(), asked.day, level=asked.level)
    note = f"Average distance from the trend before; {_whose(found)}."
    return _row(found.effect, *found.interval, found.placebo_p, found.guard, note, *found.doubts)


def projection(asked: Asked) -> Row:
    """The response at the last row, with the interval that other dates give."""
    found = local_projection(
        asked.series, [asked.day], asked.horizon, LAGS, level=asked.level, seed=asked.seed
    )
    last = found.table.iloc[-1]
    return _row(last["effect"], last["placebo_lower"], last["placebo_upper"], last["placebo_p"],
                bool(np.isfinite(last["placebo_p"])),
                "Level of the last row; interval by other dates.")  # fmt: skip


def carried_on(asked: Asked) -> StateSpaceImpact:
    """Return what a local level, and donors as controls, let expect."""
    donors = asked.donors.iloc[: asked.end]
    if donors.shape[1] > CONTROLS:
        donors = donors.mean(axis=1).to_frame("mean of the donors")
    controls = donors if donors.shape[1] else None
    return state_space_impact(asked.until(), asked.day, controls, level=asked.level)


def state_space(asked: Asked) -> Row:
    """The average distance to what a local level (and donors) let expect."""
    found = carried_on(asked)
    one = found.table.iloc[0]
    names = ("lower", "upper", "p") if found.by_dates else ("lower", "upper", "p_value")
    lower, upper, p = (one[f"{'placebo_' * found.by_dates}{name}"] for name in names)
    return _row(one["effect"], lower, upper, p, found.guard,
                f"Average distance from the forecast; {_whose(found)}.", *found.doubts)  # fmt: skip


def synthetic(asked: Asked) -> Row:
    """The average gap to the mixture of donors, each series about its own mean before."""
    if asked.donors.shape[1] < 2:
        raise SpecificationError("it needs two donors or more; give donors=")
    wide = asked.donors.assign(**{asked.even.name: asked.series}).iloc[: asked.end]
    found = synthetic_control(
        wide, asked.even.name, [*asked.donors.columns], asked.day, demean=True, level=asked.level,
        seed=asked.seed,
    )  # fmt: skip
    one = found.table.iloc[1]
    used = counted(int((found.weights > 0).sum()), "donor")
    return _row(one["effect"], one["lower"], one["upper"], one["p_value"], found.guard,
                f"Average gap to a mixture of {used}.",
                *found.doubts)  # fmt: skip


def placebo(asked: Asked) -> Row:
    """The plain move, less the middle one of as many rows elsewhere."""
    values, length = asked.even.values, asked.horizon + 1
    moves = values[length:] - values[:-length]  # the one that ends at each row from `length` on
    own = moves[asked.row - 1] if asked.row else np.nan
    away = np.abs(np.arange(len(moves)) - (asked.row - 1)) >= length
    others = moves[away]
    if not asked.row or len(others) < 19:
        raise SpecificationError(f"{len(others)} moves elsewhere, and it needs 19")
    middle = np.median(others)
    away = unusual_from(np.abs(others - middle), asked.level)
    apart = len(others) // length
    few = f"Only {apart} windows elsewhere have no row in common." if apart < SIDE_BY_SIDE else ""
    p = rank(np.abs(others - middle), abs(own - middle))
    return _row(own - middle, own - middle - away, own - middle + away, p, not few,
                "Plain move, less the middle one elsewhere.", few)  # fmt: skip


METHODS: dict[str, Callable[[Asked], Row]] = {
    "event study": event_study,
    "break": structural_break,
    "interrupted": segmented,
    "projection": projection,
    "state space": state_space,
    "synthetic": synthetic,
    "placebo": placebo,
}
TABLED = {  # how the table of coverage names their intervals; a break has none
    "event study": "event_study",
    "interrupted": "interrupted, by other dates",
    "projection": "local_projection, one date, by other dates",
    "state space": "state_space_impact, by other dates",
    "synthetic": "synthetic_control",
    "placebo": "plain move, by other dates",
}
