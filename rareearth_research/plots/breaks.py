"""When did a series change, and how near to a policy event?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from rareearth_research.errors import SpecificationError
from rareearth_research.plots.drawing.news import mark_news
from rareearth_research.plots.drawing.style import INK, LINES, figure, finish, note, places

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from rareearth_research.dynamics.breaks.nearest import PolicyDistance
    from rareearth_research.dynamics.breaks.result import Breaks


def plot_breaks(
    result: Breaks, *, events: pd.DataFrame | None = None, title: str = "", source: str = ""
) -> Figure:
    """Draw the series with its regimes, the 95 % interval of each break, and F at every date.

    Parameters
    ----------
    result : Breaks
    events : DataFrame, optional
        Listed news to mark at the foot: ``date, direction, name, asked``.
    title, source : str, optional
        The finding (by default the result's own) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    paths = result.paths
    when = places(paths.index)
    fig, (ax, low) = figure(8.4, 5.6, nrows=2, sharex=True, height_ratios=(3, 1))
    ax.plot(when, paths["value"], color="#9A9A9A", linewidth=1)
    for regime in np.split(np.arange(len(paths)), result.regimes.ends(result.n_breaks)[1:-1]):
        ax.plot(when[regime], paths["fitted"].to_numpy()[regime], color=LINES[0], linewidth=2.2)
    known = result.breaks.dropna(subset=["lower", "upper"])
    for lower, upper in zip(places(known["lower"]), places(known["upper"]), strict=True):
        ax.axvspan(lower, upper, color=LINES[1], alpha=0.15, linewidth=0)
    for date in places(result.breaks["date"]):
        ax.axvline(date, color=LINES[1], linewidth=1.2)
    low.plot(when, paths["sup_f"], color=INK, linewidth=1)
    low.set_ylabel("F of one break")
    low.margins(y=0.1)
    marks = mark_news(ax, events, lines=False)
    return finish(
        ax,
        title or re.sub(r" \([^)]*95 %.*?\)", "", result.summary().headline),  # they are drawn
        subtitle="Thick: level or trend of each regime. Vertical: breaks (last row of the old "
        f"regime), their 95 % intervals shaded.{marks}",
        ylabel=result.series.name,
        source=source,
        sample=f"{len(when)} values of one series",
        until=when[-1],
    )


def plot_nearest_policy(result: PolicyDistance, *, title: str = "", source: str = "") -> Figure:
    """Draw how near breaks of series that never broke lie to the events, and the observed ones.

    Parameters
    ----------
    result : PolicyDistance
    title, source : str, optional
        The finding (by default the result's own) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SpecificationError
        Where there is no break.
    """
    if not len(result.table):
        raise SpecificationError(
            "there is no break to draw; look at result.summary(), or give a series with breaks"
        )
    _, ax = figure(8.0, 3.8)
    near = result.distances <= result.distance
    edges = np.histogram_bin_edges(result.distances, bins=25)
    for part, colour in ((~near, "#C8C8C8"), (near, LINES[1])):
        ax.hist(result.distances[part], bins=edges.tolist(), color=colour)
    ax.axvline(result.distance, color=LINES[0], linewidth=2)
    bold = {"color": LINES[0], "fontweight": "bold", "xycoords": ("data", "axes fraction")}
    note(ax, "observed", (result.distance, 0.95), (6, 0), **bold)
    return finish(
        ax,
        title or result.summary().headline,
        subtitle="Each count is a drawn series as long and as persistent, without a break; "
        "dark: its breaks lie as near.",
        xlabel="Mean days from a break to the nearest event",
        ylabel="Drawn series",
        source=source,
    )
