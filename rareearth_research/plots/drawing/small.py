"""The same picture where there is little room: on an index, beside the words that say it.

Nothing is scaled down. What was drawn is laid out anew in a few inches, with letters as large as
those of the page: titles and source are left to the page, ticks become fewer, labels shorter lines.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from rareearth_research.plots.drawing.flags import wrap_label
from rareearth_research.plots.drawing.print import _crowding, _part_ticks, _relabel, _wrap_labels
from rareearth_research.plots.drawing.style import date_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT, TALLEST = 3.5, 2.5, 4.0  # inches; 336 pixels of a page are 3.5
POINTS = 9.0  # smallest letters
LETTERS, LINES = 19, 3  # of a label that names a row
NAMED = 45  # letters that the name of one of several axes has at most
WIDEST = 9.0  # inches; what needs more is not to be read in 3.5

INSTEAD: WeakKeyDictionary[Figure, Callable[[], Figure]] = WeakKeyDictionary()
"""What draws another picture of the same finding, for pictures that cannot be laid out anew."""


def small(figure: Figure) -> Figure | None:
    """Return `figure` laid out 3.5 inches wide, or None where it cannot be; it stays as it is."""
    if figure in INSTEAD:
        return INSTEAD[figure]()
    width, height = figure.get_size_inches()
    if width > WIDEST:
        return None
    try:
        copy: Figure = pickle.loads(pickle.dumps(figure))  # made here a moment ago
    except (pickle.PicklingError, AttributeError, TypeError):  # it holds a function without a name
        return None
    copy.suptitle("")
    copy.supxlabel("")
    copy.set_size_inches(WIDTH, min(TALLEST, max(HEIGHT, height / width * WIDTH)))
    for axes in copy.axes:
        _set_small(axes, named=len(copy.axes) > 1)
    for arrange in (_wrap_labels, _part_ticks):
        copy.draw_without_rendering()  # only the laid-out axes know how long a line may be
        for axes in copy.axes:
            arrange(axes)
    high = copy.get_figheight() * max(1.0, *map(_crowding, copy.axes))
    copy.set_size_inches(WIDTH, min(TALLEST, high))
    return copy


def _set_small(axes: Axes, *, named: bool) -> None:
    from matplotlib.dates import AutoDateLocator

    title = axes.get_title("left") if named else ""
    axes.set_title(title if len(title) <= NAMED else "", loc="left", fontsize=POINTS)
    axes.tick_params(labelsize=POINTS)
    _relabel(axes.yaxis, partial(wrap_label, characters=LETTERS, lines=LINES))
    legend = axes.get_legend()
    texts = [*axes.texts, *(legend.get_texts() if legend else ())]
    for text in (axes.xaxis.label, axes.yaxis.label, *texts):
        text.set_fontsize(POINTS)
    for axis in (axes.xaxis, axes.yaxis):
        if isinstance(axis.get_major_locator(), AutoDateLocator):
            date_axis(axis, 5)
            axis.get_major_locator().minticks = 2  # type: ignore[attr-defined]
