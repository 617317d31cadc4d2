"""How what happened to tonnage is said: before and since a measure, and beside other dates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rareearth_research.dynamics.belief import too_narrow
from rareearth_research.dynamics.segments.results import InterruptedSeries
from rareearth_research.errors import listed
from rareearth_research.numerals import counted, interval, numeral, p_said, per_cent

__all__ = ["change", "detail", "equal", "extremes", "limits", "recorded", "rows", "sentence",
           "verdict"]  # fmt: skip

LEVEL = 0.05
UNUSUAL = "an unusual change"
NEAR = 3  # months after the control applied that count as around it
AHEAD = 6  # months after an announcement in which the fewest tonnes are looked for


def rows(name: str, fit: InterruptedSeries) -> pd.DataFrame:
    """Return what happened between announcement and effect, and since."""
    waiting = fit.table[fit.table["term"].str.startswith("announced")]
    phases = waiting.assign(stage="announced, not yet effective", placebo_p=np.nan)
    phases = phases.rename(columns={"estimate": "effect"})
    stage = "effective" if len(waiting) else "since the announcement"
    since = {"stage": stage, "effect": fit.effect, "lower": fit.lower,
             "upper": fit.upper, "placebo_p": fit.placebo_p}  # fmt: skip
    columns = ["stage", "effect", "lower", "upper", "placebo_p"]
    table = pd.concat([phases[columns], pd.DataFrame([since])], ignore_index=True)
    table.insert(0, "series", name)
    return table.assign(coverage=fit.coverage, dates=fit.n_placebo)


def sentence(name: str, fit: InterruptedSeries, event: pd.Series) -> str:
    phases = rows(name, fit)
    since = phases.iloc[-1]
    announced, applied = (
        f"{day.day} {day:%B %Y}" if pd.notna(day) else ""
        for day in (event["date"], event["effective_date"])
    )
    start = "While other news came at the time, " if event["confounders"] else ""
    begin = f"the measure took effect on {applied}"
    if len(phases) == 1:
        begin = f"the announcement of {announced}"
    thin = too_narrow(fit.coverage, fit.coverage_se, fit.level)
    narrow = ", by a formula that is too narrow here" if thin else ""
    said = (
        f"{start}{fit.name} have been {change(since['effect'])} since {begin} than their past let "
        f"expect ({100 * fit.level:.0f} % interval {_ends(since)}{narrow}), "
        f"and {equal(fit)} of {counted(fit.n_placebo, 'earlier date')} looked as unusual: "
        f"{verdict(fit)}."
    )
    if len(phases) > 1:
        said += (
            f" Between announcement ({announced}) and effect they were "
            f"{change(phases.iloc[0]['effect'])} ({_ends(phases.iloc[0])})."
        )
    return said


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


def verdict(fit: InterruptedSeries) -> str:
    return UNUSUAL if fit.n_placebo and fit.placebo_p <= LEVEL else "this study cannot tell"


def equal(fit: InterruptedSeries) -> str:
    """Return how many earlier dates looked as unusual, in words."""
    return numeral(round(fit.placebo_p * (fit.n_placebo + 1)) - 1) if fit.n_placebo else "none"


def detail(fit: InterruptedSeries) -> str:
    chance = f"placebo {equal(fit)} of {fit.n_placebo}, {p_said(fit.placebo_p)}"
    held = f"the interval by formula holds zero at {per_cent(fit.coverage, sign=False)} of them"
    return (
        f"{fit.name}: segmented regression of log tonnes over {len(fit.path)} months"
        f"{f'; {chance}; {held}' if fit.n_placebo else ''}."
    )


def change(log: float) -> str:
    """Return a log change in words: ``"34.3 % lower"``."""
    return f"{per_cent(np.expm1(log), sign=False)} {'higher' if log > 0 else 'lower'}"


def _ends(row: pd.Series) -> str:
    """Return an interval of logs, compounded."""
    return interval(float(np.expm1(row["lower"])), float(np.expm1(row["upper"])))


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
        f"{series.attrs['title']} as published: {before.iloc[0]:,.0f} t in "
        f"{before.index[0]:%B %Y}, {ahead.min():,.0f} t in {least:%B %Y} "
        f"({per_cent(ahead.min() / before.iloc[0] - 1)}), the fewest of the "
        f"{counted(len(ahead), 'month')} from {ahead.index[0]:%B %Y}. Too few months are published "
        "to test it."
    )


def limits(event: pd.Series, fits: Mapping[str, InterruptedSeries]) -> list[str]:
    return [
        *(f"{fit.name}: {doubt}" for fit in fits.values() for doubt in fit.doubts),
        (
            "A tonnage is all that passed under a customs head: a control covers only part of it, "
            "and a change of quality, price or destination is not seen."
        ),
        f"Other news at the time, as recorded: {event['confounders']}"
        if event["confounders"]
        else "",
        (
            "Not shown: that the control caused the change. Exporters who hurry to ship before a "
            "measure applies leave a gap after it that is not lost trade."
        ),
    ]
