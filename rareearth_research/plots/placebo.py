"""Where the event stands among the same statistic on other sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rareearth_research.arguments import check_choice
from rareearth_research.errors import SpecificationError
from rareearth_research.numerals import p_said
from rareearth_research.plots.drawing.style import INK, LINES, STATISTICS, figure, finish, note

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rareearth_research.eventstudy.chance.placebo import PlaceboResult
    from rareearth_research.eventstudy.questions.volume import ActivityResult

NAMES = {
    "placebo": "Statistic of the mean squared standardised abnormal return",
    **{f"placebo_{name}": words for name, words in STATISTICS.items()},
}


def plot_placebo(
    result: PlaceboResult | ActivityResult,
    *,
    window: str | None = None,
    title: str = "",
    source: str = "",
) -> Figure:
    """Draw the placebo distribution of one window with the event in it.

    Parameters
    ----------
    result : PlaceboResult or ActivityResult
    window : str, optional
        Label such as ``"[0, 1]"``; the first window by default.
    title, source : str, optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SpecificationError
        A window that was not tested, or one without placebo draws.
    """
    table = result.table[result.table["test"].str.startswith("placebo")].set_index("window")
    label = check_choice("window", window or str(table.index[0]), table.index)
    row = table.loc[label]
    draws = result.distribution[label].dropna().to_numpy()
    if not len(draws) or not np.isfinite(row["statistic"]):
        raise SpecificationError(f"there is no placebo to draw for window {label}: {row['note']}")
    # as `placebo_p` counts: equal up to rounding is as extreme
    extreme = np.abs(draws) >= abs(row["statistic"]) * (1 - 1e-12)
    _, ax = figure(8.0, 3.8)
    edges = np.histogram_bin_edges(draws, bins=min(60, max(15, len(draws) // 12)))
    far, _ = np.histogram(draws[extreme], edges)
    every, _ = np.histogram(draws, edges)
    for counts, colour in ((every, LINES[1]), (every - far, "#C8C8C8")):
        ax.stairs(counts, edges, fill=True, color=colour, linewidth=0)
    ax.axvline(row["statistic"], color=LINES[0], linewidth=2)
    ax.axvline(-row["statistic"], color=LINES[0], linewidth=1, linestyle=(0, (4, 3)))
    right = row["statistic"] > np.median(edges)
    text, place = f"the event\n{row['statistic']:+z.2f}", (row["statistic"], 0.97)
    offset, side = ((-6, 0), "right") if right else ((6, 0), "left")
    bold = {"va": "top", "color": LINES[0], "fontweight": "bold"}
    note(ax, text, place, offset, xycoords=("data", "axes fraction"), ha=side, **bold)
    ax.axvline(0, color=INK, linewidth=0.6)
    exact = result.distribution.index.name == "session"  # and not a random draw
    what = "other sessions" if exact else "random draws of other sessions"
    look = "looks" if extreme.sum() == 1 else "look"
    p = float(result.table.loc[result.table["window"] == label, "p_value"].iloc[0])
    share = f"{extreme.sum():,} of {len(draws):,} {what} {look} at least as extreme"
    return finish(
        ax,
        title or f"{share} (placebo {p_said(p)})",
        subtitle="Light: the same statistic without the event; dark: at least as far from zero "
        "as at the event, on either side.",
        xlabel=f"{NAMES[str(row['test'])]}, window {label}",
        ylabel="Placebo sessions",
        source=source,
    )
