"""A table that can be searched, filtered and sorted in the page it stands in.

Plain HTML with a little script and no library: it works in JupyterLab, in the exported page and
without a network. Where scripts are blocked, the same table is simply there to read.
"""

from __future__ import annotations

import hashlib
import html
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth_research.arguments import check_frame, check_whole
from rareearth_research.labels import heading, label, readable
from rareearth_research.pages import SHARED
from rareearth_research.reports.page.displays import display_names

if TYPE_CHECKING:
    from IPython.display import HTML

RARE_EARTHS = "La;Ce;Pr;Nd;Pm;Sm;Eu;Gd;Tb;Dy;Ho;Er;Tm;Yb;Lu;Sc;Y"
SHORT = 12  # texts of at most this many characters stay on one line
FEW = 9  # a column with at most this many values gets a menu of them
SHOWN = {
    "date": "date",
    "session": "session",
    "actor": "actor",
    "direction": "direction",
    "name": "event",
    "materials": "materials",
    "time_quality": "hour known",
    "confidence": "confidence",
    "event_id": "id",
}


class Links(list[list[str]]):
    """Addresses of pages with their titles, in one cell."""

    def html(self) -> str:
        """Return numbered links; a title is shown where one points at its number."""
        return " ".join(
            f"<a href='{html.escape(url)}' title='{html.escape(title)}'>{number}</a>"
            for number, (url, title) in enumerate(self, start=1)
        )


def event_table(events: pd.DataFrame, exchange: str = "XNYS") -> HTML:
    """Show policy events with their session on one exchange, searchable and sortable.

    Parameters
    ----------
    events : DataFrame
        From `load_events`; where events of one's own are among them, their origin is shown.
    exchange : str
        MIC of the exchange whose session is shown; a ``?`` marks an ambiguous one.

    Notes
    -----
    The pages behind each event are links, by number.
    """
    from rareearth_research.datasets import load_event_sources
    from rareearth_research.timing import map_sessions

    check_frame(
        "events", events, [*(name for name in SHOWN if name != "session"), "date_precision"]
    )
    mapped = map_sessions(events, exchange)
    session = (
        mapped["session"]
        .dt.strftime("%Y-%m-%d")
        .fillna(mapped["reason"].map(partial(label, "reason")))
    )
    session += mapped["ambiguous"].map({True: "?", False: ""})
    formats = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
    dates = [
        date.strftime(formats[precision])
        for date, precision in zip(events["date"], events["date_precision"], strict=True)
    ]
    materials = events["materials"].str.replace(RARE_EARTHS, "all rare earths")
    shown = events.assign(
        date=dates, session=session.to_numpy(), materials=materials.str.replace(";", " ")
    )
    pages = load_event_sources().query("url.str.startswith('http')").groupby("event_id")
    linked = pages[["url", "title"]].apply(lambda rows: Links(rows.to_numpy().tolist()))
    shown["pages"] = [linked.get(event, "") for event in shown["event_id"]]
    shown = shown.filter([*SHOWN, "pages", "origin"]).rename(columns=SHOWN)
    return interactive_table(shown.rename(columns={"session": f"session {exchange}"}))


def interactive_table(frame: pd.DataFrame, height: int = 420) -> HTML:
    """Show a frame as a table with a search box, menus for columns of few values, and sorting.

    Parameters
    ----------
    frame : DataFrame
        Shown without its index; values are written as text.
    height : int
        Largest height in pixels, beyond which it scrolls; in a page, most of the screen.

    Returns
    -------
    IPython.display.HTML
        The same text for the same frame, whenever it is made.
    """
    from IPython.display import HTML

    check_frame("frame", frame)
    height = check_whole("height", height, 1, 100_000)
    frame = readable(frame, display_names(frame)).rename(columns=heading)
    head = "".join(f"<th>{html.escape(str(name))}</th>" for name in frame.columns)
    rows = "\n".join(
        "<tr>" + "".join(_cell(_text(value)) for value in row) + "</tr>"
        for row in frame.itertuples(index=False, name=None)
    )
    name = "t" + hashlib.sha256((head + rows).encode()).hexdigest()[:12]
    style, script = ((SHARED / file).read_text("utf-8") for file in ("table.css", "table.js"))
    menus = " ".join(_menu(i, frame.iloc[:, i]) for i in range(frame.shape[1]))
    return HTML(
        f"<div id='{name}' class='rer-table'>\n<style>{style}</style>\n"
        f"<p class='rer-tools'><input type='search' placeholder='search' aria-label='search'> "
        f"{menus} <span>{len(frame)} rows</span></p>\n"
        f"<div style='max-height:{height}px;overflow:auto'><table>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>\n"
        f"<script>{script}(document.getElementById('{name}'))</script></div>"
    )


def _menu(index: int, column: pd.Series) -> str:
    """A menu of the values of a column that has few of them and repeats them."""
    values = sorted({_text(value) for value in column} - {""})
    if not 1 < len(values) <= min(FEW, len(column) // 2):
        return ""
    label = html.escape(str(column.name))
    options = "".join(f"<option>{value}</option>" for value in values)
    return (
        f"<select data-column='{index}' aria-label='{label}'>"
        f"<option value=''>{label}: all</option>{options}</select>"
    )


def _cell(text: str) -> str:
    return f"<td class='short'>{text}</td>" if len(text) <= SHORT else f"<td>{text}</td>"


def _text(value: Any) -> str:
    if isinstance(value, Links):
        return value.html()
    if value is None or value != value:  # NaN and NaT differ from themselves
        return ""
    if isinstance(value, pd.Timestamp) and value == value.normalize():
        return value.strftime("%Y-%m-%d")
    return html.escape(str(value))
