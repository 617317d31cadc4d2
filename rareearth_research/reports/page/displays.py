"""How does a study's notebook show frames and pictures?

Frames stand whole, and are saved under ``rareearth report``. Pictures carry a text that says what
they show, and are there drawn twice as sharp and as SVG too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rareearth_research.plots.drawing.drawn import drawn_hash
from rareearth_research.plots.press import alternative_text
from rareearth_research.reports.page.headline import headline_cell, keep_narrow, keep_small
from rareearth_research.summary import table_html

if TYPE_CHECKING:
    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell
    from matplotlib.figure import Figure

MOST_ROWS = 60  # of a table on a page; the saved table is always whole


def show_frames_whole(shell: InteractiveShell, save: Callable[[pd.DataFrame, str], None]) -> None:
    """Show every frame whole, and hand it to `save` with the name that its display carries."""
    import pandas as pd

    shown = 0

    def html(frame: pd.DataFrame) -> tuple[str, dict[str, str]]:
        nonlocal shown
        shown += 1
        name = f"table-{shown:02d}"
        save(frame, name)
        if frame.index.nlevels == 1 and frame.index.name is not None:
            frame = frame.reset_index()  # one row of headings, and names as in any other column
        # row numbers say nothing to a reader, nor does what a filter left of them
        numbered = frame.index.name is None and pd.api.types.is_integer_dtype(frame.index)
        options: dict[str, Any] = {"index": not numbered, "max_rows": MOST_ROWS, "justify": "left"}
        options["float_format"] = _figures
        with pd.option_context("display.max_colwidth", None):
            table = table_html(frame, names=display_names(frame), **options)
        return table, {"table": name}

    _formatters(shell)["text/html"].for_type(pd.DataFrame, html)


def show_pictures_described(
    shell: InteractiveShell, run: Path | None, keep: Callable[[Figure], str] | None = None
) -> None:
    """Give pictures a text for those who do not see them; in a `run`, PNG at 2× and SVG too.

    There each is kept once more, drawn for a phone, and the one that carries the finding for an
    index. That, and what `keep` makes of a picture, is named in the metadata of its output.
    """
    import matplotlib.pyplot as plt
    from IPython.core.pylabtools import print_figure, retina_figure
    from matplotlib.figure import Figure

    plt.switch_backend(plt.get_backend())  # its own settings come now, and not over these later

    headline: str | None = headline_cell(run)  # a text as long as no picture for an index was drawn

    def png(figure: Figure) -> Any:
        nonlocal headline
        if run is not None and headline in ("", shell.user_ns["In"][-1].strip()):
            headline = None
            keep_small(figure, run)
        draw = print_figure if run is None else retina_figure
        found = draw(figure, base64=True)
        data, size = found if isinstance(found, tuple) else (found, {})
        kept = {"press": keep(figure)} if keep is not None and data else {}
        kept |= keep_narrow(figure, run) if run is not None and data else {}
        return data and (data, {**size, "alt": alternative_text(figure), **kept})

    def plain(figure: Figure, printer: Any, _cycle: bool) -> None:
        # nbval compares texts and no pixels: so a picture that draws other figures is found
        printer.text(f"{alternative_text(figure)} [drawn {drawn_hash(figure)}]")

    def svg(figure: Figure) -> Any:
        with plt.rc_context({"svg.hashsalt": "rareearth_research"}):  # the same text every time
            return print_figure(figure, fmt="svg", metadata={"Date": None})

    formatters = _formatters(shell)
    formatters["image/png"].for_type(Figure, png)
    formatters["text/plain"].for_type(Figure, plain)
    if run is not None:
        formatters["image/svg+xml"].for_type(Figure, svg)


def display_names(frame: pd.DataFrame) -> dict[str, str]:
    """Return the names of events and securities by id and ticker, if a frame holds any."""
    from rareearth_research.datasets import load_events, load_securities

    if not {"event_id", "event_ids", "security", "left_out"} & {*frame}:
        return {}
    securities = load_securities()["name"]
    events = load_events().set_index("event_id")["name"]
    return {**events, **{ticker: f"{name} ({ticker})" for ticker, name in securities.items()}}


def _figures(value: float) -> str:
    """Return a number of at least three figures, none of them after a whole one."""
    if abs(value) >= 1000 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.1f}"


def _formatters(shell: InteractiveShell) -> dict[str, Any]:
    assert shell.display_formatter is not None
    return shell.display_formatter.formatters
