"""The planned questions: every answer on one axis, and one answer over time."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rareearth_research.plots._small import HEIGHT, INSTEAD, WIDTH
from rareearth_research.plots._style import INK, LINES, PALETTE, figure, finish, note, percent_axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_doses", "plot_event_forest", "plot_over_time", "plot_questions"]

LOOKS = {  # verdict: what fills the dot
    "moved": LINES[0],
    "unsettled": "#9DC9E2",
    "none_larger": "#222222",
    "cannot_tell": "#FFFFFF",
}
SAID = {
    "moved": "moved",
    "unsettled": "unsettled",
    "none_larger": "no larger move",
    "cannot_tell": "cannot tell",
}


def plot_questions(table: pd.DataFrame, *, title: str = "", source: str = "") -> Figure:
    """Draw the effect of each planned question with its interval and what would matter.

    Parameters
    ----------
    table : DataFrame
        By question: ``ask, effect, lower, upper, matters, verdict``; rows without ``matters`` are
        measured in other units and left out.
    title, source : str, optional
        The finding (by default how many questions had which answer) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = table[table["matters"].notna()][::-1]
    _, ax = figure(8.0, 1.6 + 0.55 * len(shown))
    y = np.arange(len(shown))
    ax.barh(y, 2 * shown["matters"], left=-shown["matters"], height=0.55, color="#EEEEEE", zorder=0)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.hlines(y, shown["lower"], shown["upper"], color=LINES[0], linewidth=2)
    fills = [LOOKS[verdict] for verdict in shown["verdict"]]
    ax.scatter(shown["effect"], y, s=44, c=fills, edgecolors=LINES[0], zorder=3)
    labels = [f"{ask.rstrip('?')}?" for ask in shown["ask"]]
    ax.set_yticks(y, [textwrap.fill(label, 44) for label in labels], fontsize=8.5)
    for place, (upper, verdict) in enumerate(zip(shown["upper"], shown["verdict"], strict=True)):
        note(ax, SAID[verdict], (upper, place), (5, 0), fontsize=8, va="center", color=INK)
    ax.grid(visible=False, axis="y")
    ax.margins(x=0.18)
    percent_axis(ax.xaxis, 0)
    return finish(
        ax,
        title or _counts(shown["verdict"]),
        subtitle="Dot: mean over announcements, with 95 % interval; grey: moves too small to "
        "matter, as set beforehand.",
        xlabel="Cumulative abnormal return, log %",
        source=source,
    )


def plot_over_time(clusters: pd.DataFrame, *, title: str = "", source: str = "") -> Figure:
    """Draw the mean abnormal return of each announcement against its date.

    Parameters
    ----------
    clusters : DataFrame
        ``session, n, mean``: date, securities and mean cumulative abnormal return.
    title, source : str, optional
        The finding and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _, ax = figure(8.0, 3.6)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.scatter(clusters["session"], clusters["mean"], s=14 * clusters["n"],
               color=PALETTE["tightening"], alpha=0.75, edgecolors="white")  # fmt: skip
    percent_axis(ax.yaxis, 0)
    return finish(
        ax,
        title or f"{len(clusters)} announcements",
        subtitle="A dot an announcement; its size is the number of securities exposed to it.",
        ylabel="Mean cumulative abnormal return, log %",
        source=source,
    )


def plot_event_forest(
    events: pd.DataFrame, means: pd.DataFrame, *, title: str = "", source: str = ""
) -> Figure:
    """Draw each announcement with its interval, a panel for each direction with its mean.

    Parameters
    ----------
    events : DataFrame
        ``name, direction, session, n, effect, lower, upper``; an interval that reaches beyond the
        picture ends in an arrow.
    means : DataFrame
        By ``direction``: ``effect, lower, upper`` of the mean over announcements.
    title, source : str, optional
        The finding and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = [d for d in means["direction"] if (events["direction"] == d).any()]
    groups = [(d, events[events["direction"] == d].sort_values("session")) for d in shown]
    heights = [len(part) + 1.5 for _, part in groups]
    fig, axes = figure(8.0, 1.4 + 0.3 * sum(heights), nrows=len(groups), sharex=True, squeeze=False,
                       gridspec_kw={"height_ratios": heights})  # fmt: skip
    far = 1.25 * float(events["effect"].abs().max()) + 0.05
    for ax, (direction, part) in zip(axes[:, 0], groups, strict=True):
        colour, y = PALETTE[direction], np.arange(len(part))[::-1]
        ax.axvline(0, color=INK, linewidth=0.8)
        ax.hlines(y, part["lower"].clip(-far), part["upper"].clip(upper=far), color=colour)
        for place, (low, high) in enumerate(zip(part["lower"], part["upper"], strict=True)):
            for end, beyond, mark in ((-far, low < -far, "<"), (far, high > far, ">")):
                if beyond:
                    ax.scatter(end, y[place], marker=mark, s=22, color=colour, zorder=3)
        ax.scatter(part["effect"], y, s=10 + 4 * part["n"], color=colour, zorder=3)
        mean = means.set_index("direction").loc[direction]
        ax.axvspan(mean["lower"], mean["upper"], color=colour, alpha=0.15, linewidth=0)
        ax.axvline(mean["effect"], color=colour, linestyle="--")
        days = [f"{day.day} {day:%b %Y}" for day in part["session"]]
        names = [textwrap.shorten(name, 52, placeholder=" …") for name in part["name"]]
        ax.set_yticks(y, [f"{name}  {day}" for name, day in zip(names, days, strict=True)],
                      fontsize=7.5)  # fmt: skip
        ax.set_ylim(-0.8, len(part) - 0.2)
        ax.set_xlim(-1.04 * far, 1.04 * far)
        ax.grid(visible=False, axis="y")
        ax.set_title(direction.capitalize(), loc="left", fontsize=9, color=colour)
    percent_axis(axes[-1, 0].xaxis, 0)
    axes[-1, 0].set_xlabel("Mean cumulative abnormal return, log %")
    INSTEAD[fig] = partial(_means_alone, means)
    return finish(
        axes[0, 0],
        title or f"{len(events)} announcements",
        subtitle="Dot: mean of the securities exposed (larger for more of them), with 95 % "
        "interval. Dashed: mean over announcements, shaded its 95 % interval.",
        source=source,
    )


def _means_alone(means: pd.DataFrame) -> Figure:
    """Draw the mean over announcements of each direction, for an index."""
    shown = means[means["direction"].isin(list(PALETTE))][::-1]
    fig, ax = figure(WIDTH, HEIGHT)
    y, colours = np.arange(len(shown)), [PALETTE[direction] for direction in shown["direction"]]
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.hlines(y, shown["lower"], shown["upper"], color=colours, linewidth=2)
    ax.scatter(shown["effect"], y, s=44, c=colours, zorder=3)
    for place, (effect, verdict) in enumerate(zip(shown["effect"], shown["verdict"], strict=True)):
        note(ax, SAID[verdict], (effect, place), (0, 8), fontsize=9, ha="center", color=INK)
    ax.set_yticks(y, [direction.capitalize() for direction in shown["direction"]], fontsize=9)
    ax.set_ylim(-0.6, len(shown) - 0.4)
    ax.tick_params(axis="x", labelsize=9)
    ax.grid(visible=False, axis="y")
    percent_axis(ax.xaxis, 0)
    ax.set_xlabel("Mean over announcements, log %", fontsize=9)
    return fig


def plot_doses(doses: pd.DataFrame, *, title: str = "", source: str = "") -> Figure:
    """Draw the mean over announcements for each kind of measure.

    Parameters
    ----------
    doses : DataFrame
        ``by, dose, announcements, effect, lower, upper``; without an interval where announcements
        are too few for one.
    title, source : str, optional
        The finding (by default that this is exploratory) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = doses[::-1].reset_index(drop=True)
    _, ax = figure(8.0, 1.6 + 0.36 * len(table))
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.hlines(table.index, table["lower"], table["upper"], color=LINES[0], linewidth=2)
    ax.scatter(table["effect"], table.index, s=36, color=LINES[0], zorder=3)
    ax.set_yticks(
        table.index,
        [f"{row.by}: {row.dose}  ({row.announcements})" for row in table.itertuples()],
        fontsize=8.5,
    )
    ax.grid(visible=False, axis="y")
    percent_axis(ax.xaxis, 0)
    return finish(
        ax,
        title or "Exploratory: tightenings by what they restrict, for whom and how",
        subtitle="Dot: mean over announcements (their number in brackets), with 95 % interval from "
        "three announcements on.",
        xlabel="Mean cumulative abnormal return, log %",
        source=source,
    )


def _counts(verdicts: pd.Series) -> str:
    counts = verdicts.value_counts()
    return "; ".join(f"{counts[code]} {said}" for code, said in SAID.items() if code in counts)
