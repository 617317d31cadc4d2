"""Estimates with their intervals, a row each: coefficients, parts, estimators, methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from rareearth_research.labels import unit
from rareearth_research.plots.drawing.style import INK, LINES, figure, finish, percent_axis
from rareearth_research.summary import Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rareearth_research.dynamics.synthetic.differences import SyntheticDid
    from rareearth_research.eventstudy.questions.cross_section import CrossSection
    from rareearth_research.eventstudy.questions.split import Split


class Answers(Protocol):
    """What is drawn of a `DidItMove`, which stands above."""

    @property
    def table(self) -> pd.DataFrame:
        """One row per method."""

    @property
    def level(self) -> float:
        """Confidence of intervals."""

    def summary(self) -> Summary:
        """Return the headline."""


def plot_cross_section(result: CrossSection, *, title: str = "", source: str = "") -> Figure:
    """Draw each coefficient with its 95 % interval.

    Parameters
    ----------
    result : CrossSection
    title, source : str, optional
        The finding (by default what was regressed) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = result.table[::-1]
    _, ax = figure(8.0, 1.6 + 0.4 * len(table))
    _rows(ax, table["term"], table["coefficient"], table)
    return finish(
        ax,
        title or f"CAR{result.window} of {result.n} event–security pairs, by characteristic",
        subtitle=f"95 % intervals, errors: {result.cluster} ({result.n_clusters} clusters)",
        xlabel="Coefficient",
        source=source,
    )


def plot_split(result: Split, *, title: str = "", source: str = "") -> Figure:
    """Draw the average of the whole and of each part with its 95 % interval.

    Parameters
    ----------
    result : Split
    title, source : str, optional
        The finding (by default which parts stand out) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = result.table[::-1].reset_index(drop=True)
    _, ax = figure(8.0, 1.6 + 0.42 * len(table))
    outside = (table["lower"] > 0) | (table["upper"] < 0)
    colours = np.where(outside, LINES[0], "#8A8A8A")
    matters = float(table["matters"].iloc[-1])
    if np.isfinite(matters):
        ax.axvspan(-matters, matters, color="#F0F0F0", zorder=0)
    fills, look = np.where(outside, colours, "#FFFFFF"), {"size": 36, "margin": 0.15, "zero": 0.9}
    _rows(ax, table.index, table["caar"], table, colours=colours, fills=fills, **look)
    ax.set_yticks(table.index, [f"{row['part']}  ({row['n']})" for row in table.to_dict("records")])
    percent_axis(ax.xaxis, 0)
    return finish(
        ax,
        title or result.summary().headline,
        subtitle="Dot: average cumulative abnormal return (pairs in brackets), with 95 % interval; "
        "filled where it leaves out zero. Grey: moves too small to matter.",
        xlabel=f"Average cumulative abnormal return, {unit(table)}",
        source=source,
        sample=f"{table['n'].max():,.0f} event–security pairs",
    )


def plot_estimators(result: SyntheticDid, *, title: str = "", source: str = "") -> Figure:
    """Draw the effect by each of three estimators, with its interval.

    Parameters
    ----------
    result : SyntheticDid
    title, source : str, optional
        The finding (by default that of the summary) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = result.table[::-1]
    _, ax = figure(8.0, 3.0)
    _rows(ax, table["method"], table["effect"], table, margin=0.3)
    return finish(
        ax,
        title or result.summary().headline,
        subtitle=f"Average effect with its {100 * result.level:g} % interval",
        xlabel="Effect, in units of the series",
        source=source,
    )


def plot_did_it_move(result: Answers, *, title: str = "", source: str = "") -> Figure:
    """Draw the effect of each method with its interval; hollow where its own check objects.

    Parameters
    ----------
    result : DidItMove
    title, source : str, optional
        The finding and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = result.table[result.table["effect"].notna()][::-1]
    _, ax = figure(8.0, 1.8 + 0.4 * len(table))
    ends = table[["lower", "upper"]].replace([-np.inf, np.inf], np.nan)
    fills = [LINES[0] if passes else "white" for passes in table["guard"]]
    rows = np.arange(len(table))  # by name they could not be copied for print from Python 3.14 on
    _rows(ax, rows, table["effect"], ends, size=40, fills=fills)
    ax.set_yticks(rows, table["method"])
    return finish(
        ax,
        title or result.summary().headline,
        subtitle=f"{100 * result.level:g} % intervals; hollow: the method's own check objects."
        + " Without a line: no ends." * bool(ends.isna().any(axis=None)),
        xlabel="Effect on the level",
        source=source,
    )


def _rows(
    ax: Any, y: Any, x: pd.Series, ends: pd.DataFrame, *, size: float = 34, colours: Any = LINES[0],
    fills: Any = None, margin: float = 0.2, zero: float = 0.8,
) -> None:  # fmt: skip
    """Draw each estimate as a dot on its interval, and a line at zero so many points wide."""
    ax.axvline(0, color=INK, linewidth=zero)
    ax.hlines(y, ends["lower"], ends["upper"], color=colours, linewidth=2)
    ax.scatter(x, y, s=size, c=colours if fills is None else fills, edgecolors=colours, zorder=3)
    ax.margins(y=margin)
    ax.grid(visible=False, axis="y")
