"""When did the market learn, and how much had it moved before?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_span
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.pairs.setup import label_of
from rareearth_research.labels import unit
from rareearth_research.numerals import step
from rareearth_research.plots.drawing.style import (
    INK,
    LINES,
    STATISTICS,
    figure,
    finish,
    note,
    percent_axis,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from rareearth_research.eventstudy.questions.anticipation import AnticipationResult
    from rareearth_research.eventstudy.questions.dating.results import TimingCurve

GREY = "#9A9A9A"
LEVEL = 0.05
BOX = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}


def plot_timing_curve(
    curve: TimingCurve,
    *,
    shade: tuple[int, int] | None = None,
    title: str = "",
    source: str = "",
) -> Figure:
    """Draw the statistic as the assumed event session moves, and the sessions not rejected.

    Below stands at which sessions other listed events fell.

    Parameters
    ----------
    curve : TimingCurve
    shade : (int, int), optional
        First and last session of a run-up that the title speaks of.
    title, source : str, optional
        The finding (by default the curve's own) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SpecificationError
        A curve without placebo draws.
    """
    table = curve.table
    if not curve.n:
        raise SpecificationError(f"there is no placebo to draw the curve against. {curve.note}")
    shift, statistic = table["shift"].to_numpy(), table["statistic"].to_numpy()
    inside = table["in_set"].to_numpy(dtype=bool)
    news = table["others"].to_numpy()
    _, (ax, foot) = figure(
        8.4, 5.2, nrows=2, sharex=True, gridspec_kw={"height_ratios": [5, 1], "hspace": 0.12}
    )
    ax.axhspan(-curve.critical, curve.critical, color="#EDEDED", zorder=0)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.axvline(0, color=LINES[1], linewidth=1.2, linestyle=(0, (4, 3)))
    if shade is not None:
        first, last = check_span("shade", shade)
        ax.axvspan(first - 0.5, last + 0.5, color=LINES[0], alpha=0.12, linewidth=0, zorder=0)
    ax.vlines(shift, 0, statistic, color=np.where(inside, LINES[0], "#C8C8C8"), linewidth=2)
    rival = table["rival"].to_numpy()
    apart = np.isfinite(rival) & ~np.isclose(rival, statistic)
    loudest = 1.16 * max(np.nanmax(np.abs(statistic)), curve.critical)  # few securities may shout
    if apart.any():
        ax.scatter(
            shift[apart],
            rival[apart].clip(-loudest, loudest),
            s=46,
            color=LINES[1],
            marker="_",
            zorder=5,
        )
    silent = (table["rival"].isna() & table["statistic"].notna()).to_numpy()
    if silent.any():
        ax.scatter(shift[silent], 0 * shift[silent], s=24, color=LINES[1], marker="x", zorder=3)
    ax.scatter(shift[~inside], statistic[~inside], s=26, color="white", edgecolor=GREY, zorder=3)
    ax.scatter(shift[inside], statistic[inside], s=34, color=LINES[0], zorder=4)
    _annotate_peak(ax, curve, loudest)
    ax.margins(y=0.16)
    ax.grid(visible=False, axis="x")
    foot.bar(shift, 100 * news, width=0.7, color=LINES[1])
    foot.set_xlim(shift[0] - 0.8, shift[-1] + 0.8)
    foot.set_ylim(0, 100)
    foot.set_yticks([0, 50, 100])
    foot.grid(visible=False, axis="x")
    foot.set_ylabel("Other\nnews, %")
    foot.set_xlabel("Assumed event session, relative to the announced one")
    confidence = f"{100 * (1 - curve.level):g} %"
    around = label_of(curve.window).replace("-", "−")
    marks = [
        f"Response window {around} around each session; dashed: the announced one.",
        f"Blue: the run-up in sessions {step(shade[0])} to {step(shade[1])}." if shade else "",
        f"Grey: {confidence} of sessions without an event.",
        f"Filled: sessions that could be the true one at {confidence} confidence.",
        "Short bar: without the securities near another listed event, which is what speaks "
        "against other sessions"
        + (" (at the edge: beyond it)." if (np.abs(rival[apart]) > loudest).any() else ".")
        if apart.any()
        else "",
        "Crossed: nothing is left." if silent.any() else "",
        f"Only moves {curve.direction} speak against other sessions." if curve.direction else "",
        "Below: securities with another listed event in the window.",
    ]
    return finish(
        ax,
        title or curve.finding,
        subtitle=" ".join(filter(None, marks)),
        ylabel="Statistic, " * (curve.statistic == "bmp") + STATISTICS[curve.statistic],
        source=source,
    )


def plot_anticipation(
    result: AnticipationResult,
    *,
    detectable: pd.Series | None = None,
    title: str = "",
    source: str = "",
) -> Figure:
    """Draw the run-up over each lead and, below it, how rare it is without an event.

    Parameters
    ----------
    result : AnticipationResult
    detectable : Series, optional
        By lead: the run-up that would be found four times in five.
    title, source : str, optional
        The finding (by default the largest run-up and its verdict) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SpecificationError
        What is no Series of `detectable`.
    """
    table = result.table
    lead = -table["lead"].to_numpy()
    _, (upper, lower) = figure(
        8.4, 5.0, nrows=2, sharex=True, gridspec_kw={"height_ratios": [2, 1]}
    )
    upper.axhline(0, color=INK, linewidth=0.8)
    missed = ""
    if detectable is not None and not isinstance(detectable, pd.Series):
        raise SpecificationError(f"detectable={shown(detectable)} must be a Series by lead")
    if detectable is not None and detectable.notna().any():
        known = detectable.dropna()
        upper.fill_between(-known.index.to_numpy(), -known, known, color="#EDEDED", zorder=0)
        missed = "Grey band: run-ups that would be missed more often than in two cases of ten. "
    upper.plot(lead, table["total"], color=GREY, linewidth=1.6)
    upper.plot(lead, table["caar"], color=LINES[0], linewidth=2, marker="o", markersize=4)
    last = table[["caar", "total"]].iloc[0]  # lead 1, at the right end
    for column, colour, text in (
        ("caar", LINES[0], "before the event\n[−k, −1]"),
        ("total", GREY, f"with the event\n[−k, {result.until}]"),
    ):
        side = "bottom" if last[column] == last.max() else "top"  # never over each other
        place = (lead.max(), last[column])
        note(upper, text, place, (9, 0), color=colour, va=side, fontsize=8.5, bbox=BOX | {"pad": 1})
    percent_axis(upper.yaxis)
    upper.set_ylabel(f"Average CAR, {unit(table)}")
    rare = (table["p_romano_wolf"] <= LEVEL).to_numpy()
    lower.axhline(LEVEL, color=LINES[1], linewidth=1.1, linestyle=(0, (4, 3)))
    lower.plot(lead, table["p_value"], color=LINES[0], linewidth=1.2, marker="o", markersize=3.5)
    lower.plot(lead, table["p_romano_wolf"], color=INK, linewidth=1.2, linestyle=":")
    lower.scatter(lead[rare], table["p_romano_wolf"][rare], s=26, color=LINES[1], zorder=4)
    lower.set_ylim(0, 1.03)
    lower.set_ylabel("Placebo p")
    lower.set_xlabel("First session of the run-up, −k")
    lower.set_xlim(lead.min() - 0.6, lead.max() + 0.22 * len(lead))
    return finish(
        upper,
        title or result.finding,
        subtitle=f"{missed}Below: share of placebo sessions with a run-up as large (line with "
        f"dots), and corrected for looking at every lead (dotted); dashed: {100 * LEVEL:g} %.",
        source=source,
    )


def _annotate_peak(ax: Axes, curve: TimingCurve, loudest: float) -> None:
    row = curve.table[curve.table["shift"] == curve.peak].iloc[0]
    date = "" if pd.isna(row["session"]) else f", {row['session'].day} {row['session']:%b %Y}"
    up, ends = row["statistic"] > 0, row[["statistic", "rival"]].dropna().clip(-loudest, loudest)
    place = curve.peak, ends.max() if up else ends.min()
    text = f"largest at {step(curve.peak)}{date}"
    offset, side = ((0, 9), "bottom") if up else ((0, -9), "top")
    note(ax, text, place, offset, ha="center", va=side, fontsize=8.5, color=INK, bbox=BOX)
