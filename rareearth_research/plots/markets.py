"""The same announcements in several groups: their means, and a map of every announcement."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.labels import label
from rareearth_research.numerals import numeral
from rareearth_research.plots.drawing.style import (
    INK,
    LINES,
    PALETTE,
    dated,
    figure,
    finish,
    note,
    percent_axis,
    shortened,
)
from rareearth_research.plots.planned import LOOKS, said_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEVEL = 0.05
NARROW = 5.0  # inches in which a cell has room for one number


def plot_groups(table: pd.DataFrame, *, title: str = "", source: str = "") -> Figure:
    """Draw the mean of each group over announcements with its interval and verdict.

    Parameters
    ----------
    table : DataFrame
        ``group, announcements, effect, lower, upper, verdict``; ``planned`` where some rows answer
        planned questions.
    title, source : str, optional
        The finding (by default which groups moved) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = table[::-1].reset_index(drop=True)
    _, ax = figure(8.0, 1.8 + 0.42 * len(shown))
    ax.set_ylim(-0.6, len(shown) - 0.4)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.hlines(shown.index, shown["lower"], shown["upper"], color=LINES[0], linewidth=2)
    fills = [LOOKS[verdict] for verdict in shown["verdict"]]
    ax.scatter(shown["effect"], shown.index, s=44, c=fills, edgecolors=LINES[0], zorder=3)
    for place, row in enumerate(shown.to_dict("records")):
        end = np.fmax(row["effect"], row["upper"])  # with one pair there is no interval
        note(ax, said_of(row), (end, place), (8, 0), fontsize=8, va="center", color=INK)
    planned = shown.get("planned", pd.Series(False, shown.index))
    names = zip(shown["group"], shown["announcements"], planned, strict=True)
    ax.set_yticks(
        shown.index,
        [f"{group}{', planned' * asked}  ({number})" for group, number, asked in names],
    )
    ax.grid(visible=False, axis="y")
    ax.margins(x=0.18)
    percent_axis(ax.xaxis, 0)
    return finish(
        ax,
        title or _moved(table),
        subtitle="Group by group, exploratory beyond the planned questions. Dot: mean over "
        "announcements (their number in brackets), with 95 % interval.",
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
            text = f"{100 * value:+z.1f}".replace("-", "−")
            colour = "white" if abs(value) > 0.6 * far else INK
            ax.text(column, row, text, ha="center", va="center", fontsize=7.5, color=colour)
    heads = order.drop(columns="session").to_dict("records")  # which differs by exchange
    ax.set_yticks(range(len(table)), [dated(head, 46) for head in heads], fontsize=7.5)
    groups = [textwrap.fill(g, 9, break_long_words=False) for g in table.columns]
    ax.set_xticks(range(len(table.columns)), groups, fontsize=8)
    ax.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    ax.grid(visible=False)
    up = int((table > 0).to_numpy().sum())
    return finish(
        ax,
        title
        or f"Exploratory: {up} of {int(table.notna().to_numpy().sum())} means of a group "
        "around an announcement were above zero",
        xlabel="Mean cumulative abnormal return, log %; blank: not measured",
        source=source,
    )


def plot_event_map(rows: pd.DataFrame, *, title: str = "", source: str = "") -> Figure:
    """Draw every major measure in every market: sign, size and doubt of each cell.

    Parameters
    ----------
    rows : DataFrame
        As `event_rows`: ``event_id, name, date, status, group, effect, lower, upper, placebo_p,
        family_p, flagged_by, why, added``.
    title, source : str, optional
        The finding (by default how many cells were unusual) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return _map(rows, title, source)


def _map(rows: pd.DataFrame, title: str, source: str, width: float = 9.0) -> Figure:
    """Draw the map; of a column's width its cells hold their size and no more."""
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    wide = width > NARROW
    events, groups = list(rows["event_id"].unique()), list(rows["group"].unique())
    _, ax = figure(width, 2.2 + 0.36 * len(events))
    far = float(np.nanquantile(rows["effect"].abs(), 0.9)) or 0.01
    for row in rows.to_dict("records"):
        x, y = groups.index(row["group"]), events.index(row["event_id"])
        box = Rectangle((x - 0.48, y - 0.45), 0.96, 0.9)
        ax.add_patch(box)
        if not np.isfinite(row["effect"]):
            box.set(fill=False, edgecolor="#DDDDDD", linewidth=0.6)
            if wide:
                reason = shortened(label("reason", row["why"]), 30)
                ax.text(x, y, reason, ha="center", va="center", fontsize=6, color="#888888")
            continue
        unusual = row["placebo_p"] <= LEVEL
        colour = colormaps["PuOr_r"](0.5 + 0.33 * np.clip(row["effect"] / far, -1, 1))
        box.set(
            facecolor=(*colour[:3], 1.0 if unusual else 0.4),
            edgecolor="#C4C4C4",  # the colour of its hatch
            linewidth=0,
            hatch="///" if row["flagged_by"] else None,
        )
        if unusual:
            width = 2.8 if row["family_p"] <= LEVEL else 1.2
            ax.add_patch(Rectangle(box.xy, 0.96, 0.9, fill=False, edgecolor=INK, linewidth=width))
        size, low, high = (
            f"{100 * row[end]:+z.1f}".replace("-", "−") for end in ("effect", "lower", "upper")
        )
        look = {"ha": "center", "va": "center", "color": INK}
        weight = "bold" if unusual else "normal"
        ax.text(x, y - 0.16 * wide, size, fontsize=8, fontweight=weight, **look)
        if wide:
            ax.text(x, y + 0.22, f"{low} to {high}", fontsize=6, **look)
    heads = rows.drop_duplicates("event_id")
    names = [_head(row, 58 if wide else 26) for row in heads.to_dict("records")]
    ax.set_yticks(range(len(events)), names, fontsize=7)
    ax.set_xticks(range(len(groups)), [textwrap.fill(group, 13) for group in groups], fontsize=8)
    ax.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    ax.set_xlim(-0.5, len(groups) - 0.5)
    ax.set_ylim(len(events) - 0.5, -0.5)
    ax.grid(visible=False)
    return finish(
        ax,
        title or unusual_words(rows),
        subtitle=f"Log % in sessions −1 to +1{', 95 % interval' * wide}. Framed: placebo p ≤ 0.05, "
        "thick also corrected for all cells. Hatched: other listed news on the same days. "
        f"{'Grey: why not measured' if wide else 'Empty: not measured'}. *: added to the plan, "
        "exploratory.",
        source=source,
        again=lambda inches: _map(rows, title, source, inches),
    )


def unusual_words(rows: pd.DataFrame) -> str:
    """Say how many cells were unusual, how many chance brings, and how many stand corrected."""
    rows = rows[~rows["added"] & rows["effect"].notna()]
    unusual, stands = (int((rows[p] <= LEVEL).sum()) for p in ("placebo_p", "family_p"))
    left = f"{numeral(stands)} of them after" if stands else "none after"
    return (
        f"{unusual} of {len(rows):,} cells were unusual among other sessions, where chance brings "
        f"about {LEVEL * len(rows):.0f}; {left} the correction for all"
    )


def _head(row: dict[Any, Any], letters: int) -> str:
    """Return the name and day of an event, and what is to be known of it."""
    known = " (reported)" if row["status"] != "occurred" else ""
    name = shortened(row["name"], letters - len(known))
    return f"{'* ' * row['added']}{name}{known}  {row['date'].day} {row['date']:%b %Y}"


def plot_forest_groups(events: pd.DataFrame, *, title: str = "", source: str = "") -> Figure:
    """Draw each announcement in each group with its interval, hollow where other news fell.

    Parameters
    ----------
    events : DataFrame
        ``event_id, name, direction, date, session, group, n, effect, lower, upper, other_news``.
    title, source : str, optional
        The finding (by default how many intervals exclude zero) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    heads = events.sort_values(["direction", "session"], ascending=[False, True])
    heads = heads.drop_duplicates("event_id")
    place = pd.Series(np.arange(len(heads))[::-1], heads["event_id"])
    groups = list(events["group"].unique())
    _, axes = figure(8.4, 1.8 + 0.27 * len(heads), ncols=len(groups), sharey=True, squeeze=False)
    for ax, group in zip(axes[0], groups, strict=True):
        part = events[events["group"] == group]
        y, colours = part["event_id"].map(place), part["direction"].map(PALETTE)
        far = 1.3 * float(part["effect"].abs().max()) + 0.01
        ax.axvline(0, color=INK, linewidth=0.8)
        ax.hlines(y, part["lower"].clip(-far), part["upper"].clip(upper=far), color=colours)
        fills = colours.where(part["other_news"] == "", "white")
        ax.scatter(part["effect"], y, s=12 + 3 * part["n"], c=fills, edgecolors=colours, zorder=3)
        ax.set_xlim(-far, far)
        ax.grid(visible=False, axis="y")
        ax.set_title(textwrap.fill(group, 22), loc="left", fontsize=8.5)
        ax.set_xlabel("log %", fontsize=8.5)
        percent_axis(ax.xaxis, 0)
    names = [dated(head, 42) for head in heads.to_dict("records")]
    axes[0, 0].set_yticks(place, names, fontsize=7)
    for tick, direction in zip(axes[0, 0].get_yticklabels(), heads["direction"], strict=True):
        tick.set_color(PALETTE[direction])
    apart = int(((events["lower"] > 0) | (events["upper"] < 0)).sum())
    found = (
        f"{apart} of {len(events)} intervals exclude zero; each is one date, so an unusual stretch "
        "at most (hollow: other listed news on the same days)"
    )
    return finish(axes[0, 0], title or found, source=source)


def _moved(table: pd.DataFrame) -> str:
    moved = table.loc[table["verdict"] == "moved", "group"]
    if moved.empty:
        return f"None of {len(table)} groups moved by the rule set beforehand"
    return f"Moved: {', '.join(moved)}; not the other {len(table) - len(moved)}"
