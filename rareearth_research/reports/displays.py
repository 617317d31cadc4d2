"""How does a study's notebook show frames and pictures?

Frames stand whole, and are saved under ``rareearth report``. Pictures carry a text that says what
they show, and are there drawn twice as sharp and as SVG too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rareearth_research.summary import table_html

if TYPE_CHECKING:
    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell
    from matplotlib.figure import Figure

__all__ = ["alternative_text", "show_frames_whole", "show_pictures_described"]

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
        # row numbers say nothing to a reader, nor does what a filter left of them
        numbered = frame.index.name is None and pd.api.types.is_integer_dtype(frame.index)
        with pd.option_context("display.max_colwidth", None):
            table = table_html(frame, index=not numbered, max_rows=MOST_ROWS, justify="left")
        return table, {"table": name}

    _formatters(shell)["text/html"].for_type(pd.DataFrame, html)


def show_pictures_described(shell: InteractiveShell, *, sharp: bool) -> None:
    """Give pictures a text for those who do not see them; if `sharp`, PNG at 2× and SVG too."""
    import matplotlib.pyplot as plt
    from IPython.core.pylabtools import print_figure, retina_figure
    from matplotlib.figure import Figure

    plt.switch_backend(plt.get_backend())  # its own settings come now, and not over these later

    def png(figure: Figure) -> Any:
        draw = retina_figure if sharp else print_figure
        found = draw(figure, base64=True)
        data, size = found if isinstance(found, tuple) else (found, {})
        return data and (data, {**size, "alt": alternative_text(figure)})

    def svg(figure: Figure) -> Any:
        with plt.rc_context({"svg.hashsalt": "rareearth_research"}):  # the same text every time
            return print_figure(figure, fmt="svg", metadata={"Date": None})

    formatters = _formatters(shell)
    formatters["image/png"].for_type(Figure, png)
    if sharp:
        formatters["image/svg+xml"].for_type(Figure, svg)


def alternative_text(figure: Figure) -> str:
    """Return what a picture says in words: its title and the subtitles of its axes."""
    titles = [figure.get_suptitle()]
    titles += [axes.get_title(at) for axes in figure.axes for at in ("left", "center", "right")]
    words = dict.fromkeys(" ".join(title.split()) for title in titles)
    return " ".join(text if text[-1] in ".?!:" else f"{text}." for text in words if text)


def _formatters(shell: InteractiveShell) -> dict[str, Any]:
    assert shell.display_formatter is not None
    return shell.display_formatter.formatters
