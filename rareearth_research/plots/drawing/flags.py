"""Where can labels of a timeline stand without covering one another?

Each label is a flag: a thin pole rises from its marker and the text hangs to one side of the pole.
Flags are placed greedily in several orders, and the plan that shows most is kept; a flag that fits
nowhere is left out, and its marker stays. Pure geometry in inches, testable without drawing.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

GAP = 0.06  # inches kept free beside a text
SHUFFLES = 40  # random orders tried besides the obvious ones


@dataclass(frozen=True)
class Flag:
    """A placed label: index of its marker, row above the lane (0 lowest), and its left edge."""

    index: int
    row: int
    left: float
    right: float
    pole: float


def place_flags(
    x: Sequence[float], widths: Sequence[float], weights: Sequence[int], extent: float, rows: int
) -> list[Flag]:
    """Place labels in at most `rows` rows of one lane, keeping the heaviest of many trials.

    Parameters
    ----------
    x : sequence of float
        Marker positions, inches from the lane's left end.
    widths : sequence of float
        Widths of the texts, inches.
    weights : sequence of int
        Importance of each label.
    extent : float
        Length of the lane, inches.
    rows : int
        Rows available above the markers.

    Returns
    -------
    list of Flag
        No two texts overlap and no pole crosses a text.
    """
    every = range(len(x))
    orders = [
        sorted(every, key=lambda i: (-weights[i], x[i])),
        sorted(every, key=lambda i: (-weights[i], -x[i])),
        sorted(every, key=lambda i: x[i]),
        sorted(every, key=lambda i: -x[i]),
    ]
    rng = np.random.default_rng(0)
    orders += [rng.permutation(len(x)).tolist() for _ in range(SHUFFLES)]
    plans = [
        _greedy(x, widths, order, extent, levels)
        for order in orders
        for levels in (range(rows), range(rows - 1, -1, -1))
    ]
    return max(plans, key=lambda plan: sum(weights[flag.index] for flag in plan))


def stack_markers(x: Sequence[float], size: float, levels: int = 4) -> list[int]:
    """Return a level for each marker so that neighbours closer than `size` do not coincide."""
    ends = [float("-inf")] * levels
    level = [0] * len(x)
    for index in sorted(range(len(x)), key=lambda i: x[i]):
        free = [k for k in range(levels) if x[index] - ends[k] >= size]
        level[index] = free[0] if free else min(range(levels), key=lambda k: ends[k])
        ends[level[index]] = x[index]
    return level


def text_width(text: str, points: float) -> float:
    """Width in inches of the longest line of `text` in the figure font."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(family="DejaVu Sans")
    lines = [line for line in text.split("\n") if line]
    return max(
        (
            TextPath((0, 0), line, size=points, prop=font).vertices[:, 0].max() / 72
            for line in lines
        ),
        default=0.0,
    )


def wrap_label(name: str, characters: int = 31, lines: int = 2) -> str:
    """Shorten an event's name to a few lines: first without brackets, then with an ellipsis."""
    for text in (name, re.sub(r"\s*\([^)]*\)", "", name)):
        wrapped = textwrap.wrap(" ".join(text.split()), characters, break_long_words=False)
        if len(wrapped) <= lines:
            return "\n".join(wrapped)
    return "\n".join(wrapped[:lines]).rstrip(" ,;:(-…") + " …"


def _greedy(
    x: Sequence[float],
    widths: Sequence[float],
    order: Sequence[int],
    extent: float,
    levels: Sequence[int],
) -> list[Flag]:
    placed: list[Flag] = []
    for index in order:
        pole, width = x[index], widths[index]
        sides = [(pole, pole + width), (pole - width, pole)]  # text right of the pole, or left
        for row, (left, right) in ((row, side) for row in levels for side in sides):
            flag = Flag(index, row, left, right, pole)
            inside = left >= 0 and right <= extent + GAP
            if inside and not any(_clash(flag, other) for other in placed):
                placed.append(flag)
                break
    return _close_rows(placed)


def _close_rows(flags: list[Flag]) -> list[Flag]:
    """Renumber rows so that none is empty."""
    used = sorted({flag.row for flag in flags})
    return [replace(flag, row=used.index(flag.row)) for flag in flags]


def _clash(a: Flag, b: Flag) -> bool:
    if a.row == b.row:
        return a.left < b.right + GAP and b.left < a.right + GAP
    upper, lower = (a, b) if a.row > b.row else (b, a)
    # a text stands a little off its own pole, so another pole may run along that edge
    start = lower.left + 0.02 if lower.left == lower.pole else lower.left - GAP / 2
    end = lower.right - 0.02 if lower.right == lower.pole else lower.right + GAP / 2
    return start < upper.pole < end
