"""The same announcements in several groups: their means, and a map of every announcement."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rareearth_research.plots._style import INK, LINES, figure, finish, note, percent_axis
from rareearth_research.plots.planned import LOOKS, SAID

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_cells", "plot_groups"]


def plot_groups(table: pd.DataFrame, *, title: str = "", source: str = "") -> Figure:
    """Draw the mean of each group over announcements with its interval and verdict.

    Parameters
    ----------
    table : DataFrame
        ``group, announcements, effect, lower, upper, verdict``.
    title, source : str, optional
        The finding (by default which groups moved) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = table[::-1].reset_index(drop=True)
    _, ax = figure(8.0, 1.6 + 0.42 * len(shown))
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.hlines(shown.index, shown["lower"], shown["upper"], color=LINES[0], linewidth=2)
    fills = [LOOKS[verdict] for verdict in shown["verdict"]]
    ax.scatter(shown["effect"], shown.index, s=44, c=fills, edgecolors=LINES[0], zorder=3)
    for place, (upper, verdict) in enumerate(zip(shown["upper"], shown["verdict"], strict=True)):
        note(ax, SAID[verdict], (upper, place), (5, 0), fontsize=8, va="center", color=INK)
    names = zip(shown["group"], shown["announcements"], strict=True)
    ax.set_yticks(shown.index, [f"{group}  ({number})" for group, number in names])
    ax.grid(visible=False, axis="y")
    ax.margins(x=0.18)
    percent_axis(ax.xaxis, 0)
    return finish(
        ax,
        title or _moved(table),
        subtitle="Dot: mean over announcements (their number in brackets), with 95 % interval.",
        xlabel="Mean cumulative abnormal return, log %",
        source=source,
    )


def plot_cells(cells: pd.DataFrame, *, title: str = "", source: str = "") -> Figure:
    """Draw the mean of each group around each announcement; blank where none could be measured.

    Parameters
    ----------
    cells : DataFrame
        ``event_id, name, date, group, effect``, announcement by group.
    title, source : str, optional
        The finding (by default how many cells rose) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    order = cells.sort_values("date").drop_duplicates("event_id")
    table = cells.pivot_table(index="event_id", columns="group", values="effect", sort=False)
    table = table.loc[order["event_id"]]
    _, ax = figure(8.0, 2.0 + 0.3 * len(table))
    far = float(np.nanquantile(np.abs(table), 0.95)) or 0.01
    ax.imshow(table, cmap="PuOr_r", vmin=-far, vmax=far, aspect="auto")
    for (row, column), value in np.ndenumerate(table.to_numpy()):
        if np.isfinite(value):
            text = f"{100 * value:+.1f}".replace("-", "−")
            colour = "white" if abs(value) > 0.6 * far else INK
            ax.text(column, row, text, ha="center", va="center", fontsize=7.5, color=colour)
    names = [textwrap.shorten(name, 46, placeholder=" …") for name in order["name"]]
    days = [f"{day.day} {day:%b %Y}" for day in order["date"]]
    labels = [f"{name}  {day}" for name, day in zip(names, days, strict=True)]
    ax.set_yticks(range(len(table)), labels, fontsize=7.5)
    heads = [textwrap.fill(group, 9) for group in table.columns]
    ax.set_xticks(range(len(table.columns)), heads, fontsize=8)
    ax.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    ax.grid(visible=False)
    up = int((table > 0).to_numpy().sum())
    return finish(
        ax,
        title or f"{up} of {int(table.notna().to_numpy().sum())} group means were above zero",
        xlabel="Mean cumulative abnormal return, log %; blank: not measured",
        source=source,
    )


def _moved(table: pd.DataFrame) -> str:
    moved = table.loc[table["verdict"] == "moved", "group"]
    if moved.empty:
        return f"None of {len(table)} groups moved by the rule set beforehand"
    return f"Moved: {', '.join(moved)}; not the other {len(table) - len(moved)}"
