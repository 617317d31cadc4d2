"""What happened, beside what would have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.plots._style import INK, LINES, figure, finish

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from rareearth_research.dynamics.structural.result import StateSpaceImpact
    from rareearth_research.dynamics.synthetic.differences import SyntheticDid
    from rareearth_research.dynamics.synthetic.result import SyntheticControl

__all__ = ["plot_estimators", "plot_impact", "plot_synthetic_control"]

GREY = "#BBBBBB"
TICKS = (0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 1.0)  # shares of the level, about
FAR = 5.0  # times the unit's own error before the date: placebos that fit worse are not drawn


def plot_synthetic_control(
    result: SyntheticControl, *, title: str = "", source: str = ""
) -> Figure:
    """Draw the unit with its synthetic control, and the gap among those of the placebos.

    Parameters
    ----------
    result : SyntheticControl
    title, source : str, optional
        The finding (by default that of the summary) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _, (above, below) = figure(8.0, 6.4, nrows=2, sharex=True)
    index, gaps = _dates(result.gaps.index), result.gaps
    above.plot(index, gaps["actual"], color=LINES[0], linewidth=1.8)
    above.plot(index, gaps["synthetic"], color=LINES[1], linewidth=1.8, linestyle=(0, (5, 2)))
    _name_ends(
        above,
        index,
        {result.unit: (gaps["actual"], LINES[0]), "synthetic": (gaps["synthetic"], LINES[1])},
    )
    above.set_ylabel("Level")
    others = result.placebo["pre_rmspe"][1:] <= FAR * result.pre_rmspe
    cloud = result.placebo_gaps.iloc[:, 1:].loc[:, others.to_numpy()]
    below.plot(index, cloud, color=GREY, linewidth=0.7, alpha=0.7)
    below.plot(index, gaps["gap"], color=LINES[0], linewidth=2.0)
    below.axhline(0, color=INK, linewidth=0.8)
    for ax in (above, below):
        _mark(ax, index, result.before)
    left_out = len(others) - len(cloud.columns)
    apart = f" ({left_out} that fit {FAR:g} times worse before are left out)" if left_out else ""
    return finish(
        below,
        title or result.summary().headline,
        subtitle=f"Gap to the synthetic control; grey: the same for {len(cloud.columns)} placebos"
        f"{apart}.",
        ylabel="Gap",
        source=source,
    )


def plot_impact(result: StateSpaceImpact, *, title: str = "", source: str = "") -> Figure:
    """Draw the series with its forecast, the effect by row, and the average by level variance.

    Parameters
    ----------
    result : StateSpaceImpact
    title, source : str, optional
        The finding (by default that of the summary) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _, (above, middle, below) = figure(8.0, 8.2, nrows=3)
    effects, before = result.effects, result.before
    actual = pd.concat([before, effects["actual"]])
    index, after = _dates(actual.index), _dates(effects.index)
    above.plot(index, actual, color=LINES[0], linewidth=1.5)
    above.plot(after, effects["expected"], color=LINES[1], linewidth=1.8, linestyle=(0, (5, 2)))
    above.fill_between(
        after,
        effects["expected_lower"],
        effects["expected_upper"],
        color=LINES[1],
        alpha=0.18,
        linewidth=0,
    )
    lines = {result.name: (actual, LINES[0]), "expected": (effects["expected"], LINES[1])}
    _name_ends(above, after, lines)
    above.set_ylabel("Level")
    _mark(above, index, len(before))
    middle.fill_between(
        after, effects["lower"], effects["upper"], color=LINES[0], alpha=0.18, linewidth=0
    )
    middle.plot(after, effects["effect"], color=LINES[0], linewidth=1.5)
    middle.axhline(0, color=INK, linewidth=0.8)
    middle.set_ylabel("Effect")
    grid = result.grid
    place = np.arange(len(grid))
    for likely, colour in ((True, LINES[0]), (False, GREY)):
        some = (grid["plausible"] == likely).to_numpy()
        below.vlines(place[some], grid["lower"][some], grid["upper"][some], color=colour)
        below.scatter(place[some], grid["effect"][some], s=18, color=colour, zorder=3)
    below.axhline(0, color=INK, linewidth=0.8)
    ticks = [int((grid["share"] - share).abs().argmin()) for share in TICKS]
    below.set_xticks(ticks, [f"{grid['share'].iloc[tick]:.2g}" for tick in ticks])
    return finish(
        below,
        title or result.summary().headline,
        subtitle="Average effect by share of the level in the variances; grey: shares that the "
        "data speak against.",
        xlabel="Share of the level: 0 a constant, 1 a random walk",
        ylabel="Average effect",
        source=source,
    )


def plot_estimators(result: SyntheticDid, *, title: str = "", source: str = "") -> Figure:
    """Draw the effect by each of three estimators, with its interval.

    Parameters
    ----------
    result : SyntheticDid
    title, source : str, optional
        The finding (by default that of the summary) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = result.table[::-1]
    _, ax = figure(8.0, 3.0)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.hlines(table["method"], table["lower"], table["upper"], color=LINES[0], linewidth=2)
    ax.scatter(table["effect"], table["method"], s=34, color=LINES[0], zorder=3)
    ax.margins(y=0.3)
    ax.grid(visible=False, axis="y")
    return finish(
        ax,
        title or result.summary().headline,
        subtitle=f"Average effect with its {100 * result.level:g} % interval",
        xlabel="Effect, in units of the series",
        source=source,
    )


def _dates(index: pd.Index) -> Any:
    """Return what matplotlib can place: periods as their first day."""
    return index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index


def _mark(ax: Axes, index: Any, before: int) -> None:
    """Draw a line at the first row after the date."""
    ax.axvline(index[before], color=INK, linewidth=0.9, linestyle=(0, (4, 3)))


def _name_ends(ax: Axes, index: Any, lines: dict[str, tuple[pd.Series, str]]) -> None:
    """Write the names of two lines at their ends, apart from each other."""
    last = {name: float(values.iloc[-1]) for name, (values, _) in lines.items()}
    order = sorted(last, key=lambda name: last[name])
    for name, shift in zip(order, (-7, 7), strict=True):
        ax.annotate(
            name,
            (index[-1], last[name]),
            xytext=(5, shift),
            textcoords="offset points",
            va="center",
            color=lines[name][1],
            fontsize=9,
            annotation_clip=False,
        )
