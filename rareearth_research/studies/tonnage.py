"""Did exports move when a control was announced, when it applied, or no more than usual?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_names
from rareearth_research.datasets import list_series, load_events, load_series
from rareearth_research.dynamics import interrupted
from rareearth_research.dynamics.segments.results import InterruptedSeries
from rareearth_research.errors import DataError, SpecificationError, listed
from rareearth_research.studies.answer import Notes, StudyAnswer
from rareearth_research.studies.own_files import reads_files
from rareearth_research.studies.sample import named_events
from rareearth_research.summary import options_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["TradeStudy", "trade_response"]

LEVEL = 0.05
UNUSUAL = "an unusual change"
ENOUGH = 24  # months that a trend with seasons needs
NEAR = 3  # months after the control applied that count as around it
AHEAD = 6  # months after an announcement in which the fewest tonnes are looked for


@dataclass(frozen=True, repr=False)
class TradeStudy(StudyAnswer):
    """Result of `trade_response`; `table` has a row per series and phase.

    Attributes
    ----------
    event : Series
        As `load_events` gives it.
    fits : mapping of str to InterruptedSeries
        By series, of log tonnes.
    published : DataFrame
        Every other tonnage that ships: ``title, values, missing, first, last, why`` it is not
        tested.
    drawn : tuple of str
        Series drawn as published.
    marked : DataFrame
        Events drawn beside them.
    """

    event: pd.Series
    fits: Mapping[str, InterruptedSeries]
    published: pd.DataFrame
    drawn: tuple[str, ...]
    marked: pd.DataFrame

    @options_of("plot_interrupted")
    def plot(self, **options: Any) -> Figure:
        """Draw the first series with its segments, in tonnes."""
        from rareearth_research.plots import in_units

        name, fit = next(iter(self.fits.items()))
        waiting, since = _rows(name, fit)["effect"].iloc[[0, -1]]
        before = f"{_change(waiting)} before it applied, " if len(fit.dates) > 1 else ""
        title = f"{_words(name)}: {before}{_change(since)} since; {_verdict(fit)}.".replace(
            "%", " %"
        )
        return in_units(fit.plot(**{"title": title, **options}), "Tonnes a month")

    @options_of("plot_published", "events")
    def plot_published(self, **options: Any) -> Figure:
        """Draw the series that are too short to test, with the events marked."""
        from rareearth_research.plots import plot_published

        series = {name: load_series(name) for name in self.drawn}
        return plot_published(series, self.marked, **options)


@reads_files
def trade_response(
    event_id: str = "cn-2023-10-graphite",
    series: Sequence[str] | str = ("natural graphite", "artificial graphite"),
    trend: bool = True,
    seasonality: bool = True,
    drawn: Sequence[str] | str = ("gacc_ree_magnet_exports", "gacc_ree_exports"),
    marked: Sequence[str] | str = (
        "cn-2025-04-no18-seven-ree",
        "cn-2025-10-no61-no62",
        "cn-2025-11-no70-suspension",
    ),
    events_file: str = "",
    prices_file: str = "",
    exchanges: str | Mapping[str, str] = "",
) -> TradeStudy:
    """Compare exported tonnage after a control with where it was leading, and with other dates.

    Parameters
    ----------
    event_id : str
        The control: its announcement, and the day from which it applied.
    series : sequence of str
        Tonnages by month, see `list_series`; each is studied alone, in logs.
    trend, seasonality : bool
        As in `interrupted`.
    drawn : sequence of str
        Series too short or too broken to test, drawn as published.
    marked : sequence of str
        Events drawn beside them.
    events_file, prices_file : str
    exchanges : str or mapping
        As in `event_study`; `series` then names columns of your own (all of them by default).

    Returns
    -------
    TradeStudy

    Raises
    ------
    DataError, SpecificationError
        For unknown events and series, and where `interrupted` cannot fit.

    Notes
    -----
    `interrupted` with the announcement as the date; where the measure applied from a later month,
    the months between the two are a level of their own. Other dates before the announcement are
    asked the same question, and decide whether the change is unusual.
    """
    asked = dict(locals())
    (event_id,) = check_names("event_id", [event_id])
    event = load_events(event_ids=event_id).iloc[0]
    own = {name: load_series(name) for name in check_names("series", series)}
    dates = _dates(event)
    fits = {
        name: interrupted(_logs(values, name), *dates[:1], effective=dates[1], trend=trend,
                          seasonality=seasonality)
        for name, values in own.items()
    }  # fmt: skip
    shown = check_names("drawn", drawn)
    marks = named_events(marked)
    return TradeStudy(
        parameters=asked,
        finding=" ".join(
            words
            for name, fit in fits.items()
            for words in (_sentence(name, fit, event), _extremes(fit, event))
            if words
        ),
        limits=Notes([*_limits(event, fits), *(_recorded(name, marks) for name in shown)]),
        table=pd.concat([_rows(name, fit) for name, fit in fits.items()], ignore_index=True),
        event=event,
        fits=fits,
        published=_published(fits),
        drawn=tuple(shown),
        marked=marks,
    )


def _dates(event: pd.Series) -> tuple[pd.Timestamp, pd.Timestamp | None]:
    """Return the day of announcement and, if it lies in a later month, the day of effect."""
    announced, effective = event["date"], event["effective_date"]
    if event["date_precision"] == "year":
        raise SpecificationError(
            f"event_id: of {event['event_id']} only the year is known; choose an event with a month"
        )
    later = pd.notna(effective) and effective.to_period("M") > announced.to_period("M")
    return announced, effective if later else None


def _logs(values: pd.Series, name: str) -> pd.Series:
    if not (values > 0).all():
        month = values.index[int((values <= 0).argmax())]
        raise DataError(
            f"series: {name} is {values[month]:g} in {month:%B %Y}, which has no logarithm; begin "
            "after it, with a file of your own"
        )
    logs: pd.Series = np.log(values)
    return logs


def _rows(name: str, fit: InterruptedSeries) -> pd.DataFrame:
    """Return what happened between announcement and effect, and since."""
    waiting = fit.table[fit.table["term"].str.startswith("announced")]
    phases = waiting.assign(phase="announced, not yet effective", placebo_p=np.nan)
    phases = phases.rename(columns={"estimate": "effect"})
    phase = "effective" if len(waiting) else "since the announcement"
    since = {"phase": phase, "effect": fit.effect, "lower": fit.lower,
             "upper": fit.upper, "placebo_p": fit.placebo_p}  # fmt: skip
    columns = ["phase", "effect", "lower", "upper", "placebo_p"]
    table = pd.concat([phases[columns], pd.DataFrame([since])], ignore_index=True)
    table.insert(0, "series", name)
    return table.assign(coverage=fit.coverage, dates=fit.n_placebo)


def _sentence(name: str, fit: InterruptedSeries, event: pd.Series) -> str:
    rows = _rows(name, fit)
    since = rows.iloc[-1]
    words = _words(name)
    announced, applied = (
        f"{day.day} {day:%B %Y}" if pd.notna(day) else ""
        for day in (event["date"], event["effective_date"])
    )
    expected = "than their past let expect"
    after = f"{_change(since['effect'])} {expected} ({fit.level:.0%} interval {_range(since)})"
    first = f"Since {announced} {words} have been {after}"
    if len(rows) > 1:
        waiting = rows.iloc[0]
        first = (
            f"Between announcement ({announced}) and effect ({applied}) {words} were "
            f"{_change(waiting['effect'])} {expected} ({_range(waiting)}); since then they have "
            f"been {after}"
        )
    return f"{first}; {_verdict(fit)}.".replace("%", " %")


def _extremes(fit: InterruptedSeries, event: pd.Series) -> str:
    """Say whether the months around the control hold the most or the fewest tonnes of all."""
    values = fit.path.set_index("date")["value"]
    months = pd.DatetimeIndex(values.index).to_period("M")
    last = max(day for day in (event["date"], event["effective_date"]) if pd.notna(day))
    near = (months >= event["date"].to_period("M")) & (months <= last.to_period("M") + NEAR)
    found = {"most": values.idxmax(), "fewest": values.idxmin()}
    named = [f"{month:%B %Y} had the {word}" for word, month in found.items()
             if near[values.index.get_loc(month)]]  # fmt: skip
    return f"Of all {len(values)} months {listed(named)}." if named else ""


def _words(name: str) -> str:
    return f"China's exports of {name}" if name.endswith("graphite") else name


def _verdict(fit: InterruptedSeries) -> str:
    if not fit.n_placebo:
        return "no earlier dates are there to compare with: cannot tell"
    equal = round(fit.placebo_p * (fit.n_placebo + 1)) - 1
    verdict = UNUSUAL if fit.placebo_p <= LEVEL else "cannot tell"
    return f"of {fit.n_placebo} earlier dates {equal or 'none'} looked as unusual: {verdict}"


def _change(log: float) -> str:
    """Return a log change in words: ``"34 % lower"``."""
    return f"{abs(np.expm1(log)):.0%} {'higher' if log > 0 else 'lower'}"


def _range(row: pd.Series) -> str:
    low, high = (f"{np.expm1(row[end]):+.0%}".replace("-", "−") for end in ("lower", "upper"))
    return f"{low} to {high}"


def _published(tested: Mapping[str, InterruptedSeries]) -> pd.DataFrame:
    every = list_series()
    frame = every[(every["unit"] == "t") & ~every.index.isin([*tested])]
    months = frame["values"] + frame["missing"]
    why = [
        f"{missing} of the {of} months between were never published alone" if missing
        else "not asked for" if of > ENOUGH else "too few months"
        for missing, of in zip(frame["missing"], months, strict=True)
    ]  # fmt: skip
    columns = ["title", "values", "missing", "first", "last"]
    return frame[columns].assign(why=why).rename_axis("series")


def _recorded(name: str, marked: pd.DataFrame) -> str:
    """Say what the published months show after the first event marked, without a test."""
    series, mark = load_series(name), marked["date"].min()
    month = mark.to_period("M")
    before = series[: (month - 1).to_timestamp()].tail(1)
    ahead = series[month.to_timestamp() :].head(AHEAD)
    if before.empty or ahead.empty:
        return ""
    least = ahead.idxmin()
    return (
        (
            f"{series.attrs['title']} as published: {before.iloc[0]:,.0f} t in "
            f"{before.index[0]:%B %Y}, {ahead.min():,.0f} t in {least:%B %Y} "
            f"({ahead.min() / before.iloc[0] - 1:+.0%}), the fewest of the {len(ahead)} "
            f"months from {ahead.index[0]:%B %Y}. Too few months are published to test it."
        )
        .replace("-", "−")
        .replace("%", " %")
    )


def _limits(event: pd.Series, fits: Mapping[str, InterruptedSeries]) -> list[str]:
    return [
        *(f"{name}: {doubt}" for name, fit in fits.items() for doubt in fit.doubts),
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
