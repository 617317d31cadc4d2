"""What does a picture draw? One short hash of its figures and words, the same on every machine.

Layout, fonts and versions of matplotlib move pixels; they move nothing of this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from rareearth_research.arrays import Floats
from rareearth_research.plots.drawing.style import joined

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DIGITS = 5  # of a coordinate; what machines differ in is far smaller


def drawn_hash(figure: Figure) -> str:
    """Return twelve hexadecimal digits of what a picture shows.

    Parameters
    ----------
    figure : Figure

    Returns
    -------
    str
        Of the words and the coordinates (five digits) of lines, markers, areas and bars, with their
        colours, and of the labels of rows; not of ticks that matplotlib chooses.
    """
    parts = [joined(text.get_text()) for text in (*figure.texts, *_titles(figure))]
    for ax in figure.axes:
        parts += _of_axes(ax)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _titles(figure: Figure) -> Iterator[Any]:
    for ax in figure.axes:
        # the same three of any axes, which have no public name apart
        yield from (ax.title, vars(ax)["_left_title"], ax.xaxis.label, ax.yaxis.label)


def _of_axes(ax: Axes) -> Iterator[str]:
    from matplotlib.ticker import FixedLocator

    for axis in (ax.xaxis, ax.yaxis):
        if isinstance(axis.get_major_locator(), FixedLocator):  # else matplotlib's own choice
            labels = axis.get_major_formatter().format_ticks(list(axis.get_majorticklocs()))
            yield " ".join(map(joined, labels))
    for line in ax.lines:
        yield f"line {_colours(line.get_color())} {_numbers(line.get_xydata())}"
    for shape in ax.patches:
        path = shape.get_patch_transform().transform_path(shape.get_path())
        yield f"patch {_colours(shape.get_facecolor())} {_numbers(path.vertices)}"
    for many in ax.collections:
        paths = [_numbers(path.vertices) for path in many.get_paths()]
        yield f"many {_colours(many.get_facecolor())} {_numbers(many.get_offsets())} {paths}"
    for image in ax.images:
        yield f"image {_numbers(image.get_array())}"
    for text in ax.texts:
        yield f"text {joined(text.get_text())}"  # its place may hang on how wide letters are


def _colours(given: Any) -> str:
    from matplotlib.colors import to_hex, to_rgba_array

    return " ".join(map(to_hex, to_rgba_array(given)))


def _numbers(values: Any) -> str:
    """Return coordinates as text, without the last digits; no negative zero."""
    array: Floats = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan).ravel()
    return " ".join(f"{value:.{DIGITS}g}" for value in np.round(array, 10) + 0.0)
