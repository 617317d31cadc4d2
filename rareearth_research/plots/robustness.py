"""How far does the answer depend on the choices?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rareearth_research.labels import label
from rareearth_research.numerals import p_said
from rareearth_research.plots._style import INK, LINES, figure, finish, note, percent_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from rareearth_research.eventstudy.questions.specifications.results import SpecificationCurve

__all__ = ["plot_specification_curve"]

GREY = "#9A9A9A"
LEVEL = 0.05
CHOICES = ("model", "window", "benchmark", "timing", "sample")


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
    import seaborn as sns

    rows = curve.distinct.sort_values("caar", kind="stable").reset_index(drop=True)
    rows["significant"] = rows["p_value"] <= LEVEL
    varied = [choice for choice in CHOICES if rows[choice].nunique() > 1]
    values = [(choice, value) for choice in varied for value in curve.distinct[choice].unique()]
    _, axes = figure(
        9.2,
        3.4 + 0.19 * len(values),
        nrows=1 + bool(values),
        sharex=True,
        squeeze=False,
        gridspec_kw={"height_ratios": [2.6, 0.19 * len(values)] if values else [1]},
    )
    upper = axes[0, 0]
    x = rows.index.to_numpy()
    colours = np.where(rows["significant"], LINES[0], "#BBBBBB")
    upper.axhline(0, color=INK, linewidth=0.8)
    upper.vlines(x, rows["lower"], rows["upper"], color=colours, alpha=0.45, linewidth=1.4)
    upper.scatter(x, rows["caar"], color=colours, s=16, zorder=3)
    percent_axis(upper.yaxis)
    upper.set_ylabel("Average CAR, %")
    upper.grid(visible=False, axis="x")
    if values:
        at = {pair: k for k, pair in enumerate(values)}
        marks = rows.melt(id_vars="significant", value_vars=varied, ignore_index=False)
        marks["y"] = [at[pair] for pair in zip(marks["variable"], marks["value"], strict=True)]
        sns.scatterplot(
            marks.rename_axis("x").reset_index(),
            x="x", y="y", hue="significant", hue_order=[False, True],
            palette=["#BBBBBB", LINES[0]], s=18, marker="s", linewidth=0, legend=False,
            ax=axes[1, 0],
        )  # fmt: skip
        _name_choices(axes[1, 0], values)
    return finish(
        upper,
        title or curve.summary().headline,
        subtitle="Each column is one specification: mean cumulative abnormal return and 95 % band; "
        "dark where the headline test rejects at 5 %. "
        + (_jointly(curve) or "Specifications are not independent.")
        + _fixed(rows, varied),
        source=source,
    )


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
            ax.axhline(k - 0.5, color="#BBBBBB", linewidth=0.8)
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
        f"{c} {label(c, str(rows[c].iloc[0]))}"
        for c in CHOICES
        if c not in varied and c != "sample"
    ]
    return f" The same in all: {', '.join(fixed)}." if fixed else ""
