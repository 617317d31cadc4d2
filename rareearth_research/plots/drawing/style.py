"""One look for every picture: fixed colours, light grid, finding as title, source at the foot.

Colours are Okabe and Ito's, which stay distinct for colour-blind readers and in grey print.
A policy direction has the same colour in every picture of the package.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from rareearth_research.arguments import check_text
from rareearth_research.numerals import tied, typeset

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PALETTE = {
    "tightening": "#D55E00",
    "easing": "#0072B2",
    "neutral": "#7F7F7F",
    "threat": "#CC79A7",
    "unknown": "#B8A100",
}
MARKERS = {"tightening": "^", "easing": "v", "neutral": "o", "threat": "D", "unknown": "s"}
LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
DASHES = ((), (5, 2), (1.2, 1.6), (6, 1.6, 1.2, 1.6))  # a line's second sign, in grey print
INK = "#222222"  # also in look.mplstyle
WHOLE = {1: 12, 4: 24, 5: 60, 6: 60}  # months in a year, hours in a day, ...: by dateutil's units
STATISTICS = {
    "bmp": "√N · mean(SCAR) / sd(SCAR)",
    "scar": "Standardised cumulative abnormal return",
    "caar": "Average cumulative abnormal return",
}

LOOK = Path(__file__).with_name("look.mplstyle")


@dataclass(frozen=True)
class Facts:
    """What a picture rests on, and how it is drawn at another width, where type alone will not do.

    Attributes
    ----------
    source, sample : str
    until : Timestamp, optional
        Last day of the figures.
    again : callable, optional
        Takes a width in inches.
    """

    source: str = ""
    sample: str = ""
    until: pd.Timestamp | None = None
    again: Callable[[float], Figure] | None = None


_facts: WeakKeyDictionary[Figure, Facts] = WeakKeyDictionary()


def facts_of(figure: Figure) -> Facts:
    """Return what `finish` was told that a picture rests on."""
    return _facts.get(figure, Facts())


def rested(figure: Figure | None, on: tuple[str, pd.Timestamp | None]) -> Figure | None:
    """Note of whom a picture speaks and until when, as far as that is known above.

    Parameters
    ----------
    figure : Figure or None
    on : (str, Timestamp or None)
        The sample, and the last day of the figures.

    Returns
    -------
    Figure or None
        The same.
    """
    if figure is not None:
        known = facts_of(figure)
        sample, until = on[0] or known.sample, known.until if on[1] is None else on[1]
        _facts[figure] = replace(known, sample=sample, until=until)
    return figure


def joined(text: str) -> str:
    """Return wrapped text on one line."""
    return " ".join(text.split())


def figure(width: float = 8.0, height: float = 4.5, **subplots: Any) -> tuple[Figure, Any]:
    """Return an empty picture in the package's style.

    Parameters
    ----------
    width, height : float
        Inches.
    **subplots : object
        Options of ``plt.subplots``.

    Returns
    -------
    fig : Figure
    axes : Axes or ndarray of Axes
    """
    import matplotlib.pyplot as plt
    import seaborn as sns
    from matplotlib import rc_params_from_file

    backend = plt.get_backend()  # chosen here: inside the context its settings would be undone
    look = rc_params_from_file(LOOK, use_default_template=False)
    with plt.rc_context(sns.axes_style("whitegrid") | look):
        fig, axes = plt.subplots(figsize=(width, height), layout="constrained", **subplots)
    if "inline" in backend:
        from rareearth_research.plots.drawing.canvas import Canvas

        plt.close(fig)  # a notebook shows the returned figure; left open it would come twice
        Canvas(fig)
    return fig, axes


def finish(
    ax: Axes,
    title: str,
    *,
    subtitle: str = "",
    xlabel: str = "",
    ylabel: str = "",
    source: str = "",
    sample: str = "",
    until: pd.Timestamp | None = None,
    again: Callable[[float], Figure] | None = None,
) -> Figure:
    """Give the picture its finding as title, its axes their units, and its source; return it.

    Parameters
    ----------
    ax : Axes
    title, subtitle : str
        The finding, and how to read the picture.
    xlabel, ylabel : str
        What the axes measure, and in which unit.
    source : str
        Line at the foot.
    sample, until, again : str, Timestamp, callable, optional
        For print; see `Facts`.

    Returns
    -------
    Figure
    """
    for name, text in (("title", title), ("source", source)):
        check_text(name, text)
    fig = ax.figure.get_figure(root=True)
    assert fig is not None
    _facts[fig] = Facts(source, sample, until, again)
    _write_title(fig, tied(title))
    if xlabel:
        ax.set_xlabel(xlabel)
    if ylabel:
        inches = ax.get_position().height * fig.get_figheight()
        ax.set_ylabel(textwrap.fill(ylabel, max(20, int(inches * 9))))
    if source:
        # supxlabel takes part in the constrained layout, so the source never covers a tick label
        fig.supxlabel(f"Source: {source}", x=0.01, ha="left", fontsize=7.5, color="#777777")
    if subtitle:
        _write_subtitle(ax, subtitle)
    return fig


def _write_title(fig: Figure, title: str) -> None:
    # as wide as it is likely to fit, and narrower where it would run over the edge after all
    look: dict[str, Any] = {"fontsize": 11.5, "fontweight": "bold", "color": INK}
    for letters in range(int(fig.get_figwidth() * 10.5), 20, -3):
        lines = textwrap.fill(title, letters).replace("\u00a0", " ")
        written = fig.suptitle(lines, x=0.01, ha="left", **look)
        if written.get_window_extent().x1 <= fig.bbox.x1:
            break


def _write_subtitle(ax: Axes, subtitle: str) -> None:
    # Only the laid-out axes know how long a line may be, and how many lines there are moves the
    # axes: they are laid out for as many as are likely, and again where it is another number.
    fig = ax.figure.get_figure(root=True)
    assert fig is not None
    engine = fig.get_layout_engine()
    assert engine is not None
    look: dict[str, Any] = {"loc": "left", "fontsize": 9, "color": "#555555"}
    if not _marked_above(ax):
        look["y"] = 1.0  # or matplotlib measures all ticks anew to find it

    def lines() -> list[str]:
        inches = ax.get_position().width * fig.get_figwidth()
        return textwrap.wrap(subtitle, max(20, int(inches * 13)))

    found = lines()
    for _ in range(2):
        expected = len(found)
        ax.set_title("\n".join("x" * expected), **look)
        engine.execute(fig)
        found = lines()
        if len(found) == expected:
            break
    ax.set_title("\n".join(found), **look)
    fig.stale = len(found) != expected  # a `Canvas` lays out what has changed since


def _marked_above(ax: Axes) -> bool:
    """Say whether ticks, or the power of ten of the other axis, may stand above the axes."""
    from matplotlib.ticker import ScalarFormatter

    powers = isinstance(ax.yaxis.get_major_formatter(), ScalarFormatter)
    return powers or bool(ax.xaxis.get_tick_params().get("labeltop"))


def shortened(name: str, letters: int) -> str:
    """Return a name of at most so many letters, cut after a whole word."""
    return textwrap.shorten(typeset(name), letters, placeholder=" …", break_on_hyphens=False)


def dated(event: dict[Any, Any], letters: int) -> str:
    """Return the date of an announcement, its session where that is another day, and its name.

    Parameters
    ----------
    event : dict
        ``name, date`` and, if it is known, ``session``: the first on any exchange.
    letters : int
        Of the name.
    """
    day, session = event["date"], event.get("session", event["date"])
    other = f", session {session.day} {session:%b}" if session.date() != day.date() else ""
    return f"{day.day} {day:%b %Y}{other}: {shortened(event['name'], letters)}"


def note(ax: Axes, text: str, at: tuple[Any, Any], offset: tuple[int, int], **look: Any) -> None:
    """Write `text` beside a point of the data, `offset` points of type away from it."""
    ax.annotate(text, at, offset, textcoords="offset points", **look)


def percent_axis(axis: Any, decimals: int | None = None) -> None:
    """Show fractions on a matplotlib axis (``ax.xaxis`` or ``ax.yaxis``) as percent.

    With 0 decimals they are as few as tell the ticks apart.
    """
    from matplotlib.ticker import FuncFormatter, PercentFormatter

    axis.set_major_formatter(
        PercentFormatter(xmax=1.0, decimals=decimals) if decimals != 0 else FuncFormatter(_percent)
    )


def _percent(value: float, _: int) -> str:
    return f"{round(100 * value, 6) + 0.0:g}%".replace("-", "−")


def date_axis(axis: Any, most: int) -> None:
    """Mark at most so many dates, written as short as they allow, on a matplotlib axis."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    # one of a unit may stand for each of the next, or few marks fit between two and five of those
    locator = AutoDateLocator(minticks=min(5, most - 1), maxticks=most)
    for unit, whole in WHOLE.items():
        locator.intervald[unit] = [*locator.intervald[unit], whole]
    axis.set_major_locator(locator)
    axis.set_major_formatter(ConciseDateFormatter(locator))


def places(labels: pd.Series | pd.Index) -> Any:
    """Return where matplotlib can place labels of rows: periods by their first day."""
    import pandas as pd

    index = pd.Index(labels)
    return index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
