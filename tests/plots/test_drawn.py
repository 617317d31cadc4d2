"""Pictures are compared by what they draw: other figures are found, another layout is none."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.figure import Figure

from rareearth_research.plots.drawing.drawn import drawn_hash
from rareearth_research.reports.page.displays import show_pictures_described

CHANGES: dict[str, Callable[[Figure], object]] = {
    "line": lambda f: f.axes[0].lines[0].set_ydata([0.1, 0.20001, 0.4]),
    "colour": lambda f: f.axes[0].lines[0].set_color("C3"),
    "markers": lambda f: f.axes[0].collections[0].set_offsets([[1, 0.31], [2, 0.3]]),
    "area": lambda f: f.axes[0].collections[1].remove(),
    "bar": lambda f: f.axes[1].patches[0].set_height(5.1),
    "row": lambda f: f.axes[1].set_yticks([1, 2], ["MP Materials", "Arafura"]),
    "words": lambda f: f.axes[0].texts[0].set_text("12 %"),
    "title": lambda f: f.suptitle("Another finding"),
    "cells": lambda f: f.axes[1].images[0].set_data([[1, 2], [3, 5]]),
}
LAYOUTS: dict[str, Callable[[Figure], object]] = {
    "size": lambda f: f.set_size_inches(9, 4),
    "type": lambda f: [text.set_fontsize(5) for text in f.axes[0].texts],
    "place of words": lambda f: f.axes[0].texts[0].set_position((1.5, 0.1)),
    "the last digits": lambda f: f.axes[0].lines[0].set_ydata([0.1 + 1e-11, 0.2, 0.4]),
    "wrapped title": lambda f: f.suptitle("A\nfinding"),
    "layout engine": lambda f: f.set_layout_engine("tight"),
}


def picture() -> Figure:
    figure, (ax, other) = plt.subplots(1, 2)
    ax.plot([1, 2, 3], [0.1, 0.2, 0.4])
    ax.scatter([1, 2], [0.3, 0.3])
    ax.fill_between([1, 2, 3], [0, 0, 0], [1, 1, 1])
    ax.text(1, 0.2, "11 %")
    other.barh([1, 2], [5, 3])
    other.set_yticks([1, 2], ["MP Materials", "Lynas"])
    other.imshow([[1, 2], [3, 4]])
    figure.suptitle("A finding")
    plt.close(figure)
    return figure


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_drawn_otherwise_has_another_hash(what: str) -> None:
    figure = picture()
    before = drawn_hash(figure)
    CHANGES[what](figure)
    assert drawn_hash(figure) != before


@pytest.mark.parametrize("what", LAYOUTS)
def test_how_it_is_laid_out_is_in_no_hash(what: str) -> None:
    figure = picture()
    before = drawn_hash(figure)
    LAYOUTS[what](figure)
    assert drawn_hash(figure) == before


def test_numbers_that_differ_by_nothing_are_the_same() -> None:
    ours, theirs = picture(), picture()
    ours.axes[0].lines[0].set_ydata(np.array([-0.0, 1e-17, 0.3]))
    theirs.axes[0].lines[0].set_ydata(np.array([0.0, -1e-18, 0.1 + 0.2]))
    assert drawn_hash(ours) == drawn_hash(theirs)


def test_a_notebook_shows_the_hash_where_nbval_compares_it() -> None:
    shell = InteractiveShell()
    show_pictures_described(shell, None)
    figure = picture()
    assert shell.display_formatter is not None
    shown, _ = shell.display_formatter.format(figure)
    assert shown["text/plain"] == f"A finding. [drawn {drawn_hash(figure)}]"
    assert shown["image/png"]
