"""How does a picture fit a column of a newspaper? Drawn anew at its width, its texts wrapped.

Title, subtitle and what the figures rest on run over the whole width; the axes share what is left.
No type is smaller than can be read, and labels that would cover one another give way.
"""

from __future__ import annotations

import functools
import itertools
import pickle
import re
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from rareearth_research.numerals import localised, tied
from rareearth_research.plots.drawing.flags import wrap_label
from rareearth_research.plots.drawing.style import INK, Facts, joined

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

WIDTHS = {85: 0.72, 180: 0.92}  # millimetres of a column and of a page, and the size of its type
COLUMN = 85
SMALLEST = 6.2  # points of type
EDGE, LEADING = 0.06, 1.28  # inches; lines of type
EM = {"bold": 0.64, "normal": 0.57}  # width of a letter of English in its size, at most
LABEL = 26  # letters of a label in a column
SOFT = "#555555"
WORD = re.compile("[a-z]{4}")  # no month, no number


def fit(figure: Figure, width: int, facts: Facts, locale: str = "en") -> Figure:
    """Return the picture drawn anew, `width` millimetres wide, with its facts inside."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    size, inches = WIDTHS[width], width / 25.4
    if facts.again is None:
        fitted: Figure = pickle.loads(pickle.dumps(figure))  # made here a moment ago
        FigureCanvasAgg(fitted).draw()
        high = _content(fitted) * (0.62 if width == COLUMN else 0.9)
        fitted.set_layout_engine("constrained")
        fitted.set_size_inches(inches, fitted.get_figheight())
    else:
        fitted = facts.again(inches)
        FigureCanvasAgg(fitted)
        high = _content(fitted)
    _shrink(fitted, size)
    if width == COLUMN:
        high *= _stack(fitted)
        for ax in fitted.axes:
            _relabel(ax.yaxis, _short)
            if facts.again is None and (legend := ax.get_legend()):  # not over what is drawn
                titled = len(fitted.axes) > 1 and ax.get_title("left")
                legend.set_loc("best" if titled else "lower left")
                legend.set_bbox_to_anchor(None if titled else (0, 1))
    edges = _blocks(fitted, facts, size)
    _place(fitted, high, *edges)
    for ax in fitted.axes:
        _wrap_labels(ax)
    _place(fitted, high, *edges)
    for ax in fitted.axes:
        _part_ticks(ax)
    high *= max(1.0, *map(_crowding, fitted.axes))
    _place(fitted, high, *edges)
    if locale != "en":
        _say_in(fitted, locale)
    return fitted


def legible(figure: Figure) -> bool:
    """Return whether no two texts within the axes of a picture cover one another."""
    for ax in figure.axes:
        texts = [text for text in ax.texts if text.get_visible() and text.get_text()]
        boxes = np.array([text.get_window_extent().extents for text in texts]).reshape(-1, 4)
        x0, y0, x1, y1 = (side[:, None] for side in boxes.T)
        wide, high = (
            np.minimum(x1, x1.T) - np.maximum(x0, x0.T),
            np.minimum(y1, y1.T) - np.maximum(y0, y0.T),
        )
        if ((wide > 1) & (high > 1)).sum() > len(boxes):  # each covers itself
            return False
    return True


def foot(facts: Facts) -> str:
    """Return the line of source, sample and last day."""
    day = facts.until
    parts = (
        facts.source and f"Source: {facts.source}",
        facts.sample and f"Sample: {facts.sample}",
        "" if day is None else f"Figures until {day.day} {day:%B %Y}",
    )
    return " ".join(part.rstrip(".") + "." for part in parts if part)


def _content(figure: Figure) -> float:
    """Return the inches from the lowest to the highest edge of all axes."""
    boxes = [ax.get_position() for ax in figure.axes]
    high = max(box.y1 for box in boxes) - min(box.y0 for box in boxes)
    return float(high * figure.get_figheight())


def _shrink(figure: Figure, size: float) -> None:
    """Make type smaller, as far as it can be read, and lines and markers with it."""
    from matplotlib.collections import Collection, PathCollection
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    artists: list[Any] = figure.findobj()
    for artist in artists:
        if isinstance(artist, Text):
            artist.set_fontsize(max(SMALLEST, float(artist.get_fontsize()) * size))
        elif isinstance(artist, Line2D):
            artist.set_linewidth(artist.get_linewidth() * size)
            artist.set_markersize(artist.get_markersize() * size)
        elif isinstance(artist, Collection):
            artist.set_linewidth(size * np.asarray(artist.get_linewidth()))  # type: ignore[arg-type]
            if isinstance(artist, PathCollection):
                artist.set_sizes(size**2 * artist.get_sizes())
    for axis in _axes_of(figure):  # what is drawn later takes its size from here
        points = axis.get_major_ticks(1)[0].label1.get_fontsize()
        axis.set_tick_params(which="both", labelsize=points, pad=2.5)


def _axes_of(figure: Figure) -> list[Axis]:
    return [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]


def _stack(figure: Figure) -> float:
    """Put axes that stand side by side below one another; return how many times as high it is."""
    specs = [ax.get_subplotspec() for ax in figure.axes]
    columns = max((spec.get_gridspec().ncols for spec in specs if spec), default=1)
    if columns > 1:
        grid = figure.add_gridspec(len(figure.axes), 1)
        for number, ax in enumerate(figure.axes):
            ax.set_subplotspec(grid[number, 0])
            ax.tick_params(labelleft=True, labelbottom=True)
            ax.set_ylabel(ax.get_ylabel() or figure.axes[0].get_ylabel())
    return columns if columns == 1 else 1.35 * columns  # type shrinks less than they do


def _short(label: str) -> str:
    """Return a label of a row, on one line or two; the day that ends it stays."""
    if len(label) <= LABEL:
        return label
    name, apart, day = label.rpartition("  ")
    if apart:
        return f"{wrap_label(name, LABEL, 1)}\n{day}"
    one = wrap_label(label, LABEL, 1)
    return wrap_label(label, LABEL) if one.endswith("…") else one


def _blocks(figure: Figure, facts: Facts, size: float) -> tuple[float, float]:
    """Write title and subtitle at the top, facts at the foot; return the inches that they take."""
    from matplotlib.transforms import ScaledTranslation

    title, source = joined(figure.get_suptitle()), foot(facts)
    figure.suptitle("")
    figure.supxlabel("")
    above = [(title, max(8.2, 11.5 * size), "bold", INK)]
    first = max(figure.axes, key=lambda ax: ax.get_position().y1)
    if [ax for ax in figure.axes if ax.get_title("left")] == [first]:  # else it speaks of one
        above.append((joined(first.get_title("left")), 9 * size, "normal", SOFT))
        first.set_title("", loc="left")
    taken = {1: EDGE, 0: EDGE}
    for side, blocks in ((1, above), (0, [(source, 7.5 * size, "normal", SOFT)])):
        for text, points, weight, colour in blocks:
            points = max(SMALLEST, points)
            lines = _filled(text, figure.get_figwidth() - 2 * EDGE, points, weight)
            move = ScaledTranslation(EDGE, (1 - 2 * side) * taken[side], figure.dpi_scale_trans)
            block = figure.text(
                0, side, lines, size=points, weight=weight, color=colour, linespacing=LEADING,
                va="top" if side else "bottom", transform=figure.transFigure + move,
            )  # fmt: skip
            block.set_in_layout(False)
            rows = lines.count("\n") + 1 if lines else 0
            taken[side] += (rows * LEADING + 0.4) * points / 72
    return taken[1], taken[0]


def _filled(text: str, inches: float, points: float, weight: str = "normal") -> str:
    lines = textwrap.fill(tied(text), max(12, int(inches * 72 / (points * EM[weight]))))
    return lines.replace("\u00a0", " ")


def _place(figure: Figure, high: float, top: float, bottom: float) -> None:
    """Make the figure so tall that its axes are `high` inches together, between the blocks."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.transforms import Bbox

    width, before = figure.get_size_inches()
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        for _ in range(2):
            spare = figure.get_figheight() - _content(figure)
            total = max(top + bottom + 1, spare + high)
            figure.set_size_inches(width, total)
            inner = 1 - (top + bottom) / total
            engine.set(rect=(0.01, bottom / total, 0.98, inner), w_pad=0.03, h_pad=0.03)
            engine.execute(figure)
        return
    boxes = [ax.get_tightbbox() for ax in figure.axes]  # they keep their places in inches
    around = Bbox.union([box for box in boxes if box])
    around = around.transformed(figure.dpi_scale_trans.inverted())
    total = top + around.height + bottom
    for ax in figure.axes:
        box = ax.get_position()
        low = (box.y0 * before + bottom - around.y0) / total
        ax.set_position((box.x0, low, box.width, box.height * before / total))
    figure.set_size_inches(width, total)


def _wrap_labels(ax: Axes) -> None:
    """Wrap what is written along an axis to its length."""
    size = ax.get_position().size * ax.figure.get_figure(root=True).get_size_inches()
    labels = (ax.xaxis.label, size[0]), (ax.yaxis.label, size[1]), (ax.title, size[0])
    for text, inches in (*labels, (vars(ax)["_left_title"], size[0])):
        points = float(text.get_fontsize())
        text.set_text(_filled(joined(text.get_text()), inches, points))


def _part_ticks(ax: Axes) -> None:
    """Keep labels of the horizontal axis apart: turned where they are words, else fewer of them."""
    labels = ax.get_xticklabels()
    shown = [label for label in labels if label.get_text() and label.get_visible()]
    boxes = [label.get_window_extent() for label in shown]

    def apart(step: int) -> bool:
        pairs = itertools.pairwise(boxes[::step])
        return all(one.x1 + 3 < other.x0 for one, other in pairs)

    step = next(filter(apart, itertools.count(1)))
    if step == 1:
        return
    texts = [label.get_text() for label in labels]
    if WORD.search(" ".join(texts)):
        ax.tick_params(axis="x", labelrotation=90)
        return
    limits = ax.get_xlim()
    ax.set_xticks(ax.get_xticks()[::step], texts[::step])
    ax.set_xlim(limits)


def _crowding(ax: Axes) -> float:
    """Return how many times as high an axis must be for its labels not to touch."""
    boxes = [label.get_window_extent() for label in ax.get_yticklabels() if label.get_text()]
    spans = sorted((box.y0 + box.height / 2, box.height / 2) for box in boxes)
    return max(
        (1.06 * (a + b) / (other - one) for (one, a), (other, b) in itertools.pairwise(spans)),
        default=1.0,
    )


def _relabel(axis: Any, say: Callable[[str], str]) -> None:
    """Write every label of an axis as `say` has it, at the places where they are."""
    limits = axis.get_view_interval()
    for minor in (False, True):
        texts = [label.get_text() for label in axis.get_ticklabels(minor=minor)]
        said = list(map(say, texts))
        if said != texts:
            offset = axis.get_offset_text().get_text()
            axis.set_ticks(axis.get_ticklocs(minor=minor), said, minor=minor)
            axis.get_major_formatter().set_offset_string(offset)
    axis.set_view_interval(*limits, ignore=True)


def _say_in(figure: Figure, locale: str) -> None:
    """Write all numbers as a language does."""
    from matplotlib.text import Text

    say = functools.partial(localised, locale=locale)
    for axis in {id(axis.major): axis for axis in _axes_of(figure)}.values():  # some share ticks
        _relabel(axis, say)
    ticks = {id(text) for axis in _axes_of(figure) for text in axis.get_ticklabels(which="both")}
    for text in figure.findobj(Text):
        if isinstance(text, Text) and id(text) not in ticks:
            text.set_text(say(text.get_text()))
