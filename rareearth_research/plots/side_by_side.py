"""How methods compare that were asked the same question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from rareearth_research.plots._style import INK, LINES, figure, finish
from rareearth_research.summary import Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_did_it_move"]


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
    ax.axvline(0, color=INK, linewidth=0.8)
    ends = table[["lower", "upper"]].replace([-np.inf, np.inf], np.nan)
    ax.hlines(table["method"], ends["lower"], ends["upper"], color=LINES[0], linewidth=2)
    fills = [LINES[0] if passes else "white" for passes in table["guard"]]
    ax.scatter(table["effect"], table["method"], s=40, c=fills, edgecolors=LINES[0], zorder=3)
    ax.margins(y=0.2)
    ax.grid(visible=False, axis="y")
    return finish(
        ax,
        title or result.summary().headline,
        subtitle=f"{result.level:.0%} intervals; hollow: the method's own check objects.",
        xlabel="Effect on the level",
        source=source,
    )
