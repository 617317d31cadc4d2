"""How is said what prices did before an announcement, and on which of its dates?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.eventstudy import TimingCurve
from rareearth_research.eventstudy.pairs.setup import label_of
from rareearth_research.eventstudy.questions.dating.results import runs
from rareearth_research.eventstudy.results.sentences import over
from rareearth_research.labels import label
from rareearth_research.numerals import counted, numeral, p_said, per_cent
from rareearth_research.studies.planned.contrasts import Contrast
from rareearth_research.studies.planned.measure import Measured
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.sample import benchmark_words

VERDICTS = {
    "moved": "Prices moved",
    "unsettled": "Unsettled: prices moved, but not by every check",
    "none_larger": "No average move larger than matters",
    "cannot_tell": "Cannot tell",
}


def status(plan: Plan) -> str:
    """Say what stands of the plan, and where its whole block is to be read."""
    about, departed = plan["plan"], len(plan.deviations)
    departures = (
        f"{counted(departed, 'departure')} from it" if departed else "nothing departs from it"
    )
    return (
        f"The question, its sample, its test and the size that matters were fixed on "
        f"{about['written']:%d %B %Y} (SHA-256 {plan.sha256[:16]}…; {departures}), after an "
        "earlier state of this study had been seen: planned after first looks. What had been seen "
        "and all departures stand in 03_tightening_and_easing."
    )


def matters(row: Mapping[str, Any], planned: bool) -> str:
    """Say below which size a move was taken as not worth knowing, and who set it."""
    size = per_cent(float(row["matters"]), sign=False)
    if planned:
        return (
            f"A move below {size} was set beforehand as not worth knowing; all this was planned "
            "after first looks."
        )
    return f"A move below {size} is no more than a usual day of one security."


def answers(
    row: Mapping[str, Any],
    before: tuple[int, int],
    found: Contrast | None,
    planned: str,
    dates: pd.DataFrame,
) -> dict[str, str]:
    """Answer when prices moved, by question; `planned` is the sentence on H7 where it is that."""
    earlier = int((dates["reported"] < dates["earliest"]).sum())
    return {
        "Was there leakage?": _leaked(row, label_of(before)),
        "Announced or in effect?": _announced(found, planned, len(dates)),
        "At a first report?": _reported(earlier, len(dates)),
    }


def _leaked(row: Mapping[str, Any], window: str) -> str:
    effect, missed = (float(np.expm1(row[name])) for name in ("effect", "detectable"))
    power = (
        f", where a move of {per_cent(missed, sign=False)} would be missed in about two cases of "
        "ten, and smaller ones more often"
        if np.isfinite(missed) and row["verdict"] in ("cannot_tell", "none_larger")
        else ""
    )
    return (
        f"{VERDICTS[row['verdict']]}: {per_cent(effect)} on average {over(window)}{power}. Prices "
        "alone cannot tell leakage from a good guess or from news that nobody listed, and a leak "
        "that nobody traded on leaves no trace in them."
    )


def _announced(found: Contrast | None, planned: str, events: int) -> str:
    if found is None:
        return (
            f"Cannot tell: of {counted(events, 'announcement')} none has prices around it and "
            "around a day five or more sessions later on which it took effect."
        )
    if planned:
        return planned
    one, other = (float(np.expm1(found.table[c].mean())) for c in ("announced", "effective"))
    words = (
        f"Around the announcement of {counted(found.n, 'measure')} that took effect five or more "
        f"sessions later the securities did on average {per_cent(one)} against expectation, when "
        f"it took effect {per_cent(other)}; by the rule of the plan such a comparison is "
        "described and this study cannot tell."
    )
    if np.isfinite(found.detectable):
        words += (
            f" A difference of {per_cent(float(np.expm1(found.detectable)), sign=False)} would be "
            "missed in about two cases of ten."
        )
    return words


def _reported(earlier: int, events: int) -> str:
    if not earlier:
        return (
            f"Cannot tell: no report before the announcement is on record for any of "
            f"{counted(events, 'announcement')}, which is no proof that nothing had leaked."
        )
    return (
        f"A report before the announcement is on record for {numeral(earlier)} of "
        f"{counted(events, 'announcement')}: the row of the table by dates says what prices did "
        "then."
    )


def detail(measured: Measured, row: Mapping[str, Any], model: str, benchmark: str) -> str:
    """Return tests, sample and model behind a run-up that the plan did not ask for."""
    found = measured.finding
    tests = {found.test: found.leading.p_value, "date_t": found.date_t.p_value,
             "date_flip": found.date_flip.p_value, "placebo": row["placebo_p"]}  # fmt: skip
    said = [f"{label('test', test)} {p_said(p)}" for test, p in tests.items() if np.isfinite(p)]
    how = f"{label('model', model)} {benchmark_words(model, benchmark)}".strip()
    counts = f"{counted(row['announcements'], 'announcement')}, {counted(row['pairs'], 'pair')}"
    return f"{'; '.join([*said, counts, how])}."


def limits(
    measured: Measured, span: tuple[int, int], marked: int, planned: bool, dropped: bool
) -> list[str]:
    """Say what a run-up and a timing curve assume, and what else fell into their sessions."""
    found = measured.result.diagnostics
    pairs, days = int(found["n_pairs"]), len(measured.finding.means)
    around = label_of(span).replace("-", "−")
    news = "no pair is known to have news of its own"
    counts = (
        ". The finding counts news within a session of the announcement; announcements after "
        "another Chinese measure, talks or a dispute in these sessions are not in the sample"
        if planned
        else ""
    )
    if marked:
        news = f"{counted(marked, 'pair')} had news of their own; the list is not full"
    if marked and dropped:
        news += ", and they are left out of the curve and the leads, not of the verdict"
    return [
        (
            "Pairs with another event of the list, or a confounder named in it, in these sessions: "
            f"{int(found['confounded'])} of {pairs} (flagged, not dropped){counts}; {news}."
        ),
        f"Securities share the dates of the announcements: the independent answers are {days}, "
        f"not {pairs}."
        if pairs > days
        else "",
        (
            f"The set of sessions assumes that news moves prices within {around} of its "
            "session. Sessions near other listed events do not speak against others, because their "
            "moves may answer those; the ordinary stretches they are held against do hold listed "
            "events, which makes the set larger rather than smaller."
        ),
        (
            "Sessions are counted on each security's own exchange; session 0 is the first whose "
            "close came after the announcement."
        ),
    ]


def every(curve: TimingCurve, counted_all: TimingCurve) -> str:
    """Say what the set would be if the sessions near other events counted as well."""
    if curve.left_out.empty or curve.confidence_set == counted_all.confidence_set:
        return ""
    return f"If moves near other listed events counted as well: {counted_all.finding}"


def not_dated(curve: TimingCurve, detectable: float) -> str:
    """Say what a curve without a date for the news may have missed."""
    if len(curve.confidence_set) < len(curve.table) or not np.isfinite(detectable):
        return curve.finding
    loud = tuple(curve.table.loc[curve.table["p_value"] <= curve.level, "shift"])
    alone = (
        f"Taken alone, sessions {runs(loud)} moved more than 95 % of ordinary sessions."
        if loud
        else ""
    )
    size = per_cent(float(np.expm1(detectable)), sign=False)
    missed = (
        f"A response of {size} would be missed in about two cases of ten even if its session were "
        "known."
    )
    return " ".join(filter(None, [curve.finding, alone, missed]))
