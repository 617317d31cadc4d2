"""A notebook's picture is drawn as it was laid out, where matplotlib's own way shows no more."""

from __future__ import annotations

import io

import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from rareearth_research.plots.drawing.canvas import Canvas
from rareearth_research.plots.drawing.style import date_axis, figure, finish, note, percent_axis

WORDS = "a line below the title that is too long for one line of the picture and so takes several "
LOOKS = {
    "percent": lambda ax: percent_axis(ax.yaxis),
    "ticks above": lambda ax: ax.xaxis.tick_top(),
    "powers of ten": lambda ax: ax.plot([0, 1], [0, 3e9]),
    "long labels": lambda ax: ax.set_yticks([0, 1], ["a very long name of a security", "b"]),
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def drawn(look="percent", words=2 * WORDS):
    """Return a picture of two made-up points."""
    _, ax = figure()
    ax.plot([0, 1], [0, 1])
    LOOKS[look](ax)
    return finish(ax, "Made up", subtitle=words, xlabel="x", ylabel="y", source="nobody")


def pixels(fig, canvas, times=1):
    content = io.BytesIO()
    canvas(fig).print_figure(content, dpi=times * fig.dpi, format="png", bbox_inches="tight")
    content.seek(0)
    return matplotlib.image.imread(content)


def test_dates_of_a_short_and_of_a_very_long_series_are_marked_without_a_warning():
    ax = plt.figure().subplots()
    ax.xaxis_date()
    for most in (4, 5, 6, 9):
        date_axis(ax.xaxis, most)
        for days in [0.01, 0.2, *np.geomspace(1, 60_000, 23)]:  # ten minutes to 160 years
            ax.set_xlim(0, days)
            assert len(ax.xaxis.get_major_locator()()) >= 2  # warnings are errors here


@pytest.mark.parametrize("look", LOOKS)
def test_a_picture_is_as_large_as_asked_for_in_every_form(look):
    fig = drawn(look)
    width, height = fig.get_size_inches()
    for times in (2, 1):
        size = pixels(fig, Canvas, times).shape[1::-1]
        assert size == (int(width * fig.dpi * times), int(height * fig.dpi * times))
    content = io.StringIO()
    fig.canvas.print_figure(content, dpi=fig.dpi, format="svg", bbox_inches="tight")
    assert f'viewBox="0 0 {width * 72:g} {height * 72:g}"' in content.getvalue()


def test_a_picture_without_a_word_is_drawn():
    fig, ax = figure()
    ax.set_axis_off()
    fig.draw_without_rendering()
    assert pixels(fig, Canvas).shape[1] == fig.bbox.width


@pytest.mark.parametrize(("at", "drawn_whole"), [(0.15, True), (0.02, False)])
def test_a_picture_placed_by_hand_is_drawn_whole_where_all_of_it_is_inside(at, drawn_whole):
    fig, ax = figure()
    fig.set_layout_engine("none")
    ax.set_position((at, 0.2, 0.7, 0.7))
    size = pixels(finish(ax, "Made up", source="nobody"), Canvas).shape[1::-1]
    assert (size == tuple((fig.get_size_inches() * fig.dpi).astype(int))) is drawn_whole


@pytest.mark.parametrize("look", LOOKS)
def test_laying_out_again_moves_next_to_nothing(look):
    fig = drawn(look)
    before = fig.axes[0].get_window_extent().extents
    fig.draw_without_rendering()
    assert np.abs(fig.axes[0].get_window_extent().extents - before).max() < 3  # pixels


@pytest.mark.parametrize("look", LOOKS)
def test_the_line_below_the_title_stands_clear_of_axes_and_title(look):
    fig = drawn(look)
    pixels(fig, Canvas)
    line = next(t for t in fig.axes[0].get_children() if getattr(t, "get_text", str)() != "")
    box = line.get_window_extent()
    assert line.get_text().startswith("a line below")
    assert box.y0 > fig.axes[0].get_window_extent().y1
    assert box.y1 < fig.texts[0].get_window_extent().y0
    above = [
        tick.label2 for tick in fig.axes[0].xaxis.get_major_ticks() if tick.label2.get_visible()
    ]
    above += [power for power in [fig.axes[0].yaxis.offsetText] if power.get_text()]
    assert not any(box.overlaps(text.get_window_extent()) for text in above)
    assert bool(above) == (look in ("ticks above", "powers of ten"))


@pytest.mark.parametrize(
    "change",
    [
        lambda ax: ax.set_ylabel("two\nlines"),
        lambda ax: note(ax, "beyond the right edge of the picture", (1, 0.5), (0, 0)),
        lambda ax: ax.figure.text(0.9, 0.5, "beyond the edge of the picture"),
    ],
)
def test_what_changed_since_is_drawn_as_matplotlib_does(change):
    shown = []
    for canvas in (Canvas, FigureCanvasAgg):
        fig = drawn()
        change(fig.axes[0])
        shown.append(pixels(fig, canvas))
    assert np.array_equal(*shown)


@pytest.mark.parametrize("name", ["subtitle", "xlabel"])
def test_a_text_over_the_edge_is_not_cut_off(name):
    texts = {"subtitle": WORDS, "xlabel": "x"} | {name: "W" * 90}
    shown = []
    for canvas in (Canvas, FigureCanvasAgg):
        fig, ax = figure()
        ax.plot([0, 1], [0, 1])
        shown.append(pixels(finish(ax, "Made up", **texts), canvas))
    assert shown[0].shape[1] > fig.bbox.width
    assert np.array_equal(*shown)


def test_a_title_of_wide_letters_is_set_in_more_lines():
    fig, ax = figure()
    ax.plot([0, 1], [0, 1])
    assert pixels(finish(ax, "WIDE " * 16, subtitle=WORDS), Canvas).shape[1] == fig.bbox.width
    assert fig.get_suptitle().count("\n") == 1  # 79 letters, where 84 are likely to fit


def test_what_is_not_a_notebooks_picture_is_left_to_matplotlib():
    fig = drawn()
    Canvas(fig)
    for options in ({"format": "svg"}, {"bbox_inches": None}):
        content = io.BytesIO()
        fig.savefig(content, **{"bbox_inches": "tight"} | options)
        assert content.tell() > 1000
    assert fig.get_layout_engine() is not None
