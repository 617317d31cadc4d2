"""Do the parts of a sample tell the same? One line a part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rareearth_research.plots._style import INK, LINES, figure, finish, percent_axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rareearth_research.eventstudy.questions.split import Split

__all__ = ["plot_split"]


def plot_split(result: Split, *, title: str = "", source: str = "") -> Figure:
    """Draw the average of the whole and of each part with its 95 % interval.

    Parameters
    ----------
    result : Split
    title, source : str, optional
        The finding (by default which parts stand out) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = result.table[::-1].reset_index(drop=True)
    _, ax = figure(8.0, 1.6 + 0.42 * len(table))
    y = np.arange(len(table))
    outside = (table["lower"] > 0) | (table["upper"] < 0)
    colours = np.where(outside, LINES[0], "#8A8A8A")
    matters = float(table["matters"].iloc[-1])
    if np.isfinite(matters):
        ax.axvspan(-matters, matters, color="#F0F0F0", zorder=0)
    ax.axvline(0, color=INK, linewidth=0.9)
    ax.hlines(y, table["lower"], table["upper"], color=colours, linewidth=2)
    ax.scatter(
        table["caar"],
        y,
        s=36,
        zorder=3,
        edgecolor=colours,
        color=np.where(outside, colours, "#FFFFFF"),
    )
    ax.set_yticks(y, [f"{row['part']}  ({row['n']})" for row in table.to_dict("records")])
    ax.margins(y=0.15)
    ax.grid(visible=False, axis="y")
    percent_axis(ax.xaxis, 0)
    return finish(
        ax,
        title or result.summary().headline,
        subtitle="Dot: average cumulative abnormal return (pairs in brackets), with 95 % interval; "
        "filled where it leaves out zero. Grey: moves too small to matter.",
        xlabel="Average cumulative abnormal return, %",
        source=source,
    )
