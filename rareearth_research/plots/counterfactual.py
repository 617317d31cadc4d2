"""What happened, beside what would have."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.plots.drawing.news import mark_news
from rareearth_research.plots.drawing.style import (
    INK,
    LINES,
    date_axis,
    figure,
    finish,
    note,
    places,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from rareearth_research.dynamics.structural.result import StateSpaceImpact
    from rareearth_research.dynamics.synthetic.result import SyntheticControl

GREY = "#BBBBBB"
TICKS = (0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 1.0)  # shares of the level, about
FAR = 5.0  # times the unit's own error before the date: placebos that fit worse are not drawn


def plot_synthetic_control(
    result: SyntheticControl, *, events: pd.DataFrame | None = None, title: str = "",
    source: str = "",
) -> Figure:  # fmt: skip
    """Draw the unit with its synthetic control, and the gap among those of the placebos.

    Parameters
    ----------
    result : SyntheticControl
    events : DataFrame, optional
        Listed news to mark at the foot: ``date, direction, name, asked``.
    title, source : str, optional
        The finding (by default that of the summary) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _, (above, below) = figure(8.0, 6.4, nrows=2, sharex=True)
    gaps, index = result.gaps, places(result.gaps.index)
    _beside(above, {result.unit: gaps["actual"], "synthetic": gaps["synthetic"]})
    others = result.placebo["pre_rmspe"][1:] <= FAR * result.pre_rmspe
    cloud = result.placebo_gaps.iloc[:, 1:].loc[:, others.to_numpy()]
    below.plot(index, cloud, color=GREY, linewidth=0.7, alpha=0.7)
    below.plot(index, gaps["gap"], color=LINES[0], linewidth=2.0)
    below.axhline(0, color=INK, linewidth=0.8)
    for ax in (above, below):
        _mark(ax, index[result.before])
    left_out = len(others) - len(cloud.columns)
    marks = mark_news(above, events)
    apart = f" ({left_out} that fit {FAR:g} times worse before are left out)" if left_out else ""
    return finish(
        below,
        title or result.summary().headline,
        subtitle=f"Gap to the synthetic control; grey: the same for {len(cloud.columns)} placebos"
        f"{apart}.{marks.replace('At the foot', 'At the foot above')}",
        ylabel="Gap",
        source=source,
        until=index[-1],
    )


def plot_impact(
    result: StateSpaceImpact, *, events: pd.DataFrame | None = None, title: str = "",
    source: str = "",
) -> Figure:  # fmt: skip
    """Draw the series with its forecast, the effect by row, and the average by level variance.

    Parameters
    ----------
    result : StateSpaceImpact
    events : DataFrame, optional
        Listed news to mark at the foot: ``date, direction, name, asked``.
    title, source : str, optional
        The finding (by default that of the summary) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _, (above, middle, below) = figure(8.0, 8.2, nrows=3)
    effects = result.effects
    after = places(effects.index)
    actual = pd.concat([result.before, effects["actual"]])
    _beside(above, {result.name: actual, "expected": effects["expected"]})
    for ax, ends, colour in ((above, "expected_", LINES[1]), (middle, "", LINES[0])):
        sides = effects[f"{ends}lower"], effects[f"{ends}upper"]
        ax.fill_between(after, *sides, color=colour, alpha=0.18, linewidth=0)
    _mark(above, after[0])
    marks = mark_news(above, events)
    middle.plot(after, effects["effect"], color=LINES[0], linewidth=1.5)
    middle.axhline(0, color=INK, linewidth=0.8)
    middle.set_ylabel("Effect")
    if isinstance(after, pd.DatetimeIndex):
        date_axis(middle.xaxis, 6)
    grid = result.grid
    place = np.arange(len(grid))
    for likely, colour in ((True, LINES[0]), (False, GREY)):
        some = (grid["plausible"] == likely).to_numpy()
        below.vlines(place[some], *(grid[end][some] for end in result.ends), color=colour)
        below.scatter(place[some], grid["effect"][some], s=18, color=colour, zorder=3)
    below.axhline(0, color=INK, linewidth=0.8)
    by = "earlier dates" if result.by_dates else "formula"
    ticks = [int((grid["share"] - share).abs().argmin()) for share in TICKS]
    below.set_xticks(ticks, [f"{grid['share'].iloc[tick]:.2g}" for tick in ticks])
    return finish(
        below,
        title or result.summary().headline,
        subtitle="Average effect by share of the level in the variances, interval by "
        f"{by}; grey: shares that the data speak against. Bands above: single {result.step}s, by "
        f"formula.{marks.replace('At the foot', 'At the foot above')}",
        xlabel="Share of the level: 0 a constant, 1 a random walk",
        ylabel="Average effect",
        source=source,
        until=after[-1],
    )


def _mark(ax: Axes, day: Any) -> None:
    ax.axvline(day, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))


def _beside(ax: Axes, lines: dict[str, pd.Series]) -> None:
    """Draw what was and what would have been, with their names at their ends, apart."""
    ends = [line.iloc[-1] for line in lines.values()]
    dashes = ("solid", (0, (5, 2)))
    for (name, line), colour, dash in zip(lines.items(), LINES[:2], dashes, strict=True):
        days = places(line.index)
        ax.plot(days, line, color=colour, linewidth=1.8, linestyle=dash)
        above = line.iloc[-1] == max(ends)
        at, shift = (days[-1], line.iloc[-1]), (5, 7 if above else -7)
        look = {"va": "center", "color": colour, "fontsize": 9, "annotation_clip": False}
        note(ax, textwrap.fill(name, 12), at, shift, **look)
    ax.set_ylabel("Level")
