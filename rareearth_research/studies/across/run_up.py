"""What did prices do before an announcement, and on each of its dates? The parts of one answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import AnticipationResult, timing_curve
from rareearth_research.eventstudy.pairs.setup import label_of
from rareearth_research.eventstudy.results.sentences import over
from rareearth_research.eventstudy.statistics.decision import decide
from rareearth_research.studies.across.attempts import changed
from rareearth_research.studies.planned.chance import draw_together, placebo_of
from rareearth_research.studies.planned.contrasts import Contrast, announced_or_effective
from rareearth_research.studies.planned.headline import PlannedStudy
from rareearth_research.studies.planned.measure import Measured, fit_pairs
from rareearth_research.studies.planned.plan import Plan, load_plan
from rareearth_research.studies.planned.robust import pooled
from rareearth_research.studies.planned.words import told
from rareearth_research.timing.exchanges import sessions_of

LATER = 5  # sessions from which on a measure takes effect on another date than its announcement
SHOWN = (1, 2, 3, 5, 10, 20)  # leads of the small table


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of event and security, to be measured in any way; what `fit_pairs` takes."""

    paired: pd.DataFrame
    apart: pd.DataFrame
    minimum: int
    options: dict[str, Any]

    def __call__(self, **changed: Any) -> Measured:
        options = {"minimum": self.minimum, **self.options, **changed}
        return fit_pairs(load_plan(), self.paired, self.apart, **options)


def judge_run_up(measured: Measured, planned: PlannedStudy | None) -> tuple[dict[str, Any], str]:
    """Return the numbers of the run-up with its sentence, and its title."""
    if planned is not None:
        found = planned.table.loc["H6"].to_dict() | planned.words.loc["H6"].to_dict()
    else:
        placebo, draws = placebo_of(draw_together(load_plan(), [measured]), 0)
        decided = decide(measured.finding, partial(float, placebo))
        # outside of the plan its narrower rule for other news does not hold
        said, title = told(measured, decided, placebo, draws, len(measured.named_beside))
        found = {"p_value": decided.p_value, "placebo_p": placebo, "verdict": decided.verdict,
                 "words": said, "title": title}  # fmt: skip
    finding = measured.finding
    row = {
        "question": "run-up",
        "announcements": len(finding.means),
        "pairs": len(finding.car),
        "effect": finding.caar,
        "lower": finding.lower,
        "upper": finding.upper,
        **{name: found.get(name, np.nan) for name in ("p_value", "placebo_p", "family_p")},
        "detectable": finding.detectable,
        "matters": finding.matters,
        "verdict": found["verdict"],
        "words": found["words"],
    }
    return row, found["title"]


def in_effect(plan: Plan, later: list[str], tickers: list[str], **options: Any) -> Contrast | None:
    """Hold the announcement against the day of effect, where prices allow it."""
    try:
        return announced_or_effective(plan, later, tickers, **options) if later else None
    except SpecificationError:
        return None


def difference(contrast: Contrast | None) -> dict[str, Any]:
    row = {"question": "announced less effective", "verdict": "cannot_tell"}
    if contrast is None:
        return row | {"announcements": 0, "pairs": 0}
    return row | {
        "announcements": contrast.n,
        "pairs": contrast.pairs,
        "effect": contrast.effect,
        "lower": contrast.lower,
        "upper": contrast.upper,
        "p_value": contrast.p_value,
        "detectable": contrast.detectable,
    }


def later(events: pd.DataFrame, dates: pd.DataFrame) -> list[str]:
    """Return the events that took effect five or more sessions after they were announced."""
    known = dates["effective"].notna().to_numpy()
    sessions = sessions_of("XNYS").dates
    announced, effective = (
        np.searchsorted(sessions, dates[name].to_numpy()) for name in ("latest", "effective")
    )
    withdrawn = events.get("withdrawn_before_effect", pd.Series(False, events.index))
    chosen = known & (effective - announced >= LATER) & ~withdrawn.fillna(False).to_numpy(bool)
    return list(dates.index[chosen])


def on_dates(
    response: Measured, again: Callable[..., Measured], span: tuple[int, int], dates: pd.DataFrame
) -> pd.DataFrame:
    """Return the response on each date convention, and where it differs from the announcement.

    As `pooled` judges it: no placebo is drawn.
    """
    found: dict[str, Measured | SpecificationError] = {"announced, latest possible": response}
    apart = {"effective": dates["effective"] > dates["latest"],
             "reported": dates["reported"] < dates["earliest"]}  # fmt: skip
    words = {"effective": "effective, if later", "reported": "reported, if earlier"}
    for timing in ("earliest", *apart):
        every = found[timing] = changed(again, windows=[span], timing=timing)
        if timing in apart and isinstance(every, Measured):
            members = np.isin(every.events, dates.index[apart[timing]])
            if members.any():
                found[words[timing]] = every.part(members)
    rows = [
        {"date": name, **pooled(one), "detectable": one.finding.detectable}
        for name, one in found.items()
        if isinstance(one, Measured)
    ]
    return pd.DataFrame(rows).rename(columns={"clusters": "announcements"})


def detectable_of(again: Callable[..., Measured], run_up: AnticipationResult) -> pd.Series:
    """Return, of a few leads, the run-up that would be found four times in five."""
    leads = [k for k in run_up.table["lead"] if k in SHOWN or k == run_up.table["lead"].max()]
    spans = [(-k, -1) for k in leads]
    found = changed(again, windows=spans, estimation=run_up.estimation)
    sizes = (
        [finding.detectable for finding in found.result.findings]
        if isinstance(found, Measured)
        else np.nan
    )
    return pd.Series(sizes, pd.Index(leads, name="lead"), dtype=float)


def one_by_one(response: Measured, further: dict[str, Any]) -> pd.DataFrame:
    """Return the timing curve of each event alone, or why it has none."""
    rows = {}
    for event_id in dict.fromkeys(response.events):
        alone = response.part(response.events == event_id)
        rows[event_id] = {"p_any": np.nan, "peak": pd.NA, "detectable": alone.finding.detectable}
        try:
            curve = timing_curve(alone.result, **further)
            rows[event_id] |= {"p_any": curve.p_any, "peak": curve.peak, "finding": curve.finding}
        except SpecificationError as error:
            rows[event_id] |= {"finding": str(error)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("event_id")


def other_leads(
    again: Callable[..., Measured], before: tuple[int, int], estimation: tuple[int, int]
) -> dict[str, Measured | SpecificationError]:
    """Measure shorter and longer run-ups; the estimation window ends before each of them."""
    first, last = before
    found = {}
    for span in ((first // 2, last), (2 * first, last), (first, -1), (2 * first, -1)):
        if span[0] <= span[1] and span != before:
            back = max(0, estimation[1] + 1 - span[0]) if estimation[1] < 0 else 0
            moved = (estimation[0] - back, estimation[1] - back)
            found[over(label_of(span))] = changed(again, windows=[span], estimation=moved)
    return found
