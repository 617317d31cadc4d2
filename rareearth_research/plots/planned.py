"""The planned questions: every answer on one axis, and one answer over time."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.eventstudy.statistics.dates import FEWEST_CLUSTERS
from rareearth_research.eventstudy.statistics.decision import detectable_at
from rareearth_research.numerals import counted
from rareearth_research.plots.drawing.small import HEIGHT, INSTEAD, WIDTH
from rareearth_research.plots.drawing.style import (
    INK,
    LINES,
    PALETTE,
    dated,
    figure,
    finish,
    note,
    percent_axis,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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


def said_of(row: dict[Any, Any]) -> str:
    """Return the verdict of a row: on one or two ``announcements`` it is an unusual stretch."""
    if row["verdict"] == "unsettled" and row["announcements"] < FEWEST_CLUSTERS:
        return f"unusual stretch{'es' * (row['announcements'] > 1)}"
    return SAID[row["verdict"]]


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
        title or counted(len(clusters), "announcement", digits=True),
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
        ``name, direction, date, session, n, effect, lower, upper, other_news`` ("" for none); an
        interval that reaches beyond the picture ends in an arrow.
    means : DataFrame
        By ``direction``: ``announcements, effect, lower, upper, verdict`` of their mean.
    title, source : str, optional
        The finding and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = [d for d in means["direction"] if (events["direction"] == d).any()]
    groups = [(d, events[events["direction"] == d].sort_values("session")) for d in shown]
    heights = [len(part) + 1.5 for _, part in groups]
    fig, axes = figure(8.0, 1.9 + 0.3 * sum(heights), nrows=len(groups), sharex=True, squeeze=False,
                       gridspec_kw={"height_ratios": heights})  # fmt: skip
    reach = float(np.nanmax(np.abs(means.loc[means["direction"].isin(shown), ["lower", "upper"]])))
    far = max(1.25 * float(events["effect"].abs().max()) + 0.05, reach)
    for ax, (direction, part) in zip(axes[:, 0], groups, strict=True):
        colour, y = PALETTE[direction], np.arange(len(part))[::-1]
        ax.axvline(0, color=INK, linewidth=0.8)
        ax.hlines(y, part["lower"].clip(-far), part["upper"].clip(upper=far), color=colour)
        for place, (low, high) in enumerate(zip(part["lower"], part["upper"], strict=True)):
            for end, beyond, mark in ((-far, low < -far, "<"), (far, high > far, ">")):
                if beyond:
                    ax.scatter(end, y[place], marker=mark, s=22, color=colour, zorder=3)
        fills = np.where(part["other_news"] == "", colour, "white")
        ax.scatter(part["effect"], y, s=10 + 4 * part["n"], c=fills, edgecolors=colour, zorder=3)
        mean = means.set_index("direction").loc[direction]
        ax.axvspan(mean["lower"], mean["upper"], color=colour, alpha=0.15, linewidth=0)
        ax.axvline(mean["effect"], color=colour, linestyle="--")
        ax.set_yticks(y, [dated(event, 52) for event in part.to_dict("records")], fontsize=7.5)
        ax.set_ylim(-0.8, len(part))
        ax.set_xlim(-1.04 * far, 1.04 * far)
        ax.grid(visible=False, axis="y")
        note(ax, direction.capitalize(), (0.99, 0.97), (0, 0), xycoords="axes fraction",
             ha="right", va="top", fontsize=9, color=colour)  # fmt: skip
    percent_axis(axes[-1, 0].xaxis, 0)
    axes[-1, 0].set_xlabel("Mean cumulative abnormal return, log %")
    INSTEAD[fig] = partial(_means_alone, means)
    return finish(
        axes[0, 0],
        title or counted(len(events), "announcement", digits=True),
        subtitle="Dot: mean of the securities exposed (larger for more of them), with 95 % "
        "interval; hollow: other listed news on the same days. Dashed: mean over announcements, "
        "shaded its 95 % interval.",
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
    for place, row in enumerate(shown.to_dict("records")):
        note(ax, said_of(row), (row["effect"], place), (0, 8), fontsize=9, ha="center", color=INK)
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
    ax.set_ylim(-0.6, len(table) - 0.4)
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


def plot_needed(power: pd.DataFrame, *, title: str = "", source: str = "") -> Figure:
    """Draw what each question could detect against the number of announcements.

    Parameters
    ----------
    power : DataFrame
        As `PlannedStudy.power`.
    title, source : str, optional
        The finding (by default how many questions could find what matters) and the line at the
        foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    columns = 3
    rows = len(power) // columns + 1  # the last panel is the legend's
    _, axes = figure(8.4, 1.2 + 2.3 * rows, nrows=rows, ncols=columns, squeeze=False,
                       sharex=True, sharey=True)  # fmt: skip
    for ax, row in zip(axes.flat, power.reset_index().to_dict("records"), strict=False):
        clusters, many = row["clusters"], np.arange(3, max(200, 2 * row["clusters"]) + 1)
        low, own, high = (
            detectable_at(row[s], many) for s in ("assumed_low", "announcement_sd", "assumed_high")
        )
        ax.fill_between(many, low, high, color="#CCCCCC", linewidth=0, label="assumed in the plan")
        ax.plot(many, own, color=LINES[0], linewidth=2, label="from these announcements")
        ax.axhline(row["matters_from"], color=LINES[1], linestyle="--", linewidth=1.2,
                   label="smallest size that matters")  # fmt: skip
        ax.scatter(clusters, row["detectable_move"], s=48, c=LOOKS[row["verdict"]],
                   edgecolors=LINES[0], zorder=4, label="this study")  # fmt: skip
        note(ax, SAID[row["verdict"]], (clusters, row["detectable_move"]), (6, 4), fontsize=8)
        needed = f"over {many[-1]:,}" if pd.isna(row["needed"]) else f"{row['needed']:,}"
        studied = counted(clusters, "announcement", digits=True)
        ax.set_title(f"{row['question']}: {studied}, {needed} needed", loc="left", fontsize=8.5)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xticks([3, 10, 30, 100], ["3", "10", "30", "100"])
        ax.set_yticks([0.01, 0.03, 0.1, 0.3], ["1", "3", "10", "30"])
        ax.minorticks_off()
        ax.set_xlabel("Announcements", fontsize=8.5)
    for ax in axes.flat[len(power) :]:
        ax.set_axis_off()
    axes[0, 0].set_ylabel("Found four times in five, log %", fontsize=8.5)
    handles, names = axes[0, 0].get_legend_handles_labels()
    axes[-1, -1].legend(handles, names, loc="center", fontsize=8, frameon=False)
    able = int((power["detectable_move"] <= power["matters_from"]).sum())
    found = f"{able} of {len(power)} questions could find what matters"
    return finish(axes[0, 0], title or found, source=source)


def _counts(verdicts: pd.Series) -> str:
    counts = verdicts.value_counts()
    return "; ".join(f"{counts[code]} {said}" for code, said in SAID.items() if code in counts)
