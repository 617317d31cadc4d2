"""Pictures of slow answers: responses, interruptions, leads, nervousness, the premium abroad."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rareearth_research.plots.drawing.news import mark_news
from rareearth_research.plots.drawing.style import (
    DASHES,
    INK,
    LINES,
    date_axis,
    figure,
    finish,
    percent_axis,
    places,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from rareearth_research.dynamics.abroad import Premium
    from rareearth_research.dynamics.leads import LeadLag
    from rareearth_research.dynamics.projection.results import LocalProjection
    from rareearth_research.dynamics.segments.results import InterruptedSeries
    from rareearth_research.dynamics.variance.results import Nervousness


def plot_local_projection(result: LocalProjection, *, title: str = "", source: str = "") -> Figure:
    """Draw the response by horizon with its intervals and its joint band, one line a state.

    Parameters
    ----------
    result : LocalProjection
    title, source : str, optional
        The finding and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _, ax = figure(8.0, 4.5)
    table = result.table.assign(state=result.table.get("state", ""))
    level = f"{100 * result.level:g} % interval of one horizon"
    bands, said = (
        [("joint_", 0.12), ("", 0.25)],
        f"Dark: {level}; light: band that holds the whole ",
    )
    said += "path."
    if result.few:
        bands, said = [("placebo_", 0.25)], f"Band: {level}, by the shocks moved to other dates."
    parts = table[table["state"] != "difference"].groupby("state", sort=False)
    for colour, dash, (state, part) in zip(LINES, DASHES, parts, strict=False):
        x = part["horizon"]
        for ends, alpha in bands:
            lower, upper = (part[f"{ends}{end}"] for end in ("lower", "upper"))
            if len(part) > 1:
                ax.fill_between(x, lower, upper, color=colour, alpha=alpha, lw=0)
            else:  # the month itself: a band has no width
                ax.vlines(x, lower, upper, color=colour, alpha=alpha, lw=9)
        label = f"State {state!s}" if state else None
        look = {"color": colour, "dashes": dash, "marker": "o", "markersize": 3.5}
        ax.plot(x, part["effect"], label=label, **look)
    ax.axhline(0, color=INK, linewidth=0.9)
    ax.xaxis.get_major_locator().set_params(integer=True)
    if table["horizon"].nunique() == 1:
        ax.set_xlim(table["horizon"].iloc[0] + np.array([-1, 1]))
    if parts.ngroups > 1:
        ax.legend()
    return finish(
        ax,
        title or result.summary().headline,
        subtitle=said,
        xlabel=f"{result.unit.capitalize()}s after the shock",
        ylabel=f"Change of {result.name}",
        source=source,
    )


def plot_interrupted(
    result: InterruptedSeries, *, events: pd.DataFrame | None = None, title: str = "",
    source: str = "",
) -> Figure:  # fmt: skip
    """Draw the series, the fitted segments, and where they led without the interruptions.

    Parameters
    ----------
    result : InterruptedSeries
    events : DataFrame, optional
        Listed news to mark at the foot: ``date, direction, name, asked``.
    title, source : str, optional
        The finding and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _, ax = figure(8.0, 4.5)
    path = result.path
    x = places(path["date"])
    after = path["effect"].notna()
    ax.plot(x, path["value"], "o", color="#9A9A9A", markersize=3, label="Observed")
    ax.plot(x, path["fitted"], color=LINES[0], label="Fitted")
    low, high = (path["fitted"] - path[end] for end in ("upper", "lower"))
    ax.plot(x[after], path["without"][after], color=LINES[1], linestyle="--",
            label="Without the interruption")  # fmt: skip
    ax.fill_between(x[after], low[after], high[after], color=LINES[1], alpha=0.2, lw=0)
    rows = [
        int(np.flatnonzero([str(date).startswith(label) for date in path["date"]])[0])
        for label in result.dates
    ]
    for row in rows:
        ax.axvline(x[row], color=INK, linewidth=0.9)
    days = path["date"].iloc[rows]
    monthly = all(getattr(day, "day", 0) == 1 for day in days)
    starts = [f"{day:%B %Y}" for day in days] if monthly else result.dates
    ax.legend(loc="best", fontsize=8)
    marks = mark_news(ax, events)
    return finish(
        ax,
        title or result.summary().headline,
        subtitle=f"Vertical line: {', '.join(starts)}. "
        f"Band: {100 * result.level:g} % interval by formula of where the series would have been."
        f"{marks}",
        ylabel=result.name,
        source=source,
        sample=f"{len(path)} {result.unit}s",
        until=x[-1],
    )


def plot_lead_lag(result: LeadLag, *, title: str = "", source: str = "") -> Figure:
    """Draw correlations at leads and lags with the band of unrelated series.

    Parameters
    ----------
    result : LeadLag
    title, source : str, optional
        The finding and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _, ax = figure(8.0, 4.0)
    table = result.table
    inside = table["correlation"].between(table["joint_lower"], table["joint_upper"])
    ax.fill_between(table["lead"], table["joint_lower"], table["joint_upper"], color="#EFEFEF")
    ax.fill_between(table["lead"], table["lower"], table["upper"], color="#DADADA")
    colours = np.where(inside, "#8A8A8A", LINES[0])
    ax.vlines(table["lead"], 0, table["correlation"], color=colours, linewidth=2)
    ax.scatter(table["lead"], table["correlation"], color=colours, s=26, zorder=3)
    ax.axhline(0, color=INK, linewidth=0.9)
    return finish(
        ax,
        title or result.summary().headline,
        subtitle="Grey: correlations of unrelated series at one lead (dark) and at any (light).",
        xlabel=f"{result.unit.capitalize()}s by which {result.first} comes before {result.second}",
        ylabel="Correlation",
        source=source,
    )


def plot_nervousness(
    result: Nervousness, *, title: str = "", remark: str = "", source: str = ""
) -> Figure:
    """Draw the variance around each date beside that of ordinary windows.

    Parameters
    ----------
    result : Nervousness
    title, remark, source : str, optional
        The finding, what is to be known beside it, and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = result.table[::-1].reset_index(drop=True)
    _, ax = figure(8.0, 1.7 + 0.36 * len(table))
    y = np.arange(len(table))
    inside = table["ratio"].between(table["lower"], table["upper"])
    colours = np.where(inside, "#8A8A8A", LINES[0])
    ax.hlines(y, table["lower"], table["upper"], color="#DADADA", linewidth=7)
    ax.scatter(table["ratio"], y, color=colours, s=34, zorder=3)
    ax.axvline(1, color=INK, linewidth=0.9)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set_yticks(y, table["date"].replace("all", "all dates"))
    ax.grid(visible=False, axis="y")
    return finish(
        ax,
        title or result.summary().headline,
        subtitle="Dot: variance over what was to be expected; grey: 95 % of ordinary windows. "
        f"{remark}".rstrip(),
        xlabel="Ratio of variances (logarithmic)",
        source=source,
    )


def plot_premium(result: Premium, *, title: str = "", source: str = "") -> Figure:
    """Draw the price abroad over the price at home without tax.

    Parameters
    ----------
    result : Premium
    title, source : str, optional
        The finding and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _, ax = figure(8.0, 4.0)
    table = result.table
    ax.plot(table["date"], table["premium"], color=LINES[0], drawstyle="steps-post")
    ax.axhline(0, color=INK, linewidth=0.9)
    percent_axis(ax.yaxis, 0)
    date_axis(ax.xaxis, 7)
    return finish(
        ax,
        title or result.summary().headline,
        ylabel="Price abroad over price at home",
        source=source,
        until=table["date"].iloc[-1],
    )
