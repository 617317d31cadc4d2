"""How far does the answer depend on the choices?"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rareearth_research.labels import label, unit
from rareearth_research.numerals import counted, p_said
from rareearth_research.plots.drawing.small import HEIGHT, INSTEAD, WIDTH
from rareearth_research.plots.drawing.style import INK, LINES, figure, finish, note, percent_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from rareearth_research.eventstudy.questions.specifications.results import SpecificationCurve

PALE, GREY = "#BBBBBB", "#777777"
LEVEL = 0.05
MANY = 200  # specifications from which columns touch
FEW = 3  # specifications up to which the axis holds every band
MOST = 0.01  # share of averages at either end that the axis need not hold
ROOM = 0.6  # of their range, for the bands beyond them
CHOICES = ("model", "window", "benchmark", "estimation", "timing", "sample")


def plot_specification_curve(
    curve: SpecificationCurve, *, title: str = "", source: str = ""
) -> Figure:
    """Draw the sorted averages with their bands, and below each the choices behind it.

    Parameters
    ----------
    curve : SpecificationCurve
    title, source : str, optional
        The finding (by default the curve's own) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = curve.distinct.sort_values("caar", kind="stable").reset_index(drop=True)
    varied = [choice for choice in CHOICES if choice in rows and rows[choice].nunique() > 1]
    values = [(choice, value) for choice in varied for value in curve.distinct[choice].unique()]
    fig, axes = figure(
        9.2,
        4.0 + 0.19 * len(values),
        nrows=1 + bool(values),
        sharex=True,
        squeeze=False,
        gridspec_kw={"height_ratios": [2.6, 0.19 * len(values)] if values else [1]},
    )
    upper, x, many = axes[0, 0], rows.index.to_numpy(), len(rows) > MANY
    colours, cut = _averages(upper, rows)
    if values:
        at = {pair: k for k, pair in enumerate(values)}
        y = [[at[choice, value] for value in rows[choice]] for choice in varied]
        shown = {"s": 4 if many else 18, "marker": "s", "linewidth": 0, "rasterized": many}
        columns, colours = np.tile(x, len(varied)), np.tile(colours, len(varied))
        axes[1, 0].scatter(columns, np.concatenate(y), color=colours, **shown)
        _name_choices(axes[1, 0], values)
    _mark(axes[:, 0], rows, curve)
    INSTEAD[fig] = partial(_averages_alone, rows, curve)
    return finish(
        upper,
        title or curve.summary().headline,
        subtitle="Each column is one specification: mean cumulative abnormal return and 95 % band; "
        "dark where p is at most 5 %. "
        + (_jointly(curve) or "Specifications are not independent.")
        + cut
        + _fixed(rows, varied),
        source=source,
    )


def _averages(ax: Axes, rows: pd.DataFrame) -> tuple[np.ndarray, str]:
    """Draw averages with their bands; return the colour of each, and what the axis leaves out."""
    x, many = rows.index.to_numpy(), len(rows) > MANY
    colours = np.where(rows["p_value"] <= LEVEL, LINES[0], GREY if many else PALE)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.vlines(x, rows["lower"], rows["upper"], color=colours, alpha=0.25 if many else 0.45,
              linewidth=0.6 if many else 1.4, rasterized=many)  # fmt: skip
    ax.scatter(x, rows["caar"], color=colours, s=4 if many else 16, zorder=3, rasterized=many)
    cut = _cut(ax, rows)
    percent_axis(ax.yaxis)
    ax.set_ylabel(f"Average CAR, {unit(rows)}")
    ax.grid(visible=False, axis="x")
    return colours, cut


def _averages_alone(rows: pd.DataFrame, curve: SpecificationCurve) -> Figure:
    """Draw the averages for an index, where there is no room for the choices behind them."""
    fig, ax = figure(WIDTH, HEIGHT)
    _averages(ax, rows)
    _mark([ax], rows, curve)
    ax.set_xlabel(f"{len(rows):,} specifications, sorted")
    return fig


def _cut(ax: Axes, rows: pd.DataFrame) -> str:
    """End the axis where points stay apart, mark what goes beyond, and say how much does."""
    if len(rows) <= FEW:
        return ""
    low, high = np.quantile(rows["caar"], [MOST, 1 - MOST])
    low, high = min(low, 0.0), max(high, 0.0)
    room = ROOM * (high - low)
    bottom, top = max(low - room, rows["lower"].min()), min(high + room, rows["upper"].max())
    pad = 0.04 * (top - bottom)
    ax.set_ylim(bottom - pad, top + pad)
    beyond = {"v": rows["lower"] < bottom, "^": rows["upper"] > top}
    for (marker, out), end in zip(beyond.items(), (bottom, top), strict=True):
        ax.scatter(rows.index[out], np.full(out.sum(), end), marker=marker, s=9, color=INK,
                   linewidth=0, zorder=4, clip_on=False, rasterized=len(rows) > MANY)  # fmt: skip
    bands, points = int((beyond["v"] | beyond["^"]).sum()), int((~rows["caar"].between(
        bottom, top)).sum())  # fmt: skip
    if not bands:
        return ""
    also = f", {counted(points, 'average')} among them" if points else ""
    return f" Arrows: {counted(bands, 'band')} beyond the axis{also}."


def _mark(axes: Iterable[Axes], rows: pd.DataFrame, curve: SpecificationCurve) -> None:
    """Ring the specification that was to be the answer, or the first."""
    own = rows[rows["specification"] == 1]
    if own.empty or len(rows) < 2:
        return
    x, y = int(own.index[0]), float(own["caar"].iloc[0])
    upper, *others = axes
    for ax in (upper, *others):
        ax.axvline(x, color=LINES[1], linewidth=0.9, zorder=1)
    upper.plot(x, y, "o", markersize=7, markerfacecolor="none", color=LINES[1], zorder=5)
    left = x > len(rows) / 2
    note(upper, curve.first, (x, y), (-8 if left else 8, -14), color=LINES[1], fontsize=8.5,
         fontweight="bold", ha="right" if left else "left", va="top", zorder=6)  # fmt: skip


def _name_choices(ax: Axes, values: list[tuple[str, str]]) -> None:
    """Name each row of dots by its value, and each block of rows by its choice."""
    named = [label(choice, str(value)) for choice, value in values]
    ax.set_yticks(range(len(values)), named, fontsize=8.5)
    ax.set_ylim(len(values) - 0.4, -0.6)
    ax.set(xlabel="", ylabel="")
    ax.tick_params(axis="x", labelbottom=False)
    ax.grid(visible=False, axis="x")
    for k, (choice, _) in enumerate(values):
        if k and values[k - 1][0] != choice:
            ax.axhline(k - 0.5, color=PALE, linewidth=0.8)
        if k == 0 or values[k - 1][0] != choice:
            look = {"va": "center", "fontsize": 8.5, "fontweight": "bold", "color": INK}
            where = {"xycoords": ("axes fraction", "data"), "annotation_clip": False}
            note(ax, choice, (1.0, k), (6, 0), **where, **look)


def _jointly(curve: SpecificationCurve) -> str:
    """Say how rare the curve is as a whole, or nothing where it was not drawn again."""
    if curve.joint is None:
        return ""
    rows = curve.joint.to_dict("records")
    found = [f"{row['statistic']} {p_said(row['p_value'])}" for row in rows]
    return f"The curve as a whole, jointly: {', '.join(found)}."


def _fixed(rows: pd.DataFrame, varied: list[str]) -> str:
    fixed = [
        f"{c} {label(c, str(rows[c].iloc[0]))}".replace(" -", " −").replace("[-", "[−")
        for c in CHOICES
        if c not in varied and c in rows and c != "sample"
    ]
    return f" The same in all: {', '.join(fixed)}." if fixed else ""
