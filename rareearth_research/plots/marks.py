"""Which moves would be unusual, and which came? A bar a security."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rareearth_research.plots._style import INK, LINES, figure, finish, percent_axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_marks"]


def plot_marks(result: Any, *, title: str = "", source: str = "") -> Figure:
    """Draw the ordinary moves of each security as a bar, and the moves that came as dots.

    Parameters
    ----------
    result : AnnouncementCard or AnnouncementOutcome
    title, source : str, optional
        The finding (by default the one of `result`) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = result.table[::-1]
    low, high = (np.expm1(table[side].to_numpy()) for side in ("fall", "rise"))
    known = np.isfinite(np.column_stack([low, high])).any(axis=1)
    widest = np.nanmax(np.abs([low, high]), initial=0.01)
    # a side that does not count has no bound: its bar runs to the edge
    low, high = (
        np.where(known & np.isnan(x), s * 1.2 * widest, x) for x, s in ((low, -1), (high, 1))
    )
    _, ax = figure(8.0, 1.8 + 0.36 * len(table))
    y = np.arange(len(table))
    ax.barh(y[known], (high - low)[known], left=low[known], height=0.55, color="#DDE3E6")
    ax.axvline(0, color=INK, linewidth=0.9)
    if "move" in table:
        move, unusual = np.expm1(table["move"].to_numpy(dtype=float)), table["unusual"].to_numpy()
        colours = np.where(unusual, LINES[1], LINES[0])
        ax.scatter(move, y, s=38, zorder=3, color=colours)
    ax.set_yticks(y, table["name"])
    ax.margins(x=0.04)
    ax.grid(visible=False, axis="y")
    percent_axis(ax.xaxis, 0)
    return finish(
        ax,
        title or result.finding,
        subtitle="Grey: moves on 19 of 20 ordinary sessions, fixed before the announcement. Dots: "
        "what came; orange where it is unusual.",
        xlabel="Move against the own stock market, %",
        source=source,
    )
