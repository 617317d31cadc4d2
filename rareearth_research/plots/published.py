"""Figures as published, month by month, with the events beside them: no model, no line between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from matplotlib.ticker import MaxNLocator

from rareearth_research.plots.drawing.style import (
    INK,
    LINES,
    PALETTE,
    date_axis,
    figure,
    finish,
    note,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

CLOSE = 0.11  # of an axis: ticks nearer than that to the one before are not written
BEFORE = 730  # days drawn before the first event
BOX = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}


def plot_published(
    series: Mapping[str, pd.Series], events: pd.DataFrame, *, title: str = "", source: str = ""
) -> Figure:
    """Draw each series as stems in a panel of its own, with a line for each event.

    Parameters
    ----------
    series : mapping of str to Series
        As `load_series` gives them, with ``title`` and ``unit``.
    events : DataFrame
        As `load_events` gives them; lines have the colour of the direction.
    title, source : str, optional
        The finding and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    since = events["date"].min() - np.timedelta64(BEFORE, "D")
    fig, axes = figure(8.0, 1.2 + 2.4 * len(series), nrows=len(series), sharex=True, squeeze=False)
    for ax, whole in zip(axes[:, 0], series.values(), strict=True):
        one = whole[since:]
        ax.vlines(one.index, 0, one, color=LINES[0], linewidth=6)
        for day, direction in zip(events["date"], events["direction"], strict=True):
            ax.axvline(day, color=PALETTE[direction], linestyle="--")
        ax.set_title(whole.attrs["title"], loc="left", fontsize=9, color="#555555")
        ax.set_ylabel(f"{whole.attrs['unit']} a month")
        ax.yaxis.set_major_formatter("{x:,.0f}")
        ax.set_ylim(0, one.max() * 1.45)
        ax.grid(visible=False, axis="x")
    ax = axes[0, 0]
    last = max(one.index[-1] for one in series.values())
    ordered = events.sort_values("date")
    for row, (day, direction) in enumerate(zip(ordered["date"], ordered["direction"], strict=True)):
        words, top = f"{day.day} {day:%b %Y}  {direction}", ax.get_ylim()[1]
        right = day > since + (last - since) / 2  # the text then stands on the left of its line
        offset, side = (-3 if right else 3, -2 - 11 * row), "right" if right else "left"
        look = {"fontsize": 7.5, "va": "top", "color": INK, "bbox": BOX}
        note(ax, words, (day, top), offset, ha=side, **look)
    date_axis(axes[-1, 0].xaxis, 9)
    return finish(
        axes[-1, 0],
        title or "As published: months without a bar were never published alone",
        source=source,
        sample="tonnages published for single months",
        until=last,
    )


def in_units(picture: Figure, label: str) -> Figure:
    """Write the units of a series drawn in logs on its axis: 1, 2 and 5 times powers of ten.

    Parameters
    ----------
    picture : matplotlib.figure.Figure
    label : str
        What the axis measures.

    Returns
    -------
    matplotlib.figure.Figure
    """
    ax = picture.axes[0]
    low, high = ax.get_ylim()
    decades = np.arange(np.floor(low / np.log(10)), np.ceil(high / np.log(10)) + 1)
    ticks: Any = np.log(np.multiply.outer(10.0**decades, [1, 2, 5]).ravel())
    ticks = ticks[(ticks >= low) & (ticks <= high)]
    ax.set_yticks(ticks, [f"{value:,.10g}" for value in np.exp(ticks).round(6)])
    ax.set_ylabel(f"{label} (logarithmic)")
    return picture


def in_per_cent(axis: Axis, label: str) -> Figure:
    """Write a change drawn in logs in per cent on its axis, and return the picture.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
    label : str
        What it measures.

    Returns
    -------
    matplotlib.figure.Figure
    """
    low, high = np.expm1(sorted(axis.get_view_interval()))
    ticks: list[float] = []
    for tick in MaxNLocator(6).tick_values(low, high):  # far up they come close, and are left out
        apart = np.log1p(tick) - np.log1p(ticks[-1]) if ticks and low <= tick else np.inf
        if low <= tick <= high and apart > CLOSE * np.log((1 + high) / (1 + low)):
            ticks.append(float(tick))
    axis.set_ticks(
        np.log1p(ticks), [f"{100 * t:+z.3g} %".replace("-", "−") if t else "0" for t in ticks]
    )
    axis.set_label_text(label)
    return cast("Figure", axis.axes.figure)
