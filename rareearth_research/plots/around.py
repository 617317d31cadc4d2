"""What came before and after: mean paths of the planned questions, and named firms and peers."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.plots.drawing.style import INK, LINES, figure, finish, note, percent_axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rareearth_research.arrays import Floats

CLOUD, ASKED = "#9A9A9A", "#FFF3D6"
NARROW = 5.0  # inches in which one panel stands beside none
TICKS = [-10, -5, 0, 5, 10]
AROUND = "Session around the announcement"


def plot_planned_paths(
    paths: Mapping[str, Any],
    titles: Mapping[str, str],
    *,
    title: str = "",
    source: str = "",
) -> Figure:
    """Draw how returns added up around the announcements of each question, a panel each.

    Parameters
    ----------
    paths : mapping of MeanPath
        By question.
    titles : mapping of str
        What each panel found, with its verdict.
    title, source : str, optional
        The finding of all (by default how many questions) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return _paths(paths, titles, title, source)


def _paths(
    paths: Mapping[str, Any], titles: Mapping[str, str], title: str, source: str,
    width: float = 8.4, columns: int = 2,
) -> Figure:  # fmt: skip
    from matplotlib.collections import LineCollection

    rows, wide = -(-len(paths) // columns), columns > 1
    high, key_high = (2.9, 0.12) if wide else (2.1, 0.55)
    _, axes = figure(width, 1.3 + high * rows, nrows=rows + 1, ncols=columns, squeeze=False,
                     height_ratios=[*[1] * rows, key_high])  # fmt: skip
    for ax, (name, path) in zip(axes.flat, paths.items(), strict=False):
        x, mean, half = path.sessions, path.mean, path.half
        lines = [np.column_stack([x, drawn]) for drawn in path.drawn]
        cloud = LineCollection(lines, colors=CLOUD, linewidths=0.4, alpha=0.3, rasterized=True)
        ax.add_collection(cloud)
        ax.axvspan(path.window[0] - 0.5, path.window[1] + 0.5, color=ASKED, zorder=0)
        ax.axhline(0, color=INK, linewidth=0.7)
        ax.fill_between(x, mean - half, mean + half, color=LINES[0], alpha=0.25, linewidth=0,
                        label="its 95 % band over dates")  # fmt: skip
        ax.plot(x, mean, color=LINES[0], linewidth=2, label="mean over announcements")
        seen = np.concatenate([np.abs(mean), np.abs(mean) + half, np.abs(path.drawn).ravel()])
        far = 1.15 * np.nanmax(seen)
        ax.set_ylim(-far, far)
        ax.set_xlim(x[0], x[-1])
        ax.set_xticks([tick for tick in TICKS if x[0] <= tick <= x[-1]])
        met = path.news > 0
        ax.scatter(x[met], np.full(met.sum(), 0.04), s=12 * path.news[met], marker="D",
                   color=LINES[1], transform=ax.get_xaxis_transform(), zorder=3,
                   label="announcements with other listed news")  # fmt: skip
        ax.set_title(textwrap.fill(f"{name}: {titles[name]}", 64), loc="left", fontsize=7.5)
        ax.set_xlabel(AROUND, fontsize=8.5)
        percent_axis(ax.yaxis, 0)
    for ax in axes.flat[len(paths) :]:
        ax.set_axis_off()
    for ax in axes[:-1, 0]:
        ax.set_ylabel("Abnormal return, added up, log %", fontsize=8.5)
    handles, names = axes.flat[0].get_legend_handles_labels()
    drawn = min(len(path.drawn) for path in paths.values())
    cloud = LineCollection([], colors=CLOUD, linewidths=1)
    names.append(f"{drawn} of its placebo draws")
    key = axes[-1, 0].legend([*handles, cloud], names, ncols=columns, fontsize=8,
                             loc="center left", frameon=False)  # fmt: skip
    key.set_in_layout(False)  # it is wider than its column
    return finish(
        axes[0, 0],
        title or f"{len(paths)} questions",
        source=source,
        again=lambda inches: _paths(paths, titles, title, source, inches, 1 + (inches > NARROW)),
    )


def plot_named(
    paths: pd.DataFrame,
    named: Sequence[str],
    effect: float,
    drawn: Floats,
    *,
    title: str = "",
    source: str = "",
) -> Figure:
    """Draw firms named on a list against their peers, and the difference among other sessions.

    Parameters
    ----------
    paths : DataFrame
        Abnormal returns added up: a row a session, a column a firm.
    named : sequence of str
        Columns of the firms named.
    effect : float
        Mean of the firms named less that of their peers.
    drawn : ndarray
        The same at other sessions.
    title, source : str, optional
        The finding (by default the difference) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.ticker import MaxNLocator

    _, (left, right) = figure(8.4, 4.0, ncols=2, width_ratios=(3, 2))
    peers = paths[[str(name) for name in paths if name not in named]]
    left.axvspan(-1.5, 1.5, color=ASKED, zorder=0)
    left.axhline(0, color=INK, linewidth=0.7)
    colours = dict.fromkeys(map(str, peers), CLOUD) | dict(zip(named, LINES, strict=False))
    for name, colour in colours.items():
        bold = name in named
        left.plot(paths.index, paths[name], color=colour, linewidth=2 if bold else 0.9)
        if bold:
            note(left, name, (paths.index[-1], paths[name].iloc[-1]), (3, 0), va="center",
                 color=colour, fontweight="bold")  # fmt: skip
    mean = peers.mean(axis=1)
    left.plot(
        paths.index, mean, color=INK, linewidth=1.6, linestyle="--", label="mean of the peers"
    )
    left.legend(loc="lower left", fontsize=8)
    left.set_xlim(paths.index[0], paths.index[-1] + 3)
    left.set_xticks(TICKS)
    left.set_xlabel(AROUND, fontsize=8.5)
    left.set_ylabel("Abnormal return, added up, log %", fontsize=8.5)
    percent_axis(left.yaxis, 0)
    far = np.abs(drawn) >= abs(effect) * (1 - 1e-12)
    edges = np.linspace(-1.02 * np.abs(drawn).max(), 1.02 * np.abs(drawn).max(), 24)
    right.hist([drawn[~far], drawn[far]], edges, stacked=True, color=["#CCCCCC", "#8FB8D0"],
               label=["smaller", "at least as large, up or down"])  # fmt: skip
    right.axvline(effect, color=LINES[1], linewidth=2)
    note(right, "the announcement", (effect, 0.98), (4, 0), xycoords=("data", "axes fraction"),
         va="top", fontsize=8, color=LINES[1])  # fmt: skip
    # below the axes, where it can cover neither a bar nor the line
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2, fontsize=7.5)
    right.set_ylim(top=1.15 * right.get_ylim()[1])
    right.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    right.set_xlabel("Named less peers, log %", fontsize=8.5)
    right.set_ylabel("Other sessions", fontsize=8.5)
    right.set_title(f"{far.sum():,} of {len(drawn):,} other sessions", loc="left", fontsize=8.5)
    percent_axis(right.xaxis, 0)
    left.set_title(f"Grey: {', '.join(map(str, peers))}", loc="left", fontsize=8)
    return finish(left, title or f"{100 * effect:+z.1f} % against peers", source=source)
