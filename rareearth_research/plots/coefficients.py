"""How much do securities that differ in a characteristic differ in their reaction?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rareearth_research.plots._style import INK, LINES, figure, finish

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rareearth_research.eventstudy.questions.cross_section import CrossSection

__all__ = ["plot_cross_section"]


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
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.hlines(table["term"], table["lower"], table["upper"], color=LINES[0], linewidth=2)
    ax.scatter(table["coefficient"], table["term"], s=34, color=LINES[0], zorder=3)
    ax.margins(y=0.2)
    ax.grid(visible=False, axis="y")
    return finish(
        ax,
        title or f"CAR{result.window} of {result.n} event–security pairs, by characteristic",
        subtitle=f"95 % intervals, errors: {result.cluster} ({result.n_clusters} clusters)",
        xlabel="Coefficient",
        source=source,
    )
