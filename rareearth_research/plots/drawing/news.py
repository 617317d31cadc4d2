"""Which listed news lies in the time drawn? Marks at the foot of pictures over dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rareearth_research.plots.drawing.flags import wrap_label
from rareearth_research.plots.drawing.style import INK, LINES, MARKERS, PALETTE, note

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from rareearth_research.eventstudy import EventStudyResults

FOOT, NAMED = 0.03, 3  # share of the axes' height; measures that are named beside their lines
BOX = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}


def mark_news(ax: Axes, events: pd.DataFrame | None, *, lines: bool = True) -> str:
    """Mark events at the foot of axes over dates; return what the marks mean, for a subtitle.

    Parameters
    ----------
    ax : Axes
        With its data drawn.
    events : DataFrame or None
        ``date, direction, name`` and ``asked``: whether the picture is about it. Those outside of
        the axes are left out.
    lines : bool, default True
        Whether the events asked about are named, where there are few.
    """
    from matplotlib.dates import date2num

    if events is None:
        return ""
    low, high = ax.get_xlim()
    at = date2num(events["date"].to_numpy())
    shown = events.assign(at=at)[(at >= low) & (at <= high)]
    foot: Any = ax.get_xaxis_transform()
    others, own = shown[~shown["asked"]], shown[shown["asked"]]
    for direction, part in others.groupby("direction"):
        colour = PALETTE[str(direction)]
        ax.scatter(part["at"], np.full(len(part), FOOT), s=30, marker="|", c=colour, transform=foot)
    for direction, part in own.groupby("direction"):
        look: Any = {"marker": MARKERS[str(direction)], "c": PALETTE[str(direction)], "zorder": 4}
        ax.scatter(part["at"], np.full(len(part), 2 * FOOT), s=26, transform=foot, **look)
    if lines and len(own) <= NAMED:
        _name(ax, own, low + (high - low) / 2)
    ax.set_xlim(low, high)
    said = f"At the foot: {len(others)} other listed events in the colour of their direction"
    return f" {said}{', measures asked about as larger signs' * bool(len(own))}."


def _name(ax: Axes, own: pd.DataFrame, middle: float) -> None:
    events: list[Any] = list(own.itertuples())
    for row, event in enumerate(events):
        right = event.at > middle
        look = {"fontsize": 7.5, "color": INK, "bbox": BOX, "xycoords": ax.get_xaxis_transform()}
        words = wrap_label(str(event.name), 30)
        note(ax, words, (event.at, 2 * FOOT + 0.13 * row), (-6 if right else 6, 4),
             ha="right" if right else "left", va="bottom", **look)  # fmt: skip


def mark_counted(ax: Axes, result: EventStudyResults) -> str:
    """Mark at the foot on which sessions other listed events could act; return what that means."""
    counts = result.other_news.groupby("relative_session").size()
    if counts.empty:
        return ""
    foot = ax.get_xaxis_transform()
    ax.scatter(counts.index, [0.03] * len(counts), s=22, c=LINES[1], marker="D", transform=foot)
    for session, count in counts[counts > 1].items():
        note(ax, str(count), (session, 0.03), (0, 5), xycoords=foot, ha="center", fontsize=7.5,
             color=LINES[1])  # fmt: skip
    return " Diamonds: other listed events, with their number if several."
