"""How what happened to tonnage is said: before, between and since, and beside other dates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rareearth_research.dynamics.segments.results import InterruptedSeries
from rareearth_research.errors import listed
from rareearth_research.labels import label
from rareearth_research.numerals import capital, counted, numeral, p_said, per_cent, typeset
from rareearth_research.studies.slow.judged import Judged
from rareearth_research.studies.slow.stages import ANSWER

NEAR = 3  # months after the control applied that count as around it
AHEAD = 6  # months after an announcement in which the fewest tonnes are looked for
SAID = {
    "before": "in the {n} before the announcement",
    "waiting": "between announcement and effect",
    "after": "in the first {n} after {start}",
    "since": "since {start}",
    "together": "from the announcement to {n} after {start}, taken together",
}
Stage = Mapping[str, Judged]  # by name of the stage


def finding(
    name: str, stages: Stage, event: pd.Series, months: Mapping[str, int], *, whole: bool
) -> str:
    """Say what left the country once the measure applied, then (`whole`) in the other stages."""
    who = f"While other news came at the time, {name}" if event["confounders"] else capital(name)
    one = stages[ANSWER]
    words = (
        f"{who} were {_stage(ANSWER, one, event, months)} than their past let expect "
        f"({one.span} by other months): {one.words}"
    )
    words += f" ({p_said(one.p_value)}).{f' {one.missed}' * bool(one.missed)}"
    others = [
        f"{_stage(stage, stages[stage], event, months)} ({p_said(stages[stage].p_value)}: "
        f"{stages[stage].words.partition(',')[0].replace('this study ', '')})"
        for stage in stages
        if whole and stage not in (ANSWER, "since")
    ]
    return f"{words} They were {listed(others)}." if others else words


def title(name: str, stages: Stage, event: pd.Series, months: Mapping[str, int]) -> str:
    """Return the finding of the picture: the stage that answers, and its verdict."""
    one = stages[ANSWER]
    return (
        f"{capital(name)}: {_stage(ANSWER, one, event, months)} than expected "
        f"({p_said(one.p_value)} by other months): {one.words}."
    )


def _stage(stage: str, found: Judged, event: pd.Series, months: Mapping[str, int]) -> str:
    waited = "waiting" in months
    day = event["effective_date"] if waited else event["date"]
    what = "the measure took effect on" if waited else "the announcement of"
    n = counted(months[stage], "month")
    n = "month" if n == "one month" and stage != "together" else n
    if stage == "together":
        what, day = "it took effect", None
    where = SAID[stage].format(n=n, start=f"{what} {day.day} {day:%B %Y}" if day else what)
    return f"{change(found.effect)} {where}"


def extremes(fit: InterruptedSeries, event: pd.Series) -> str:
    """Say whether the months around the control hold the most or the fewest tonnes of all."""
    values = fit.path.set_index("date")["value"]
    months = pd.DatetimeIndex(values.index).to_period("M")
    last = max(day for day in (event["date"], event["effective_date"]) if pd.notna(day))
    near = (months >= event["date"].to_period("M")) & (months <= last.to_period("M") + NEAR)
    found = {"most": values.idxmax(), "fewest": values.idxmin()}
    named = [f"{month:%B %Y} had the {word}" for word, month in found.items()
             if near[values.index.get_loc(month)]]  # fmt: skip
    return f"Of all {len(values)} months {listed(named)} tonnes." if named else ""


def detail(name: str, fit: InterruptedSeries, stages: Stage, placebos: int, taken: str) -> str:
    by = "; ".join(
        f"{label('stage', stage)} {p_said(found.p_value)}"
        for stage, found in stages.items()
        if stage != "since"
    )
    equal = round(fit.placebo_p * (fit.n_placebo + 1)) - 1 if fit.n_placebo else 0
    as_unusual = numeral(equal) if equal else "none"
    since = f"; since then {as_unusual} of {fit.n_placebo} earlier dates looked as unusual"
    return (
        f"{capital(name)}: log tonnes of {len(fit.path)} months against {taken} "
        f"before, ranked among {placebos} earlier stretches as long: {by}"
        f"{since if fit.n_placebo else ''}."
    )


def change(log: float) -> str:
    """Return a log change in words: ``"34.3 % lower"``."""
    return f"{per_cent(np.expm1(log), sign=False)} {'higher' if log > 0 else 'lower'}"


def recorded(series: pd.Series, marked: pd.DataFrame) -> str:
    """Say what the published months show after the first event marked, without a test."""
    mark = marked["date"].min()
    month = mark.to_period("M")
    before = series[: (month - 1).to_timestamp()].tail(1)
    ahead = series[month.to_timestamp() :].head(AHEAD)
    if before.empty or ahead.empty:
        return ""
    least = ahead.idxmin()
    return (
        f"{capital(series.attrs['title'])} as published: {before.iloc[0]:,.0f} t in "
        f"{before.index[0]:%B %Y}, {ahead.min():,.0f} t in {least:%B %Y} "
        f"({per_cent(ahead.min() / before.iloc[0] - 1)}), the fewest of the "
        f"{counted(len(ahead), 'month')} from {ahead.index[0]:%B %Y}. Too few months are published "
        "to test it."
    )


def limits(event: pd.Series, fits: Mapping[str, InterruptedSeries], questions: int) -> list[str]:
    return [
        *(f"{capital(fit.name)}, since then as a whole: {doubt}" for fit in fits.values()
          for doubt in fit.doubts),
        (
            f"One measure is one case, and {numeral(questions)} stages are as many chances: their "
            "p-values corrected for each other stand in the table."
        ),
        (
            "A tonnage is all that passed under a customs head: a control covers only part of it, "
            "and a change of quality, price or destination is not seen."
        ),
        f"Other news at the time, as recorded: {typeset(event['confounders'])}"
        if event["confounders"]
        else "",
        (
            "Not shown: that the control caused the change. Exporters who hurry to ship before a "
            "measure applies leave a gap after it that is not lost trade."
        ),
    ]  # fmt: skip
