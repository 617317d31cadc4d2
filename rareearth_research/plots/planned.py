"""The planned questions: every answer on one axis, and one answer over time."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rareearth_research.plots._style import INK, LINES, PALETTE, figure, finish, note, percent_axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_over_time", "plot_questions"]

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


def _counts(verdicts: pd.Series) -> str:
    counts = verdicts.value_counts()
    return "; ".join(f"{counts[code]} {said}" for code, said in SAID.items() if code in counts)
