"""How much left the country before, between and after two dates, and what if asked otherwise?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rareearth_research.dynamics.segments.pulses import Pulse, pulse
from rareearth_research.dynamics.segments.results import InterruptedSeries
from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.studies.slow.judged import Judged

ANSWER = "after"  # the stage that the first sentence, the title and the verdict are about
BESIDE = 3  # months before the announcement, and after the measure applied, that are a stage
SPARE = 2  # months before a stage, beyond the coefficients that they have to give
SEASONS = np.arange(2, 13)
PANDEMIC = ("2020-01-01", "2020-12-01")


@dataclass(frozen=True)
class Staged:
    """What was found of one series, and how many months each stage has."""

    judged: dict[str, Judged]
    months: dict[str, int]
    placebos: int


def staged(
    logs: pd.Series, dates: tuple[pd.Timestamp, pd.Timestamp | None], trend: bool,
    seasonality: bool, *, near: int = BESIDE, fit: InterruptedSeries | None = None,
) -> Staged:  # fmt: skip
    """Return each stage against where the months before were leading."""
    months = pd.DatetimeIndex(logs.index)
    columns = [np.ones(len(months))] + [np.arange(len(months))] * trend
    if seasonality:
        columns += [*(months.month.to_numpy() == SEASONS[:, None])]
    beside = np.column_stack(columns).astype(float)
    announced, applied = (
        len(months) if day is None else int(months.searchsorted(day, side="right")) - 1
        for day in dates
    )
    waiting = applied - announced if dates[1] is not None else 0
    start = announced + waiting
    after = min(near, len(months) - start)
    stretches = {
        "before": (announced - near, near, 0),
        "waiting": (announced, waiting, 0),
        "after": (start, after, waiting),
        "together": (announced, waiting + after, 0),
    }
    if not waiting:
        del stretches["waiting"], stretches["together"]
    least = beside.shape[1] + SPARE
    stretches = {name: s for name, s in stretches.items() if s[0] - s[2] >= least}
    if ANSWER not in stretches:
        raise SpecificationError(
            f"{announced} months lie before the announcement, and {least} are needed; set "
            "seasonality=False, or give a longer series"
        )
    values = logs.to_numpy()
    ordinary = float(np.diff(values[:announced]).std())
    found = {name: pulse(values, beside, first, rows, gap=gap)
             for name, (first, rows, gap) in stretches.items()}  # fmt: skip
    judged = {name: _judged(one, one.p_value, ordinary) for name, one in found.items()}
    lengths = {name: after if name == "together" else rows
               for name, (_, rows, _) in stretches.items()}  # fmt: skip
    if fit is not None:
        judged["since"] = _judged(fit, fit.placebo_p, ordinary, fit.doubts)
        lengths["since"] = len(months) - start
    return Staged(judged, lengths, min(one.n_placebo for one in found.values()))


def _judged(
    one: Pulse | InterruptedSeries, p: float, ordinary: float, doubts: tuple[str, ...] = ()
) -> Judged:
    ends = one.effect - one.unusual_from, one.effect + one.unusual_from
    return Judged(one.effect, *ends, p, one.detectable, ordinary, 1, doubts)


def other_ways(
    values: pd.Series, dates: tuple[pd.Timestamp, pd.Timestamp | None], trend: bool,
    seasonality: bool,
) -> Iterator[tuple[str, Callable[[], Judged]]]:  # fmt: skip
    """Yield other ways to ask about the stage that answers."""

    def ask(
        logs: pd.Series, trend: bool = trend, seasonality: bool = seasonality, near: int = BESIDE
    ) -> Judged:
        return staged(logs, dates, trend, seasonality, near=near).judged[ANSWER]

    logs = log_tonnes(values)
    before = logs[: dates[0] - pd.Timedelta(days=31)]
    largest = (before - before.rolling(12, min_periods=1).mean()).abs().idxmax()
    yield f"{'without' if trend else 'with'} a trend", lambda: ask(logs, trend=not trend)
    yield (f"{'without' if seasonality else 'with'} months of the year",
           lambda: ask(logs, seasonality=not seasonality))  # fmt: skip
    yield (f"{largest:%B %Y}, the oddest month before, as its neighbours are",
           lambda: ask(logs.mask(logs.index == largest).interpolate()))  # fmt: skip
    yield "the first month alone", lambda: ask(logs, near=1)
    yield "six months in place of three", lambda: ask(logs, near=2 * BESIDE)
    yield "the first two years left out", lambda: ask(logs.iloc[2 * 12 :])
    pandemic = logs.index.isin(logs[slice(*PANDEMIC)].index)
    yield "2020 as its neighbours are", lambda: ask(logs.mask(pandemic).interpolate())
    yield "tonnes and not their logs", lambda: ask(values / float(values[: dates[0]].mean()))


def log_tonnes(values: pd.Series) -> pd.Series:
    """Return log tonnes, named as a sentence names the series."""
    unit = values.attrs["unit"] or "t"  # files of one's own do not say
    if unit != "t":
        raise SpecificationError(
            f"it is in {unit}, and what is studied are tonnages; `rer.list_series()` "
            "lists those in t"
        )
    if not (values > 0).all():
        month = values.index[int((values <= 0).argmax())]
        raise DataError(
            f"it is {values[month]:g} in {month:%B %Y}, which has no logarithm; begin "
            "after it, with a file of your own"
        )
    return pd.Series(np.log(values)).rename(re.sub(r" \(HS .*\)", "", values.attrs["title"]))
